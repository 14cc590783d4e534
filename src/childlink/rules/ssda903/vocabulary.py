"""The words that many SSDA903 rules share: code groups, order within a child, joins by child, periods of care.

Conventions, once for all rules (spec: SSDA903 rules, notes):

- A missing or unreadable date sorts last; rows that tie keep the order of the file.
- Tables are matched on CHILD exactly. In ``pairs``, ``of_children`` and ``not_of_children`` two missing CHILDs
  match one another; in everything that orders or counts the rows of a child, rows without CHILD take no part.
- A comparison with a missing date is null, which flags nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import polars as pl

from childlink.rules.columns import Column, Table, date_key, row_key
from childlink.rules.context import Period
from childlink.rules.expressions import any_case as any_case
from childlink.rules.expressions import as_number as as_number
from childlink.rules.expressions import joined
from childlink.rules.expressions import same as same
from childlink.rules.expressions import together as together
from childlink.rules.expressions import within as within
from childlink.rules.ssda903.tables import AD1, OC2, OC3, Episodes, Header, PlacedAdoption, share
from childlink.schema.dates import read_dates

SHORT_BREAKS = ("V3", "V4")
"""Legal statuses under an agreed series of short-term breaks."""
TEMPORARY = ("T0", "T1", "T2", "T3", "T4")
"""Temporary placements."""
PLACED_FOR_ADOPTION = ("A3", "A4", "A5", "A6")
FOSTER = ("U1", "U2", "U3", "U4", "U5", "U6")
OTHER_PLACEMENTS = ("Z11", "Z12", "Z13", "Z14")
"""Other placements from 2025-26, in place of Z1."""
ADOPTED = ("E11", "E12")
"""Reasons for ceasing: adopted."""
CONTINUES = "X1"
"""Reason for ceasing of an episode that the next follows the same day."""
NO_INSPECTION = "XXXXXXX"
"""URN of a setting that Ofsted does not inspect."""
UPN_UNKNOWN = ("UN1", "UN2", "UN3", "UN4", "UN5")

AD1_ITEMS = AD1.columns("DATE_INT", "DATE_MATCH", "FOSTER_CARE", "NB_ADOPTR", "SEX_ADOPTR", "LS_ADOPTR")
OC3_ITEMS = OC3.columns("IN_TOUCH", "ACTIV", "ACCOM")
OC2_HEALTH = OC2.columns("IMMUNISATIONS", "TEETH_CHECK", "HEALTH_ASSESSMENT", "SUBSTANCE_MISUSE")
"""The four items that every child looked after for the whole year has."""
OC2_OTHER = OC2.columns("CONVICTED", "HEALTH_CHECK", "INTERVENTION_RECEIVED", "INTERVENTION_OFFERED")
"""The items that hang on age or on SUBSTANCE_MISUSE."""
CEASED_DECISION = PlacedAdoption.columns("DATE_PLACED_CEASED", "REASON_PLACED_CEASED")

Earlier = Episodes.named("earlier")
"""The child's episode just before, beside each row of ``episodes_in_order``."""
Later = Episodes.named("later")
"""The child's episode just after, beside each row of ``episodes_in_order``."""
BeforeEarlier = Episodes.named("before_earlier")
"""The child's episode two before, beside each row of ``episodes_in_order``."""


NEIGHBOURS = {
    Earlier: (
        1,
        ("DEC", "REC", "LS", "CIN", "PLACE", "PLACE_PROVIDER", "PL_POST", "URN", "REASON_PLACE_CHANGE"),
    ),
    BeforeEarlier: (2, ("PLACE", "PL_POST")),
    Later: (-1, ("DECOM", "RNE", "PLACE")),
}
"""The neighbours of an episode in ``episodes_in_order``: how many steps before, and which columns rules read."""

# --- joining tables -------------------------------------------------------------------------------------------


def pairs(
    left: pl.LazyFrame,
    right: pl.LazyFrame,
    on: tuple[Column, Column],
    how: Literal["inner", "left"] = "inner",
) -> pl.LazyFrame:
    """Every pair of a row of ``left`` and a row of ``right`` whose two ``on`` columns agree, missing with missing.

    Shape: the columns of both. With "left", rows of ``left`` without a partner stay, beside nulls.
    """
    return joined(left, right, on, how=how)


def of_children(rows: pl.LazyFrame, table: Table, others: pl.LazyFrame, other: Table) -> pl.LazyFrame:
    """The rows of ``table`` whose CHILD is on some row of ``others``, missing with missing."""
    return rows.join(others, left_on=table.CHILD.key, right_on=other.CHILD.key, how="semi", nulls_equal=True)


def not_of_children(rows: pl.LazyFrame, table: Table, others: pl.LazyFrame, other: Table) -> pl.LazyFrame:
    """The rows of ``table`` whose CHILD is on no row of ``others``, missing with missing."""
    return rows.join(others, left_on=table.CHILD.key, right_on=other.CHILD.key, how="anti", nulls_equal=True)


