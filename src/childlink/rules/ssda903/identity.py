"""Who the child is: sex, birth, ethnicity, pupil number, and rows that belong to nobody."""

from __future__ import annotations

from datetime import date

import polars as pl

from childlink.rules.columns import Table
from childlink.rules.context import Period, Unavailable
from childlink.rules.ssda903.tables import (
    AD1,
    OC2,
    OC3,
    Episodes,
    Header,
    Missing,
    PlacedAdoption,
    PrevPerm,
    Reviews,
    rule,
)
from childlink.rules.ssda903.vocabulary import (
    SHORT_BREAKS,
    UPN_UNKNOWN,
    any_case,
    not_of_children,
    of_children,
    pairs,
    same,
    together,
)

Before = Header.previous


# --- this year against last ---------------------------------------------------------------------------------


@rule(
    "202",
    Header.SEX,
    message="The gender code conflicts with the gender already recorded for this child.",
    differs="Codes are not translated: a child recorded as 1 or 2 last year and as M, F or U this year "
    "differs.",
)
def sex_changed(header_of_both_years: pl.LazyFrame) -> pl.LazyFrame:
    """A Header row for whose CHILD last year's Header has a row with a different SEX. Missing against missing
    is the same; missing against present is different. One differing row of last year is enough."""
    return header_of_both_years.filter(~same(Header.SEX.text, Before.SEX.text))


@rule(
    "203",
    Header.DOB,
    message="Date of birth disagrees with the date of birth already recorded for this child.",
)
def date_of_birth_changed(header_of_both_years: pl.LazyFrame) -> pl.LazyFrame:
    """A Header row for whose CHILD last year's Header has a row with a different DOB, compared as dates. An
    unreadable date counts as missing; missing against missing is the same, missing against a date is
    different. One differing row of last year is enough."""
    return header_of_both_years.filter(~same(Header.DOB.date, Before.DOB.date))


@rule(
    "204",
    Header.ETHNIC,
    message="Ethnic origin code disagrees with the ethnic origin already recorded for this child.",
)
def ethnicity_changed(header_of_both_years: pl.LazyFrame) -> pl.LazyFrame:
    """A Header row for whose CHILD last year's Header has a row with a different ETHNIC, letter case ignored.
    Missing against missing is the same; missing against present is different. One differing row of last year
    is enough."""
    now, before = Header.ETHNIC.text.str.to_uppercase(), Before.ETHNIC.text.str.to_uppercase()
    return header_of_both_years.filter(~same(now, before))


@rule(
    "208",
    Header.UPN,
    message="Unique Pupil Number (UPN) for the current year disagrees with the Unique Pupil Number (UPN) "
    "already recorded for this child.",
)
def pupil_number_changed(header_of_both_years: pl.LazyFrame) -> pl.LazyFrame:
    """A Header row for whose CHILD last year's Header has a row with a different UPN, letter case ignored
    (missing against present is different), unless the change is a permitted one:

    - last year's UPN was UN1 or missing and this year's is UN2, UN3, UN4 or UN5;
    - last year's UPN was UN1 to UN5 or missing and this year's is present and none of UN1 to UN5."""
    now, before = Header.UPN.text.str.to_uppercase(), Before.UPN.text.str.to_uppercase()
    reason_found = (Before.UPN.missing | any_case(Before.UPN, "UN1")) & any_case(Header.UPN, *UPN_UNKNOWN[1:])
    number_found = (
        (Before.UPN.missing | any_case(Before.UPN, *UPN_UNKNOWN))
        & Header.UPN.present
        & ~any_case(Header.UPN, *UPN_UNKNOWN)
    )
    return header_of_both_years.filter(~same(now, before) & ~reason_found & ~number_found)


# --- sex and birth ------------------------------------------------------------------------------------------


@rule(
    "232",
    Header.SEX,
    message="Sex of the child/young person has been reported as unknown.",
    since="2024-25",
)
def sex_unknown() -> pl.Expr:
    """A Header row whose SEX is U, in capitals or not."""
    return any_case(Header.SEX, "U")


@rule("301", Header.DOB, message="Date of birth falls after the year ended.")
def born_after_the_year(period: Period) -> pl.Expr:
    """A Header row whose DOB is later than the collection end."""
    return Header.DOB.date > period.end


@rule("302", Episodes.DECOM, Header.DOB, message="First episode starts before child was born.")
def looked_after_before_birth(first_episodes: pl.LazyFrame, header: pl.LazyFrame) -> pl.LazyFrame:
    """For each child take the Episodes row with the earliest DECOM (of equal ones the first in the file). It
    and a Header row of the same CHILD are flagged when that row's DOB is later than that DECOM."""
    first = pairs(first_episodes, header, (Episodes.CHILD, Header.CHILD))
    return first.filter(Header.DOB.date > Episodes.DECOM.date)


@rule("351", Header.DOB, message="Child was over 25 at the start of the current collection year.")
def over_25(period: Period) -> pl.Expr:
    """A Header row whose 25th birthday is earlier than the collection start."""
    return Header.DOB.birthday(25) < period.start


