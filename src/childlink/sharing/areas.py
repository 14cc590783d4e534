"""Small areas of postcodes, from a postcode directory that has them: the built-in one does not."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from childlink.errors import InputFault, UsageFault
from childlink.identifiers import postcodes
from childlink.returns.csv_file import read_csv_text

_POSTCODES = ("pcds", "pcd7", "pcd8", "pcd", "pcd2", "postcode")
_LSOA = ("lsoa21cd", "lsoa21", "lsoa11cd", "lsoa11", "lsoa")


def read_lsoas(path: Path | None) -> pl.DataFrame:
    """postcode (as ``postcodes.normalised``) and lsoa of every postcode of a directory, as the ONS publishes it.

    Raises UsageFault where no directory was named, InputFault where it has no column of LSOAs.
    """
    if path is None:
        raise UsageFault(
            "the agreement asks for an lsoa, and the postcode directory that comes with childlink has none",
            allowed="district or sector, or a directory of your own that has LSOAs (the ONS Postcode Directory)",
            next_step='add --postcodes ONSPD.csv, or write "district" or "sector" in the agreement',
        )
    table = read_csv_text(path).frame
    headings = {heading.strip().casefold(): heading for heading in table.columns}
    found = [
        next((headings[name] for name in names if name in headings), None) for names in (_POSTCODES, _LSOA)
    ]
    if found[0] is None or found[1] is None:
        raise InputFault(
            f"{path} has no column of {'postcodes' if found[0] is None else 'LSOAs'}",
            allowed=f"one of {', '.join(_POSTCODES if found[0] is None else _LSOA)}",
            next_step="give the ONS Postcode Directory",
        )
    named = table.select(postcode=postcodes.normalised(pl.col(found[0])), lsoa=pl.col(found[1]))
    return named.drop_nulls().unique("postcode", keep="first", maintain_order=True)


def lsoa(postcode: pl.Expr, directory: pl.DataFrame) -> pl.Expr:
    """The LSOA of a postcode; null where the directory does not have it."""
    return postcodes.normalised(postcode).replace_strict(
        directory["postcode"], directory["lsoa"], default=None, return_dtype=pl.String
    )
