"""Legal status."""

from __future__ import annotations

from datetime import date

import polars as pl

from childlink.rules.context import Period
from childlink.rules.ssda903.tables import Episodes, Header, rule
from childlink.rules.ssda903.vocabulary import SHORT_BREAKS, TEMPORARY, Later

ON_REMAND = ("J1", "J2", "J3")
"""Legal statuses of the youth justice system."""
FREED_FOR_ADOPTION = "D1"
PLACEMENT_ORDER = "E1"
LAST_FREEING_ORDER = date(2005, 12, 31)
FIRST_PLACEMENT_ORDER = date(2005, 12, 1)
POLICE_PROTECTION, POLICE_PROTECTION_DAYS = "L1", 3
EMERGENCY_PROTECTION, EMERGENCY_PROTECTION_DAYS = "L2", 21
CHILD_ASSESSMENT, CHILD_ASSESSMENT_DAYS = "L3", 7
POLICE_DETENTION, POLICE_DETENTION_DAYS = "J2", 21
"""Legal statuses, and the days that each may last."""
SHORT_BREAK_DAYS, SHORT_BREAK_DAYS_A_YEAR = 17, 75
"""The days that one short break may last, and all of a child's in a year together."""


def _days(start: pl.Expr, end: pl.Expr) -> pl.Expr:
    """The days from one date to another, null where either is."""
    return (end - start).dt.total_days()


def _end_if_empty(period: Period) -> pl.Expr:
    """DEC, an empty one standing as the collection end; an unreadable one stays null."""
    return pl.when(Episodes.DEC.missing).then(pl.lit(period.end)).otherwise(Episodes.DEC.date)


@rule(
    "214",
    *Episodes.columns("PL_POST", "URN"),
    message="Placement location information not required.",
)
def short_break_with_location() -> pl.Expr:
    """An Episodes row with LS V3 or V4 in which PL_POST or URN is present, whatever it holds."""
    return Episodes.LS.one_of(*SHORT_BREAKS) & (Episodes.PL_POST.present | Episodes.URN.present)


