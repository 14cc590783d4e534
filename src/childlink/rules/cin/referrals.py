"""Referrals and episodes of need: how they begin, how they close, and what stands in them."""

from __future__ import annotations

from datetime import date

import polars as pl

from childlink.rules.cin.tables import (
    Assessments,
    ChildIdentifiers,
    ChildProtectionPlans,
    CINdetails,
    CINplanDates,
    Section47,
    rule,
    schema,
)
from childlink.rules.cin.vocabulary import (
    FALSE,
    TRUE,
    OtherEpisode,
    any_case,
    both_rows,
    of_one_child,
    of_one_episode,
    outside,
    together,
    working_days_after,
)
from childlink.rules.context import Period

CLOSED_AFTER_ASSESSMENT = ("RC8", "RC9")
"""Reasons for closure: no further action after the assessment, or early help instead."""
REFERRAL_SOURCES = tuple(schema.code_sets["referral_source"])
SOURCES_SINCE = date(2013, 4, 1)
"""Referrals from this day on say who made them."""
LONGEST_PREGNANCY = "280d"


@rule(
    "2990",
    *CINdetails.columns("ReasonForClosure", "DateOfInitialCPC"),
    ChildProtectionPlans.LAchildID,
    CINplanDates.LAchildID,
    Section47.LAchildID,
    message="Activity is recorded against a case marked as ‘Case closed after assessment, no further action’ or "
    "'case closed after assessment, referred to early help'.",
    flags=(ChildProtectionPlans, CINdetails, CINplanDates, Section47),
    key=CINdetails.columns("LAchildID", "CINdetailsID"),
)
def activity_though_closed_after_assessment(
    cin_details: pl.LazyFrame,
    child_protection_plans: pl.LazyFrame,
    section47: pl.LazyFrame,
    cin_plan_dates: pl.LazyFrame,
) -> pl.LazyFrame:
    """A CINdetails row with ReasonForClosure RC8 or RC9 that has a DateOfInitialCPC, or whose episode has a
    ChildProtectionPlans, Section47 or CINplanDates row, whatever its dates. The CINdetails row and every such row
    of the episode are flagged."""
    closed = cin_details.filter(CINdetails.ReasonForClosure.one_of(*CLOSED_AFTER_ASSESSMENT))
    return together(
        closed.filter(CINdetails.DateOfInitialCPC.date.is_not_null()),
        of_one_episode(closed, CINdetails, child_protection_plans, ChildProtectionPlans),
        of_one_episode(closed, CINdetails, section47, Section47),
        of_one_episode(closed, CINdetails, cin_plan_dates, CINplanDates),
    )


@rule(
    "8565",
    *CINdetails.columns("CINclosureDate", "DateOfInitialCPC"),
    *Assessments.columns("AssessmentActualStartDate", "AssessmentAuthorisationDate"),
    *Section47.columns("S47ActualStartDate", "DateOfInitialCPC"),
    ChildProtectionPlans.CPPendDate,
    *CINplanDates.columns("CINPlanStartDate", "CINPlanEndDate"),
    message="Activity shown after a case has been closed",
    key=CINdetails.columns("LAchildID", "CINdetailsID", "CINclosureDate"),
    differs="The reference implementation finds no child protection plans, and in some returns reports nothing at "
    "all; both are mended here.",
)
def activity_after_closure(
    cin_details: pl.LazyFrame,
    assessments: pl.LazyFrame,
    section47: pl.LazyFrame,
    child_protection_plans: pl.LazyFrame,
    cin_plan_dates: pl.LazyFrame,
) -> pl.LazyFrame:
    """A CINdetails row with a date later than its CINclosureDate: its own DateOfInitialCPC, or, in a row of the same
    episode, AssessmentActualStartDate or AssessmentAuthorisationDate (Assessments), S47ActualStartDate or
    DateOfInitialCPC (Section47), CPPendDate (ChildProtectionPlans), CINPlanStartDate or CINPlanEndDate
    (CINplanDates). The CINdetails row and each row with such a date are flagged. The day of the closure passes."""
    closure = CINdetails.CINclosureDate.date
    return together(
        cin_details.filter(CINdetails.DateOfInitialCPC.date > closure),
        of_one_episode(cin_details, CINdetails, assessments, Assessments).filter(
            (Assessments.AssessmentActualStartDate.date > closure)
            | (Assessments.AssessmentAuthorisationDate.date > closure)
        ),
        of_one_episode(cin_details, CINdetails, section47, Section47).filter(
            (Section47.S47ActualStartDate.date > closure) | (Section47.DateOfInitialCPC.date > closure)
        ),
        of_one_episode(cin_details, CINdetails, child_protection_plans, ChildProtectionPlans).filter(
            ChildProtectionPlans.CPPendDate.date > closure
        ),
        of_one_episode(cin_details, CINdetails, cin_plan_dates, CINplanDates).filter(
            (CINplanDates.CINPlanStartDate.date > closure) | (CINplanDates.CINPlanEndDate.date > closure)
        ),
    )


