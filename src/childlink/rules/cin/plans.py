"""Child in need plans."""

from __future__ import annotations

import polars as pl

from childlink.rules.cin.tables import (
    ChildIdentifiers,
    ChildProtectionPlans,
    CINdetails,
    CINplanDates,
    Reviews,
    rule,
)
from childlink.rules.cin.vocabulary import (
    TRUE,
    both_rows,
    of_one_child,
    of_one_episode,
    outside,
)
from childlink.rules.context import Period
from childlink.rules.expressions import joined

OtherPlan = CINplanDates.named("other")
"""A second copy of CINplanDates, for the rule that compares a child's plans."""


@rule(
    "4000",
    CINdetails.ReferralNFA,
    CINplanDates.LAchildID,
    message="CIN Plan details provided for a referral with no further action",
    flags=(CINplanDates, CINdetails),
    key=CINdetails.columns("LAchildID", "CINdetailsID"),
)
def plan_though_no_further_action(cin_details: pl.LazyFrame, cin_plan_dates: pl.LazyFrame) -> pl.LazyFrame:
    """A CINdetails row whose ReferralNFA is exactly true or 1 and each CINplanDates row of the same episode, whatever
    its dates. Both rows are flagged."""
    no_action = cin_details.filter(CINdetails.ReferralNFA.one_of(*TRUE))
    return of_one_episode(no_action, CINdetails, cin_plan_dates, CINplanDates)


@rule(
    "4001",
    CINplanDates.CINPlanEndDate,
    ChildProtectionPlans.CPPendDate,
    message="A CIN Plan cannot run concurrently with a Child Protection Plan",
    flags=(ChildProtectionPlans, CINplanDates),
    key=CINplanDates.columns("LAchildID", "CINdetailsID"),
)
def open_beside_protection(
    child_protection_plans: pl.LazyFrame, cin_plan_dates: pl.LazyFrame
) -> pl.LazyFrame:
    """A ChildProtectionPlans row without a CPPendDate and a CINplanDates row of the same episode with a
    CINPlanStartDate and without a CINPlanEndDate. Both rows are flagged."""
    protected = child_protection_plans.filter(ChildProtectionPlans.CPPendDate.date.is_null())
    begun, ended = CINplanDates.CINPlanStartDate.date, CINplanDates.CINPlanEndDate.date
    left_open = cin_plan_dates.filter(begun.is_not_null(), ended.is_null())
    return of_one_episode(protected, ChildProtectionPlans, left_open, CINplanDates)


@rule(
    "4003",
    *CINplanDates.columns("CINPlanStartDate", "CINPlanEndDate"),
    Reviews.CPPreviewDate,
    ChildProtectionPlans.CPPendDate,
    message="A CPP review date is shown as being held at the same time as an open CIN Plan.",
    flags=(ChildProtectionPlans, CINplanDates, Reviews),
    key=Reviews.columns("LAchildID", "CPPreviewDate"),
    differs="CIN plans and child protection plans without an end date are not looked at, and those of all the "
    "child's episodes are compared, although the rule is meant for one episode and for open plans.",
)
def review_during_a_plan(
    child_protection_plans: pl.LazyFrame, reviews: pl.LazyFrame, cin_plan_dates: pl.LazyFrame
) -> pl.LazyFrame:
    """A ChildProtectionPlans row, a Reviews row of the same child and CPPID, and a CINplanDates row of the same child
    where CPPreviewDate is on or after CINPlanStartDate and before CINPlanEndDate, and CPPendDate is present and is
    another day than CPPreviewDate. All three rows are flagged. CINdetailsID is not looked at."""
    plan, review = ChildProtectionPlans, Reviews
    reviewed = joined(
        child_protection_plans,
        reviews,
        (plan.LAchildID, review.LAchildID),
        (plan.CPPID, review.CPPID),
    ).filter(review.CPPreviewDate.date != plan.CPPendDate.date)
    held = review.CPPreviewDate.date
    return of_one_child(reviewed, review, cin_plan_dates, CINplanDates).filter(
        held >= CINplanDates.CINPlanStartDate.date, held < CINplanDates.CINPlanEndDate.date
    )


@rule(
    "4004",
    CINplanDates.CINPlanEndDate,
    message="This child is showing more than one open CIN Plan, i.e. with no End Date",
    key=CINplanDates.columns("LAchildID", "CINdetailsID"),
    differs="The plans of the episode that have ended are flagged with the open ones.",
)
def several_open_plans() -> pl.Expr:
    """A CINplanDates row, ended or not, of an episode that has two or more CINplanDates rows without a
    CINPlanEndDate. Rows without an LAchildID or a CINdetailsID are not looked at."""
    child, episode = CINplanDates.LAchildID, CINplanDates.CINdetailsID
    still_open = CINplanDates.CINPlanEndDate.date.is_null()
    several = still_open.sum().over(child.text, episode.text) > 1
    return child.present & episode.present & several


