"""Assessments and the factors found at them."""

from __future__ import annotations

import polars as pl

from childlink.rules.cin.tables import AssessmentFactorsList, Assessments, CINdetails, Section47, rule, schema
from childlink.rules.cin.vocabulary import (
    any_case,
    both_rows,
    codes_in,
    of_one_episode,
    outside,
    working_days_after,
)
from childlink.rules.context import Period
from childlink.rules.expressions import joined

FACTORS = tuple(schema.code_sets["assessment_factors"])
"""The codes of factors that an assessment may find, as the DfE lists them in every year."""

OtherAssessment = Assessments.named("other")


def among_others(code: str) -> pl.Expr:
    """True where AssessmentFactors holds ``code`` (in capitals or not) and at least one more; never null."""
    codes = codes_in(Assessments.AssessmentFactors)
    held = codes.list.eval(pl.element().str.to_uppercase()).list.contains(code)
    return (held & (codes.list.len() > 1)).fill_null(value=False)


def of_one_assessment(assessments: pl.LazyFrame, factors: pl.LazyFrame) -> pl.LazyFrame:
    """Each Assessments row beside each AssessmentFactorsList row of the same child, episode and
    assessment."""
    ids = ("LAchildID", "CINdetailsID", "AssessmentID")
    on = zip(Assessments.columns(*ids), AssessmentFactorsList.columns(*ids), strict=True)
    return joined(assessments, factors, *on)


@rule(
    "1103",
    Assessments.AssessmentActualStartDate,
    CINdetails.CINreferralDate,
    message="The assessment start date cannot be before the referral date",
    key=(Assessments.LAchildID, Assessments.AssessmentActualStartDate, CINdetails.CINreferralDate),
)
def started_before_the_referral(assessments: pl.LazyFrame, cin_details: pl.LazyFrame) -> pl.LazyFrame:
    """An Assessments row and a CINdetails row of the same episode where AssessmentActualStartDate is earlier
    than CINreferralDate. Both rows are flagged; the same day passes."""
    return of_one_episode(assessments, Assessments, cin_details, CINdetails).filter(
        Assessments.AssessmentActualStartDate.date < CINdetails.CINreferralDate.date
    )


@rule(
    "2991Q",
    *Section47.columns("LAchildID", "CINdetailsID"),
    message=(
        "Please check and either amend data or provide a reason: A Section 47 module is recorded and there is "
        "no assessment on the episode"
    ),
    severity="query",
    key=Section47.columns("LAchildID", "CINdetailsID"),
)
def none_beside_an_enquiry(section47: pl.LazyFrame, assessments: pl.LazyFrame) -> pl.LazyFrame:
    """A Section47 row for whose episode there is no Assessments row, whatever the rows hold."""
    return of_one_episode(section47, Section47, assessments, Assessments, how="anti")


@rule(
    "8608",
    *Assessments.columns("AssessmentActualStartDate", "AssessmentAuthorisationDate"),
    message="Assessment Start Date cannot be later than its End Date",
    key=Assessments.columns("LAchildID", "AssessmentActualStartDate", "AssessmentAuthorisationDate"),
)
def ended_before_its_start() -> pl.Expr:
    """An Assessments row whose AssessmentActualStartDate is later than its AssessmentAuthorisationDate. The
    same day passes."""
    return Assessments.AssessmentActualStartDate.date > Assessments.AssessmentAuthorisationDate.date


@rule(
    "8614",
    *Assessments.columns("AssessmentAuthorisationDate", "AssessmentFactors"),
    message="Parental or child factors at assessment should only be present for a completed assessment.",
    key=Assessments.columns("LAchildID", "AssessmentAuthorisationDate", "AssessmentFactors"),
    differs=(
        "The reference implementation breaks on factors read from an XML return, and then reports nothing."
    ),
)
def factors_of_an_unfinished_assessment() -> pl.Expr:
    """An Assessments row whose AssessmentAuthorisationDate is missing while its AssessmentFactors is
    present, whatever the factors are."""
    return Assessments.AssessmentAuthorisationDate.date.is_null() & Assessments.AssessmentFactors.present


@rule(
    "8670Q",
    *Assessments.columns("AssessmentActualStartDate", "AssessmentAuthorisationDate"),
    message=(
        "Please check and either amend data or provide a reason: Assessment started more than 45 working days "
        "before the end of the census year. However, there is no Assessment end date."
    ),
    severity="query",
    key=Assessments.columns("LAchildID", "AssessmentActualStartDate"),
    differs="The last day of the census year counts as the first of the 45 working days.",
)
def unfinished_for_45_working_days(period: Period) -> pl.Expr:
    """An Assessments row whose AssessmentAuthorisationDate is missing and whose AssessmentActualStartDate is
    earlier than the day 44 working days before ReferenceDate (or before the next working day, where
    ReferenceDate is none). That day itself passes. Working days are Monday to Friday less the bank holidays
    of England."""
    return Assessments.AssessmentAuthorisationDate.date.is_null() & (
        Assessments.AssessmentActualStartDate.date < working_days_after(pl.lit(period.end), -44)
    )


