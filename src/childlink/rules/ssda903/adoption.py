"""AD1: children adopted in the year."""

from __future__ import annotations

import polars as pl

from childlink.rules.columns import all_present, any_missing, any_present
from childlink.rules.context import Period
from childlink.rules.ssda903.tables import AD1, OC3, Episodes, PlacedAdoption, rule
from childlink.rules.ssda903.vocabulary import (
    AD1_ITEMS,
    ADOPTED,
    OC3_ITEMS,
    PLACED_FOR_ADOPTION,
    latest,
    not_of_children,
    of_children,
    pairs,
    together,
    within,
)

ONE_ADOPTER = ("M1", "F1")
SAME_SEX_COUPLE = ("MM", "FF")
COUPLE_OF_BOTH_SEXES = ("MF",)


def adopted_in(period: Period) -> pl.Expr:
    """True where an Episodes row ends in adoption within the collection year."""
    return Episodes.REC.one_of(*ADOPTED) & within(Episodes.DEC.date, period)


def adoptions_with_episodes(ad1: pl.LazyFrame, episodes: pl.LazyFrame) -> pl.LazyFrame:
    """Every Episodes row beside every AD1 row of its child, missing CHILD with missing CHILD."""
    return pairs(episodes, ad1, (Episodes.CHILD, AD1.CHILD))


# --- which items are filled -----------------------------------------------------------------------------------


@rule(
    "151",
    *AD1_ITEMS,
    message="All data items relating to a childs adoption must be coded or left blank.",
)
def adoption_items_partly_filled() -> pl.Expr:
    """An AD1 row in which at least one, but not all six, of DATE_INT, DATE_MATCH, FOSTER_CARE, NB_ADOPTR,
    SEX_ADOPTR and LS_ADOPTR are present. Only presence counts; values are not checked."""
    return any_present(AD1_ITEMS) & ~all_present(AD1_ITEMS)


@rule(
    "187",
    *AD1_ITEMS,
    *OC3_ITEMS,
    message=(
        "Child cannot be looked after continuously for 12 months at 31 March (OC2) and have any of adoption or "
        "care leavers returns completed."
    ),
)
def adopted_or_left_after_a_year_of_care(
    ad1: pl.LazyFrame, oc3: pl.LazyFrame, continuously_looked_after: pl.LazyFrame
) -> pl.LazyFrame:
    """For children looked after continuously for the year: every OC3 row in which at least one of IN_TOUCH,
    ACTIV and ACCOM is present, and every AD1 row in which at least one of DATE_INT, DATE_MATCH, FOSTER_CARE,
    NB_ADOPTR, SEX_ADOPTR and LS_ADOPTR is present. The two tables are judged separately.

    Looked after continuously: at least one of the child's episodes touches the collection year and none breaks
    it. An episode breaks it when it starts care anew (RNE S) after 1 April and by 31 March, when it ends for good
    (REC other than X1, or missing) on or after 1 April and before 31 March, or when it touches the year as a
    short break (LS V3 or V4). A row whose CHILD is missing, or has no Episodes row, is not flagged."""
    adopted = ad1.filter(any_present(AD1_ITEMS))
    left_care = oc3.filter(any_present(OC3_ITEMS))
    return together(
        of_children(adopted, AD1, continuously_looked_after, Episodes),
        of_children(left_care, OC3, continuously_looked_after, Episodes),
    )


@rule(
    "601",
    Episodes.REC,
    *AD1_ITEMS,
    message=(
        "The additional fields relating to adoption have not been completed although the episode data shows "
        "that the child was adopted during the year."
    ),
    differs="An adopted child who has no AD1 row at all is not reported, though the message would have it reported.",
)
def adopted_without_all_items(episodes: pl.LazyFrame, ad1: pl.LazyFrame, period: Period) -> pl.LazyFrame:
    """An Episodes row whose REC is E11 or E12 and whose DEC lies in the collection year (both ends included),
    and an AD1 row of the same child in which at least one of DATE_INT, DATE_MATCH, FOSTER_CARE, NB_ADOPTR,
    SEX_ADOPTR and LS_ADOPTR is missing. Both rows are flagged. A child with no AD1 row is not flagged."""
    incomplete = ad1.filter(any_missing(AD1_ITEMS))
    return adoptions_with_episodes(incomplete, episodes.filter(adopted_in(period)))


