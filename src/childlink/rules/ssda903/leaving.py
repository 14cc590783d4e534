"""Why and when an episode, or care, ceased."""

from __future__ import annotations

from datetime import date

import polars as pl

from childlink.rules.context import Period
from childlink.rules.ssda903.tables import Episodes, Header, Missing, rule
from childlink.rules.ssda903.vocabulary import (
    ADOPTED,
    CONTINUES,
    FOSTER,
    PLACED_FOR_ADOPTION,
    Earlier,
    Later,
    any_case,
    beside,
    has,
    pairs,
)

LEFT_CARE = (
    *(
        "E2",
        "E3",
        "E4A",
        "E4B",
        "E5",
        "E6",
        "E7",
        "E8",
        "E9",
        "E11",
        "E12",
        "E13",
        "E14",
        "E15",
        "E16",
        "E17",
    ),
    *("E41", "E45", "E46", "E47", "E48"),
)
"""Reasons for ceasing with which care ended: all but X1."""
SPECIAL_GUARDIANSHIP = ("E45", "E46", "E47", "E48")
UNDATED = date(1901, 1, 1)
"""The day that stands for a missing DECOM in rule 388."""


def _any_header(episodes: pl.LazyFrame, header: pl.LazyFrame) -> pl.LazyFrame:
    """Every Episodes row beside every Header row of its child, or beside nulls where there is none."""
    return pairs(episodes, header, (Episodes.CHILD, Header.CHILD), how="left")


@rule(
    "359",
    *Episodes.columns("DEC", "LS", "PLACE"),
    message=(
        "Child being looked after following 18th birthday must be accommodated under section 20(5) of the "
        "Children Act 1989 in a community home."
    ),
)
def looked_after_past_18(episodes_with_header: pl.LazyFrame, period: Period) -> pl.LazyFrame:
    """An Episodes row whose DEC is empty, of a child whose 18th birthday (by DOB of a Header row with the same
    CHILD) is before the collection end, 31 March, unless LS is V2 and PLACE is K2, both."""
    in_community_home = Episodes.LS.one_of("V2") & Episodes.PLACE.one_of("K2")
    return episodes_with_header.filter(
        Episodes.DEC.missing & (Header.DOB.birthday(18) < period.end) & ~in_community_home
    )


