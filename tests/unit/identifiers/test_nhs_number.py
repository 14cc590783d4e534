"""The NHS number: the examples of the published algorithm."""

from __future__ import annotations

import polars as pl
import pytest

from childlink.identifiers import nhs_number


def verdict(value: str | None) -> str:
    return pl.select(nhs_number.verdict(pl.lit(value, dtype=pl.String))).item()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("943 476 5919", "valid"),
        ("943 476 5870", "valid"),
        ("401 023 2137", "valid"),
        ("943-476-5919", "valid"),
        ("943\u00a0476\u20115919", "valid"),
        ("943 476 5918", "wrong_check"),
        ("943 476 9519", "wrong_check"),
        ("123 456 7890", "wrong_check"),
        ("999 000 0018", "test_range"),
        ("000 000 0000", "placeholder"),
        ("111 111 1111", "placeholder"),
        ("222 222 2222", "placeholder"),
        ("987 654 3210", "placeholder"),
        ("0123456789", "placeholder"),
        (None, "missing"),
        ("", "missing"),
        ("   ", "missing"),
        ("not known", "missing"),
        ("n/a", "missing"),
        ("94347659190", "wrong_form"),
        ("943476591", "wrong_form"),
        ("9434O65919", "wrong_form"),
        ("۹۴۳۴۷۶۵۹۱۹", "wrong_form"),
    ],
)
def test_verdict_of_the_examples(value: str | None, expected: str) -> None:
    assert verdict(value) == expected


@pytest.mark.parametrize("last", range(10))
def test_no_tenth_digit_makes_943476503_valid(last: int) -> None:
    assert verdict(f"943476503{last}") == "wrong_check"


@pytest.mark.parametrize("value", ["9.43E+09", "9.43476591e9", "9434765919.0", "9434765919.00"])
def test_spreadsheet_damage_is_not_a_wrong_number(value: str) -> None:
    assert verdict(value) == "damaged"


def test_a_lost_zero_is_damage() -> None:
    digit = pl.select(nhs_number.check_digit(pl.lit("010102321"))).item()
    assert verdict(f"010102321{digit}") == "valid"
    assert verdict(f"10102321{digit}") == "damaged"
    assert verdict(f"10102321{(digit + 1) % 10}") == "wrong_form"


def test_check_digit_is_null_where_no_number_begins_so() -> None:
    nine = pl.Series(["943476591", "943476587", "943476503", "123456789"])
    assert pl.select(nhs_number.check_digit(pl.lit(nine))).to_series().to_list() == [9, 0, None, None]


def test_usable_numbers_are_normalised_and_the_rest_null() -> None:
    cells = pl.Series(["943 476 5919", "943 476 5918", None, "9990000018", "1111111111", "9434765919.0"])
    used = pl.select(nhs_number.usable(pl.lit(cells))).to_series().to_list()
    assert used == ["9434765919", None, None, "9990000018", None, None]


def test_every_verdict_is_a_known_one() -> None:
    cells = pl.Series(["9434765919", "9434765918", None, "9990000018", "1111111111", "9.4E9", "x"])
    assert set(pl.select(nhs_number.verdict(pl.lit(cells))).to_series()) == set(nhs_number.VERDICTS)
