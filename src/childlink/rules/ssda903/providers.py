"""Ofsted's unique reference numbers (URN), and what the provider list says of them."""

from __future__ import annotations

import polars as pl

from childlink.rules.columns import Column
from childlink.rules.context import Period, Unavailable
from childlink.rules.ssda903.tables import Episodes, Providers, rule
from childlink.rules.ssda903.vocabulary import (
    FOSTER,
    NO_INSPECTION,
    OTHER_PLACEMENTS,
    PLACED_FOR_ADOPTION,
    SHORT_BREAKS,
    TEMPORARY,
    pairs,
)

UNINSPECTED = ("P1", "P3", "R1", "R2", "R5", *TEMPORARY)
"""Placements without a URN in every year; H5, P2, Z1 and the other placements come and go."""
OUTSIDE_ENGLAND = ("CON", "NIR", "SCO", "WAL", "NUK")
"""PL_LA of placements outside England."""
SUPPORTED_ACCOMMODATION = "K3"
EVERY_ENTRY = "Where the provider list has a URN several times, every entry must agree, not only one."


def _has_real_urn() -> pl.Expr:
    """True where the URN is present and is not XXXXXXX."""
    return Episodes.URN.present & ~Episodes.URN.one_of(NO_INSPECTION)


def _with_entries(episodes: pl.LazyFrame, providers: pl.LazyFrame) -> pl.LazyFrame:
    """Each episode with a real URN beside every provider list entry of the URN, or beside nulls without
    any."""
    return pairs(episodes.filter(_has_real_urn()), providers, (Episodes.URN, Providers.URN), how="left")


def _in_list(column: Column, codes: Column) -> pl.Expr:
    """True where the cell is one of the comma-separated ``codes`` exactly; false where either is missing."""
    return codes.text.str.split(",").list.contains(column.text).fill_null(value=False)


# --- whether there is a URN ---------------------------------------------------------------------------------


URN_REQUIRED = "Ofsted Unique reference number (URN) is required."
UNKNOWN_PLACE_PASSES = "A placement whose authority (PL_LA) is not known is not flagged."


def _urn_lacking(period: Period, *exempt: str) -> pl.Expr:
    """No URN, not ended before the collection start, in a placement that is not ``exempt``."""
    in_the_year = Episodes.DEC.missing | (Episodes.DEC.date >= period.start)
    return Episodes.URN.missing & in_the_year & ~Episodes.PLACE.one_of(*exempt)


def _known_in_england() -> pl.Expr:
    elsewhere = Episodes.PL_LA.text.str.to_uppercase().str.contains("^[NWSC]")
    return Episodes.PL_LA.present & ~elsewhere


@rule(
    "218",
    Episodes.URN,
    message=URN_REQUIRED,
    needs=(Episodes.PL_LA,),
    differs=UNKNOWN_PLACE_PASSES,
)
def urn_missing(period: Period) -> pl.Expr:
    """An Episodes row whose URN is missing, whose DEC is missing or is a date on or after the collection
    start, whose PLACE is not one of H5, P1, P2, P3, R1, R2, R5, T0, T1, T2, T3, T4, Z1 (a missing PLACE is
    none of them), and which is in England. A row counts as outside England, and is not flagged, when PL_LA
    (in capitals) begins with N, W, S or C, or is missing. A DEC that is present but unreadable is not
    flagged."""
    return _urn_lacking(period, *UNINSPECTED, "H5", "P2", "Z1") & _known_in_england()


@rule(
    "218",
    Episodes.URN,
    message=URN_REQUIRED,
    needs=(Episodes.PL_LA,),
    since="2024-25",
    differs=UNKNOWN_PLACE_PASSES,
)
def urn_missing_2025(period: Period) -> pl.Expr:
    """An Episodes row whose URN is missing, whose DEC is missing or is a date on or after the collection
    start, whose PLACE is not one of P1, P3, R1, R2, R5, T0, T1, T2, T3, T4, Z1 (a missing PLACE is none of
    them), and which is in England. A row counts as outside England, and is not flagged, when PL_LA (in
    capitals) begins with N, W, S or C, or is missing. A DEC that is present but unreadable is not flagged."""
    return _urn_lacking(period, *UNINSPECTED, "Z1") & _known_in_england()