@rule("386", Episodes.REC, message="Reason episode ceased is adopted but child has reached age 18.")
def adopted_at_18(episodes_with_header: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row with REC E11 or E12 (in capitals or not) whose DEC is on or after the child's 18th
    birthday, by DOB of a Header row with the same CHILD."""
    return episodes_with_header.filter(
        any_case(Episodes.REC, *ADOPTED) & (Episodes.DEC.date >= Header.DOB.birthday(18))
    )


@rule(
    "387",
    Episodes.REC,
    message=(
        "Reason episode ceased is child moved into independent living arrangement, but the child is aged under 14."
    ),
    differs="A child whose date of birth is missing, or who has no Header row, is flagged: the age is not known.",
)
def independent_before_14(episodes: pl.LazyFrame, header: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row with REC E5 or E6 (in capitals or not) and a readable DEC that is not shown to be on or
    after the child's 14th birthday: DEC is before it, or DOB is missing, or no Header row has the same CHILD.
    Of several Header rows one is enough."""
    old_enough = (Episodes.DEC.date >= Header.DOB.birthday(14)).fill_null(value=False)
    moved_out = any_case(Episodes.REC, "E5", "E6") & Episodes.DEC.date.is_not_null()
    return _any_header(episodes, header).filter(moved_out & ~old_enough)


@rule(
    "388",
    Episodes.REC,
    message="Reason episode ceased is coded new episode begins, but there is no continuation episode.",
    differs="The reverse is flagged too: an episode that goes on the same day although REC is not X1.",
)
def not_continued_as_said(episodes: pl.LazyFrame) -> pl.LazyFrame:
    """Put each child's Episodes rows in order of DECOM, a missing DECOM standing as 1 January 1901, ties in the
    order of the file. A row with a CHILD and a readable DEC is flagged in three cases: REC is X1 and the next
    row's DECOM is not the day of this DEC; REC is present, is not X1, and the next row's DECOM is the day of
    this DEC; REC is X1 and the row is the child's last."""
    ordered = episodes.sort(
        Episodes.CHILD.text, Episodes.DECOM.date.fill_null(UNDATED), Episodes.row, nulls_last=True
    )
    says_so = Episodes.REC.one_of(CONTINUES)
    goes_on = (Episodes.DEC.date == Later.DECOM.date.fill_null(UNDATED)) & has(Later)
    return (
        beside(ordered, Episodes, Later, -1)
        .filter(Episodes.CHILD.present & Episodes.DEC.date.is_not_null() & Episodes.REC.present)
        .filter(says_so != goes_on)
    )


@rule(
    "389",
    Episodes.REC,
    message=(
        "Reason episode ceased is that child transferred to care of adult social care services, but child is "
        "aged under 16."
    ),
    differs="A row without a readable DEC or DOB, or without a Header row, is flagged: the age is not known.",
)
def adult_care_before_16(episodes: pl.LazyFrame, header: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row with REC E7 (in capitals or not) whose DEC is not shown to be on or after the child's
    16th birthday: DEC is before it, or DEC or DOB is missing, or no Header row has the same CHILD. Of several
    Header rows one is enough."""
    old_enough = (Episodes.DEC.date >= Header.DOB.birthday(16)).fill_null(value=False)
    return _any_header(episodes, header).filter(any_case(Episodes.REC, "E7") & ~old_enough)


@rule(
    "390",
    *Episodes.columns("PLACE", "REC"),
    message="Reason episode ceased is adopted but child has not been previously placed for adoption.",
    differs="Only the PLACE of the row that carries the REC is looked at, not earlier episodes.",
)
def adopted_but_not_placed() -> pl.Expr:
    """An Episodes row with REC E11 or E12 and a PLACE that is missing or not A3, A4, A5 or A6."""
    return Episodes.REC.one_of(*ADOPTED) & ~Episodes.PLACE.one_of(*PLACED_FOR_ADOPTION)


@rule(
    "407",
    *(Episodes.DEC, Header.DOB, Episodes.REC),
    message="Reason episode ceased is Special Guardianship Order, but child has reached age 18.",
    differs="An order dated on the 18th birthday itself passes.",
)
def guardianship_after_18(episodes_with_header: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row with REC E45, E46, E47 or E48 whose DEC is after the child's 18th birthday, by DOB of a
    Header row with the same CHILD. Both rows are flagged. DEC on the birthday passes."""
    return episodes_with_header.filter(
        Episodes.REC.one_of(*SPECIAL_GUARDIANSHIP) & (Episodes.DEC.date > Header.DOB.birthday(18))
    )


@rule(
    "432",
    Episodes.RNE,
    message=(
        "The child ceased to be looked after at the end of the previous episode but the reason for the new "
        "episode is not started to be looked after."
    ),
)
def returns_without_a_start(episodes_in_order: pl.LazyFrame) -> pl.LazyFrame:
    """Put each child's Episodes rows in order of DECOM, rows without a readable DECOM last, ties in the order of
    the file. A row whose RNE is missing or is not S is flagged when the row just before it has one of the REC
    codes with which care ends: E2, E3, E4A, E4B, E5 to E9, E11 to E17, E41 or E45 to E48."""
    return episodes_in_order.filter(Earlier.REC.one_of(*LEFT_CARE) & ~Episodes.RNE.one_of("S"))


@rule(
    "437",
    Episodes.REC,
    message="Reason episode ceased is child has died or is aged 18 or over but there are further episodes.",
)
def goes_on_after_the_end(episodes_in_order: pl.LazyFrame) -> pl.LazyFrame:
    """Put each child's Episodes rows in order of DECOM, rows without a readable DECOM last, ties in the order of
    the file. A row with a readable DECOM and REC E2 or E15 (in capitals or not) is flagged when the child has a
    row after it, dated or not."""
    return episodes_in_order.filter(
        has(Later) & Episodes.DECOM.date.is_not_null() & any_case(Episodes.REC, "E2", "E15")
    )


@rule(
    "460",
    *Episodes.columns("DEC", "REC"),
    message=(
        "Reason episode ceased is that child stayed with current carers at age 18 (or above), but child is "
        "aged under 18."
    ),
)
def stayed_with_carers_before_18(episodes_with_header: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row with REC E17 whose DEC is before the child's 18th birthday, by DOB of a Header row with
    the same CHILD; of several Header rows one is enough. DEC on the birthday passes."""
    return episodes_with_header.filter(
        Episodes.REC.one_of("E17") & (Episodes.DEC.date < Header.DOB.birthday(18))
    )


@rule(
    "516",
    *Episodes.columns("REC", "PLACE"),
    message=(
        "The episode data submitted for this child does not show that he/she was with their former foster "
        "carer(s) during the year.If the code in the reason episode ceased is E45 or E46 the child must have "
        "a placement code of U1 to U6."
    ),
)
def guardian_was_not_foster_carer() -> pl.Expr:
    """An Episodes row with REC E45 or E46 and a PLACE that is missing or not U1 to U6."""
    return Episodes.REC.one_of("E45", "E46") & ~Episodes.PLACE.one_of(*FOSTER)


@rule(
    "580",
    Episodes.REC,
    message="Child is missing when cease being looked after but reason episode ceased not ‘E8’.",
    differs="Only care that ends on the 18th birthday is looked at.",
)
def missing_at_18_but_not_e8(episodes: pl.LazyFrame, missing: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose REC is missing or is not E8, where a Missing row with the same CHILD has its MIS_END
    on the day of this row's DEC, and that day is the child's 18th birthday by DOB of the Missing row."""
    ended_at_18 = (Episodes.DEC.date == Missing.MIS_END.date) & (
        Episodes.DEC.date == Missing.DOB.birthday(18)
    )
    both = pairs(episodes, missing, (Episodes.CHILD, Missing.CHILD))
    return both.filter(ended_at_18 & ~Episodes.REC.one_of("E8"))
