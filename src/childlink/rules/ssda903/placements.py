"""Placement types, who provides them, and from what age."""

from __future__ import annotations

from datetime import date

import polars as pl

from childlink.rules.ssda903.tables import AD1, Episodes, Header, rule
from childlink.rules.ssda903.vocabulary import (
    ADOPTED,
    FOSTER,
    NO_INSPECTION,
    OTHER_PLACEMENTS,
    PLACED_FOR_ADOPTION,
    TEMPORARY,
    Earlier,
    has,
    however_written,
    pairs,
)

PROVIDERS = ("PR0", "PR1", "PR2", "PR3", "PR4", "PR5")
WITH_PARENTS = "P1"
NOT_OF_AUTHORITIES = (WITH_PARENTS, "R2", "R5")
"""Placements that no local authority provides: with parents, in the NHS, in a young offender institution."""
SINCE_SUPPORTED_ACCOMMODATION = date(2023, 10, 29)
"""The day from which P2 is no placement and H5 needs a URN: the one after 28 October 2023."""
SINCE_2015 = date(2015, 4, 1)
OPEN_NOT_CHECKED = "An episode that is still open, or whose DEC cannot be read, is not checked."


# --- the provider -------------------------------------------------------------------------------------------


def _unknown_or_not_wanted(*without_provider: str) -> pl.Expr:
    unknown = Episodes.PLACE_PROVIDER.present & ~Episodes.PLACE_PROVIDER.one_of(*PROVIDERS)
    return unknown | _not_wanted(*without_provider)


def _not_wanted(*without_provider: str) -> pl.Expr:
    return Episodes.PLACE_PROVIDER.present & Episodes.PLACE.one_of(*without_provider)


def _lacking(*without_provider: str) -> pl.Expr:
    return Episodes.PLACE_PROVIDER.missing & ~Episodes.PLACE.one_of(*without_provider)


@rule(
    "178",
    Episodes.PLACE_PROVIDER,
    message="Placement provider code is not a valid code.",
    differs="A valid code is flagged too where the placement takes no provider.",
)
def provider_unknown_or_not_wanted() -> pl.Expr:
    """An Episodes row whose PLACE_PROVIDER is present and is not one of PR0 to PR5, or is present although
    PLACE is one of T0, T1, T2, T3, T4, Z1. A missing PLACE_PROVIDER is not flagged."""
    return _unknown_or_not_wanted(*TEMPORARY, "Z1")


@rule(
    "178",
    Episodes.PLACE_PROVIDER,
    message="Placement provider code is not a valid code.",
    since="2025-26",
    differs="A valid code is flagged too where the placement takes no provider, except on T4 and Z1.",
)
def provider_unknown_or_not_wanted_2026() -> pl.Expr:
    """An Episodes row whose PLACE_PROVIDER is present and is not one of PR0 to PR5, or is present although
    PLACE is one of T0, T1, T2, T3, Z11, Z12, Z13, Z14. A missing PLACE_PROVIDER is not flagged."""
    return _unknown_or_not_wanted("T0", "T1", "T2", "T3", *OTHER_PLACEMENTS)


@rule("213", Episodes.PLACE_PROVIDER, message="Placement provider information not required.")
def provider_of_a_temporary_placement() -> pl.Expr:
    """An Episodes row whose PLACE is one of T0, T1, T2, T3, T4 and whose PLACE_PROVIDER is present."""
    return _not_wanted(*TEMPORARY)


@rule(
    "213",
    Episodes.PLACE_PROVIDER,
    message="Placement provider information not required.",
    since="2025-26",
)
def provider_of_a_temporary_or_other_placement() -> pl.Expr:
    """An Episodes row whose PLACE is one of T0, T1, T2, T3, T4, Z11, Z12, Z13, Z14 and whose PLACE_PROVIDER
    is present."""
    return _not_wanted(*TEMPORARY, *OTHER_PLACEMENTS)


@rule(
    "526",
    *Episodes.columns("PLACE", "PLACE_PROVIDER"),
    message="Child is missing a placement provider code for at least one episode.",
)
def provider_missing() -> pl.Expr:
    """An Episodes row whose PLACE_PROVIDER is missing and whose PLACE is not one of T0, T1, T2, T3, T4, Z1. A
    row whose PLACE is missing too is flagged."""
    return _lacking(*TEMPORARY, "Z1")


@rule(
    "526",
    *Episodes.columns("PLACE", "PLACE_PROVIDER"),
    message="Child is missing a placement provider code for at least one episode.",
    since="2025-26",
)
def provider_missing_2026() -> pl.Expr:
    """An Episodes row whose PLACE_PROVIDER is missing and whose PLACE is not one of T0, T1, T2, T3, T4, Z11,
    Z12, Z13, Z14. A row whose PLACE is missing too is flagged."""
    return _lacking(*TEMPORARY, *OTHER_PLACEMENTS)


