"""The words that the rules of Annex A share.

Conventions: a date that cannot be read is missing, and a comparison with a missing date flags nothing. Ids are
compared exactly. A rule about several lists reads those that are there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from childlink.rules.annex_a.tables import (
    Adopters,
    Adoption,
    Assessments,
    CareLeavers,
    Contacts,
    EarlyHelp,
    Enquiries,
    InNeed,
    LookedAfter,
    Protection,
    Referrals,
    schema,
    share,
)
from childlink.rules.columns import Column, Table
from childlink.rules.context import Unavailable
from childlink.rules.expressions import together
from childlink.schema.cells import folded

CHILD, BORN, AGE = "Child Unique ID", "Date of Birth", "Age of Child (Years)"

OF_CHILDREN = (
    Contacts,
    EarlyHelp,
    Referrals,
    Assessments,
    Enquiries,
    InNeed,
    Protection,
    LookedAfter,
    CareLeavers,
    Adoption,
)
"""Lists 1 to 10, in order."""

BEGINS: Mapping[Table, Column] = {
    Contacts: Contacts["Date of Contact"],
    EarlyHelp: EarlyHelp["Assessment start date"],
    Referrals: Referrals["Date of referral"],
    Assessments: Assessments["Continuous Assessment Start Date"],
    Enquiries: Enquiries["Strategy discussion initiating Section 47 Enquiry Start Date"],
    InNeed: InNeed["CIN Start Date"],
    Protection: Protection["Child Protection Plan Start Date"],
    LookedAfter: LookedAfter["Date Started to be Looked After"],
    CareLeavers: CareLeavers["Latest Date of Contact"],
    Adoption: Adoption["Date the Child Entered Care"],
    Adopters: Adopters["Date enquiry received"],
}
"""The date for which a row stands in its list: of most, when what it records began."""

Lists = Mapping[str, pl.LazyFrame]
"""The lists that are there, by the names of their tables."""


@share
def lists(
    list_1: pl.LazyFrame | None = None,
    list_2: pl.LazyFrame | None = None,
    list_3: pl.LazyFrame | None = None,
    list_4: pl.LazyFrame | None = None,
    list_5: pl.LazyFrame | None = None,
    list_6: pl.LazyFrame | None = None,
    list_7: pl.LazyFrame | None = None,
    list_8: pl.LazyFrame | None = None,
    list_9: pl.LazyFrame | None = None,
    list_10: pl.LazyFrame | None = None,
    list_11: pl.LazyFrame | None = None,
) -> Lists:
    """The lists of the return that are there."""
    given = (list_1, list_2, list_3, list_4, list_5, list_6, list_7, list_8, list_9, list_10, list_11)
    return {table.name: frame for table, frame in zip(BEGINS, given, strict=True) if frame is not None}


def columns_of(tables: Sequence[Table], *names: str) -> tuple[Column, ...]:
    """The columns of these names in each of ``tables``, table by table."""
    return tuple(column for table in tables for column in table.columns(*names))


def failing(lists: Lists, conditions: Mapping[Table, pl.Expr], *keys: Mapping[Table, Column]) -> pl.LazyFrame:
    """The rows of each list that meet its condition, in one frame: their positions, and the columns of ``keys``.

    Raises Unavailable where none of the lists is there.
    """
    there = {table: condition for table, condition in conditions.items() if table.name in lists}
    if not there:
        raise Unavailable(f"none of {', '.join(t.name for t in conditions)} is in the return")
    return together(
        *(
            lists[table.name].filter(condition).select(table.row, *(key[table].text for key in keys))
            for table, condition in there.items()
        )
    )


def says(column: Column, codes: str, *wanted: str) -> pl.Expr:
    """True where the cell is one of the codes ``wanted`` of the code set ``codes``, in any of their spellings; false
    where it is empty."""
    spelt = [spelling for spelling, code in schema.spellings[codes].items() if code in wanted]
    return folded(column.text).is_in(spelt).fill_null(value=False)
