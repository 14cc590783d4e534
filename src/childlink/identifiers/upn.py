"""The unique pupil number: a check letter, LA (3), establishment (4), year (2), serial (3 characters).

Definition: UK Government Data Standards Catalogue, UPN v2.0; DfE "Unique pupil numbers (UPNs): a guide for
schools and local authorities", v1.2, annex A. A serial of three digits makes a permanent UPN, of two digits
and a letter a temporary one.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import polars as pl

from childlink.identifiers.written import absent, damaged, squeezed, weighted_sum

Verdict: TypeAlias = Literal[
    "missing",
    "unknown_code",
    "damaged",
    "wrong_form",
    "wrong_check",
    "impossible_la",
    "temporary",
    "permanent",
]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
"""The check letters in the order of the remainders 0 to 22: no I, O or S."""

UNKNOWN_CODES = tuple(f"UN{number}" for number in range(1, 11))
"""Given instead of a UPN where it is not known; they say why. None is a child's number."""

_LA_RANGES = (
    (1, 5), (201, 213), (301, 320), (330, 336), (340, 344), (350, 359), (370, 373), (380, 384), (390, 394),
    (420, 420), (660, 681), (701, 708), (800, 803), (805, 808), (810, 813), (815, 816), (820, 823),
    (825, 826), (830, 831), (835, 841), (845, 846), (850, 852), (855, 857), (860, 861), (865, 896),
    (908, 909), (916, 916), (919, 919), (921, 921), (925, 926), (928, 929), (931, 931), (933, 933),
    (935, 938), (940, 943),
)  # fmt: skip
LA_NUMBERS = frozenset(f"{number:03d}" for first, last in _LA_RANGES for number in range(first, last + 1))
"""LA numbers a UPN may hold: CIN census rule 1530 as from 2023-24.

A UPN keeps the LA number of its allocation for ever, so abolished LAs stay in this list, and the list of
present LAs must never be used in its place.
"""

_WEIGHTS = tuple(range(2, 13))
_LAST_WEIGHT = 13
_FORM = f"^[{LETTERS}][0-9]{{11}}[0-9{LETTERS}]$"


def normalised(value: pl.Expr) -> pl.Expr:
    """The number without white space, in upper case."""
    return squeezed(value, hyphens=False)


def check_letter(value: pl.Expr) -> pl.Expr:
    """The letter that positions 2 to 13 of a normalised UPN need at position 1; null where they are no UPN.

    Each character times its position, added; a last letter counts by its place in LETTERS; the remainder by
    23 picks the letter.
    """
    middle = value.str.slice(1, 11).cast(pl.Int64, strict=False)
    last = value.str.slice(12, 1)
    symbols = [*"0123456789", *LETTERS]
    worth = last.replace_strict(
        symbols, [*range(10), *range(len(LETTERS))], default=None, return_dtype=pl.Int64
    )
    remainder = (weighted_sum(middle, _WEIGHTS) + worth * _LAST_WEIGHT) % len(LETTERS)
    return remainder.replace_strict(
        list(range(len(LETTERS))), list(LETTERS), default=None, return_dtype=pl.String
    )


def verdict(value: pl.Expr) -> pl.Expr:
    """One of VERDICTS for each cell, as text; never null. The first that applies, in this order:

    missing; unknown_code: UN1 to UN10; damaged: a spreadsheet's exponent or a decimal part of zeros;
    wrong_form: not a permitted letter, eleven digits, and a digit or permitted letter; wrong_check;
    impossible_la: the check letter agrees, but no LA ever had this number; temporary; permanent.
    """
    number = normalised(value)
    return (
        pl.when(absent(number))
        .then(pl.lit("missing"))
        .when(number.is_in(UNKNOWN_CODES))
        .then(pl.lit("unknown_code"))
        .when(damaged(number))
        .then(pl.lit("damaged"))
        .when(~number.str.contains(_FORM))
        .then(pl.lit("wrong_form"))
        .when(number.str.slice(0, 1) != check_letter(number))
        .then(pl.lit("wrong_check"))
        .when(~number.str.slice(1, 3).is_in(sorted(LA_NUMBERS)))
        .then(pl.lit("impossible_la"))
        .when(number.str.contains("[A-Z]$"))
        .then(pl.lit("temporary"))
        .otherwise(pl.lit("permanent"))
    )


def permanent(value: pl.Expr) -> pl.Expr:
    """The normalised UPN where it is a valid permanent one, else null."""
    return pl.when(verdict(value) == "permanent").then(normalised(value))


def temporary(value: pl.Expr) -> pl.Expr:
    """The normalised UPN where it is a valid temporary one, else null.

    Weak evidence: schools repeat and replace them, so never match on one alone.
    """
    return pl.when(verdict(value) == "temporary").then(normalised(value))


def usable_former(value: pl.Expr) -> pl.Expr:
    """The normalised former UPN where it is valid, else null. A temporary UPN is a natural former one."""
    return pl.when(verdict(value).is_in(["permanent", "temporary"])).then(normalised(value))
