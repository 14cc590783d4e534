"""Episodes in themselves and in their order within a child."""

from __future__ import annotations

from datetime import date

import polars as pl

from childlink.rules.columns import Table
from childlink.rules.context import Period
from childlink.rules.ssda903.tables import Episodes, rule
from childlink.rules.ssda903.vocabulary import (
    ADOPTED,
    CONTINUES,
    TEMPORARY,
    Earlier,
    Later,
    any_case,
    beside,
    has,
    in_order,
    same,
)

CHILDREN_ACT_IN_FORCE = date(1991, 10, 14)
"""No episode of care under the Children Act 1989 began before this day."""
PLACEMENT = ("PLACE", "PL_POST", "URN", "PLACE_PROVIDER")
"""The columns that together say where a child is placed."""


@rule(
    "142",
    *Episodes.columns("DEC", "REC"),
    message="A new episode has started, but the previous episode has not ended.",
)
def left_open_before_another(episodes_in_order: pl.LazyFrame) -> pl.LazyFrame:
    """Put each child's Episodes rows in order of DECOM, rows without a readable DECOM last, ties in the order
    of the file. A row with a readable DECOM that is not the child's last is flagged when its DEC is missing or
    unreadable, or its REC is missing."""
    unfinished = Episodes.DEC.date.is_null() | Episodes.REC.missing
    return episodes_in_order.filter(has(Later) & Episodes.DECOM.date.is_not_null() & unfinished)


@rule(
    "148",
    *Episodes.columns("DEC", "REC"),
    message="Date episode ceased and reason episode ceased must both be coded, or both left blank.",
)
def ceased_without_date_or_reason() -> pl.Expr:
    """An Episodes row in which exactly one of DEC and REC is present."""
    return Episodes.DEC.present ^ Episodes.REC.present


@rule(
    "199",
    Episodes.CHILD,
    message=(
        "Episode information shows child has been previously adopted from care. "
        "[NOTE: This only tests the current and previous year data loaded into the tool]"
    ),
)
def goes_on_after_adoption(
    episodes: pl.LazyFrame, previous_episodes: pl.LazyFrame | None = None
) -> pl.LazyFrame:
    """Put each child's Episodes rows of this year and, if it was given, of last year in order of DECOM; on one
    day this year's rows come first, and otherwise the order of the file decides. Every row of this year after
    the child's first row with REC E11 or E12 is flagged, whatever its own REC. Rows without a CHILD or a
    readable DECOM take no part."""
    both = episodes.with_columns(of_last_year=False)
    if previous_episodes is not None:
        of_last_year = Episodes.previous.renamed(previous_episodes, Episodes).with_columns(of_last_year=True)
        both = pl.concat([both, of_last_year], how="diagonal")
    adopted = Episodes.REC.one_of(*ADOPTED).cast(pl.Int32)
    adopted_before = adopted.cum_sum().over(Episodes.CHILD.text) > adopted
    return (
        both.filter(Episodes.CHILD.present & Episodes.DECOM.date.is_not_null())
        .sort(Episodes.DECOM.date, "of_last_year", Episodes.row)
        .filter(adopted_before)
        .filter(~pl.col("of_last_year"))
    )


@rule("225", Episodes.REASON_PLACE_CHANGE, message="Reason for placement change must be recorded.")
def moved_without_a_reason(episodes_in_order: pl.LazyFrame) -> pl.LazyFrame:
    """Put each child's Episodes rows in order of DECOM, rows without a readable DECOM last, ties in the order of
    the file. A row with REC X1, no REASON_PLACE_CHANGE and a PLACE that is not T0 to T4 is flagged when the row
    after it has RNE P, B, T or U and a PLACE that is not T0 to T4 either. An empty PLACE is not T0 to T4."""
    moves_on = Episodes.REC.one_of(CONTINUES) & Later.RNE.one_of("P", "B", "T", "U")
    lasting = ~Episodes.PLACE.one_of(*TEMPORARY) & ~Later.PLACE.one_of(*TEMPORARY)
    return episodes_in_order.filter(moves_on & lasting & Episodes.REASON_PLACE_CHANGE.missing)


def _reason_at_temporary_placement(episodes_in_order: pl.LazyFrame) -> pl.LazyFrame:
    reason_given = Episodes.REASON_PLACE_CHANGE.present | Earlier.REASON_PLACE_CHANGE.present
    return episodes_in_order.filter(Episodes.PLACE.one_of(*TEMPORARY) & reason_given)


@rule(
    "226",
    *Episodes.columns("REASON_PLACE_CHANGE", "PLACE"),
    message="Reason for placement change is not required.",
)
def reason_at_temporary_placement(episodes_in_order: pl.LazyFrame) -> pl.LazyFrame:
    """Put each child's Episodes rows in order of DECOM, rows without a readable DECOM last, ties in the order of
    the file. A row with PLACE T0 to T4 is flagged when REASON_PLACE_CHANGE is present on it or on the row
    just before it. The row before is not flagged."""
    return _reason_at_temporary_placement(episodes_in_order)


