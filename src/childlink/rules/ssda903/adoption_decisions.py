"""Decisions that a child should be placed for adoption."""

from __future__ import annotations

import polars as pl

from childlink.rules.columns import any_missing, any_present
from childlink.rules.context import Period
from childlink.rules.ssda903.tables import Episodes, Header, PlacedAdoption, rule
from childlink.rules.ssda903.vocabulary import (
    ADOPTED,
    CEASED_DECISION,
    CONTINUES,
    PLACED_FOR_ADOPTION,
    SHORT_BREAKS,
    beside,
    earliest,
    has,
    in_order,
    latest,
    not_of_children,
    of_children,
    pairs,
    same,
    together,
)

PLACEMENT_ORDER = "E1"
"""Legal status: placement order granted."""
FREEING_ORDER = "D1"
"""Legal status: freeing order granted, in the returns up to 2023-24."""

EarlierDecision = PlacedAdoption.named("earlier")
"""The child's decision just before, in order of DATE_PLACED."""
LastYear = PlacedAdoption.previous
CEASED_LAST_YEAR = LastYear.columns("DATE_PLACED_CEASED", "REASON_PLACED_CEASED")


def decisions_with_episodes(episodes: pl.LazyFrame, placed_adoption: pl.LazyFrame) -> pl.LazyFrame:
    """Every Episodes row beside every PlacedAdoption row of its child, missing CHILD with missing CHILD."""
    return pairs(episodes, placed_adoption, (Episodes.CHILD, PlacedAdoption.CHILD))


def decisions_if_any(episodes: pl.LazyFrame, placed_adoption: pl.LazyFrame) -> pl.LazyFrame:
    """As ``decisions_with_episodes``; an episode whose child has no PlacedAdoption row stands beside nulls."""
    return pairs(episodes, placed_adoption, (Episodes.CHILD, PlacedAdoption.CHILD), how="left")


def decisions_with_last_years(
    placed_adoption: pl.LazyFrame, previous_placed_adoption: pl.LazyFrame
) -> pl.LazyFrame:
    """Every PlacedAdoption row of this year beside every one of last year's for its child."""
    return pairs(placed_adoption, previous_placed_adoption, (PlacedAdoption.CHILD, LastYear.CHILD))


# --- one decision ---------------------------------------------------------------------------------------------


@rule(
    "119",
    *PlacedAdoption.columns("REASON_PLACED_CEASED", "DATE_PLACED_CEASED"),
    message=(
        "If the decision is made that a child should no longer be placed for adoption, then the date of this "
        "decision and the reason why this decision was made must be completed."
    ),
)
def ceased_without_date_or_reason() -> pl.Expr:
    """A PlacedAdoption row in which exactly one of DATE_PLACED_CEASED and REASON_PLACED_CEASED is present. Only
    presence counts, and an unreadable date is present."""
    return PlacedAdoption.DATE_PLACED_CEASED.present ^ PlacedAdoption.REASON_PLACED_CEASED.present


@rule(
    "184",
    *PlacedAdoption.columns("DATE_PLACED", "DOB"),
    message="Date of decision that a child should be placed for adoption is before the child was born.",
    differs="A row whose date of birth is missing or unreadable is reported too.",
)
def decided_before_birth(
    placed_adoption: pl.LazyFrame, header: pl.LazyFrame, columns_given: frozenset[str]
) -> pl.LazyFrame:
    """A PlacedAdoption row with a readable DATE_PLACED that is not known to be on or after the date of birth: it
    is before DOB, or DOB is missing or unreadable. DOB is that of the PlacedAdoption row; where the table has no
    such column, that of the child's Header row (no Header row is a missing DOB, and of several one that fails is
    enough). The rule does not run without the Header table."""
    if PlacedAdoption.DOB.key in columns_given:
        dob, rows = PlacedAdoption.DOB.date, placed_adoption
    else:
        dob = Header.DOB.date
        rows = pairs(placed_adoption, header, (PlacedAdoption.CHILD, Header.CHILD), how="left")
    return rows.filter(PlacedAdoption.DATE_PLACED.date.is_not_null()).filter(
        dob.is_null() | (PlacedAdoption.DATE_PLACED.date < dob)
    )


