"""The columns of an SSDA903 return that are worked out, not sent: placement place and distance, and UASC."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from childlink.reference.local_authorities import county_of_district, same_authority
from childlink.reference.postcodes import PostcodeDirectory

_KILOMETRES_IN_A_MILE = 1.6093
"""As the DfE's guide has it."""

_COUNTRIES = {"S": "SCO", "N": "NIR", "W": "WAL"}
_OWN_UPPER_TIER = ("E06", "E08", "E09")
_THIS, _PREVIOUS = "Episodes", "previous.Episodes"


def derive_columns(
    tables: Mapping[str, pl.DataFrame], directory: PostcodeDirectory | None, local_authority: str | None
) -> dict[str, pl.DataFrame]:
    """``tables`` with the derived columns of both periods: UASC in Header, PL_LA and its like in Episodes.

    Header gets UASC only where the UASC table of the same period is there, and keeps the one it has (from
    XML); Episodes gets its columns only with a directory. The postcodes of both periods are looked up
    together, once. Other tables stay as they are, and so does the order of all.
    """
    derived = dict(tables)
    for period in ("", "previous."):
        header, uasc = tables.get(f"{period}Header"), tables.get(f"{period}UASC")
        if header is not None and uasc is not None and "UASC" not in header.columns:
            derived[f"{period}Header"] = derive_uasc(header, uasc)
    episodes = [name for name in (_THIS, _PREVIOUS) if name in tables]
    if directory is None or not episodes:
        return derived
    posts = pl.concat([tables[name].select("HOME_POST", "PL_POST") for name in episodes])
    placements = derive_placement_columns(posts, directory, local_authority).drop("HOME_POST", "PL_POST")
    first = 0
    for name in episodes:
        derived[name] = tables[name].hstack(placements.slice(first, tables[name].height))
        first += tables[name].height
    return derived


def derive_placement_columns(
    episodes: pl.DataFrame, directory: PostcodeDirectory, local_authority: str | None
) -> pl.DataFrame:
    """``episodes`` (with HOME_POST and PL_POST) and three more columns, rows and their order unchanged.

    PL_LA (String): the upper-tier ONS code of the place of PL_POST, or SCO, NIR, WAL; null when PL_POST is
    blank, not in the directory, or in no English authority. Where the directory has another ONS code of
    the returning authority (it was given a new one since, or before), PL_LA is the code in
    ``local_authority``, so that the two compare.
    PL_LOCATION (String): IN when PL_LA is ``local_authority``, else OUT; null when the directory has no
    authority for PL_POST, and null throughout without ``local_authority``.
    PL_DISTANCE (Float64): miles in a straight line from HOME_POST to PL_POST, to one decimal, halves to the
    even one; null when either is not found or has no grid reference. Source: the DfE's guide to the SSDA903
    (derived items), in the words of the structure facts.
    """
    posts = pl.concat([episodes["HOME_POST"].alias("pcd"), episodes["PL_POST"].alias("pcd")])
    found = directory.lookup(posts).with_columns(
        upper_tier(pl.col("laua"), local_authority).alias("la"),
        pl.col("oseast1m", "osnrth1m").cast(pl.Float64),
    )
    home = episodes.select(pcd="HOME_POST").join(found, on="pcd", how="left", maintain_order="left")
    placed = episodes.select(pcd="PL_POST").join(found, on="pcd", how="left", maintain_order="left")
    east, north = home["oseast1m"] - placed["oseast1m"], home["osnrth1m"] - placed["osnrth1m"]
    miles = (east * east + north * north).sqrt() / 1000 / _KILOMETRES_IN_A_MILE
    return episodes.with_columns(
        placed["la"].alias("PL_LA"),
        placed.with_columns(_location(local_authority).alias("PL_LOCATION"))["PL_LOCATION"],
        miles.round(1, mode="half_to_even").alias("PL_DISTANCE"),
    )


def derive_uasc(header: pl.DataFrame, uasc: pl.DataFrame) -> pl.DataFrame:
    """``header`` with UASC: "1" for a CHILD that the table ``uasc`` holds at least once, else "0".

    A missing CHILD is held by nothing.
    """
    held = pl.col("CHILD").is_in(uasc["CHILD"].drop_nulls().unique().implode()).fill_null(False)
    return header.with_columns(UASC=pl.when(held).then(pl.lit("1")).otherwise(pl.lit("0")))


def upper_tier(laua: pl.Expr, local_authority: str | None) -> pl.Expr:
    """The upper-tier ONS code, or SCO, NIR, WAL, of the lower-tier codes ``laua``; null where there is none.

    Any code that the authority ``local_authority`` has had becomes that one.
    """
    first = laua.str.head(1)
    own = laua.str.head(3).is_in(_OWN_UPPER_TIER)
    code = (
        pl.when(first.is_in(list(_COUNTRIES)))
        .then(first.replace_strict(_COUNTRIES, default=None, return_dtype=pl.String))
        .when(own)
        .then(laua)
        .otherwise(laua.replace_strict(county_of_district(), default=None, return_dtype=pl.String))
    )
    if local_authority is None:
        return code
    other_codes = sorted(same_authority(local_authority) - {local_authority})
    return code.replace(dict.fromkeys(other_codes, local_authority)) if other_codes else code


def _location(local_authority: str | None) -> pl.Expr:
    if local_authority is None:
        return pl.lit(None, dtype=pl.String)
    here = (pl.col("la") == local_authority).fill_null(False)
    return pl.when(pl.col("laua").is_not_null()).then(
        pl.when(here).then(pl.lit("IN")).otherwise(pl.lit("OUT"))
    )
