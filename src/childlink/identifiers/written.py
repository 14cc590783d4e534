"""What the identifiers have in common: how they are written down, and how spreadsheets damage them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

_SPACE = r"[\s\u200B\uFEFF]"
_SPACE_OR_HYPHEN = r"[\s\u200B\uFEFF\-\u2010-\u2015\u2212]"

NO_VALUE = ("", "-", ".", "?", "NULL", "NONE", "NIL", "NA", "N/A", "NAN", "NK", "UNKNOWN", "NOTKNOWN")
"""What systems write, spaces removed, where there is no number."""


def squeezed(value: pl.Expr, *, hyphens: bool) -> pl.Expr:
    """``value`` without white space (and without hyphens and dashes, on request), in upper case."""
    return value.str.replace_all(_SPACE_OR_HYPHEN if hyphens else _SPACE, "").str.to_uppercase()


def absent(squeezed_value: pl.Expr) -> pl.Expr:
    """Whether the squeezed cell is empty or one of the words for "no value". Never null."""
    return squeezed_value.is_null() | squeezed_value.is_in(NO_VALUE).fill_null(value=False)


def damaged(squeezed_value: pl.Expr) -> pl.Expr:
    """Whether a spreadsheet has left its marks: an exponent (9.43E+09) or a decimal part of zeros (9.0)."""
    return squeezed_value.str.contains(r"^[0-9]+(\.[0-9]+)?E\+?[0-9]{1,2}$|^[0-9]+\.0+$")


def weighted_sum(number: pl.Expr, weights: Sequence[int]) -> pl.Expr:
    """Sum of the decimal digits of ``number`` (Int64), each times its weight.

    ``weights`` run from the most significant digit to the last; a number with fewer digits is read as one
    with leading zeros.
    """
    places = range(len(weights) - 1, -1, -1)
    terms = [
        (number // 10**place % 10) * weight for place, weight in zip(places, weights, strict=True) if weight
    ]
    return pl.sum_horizontal(terms, ignore_nulls=False)
