"""Child protection plans and their reviews."""

from __future__ import annotations

import polars as pl

from childlink.rules.cin.tables import (
    ChildIdentifiers,
    ChildProtectionPlans,
    CINdetails,
    Reviews,
    Section47,
    rule,
)
from childlink.rules.cin.vocabulary import (
    any_case,
    both_rows,
    episode_of,
    of_one_child,
    of_one_episode,
    outside,
    together,
    within,
)
from childlink.rules.columns import Table
from childlink.rules.context import Period
from childlink.rules.expressions import joined

OtherPlan = ChildProtectionPlans.named("other")


@rule(
    "1105",
    ChildProtectionPlans.CPPstartDate,
    CINdetails.CINreferralDate,
    message="The child protection plan start date cannot be before the referral date",
    key=(ChildProtectionPlans.LAchildID, ChildProtectionPlans.CPPstartDate, CINdetails.CINreferralDate),
)
def started_before_the_referral(
    child_protection_plans: pl.LazyFrame, cin_details: pl.LazyFrame
) -> pl.LazyFrame:
    """A ChildProtectionPlans row and a CINdetails row of the same episode where CPPstartDate is earlier than
    CINreferralDate. Both rows are flagged; the same day passes."""
    return of_one_episode(child_protection_plans, ChildProtectionPlans, cin_details, CINdetails).filter(
        ChildProtectionPlans.CPPstartDate.date < CINdetails.CINreferralDate.date
    )


