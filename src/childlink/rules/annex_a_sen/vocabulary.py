"""The words that the rules of Annex A SEN share.

A date that cannot be read is missing, and a comparison with a missing date flags nothing. Ages are reckoned on one
whole day, which the run is given.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from childlink.rules.columns import Table

BORN = "Date of birth"


def has_reached(table: Table, age: int, day: date) -> pl.Expr:
    """True where the child of the row is ``age`` or more on ``day``, a birthday on that day included; null where the
    date of birth is missing. Who was born on 29 February has the birthday on 28 February in a common year."""
    return table[BORN].birthday(age) <= pl.lit(day)
