"""The numbers of pupils, on roll and no longer on roll: UPN, former UPN and ULN.

The numbers of the rules are the DfE's. What they ask is as help pages of school systems tell it, not in the DfE's
words, and so are the messages.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TypeAlias

import polars as pl

from childlink.identifiers import uln, upn
from childlink.identifiers.written import absent
from childlink.rules.columns import Column, Table
from childlink.rules.context import Unavailable
from childlink.rules.expressions import together
from childlink.rules.school_census.tables import PupilNoLongerOnRoll, PupilOnRoll, rule

LEARNER_AGE = 14
"""Years of age from which a pupil has a unique learner number."""
NOT_VERBATIM = (
    "The message is childlink's: the DfE's words were not to be had, only what help pages say of them."
)
UPNS = (PupilOnRoll.upn, PupilNoLongerOnRoll.upn)
ULNS = (PupilOnRoll.uniquelearnernumber, PupilNoLongerOnRoll.uniquelearnernumber)
FORMER_UPNS = (PupilOnRoll.formerupn, PupilNoLongerOnRoll.formerupn)

Pupils: TypeAlias = pl.LazyFrame | None
"""One of the two tables of pupils, where the return has it."""


def _failing(on_roll: Pupils, off_roll: Pupils, fails: Callable[[Table], pl.Expr]) -> pl.LazyFrame:
    """The rows of both tables of pupils that fail a condition. Raises Unavailable where neither is there.

    Shape: a row for each, with the position in the table that it is of.
    """
    tables = ((PupilOnRoll, on_roll), (PupilNoLongerOnRoll, off_roll))
    found = [rows.filter(fails(table)).select(table.row) for table, rows in tables if rows is not None]
    if not found:
        raise Unavailable("neither table of pupils is in the return")
    return together(*found)


def _given(cell: Column) -> pl.Expr:
    """True where a cell holds a UPN, right or wrong: neither empty nor a word for that."""
    return ~absent(upn.normalised(cell.text))


@rule("1500", *UPNS, message="A pupil has no UPN.", differs=NOT_VERBATIM)
def no_upn(pupilonroll: Pupils = None, pupilnolongeronroll: Pupils = None) -> pl.LazyFrame:
    """A row of either table of pupils whose upn is missing, or only a word or a sign for that, such as "N/A"."""
    return _failing(pupilonroll, pupilnolongeronroll, lambda table: ~_given(table.upn))


def _wrong_letter(cell: Column) -> pl.Expr:
    number = upn.normalised(cell.text)
    judged = number.str.contains(f"^.[0-9]{{11}}[0-9{upn.LETTERS}]$")
    return (judged & (number.str.slice(0, 1) != upn.check_letter(number))).fill_null(value=False)


@rule(
    "1510",
    *UPNS,
    *FORMER_UPNS,
    message="The check letter of a UPN or former UPN (character 1) does not fit the characters after it.",
    differs=NOT_VERBATIM,
)
def wrong_check_letter(pupilonroll: Pupils = None, pupilnolongeronroll: Pupils = None) -> pl.LazyFrame:
    """A row of either table of pupils whose upn or formerupn has 13 characters, of which characters 2 to 12 are
    digits and the last is a digit or one of A B C D E F G H J K L M N P Q R T U V W X Y Z, and whose character
    1 is not the check letter that they need. The check letter: each character times its position, added, where
    a last letter counts by its place in that alphabet (A is 0); the remainder on division by 23 is a place in
    the same alphabet. White space and small letters make no difference. A number of another form is not judged
    here."""
    return _failing(
        pupilonroll,
        pupilnolongeronroll,
        lambda table: _wrong_letter(table.upn) | _wrong_letter(table.formerupn),
    )


@rule(
    "1520",
    *UPNS,
    message="Several pupils, on roll or no longer on roll, have the same UPN.",
    key=(UPNS,),
    differs=NOT_VERBATIM,
)
def same_upn(pupilonroll: Pupils = None, pupilnolongeronroll: Pupils = None) -> pl.LazyFrame:
    """A row of either table of pupils whose upn is also that of another row of either. All such rows are
    flagged, the first included; rows with one UPN are one finding. White space and small letters make no
    difference; missing UPNs are not the same."""
    tables = ((PupilOnRoll, pupilonroll), (PupilNoLongerOnRoll, pupilnolongeronroll))
    there = [
        rows.select(table.row, upn.normalised(table.upn.text).alias(table.upn.key)).filter(_given(table.upn))
        for table, rows in tables
        if rows is not None
    ]
    if not there:
        raise Unavailable("neither table of pupils is in the return")
    held = [table.upn.text for table, rows in tables if rows is not None]
    number = pl.coalesce(held)
    return together(*there).filter(number.is_duplicated())


def _of_no_authority(cell: Column) -> pl.Expr:
    known = upn.normalised(cell.text).str.slice(1, 3).is_in(sorted(upn.LA_NUMBERS))
    return _given(cell) & ~known.fill_null(value=False)


@rule(
    "1530",
    *UPNS,
    message="Characters 2 to 4 of a UPN are not the number of a local authority.",
    differs=NOT_VERBATIM,
)
def upn_of_no_authority(pupilonroll: Pupils = None, pupilnolongeronroll: Pupils = None) -> pl.LazyFrame:
    """A row of either table of pupils whose upn is present and whose characters 2 to 4 are not a number that an
    authority has or had: those of rule 1530 of the children in need census as from 2023-24, since a UPN keeps the
    number of the authority it was given in. Where the characters are not there, neither is the authority."""
    return _failing(pupilonroll, pupilnolongeronroll, lambda table: _of_no_authority(table.upn))


def _not_of_digits(cell: Column) -> pl.Expr:
    digits = upn.normalised(cell.text).str.slice(4, 8).str.contains("^[0-9]{8}$")
    return _given(cell) & ~digits.fill_null(value=False)


@rule("1540", *UPNS, message="Characters 5 to 12 of a UPN are not all digits.", differs=NOT_VERBATIM)
def upn_not_of_digits(pupilonroll: Pupils = None, pupilnolongeronroll: Pupils = None) -> pl.LazyFrame:
    """A row of either table of pupils whose upn is present and whose characters 5 to 12 are not eight digits. A UPN
    that ends before fails."""
    return _failing(pupilonroll, pupilnolongeronroll, lambda table: _not_of_digits(table.upn))


def _ends_wrongly(cell: Column) -> pl.Expr:
    right = upn.normalised(cell.text).str.slice(12, 1).str.contains(f"^[0-9{upn.LETTERS}]$")
    return _given(cell) & ~right.fill_null(value=False)


@rule(
    "1550",
    *UPNS,
    message="Character 13 of a UPN is neither a digit nor a letter that a UPN may end in.",
    differs=NOT_VERBATIM,
)
def upn_ends_wrongly(pupilonroll: Pupils = None, pupilnolongeronroll: Pupils = None) -> pl.LazyFrame:
    """A row of either table of pupils whose upn is present and whose character 13 is neither a digit nor one of
    A B C D E F G H J K L M N P Q R T U V W X Y Z. A UPN that ends before fails. Characters after the thirteenth are
    the matter of S-FORMAT."""
    return _failing(pupilonroll, pupilnolongeronroll, lambda table: _ends_wrongly(table.upn))


@rule(
    "1570",
    *PupilOnRoll.columns("dob", "uniquelearnernumber"),
    message="Please check: a pupil aged 14 or over has no unique learner number.",
    severity="query",
    differs=f"{NOT_VERBATIM} Age is reckoned on the day given (--as-of), which should be the census day of the term; "
    "the extract does not hold it.",
)
def no_learner_number(as_of_date: date) -> pl.Expr:
    """A pupilonroll row whose dob is at least 14 years before the day on which ages are reckoned, the
    fourteenth birthday itself included, and whose uniquelearnernumber is missing, a word for that, or
    9999999999, which stands for a number that is not known. A pupil born on 29 February is 14 on 28 February.
    Pupils no longer on roll are not looked at, nor pupils without a readable dob."""
    number = uln.normalised(PupilOnRoll.uniquelearnernumber.text)
    missing = absent(number) | (number == uln.UNKNOWN).fill_null(value=False)
    return missing & (PupilOnRoll.dob.birthday(LEARNER_AGE) <= as_of_date)


@rule(
    "1575",
    *ULNS,
    message="A unique learner number is not ten digits, or its check digit is wrong.",
    differs=NOT_VERBATIM,
)
def wrong_learner_number(pupilonroll: Pupils = None, pupilnolongeronroll: Pupils = None) -> pl.LazyFrame:
    """A row of either table of pupils whose uniquelearnernumber is present and is not ten digits, begins with
    0, or has a check digit that does not fit: the digits times 10, 9, 8 ... 1, added, leave 10 on division by
    11. White space makes no difference; 9999999999 and words for "no value" count as missing."""
    return _failing(
        pupilonroll,
        pupilnolongeronroll,
        lambda table: ~uln.verdict(table.uniquelearnernumber.text).is_in(["missing", "valid"]),
    )
