"""The unique learner number: the examples of the published algorithm."""

from __future__ import annotations

import polars as pl
import pytest

from childlink.identifiers import uln


def verdict(value: str | None) -> str:
    return pl.select(uln.verdict(pl.lit(value, dtype=pl.String))).item()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("9276308686", "valid"),
        ("1000000000", "valid"),
        ("1234567899", "valid"),
        ("3000000002", "valid"),
        ("927 630 8686", "valid"),
        ("9276308685", "wrong_check"),
        ("9276308668", "wrong_check"),
        ("0123456789", "wrong_form"),
        ("927630868", "wrong_form"),
        ("92763086866", "wrong_form"),
        ("927-630-8686", "wrong_form"),
        ("9999999999", "missing"),
        (None, "missing"),
        ("unknown", "missing"),
        ("9.27631E+09", "damaged"),
        ("9276308686.0", "damaged"),
    ],
)
def test_verdict_of_the_examples(value: str | None, expected: str) -> None:
    assert verdict(value) == expected


@pytest.mark.parametrize("last", range(10))
def test_no_tenth_digit_makes_100000006_valid(last: int) -> None:
    assert verdict(f"100000006{last}") == "wrong_check"


def test_check_digit() -> None:
    nine = pl.Series(["927630868", "100000000", "123456789", "100000006", "927630866"])
    assert pl.select(uln.check_digit(pl.lit(nine))).to_series().to_list() == [6, 0, 9, None, None]


def test_usable_numbers_are_normalised_and_the_rest_null() -> None:
    cells = pl.Series(["927 630 8686", "9276308685", None, "9999999999"])
    assert pl.select(uln.usable(pl.lit(cells))).to_series().to_list() == ["9276308686", None, None, None]