@rule(
    "358",
    *(Episodes.DECOM, Header.DOB, Episodes.LS),
    message="Child with this legal status should not be under 10.",
    differs="An episode that starts on the 10th birthday itself is flagged, though the child is ten that day.",
)
def on_remand_under_10(episodes_with_header: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row with LS J1, J2 or J3 whose DECOM is on or before the child's 10th birthday, by DOB of a
    Header row with the same CHILD. Both rows are flagged."""
    return episodes_with_header.filter(
        Episodes.LS.one_of(*ON_REMAND) & (Episodes.DECOM.date <= Header.DOB.birthday(10))
    )


def _runs_longer_than(
    days: int, status: str, episodes_in_order: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """The rows with LS ``status`` of runs, as rules 361 and 362 tell them, that are longer than ``days``."""
    end = Episodes.DEC.date.fill_null(period.end)
    followed = (end == Later.DECOM.date).fill_null(value=False)
    child = Episodes.CHILD.text
    kept = episodes_in_order.filter(Episodes.CHILD.present & Episodes.LS.one_of(status))
    runs = kept.with_columns(run=(~followed).cast(pl.Int32).cum_sum().shift(1, fill_value=0).over(child))
    length = _days(Episodes.DECOM.date.min(), end.max()).over(child, "run")
    return runs.filter(length > days)


@rule(
    "361",
    *Episodes.columns("DECOM", "LS", "DEC"),
    message=(
        "Police protection legal status lasted longer than maximum 72 hours allowed in the Children Act 1989."
    ),
    differs="An L1 row that runs straight into another legal status is joined to the child's next L1 row, and "
    "the time between them counts.",
)
def police_protection_too_long(episodes_in_order: pl.LazyFrame, period: Period) -> pl.LazyFrame:
    """Put each child's Episodes rows in order of DECOM, rows without a readable DECOM last, ties in the order of
    the file; a missing or unreadable DEC stands as the collection end. The child's rows with LS L1 form runs:
    an L1 row continues the run of the L1 row before it when the row directly after that one, of whatever LS,
    has its DECOM on the day of that one's DEC. Every L1 row of a run is flagged when there are more than 3 days
    from the earliest DECOM to the latest DEC of the run."""
    return _runs_longer_than(POLICE_PROTECTION_DAYS, POLICE_PROTECTION, episodes_in_order, period)


@rule(
    "362",
    *Episodes.columns("DECOM", "LS", "DEC"),
    message="Emergency protection order (EPO) lasted longer than 21 days",
    differs="An L2 row that runs straight into another legal status is joined to the child's next L2 row, and "
    "the time between them counts.",
)
def emergency_protection_too_long(episodes_in_order: pl.LazyFrame, period: Period) -> pl.LazyFrame:
    """Put each child's Episodes rows in order of DECOM, rows without a readable DECOM last, ties in the order of
    the file; a missing or unreadable DEC stands as the collection end. The child's rows with LS L2 form runs:
    an L2 row continues the run of the L2 row before it when the row directly after that one, of whatever LS,
    has its DECOM on the day of that one's DEC. Every L2 row of a run is flagged when there are more than 21 days
    from the earliest DECOM to the latest DEC of the run."""
    return _runs_longer_than(EMERGENCY_PROTECTION_DAYS, EMERGENCY_PROTECTION, episodes_in_order, period)


def _periods_longer_than(days: int, status: str, episodes: pl.LazyFrame, period: Period) -> pl.LazyFrame:
    """The rows with LS ``status`` of periods, as rules 363 and 364 tell them, that are longer than ``days``."""
    kept = episodes.filter(Episodes.LS.one_of(status) & Episodes.DECOM.date.is_not_null()).with_columns(
        end=_end_if_empty(period)
    )
    same_child = (Episodes.CHILD.text == Episodes.CHILD.text.shift(1)).fill_null(value=False)
    after_a_gap = (Episodes.DECOM.date > pl.col("end").shift(1)).fill_null(value=False)
    periods = kept.with_columns(spell=(~same_child | after_a_gap).cum_sum())
    return periods.filter(_days(Episodes.DECOM.date, pl.col("end")).sum().over("spell") > days)


@rule(
    "363",
    *Episodes.columns("LS", "DECOM", "DEC"),
    message="Child assessment order (CAO) lasted longer than 7 days allowed in the Children Act 1989.",
    differs="Rows are taken in the order of the file, not of their dates.",
)
def child_assessment_too_long(episodes: pl.LazyFrame, period: Period) -> pl.LazyFrame:
    """Take the Episodes rows with LS L3 and a readable DECOM in the order of the file; an empty DEC stands as
    the collection end. A row continues the period of the row before it when both have the same CHILD and its
    DECOM is not after that row's DEC. Every row of a period is flagged when the days from DECOM to DEC of its
    rows, added up, are more than 7. An unreadable DEC adds nothing and does not end a period. A row without
    CHILD is a period of its own."""
    return _periods_longer_than(CHILD_ASSESSMENT_DAYS, CHILD_ASSESSMENT, episodes, period)


@rule(
    "364",
    *Episodes.columns("LS", "DECOM", "DEC"),
    message=(
        "Sections 41-46 of Police and Criminal Evidence (PACE; 1984) severely limits the time a child can be "
        "detained in custody in Local Authority (LA) accommodation."
    ),
    differs="Rows are taken in the order of the file, not of their dates.",
)
def police_detention_too_long(episodes: pl.LazyFrame, period: Period) -> pl.LazyFrame:
    """Take the Episodes rows with LS J2 and a readable DECOM in the order of the file; an empty DEC stands as
    the collection end. A row continues the period of the row before it when both have the same CHILD and its
    DECOM is not after that row's DEC. Every row of a period is flagged when the days from DECOM to DEC of its
    rows, added up, are more than 21. An unreadable DEC adds nothing and does not end a period. A row without
    CHILD is a period of its own."""
    return _periods_longer_than(POLICE_DETENTION_DAYS, POLICE_DETENTION, episodes, period)


@rule(
    "365",
    *Episodes.columns("LS", "DECOM", "DEC"),
    message="Any individual short- term respite placement must not exceed 17 days.",
)
def short_break_too_long(period: Period) -> pl.Expr:
    """An Episodes row with LS V3 whose DEC (the collection end, if DEC is empty) is more than 17 days after its
    DECOM. An unreadable DEC is not flagged."""
    return Episodes.LS.one_of("V3") & (_days(Episodes.DECOM.date, _end_if_empty(period)) > SHORT_BREAK_DAYS)


@rule(
    "366",
    Episodes.RNE,
    message="A child cannot change placement during the course of an individual short-term respite break.",
)
def short_break_with_a_change() -> pl.Expr:
    """An Episodes row with LS V3 whose RNE is missing or is not S."""
    return Episodes.LS.one_of("V3") & ~Episodes.RNE.one_of("S")


@rule(
    "367",
    *Episodes.columns("LS", "DECOM", "DEC"),
    message="The maximum amount of respite care allowable is 75 days in any 12-month period.",
    differs="Only the days of the collection year are counted, not those of any 12 months.",
)
def too_many_short_breaks(episodes: pl.LazyFrame, period: Period) -> pl.LazyFrame:
    """Take the Episodes rows with LS V3 and cut each to the collection year: a DECOM before it becomes its
    start, a DEC that is empty or after it becomes its end. Rows that then last no day, or have an unreadable
    DECOM or DEC or no CHILD, are left out. All the child's other rows are flagged when their days, added up,
    are more than 75."""
    start = pl.max_horizontal(Episodes.DECOM.date, pl.lit(period.start))
    end = _end_if_empty(period)
    end_in_year = pl.when(end > period.end).then(pl.lit(period.end)).otherwise(end)
    breaks = Episodes.LS.one_of("V3") & Episodes.DECOM.date.is_not_null() & Episodes.CHILD.present
    return (
        episodes.filter(breaks)
        .with_columns(days=_days(start, end_in_year))
        .filter(pl.col("days") > 0)
        .filter(pl.col("days").sum().over(Episodes.CHILD.text) > SHORT_BREAK_DAYS_A_YEAR)
    )


@rule(
    "378",
    *Episodes.columns("PLACE", "LS"),
    message=(
        "A child who is placed with parent(s) cannot be looked after under a single period of accommodation "
        "under Section 20 of the Children Act 1989."
    ),
)
def accommodated_with_parents() -> pl.Expr:
    """An Episodes row with PLACE P1 and LS V2."""
    return Episodes.PLACE.one_of("P1") & Episodes.LS.one_of("V2")


@rule(
    "382",
    *Episodes.columns("LS", "PLACE"),
    message="A child receiving respite care cannot be in a temporary placement.",
)
def short_break_in_temporary_placement() -> pl.Expr:
    """An Episodes row with LS V3 or V4 and PLACE T0, T1, T2, T3 or T4."""
    return Episodes.LS.one_of(*SHORT_BREAKS) & Episodes.PLACE.one_of(*TEMPORARY)


@rule(
    "384",
    *Episodes.columns("PLACE", "LS"),
    message="A child receiving respite care cannot be in a long-term foster placement ",
)
def short_break_in_long_term_foster_care() -> pl.Expr:
    """An Episodes row with LS V3 or V4 and PLACE U1 or U4."""
    return Episodes.LS.one_of(*SHORT_BREAKS) & Episodes.PLACE.one_of("U1", "U4")


@rule(
    "398",
    *Episodes.columns("LS", "HOME_POST", "PL_POST"),
    message="Distance field completed but child looked after under legal status V3 or V4.",
    differs="The postcodes are looked at, not the distance worked out from them.",
)
def short_break_with_postcodes() -> pl.Expr:
    """An Episodes row with LS V3 or V4 in which HOME_POST or PL_POST is present."""
    return Episodes.LS.one_of(*SHORT_BREAKS) & (Episodes.HOME_POST.present | Episodes.PL_POST.present)


@rule(
    "408",
    *Episodes.columns("PLACE", "LS"),
    message="Child is placed for adoption with a placement order, but no placement order has been recorded.",
)
def placed_without_placement_order() -> pl.Expr:
    """An Episodes row with PLACE A5 or A6 whose LS is missing or is not E1."""
    return Episodes.PLACE.one_of("A5", "A6") & ~Episodes.LS.one_of(PLACEMENT_ORDER)


@rule(
    "426",
    Episodes.LS,
    message="A child receiving respite care cannot be recorded under a legal status of V3 and V4 in the same year.",
)
def both_kinds_of_short_break() -> pl.Expr:
    """An Episodes row with LS V3 or V4 of a child that has a row with V3 and a row with V4 this year. Dates play
    no part. Rows without CHILD count as one child's."""
    has_both = pl.all_horizontal(
        Episodes.LS.one_of(status).any().over(Episodes.CHILD.text) for status in SHORT_BREAKS
    )
    return Episodes.LS.one_of(*SHORT_BREAKS) & has_both


@rule(
    "445",
    *Episodes.columns("LS", "DECOM"),
    message="D1 is not a valid code for episodes starting after December 2005.",
    withdrawn="2024-25",
)
def freed_after_2005() -> pl.Expr:
    """An Episodes row with LS D1 whose DECOM is after 31 December 2005."""
    return Episodes.LS.one_of(FREED_FOR_ADOPTION) & (Episodes.DECOM.date > LAST_FREEING_ORDER)


@rule(
    "446",
    *Episodes.columns("LS", "DECOM"),
    message="E1 is not a valid code for episodes starting before December 2005.",
)
def placement_order_before_december_2005() -> pl.Expr:
    """An Episodes row with LS E1 whose DECOM is before 1 December 2005. That day itself passes."""
    return Episodes.LS.one_of(PLACEMENT_ORDER) & (Episodes.DECOM.date < FIRST_PLACEMENT_ORDER)


@rule(
    "451",
    *Episodes.columns("DEC", "REC", "LS"),
    message=(
        "Child is still freed for adoption, but freeing orders could not be applied for since 30 December 2005."
    ),
    withdrawn="2024-25",
)
def still_freed() -> pl.Expr:
    """An Episodes row with LS D1 in which DEC and REC are both empty. An unreadable DEC is not empty."""
    return Episodes.LS.one_of(FREED_FOR_ADOPTION) & Episodes.DEC.missing & Episodes.REC.missing
