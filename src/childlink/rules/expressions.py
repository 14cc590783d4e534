"""Words that the rules of every return share: joins on columns, and conditions on cells."""

from __future__ import annotations

from typing import Literal

import polars as pl

from childlink.rules.columns import Column
from childlink.rules.context import Period

How = Literal["inner", "left", "semi", "anti"]


def joined(
    left: pl.LazyFrame, right: pl.LazyFrame, *on: tuple[Column, Column], how: How = "inner"
) -> pl.LazyFrame:
    """The rows of ``left`` and ``right`` whose columns in ``on`` agree pair by pair, missing with missing.

    Shape: the columns of both, a row for each pair; "left" keeps rows of ``left`` without a partner, beside nulls.
    "semi" gives the rows of ``left`` that have a partner, "anti" those that have none.
    """
    return left.join(
        right,
        left_on=[column.key for column, _ in on],
        right_on=[column.key for _, column in on],
        how=how,
        nulls_equal=True,
        coalesce=False if how in ("inner", "left") else None,
    )


def together(*frames: pl.LazyFrame) -> pl.LazyFrame:
    """The failing rows of several frames, for a rule that has several ways to fail."""
    return pl.concat(frames, how="diagonal")


def same(left: pl.Expr, right: pl.Expr) -> pl.Expr:
    """True where two cells hold the same, missing with missing; never null."""
    return left.eq_missing(right)


def any_case(column: Column, *codes: str) -> pl.Expr:
    """True where the cell is one of ``codes`` (given in capitals), in capitals or small letters; never null."""
    return column.text.str.to_uppercase().is_in(codes).fill_null(value=False)


def as_number(column: Column) -> pl.Expr:
    """The number that a cell of text holds ("1", "01" and "1.0" are all one), null where it holds none."""
    return column.text.str.strip_chars().cast(pl.Float64, strict=False)


def within(date: pl.Expr, period: Period) -> pl.Expr:
    """True where a date lies in the period, both ends included; null where there is no date."""
    return date.is_between(period.start, period.end)
