"""DoLo: deprivation of liberty orders, in the return from 2026-27."""

from __future__ import annotations

import polars as pl

from childlink.rules.context import Period
from childlink.rules.ssda903.tables import DoLo, Episodes, rule
from childlink.rules.ssda903.vocabulary import (
    beside,
    has,
    however_written,
    in_no_period_of_care,
    pairs,
    within,
)

FIRST_YEAR = "2026-27"
EarlierDoLo = DoLo.named("earlier")
"""The child's DoLo row just before, beside each row."""


@rule(
    "702",
    *DoLo.columns("DOLO_START", "DOLO_END"),
    message="The date that the DoLO ended is before the date that it started.",
    since=FIRST_YEAR,
    differs="An order that ends on the day it starts is flagged too.",
)
def ends_before_it_starts() -> pl.Expr:
    """A DoLo row whose DOLO_END is on or before its DOLO_START. A missing or unreadable date is not
    flagged."""
    return DoLo.DOLO_END.date <= DoLo.DOLO_START.date


@rule(
    "703",
    DoLo.DOLO_START,
    message="The date that the DoLO started is after the end of the collection year.",
    since=FIRST_YEAR,
)
def starts_after_the_year(period: Period) -> pl.Expr:
    """A DoLo row whose DOLO_START is later than the collection end, 31 March."""
    return DoLo.DOLO_START.date > period.end


@rule(
    "704",
    DoLo.DOLO_END,
    message="The date that the DoLO ended is before the start or after the end of the collection year.",
    since=FIRST_YEAR,
)
def ends_outside_the_year(period: Period) -> pl.Expr:
    """A DoLo row whose DOLO_END is before the collection start, 1 April, or after the collection end, 31
    March."""
    return ~within(DoLo.DOLO_END.date, period).fill_null(value=True)


@rule(
    "705",
    *DoLo.columns("DOLO_START", "DOLO_END"),
    message="A DoLO cannot start when the previous DoLO is still open.",
    since=FIRST_YEAR,
    differs="The previous order is the one before in order of end dates, not of start dates.",
)
def starts_before_the_earlier_ends(do_lo: pl.LazyFrame) -> pl.LazyFrame:
    """Put each child's DoLo rows in order of DOLO_END, or of DOLO_START where DOLO_END is missing, then of
    DOLO_START, missing dates last, ties in the order of the file. A row is flagged when the row just before
    it has no DOLO_END, or has one later than this row's DOLO_START. Unreadable dates count as missing; rows
    without CHILD are not compared."""
    start, end = DoLo.DOLO_START.date, DoLo.DOLO_END.date
    ordered = do_lo.sort(DoLo.CHILD.text, pl.coalesce(end, start), start, DoLo.row, nulls_last=True)
    still_open = EarlierDoLo.DOLO_END.date.is_null() | (start < EarlierDoLo.DOLO_END.date)
    return beside(ordered, DoLo, EarlierDoLo, 1).filter(has(EarlierDoLo) & still_open)


@rule(
    "706",
    DoLo.previous.DOLO_START,
    message="There is an open DoLO in last year’s return and there is no corresponding DoLO recorded at the "
    "start of this year..",
    reported_as={DoLo.previous: DoLo},
    since=FIRST_YEAR,
    differs="Every open order of last year is checked, not only the child's last, and any order of this year "
    "may match it; the row flagged is last year's.",
)
def open_last_year_and_gone(do_lo: pl.LazyFrame, previous_do_lo: pl.LazyFrame) -> pl.LazyFrame:
    """A row of last year's DoLo whose DOLO_END is missing, where no row of this year's DoLo has both the same
    CHILD and the same DOLO_START, compared as text. A missing CHILD or DOLO_START is the same as a missing
    one."""
    left_open = previous_do_lo.filter(DoLo.previous.DOLO_END.missing)
    return left_open.join(
        do_lo,
        left_on=[DoLo.previous.CHILD.key, DoLo.previous.DOLO_START.key],
        right_on=[DoLo.CHILD.key, DoLo.DOLO_START.key],
        how="anti",
        nulls_equal=True,
    )