@rule(
    "218",
    Episodes.URN,
    message=URN_REQUIRED,
    needs=(Episodes.PL_LA,),
    since="2025-26",
    differs="Episodes count from the start of the collection year, not from 31 March 2015 as in the "
    "Department's text; a placement whose authority (PL_LA) is not known is flagged.",
)
def urn_missing_2026(period: Period) -> pl.Expr:
    """An Episodes row whose URN is missing, whose DEC is missing or is a date on or after the collection
    start, whose PLACE is not one of P1, P3, R1, R2, R5, T0, T1, T2, T3, T4, Z11, Z12, Z13, Z14 (a missing
    PLACE is none of them), and whose PL_LA (in capitals) is not one of CON, NIR, SCO, WAL, NUK (a missing
    PL_LA is none of them). A DEC that is present but unreadable is not flagged."""
    elsewhere = Episodes.PL_LA.text.str.to_uppercase().is_in(OUTSIDE_ENGLAND).fill_null(value=False)
    return _urn_lacking(period, *UNINSPECTED, *OTHER_PLACEMENTS) & ~elsewhere


URN_NOT_WANTED = "Ofsted Unique reference number (URN) should not be recorded for this placement type."


@rule("222", Episodes.URN, message=URN_NOT_WANTED)
def urn_of_an_uninspected_placement() -> pl.Expr:
    """An Episodes row whose PLACE is one of H5, P1, P2, P3, R1, R2, R5, T0, T1, T2, T3, T4, Z1 and whose URN
    is present and is not XXXXXXX."""
    return Episodes.PLACE.one_of(*UNINSPECTED, "H5", "P2", "Z1") & _has_real_urn()


@rule("222", Episodes.URN, message=URN_NOT_WANTED, since="2023-24")
def urn_of_an_uninspected_placement_2024() -> pl.Expr:
    """An Episodes row whose PLACE is one of P1, P2, P3, R1, R2, R5, T0, T1, T2, T3, T4, Z1 and whose URN is
    present and is not XXXXXXX."""
    return Episodes.PLACE.one_of(*UNINSPECTED, "P2", "Z1") & _has_real_urn()


@rule("222", Episodes.URN, message=URN_NOT_WANTED, since="2024-25")
def urn_of_an_uninspected_placement_2025() -> pl.Expr:
    """An Episodes row whose PLACE is one of P1, P3, R1, R2, R5, T0, T1, T2, T3, T4, Z1 and whose URN is
    present and is not XXXXXXX."""
    return Episodes.PLACE.one_of(*UNINSPECTED, "Z1") & _has_real_urn()


@rule("222", Episodes.URN, message=URN_NOT_WANTED, since="2025-26")
def urn_of_an_uninspected_placement_2026() -> pl.Expr:
    """An Episodes row whose PLACE is one of P1, P3, R1, R2, R5, T0, T1, T2, T3, T4, Z11, Z12, Z13, Z14 and
    whose URN is present and is not XXXXXXX."""
    return Episodes.PLACE.one_of(*UNINSPECTED, *OTHER_PLACEMENTS) & _has_real_urn()


@rule(
    "242",
    Episodes.URN,
    message="URN = 'XXXXXXX' can only be used for regional adoption agencies",
    since="2025-26",
)
def uninspected_outside_adoption_and_fostering() -> pl.Expr:
    """An Episodes row whose URN is XXXXXXX and whose PLACE is missing or is not one of A3, A4, A5, A6, U1,
    U2, U3, U4, U5, U6."""
    return Episodes.URN.one_of(NO_INSPECTION) & ~Episodes.PLACE.one_of(*PLACED_FOR_ADOPTION, *FOSTER)


@rule(
    "243",
    Episodes.URN,
    message="Only placements with providers registered with Ofsted should have a URN reported.",
    needs=(Episodes.PL_LA,),
    since="2025-26",
)
def urn_outside_england() -> pl.Expr:
    """An Episodes row whose PL_LA is one of CON, NIR, SCO, WAL, NUK and whose URN is present, XXXXXXX
    included."""
    return Episodes.PL_LA.one_of(*OUTSIDE_ENGLAND) & Episodes.URN.present


