"""What the register tells: the history of an id, the changes since a run, counts, and whether it is whole."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import sqlalchemy as sa

from childlink.errors import UsageFault
from childlink.register import actions, events, rows, tables
from childlink.register.assignment import Reviewed
from childlink.register.tokens import RegisterKeys

CHANGES = {
    "run": pl.Int64,
    "seq": pl.Int64,
    "change": pl.String,
    "child_id": pl.String,
    "other_id": pl.String,
    "records": pl.Int64,
}
"""Columns of the changes file."""


@dataclass(frozen=True)
class Verification:
    """Whether a register is as childlink wrote it.

    ``events``: how many, from the first, are as they were written. ``first_broken``: the seq of the first event
    that is not, is missing, or cannot be read; None when there is none. ``unreadable``: the database could not
    be read there. ``head``: the hash of the last event, to be noted elsewhere. ``head_found``: whether the hash
    that was given is that of an event of the chain; None when none was given. ``faults``: what the tables say
    that the events do not, in words; empty when they agree, and when the chain is broken.
    """

    events: int
    first_broken: int | None
    unreadable: bool
    head: str
    head_found: bool | None
    faults: tuple[str, ...] = field(default=())

    @property
    def whole(self) -> bool:
        """Whether nothing was found."""
        return self.first_broken is None and self.head_found is not False and not self.faults

    def as_object(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "whole": self.whole,
            "events": self.events,
            "first_broken_event": self.first_broken,
            "unreadable": self.unreadable,
            "head": self.head,
            "head_found": self.head_found,
            "faults": list(self.faults),
        }


def history(connection: sa.Connection, keys: RegisterKeys, one: str | None) -> list[dict[str, Any]]:
    """The events of an id, or all, in order: seq, run, at, action, kind, child_id, other_id, reason, and what
    the payload says. other_id and reason are None where an event has none, or a seal made them forgotten.

    Raises UsageFault for an id the register does not have.
    """
    told, details, runs = tables.events, tables.details, tables.runs
    wanted = (
        sa.select(told, details.c.other_id, details.c.reason, runs.c.at, runs.c.action)
        .outerjoin(details, details.c.seq == told.c.seq)
        .outerjoin(runs, runs.c.run == told.c.run)
        .order_by(told.c.seq)
    )
    if one is not None:
        actions.row_of(connection, one)
        wanted = wanted.where((told.c.child_id == one) | (details.c.other_id == one))
    return [_told(dict(row), keys) for row in connection.execute(wanted).mappings()]


def _told(row: Mapping[str, Any], keys: RegisterKeys) -> dict[str, Any]:
    said = {name: row[name] for name in ("seq", "run", "at", "action", "kind", "child_id", "other_id")}
    reason = row["reason"]
    said["reason"] = None if reason is None else events.deciphered(reason, keys.reasons, row["seq"])
    return {**said, "payload": json.loads(row["payload"])}


def standing(connection: sa.Connection, one: str) -> dict[str, Any]:
    """child_id, state, superseded_by, aliases (sorted), records (how many) of an id, or UsageFault."""
    row = actions.row_of(connection, one)
    ids = tables.ids.c
    aliases = connection.execute(sa.select(ids.child_id).where(ids.superseded_by == one)).scalars()
    state = tables.WITHDRAWN if row.state == tables.LEAVING else row.state
    return {
        "child_id": one,
        "state": state,
        "superseded_by": row.superseded_by,
        "aliases": sorted(aliases),
        "records": rows.records_per_id(connection, pl.Series([one])).get(one, 0),
    }


def changes(connection: sa.Connection, since: int) -> pl.DataFrame:
    """What happened after run ``since`` (0: all): the columns of CHANGES, by seq.

    change: "new" (child_id begins), "joined" (records came to child_id), "merged" (child_id is other_id now),
    "split" (records of child_id are other_id's now), "sealed" (child_id is no longer to be joined with
    anything), "withdrawn" (child_id is no longer in use), "reviewed". other_id is null where there is none or
    a seal made it forgotten. Reasons are not told.

    Raises UsageFault for a run the register does not have.
    """
    last = rows.last_run(connection)[0]
    if not 0 <= since <= last:
        raise UsageFault(
            f"the register has no run {since}",
            allowed=f"0 (the beginning) to {last} (the last run)",
            next_step="childlink register stats says which run was the last",
        )
    told, details = tables.events.c, tables.details.c
    found = connection.execute(
        sa.select(told.run, told.seq, told.kind, told.child_id, details.other_id, told.payload)
        .outerjoin(tables.details, details.seq == told.seq)
        .where(told.run > since)
        .order_by(told.seq)
    )
    return pl.DataFrame([_change(row) for row in found], schema=CHANGES, orient="row")


def _change(row: Any) -> tuple[Any, ...]:
    payload = json.loads(row.payload)
    kind = row.kind
    if kind == events.ASSIGNED:
        kind = "new" if payload["new"] else "joined"
    return (row.run, row.seq, kind, row.child_id, row.other_id, payload.get("records"))


def stats(connection: sa.Connection) -> dict[str, Any]:
    """schema_version, ids by state, records, sealed_records, events by kind, runs, last_run (run, at, action,
    version) or None."""
    ids, told, runs = tables.ids.c, tables.events.c, tables.runs.c
    states = {row[0]: row[1] for row in connection.execute(_counted(ids.state))}
    kinds = {row[0]: row[1] for row in connection.execute(_counted(told.kind))}
    leaving = states.pop(tables.LEAVING, 0)
    if leaving:
        states[tables.WITHDRAWN] = states.get(tables.WITHDRAWN, 0) + leaving
    last = connection.execute(sa.select(tables.runs).order_by(runs.run.desc()).limit(1)).first()
    held = sa.select(sa.func.count()).select_from(tables.records)
    named = (tables.LIVE, tables.MERGED, tables.SEALED, tables.WITHDRAWN)
    return {
        "schema_version": tables.SCHEMA_VERSION,
        "ids": {state: states.get(state, 0) for state in named},
        "records": connection.scalar(held) or 0,
        "sealed_records": connection.scalar(held.where(tables.records.c.sealed == 1)) or 0,
        "events": {kind: kinds.get(kind, 0) for kind in events.KINDS},
        "runs": connection.scalar(sa.select(sa.func.count()).select_from(tables.runs)) or 0,
        "last_run": None
        if last is None
        else {"run": last.run, "at": last.at, "action": last.action, "version": last.version},
    }


def _counted(column: Any) -> sa.Select[Any]:
    return sa.select(column, sa.func.count()).group_by(column).order_by(column)


def reviewed(connection: sa.Connection) -> Reviewed:
    """What a person left apart or whole, in terms of the ids that stand for these now."""
    told, details, ids = tables.events.c, tables.details.c, tables.ids.c
    found = connection.execute(
        sa.select(told.child_id, details.other_id)
        .join(tables.details, details.seq == told.seq)
        .where(told.kind == events.REVIEWED)
    ).all()
    if not found:
        return Reviewed()
    alias = sa.select(ids.child_id, ids.superseded_by).where(ids.state == tables.MERGED)
    stands = {row.child_id: row.superseded_by for row in connection.execute(alias)}
    now = [(stands.get(one, one), stands.get(other, other)) for one, other in found]
    return Reviewed(
        apart=frozenset(frozenset((one, other)) for one, other in now if other and other != one),
        whole=frozenset(one for one, other in now if other is None),
    )


def verify(connection: sa.Connection, keys: RegisterKeys, head: str | None) -> Verification:
    """Walk the chain of events from the first, and compare the tables with what it says.

    ``head``: the hash of an event as an earlier verification gave it. The notes of runs, of how far the chain
    went, are checked too, so that events cut off the end are missed; who can alter the notes as well is found
    out by a ``head`` noted elsewhere.
    """
    seq, last_hash, found, unreadable = 0, events.FIRST_HASH, head is None, False
    made: list[tuple[str, str, str, str | None]] = []

    def passing() -> Iterator[Mapping[str, Any]]:
        nonlocal seq, last_hash, found
        for row in rows.in_order(connection):
            yield row
            seq, last_hash, found = row["seq"], row["hash"], found or row["hash"] == head
            made.append((row["kind"], row["child_id"], row["payload"], row["tie"]))

    broken = None
    try:
        broken = next((at for at, whole in events.walked(passing(), keys.events) if not whole), None)
    except sa.exc.DatabaseError:
        broken, unreadable = seq + 1, True
    if broken is None:
        _, last_seq, noted = rows.last_run(connection)
        if seq < last_seq:
            broken = seq + 1
        elif seq != last_seq or noted != last_hash:
            broken = last_seq + 1 if seq > last_seq else seq
    faults = () if broken is not None else tuple(_disagreements(connection, keys, made))
    return Verification(seq, broken, unreadable, last_hash, found if head is not None else None, faults)


def _disagreements(
    connection: sa.Connection, keys: RegisterKeys, made: list[tuple[str, str, str, str | None]]
) -> Iterator[str]:
    """What the tables say that the events (kind, child_id, payload, tie; by seq) do not, in words."""
    details = {row["seq"]: dict(row) for row in connection.execute(sa.select(tables.details)).mappings()}
    born, states, forgotten = _told_by_events(made, details)
    ties = {seq: tie for seq, (*_, tie) in enumerate(made, start=1) if tie}
    altered = [seq for seq, row in details.items() if events.commitment(row, keys.events) != ties.get(seq)]
    if altered:
        yield f"details of {len(altered)} events are not as they were written, the first of event {altered[0]}"
    if len(ties) - len(details) != forgotten and not altered:
        yield f"details of {len(ties) - len(details)} events are gone, and seals made {forgotten} forgotten"
    ids = tables.ids.c
    there = {
        child: (state, run) for child, state, run in connection.execute(
            sa.select(ids.child_id, ids.state, ids.created_run)
        )
    }  # fmt: skip
    lost = born - there.keys()
    if lost:
        yield f"{len(lost)} ids are gone that events gave"
    unknown = [child for child, (_, run) in there.items() if child not in born and run]
    if unknown:
        yield f"{len(unknown)} ids are there that no event gave"
    wrong = [child for child, word in states.items() if child in there and not _agrees(there[child][0], word)]
    if wrong:
        yield f"{len(wrong)} ids are in another state than events say"
    kept = tables.records.c
    astray = sa.select(sa.func.count()).select_from(tables.records).outerjoin(
        tables.ids, kept.child_id == ids.child_id
    ).where(ids.state.is_(None) | ids.state.not_in([tables.LIVE, tables.SEALED]))  # fmt: skip
    if count := connection.scalar(astray):
        yield f"{count} records have an id that is not in use"


def _told_by_events(
    made: list[tuple[str, str, str, str | None]], details: Mapping[int, Any]
) -> tuple[set[str], dict[str, str], int]:
    """The ids that events made, the last state each that changed was given, and how much was to be forgotten."""
    born: set[str] = set()
    states: dict[str, str] = {}
    forgotten = 0
    for seq, (kind, child, payload, _) in enumerate(made, start=1):
        if kind == events.ASSIGNED:
            if '"new":true' in payload:
                born.add(child)
            states[child] = tables.SEALED if '"sealed":true' in payload else tables.LIVE
        elif kind == events.SPLIT and seq in details:
            born.add(details[seq]["other_id"])
            states[details[seq]["other_id"]] = tables.LIVE
        elif kind in (events.MERGED, events.SEALED, events.WITHDRAWN):
            states[child] = kind
            if kind == events.SEALED:
                forgotten += json.loads(payload)["forgotten"]
    return born, states, forgotten


def _agrees(state: str, told: str) -> bool:
    # an alias of a sealed id waits for the event that withdraws it
    return state == told or state == tables.LEAVING