@rule(
    "527",
    *Episodes.columns("PLACE", "PLACE_PROVIDER"),
    message="A placement provider code of PR1 cannot be associated with placements P1, R2 or R5.",
)
def own_provision_of_what_authorities_do_not_provide() -> pl.Expr:
    """An Episodes row whose PLACE_PROVIDER is PR1 and whose PLACE is P1, R2 or R5."""
    return Episodes.PLACE_PROVIDER.one_of("PR1") & Episodes.PLACE.one_of(*NOT_OF_AUTHORITIES)


@rule(
    "528",
    *Episodes.columns("PLACE", "PLACE_PROVIDER"),
    message="A placement provider code of PR2 cannot be associated with placements P1, R2 or R5.",
)
def other_provision_of_what_authorities_do_not_provide() -> pl.Expr:
    """An Episodes row whose PLACE_PROVIDER is PR2 and whose PLACE is P1, R2 or R5."""
    return Episodes.PLACE_PROVIDER.one_of("PR2") & Episodes.PLACE.one_of(*NOT_OF_AUTHORITIES)


@rule(
    "529",
    *Episodes.columns("PLACE", "PLACE_PROVIDER"),
    message="Placement provider code of PR3 cannot be associated with placements P1, A3 to A6, K1, K2 and U1 "
    "to U6 as these placements cannot be provided by other public organisations.",
)
def other_public_provision_of_what_it_cannot_provide() -> pl.Expr:
    """An Episodes row whose PLACE_PROVIDER is PR3 and whose PLACE is one of A3, A4, A5, A6, K1, K2, P1, U1,
    U2, U3, U4, U5, U6."""
    return Episodes.PLACE_PROVIDER.one_of("PR3") & Episodes.PLACE.one_of(
        *PLACED_FOR_ADOPTION, "K1", "K2", WITH_PARENTS, *FOSTER
    )


@rule(
    "530",
    *Episodes.columns("PLACE", "PLACE_PROVIDER"),
    message="A placement provider code of PR4 cannot be associated with placement P1.",
)
def private_provision_with_parents() -> pl.Expr:
    """An Episodes row whose PLACE is P1 and whose PLACE_PROVIDER is PR4."""
    return Episodes.PLACE.one_of(WITH_PARENTS) & Episodes.PLACE_PROVIDER.one_of("PR4")


@rule(
    "531",
    *Episodes.columns("PLACE", "PLACE_PROVIDER"),
    message="A placement provider code of PR5 cannot be associated with placements P1.",
)
def voluntary_provision_with_parents() -> pl.Expr:
    """An Episodes row whose PLACE is P1 and whose PLACE_PROVIDER is PR5."""
    return Episodes.PLACE.one_of(WITH_PARENTS) & Episodes.PLACE_PROVIDER.one_of("PR5")


@rule(
    "550",
    *Episodes.columns("PLACE", "PLACE_PROVIDER"),
    message="A placement provider code of PR0 can only be associated with placement P1.",
)
def parents_provide_another_placement() -> pl.Expr:
    """An Episodes row whose PLACE_PROVIDER is PR0 and whose PLACE is anything other than P1. A row whose
    PLACE is missing is flagged."""
    return Episodes.PLACE_PROVIDER.one_of("PR0") & ~Episodes.PLACE.one_of(WITH_PARENTS)


# --- codes that ended in October 2023 -----------------------------------------------------------------------


def _after_28_october_2023() -> pl.Expr:
    """True where the episode ended after 28 October 2023, or has no DEC that can be read."""
    return Episodes.DEC.date.is_null() | (Episodes.DEC.date >= SINCE_SUPPORTED_ACCOMMODATION)


@rule(
    "217t",
    *Episodes.columns("PLACE", "DECOM"),
    message="Placement type 'P2' is not a valid placement type from 28 October 2023.",
    since="2023-24",
    withdrawn="2024-25",
    differs="An episode that ends on 28 October 2023 itself passes.",
)
def independent_living_after_october_2023() -> pl.Expr:
    """An Episodes row whose PLACE is P2 and whose DEC is later than 28 October 2023, or is missing or
    unreadable."""
    return Episodes.PLACE.one_of("P2") & _after_28_october_2023()


@rule(
    "230",
    *Episodes.columns("PLACE", "DEC", "URN"),
    message="Ofsted Unique reference number (URN) is required for any English H5 placements from 28 October "
    "2023.",
    needs=(Episodes.PL_LA,),
    since="2023-24",
    withdrawn="2024-25",
    differs="An episode that ends on 28 October 2023 itself passes, and so does a placement whose authority "
    "(PL_LA) is not known.",
)
def semi_independent_living_without_urn() -> pl.Expr:
    """An Episodes row whose PLACE is H5, whose DEC is on or after 29 October 2023, or is missing or
    unreadable, whose URN is missing or is XXXXXXX, and which is in England. A row counts as outside England,
    and is not flagged, when PL_LA (in capitals) begins with N, W or S, or is missing."""
    england = Episodes.PL_LA.present & ~Episodes.PL_LA.text.str.to_uppercase().str.contains("^[NWS]")
    no_urn = Episodes.URN.missing | Episodes.URN.one_of(NO_INSPECTION)
    return Episodes.PLACE.one_of("H5") & _after_28_october_2023() & no_urn & england


