"""Times missing or away without authorisation."""

from __future__ import annotations

from datetime import date

import polars as pl

from childlink.rules.context import Period
from childlink.rules.ssda903.tables import Episodes, Missing, rule
from childlink.rules.ssda903.vocabulary import (
    PERIOD_END,
    PERIOD_START,
    beside,
    fails_every_period,
    has,
    in_no_period_of_care,
    of_children,
    pairs,
)

EarlierTime = Missing.named("earlier")
"""The child's time missing just before, in the order of rule 574."""

LATER_THAN_ANY_START = date(2099, 1, 1)
"""What a missing MIS_START counts as in rule 576, so that a row without one comes last."""


# --- one row --------------------------------------------------------------------------------------------------


@rule(
    "564",
    *Missing.columns("MISSING", "MIS_START"),
    message="Child was missing or away from placement without authorisation and the date started is blank.",
)
def missing_without_start() -> pl.Expr:
    """A Missing row whose MISSING is M or A (or m or a) and whose MIS_START is missing. An unreadable MIS_START
    is not missing."""
    return Missing.MISSING.one_of("M", "A", "m", "a") & Missing.MIS_START.missing


@rule(
    "565",
    *Missing.columns("MISSING", "MIS_START"),
    message=(
        "The date that the child started to be missing or away from placement without authorisation has been "
        "completed but whether the child was missing or away from placement without authorisation has not been "
        "completed."
    ),
)
def start_without_kind() -> pl.Expr:
    """A Missing row in which MIS_START is present, readable or not, and MISSING is missing."""
    return Missing.MIS_START.present & Missing.MISSING.missing


@rule(
    "566",
    *Missing.columns("MISSING", "MIS_END"),
    message=(
        "The date that the child's episode of being missing or away from placement without authorisation ended "
        "has been completed but whether the child was missing or away without authorisation has not been "
        "completed."
    ),
)
def end_without_kind() -> pl.Expr:
    """A Missing row in which MIS_END is present, readable or not, and MISSING is missing."""
    return Missing.MIS_END.present & Missing.MISSING.missing


@rule(
    "567",
    *Missing.columns("MIS_START", "MIS_END"),
    message=(
        "The date that the missing episode or episode that the child was away from placement without "
        "authorisation ended is before the date that it started."
    ),
)
def ends_before_it_starts() -> pl.Expr:
    """A Missing row whose MIS_START is after its MIS_END, both readable. The same day passes."""
    return Missing.MIS_START.date > Missing.MIS_END.date


@rule(
    "570",
    Missing.MIS_START,
    message=(
        "The date that the child started to be missing or away from placement without authorisation is after "
        "the end of the collection year."
    ),
)
def starts_after_the_year(period: Period) -> pl.Expr:
    """A Missing row whose MIS_START is after the collection end, 31 March."""
    return Missing.MIS_START.date > period.end


@rule(
    "571",
    Missing.MIS_END,
    message=(
        "The date that the child ceased to be missing or away from placement without authorisation is before "
        "the start or after the end of the collection year."
    ),
)
def ends_outside_the_year(period: Period) -> pl.Expr:
    """A Missing row whose MIS_END is readable and is before the collection start, 1 April, or after the
    collection end, 31 March."""
    return (Missing.MIS_END.date < period.start) | (Missing.MIS_END.date > period.end)


@rule(
    "586",
    Missing.MIS_START,
    message="Dates of missing periods are before child’s date of birth.",
    differs="A start on the very day of birth is reported too, though the message says before it.",
)
def starts_before_birth() -> pl.Expr:
    """A Missing row whose MIS_START is on or before the DOB of the same row, both readable. MIS_END is not
    looked at."""
    return Missing.MIS_START.date <= Missing.DOB.date


# --- order within a child -------------------------------------------------------------------------------------


@rule(
    "574",
    *Missing.columns("MIS_START", "MIS_END"),
    message=(
        "A new missing/away from placement without authorisation period cannot start when the previous "
        "missing/away from placement without authorisation period is still open. Missing/away from placement "
        "without authorisation periods should also not overlap."
    ),
    differs=(
        "Rows are put in order of their end, open ones of their start, and only neighbours are compared, so "
        "the row reported may be the one that began first, and an overlap with a row further back is missed."
    ),
)
def starts_before_the_earlier_ended(missing: pl.LazyFrame) -> pl.LazyFrame:
    """Put each child's Missing rows in order of MIS_END, or of MIS_START where MIS_END is missing or unreadable;
    then of MIS_START; rows without such a date last, ties in the order of the file. A row is flagged when the
    row before it has no readable MIS_END, or when its own MIS_START is before that row's MIS_END. A start on the
    day the earlier time ended passes. Rows without CHILD are never compared."""
    sorting_date = pl.coalesce(Missing.MIS_END.date, Missing.MIS_START.date)
    ordered = missing.sort(
        Missing.CHILD.text, sorting_date, Missing.MIS_START.date, Missing.row, nulls_last=True
    )
    still_open = EarlierTime.MIS_END.date.is_null()
    overlaps = Missing.MIS_START.date < EarlierTime.MIS_END.date
    return beside(ordered, Missing, EarlierTime, 1).filter(has(EarlierTime) & (still_open | overlaps))