# --- order within a child -------------------------------------------------------------------------------------


def earliest(rows: pl.LazyFrame, table: Table, date: Column) -> pl.LazyFrame:
    """For each child the row with the earliest ``date``; of equal dates the first in the file."""
    return _one_a_child(rows, table, date, descending=False)


def latest(rows: pl.LazyFrame, table: Table, date: Column) -> pl.LazyFrame:
    """For each child the row with the latest ``date``; of equal dates the first in the file."""
    return _one_a_child(rows, table, date, descending=True)


def _one_a_child(rows: pl.LazyFrame, table: Table, date: Column, *, descending: bool) -> pl.LazyFrame:
    return (
        rows.filter(table.CHILD.present & date.date.is_not_null())
        .sort(date.date, table.row, descending=[descending, False])
        .unique(subset=[table.CHILD.key], keep="first", maintain_order=True)
    )


def in_order(rows: pl.LazyFrame, table: Table, *dates: Column) -> pl.LazyFrame:
    """The rows by child, then by ``dates``, earliest first, missing dates last, ties in the order of the file."""
    return rows.sort(table.CHILD.text, *(d.date for d in dates), table.row, nulls_last=True)


def beside(
    rows: pl.LazyFrame, table: Table, neighbour: Table, steps: int, columns: Sequence[str] | None = None
) -> pl.LazyFrame:
    """``rows`` with the row ``steps`` before (negative: after) beside each, under the names of ``neighbour``.

    All its columns, or those named in ``columns``, with their dates; ``neighbour.row`` is always there.
    ``rows`` must be ``in_order``. Where that row is not of the same child, or CHILD is missing, the neighbour's
    columns are null; ``neighbour.row`` says whether there is one.
    """
    of_this_child = table.CHILD.text == table.CHILD.text.shift(steps)
    prefix = f"{table.name}."
    names = None if columns is None else {"row", *columns, *(date_key(c) for c in columns)}
    mine = [
        c
        for c in rows.collect_schema().names()
        if c.startswith(prefix) and (names is None or c.removeprefix(prefix) in names)
    ]
    return rows.with_columns(
        pl.when(of_this_child)
        .then(pl.col(c).shift(steps))
        .alias(f"{neighbour.name}.{c.removeprefix(prefix)}")
        for c in mine
    )


def has(neighbour: Table) -> pl.Expr:
    """True where the neighbour that ``beside`` put there exists."""
    return neighbour.row.is_not_null()


@share
def episodes_in_order(episodes: pl.LazyFrame) -> pl.LazyFrame:
    """Episodes by child and DECOM, each with the child's ``Earlier``, ``BeforeEarlier`` and ``Later`` episode.

    Of the neighbours only the columns that rules read (``NEIGHBOURS``) are there: the rest would be work for nothing.
    """
    ordered = in_order(episodes, Episodes, Episodes.DECOM)
    for neighbour, (steps, columns) in NEIGHBOURS.items():
        ordered = beside(ordered, Episodes, neighbour, steps, columns)
    return ordered


@share
def first_episodes(episodes: pl.LazyFrame) -> pl.LazyFrame:
    """Each child's episode with the earliest DECOM of this year's return."""
    return earliest(episodes, Episodes, Episodes.DECOM)


@share
def latest_episodes(episodes: pl.LazyFrame) -> pl.LazyFrame:
    """Each child's episode with the latest DECOM of this year's return."""
    return latest(episodes, Episodes, Episodes.DECOM)


@share
def carried_over(first_episodes: pl.LazyFrame, previous_episodes: pl.LazyFrame) -> pl.LazyFrame:
    """Each child's first episode of this year beside its last of last year (by DECOM), children in both only."""
    last = latest(previous_episodes, Episodes.previous, Episodes.previous.DECOM)
    return pairs(first_episodes, last, (Episodes.CHILD, Episodes.previous.CHILD))


# --- dates --------------------------------------------------------------------------------------------------


def however_written(column: Column) -> pl.Expr:
    """The date that a cell holds in any usual layout of figures, for the few rules that are not strict.

    Day first, then month first, with / - or . between, or the year first: 01/04/2025, 04/13/2025, 2025-04-01.
    """
    slashed = column.text.cast(pl.String).str.replace_all("[-.]", "/")
    year_last = slashed.str.replace(r"^([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})\z", "$3/$2/$1")
    return pl.coalesce(column.date, read_dates(year_last), read_dates(year_last, "%m/%d/%Y"))


# --- ages -----------------------------------------------------------------------------------------------------


@share
def episodes_with_header(episodes: pl.LazyFrame, header: pl.LazyFrame) -> pl.LazyFrame:
    """Every Episodes row beside every Header row of its child; children with no Header row are left out."""
    return pairs(episodes, header, (Episodes.CHILD, Header.CHILD))


