"""Being looked after, in need, on a plan, adopted or unaccompanied: what the SSDA903 and the census say of
one child."""

from __future__ import annotations

import polars as pl

from childlink.returns.text import codes_in
from childlink.rules.context import Period
from childlink.rules.cross.tables import (
    Assessments,
    ChildProtectionPlans,
    CINdetails,
    Episodes,
    Header,
    Unaccompanied,
    rule,
)
from childlink.rules.cross.vocabulary import (
    ADOPTED,
    CHILD,
    CLOSED_ADOPTED,
    SHORT_BREAKS,
    maybe_open,
    not_of_children,
    of_children,
    with_child,
)
from childlink.rules.expressions import any_case, together


@rule(
    "X-LOOKED-AFTER",
    *Episodes.columns("DECOM", "DEC"),
    message="The child is looked after on 31 March and has no episode in the children in need census.",
    key=(CHILD,),
)
def not_in_need_at_all(
    looked_after: pl.LazyFrame, cases: pl.LazyFrame, ids_in_common: pl.LazyFrame
) -> pl.LazyFrame:
    """An Episodes row that is open at the end of 31 March (DECOM on or before it, DEC empty, LS not V3 or
    V4) of a child without a CINdetails row. A DEC that cannot be read is not empty.

    Why: a child looked after is a child in need, and the census holds every case that was open at any time
    in the year.
    """
    return not_of_children(looked_after, cases)


@rule(
    "X-LOOKED-AFTER-CLOSED",
    *Episodes.columns("DECOM", "DEC"),
    *CINdetails.columns("CINclosureDate", "ReferralNFA"),
    message="The child is looked after on 31 March, and no case of the child is open then in the children in "
    "need census.",
    key=(CHILD,),
)
def looked_after_and_closed(
    looked_after: pl.LazyFrame, cases: pl.LazyFrame, ids_in_common: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """An Episodes row that is open at the end of 31 March (DECOM on or before it, DEC empty, LS not V3 or
    V4), and the CINdetails rows of the same child, where each of these has a CINclosureDate on or before 31
    March, or is a referral with no further action (ReferralNFA true or 1). All of them are flagged. A
    CINclosureDate that cannot be read may be any day, so that nothing is flagged.

    Why: a child looked after is a child in need, and the case stays open while care goes on.
    """
    may_be_open = maybe_open(period)
    closed = not_of_children(cases, cases.filter(may_be_open))
    return together(of_children(looked_after, closed), of_children(closed, looked_after))


@rule(
    "X-LOOKED-AFTER-EARLIER",
    *Episodes.columns("DECOM", "DEC"),
    message="Please check: the child was looked after in the year and has no episode in the children in need census.",
    severity="query",
    key=(CHILD,),
)
def not_in_need_earlier(
    ssda903_episodes: pl.LazyFrame,
    looked_after: pl.LazyFrame,
    cases: pl.LazyFrame,
    adopted: pl.LazyFrame,
    ids_in_common: pl.LazyFrame,
    period: Period,
) -> pl.LazyFrame:
    """An Episodes row that overlaps the year (DECOM on or before 31 March, DEC on or after 1 April, LS not
    V3 or V4) of a child who is not looked after on 31 March and has no CINdetails row. Adopted children are
    left out.

    Why: the census holds every case that was open at any time in the year. A query, because a case may have
    been taken out of the system or moved with the child.
    """
    in_year = (Episodes.DECOM.date <= period.end) & (Episodes.DEC.date >= period.start)
    rows = with_child(ssda903_episodes.filter(in_year & ~any_case(Episodes.LS, *SHORT_BREAKS)), Episodes)
    return not_of_children(not_of_children(not_of_children(rows, looked_after), cases), adopted)


@rule(
    "X-PLAN",
    ChildProtectionPlans.CPPstartDate,
    message="The child has a child protection plan and no episode in the children in need census.",
    key=(CHILD,),
)
def plan_without_episode(cin_child_protection_plans: pl.LazyFrame, cases: pl.LazyFrame) -> pl.LazyFrame:
    """A ChildProtectionPlans row of a child without a CINdetails row.

    Why: a plan is part of an episode of need. The XML cannot say otherwise, so that only a census in CSV
    files can fail, where one of the files is of another day than the other.
    """
    return not_of_children(with_child(cin_child_protection_plans, ChildProtectionPlans), cases)


@rule(
    "X-ADOPTED",
    Episodes.REC,
    *CINdetails.columns("CINclosureDate", "ReasonForClosure"),
    message="Please check: the child was adopted by one of the SSDA903 and the children in need census, and "
    "not by the other.",
    severity="query",
    key=(CHILD,),
)
def adopted_in_one(
    ssda903_episodes: pl.LazyFrame, cases: pl.LazyFrame, ids_in_common: pl.LazyFrame
) -> pl.LazyFrame:
    """An Episodes row that ceased by adoption (REC E11 or E12), and the CINdetails rows of the same child,
    none of which has ReasonForClosure RC1; or a CINdetails row with RC1, and the Episodes rows of the same
    child, none of which ceased by adoption. All of them are flagged. A child who is in one of the two
    tables only is not compared.

    Why: the order ends care and closes the case (RC1); nothing may be added to the old record after it. A
    query, because a child who left care may be adopted by others later.
    """
    episodes = with_child(ssda903_episodes, Episodes)
    by_order = episodes.filter(any_case(Episodes.REC, *ADOPTED))
    closed = cases.filter(any_case(CINdetails.ReasonForClosure, CLOSED_ADOPTED))
    unclosed = of_children(not_of_children(cases, closed), by_order)
    ordered = of_children(by_order, unclosed)
    unordered = of_children(not_of_children(episodes, by_order), closed)
    return together(ordered, unclosed, unordered, of_children(closed, unordered))


UNACCOMPANIED = "9A"
"""The factor found in an assessment."""


@rule(
    "X-UASC",
    Header.CHILD,
    Assessments.AssessmentFactors,
    message="Please check: an assessment of the children in need census found an unaccompanied asylum-seeking "
    "child, and the SSDA903 has the child as none.",
    severity="query",
    key=(CHILD,),
)
def unaccompanied_in_census_only(
    cin_assessments: pl.LazyFrame,
    ssda903_uasc: pl.LazyFrame,
    ssda903_header: pl.LazyFrame,
    ids_in_common: pl.LazyFrame,
) -> pl.LazyFrame:
    """An Assessments row of the census with the factor 9A, and the Header row of the same child, who has no
    row in the UASC table of the SSDA903. In an XML return, whose Header has a column UASC, it counts: 1 is
    a UASC, and a row of the UASC table is not. Both rows are flagged.

    Why: the UASC table holds every child looked after who is or was one in the year. A query, because the
    status may have ceased before the year. That the factor is missing of a UASC is not looked at: it is
    found only where an assessment was made.
    """
    assessed = with_child(
        cin_assessments.filter(codes_in(Assessments.AssessmentFactors.text).list.contains(UNACCOMPANIED)),
        Assessments,
    )
    marked = Header.UASC.text.str.strip_chars()
    header = with_child(ssda903_header, Header)
    listed = not_of_children(
        with_child(ssda903_uasc, Unaccompanied), header.filter(Header.UASC.present & (marked != "1"))
    )
    others = not_of_children(header.filter(~(marked == "1").fill_null(value=False)), listed)
    return together(of_children(assessed, others), of_children(others, assessed))
