"""The unique pupil number: the examples of the published algorithm."""

from __future__ import annotations

import polars as pl
import pytest

from childlink.identifiers import upn


def verdict(value: str | None) -> str:
    return pl.select(upn.verdict(pl.lit(value, dtype=pl.String))).item()


@pytest.mark.parametrize(
    ("value", "expected", "letter"),
    [
        ("B801200005001", "permanent", "B"),
        ("Y318123424001", "permanent", "Y"),
        ("X845212818005", "permanent", "X"),
        ("X31812342401A", "temporary", "X"),
        ("H31812342401Z", "temporary", "H"),
        ("A801200005001", "wrong_check", "B"),
        ("Y318123424010", "wrong_check", "X"),
        ("Y381123424001", "wrong_check", "Q"),
        ("X31812342401B", "wrong_check", "L"),
        ("S318123424001", "wrong_form", "Y"),
        ("E000200005001", "impossible_la", "E"),
        ("A123456789123", "wrong_check", "P"),
        ("Y31812342400", "wrong_form", None),
        ("y318123424001", "permanent", "Y"),
        # the vendor's example that gives Q is wrong: the letter is P
        ("P207000016049", "permanent", "P"),
    ],
)
def test_verdict_and_letter_of_the_examples(value: str, expected: str, letter: str | None) -> None:
    assert verdict(value) == expected
    assert pl.select(upn.check_letter(upn.normalised(pl.lit(value)))).item() == letter


@pytest.mark.parametrize("number", range(1, 11))
def test_codes_for_an_unknown_upn(number: int) -> None:
    assert verdict(f"UN{number}") == "unknown_code"
    assert verdict(f" un{number} ") == "unknown_code"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("UN0", "wrong_form"),
        ("UN11", "wrong_form"),
        ("UN", "wrong_form"),
        (None, "missing"),
        ("", "missing"),
        ("NULL", "missing"),
        ("3.18E+11", "damaged"),
        ("B80120000500I", "wrong_form"),
        ("I801200005001", "wrong_form"),
        ("O801200005001", "wrong_form"),
        ("B801200005O01", "wrong_form"),
        ("B-801200005001", "wrong_form"),
        ("B801 2000 05001", "permanent"),
        ("B8012000050011", "wrong_form"),
    ],
)
def test_forms(value: str | None, expected: str) -> None:
    assert verdict(value) == expected


@pytest.mark.parametrize("la", ["820", "835", "836", "837", "875", "909", "928", "942", "943", "001", "702"])
def test_a_upn_keeps_the_number_of_an_abolished_la(la: str) -> None:
    assert la in upn.LA_NUMBERS


@pytest.mark.parametrize("la", ["000", "006", "214", "800a", "944", "999", "842", "804"])
def test_numbers_no_la_ever_had(la: str) -> None:
    assert la not in upn.LA_NUMBERS


def test_permanent_temporary_and_former_are_told_apart() -> None:
    cells = pl.Series(["b801200005001", "X31812342401A", "UN3", "A801200005001", None, "E000200005001"])
    frame = pl.select(
        permanent=upn.permanent(pl.lit(cells)),
        temporary=upn.temporary(pl.lit(cells)),
        former=upn.usable_former(pl.lit(cells)),
    )
    assert frame["permanent"].to_list() == ["B801200005001", None, None, None, None, None]
    assert frame["temporary"].to_list() == [None, "X31812342401A", None, None, None, None]
    assert frame["former"].to_list() == ["B801200005001", "X31812342401A", None, None, None, None]