@share
def header_of_both_years(header: pl.LazyFrame, previous_header: pl.LazyFrame) -> pl.LazyFrame:
    """Every Header row beside every row of last year's Header with the same CHILD."""
    return pairs(header, previous_header, (Header.CHILD, Header.previous.CHILD))


# --- being looked after ---------------------------------------------------------------------------------------


def touches_the_year(period: Period) -> pl.Expr:
    """True where an episode overlaps the collection year; an unreadable DEC counts as open; never null."""
    begins_in_time = Episodes.DECOM.date <= period.end
    still_open = Episodes.DEC.date.is_null() | (Episodes.DEC.date >= period.start)
    return (begins_in_time & still_open).fill_null(value=False)


def breaks_the_year(period: Period) -> pl.Expr:
    """True where an episode shows that care was not continuous over the year; never null.

    It started anew after 1 April (RNE S), ended for good before 31 March (REC other than X1, a missing REC
    included), or was a short break in the year.
    """
    started_anew = (
        Episodes.RNE.one_of("S") & (Episodes.DECOM.date > period.start) & (Episodes.DECOM.date <= period.end)
    )
    ended = (
        ~Episodes.REC.one_of(CONTINUES)
        & (Episodes.DEC.date >= period.start)
        & (Episodes.DEC.date < period.end)
    )
    short_break = Episodes.LS.one_of(*SHORT_BREAKS) & touches_the_year(period)
    return (started_anew | ended | short_break).fill_null(value=False)


@share
def continuously_looked_after(episodes: pl.LazyFrame, period: Period) -> pl.LazyFrame:
    """The children looked after continuously for the year: one row a child, its CHILD as ``Episodes.CHILD``.

    Source: DfE validation rules 2021-22 v1.2, CONTINUOUSLY_LOOKED_AFTER. At least one episode touches the year
    and none breaks it.
    """
    return (
        episodes.filter(Episodes.CHILD.present)
        .group_by(Episodes.CHILD.key)
        .agg(touches=touches_the_year(period).any(), breaks=breaks_the_year(period).any())
        .filter(pl.col("touches") & ~pl.col("breaks"))
        .select(Episodes.CHILD.key)
    )


PERIOD_START, PERIOD_END = pl.col("period.start"), pl.col("period.end")
"""The columns of ``periods_of_care``: a missing end means that the period is open."""


@share
def periods_of_care(episodes: pl.LazyFrame) -> pl.LazyFrame:
    """Unbroken spells of care: one row a period, columns ``Episodes.CHILD``, ``period.start``, ``period.end``.

    Rows without a readable DECOM are left out. In order of DECOM, a row begins a period when it is its child's
    first or its DECOM is after the DEC of the row before it; otherwise it continues the period. A period ends
    with the DEC of its last row in that order. Rows without CHILD each form a period of their own.
    """
    ordered = in_order(episodes.filter(Episodes.DECOM.date.is_not_null()), Episodes, Episodes.DECOM)
    continues = (Episodes.CHILD.text == Episodes.CHILD.text.shift(1)) & ~(
        (Episodes.DECOM.date > Episodes.DEC.date.shift(1)).fill_null(value=False)
    )
    return (
        ordered.with_columns((~continues.fill_null(value=False)).cum_sum().alias("period"))
        .group_by("period", maintain_order=True)
        .agg(
            Episodes.CHILD.text.first(),
            Episodes.DECOM.date.first().alias("period.start"),
            Episodes.DEC.date.last().alias("period.end"),
        )
        .drop("period")
    )


def fails_every_period(
    fails: pl.Expr, spells: pl.LazyFrame, start: Column, periods_of_care: pl.LazyFrame
) -> pl.LazyFrame:
    """The rows of ``spells`` for which ``fails`` holds against all of their child's periods of care.

    ``start`` is a date column of the table of ``spells``, which has a column CHILD; rows without a readable start
    and children without a period are left out. Shape: a row for each pair of such a spell and a period.
    """
    child = Column(start.table, "CHILD")
    against_each = pairs(spells.filter(start.date.is_not_null()), periods_of_care, (child, Episodes.CHILD))
    return against_each.filter(fails.fill_null(value=False).all().over(row_key(start.table)))


def in_no_period_of_care(
    spells: pl.LazyFrame, start: Column, end: Column, periods_of_care: pl.LazyFrame
) -> pl.LazyFrame:
    """The rows of ``spells`` that fit none of their child's periods of care; see ``fails_every_period``.

    A spell without an end fits the open periods that begin on its start or before; a spell with an end fits the
    periods in which that end lies, whatever its start. Both ends of a period belong to it.
    """
    misfits = (
        pl.when(end.date.is_null())
        .then(PERIOD_END.is_not_null() | (start.date < PERIOD_START))
        .otherwise((end.date > PERIOD_END) | (end.date < PERIOD_START))
    )
    return fails_every_period(misfits, spells, start, periods_of_care)
