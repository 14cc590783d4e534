"""The return as a whole: what its header says."""

from __future__ import annotations

import polars as pl

from childlink.rules.cin.tables import Header, rule


@rule("100", Header.ReferenceDate, message="Reference Date is incorrect")
def not_the_last_day_of_the_year() -> pl.Expr:
    """A Header row whose ReferenceDate is missing, or is not 31 March of the calendar year in its Year. A Year that
    is missing or not of four digits fits no date."""
    given = Header.Year.text.str.extract(r"^([0-9]{4})\z").cast(pl.Int32)
    right = Header.ReferenceDate.date == pl.date(given, 3, 31)
    return ~right.fill_null(value=False)
