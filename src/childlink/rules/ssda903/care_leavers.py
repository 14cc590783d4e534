"""Care leavers: the OC3 table and who belongs on it."""

from __future__ import annotations

import polars as pl

from childlink.rules.columns import all_present, any_present
from childlink.rules.context import Period
from childlink.rules.ssda903.tables import AD1, OC2, OC3, Episodes, Header, rule, share
from childlink.rules.ssda903.vocabulary import (
    AD1_ITEMS,
    ADOPTED,
    OC3_ITEMS,
    SHORT_BREAKS,
    any_case,
    beside,
    has,
    in_order,
    not_of_children,
    of_children,
    pairs,
    together,
    within,
)

Before = Episodes.previous
FORMER_FOSTER_CARERS = ("Z1", "Z2")
"""ACCOM: with former foster carers."""
FOYER = "T"
"""ACCOM as rule 347 looks for it; the valid codes are T1 and T2."""
DIED = "DIED"
RETURNED_HOME = "RHOM"
NOT_KNOWN = "0"
"""ACTIV or ACCOM: zero."""
FILLED = any_present(OC3_ITEMS)
"""True on an OC3 row with at least one of IN_TOUCH, ACTIV, ACCOM."""

# --- the items in themselves --------------------------------------------------------------------------------


@rule(
    "153",
    *OC3_ITEMS,
    message="All data items relating to a child's activity or accommodation after leaving care must be "
    "coded or left blank.",
)
def partly_filled() -> pl.Expr:
    """An OC3 row in which one or two, but not all three, of IN_TOUCH, ACTIV and ACCOM are present."""
    return FILLED & ~all_present(OC3_ITEMS)


@rule(
    "344",
    *OC3_ITEMS,
    message="The record shows the young person has died or returned home to live with parent(s) or someone "
    "with parental responsibility for a continuous period of 6 months or more, but activity and/or "
    "accommodation on leaving care have been completed.",
    differs="A missing ACTIV or ACCOM is reported too: only 0 in both passes.",
)
def died_or_returned_home_with_activity() -> pl.Expr:
    """An OC3 row whose IN_TOUCH is DIED or RHOM and whose ACTIV or ACCOM is anything but 0, missing
    included."""
    both_zero = OC3.ACTIV.one_of(NOT_KNOWN) & OC3.ACCOM.one_of(NOT_KNOWN)
    return OC3.IN_TOUCH.one_of(DIED, RETURNED_HOME) & ~both_zero


@rule(
    "345",
    *OC3_ITEMS,
    message="The data collection record shows the local authority is in touch with this young person, but "
    "activity and/or accommodation data items are zero.",
)
def in_touch_without_activity() -> pl.Expr:
    """An OC3 row whose IN_TOUCH is YES and whose ACTIV or ACCOM is 0."""
    return OC3.IN_TOUCH.one_of("YES") & (OC3.ACTIV.one_of(NOT_KNOWN) | OC3.ACCOM.one_of(NOT_KNOWN))


@rule(
    "347",
    *OC3.columns("ACCOM", "DOB"),
    message="Care leavers aged under 18 years, can not be accommodated in a Foyer.",
    since="2023-24",
    differs="Age is counted in days, so a care leaver whose 18th birthday is the collection start can be "
    "reported; the published fields PLACE, DEC and URN are not in OC3.",
)
def under_18_in_a_foyer(period: Period) -> pl.Expr:
    """An OC3 row whose ACCOM is T and whose DOB lies 6574 days or fewer before the collection start (18 years
    of 365.2425 days), or after it."""
    days_old = (pl.lit(period.start) - OC3.DOB.date).dt.total_days()
    return OC3.ACCOM.one_of(FOYER) & (days_old <= 6574)


@rule(
    "391",
    *OC3.columns("DOB", "IN_TOUCH", "ACTIV", "ACCOM"),
    message="Young person was not 17, 18, 19, 20 or 21 during the current collection year. ",
    differs="Only the lower limit is checked: a young person over 21 passes.",
)
def under_17(period: Period) -> pl.Expr:
    """An OC3 row whose 17th birthday is later than the collection end and in which at least one of IN_TOUCH,
    ACTIV and ACCOM is present."""
    return FILLED & (OC3.DOB.birthday(17) > period.end)


# --- other tables of the same child -------------------------------------------------------------------------


