"""The register as it is kept: opened, checked, and written in one transaction per run.

A run that dies leaves the register as it was. What is written holds tokens, random ids and counts.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any

import polars as pl
import sqlalchemy as sa

from childlink.errors import InputFault, OutputFault, UsageFault
from childlink.register import actions, child_id, events, keys, migrations, rows, tables, tokens, views
from childlink.register.assignment import Assignment, planned, settled, with_child_ids
from childlink.register.place import Place, place_of

BUSY_SECONDS = 10.0
_COLUMNS = ("source", "record_id", "cluster")


def open_register(
    location: Path | str,
    key: bytes,
    *,
    seed: int | None = None,
    busy_seconds: float = BUSY_SECONDS,
    make: bool = True,
) -> Register:
    """Open a register, or make an empty one where there is none. Use it as a context manager.

    ``location``: a path, or a database URL (text with "://"). ``key``: see ``keys.read_or_create_key``.
    ``seed``: draw new ids from a sequence that can be foretold (tests, examples) instead of the machine's
    secrets. ``busy_seconds``: how long to wait for another program that is writing. ``make``: False to raise
    InputFault where there is no register. A register of an older schema is brought to this one's.

    Raises InputFault when the place holds something else than a register, or a register of another key;
    UsageFault when a newer childlink wrote it; OutputFault when it cannot be made, or another program keeps
    it locked.
    """
    if len(key) < keys.KEY_BYTES:
        raise UsageFault(
            f"the register's key has {len(key)} bytes", allowed=f"at least {keys.KEY_BYTES} bytes"
        )
    place = place_of(location, busy_seconds=busy_seconds, make=make)
    register = Register(place, key, seed)
    try:
        register.prepare(make=make)
    except BaseException:
        register.close()
        raise
    return register


class Register:
    """An open register. Made by ``open_register``.

    Every method that writes does so in one transaction: all of it, or on any fault nothing. Every method
    raises OutputFault when another program keeps the register locked or it cannot be written to, and
    InputFault when it is damaged. ``at`` is the date and time to be kept with what is done.
    """

    def __init__(self, place: Place, key: bytes, seed: int | None) -> None:
        self._place = place
        self._seed = seed
        self._keys = tokens.RegisterKeys.derived(key)

    def __enter__(self) -> Register:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database. The register cannot be used after."""
        self._place.engine.dispose()

    def prepare(self, *, make: bool = True) -> None:
        """Make the tables of an empty database, or check that the register is one this key may use."""
        with self._place.transaction() as connection:
            there = tables.names(connection)
            if not there and make:
                tables.create_all(connection)
                values = {"schema_version": str(tables.SCHEMA_VERSION), "key_check": self._keys.check}
                connection.execute(
                    tables.meta.insert(), [{"name": name, "value": value} for name, value in values.items()]
                )
                return
            if tables.meta.name not in there:
                raise InputFault(
                    f"{self._place.name} is {'a' if there else 'an empty'} database, and no childlink register",
                    next_step="name another with --register; childlink link makes one that is not there",
                )
            self._check(connection)

    def assign(self, records: pl.DataFrame, *, at: str | None = None) -> Assignment:
        """Give every record its child id, and remember it.

        ``records``: source, record_id (String) and cluster (any type), each source and record id once, no
        nulls, in any order; and where the caller has them, sealed (Boolean: what ``sealed`` gave, or the
        extract said) and numbers (List(String): the record's strong identifiers, each as "kind:value"). The
        same records again give the same ids, change nothing and write no event. New ids are drawn in the
        order of source and record id of the first record of each.

        A sealed record is alone: a new one gets an id of its own; one that shares an id with others, that is
        not sealed as a whole, leaves it for an id of its own. See ``assignment`` for the other rules.

        Raises UsageFault for records of another shape; OutputFault when a seal was set after ``sealed`` was
        asked.
        """
        wanted = self._tokened(_checked(records, _COLUMNS))
        with self._place.transaction() as connection:
            marked = self._marked(connection, wanted, told="sealed" in records.columns)
            plan = planned(marked)
            new_ids = self.new_ids(connection, plan.new_ids)
            placed = with_child_ids(plan, new_ids)
            given = _given(placed)
            others = list(_seals_of(connection, placed))
            others += [events.Event(events.WITHDRAWN, gone, {}) for gone in _left_empty(connection, placed)]
            happened = given.height + len(others)
            run = rows.last_run(connection)[0] + bool(happened)
            _write(connection, run, placed, new_ids)
            _set_states(connection, given, others)
            if happened:
                told = chain(events.told_of_assigned(given), map(events.told, others))
                rows.write_run(connection, self._keys, told, at=at, action="link", records=len(wanted))
            reviewed = views.reviewed(connection)
        if any(event.payload.get("forgotten") for event in others):
            self._place.forget_deleted()
        return settled(placed, reviewed=reviewed, events=happened, run=run)

    def sealed(self, records: pl.DataFrame) -> pl.Series:
        """sealed (Boolean): whether a record is one of a sealed identity, in the order of ``records``.

        ``records``: source, record_id and, where the caller has them, numbers (as in ``assign``). A record is
        sealed that was sealed before, or that holds a number of an identity that was sealed by hand.
        """
        wanted = _checked(records, _COLUMNS[:2])
        with self._place.transaction() as connection:
            found = sa.select(tables.records.c.token).where(tables.records.c.sealed == 1)
            held = pl.Series([bytes(token) for token in connection.execute(found).scalars()], dtype=pl.Binary)
            sealed_numbers = rows.sealed_numbers(connection)
        if held.is_empty() and not sealed_numbers:
            return pl.repeat(value=False, n=len(wanted), eager=True).alias("sealed")
        tokened = self._tokened(wanted)
        by_token = tokened["token"].is_in(held.implode())
        return (by_token | tokens.holding(tokened["numbers"], sealed_numbers)).alias("sealed")

    def known(self, records: pl.DataFrame) -> pl.DataFrame:
        """``records`` (source, record_id) in their order, with child_id, the id each has now (null where the
        register does not know it), and sealed (Boolean: it is one of a sealed identity)."""
        wanted = self._tokened(_checked(records, _COLUMNS[:2]))
        with self._place.transaction() as connection:
            found = rows.known_records(connection, wanted)
        return found.select("source", "record_id", child_id="known_id", sealed="was_sealed")

    def merge(self, ids: Sequence[str], *, reason: str, at: str | None = None) -> actions.Merged:
        """Make one child of two or more ids; see ``actions.merge``."""
        with self._action() as desk:
            return actions.merge(desk, ids, reason=reason, at=at)

    def split(self, one: str, part: pl.DataFrame, *, reason: str, at: str | None = None) -> actions.Parted:
        """Make two children of one id, ``part`` (source, record_id) being one; see ``actions.split``."""
        named = self._tokened(_checked(part, _COLUMNS[:2]))["token"]
        with self._action() as desk:
            return actions.split(desk, one, named, reason=reason, at=at)

    def undo_merge(self, alias: str, *, reason: str, at: str | None = None) -> actions.Parted:
        """Give an alias its records back; see ``actions.undo_merge``."""
        with self._action() as desk:
            return actions.undo_merge(desk, alias, reason=reason, at=at)

    def seal(
        self, one: str, *, why: str, release: pl.DataFrame | None = None, at: str | None = None
    ) -> actions.Sealed:
        """Seal an id for good; ``release`` (source, record_id): records that are not of it. See
        ``actions.seal``. What is forgotten is overwritten in the register's files."""
        named = None if release is None else self._tokened(_checked(release, _COLUMNS[:2]))["token"]
        with self._action() as desk:
            done = actions.seal(desk, one, why=why, release=named, at=at)
        self._place.forget_deleted()
        return done

    def review(self, ids: Sequence[str], *, reason: str, at: str | None = None) -> int:
        """Note that ids were looked at and left as they are; see ``actions.review``. Gives the events."""
        with self._action() as desk:
            return actions.review(desk, ids, reason=reason, at=at)

    def history(self, one: str | None = None) -> list[dict[str, Any]]:
        """The events of an id, or all, in order; see ``views.history``."""
        with self._place.transaction() as connection:
            return views.history(connection, self._keys, one)

    def standing(self, one: str) -> dict[str, Any]:
        """What an id is now; see ``views.standing``."""
        with self._place.transaction() as connection:
            return views.standing(connection, one)

    def changes(self, since: int) -> pl.DataFrame:
        """What happened after run ``since``; see ``views.changes``."""
        with self._place.transaction() as connection:
            return views.changes(connection, since)

    def stats(self) -> dict[str, Any]:
        """Counts of the register; see ``views.stats``."""
        with self._place.transaction() as connection:
            return views.stats(connection)

    def verify(self, head: str | None = None) -> views.Verification:
        """Whether the history is as it was written and the tables say the same; see ``views.verify``."""
        with self._place.transaction() as connection:
            found = views.verify(connection, self._keys, head)
            if found.unreadable:
                connection.rollback()  # a damaged database cannot even commit nothing
        return found

    def child_ids(self) -> pl.DataFrame:
        """child_id, state, superseded_by (String) of every id ever given, by child_id."""
        ids = tables.ids.c
        with self._place.transaction() as connection:
            found = connection.execute(sa.select(ids.child_id, ids.state, ids.superseded_by)).all()
        schema = dict.fromkeys(("child_id", "state", "superseded_by"), pl.String)
        return pl.DataFrame([tuple(row) for row in found], schema=schema, orient="row").sort("child_id")

    def new_ids(self, connection: sa.Connection, count: int) -> pl.Series:
        """``count`` ids that no child has or had, in the order drawn."""
        had = connection.scalar(sa.select(sa.func.count()).select_from(tables.ids)) or 0
        found, start = pl.Series("child_id", [], dtype=pl.String), had
        while len(found) < count:
            wanted = count - len(found)
            numbers = (
                child_id.random_numbers(wanted)
                if self._seed is None
                else child_id.seeded_numbers(wanted, seed=self._seed, start=start)
            )
            start += wanted
            drawn = child_id.from_numbers(numbers).unique(maintain_order=True)
            free = drawn.filter(~drawn.is_in(rows.taken(connection, drawn))) if had else drawn
            found = pl.concat([found, free]).unique(maintain_order=True)
        return found

    @contextmanager
    def _action(self) -> Iterator[actions.Desk]:
        with self._place.transaction() as connection:
            yield actions.Desk(connection, self._keys, self.new_ids)

    def _tokened(self, records: pl.DataFrame) -> pl.DataFrame:
        numbers = (
            tokens.number_tokens(records["numbers"], self._keys.numbers)
            if "numbers" in records.columns
            else pl.repeat(None, len(records), dtype=pl.Binary, eager=True)
        )
        return records.with_columns(
            tokens.record_tokens(records, self._keys.tokens), numbers.alias("numbers")
        )

    def _marked(self, connection: sa.Connection, wanted: pl.DataFrame, *, told: bool) -> pl.DataFrame:
        """``wanted`` with what the register has of each record, and sealed, severed, keeps_sealed."""
        known = rows.known_records(connection, wanted)
        by_number = tokens.holding(known["numbers"], rows.sealed_numbers(connection))
        register_seals = known["was_sealed"] | by_number
        given = known["sealed"] if told else pl.repeat(value=False, n=len(known), eager=True)
        if told and (register_seals & ~given).any():
            raise OutputFault(
                "records were sealed in the register while this linkage ran; nothing was written",
                next_step="run the linkage again",
            )
        known = known.with_columns(sealed=given | register_seals)
        whole = rows.ids_in_state(connection, tables.SEALED)
        open_id = pl.col("sealed") & pl.col("known_id").is_not_null() & ~pl.col("known_id").is_in(whole)
        asked = known.filter(open_id)["known_id"]
        alone = [name for name, count in rows.records_per_id(connection, asked).items() if count == 1]
        return known.with_columns(
            keeps_sealed=open_id & pl.col("known_id").is_in(alone),
            severed=open_id & ~pl.col("known_id").is_in(alone),
            had_id="known_id",
        )

    def _check(self, connection: sa.Connection) -> None:
        found = connection.execute(sa.select(tables.meta.c.name, tables.meta.c.value))
        values: Mapping[str, str] = {row.name: row.value for row in found}
        version = values.get("schema_version", "")
        if not version.isdigit() or int(version) < 1:
            raise InputFault(
                f"{self._place.name} does not say which schema it has", next_step="restore it from a copy"
            )
        if int(version) > tables.SCHEMA_VERSION:
            raise UsageFault(
                f"{self._place.name} was written by a newer childlink (schema {version})",
                allowed=f"schema {tables.SCHEMA_VERSION}",
                next_step="upgrade childlink",
            )
        if not hmac.compare_digest(values.get("key_check", ""), self._keys.check):
            raise InputFault(
                f"{self._place.name} was made with another key",
                next_step="name the key file it was made with (--key-file); "
                "without that key its records cannot be found again",
            )
        if int(version) < tables.SCHEMA_VERSION:
            migrations.upgrade(connection, int(version))


