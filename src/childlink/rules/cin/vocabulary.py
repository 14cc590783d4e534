"""The words that many CIN census rules share: rows of one child or one episode, findings, working days.

Conventions, once for all rules (spec: CIN census rules, conventions):

- An episode is one LAchildID and CINdetailsID. Rows are matched on ids exactly, a missing id with a missing id.
- A date that cannot be read is missing: conditions on dates read ``.date``, never ``.present``. A comparison with
  a missing date is null, which flags nothing.
- Codes are text, compared exactly, unless a rule says otherwise.
"""

from __future__ import annotations

from typing import Literal

import polars as pl

from childlink.reference.bank_holidays import bank_holidays
from childlink.returns import text
from childlink.rules.cin.tables import CINdetails
from childlink.rules.columns import Column, Table, row_key
from childlink.rules.context import Period
from childlink.rules.expressions import How, joined
from childlink.rules.expressions import any_case as any_case
from childlink.rules.expressions import as_number as as_number
from childlink.rules.expressions import same as same
from childlink.rules.expressions import together as together
from childlink.rules.expressions import within as within

TRUE, FALSE = ("true", "1"), ("false", "0")
"""How a flag says yes and no; rules that take capitals too say so (``any_case``)."""

OtherEpisode = CINdetails.named("other")
"""A second copy of CINdetails, for rules that compare a child's episodes (see ``Table.renamed``, ``both_rows``)."""


# --- joining tables -------------------------------------------------------------------------------------------


def of_one_child(
    left: pl.LazyFrame, left_table: Table, right: pl.LazyFrame, right_table: Table, how: How = "inner"
) -> pl.LazyFrame:
    """Every pair of rows of the two tables with one LAchildID, whatever their episode; see ``joined``."""
    return joined(left, right, (left_table.LAchildID, right_table.LAchildID), how=how)


def of_one_episode(
    left: pl.LazyFrame, left_table: Table, right: pl.LazyFrame, right_table: Table, how: How = "inner"
) -> pl.LazyFrame:
    """Every pair of rows of the two tables with one LAchildID and CINdetailsID; see ``joined``."""
    return joined(
        left,
        right,
        (left_table.LAchildID, right_table.LAchildID),
        (left_table.CINdetailsID, right_table.CINdetailsID),
        how=how,
    )


def both_rows(pairs: pl.LazyFrame, table: Table, other: Table) -> pl.LazyFrame:
    """Pairs of rows of one table (``other`` is its copy) as failing rows of ``table``, both of each pair.

    Shape: two rows for each pair, all columns kept, so that a key may name columns of either.
    """
    return pl.concat([pairs, pairs.with_columns(other.row.alias(row_key(table.name)))])


# --- findings -------------------------------------------------------------------------------------------------


def child_of(*tables: Table) -> tuple[tuple[Column, ...], ...]:
    """For a rule's ``key``: the child, from whichever of the tables a failing row is of."""
    return (tuple(t.LAchildID for t in tables),)


def episode_of(*tables: Table) -> tuple[tuple[Column, ...], ...]:
    """For a rule's ``key``: the child and its episode, from whichever of the tables a failing row is of."""
    return (tuple(t.LAchildID for t in tables), tuple(t.CINdetailsID for t in tables))


# --- dates ----------------------------------------------------------------------------------------------------


def outside(date: pl.Expr, period: Period | None) -> pl.Expr:
    """True where a date lies before or after the period; without a period, wherever there is a date.

    Null where there is no date. For rules that flag every date when the period is not known; the others read
    ``period`` and so do not run then.
    """
    return date.is_not_null() if period is None else ~within(date, period)


def working_days_after(date: pl.Expr, days: int) -> pl.Expr:
    """The working day that is ``days`` after a date (negative: before it), as a date; null for null.

    Working days are Monday to Friday less the bank holidays of England. 0 gives the date itself, or the next
    working day where it is none. Counting forward from a day that is no working day, the next one is the first;
    counting back starts from the next one. The limit that the DfE's rules call n working days is n - 1.
    """
    roll: Literal["backward", "forward"] = "backward" if days > 0 else "forward"
    return date.dt.add_business_days(days, holidays=bank_holidays(), roll=roll)


# --- codes ----------------------------------------------------------------------------------------------------


def codes_in(column: Column) -> pl.Expr:
    """The codes that a cell of several holds, as a list in their order; null where it is empty.

    They stand with spaces or commas between, with or without quotes and brackets: "1A 2B", "['1A', '2B']".
    """
    return text.codes_in(column.text)
