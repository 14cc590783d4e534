"""Episodes in themselves and in their order within a child."""

from __future__ import annotations

import polars as pl

from childlink.rules.context import Period
from childlink.rules.ssda903.tables import Episodes, rule
from childlink.rules.ssda903.vocabulary import CONTINUES, Earlier, Later, has


@rule(
    "142",
    *Episodes.columns("DEC", "REC"),
    message="A new episode has started, but the previous episode has not ended.",
)
def left_open_before_another(episodes_in_order: pl.LazyFrame) -> pl.LazyFrame:
    """Put each child's Episodes rows in order of DECOM, rows without a readable DECOM last, ties in the order
    of the file. A row with a readable DECOM that is not the child's last is flagged when its DEC is missing or
    unreadable, or its REC is missing."""
    unfinished = Episodes.DEC.date.is_null() | Episodes.REC.missing
    return episodes_in_order.filter(has(Later) & Episodes.DECOM.date.is_not_null() & unfinished)


@rule(
    "148",
    *Episodes.columns("DEC", "REC"),
    message="Date episode ceased and reason episode ceased must both be coded, or both left blank.",
)
def ceased_without_date_or_reason() -> pl.Expr:
    """An Episodes row in which exactly one of DEC and REC is present."""
    return Episodes.DEC.present ^ Episodes.REC.present


@rule(
    "385",
    Episodes.DEC,
    message="Date episode ceased is after the end of the current collection year.",
)
def ceases_after_the_year(period: Period) -> pl.Expr:
    """An Episodes row whose DEC is later than the collection end."""
    return Episodes.DEC.date > period.end


@rule(
    "501",
    *Episodes.columns("DECOM", "DEC"),
    message="x",
)
def begins_before_the_earlier_ends(episodes_in_order: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose DECOM is before the DEC of the child's previous episode."""
    return episodes_in_order.filter(Episodes.DECOM.date < Earlier.DEC.date)
