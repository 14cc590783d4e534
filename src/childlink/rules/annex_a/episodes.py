"""When what a list records began and ended."""

from __future__ import annotations

from datetime import date

import polars as pl

from childlink.rules.annex_a.tables import (
    Adoption,
    Assessments,
    EarlyHelp,
    Enquiries,
    InNeed,
    LookedAfter,
    Protection,
    rule,
)
from childlink.rules.annex_a.vocabulary import BEGINS, Lists, failing, says

ENDS = {
    EarlyHelp: EarlyHelp["Assessment completion date"],
    Assessments: Assessments["Continuous Assessment Date of Authorisation"],
    InNeed: InNeed["CIN Closure Date"],
    Protection: Protection["Child Protection Plan End Date"],
    LookedAfter: LookedAfter["Date Ceased to be Looked After"],
}
WHY = {
    InNeed: (InNeed["CIN Closure Date"], InNeed["Reason for Closure"]),
    LookedAfter: (
        LookedAfter["Date Ceased to be Looked After"],
        LookedAfter["Reason Ceased to be Looked After"],
    ),
    Adoption: (
        Adoption["Date of Decision that Child Should No Longer be Placed for Adoption"],
        Adoption["Reason Why Child No Longer Placed for Adoption"],
    ),
}
CLOSED = "e) Closed episode"
OPEN = ("a) Looked after child", "b) Child Protection plan", "c) Child in need plan", "d) Open assessment")
CONFERENCE = Enquiries["Date of Initial Child Protection Conference"]
CLOSURE, STATUS = InNeed["CIN Closure Date"], InNeed["Case Status"]


@rule(
    "annex-end-before-start",
    *(column for t, end in ENDS.items() for column in (BEGINS[t], end)),
    message="The end is before the start",
)
def ends_before_it_starts(lists: Lists) -> pl.LazyFrame:
    """A row of list 2, 4, 6, 7 or 8 whose end is before its start: of an early help assessment, an assessment (its
    authorisation), a time as a child in need, a child protection plan, a time looked after. The same day passes. The
    reason: nothing ends before it starts."""
    return failing(lists, {t: end.date < BEGINS[t].date for t, end in ENDS.items()})


@rule(
    "annex-end-reason",
    *(column for columns in WHY.values() for column in columns),
    message="There is an end date without a reason, or a reason without an end date",
)
def end_without_reason(lists: Lists) -> pl.LazyFrame:
    """A row with exactly one of the two: in list 6 CIN Closure Date and Reason for Closure, in list 8 Date Ceased to
    be Looked After and Reason Ceased to be Looked After, in list 10 the date of the decision that the child should no
    longer be placed for adoption and the reason for it. The reason: each says what the other does, that it ended; the
    children in need census and SSDA903 ask for both or neither too."""
    return failing(lists, {t: when.present ^ why.present for t, (when, why) in WHY.items()})


@rule(
    "annex-future",
    *BEGINS.values(),
    message="The date is in the future",
    severity="query",
)
def in_future(lists: Lists, as_of_date: date) -> pl.LazyFrame:
    """A row whose date is after the day on which ages are reckoned: list 1 contact, 2 start of the early help
    assessment, 3 referral, 4 start of the assessment, 5 strategy discussion, 6 start as a child in need, 7 start of
    the plan, 8 start of being looked after, 9 latest contact, 10 entry into care, 11 enquiry of the adopter. That day
    itself passes. The reason: the lists say what has happened."""
    return failing(lists, {t: begin.date > pl.lit(as_of_date) for t, begin in BEGINS.items()})


@rule(
    "annex-conference",
    BEGINS[Enquiries],
    CONFERENCE,
    message="The initial child protection conference is before the section 47 enquiry",
    severity="query",
)
def conference_before_enquiry() -> pl.Expr:
    """A row of list 5 whose Date of Initial Child Protection Conference is before the strategy discussion that began
    the section 47 enquiry. The same day passes. The reason: the conference follows from the enquiry."""
    return CONFERENCE.date < BEGINS[Enquiries].date


@rule(
    "annex-case-status",
    CLOSURE,
    STATUS,
    message="The case status does not agree with the closure date",
    severity="query",
)
def status_against_closure() -> pl.Expr:
    """A row of list 6 whose Case Status is a closed episode without a CIN Closure Date, or any other known status
    with one. The reason: a case is closed when it has an end. A status that is empty or not known is not judged, and
    neither is a closure date that cannot be read."""
    closed, open_ = says(STATUS, "case_status", CLOSED), says(STATUS, "case_status", *OPEN)
    return (closed & CLOSURE.missing) | (open_ & CLOSURE.date.is_not_null())
