"""Every other table against Header: the same children, with the same date of birth and sex."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TypeAlias

import polars as pl

from childlink.rules.columns import Table
from childlink.rules.ssda903.tables import (
    AD1,
    OC2,
    OC3,
    UASC,
    Episodes,
    Header,
    Missing,
    PlacedAdoption,
    PrevPerm,
    Reviews,
    rule,
)
from childlink.rules.ssda903.vocabulary import not_of_children, pairs

Condition: TypeAlias = Callable[[pl.LazyFrame, Table, pl.LazyFrame], pl.LazyFrame]
"""The failing ones of the rows of a table, given with the table and Header."""


class AgainstHeader:
    """A condition on one table and Header, as the rule function that reads the two."""

    def __init__(self, condition: Condition, table: Table, parameter: str, words: str) -> None:
        self.condition = condition
        self.table = table
        self.__doc__ = words
        kind = inspect.Parameter.KEYWORD_ONLY
        self.__signature__ = inspect.Signature(
            [inspect.Parameter("header", kind), inspect.Parameter(parameter, kind)]
        )

    def __call__(self, *, header: pl.LazyFrame, **other: pl.LazyFrame) -> pl.LazyFrame:
        (rows,) = other.values()
        return self.condition(rows, self.table, header)


def not_in_header(rows: pl.LazyFrame, table: Table, header: pl.LazyFrame) -> pl.LazyFrame:
    """The rows whose CHILD is on no Header row."""
    return not_of_children(rows, table, header, Header)


def born_otherwise(rows: pl.LazyFrame, table: Table, header: pl.LazyFrame) -> pl.LazyFrame:
    """The rows whose DOB differs from the DOB of a Header row of the same CHILD, both readable."""
    return pairs(rows, header, (table.CHILD, Header.CHILD)).filter(table.DOB.date != Header.DOB.date)


KNOWN_CHILD = (
    ("INT01", AD1, "ad1", "Data Integrity Check: Child in AD1 does not exist in Header."),
    (
        "INT02",
        PlacedAdoption,
        "placed_adoption",
        "Internal Check: Child in PlacedAdoption does not exist in Header.",
    ),
    ("INT03", Episodes, "episodes", "Internal Check: Child in Episodes does not exist in Header."),
    ("INT04", Missing, "missing", "Internal Check: Child in Missing does not exist in Header."),
    ("INT05", OC2, "oc2", "Internal Check: Child in OC2 does not exist in Header."),
    ("INT06", OC3, "oc3", "Internal Check: Child in OC3 does not exist in Header."),
    ("INT07", PrevPerm, "prev_perm", "Internal Check: Child in PrevPerm does not exist in Header."),
    ("INT08", Reviews, "reviews", "Internal Check: Child in Reviews does not exist in Header."),
    ("INT09", UASC, "uasc", "Internal Check: Child in UASC does not exist in Header."),
)
"""Code, table, the parameter by which a rule reads it, message."""

SAME_BIRTH = (
    ("INT11", AD1, "ad1", "Internal Check: DOB in AD1 is different to DOB in Header."),
    (
        "INT12",
        PlacedAdoption,
        "placed_adoption",
        "Internal Check: DOB in PlacedAdoption is different to DOB in Header.",
    ),
    ("INT13", Missing, "missing", "Internal Check: DOB in Missing is different to DOB in Header."),
    ("INT14", OC2, "oc2", "Internal Check: DOB in OC2 is different to DOB in Header."),
    ("INT15", OC3, "oc3", "Internal Check: DOB in OC3 is different to DOB in Header."),
    ("INT16", PrevPerm, "prev_perm", "Internal Check: DOB in PrevPerm is different to DOB in Header."),
    ("INT17", Reviews, "reviews", "Internal Check: DOB in Reviews is different to DOB in Header."),
    ("INT18", UASC, "uasc", "Internal Check: DOB in UASC is different to DOB in Header."),
)
"""Code, table, the parameter by which a rule reads it, message."""

for code, table, parameter, message in KNOWN_CHILD:
    words = (
        f"A row of {table} whose CHILD is on no row of Header. A missing CHILD is flagged unless Header has "
        "a row without CHILD too."
    )
    rule(code, table.CHILD, message=message)(AgainstHeader(not_in_header, table, parameter, words))

for code, table, parameter, message in SAME_BIRTH:
    words = (
        f"A row of {table} whose DOB differs from the DOB on a Header row of the same CHILD, compared as "
        "dates. A missing or unreadable DOB on either side passes."
    )
    rule(code, table.DOB, message=message)(AgainstHeader(born_otherwise, table, parameter, words))


@rule("INT21", UASC.SEX, message="Internal Check: SEX in UASC is different to SEX in Header.")
def sex_otherwise(header: pl.LazyFrame, uasc: pl.LazyFrame) -> pl.LazyFrame:
    """A row of UASC whose SEX differs from the SEX on a Header row of the same CHILD. A missing SEX on either
    side passes."""
    return pairs(uasc, header, (UASC.CHILD, Header.CHILD)).filter(UASC.SEX.text != Header.SEX.text)
