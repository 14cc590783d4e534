"""The unique learner number: ten digits, the first not 0, for learners aged 14 and over; kept for life.

Definition: Learning Records Service, as restated by HESA. One SEN2 draft asks for eight digits; that is a
slip.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import polars as pl

from childlink.identifiers.written import absent, damaged, squeezed, weighted_sum

Verdict: TypeAlias = Literal["missing", "damaged", "wrong_form", "wrong_check", "valid"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

UNKNOWN = "9999999999"
"""Used in further education data for a learner whose number is not known."""

_WEIGHTS = (10, 9, 8, 7, 6, 5, 4, 3, 2, 1)


def normalised(value: pl.Expr) -> pl.Expr:
    """The number without white space, in upper case."""
    return squeezed(value, hyphens=False)


def check_digit(first_nine: pl.Expr) -> pl.Expr:
    """The digit (Int64, 0 to 9) that makes nine digits of text a valid number; null where none can.

    10 minus the remainder by 11 of the digits weighted 10 to 2; no valid number has nine digits whose
    remainder is 0.
    """
    remainder = weighted_sum(first_nine.cast(pl.Int64, strict=False), _WEIGHTS[:-1]) % 11
    return pl.when(remainder > 0).then(10 - remainder)


def verdict(value: pl.Expr) -> pl.Expr:
    """One of VERDICTS for each cell, as text; never null. The first that applies, in this order:

    missing: empty, a word for it, or 9999999999; damaged: exponent form or a decimal part of zeros;
    wrong_form: not ten digits, or the first is 0; wrong_check; valid.
    """
    number = normalised(value)
    return (
        pl.when(absent(number) | (number == UNKNOWN).fill_null(value=False))
        .then(pl.lit("missing"))
        .when(damaged(number))
        .then(pl.lit("damaged"))
        .when(~number.str.contains("^[1-9][0-9]{9}$"))
        .then(pl.lit("wrong_form"))
        .when(weighted_sum(number.cast(pl.Int64, strict=False), _WEIGHTS) % 11 != 10)
        .then(pl.lit("wrong_check"))
        .otherwise(pl.lit("valid"))
    )


def usable(value: pl.Expr) -> pl.Expr:
    """The normalised number where it is valid, else null."""
    return pl.when(verdict(value) == "valid").then(normalised(value))
