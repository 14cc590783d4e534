"""What a person does to ids by hand: merge, split, undo a merge, seal, and note a review. Each is one run.

Two ids that an action ties to each other stand together in the table details only, never in an event, so that
a seal can make the register forget it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import polars as pl
import sqlalchemy as sa

from childlink.errors import UsageFault
from childlink.register import child_id, events, rows, tables, tokens

SEAL_REASONS = ("adoption", "protection", "court-order", "other")
"""Why an identity is sealed: a word of these and no free text, which might name the other identity."""

LONGEST_REASON = 500


@dataclass(frozen=True)
class Desk:
    """What an action works with: the connection of its transaction, the keys, and how new ids are drawn."""

    connection: sa.Connection
    keys: tokens.RegisterKeys
    new_ids: Callable[[sa.Connection, int], pl.Series]

    def write(self, happened: Iterable[events.Event], *, at: str | None, action: str) -> int:
        """Add the events as one run; how many."""
        return rows.write_run(
            self.connection, self.keys, map(events.told, happened), at=at, action=action, records=0
        )

    @property
    def next_run(self) -> int:
        """The number of the run that ``write`` will add."""
        return rows.last_run(self.connection)[0] + 1


@dataclass(frozen=True)
class Merged:
    """``kept``: the id that stands for all. ``aliases``: the others, sorted. ``records``: moved to kept."""

    kept: str
    aliases: tuple[str, ...]
    records: int


@dataclass(frozen=True)
class Parted:
    """``kept``: the id that was parted, and ``kept_records`` with it. ``other``: the id, new or given back, that
    has the other ``moved_records``. ``part_kept_id``: whether the records that were named kept the id."""

    kept: str
    other: str
    kept_records: int
    moved_records: int
    part_kept_id: bool


@dataclass(frozen=True)
class Sealed:
    """``child_id``: the id as it is sealed. ``records``: that stay with it. ``released``: records forgotten.
    ``withdrawn``: aliases that no longer lead to it, sorted."""

    child_id: str
    records: int
    released: int
    withdrawn: tuple[str, ...]


def merge(desk: Desk, ids: Sequence[str], *, reason: str, at: str | None) -> Merged:
    """Make one child of two or more ids, all live or aliases of live ones.

    The oldest id is kept, by the run it was made in, then in the order of text; the others become its aliases
    for ever, and so do their aliases. Raises UsageFault for an id that is unknown, sealed or withdrawn, and
    where there are not two to merge.
    """
    reason = _checked_reason(reason)
    found = {row.child_id: row for row in (_live(desk.connection, one) for one in ids)}
    if len(found) < 2:
        raise UsageFault(
            "these are one child already" if len(ids) > 1 else "one id was given",
            allowed="two ids or more, of different children",
            next_step="childlink register history ID says what an id stands for",
        )
    oldest = min(found.values(), key=lambda row: (row.created_run == 0, row.created_run, row.child_id))
    kept, aliases = oldest.child_id, sorted(found.keys() - {oldest.child_id})
    moved = rows.records_per_id(desk.connection, pl.Series(aliases))
    records, ids_table = tables.records, tables.ids
    for alias in aliases:
        desk.connection.execute(
            records.update()
            .where(records.c.child_id == alias)
            .values(given_id=sa.func.coalesce(records.c.given_id, records.c.child_id), child_id=kept)
        )
        desk.connection.execute(
            ids_table.update().where(ids_table.c.superseded_by == alias).values(superseded_by=kept)
        )
    rows.set_ids(desk.connection, aliases, state=tables.MERGED, superseded_by=kept, merged_into=kept)
    happened = [
        events.Event(events.MERGED, alias, {"records": moved.get(alias, 0)}, other_id=kept, reason=reason)
        for alias in aliases
    ]
    desk.write(happened, at=at, action="merge")
    return Merged(kept, tuple(aliases), sum(moved.values()))


def split(desk: Desk, one: str, part: pl.Series, *, reason: str, at: str | None) -> Parted:
    """Make two children of an id: the records of ``part`` (tokens), and the rest.

    The id stays with the side that has more strong identifiers, as last seen; then the one with more records;
    then the one not named. The other side gets a new id. Raises UsageFault when ``part`` is none or all of the
    records, or has others.
    """
    reason = _checked_reason(reason)
    kept = str(_live(desk.connection, one).child_id)
    held = _records_of(desk.connection, kept)
    named = _part_of(held, part)
    rest = held.filter(~pl.col("token").is_in(part.implode()))
    part_keeps = _strength(named) > _strength(rest)
    moved = rest if part_keeps else named
    run = desk.next_run
    other = str(desk.new_ids(desk.connection, 1)[0])
    desk.connection.execute(
        tables.ids.insert(), {"child_id": other, "state": tables.LIVE, "created_run": run}
    )
    changes = moved.select(
        "token", child_id=pl.lit(other), first_run=pl.lit(run), given_id=pl.lit(None, pl.String)
    )
    rows.update_records(desk.connection, changes)
    event = events.Event(
        events.SPLIT, kept, {"records": len(moved), "undone": False}, other_id=other, reason=reason
    )
    desk.write([event], at=at, action="split")
    return Parted(kept, other, len(held) - len(moved), len(moved), part_keeps)


def undo_merge(desk: Desk, alias: str, *, reason: str, at: str | None) -> Parted:
    """Give an alias back the records it had when it was merged, and those of its own aliases of then.

    Records that came after the merge stay with the id that was kept. Raises UsageFault when the id is no alias,
    or none of its records is left there.
    """
    reason = _checked_reason(reason)
    row = row_of(desk.connection, alias)
    if row.state != tables.MERGED:
        raise UsageFault(
            f"{alias} is no alias of another id",
            allowed="an id that was merged into another",
            next_step="to part a child of its own, name the records of one part with --records FILE",
        )
    kept, back = str(row.superseded_by), _family(desk.connection, alias)
    records = tables.records.c
    here = (records.child_id == kept) & records.given_id.in_(back)
    moved = desk.connection.scalar(sa.select(sa.func.count()).select_from(tables.records).where(here)) or 0
    if not moved:
        raise UsageFault(
            f"no record that came with {alias} is left with {kept}",
            next_step="name the records of one part with --records FILE",
        )
    own_again = sa.case((records.given_id == alias, None), else_=records.given_id)
    desk.connection.execute(tables.records.update().where(here).values(child_id=alias, given_id=own_again))
    rows.set_ids(desk.connection, [alias], state=tables.LIVE, superseded_by=None, merged_into=None)
    rows.set_ids(desk.connection, [name for name in back if name != alias], superseded_by=alias)
    event = events.Event(
        events.SPLIT, kept, {"records": moved, "undone": True}, other_id=alias, reason=reason
    )
    desk.write([event], at=at, action="split")
    left = rows.records_per_id(desk.connection, pl.Series([kept])).get(kept, 0)
    return Parted(kept, alias, left, moved, part_kept_id=False)


def seal(desk: Desk, one: str, *, why: str, release: pl.Series | None, at: str | None) -> Sealed:
    """Seal an id for good: its records are never linked or offered again, and keep it.

    ``release`` (tokens): records of the id that belong to the child's other identity. They are forgotten, as if
    never seen, and begin a child of their own at the next linkage; no row says where they came from. The
    numbers of the records that stay are sealed too, tied to no id: whatever record holds one is not linked.
    What tied the id to any other is deleted: its aliases are withdrawn, and who it was merged with, split from
    or compared with, and for what reason, is no longer there. Raises UsageFault for a word that is none of
    SEAL_REASONS, an id that is not live, and a release that is none or all of its records, or has others.
    """
    if why not in SEAL_REASONS:
        raise UsageFault(
            "the reason of a seal is not one of its words",
            allowed=", ".join(SEAL_REASONS),
            next_step="give one of these: a free text could name the other identity",
        )
    connection = desk.connection
    kept = str(_live(connection, one).child_id)
    held = _records_of(connection, kept)
    released = _part_of(held, release) if release is not None else held.clear()
    stays = held.filter(~pl.col("token").is_in(released["token"].implode()))
    for token in released["token"]:
        connection.execute(tables.records.delete().where(tables.records.c.token == token))
    _seal_numbers(connection, {part for value in stays["numbers"] for part in tokens.parts(value)})
    closed = stays.select(
        "token", sealed=pl.lit(1), numbers=pl.lit(None, pl.Binary), given_id=pl.lit(None, pl.String)
    )
    rows.update_records(connection, closed)
    aliases, forgotten = forget_ties(connection, kept)
    rows.set_ids(connection, [kept], state=tables.SEALED)
    payload = {"why": why, "records": len(stays), "forgotten": forgotten}
    desk.write([events.Event(events.SEALED, kept, payload)], at=at, action="seal")
    return Sealed(kept, len(stays), len(released), tuple(aliases))


def review(desk: Desk, ids: Sequence[str], *, reason: str, at: str | None) -> int:
    """Note that a person looked at one id and found it one child, or at several and found each its own.

    Neither is offered for review again. Gives the events written: one for an id, one for each two of several.
    """
    reason = _checked_reason(reason)
    found = sorted({str(_live(desk.connection, one).child_id) for one in ids})
    if len(found) < len(set(ids)) or not found:
        raise UsageFault(
            "two of these ids are one child already" if found else "no id was given",
            allowed="one id, or several of different children",
        )
    happened = (
        [events.Event(events.REVIEWED, found[0], {}, reason=reason)]
        if len(found) == 1
        else [
            events.Event(events.REVIEWED, left, {}, other_id=right, reason=reason)
            for left, right in combinations(found, 2)
        ]
    )
    return desk.write(happened, at=at, action="review")


def _checked_reason(reason: str) -> str:
    said = reason.strip()
    if not said or len(said) > LONGEST_REASON:
        raise UsageFault(
            "no reason was given" if not said else f"the reason has {len(said)} characters",
            allowed=f"1 to {LONGEST_REASON} characters",
            next_step="say in --reason what the decision rests on",
        )
    return said


def row_of(connection: sa.Connection, one: str) -> Any:
    """The row of ids of an id, or UsageFault."""
    if not child_id.is_valid(one):
        raise UsageFault(
            f"not a child id: {one}",
            allowed="eleven letters and digits as in links.csv, the last checking the others",
            next_step="copy it from links.csv",
        )
    row = connection.execute(sa.select(tables.ids).where(tables.ids.c.child_id == one)).first()
    if row is None:
        raise UsageFault(
            f"the register has no child {one}", next_step="check that it is the register the id comes from"
        )
    return row


def _live(connection: sa.Connection, one: str) -> Any:
    """The row of the live id that ``one`` is or is an alias of, or UsageFault."""
    row = row_of(connection, one)
    if row.state == tables.MERGED:
        row = row_of(connection, row.superseded_by)
    if row.state != tables.LIVE:
        word = "sealed" if row.state == tables.SEALED else "withdrawn"
        raise UsageFault(f"{one} is {word}", allowed="an id that is in use", next_step="leave it as it is")
    return row


def _records_of(connection: sa.Connection, one: str) -> pl.DataFrame:
    kept = tables.records.c
    found = sa.select(kept.token, kept.child_id, kept.sealed, kept.numbers).where(kept.child_id == one)
    return rows.record_frame(connection, found).sort("token")


def _part_of(held: pl.DataFrame, part: pl.Series) -> pl.DataFrame:
    """The rows of ``held`` that ``part`` names, or UsageFault unless they are all of it and not all there are."""
    named = held.filter(pl.col("token").is_in(part.implode()))
    if len(named) < len(part):
        raise UsageFault(
            f"{len(part) - len(named)} of the {len(part)} records named are not records of this child",
            allowed="source and record_id of records that have its id in links.csv",
            next_step="take the rows from links.csv as they are there",
        )
    if named.is_empty() or len(named) == len(held):
        raise UsageFault(
            "no record is named" if named.is_empty() else f"all {len(held)} records of this child are named",
            allowed="some of its records, and not all",
        )
    return named


def _strength(part: pl.DataFrame) -> tuple[int, int]:
    strong = sum(len(tokens.parts(value)) for value in part["numbers"])
    return strong, len(part)


def _family(connection: sa.Connection, alias: str) -> list[str]:
    """``alias`` and the ids that were merged into it, at any remove, sorted."""
    found, fresh = {alias}, {alias}
    while fresh:
        ids = tables.ids.c
        inner = sa.select(ids.child_id).where(ids.merged_into.in_(sorted(fresh)))
        fresh = set(connection.execute(inner).scalars()) - found
        found |= fresh
    return sorted(found)


def _seal_numbers(connection: sa.Connection, numbers: set[bytes]) -> None:
    """Add tokens to sealed_numbers, and take them out of every record: two rows with one number are a tie."""
    fresh = numbers - rows.sealed_numbers(connection)
    rows.insert(
        connection,
        tables.sealed_numbers,
        pl.DataFrame({"token": pl.Series(sorted(fresh), dtype=pl.Binary)}),
    )
    if not numbers:
        return
    kept = tables.records.c
    wanted = sa.select(kept.token, kept.child_id, kept.sealed, kept.numbers)
    found = rows.record_frame(connection, wanted.where(kept.numbers.is_not(None)))
    hit = found.filter(tokens.holding(found["numbers"], numbers))
    left = [b"".join(part for part in tokens.parts(value) if part not in numbers) for value in hit["numbers"]]
    changed = hit.select("token").with_columns(pl.Series("numbers", [v or None for v in left], pl.Binary))
    rows.update_records(connection, changed)


def forget_ties(connection: sa.Connection, one: str) -> tuple[list[str], int]:
    """Delete whatever ties ``one`` or its aliases to another id: the aliases, withdrawn, and how many rows."""
    ids, told, details = tables.ids.c, tables.events.c, tables.details.c
    aliases = sorted(connection.execute(sa.select(ids.child_id).where(ids.superseded_by == one)).scalars())
    family = [one, *aliases]
    ties = connection.execute(
        sa.select(details.seq, details.other_id, told.child_id, told.kind)
        .join(tables.events, told.seq == details.seq)
        .where(details.other_id.in_(family) | told.child_id.in_(family))
    ).all()
    for tie in ties:
        connection.execute(tables.details.delete().where(details.seq == tie.seq))
    # an id made by a split has no event of its own: the run it was made in would lead to the split
    born = [tie.other_id for tie in ties if tie.kind == events.SPLIT]
    rows.set_ids(connection, born, created_run=0)
    moved = tables.records.c
    for name in born:
        connection.execute(tables.records.update().where(moved.child_id == name).values(first_run=0))
    rows.set_ids(connection, aliases, state=tables.LEAVING, superseded_by=None, merged_into=None)
    return aliases, len(ties)
