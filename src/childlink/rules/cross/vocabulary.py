"""The words that the rules across returns share: who is the same child, and who is looked after or in need.

Conventions, once for all rules:

- Children of the SSDA903 and of the children in need census are the same child where CHILD and LAchildID
  are the same text, without blanks before and after and in capitals, since the SSDA903 is read in capitals.
  Zeros before an id count.
- An id that stands on several rows of a table with one row for each child says nothing certain: its own
  return's rules report it, and no rule here compares those rows.
- UPNs are compared without blanks and in capitals. Only a valid permanent UPN says that a person of SEN2 or
  a pupil of the school census is a child of another return, and only where it is on one child id.
- Children whose adoption a return tells (REC E11 or E12, a row of AD1, ReasonForClosure RC1) and their UPNs
  take no part in anything that is matched by UPN or compares UPNs: nothing may tie what was before the
  order to what is after.
- A date that cannot be read is missing. A comparison with a missing value flags nothing.
"""

from __future__ import annotations

import polars as pl
from polars import selectors

from childlink.identifiers import upn
from childlink.linkage import sexes
from childlink.rules.columns import Column, Table, row_key
from childlink.rules.context import Period, Unavailable
from childlink.rules.cross.tables import (
    Adopted,
    ChildIdentifiers,
    CINdetails,
    Episodes,
    Header,
    share,
)
from childlink.rules.expressions import any_case

CHILD = Column("person", "child")
"""The child's id as it is compared, in frames of ``with_child``."""
NUMBER = Column("person", "upn")
"""A UPN as it is compared, where it has the form of one, whether or not its check letter is right."""

SHORT_BREAKS = ("V3", "V4")
"""Legal statuses of the SSDA903 under an agreed series of short-term breaks."""
ADOPTED, DIED = ("E11", "E12"), "E2"
"""Reasons for which an episode of care ceased."""
CLOSED_ADOPTED = "RC1"
"""Reason for which a case of the census was closed."""
FEWEST = 10
"""With fewer children in either return it can be chance that they have none in common."""

# --- ids ------------------------------------------------------------------------------------------------------


def child_id(column: Column) -> pl.Expr:
    """An LA child id as it is compared; null where it is empty."""
    bare = column.text.str.strip_chars().str.to_uppercase()
    return pl.when(bare != "").then(bare)


def id_column(table: Table) -> Column:
    """The column of a table's child ids."""
    return table["CHILD"] if table.name.startswith("ssda903 ") else table["LAchildID"]


def with_child(rows: pl.LazyFrame, table: Table) -> pl.LazyFrame:
    """The rows of ``table`` that have a child's id, with CHILD."""
    return rows.with_columns(child_id(id_column(table)).alias(CHILD.key)).filter(CHILD.present)


def one_row_each(rows: pl.LazyFrame, table: Table) -> pl.LazyFrame:
    """``with_child`` of a table that has one row for each child, without ids that stand on several rows."""
    return with_child(rows, table).filter(pl.len().over(CHILD.key) == 1)


def of_same_child(left: pl.LazyFrame, right: pl.LazyFrame) -> pl.LazyFrame:
    """Every pair of rows of two frames of ``with_child`` with one CHILD. Shape: the columns of both, CHILD
    once."""
    return left.join(right, on=CHILD.key, how="inner")


def of_children(rows: pl.LazyFrame, others: pl.LazyFrame) -> pl.LazyFrame:
    """The rows whose CHILD is on some row of ``others``."""
    return rows.join(others, on=CHILD.key, how="semi")


def not_of_children(rows: pl.LazyFrame, others: pl.LazyFrame) -> pl.LazyFrame:
    """The rows whose CHILD is on no row of ``others``."""
    return rows.join(others, on=CHILD.key, how="anti")


@share
def ids_of_903(
    ssda903_header: pl.LazyFrame | None = None, ssda903_episodes: pl.LazyFrame | None = None
) -> pl.LazyFrame:
    """The ids of the SSDA903, in Header or Episodes, once each: CHILD alone. Raises Unavailable without
    either."""
    return _ids((ssda903_header, Header), (ssda903_episodes, Episodes))


