"""Laws of a review: each answer is on disk at once, is its reviewer's own, and the order is the one that tells most."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from childlink.errors import UsageFault
from childlink.linkage.decisions import DECISIONS, PAIR, read_decisions
from childlink.review.records import read_records
from childlink.review.session import BRIDGES, Session, changed_extracts, status
from tests.conftest import EXTRACTS
from tests.linkage_results import as_of_one_run


@pytest.fixture
def out(linked: Path, tmp_path: Path) -> Path:
    """A copy of the linkage that may be written to."""
    return Path(shutil.copytree(linked, tmp_path / "out"))


def session(out: Path, reviewer: str = "ana", **more: object) -> Session:
    return Session(out, reviewer=reviewer, now=lambda: "2026-01-02T03:04:05+00:00", **more)  # type: ignore[arg-type]


def test_bridges_come_first_and_then_what_is_closest_to_even_odds(out: Path) -> None:
    queue = session(out).queue
    assert len(queue) > 3
    ranks = [
        (
            not set(BRIDGES) & set(item.reasons),
            abs(item.match_weight) if item.match_weight is not None else 1e9,
        )
        for item in queue
    ]
    assert ranks == sorted(ranks)


def test_every_answer_is_on_disk_before_the_next_is_asked(out: Path) -> None:
    reviewing = session(out)
    for count, word in enumerate(("same", "different", "unsure"), 1):
        asked = reviewing.current
        assert asked is not None
        reviewing.answer(word)
        kept = read_decisions(out / DECISIONS)
        assert kept.height == count
        assert kept.filter(answer=word).select(PAIR).rows() == [asked.key]
        reviewing.next()
    assert {*kept["blind"]} == {"yes"}
    assert {*kept["reviewer"]} == {"ana"}


def test_the_file_holds_ids_and_nothing_else_of_a_child(out: Path) -> None:
    reviewing = session(out)
    reviewing.answer("same")
    reviewing.ground("names")
    (row,) = read_decisions(out / DECISIONS).rows(named=True)
    assert [row[name] for name in ("answer", "ground", "role", "blind", "at")] == [
        "same", "names", "reviewer", "yes", "2026-01-02T03:04:05+00:00",
    ]  # fmt: skip
    assert len(row["model"]) == 12


def test_an_answer_changed_after_the_score_was_seen_is_marked(out: Path) -> None:
    reviewing = session(out)
    reviewing.answer("same")
    reviewing.answer("different")
    (row,) = read_decisions(out / DECISIONS).rows(named=True)
    assert (row["answer"], row["blind"]) == ("different", "no")


def test_going_on_later_asks_only_what_is_left(out: Path) -> None:
    first = session(out)
    first.answer("same")
    again = session(out)
    assert [item.key for item in again.queue] == [item.key for item in first.queue[1:]]


def test_a_second_reviewer_is_asked_all_and_told_nothing_of_the_first(out: Path) -> None:
    first = session(out)
    keys = {item.key for item in first.queue}
    first.answer("different")
    second = session(out, "ben")
    assert {item.key for item in second.queue} == keys
    assert second.answers == {}


def test_an_adjudicator_is_asked_where_reviewers_disagree(out: Path) -> None:
    session(out).answer("same")
    session(out, "ben").answer("different")
    judge = session(out, "cat", role="adjudicator")
    assert len(judge.queue) == 1
    judge.answer("different")
    assert session(out, "cat", role="adjudicator").queue == []
    told = status(out)
    assert told["decided"]["different"] == 1
    assert told["decided"]["disagreed"] == 0
    assert told["open"] == told["listed"] - 1


def test_two_reviewers_at_once_lose_no_answer(out: Path) -> None:
    ana, ben = session(out), session(out, "ben")
    for one in (ana, ben, ana, ben):
        one.answer("same")
        one.next()
    assert read_decisions(out / DECISIONS).height == 4


def test_pairs_that_may_not_be_shown_are_left_out_and_counted(out: Path) -> None:
    every = session(out)
    hidden = every.queue[0].one
    some = session(out, may_show=lambda record: record != hidden)
    assert some.withheld == sum(hidden in (item.one, item.other) for item in every.queue)
    assert len(some.queue) == len(every.queue) - some.withheld


def test_a_reviewer_has_a_name(out: Path) -> None:
    with pytest.raises(UsageFault, match="no name"):
        session(out, " ")


def test_a_changed_extract_is_noticed(out: Path) -> None:
    digests = read_records(EXTRACTS).digests()
    assert changed_extracts(out, digests) == []
    assert changed_extracts(out, digests | {"health": "0"}) == ["health"]


def test_what_the_register_must_be_told_is_said(out: Path) -> None:
    links = (out / "links.csv").read_text(encoding="utf-8").splitlines()
    one, other = (
        next(line.split(",") for line in links if line.startswith(name)) for name in ("education", "health")
    )
    review = out / "review.csv"
    row = ",".join([*one[:2], *other[:2], "", "register-bridge"])
    review.write_text(review.read_text(encoding="utf-8").splitlines()[0] + f"\n{row}\n", encoding="utf-8")
    as_of_one_run(out)
    reviewing = session(out)
    reviewing.answer("same")
    assert one[2] != other[2]
    assert reviewing.for_the_register() == [
        f"childlink register merge {' '.join(sorted((one[2], other[2])))}"
    ]
    assert json.dumps(reviewing.as_object())
