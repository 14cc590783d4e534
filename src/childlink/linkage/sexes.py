"""Sex as it is compared: F, M or unknown, from the codes of the returns and of the NHS.

SSDA903 and CIN census: 1 male, 2 female, 0 and 9 neither recorded, M, F, U; school census: M, F; NHS person
stated gender code: 1, 2, 9 indeterminate, X not known.
"""

from __future__ import annotations

import polars as pl

_CODES = {
    **dict.fromkeys(("F", "2", "FEMALE", "GIRL", "2.0", "WOMAN"), "F"),
    **dict.fromkeys(("M", "1", "MALE", "BOY", "1.0", "MAN"), "M"),
}
_UNKNOWN = (
    "0", "9", "3", "U", "X", "I", "N", "0.0", "9.0", "UNKNOWN", "NOT KNOWN", "INDETERMINATE", "NOT SPECIFIED",
    "NOT STATED", "NOT RECORDED", "UNBORN", "NULL", "NONE", "NA", "N/A", "NK", "-",
)  # fmt: skip


def normalised(value: pl.Expr) -> pl.Expr:
    """ "F" or "M"; null for codes that mean unknown, indeterminate or unborn, and for anything else."""
    return value.str.to_uppercase().replace_strict(_CODES, default=None, return_dtype=pl.String)


def says_unknown(value: pl.Expr) -> pl.Expr:
    """Whether a cell says that the sex is not known or not one of the two: not a wrong code."""
    return value.str.to_uppercase().is_in(_UNKNOWN)