@share
def ids_of_cin(
    cin_child_identifiers: pl.LazyFrame | None = None, cin_cin_details: pl.LazyFrame | None = None
) -> pl.LazyFrame:
    """The ids of the census, in ChildIdentifiers or CINdetails, once each: CHILD alone. Raises Unavailable
    without either."""
    return _ids((cin_child_identifiers, ChildIdentifiers), (cin_cin_details, CINdetails))


def _ids(*tables: tuple[pl.LazyFrame | None, Table]) -> pl.LazyFrame:
    found = [with_child(rows, table).select(CHILD.key) for rows, table in tables if rows is not None]
    if not found:
        raise Unavailable(f"neither {' nor '.join(table.name for _, table in tables)} is in the return")
    return pl.concat(found).unique().sort(CHILD.key)


@share
def ids_in_common(ids_of_903: pl.LazyFrame, ids_of_cin: pl.LazyFrame) -> pl.LazyFrame:
    """The ids of both returns, once each: CHILD alone. Raises Unavailable where two returns of FEWEST
    children or more have none in common: then the ids of one return are not those of the other, and nothing
    can be compared."""
    common, few = of_children(ids_of_903, ids_of_cin).collect(), False
    for ids in (ids_of_903, ids_of_cin):
        few = few or ids.select(pl.len()).collect().item() < FEWEST
    if common.is_empty() and not few:
        raise Unavailable("no child of the SSDA903 is in the children in need census under the same id")
    return common.lazy()


@share
def in_both(
    ssda903_header: pl.LazyFrame, cin_child_identifiers: pl.LazyFrame, ids_in_common: pl.LazyFrame
) -> pl.LazyFrame:
    """The children of both returns: a row of Header beside the row of ChildIdentifiers, and CHILD."""
    left = of_children(one_row_each(ssda903_header, Header), ids_in_common)
    return of_same_child(left, one_row_each(cin_child_identifiers, ChildIdentifiers))


# --- adoption -------------------------------------------------------------------------------------------------


@share
def adopted(
    ssda903_episodes: pl.LazyFrame | None = None,
    ssda903_ad1: pl.LazyFrame | None = None,
    cin_cin_details: pl.LazyFrame | None = None,
) -> pl.LazyFrame:
    """The children whose adoption a return tells, once each: CHILD alone."""
    ids = [pl.LazyFrame(schema={CHILD.key: pl.String})]
    if ssda903_episodes is not None:
        ids.append(with_child(ssda903_episodes.filter(any_case(Episodes.REC, *ADOPTED)), Episodes))
    if ssda903_ad1 is not None:
        ids.append(with_child(ssda903_ad1, Adopted))
    if cin_cin_details is not None:
        closed = cin_cin_details.filter(any_case(CINdetails.ReasonForClosure, CLOSED_ADOPTED))
        ids.append(with_child(closed, CINdetails))
    return pl.concat([i.select(CHILD.key) for i in ids]).unique().sort(CHILD.key)


# --- UPNs -----------------------------------------------------------------------------------------------------


def number(column: Column) -> pl.Expr:
    """A UPN as it is compared; null where the cell has not the form of one (empty, UN1, spoilt by a
    spreadsheet)."""
    formed = upn.verdict(column.text).is_in(["permanent", "temporary", "wrong_check", "impossible_la"])
    return pl.when(formed).then(upn.normalised(column.text))


def unknown(column: Column) -> pl.Expr:
    """True where a cell holds no UPN, but nothing or a code that says why there is none; never null."""
    return upn.verdict(column.text).is_in(["missing", "unknown_code"])


@share
def sealed(
    adopted: pl.LazyFrame,
    ssda903_header: pl.LazyFrame | None = None,
    cin_child_identifiers: pl.LazyFrame | None = None,
) -> pl.LazyFrame:
    """The UPNs, former ones too, of adopted children, once each: NUMBER alone."""
    found = [pl.LazyFrame(schema={NUMBER.key: pl.String})]
    if ssda903_header is not None:
        looked_after = of_children(with_child(ssda903_header, Header), adopted)
        found.append(looked_after.select(number(Header.UPN).alias(NUMBER.key)))
    if cin_child_identifiers is not None:
        in_need = of_children(with_child(cin_child_identifiers, ChildIdentifiers), adopted)
        both = ChildIdentifiers.columns("UPN", "FormerUPN")
        found += [in_need.select(number(column).alias(NUMBER.key)) for column in both]
    return pl.concat(found).filter(NUMBER.present).unique().sort(NUMBER.key)


