"""Earlier permanence arrangements."""

from __future__ import annotations

import polars as pl

from childlink.rules.columns import any_missing, any_present
from childlink.rules.context import Period
from childlink.rules.ssda903.tables import Episodes, PrevPerm, rule
from childlink.rules.ssda903.vocabulary import of_children, pairs, together
from childlink.schema.dates import read_dates

NO_EARLIER_OPTION = "Z1"
UNKNOWN_PART = "ZZ"
UNKNOWN_YEAR = "ZZZZ"


@rule(
    "630",
    Episodes.RNE,
    message="Information on previous permanence option should be returned.",
    differs="A row with P1 to P4 and no LA_PERM is reported, though LA_PERM is usually left blank.",
)
def starts_care_without_previous_permanence(
    episodes: pl.LazyFrame, prev_perm: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """An Episodes row with RNE S and a DECOM on or after the collection start, 1 April, whose child has no
    PrevPerm row, or has at least one that is incomplete: PREV_PERM is missing, or it is not Z1 and LA_PERM or
    DATE_PERM is missing. DECOM has no upper bound. Only the Episodes row is flagged."""
    starts = episodes.filter(Episodes.RNE.one_of("S") & (Episodes.DECOM.date >= period.start))
    details_missing = any_missing(PrevPerm.columns("LA_PERM", "DATE_PERM"))
    incomplete = PrevPerm.PREV_PERM.missing | (
        ~PrevPerm.PREV_PERM.one_of(NO_EARLIER_OPTION) & details_missing
    )
    # beside a child with no PrevPerm row stand nulls, so its PREV_PERM is missing
    return pairs(starts, prev_perm, (Episodes.CHILD, PrevPerm.CHILD), how="left").filter(incomplete)


def latest_day_it_may_mean() -> pl.Expr:
    """DATE_PERM as a date, its unknown parts taken as rule 632 takes them; null where it cannot be read."""
    part = [PrevPerm.DATE_PERM.text.str.split("/").list.get(i, null_on_oob=True) for i in range(3)]
    day_unknown, month_unknown = part[0] == UNKNOWN_PART, part[1] == UNKNOWN_PART
    parts = (
        pl.when(day_unknown).then(pl.lit("01")).otherwise(part[0]),
        pl.when(month_unknown).then(pl.lit("01")).otherwise(part[1]),
        pl.when(part[2] == UNKNOWN_YEAR).then(pl.lit("2000")).otherwise(part[2]),
    )
    three_parts = PrevPerm.DATE_PERM.text.str.count_matches("/", literal=True) == 2
    first_day = pl.when(three_parts).then(read_dates(pl.concat_str(parts, separator="/")))
    return (
        pl.when(month_unknown)
        .then(first_day.dt.offset_by("1y").dt.offset_by("-1d"))
        .when(day_unknown)
        .then(first_day.dt.offset_by("1mo").dt.offset_by("-1d"))
        .otherwise(first_day)
    )


@rule(
    "632",
    PrevPerm.DATE_PERM,
    Episodes.DECOM,
    message=(
        "Date of previous permanence order not a valid value. NOTE: This rule may result in false negatives "
        "where the period of care started before the current collection year"
    ),
    differs=(
        "Where the month alone is unknown the date is taken as up to a year later than the known day in "
        "January, so 05/ZZ/2020 is read as 4 January 2021; an unknown year is read as 2000."
    ),
)
def order_not_before_care(first_episodes: pl.LazyFrame, prev_perm: pl.LazyFrame) -> pl.LazyFrame:
    """Take each child's Episodes row with the earliest DECOM, of equal dates the first in the file, and each of
    the child's PrevPerm rows in which DATE_PERM is present. Both rows are flagged when DATE_PERM cannot be read,
    or when it is on or after that DECOM.

    DATE_PERM is day/month/year; day or month may be ZZ (unknown, taken as 01) and the year ZZZZ (taken as 2000).
    Where the month is ZZ, one year less one day is added; otherwise, where the day is ZZ, one month less one
    day: ZZ/05/2021 is 31 May 2021, ZZ/ZZ/1993 is 31 December 1993. Children without a readable DECOM, and rows
    without CHILD, are left out."""
    orders = prev_perm.filter(PrevPerm.DATE_PERM.present).with_columns(order=latest_day_it_may_mean())
    order = pl.col("order")
    return pairs(first_episodes, orders, (Episodes.CHILD, PrevPerm.CHILD)).filter(
        order.is_null() | (order >= Episodes.DECOM.date)
    )


@rule(
    "634",
    *PrevPerm.columns("LA_PERM", "PREV_PERM", "DATE_PERM"),
    Episodes.DECOM,
    message=(
        "There are entries for previous permanence options, but child has not started to be looked after from "
        "1 April 2016 onwards."
    ),
    differs=(
        "The day tested is 1 April of the collection year, not 1 April 2016 as the message says, so children "
        "with no episode begun in the year are reported."
    ),
)
def previous_permanence_without_new_care(
    episodes: pl.LazyFrame, latest_episodes: pl.LazyFrame, prev_perm: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """A PrevPerm row in which at least one of PREV_PERM, LA_PERM and DATE_PERM is present, whose child's latest
    DECOM of this year's return is before the collection start, 1 April. The PrevPerm row and every Episodes row
    of that child are flagged. Children without a readable DECOM, and rows without CHILD, are not flagged."""
    begun_before = latest_episodes.filter(Episodes.DECOM.date < period.start)
    filled = prev_perm.filter(any_present(PrevPerm.columns("PREV_PERM", "LA_PERM", "DATE_PERM")))
    failing = of_children(filled, PrevPerm, begun_before, Episodes)
    return together(failing, of_children(episodes, Episodes, failing, PrevPerm))


@rule(
    "635",
    *PrevPerm.columns("LA_PERM", "DATE_PERM", "PREV_PERM"),
    message=(
        "There are entries for date of order and local authority code where previous permanence option was "
        "arranged but previous permanence code is Z1"
    ),
    differs="Rows whose PREV_PERM is missing are reported; rows whose PREV_PERM is Z1, as the message says, are not.",
)
def order_without_previous_permanence() -> pl.Expr:
    """A PrevPerm row in which LA_PERM or DATE_PERM, or both, are present and PREV_PERM is missing."""
    return any_present(PrevPerm.columns("LA_PERM", "DATE_PERM")) & PrevPerm.PREV_PERM.missing