@rule("8568", CINdetails.ReferralNFA, message="RNFA flag is missing or invalid")
def no_further_action_not_said() -> pl.Expr:
    """A CINdetails row whose ReferralNFA is missing or is not true, false, 1 or 0, in capitals or small letters."""
    return ~any_case(CINdetails.ReferralNFA, "TRUE", "FALSE", "1", "0")


@rule(
    "8569Q",
    *CINdetails.columns("CINreferralDate", "ReferralNFA"),
    message="A case with referral date before one working day prior to the collection start date must not be flagged "
    "as a no further action case",
    severity="query",
    key=CINdetails.columns("LAchildID", "CINdetailsID", "CINreferralDate"),
    differs="Referrals are looked at up to the first working day of the census year, not only up to one working day "
    "before it, and a ReferralNFA that is missing or written False is queried too.",
)
def early_referral_without_action(period: Period) -> pl.Expr:
    """A CINdetails row whose CINreferralDate is before the first working day of the census year, and whose
    ReferralNFA is not exactly false or 0. The census year ends on the ReferenceDate of the first Header row; nothing
    is flagged without one."""
    first_working_day = working_days_after(pl.lit(period.start), 0)
    return (CINdetails.CINreferralDate.date < first_working_day) & ~CINdetails.ReferralNFA.one_of(*FALSE)


@rule(
    "8590",
    ChildIdentifiers.LAchildID,
    message="Child does not have a recorded CIN episode.",
    key=(ChildIdentifiers.LAchildID,),
)
def child_without_an_episode(child_identifiers: pl.LazyFrame, cin_details: pl.LazyFrame) -> pl.LazyFrame:
    """A ChildIdentifiers row whose LAchildID is on no CINdetails row. A missing LAchildID is met by a missing one."""
    return of_one_child(child_identifiers, ChildIdentifiers, cin_details, CINdetails, how="anti")


@rule(
    "8600", CINdetails.CINreferralDate, message="Child referral date missing or after data collection period"
)
def referred_on_no_day_or_late(period: Period | None = None) -> pl.Expr:
    """A CINdetails row whose CINreferralDate is missing, or is later than the ReferenceDate of the first Header row.
    Without a ReferenceDate only missing dates are flagged."""
    referred = CINdetails.CINreferralDate.date
    return referred.is_null() if period is None else referred.is_null() | (referred > period.end)


@rule(
    "8606",
    CINdetails.CINreferralDate,
    *ChildIdentifiers.columns("PersonBirthDate", "ExpectedPersonBirthDate"),
    message="Child referral date is more than 40 weeks before DOB or expected DOB",
    key=CINdetails.columns("LAchildID", "CINreferralDate"),
)
def referred_before_conception(cin_details: pl.LazyFrame, child_identifiers: pl.LazyFrame) -> pl.LazyFrame:
    """A CINdetails row and a ChildIdentifiers row of the same child where CINreferralDate is more than 280 days
    before PersonBirthDate or more than 280 days before ExpectedPersonBirthDate. Both rows are flagged."""
    births = ChildIdentifiers.columns("PersonBirthDate", "ExpectedPersonBirthDate")
    return of_one_child(cin_details, CINdetails, child_identifiers, ChildIdentifiers).filter(
        pl.any_horizontal(
            CINdetails.CINreferralDate.date < b.date.dt.offset_by(f"-{LONGEST_PREGNANCY}") for b in births
        )
    )


