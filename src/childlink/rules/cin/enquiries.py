"""Section 47 enquiries and initial child protection conferences."""

from __future__ import annotations

import polars as pl

from childlink.rules.cin.tables import CINdetails, Section47, rule
from childlink.rules.cin.vocabulary import (
    FALSE,
    TRUE,
    any_case,
    both_rows,
    of_one_child,
    of_one_episode,
    outside,
    working_days_after,
)
from childlink.rules.context import Period

OtherEnquiry = Section47.named("other")


def at_weekend(date: pl.Expr) -> pl.Expr:
    """True where a date is a Saturday or a Sunday; null where there is none."""
    return date.dt.weekday() >= 6


@rule(
    "1104",
    CINdetails.CINreferralDate,
    Section47.DateOfInitialCPC,
    message="The date of the initial child protection conference cannot be before the referral date",
    flags=(Section47, CINdetails),
    key=Section47.columns("LAchildID", "CINdetailsID", "DateOfInitialCPC"),
)
def conference_before_the_referral(section47: pl.LazyFrame, cin_details: pl.LazyFrame) -> pl.LazyFrame:
    """A Section47 row and a CINdetails row of the same episode where DateOfInitialCPC of Section47 is
    earlier than CINreferralDate. Both rows are flagged; the same day passes."""
    return of_one_episode(section47, Section47, cin_details, CINdetails).filter(
        Section47.DateOfInitialCPC.date < CINdetails.CINreferralDate.date
    )


@rule(
    "2884",
    Section47.DateOfInitialCPC,
    CINdetails.DateOfInitialCPC,
    message=(
        "An initial child protection conference is recorded at both the S47 and CIN Details level and it "
        "should only be recorded in one"
    ),
    key=Section47.columns("LAchildID", "CINdetailsID", "DateOfInitialCPC"),
    differs="Only equal dates count, and they count in whichever episodes of the child they stand.",
)
def conference_recorded_twice(section47: pl.LazyFrame, cin_details: pl.LazyFrame) -> pl.LazyFrame:
    """A Section47 row and a CINdetails row of the same child, of whatever episodes, with the same
    DateOfInitialCPC. Both rows are flagged. Missing dates are not the same."""
    return of_one_child(section47, Section47, cin_details, CINdetails).filter(
        Section47.DateOfInitialCPC.date == CINdetails.DateOfInitialCPC.date
    )


@rule(
    "2889",
    CINdetails.CINreferralDate,
    Section47.S47ActualStartDate,
    message="The S47 start date cannot be before the referral date.",
    key=(Section47.LAchildID, Section47.S47ActualStartDate, CINdetails.CINreferralDate),
)
def enquiry_before_the_referral(section47: pl.LazyFrame, cin_details: pl.LazyFrame) -> pl.LazyFrame:
    """A Section47 row and a CINdetails row of the same episode where S47ActualStartDate is earlier than
    CINreferralDate. Both rows are flagged; the same day passes."""
    return of_one_episode(section47, Section47, cin_details, CINdetails).filter(
        Section47.S47ActualStartDate.date < CINdetails.CINreferralDate.date
    )


@rule(
    "8615",
    *Section47.columns("S47ActualStartDate", "DateOfInitialCPC"),
    message=(
        "Section 47 Enquiry Start Date must be present and cannot be later than the date of the initial Child "
        "Protection Conference"
    ),
    key=Section47.columns("LAchildID", "S47ActualStartDate", "DateOfInitialCPC"),
)
def conference_without_an_enquiry_before_it() -> pl.Expr:
    """A Section47 row whose DateOfInitialCPC is present and whose S47ActualStartDate is missing or later
    than that. The same day passes."""
    start, conference = Section47.S47ActualStartDate.date, Section47.DateOfInitialCPC.date
    return conference.is_not_null() & (start.is_null() | (start > conference))


@rule(
    "8675Q",
    *Section47.columns("DateOfInitialCPC", "S47ActualStartDate", "ICPCnotRequired"),
    message=(
        "Please check and either amend data or provide a reason: S47 Enquiry started more than 15 working "
        "days before the end of the census year. However, there is no date of Initial Child Protection "
        "Conference."
    ),
    severity="query",
    key=Section47.columns("LAchildID", "S47ActualStartDate", "ICPCnotRequired"),
    differs="The last day of the census year counts as the first of the 15 working days.",
)
def no_conference_within_15_working_days(period: Period) -> pl.Expr:
    """A Section47 row whose DateOfInitialCPC is missing, whose ICPCnotRequired is exactly false or 0, and
    whose S47ActualStartDate is earlier than the day 14 working days before ReferenceDate (or before the next
    working day, where ReferenceDate is none). That day itself passes. Working days are Monday to Friday less
    the bank holidays of England."""
    return (
        Section47.DateOfInitialCPC.date.is_null()
        & Section47.ICPCnotRequired.one_of(*FALSE)
        & (Section47.S47ActualStartDate.date < working_days_after(pl.lit(period.end), -14))
    )