@rule(
    "2883",
    ChildProtectionPlans.CPPstartDate,
    CINdetails.DateOfInitialCPC,
    Section47.DateOfInitialCPC,
    message="There are more child protection plans starting than initial conferences taking place",
    whole_return=True,
)
def more_plans_than_conferences(
    child_protection_plans: pl.LazyFrame, cin_details: pl.LazyFrame, section47: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """The return has more ChildProtectionPlans rows with a CPPstartDate in the census year than CINdetails
    rows and Section47 rows together with a DateOfInitialCPC in it. Rows are counted one by one; the first
    day of the year and ReferenceDate belong to it."""
    plans = child_protection_plans.select(plans=within(ChildProtectionPlans.CPPstartDate.date, period).sum())
    moved_in = cin_details.select(moved_in=within(CINdetails.DateOfInitialCPC.date, period).sum())
    held = section47.select(held=within(Section47.DateOfInitialCPC.date, period).sum())
    counts = pl.concat([plans, moved_in, held], how="horizontal")
    return counts.filter(pl.col("plans") > pl.col("moved_in") + pl.col("held"))


@rule(
    "2885",
    ChildProtectionPlans.CPPstartDate,
    Section47.DateOfInitialCPC,
    CINdetails.DateOfInitialCPC,
    message=(
        "Child protection plan shown as starting a different day to the initial child protection conference."
    ),
    key=(*episode_of(ChildProtectionPlans, Section47, CINdetails), ChildProtectionPlans.CPPstartDate),
)
def started_on_another_day_than_the_conference(
    child_protection_plans: pl.LazyFrame, section47: pl.LazyFrame, cin_details: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """A ChildProtectionPlans row whose CPPstartDate is in the census year and is not the DateOfInitialCPC of
    any Section47 row of the episode or, where the episode has none, of any CINdetails row of it. Section47
    rows with an ICPCnotRequired of 1 are left out. Where no plan of the episode that starts in the year has
    the date of a conference, those Section47 or CINdetails rows of the episode are flagged as well."""
    plans = child_protection_plans.filter(within(ChildProtectionPlans.CPPstartDate.date, period))
    enquiries = section47.filter(~Section47.ICPCnotRequired.one_of("1"))
    of_enquiry = of_one_episode(plans, ChildProtectionPlans, enquiries, Section47, how="semi")
    of_no_enquiry = of_one_episode(plans, ChildProtectionPlans, enquiries, Section47, how="anti")
    return together(
        *on_different_days(of_enquiry, enquiries, Section47),
        *on_different_days(of_no_enquiry, cin_details, CINdetails),
    )


def on_different_days(
    plans: pl.LazyFrame, conferences: pl.LazyFrame, table: Table
) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """The plans whose start is the day of no conference (rows of ``table``) of their episode; and the rows of
    ``table`` in the episodes of ``plans`` where no plan starts on the day of a conference."""
    pairs = of_one_episode(plans, ChildProtectionPlans, conferences, table).filter(
        ChildProtectionPlans.CPPstartDate.date == table.DateOfInitialCPC.date
    )
    row = ChildProtectionPlans.row
    episodes = of_one_episode(conferences, table, plans, ChildProtectionPlans, how="semi")
    return (
        plans.join(pairs, on=row, how="anti"),
        of_one_episode(episodes, table, pairs, ChildProtectionPlans, how="anti"),
    )


@rule(
    "8720",
    ChildProtectionPlans.CPPstartDate,
    message="Child Protection Plan Start Date missing or out of data collection period",
    differs="A plan may have started before the census year; only a start after it is out of the period.",
)
def without_a_start_by_the_end_of_the_year(period: Period | None = None) -> pl.Expr:
    """A ChildProtectionPlans row whose CPPID is present and whose CPPstartDate is missing or later than
    ReferenceDate. Without a ReferenceDate only a missing CPPstartDate is flagged."""
    start = ChildProtectionPlans.CPPstartDate.date
    late = start > pl.lit(period.end if period else None, dtype=pl.Date)
    return ChildProtectionPlans.CPPID.present & (start.is_null() | late)


@rule(
    "8730",
    ChildProtectionPlans.NumberOfPreviousCPP,
    message="Total Number of previous Child Protection Plans missing",
    differs=(
        "The reference implementation breaks on a text that is no whole number, and then reports nothing; "
        "here such a text passes."
    ),
)
def number_of_earlier_plans_missing() -> pl.Expr:
    """A ChildProtectionPlans row whose NumberOfPreviousCPP is missing, or a whole number below zero. Zero
    passes."""
    number = ChildProtectionPlans.NumberOfPreviousCPP.text.str.strip_chars()
    return number.is_null() | number.str.contains(r"^-0*[1-9][0-9]*$")


@rule(
    "8832",
    *ChildProtectionPlans.columns("LAchildID", "CINdetailsID"),
    *CINdetails.columns("CINdetailsID", "ReferralNFA"),
    message="Child Protection details provided for a referral with no further action.",
    key=ChildProtectionPlans.columns("LAchildID", "CINdetailsID"),
    differs=(
        "The reference implementation mixes up the row numbers of the two tables, and reports other rows."
    ),
)
def plan_after_no_further_action(
    child_protection_plans: pl.LazyFrame, cin_details: pl.LazyFrame
) -> pl.LazyFrame:
    """A ChildProtectionPlans row and a CINdetails row of the same episode whose ReferralNFA is true (in
    capitals or small letters) or 1. Both rows are flagged."""
    no_further_action = cin_details.filter(any_case(CINdetails.ReferralNFA, "TRUE", "1"))
    return of_one_episode(child_protection_plans, ChildProtectionPlans, no_further_action, CINdetails)


@rule(
    "8840",
    *ChildProtectionPlans.columns("CPPstartDate", "CPPendDate"),
    message="Child Protection Plan cannot start and end on the same day",
    key=ChildProtectionPlans.columns("LAchildID", "CPPstartDate", "CPPendDate"),
)
def started_and_ended_on_one_day() -> pl.Expr:
    """A ChildProtectionPlans row whose CPPstartDate and CPPendDate are the same day."""
    return ChildProtectionPlans.CPPstartDate.date == ChildProtectionPlans.CPPendDate.date


@rule(
    "8841",
    ChildProtectionPlans.CPPstartDate,
    Reviews.CPPreviewDate,
    message="The review date cannot be on the same day or before the Child protection Plan start date.",
    key=(
        ChildProtectionPlans.LAchildID,
        ChildProtectionPlans.CPPstartDate,
        Reviews.CPPreviewDate,
    ),
)
def reviewed_by_the_day_of_its_start(
    child_protection_plans: pl.LazyFrame, reviews: pl.LazyFrame
) -> pl.LazyFrame:
    """A ChildProtectionPlans row and a Reviews row of the same child, episode and plan where CPPreviewDate
    is earlier than CPPstartDate or the same day. Both rows are flagged."""
    ids = ("LAchildID", "CINdetailsID", "CPPID")
    on = zip(ChildProtectionPlans.columns(*ids), Reviews.columns(*ids), strict=True)
    return joined(child_protection_plans, reviews, *on).filter(
        Reviews.CPPreviewDate.date <= ChildProtectionPlans.CPPstartDate.date
    )


@rule(
    "8842Q",
    Reviews.CPPreviewDate,
    message="Please check and either amend or provide a reason: Review Record has a missing date",
    severity="query",
    differs=(
        "The reference implementation leaves out reviews of an XML return that have no date element at all."
    ),
)
def review_without_a_date() -> pl.Expr:
    """A Reviews row whose CPPreviewDate is missing or cannot be read as a date."""
    return Reviews.CPPreviewDate.date.is_null()


@rule(
    "8915",
    ChildProtectionPlans.CPPstartDate,
    ChildIdentifiers.PersonDeathDate,
    message="Child Protection Plan shown as starting after the child’s Date of Death",
    key=(
        ChildProtectionPlans.LAchildID,
        ChildProtectionPlans.CPPstartDate,
        ChildIdentifiers.PersonDeathDate,
    ),
)
def started_after_death(
    child_protection_plans: pl.LazyFrame, child_identifiers: pl.LazyFrame
) -> pl.LazyFrame:
    """A ChildProtectionPlans row and a ChildIdentifiers row of the same child where CPPstartDate is later
    than PersonDeathDate. Both rows are flagged; the same day passes."""
    return of_one_child(
        child_protection_plans, ChildProtectionPlans, child_identifiers, ChildIdentifiers
    ).filter(ChildProtectionPlans.CPPstartDate.date > ChildIdentifiers.PersonDeathDate.date)


@rule(
    "8920",
    ChildIdentifiers.PersonDeathDate,
    ChildProtectionPlans.CPPendDate,
    message="Child Protection Plan cannot end after the child’s Date of Death",
    flags=(ChildProtectionPlans, ChildIdentifiers),
    key=(
        ChildProtectionPlans.LAchildID,
        ChildProtectionPlans.CPPendDate,
        ChildIdentifiers.PersonDeathDate,
    ),
)
def ended_after_death(child_protection_plans: pl.LazyFrame, child_identifiers: pl.LazyFrame) -> pl.LazyFrame:
    """A ChildProtectionPlans row and a ChildIdentifiers row of the same child where CPPendDate is later than
    PersonDeathDate. Both rows are flagged; the same day passes, and so does a plan without CPPendDate."""
    return of_one_child(
        child_protection_plans, ChildProtectionPlans, child_identifiers, ChildIdentifiers
    ).filter(ChildProtectionPlans.CPPendDate.date > ChildIdentifiers.PersonDeathDate.date)


@rule(
    "8925",
    *ChildProtectionPlans.columns("CPPstartDate", "CPPendDate"),
    message="Child Protection Plan End Date earlier than Start Date",
    key=ChildProtectionPlans.columns("LAchildID", "CPPstartDate", "CPPendDate"),
)
def ended_before_its_start() -> pl.Expr:
    """A ChildProtectionPlans row whose CPPendDate is earlier than its CPPstartDate. The same day passes (see
    8840)."""
    return ChildProtectionPlans.CPPendDate.date < ChildProtectionPlans.CPPstartDate.date


@rule(
    "8930",
    ChildProtectionPlans.CPPendDate,
    message="Child Protection Plan End Date must fall within the census year",
)
def ended_outside_the_year(period: Period) -> pl.Expr:
    """A ChildProtectionPlans row whose CPPendDate is present and before the census year or after it. The
    first day of the year and ReferenceDate itself pass."""
    return outside(ChildProtectionPlans.CPPendDate.date, period)


@rule(
    "8935",
    ChildProtectionPlans.CPPendDate,
    message="This child is showing more than one open Child Protection plan, i.e. with no End Date",
    key=ChildProtectionPlans.columns("LAchildID", "CPPID"),
    differs=(
        "Plans are compared by their running number, which begins anew in each episode: two open plans of one "
        "episode pass, and ended plans that share the number are reported."
    ),
)
def two_open_plans() -> pl.Expr:
    """Every ChildProtectionPlans row of those with one LAchildID and CPPID, in whatever episodes, where two
    or more of them have no CPPendDate. Rows without LAchildID or CPPID pass."""
    plan = ChildProtectionPlans.columns("LAchildID", "CPPID")
    still_open = ChildProtectionPlans.CPPendDate.date.is_null().sum().over(*(c.text for c in plan))
    return (still_open >= 2) & pl.all_horizontal(c.present for c in plan)


@rule(
    "8940",
    *ChildProtectionPlans.columns("CPPstartDate", "CPPendDate"),
    message="Child Protection Plan data contains overlapping dates",
    key=(ChildProtectionPlans.LAchildID, ChildProtectionPlans.CPPID, OtherPlan.CPPID),
    differs="Plans with the same running number, in different episodes of a child, are not compared.",
)
def started_during_another(
    child_protection_plans: pl.LazyFrame, period: Period | None = None
) -> pl.LazyFrame:
    """Two ChildProtectionPlans rows of the same child, of whatever episodes, with different CPPID, where one
    starts on or after the start of the other, and on or before the CPPendDate of the other or, where the
    other has none, on or before ReferenceDate. Both rows are flagged. A missing CPPID differs from every
    CPPID, even that of its own row."""
    plan, other = ChildProtectionPlans, OtherPlan
    pairs = of_one_child(
        child_protection_plans, plan, plan.renamed(child_protection_plans, other), other
    ).filter(~(plan.CPPID.text == other.CPPID.text).fill_null(value=False))
    last_day = other.CPPendDate.date.fill_null(pl.lit(period.end if period else None, dtype=pl.Date))
    start = plan.CPPstartDate.date
    return both_rows(pairs.filter((start >= other.CPPstartDate.date) & (start <= last_day)), plan, other)
