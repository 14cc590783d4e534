"""Deaths: in one of the SSDA903 and the children in need census and not in the other, or on another day."""

from __future__ import annotations

import polars as pl

from childlink.rules.columns import Column
from childlink.rules.context import Period
from childlink.rules.cross.tables import (
    CareLeavers,
    ChildIdentifiers,
    ChildProtectionPlans,
    CINdetails,
    CINplanDates,
    Episodes,
    Missing,
    Reviews,
    rule,
    share,
)
from childlink.rules.cross.vocabulary import (
    CHILD,
    DIED,
    not_of_children,
    of_children,
    of_same_child,
    one_row_each,
    with_child,
)
from childlink.rules.expressions import any_case, together

IN_CENSUS = pl.col("died.census")
"""The day on which the child died by the census, in ``died_by_census``."""
IN_903 = pl.col("died.903")
"""The day on which the child died by the SSDA903, in ``died_by_903``."""


@share
def died_by_census(cin_child_identifiers: pl.LazyFrame) -> pl.LazyFrame:
    """The ChildIdentifiers rows with a PersonDeathDate that can be read, with CHILD and IN_CENSUS."""
    died = ChildIdentifiers.PersonDeathDate.date
    return (
        one_row_each(cin_child_identifiers, ChildIdentifiers)
        .with_columns(died.alias("died.census"))
        .filter(died.is_not_null())
    )


@share
def died_by_903(ssda903_episodes: pl.LazyFrame) -> pl.LazyFrame:
    """The Episodes rows that ceased by death (REC E2) on a day that can be read, one for each child, with
    CHILD and IN_903. A child with several has none."""
    died = with_child(ssda903_episodes.filter(any_case(Episodes.REC, DIED)), Episodes)
    return died.with_columns(Episodes.DEC.date.alias("died.903")).filter(
        (pl.len().over(CHILD.key) == 1) & IN_903.is_not_null()
    )


@rule(
    "X-DEATH-DATE",
    *Episodes.columns("DEC", "REC"),
    ChildIdentifiers.PersonDeathDate,
    message="Please check: the child died on another day by the children in need census than by the SSDA903.",
    severity="query",
    key=(CHILD,),
)
def days_of_death_differ(
    died_by_903: pl.LazyFrame, died_by_census: pl.LazyFrame, ids_in_common: pl.LazyFrame
) -> pl.LazyFrame:
    """An Episodes row with REC E2 and the ChildIdentifiers row of the same child, where DEC and
    PersonDeathDate can both be read and are not the same day. Both rows are flagged. A child with several
    E2 rows, or several ChildIdentifiers rows, is not compared.

    Why: care ceases on the day of death. A query, because one return may have the day on which it became
    known.
    """
    return of_same_child(died_by_903, died_by_census).filter(IN_903 != IN_CENSUS)


@rule(
    "X-DEATH",
    *Episodes.columns("DEC", "REC"),
    CareLeavers.IN_TOUCH,
    ChildIdentifiers.PersonDeathDate,
    message="Please check: the child died by one of the SSDA903 and the children in need census, and not by "
    "the other.",
    severity="query",
    key=(CHILD,),
)
def died_in_one(
    ssda903_episodes: pl.LazyFrame,
    cin_child_identifiers: pl.LazyFrame,
    died_by_census: pl.LazyFrame,
    ids_in_common: pl.LazyFrame,
    ssda903_oc3: pl.LazyFrame | None = None,
) -> pl.LazyFrame:
    """An Episodes row with REC E2, or an OC3 row with IN_TOUCH DIED, and the ChildIdentifiers row of the
    same child, whose PersonDeathDate is missing. Or a ChildIdentifiers row with a PersonDeathDate, and the
    Episodes row of the same child in which it lies (DECOM on or before it, DEC on or after it), where the
    child has no Episodes row with REC E2. All of them are flagged. An episode that is still open is left to
    X-AFTER-DEATH.

    Why: the authority knows of the death, and care and need end with it. A query, because it may have
    become known between the two exports.
    """
    episodes = with_child(ssda903_episodes, Episodes)
    ended = episodes.filter(any_case(Episodes.REC, DIED))
    told = [ended]
    if ssda903_oc3 is not None:
        told.append(with_child(ssda903_oc3.filter(any_case(CareLeavers.IN_TOUCH, "DIED")), CareLeavers))
    by_903 = together(*told)
    undated = one_row_each(cin_child_identifiers, ChildIdentifiers).filter(
        ChildIdentifiers.PersonDeathDate.missing
    )
    day = IN_CENSUS.is_between(Episodes.DECOM.date, Episodes.DEC.date)
    in_care = of_same_child(not_of_children(died_by_census, ended), episodes).filter(day)
    return together(of_children(by_903, undated), of_children(undated, by_903), in_care)


