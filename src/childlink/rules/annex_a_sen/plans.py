"""The dates of education, health and care (EHC) plans."""

from __future__ import annotations

from datetime import date

import polars as pl

from childlink.rules.annex_a_sen.tables import List_1, rule

INITIAL = List_1["Date initial EHC plan issued"]
UPDATED = List_1["Date updated EHC plan issued"]
REVIEWED = List_1["Date EHC plan last reviewed"]


@rule("105b", INITIAL, message="Date initial EHC plan issued is in the future - Query", severity="query")
def issued_in_future(as_of_date: date) -> pl.Expr:
    """A row of List_1 whose Date initial EHC plan issued is after the day on which ages are reckoned. That day itself
    passes."""
    return INITIAL.date > pl.lit(as_of_date)


@rule("105c", UPDATED, message="Date updated EHC plan issued is in the future - Query", severity="query")
def updated_in_future(as_of_date: date) -> pl.Expr:
    """A row of List_1 whose Date updated EHC plan issued is after the day on which ages are reckoned. That day itself
    passes."""
    return UPDATED.date > pl.lit(as_of_date)


@rule("105d", REVIEWED, message="Date EHC plan last reviewed is in the future - Query", severity="query")
def reviewed_in_future(as_of_date: date) -> pl.Expr:
    """A row of List_1 whose Date EHC plan last reviewed is after the day on which ages are reckoned. That day itself
    passes."""
    return REVIEWED.date > pl.lit(as_of_date)


@rule(
    "106a",
    INITIAL,
    UPDATED,
    message="Initial EHCP date is after Updated Date",
    key=(List_1["Unique ID"], INITIAL, UPDATED),
)
def issued_after_update() -> pl.Expr:
    """A row of List_1 with both dates, whose Date initial EHC plan issued is later than its Date updated EHC plan
    issued. The same day passes. Rows with the same Unique ID and the same two dates are one finding."""
    return INITIAL.date > UPDATED.date


@rule(
    "106b",
    INITIAL,
    REVIEWED,
    message="Initial EHCP date is after Date EHC plan last reviewed",
    key=(List_1["Unique ID"], INITIAL, REVIEWED),
)
def issued_after_review() -> pl.Expr:
    """A row of List_1 with both dates, whose Date initial EHC plan issued is later than its Date EHC plan last
    reviewed. The same day passes. Rows with the same Unique ID and the same two dates are one finding."""
    return INITIAL.date > REVIEWED.date
