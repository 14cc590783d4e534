"""OC2: health, convictions and the strengths and difficulties questionnaire."""

from __future__ import annotations

import polars as pl

from childlink.rules.columns import any_missing, any_present
from childlink.rules.context import Period
from childlink.rules.ssda903.tables import OC2, Episodes, rule
from childlink.rules.ssda903.vocabulary import (
    OC2_HEALTH,
    OC2_OTHER,
    not_of_children,
    of_children,
    together,
    within,
)

SDQ = OC2.columns("SDQ_SCORE", "SDQ_REASON")
"""The strengths and difficulties questionnaire: the score, or the reason why there is none."""
INTERVENTIONS = OC2.columns("INTERVENTION_RECEIVED", "INTERVENTION_OFFERED")
"""The items on a substance misuse problem."""
OUT_OF_AGE = "SDQ1"
"""Reason for no SDQ score: under 4 or over 16."""
LOWEST_SCORE, HIGHEST_SCORE = 0, 40


def _looked_after(oc2: pl.LazyFrame, continuously_looked_after: pl.LazyFrame) -> pl.LazyFrame:
    """The OC2 rows of children looked after continuously."""
    return of_children(oc2, OC2, continuously_looked_after, Episodes)


def _not_looked_after(oc2: pl.LazyFrame, continuously_looked_after: pl.LazyFrame) -> pl.LazyFrame:
    """The OC2 rows of other children, and those without a CHILD."""
    return not_of_children(oc2, OC2, continuously_looked_after, Episodes)


# --- strengths and difficulties -------------------------------------------------------------------------------


