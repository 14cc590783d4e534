"""Persons of SEN2 and pupils of the school census, matched by UPN with one another and with the other
returns."""

from __future__ import annotations

import polars as pl

from childlink.identifiers import upn
from childlink.rules.context import Period, Unavailable
from childlink.rules.cross.tables import (
    ChildIdentifiers,
    Episodes,
    Header,
    NamedPlans,
    OffRoll,
    OnRoll,
    Persons,
    rule,
    share,
)
from childlink.rules.cross.vocabulary import (
    BORN,
    CHILD,
    NUMBER,
    RETURN,
    SEX,
    on_several,
    told,
)
from childlink.rules.expressions import together

SCHOOLED = ("sen2", "school_census")
"""The returns whose rows have no child id."""


@share
def certain_upns(numbered: pl.LazyFrame) -> pl.LazyFrame:
    """The rows of ``numbered`` whose UPN is valid and permanent and on one child id alone."""
    permanent = upn.verdict(NUMBER.text) == "permanent"
    return numbered.filter(permanent & ~on_several())


@share
def by_upn(
    certain_upns: pl.LazyFrame,
    numbered: pl.LazyFrame,
    sealed: pl.LazyFrame,
    ssda903_header: pl.LazyFrame | None = None,
    cin_child_identifiers: pl.LazyFrame | None = None,
    sen2_persons: pl.LazyFrame | None = None,
    school_census_pupilonroll: pl.LazyFrame | None = None,
    school_census_pupilnolongeronroll: pl.LazyFrame | None = None,
) -> pl.LazyFrame:
    """``certain_upns`` and the rows of SEN2 and the school census with a valid permanent UPN that no
    adopted child and no two child ids have; columns as ``told``. Raises Unavailable unless there are two
    returns, SEN2 or a school census among them."""
    schools = [
        told(rows, table, upn.permanent(table.upn.text), table.dob, table.sex, table.gender)
        for rows, table in (
            (school_census_pupilonroll, OnRoll),
            (school_census_pupilnolongeronroll, OffRoll),
        )
        if rows is not None
    ]
    persons = []
    if sen2_persons is not None:
        born, sexes = Persons.PersonBirthDate, Persons.columns("Sex", "GenderCurrent")
        persons.append(told(sen2_persons, Persons, upn.permanent(Persons.UPN.text), born, *sexes))
    if not persons and not schools:
        raise Unavailable("neither SEN2 nor a school census was given (--sen2, --school-census)")
    if not (persons and schools) and ssda903_header is None and cin_child_identifiers is None:
        raise Unavailable("there is one return alone")
    schooled = pl.concat([*persons, *schools], how="diagonal")
    for left_out in (sealed, numbered.filter(on_several())):
        schooled = schooled.join(left_out, on=NUMBER.key, how="anti")
    return pl.concat([certain_upns, schooled], how="diagonal")


@share
def upns_in_several(by_upn: pl.LazyFrame) -> pl.LazyFrame:
    """The UPNs that stand in two returns or more, SEN2 or the school census among them: NUMBER alone, once each."""
    of_upn = by_upn.group_by(NUMBER.key).agg(returns=RETURN.n_unique(), schooled=RETURN.is_in(SCHOOLED).any())
    return of_upn.filter((pl.col("returns") > 1) & pl.col("schooled")).select(NUMBER.key).sort(NUMBER.key)


def _differing(value: pl.Expr, by_upn: pl.LazyFrame) -> pl.LazyFrame:
    """The rows of ``by_upn`` with a value whose UPN has several, on rows of several returns, SEN2 or the
    school census among them."""
    rows = by_upn.filter(value.is_not_null())
    several = (value.n_unique() > 1).over(NUMBER.key) & (RETURN.n_unique() > 1).over(NUMBER.key)
    return rows.filter(several & RETURN.is_in(SCHOOLED).any().over(NUMBER.key))