@rule(
    "8715",
    Section47.DateOfInitialCPC,
    message="Date of Initial Child Protection Conference must fall within the census year",
)
def conference_outside_the_year(period: Period) -> pl.Expr:
    """A Section47 row whose DateOfInitialCPC is present and before the census year or after it. The first
    day of the year and ReferenceDate itself pass. The date of the same name in CINdetails is not looked
    at."""
    return outside(Section47.DateOfInitialCPC.date, period)


@rule(
    "8740",
    *Section47.columns("S47ActualStartDate", "DateOfInitialCPC", "ICPCnotRequired"),
    message=(
        "For a Section 47 Enquiry that has not held the Initial Child Protection Conference by the end of the "
        "census year, the start date must fall within the census year"
    ),
    key=Section47.columns("LAchildID", "S47ActualStartDate"),
    differs="Only 0 is read as no in ICPCnotRequired; a row with false passes.",
)
def no_conference_and_not_started_in_the_year(period: Period) -> pl.Expr:
    """A Section47 row whose DateOfInitialCPC is missing, whose ICPCnotRequired is exactly 0, and whose
    S47ActualStartDate is present and before the census year or after it."""
    return (
        Section47.DateOfInitialCPC.date.is_null()
        & Section47.ICPCnotRequired.one_of("0")
        & outside(Section47.S47ActualStartDate.date, period)
    )


@rule(
    "8839",
    Section47.DateOfInitialCPC,
    message="Within one CINDetails group there are 2 or more open S47 Assessments",
    key=Section47.columns("LAchildID", "CINdetailsID"),
    differs="Enquiries of such an episode that need no conference are reported with the open ones.",
)
def two_open_in_one_episode() -> pl.Expr:
    """Every Section47 row without DateOfInitialCPC of an episode that has two or more open ones: rows
    without DateOfInitialCPC whose ICPCnotRequired is not exactly true or 1. Rows without LAchildID or
    CINdetailsID pass."""
    episode = Section47.columns("LAchildID", "CINdetailsID")
    no_conference = Section47.DateOfInitialCPC.date.is_null()
    still_open = no_conference & ~Section47.ICPCnotRequired.one_of(*TRUE)
    several = still_open.sum().over(*(c.text for c in episode)) >= 2
    return several & no_conference & pl.all_horizontal(c.present for c in episode)


@rule(
    "8870Q",
    Section47.InitialCPCtarget,
    message=(
        "Please check and either amend or provide a reason: The Target Date for Initial Child Protection "
        "Conference should not be a weekend"
    ),
    severity="query",
    differs="The reference implementation reads only dd-mm-yyyy, and so finds nothing in an XML return.",
)
def target_at_a_weekend() -> pl.Expr:
    """A Section47 row whose InitialCPCtarget is a Saturday or a Sunday. It is read as the dates of an XML
    return are written, yyyy-mm-dd, and as dd-mm-yyyy; anything else passes."""
    target = Section47.InitialCPCtarget.text
    return pl.any_horizontal(
        at_weekend(target.str.to_date(form, strict=False)).fill_null(value=False)
        for form in ("%Y-%m-%d", "%d-%m-%Y")
    )


@rule(
    "8875",
    Section47.DateOfInitialCPC,
    message="The Date of Initial Child Protection Conference cannot be a weekend",
)
def conference_at_a_weekend() -> pl.Expr:
    """A Section47 row whose DateOfInitialCPC is a Saturday or a Sunday."""
    return at_weekend(Section47.DateOfInitialCPC.date)


@rule(
    "8890",
    *Section47.columns("S47ActualStartDate", "DateOfInitialCPC"),
    message="A Section 47 enquiry is shown as starting when there is another Section 47 Enquiry ongoing",
    key=Section47.columns("LAchildID", "CINdetailsID", "S47ActualStartDate"),
    differs=(
        "Two enquiries of an episode with the same start and the same conference date are taken for one, and "
        "pass."
    ),
)
def started_during_another(section47: pl.LazyFrame, period: Period | None = None) -> pl.LazyFrame:
    """Two Section47 rows of the same episode where one starts on or after the start of the other, and on or
    before the DateOfInitialCPC of the other or, where the other has none and its ICPCnotRequired is not true
    or 1 (in capitals or not), on or before ReferenceDate. Both rows are flagged. Two rows with the same
    S47ActualStartDate and the same DateOfInitialCPC (or both without one) are not compared."""
    other = OtherEnquiry
    pairs = of_one_episode(section47, Section47, Section47.renamed(section47, other), other)
    start, other_start = Section47.S47ActualStartDate.date, other.S47ActualStartDate.date
    end, other_end = Section47.DateOfInitialCPC.date, other.DateOfInitialCPC.date
    one_and_the_same = (start == other_start) & end.eq_missing(other_end)
    year_end = pl.lit(period.end if period else None, dtype=pl.Date)
    open_till = pl.when(~any_case(other.ICPCnotRequired, "TRUE", "1")).then(year_end)
    last_day = pl.coalesce(other_end, open_till)
    return both_rows(
        pairs.filter(~one_and_the_same & (start >= other_start) & (start <= last_day)), Section47, other
    )