@rule(
    "4008",
    ChildIdentifiers.PersonDeathDate,
    CINplanDates.CINPlanStartDate,
    message="CIN Plan shown as starting after the child’s Date of Death.",
    key=ChildIdentifiers.columns("LAchildID", "PersonDeathDate"),
)
def starts_after_death(child_identifiers: pl.LazyFrame, cin_plan_dates: pl.LazyFrame) -> pl.LazyFrame:
    """A ChildIdentifiers row and a CINplanDates row of the same child where CINPlanStartDate is later than
    PersonDeathDate. Both rows are flagged; the same day passes."""
    return of_one_child(child_identifiers, ChildIdentifiers, cin_plan_dates, CINplanDates).filter(
        CINplanDates.CINPlanStartDate.date > ChildIdentifiers.PersonDeathDate.date
    )


@rule(
    "4009Q",
    ChildIdentifiers.PersonDeathDate,
    CINplanDates.CINPlanEndDate,
    message="CIN Plan cannot end after the child’s Date of Death",
    severity="query",
    key=ChildIdentifiers.columns("LAchildID", "PersonDeathDate"),
)
def ends_after_death(child_identifiers: pl.LazyFrame, cin_plan_dates: pl.LazyFrame) -> pl.LazyFrame:
    """A ChildIdentifiers row and a CINplanDates row of the same child where CINPlanEndDate is later than
    PersonDeathDate. Both rows are flagged; the same day passes, and so does an open plan."""
    return of_one_child(child_identifiers, ChildIdentifiers, cin_plan_dates, CINplanDates).filter(
        CINplanDates.CINPlanEndDate.date > ChildIdentifiers.PersonDeathDate.date
    )


@rule(
    "4010",
    CINplanDates.CINPlanStartDate,
    message="CIN Plan start date is missing or out of data collection period",
    differs="Only a start after the census year is flagged, not one before it, although the message speaks of the "
    "whole period.",
)
def starts_on_no_day_or_late(period: Period | None = None) -> pl.Expr:
    """A CINplanDates row whose CINPlanStartDate is missing, or is later than the ReferenceDate of the first Header
    row. Without a ReferenceDate only missing dates are flagged."""
    begun = CINplanDates.CINPlanStartDate.date
    return begun.is_null() if period is None else begun.is_null() | (begun > period.end)


@rule(
    "4011",
    *CINplanDates.columns("CINPlanEndDate", "CINPlanStartDate"),
    message="CIN Plan End Date earlier than Start Date",
    key=CINplanDates.columns("LAchildID", "CINPlanEndDate", "CINPlanStartDate"),
)
def ends_before_it_starts() -> pl.Expr:
    """A CINplanDates row whose CINPlanEndDate is earlier than its CINPlanStartDate. The same day passes."""
    return CINplanDates.CINPlanEndDate.date < CINplanDates.CINPlanStartDate.date


@rule(
    "4012Q",
    *CINplanDates.columns("CINPlanStartDate", "CINPlanEndDate"),
    message="Please check and either amend or provide a reason: CIN Plan shown as starting and ending on the same "
    "day",
    severity="query",
    key=CINplanDates.columns("LAchildID", "CINPlanStartDate", "CINPlanEndDate"),
)
def ends_on_the_day_it_starts() -> pl.Expr:
    """A CINplanDates row whose CINPlanStartDate and CINPlanEndDate are the same day."""
    return CINplanDates.CINPlanStartDate.date == CINplanDates.CINPlanEndDate.date


@rule("4013", CINplanDates.CINPlanEndDate, message="CIN Plan end date must fall within the census year")
def ends_in_another_year(period: Period) -> pl.Expr:
    """A CINplanDates row whose CINPlanEndDate lies before or after the census year, which ends on the ReferenceDate
    of the first Header row. Nothing is flagged without one."""
    return outside(CINplanDates.CINPlanEndDate.date, period)


