"""Words that the tests of the register share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa

from childlink.register import Assignment, open_register

KEY = b"\x07" * 32


def records(*rows: tuple[str, str, int], **more: list[Any]) -> pl.DataFrame:
    """source, record_id, cluster, and further columns for ``assign``."""
    schema = {"source": pl.String, "record_id": pl.String, "cluster": pl.UInt32}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    kinds = {"sealed": pl.Boolean, "numbers": pl.List(pl.String)}
    return frame.with_columns(pl.Series(name, values, kinds[name]) for name, values in more.items())


def named(*rows: tuple[str, str]) -> pl.DataFrame:
    """source, record_id."""
    return pl.DataFrame(rows, schema={"source": pl.String, "record_id": pl.String}, orient="row")


def assign(
    place: Path | str, *rows: tuple[str, str, int], seed: int | None = 1, **more: list[Any]
) -> Assignment:
    """One run of a register of KEY."""
    with open_register(place, KEY, seed=seed) as register:
        return register.assign(records(*rows, **more))


def ids(assignment: Assignment) -> dict[tuple[str, str], str]:
    """Child ids by source and record id."""
    return {(source, record): child for source, record, child in assignment.assignments.rows()}


def history(place: Path | str) -> list[dict[str, Any]]:
    """All events of a register that is whole."""
    with open_register(place, KEY) as register:
        found = register.verify()
        assert found.whole, found
        return register.history()


def execute(place: Path | str, *statements: str) -> None:
    """Meddle with a register behind childlink's back."""
    url = place if isinstance(place, str) else f"sqlite:///{place}"
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def dump(place: Path | str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, sorted."""
    url = place if isinstance(place, str) else f"sqlite:///{place}"
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        return {
            name: sorted(
                (tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {name}")), key=repr
            )
            for name in names
        }
