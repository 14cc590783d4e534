"""The rows around findings: what a reader needs beside a flagged row to see what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

IN_THE_FILE = 1
"""How many rows before and after a flagged row of the file are shown with it."""

OF_THE_CHILD = 3
"""How many of the same child's rows before and after it in the table are shown with it."""

ROW, LINE, CHILD = "#row", "#line", "#child"
"""Columns of a table of rows around that are not cells: no heading of a return begins with #."""


def child_column(table: pl.DataFrame, child: Sequence[str]) -> str | None:
    """The first of the columns ``child`` that the table has, which holds the child's id; None where it has none."""
    return next((name for name in child if name in table.columns), None)


def rows_around(
    findings: pl.DataFrame,
    tables: Mapping[str, pl.DataFrame],
    lines: Mapping[str, pl.Series],
    *,
    child: Sequence[str] = ("CHILD",),
) -> dict[str, pl.DataFrame]:
    """For each flagged table its flagged rows, their neighbours in the file and the nearest rows of their child.

    Columns: ROW (from 1), LINE (null where the format has no lines), CHILD (null where the table has none), then
    the cells as text under the table's own headings. Each row once, in the order of the table.
    """
    flagged = findings.drop_nulls("row").group_by("table").agg(pl.col("row").unique())
    found: dict[str, pl.DataFrame] = {}
    for name, rows in flagged.sort("table").iter_rows():
        table = tables[name]
        line = pl.lit(lines[name].cast(pl.Int64)) if name in lines else pl.lit(None, pl.Int64)
        column = child_column(table, child)
        of_child = pl.col(column).cast(pl.String) if column is not None else pl.lit(None, pl.String)
        found[name] = (
            table.select(
                pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(ROW),
                line.alias(LINE),
                of_child.alias(CHILD),
                pl.all().cast(pl.String),
            )
            .with_columns(_flagged=pl.col(ROW).is_in(rows))
            .filter(_near(IN_THE_FILE) | (_near(OF_THE_CHILD, CHILD) & pl.col(CHILD).is_not_null()))
            .drop("_flagged")
        )
    return found


def _near(distance: int, of: str | None = None) -> pl.Expr:
    """Whether a row is flagged, or one at most ``distance`` rows away is; with ``of``, among rows that share it."""
    steps = [pl.col("_flagged").shift(n, fill_value=False) for n in range(-distance, distance + 1)]
    return pl.any_horizontal([s.over(of) for s in steps] if of is not None else steps)
