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
NOT_FOR_AUTHORITIES = (WITH_PARENTS, "R2", "R5")
"""Placements that no local authority provides: with parents, NHS, young offender institution."""
H5_NEEDS_A_URN_FROM = date(2023, 10, 29)
P2_ENDS = date(2023, 10, 28)
FOR_ADOPTION_WITH_CARER_CHECKED_FROM = date(2015, 4, 1)

_SINCE_TEMPORARY_T4 = "PLACE is one of T0 to T3 or Z11 to Z14 but PLACE_PROVIDER is not wrong for T4 or Z1."


# --- the provider ---------------------------------------------------------------------------------------------


@rule("178", Episodes.PLACE_PROVIDER, message="Placement provider code is not a valid code.")
def provider_unknown_or_not_wanted() -> pl.Expr:
    """An Episodes row whose PLACE_PROVIDER is present and is not one of PR0 to PR5, or is present although PLACE is
    one of T0, T1, T2, T3, T4, Z1."""
    return _provider_unknown_or_not_wanted(*TEMPORARY, "Z1")
