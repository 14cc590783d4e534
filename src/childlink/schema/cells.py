"""What a cell of text must be for its column's type and format, as conditions; an empty cell, null, passes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from childlink.identifiers import nhs_number, postcodes, uln, upn

YES = ("1", "true", "y", "yes")
NO = ("0", "false", "n", "no")
"""How yes and no are written, in small letters."""


def folded(cell: pl.Expr) -> pl.Expr:
    """The text as ``childlink.schema.model.fold`` folds it: letters and digits alone, small ones."""
    return cell.str.to_lowercase().str.replace_all("[^a-z0-9]", "")


def number(cell: pl.Expr) -> pl.Expr:
    """The number that a cell holds; null where it holds none, NaN and infinity not among them."""
    return pl.when(is_number(cell)).then(cell.str.strip_chars().cast(pl.Float64, strict=False))


def is_number(cell: pl.Expr) -> pl.Expr:
    """Whether the cell is a number as people write it: digits, maybe a sign and a decimal part."""
    return cell.str.contains(r"^\s*[+-]?[0-9]+(\.[0-9]+)?\s*$")


def is_integer(cell: pl.Expr) -> pl.Expr:
    """Whether the cell is a whole number; "3.0", as spreadsheets write 3, is one."""
    return cell.str.contains(r"^\s*[+-]?[0-9]+(\.0+)?\s*$")


def is_boolean(cell: pl.Expr) -> pl.Expr:
    """Whether the cell says yes or no, in one of the ways of YES and NO, in any case."""
    return cell.str.to_lowercase().is_in([*YES, *NO])


def is_upn(cell: pl.Expr) -> pl.Expr:
    """Whether the cell is a permanent or temporary UPN, or a code that says why there is none (UN1 to UN10)."""
    return pl.when(cell.is_not_null()).then(
        upn.verdict(cell).is_in(["permanent", "temporary", "unknown_code"])
    )


def is_uln(cell: pl.Expr) -> pl.Expr:
    """Whether the cell is a ULN, or 9999999999, which says that it is not known."""
    sound = (uln.verdict(cell) == "valid") | (uln.normalised(cell) == uln.UNKNOWN)
    return pl.when(cell.is_not_null()).then(sound)


def is_nhs_number(cell: pl.Expr) -> pl.Expr:
    """Whether the cell is an NHS number; one of the range kept for tests is."""
    return pl.when(cell.is_not_null()).then(nhs_number.verdict(cell).is_in(["valid", "test_range"]))


OF_TYPE: Mapping[str, Callable[[pl.Expr], pl.Expr]] = {
    "integer": is_integer,
    "number": is_number,
    "boolean": is_boolean,
}
"""By the type of a column; dates are read by ``childlink.schema.dates``."""

OF_FORMAT: Mapping[str, Callable[[pl.Expr], pl.Expr]] = {
    "upn": is_upn,
    "uln": is_uln,
    "nhs_number": is_nhs_number,
    "postcode": postcodes.has_form,
}
"""By the format of a column."""