@rule(
    "4014",
    *CINplanDates.columns("CINPlanStartDate", "CINPlanEndDate"),
    message="CIN Plan data contains overlapping dates",
    key=(*CINplanDates.columns("LAchildID", "CINPlanStartDate"), OtherPlan.CINPlanStartDate),
)
def plans_overlap(cin_plan_dates: pl.LazyFrame, period: Period | None = None) -> pl.LazyFrame:
    """Two CINplanDates rows of the same child, whatever their episodes, of which the one starts on or after the day
    on which the other does, and on or before the other's CINPlanEndDate, or, where the other has none, on or before
    the ReferenceDate of the first Header row. Both rows are flagged. Rows without an LAchildID are taken as of one
    child."""
    others = CINplanDates.renamed(cin_plan_dates, OtherPlan)
    begun, other_ended = CINplanDates.CINPlanStartDate.date, OtherPlan.CINPlanEndDate.date
    pairs = of_one_child(cin_plan_dates, CINplanDates, others, OtherPlan).filter(
        CINplanDates.row != OtherPlan.row, begun >= OtherPlan.CINPlanStartDate.date
    )
    overlap = begun <= other_ended
    if period is not None:
        overlap = overlap | (other_ended.is_null() & (begun <= period.end))
    return both_rows(pairs.filter(overlap), CINplanDates, OtherPlan)


@rule(
    "4015",
    CINplanDates.CINPlanStartDate,
    CINdetails.CINreferralDate,
    message="The CIN Plan start date cannot be before the referral date",
    key=(CINplanDates.LAchildID, CINplanDates.CINPlanStartDate, CINdetails.CINreferralDate),
)
def starts_before_the_referral(cin_details: pl.LazyFrame, cin_plan_dates: pl.LazyFrame) -> pl.LazyFrame:
    """A CINplanDates row and a CINdetails row of the same episode where CINPlanStartDate is earlier than
    CINreferralDate. Both rows are flagged; the same day passes."""
    return of_one_episode(cin_plan_dates, CINplanDates, cin_details, CINdetails).filter(
        CINplanDates.CINPlanStartDate.date < CINdetails.CINreferralDate.date
    )


def _starts_within(
    start: pl.Expr, other_start: pl.Expr, other_end: pl.Expr, period: Period | None
) -> pl.Expr:
    """Whether a plan starts while another runs: from its first day on, before its last, or, where it is open, on or
    before the end of the period. Null or false where a date is missing."""
    runs = start < other_end
    if period is not None:
        runs = runs | (other_end.is_null() & (start <= period.end))
    return (start >= other_start) & runs


@rule(
    "4016",
    CINplanDates.CINPlanStartDate,
    *ChildProtectionPlans.columns("CPPstartDate", "CPPendDate"),
    message="A CIN Plan has been reported as open at the same time as a Child Protection Plan.",
    flags=(ChildProtectionPlans, CINplanDates),
    key=CINplanDates.columns("LAchildID", "CINPlanStartDate"),
)
def starts_during_protection(
    cin_plan_dates: pl.LazyFrame, child_protection_plans: pl.LazyFrame, period: Period | None = None
) -> pl.LazyFrame:
    """A CINplanDates row and a ChildProtectionPlans row of the same child, whatever their episodes, where
    CINPlanStartDate is on or after CPPstartDate, and before CPPendDate, or, where that is missing, on or before the
    ReferenceDate of the first Header row. Both rows are flagged."""
    protection = ChildProtectionPlans
    return of_one_child(child_protection_plans, protection, cin_plan_dates, CINplanDates).filter(
        _starts_within(
            CINplanDates.CINPlanStartDate.date,
            protection.CPPstartDate.date,
            protection.CPPendDate.date,
            period,
        )
    )


@rule(
    "4017",
    *CINplanDates.columns("CINPlanStartDate", "CINPlanEndDate"),
    ChildProtectionPlans.CPPstartDate,
    message="A CIN Plan has been reported as open at the same time as a Child Protection Plan.",
    flags=(ChildProtectionPlans, CINplanDates),
    key=ChildProtectionPlans.columns("LAchildID", "CPPstartDate"),
)
def protection_starts_during_it(
    cin_plan_dates: pl.LazyFrame, child_protection_plans: pl.LazyFrame, period: Period | None = None
) -> pl.LazyFrame:
    """A ChildProtectionPlans row and a CINplanDates row of the same child, whatever their episodes, where
    CPPstartDate is on or after CINPlanStartDate, and before CINPlanEndDate, or, where that is missing, on or before
    the ReferenceDate of the first Header row. Both rows are flagged."""
    protection = ChildProtectionPlans
    return of_one_child(child_protection_plans, protection, cin_plan_dates, CINplanDates).filter(
        _starts_within(
            protection.CPPstartDate.date,
            CINplanDates.CINPlanStartDate.date,
            CINplanDates.CINPlanEndDate.date,
            period,
        )
    )
