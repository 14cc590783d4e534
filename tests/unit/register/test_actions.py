"""What people decide by hand: merges and their undoing, splits, reviews. No id is lost, none is used twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from childlink.errors import UsageFault
from childlink.register import open_register
from childlink.register.child_id import ALPHABET, check_symbol
from tests.unit.register.registers import KEY, assign, dump, history, ids, named

Place = Path | str


def merge(place: Place, *children: str, reason: str = "one child") -> tuple[str, tuple[str, ...], int]:
    with open_register(place, KEY, seed=1) as register:
        done = register.merge(children, reason=reason)
    return done.kept, done.aliases, done.records


def test_a_merge_keeps_the_oldest_id_and_leaves_the_others_as_aliases(place: Place) -> None:
    old = ids(assign(place, ("e", "1", 0)))[("e", "1")]
    new = ids(assign(place, ("e", "1", 0), ("h", "1", 1)))[("h", "1")]
    assert merge(place, new, old) == (old, (new,), 1)
    again = assign(place, ("e", "1", 0), ("h", "1", 1))
    assert set(ids(again).values()) == {old}
    assert again.events == 0
    # a stranger with either joins the one that stayed
    assert ids(assign(place, ("h", "1", 1), ("s", "1", 1)))[("s", "1")] == old
    with open_register(place, KEY) as register:
        assert register.standing(new) == {
            "child_id": new, "state": "merged", "superseded_by": old, "aliases": [], "records": 0,
        }  # fmt: skip
        assert register.standing(old)["aliases"] == [new]


def test_ids_of_one_age_are_merged_into_the_first_in_order_of_text(place: Place) -> None:
    three = sorted(ids(assign(place, *(("e", str(n), n) for n in range(3)))).values())
    assert merge(place, three[2], three[0], three[1])[:2] == (three[0], tuple(three[1:]))


def test_aliases_follow_their_id_and_may_be_named_in_its_place(place: Place) -> None:
    one, two, three = sorted(ids(assign(place, *(("e", str(n), n) for n in range(3)))).values())
    merge(place, two, three)
    assert merge(place, three, one) == (one, (two,), 2)
    with open_register(place, KEY) as register:
        stands = {row["child_id"]: row["superseded_by"] for row in register.child_ids().to_dicts()}
    assert stands == {one: None, two: one, three: one}


def test_a_merge_is_undone_step_by_step(place: Place) -> None:
    rows = [("e", str(n), n) for n in range(3)]
    first = ids(assign(place, *rows))
    one, two, three = sorted(first.values())
    merge(place, two, three)
    merge(place, one, two)
    late = ids(assign(place, *rows, ("s", "9", 0), ("s", "8", 1)))
    with open_register(place, KEY, seed=1) as register:
        done = register.undo_merge(two, reason="a mistake")
        assert (done.kept, done.other, done.moved_records) == (one, two, 2)
        register.undo_merge(three, reason="and this")
    now = ids(assign(place, *rows, ("s", "9", 0), ("s", "8", 1)))
    assert {key: now[key] for key in first} == first
    # what came after the merge cannot be told apart, and stays
    assert now[("s", "9")] == late[("s", "9")] == one
    assert [event["payload"].get("undone") for event in history(place) if event["kind"] == "split"] == [
        True, True,
    ]  # fmt: skip


def test_a_split_leaves_the_id_where_more_strong_identifiers_are(place: Place) -> None:
    numbers = [["nhs:1", "upn:1"], [], []]
    given = assign(place, ("e", "1", 0), ("h", "1", 0), ("s", "1", 0), numbers=numbers)
    child = ids(given)[("e", "1")]
    with open_register(place, KEY, seed=1) as register:
        done = register.split(child, named(("e", "1")), reason="twins")
    assert (done.kept, done.kept_records, done.moved_records, done.part_kept_id) == (child, 1, 2, True)
    now = ids(assign(place, ("e", "1", 0), ("h", "1", 1), ("s", "1", 1)))
    assert now == {("e", "1"): child, ("h", "1"): done.other, ("s", "1"): done.other}


def test_without_strong_identifiers_more_records_keep_the_id_and_then_those_not_named(place: Place) -> None:
    given = assign(place, *((source, "1", 0) for source in "abc"), *((source, "2", 1) for source in "ab"))
    three, two = ids(given)[("a", "1")], ids(given)[("a", "2")]
    with open_register(place, KEY, seed=1) as register:
        assert register.split(three, named(("a", "1"), ("b", "1")), reason="x").part_kept_id
        assert not register.split(two, named(("a", "2")), reason="x").part_kept_id


def test_history_is_found_from_either_id_with_the_reason(place: Place) -> None:
    one, two = sorted(ids(assign(place, ("e", "1", 0), ("h", "1", 1))).values())
    merge(place, one, two, reason="seen in the case file")
    with open_register(place, KEY) as register:
        for child in (one, two):
            event = register.history(child)[-1]
            assert (event["kind"], event["child_id"], event["other_id"]) == ("merged", two, one)
            assert event["reason"] == "seen in the case file"


def test_changes_since_a_run_are_what_others_need_to_follow(place: Place) -> None:
    first = assign(place, ("e", "1", 0), ("h", "1", 1))
    one, two = sorted(ids(first).values())
    merge(place, one, two)
    late = ids(assign(place, ("e", "1", 0), ("h", "1", 0), ("s", "1", 0), ("s", "2", 5)))
    with open_register(place, KEY) as register:
        found = register.changes(first.run)
        assert register.changes(3).is_empty()
        assert len(register.changes(0)) == 5
        with pytest.raises(UsageFault, match="no run 4"):
            register.changes(4)
    assert found.select("run", "change", "child_id", "other_id").rows() == [
        (2, "merged", two, one),
        (3, "new", late[("s", "2")], None),
        (3, "joined", one, None),
    ]


def test_what_was_reviewed_is_not_offered_again(place: Place) -> None:
    first = ids(assign(place, ("e", "1", 0), ("h", "1", 1)))
    one, two = first[("e", "1")], first[("h", "1")]
    bridge = (("e", "1", 0), ("h", "1", 0))
    assert len(assign(place, *bridge).bridges) == 2
    with open_register(place, KEY) as register:
        assert register.review([two, one], reason="brothers") == 1
    assert assign(place, *bridge).bridges.is_empty()
    # a newcomer to it is something new to be looked at
    assert len(assign(place, *bridge, ("s", "1", 0)).bridges) == 3


def test_a_child_found_to_be_one_is_not_offered_as_a_split(place: Place) -> None:
    child = ids(assign(place, ("e", "1", 0), ("h", "1", 0)))[("e", "1")]
    apart = (("e", "1", 0), ("h", "1", 1))
    assert len(assign(place, *apart).splits) == 2
    with open_register(place, KEY) as register:
        register.review([child], reason="one child")
    assert assign(place, *apart).splits.is_empty()


def test_reasons_stand_in_no_table_in_clear(place: Place) -> None:
    one, two = ids(assign(place, ("e", "1", 0), ("h", "1", 1))).values()
    merge(place, one, two, reason="Zara Brennan, born 2012")
    assert "Zara" not in repr(dump(place))
    assert b"Zara" not in b"".join(
        value for row in dump(place)["details"] for value in row if isinstance(value, bytes)
    )
    assert history(place)[-1]["reason"] == "Zara Brennan, born 2012"


@pytest.mark.parametrize(
    ("act", "fault"),
    [
        (lambda r, a, b, u: r.merge([a], reason="x"), "one id was given"),
        (lambda r, a, b, u: r.merge([a, a], reason="x"), "one child already"),
        (lambda r, a, b, u: r.merge([a, u], reason="x"), "has no child"),
        (lambda r, a, b, u: r.merge([a, "e 1"], reason="x"), "not a child id"),
        (lambda r, a, b, u: r.merge([a, b], reason=" "), "no reason"),
        (lambda r, a, b, u: r.merge([a, b], reason="x" * 501), "501 characters"),
        (lambda r, a, b, u: r.split(a, named(("h", "1")), reason="x"), "1 of the 1 records named are not"),
        (lambda r, a, b, u: r.split(a, named(("e", "1"), ("e", "2")), reason="x"), "all 2 records"),
        (lambda r, a, b, u: r.split(a, named(), reason="x"), "no record is named"),
        (lambda r, a, b, u: r.undo_merge(a, reason="x"), "is no alias"),
        (lambda r, a, b, u: r.seal(a, why="he moved to Leeds"), "not one of its words"),
        (
            lambda r, a, b, u: r.seal(a, why="adoption", release=named(("e", "1"), ("e", "2"))),
            "all 2 records",
        ),
        (lambda r, a, b, u: r.review([], reason="x"), "no id"),
        (lambda r, a, b, u: r.history(u), "has no child"),
    ],
)
def test_what_cannot_be_done_changes_nothing(path: Path, act: object, fault: str) -> None:
    given = ids(assign(path, ("e", "1", 0), ("e", "2", 0), ("h", "1", 1)))
    unknown = "0123456789" + check_symbol("0123456789")
    assert unknown[-1] in ALPHABET
    before = dump(path)
    with open_register(path, KEY) as register, pytest.raises(UsageFault, match=fault):
        act(register, given[("e", "1")], given[("h", "1")], unknown)  # type: ignore[operator]
    assert dump(path) == before