@rule(
    "522",
    *PlacedAdoption.columns("DATE_PLACED", "DATE_PLACED_CEASED"),
    message=(
        "Date of decision that the child should be placed for adoption must be on or before the date that a "
        "child should no longer be placed for adoption."
    ),
)
def ceased_before_decided() -> pl.Expr:
    """A PlacedAdoption row whose DATE_PLACED_CEASED is before its DATE_PLACED. The same day passes."""
    return PlacedAdoption.DATE_PLACED_CEASED.date < PlacedAdoption.DATE_PLACED.date


@rule(
    "563",
    *PlacedAdoption.columns("DATE_PLACED", "REASON_PLACED_CEASED", "DATE_PLACED_CEASED"),
    message=(
        "The child should no longer be placed for adoption but the date of the decision that the child should "
        "be placed for adoption is blank"
    ),
    differs="A row with only one of DATE_PLACED_CEASED and REASON_PLACED_CEASED is not reported.",
)
def ceased_without_decision() -> pl.Expr:
    """A PlacedAdoption row in which REASON_PLACED_CEASED and DATE_PLACED_CEASED are both present and DATE_PLACED
    is missing. An unreadable date is present."""
    return ~any_missing(CEASED_DECISION) & PlacedAdoption.DATE_PLACED.missing


# --- several decisions for a child ----------------------------------------------------------------------------


@rule(
    "579",
    *PlacedAdoption.columns("DATE_PLACED", "DATE_PLACED_CEASED"),
    message=(
        "A new decision that the child should be placed for adoption this year cannot start when the previous "
        "decision is still open. Decisions to place the child for adoption should also not overlap. The date "
        "of any new decision to place the child for adoption must not be before the date placed ceased of "
        "previous decisions."
    ),
    differs=(
        "Only neighbours are compared, so an overlap with a decision further back is missed; a row without "
        "DATE_PLACED comes last and is reported when the decision before it has not ceased."
    ),
)
def decided_before_the_earlier_ceased(placed_adoption: pl.LazyFrame) -> pl.LazyFrame:
    """Put each child's PlacedAdoption rows in order of DATE_PLACED, missing and unreadable dates last, ties in
    the order of the file. A row is flagged when the row before it has no readable DATE_PLACED_CEASED, or when its
    own DATE_PLACED is before that row's DATE_PLACED_CEASED. The same day passes. Rows without CHILD are never
    compared."""
    ordered = in_order(placed_adoption, PlacedAdoption, PlacedAdoption.DATE_PLACED)
    still_open = EarlierDecision.DATE_PLACED_CEASED.date.is_null()
    overlaps = PlacedAdoption.DATE_PLACED.date < EarlierDecision.DATE_PLACED_CEASED.date
    with_earlier = beside(ordered, PlacedAdoption, EarlierDecision, 1)
    return with_earlier.filter(has(EarlierDecision) & (still_open | overlaps))


@rule(
    "583",
    *PlacedAdoption.columns("DATE_PLACED", "DATE_PLACED_CEASED"),
    message=(
        "More than one date the child should be placed for adoption has been reported, but an earlier decision "
        "has not been revoked. Check that both dates are required and add in the date the earlier decision was "
        "revoked. Note this may be in a previous year."
    ),
    severity="query",
    differs="The latest decision is found by date, where the reference implementation compares dates as text.",
)
def earlier_decision_not_ceased(placed_adoption: pl.LazyFrame) -> pl.LazyFrame:
    """For each child set aside the PlacedAdoption row with the latest DATE_PLACED; a missing or unreadable one
    is earlier than any date, and of equal ones the first in the file is set aside. Every other row of the child
    in which DATE_PLACED_CEASED is missing is flagged. All rows without CHILD are treated as one child."""
    latest_first = placed_adoption.sort(
        PlacedAdoption.DATE_PLACED.date, PlacedAdoption.row, descending=[True, False], nulls_last=True
    )
    set_aside = PlacedAdoption.row == PlacedAdoption.row.first().over(PlacedAdoption.CHILD.key)
    return latest_first.filter(~set_aside).filter(PlacedAdoption.DATE_PLACED_CEASED.missing)