@rule(
    "602",
    AD1.CHILD,
    message="The episode data submitted for this child does not show that he/she was adopted during the year.",
)
def items_without_adoption(ad1: pl.LazyFrame, episodes: pl.LazyFrame, period: Period) -> pl.LazyFrame:
    """An AD1 row in which at least one of DATE_INT, DATE_MATCH, FOSTER_CARE, NB_ADOPTR, SEX_ADOPTR and
    LS_ADOPTR is present, and whose child has no Episodes row with REC E11 or E12 and a DEC in the collection
    year (both ends included). A child with no Episodes row is flagged too."""
    return not_of_children(
        ad1.filter(any_present(AD1_ITEMS)), AD1, episodes.filter(adopted_in(period)), Episodes
    )


# --- dates ----------------------------------------------------------------------------------------------------


@rule(
    "331",
    AD1.DATE_MATCH,
    *Episodes.columns("DECOM", "REC"),
    message=(
        "Date of matching child and adopter(s) should be the same as, or prior to, the date of placement of "
        "adoption."
    ),
)
def matched_after_the_placement_began(ad1: pl.LazyFrame, episodes: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose REC is E11 or E12 and an AD1 row of the same child whose DATE_MATCH is later than
    that episode's DECOM. Both rows are flagged. The same day passes, and so does a missing date."""
    adoptions = episodes.filter(Episodes.REC.one_of(*ADOPTED))
    return adoptions_with_episodes(ad1, adoptions).filter(AD1.DATE_MATCH.date > Episodes.DECOM.date)


@rule(
    "333",
    AD1.DATE_INT,
    message=(
        "Date should be placed for adoption must be on or prior to the date of matching child with adopter(s)."
    ),
    differs="A missing or unreadable DATE_INT is reported too, which the message does not say.",
)
def matched_before_the_decision() -> pl.Expr:
    """An AD1 row with a readable DATE_MATCH whose DATE_INT is missing or unreadable, or is later than
    DATE_MATCH. The same day passes."""
    no_decision = AD1.DATE_INT.date.is_null()
    return AD1.DATE_MATCH.date.is_not_null() & (no_decision | (AD1.DATE_INT.date > AD1.DATE_MATCH.date))


@rule(
    "334",
    AD1.DATE_INT,
    *Episodes.columns("DECOM", "RNE"),
    message=(
        "Date child started to be looked after in latest period of care must be on or prior to the date should "
        "be placed for adoption. "
    ),
    differs=(
        "A child whose S episodes all lack a readable DECOM is left out, where the reference implementation "
        "stops and reports nobody."
    ),
)
def decision_before_latest_start_of_care(episodes: pl.LazyFrame, ad1: pl.LazyFrame) -> pl.LazyFrame:
    """For each child take the Episodes row with RNE S and the latest DECOM, of equal dates the first in the
    file. It is flagged, with the child's AD1 row, when that AD1 row's DATE_INT is earlier than that DECOM. The
    same day passes. Only this year's episodes are searched."""
    started = latest(episodes.filter(Episodes.RNE.one_of("S")), Episodes, Episodes.DECOM)
    return adoptions_with_episodes(ad1, started).filter(AD1.DATE_INT.date < Episodes.DECOM.date)


@rule(
    "582",
    Episodes.DEC,
    AD1.DATE_MATCH,
    message=(
        "Child is showing as ceasing to be looked after due to adoption, but the date of adoption is the same "
        "as the date reported for being matched with adopters. In most circumstances we expect the date the "
        "child is matched with adopters to be before the date of adoption."
    ),
    severity="query",
    flags=(Episodes,),
    differs="The two dates are compared as they are written, so 1/6/2025 and 01/06/2025 count as different.",
)
def matched_on_the_day_of_adoption(episodes: pl.LazyFrame, ad1: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose REC is E11 or E12 and whose DEC is written exactly as the DATE_MATCH of an AD1 row
    of the same child, both present. Only the Episodes row is flagged."""
    adoptions = episodes.filter(Episodes.REC.one_of(*ADOPTED))
    return adoptions_with_episodes(ad1, adoptions).filter(Episodes.DEC.text == AD1.DATE_MATCH.text)


# --- against decisions to place for adoption ------------------------------------------------------------------


@rule(
    "521",
    *Episodes.columns("PLACE", "DECOM"),
    AD1.DATE_INT,
    message=(
        "Date of local authority's decision (LA) that adoption is in the best interests of the child (date "
        "should be placed) must be on or prior to the date the child is placed for adoption."
    ),
)
def placed_before_best_interest(episodes: pl.LazyFrame, ad1: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose PLACE is A3, A4, A5 or A6 and an AD1 row of the same child whose DATE_INT is after
    that episode's DECOM. Both rows are flagged. The same day passes."""
    placed = episodes.filter(Episodes.PLACE.one_of(*PLACED_FOR_ADOPTION))
    return pairs(placed, ad1, (Episodes.CHILD, AD1.CHILD)).filter(AD1.DATE_INT.date > Episodes.DECOM.date)


@rule(
    "523",
    PlacedAdoption.DATE_PLACED,
    AD1.DATE_INT,
    message=(
        "Date of decision that the child should be placed for adoption should be the same date as the decision "
        "that adoption is in the best interest (date should be placed)."
    ),
)
def decision_on_another_day_than_best_interest(
    placed_adoption: pl.LazyFrame, ad1: pl.LazyFrame
) -> pl.LazyFrame:
    """A PlacedAdoption row and an AD1 row of the same child whose DATE_PLACED and DATE_INT are both readable and
    are not the same day. Both rows are flagged."""
    return pairs(placed_adoption, ad1, (PlacedAdoption.CHILD, AD1.CHILD)).filter(
        PlacedAdoption.DATE_PLACED.date != AD1.DATE_INT.date
    )


@rule(
    "525",
    PlacedAdoption.DATE_PLACED_CEASED,
    *AD1_ITEMS,
    message=(
        "A child for whom the decision to be placed for adoption has been reversed cannot be adopted during "
        "the year."
    ),
    differs=(
        "No date is compared with the year: a ceased decision is reported even when it is an earlier one that "
        "a new decision followed."
    ),
)
def adopted_after_ceased_decision(placed_adoption: pl.LazyFrame, ad1: pl.LazyFrame) -> pl.LazyFrame:
    """A PlacedAdoption row with DATE_PLACED_CEASED present and an AD1 row of the same child in which at least one
    of DATE_INT, DATE_MATCH, FOSTER_CARE, NB_ADOPTR, SEX_ADOPTR and LS_ADOPTR is present. Both rows are flagged.
    An unreadable date is present."""
    ceased = placed_adoption.filter(PlacedAdoption.DATE_PLACED_CEASED.present)
    return pairs(ceased, ad1.filter(any_present(AD1_ITEMS)), (PlacedAdoption.CHILD, AD1.CHILD))


# --- the adopters ---------------------------------------------------------------------------------------------


@rule(
    "511",
    *AD1.columns("NB_ADOPTR", "SEX_ADOPTR"),
    message=(
        "If reporting that the number of person(s) adopting the looked after child is two adopters then the "
        "code should only be MM, FF or MF. MM = the adopting couple are both males; FF = the adopting couple "
        "are both females; MF = The adopting couple are male and female."
    ),
    differs="Of the codes that the message rules out only M1 and F1 are reported; any other wrong code passes.",
)
def two_adopters_with_one_sex_code() -> pl.Expr:
    """An AD1 row whose NB_ADOPTR is 2 and whose SEX_ADOPTR is M1 or F1. A missing SEX_ADOPTR passes."""
    return AD1.NB_ADOPTR.one_of("2") & AD1.SEX_ADOPTR.one_of(*ONE_ADOPTER)


def adopters_of(status: str, *sexes: str) -> pl.Expr:
    """True where LS_ADOPTR is ``status`` and SEX_ADOPTR none of ``sexes``; a missing one is none of them."""
    return AD1.LS_ADOPTR.one_of(status) & ~AD1.SEX_ADOPTR.one_of(*sexes)


@rule(
    "514",
    *AD1.columns("LS_ADOPTR", "SEX_ADOPTR"),
    message=(
        "Data entry on the legal status of adopters shows a single adopter but data entry for the numbers of "
        "adopters shows it as a couple."
    ),
    differs="The message speaks of the number of adopters; it is SEX_ADOPTR that is looked at, not NB_ADOPTR.",
)
def single_adopter_shown_as_couple() -> pl.Expr:
    """An AD1 row whose LS_ADOPTR is L0 and whose SEX_ADOPTR is neither M1 nor F1. A missing SEX_ADOPTR is
    flagged."""
    return adopters_of("L0", *ONE_ADOPTER)


@rule(
    "517",
    *AD1.columns("LS_ADOPTR", "SEX_ADOPTR"),
    message=(
        "If reporting legal status of adopters is L3 then the genders of adopters should be coded as MF. MF = "
        "the adopting couple are male and female."
    ),
)
def status_l3_without_both_sexes() -> pl.Expr:
    """An AD1 row whose LS_ADOPTR is L3 and whose SEX_ADOPTR is not MF. A missing SEX_ADOPTR is flagged."""
    return adopters_of("L3", *COUPLE_OF_BOTH_SEXES)


@rule(
    "518",
    *AD1.columns("LS_ADOPTR", "SEX_ADOPTR"),
    message=(
        "If reporting legal status of adopters is L4 then the genders of adopters should be coded as MM or FF. "
        "MM = the adopting couple are both males. FF = the adopting couple are both females."
    ),
)
def status_l4_without_same_sex() -> pl.Expr:
    """An AD1 row whose LS_ADOPTR is L4 and whose SEX_ADOPTR is neither MM nor FF. A missing SEX_ADOPTR is
    flagged."""
    return adopters_of("L4", *SAME_SEX_COUPLE)


@rule(
    "519",
    *AD1.columns("LS_ADOPTR", "SEX_ADOPTR"),
    message=(
        "Data entered on the legal status of adopters shows civil partnership couple, but data entered on "
        "genders of adopters does not show it as a couple."
    ),
)
def civil_partners_not_shown_as_couple() -> pl.Expr:
    """An AD1 row whose LS_ADOPTR is L2 and whose SEX_ADOPTR is none of MM, FF and MF. A missing SEX_ADOPTR is
    flagged."""
    return adopters_of("L2", *SAME_SEX_COUPLE, *COUPLE_OF_BOTH_SEXES)


@rule(
    "520",
    *AD1.columns("LS_ADOPTR", "SEX_ADOPTR"),
    message=(
        "Data entry on the legal status of adopters shows different gender married couple but data entry on "
        "genders of adopters shows it as a same gender couple."
    ),
    differs="A code for one adopter, any other wrong code, or none is reported too, not only a same gender couple.",
)
def different_sex_spouses_not_shown_as_such() -> pl.Expr:
    """An AD1 row whose LS_ADOPTR is L11 and whose SEX_ADOPTR is not MF. A missing SEX_ADOPTR is flagged."""
    return adopters_of("L11", *COUPLE_OF_BOTH_SEXES)


@rule(
    "524",
    *AD1.columns("LS_ADOPTR", "SEX_ADOPTR"),
    message=(
        "If reporting legal status of adopters is L12 then the genders of adopters should be coded as MM or "
        "FF. MM = the adopting couple are both males. FF = the adopting couple are both females"
    ),
)
def status_l12_without_same_sex() -> pl.Expr:
    """An AD1 row whose LS_ADOPTR is L12 and whose SEX_ADOPTR is neither MM nor FF. A missing SEX_ADOPTR is
    flagged."""
    return adopters_of("L12", *SAME_SEX_COUPLE)