@rule(
    "134",
    *OC3_ITEMS,
    *AD1_ITEMS,
    flags=(AD1,),
    message="Data on adoption should not be entered for the OC3 cohort.",
)
def adoption_details_of_care_leaver(ad1: pl.LazyFrame, oc3: pl.LazyFrame) -> pl.LazyFrame:
    """An AD1 row with at least one of DATE_INT, DATE_MATCH, FOSTER_CARE, NB_ADOPTR, SEX_ADOPTR and LS_ADOPTR,
    whose CHILD is on an OC3 row with at least one of IN_TOUCH, ACTIV and ACCOM."""
    return of_children(ad1.filter(any_present(AD1_ITEMS)), AD1, oc3.filter(FILLED), OC3)


OC2_ITEMS = OC2.columns(
    "CONVICTED",
    "HEALTH_CHECK",
    "IMMUNISATIONS",
    "TEETH_CHECK",
    "HEALTH_ASSESSMENT",
    "SUBSTANCE_MISUSE",
    "INTERVENTION_RECEIVED",
    "INTERVENTION_OFFERED",
)


@rule(
    "215",
    *OC3_ITEMS,
    *OC2_ITEMS,
    message="Child has care leaver information but one or more data items relating to children looked after "
    "for 12 months have been completed.",
)
def health_items_of_care_leaver(oc3: pl.LazyFrame, oc2: pl.LazyFrame) -> pl.LazyFrame:
    """An OC3 row with at least one of IN_TOUCH, ACTIV and ACCOM and an OC2 row of the same CHILD with at
    least one of CONVICTED, HEALTH_CHECK, IMMUNISATIONS, TEETH_CHECK, HEALTH_ASSESSMENT, SUBSTANCE_MISUSE,
    INTERVENTION_RECEIVED and INTERVENTION_OFFERED. Both are flagged."""
    return pairs(oc3.filter(FILLED), oc2.filter(any_present(OC2_ITEMS)), (OC3.CHILD, OC2.CHILD))


@rule(
    "348",
    OC3.IN_TOUCH,
    message="Care leaver has previously been reported as having died. ",
    since="2025-26",
)
def died_before(oc3: pl.LazyFrame, previous_oc3: pl.LazyFrame) -> pl.LazyFrame:
    """An OC3 row whose IN_TOUCH is not DIED (missing included) and whose CHILD is on a row of last year's OC3
    with IN_TOUCH DIED."""
    reported = previous_oc3.filter(OC3.previous.IN_TOUCH.one_of(DIED))
    return of_children(oc3.filter(~OC3.IN_TOUCH.one_of(DIED)), OC3, reported, OC3.previous)


@rule(
    "3001",
    OC3.ACCOM,
    message="Where care leavers information is being returned for a young person around their 17th "
    "birthday, the accommodation cannot be with their former foster carer(s).",
    differs="The published field REC is in neither table; ACCOM is the field tested.",
)
def with_foster_carers_around_17(oc3: pl.LazyFrame, header: pl.LazyFrame, period: Period) -> pl.LazyFrame:
    """An OC3 row whose ACCOM is Z1 or Z2 (capital or not) and whose 17th birthday, by the DOB of a Header row
    of the same CHILD, lies in the collection year."""
    with_carers = oc3.filter(any_case(OC3.ACCOM, *FORMER_FOSTER_CARERS))
    return pairs(with_carers, header, (OC3.CHILD, Header.CHILD)).filter(
        within(Header.DOB.birthday(17), period)
    )


# --- episodes of the same child -----------------------------------------------------------------------------


@rule(
    "1000",
    *OC3_ITEMS,
    message="This child is recorded as having died in care and therefore should not have the care leaver "
    "information completed. [NOTE: This only tests the current and previous year data loaded into the tool]",
    differs="Being on OC3 is enough, whether or not its items are filled in; any row with REC E2 counts.",
)
def died_in_care(
    episodes: pl.LazyFrame, oc3: pl.LazyFrame, previous_episodes: pl.LazyFrame | None = None
) -> pl.LazyFrame:
    """An OC3 row whose CHILD is on a row with REC E2 (capital or not) of this year's Episodes or, where they
    are there, of last year's."""
    found = [of_children(oc3, OC3, episodes.filter(any_case(Episodes.REC, "E2")), Episodes)]
    if previous_episodes is not None:
        found.append(of_children(oc3, OC3, previous_episodes.filter(any_case(Before.REC, "E2")), Before))
    return together(*found)