# --- against the collection year and the period of care -------------------------------------------------------


@rule(
    "117",
    *PlacedAdoption.columns("DATE_PLACED_CEASED", "DATE_PLACED"),
    *Episodes.columns("DEC", "REC", "DECOM"),
    message=(
        "Date of decision that a child should/should no longer be placed for adoption is beyond the current "
        "collection year or after the child ceased to be looked after."
    ),
)
def decided_after_care_or_the_year(
    episodes: pl.LazyFrame, placed_adoption: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """For each child take the Episodes row with the latest DECOM whose REC is not X1 (a missing REC is not), of
    equal dates the first in the file. It is flagged, with a PlacedAdoption row of the same child, when that row's
    DATE_PLACED or DATE_PLACED_CEASED is after the collection end, 31 March, or after the episode's DEC. The same
    day passes; with a missing DEC only the collection end counts."""
    last = latest(episodes.filter(~Episodes.REC.one_of(CONTINUES)), Episodes, Episodes.DECOM)
    too_late = [
        (decided.date > period.end) | (decided.date > Episodes.DEC.date)
        for decided in PlacedAdoption.columns("DATE_PLACED", "DATE_PLACED_CEASED")
    ]
    return decisions_with_episodes(last, placed_adoption).filter(pl.any_horizontal(too_late))


@rule(
    "118",
    PlacedAdoption.DATE_PLACED_CEASED,
    *Episodes.columns("DECOM", "LS"),
    message=(
        "Date of decision that a child should no longer be placed for adoption is before the current "
        "collection year or before the date the child started to be looked after."
    ),
    differs=(
        "A child whose episodes (short breaks apart) all lack a readable DECOM is left out, where the "
        "reference implementation stops and reports nobody."
    ),
)
def ceased_before_care_or_the_year(
    episodes: pl.LazyFrame, placed_adoption: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """For each child take the Episodes row with the earliest DECOM whose LS is neither V3 nor V4 (a missing LS is
    neither), of equal dates the first in the file. It is flagged, with a PlacedAdoption row of the same child,
    when that row's DATE_PLACED_CEASED is before that DECOM or before the collection start, 1 April. The same day
    passes. A child with no such episode is not flagged."""
    first = earliest(episodes.filter(~Episodes.LS.one_of(*SHORT_BREAKS)), Episodes, Episodes.DECOM)
    ceased = PlacedAdoption.DATE_PLACED_CEASED.date
    return decisions_with_episodes(first, placed_adoption).filter(
        (ceased < Episodes.DECOM.date) | (ceased < period.start)
    )


@rule(
    "1003",
    PlacedAdoption.DATE_PLACED,
    *Episodes.columns("DECOM", "RNE"),
    message=(
        "Date of LA's decision that a child should be placed for adoption is before the child started to be "
        "looked after."
    ),
    differs=(
        "A child whose S episodes all lack a readable DECOM is left out, where the reference implementation "
        "stops and reports nobody."
    ),
)
def decided_before_care(episodes: pl.LazyFrame, placed_adoption: pl.LazyFrame) -> pl.LazyFrame:
    """For each child take the Episodes row with RNE S and the earliest DECOM, of equal dates the first in the
    file. It is flagged, with a PlacedAdoption row of the same child, when that row's DATE_PLACED is before that
    DECOM. The same day passes. Later S episodes are not looked at."""
    started = earliest(episodes.filter(Episodes.RNE.one_of("S")), Episodes, Episodes.DECOM)
    return decisions_with_episodes(started, placed_adoption).filter(
        PlacedAdoption.DATE_PLACED.date < Episodes.DECOM.date
    )


# --- against adoptive placements, orders and leaving care -----------------------------------------------------


@rule(
    "551",
    PlacedAdoption.DATE_PLACED,
    Episodes.PLACE,
    message=(
        "Child has been placed for adoption but there is no date of the decision that the child should be "
        "placed for adoption."
    ),
    flags=(Episodes,),
    differs="A child with one dated decision and a second PlacedAdoption row without DATE_PLACED is reported too.",
)
def placed_without_decision(episodes: pl.LazyFrame, placed_adoption: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose PLACE is A3, A4, A5 or A6 and whose child has no PlacedAdoption row, or has at least
    one in which DATE_PLACED is missing. An unreadable date is not missing. Only the Episodes row is flagged."""
    placed = episodes.filter(Episodes.PLACE.one_of(*PLACED_FOR_ADOPTION))
    return decisions_if_any(placed, placed_adoption).filter(PlacedAdoption.DATE_PLACED.missing)


@rule(
    "552",
    PlacedAdoption.DATE_PLACED,
    Episodes.DECOM,
    message=(
        "Date of Decision to place a child for adoption should be on or prior to the date that the child was "
        "placed for adoption."
    ),
    differs=(
        "Only the latest decision is set against the first adoptive placement, so a child placed again under a "
        "second decision is reported although each decision came before its placement."
    ),
)
def placed_before_decision(episodes: pl.LazyFrame, placed_adoption: pl.LazyFrame) -> pl.LazyFrame:
    """For each child take the Episodes row with the earliest DECOM whose PLACE is A3, A4, A5 or A6, and the
    PlacedAdoption row with the latest DATE_PLACED; of equal dates the first in the file. Both are flagged when
    that DECOM is before that DATE_PLACED. The same day passes. Rows without CHILD take no part."""
    placed = episodes.filter(Episodes.PLACE.one_of(*PLACED_FOR_ADOPTION))
    first = earliest(placed, Episodes, Episodes.DECOM)
    decision = latest(placed_adoption, PlacedAdoption, PlacedAdoption.DATE_PLACED)
    return decisions_with_episodes(first, decision).filter(
        Episodes.DECOM.date < PlacedAdoption.DATE_PLACED.date
    )


def order_without_decision(
    status: str, episodes: pl.LazyFrame, placed_adoption: pl.LazyFrame
) -> pl.LazyFrame:
    """Episodes of the legal status without any decision; ceased decisions beside an open such episode."""
    ordered = episodes.filter(Episodes.LS.one_of(status))
    ceased = placed_adoption.filter(any_present(CEASED_DECISION))
    return together(
        not_of_children(ordered, Episodes, placed_adoption, PlacedAdoption),
        of_children(ceased, PlacedAdoption, ordered.filter(Episodes.DEC.missing), Episodes),
    )


@rule(
    "553",
    Episodes.CHILD,
    *PlacedAdoption.columns("DATE_PLACED", "DATE_PLACED_CEASED", "REASON_PLACED_CEASED"),
    message=(
        "Placement order has been granted but there is no date of decision that the child should be placed for "
        "adoption."
    ),
    differs=(
        "A PlacedAdoption row whose DATE_PLACED is blank is not reported for that; a ceased decision beside an "
        "open E1 episode is, though the message does not speak of it."
    ),
)
def placement_order_without_decision(episodes: pl.LazyFrame, placed_adoption: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose LS is E1, open or closed, and whose child has no PlacedAdoption row. Also a
    PlacedAdoption row in which DATE_PLACED_CEASED or REASON_PLACED_CEASED is present and whose child has an
    Episodes row with LS E1 and no DEC. An unreadable date is present."""
    return order_without_decision(PLACEMENT_ORDER, episodes, placed_adoption)


@rule(
    "555",
    Episodes.CHILD,
    *PlacedAdoption.columns("DATE_PLACED", "DATE_PLACED_CEASED", "REASON_PLACED_CEASED"),
    message=(
        "Freeing order has been granted but there is no date of decision that the child should be placed for "
        "adoption."
    ),
    withdrawn="2024-25",
    differs=(
        "A PlacedAdoption row whose DATE_PLACED is blank is not reported for that; a ceased decision beside an "
        "open D1 episode is, though the message does not speak of it."
    ),
)
def freeing_order_without_decision(episodes: pl.LazyFrame, placed_adoption: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose LS is D1, open or closed, and whose child has no PlacedAdoption row. Also a
    PlacedAdoption row in which DATE_PLACED_CEASED or REASON_PLACED_CEASED is present and whose child has an
    Episodes row with LS D1 and no DEC. An unreadable date is present."""
    return order_without_decision(FREEING_ORDER, episodes, placed_adoption)


@rule(
    "554",
    PlacedAdoption.DATE_PLACED,
    *Episodes.columns("DECOM", "LS"),
    message=(
        "Date of decision that the child should be placed for adoption should be on or prior to the date that "
        "the placement order was granted. [NOTE: This rule may result in false positives or false negatives if "
        "relevant episodes are in previous years; please check carefully!]"
    ),
    severity="query",
    differs=(
        "Only the child's first E1 episode of the whole return is looked at, where the DfE's wording is the "
        "first in each period of care."
    ),
)
def placement_order_before_decision(episodes: pl.LazyFrame, placed_adoption: pl.LazyFrame) -> pl.LazyFrame:
    """For each child take the Episodes row with LS E1 and the earliest DECOM, of equal dates the first in the
    file. It is flagged, with a PlacedAdoption row of the same child, when that row's DATE_PLACED is after that
    DECOM. The same day passes. Rows without CHILD take no part."""
    granted = earliest(episodes.filter(Episodes.LS.one_of(PLACEMENT_ORDER)), Episodes, Episodes.DECOM)
    return decisions_with_episodes(granted, placed_adoption).filter(
        PlacedAdoption.DATE_PLACED.date > Episodes.DECOM.date
    )


@rule(
    "556",
    PlacedAdoption.DATE_PLACED,
    Episodes.DECOM,
    message=(
        "Date of decision that the child should be placed for adoption should be on or prior to the date that "
        "the freeing order was granted."
    ),
    flags=(Episodes,),
    withdrawn="2024-25",
)
def freeing_order_before_decision(episodes: pl.LazyFrame, placed_adoption: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose LS is D1, where a PlacedAdoption row of the same child has a DATE_PLACED after the
    episode's DECOM. The same day passes. Every D1 episode is tested; only the Episodes row is flagged."""
    granted = episodes.filter(Episodes.LS.one_of(FREEING_ORDER))
    return decisions_with_episodes(granted, placed_adoption).filter(
        PlacedAdoption.DATE_PLACED.date > Episodes.DECOM.date
    )


def left_care_otherwise(
    statuses: tuple[str, ...], episodes: pl.LazyFrame, placed_adoption: pl.LazyFrame
) -> pl.LazyFrame:
    """Episodes, placed for adoption or of ``statuses``, ended but not in adoption, beside decisions not ceased."""
    meant_for_adoption = Episodes.PLACE.one_of(*PLACED_FOR_ADOPTION) | Episodes.LS.one_of(*statuses)
    left = Episodes.REC.present & ~Episodes.REC.one_of(*ADOPTED, CONTINUES)
    ended = decisions_if_any(episodes.filter(meant_for_adoption & left), placed_adoption)
    return ended.filter(any_missing(CEASED_DECISION))


LEFT_CARE_FIELDS = (*CEASED_DECISION, *Episodes.columns("PLACE", "LS", "REC"))
LEFT_CARE_MESSAGE = (
    "Child for whom the decision was made that they should be placed for adoption has left care but was "
    "not adopted and information on the decision that they should no longer be placed for adoption items "
    "has not been completed."
)
LEFT_CARE_DIFFERS = (
    "Any REC other than E11, E12 and X1 counts as leaving care, an invalid code too, and a child adopted "
    "later in the same return is still reported for an earlier episode."
)


@rule("557", *LEFT_CARE_FIELDS, message=LEFT_CARE_MESSAGE, differs=LEFT_CARE_DIFFERS)
def left_care_with_decision_standing(episodes: pl.LazyFrame, placed_adoption: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose PLACE is A3, A4, A5 or A6 or whose LS is D1 or E1, and whose REC is present and none
    of E11, E12 and X1, where the child has no PlacedAdoption row, or has at least one in which DATE_PLACED_CEASED
    or REASON_PLACED_CEASED is missing. Each such PlacedAdoption row is flagged as well. No date is looked at, and
    an unreadable one is present."""
    return left_care_otherwise((FREEING_ORDER, PLACEMENT_ORDER), episodes, placed_adoption)


@rule("557", *LEFT_CARE_FIELDS, message=LEFT_CARE_MESSAGE, differs=LEFT_CARE_DIFFERS, since="2024-25")
def left_care_with_decision_standing_2024(
    episodes: pl.LazyFrame, placed_adoption: pl.LazyFrame
) -> pl.LazyFrame:
    """An Episodes row whose PLACE is A3, A4, A5 or A6 or whose LS is E1, and whose REC is present and none of
    E11, E12 and X1, where the child has no PlacedAdoption row, or has at least one in which DATE_PLACED_CEASED or
    REASON_PLACED_CEASED is missing. Each such PlacedAdoption row is flagged as well. No date is looked at, and an
    unreadable one is present."""
    return left_care_otherwise((PLACEMENT_ORDER,), episodes, placed_adoption)


@rule(
    "558",
    PlacedAdoption.DATE_PLACED_CEASED,
    Episodes.REC,
    message=(
        "If a child has been adopted, then the decision to place them for adoption has not been disrupted and "
        "the date of the decision that a child should no longer be placed for adoption should be left blank."
    ),
    flags=(Episodes,),
    differs=(
        "A child with one adoption episode and one ceased decision is not reported, though the message would "
        "have it reported; a child with two adoption episodes and one ceased decision is."
    ),
)
def adopted_with_every_decision_ceased(episodes: pl.LazyFrame, placed_adoption: pl.LazyFrame) -> pl.LazyFrame:
    """Every Episodes row with REC E11 or E12 whose child has at least one PlacedAdoption row, DATE_PLACED_CEASED
    present on all of them, and either two or more such Episodes rows or two or more PlacedAdoption rows. An
    unreadable date is present. Rows without CHILD are never flagged."""
    adopted = episodes.filter(Episodes.REC.one_of(*ADOPTED) & Episodes.CHILD.present)
    decisions = placed_adoption.group_by(PlacedAdoption.CHILD.key).agg(
        PlacedAdoption.DATE_PLACED_CEASED.present.all().alias("all ceased"), pl.len().alias("decisions")
    )
    adoptions = pl.len().over(Episodes.CHILD.key)
    return decisions_with_episodes(adopted, decisions.filter("all ceased")).filter(
        (adoptions > 1) | (pl.col("decisions") > 1)
    )


# --- against last year's return -------------------------------------------------------------------------------


@rule(
    "559",
    PlacedAdoption.DATE_PLACED,
    message=(
        "Date of decision that a child should be placed for adoption was not in the current year but the date "
        "of the decision that the child should be placed for adoption was not completed in a previous return."
    ),
)
def earlier_decision_not_returned_before(
    placed_adoption: pl.LazyFrame, previous_placed_adoption: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """A PlacedAdoption row whose DATE_PLACED is before the collection start, 1 April, and whose child has no
    PlacedAdoption row in last year's return, or has at least one there without a readable DATE_PLACED."""
    earlier = placed_adoption.filter(PlacedAdoption.DATE_PLACED.date < period.start)
    on = (PlacedAdoption.CHILD, LastYear.CHILD)
    return pairs(earlier, previous_placed_adoption, on, how="left").filter(
        LastYear.DATE_PLACED.date.is_null()
    )


@rule(
    "560",
    *PlacedAdoption.columns("DATE_PLACED", "DATE_PLACED_CEASED"),
    message=(
        "Date of decision that the child should be placed for adoption this year is different from that "
        "recorded last year but the decision to place the child for adoption did not change."
    ),
    differs=(
        "Dates are compared as they are written, REASON_PLACED_CEASED is not looked at, and where a child has "
        "a new decision beside the one carried over, the new row is reported."
    ),
)
def decision_changed_though_it_stood(
    placed_adoption: pl.LazyFrame, previous_placed_adoption: pl.LazyFrame
) -> pl.LazyFrame:
    """A PlacedAdoption row whose child has a row in last year's return with DATE_PLACED present and
    DATE_PLACED_CEASED missing, where this year's DATE_PLACED is not written exactly as that one. A missing
    DATE_PLACED this year counts as different."""
    stood = previous_placed_adoption.filter(
        LastYear.DATE_PLACED.present & LastYear.DATE_PLACED_CEASED.missing
    )
    return decisions_with_last_years(placed_adoption, stood).filter(
        ~same(PlacedAdoption.DATE_PLACED.text, LastYear.DATE_PLACED.text)
    )


@rule(
    "561",
    PlacedAdoption.DATE_PLACED,
    message=(
        "Date of the decision that the child should be placed for adoption this year is the same as that "
        "recorded last year but records show that the decision changed, and the child should no longer be "
        "placed for adoption last year."
    ),
    differs="Dates are compared as they are written, so 1/6/2024 and 01/06/2024 count as different.",
)
def decision_the_same_though_it_ceased(
    placed_adoption: pl.LazyFrame, previous_placed_adoption: pl.LazyFrame
) -> pl.LazyFrame:
    """A PlacedAdoption row whose child has a row in last year's return with DATE_PLACED_CEASED or
    REASON_PLACED_CEASED present and a DATE_PLACED written exactly as this year's, both present."""
    ceased = previous_placed_adoption.filter(any_present(CEASED_LAST_YEAR))
    return decisions_with_last_years(placed_adoption, ceased).filter(
        PlacedAdoption.DATE_PLACED.text == LastYear.DATE_PLACED.text
    )


@rule(
    "584",
    PlacedAdoption.DATE_PLACED,
    message=(
        "Date of decision that the child should be placed for adoption this year is different from that "
        "recorded last year, but the decision to placed the child for adoption changed and the child should no "
        "longer be placed for adoption."
    ),
    differs=(
        "DATE_PLACED is compared as a date and the row that fails is reported, where the reference "
        "implementation compares text and may report another row."
    ),
)
def no_new_decision_after_it_ceased(
    placed_adoption: pl.LazyFrame, previous_placed_adoption: pl.LazyFrame
) -> pl.LazyFrame:
    """A PlacedAdoption row whose child has a row in last year's return with DATE_PLACED_CEASED or
    REASON_PLACED_CEASED present, where this year's DATE_PLACED is missing, or is on or before that row's
    DATE_PLACED. The same day is flagged."""
    ceased = previous_placed_adoption.filter(any_present(CEASED_LAST_YEAR))
    not_later = PlacedAdoption.DATE_PLACED.date <= LastYear.DATE_PLACED.date
    return decisions_with_last_years(placed_adoption, ceased).filter(
        PlacedAdoption.DATE_PLACED.missing | not_later
    )