@rule(
    "576",
    Missing.CHILD,
    message=(
        "There is an open missing/away from placement without authorisation period in last year’s return and "
        "there is no corresponding period recorded at the start of this year."
    ),
    differs=(
        "A child who was missing at the end of last year and has no Missing row at all this year is not "
        "reported, since only this year's rows can be."
    ),
)
def open_last_year_not_carried_over(missing: pl.LazyFrame, previous_missing: pl.LazyFrame) -> pl.LazyFrame:
    """For each child take this year's Missing row with the earliest MIS_START, a missing or unreadable one
    counting as 1 January 2099, ties in the order of the file. It is flagged when a Missing row of last year's
    for the child has no MIS_END and a readable MIS_START that is another day. Rows without CHILD take no part."""
    last_year = Missing.previous
    start = Missing.MIS_START.date.fill_null(LATER_THAN_ANY_START)
    first = (
        missing.filter(Missing.CHILD.present)
        .sort(start, Missing.row)
        .unique(subset=[Missing.CHILD.key], keep="first", maintain_order=True)
    )
    left_open = previous_missing.filter(last_year.MIS_END.missing)
    return pairs(first, left_open, (Missing.CHILD, last_year.CHILD)).filter(last_year.MIS_START.date != start)


# --- against the episodes of care -----------------------------------------------------------------------------


@rule(
    "575",
    Missing.MIS_END,
    message=(
        "If the placement from which the child goes missing/away from placement without authorisation ends, "
        "the missing/away from placement without authorisation period in the missing module must also have an "
        "end date."
    ),
    differs="A start on the day on which one episode ends and the next, still open, begins is reported too.",
)
def open_though_the_episode_ended(missing: pl.LazyFrame, episodes: pl.LazyFrame) -> pl.LazyFrame:
    """A Missing row without MIS_END whose MIS_START lies from DECOM to DEC, both days included, of at least one
    Episodes row of the same child. An unreadable MIS_END is not missing. An episode without a readable DEC
    never matches."""
    still_missing = pairs(missing.filter(Missing.MIS_END.missing), episodes, (Missing.CHILD, Episodes.CHILD))
    return still_missing.filter(
        (Missing.MIS_START.date >= Episodes.DECOM.date) & (Missing.MIS_START.date <= Episodes.DEC.date)
    )


@rule(
    "581",
    Missing.MIS_START,
    message="Child is missing but has not yet started to be looked after.",
    differs=(
        "A start between two episodes or after the last one is reported too, and so is a missing or unreadable "
        "MIS_START; the message speaks only of a start before care began."
    ),
)
def starts_outside_every_episode(missing: pl.LazyFrame, episodes: pl.LazyFrame) -> pl.LazyFrame:
    """A Missing row whose child has at least one Episodes row, but none in which MIS_START lies from DECOM to
    DEC, both days included, a missing or unreadable DEC being open. A row without a readable MIS_START lies in
    no episode, and so is flagged when its child has an Episodes row."""
    before_the_end = Episodes.DEC.date.is_null() | (Missing.MIS_START.date <= Episodes.DEC.date)
    in_an_episode = (Episodes.DECOM.date <= Missing.MIS_START.date) & before_the_end
    explained = pairs(missing, episodes, (Missing.CHILD, Episodes.CHILD)).filter(in_an_episode)
    return of_children(missing, Missing, episodes, Episodes).join(explained, on=Missing.row, how="anti")


@rule(
    "577",
    Missing.MIS_END,
    message=(
        "Child ceased to be looked after but there is a missing/away from placement without authorisation "
        "period without an end date."
    ),
    differs=(
        "An end that lies after the last period of care or before the first one is reported too, though the "
        "message is about an absent end."
    ),
)
def ends_outside_every_period(missing: pl.LazyFrame, periods_of_care: pl.LazyFrame) -> pl.LazyFrame:
    """A Missing row with a readable MIS_START whose child has at least one period of care, and which fails
    against every one of them. It fails against a period when MIS_END is missing (or unreadable) and either the
    period has ended or MIS_START is before the period's start; or when MIS_END is after the period's end or
    before its start.

    A period of care: the child's episodes in order of DECOM, those without a readable DECOM left out, one after
    another as long as none begins after the day on which the one before it ended. It runs from the DECOM of its
    first episode to the DEC of its last, and is open where that is missing or unreadable."""
    return in_no_period_of_care(missing, Missing.MIS_START, Missing.MIS_END, periods_of_care)


@rule(
    "578",
    Missing.MIS_START,
    message="The date that the child started to be missing is after the child ceased to be looked after.",
    differs=(
        "A start before all periods of care, or in a gap between two, is reported too; a start on the last day of "
        "care is not, where the DfE's logic would report it."
    ),
)
def starts_outside_every_period(missing: pl.LazyFrame, periods_of_care: pl.LazyFrame) -> pl.LazyFrame:
    """A Missing row with a readable MIS_START whose child has at least one period of care, and whose MIS_START
    is, for every one of them, before the period's start or after its end. A start on the last day passes.

    A period of care: the child's episodes in order of DECOM, those without a readable DECOM left out, one after
    another as long as none begins after the day on which the one before it ended. It runs from the DECOM of its
    first episode to the DEC of its last, and is open where that is missing or unreadable."""
    outside = (Missing.MIS_START.date < PERIOD_START) | (Missing.MIS_START.date > PERIOD_END)
    return fails_every_period(outside, missing, Missing.MIS_START, periods_of_care)