@rule(
    "157",
    *OC2.columns("SDQ_REASON", "DOB"),
    message=(
        "Child is aged 4 years or over at the beginning of the year or 16 years or under at the end of the year "
        "and Strengths and Difficulties Questionnaire (SDQ) 1 has been recorded as the reason for no Strengths "
        "and Difficulties Questionnaire (SDQ) score."
    ),
    differs="The message joins the two conditions on age with “or”; both must hold.",
)
def reason_is_age_but_age_is_right(
    oc2: pl.LazyFrame, continuously_looked_after: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """An OC2 row with no SDQ_SCORE and with SDQ_REASON SDQ1, of a child looked after continuously for the year
    whose 4th birthday (by DOB of the OC2 row) is on or before 1 April at its start and whose 16th birthday is
    on or after 31 March at its end."""
    of_age = (OC2.DOB.birthday(4) <= period.start) & (OC2.DOB.birthday(16) >= period.end)
    unscored = oc2.filter(OC2.SDQ_SCORE.missing & OC2.SDQ_REASON.one_of(OUT_OF_AGE) & of_age)
    return _looked_after(unscored, continuously_looked_after)


@rule(
    "180",
    OC2.SDQ_SCORE,
    message="Data entry for the strengths and difficulties questionnaire (SDQ) score is invalid.",
)
def score_is_no_score() -> pl.Expr:
    """An OC2 row whose SDQ_SCORE is present and is not a whole number from 0 to 40. It is read as a number: 20.0
    and 1E1 pass, 40.5, XX and 1,0 do not."""
    score = OC2.SDQ_SCORE.text.str.strip_chars().cast(pl.Float64, strict=False)
    sound = score.is_between(LOWEST_SCORE, HIGHEST_SCORE) & (score == score.floor())
    return OC2.SDQ_SCORE.present & ~sound.fill_null(value=False)


@rule(
    "185",
    OC2.SDQ_SCORE,
    message=(
        "Child has not been looked after continuously for at least 12 months at 31 March but a Strengths and "
        "Difficulties (SDQ) score has been completed."
    ),
)
def score_without_a_year_of_care(oc2: pl.LazyFrame, continuously_looked_after: pl.LazyFrame) -> pl.LazyFrame:
    """An OC2 row with an SDQ_SCORE, of a child not looked after continuously for the year. A row without CHILD,
    or of a child with no Episodes row, counts among these."""
    return _not_looked_after(oc2.filter(OC2.SDQ_SCORE.present), continuously_looked_after)


@rule(
    "186",
    OC2.SDQ_SCORE,
    message=(
        "Children aged 4 or over at the start of the year and children aged under 17 at the end of the year and "
        "who have been looked after for at least 12 months continuously should have a Strengths and Difficulties "
        "(SDQ) score completed."
    ),
)
def score_left_out(
    oc2: pl.LazyFrame, continuously_looked_after: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """An OC2 row with neither SDQ_SCORE nor SDQ_REASON, of a child looked after continuously for the year whose
    4th birthday (by DOB of the OC2 row) is on or before 1 April at its start and whose 17th birthday is after
    31 March at its end."""
    of_age = (OC2.DOB.birthday(4) <= period.start) & (OC2.DOB.birthday(17) > period.end)
    return _looked_after(oc2.filter(~any_present(SDQ) & of_age), continuously_looked_after)


@rule(
    "188",
    *SDQ,
    message=(
        "Child is aged under 4 years at the end of the year, but a Strengths and Difficulties (SDQ) score or a "
        "reason for no SDQ score has been completed. "
    ),
)
def score_under_4(period: Period) -> pl.Expr:
    """An OC2 row with SDQ_SCORE or SDQ_REASON of a child whose 4th birthday (by DOB of the OC2 row) is after
    31 March at the end of the year."""
    return any_present(SDQ) & (OC2.DOB.birthday(4) > period.end)


@rule(
    "189",
    OC2.DOB,
    *SDQ,
    message=(
        "Child is aged 17 years or over at the beginning of the year, but an Strengths and Difficulties (SDQ) "
        "score or a reason for no Strengths and Difficulties (SDQ) score has been completed."
    ),
    differs="A child whose 17th birthday is 1 April itself passes.",
)
def score_over_17(period: Period) -> pl.Expr:
    """An OC2 row with SDQ_SCORE or SDQ_REASON of a child whose 17th birthday (by DOB of the OC2 row) is before
    1 April at the start of the year."""
    return any_present(SDQ) & (OC2.DOB.birthday(17) < period.start)


@rule(
    "197B",
    *OC2.columns("SDQ_REASON", "DOB"),
    message="SDQ score or reason for no SDQ should be reported for 4- or 17-year-olds.",
)
def score_left_out_at_4_or_17(
    oc2: pl.LazyFrame, continuously_looked_after: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """An OC2 row with neither SDQ_SCORE nor SDQ_REASON, of a child looked after continuously for the year whose
    4th or 17th birthday (by DOB of the OC2 row) is in the year, 1 April and 31 March included."""
    turns = within(OC2.DOB.birthday(4), period) | within(OC2.DOB.birthday(17), period)
    return _looked_after(oc2.filter(~any_present(SDQ) & turns), continuously_looked_after)


@rule(
    "197a",
    *SDQ,
    message=(
        "Reason for no Strengths and Difficulties (SDQ) score is not required if Strengths and Difficulties "
        "Questionnaire score is filled in."
    ),
)
def score_and_reason() -> pl.Expr:
    """An OC2 row in which SDQ_SCORE and SDQ_REASON are both present."""
    return ~any_missing(SDQ)


@rule(
    "198",
    OC2.SDQ_REASON,
    message=(
        "Child has not been looked after continuously for at least 12 months at 31 March but a reason for no "
        "Strengths and Difficulties (SDQ) score has been completed. "
    ),
)
def reason_without_a_year_of_care(oc2: pl.LazyFrame, continuously_looked_after: pl.LazyFrame) -> pl.LazyFrame:
    """An OC2 row with an SDQ_REASON, of a child not looked after continuously for the year. A row without CHILD,
    or of a child with no Episodes row, counts among these."""
    return _not_looked_after(oc2.filter(OC2.SDQ_REASON.present), continuously_looked_after)


# --- substance misuse -----------------------------------------------------------------------------------------


@rule(
    "158",
    *INTERVENTIONS,
    message=(
        "If a child has been recorded as receiving an intervention for their substance misuse problem, then the "
        "additional item on whether an intervention was offered should be left blank."
    ),
)
def received_and_offered() -> pl.Expr:
    """An OC2 row with INTERVENTION_RECEIVED 1 in which INTERVENTION_OFFERED is present, even if it is 0."""
    return OC2.INTERVENTION_RECEIVED.one_of("1") & OC2.INTERVENTION_OFFERED.present


@rule(
    "159",
    OC2.SUBSTANCE_MISUSE,
    *INTERVENTIONS,
    message=(
        "If a child has been recorded as not receiving an intervention for their substance misuse problem, then "
        "the additional item on whether an intervention was offered should be completed as well."
    ),
)
def offered_left_out() -> pl.Expr:
    """An OC2 row with SUBSTANCE_MISUSE 1 and INTERVENTION_RECEIVED 0 in which INTERVENTION_OFFERED is missing."""
    not_received = OC2.SUBSTANCE_MISUSE.one_of("1") & OC2.INTERVENTION_RECEIVED.one_of("0")
    return not_received & OC2.INTERVENTION_OFFERED.missing


@rule(
    "192",
    *OC2.columns("SUBSTANCE_MISUSE", "INTERVENTION_RECEIVED"),
    message=(
        "Child has been identified as having a substance misuse problem but the additional item on whether an "
        "intervention was received has been left blank."
    ),
)
def received_left_out() -> pl.Expr:
    """An OC2 row with SUBSTANCE_MISUSE 1 in which INTERVENTION_RECEIVED is missing."""
    return OC2.SUBSTANCE_MISUSE.one_of("1") & OC2.INTERVENTION_RECEIVED.missing


@rule(
    "193",
    OC2.SUBSTANCE_MISUSE,
    *INTERVENTIONS,
    message=(
        "Child not identified as having a substance misuse problem but at least one of the two additional items "
        "on whether an intervention were offered and received have been completed."
    ),
)
def intervention_without_misuse() -> pl.Expr:
    """An OC2 row with SUBSTANCE_MISUSE missing or 0 in which INTERVENTION_RECEIVED or INTERVENTION_OFFERED is
    present, even if it is 0."""
    none_identified = OC2.SUBSTANCE_MISUSE.missing | OC2.SUBSTANCE_MISUSE.one_of("0")
    return none_identified & any_present(INTERVENTIONS)


# --- all the items --------------------------------------------------------------------------------------------


@rule(
    "181",
    *OC2.columns("CONVICTED", "HEALTH_CHECK"),
    *OC2_HEALTH,
    *INTERVENTIONS,
    message=(
        "Data items relating to children looked after continuously for 12 months should be completed with a 0 or 1."
    ),
)
def items_not_0_or_1() -> pl.Expr:
    """An OC2 row in which CONVICTED, HEALTH_CHECK, IMMUNISATIONS, TEETH_CHECK, HEALTH_ASSESSMENT,
    SUBSTANCE_MISUSE, INTERVENTION_RECEIVED or INTERVENTION_OFFERED is present and is neither 0 nor 1."""
    return pl.any_horizontal(item.present & ~item.one_of("0", "1") for item in (*OC2_HEALTH, *OC2_OTHER))


@rule(
    "182",
    *OC2_HEALTH,
    *OC2_OTHER,
    message=(
        "Data entries on immunisations, teeth checks, health assessments and substance misuse problem identified "
        "should be completed or all OC2 fields should be left blank."
    ),
    differs="A row in which only some of these four are filled in passes when CONVICTED, HEALTH_CHECK and the "
    "two INTERVENTION items are all blank; SDQ_SCORE and SDQ_REASON are not looked at.",
)
def other_items_without_the_four() -> pl.Expr:
    """An OC2 row in which at least one of IMMUNISATIONS, TEETH_CHECK, HEALTH_ASSESSMENT and SUBSTANCE_MISUSE is
    missing, and at least one of CONVICTED, HEALTH_CHECK, INTERVENTION_RECEIVED and INTERVENTION_OFFERED is
    present."""
    return any_missing(OC2_HEALTH) & any_present(OC2_OTHER)


@rule(
    "190",
    *OC2.columns("CONVICTED", "HEALTH_CHECK"),
    *OC2_HEALTH,
    *INTERVENTIONS,
    message=(
        "Child has not been looked after continuously for at least 12 months at 31 March but one or more data "
        "items relating to children looked after for 12 months have been completed."
    ),
)
def items_without_a_year_of_care(oc2: pl.LazyFrame, continuously_looked_after: pl.LazyFrame) -> pl.LazyFrame:
    """An OC2 row of a child not looked after continuously for the year in which at least one of CONVICTED,
    HEALTH_CHECK, IMMUNISATIONS, TEETH_CHECK, HEALTH_ASSESSMENT, SUBSTANCE_MISUSE, INTERVENTION_RECEIVED and
    INTERVENTION_OFFERED is present. A row without CHILD, or of a child with no Episodes row, counts among these."""
    filled = oc2.filter(any_present((*OC2_HEALTH, *OC2_OTHER)))
    return _not_looked_after(filled, continuously_looked_after)


@rule(
    "191",
    *OC2_HEALTH,
    Episodes.CHILD,
    message=(
        "Child has been looked after continuously for at least 12 months at 31 March but one or more data items "
        "relating to children looked after for 12 months have been left blank."
    ),
)
def items_left_out_after_a_year_of_care(
    oc2: pl.LazyFrame, first_episodes: pl.LazyFrame, continuously_looked_after: pl.LazyFrame
) -> pl.LazyFrame:
    """Of children looked after continuously for the year: an OC2 row in which IMMUNISATIONS, TEETH_CHECK,
    HEALTH_ASSESSMENT or SUBSTANCE_MISUSE is missing; and, for a child with no OC2 row, its Episodes row with the
    earliest readable DECOM (of several the first in the file)."""
    incomplete = _looked_after(oc2.filter(any_missing(OC2_HEALTH)), continuously_looked_after)
    looked_after = of_children(first_episodes, Episodes, continuously_looked_after, Episodes)
    return together(incomplete, not_of_children(looked_after, Episodes, oc2, OC2))


# --- convictions and health promotion -------------------------------------------------------------------------


@rule(
    "542",
    OC2.CONVICTED,
    message="A child aged under 10 at 31 March should not have conviction information completed.",
)
def convicted_under_10(period: Period) -> pl.Expr:
    """An OC2 row with CONVICTED present, whatever it holds, of a child whose 10th birthday (by DOB of the OC2
    row) is after 31 March at the end of the year."""
    return OC2.CONVICTED.present & (OC2.DOB.birthday(10) > period.end)


@rule(
    "543",
    *OC2.columns("DOB", "CONVICTED"),
    message=(
        "Child is aged 10 or over at 31 March and has been looked after continuously for 12 months yet conviction "
        "information has not been completed."
    ),
    differs="A child whose 10th birthday is 31 March itself passes.",
)
def convicted_left_out(
    oc2: pl.LazyFrame, continuously_looked_after: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """An OC2 row without CONVICTED, of a child looked after continuously for the year whose 10th birthday (by
    DOB of the OC2 row) is before 31 March at the end of the year."""
    over_10 = OC2.DOB.birthday(10) < period.end
    return _looked_after(oc2.filter(OC2.CONVICTED.missing & over_10), continuously_looked_after)


@rule(
    "544",
    OC2.CONVICTED,
    *OC2_HEALTH,
    message=(
        "Any child who has conviction information completed must also have immunisation, teeth check, health "
        "assessment and substance misuse problem identified fields completed."
    ),
    differs="Only CONVICTED 1 is looked at, though 0 is conviction information too.",
)
def convicted_without_health_items() -> pl.Expr:
    """An OC2 row with CONVICTED 1 in which IMMUNISATIONS, TEETH_CHECK, HEALTH_ASSESSMENT or SUBSTANCE_MISUSE is
    missing."""
    return OC2.CONVICTED.one_of("1") & any_missing(OC2_HEALTH)


@rule(
    "545",
    *OC2.columns("DOB", "HEALTH_CHECK"),
    message=(
        "Child is aged under 5 at 31 March and has been looked after continuously for 12 months yet health "
        "promotion information has not been completed."
    ),
)
def health_check_left_out(
    oc2: pl.LazyFrame, continuously_looked_after: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """An OC2 row without HEALTH_CHECK, of a child looked after continuously for the year whose 5th birthday (by
    DOB of the OC2 row) is after 31 March at the end of the year."""
    under_5 = OC2.DOB.birthday(5) > period.end
    return _looked_after(oc2.filter(OC2.HEALTH_CHECK.missing & under_5), continuously_looked_after)


@rule(
    "546",
    *OC2.columns("DOB", "HEALTH_CHECK"),
    message="Children aged 5 or over at 31 March should not have health promotion information completed.",
    differs="Only children looked after continuously for the year are checked.",
)
def health_check_over_5(
    oc2: pl.LazyFrame, continuously_looked_after: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """An OC2 row with HEALTH_CHECK present, whatever it holds, of a child looked after continuously for the year
    whose 5th birthday (by DOB of the OC2 row) is on or before 31 March at the end of the year."""
    over_5 = OC2.DOB.birthday(5) <= period.end
    return _looked_after(oc2.filter(OC2.HEALTH_CHECK.present & over_5), continuously_looked_after)


@rule(
    "547",
    OC2.HEALTH_CHECK,
    *OC2_HEALTH,
    message=(
        "Any child who has health promotion information completed must also have immunisation, teeth check, "
        "health assessment and substance misuse problem identified fields completed."
    ),
    differs="Only HEALTH_CHECK 1 is looked at, though 0 is health promotion information too.",
)
def health_check_without_health_items() -> pl.Expr:
    """An OC2 row with HEALTH_CHECK 1 in which IMMUNISATIONS, TEETH_CHECK, HEALTH_ASSESSMENT or SUBSTANCE_MISUSE
    is missing."""
    return OC2.HEALTH_CHECK.one_of("1") & any_missing(OC2_HEALTH)
