"""Who a child is: its id, date of birth and age, in one list and across them."""

from __future__ import annotations

from datetime import date

import polars as pl

from childlink.rules.annex_a.tables import (
    Adoption,
    Assessments,
    CareLeavers,
    Contacts,
    EarlyHelp,
    Enquiries,
    InNeed,
    LookedAfter,
    Protection,
    Referrals,
    rule,
)
from childlink.rules.annex_a.vocabulary import (
    AGE,
    BEGINS,
    BORN,
    CHILD,
    OF_CHILDREN,
    Lists,
    columns_of,
    failing,
)
from childlink.rules.columns import Column, Table
from childlink.rules.expressions import as_number, together

MONTHS_BEFORE_BIRTH = 10
"""A little more than the longest pregnancy: earlier than this there was no unborn child to know of."""
ONCE = (InNeed, Protection, LookedAfter, CareLeavers, Adoption)
"""Lists that have one row for a child."""
UNBORN_TOO = (Contacts, EarlyHelp, Referrals, Assessments, Enquiries, InNeed, Protection)
"""Lists that may record what was done before a child's birth."""


@rule(
    "annex-birth-dates",
    *columns_of(OF_CHILDREN, BORN),
    message="One Child Unique ID has two dates of birth",
    key=(columns_of(OF_CHILDREN, CHILD),),
)
def with_two_birth_dates(lists: Lists) -> pl.LazyFrame:
    """A row of lists 1 to 10 whose Child Unique ID stands with two dates of birth or more, in one list or several.
    Every row of the child that has a date of birth is flagged, and all are one finding. The reason: the id links the
    lists, so two birth dates are a wrong date or a wrong id. An expected date of birth that was left in one list
    after the birth is found this way too."""
    there = [table for table in OF_CHILDREN if table.name in lists]
    conditions = {table: table[CHILD].present & table[BORN].date.is_not_null() for table in OF_CHILDREN}
    rows = failing(lists, conditions, {t: t[CHILD] for t in OF_CHILDREN}, {t: t[BORN] for t in OF_CHILDREN})
    born = together(
        *(lists[t.name].select(child=t[CHILD].text, born=t[BORN].date).drop_nulls().unique() for t in there)
    ).unique()
    several = born.group_by("child").len().filter(pl.col("len") > 1).select("child")
    child = pl.coalesce(t[CHILD].text for t in there)
    return rows.with_columns(child=child).join(several, on="child", how="semi")


@rule(
    "annex-one-row",
    *columns_of(ONCE, CHILD),
    message="A child has several rows in a list that should have one",
    severity="query",
    key=columns_of(ONCE, CHILD),
)
def on_several_rows(lists: Lists) -> pl.LazyFrame:
    """A row of lists 6 to 10 whose Child Unique ID stands on another row of the same list. Every such row is flagged;
    those of one child in one list are one finding. The reason: these lists have one row for a child, although a
    child whose case closed and opened again may rightly have two. Rows without an id are not compared."""
    again = {t: t[CHILD].present & (pl.len().over(t[CHILD].text) > 1) for t in ONCE}
    return failing(lists, again, {t: t[CHILD] for t in ONCE})


@rule(
    "annex-before-birth",
    *(column for t in UNBORN_TOO for column in (t[BORN], BEGINS[t])),
    message="The date is more than ten months before the child's date of birth",
)
def before_pregnancy(lists: Lists) -> pl.LazyFrame:
    """A row of lists 1 to 7 whose date of contact, start of the early help assessment, referral, start of the
    assessment, strategy discussion, start as a child in need or start of the child protection plan lies more than ten
    months before the date of birth. The reason: an unborn child may be known to services, so a date before the birth
    alone is not wrong; before the pregnancy it is."""
    return failing(lists, {t: BEGINS[t].date < t[BORN].date.dt.offset_by("-10mo") for t in UNBORN_TOO})


@rule(
    "annex-care-before-birth",
    *(column for t in (LookedAfter, Adoption) for column in (t[BORN], BEGINS[t])),
    message="The child came into care before the date of birth",
)
def in_care_before_birth(lists: Lists) -> pl.LazyFrame:
    """A row of list 8 whose Date Started to be Looked After, or of list 10 whose Date the Child Entered Care, is
    before the date of birth. The day of birth passes. The reason: an unborn child is not looked after."""
    return failing(lists, {t: BEGINS[t].date < t[BORN].date for t in (LookedAfter, Adoption)})


SEEN = {
    **{t: (BEGINS[t],) for t in (Contacts, EarlyHelp, Referrals, Assessments, Enquiries)},
    **{
        t: tuple(t[f.name] for f in t.schema.fields if f.type == "date" and f.name != BORN)
        for t in (InNeed, Protection, LookedAfter, CareLeavers, Adoption)
    },
}
"""Dates on which, or after which, a row was written: its child had the age of that day at least."""


@rule(
    "annex-age",
    *columns_of(OF_CHILDREN, BORN, AGE),
    message="The age is not the age by the date of birth",
)
def of_another_age(lists: Lists, as_of_date: date) -> pl.LazyFrame:
    """A row of lists 1 to 10 whose Age of Child (Years) is not the age that the date of birth gives on any day from
    the last date of the row to the day on which ages are reckoned. The last date of a row is, in lists 1 to 5, when
    the contact, assessment, referral or enquiry began, and in lists 6 to 10 the latest of all its dates that is not
    after the day on which ages are reckoned, dates of birth aside; without one, any younger age passes. Before the
    birth the age is 0. A cell that is no number is not judged. The reason: on which day ages were worked out is not
    known, but it was one of these."""
    return failing(lists, {t: _of_another_age(t, SEEN[t], as_of_date) for t in OF_CHILDREN})


def _of_another_age(table: Table, seen: tuple[Column, ...], day: date) -> pl.Expr:
    today = pl.lit(day)
    last = pl.max_horizontal(pl.when(c.date <= today).then(c.date) for c in seen)
    age, born = as_number(table[AGE]), table[BORN].date
    birthday = _day_of_year(born)
    youngest = _age_on(last, born, birthday).fill_null(0)
    # who was born on 29 February may be given a birthday on 28 February, or on 1 March
    oldest = _age_on(today, born, pl.when(birthday == LEAP_DAY).then(LEAP_DAY - 1).otherwise(birthday))
    return (age < youngest) | (age > oldest)


LEAP_DAY = 229


def _day_of_year(day: pl.Expr) -> pl.Expr:
    """The month times 100 and the day: 1231 is 31 December."""
    return day.dt.month().cast(pl.Int32) * 100 + day.dt.day()


def _age_on(day: pl.Expr, born: pl.Expr, birthday: pl.Expr) -> pl.Expr:
    """Completed years on ``day``, 0 before the birth; ``birthday`` is a ``_day_of_year``."""
    years = day.dt.year() - born.dt.year() - (_day_of_year(day) < birthday).cast(pl.Int32)
    return pl.when(years.is_not_null()).then(pl.max_horizontal(years, 0))