def _checked(records: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """The columns that count, or UsageFault: the caller gave records of another shape."""
    if missing := [name for name in columns if name not in records.columns]:
        raise UsageFault(f"the records have no column {', '.join(missing)}", allowed=", ".join(columns))
    extra = [name for name in ("sealed", "numbers") if name in records.columns]
    wanted = records.select(*columns, *extra)
    if any(wanted.select(columns).null_count().row(0)):
        raise UsageFault(
            f"the records have empty cells in {', '.join(columns)}",
            allowed=f"a value of {', '.join(columns)} for each record",
        )
    if wanted.select("source", "record_id").is_duplicated().any():
        raise UsageFault("records are repeated", allowed="each source and record id once")
    return wanted


def _given(placed: pl.DataFrame) -> pl.DataFrame:
    """child_id, records, new, bridges, sealed of each id that was given to records (``events.told_of_assigned``): new
    ids in the order drawn, then ids joined, by id."""
    known_here = pl.col("known_id").filter(~pl.col("sealed")).drop_nulls().n_unique().over("cluster")
    bridged = pl.when("bridged").then(known_here) if placed["bridged"].any() else pl.lit(None, pl.UInt32)
    return (
        placed.lazy()
        .with_columns(bridged.alias("bridges"))
        .filter(pl.col("known_id").is_null())
        .group_by("child_id", maintain_order=True)
        .agg(pl.len().alias("records"), pl.col("newcomer", "bridges", "sealed").first())
        .sort("newcomer", "child_id", nulls_last=True)
        .with_columns(new=pl.col("newcomer").is_not_null())
        .collect()
    )


def _seals_of(connection: sa.Connection, placed: pl.DataFrame) -> Iterator[events.Event]:
    """One event for each id whose only record is sealed now, by id; what tied it to others is deleted."""
    for child in placed.filter("keeps_sealed")["known_id"].sort():
        _, forgotten = actions.forget_ties(connection, child)
        yield events.Event(events.SEALED, child, {"why": "extract", "records": 1, "forgotten": forgotten})


def _left_empty(connection: sa.Connection, placed: pl.DataFrame) -> list[str]:
    """Ids without a record once this run is written, sorted: left by sealed records now, or at a seal by hand."""
    leaving = placed.filter("severed").group_by("had_id").len()
    held = rows.records_per_id(connection, leaving["had_id"])
    joined = set(placed["joins"].drop_nulls().unique())
    emptied = [name for name, left in leaving.iter_rows() if held[name] == left and name not in joined]
    return sorted([*emptied, *rows.ids_in_state(connection, tables.LEAVING)])


def _set_states(connection: sa.Connection, given: pl.DataFrame, others: Sequence[events.Event]) -> None:
    sealed = [event.child_id for event in others if event.kind == events.SEALED]
    rows.set_ids(connection, [*sealed, *given.filter("sealed")["child_id"]], state=tables.SEALED)
    gone = [event.child_id for event in others if event.kind == events.WITHDRAWN]
    rows.set_ids(connection, gone, state=tables.WITHDRAWN)


def _write(connection: sa.Connection, run: int, placed: pl.DataFrame, new_ids: pl.Series) -> None:
    """Add the new ids and records, and change the rows of known records that are not as they were."""
    ids = pl.select(child_id=pl.lit(new_ids.sort()), state=pl.lit(tables.LIVE), created_run=pl.lit(run))
    rows.insert(connection, tables.ids, ids)
    sealed = pl.col("sealed")
    kept = placed.with_columns(
        sealed=sealed.cast(pl.Int64),
        numbers=pl.when(~sealed).then("numbers"),
        first_run=pl.lit(run),
    )
    columns = ("token", "child_id", "first_run", "sealed", "numbers")
    strangers = kept.filter(pl.col("had_id").is_null()).select(columns)
    # in the order of the primary key, which is much the quickest to write
    rows.insert(connection, tables.records, strangers.sort("token"))
    severed = kept.filter("severed").with_columns(given_id=pl.lit(None, pl.String))
    rows.update_records(connection, severed.select(*columns, "given_id").sort("token"))
    # no numbers: the caller knows none, or the extract no longer has them
    newly = pl.col("numbers").is_not_null() & pl.col("numbers").ne_missing(pl.col("known_numbers"))
    changed = kept.filter(pl.col("had_id").is_not_null(), ~pl.col("severed"))
    numbered = changed.filter(newly | (pl.col("sealed") == 1) & ~pl.col("was_sealed"))
    rows.update_records(connection, numbered.select("token", "sealed", "numbers").sort("token"))
