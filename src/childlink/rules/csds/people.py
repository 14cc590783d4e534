"""A person's NHS number and its status, in any extract with the columns of the data set. The codes of these rules are
childlink's own."""

from __future__ import annotations

import polars as pl

from childlink.identifiers import nhs_number
from childlink.rules.columns import Column, Table
from childlink.rules.registry import RuleBook

PRESENT = ("01", "02")
"""States of an NHS number in which there is one: verified, or not traced."""
NOT_PRESENT = ("07",)
"""States in which there is none. Of the others (03 to 06, 08) neither is said."""
SOUND = ("missing", "valid", "test_range")


def _given(number: Column) -> pl.Expr:
    return nhs_number.verdict(number.text) != "missing"


def _state(status: Column) -> pl.Expr:
    """The status as its two digits, "1" as "01"; null where there is none."""
    return status.text.str.strip_chars().str.zfill(2)


def add_rules(book: RuleBook, people: Table) -> None:
    """Add the rules nhs-a, nhs-b and nhs-c to ``book``, on its table ``people``."""
    number, status, born = people.columns("NHS number", "NHS number status indicator", "Person birth date")

    @book.rule("nhs-a", number, message="An NHS number is not ten digits, or its check digit is wrong.")
    def wrong_number() -> pl.Expr:
        """A row whose NHS number is present and is not ten digits, or has a check digit that does not fit, or
        is a placeholder that passes that check (one digit ten times, or digits that run up or down). The check
        digit: the first nine digits times 10, 9 ... 2, added; 11 less the remainder on division by 11, where 11
        counts as 0 and 10 is none. White space and hyphens make no difference. Numbers of the range kept for
        tests, which begin with 999, are not flagged."""
        return ~nhs_number.verdict(number.text).is_in(SOUND)

    @book.rule(
        "nhs-b",
        number,
        status,
        message="An NHS number is there although its status says that it is not, or the other way round.",
    )
    def number_against_status() -> pl.Expr:
        """A row whose NHS number is present, right or wrong, and whose NHS number status indicator is 07 (not
        present); or whose NHS number is missing and whose status is 01 or 02 (present). The other states, 03 to
        06 and 08, say neither. A status of one digit is read with a zero before it."""
        state = _state(status)
        return (_given(number) & state.is_in(NOT_PRESENT)) | (~_given(number) & state.is_in(PRESENT))

    @book.rule(
        "nhs-c",
        number,
        born,
        message="Please check: one NHS number stands on rows with different birth dates.",
        severity="query",
        key=(number,),
    )
    def different_birth_dates(people: pl.LazyFrame) -> pl.LazyFrame:
        """A row whose NHS number is also on a row with another Person birth date. All rows with the number and
        a readable date are flagged, and are one finding. White space and hyphens make no difference;
        placeholders (one digit ten times, a run of digits) are no number of anybody's."""
        alike = nhs_number.normalised(number.text)
        somebodys = ~nhs_number.verdict(number.text).is_in(["missing", "placeholder"])
        rows = people.filter(somebodys, born.date.is_not_null()).with_columns(alike.alias(number.key))
        return rows.filter(born.date.n_unique().over(number.key) > 1)