@rule(
    "X-UPN-BIRTH-DATE",
    Header.DOB,
    ChildIdentifiers.PersonBirthDate,
    Persons.PersonBirthDate,
    OnRoll.dob,
    OffRoll.dob,
    message="The same unique pupil number stands with different dates of birth in two returns.",
    key=(NUMBER,),
)
def birth_dates_differ_by_upn(by_upn: pl.LazyFrame) -> pl.LazyFrame:
    """Rows of two or more returns, one of them SEN2 or the school census, with the same valid permanent UPN
    and different dates of birth. Every row with the UPN and a date that can be read is flagged. UPNs that
    are on two child ids, and those of children whose adoption a return tells, are left out.

    Why: a child has one date of birth. One of the dates is wrong, or the UPN is on the wrong child.
    """
    return _differing(BORN, by_upn)


@rule(
    "X-UPN-SEX",
    Header.SEX,
    *ChildIdentifiers.columns("Sex", "GenderCurrent"),
    *Persons.columns("Sex", "GenderCurrent"),
    *OnRoll.columns("sex", "gender"),
    *OffRoll.columns("sex", "gender"),
    message="Please check: the same unique pupil number stands with different sexes in two returns.",
    severity="query",
    key=(NUMBER,),
)
def sexes_differ_by_upn(by_upn: pl.LazyFrame) -> pl.LazyFrame:
    """Rows of two or more returns, one of them SEN2 or the school census, with the same valid permanent
    UPN, of which one says male (M or 1) and another female (F or 2). Every row with the UPN and one of
    these codes is flagged. UPNs that are on two child ids, and those of children whose adoption a return
    tells, are left out.

    Why: one of the codes is wrong, or the UPN is on the wrong child. A query, because a school may record
    it on another day, or as gender.
    """
    return _differing(SEX, by_upn)


DECEASED = "8"
"""Why a plan ceased."""


@share
def deceased_persons(
    sen2_persons: pl.LazyFrame, sen2_named_plans: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """The plans that ceased because the person died, on or before 31 March or on no known day: the row of
    NamedPlans and NUMBER, the person's valid permanent UPN. PersonIDs that stand on several rows of Persons
    are left out."""
    known = sen2_persons.with_columns(upn.permanent(Persons.UPN.text).alias(NUMBER.key)).filter(
        NUMBER.present & (pl.len().over(Persons.PersonID.key) == 1)
    )
    by_then = (NamedPlans.CeaseDate.date <= period.end).fill_null(value=NamedPlans.CeaseDate.missing)
    died = sen2_named_plans.filter(NamedPlans.CeaseReason.one_of(DECEASED) & by_then)
    return died.join(known, left_on=NamedPlans.PersonID.key, right_on=Persons.PersonID.key, how="inner")


@rule(
    "X-UPN-DEATH",
    *Episodes.columns("DECOM", "DEC"),
    *NamedPlans.columns("CeaseDate", "CeaseReason"),
    message="By SEN2 the person died, and a child with the same unique pupil number is looked after on 31 March.",
    key=(NUMBER,),
)
def died_by_sen2(
    deceased_persons: pl.LazyFrame, looked_after: pl.LazyFrame, certain_upns: pl.LazyFrame
) -> pl.LazyFrame:
    """A NamedPlans row of SEN2 with CeaseReason 8 (deceased) and a CeaseDate that is missing or on or
    before 31 March, whose person has a valid permanent UPN, and the Episodes rows of the SSDA903 that are
    open at the end of that day (DEC empty, LS not V3 or V4) of a child with the same UPN. All of them are
    flagged. UPNs that are on two child ids are left out.

    Why: one of the two is wrong, or the UPN is on the wrong child.
    """
    # an id with several UPNs says nothing certain, and would be paired with all its episodes
    children = certain_upns.filter((RETURN == "ssda903") & (pl.len().over(CHILD.key, "return") == 1))
    open_ = looked_after.join(children.select(CHILD.key, NUMBER.key), on=CHILD.key, how="inner")
    died = deceased_persons.join(open_, on=NUMBER.key, how="semi")
    return together(died, open_.join(died, on=NUMBER.key, how="semi"))
