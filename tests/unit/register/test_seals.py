"""Sealed identities: never linked, never offered, and nothing on disk ties one to the other."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from childlink.errors import OutputFault, UsageFault
from childlink.register import open_register
from childlink.register.tokens import RegisterKeys, record_tokens
from tests.unit.register.registers import KEY, assign, dump, execute, history, ids, named, records

Place = Path | str
OLD, NEW = ("e", "1"), ("h", "1")


def seal(place: Place, child: str, release: pl.DataFrame | None = None) -> None:
    with open_register(place, KEY, seed=1) as register:
        register.seal(child, why="adoption", release=release)


def sealed(place: Place, *rows: tuple[str, str], numbers: list[list[str]] | None = None) -> list[bool]:
    frame = named(*rows)
    if numbers is not None:
        frame = frame.with_columns(pl.Series("numbers", numbers, pl.List(pl.String)))
    with open_register(place, KEY) as register:
        return register.sealed(frame).to_list()


def test_records_of_a_sealed_id_are_told_to_the_linkage(place: Place) -> None:
    child = ids(assign(place, (*OLD, 0), ("s", "1", 0), (*NEW, 1)))[OLD]
    assert sealed(place, OLD, NEW) == [False, False]
    seal(place, child)
    assert sealed(place, NEW, ("s", "1"), OLD, ("x", "never seen")) == [False, True, True, False]


def test_a_record_with_a_number_of_a_sealed_id_is_sealed_wherever_it_is(place: Place) -> None:
    child = ids(assign(place, (*OLD, 0), numbers=[["nhs:9434765919", "upn:A"]]))[OLD]
    seal(place, child)
    numbers = [["nhs:9434765919"], ["nhs:4505577104"], [], ["uln:1", "upn:A"]]
    rows = [("x", "1"), ("x", "2"), ("x", "3"), ("x", "4")]
    assert sealed(place, *rows, numbers=numbers) == [True, False, False, True]


def test_the_same_input_after_a_seal_keeps_ids_and_writes_no_event(place: Place) -> None:
    rows = [(*OLD, 0), ("s", "1", 0), (*NEW, 1)]
    first = ids(assign(place, *rows))
    seal(place, first[OLD])
    alone = [(*OLD, 0), ("s", "1", 1), (*NEW, 2)]
    again = assign(place, *alone, sealed=[True, True, False])
    assert (ids(again), again.events) == (first, 0)
    assert again.splits.is_empty()


def test_a_sealed_record_neither_joins_nor_bridges_whatever_it_is_clustered_with(place: Place) -> None:
    first = ids(assign(place, (*OLD, 0), (*NEW, 1)))
    seal(place, first[OLD])
    now = assign(place, (*OLD, 0), (*NEW, 0), ("s", "2", 0))
    assert now.bridges.is_empty()
    assert ids(now) == {OLD: first[OLD], NEW: first[NEW], ("s", "2"): first[NEW]}
    assert ids(assign(place, (*OLD, 0), ("s", "3", 0)))[("s", "3")] not in first.values()


def test_a_record_that_its_extract_seals_leaves_the_id_it_shared_for_one_of_its_own(place: Place) -> None:
    rows = [(*OLD, 0), ("s", "1", 0), (*NEW, 1)]
    first = ids(assign(place, *rows))
    flagged = assign(place, (*OLD, 0), ("s", "1", 1), (*NEW, 2), sealed=[True, False, True])
    now = ids(flagged)
    assert now[OLD] not in first.values()
    assert (now[("s", "1")], now[NEW]) == (first[("s", "1")], first[NEW])
    assert flagged.splits.is_empty()
    assert sealed(place, *now) == [True, True, False]  # in order: e 1, h 1, s 1
    # remembered, though the extract should forget it
    later = assign(place, (*OLD, 0), ("s", "1", 0), (*NEW, 0))
    assert (ids(later), later.events) == (now, 0)
    states = {row["child_id"]: row["state"] for row in _child_ids(place)}
    assert (states[now[OLD]], states[now[NEW]], states[now[("s", "1")]]) == ("sealed", "sealed", "live")
    history(place)


def test_an_id_that_all_its_records_leave_is_withdrawn(place: Place) -> None:
    first = ids(assign(place, (*OLD, 0), (*NEW, 0)))
    now = assign(place, (*OLD, 0), (*NEW, 1), sealed=[True, True])
    assert len({*ids(now).values(), first[OLD]}) == 3
    assert [event["kind"] for event in history(place)] == ["assigned", "assigned", "assigned", "withdrawn"]
    again = assign(place, (*OLD, 0), (*NEW, 1), sealed=[True, True])
    assert (ids(again), again.events) == (ids(now), 0)


def test_released_records_begin_a_child_that_nothing_ties_to_the_sealed_one(place: Place) -> None:
    numbers = [["nhs:1"], ["nhs:2"], []]
    first = ids(assign(place, (*OLD, 0), (*NEW, 0), ("s", "1", 1), numbers=numbers))
    seal(place, first[OLD], release=named(NEW))
    assert sealed(place, OLD, NEW, numbers=[["nhs:1"], ["nhs:2"]]) == [True, False]
    now = ids(assign(place, (*OLD, 0), (*NEW, 1), ("s", "1", 2), sealed=[True, False, False]))
    assert now[OLD] == first[OLD]
    assert now[NEW] not in first.values()
    _assert_no_row_ties(place, now[OLD], now[NEW])
    history(place)


def test_a_seal_forgets_merges_splits_and_reviews_and_the_chain_stays_whole(place: Place) -> None:
    first = ids(assign(place, (*OLD, 0), (*NEW, 1), ("s", "1", 2), ("s", "2", 2)))
    old, new, third = first[OLD], first[NEW], first[("s", "1")]
    with open_register(place, KEY, seed=1) as register:
        register.review([old, new], reason="the adopted child")
        merged = register.merge([old, new], reason="the adopted child")
        register.undo_merge(merged.aliases[0], reason="mistake")
        with_third = register.merge([old, third], reason="wrong again")
        parted = register.split(with_third.kept, named(("s", "2")), reason="a third identity")
        register.seal(with_third.kept, why="adoption", release=None)
        assert register.verify().whole
        assert register.standing(with_third.aliases[0])["state"] == "withdrawn"
    everyone = {old, new, third, parted.other}
    for other in everyone - {with_third.kept}:
        _assert_no_row_ties(place, with_third.kept, other)
    rows = {row[0]: row for row in dump(place)["ids"]}
    assert rows[parted.other][2] == 0  # the run it was split off in is no longer told
    with open_register(place, KEY) as register, pytest.raises(UsageFault, match="is sealed"):
        register.merge([with_third.kept, new], reason="no")


def test_what_was_forgotten_is_not_in_the_files(path: Path) -> None:
    numbers = [["nhs:1"], ["nhs:2"]]
    child = ids(assign(path, (*OLD, 0), (*NEW, 0), *(("x", str(n), n + 1) for n in range(400)),
                       numbers=numbers + [[]] * 400))[OLD]  # fmt: skip
    token = record_tokens(named(NEW), RegisterKeys.derived(KEY).tokens)[0]

    def files() -> bytes:
        return b"".join(file.read_bytes() for file in sorted(path.parent.iterdir()))

    assert token in files()
    with open_register(path, KEY) as register:
        register.seal(child, why="protection", release=named(NEW))
        assert token not in files()
    assert token not in files()


def test_details_deleted_by_hand_are_missed(place: Place) -> None:
    one, two = ids(assign(place, (*OLD, 0), (*NEW, 1))).values()
    with open_register(place, KEY) as register:
        register.merge([one, two], reason="x")
    execute(place, "DELETE FROM details")
    with open_register(place, KEY) as register:
        found = register.verify()
    assert (found.first_broken, found.whole) == (None, False)
    assert "details of 1 events are gone" in found.faults[0]


def test_a_seal_set_while_a_linkage_ran_stops_it(place: Place) -> None:
    child = ids(assign(place, (*OLD, 0), (*NEW, 1)))[OLD]
    seal(place, child)
    before = dump(place)
    with (
        open_register(place, KEY) as register,
        pytest.raises(OutputFault, match="sealed in the register while"),
    ):
        register.assign(records((*OLD, 0), (*NEW, 0), sealed=[False, False]))
    assert dump(place) == before


def _child_ids(place: Place) -> list[dict[str, str]]:
    with open_register(place, KEY) as register:
        return register.child_ids().to_dicts()


def _assert_no_row_ties(place: Place, one: str, other: str) -> None:
    """No row of any table names both, or names one in a run of the other's alone."""
    for name, rows in dump(place).items():
        for row in rows:
            text = repr(row)
            assert not (one in text and other in text), name
    details = {seq for seq, *_ in dump(place)["details"]}
    with open_register(place, KEY) as register:
        events = register.history()
    assert not [e for e in events if e["seq"] in details and one in (e["child_id"], e["other_id"])]
    assert other not in repr([e for e in events if e["child_id"] == one])
