"""This year's return against last year's."""

from __future__ import annotations

from textwrap import fill

import polars as pl

from childlink.rules.columns import Column
from childlink.rules.context import Period
from childlink.rules.ssda903.tables import Episodes, rule
from childlink.rules.ssda903.vocabulary import latest, not_of_children, pairs, same

Last = Episodes.previous
"""Last year's Episodes; in ``carried_over`` the child's last episode of last year."""
FAR_APART = 0.2
"""Miles by which two placement distances must differ to be at odds."""


def _open_and_differs(carried_over: pl.LazyFrame, column: Column) -> pl.LazyFrame:
    """First episodes of children whose last episode of last year was open and has another ``column``."""
    of_last_year: Column = getattr(Last, column.name)
    return carried_over.filter(Last.DEC.date.is_null() & ~same(column.text, of_last_year.text))


def _distances_at_odds() -> pl.Expr:
    """True where both distances are known and far apart, or only this year's is known."""
    now, before = Episodes.PL_DISTANCE, Last.PL_DISTANCE
    far_apart = ((now.text - before.text).abs() >= FAR_APART).fill_null(value=False)
    return far_apart | (before.missing & now.present)


def _same_reason() -> pl.Expr:
    """True where both episodes have the same RNE; null where either has none."""
    return Episodes.RNE.text == Last.RNE.text


@rule(
    "452",
    Episodes.PL_LA,
    message=(
        "Contradiction between local authority of placement code in the last episode of the previous year and "
        "in the first episode of the current year."
    ),
    needs=(Episodes.PL_LA, Last.PL_LA),
    differs="Only children whose two episodes have the same RNE are compared (503H compares all).",
)
def placement_authority_contradicts(carried_over: pl.LazyFrame) -> pl.LazyFrame:
    """Take the child's row of this year's Episodes with the earliest readable DECOM and its row of last year's
    with the latest; of several on one day the first in the file. This year's row is flagged when the two have
    the same RNE, last year's DEC is empty, and their PL_LA (authority of the placement, worked out from PL_POST)
    differ. Missing on both is the same, missing on one is different."""
    return carried_over.filter(
        _same_reason() & Last.DEC.missing & ~same(Episodes.PL_LA.text, Last.PL_LA.text)
    )


@rule(
    "453",
    Episodes.PL_DISTANCE,
    message=(
        "Contradiction between placement distance in the last episode of the previous year and in the first "
        "episode of the current year."
    ),
    needs=(Episodes.PL_DISTANCE, Last.PL_DISTANCE),
    differs="A distance known last year but not this year passes; only children whose two episodes have the same "
    "RNE are compared (503G compares all).",
)
def placement_distance_contradicts(carried_over: pl.LazyFrame) -> pl.LazyFrame:
    """Take the child's row of this year's Episodes with the earliest readable DECOM and its row of last year's
    with the latest; of several on one day the first in the file. This year's row is flagged when the two have
    the same RNE, last year's DEC is missing or unreadable, and their PL_DISTANCE (miles from home to placement,
    worked out from the postcodes) differ by 0.2 or more, or only this year's is known."""
    return carried_over.filter(_same_reason() & Last.DEC.date.is_null() & _distances_at_odds())


@rule(
    "502",
    Episodes.DECOM,
    message=(
        "Last year's record ended with an open episode. The date on which that episode started does not match "
        "the start date of the first episode on this year’s record."
    ),
    differs="Any open row of last year counts, not only the child's last.",
)
def begins_on_another_day_than_last_year(
    first_episodes: pl.LazyFrame, previous_episodes: pl.LazyFrame
) -> pl.LazyFrame:
    """The child's row of this year's Episodes with the earliest readable DECOM (of several the first in the
    file), when last year's Episodes have a row of the child with an empty DEC and another DECOM. A missing or
    unreadable DECOM there is another."""
    open_rows = previous_episodes.filter(Last.DEC.missing)
    both = pairs(first_episodes, open_rows, (Episodes.CHILD, Last.CHILD))
    return both.filter(~same(Episodes.DECOM.date, Last.DECOM.date))


CARRIED_OVER = (
    (
        *("503A", Episodes.RNE, ""),
        "The reason for new episode in the first episode does not match open episode at end of last year.",
    ),
    (
        *("503B", Episodes.LS, ""),
        "The legal status in the first episode does not match open episode at end of last year.",
    ),
    (
        *("503C", Episodes.CIN, ""),
        "The category of need in the first episode does not match open episode at end of last year.",
    ),
    (
        *("503E", Episodes.PLACE_PROVIDER, ""),
        "The placement provider in the first episode does not match open episode at end of last year.",
    ),
    (
        *("503F", Episodes.URN, ""),
        "The Ofsted URN in the  first episode does not match open episode at end of last year.",
    ),
    (
        *("503H", Episodes.PL_LA, " (the authority of the placement, worked out from PL_POST)"),
        "The placement LA in first episode does not match open episode at end of last year.",
    ),
    (
        *("503J", Episodes.PL_LOCATION, " (inside or outside the authority, worked out from PL_POST)"),
        "The placement location in first episode does not match open episode at end of last year.",
    ),
)
"""The checks that are one condition over different columns: code, column, what it is, message."""


DIFFERS = (
    "Take the child's row of this year's Episodes with the earliest readable DECOM and its row of last year's with "
    "the latest; of several on one day the first in the file. This year's row is flagged when last year's DEC is "
    "missing or unreadable and their {column} differ. Missing on both is the same, missing on one is different."
)
"""Their condition in plain words."""