@rule(
    "1002",
    *OC3_ITEMS,
    message="This child has no previous episodes of care, therefore should not have care leaver information "
    "recorded. [NOTE: This tool can only test the current and previous year data loaded into the tool - "
    "this check may generate false positives if a child had episodes prior to last year's collection.]",
    differs="Being on OC3 is enough, whether or not its items are filled in.",
)
def never_in_care(oc3: pl.LazyFrame, episodes: pl.LazyFrame, previous_episodes: pl.LazyFrame) -> pl.LazyFrame:
    """An OC3 row whose CHILD is on no row of this year's Episodes and on no row of last year's."""
    return not_of_children(not_of_children(oc3, OC3, episodes, Episodes), OC3, previous_episodes, Before)


@rule(
    "1007",
    *OC3_ITEMS,
    message="Care leaver information is not required for 17- or 18-year olds who are still looked after [on "
    "their 17th or 18th birthday.]",
    differs="The episode must have a DEC after the birthday: a child in one open episode is not reported.",
)
def in_care_on_the_birthday(oc3: pl.LazyFrame, episodes: pl.LazyFrame, period: Period) -> pl.LazyFrame:
    """An OC3 row with at least one of IN_TOUCH, ACTIV and ACCOM, aged 17 or 18 at the collection end by its
    own DOB, whose CHILD has an Episodes row with DECOM on or before the last birthday up to the collection
    end and DEC after it."""
    of_age = (OC3.DOB.birthday(17) <= period.end) & (OC3.DOB.birthday(19) > period.end)
    last_birthday = (
        pl.when(OC3.DOB.birthday(18) <= period.end).then(OC3.DOB.birthday(18)).otherwise(OC3.DOB.birthday(17))
    )
    in_care = (Episodes.DECOM.date <= last_birthday) & (Episodes.DEC.date > last_birthday)
    return pairs(oc3.filter(FILLED & of_age), episodes, (OC3.CHILD, Episodes.CHILD)).filter(in_care)


@rule(
    "1016",
    *OC3_ITEMS,
    message="Care leaver information is not required for 17- or 18-year olds who cease to be looked after, "
    "after their birthday.",
    since="2023-24",
    differs="Any DEC counts, even of an episode that another follows; age is counted in days, which can "
    "differ from birthdays where the birthday is the collection end.",
)
def ceased_after_the_birthday(oc3: pl.LazyFrame, episodes: pl.LazyFrame, period: Period) -> pl.LazyFrame:
    """An OC3 row with at least one of IN_TOUCH, ACTIV and ACCOM whose CHILD has an Episodes row with DEC on
    or after the 17th birthday, for a child counted as 17, or the 18th, for a child counted as 18. By the
    row's own DOB a child counts as 17 when 6210 to 6574 days old at the collection end, as 18 when 6575 to
    6939 days old."""
    days_old = (pl.lit(period.end) - OC3.DOB.date).dt.total_days()
    birthday = (
        pl.when(days_old.is_between(6210, 6574))
        .then(OC3.DOB.birthday(17))
        .when(days_old.is_between(6575, 6939))
        .then(OC3.DOB.birthday(18))
    )
    return pairs(oc3.filter(FILLED), episodes, (OC3.CHILD, Episodes.CHILD)).filter(
        Episodes.DEC.date >= birthday
    )


@rule(
    "1010",
    *OC3_ITEMS,
    message="This child has no episodes loaded for current year even though there was an open episode of "
    "care at the end of the previous year, and care leaver data has been entered.",
    differs="Being on OC3 is enough, whether or not its items are filled in.",
)
def open_last_year_and_gone(
    oc3: pl.LazyFrame, episodes: pl.LazyFrame, previous_episodes: pl.LazyFrame
) -> pl.LazyFrame:
    """An OC3 row whose CHILD is on no row of this year's Episodes, and whose final episode of last year (the
    latest readable DECOM, of equal ones the last in the file) has DEC missing."""
    dated = in_order(previous_episodes.filter(Before.DECOM.date.is_not_null()), Before, Before.DECOM)
    following = Before.named("following")
    final = beside(dated, Before, following, -1).filter(~has(following))
    still_open = of_children(oc3, OC3, final.filter(Before.DEC.missing), Before)
    return not_of_children(still_open, OC3, episodes, Episodes)


@rule(
    "1011",
    *OC3_ITEMS,
    message="This child is recorded as having his/her care transferred to another local authority for the "
    "final episode and therefore should not have the care leaver information completed.",
)
def transferred_to_another_authority(oc3: pl.LazyFrame, latest_episodes: pl.LazyFrame) -> pl.LazyFrame:
    """An OC3 row with at least one of IN_TOUCH, ACTIV and ACCOM whose child's latest episode of this year, by
    DECOM, of equal ones the first in the file, has REC E3."""
    return of_children(oc3.filter(FILLED), OC3, latest_episodes.filter(Episodes.REC.one_of("E3")), Episodes)


