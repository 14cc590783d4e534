"""Laws: what people decided is kept as they said it, settled in one way, and obeyed by the next linkage."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from childlink.errors import InputFault
from childlink.linkage import decisions as d
from childlink.linkage.run import run_link

ONE, TWO, THREE = ("a", "1"), ("b", "2"), ("b", "3")


def row(one: tuple[str, str], other: tuple[str, str], answer: str, **more: str) -> dict[str, str | None]:
    held: dict[str, str | None] = dict.fromkeys(d.COLUMNS)
    return held | dict(zip(d.PAIR, (*one, *other), strict=True)) | {"answer": answer, "reviewer": "ana", "role": "reviewer"} | more  # fmt: skip


def said(*rows: dict[str, str | None]) -> pl.DataFrame:
    frame = d.no_decisions()
    for one in rows:
        frame = d.with_answer(frame, one)
    return frame


def verdicts(*rows: dict[str, str | None]) -> list[str]:
    return d.settled(said(*rows))["verdict"].to_list()


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    kept = said(row(ONE, TWO, "same", ground="names", blind="yes"), row(ONE, THREE, "unsure"))
    d.write_decisions(tmp_path / "decisions.csv", kept)
    assert d.read_decisions(tmp_path / "decisions.csv").rows() == kept.rows()


def test_no_file_is_no_decision(tmp_path: Path) -> None:
    assert d.read_decisions(tmp_path / "decisions.csv").is_empty()


def test_the_order_of_a_pair_does_not_matter() -> None:
    assert d.settled(said(row(TWO, ONE, "same"))).rows() == [(*ONE, *TWO, "same")]


def test_a_reviewer_has_one_answer_to_a_pair() -> None:
    kept = said(row(ONE, TWO, "same"), row(TWO, ONE, "different"))
    assert kept["answer"].to_list() == ["different"]


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ([("ana", "reviewer", "same")], "same"),
        ([("ana", "reviewer", "same"), ("ben", "reviewer", "same")], "same"),
        ([("ana", "reviewer", "same"), ("ben", "reviewer", "unsure")], "same"),
        ([("ana", "reviewer", "unsure")], "unsure"),
        ([("ana", "reviewer", "same"), ("ben", "reviewer", "different")], "disagreed"),
        ([("ana", "reviewer", "same"), ("ben", "reviewer", "different"), ("cat", "adjudicator", "different")], "different"),
    ],
)  # fmt: skip
def test_answers_settle(answers: list[tuple[str, str, str]], verdict: str) -> None:
    rows = [row(ONE, TWO, answer, reviewer=name, role=role) for name, role, answer in answers]
    assert verdicts(*rows) == [verdict]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("source_l,record_id_l\na,1\n", "no column source_r"),
        ("source_l,record_id_l,source_r,record_id_r,answer\na,1,b,2,maybe\n", "line 2: this is no answer"),
        ("source_l,record_id_l,source_r,record_id_r,answer\na,1,b,,same\n", "line 2: a cell is empty"),
        ("source_l,record_id_l,source_r,record_id_r,answer\na,1,a,1,same\n", "paired with itself"),
        ("source_l,record_id_l,source_r,record_id_r,answer,role\na,1,b,2,same,judge\n", "no role"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "decisions.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputFault, match=fault):
        d.read_decisions(path)


RECORDS = pl.DataFrame(
    {"source": ["a", "b", "b", "c"], "record_id": ["1", "2", "3", "4"], "sealed": [False, False, False, True]}
).with_row_index("row")


def test_a_chain_of_same_cannot_join_what_is_to_stay_apart() -> None:
    held = d.constraints_of(
        d.settled(said(row(ONE, TWO, "same"), row(ONE, THREE, "same"), row(TWO, THREE, "different"))), RECORDS
    )
    assert held.together.rows() == [(0, 1)]
    assert held.apart.rows() == [(1, 2)]
    assert held.contradicted.rows() == [(*ONE, *THREE)]


def test_no_answer_reaches_a_sealed_record_or_one_that_is_not_there() -> None:
    held = d.constraints_of(
        d.settled(said(row(ONE, ("c", "4"), "same"), row(ONE, ("c", "9"), "same"))), RECORDS
    )
    assert held.together.is_empty()
    assert (held.sealed, held.absent) == (1, 1)


HEAD = "record_id,forename,surname,sex,date_of_birth,postcode,nhs_number"
EDUCATION = [
    "E1,Zara,Brennan,F,2012-04-28,WV14 8DU,9434765919",
    "E2,Noah,Okafor,M,2013-11-30,B92 0AH,",
    "E3,Rose,Smith,F,2014-02-17,B1 1AA,",
]
HEALTH = [
    "H1,Zara,Brennan,F,2012-04-28,WV14 8DU,9434765919",
    "H2,Noah,Okafor,M,2013-11-30,B92 0AH,",
    "H3,Adam,Fox,M,2010-06-09,B92 0AH,9434765870",
]


def link(folder: Path, *decided: dict[str, str | None], sealed: bool = False) -> dict[str, set[str]]:
    """Record id to the ids of all records of its child, after a linkage that obeys ``decided``."""
    sources = {}
    for name, rows in (("education", EDUCATION), ("health", HEALTH)):
        sources[name] = folder / f"{name}.csv"
        lines = [
            HEAD + ",sealed",
            *(f"{one},{'yes' if sealed and one.startswith('H1') else ''}" for one in rows),
        ]
        sources[name].write_text("\n".join(lines) + "\n", encoding="utf-8")
    if decided:
        d.write_decisions(folder / "said.csv", said(*decided))
    run = run_link(
        sources=sources, output=folder / "out", seed=1, decisions=folder / "said.csv" if decided else None
    )
    links = pl.read_csv(folder / "out" / "links.csv", infer_schema=False)
    children = links.group_by("child_id").agg("record_id")["record_id"].to_list()
    assert run.summary["decisions"]["same"] + run.summary["decisions"]["different"] == len(decided)
    return {record: set(child) for child in children for record in child}


def test_without_a_decision_the_plain_ones_link(tmp_path: Path) -> None:
    children = link(tmp_path)
    assert children["E1"] == {"E1", "H1"}
    assert children["E2"] == {"E2", "H2"}
    assert children["E3"] == {"E3"}


def test_different_keeps_apart_what_would_link(tmp_path: Path) -> None:
    children = link(tmp_path, row(("education", "E1"), ("health", "H1"), "different"))
    assert children["E1"] == {"E1"}
    review = (tmp_path / "out" / "review.csv").read_text(encoding="utf-8")
    assert "E1,health,H1" not in review


def test_same_links_what_nothing_else_would(tmp_path: Path) -> None:
    children = link(tmp_path, row(("education", "E3"), ("health", "H3"), "same"))
    assert children["E3"] == {"E3", "H3"}
    links = (tmp_path / "out" / "links.csv").read_text(encoding="utf-8")
    assert links.count(",decision,") == 2


def test_a_sealed_record_is_linked_by_nobody(tmp_path: Path) -> None:
    children = link(tmp_path, row(("education", "E1"), ("health", "H1"), "same"), sealed=True)
    assert children["H1"] == {"H1"}


def test_decisions_in_the_folder_are_obeyed_unasked(tmp_path: Path) -> None:
    link(tmp_path)
    d.write_decisions(
        tmp_path / "out" / d.DECISIONS, said(row(("education", "E2"), ("health", "H2"), "different"))
    )
    again = {name: tmp_path / f"{name}.csv" for name in ("education", "health")}
    summary = run_link(sources=again, output=tmp_path / "out", seed=1).summary
    assert summary["decisions"]["different"] == 1
    assert {r["decided_by"]: r["records"] for r in summary["records_by_decision"]}["none"] == 4


def test_a_decisions_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    sources = {"a": tmp_path / "a.csv", "b": tmp_path / "b.csv"}
    with pytest.raises(InputFault, match="is not there"):
        run_link(sources=sources, output=tmp_path / "out", decisions=tmp_path / "none.csv")
