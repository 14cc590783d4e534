"""Postcodes as they are compared: "WV14 8DU". The form is checked, not whether the postcode exists."""

from __future__ import annotations

import polars as pl

_FORM = (
    r"^(?:GIR0AA|[A-PR-UWYZ](?:[0-9]{1,2}|[A-HK-Y][0-9](?:[0-9ABEHMNPRV-Y])?|[0-9][A-HJKPS-UW])"
    r"[0-9][ABD-HJLNP-UW-Z]{2})$"
)
"""The form the Cabinet Office published (BS 7666), on a postcode without its space."""

_NO_PLACE = ("AA11AA", "A11AA", "AA111AA", "AB12CD", "AB123CD")
"""Made-up postcodes that forms are filled with."""


def normalised(value: pl.Expr) -> pl.Expr:
    """The postcode in upper case, one space before the last three characters, where its form is right.

    Null for any other form, for ONS and NHS pseudo-postcodes (ZZ99 ..., no fixed abode and abroad) and for
    made-up ones.
    """
    squeezed = value.str.to_uppercase().str.replace_all("[^A-Z0-9]", "")
    real = (
        squeezed.str.contains(_FORM)
        & squeezed.str.starts_with("ZZ").not_()
        & squeezed.is_in(_NO_PLACE).not_()
    )
    return pl.when(real).then(pl.concat_str(squeezed.str.head(-3), pl.lit(" "), squeezed.str.tail(3)))


def stands_for_no_address(value: pl.Expr) -> pl.Expr:
    """Whether a cell says that there is no address: ZZ99 ..., NFA. Such a cell is not a wrong postcode."""
    squeezed = value.str.to_uppercase().str.replace_all("[^A-Z0-9]", "")
    return squeezed.str.contains("^(?:ZZ99|NFA|NOFIXEDABODE|UNKNOWN|NOTKNOWN|NA$|NULL$|NONE$)")


def has_form(value: pl.Expr) -> pl.Expr:
    """Whether a cell has the form of a postcode; ONS and NHS pseudo-postcodes (ZZ99 ...) count. Null for an empty
    cell."""
    squeezed = value.str.to_uppercase().str.replace_all("[^A-Z0-9]", "")
    return squeezed.str.contains(_FORM) | squeezed.str.contains("^ZZ99[0-9][A-Z]{2}$")
