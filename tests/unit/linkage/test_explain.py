"""Laws: an explanation adds up to the weight that decided, says so in words, and tells nothing of sealed records."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from childlink.errors import InputFault, UsageFault
from childlink.linkage.decisions import PAIR
from childlink.linkage.explain import Folder, explain_child, explain_pair, parsed_record, read_folder
from childlink.linkage.run import run_link
from tests.linkage_results import as_of_one_run

EXACT = ("forename", "surname", "dob", "postcode")


@pytest.fixture(scope="module")
def folder(linked: Path) -> Folder:
    return read_folder(linked)


def pairs(folder: Folder) -> list[dict[str, object]]:
    return folder.pairs.collect().rows(named=True)


def ends(row: dict[str, object]) -> tuple[tuple[str, str], tuple[str, str]]:
    return (str(row["source_l"]), str(row["record_id_l"])), (str(row["source_r"]), str(row["record_id_r"]))


def test_the_steps_add_up_to_the_weight(folder: Folder) -> None:
    for row in pairs(folder):
        told = explain_pair(folder, *ends(row))
        assert told.match_weight == row["match_weight"]
        assert abs(sum(step.weight for step in told.steps) - row["match_weight"]) < 0.002  # type: ignore[operator]
        for before, after in zip(told.steps, told.steps[1:], strict=False):
            assert before.after == after.before


def test_rarity_counts_only_where_a_value_is_shared(folder: Folder) -> None:
    shared = {
        any(row[name] == 1 for name in EXACT)
        for row in pairs(folder)
        if any(step.field == "rarity" for step in explain_pair(folder, *ends(row)).steps)
    }
    assert shared == {True}


def test_the_free_place_is_a_step_of_its_own(shared: Path, tmp_path: Path) -> None:
    data = shared / "data" / "children_dev"
    run_link(
        sources={name: data / f"{name}.csv" for name in ("education", "health")}, output=tmp_path, seed=1
    )
    folder = read_folder(tmp_path)
    free = [row for row in pairs(folder) if row["decided_by"] == "free-place"][:20]
    assert free
    for row in free:
        told = explain_pair(folder, *ends(row))
        assert told.steps[-1].field == "free-place"
        assert told.steps[-1].weight > 0
        assert not any(row[name] == 1 for name in EXACT) or told.steps[-2].field in ("rarity", *row)


def test_the_order_of_the_two_does_not_matter(folder: Folder) -> None:
    one, other = ends(pairs(folder)[0])
    assert explain_pair(folder, one, other) == explain_pair(folder, other, one)


def test_a_child_is_explained_by_the_pairs_that_made_it(folder: Folder) -> None:
    sizes = folder.links.with_columns(pl.col("cluster_size").cast(pl.Int64)).sort("cluster_size", "child_id")
    child = sizes["child_id"][-1]
    told = explain_child(folder, child)
    assert len(told.records) == sizes["cluster_size"][-1]
    assert len(told.links) == len(told.records) - 1
    assert {one.child_ids for one in told.links} == {(child, child)}


def test_a_pair_that_was_never_compared_is_said_to_be(folder: Folder) -> None:
    known = {ends(row) for row in pairs(folder)}
    first = folder.links.filter(source="education").row(0)[:2]
    others = folder.links.filter(pl.col("source") == "health", pl.col("decided_by") != "sealed")
    other = next(r[:2] for r in others.iter_rows() if (first, r[:2]) not in known)
    told = explain_pair(folder, first, other)
    assert not told.compared
    assert "never compared" in told.outcome
    assert told.steps == ()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("educaton", "E0000001"), "unknown source"),
        (("education", "E9999999"), "no record E9999999"),
    ],
)
def test_an_unknown_record_is_answered_with_what_to_type(
    folder: Folder, given: tuple[str, str], says: str
) -> None:
    with pytest.raises(UsageFault, match=says) as fault:
        explain_pair(folder, given, ("health", "H0000001"))
    assert fault.value.next_step


def test_an_unknown_child_is_answered_with_what_to_type(folder: Folder) -> None:
    real = folder.links["child_id"][0]
    wrong = real[:-1] + ("0" if real[-1] != "0" else "1")
    with pytest.raises(UsageFault, match="check symbol"):
        explain_child(folder, wrong)
    with pytest.raises(UsageFault) as fault:
        explain_child(folder, real.lower())
    assert fault.value.next_step == f"did you mean {real}?"
    with pytest.raises(UsageFault, match="one record was given"):
        explain_child(folder, "education:E0000001")


def test_nothing_is_told_of_a_sealed_record(tmp_path: Path, linked: Path) -> None:
    for name in ("pairs.parquet", "review.csv", "summary.json"):
        (tmp_path / name).write_bytes((linked / name).read_bytes())
    links = pl.read_csv(linked / "links.csv", infer_schema=False)
    first, second = links.row(0), links.filter(source="health").row(0)
    hidden = pl.when(pl.col("record_id") == first[1]).then(pl.lit("sealed")).otherwise("decided_by")
    links.with_columns(decided_by=hidden).write_csv(tmp_path / "links.csv")
    as_of_one_run(tmp_path)
    with pytest.raises(UsageFault, match="is sealed"):
        explain_pair(read_folder(tmp_path), first[:2], second[:2])


def test_a_folder_without_a_linkage_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputFault, match="does not hold the results"):
        read_folder(tmp_path)


@pytest.mark.parametrize("name", ["links.csv", "pairs.parquet", "review.csv", "report.html", "model.json"])
def test_files_of_two_runs_are_not_taken_for_one(tmp_path: Path, linked: Path, name: str) -> None:
    shutil.copytree(linked, tmp_path / "out")
    read_folder(tmp_path / "out")
    data = (linked / name).read_bytes()
    (tmp_path / "out" / name).unlink()
    with pytest.raises(InputFault):
        read_folder(tmp_path / "out")
    (tmp_path / "out" / name).write_bytes(data + b"\n")
    with pytest.raises(InputFault, match=f"{name} is not of the same run|does not hold") as caught:
        read_folder(tmp_path / "out")
    assert "link again" in str(caught.value.next_step) or name == "pairs.parquet"


def test_a_model_that_the_run_did_not_write_is_of_another(tmp_path: Path, linked: Path) -> None:
    shutil.copytree(linked, tmp_path / "out")
    model = (tmp_path / "out" / "model.json").read_bytes()
    (tmp_path / "out" / "model.json").unlink()
    as_of_one_run(tmp_path / "out")
    read_folder(tmp_path / "out")
    (tmp_path / "out" / "model.json").write_bytes(model)
    with pytest.raises(InputFault, match=r"model\.json is not of the same run"):
        read_folder(tmp_path / "out")


def test_records_are_written_with_a_colon() -> None:
    assert parsed_record("health:H:1") == ("health", "H:1")
    for wrong in ("health", ":H1", "health:"):
        with pytest.raises(UsageFault):
            parsed_record(wrong)


def test_a_decision_that_came_after_the_linkage_is_told(tmp_path: Path, linked: Path) -> None:
    for name in ("pairs.parquet", "review.csv", "summary.json", "links.csv"):
        (tmp_path / name).write_bytes((linked / name).read_bytes())
    as_of_one_run(tmp_path)
    rows = pl.read_parquet(linked / "pairs.parquet").filter(
        pl.col("decided_by").is_not_null() | ~pl.col("same_child")
    )
    together, apart = (rows.filter(pl.col("same_child") == same).row(0, named=True) for same in (True, False))
    lines = [",".join([*PAIR, "answer"])]
    for row, answer in ((together, "different"), (apart, "same")):
        lines.append(",".join([*(row[name] for name in PAIR), answer]))
    (tmp_path / "decisions.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    folder = read_folder(tmp_path)
    assert "decided since that they are two: link again" in explain_pair(folder, *ends(together)).outcome
    assert "decided that they are one: link again" in explain_pair(folder, *ends(apart)).outcome


def test_pairs_that_wait_for_a_decision_are_told_with_the_child(folder: Folder) -> None:
    row = next(
        r
        for r in folder.review.iter_rows(named=True)
        if r["reasons"] not in ("register-split", "register-bridge")
    )
    child = folder.links.filter(source=row["source_l"], record_id=row["record_id_l"])["child_id"][0]
    assert ends(row) in {(near.one, near.other) for near in explain_child(folder, child, near=99).near}