@rule(
    "8610",
    *CINdetails.columns("ReferralNFA", "PrimaryNeedCode"),
    message="Primary Need code is missing for a referral which led to further action.",
    key=CINdetails.columns("LAchildID", "CINdetailsID"),
)
def led_on_without_a_need() -> pl.Expr:
    """A CINdetails row whose ReferralNFA is exactly false or 0 and whose PrimaryNeedCode is missing."""
    return CINdetails.ReferralNFA.one_of(*FALSE) & CINdetails.PrimaryNeedCode.missing


@rule(
    "8620",
    CINdetails.CINclosureDate,
    message="CIN Closure Date present and does not fall within the Census year",
)
def closed_in_another_year(period: Period | None = None) -> pl.Expr:
    """A CINdetails row whose CINclosureDate lies before or after the census year, which ends on the ReferenceDate of
    the first Header row; without one, every row with a CINclosureDate."""
    return outside(CINdetails.CINclosureDate.date, period)


@rule(
    "8630",
    *CINdetails.columns("CINreferralDate", "CINclosureDate"),
    message="CIN Closure Date is before CIN Referral Date for the same CIN episode",
    key=CINdetails.columns("LAchildID", "CINreferralDate", "CINclosureDate"),
)
def closed_before_the_referral() -> pl.Expr:
    """A CINdetails row whose CINclosureDate is earlier than its CINreferralDate. The same day passes."""
    return CINdetails.CINclosureDate.date < CINdetails.CINreferralDate.date


@rule(
    "8805",
    *CINdetails.columns("CINclosureDate", "ReasonForClosure"),
    message="A CIN case cannot have a CIN closure date without a Reason for Closure",
    key=CINdetails.columns("LAchildID", "CINclosureDate", "ReasonForClosure"),
)
def closed_without_a_reason() -> pl.Expr:
    """A CINdetails row with a CINclosureDate and without a ReasonForClosure."""
    return CINdetails.CINclosureDate.date.is_not_null() & CINdetails.ReasonForClosure.missing


@rule(
    "8810",
    *CINdetails.columns("ReasonForClosure", "CINclosureDate"),
    message="A CIN case cannot have a Reason for Closure without a CIN Closure Date",
    key=CINdetails.columns("LAchildID", "ReasonForClosure", "CINdetailsID"),
)
def reason_without_a_closure() -> pl.Expr:
    """A CINdetails row with a ReasonForClosure, whatever it says, and without a CINclosureDate that can be read."""
    return CINdetails.ReasonForClosure.present & CINdetails.CINclosureDate.date.is_null()


@rule(
    "8815",
    *CINdetails.columns("ReferralNFA", "CINclosureDate"),
    message="More than one open CIN Details episode (a module with no CIN Closure Date) has been provided for this "
    "child and case is not a referral with no further action.",
    key=CINdetails.columns("LAchildID", "CINdetailsID"),
    differs="Once a child has two open episodes that led on, its open referrals without further action are flagged "
    "with them, which the message leaves out.",
)
def several_open_episodes() -> pl.Expr:
    """A CINdetails row without a CINclosureDate, whatever its ReferralNFA, of a child with two or more CINdetails
    rows that have no CINclosureDate and a ReferralNFA of exactly false or 0; and any other row with the LAchildID
    and CINdetailsID of such a row. Rows without an LAchildID are not counted."""
    child, still_open = CINdetails.LAchildID, CINdetails.CINclosureDate.date.is_null()
    led_on = CINdetails.ReferralNFA.one_of(*FALSE)
    several = (still_open & led_on).sum().over(child.text) > 1
    return child.present & several & still_open.any().over(child.text, CINdetails.CINdetailsID.text)