@rule(
    "8696",
    Assessments.AssessmentAuthorisationDate,
    message="Assessment end date must fall within the census year",
)
def ended_outside_the_year(period: Period) -> pl.Expr:
    """An Assessments row whose AssessmentAuthorisationDate is present and before the census year or after
    it. The first day of the year and ReferenceDate itself pass."""
    return outside(Assessments.AssessmentAuthorisationDate.date, period)


@rule(
    "8736",
    *Assessments.columns("AssessmentAuthorisationDate", "AssessmentActualStartDate"),
    message="For an Assessment that has not been completed, the start date must fall within the census year",
    key=Assessments.columns("LAchildID", "CINdetailsID", "AssessmentActualStartDate"),
)
def unfinished_and_not_started_in_the_year(period: Period | None = None) -> pl.Expr:
    """An Assessments row whose CINdetailsID is present, whose AssessmentAuthorisationDate is missing, and
    whose AssessmentActualStartDate is missing or not within the census year. Without a ReferenceDate no date
    is within it, and every such row without AssessmentAuthorisationDate is flagged."""
    start = Assessments.AssessmentActualStartDate.date
    return (
        Assessments.CINdetailsID.present
        & Assessments.AssessmentAuthorisationDate.date.is_null()
        & (start.is_null() | outside(start, period))
    )


@rule(
    "8863Q",
    *Assessments.columns("AssessmentActualStartDate", "AssessmentAuthorisationDate"),
    message="An Assessment is shown as starting when there is another Assessment ongoing.",
    severity="query",
    key=Assessments.columns("LAchildID", "CINdetailsID", "AssessmentActualStartDate"),
    differs="Two assessments of an episode with the same start and end dates are taken for one, and pass.",
)
def started_during_another(assessments: pl.LazyFrame, period: Period | None = None) -> pl.LazyFrame:
    """Two Assessments rows of the same episode where one starts on or after the start of the other, and on
    or before the AssessmentAuthorisationDate of the other or, where the other has none, on or before
    ReferenceDate. Both rows are flagged. Two rows with the same AssessmentActualStartDate and the same
    AssessmentAuthorisationDate (or both without one) are not compared."""
    other = OtherAssessment
    right = Assessments.renamed(assessments, other)
    pairs = of_one_episode(assessments, Assessments, right, other)
    start, other_start = Assessments.AssessmentActualStartDate.date, other.AssessmentActualStartDate.date
    end, other_end = Assessments.AssessmentAuthorisationDate.date, other.AssessmentAuthorisationDate.date
    one_and_the_same = (start == other_start) & end.eq_missing(other_end)
    last_day = other_end.fill_null(pl.lit(period.end if period else None, dtype=pl.Date))
    return both_rows(
        pairs.filter(~one_and_the_same & (start >= other_start) & (start <= last_day)), Assessments, other
    )


@rule(
    "8869",
    Assessments.AssessmentFactors,
    message=(
        "The assessment factors code “21” cannot be used in conjunction with any other assessment factors."
    ),
    differs=(
        "The reference implementation knows one code a row, and so finds nothing in an XML return; here an "
        "assessment that has 21 among other codes is flagged too."
    ),
)
def no_factors_beside_factors() -> pl.Expr:
    """An Assessments row whose AssessmentFactors has the code 21 and another; or whose AssessmentFactors is
    not just 21 (or is missing), while that of another row of the same episode with the same
    AssessmentAuthorisationDate is (missing equals missing). The row with just 21 passes."""
    just_21 = Assessments.AssessmentFactors.one_of("21")
    episode = Assessments.columns("LAchildID", "CINdetailsID")
    beside_21 = just_21.any().over(*(c.text for c in episode), Assessments.AssessmentAuthorisationDate.date)
    return (~just_21 & beside_21) | among_others("21")


@rule(
    "8873Q",
    CINdetails.ReasonForClosure,
    Assessments.AssessmentFactors,
    message=(
        "Please check and either amend data or provide a reason: When there is only one assessment on the "
        "episode and the factors code “21 No factors identified” has been used for the completed assessment, "
        "the reason for closure ‘RC8’ or 'RC9' should be used."
    ),
    severity="query",
    flags=(Assessments, CINdetails),
    key=(
        *Assessments.columns("LAchildID", "CINdetailsID", "AssessmentID"),
        CINdetails.ReasonForClosure,
    ),
    differs=(
        "Whether the assessment is completed is not looked at, so that episodes still open are asked about; "
        "nor whether there are other factors."
    ),
)
def no_factors_but_not_closed_after_assessment(
    assessments: pl.LazyFrame, assessment_factors_list: pl.LazyFrame, cin_details: pl.LazyFrame
) -> pl.LazyFrame:
    """The only assessment of an episode (no other Assessments row has another AssessmentID; its own is
    present) with an AssessmentFactorsList row whose AssessmentFactor has 21 anywhere in it, where
    ReasonForClosure of the episode is missing or neither RC8 nor RC9, or there is no CINdetails row of the
    episode. The Assessments row is flagged, and the CINdetails row where there is one."""
    ids = Assessments.AssessmentID.text.n_unique().over(
        *(c.text for c in Assessments.columns("LAchildID", "CINdetailsID"))
    )
    only = assessments.filter((ids == 1) & Assessments.AssessmentID.present)
    no_factors = assessment_factors_list.filter(
        AssessmentFactorsList.AssessmentFactor.text.str.contains("21", literal=True)
    )
    return of_one_episode(
        of_one_assessment(only, no_factors), Assessments, cin_details, CINdetails, how="left"
    ).filter(~CINdetails.ReasonForClosure.one_of("RC8", "RC9"))


