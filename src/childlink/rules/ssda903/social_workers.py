"""SWEpisodes: who was the child's social worker, in the return from 2023-24."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from childlink.rules.columns import Column, Table, any_missing
from childlink.rules.context import Period
from childlink.rules.ssda903.tables import Episodes, SWEpisodes, rule, schema
from childlink.rules.ssda903.vocabulary import (
    CONTINUES,
    SHORT_BREAKS,
    beside,
    has,
    however_written,
    in_order,
    pairs,
    together,
    within,
)
from childlink.schema.dates import read_dates

FIRST_YEAR = "2023-24"
REASON_NEEDED_FROM = date(2023, 4, 1)
"""The start from which a change of social worker has a reason, in every collection year."""
UNDATED = date(1901, 1, 1)
"""A SW_DECOM that rule SW08STG2 takes as missing."""
REASONS = tuple(schema.code_sets["social_worker_change"])
LastYears = SWEpisodes.previous
EarlierWorker = SWEpisodes.named("earlier")
"""The child's SWEpisodes row just before, beside each row in some order."""
LaterWorker = SWEpisodes.named("later")
"""The child's SWEpisodes row just after, beside each row in some order."""


def a_year_before(period: Period) -> date:
    """The first day of the two years that are reported: 365 days before the collection start.

    That is 1 April of the year before, or 2 April where a 29 February lies between, as the reference has it.
    """
    return period.start - timedelta(days=365)


def nameless_as_one_child(rows: pl.LazyFrame) -> pl.LazyFrame:
    """``rows`` of SWEpisodes with an empty text for a missing CHILD, so that they are neighbours in
    ``beside``."""
    return rows.with_columns(SWEpisodes.CHILD.text.fill_null(""))


def with_earlier(rows: pl.LazyFrame, *dates: Column) -> pl.LazyFrame:
    """``rows`` of SWEpisodes in order of child and ``dates``, each with the child's ``EarlierWorker``."""
    return beside(in_order(rows, SWEpisodes, *dates), SWEpisodes, EarlierWorker, 1)


def near(day: pl.Expr, other: pl.Expr, days: int) -> pl.Expr:
    """True where the two dates are at most ``days`` apart; false where one is missing."""
    return ((day - other).abs() <= pl.duration(days=days)).fill_null(value=False)


# --- each row in itself -------------------------------------------------------------------------------------


