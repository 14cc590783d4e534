"""Whether a return can be of the year it is given for: 903 files do not name theirs, but their dates tell."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from childlink.errors import InputFault
from childlink.returns.years import CollectionYear, collection_year
from childlink.schema.dates import read_dates

STARTS = (("Episodes", "DECOM"),)
"""Dates on or before the end of the year."""
WITHIN = (("Episodes", "DEC"), ("Reviews", "REVIEW"))
"""Dates within the year."""
FEWEST_DATES = 20
"""With fewer of them nothing is certain."""
MOST_ODD = 0.05
"""The greatest share of dates that may lie in neither year (years of birth, mistyped years)."""
MOST_STRAY = 0.01
"""The greatest share of dates that may lie in the year it is not of."""


def require_year(tables: Mapping[str, pl.DataFrame], year: CollectionYear, *, previous: bool = False) -> None:
    """Raise InputFault, naming both years, when ``tables`` (of text) can only be of another year than ``year``.

    That is so when at least FEWEST_DATES of the dates that lie within a return's year (WITHIN) can be read, at most
    MOST_STRAY of them lie in ``year``, all but MOST_ODD of them lie in one other year, and an episode starts in that
    year, while (the other year being an earlier one) at most MOST_STRAY start in ``year`` or later. Otherwise bad
    dates are left to the rules.
    """
    within = _years_of(tables, WITHIN)
    if len(within) < FEWEST_DATES or _share(within == year.ending) > MOST_STRAY:
        return
    other = int(within.mode().sort()[0])
    starts = _years_of(tables, STARTS)
    if _share(within == other) < 1 - MOST_ODD or not (starts == other).any():
        return
    if other < year.ending and _share(starts >= year.ending) > MOST_STRAY:
        return
    found = collection_year(other).name
    if previous:
        fault = f"last year's files are of {found}, not of {year.name}, the year before --year"
        step = f"give the return of {year.name} with --previous, or leave it out"
    else:
        fault = f"the return is of {found}, not of {year.name}"
        step = f"give --year {found}, or the files of {year.name}"
    raise InputFault(
        f"{fault}: of {len(within)} dates on which an episode ended or a review was held, "
        f"{(within == other).sum()} lie in {found}, {(within == year.ending).sum()} in {year.name}",
        allowed=f"files of {year.name}, 1 April to 31 March",
        next_step=step,
    )


def _share(flags: pl.Series) -> float:
    return int(flags.sum()) / len(flags)


def _years_of(tables: Mapping[str, pl.DataFrame], columns: tuple[tuple[str, str], ...]) -> pl.Series:
    """The ending year of the collection year of every readable date in ``columns``."""
    parts = [
        tables[table].select(_ending_year(read_dates(pl.col(column))).alias("year"))["year"].drop_nulls()
        for table, column in columns
        if table in tables and column in tables[table].columns
    ]
    return pl.concat(parts) if parts else pl.Series("year", [], dtype=pl.Int32)


def _ending_year(date: pl.Expr) -> pl.Expr:
    return date.dt.year() + (date.dt.month() >= 4).cast(pl.Int32)
