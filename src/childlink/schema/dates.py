"""Reading the dates of a return: dd/mm/yyyy and nothing else."""

from __future__ import annotations

import polars as pl

WRITTEN_AS_A_DATE = r"^[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}\z"
FIRST_YEAR, LAST_YEAR = 1678, 2261
"""The years the DfE's published checks can hold (a nanosecond clock in 64 bits); others are no dates."""


def read_dates(text: pl.Expr, form: str = "%d/%m/%Y") -> pl.Expr:
    """The dates that cells of text hold; null where a cell is empty or is no real date so written.

    A date has a day and a month of one or two digits, a year of four, slashes between, nothing before or
    after, and exists in the calendar (spec of SSDA903 rules 102, 112, 1004 ...).
    """
    date = text.str.to_date(form, strict=False)
    sound = text.str.contains(WRITTEN_AS_A_DATE) & date.dt.year().is_between(FIRST_YEAR, LAST_YEAR)
    return pl.when(sound).then(date)