BORN, SEX, RETURN = pl.col("born"), pl.col("sex"), pl.col("return")
"""What ``told`` says of each row, beside NUMBER."""


def sex(*columns: Column) -> pl.Expr:
    """ "F" or "M" from the codes of any return and year, of the first of the columns that says so; else
    null."""
    return pl.coalesce(sexes.normalised(column.text.str.strip_chars()) for column in columns)


def told(rows: pl.LazyFrame, table: Table, number: pl.Expr, born: Column, *sexes: Column) -> pl.LazyFrame:
    """The rows of ``table`` that have a UPN, ``number``: the row's position, CHILD where it is there,
    NUMBER, BORN (a date), SEX and RETURN, the name of the return."""
    return (
        rows.with_columns(
            number.alias(NUMBER.key),
            born.date.alias("born"),
            sex(*sexes).alias("sex"),
            pl.lit(table.name.split()[0]).alias("return"),
        )
        .filter(NUMBER.present)
        .select(selectors.by_name(row_key(table.name), CHILD.key, *_TOLD, require_all=False))
    )


_TOLD = (NUMBER.key, "born", "sex", "return")


@share
def numbered(
    sealed: pl.LazyFrame,
    ssda903_header: pl.LazyFrame | None = None,
    cin_child_identifiers: pl.LazyFrame | None = None,
) -> pl.LazyFrame:
    """The Header and ChildIdentifiers rows that have a child's id and the form of a UPN, ``sealed`` ones
    left out; columns as ``told``."""
    rows = [pl.LazyFrame(schema=dict.fromkeys((CHILD.key, NUMBER.key, "return"), pl.String))]
    if ssda903_header is not None:
        of_903 = with_child(ssda903_header, Header)
        rows.append(told(of_903, Header, number(Header.UPN), Header.DOB, Header.SEX))
    if cin_child_identifiers is not None:
        table = ChildIdentifiers
        of_cin = with_child(cin_child_identifiers, table)
        rows.append(
            told(of_cin, table, number(table.UPN), table.PersonBirthDate, table.Sex, table.GenderCurrent)
        )
    return pl.concat(rows, how="diagonal").join(sealed, on=NUMBER.key, how="anti")


def on_several() -> pl.Expr:
    """True for rows of ``numbered`` whose UPN is on several children; ids that differ by zeros are one
    child's."""
    return CHILD.text.str.strip_chars_start("0").n_unique().over(NUMBER.key) > 1


# --- being looked after, being in need ------------------------------------------------------------------------


@share
def looked_after(ssda903_episodes: pl.LazyFrame, period: Period) -> pl.LazyFrame:
    """The Episodes rows of children looked after at the end of the year, with CHILD.

    DECOM is on or before 31 March, DEC is empty (or after it), and LS is no short-term break (V3, V4),
    which the DfE's figures leave out. A DEC that cannot be read is not empty.
    """
    begun = Episodes.DECOM.date <= period.end
    open_ = Episodes.DEC.missing | (Episodes.DEC.date > period.end).fill_null(value=False)
    return with_child(
        ssda903_episodes.filter(begun & open_ & ~any_case(Episodes.LS, *SHORT_BREAKS)), Episodes
    )


@share
def cases(cin_cin_details: pl.LazyFrame) -> pl.LazyFrame:
    """The CINdetails rows, with CHILD."""
    return with_child(cin_cin_details, CINdetails)


def maybe_open(period: Period) -> pl.Expr:
    """True where a case may be open at the end of the year: no referral without further action, and not
    known to have been closed by then. A CINclosureDate that cannot be read leaves it open; never null."""
    closed = (CINdetails.CINclosureDate.date <= period.end).fill_null(value=False)
    return ~closed & ~any_case(CINdetails.ReferralNFA, "TRUE", "1")
