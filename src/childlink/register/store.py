"""The register as it is kept: opened, checked, and written in one transaction per run.

A run that dies leaves the register as it was. What is written holds tokens, random ids and counts.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import polars as pl
import sqlalchemy as sa

from childlink import __version__
from childlink.errors import ChildlinkError, InputFault, OutputFault, ToolFault, UsageFault
from childlink.register import child_id, events, keys, tables
from childlink.register.assignment import Assignment, Plan, planned, settled

BUSY_SECONDS = 10.0
_COLUMNS = ("source", "record_id", "cluster")
_ROWS_AT_A_TIME = 100_000
_LIVE = "live"


def open_register(
    location: Path | str, key: bytes, *, seed: int | None = None, busy_seconds: float = BUSY_SECONDS
) -> Register:
    """Open a register, or make an empty one where there is none. Use it as a context manager.

    ``location``: a path, or a database URL (text with "://"). ``key``: see ``keys.read_or_create_key``.
    ``seed``: draw new ids from a sequence that can be foretold (tests, examples) instead of the machine's
    secrets. ``busy_seconds``: how long to wait for another program that is writing.

    Raises InputFault when the place holds something else than a register, or a register of another key;
    UsageFault when a newer childlink wrote it; OutputFault when it cannot be made, or another program keeps
    it locked.
    """
    if len(key) < keys.KEY_BYTES:
        raise UsageFault(
            f"the register's key has {len(key)} bytes", allowed=f"at least {keys.KEY_BYTES} bytes"
        )
    name, engine = _engine(location, busy_seconds)
    register = Register(engine, name, key, seed)
    try:
        register.prepare()
    except BaseException:
        register.close()
        raise
    return register


class Register:
    """An open register. Made by ``open_register``."""

    def __init__(self, engine: sa.Engine, name: str, key: bytes, seed: int | None) -> None:
        self._engine = engine
        self._name = name
        self._seed = seed
        self._token_key = keys.subkey(key, "childlink/v1|register|tokens")
        self._event_key = keys.subkey(key, "childlink/v1|register|events")
        self._key_check = keys.subkey(key, "childlink/v1|register|key check").hex()

    def __enter__(self) -> Register:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database. The register cannot be used after."""
        self._engine.dispose()

    def prepare(self) -> None:
        """Make the tables of an empty database, or check that the register is one this key may use."""
        with self._transaction() as connection:
            there = tables.names(connection)
            if not there:
                self._make(connection)
                return
            if tables.meta.name not in there:
                raise InputFault(
                    f"{self._name} is a database, but no childlink register",
                    next_step="name another file with --register; one that is not there is made",
                )
            self._check(connection)

    def assign(self, records: pl.DataFrame, *, at: str | None = None) -> Assignment:
        """Give every record its child id, and remember it: all of it, or on any fault nothing.

        ``records``: source, record_id (String) and cluster (any type), each source and record id once, no
        nulls, in any order. ``at``: date and time of the run, to be kept with it. The same records and
        clusters again give the same ids and no event. New ids are drawn in the order of source and record id
        of the first record of each. See ``assignment`` for the rules, ``Assignment`` for the result.

        Raises UsageFault for records of another shape; OutputFault when another program keeps the register
        locked, or the disk is full.
        """
        wanted = _checked(records).with_columns(self._tokens(records))
        with self._transaction() as connection:
            plan = planned(_with_known(connection, wanted))
            run, last_seq, last_hash = _last(connection)
            run += 1
            new_ids = self._new_ids(connection, plan.new_ids)
            assignment = settled(plan, new_ids, events=0)
            rows = events.chained(
                _events_of(plan, assignment),
                key=self._event_key,
                run=run,
                last_seq=last_seq,
                last_hash=last_hash,
            )
            _write(connection, run, plan, assignment, new_ids, rows)
            connection.execute(
                tables.runs.insert(),
                {
                    "run": run,
                    "at": at,
                    "version": __version__,
                    "records": len(wanted),
                    "last_seq": last_seq + len(rows),
                    "last_hash": rows[-1]["hash"] if rows else last_hash,
                },
            )
        return settled(plan, new_ids, events=len(rows))

    def history(self) -> list[Mapping[str, Any]]:
        """The events, in order of seq, each with the columns of the events table."""
        with self._transaction() as connection:
            return [dict(row) for row in connection.execute(_in_order()).mappings()]

    def first_broken_event(self) -> int | None:
        """The seq of the first event that is not as it was written or is missing; None when all are there.

        Later runs' notes of how far the chain went are checked too, so that events cut off the end are
        missed.
        """
        with self._transaction() as connection:
            rows = (dict(row) for row in connection.execute(_in_order()).mappings())
            broken = events.first_break(rows, self._event_key)
            _, last_seq, _ = _last(connection)
            there = connection.scalar(sa.select(sa.func.count()).select_from(tables.events)) or 0
        if broken is None and there < last_seq:
            return there + 1
        return broken

    def _tokens(self, records: pl.DataFrame) -> pl.Series:
        # a comprehension over rows: a keyed hash has no vectorised call
        key, digest = self._token_key, hmac.digest
        said = records.select(pl.concat_str("source", pl.lit("\0"), "record_id")).to_series()
        return pl.Series("token", [digest(key, text.encode(), "sha256") for text in said], dtype=pl.Binary)

    def _make(self, connection: sa.Connection) -> None:
        tables.create_all(connection)
        values = {"schema_version": str(tables.SCHEMA_VERSION), "key_check": self._key_check}
        connection.execute(
            tables.meta.insert(), [{"name": name, "value": value} for name, value in values.items()]
        )

    def _check(self, connection: sa.Connection) -> None:
        rows = connection.execute(sa.select(tables.meta.c.name, tables.meta.c.value))
        values = {row.name: row.value for row in rows}
        version = values.get("schema_version", "")
        if not version.isdigit():
            raise InputFault(
                f"{self._name} does not say which schema it has", next_step="restore it from a copy"
            )
        if int(version) > tables.SCHEMA_VERSION:
            raise UsageFault(
                f"{self._name} was written by a newer childlink (schema {version})",
                allowed=f"schema {tables.SCHEMA_VERSION}",
                next_step="upgrade childlink",
            )
        if not hmac.compare_digest(values.get("key_check", ""), self._key_check):
            raise InputFault(
                f"{self._name} was made with another key",
                next_step="name the key file it was made with (--key-file); "
                "without that key its records cannot be found again",
            )

    def _new_ids(self, connection: sa.Connection, count: int) -> pl.Series:
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
            free = drawn.filter(~drawn.is_in(_taken(connection, drawn))) if had else drawn
            found = pl.concat([found, free]).unique(maintain_order=True)
        return found

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        """One transaction: committed when the body ends, undone when it fails."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except sa.exc.SQLAlchemyError as fault:
            # "from None": the cause quotes statements
            raise _explained(fault, self._name) from None


def _engine(location: Path | str, busy_seconds: float) -> tuple[str, sa.Engine]:
    """What the register is called in messages, and its engine."""
    if isinstance(location, str) and "://" in location:
        try:
            url = sa.make_url(location)
            name = url.render_as_string(hide_password=True)
            if url.get_backend_name() != "sqlite" or url.get_driver_name() != "pysqlite":
                return name, sa.create_engine(url, hide_parameters=True, poolclass=sa.pool.NullPool)
        except (sa.exc.ArgumentError, ImportError):
            raise UsageFault(
                "the register's URL is not one this installation can open",
                allowed="a path, or sqlite:///PATH, or the URL of a database whose driver is installed",
                next_step="check the URL, and install its driver",
            ) from None
        path = Path(url.database or "")
    else:
        path = Path(location)
    _require_place(path)
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        connect_args={"timeout": busy_seconds, "isolation_level": None},
        poolclass=sa.pool.NullPool,
        hide_parameters=True,
    )
    sa.event.listen(engine, "connect", _on_connect)
    # the driver's own transactions begin too late: two runs could read the same state and both write
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return str(path), engine


def _require_place(path: Path) -> None:
    """Raises unless ``path`` is a file, or may become one; makes it, empty, for its owner alone."""
    if path.is_dir():
        raise InputFault(f"the register {path} is a folder", next_step="name a file")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as fault:
        raise OutputFault(
            f"cannot write the register {path}: {fault.strerror}", next_step="name a place you may write to"
        ) from None


def _on_connect(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _explained(fault: sa.exc.SQLAlchemyError, name: str) -> ChildlinkError:
    """The user's fault behind a database error, whose own words are looked at and never shown."""
    words = str(getattr(fault, "orig", fault)).casefold()
    if "locked" in words or "busy" in words:
        return OutputFault(
            f"the register {name} is in use by another program",
            next_step="wait until the other run has ended, and run again",
        )
    if "not a database" in words or "malformed" in words or "encrypted" in words:
        return InputFault(
            f"{name} is not a SQLite database, or is damaged",
            next_step="name the register's file, or restore it from a copy",
        )
    if "full" in words:
        return OutputFault(
            f"no space left for the register {name}", next_step="free some space, and run again"
        )
    if "readonly" in words or "unable to open" in words:
        return OutputFault(f"cannot write the register {name}", next_step="check who may write there")
    if isinstance(fault, sa.exc.OperationalError):
        return OutputFault(
            f"the register {name} cannot be used",
            next_step="check that its database is there and can be written to",
        )
    return ToolFault(f"the register {name} refused what childlink wrote; nothing of this run was kept")