@rule(
    "226",
    *Episodes.columns("REASON_PLACE_CHANGE", "PLACE"),
    message="Reason for placement change is not required for temporary placements.",
    since="2025-26",
)
def reason_at_temporary_placement_from_2025(episodes_in_order: pl.LazyFrame) -> pl.LazyFrame:
    """Put each child's Episodes rows in order of DECOM, rows without a readable DECOM last, ties in the order of
    the file. A row with PLACE T0 to T4 is flagged when REASON_PLACE_CHANGE is present on it or on the row
    just before it. The row before is not flagged. (As before 2025-26; only the message is new.)"""
    return _reason_at_temporary_placement(episodes_in_order)


@rule(
    "353",
    Episodes.DECOM,
    message="No episode submitted can start before 14 October 1991.",
    differs="A year before 1678, such as 0202, reads as no date and passes.",
)
def begins_before_the_act() -> pl.Expr:
    """An Episodes row whose DECOM is before 14 October 1991."""
    return Episodes.DECOM.date < CHILDREN_ACT_IN_FORCE


@rule(
    "354",
    Episodes.DECOM,
    message="Date episode ceased must be on or before the end of the current collection year.",
    differs="The message speaks of the date the episode ceased, but it is DECOM, its start, that is checked "
    "(rule 385 checks DEC). A year after 2261, such as 2999, reads as no date and passes.",
)
def begins_after_the_year(period: Period) -> pl.Expr:
    """An Episodes row whose DECOM is later than the collection end, 31 March."""
    return Episodes.DECOM.date > period.end


@rule(
    "355",
    *Episodes.columns("DECOM", "DEC"),
    message="Episode appears to have lasted for less than 24 hours",
    differs="A row with neither DECOM nor DEC passes here; the reference implementation flags it.",
)
def ends_on_the_day_it_begins() -> pl.Expr:
    """An Episodes row whose DECOM and DEC are the same text, character for character. They are not read as
    dates: 1/4/2025 and 01/04/2025 differ, and two unreadable dates written alike are the same."""
    return Episodes.DECOM.text == Episodes.DEC.text


@rule(
    "356",
    Episodes.DECOM,
    message="The date the episode ceased is before the date the same episode started.",
)
def ends_before_it_begins() -> pl.Expr:
    """An Episodes row whose DEC is before its DECOM. The same day passes."""
    return Episodes.DEC.date < Episodes.DECOM.date


@rule(
    "357",
    Episodes.RNE,
    message=(
        "If this is the first episode ever for this child, reason for new episode must be S.  Check whether "
        "there is an episode immediately preceding this one, which has been left out.  If not the reason for "
        "new episode code must be amended to S."
    ),
)
def first_episode_does_not_start_care(first_episodes: pl.LazyFrame, period: Period) -> pl.LazyFrame:
    """A child's Episodes row with the earliest readable DECOM (of several the first in the file), when that
    DECOM is on or after the collection start, 1 April, and RNE is missing or is not S. Last year's episodes
    are not looked at."""
    return first_episodes.filter((Episodes.DECOM.date >= period.start) & ~Episodes.RNE.one_of("S"))


@rule(
    "385",
    Episodes.DEC,
    message="Date episode ceased must be on or before the end of the current collection year.",
)
def ceases_after_the_year(period: Period) -> pl.Expr:
    """An Episodes row whose DEC is later than the collection end, 31 March."""
    return Episodes.DEC.date > period.end


@rule(
    "431",
    *Episodes.columns("RNE", "DECOM"),
    message=(
        "The reason for new episode is started to be looked after, but the previous episode ended on the same day."
    ),
    differs="A start before the previous episode's end is flagged too, not only one on the same day.",
)
def starts_anew_without_a_gap(episodes_in_order: pl.LazyFrame) -> pl.LazyFrame:
    """Put each child's Episodes rows in order of DECOM, rows without a readable DECOM last, ties in the order of
    the file. A row with RNE S is flagged when its DECOM is on or before the DEC of the row just before it."""
    return episodes_in_order.filter(Episodes.RNE.one_of("S") & (Episodes.DECOM.date <= Earlier.DEC.date))


@rule(
    "433",
    *Episodes.columns("RNE", "DECOM"),
    message=(
        "The reason for new episode suggests that this is a continuation episode, but the episode does not "
        "start on the same day as the last episode finished."
    ),
    differs="The two dates are compared as they are written, so 1/4/2025 after 01/04/2025 is flagged.",
)
def continues_on_another_day(episodes: pl.LazyFrame) -> pl.LazyFrame:
    """Put each child's Episodes rows in order of DECOM and then DEC, missing or unreadable dates last, ties in
    the order of the file. A row with RNE P, L, T, U or B (in capitals or not) that has a row before it is
    flagged unless its DECOM and that row's DEC are both present and are written alike."""
    ordered = beside(in_order(episodes, Episodes, Episodes.DECOM, Episodes.DEC), Episodes, Earlier, 1)
    continues = any_case(Episodes.RNE, "P", "L", "T", "U", "B")
    same_day = (Episodes.DECOM.text == Earlier.DEC.text).fill_null(value=False)
    return ordered.filter(has(Earlier) & continues & ~same_day)