# --- change of placement ------------------------------------------------------------------------------------


@rule(
    "233",
    Episodes.REASON_PLACE_CHANGE,
    message="Reason for placement change is not required when the episode has not ceased.",
    since="2025-26",
    differs="The reference asks for a column that returns do not have; here DEC says whether the episode "
    "ceased.",
)
def reason_for_change_while_open() -> pl.Expr:
    """An Episodes row whose DEC is missing and whose REASON_PLACE_CHANGE is present. Any text in DEC, even an
    unreadable date, counts as ceased."""
    return Episodes.DEC.missing & Episodes.REASON_PLACE_CHANGE.present


@rule(
    "234",
    Episodes.REASON_PLACE_CHANGE,
    Header.DOB,
    message="A child aged under 10 can not change placement due to being admitted to custody",
    since="2025-26",
    differs="The Department's wording is about the reason of the episode before; here, as in the reference, "
    "reason and start are of one episode.",
)
def custody_before_ten(episodes: pl.LazyFrame, header: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose REASON_PLACE_CHANGE is CUSTOD and whose DECOM is before the child's 10th birthday
    (DOB of the Header row with the same CHILD plus 10 years). Both rows are flagged. Dates are read in other
    layouts than dd/mm/yyyy too, such as yyyy-mm-dd, day first where the order is unclear."""
    in_custody = episodes.filter(Episodes.REASON_PLACE_CHANGE.one_of("CUSTOD"))
    tenth_birthday = however_written(Header.DOB).dt.offset_by("10y")
    return pairs(in_custody, header, (Episodes.CHILD, Header.CHILD)).filter(
        however_written(Episodes.DECOM) < tenth_birthday
    )


# --- adoption -----------------------------------------------------------------------------------------------


@rule(
    "217",
    *Episodes.columns("PLACE", "DECOM", "RNE"),
    message="Children who are placed for adoption with current foster carers (placement types A3 or A5) must "
    "have a reason for new episode of S, T or U.",
)
def placed_with_current_carer_for_another_reason() -> pl.Expr:
    """An Episodes row whose PLACE is A3 or A5, whose DECOM is on or after 1 April 2015 (in every collection
    year), and whose RNE is missing or is not one of S, T, U."""
    placed = Episodes.PLACE.one_of("A3", "A5") & (Episodes.DECOM.date >= SINCE_2015)
    return placed & ~Episodes.RNE.one_of("S", "T", "U")


@rule(
    "335",
    Episodes.PLACE,
    AD1.FOSTER_CARE,
    message="The current foster value (0) suggests that child is not adopted by current foster carer, but "
    "last placement is A2, A3, or A5. Or the current foster value (1) suggests that child is adopted by "
    "current foster carer, but last placement is A1, A4 or A6.",
    differs="Not only the last placement is checked: every episode that ended in adoption is.",
)
def foster_care_against_placement(episodes: pl.LazyFrame, ad1: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose REC is E1, E11 or E12 and an AD1 row with the same CHILD, where either PLACE is
    A2, A3 or A5 and FOSTER_CARE is 0, or PLACE is A1, A4 or A6 and FOSTER_CARE is 1. Both rows are
    flagged."""
    adopted = episodes.filter(Episodes.REC.one_of("E1", *ADOPTED))
    with_carer, with_others = Episodes.PLACE.one_of("A2", "A3", "A5"), Episodes.PLACE.one_of("A1", "A4", "A6")
    return pairs(adopted, ad1, (Episodes.CHILD, AD1.CHILD)).filter(
        (with_carer & AD1.FOSTER_CARE.one_of("0")) | (with_others & AD1.FOSTER_CARE.one_of("1"))
    )


@rule(
    "336",
    Episodes.PLACE,
    message="Child does not have a foster placement immediately prior to being placed for adoption.",
    differs="The Department's wording speaks of A3 and A5; here, as in the reference, A3 and A4 are checked.",
)
def placed_for_adoption_not_from_foster_care(episodes_in_order: pl.LazyFrame) -> pl.LazyFrame:
    """Put each child's Episodes rows in order of DECOM, missing or unreadable ones last, ties in the order of
    the file. A row whose PLACE is A3 or A4 is flagged when it is not the child's first and the row before it
    has a PLACE that is missing or is not one of A3, A4, A5, A6, U1, U2, U3, U4, U5, U6."""
    fostered = Earlier.PLACE.one_of(*PLACED_FOR_ADOPTION, *FOSTER)
    return episodes_in_order.filter(Episodes.PLACE.one_of("A3", "A4") & has(Earlier) & ~fostered)


# --- age at the start of a placement ------------------------------------------------------------------------


def _too_young(place: str, years: int) -> pl.Expr:
    """Over ``episodes_with_header``: an ended episode in ``place`` that began before the birthday."""
    began_before = Episodes.DECOM.date < Header.DOB.birthday(years)
    return Episodes.PLACE.one_of(place) & Episodes.DEC.date.is_not_null() & began_before


@rule(
    "370",
    *Episodes.columns("DECOM", "PLACE"),
    message="Child in independent living should be at least 15.",
    withdrawn="2024-25",
    differs=OPEN_NOT_CHECKED,
)
def independent_living_before_15(episodes_with_header: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose PLACE is P2, whose DECOM and DEC are both readable dates, and whose DECOM is
    before the child's 15th birthday (DOB of a Header row with the same CHILD plus 15 years)."""
    return episodes_with_header.filter(_too_young("P2", 15))


@rule(
    "370",
    *Episodes.columns("DECOM", "PLACE"),
    message="Child in independent living should be at least 16.",
    since="2023-24",
    withdrawn="2024-25",
    differs=OPEN_NOT_CHECKED,
)
def independent_living_before_16(episodes_with_header: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose PLACE is P2, whose DECOM and DEC are both readable dates, and whose DECOM is
    before the child's 16th birthday (DOB of a Header row with the same CHILD plus 16 years)."""
    return episodes_with_header.filter(_too_young("P2", 16))


@rule(
    "371",
    *Episodes.columns("DECOM", "PLACE"),
    message="Child in semi-independent living accommodation not subject to children’s homes regulations "
    "should be at least 14.",
    differs=OPEN_NOT_CHECKED,
)
def semi_independent_living_before_14(episodes_with_header: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose PLACE is H5, whose DECOM and DEC are both readable dates, and whose DECOM is
    before the child's 14th birthday (DOB of a Header row with the same CHILD plus 14 years)."""
    return episodes_with_header.filter(_too_young("H5", 14))


@rule(
    "371",
    *Episodes.columns("DECOM", "PLACE"),
    message="Child in semi-independent living accommodation not subject to children’s homes regulations "
    "should be at least 16.",
    since="2023-24",
    differs=OPEN_NOT_CHECKED,
)
def semi_independent_living_before_16(episodes_with_header: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose PLACE is H5, whose DECOM and DEC are both readable dates, and whose DECOM is
    before the child's 16th birthday (DOB of a Header row with the same CHILD plus 16 years)."""
    return episodes_with_header.filter(_too_young("H5", 16))


@rule(
    "371",
    *Episodes.columns("DECOM", "PLACE"),
    message="Child in supported accomodation not subject to children’s homes regulations should be at least "
    "16.",
    since="2024-25",
    differs=OPEN_NOT_CHECKED,
)
def supported_accommodation_before_16(episodes_with_header: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose PLACE is K3, whose DECOM and DEC are both readable dates, and whose DECOM is
    before the child's 16th birthday (DOB of a Header row with the same CHILD plus 16 years)."""
    return episodes_with_header.filter(_too_young("K3", 16))


@rule(
    "372",
    *Episodes.columns("DECOM", "PLACE"),
    message="Child in youth custody or prison should be at least 10.",
    differs=OPEN_NOT_CHECKED,
)
def youth_custody_before_10(episodes_with_header: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose PLACE is R5, whose DECOM and DEC are both readable dates, and whose DECOM is
    before the child's 10th birthday (DOB of a Header row with the same CHILD plus 10 years)."""
    return episodes_with_header.filter(_too_young("R5", 10))


@rule(
    "373",
    *Episodes.columns("DECOM", "PLACE"),
    message="Child placed in a school should be at least 4 years old.",
    differs=OPEN_NOT_CHECKED,
)
def residential_school_before_4(episodes_with_header: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose PLACE is S1, whose DECOM and DEC are both readable dates, and whose DECOM is
    before the child's 4th birthday (DOB of a Header row with the same CHILD plus 4 years)."""
    return episodes_with_header.filter(_too_young("S1", 4))


@rule(
    "374",
    *Episodes.columns("DECOM", "PLACE"),
    message="Child in residential employment should be at least 14 years old.",
    differs=OPEN_NOT_CHECKED,
)
def residential_employment_before_14(episodes_with_header: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose PLACE is P3, whose DECOM and DEC are both readable dates, and whose DECOM is
    before the child's 14th birthday (DOB of a Header row with the same CHILD plus 14 years)."""
    return episodes_with_header.filter(_too_young("P3", 14))
