"""Postcodes by form, sexes by the codes of the returns and of the NHS."""

from __future__ import annotations

import polars as pl
import pytest

from childlink.identifiers import postcodes
from childlink.linkage import sexes


def postcode(cell: str | None) -> str | None:
    return pl.select(postcodes.normalised(pl.lit(cell, dtype=pl.String))).item()


def sex(cell: str | None) -> str | None:
    return pl.select(sexes.normalised(pl.lit(cell, dtype=pl.String))).item()


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("WV14 8DU", "WV14 8DU"),
        ("wv148du", "WV14 8DU"),
        ("WS 12PT", "WS1 2PT"),
        ("B8  2US", "B8 2US"),
        ("W1A 1HQ", "W1A 1HQ"),
        ("EC1A 1BB", "EC1A 1BB"),
        ("GIR 0AA", "GIR 0AA"),
        ("M1 1AE", "M1 1AE"),
        (None, None),
        ("", None),
        ("WV14", None),
        ("WV14 8D", None),
        ("WV14 8DUU", None),
        ("WV14 DU8", None),
        ("QV14 8DU", None),
        ("WV14 8CI", None),
        ("ZZ99 3VZ", None),
        ("ZZ99 3WZ", None),
        ("NFA", None),
        ("AA1 1AA", None),
        ("unknown", None),
    ],
)
def test_postcodes(cell: str | None, expected: str | None) -> None:
    assert postcode(cell) == expected


@pytest.mark.parametrize("cell", ["ZZ99 3VZ", "zz993vz", "NFA", "No fixed abode", "unknown", "N/A"])
def test_no_address_is_not_a_wrong_postcode(cell: str) -> None:
    assert pl.select(postcodes.stands_for_no_address(pl.lit(cell))).item()


def test_a_wrong_postcode_is_not_no_address() -> None:
    assert not pl.select(postcodes.stands_for_no_address(pl.lit("NA1 1AA"))).item()


@pytest.mark.parametrize("cell", ["F", "f", "2", "Female", "FEMALE", "2.0"])
def test_female(cell: str) -> None:
    assert sex(cell) == "F"


@pytest.mark.parametrize("cell", ["M", "m", "1", "Male", "1.0"])
def test_male(cell: str) -> None:
    assert sex(cell) == "M"


@pytest.mark.parametrize("cell", ["0", "9", "U", "X", "I", "u", "Unknown", "Not specified"])
def test_codes_for_unknown(cell: str) -> None:
    assert sex(cell) is None
    assert pl.select(sexes.says_unknown(pl.lit(cell))).item()


@pytest.mark.parametrize("cell", ["7", "?", "11", "FM"])
def test_other_codes_are_wrong_not_unknown(cell: str) -> None:
    assert sex(cell) is None
    assert not pl.select(sexes.says_unknown(pl.lit(cell))).item()