# --- what the provider list says of the URN -----------------------------------------------------------------


@rule("1008", Episodes.URN, message="Ofsted Unique Reference Number (URN) is not valid.")
def urn_not_on_the_list(episodes: pl.LazyFrame, providers: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose URN is present, is not XXXXXXX, and is not on the provider list as the same text.
    Providers that have closed are on the list."""
    return episodes.filter(_has_real_urn()).join(
        providers, left_on=Episodes.URN.key, right_on=Providers.URN.key, how="anti"
    )


@rule(
    "219",
    *Episodes.columns("URN", "PLACE"),
    message="The Ofsted Unique reference number (URN) provided for the child's placement does not match the "
    "placement type recorded.",
    differs=EVERY_ENTRY,
)
def placement_type_not_of_the_provider(episodes: pl.LazyFrame, providers: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose URN is present and is not XXXXXXX, unless PLACE is one of the comma-separated
    codes in PLACE_CODES of the provider list's entry for the URN. Flagged too when the URN is not on the
    list, when PLACE or PLACE_CODES is missing, and, where the list has several entries for the URN, when one
    of them lacks PLACE. Codes are cut at commas and not trimmed."""
    return _with_entries(episodes, providers).filter(~_in_list(Episodes.PLACE, Providers.PLACE_CODES))


@rule(
    "224",
    Episodes.PLACE_PROVIDER,
    message="The Ofsted Unique reference number (URN) provided for the child's placement does not match the "
    "placement provider recorded.",
    differs=EVERY_ENTRY,
)
def provider_code_not_of_the_provider(episodes: pl.LazyFrame, providers: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose URN is present and is not XXXXXXX, unless PLACE_PROVIDER is one of the
    comma-separated codes in PROVIDER_CODES of the provider list's entry for the URN. Flagged too when the URN
    is not on the list, when PLACE_PROVIDER or PROVIDER_CODES is missing, and, where the list has several
    entries for the URN, when one of them lacks PLACE_PROVIDER. Codes are cut at commas and not trimmed."""
    return _with_entries(episodes, providers).filter(
        ~_in_list(Episodes.PLACE_PROVIDER, Providers.PROVIDER_CODES)
    )


NOT_AT_THE_POSTCODE = (
    "The Ofsted Unique reference number (URN) provided for the child's placement does not match the "
    "placement postcode provided."
)


def _not_at_the_postcode(episodes: pl.LazyFrame, providers: pl.LazyFrame, *places: str) -> pl.LazyFrame:
    """The episodes in ``places``, short breaks left out, whose PL_POST is not that of an entry for the
    URN."""
    checked = ~Episodes.LS.one_of(*SHORT_BREAKS) & Episodes.PLACE.one_of(*places) & Episodes.PL_POST.present
    there = Episodes.PL_POST.text.str.replace_all(" ", "", literal=True) == Providers.POSTCODE.text
    return _with_entries(episodes.filter(checked), providers).filter(~there.fill_null(value=False))


@rule("221", Episodes.PL_POST, message=NOT_AT_THE_POSTCODE, differs=EVERY_ENTRY)
def postcode_not_of_the_provider(episodes: pl.LazyFrame, providers: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose URN is present and is not XXXXXXX, whose LS is not V3 or V4 (a missing LS is
    neither), whose PLACE is one of K1, K2, R3, S1, and whose PL_POST is present and, with its spaces taken
    out, is not the POSTCODE of the provider list's entry for the URN. Flagged too when the URN is not on the
    list, when its POSTCODE is missing, and, where the list has several entries for the URN, when one of them
    has another POSTCODE."""
    return _not_at_the_postcode(episodes, providers, "K1", "K2", "R3", "S1")


@rule("221", Episodes.PL_POST, message=NOT_AT_THE_POSTCODE, since="2023-24", differs=EVERY_ENTRY)
def postcode_not_of_the_provider_2024(episodes: pl.LazyFrame, providers: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose URN is present and is not XXXXXXX, whose LS is not V3 or V4 (a missing LS is
    neither), whose PLACE is one of H5, K1, K2, R3, S1, and whose PL_POST is present and, with its spaces
    taken out, is not the POSTCODE of the provider list's entry for the URN. Flagged too when the URN is not
    on the list, when its POSTCODE is missing, and, where the list has several entries for the URN, when one
    of them has another POSTCODE."""
    return _not_at_the_postcode(episodes, providers, "H5", "K1", "K2", "R3", "S1")


@rule("221", Episodes.PL_POST, message=NOT_AT_THE_POSTCODE, since="2024-25", differs=EVERY_ENTRY)
def postcode_not_of_the_provider_2025(episodes: pl.LazyFrame, providers: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose URN is present and is not XXXXXXX, whose LS is not V3 or V4 (a missing LS is
    neither), whose PLACE is one of K1, K2, K3, R3, S1, and whose PL_POST is present and, with its spaces
    taken out, is not the POSTCODE of the provider list's entry for the URN. Flagged too when the URN is not
    on the list, when its POSTCODE is missing, and, where the list has several entries for the URN, when one
    of them has another POSTCODE."""
    return _not_at_the_postcode(episodes, providers, "K1", "K2", SUPPORTED_ACCOMMODATION, "R3", "S1")


@rule(
    "227",
    *Episodes.columns("URN", "DECOM"),
    message="Ofsted Unique reference number (URN) is not valid for the episode start date.",
)
def begins_after_the_provider_closed(episodes: pl.LazyFrame, providers: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose URN is present and is not XXXXXXX, where an entry of the provider list for the
    URN has a REG_END and DECOM is on that day or after it."""
    return _with_entries(episodes, providers).filter(Episodes.DECOM.date >= Providers.REG_END.date)


@rule(
    "228",
    *Episodes.columns("URN", "DEC"),
    message="Ofsted Unique reference number (URN) is not valid for the episode end date [NOTE: may give "
    "false positives on open episodes at providers who close during the year]",
)
def ends_after_the_provider_closed(
    episodes: pl.LazyFrame, providers: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """An Episodes row whose URN is present and is not XXXXXXX, where an entry of the provider list for the
    URN has a REG_END, and DEC is later than that day, or DEC is missing or unreadable and the collection end
    is later."""
    until = Episodes.DEC.date.fill_null(pl.lit(period.end))
    return _with_entries(episodes, providers).filter(until > Providers.REG_END.date)


# --- whose provision it is ----------------------------------------------------------------------------------


NOT_BETWEEN_AUTHORITIES = (
    "Placement provider does not match between the placing authority and the local authority code of the "
    "provider. [NOTE: The provider's LA code is inferred from the its postcode, and may be inaccurate in "
    "some cases.]"
)
INFERRED_AUTHORITY = (
    "The Department's rule compares the authority in Ofsted's own file; here it is worked out from the "
    "provider's postcode."
)


def _not_between_authorities(
    episodes: pl.LazyFrame, providers: pl.LazyFrame, local_authority: str
) -> pl.LazyFrame:
    ours = Providers.LA_CODE_INFERRED.one_of(local_authority)
    return _with_entries(episodes, providers).filter(
        (Episodes.PLACE_PROVIDER.one_of("PR1") & ~ours) | (Episodes.PLACE_PROVIDER.one_of("PR2") & ours)
    )


@rule(
    "229",
    *Episodes.columns("URN", "PLACE_PROVIDER"),
    message=NOT_BETWEEN_AUTHORITIES,
    needs=(Providers.LA_CODE_INFERRED,),
    differs=INFERRED_AUTHORITY,
)
def provider_of_another_authority(
    episodes: pl.LazyFrame, providers: pl.LazyFrame, local_authority: str
) -> pl.LazyFrame:
    """An Episodes row whose URN is present and is not XXXXXXX, where either PLACE_PROVIDER is PR1 and
    LA_CODE_INFERRED of an entry of the provider list for the URN is not the returning authority, or
    PLACE_PROVIDER is PR2 and it is. A URN that is not on the list, and an entry without LA_CODE_INFERRED, is
    not of the returning authority."""
    return _not_between_authorities(episodes, providers, local_authority)


@rule(
    "229",
    *Episodes.columns("URN", "PLACE_PROVIDER"),
    message=NOT_BETWEEN_AUTHORITIES,
    needs=(Providers.LA_CODE_INFERRED,),
    since="2025-26",
    differs=INFERRED_AUTHORITY,
)
def provider_of_another_authority_2026(
    episodes: pl.LazyFrame, providers: pl.LazyFrame, local_authority: str
) -> pl.LazyFrame:
    """An Episodes row whose URN is present and is not XXXXXXX and whose PLACE is not one of K3, P1, P3, R1,
    R2, R5, T0, T1, T2, T3, T4, Z11, Z12, Z13, Z14 (a missing PLACE is none of them), where either
    PLACE_PROVIDER is PR1 and LA_CODE_INFERRED of an entry of the provider list for the URN is not the
    returning authority, or PLACE_PROVIDER is PR2 and it is. A URN that is not on the list, and an entry
    without LA_CODE_INFERRED, is not of the returning authority."""
    exempt = Episodes.PLACE.one_of(SUPPORTED_ACCOMMODATION, *UNINSPECTED, *OTHER_PLACEMENTS)
    return _not_between_authorities(episodes.filter(~exempt), providers, local_authority)


@rule(
    "241",
    Episodes.URN,
    message="LA of placement is not an LA the provider has premises.",
    needs=(Episodes.PL_LA,),
    since="2025-26",
    differs="The reference always compares with the returning authority; here it is done so only where no "
    "provider list is given.",
)
def supported_accommodation_in_another_authority(
    episodes: pl.LazyFrame, providers: pl.LazyFrame | None = None, local_authority: str | None = None
) -> pl.LazyFrame:
    """An Episodes row whose PLACE is K3 and whose URN is present and is not XXXXXXX, where PL_LA is none of
    the authorities (LA_CODE_INFERRED) that the provider list has for the URN. Without a provider list: where
    PL_LA is not the returning authority. A missing PL_LA is no authority."""
    checked = episodes.filter(Episodes.PLACE.one_of(SUPPORTED_ACCOMMODATION) & _has_real_urn())
    if providers is not None:
        premises, placed = Providers.columns("URN", "LA_CODE_INFERRED"), Episodes.columns("URN", "PL_LA")
        return checked.join(
            providers, left_on=[c.key for c in placed], right_on=[c.key for c in premises], how="anti"
        )
    if local_authority is None:
        raise Unavailable("neither a provider list nor the local authority was given")
    return checked.filter(~Episodes.PL_LA.one_of(local_authority))


def _own_provision_elsewhere(local_authority: str, *exempt: str) -> pl.Expr:
    checked = (
        Episodes.PLACE_PROVIDER.one_of("PR1")
        & Episodes.PLACE.present
        & ~Episodes.PLACE.one_of(*exempt)
        & Episodes.LS.present
        & ~Episodes.LS.one_of(*SHORT_BREAKS)
    )
    return checked & ~Episodes.PL_LA.one_of(local_authority)


@rule(
    "1015",
    Episodes.PL_LA,
    message="Placement provider is own provision but child not placed in own LA.",
    needs=(Episodes.PL_LA,),
)
def own_provision_in_another_authority(local_authority: str) -> pl.Expr:
    """An Episodes row whose PLACE_PROVIDER is PR1, whose PLACE is present and is not one of A3, A4, A5, A6,
    U1, U2, U3, U4, U5, U6, whose LS is present and is not V3 or V4, and whose PL_LA is not the returning
    authority. A missing PL_LA is flagged."""
    return _own_provision_elsewhere(local_authority, *PLACED_FOR_ADOPTION, *FOSTER)


@rule(
    "1015",
    Episodes.PL_LA,
    message="Placement provider is own provision but child not placed in own LA.",
    needs=(Episodes.PL_LA,),
    since="2025-26",
)
def own_provision_in_another_authority_2026(local_authority: str) -> pl.Expr:
    """An Episodes row whose PLACE_PROVIDER is PR1, whose PLACE is present and is not one of A3, A4, A5, A6,
    K3, U1, U2, U3, U4, U5, U6, whose LS is present and is not V3 or V4, and whose PL_LA is not the returning
    authority. A missing PL_LA is flagged."""
    return _own_provision_elsewhere(local_authority, *PLACED_FOR_ADOPTION, *FOSTER, SUPPORTED_ACCOMMODATION)
