"""The NHS number: ten digits, the tenth a check digit modulus 11.

Definition: NHS Data Dictionary, data element NHS NUMBER. A valid check does not prove an English number:
Scotland's CHI number and Northern Ireland's Health and Care number pass the same arithmetic.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import polars as pl

from childlink.identifiers.written import absent, damaged, squeezed, weighted_sum

Verdict: TypeAlias = Literal[
    "missing", "damaged", "wrong_form", "placeholder", "wrong_check", "test_range", "valid"
]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

_WEIGHTS = (10, 9, 8, 7, 6, 5, 4, 3, 2)
_RUNS_OF_DIGITS = ("0123456789", "9876543210")  # both pass the arithmetic
_ALL_THE_SAME = "^(0{10}|1{10}|2{10}|3{10}|4{10}|5{10}|6{10}|7{10}|8{10}|9{10})$"


def normalised(value: pl.Expr) -> pl.Expr:
    """The number without white space and hyphens, in upper case."""
    return squeezed(value, hyphens=True)


def check_digit(first_nine: pl.Expr) -> pl.Expr:
    """The digit (Int64, 0 to 9) that makes nine digits of text a valid number; null where none can.

    11 minus the remainder by 11 of the digits weighted 10 to 2; 11 counts as 0; 10 means that no valid
    number has these nine digits.
    """
    digit = 11 - weighted_sum(first_nine.cast(pl.Int64, strict=False), _WEIGHTS) % 11
    return pl.when(digit == 11).then(0).when(digit < 10).then(digit)


def verdict(value: pl.Expr) -> pl.Expr:
    """One of VERDICTS for each cell, as text; never null. The first that applies, in this order:

    missing: empty or a word for it; damaged: exponent form, a decimal part of zeros, or nine digits that
    would be valid behind a lost zero; wrong_form: not ten digits; placeholder: ten times the same digit or a
    run up or down, which may pass the arithmetic; wrong_check; test_range: valid, but begins 999, which is
    kept for tests and synthetic data; valid.
    """
    number = normalised(value)
    ten = number.str.contains("^[0-9]{10}$")
    lost_zero = number.str.contains("^[1-9][0-9]{8}$") & _check_agrees(pl.lit("0") + number)
    return (
        pl.when(absent(number))
        .then(pl.lit("missing"))
        .when(damaged(number) | lost_zero)
        .then(pl.lit("damaged"))
        .when(~ten)
        .then(pl.lit("wrong_form"))
        .when(number.is_in(_RUNS_OF_DIGITS) | number.str.contains(_ALL_THE_SAME))
        .then(pl.lit("placeholder"))
        .when(_check_agrees(number).not_().fill_null(value=True))
        .then(pl.lit("wrong_check"))
        .when(number.str.starts_with("999"))
        .then(pl.lit("test_range"))
        .otherwise(pl.lit("valid"))
    )


def _check_agrees(ten_digits: pl.Expr) -> pl.Expr:
    """Whether the tenth digit is the one the first nine need; null or false where they need none."""
    number = ten_digits.cast(pl.Int64, strict=False)
    # with weight 1 on the check digit itself, a valid number sums to a multiple of 11
    return weighted_sum(number, (*_WEIGHTS, 1)) % 11 == 0


def usable(value: pl.Expr) -> pl.Expr:
    """The normalised number where it may be used in matching (valid, or of the test range), else null.

    Numbers of the test range are what synthetic and test extracts hold; in real data the verdict shows them.
    """
    return pl.when(verdict(value).is_in(["valid", "test_range"])).then(normalised(value))
