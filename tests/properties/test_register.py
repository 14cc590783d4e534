"""Laws of the register over any course of linkages and decisions."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from childlink.errors import UsageFault
from childlink.register import open_register

KEY = b"\x05" * 32
RECORDS = [(source, str(n)) for source in "abc" for n in range(4)]

LINK = st.tuples(
    st.just("link"),
    st.lists(st.tuples(st.sampled_from(RECORDS), st.integers(0, 4), st.booleans()), unique_by=lambda r: r[0]),
)
DO = st.tuples(
    st.sampled_from(["merge", "undo", "split", "seal", "release", "review"]),
    st.tuples(st.integers(0, 30), st.integers(0, 30)),
)
COURSE = st.lists(st.one_of(LINK, DO), max_size=7)


@settings(max_examples=20)
@given(COURSE)
def test_no_id_is_lost_or_reused_the_chain_is_whole_and_seals_hold(course: list[tuple[str, object]]) -> None:
    ever: set[str] = set()
    sealed: dict[tuple[str, str], str] = {}
    with tempfile.TemporaryDirectory() as folder, open_register(Path(folder) / "r", KEY, seed=3) as register:
        last: dict[tuple[str, str], str] = {}
        for act, given_with in course:
            if act == "link":
                last |= _linked(register, given_with, sealed)
            else:
                _decided(register, act, given_with, last, sealed)
            now = set(register.child_ids()["child_id"])
            assert ever <= now
            ever = now
            found = register.verify()
            assert found.whole, found.faults
        events = register.history()
        # a sealed id is in no event after its seal
        for place, event in enumerate(events):
            if event["kind"] == "sealed":
                later = [
                    e for e in events[place + 1 :] if event["child_id"] in (e["child_id"], e["other_id"])
                ]
                assert not later
        # and in no detail at all
        gone = {event["child_id"] for event in events if event["kind"] == "sealed"}
        assert not [event for event in events if event["other_id"] in gone]


def _linked(register, rows, sealed):  # type: ignore[no-untyped-def]
    frame = pl.DataFrame(
        [(source, record, cluster, flag) for (source, record), cluster, flag in rows],
        schema={"source": pl.String, "record_id": pl.String, "cluster": pl.Int64, "sealed": pl.Boolean},
        orient="row",
    )
    # seals of extracts are rare: one cluster's worth of flags
    frame = frame.with_columns(sealed=pl.col("sealed") & (pl.col("cluster") == 4))
    frame = frame.with_columns(sealed=pl.col("sealed") | register.sealed(frame))
    given_ids = register.assign(frame)
    told = {(source, record): child for source, record, child in given_ids.assignments.rows()}
    again = register.assign(frame)
    assert again.assignments.equals(given_ids.assignments)
    assert again.events == 0
    for record in told.keys() & sealed.keys():
        assert told[record] == sealed[record]
    closed = {child for child in told.values() if child in sealed.values()}
    assert all(record in sealed for record, child in told.items() if child in closed)
    assert not set(given_ids.bridges["child_id"]) & closed
    assert not set(given_ids.splits["child_id"]) & closed
    return told


def _decided(register, act, picks, last, sealed):  # type: ignore[no-untyped-def]
    ids = register.child_ids()["child_id"].to_list()
    if not ids:
        return
    one, other = (ids[pick % len(ids)] for pick in picks)
    part = pl.DataFrame(
        [record for record, child in sorted(last.items()) if child == one][:1],
        schema={"source": pl.String, "record_id": pl.String},
        orient="row",
    )
    try:
        if act == "merge":
            register.merge([one, other], reason="r")
        elif act == "undo":
            register.undo_merge(one, reason="r")
        elif act == "split":
            register.split(one, part, reason="r")
        elif act == "review":
            register.review([one, other], reason="r")
        else:
            done = register.seal(one, why="adoption", release=part if act == "release" else None)
            released = set(part.rows()) if act == "release" else set()
            here = {record for record, child in last.items() if child == done.child_id} - released
            sealed.update(dict.fromkeys(here, done.child_id))
            for record in released:
                del last[record]
    except UsageFault:
        return
    # a decision may move records: what each has is known again when it is linked
    if act in ("merge", "undo", "split"):
        for record in list(last):
            if record not in sealed:
                del last[record]