@rule(
    "8896",
    Assessments.AssessmentAuthorisationDate,
    message="Within one CINDetails group there are 2 or more open Assessments groups",
    key=Assessments.columns("LAchildID", "CINdetailsID"),
    differs="The completed assessments of such an episode are reported with the open ones.",
)
def two_unfinished_in_one_episode() -> pl.Expr:
    """Every Assessments row of an episode in which two or more Assessments rows have no
    AssessmentAuthorisationDate. Rows without LAchildID or CINdetailsID pass."""
    episode = Assessments.columns("LAchildID", "CINdetailsID")
    unfinished = Assessments.AssessmentAuthorisationDate.date.is_null().sum().over(*(c.text for c in episode))
    return (unfinished >= 2) & pl.all_horizontal(c.present for c in episode)


@rule(
    "8897Q",
    *Assessments.columns("AssessmentAuthorisationDate", "AssessmentFactors"),
    message="Parental or child factors at assessment information is missing from a completed assessment",
    severity="query",
    key=Assessments.columns("LAchildID", "AssessmentID", "AssessmentFactors"),
    differs=(
        "A code that does not exist is reported too, and so are assessments with the same running number in "
        "other episodes of the child."
    ),
)
def completed_without_factors(
    assessments: pl.LazyFrame, assessment_factors_list: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """An Assessments row whose AssessmentAuthorisationDate is on or after the first day of the census year,
    where AssessmentFactors is missing, or there is no AssessmentFactorsList row of the same LAchildID and
    AssessmentID (of whatever episode), or the AssessmentFactor of one of them is missing or not a code of a
    factor."""
    factors = AssessmentFactorsList
    on = zip(
        Assessments.columns("LAchildID", "AssessmentID"),
        factors.columns("LAchildID", "AssessmentID"),
        strict=True,
    )
    completed = assessments.filter(Assessments.AssessmentAuthorisationDate.date >= period.start)
    return joined(completed, assessment_factors_list, *on, how="left").filter(
        Assessments.AssessmentFactors.missing | ~factors.AssessmentFactor.one_of(*FACTORS)
    )


@rule(
    "8898",
    Assessments.AssessmentFactors,
    message=" The assessment has more than one parental or child factors with the same code",
    key=Assessments.columns("LAchildID", "AssessmentID", "AssessmentFactors"),
    differs=(
        "The reference implementation breaks on factors read from an XML return, and then reports nothing."
    ),
)
def factor_twice(assessments: pl.LazyFrame, assessment_factors_list: pl.LazyFrame) -> pl.LazyFrame:
    """An Assessments row with two or more AssessmentFactorsList rows of the same child, episode and
    assessment that hold the same AssessmentFactor (or none, both of them). Where two Assessments rows share
    all three ids, one AssessmentFactorsList row counts for each and so twice."""
    ids = Assessments.columns("LAchildID", "CINdetailsID", "AssessmentID")
    times = pl.len().over(*(c.text for c in ids), AssessmentFactorsList.AssessmentFactor.text)
    return of_one_assessment(assessments, assessment_factors_list).filter(times >= 2)


@rule(
    "8945Q",
    Assessments.AssessmentFactors,
    message=(
        "Please check and either amend data or provide a reason: the assessment factors code '18A' should not "
        "be used ('18B' or '18C' should be used instead)"
    ),
    severity="query",
    since="2024-25",
    differs=(
        "The reference implementation finds nothing in an XML return; here 18A among other codes counts too."
    ),
)
def physical_abuse_without_a_kind() -> pl.Expr:
    """An Assessments row whose AssessmentFactors is 18A, or has it among others, in capitals or small
    letters."""
    return any_case(Assessments.AssessmentFactors, "18A") | among_others("18A")


@rule(
    "8950Q",
    Assessments.AssessmentFactors,
    message=(
        "Please check and either amend data or provide a reason: the assessment factors code '19A' should not "
        "be used ('19B' or '19C' should be used instead)"
    ),
    severity="query",
    since="2024-25",
    differs=(
        "The reference implementation finds nothing in an XML return; here 19A among other codes counts too."
    ),
)
def sexual_abuse_without_a_kind() -> pl.Expr:
    """An Assessments row whose AssessmentFactors is 19A, or has it among others, in capitals or small
    letters."""
    return any_case(Assessments.AssessmentFactors, "19A") | among_others("19A")