# --- days in care since 14 and 16 ---------------------------------------------------------------------------


@share
def episodes_of_both_years(
    episodes: pl.LazyFrame, previous_episodes: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """This year's and last year's Episodes rows, both under this year's names: one row a CHILD and DECOM.

    Of several, the one with the earliest DEC stays (a missing DEC is latest; ties: this year's, then the
    order of the file). ``latest`` says whether it is the child's latest DECOM; ``until`` is DEC, the
    collection end where a latest row has none. ``Episodes.row`` does not tell the years apart.
    """
    both = pl.concat([episodes, Before.renamed(previous_episodes, Episodes)], how="diagonal")
    once = both.sort(Episodes.DEC.date, nulls_last=True, maintain_order=True).unique(
        [Episodes.CHILD.text, Episodes.DECOM.date], keep="first", maintain_order=True
    )
    is_latest = (Episodes.DECOM.date == Episodes.DECOM.date.max().over(Episodes.CHILD.text)).fill_null(
        value=False
    )
    return once.with_columns(
        is_latest.alias("latest"),
        pl.when(is_latest)
        .then(Episodes.DEC.date.fill_null(period.end))
        .otherwise(Episodes.DEC.date)
        .alias("until"),
    )


UNTIL, IS_LATEST = pl.col("until"), pl.col("latest")
"""The columns that ``episodes_of_both_years`` adds."""


@rule(
    "1001",
    *OC3_ITEMS,
    message="The episodes recorded for this young person suggest they are not a relevant or a former "
    "relevant child and therefore should not have care leaver information completed. [NOTE: This tool can "
    "only test the current and previous year data loaded into the tool - this check may generate false "
    "positives if a child had episodes prior to last year's collection.]",
    differs="A child aged 20 or over at the collection end has no days counted and is always reported; "
    "being on OC3 is enough, whether or not its items are filled in.",
)
def too_little_care_since_14(
    oc3: pl.LazyFrame,
    header: pl.LazyFrame,
    episodes: pl.LazyFrame,
    previous_episodes: pl.LazyFrame,
    episodes_of_both_years: pl.LazyFrame,
    period: Period,
) -> pl.LazyFrame:
    """An OC3 row whose child was in care for fewer than 91 days since the 14th birthday, or not for a day
    since the 16th, or whose latest episode has REC E11 or E12 (capital or not).

    The episodes are this year's and last year's; of several with one DECOM the one with the earliest DEC
    counts (a missing DEC is latest). The latest episode, by DECOM, lasts until the collection end if it has
    no DEC; another without DEC adds nothing. Days run from DECOM, or the birthday where that is later or
    DECOM is missing, to DEC, which is not counted. Episodes with LS V3 or V4 (capital or not) add nothing,
    nor do those of a child whose Header has no DOB less than 20 years before the collection end. A child with
    two such Header rows has its days counted twice. Nothing is flagged when no episode is left at all, or one
    of the tables has no rows."""
    under_20 = header.filter(Header.DOB.birthday(20) > period.end)
    care = pairs(episodes_of_both_years, under_20, (Episodes.CHILD, Header.CHILD)).filter(
        ~any_case(Episodes.LS, *SHORT_BREAKS)
    )
    enough = (
        care.filter(Episodes.CHILD.present)
        .group_by(Episodes.CHILD.text)
        .agg(since_14=_days_since(14), since_16=_days_since(16))
        .filter((pl.col("since_14") >= 91) & (pl.col("since_16") >= 1))
    )
    adopted = episodes_of_both_years.filter(IS_LATEST & any_case(Episodes.REC, *ADOPTED))
    found = together(
        not_of_children(oc3, OC3, enough, Episodes),
        of_children(oc3, OC3, adopted, Episodes),
    )
    fewest = pl.concat(t.select(rows=pl.len()) for t in (care, episodes, previous_episodes)).min()
    return found.join(fewest, how="cross").filter(pl.col("rows") > 0)


def _days_since(age: int) -> pl.Expr:
    """The days of all rows together from DECOM, or the birthday if later, to the end of the episode."""
    begun = pl.max_horizontal(Episodes.DECOM.date, Header.DOB.birthday(age))
    return (UNTIL - begun).dt.total_days().clip(lower_bound=0).sum()
