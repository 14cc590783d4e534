"""Postcodes, and what is worked out from them: authority, location and distance of the placement."""

from __future__ import annotations

import polars as pl

from childlink.reference.postcodes import PostcodeDirectory
from childlink.rules.columns import Column
from childlink.rules.ssda903.tables import Episodes, rule
from childlink.rules.ssda903.vocabulary import SHORT_BREAKS

FARTHEST = 350.0
"""Miles from home that pass without a question."""
NO_DISTANCE = 999.9
"""PL_DISTANCE where there is none to give."""


@rule(
    "169",
    Episodes.PL_LA,
    message="Local Authority (LA) of placement is not valid or is missing. Please check a valid postcode has "
    "been entered.",
    severity="query",
    needs=(Episodes.PL_LA,),
)
def authority_missing() -> pl.Expr:
    """An Episodes row whose LS is not V3 or V4 (a missing LS is neither) and whose PL_LA is missing. PL_LA is
    worked out from PL_POST; it is missing where PL_POST is missing, unknown, or outside the United
    Kingdom."""
    return ~Episodes.LS.one_of(*SHORT_BREAKS) & Episodes.PL_LA.missing


@rule(
    "179",
    Episodes.PL_LOCATION,
    message="Placement location code is not a valid code.",
    needs=(Episodes.PL_LOCATION,),
)
def location_missing() -> pl.Expr:
    """An Episodes row whose LS is not V3 or V4 (a missing LS is neither) and whose PL_LOCATION is missing.
    PL_LOCATION is worked out from PL_POST; it is missing where PL_POST is missing or unknown."""
    return ~Episodes.LS.one_of(*SHORT_BREAKS) & Episodes.PL_LOCATION.missing


@rule("392c", *Episodes.columns("HOME_POST", "PL_POST"), message="Postcode(s) provided are invalid.")
def postcode_unknown(postcodes: PostcodeDirectory) -> pl.Expr:
    """An Episodes row whose HOME_POST or PL_POST is present and is not a known postcode. Capitals and spaces
    make no difference; a postcode is known when the directory has it, terminated ones included."""
    return _unknown(Episodes.HOME_POST, postcodes) | _unknown(Episodes.PL_POST, postcodes)


def _unknown(column: Column, directory: PostcodeDirectory) -> pl.Expr:
    def known(cells: pl.Series) -> pl.Series:
        return cells.is_in(directory.lookup(cells)["pcd"].implode())

    found = column.text.map_batches(known, return_dtype=pl.Boolean)
    return column.present & ~found.fill_null(value=False)


@rule(
    "392d",
    *Episodes.columns("HOME_POST", "PL_POST", "PLACE"),
    message="Home and placement postcodes should not be same unless the placement type is P1.",
)
def placed_at_the_home_postcode() -> pl.Expr:
    """An Episodes row whose PLACE is not P1 (a missing PLACE counts as another) and whose HOME_POST and
    PL_POST are both present and the same text, spaces included."""
    return ~Episodes.PLACE.one_of("P1") & (Episodes.HOME_POST.text == Episodes.PL_POST.text)


@rule(
    "411",
    Episodes.PL_LOCATION,
    message="Placement location code disagrees with LA of placement.",
    needs=Episodes.columns("PL_LOCATION", "PL_LA"),
    differs="PL_LOCATION is worked out from PL_LA, so the rule finds nothing in a return that childlink has "
    "read.",
)
def location_against_authority(local_authority: str) -> pl.Expr:
    """An Episodes row whose PL_LOCATION is IN and whose PL_LA is not the returning authority. A missing PL_LA
    is flagged."""
    return Episodes.PL_LOCATION.one_of("IN") & ~Episodes.PL_LA.one_of(local_authority)


@rule(
    "420",
    Episodes.PL_LA,
    message="LA of placement completed but child is looked after under legal status V3 or V4.",
    needs=(Episodes.PL_LA,),
)
def authority_of_a_short_break() -> pl.Expr:
    """An Episodes row whose LS is V3 or V4 and whose PL_LA is present."""
    return Episodes.LS.one_of(*SHORT_BREAKS) & Episodes.PL_LA.present


@rule(
    "454",
    Episodes.PL_DISTANCE,
    message="Placement distance from home is over 350 miles. [NOTE: This check will result in false "
    "positives for children formerly UASC not identified as such in loaded data]",
    needs=(Episodes.PL_DISTANCE,),
    since="2025-26",
    differs="No child is left out for being an unaccompanied asylum-seeking child, known as one or not.",
)
def placed_far_from_home() -> pl.Expr:
    """An Episodes row whose PL_DISTANCE is greater than 350 miles and is not 999.9. Exactly 350 passes."""
    return (Episodes.PL_DISTANCE.text > FARTHEST) & (Episodes.PL_DISTANCE.text != NO_DISTANCE)