def _checked(records: pl.DataFrame) -> pl.DataFrame:
    """The columns that count, or UsageFault: the caller gave records of another shape."""
    if missing := [name for name in _COLUMNS if name not in records.columns]:
        raise UsageFault(
            f"records to assign have no column {', '.join(missing)}", allowed=", ".join(_COLUMNS)
        )
    wanted = records.select(_COLUMNS)
    if any(wanted.null_count().row(0)):
        raise UsageFault(
            "records to assign have empty cells", allowed="a source, record id and cluster for each"
        )
    if wanted.select("source", "record_id").is_duplicated().any():
        raise UsageFault("records to assign are repeated", allowed="each source and record id once")
    return wanted


def _with_known(connection: sa.Connection, wanted: pl.DataFrame) -> pl.DataFrame:
    """``wanted`` with known_id, the id a record has in the register.

    Unless the register is empty, the table ``incoming`` holds the tokens afterwards.
    """
    if connection.scalar(sa.select(tables.records.c.token).limit(1)) is None:
        return wanted.with_columns(pl.lit(None, dtype=pl.String).alias("known_id"))
    tables.incoming.drop(connection, checkfirst=True)
    tables.incoming.create(connection)
    _insert(connection, tables.incoming, wanted.select("token").sort("token"))
    found = connection.execute(
        sa.select(tables.records.c.token, tables.records.c.child_id).join(
            tables.incoming, tables.incoming.c.token == tables.records.c.token
        )
    ).all()
    known = pl.DataFrame(
        [(bytes(row[0]), row[1]) for row in found],
        schema={"token": pl.Binary, "known_id": pl.String},
        orient="row",
    )
    return wanted.join(known, on="token", how="left", maintain_order="left")


