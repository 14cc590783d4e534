"""Children who are mothers, and their first child."""

from __future__ import annotations

import polars as pl

from childlink.rules.columns import any_present
from childlink.rules.context import Period
from childlink.rules.ssda903.tables import OC3, Episodes, Header, rule
from childlink.rules.ssda903.vocabulary import (
    CONTINUES,
    OC3_ITEMS,
    SHORT_BREAKS,
    any_case,
    as_number,
    latest,
    not_of_children,
    of_children,
    pairs,
    together,
    touches_the_year,
    within,
)

MALE_TO_2023, FEMALE_TO_2023 = "1", "2"
MALE, FEMALE = "M", "F"
"""SEX from 2024-25 on."""
IS_MOTHER, NO_MOTHER = "1", "0"
BY_CHILD = (Header.CHILD, OC3.CHILD)

# --- the mother status --------------------------------------------------------------------------------------


@rule(
    "165",
    *Header.columns("MOTHER", "SEX"),
    *OC3.columns("ACTIV", "ACCOM", "IN_TOUCH"),
    Episodes.DECOM,
    flags=(Header, OC3),
    message="Data entry for mother status is invalid.",
    differs="SEX is still read as 1 and 2: from 2024-25 only the check that MOTHER is 0 or 1 can find "
    "anything.",
)
def mother_status_invalid(
    header: pl.LazyFrame, episodes: pl.LazyFrame, oc3: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """Only children with an Episodes row whose LS is neither V3 nor V4 (capital or not; a missing LS is
    neither) are looked at. Such a row is in the year when its DECOM is up to the collection end and its DEC
    is missing, unreadable or from the collection start on. A Header row of the child, and each of its OC3
    rows, is flagged when

    - MOTHER is present and neither 0 nor 1;
    - MOTHER is present and SEX is 1;
    - MOTHER is missing, SEX is 2 and the child has an episode in the year;
    - MOTHER is present, SEX is 2, the child has no episode in the year, and ACTIV, ACCOM or IN_TOUCH is
      present in the OC3 row (other OC3 rows of the child are not flagged)."""
    in_care = episodes.filter(~any_case(Episodes.LS, *SHORT_BREAKS))
    in_year = in_care.filter(Episodes.CHILD.present & touches_the_year(period))
    examined = of_children(header, Header, in_care, Episodes)
    with_episode = of_children(examined, Header, in_year, Episodes)
    without = not_of_children(examined, Header, in_year, Episodes)

    stated, girl = Header.MOTHER.present, Header.SEX.one_of(FEMALE_TO_2023)
    invalid = stated & (~Header.MOTHER.one_of(NO_MOTHER, IS_MOTHER) | Header.SEX.one_of(MALE_TO_2023))
    whole = together(examined.filter(invalid), with_episode.filter(~stated & girl))
    by_leaver = pairs(without.filter(stated & girl), oc3.filter(any_present(OC3_ITEMS)), BY_CHILD)
    return together(pairs(whole, oc3, BY_CHILD, "left"), by_leaver)


DUTY = "Child is looked after but mother field is not completed."


@rule("393", Header.MOTHER, message=DUTY)
def girl_without_mother_status_to_2023(header: pl.LazyFrame, episodes: pl.LazyFrame) -> pl.LazyFrame:
    """A Header row with SEX 2 and MOTHER missing whose CHILD has at least one Episodes row with LS neither V3
    nor V4 (capital or not; a missing LS is neither)."""
    return _in_care_without_status(header, episodes, FEMALE_TO_2023)


@rule("393", Header.MOTHER, message=DUTY, since="2024-25")
def girl_without_mother_status(header: pl.LazyFrame, episodes: pl.LazyFrame) -> pl.LazyFrame:
    """A Header row with SEX F and MOTHER missing whose CHILD has at least one Episodes row with LS neither V3
    nor V4 (capital or not; a missing LS is neither)."""
    return _in_care_without_status(header, episodes, FEMALE)


def _in_care_without_status(header: pl.LazyFrame, episodes: pl.LazyFrame, female: str) -> pl.LazyFrame:
    in_care = episodes.filter(~any_case(Episodes.LS, *SHORT_BREAKS))
    return of_children(header.filter(_without_status(female)), Header, in_care, Episodes)


def _without_status(female: str) -> pl.Expr:
    return Header.SEX.one_of(female) & Header.MOTHER.missing


CEASED = "Child ceased to be looked after in the year, but mother field has not been completed."
CEASED_FIELDS = (
    *Episodes.columns("DEC", "REC"),
    Header.MOTHER,
    Episodes.LS,
    Header.SEX,
)


@rule("607", *CEASED_FIELDS, message=CEASED)
def ceased_without_mother_status_to_2023(episodes_with_header: pl.LazyFrame, period: Period) -> pl.LazyFrame:
    """An Episodes row with a DEC in the collection year, REC present and not X1, and LS neither V3 nor V4 (a
    missing LS is neither), and a Header row of the same CHILD with SEX 2 and MOTHER missing. Both are
    flagged."""
    return episodes_with_header.filter(_ceased_for_good(period) & _without_status(FEMALE_TO_2023))


@rule("607", *CEASED_FIELDS, message=CEASED, since="2024-25")
def ceased_without_mother_status(episodes_with_header: pl.LazyFrame, period: Period) -> pl.LazyFrame:
    """An Episodes row with a DEC in the collection year, REC present and not X1, and LS neither V3 nor V4 (a
    missing LS is neither), and a Header row of the same CHILD with SEX F and MOTHER missing. Both are
    flagged."""
    return episodes_with_header.filter(_ceased_for_good(period) & _without_status(FEMALE))


def _ceased_for_good(period: Period) -> pl.Expr:
    ceased = within(Episodes.DEC.date, period) & Episodes.REC.present & ~Episodes.REC.one_of(CONTINUES)
    return ceased & ~Episodes.LS.one_of(*SHORT_BREAKS)


@rule(
    "628",
    Header.MOTHER,
    message="Motherhood details are not required for care leavers who have not been looked after during the "
    "year.",
    differs="Any Episodes row of this year's return counts as having been looked after, whatever its dates.",
)
def care_leaver_with_mother_status(
    header: pl.LazyFrame, episodes: pl.LazyFrame, oc3: pl.LazyFrame
) -> pl.LazyFrame:
    """A Header row whose MOTHER is present, whatever it holds, and whose CHILD is on no Episodes row and on
    an OC3 row in which IN_TOUCH, ACTIV or ACCOM is present."""
    stated = not_of_children(header.filter(Header.MOTHER.present), Header, episodes, Episodes)
    return of_children(stated, Header, oc3.filter(any_present(OC3_ITEMS)), OC3)


@rule(
    "207",
    Header.MOTHER,
    message="Mother status for the current year disagrees with the mother status already recorded for this "
    "child.",
    differs="Only a change away from 1 is reported: a child who was no mother last year may be one now.",
)
def no_longer_mother(header_of_both_years: pl.LazyFrame, episodes: pl.LazyFrame) -> pl.LazyFrame:
    """A Header row whose MOTHER is not 1 (missing is not 1), for whose CHILD last year's Header has a row
    with MOTHER 1, and this year's Episodes at least one row."""
    changed = header_of_both_years.filter(
        Header.previous.MOTHER.one_of(IS_MOTHER) & ~Header.MOTHER.one_of(IS_MOTHER)
    )
    return of_children(changed, Header, episodes, Episodes)


# --- the mother's child -------------------------------------------------------------------------------------


@rule(
    "174",
    *Header.columns("SEX", "MC_DOB"),
    message="Mother's child date of birth is recorded but gender shows that the child is a male.",
)
def male_with_child_to_2023() -> pl.Expr:
    """A Header row whose SEX is 1 and whose MC_DOB is present, whatever it holds."""
    return Header.SEX.one_of(MALE_TO_2023) & Header.MC_DOB.present


@rule(
    "174",
    *Header.columns("SEX", "MC_DOB"),
    message="Mother's child date of birth is recorded but sex shows that the child is a male.",
    since="2024-25",
)
def male_with_child() -> pl.Expr:
    """A Header row whose SEX is M and whose MC_DOB is present, whatever it holds."""
    return Header.SEX.one_of(MALE) & Header.MC_DOB.present


@rule(
    "611",
    *Header.columns("MOTHER", "MC_DOB"),
    message="Date of birth field is blank, but child is a mother.",
)
def mother_without_date_of_birth_of_child() -> pl.Expr:
    """A Header row whose MOTHER is 1 and whose MC_DOB is missing."""
    return Header.MOTHER.one_of(IS_MOTHER) & Header.MC_DOB.missing


NOT_A_MOTHER = "Date of birth field has been completed but mother field indicates child is not a mother."
ONLY_GIRLS = "The message does not mention sex; only girls are looked at."


@rule("612", *Header.columns("SEX", "MOTHER", "MC_DOB"), message=NOT_A_MOTHER, differs=ONLY_GIRLS)
def no_mother_with_child_to_2023() -> pl.Expr:
    """A Header row whose SEX is 2, whose MOTHER is 0 or missing, and whose MC_DOB is present, whatever it
    holds."""
    return _no_mother_with_child(FEMALE_TO_2023)


@rule(
    "612",
    *Header.columns("SEX", "MOTHER", "MC_DOB"),
    message=NOT_A_MOTHER,
    differs=ONLY_GIRLS,
    since="2024-25",
)
def no_mother_with_child() -> pl.Expr:
    """A Header row whose SEX is F, whose MOTHER is 0 or missing, and whose MC_DOB is present, whatever it
    holds."""
    return _no_mother_with_child(FEMALE)


def _no_mother_with_child(female: str) -> pl.Expr:
    no_mother = Header.MOTHER.missing | Header.MOTHER.one_of(NO_MOTHER)
    return Header.SEX.one_of(female) & no_mother & Header.MC_DOB.present


@rule(
    "620",
    *Header.columns("DOB", "MOTHER"),
    message="Child has been recorded as a mother, but date of birth shows that the mother is under 11 years "
    "of age.",
    differs="Age is taken at the start of the collection year: a mother who turned 11 during the year is "
    "reported.",
)
def mother_under_11(period: Period) -> pl.Expr:
    """A Header row whose MOTHER is 1 and whose 11th birthday is after the collection start."""
    return Header.MOTHER.one_of(IS_MOTHER) & (Header.DOB.birthday(11) > period.start)


@rule(
    "621",
    *Header.columns("DOB", "MC_DOB"),
    message="Mother’s field has been completed but date of birth shows that the mother is younger than her "
    "child.",
    differs="A row without a readable DOB is reported too, though nothing then shows who is younger.",
)
def mother_younger_than_child() -> pl.Expr:
    """A Header row whose MC_DOB is a date and is on or before DOB, or whose DOB is missing or unreadable."""
    born_after_the_mother = (Header.MC_DOB.date > Header.DOB.date).fill_null(value=False)
    return Header.MC_DOB.date.is_not_null() & ~born_after_the_mother


@rule(
    "624",
    Header.MC_DOB,
    message="Date of birth of the first child contradicts the date of birth of the first child previously "
    "recorded.",
)
def date_of_birth_of_child_changed(header_of_both_years: pl.LazyFrame) -> pl.LazyFrame:
    """A Header row for whose CHILD last year's Header has a row with MC_DOB present, when this year's MC_DOB
    is missing or not the same text (1/6/2020 and 01/06/2020 differ)."""
    before = Header.previous.MC_DOB
    return header_of_both_years.filter(before.present & Header.MC_DOB.text.ne_missing(before.text))


@rule(
    "625",
    Header.MC_DOB,
    Episodes.DEC,
    message="Date of birth of the first child is beyond the end of this reporting year or the date the "
    "child ceased to be looked after.",
    differs="Open episodes are not looked at: a child whose episodes are all open passes, and a child with "
    "a closed one is held to its DEC even when looked after again.",
)
def child_born_after_care_or_year(
    episodes: pl.LazyFrame, header: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """For each child take the Episodes row with the latest DEC (of equal ones the first in the file). It and
    a Header row of the same CHILD are flagged when MC_DOB is after that DEC or after the collection end."""
    last = pairs(latest(episodes, Episodes, Episodes.DEC), header, (Episodes.CHILD, Header.CHILD))
    return last.filter((Header.MC_DOB.date > Episodes.DEC.date) | (Header.MC_DOB.date > period.end))


@rule(
    "626",
    *Header.columns("MOTHER", "MC_DOB"),
    message="Child was reported as a mother but the date of birth of the first child is before the current "
    "year which contradicts with the mother status recorded last year.",
)
def mother_before_the_year_but_not_last_year(
    header_of_both_years: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """A Header row whose MOTHER, read as a number, is 1 and whose MC_DOB is before the collection start, when
    last year's Header has a row of the same CHILD whose MOTHER, read as a number, is 0."""
    now_but_not_then = (as_number(Header.MOTHER) == 1) & (as_number(Header.previous.MOTHER) == 0)
    return header_of_both_years.filter(now_but_not_then & (Header.MC_DOB.date < period.start))