@rule(
    "8816",
    *CINdetails.columns("CINreferralDate", "ReferralNFA"),
    message="An open CIN episode is shown and case is not a referral with no further action, but it is not the "
    "latest episode.",
    key=CINdetails.columns("LAchildID", "CINdetailsID", "CINreferralDate"),
)
def open_but_not_the_latest(cin_details: pl.LazyFrame) -> pl.LazyFrame:
    """A CINdetails row without a CINclosureDate and with a ReferralNFA of exactly false or 0 that is not the child's
    latest: the row with the latest CINreferralDate, of several the first in the file. The row and the latest one
    are flagged. Rows without a CINreferralDate or an LAchildID take no part."""
    child, referred = CINdetails.LAchildID, CINdetails.CINreferralDate.date
    dated = cin_details.filter(child.present, referred.is_not_null())
    latest = dated.sort(referred, CINdetails.row, descending=[True, False]).unique(
        child.key, keep="first", maintain_order=True
    )
    left_open = dated.filter(CINdetails.CINclosureDate.date.is_null(), CINdetails.ReferralNFA.one_of(*FALSE))
    pairs = of_one_child(left_open, CINdetails, CINdetails.renamed(latest, OtherEpisode), OtherEpisode)
    return both_rows(pairs.filter(CINdetails.row != OtherEpisode.row), CINdetails, OtherEpisode)


@rule(
    "8820",
    *CINdetails.columns("CINreferralDate", "CINclosureDate"),
    message="The dates on the CIN episodes for this child overlap",
    key=(*CINdetails.columns("LAchildID", "CINdetailsID"), OtherEpisode.CINdetailsID),
)
def episodes_overlap(cin_details: pl.LazyFrame, period: Period | None = None) -> pl.LazyFrame:
    """Two CINdetails rows of the same child, of which the one begins (CINreferralDate) on or after the day on which
    the other does, and either before the other's CINclosureDate, or, where the other has none and a ReferralNFA of
    false or 0 in capitals or small letters, before the ReferenceDate of the first Header row. Both rows are flagged.
    A start on the day on which the other closes passes. Rows without an LAchildID are taken as of one child."""
    referred, other_closed = CINdetails.CINreferralDate.date, OtherEpisode.CINclosureDate.date
    others = CINdetails.renamed(cin_details, OtherEpisode)
    pairs = of_one_child(cin_details, CINdetails, others, OtherEpisode).filter(
        CINdetails.row != OtherEpisode.row, referred >= OtherEpisode.CINreferralDate.date
    )
    overlap = referred < other_closed
    if period is not None:
        led_on = any_case(OtherEpisode.ReferralNFA, "FALSE", "0")
        overlap = overlap | (other_closed.is_null() & led_on & (referred < period.end))
    return both_rows(pairs.filter(overlap), CINdetails, OtherEpisode)


@rule(
    "8825Q",
    CINdetails.ReasonForClosure,
    message="Please check and either amend data or provide a reason: Reason for Closure code RC8 (case closed after "
    "assessment) or RC9 (case closed after assessment, referred to early help) has been returned but there is no "
    "assessment present for the episode.",
    severity="query",
    key=CINdetails.columns("LAchildID", "CINdetailsID"),
)
def closed_after_no_assessment(cin_details: pl.LazyFrame, assessments: pl.LazyFrame) -> pl.LazyFrame:
    """A CINdetails row with ReasonForClosure exactly RC8 or RC9 whose episode has no Assessments row."""
    closed = cin_details.filter(CINdetails.ReasonForClosure.one_of(*CLOSED_AFTER_ASSESSMENT))
    return of_one_episode(closed, CINdetails, assessments, Assessments, how="anti")