@rule(
    "707",
    DoLo.DOLO_END,
    message="Child ceased to be looked after but there is a DoLO without an end date.",
    since=FIRST_YEAR,
    differs="Orders with an end date are flagged too where it lies in no period of care.",
)
def in_no_period_of_the_childs_care(do_lo: pl.LazyFrame, periods_of_care: pl.LazyFrame) -> pl.LazyFrame:
    """A DoLo row with a DOLO_START whose child has at least one period of care and which fits none of them.
    Without a DOLO_END it fits a period that is open and begins on DOLO_START or before. With one it fits a
    period in which DOLO_END lies, both ends included, whatever DOLO_START. A period of care is a run of
    Episodes rows in order of DECOM, each beginning on the DEC of the one before or earlier; it is open when
    its last row has no DEC."""
    return in_no_period_of_care(do_lo, DoLo.DOLO_START, DoLo.DOLO_END, periods_of_care)


@rule(
    "708",
    DoLo.DOLO_START,
    message="Dates of DoLOs are before child’s date of birth.",
    since=FIRST_YEAR,
    differs="An order that starts on the day of birth is flagged too.",
)
def starts_before_birth() -> pl.Expr:
    """A DoLo row whose DOLO_START is on or before the DOB in the same row."""
    return DoLo.DOLO_START.date <= DoLo.DOB.date


def _during_an_order(do_lo: pl.LazyFrame, episodes: pl.LazyFrame) -> pl.LazyFrame:
    """Every DoLo row with DOLO_START and DOLO_END beside every episode of the child that overlaps it."""
    closed = do_lo.filter(DoLo.DOLO_START.present & DoLo.DOLO_END.present)
    decom, dec = however_written(Episodes.DECOM), however_written(Episodes.DEC)
    begins_in_time = dec.is_null() | (however_written(DoLo.DOLO_START) <= dec)
    return pairs(closed, episodes, (DoLo.CHILD, Episodes.CHILD)).filter(
        begins_in_time & (however_written(DoLo.DOLO_END) >= decom)
    )


@rule(
    "709",
    DoLo.DOLO_START,
    Episodes.PLACE,
    message="Child with a DoLO is in an unexpected placement type.",
    since=FIRST_YEAR,
    differs="The reference asks for a column that returns do not have, PLACEMENT; here PLACE is read.",
)
def in_an_unexpected_placement(do_lo: pl.LazyFrame, episodes: pl.LazyFrame) -> pl.LazyFrame:
    """A DoLo row in which DOLO_START and DOLO_END are both present and an Episodes row of the same CHILD that
    overlap (DOLO_START is on or before DEC, or DEC is missing or unreadable; and DOLO_END is on or after
    DECOM), where PLACE is missing or is not one of K2, Z12, Z13. Both rows are flagged. Dates are read in
    other layouts than dd/mm/yyyy too, such as yyyy-mm-dd."""
    return _during_an_order(do_lo, episodes).filter(~Episodes.PLACE.one_of("K2", "Z12", "Z13"))


@rule(
    "710",
    DoLo.DOLO_START,
    Episodes.PLACE,
    message="Child with a DoLO can not be placed in secure children's homes, with parents, young offender "
    "institutions, or supported accommodation.",
    since=FIRST_YEAR,
    differs="The reference asks for a column that returns do not have, PLACEMENT; here PLACE is read.",
)
def in_a_placement_no_order_allows(do_lo: pl.LazyFrame, episodes: pl.LazyFrame) -> pl.LazyFrame:
    """A DoLo row in which DOLO_START and DOLO_END are both present and an Episodes row of the same CHILD that
    overlap (DOLO_START is on or before DEC, or DEC is missing or unreadable; and DOLO_END is on or after
    DECOM), where PLACE is one of K1, P1, R5, K3. Both rows are flagged. Dates are read in other layouts than
    dd/mm/yyyy too, such as yyyy-mm-dd."""
    return _during_an_order(do_lo, episodes).filter(Episodes.PLACE.one_of("K1", "P1", "R5", "K3"))
