"""Temporary placements: T0 to T4, their length and what surrounds them."""

from __future__ import annotations

import polars as pl

from childlink.rules.columns import Column
from childlink.rules.ssda903.tables import Episodes, Header, rule
from childlink.rules.ssda903.vocabulary import (
    CONTINUES,
    TEMPORARY,
    BeforeEarlier,
    Earlier,
    has,
)

NOT_CHECKED = (
    "An episode that is still open is not checked, nor one of a child without a date of birth in Header."
)


def _longer_than(days: int, place: str) -> pl.Expr:
    """Over ``episodes_with_header``: an episode in ``place`` that ended more than ``days`` days after it
    began."""
    lasted = Episodes.DEC.date - Episodes.DECOM.date > pl.duration(days=days)
    return Episodes.PLACE.one_of(place) & Header.DOB.date.is_not_null() & lasted


@rule(
    "375",
    *Episodes.columns("DECOM", "PLACE"),
    message="Hospitalisation coded as a temporary placement exceeds six weeks.",
    differs=NOT_CHECKED,
)
def hospital_for_more_than_six_weeks(episodes_with_header: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose PLACE is T1, whose DECOM and DEC are both readable dates, whose child has a
    Header row with a readable DOB, and whose DEC is later than DECOM plus 42 days."""
    return episodes_with_header.filter(_longer_than(42, "T1"))


@rule(
    "376",
    *Episodes.columns("DECOM", "PLACE"),
    message="Temporary placements coded as being due to holiday of usual foster carer(s) cannot exceed three "
    "weeks.",
    differs=NOT_CHECKED,
)
def carers_holiday_for_more_than_three_weeks(episodes_with_header: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose PLACE is T3, whose DECOM and DEC are both readable dates, whose child has a
    Header row with a readable DOB, and whose DEC is later than DECOM plus 21 days."""
    return episodes_with_header.filter(_longer_than(21, "T3"))


@rule(
    "377",
    Episodes.PLACE,
    message="Only two temporary placements coded as being due to holiday of usual foster carer(s) are "
    "allowed in any 12- month period.",
    differs="All T3 episodes of this year's return count, whether or not they lie within 12 months.",
)
def more_than_two_carers_holidays() -> pl.Expr:
    """An Episodes row whose PLACE is T3 and whose child has three or more such rows in this year's Episodes,
    whatever their dates. Each of them is flagged. Rows without CHILD are not."""
    holiday = Episodes.PLACE.one_of("T3")
    return holiday & Episodes.CHILD.present & (holiday.sum().over(Episodes.CHILD.key) >= 3)


@rule(
    "379",
    *Episodes.columns("DECOM", "PLACE"),
    message="Temporary placements for unspecified reason (placement code T4) cannot exceed seven days.",
    differs=NOT_CHECKED,
)
def unspecified_for_more_than_seven_days(episodes_with_header: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose PLACE is T4, whose DECOM and DEC are both readable dates, whose child has a
    Header row with a readable DOB, and whose DEC is later than DECOM plus 7 days."""
    return episodes_with_header.filter(_longer_than(7, "T4"))


@rule(
    "380",
    *Episodes.columns("PLACE", "RNE"),
    message="A period of care cannot start with a temporary placement.",
)
def care_starts_with_a_temporary_placement() -> pl.Expr:
    """An Episodes row whose PLACE is one of T0, T1, T2, T3, T4 and whose RNE is neither P nor B. A missing
    RNE is neither."""
    return Episodes.PLACE.one_of(*TEMPORARY) & ~Episodes.RNE.one_of("P", "B")


@rule(
    "381",
    *Episodes.columns("PLACE", "REC"),
    message="A period of care cannot end with a temporary placement.",
)
def care_ends_with_a_temporary_placement() -> pl.Expr:
    """An Episodes row whose PLACE is one of T0, T1, T2, T3, T4 and whose REC is present and is not X1. DEC is
    not looked at."""
    return Episodes.PLACE.one_of(*TEMPORARY) & Episodes.REC.present & ~Episodes.REC.one_of(CONTINUES)


def _differ(now: Column, before: Column) -> pl.Expr:
    """True where two cells are not the same; a missing cell is the same as nothing."""
    return ~(now.text == before.text).fill_null(value=False)


def _after_a_temporary_placement() -> pl.Expr:
    """Over ``episodes_in_order``: there are two episodes before, the one just before in a temporary
    placement."""
    return has(BeforeEarlier) & Earlier.PLACE.one_of(*TEMPORARY)


@rule(
    "383",
    Episodes.PLACE,
    message="A child in a temporary placement must subsequently return to his/her normal placement.",
    differs="A temporary placement that is the child's first episode of the return is not checked.",
)
def not_back_after_a_temporary_placement(episodes_in_order: pl.LazyFrame) -> pl.LazyFrame:
    """Put each child's Episodes rows in order of DECOM, missing or unreadable ones last, ties in the order of
    the file, and take three that follow one another directly: A, B, C. Row C is flagged when B has PLACE one
    of T0, T1, T2, T3, T4 and either C's RNE is not P, or C's PLACE is not the same as A's. A missing RNE is
    not P; a missing PLACE is the same as nothing."""
    elsewhere = ~Episodes.RNE.one_of("P") | _differ(Episodes.PLACE, BeforeEarlier.PLACE)
    return episodes_in_order.filter(_after_a_temporary_placement() & elsewhere)


@rule(
    "383",
    *Episodes.columns("PLACE", "RNE", "PL_POST"),
    message="A child in a temporary placement must subsequently return to his/her normal placement.",
    since="2025-26",
    differs="A temporary placement that is the child's first episode of the return is not checked, and two "
    "missing postcodes count as different.",
)
def not_back_at_the_address_after_a_temporary_placement(episodes_in_order: pl.LazyFrame) -> pl.LazyFrame:
    """Put each child's Episodes rows in order of DECOM, missing or unreadable ones last, ties in the order of
    the file, and take three that follow one another directly: A, B, C. Row C is flagged when B has PLACE one
    of T0, T1, T2, T3, T4 and C's RNE is not P, or C's PLACE or PL_POST is not the same as A's. A missing RNE
    is not P; a missing PLACE or PL_POST is the same as nothing; postcodes are compared as text, spaces
    included."""
    elsewhere = (
        ~Episodes.RNE.one_of("P")
        | _differ(Episodes.PLACE, BeforeEarlier.PLACE)
        | _differ(Episodes.PL_POST, BeforeEarlier.PL_POST)
    )
    return episodes_in_order.filter(_after_a_temporary_placement() & elsewhere)