@rule(
    "8831",
    CINdetails.DateOfInitialCPC,
    *Assessments.columns("LAchildID", "AssessmentActualStartDate", "AssessmentAuthorisationDate"),
    *Section47.columns("LAchildID", "S47ActualStartDate", "DateOfInitialCPC"),
    message="Activity is recorded against a case marked as a referral with no further action",
    key=CINdetails.columns("LAchildID", "CINdetailsID"),
    differs="A conference date that stands in Section47 is not activity here; only that of CINdetails is.",
)
def activity_though_no_further_action(
    cin_details: pl.LazyFrame, section47: pl.LazyFrame, assessments: pl.LazyFrame
) -> pl.LazyFrame:
    """A CINdetails row whose ReferralNFA is exactly true or 1, with activity: a DateOfInitialCPC of its own, when
    every Section47 row of the episode is flagged with it; a Section47 row of the episode with an S47ActualStartDate,
    or an Assessments row of it with an AssessmentActualStartDate or AssessmentAuthorisationDate, each flagged
    with it."""
    no_action = cin_details.filter(CINdetails.ReferralNFA.one_of(*TRUE))
    conference = no_action.filter(CINdetails.DateOfInitialCPC.date.is_not_null())
    begun = section47.filter(Section47.S47ActualStartDate.date.is_not_null())
    assessed = assessments.filter(
        Assessments.AssessmentActualStartDate.date.is_not_null()
        | Assessments.AssessmentAuthorisationDate.date.is_not_null()
    )
    return together(
        of_one_episode(conference, CINdetails, section47, Section47, how="left"),
        of_one_episode(no_action, CINdetails, begun, Section47),
        of_one_episode(no_action, CINdetails, assessed, Assessments),
    )


@rule(
    "8866",
    *CINdetails.columns("CINreferralDate", "ReferralSource"),
    message="Source of Referral is missing or an invalid code",
    key=CINdetails.columns("LAchildID", "CINreferralDate"),
)
def referred_by_no_known_source() -> pl.Expr:
    """A CINdetails row whose CINreferralDate is on or after 1 April 2013, and whose ReferralSource is missing or is
    not exactly one of 1A, 1B, 1C, 1D, 2A, 2B, 3A, 3B, 3C, 3D, 3E, 3F, 4, 5A, 5B, 5C, 5D, 6, 7, 8, 9, 10."""
    known = CINdetails.ReferralSource.one_of(*REFERRAL_SOURCES)
    return (CINdetails.CINreferralDate.date >= SOURCES_SINCE) & ~known


@rule(
    "8867",
    CINdetails.CINclosureDate,
    Assessments.AssessmentAuthorisationDate,
    message="CIN episode is shown as closed, however Assessment is not shown as completed",
    key=CINdetails.columns("LAchildID", "CINdetailsID", "CINclosureDate"),
)
def closed_before_the_assessment_ends(cin_details: pl.LazyFrame, assessments: pl.LazyFrame) -> pl.LazyFrame:
    """A CINdetails row with a CINclosureDate and each Assessments row of the same episode without an
    AssessmentAuthorisationDate. Both rows are flagged."""
    closed = cin_details.filter(CINdetails.CINclosureDate.date.is_not_null())
    unfinished = assessments.filter(Assessments.AssessmentAuthorisationDate.date.is_null())
    return of_one_episode(closed, CINdetails, unfinished, Assessments)


@rule(
    "8868",
    Section47.ICPCnotRequired,
    CINdetails.CINclosureDate,
    Section47.DateOfInitialCPC,
    message="CIN episode is shown as closed, however Section 47 enquiry is not shown as completed by ICPC date or "
    "ICPC not required flag",
    key=CINdetails.columns("LAchildID", "CINdetailsID"),
    differs="An enquiry with both a conference date and a conference not required is flagged too, which the message "
    "does not say.",
)
def closed_before_the_enquiry_ends(cin_details: pl.LazyFrame, section47: pl.LazyFrame) -> pl.LazyFrame:
    """A CINdetails row with a CINclosureDate and each Section47 row of the same episode that has neither a
    DateOfInitialCPC nor an ICPCnotRequired of exactly true or 1, or that has both. Both rows are flagged."""
    closed = cin_details.filter(CINdetails.CINclosureDate.date.is_not_null())
    conference, not_required = Section47.DateOfInitialCPC, Section47.ICPCnotRequired
    unsettled = section47.filter(conference.date.is_not_null() == not_required.one_of(*TRUE))
    return of_one_episode(closed, CINdetails, unsettled, Section47)