def _differs_from_last_year(code: str, column: Column, meaning: str, message: str) -> None:
    """Put the rule into the book that ``column`` is as it was when last year ended."""

    def differs_from_last_year(carried_over: pl.LazyFrame) -> pl.LazyFrame:
        return _open_and_differs(carried_over, column)

    differs_from_last_year.__doc__ = fill(DIFFERS.format(column=f"{column.name}{meaning}"), 110)
    derived = column.name in {f.name for f in Episodes.schema.derived}
    needs = (column, getattr(Last, column.name)) if derived else ()
    rule(code, column, message=message, needs=needs)(differs_from_last_year)


for each in CARRIED_OVER:
    _differs_from_last_year(*each)


PLACEMENT_TYPE_DIFFERS = (
    "The placement type in the first episode does not match open episode at end of last year"
)
RECODED_FROM: dict[int, tuple[str, tuple[str, ...]]] = {
    2024: ("H5", ("K3",)),
    2025: ("H5", ("K3",)),
    2026: ("Z1", ("Z11", "Z12", "Z13", "Z14")),
}
"""By the year in which the collection ends: last year's PLACE and the codes it may have become."""


def _placement_type_differs(carried_over: pl.LazyFrame, collection_year: int) -> pl.LazyFrame:
    differing = _open_and_differs(carried_over, Episodes.PLACE)
    if collection_year not in RECODED_FROM:
        return differing
    old, new = RECODED_FROM[collection_year]
    return differing.filter(~(Last.PLACE.one_of(old) & Episodes.PLACE.one_of(*new)))


@rule("503D", Episodes.PLACE, message=PLACEMENT_TYPE_DIFFERS)
def placement_type_differs_from_last_year(carried_over: pl.LazyFrame, collection_year: int) -> pl.LazyFrame:
    """Take the child's row of this year's Episodes with the earliest readable DECOM and its row of last year's
    with the latest; of several on one day the first in the file. This year's row is flagged when last year's DEC
    is missing or unreadable and their PLACE differ. Missing on both is the same, missing on one is different.
    In 2023-24 last year's H5 may have become K3."""
    return _placement_type_differs(carried_over, collection_year)


@rule("503D", Episodes.PLACE, message=PLACEMENT_TYPE_DIFFERS, since="2024-25")
def placement_type_differs_from_2023(carried_over: pl.LazyFrame, collection_year: int) -> pl.LazyFrame:
    """Take the child's row of this year's Episodes with the earliest readable DECOM and its row of last year's
    with the latest; of several on one day the first in the file. This year's row is flagged when last year's DEC
    is missing or unreadable and their PLACE differ. Missing on both is the same, missing on one is different.
    Last year's H5 may have become K3."""
    return _placement_type_differs(carried_over, collection_year)


@rule("503D", Episodes.PLACE, message=PLACEMENT_TYPE_DIFFERS, since="2025-26")
def placement_type_differs_from_2024(carried_over: pl.LazyFrame, collection_year: int) -> pl.LazyFrame:
    """Take the child's row of this year's Episodes with the earliest readable DECOM and its row of last year's
    with the latest; of several on one day the first in the file. This year's row is flagged when last year's DEC
    is missing or unreadable and their PLACE differ. Missing on both is the same, missing on one is different.
    In 2025-26 last year's Z1 may have become Z11, Z12, Z13 or Z14; in later years no change is allowed for."""
    return _placement_type_differs(carried_over, collection_year)


@rule(
    "503G",
    Episodes.PL_DISTANCE,
    message="The distance in first episode does not match open episode at end of last year.",
    needs=(Episodes.PL_DISTANCE, Last.PL_DISTANCE),
    differs="A distance known last year but not this year passes.",
)
def distance_differs_from_last_year(carried_over: pl.LazyFrame) -> pl.LazyFrame:
    """Take the child's row of this year's Episodes with the earliest readable DECOM and its row of last year's
    with the latest; of several on one day the first in the file. This year's row is flagged when last year's DEC
    is missing or unreadable and their PL_DISTANCE (miles from home to placement, worked out from the postcodes)
    differ by 0.2 or more, or only this year's is known."""
    return carried_over.filter(Last.DEC.date.is_null() & _distances_at_odds())


@rule(
    "562",
    Episodes.DECOM,
    message=(
        "Episode commenced before the start of the current collection year but there is a missing continuous "
        "episode in the previous year."
    ),
)
def not_in_last_year_from_the_same_day(
    first_episodes: pl.LazyFrame, previous_episodes: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """The child's row of this year's Episodes with the earliest readable DECOM (of several the first in the
    file), when that DECOM is before the collection start, 1 April, and the latest readable DECOM of the child's
    rows of last year's Episodes is not the same day, or there is none."""
    last = latest(previous_episodes, Last, Last.DECOM)
    both = pairs(first_episodes, last, (Episodes.CHILD, Last.CHILD), how="left")
    return both.filter((Episodes.DECOM.date < period.start) & ~same(Episodes.DECOM.date, Last.DECOM.date))


@rule(
    "NoE",
    Episodes.DECOM,
    message=(
        "This child has no episodes loaded for previous year even though child started to be looked after "
        "before this current year."
    ),
)
def not_in_last_year_at_all(
    episodes: pl.LazyFrame, previous_episodes: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """An Episodes row whose DECOM is before the collection start, 1 April, and whose CHILD is on no row of last
    year's Episodes. A missing CHILD is looked for like any other."""
    begun_before = episodes.filter(Episodes.DECOM.date < period.start)
    return not_of_children(begun_before, Episodes, previous_episodes, Last)