@rule(
    "352",
    *Episodes.columns("DECOM", "RNE"),
    message="Child who started to be looked after was aged 18 or over.",
)
def started_at_18_or_over(episodes_with_header: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose RNE is S (capital or not) and whose DECOM is on or after the 18th birthday by the
    DOB of a Header row of the same CHILD."""
    started = any_case(Episodes.RNE, "S")
    return episodes_with_header.filter(started & (Episodes.DECOM.date >= Header.DOB.birthday(18)))


# --- pupil number -------------------------------------------------------------------------------------------


@rule(
    "209",
    *Header.columns("UPN", "DOB"),
    message="Child looked after is of school age and should not have an unknown Unique Pupil Number (UPN) "
    "code of UN1.",
)
def of_school_age_without_pupil_number(period: Period) -> pl.Expr:
    """A Header row with UPN equal to UN1 whose 4th birthday falls on or before 31 August of the calendar year
    before the one in which the collection starts (collection of 2025-26: 31 August 2024)."""
    return Header.UPN.one_of("UN1") & (Header.DOB.birthday(4) <= date(period.start.year - 1, 8, 31))


@rule(
    "210",
    Header.UPN,
    Episodes.DECOM,
    message="Children looked after for more than a week at 31 March should not have an unknown Unique Pupil "
    "Number (UPN) code of UN4.",
    differs="The message speaks of children looked after for more than a week; the condition finds episodes "
    "that began on 24 March or later.",
)
def newly_looked_after_without_pupil_number(
    episodes_with_header: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """An Episodes row whose DECOM is on or after 24 March of the calendar year in which the collection ends,
    and a Header row of the same CHILD whose UPN is UN4. Both rows are flagged."""
    in_the_last_week = Episodes.DECOM.date >= date(period.end.year, 3, 24)
    return episodes_with_header.filter(in_the_last_week & Header.UPN.one_of("UN4"))


@rule("442", Header.UPN, message="Unique Pupil Number (UPN) field is not completed.")
def looked_after_without_pupil_number(header: pl.LazyFrame, episodes: pl.LazyFrame) -> pl.LazyFrame:
    """A Header row whose UPN is missing and whose CHILD has at least one Episodes row with LS neither V3 nor
    V4 (a missing LS is neither)."""
    in_care = episodes.filter(~Episodes.LS.one_of(*SHORT_BREAKS))
    return of_children(header.filter(Header.UPN.missing), Header, in_care, Episodes)


@rule("444", Header.UPN, message="Duplicate UPN has been reported", since="2025-26")
def pupil_number_twice() -> pl.Expr:
    """A Header row whose UPN is present, is none of UN1 to UN5, and is also on another Header row, of
    whichever child. Every such row is flagged."""
    return Header.UPN.present & ~Header.UPN.one_of(*UPN_UNKNOWN) & Header.UPN.text.is_duplicated()


# --- children without episodes ------------------------------------------------------------------------------


@rule(
    "EPI",
    Header.CHILD,
    message="WARNING: Episodes need to be loaded for this child before further validation is possible "
    "[NOTE: This refers to the DfE portal - here, all checks that can be performed with only the available "
    "data will be.]",
    severity="query",
)
def neither_episodes_nor_leaving_care(
    header: pl.LazyFrame, episodes: pl.LazyFrame | None = None, oc3: pl.LazyFrame | None = None
) -> pl.LazyFrame:
    """A Header row whose CHILD is on no row of Episodes and on no row of OC3. A table that is not there
    counts as one without rows."""
    unknown = header
    if episodes is not None:
        unknown = not_of_children(unknown, Header, episodes, Episodes)
    if oc3 is not None:
        unknown = not_of_children(unknown, Header, oc3, OC3)
    return unknown


@rule(
    "1012",
    *(t.CHILD for t in (PlacedAdoption, Missing, Reviews, AD1, PrevPerm, OC2)),
    message="No other data should be returned for OC3 children who had no episodes in the current year",
    differs="Any child without episodes is meant, whether on OC3 or not: the rule does not read OC3.",
)
def other_data_without_episodes(
    episodes: pl.LazyFrame,
    placed_adoption: pl.LazyFrame | None = None,
    missing: pl.LazyFrame | None = None,
    reviews: pl.LazyFrame | None = None,
    ad1: pl.LazyFrame | None = None,
    prev_perm: pl.LazyFrame | None = None,
    oc2: pl.LazyFrame | None = None,
) -> pl.LazyFrame:
    """In each of the tables PlacedAdoption, Missing, Reviews, AD1, PrevPerm and OC2 that is there, every row
    whose CHILD is on no row of this year's Episodes."""
    others: list[tuple[Table, pl.LazyFrame | None]] = [
        (PlacedAdoption, placed_adoption),
        (Missing, missing),
        (Reviews, reviews),
        (AD1, ad1),
        (PrevPerm, prev_perm),
        (OC2, oc2),
    ]
    there = [(table, rows) for table, rows in others if rows is not None]
    if not there:
        raise Unavailable("none of the other tables is in the return")
    return together(*(not_of_children(rows, table, episodes, Episodes) for table, rows in there))
