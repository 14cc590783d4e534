"""Reading and writing many rows of the register, within a transaction of the caller's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import polars as pl
import sqlalchemy as sa

from childlink import __version__
from childlink.register import events, tables
from childlink.register.tokens import RegisterKeys

ROWS_AT_A_TIME = 100_000
_NAMES_AT_A_TIME = 500
_MANY = 50_000


def insert(connection: sa.Connection, table: sa.Table, rows: pl.DataFrame) -> None:
    """Add rows to a table by the driver's own bulk call: values go as they are, names are the table's."""
    if not rows.is_empty():
        _in_bulk(connection, sa.insert(table), rows)


def update_records(connection: sa.Connection, rows: pl.DataFrame) -> None:
    """Set the columns of ``rows`` other than ``token``, which names the record to be changed."""
    if rows.is_empty():
        return
    named = rows.rename({"token": "at_token"})
    values: dict[str, Any] = {name: sa.bindparam(name) for name in rows.columns if name != "token"}
    change = tables.records.update().where(tables.records.c.token == sa.bindparam("at_token")).values(values)
    for part in named.iter_slices(ROWS_AT_A_TIME):
        connection.execute(change, part.to_dicts())


def known_records(connection: sa.Connection, records: pl.DataFrame) -> pl.DataFrame:
    """``records`` with known_id, was_sealed and known_numbers: what the register has of each, by token."""
    if connection.scalar(sa.select(tables.records.c.token).limit(1)) is None:
        return records.with_columns(
            known_id=pl.lit(None, pl.String),
            was_sealed=pl.lit(value=False),
            known_numbers=pl.lit(None, pl.Binary),
        )
    found = rows_of(connection, records["token"]).select(
        "token",
        known_id="child_id",
        was_sealed=pl.col("sealed") != 0,
        known_numbers="numbers",
    )
    return records.join(found, on="token", how="left", maintain_order="left").with_columns(
        pl.col("was_sealed").fill_null(value=False)
    )


def rows_of(connection: sa.Connection, tokens: pl.Series) -> pl.DataFrame:
    """token, child_id, sealed (Int64), numbers of those records among ``tokens`` that the register has; perhaps of
    others too where many are asked for."""
    kept = tables.records.c
    wanted = sa.select(kept.token, kept.child_id, kept.sealed, kept.numbers)
    if len(tokens) >= _MANY:  # reading all is quicker than telling the database which
        return record_frame(connection, wanted)
    tables.incoming.drop(connection, checkfirst=True)
    tables.incoming.create(connection)
    insert(connection, tables.incoming, tokens.alias("token").unique().sort().to_frame())
    return record_frame(connection, wanted.join(tables.incoming, tables.incoming.c.token == kept.token))


def record_frame(connection: sa.Connection, wanted: sa.Select[Any]) -> pl.DataFrame:
    """token, child_id, sealed, numbers: the rows of a query for these, as a frame."""
    cursor = connection.execute(wanted).cursor
    assert cursor is not None
    found = cursor.fetchall()  # the driver's own tuples: a million rows are many
    columns: tuple[Sequence[Any], ...] = tuple(zip(*found, strict=True)) or ((), (), (), ())
    return pl.DataFrame(
        [
            pl.Series("token", columns[0], dtype=pl.Binary),
            pl.Series("child_id", columns[1], dtype=pl.String),
            pl.Series("sealed", columns[2], dtype=pl.Int64),
            pl.Series("numbers", columns[3], dtype=pl.Binary),
        ]
    )


def taken(connection: sa.Connection, drawn: pl.Series) -> list[str]:
    """Which of ``drawn`` are ids already."""
    _candidates(connection, drawn)
    ids = tables.ids.c.child_id
    found = sa.select(ids).join(tables.candidates, tables.candidates.c.child_id == ids)
    return list(connection.execute(found).scalars())


def records_per_id(connection: sa.Connection, child_ids: pl.Series) -> dict[str, int]:
    """How many records each of ``child_ids`` has; ids without one are left out."""
    if child_ids.is_empty():
        return {}
    _candidates(connection, child_ids.unique())
    ids = tables.records.c.child_id
    found = (
        sa.select(ids, sa.func.count())
        .join(tables.candidates, tables.candidates.c.child_id == ids)
        .group_by(ids)
    )
    return {row[0]: row[1] for row in connection.execute(found)}


def set_ids(connection: sa.Connection, child_ids: Iterable[str], **values: Any) -> None:
    """Set columns of the rows of ``child_ids`` in ids."""
    names = sorted(child_ids)
    for start in range(0, len(names), _NAMES_AT_A_TIME):
        part = names[start : start + _NAMES_AT_A_TIME]
        connection.execute(tables.ids.update().where(tables.ids.c.child_id.in_(part)).values(values))


def ids_in_state(connection: sa.Connection, state: str) -> list[str]:
    """The ids that are in ``state``, sorted."""
    found = sa.select(tables.ids.c.child_id).where(tables.ids.c.state == state)
    return sorted(connection.execute(found).scalars())


def sealed_numbers(connection: sa.Connection) -> set[bytes]:
    """The tokens of numbers of sealed identities."""
    return {bytes(token) for token in connection.execute(sa.select(tables.sealed_numbers.c.token)).scalars()}


def last_run(connection: sa.Connection) -> tuple[int, int, str]:
    """The number of the last run, and where it left the chain of events."""
    runs = tables.runs
    row = connection.execute(
        sa.select(runs.c.run, runs.c.last_seq, runs.c.last_hash).order_by(runs.c.run.desc()).limit(1)
    ).first()
    return (row.run, row.last_seq, row.last_hash) if row else (0, 0, events.FIRST_HASH)


def write_run(
    connection: sa.Connection,
    keys: RegisterKeys,
    happened: Iterable[events.Told],
    *,
    at: str | None,
    action: str,
    records: int,
) -> int:
    """Add events, what they say apart, and the run they belong to, the next one; give how many events."""
    run, last_seq, last_hash = last_run(connection)
    made = events.chained(
        happened,
        key=keys.events,
        reason_key=keys.reasons,
        run=run + 1,
        last_seq=last_seq,
        last_hash=last_hash,
    )
    insert(connection, tables.events, made.rows)
    insert(connection, tables.details, made.details)
    connection.execute(
        tables.runs.insert(),
        {
            "run": run + 1,
            "at": at,
            "version": __version__,
            "records": records,
            "last_seq": made.last_seq,
            "last_hash": made.last_hash,
            "action": action,
        },
    )
    return made.rows.height


def in_order(connection: sa.Connection) -> Iterator[Mapping[str, Any]]:
    """The rows of the events table by seq."""
    for row in connection.execute(sa.select(tables.events).order_by(tables.events.c.seq)).mappings():
        yield dict(row)


def _candidates(connection: sa.Connection, child_ids: pl.Series) -> None:
    tables.candidates.drop(connection, checkfirst=True)
    tables.candidates.create(connection)
    insert(connection, tables.candidates, child_ids.alias("child_id").sort().to_frame())


def _in_bulk(connection: sa.Connection, statement: Any, rows: pl.DataFrame) -> None:
    compiled = statement.compile(dialect=connection.dialect, column_keys=rows.columns)
    places = compiled.positiontup  # None where the driver takes parameters by name
    for part in rows.iter_slices(ROWS_AT_A_TIME):
        values: Any = part.to_dicts() if places is None else part.select(places).rows()
        connection.exec_driver_sql(str(compiled), values)