def _taken(connection: sa.Connection, drawn: pl.Series) -> list[str]:
    """Which of ``drawn`` are in the register already."""
    tables.candidates.drop(connection, checkfirst=True)
    tables.candidates.create(connection)
    _insert(connection, tables.candidates, drawn.alias("child_id").sort().to_frame())
    taken = connection.execute(
        sa.select(tables.ids.c.child_id).join(
            tables.candidates, tables.candidates.c.child_id == tables.ids.c.child_id
        )
    )
    return list(taken.scalars())


def _last(connection: sa.Connection) -> tuple[int, int, str]:
    """The number of the last run, and where it left the chain of events."""
    runs = tables.runs
    row = connection.execute(
        sa.select(runs.c.run, runs.c.last_seq, runs.c.last_hash).order_by(runs.c.run.desc()).limit(1)
    ).first()
    return (row.run, row.last_seq, row.last_hash) if row else (0, 0, events.FIRST_HASH)


def _in_order() -> sa.Select[Any]:
    return sa.select(tables.events).order_by(tables.events.c.seq)


def _events_of(plan: Plan, assignment: Assignment) -> Iterator[events.Event]:
    """One event for each id that was given to records: new ids in the order drawn, then ids joined, by id."""
    given = plan.records.with_columns(assignment.assignments["child_id"])
    known_here = pl.when("bridged").then(
        pl.col("known_id").drop_nulls().unique().sort().implode().over("cluster")
    )
    strangers = (
        given.with_columns(known_here.alias("bridges"))
        .filter(pl.col("known_id").is_null())
        .group_by("child_id", maintain_order=True)
        .agg(pl.len().alias("records"), pl.col("newcomer").first(), pl.col("bridges").first())
        .sort("newcomer", "child_id", nulls_last=True)
    )
    for row in strangers.iter_rows(named=True):
        payload = {"records": row["records"], "new": row["newcomer"] is not None}
        if row["bridges"]:
            payload["bridges"] = row["bridges"]
        yield events.Event("assigned", row["child_id"], payload)


def _write(
    connection: sa.Connection,
    run: int,
    plan: Plan,
    assignment: Assignment,
    new_ids: pl.Series,
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """Note that the known records were seen, and add the new ids, records and events."""
    if assignment.known:
        seen = tables.records.c.token.in_(sa.select(tables.incoming.c.token))
        connection.execute(tables.records.update().where(seen).values(last_run=run))
    ids = pl.select(child_id=pl.lit(new_ids.sort()), state=pl.lit(_LIVE), created_run=pl.lit(run))
    _insert(connection, tables.ids, ids)
    strangers = (
        plan.records.with_columns(assignment.assignments["child_id"])
        .filter(pl.col("known_id").is_null())
        .select("token", "child_id", first_run=pl.lit(run), last_run=pl.lit(run))
        .sort("token")  # in the order of the primary key, which is much the quickest to write
    )
    _insert(connection, tables.records, strangers)
    _insert(connection, tables.events, pl.DataFrame(rows, schema_overrides={"other_id": pl.String}))


def _insert(connection: sa.Connection, table: sa.Table, rows: pl.DataFrame) -> None:
    """Add rows to a table by the driver's own bulk call: values go as they are, names are the table's."""
    if rows.is_empty():
        return
    statement = sa.insert(table).compile(dialect=connection.dialect, column_keys=rows.columns)
    places = statement.positiontup  # None where the driver takes parameters by name
    for part in rows.iter_slices(_ROWS_AT_A_TIME):
        values: Any = part.to_dicts() if places is None else part.select(places).rows()
        connection.exec_driver_sql(str(statement), values)