_OF_903 = (Reviews.REVIEW, Missing.MIS_START)
_OF_CENSUS = (CINdetails.CINreferralDate, CINplanDates.CINPlanStartDate, ChildProtectionPlans.CPPstartDate)


@rule(
    "X-AFTER-DEATH",
    *Episodes.columns("DECOM", "DEC", "REC"),
    *_OF_903,
    ChildIdentifiers.PersonDeathDate,
    *_OF_CENSUS,
    message="By one return the child died, and by the other something began, or care went on, after it.",
    key=(CHILD,),
)
def something_after_death(
    ssda903_episodes: pl.LazyFrame,
    cin_child_identifiers: pl.LazyFrame,
    died_by_903: pl.LazyFrame,
    died_by_census: pl.LazyFrame,
    looked_after: pl.LazyFrame,
    ids_in_common: pl.LazyFrame,
    period: Period,
    ssda903_reviews: pl.LazyFrame | None = None,
    ssda903_missing: pl.LazyFrame | None = None,
    cin_cin_details: pl.LazyFrame | None = None,
    cin_cin_plan_dates: pl.LazyFrame | None = None,
    cin_child_protection_plans: pl.LazyFrame | None = None,
) -> pl.LazyFrame:
    """A ChildIdentifiers row with a PersonDeathDate, and every row of the SSDA903 of the same child with a
    later DECOM, REVIEW or MIS_START, or of an episode that is open at the end of 31 March (DEC empty) where
    the child had died by then. Or an Episodes row with REC E2, and every row of the census of the same
    child with a CINreferralDate, CINPlanStartDate or CPPstartDate later than its DEC. All of them are
    flagged. The day itself passes.

    Why: nothing begins, and no care goes on, after a death. The census's own rules ask the same of its own
    dates.
    """
    begun = [_later(ssda903_episodes, Episodes.DECOM, died_by_census, IN_CENSUS)]
    begun += [
        _later(rows, column, died_by_census, IN_CENSUS)
        for rows, column in zip((ssda903_reviews, ssda903_missing), _OF_903, strict=True)
    ]
    begun.append(of_same_child(died_by_census, looked_after).filter(IN_CENSUS.le(period.end)))
    census = (cin_cin_details, cin_cin_plan_dates, cin_child_protection_plans)
    begun += [
        _later(rows, column, died_by_903, IN_903) for rows, column in zip(census, _OF_CENSUS, strict=True)
    ]
    return together(*(rows for rows in begun if rows is not None))


def _later(
    rows: pl.LazyFrame | None, column: Column, died: pl.LazyFrame, day: pl.Expr
) -> pl.LazyFrame | None:
    """Pairs of a death and a row of the same child whose date in ``column`` is later; None without the
    table."""
    if rows is None:
        return None
    table = TABLES[column.table]
    return of_same_child(died, with_child(rows, table)).filter(column.date > day)


TABLES = {
    table.name: table
    for table in (Episodes, Reviews, Missing, CINdetails, CINplanDates, ChildProtectionPlans)
}
"""The tables that hold something that begins."""