def _placements(one: Table, other: Table) -> list[tuple[pl.Expr, pl.Expr]]:
    """The cells that say where a child is placed, of two episodes, side by side."""
    return [(a.text, b.text) for a, b in zip(one.columns(*PLACEMENT), other.columns(*PLACEMENT), strict=True)]


@rule(
    "434",
    *Episodes.columns("RNE", "LS", *PLACEMENT),
    message=(
        "Reason for new episode is that child's legal status has changed but not the placement, but this is "
        "not reflected in the episode data."
    ),
)
def only_legal_status_should_change(episodes_in_order: pl.LazyFrame) -> pl.LazyFrame:
    """Put each child's Episodes rows in order of DECOM, rows without a readable DECOM last, ties in the order of
    the file. A row with RNE L that has a row before it is flagged when LS is present and the same on both, or
    when PLACE, PL_POST, URN or PLACE_PROVIDER differs between them. Of these four, missing on both rows is the
    same and missing on one is different."""
    unchanged_status = (Episodes.LS.text == Earlier.LS.text).fill_null(value=False)
    moved = pl.any_horizontal(
        ~same(a.fill_null(""), b.fill_null("")) for a, b in _placements(Episodes, Earlier)
    )
    return episodes_in_order.filter(has(Earlier) & Episodes.RNE.one_of("L") & (unchanged_status | moved))


@rule(
    "435",
    *Episodes.columns("LS", *PLACEMENT),
    message=(
        "Reason for new episode is that child’s placement has changed but not the legal status, but this is "
        "not reflected in the episode data recorded."
    ),
    differs="An unchanged placement without a URN passes, and an LS missing on both rows counts as changed.",
)
def only_placement_should_change(episodes_in_order: pl.LazyFrame) -> pl.LazyFrame:
    """Put each child's Episodes rows in order of DECOM, rows without a readable DECOM last, ties in the order of
    the file. A row with RNE P or T that has a row before it is flagged when LS differs between the two or is
    missing on either, or when PLACE, PL_POST, URN and PLACE_PROVIDER are all present and the same on both."""
    same_status = (Episodes.LS.text == Earlier.LS.text).fill_null(value=False)
    stayed = pl.all_horizontal((a == b).fill_null(value=False) for a, b in _placements(Episodes, Earlier))
    return episodes_in_order.filter(has(Earlier) & Episodes.RNE.one_of("P", "T") & (~same_status | stayed))


@rule(
    "436",
    *Episodes.columns("RNE", "LS", *PLACEMENT),
    message=(
        "Reason for new episode is that both child’s placement and legal status have changed, but this is not "
        "reflected in the episode data."
    ),
)
def placement_and_status_should_change(episodes_in_order: pl.LazyFrame) -> pl.LazyFrame:
    """Put each child's Episodes rows in order of DECOM, rows without a readable DECOM last, ties in the order of
    the file. A row with RNE U or B that has a row before it is flagged when LS is the same on both, or when
    PLACE, PL_POST, URN and PLACE_PROVIDER are all the same on both. Missing on both rows is the same, missing
    on one is different."""
    same_status = same(Episodes.LS.text, Earlier.LS.text)
    stayed = pl.all_horizontal(same(a, b) for a, b in _placements(Episodes, Earlier))
    return episodes_in_order.filter(has(Earlier) & Episodes.RNE.one_of("U", "B") & (same_status | stayed))


@rule(
    "501",
    *Episodes.columns("DECOM", "DEC"),
    message="A new episode has started before the end date of the previous episode.",
    differs="Only the episode just before is looked at, so an overlap with one further back is not found.",
)
def begins_before_the_earlier_ends(episodes_in_order: pl.LazyFrame) -> pl.LazyFrame:
    """Put each child's Episodes rows in order of DECOM, rows without a readable DECOM last, ties in the order of
    the file. A row whose DECOM is before the DEC of the row just before it is flagged. The same day passes."""
    return episodes_in_order.filter(Episodes.DECOM.date < Earlier.DEC.date)


@rule(
    "504",
    Episodes.CIN,
    message=(
        "The category of need code differs from that reported at start of current period of being looked after"
    ),
    differs="Each episode is compared with the one just before, not with the start of the period of care.",
)
def need_changes_within_care(episodes_in_order: pl.LazyFrame) -> pl.LazyFrame:
    """Put each child's Episodes rows in order of DECOM, rows without a readable DECOM last, ties in the order of
    the file. A row is flagged when the row just before it has REC X1 and a DEC on the day of this row's DECOM,
    and their CIN is not the same. A CIN missing on either row, or on both, is not the same."""
    continues = Earlier.REC.one_of(CONTINUES) & (Earlier.DEC.date == Episodes.DECOM.date)
    same_need = (Episodes.CIN.text == Earlier.CIN.text).fill_null(value=False)
    return episodes_in_order.filter(continues & ~same_need)
