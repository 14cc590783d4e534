"""The events of a run as they are written: the many made together are as each would be alone."""

from __future__ import annotations

from itertools import product

import polars as pl

from childlink.register import events


def test_events_made_together_are_written_as_each_would_be_alone() -> None:
    cases = list(product((1, 23), (True, False), (None, 0, 2), (True, False)))
    given = pl.DataFrame(
        [(f"ID{n}", *case) for n, case in enumerate(cases)],
        schema={
            "child_id": pl.String,
            "records": pl.UInt32,
            "new": pl.Boolean,
            "bridges": pl.UInt32,
            "sealed": pl.Boolean,
        },
        orient="row",
    )
    slow = []
    for n, (records, new, bridges, sealed) in enumerate(cases):
        payload: dict[str, object] = {"records": records, "new": new}
        if bridges:
            payload["bridges"] = bridges
        if sealed:
            payload["sealed"] = True
        slow.append(events.told(events.Event(events.ASSIGNED, f"ID{n}", payload)))
    assert list(events.told_of_assigned(given)) == slow


def test_a_chain_goes_on_from_the_last_hash() -> None:
    told = [events.told(events.Event(events.ASSIGNED, f"ID{n}", {"records": n})) for n in range(5)]
    keys = {"key": b"k" * 32, "reason_key": b"r" * 64, "run": 1}
    whole = events.chained(told, last_seq=0, last_hash=events.FIRST_HASH, **keys)  # type: ignore[arg-type]
    first = events.chained(told[:2], last_seq=0, last_hash=events.FIRST_HASH, **keys)  # type: ignore[arg-type]
    rest = events.chained(told[2:], last_seq=first.last_seq, last_hash=first.last_hash, **keys)  # type: ignore[arg-type]
    assert pl.concat([first.rows, rest.rows]).equals(whole.rows)
    assert (rest.last_seq, rest.last_hash) == (whole.last_seq, whole.last_hash)
    walked = list(events.walked(whole.rows.iter_rows(named=True), b"k" * 32))
    assert walked == [(seq, True) for seq in range(1, 6)]