@rule(
    "SW01STG1",
    Episodes.DEC,
    message="Child looked after on 31 March, but no social worker episode information is reported",
    flags=(Episodes,),
    reported_as={Episodes: SWEpisodes},
    since=FIRST_YEAR,
    withdrawn="2024-25",
    differs="One incomplete social worker row is enough, though another of the child is complete; the row "
    "flagged is that of Episodes.",
)
def open_without_social_worker(episodes: pl.LazyFrame, sw_episodes: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose DEC is missing and whose LS is not V3 or V4 (a missing LS is neither), where the
    child has no SWEpisodes row, or has one in which SW_ID, SW_DECOM or SW_REASON is missing. Any text in
    SW_DECOM counts as present."""
    still_open = episodes.filter(Episodes.DEC.missing & ~Episodes.LS.one_of(*SHORT_BREAKS))
    with_workers = pairs(still_open, sw_episodes, (Episodes.CHILD, SWEpisodes.CHILD), how="left")
    return with_workers.filter(any_missing(SWEpisodes.columns("SW_ID", "SW_DECOM", "SW_REASON")))


@rule(
    "SW01aSTG1",
    *SWEpisodes.columns("SW_DECOM", "SW_ID"),
    message="For each social worker episode, information should be complete",
    since="2024-25",
    withdrawn="2025-26",
)
def incomplete_before_april_2023() -> pl.Expr:
    """A SWEpisodes row whose SW_DECOM is missing or unreadable, or is before 1 April 2023 (in every
    collection year) while SW_ID is missing."""
    early = SWEpisodes.SW_DECOM.date < REASON_NEEDED_FROM
    return SWEpisodes.SW_DECOM.date.is_null() | (early & SWEpisodes.SW_ID.missing)


@rule(
    "SW01bSTG1",
    *SWEpisodes.columns("SW_DECOM", "SW_ID", "SW_REASON"),
    message="For each social worker episode, information should be complete",
    since="2024-25",
    withdrawn="2025-26",
)
def incomplete_since_april_2023() -> pl.Expr:
    """A SWEpisodes row whose SW_DECOM is missing or unreadable, or is on or after 1 April 2023 (in every
    collection year) while SW_ID or SW_REASON is missing."""
    incomplete = SWEpisodes.SW_ID.missing | SWEpisodes.SW_REASON.missing
    return SWEpisodes.SW_DECOM.date.is_null() | (
        (SWEpisodes.SW_DECOM.date >= REASON_NEEDED_FROM) & incomplete
    )


@rule(
    "SW03STG1",
    *SWEpisodes.columns("SW_ID", "SW_DECOM", "SW_REASON"),
    message="For each social worker episode, information should be complete.",
    since=FIRST_YEAR,
    withdrawn="2024-25",
)
def incomplete() -> pl.Expr:
    """A SWEpisodes row in which SW_ID, SW_DECOM or SW_REASON is missing. Any text in SW_DECOM counts as
    present."""
    return any_missing(SWEpisodes.columns("SW_ID", "SW_DECOM", "SW_REASON"))


def _no_date_even_in_part(column: Column) -> pl.Expr:
    """True where a cell is present and no date, ZZ for a day or month and ZZZZ for a year taken as known."""
    parts = column.text.cast(pl.String).str.split("/")
    known = pl.element().replace({"ZZ": "01", "ZZZZ": "2000"})
    return (
        column.present & column.date.is_null() & read_dates(parts.list.eval(known).list.join("/")).is_null()
    )


@rule(
    "SW04STG1",
    SWEpisodes.SW_DECOM,
    message="Date social worker episode began is not a valid date..",
    since=FIRST_YEAR,
)
def start_unreadable() -> pl.Expr:
    """A SWEpisodes row whose SW_DECOM is present and is not a real date written dd/mm/yyyy, where ZZ may
    stand for the day or the month and ZZZZ for the year."""
    return _no_date_even_in_part(SWEpisodes.SW_DECOM)


@rule(
    "SW05STG1",
    SWEpisodes.SW_DEC,
    message="Date social worker episode began is not a valid date.",
    since=FIRST_YEAR,
    differs="The message says began; the date meant is the end, SW_DEC.",
)
def end_unreadable() -> pl.Expr:
    """A SWEpisodes row whose SW_DEC is present and is not a real date written dd/mm/yyyy, where ZZ may stand
    for the day or the month and ZZZZ for the year."""
    return _no_date_even_in_part(SWEpisodes.SW_DEC)


@rule(
    "SW06STG2",
    SWEpisodes.SW_DECOM,
    message="Social worker episode data should be within the social worker data reporting year.",
    since=FIRST_YEAR,
    differs="A start before the year is not flagged.",
)
def starts_after_the_year(period: Period) -> pl.Expr:
    """A SWEpisodes row whose SW_DECOM is after the collection end, 31 March."""
    return SWEpisodes.SW_DECOM.date > period.end


NOT_IN_THE_REPORTING_PERIOD = (
    "Social worker episode end date should be on or after the start of the social worker reporting period, "
    "and should be on or before the collection end date."
)


@rule("SW07STG2", SWEpisodes.SW_DEC, message=NOT_IN_THE_REPORTING_PERIOD, since=FIRST_YEAR)
def ends_outside_the_year(period: Period) -> pl.Expr:
    """A SWEpisodes row whose SW_DEC is before the collection start, 1 April, or after the collection end, 31
    March."""
    return ~within(SWEpisodes.SW_DEC.date, period).fill_null(value=True)


@rule(
    "SW07STG2",
    SWEpisodes.SW_DEC,
    message=NOT_IN_THE_REPORTING_PERIOD,
    since="2024-25",
    differs="An end on 1 April of the year before is flagged where a 29 February lies between it and the "
    "collection start, as in 2024-25.",
)
def ends_outside_two_years(period: Period) -> pl.Expr:
    """A SWEpisodes row whose SW_DEC is after the collection end, 31 March, or before one year before the
    collection start: 1 April of the year before, or 2 April where a 29 February lies between."""
    return (SWEpisodes.SW_DEC.date > period.end) | (SWEpisodes.SW_DEC.date < a_year_before(period))


@rule(
    "SW09STG2",
    *SWEpisodes.columns("SW_DECOM", "SW_DEC"),
    message="Social worker episode appears to have lasted for less than 24 hours.",
    since=FIRST_YEAR,
)
def ends_as_it_starts() -> pl.Expr:
    """A SWEpisodes row whose SW_DEC and SW_DECOM are both present and exactly the same text."""
    return SWEpisodes.SW_DECOM.text == SWEpisodes.SW_DEC.text


@rule(
    "SW13STG1",
    SWEpisodes.SW_REASON,
    message="The reason for social worker change is not valid.",
    since="2024-25",
)
def reason_unknown_or_missing() -> pl.Expr:
    """A SWEpisodes row whose SW_REASON is present and is not one of MANAGE, FCONTA, LEFTRL, ORGRST, TSPROC,
    ABSENC, CHCHAN, PCCHAN, SWDIED, OTHERS, or is missing while SW_DECOM is on or after 1 April 2023 (in every
    collection year). SW_DECOM is read in other layouts than dd/mm/yyyy too, day first."""
    unknown = SWEpisodes.SW_REASON.present & ~SWEpisodes.SW_REASON.one_of(*REASONS)
    needed = however_written(SWEpisodes.SW_DECOM) >= REASON_NEEDED_FROM
    return unknown | (SWEpisodes.SW_REASON.missing & needed)


@rule(
    "SW15STG2",
    SWEpisodes.SW_REASON,
    message="Reason for social worker change is missing.",
    since="2024-25",
    withdrawn="2024-25",
)
def reason_missing(period: Period) -> pl.Expr:
    """A SWEpisodes row whose SW_REASON is missing, unless its SW_DECOM is before one year before the
    collection start: 1 April of the year before, or 2 April where a 29 February lies between. A missing or
    unreadable SW_DECOM is no excuse. Defined, but in force in no year."""
    long_ago = (SWEpisodes.SW_DECOM.date < a_year_before(period)).fill_null(value=False)
    return SWEpisodes.SW_REASON.missing & ~long_ago


# --- the order of a child's social workers ------------------------------------------------------------------


def _has_later(rows: pl.LazyFrame, date: pl.Expr) -> pl.LazyFrame:
    """``rows`` that are not their child's last by ``date``, missing ones last, ties in the order of the
    file."""
    ordered = rows.sort(SWEpisodes.CHILD.text, date, SWEpisodes.row, nulls_last=True)
    return beside(ordered, SWEpisodes, LaterWorker, -1).filter(has(LaterWorker))


@rule(
    "SW08STG2",
    SWEpisodes.SW_DEC,
    message="A new social worker episode has started, but the previous episode has not ended.",
    since=FIRST_YEAR,
)
def left_open_before_another(sw_episodes: pl.LazyFrame) -> pl.LazyFrame:
    """Put each child's SWEpisodes rows in order of SW_DECOM, missing or unreadable ones last, ties in the
    order of the file. A row that has a SW_DECOM and is not the child's last is flagged when its SW_DEC is
    missing or unreadable. A SW_DECOM of 01/01/1901 counts as missing; rows without CHILD are not flagged."""
    start = pl.when(SWEpisodes.SW_DECOM.date != UNDATED).then(SWEpisodes.SW_DECOM.date)
    return _has_later(sw_episodes, start).filter(start.is_not_null() & SWEpisodes.SW_DEC.date.is_null())


@rule(
    "SW14STG2",
    SWEpisodes.SW_DEC,
    message="Social worker episode date ceased is blank.",
    since=FIRST_YEAR,
    withdrawn="2024-25",
)
def open_and_not_the_last(sw_episodes: pl.LazyFrame) -> pl.LazyFrame:
    """Put each child's SWEpisodes rows in order of SW_DECOM, missing or unreadable ones last, ties in the
    order of the file. A row that is not the child's last is flagged when its SW_DEC is missing or unreadable.
    Rows without CHILD are taken as one child's."""
    return _has_later(nameless_as_one_child(sw_episodes), SWEpisodes.SW_DECOM.date).filter(
        SWEpisodes.SW_DEC.date.is_null()
    )


NOT_ENDED_BEFORE_THE_NEXT = (
    "A new social worker episode has started before the end date of the previous social worker episode."
)
GAPS_TOO = (
    "Gaps of more than 7 days are flagged as well as overlaps, and so is every row after one without an end "
    "date."
)


def _not_following_on(sw_episodes: pl.LazyFrame) -> pl.LazyFrame:
    """The rows after another of the child that do not start within 7 days of its end, before or after."""
    ordered = with_earlier(nameless_as_one_child(sw_episodes), SWEpisodes.SW_DECOM, SWEpisodes.SW_DEC)
    follows_on = near(SWEpisodes.SW_DECOM.date, EarlierWorker.SW_DEC.date, 7)
    return ordered.filter(has(EarlierWorker) & ~follows_on)


@rule(
    "SW10STG2",
    SWEpisodes.SW_DECOM,
    message=NOT_ENDED_BEFORE_THE_NEXT,
    since=FIRST_YEAR,
    differs=GAPS_TOO,
)
def not_following_on(sw_episodes: pl.LazyFrame) -> pl.LazyFrame:
    """Put each child's SWEpisodes rows in order of SW_DECOM, then of SW_DEC, missing or unreadable ones last,
    ties in the order of the file. A row after another is flagged unless its SW_DECOM is at most 7 days before
    or after that row's SW_DEC; where one of the two is missing the row is flagged. Rows without CHILD are
    taken as one child's."""
    return _not_following_on(sw_episodes)


@rule(
    "SW10STG2",
    SWEpisodes.SW_DECOM,
    message=NOT_ENDED_BEFORE_THE_NEXT,
    since="2024-25",
    differs=GAPS_TOO,
)
def not_following_on_nor_first_contact(sw_episodes: pl.LazyFrame) -> pl.LazyFrame:
    """Put each child's SWEpisodes rows in order of SW_DECOM, then of SW_DEC, missing or unreadable ones last,
    ties in the order of the file. A row after another is flagged when its SW_REASON is not FCONTA (a missing
    one counts as another), unless its SW_DECOM is at most 7 days before or after that row's SW_DEC; where one
    of the two is missing the row is flagged. Rows without CHILD are taken as one child's."""
    return _not_following_on(sw_episodes).filter(~SWEpisodes.SW_REASON.one_of("FCONTA"))


NO_OTHER_FOLLOWS = (
    "Social worker episode has ended before 31 March and no subsequent social worker episode has been "
    "provided."
)
LAST_DAYS = timedelta(days=5)
"""The time before the collection end that SW11aSTG2 leaves to SW11bSTG2."""


@rule(
    "SW11aSTG2",
    SWEpisodes.SW_DEC,
    message=NO_OTHER_FOLLOWS,
    since=FIRST_YEAR,
    withdrawn="2024-25",
    differs="A last row that ended before 26 March is not flagged; only gaps, overlaps and undated rows "
    "after a row that has ended are.",
)
def not_straight_after_the_earlier(sw_episodes: pl.LazyFrame, period: Period) -> pl.LazyFrame:
    """Put each child's SWEpisodes rows in order of SW_DECOM, missing or unreadable ones last, ties in the
    order of the file. A row after another whose SW_DEC is on or before 26 March (the collection end less 5
    days) is flagged when its SW_DECOM is missing, or is more than 5 days before or after that SW_DEC. Rows
    without CHILD are not compared."""
    ended = EarlierWorker.SW_DEC.date <= period.end - LAST_DAYS
    follows_on = near(SWEpisodes.SW_DECOM.date, EarlierWorker.SW_DEC.date, 5)
    return with_earlier(sw_episodes, SWEpisodes.SW_DECOM).filter(ended & ~follows_on)


@rule(
    "SW11bSTG2",
    SWEpisodes.SW_DEC,
    message=NO_OTHER_FOLLOWS,
    since=FIRST_YEAR,
    differs="A row that ended in the last days of the year is flagged when the row before it began before "
    "that end, though another may follow.",
)
def ended_in_the_last_days(sw_episodes: pl.LazyFrame, period: Period) -> pl.LazyFrame:
    """A SWEpisodes row in any of three cases; the window is 26 to 31 March, both included (the collection end
    and 5 days before). (a) In order of SW_DECOM, missing or unreadable ones last, the child's row just before
    has its SW_DEC in the window and this row has no SW_DECOM. (b) It is the child's only row and its SW_DEC
    is in the window. (c) Of the child's rows with a SW_DECOM, taken from the latest to the earliest, its
    SW_DEC is in the window and the next has a SW_DECOM before that SW_DEC. Ties stand in the order of the
    file. Rows without CHILD are taken as one child's in (a) and (c), and have no part in (b)."""
    window = Period(period.end - LAST_DAYS, period.end)
    ended = within(SWEpisodes.SW_DEC.date, window)
    rows = nameless_as_one_child(sw_episodes)
    undated_after = with_earlier(rows, SWEpisodes.SW_DECOM).filter(
        within(EarlierWorker.SW_DEC.date, window) & SWEpisodes.SW_DECOM.date.is_null()
    )
    only = sw_episodes.filter(SWEpisodes.CHILD.present & (pl.len().over(SWEpisodes.CHILD.key) == 1) & ended)
    backwards = rows.filter(SWEpisodes.SW_DECOM.date.is_not_null()).sort(
        SWEpisodes.CHILD.text, SWEpisodes.SW_DECOM.date, SWEpisodes.row, descending=[False, True, False]
    )
    before = beside(backwards, SWEpisodes, EarlierWorker, -1)
    begun_before = before.filter(ended & (EarlierWorker.SW_DECOM.date < SWEpisodes.SW_DEC.date))
    return together(undated_after, only, begun_before)


def _first_by_child(rows: pl.LazyFrame, table: Table, start: pl.Expr, *, latest: bool) -> pl.LazyFrame:
    """Each child's row with the earliest or latest ``start``, of equals the first; undated ones only for want
    of others; missing CHILDs as one child."""
    ordered = rows.sort(start, table.row, descending=[latest, False], nulls_last=True)
    return ordered.unique(subset=[table.CHILD.key], keep="first", maintain_order=True)


@rule(
    "SW17STG2",
    *SWEpisodes.columns("SW_DEC", "SW_DECOM"),
    message="There is no social worker episode open at 31 March",
    since="2025-26",
    differs="An end after 31 March is flagged too, and it is not asked whether the child is looked after on "
    "that day.",
)
def latest_has_ended(sw_episodes: pl.LazyFrame) -> pl.LazyFrame:
    """The child's SWEpisodes row with the latest SW_DECOM (of equal ones the first in the file; one without a
    SW_DECOM only where the child has no other), when its SW_DEC is present. SW_DECOM is read in other layouts
    than dd/mm/yyyy too, day first. Rows without CHILD are taken as one child's."""
    start = however_written(SWEpisodes.SW_DECOM)
    latest_rows = _first_by_child(sw_episodes, SWEpisodes, start, latest=True)
    return latest_rows.filter(SWEpisodes.SW_DEC.present)


# --- against episodes of care -------------------------------------------------------------------------------


NOT_FOR_THE_FULL_YEAR = (
    "If a child is looked after on 31 March then all social worker episodes for the full previous year "
    "should be reported, even those whilst they were not looked after"
)
ONE_IS_ENOUGH = (
    "One unsuitable social worker row is enough, though another of the child is suitable, and it is not "
    "asked whether the child is looked after on 31 March."
)


def _without_suitable_worker(episodes: pl.LazyFrame, sw_episodes: pl.LazyFrame) -> pl.LazyFrame:
    """The episodes at the edge of a period of care, beside those SWEpisodes rows, or that want of any, that
    fail."""
    starts, goes_on = Episodes.RNE.one_of("S"), Episodes.REC.one_of(CONTINUES)
    at_the_edge = episodes.filter(~Episodes.LS.one_of(*SHORT_BREAKS) & (starts | ~goes_on))
    before_the_end = (SWEpisodes.SW_DECOM.date <= Episodes.DEC.date).fill_null(value=False)
    after_the_start = (SWEpisodes.SW_DECOM.date >= Episodes.DECOM.date).fill_null(value=False)
    return pairs(at_the_edge, sw_episodes, (Episodes.CHILD, SWEpisodes.CHILD), how="left").filter(
        ~((before_the_end & ~goes_on) | (after_the_start & starts))
    )


@rule(
    "SW12STG2",
    SWEpisodes.SW_DECOM,
    message=NOT_FOR_THE_FULL_YEAR,
    flags=(Episodes,),
    since=FIRST_YEAR,
    differs=ONE_IS_ENOUGH,
)
def episode_without_suitable_worker(episodes: pl.LazyFrame, sw_episodes: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose LS is not V3 or V4 (a missing LS is neither), and whose RNE is S or whose REC is
    not X1 (a missing REC counts as another), where the child has no SWEpisodes row, or has one for which
    neither holds: (a) SW_DECOM is on or before DEC, and REC is not X1; (b) SW_DECOM is on or after DECOM, and
    RNE is S. With a missing or unreadable date neither holds."""
    return _without_suitable_worker(episodes, sw_episodes)


@rule(
    "SW12STG2",
    SWEpisodes.SW_DECOM,
    message=NOT_FOR_THE_FULL_YEAR,
    flags=(Episodes,),
    since="2024-25",
    differs=ONE_IS_ENOUGH,
)
def episode_of_two_years_without_suitable_worker(
    episodes: pl.LazyFrame, sw_episodes: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """An Episodes row whose LS is not V3 or V4 (a missing LS is neither), whose RNE is S or whose REC is not
    X1 (a missing REC counts as another), and whose DEC is missing or unreadable, or else is not after the
    collection end nor before one year before the collection start (1 April of the year before, or 2 April
    where a 29 February lies between). It is flagged where the child has no SWEpisodes row, or has one for
    which neither holds: (a) SW_DECOM is on or before DEC, and REC is not X1; (b) SW_DECOM is on or after
    DECOM, and RNE is S. With a missing or unreadable date neither holds."""
    two_years = Period(a_year_before(period), period.end)
    recent = episodes.filter(Episodes.DEC.date.is_null() | within(Episodes.DEC.date, two_years))
    return _without_suitable_worker(recent, sw_episodes)


# --- against last year's return -----------------------------------------------------------------------------


REASON_NOT_CARRIED_OVER = (
    "The social worker reason episode changed does not match the open episode at the end of last year."
)


def _carried_over(sw_episodes: pl.LazyFrame, previous_sw_episodes: pl.LazyFrame) -> pl.LazyFrame:
    """Each child's first row of this year beside its last of last year, where that was still open."""
    first = _first_by_child(
        sw_episodes.filter(SWEpisodes.CHILD.present), SWEpisodes, SWEpisodes.SW_DECOM.date, latest=False
    )
    last = _first_by_child(previous_sw_episodes, LastYears, LastYears.SW_DECOM.date, latest=True)
    still_open = last.filter(LastYears.SW_DEC.missing)
    return pairs(first, still_open, (SWEpisodes.CHILD, LastYears.CHILD))


@rule(
    "SW16aSTG2",
    SWEpisodes.SW_ID,
    message=REASON_NOT_CARRIED_OVER,
    since="2024-25",
    withdrawn="2024-25",
    differs="The message speaks of the reason; SW_ID is compared.",
)
def another_worker_than_last_year(
    sw_episodes: pl.LazyFrame, previous_sw_episodes: pl.LazyFrame
) -> pl.LazyFrame:
    """The child's SWEpisodes row with the earliest SW_DECOM, when last year's row with the latest SW_DECOM
    has no SW_DEC and another SW_ID. A missing SW_ID is the same as none. A row without SW_DECOM is taken only
    where the child has no other, of equal ones the first in the file. Defined, but in force in no year."""
    same_worker = (SWEpisodes.SW_ID.text == LastYears.SW_ID.text).fill_null(value=False)
    return _carried_over(sw_episodes, previous_sw_episodes).filter(~same_worker)


@rule(
    "SW16bSTG2",
    SWEpisodes.SW_DECOM,
    message="The social worker episode start date does not match the open episode at the end of last year.",
    since="2024-25",
    withdrawn="2024-25",
)
def another_start_than_last_year(
    sw_episodes: pl.LazyFrame, previous_sw_episodes: pl.LazyFrame
) -> pl.LazyFrame:
    """The child's SWEpisodes row with the earliest SW_DECOM, when last year's row with the latest SW_DECOM
    has no SW_DEC and its SW_DECOM is another date. A missing SW_DECOM is the same as none. A row without
    SW_DECOM is taken only where the child has no other, of equal ones the first in the file. Defined, but in
    force in no year."""
    same_start = (SWEpisodes.SW_DECOM.date == LastYears.SW_DECOM.date).fill_null(value=False)
    return _carried_over(sw_episodes, previous_sw_episodes).filter(~same_start)


@rule(
    "SW16cSTG2",
    SWEpisodes.SW_REASON,
    message=REASON_NOT_CARRIED_OVER,
    since="2024-25",
    withdrawn="2024-25",
)
def another_reason_than_last_year(
    sw_episodes: pl.LazyFrame, previous_sw_episodes: pl.LazyFrame
) -> pl.LazyFrame:
    """The child's SWEpisodes row with the earliest SW_DECOM, when last year's row with the latest SW_DECOM
    has no SW_DEC and another SW_REASON. A missing SW_REASON is the same as none. A row without SW_DECOM is
    taken only where the child has no other, of equal ones the first in the file. Defined, but in force in no
    year."""
    same_reason = (SWEpisodes.SW_REASON.text == LastYears.SW_REASON.text).fill_null(value=False)
    return _carried_over(sw_episodes, previous_sw_episodes).filter(~same_reason)
