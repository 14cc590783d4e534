"""Where a pupil is placed, and the pupil's numbers. The codes of these rules are childlink's own."""

from __future__ import annotations

import polars as pl

from childlink.identifiers import uln, upn
from childlink.rules.alternative_provision.tables import Placements, rule

SETTING = (Placements.URN, Placements.UKPRN, Placements["AP type of setting"])
"""The ways to say where a pupil is placed."""
SOUND_UPNS = ("missing", "permanent", "temporary", "unknown_code")
SOUND_ULNS = ("missing", "valid")


@rule(
    "ap-a",
    *SETTING,
    message="Not exactly one of URN, UKPRN and AP type of setting is given for a placement.",
)
def not_one_setting() -> pl.Expr:
    """A row in which none of URN, UKPRN and AP type of setting is present, or two of them, or all three. The census
    asks for the URN of a school, the UKPRN of another registered provider, or the type of a setting that has
    neither."""
    return pl.sum_horizontal(column.present for column in SETTING) != 1


@rule(
    "ap-b",
    Placements.UPN,
    Placements.ULN,
    message="A UPN or ULN does not pass the check of its form and check character.",
)
def number_fails_its_check() -> pl.Expr:
    """A row whose UPN is present and is no UPN, permanent or temporary (its form, its check letter or its
    number of an authority is wrong), or whose ULN is present and is no ULN (its form or its check digit is
    wrong). White space and small letters make no difference. Words for "no value", UN1 to UN10 in place of a
    UPN and 9999999999 in place of a ULN are not wrong numbers."""
    wrong_upn = ~upn.verdict(Placements.UPN.text).is_in(SOUND_UPNS)
    return wrong_upn | ~uln.verdict(Placements.ULN.text).is_in(SOUND_ULNS)
