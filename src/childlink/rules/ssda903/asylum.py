"""Unaccompanied asylum-seeking children.

A child's UASC status stands in Header: an XML return states it there, and for a CSV return it is worked out
on reading, "1" for a child with a row in the UASC table and "0" for others, where the return has both
tables.
"""

from __future__ import annotations

import polars as pl

from childlink.returns.model import PREVIOUS
from childlink.rules.columns import Table, all_present, any_present, row_key
from childlink.rules.context import Period, Unavailable
from childlink.rules.ssda903.tables import OC3, UASC, Episodes, Header, rule, share
from childlink.rules.ssda903.vocabulary import (
    OC3_ITEMS,
    SHORT_BREAKS,
    as_number,
    not_of_children,
    of_children,
    pairs,
    together,
    touches_the_year,
    within,
)

Before, UASCBefore = Header.previous, UASC.previous
IS_UASC = "1"

# --- the UASC table and Header in themselves ----------------------------------------------------------------


@rule(
    "104",
    UASC.DUC,
    message="Date for Unaccompanied Asylum-Seeking Children (UASC) status ceased is not a valid date.",
    differs="A valid date before the collection year is reported too, although the message speaks of "
    "validity only.",
)
def date_ceased_invalid_or_before_the_year(period: Period) -> pl.Expr:
    """A UASC row whose DUC is present and is not a real date written dd/mm/yyyy, or is a date earlier than
    the collection start."""
    unreadable = UASC.DUC.present & UASC.DUC.date.is_null()
    return unreadable | (UASC.DUC.date < period.start)


@rule(
    "105",
    Header.UASC,
    message="Data entry for Unaccompanied Asylum-Seeking Children (UASC) status of child is invalid or has "
    "not been completed.",
    needs=(Header.UASC,),
)
def status_invalid(file_format: str) -> pl.Expr:
    """In an XML return only: a Header row whose UASC, read as a number, is neither 0 nor 1. A missing UASC is
    flagged. A CSV return has no UASC status of its own, so there the rule does not run."""
    if file_format != "xml":
        raise Unavailable("only an XML return states the UASC status in Header")
    return ~as_number(Header.UASC).is_in((0.0, 1.0)).fill_null(value=False)


@rule(
    "231",
    *Header.columns("DOB", "UASC"),
    message="We expect that unaccompanied asylum seeking children are generally older young people. Please "
    "check the date of birth is correct. If the date of birth is correct then please provide details in a "
    "bypass request.",
    severity="query",
    needs=(Header.UASC,),
    since="2024-25",
    differs="The published field UASC_STATUS is in no return; the UASC status of Header is read instead.",
)
def uasc_under_11(period: Period) -> pl.Expr:
    """A Header row whose UASC is 1 and whose DOB is later than the day 11 years before the collection end."""
    return Header.UASC.one_of(IS_UASC) & (Header.DOB.date > pl.lit(period.end).dt.offset_by("-11y"))


@rule(
    "303",
    UASC.DUC,
    Header.UASC,
    message="If date Unaccompanied Asylum-Seeking Child (UASC) status ceased is not null, UASC status must "
    "be coded 1.",
    needs=(Header.UASC,),
)
def date_ceased_without_status(header: pl.LazyFrame, uasc: pl.LazyFrame) -> pl.LazyFrame:
    """A UASC row whose DUC is present, whatever it holds, and a Header row of the same CHILD whose UASC, read
    as a number, is not 1 (missing is not 1). Both rows are flagged."""
    ceased = pairs(uasc.filter(UASC.DUC.present), header, (UASC.CHILD, Header.CHILD))
    return ceased.filter(as_number(Header.UASC).ne_missing(1.0))


@rule(
    "304",
    UASC.DUC,
    message="Date unaccompanied asylum-seeking child (UASC) status ceased must be on or before the 18th "
    "birthday of a child.",
)
def ceased_after_18th_birthday() -> pl.Expr:
    """A UASC row whose DUC is later than the 18th birthday by its own DOB."""
    return UASC.DUC.date > UASC.DOB.birthday(18)


@rule(
    "1014",
    *OC3.columns("ACTIV", "ACCOM", "IN_TOUCH"),
    UASC.DUC,
    message="UASC information is not required for care leavers",
    differs="A child without any Episodes row passes, although such a child is a care leaver too.",
)
def care_leaver_with_uasc_row(
    episodes: pl.LazyFrame, uasc: pl.LazyFrame, oc3: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """A child with a UASC row, with Episodes rows but none in the collection year (DECOM up to its end, and
    DEC missing, unreadable or from its start on), and with an OC3 row in which ACTIV, ACCOM or IN_TOUCH is
    present. Every UASC row of the child and every such OC3 row is flagged. Rows without CHILD take no
    part."""
    left = not_of_children(
        episodes.filter(Episodes.CHILD.present), Episodes, episodes.filter(touches_the_year(period)), Episodes
    )
    leaver = of_children(oc3.filter(any_present(OC3_ITEMS)), OC3, left, Episodes)
    return pairs(uasc, leaver, (UASC.CHILD, OC3.CHILD))


# --- this year against last ---------------------------------------------------------------------------------


@share
def uasc_status(header: pl.LazyFrame | None = None, uasc: pl.LazyFrame | None = None) -> pl.LazyFrame:
    """This year's UASC status by child: ``Header.CHILD``, ``Header.UASC``, and the row that states it.

    Shape: one row for each Header row, with ``Header.row``; in a return without Header one for each row of
    the UASC table, with ``UASC.row``. Raises Unavailable where neither is there, or Header has no status.
    """
    return _status(header, uasc, Header, UASC)


@share
def previous_uasc_status(
    previous_header: pl.LazyFrame | None = None, previous_uasc: pl.LazyFrame | None = None
) -> pl.LazyFrame:
    """Last year's UASC status by child; see ``uasc_status``."""
    return _status(previous_header, previous_uasc, Before, UASCBefore)


def _status(
    header: pl.LazyFrame | None, uasc: pl.LazyFrame | None, of_header: Table, of_uasc: Table
) -> pl.LazyFrame:
    if header is not None:
        if not _has_status(header, of_header):
            raise Unavailable(f"{_named(of_header)} has no UASC status")
        return header.select(of_header.CHILD.text, of_header.UASC.text, of_header.row)
    if uasc is None:
        raise Unavailable(f"neither {_named(of_header)} nor {_named(of_uasc)} is there")
    filled = any_present(of_uasc.columns("SEX", "DUC"))
    return uasc.select(
        of_uasc.CHILD.text.alias(of_header.CHILD.key),
        pl.when(filled).then(pl.lit(IS_UASC)).otherwise(pl.lit("0")).alias(of_header.UASC.key),
        of_uasc.row,
    )


def _named(table: Table) -> str:
    return (
        f"last year's {table.name.removeprefix(PREVIOUS)}" if table.name.startswith(PREVIOUS) else table.name
    )


def _has_status(header: pl.LazyFrame, of_header: Table) -> bool:
    return of_header.UASC.key in header.collect_schema().names()


@share
def uasc_of_both_years(
    uasc: pl.LazyFrame,
    previous_uasc: pl.LazyFrame,
    uasc_status: pl.LazyFrame,
    previous_uasc_status: pl.LazyFrame,
    file_format: str,
    header: pl.LazyFrame | None = None,
    previous_header: pl.LazyFrame | None = None,
) -> pl.LazyFrame:
    """Every UASC row beside this year's status rows of its child, and beside last year's UASC rows of the
    child, these with last year's status rows; where there is none, beside nulls.

    Shape: a row for each combination. Raises Unavailable for an XML return without Header in either year.
    """
    if file_format == "xml" and (header is None or previous_header is None):
        raise Unavailable("an XML return needs the Header of both years")
    now = pairs(uasc, uasc_status.drop(row_key(UASC.name), strict=False), (UASC.CHILD, Header.CHILD), "left")
    before = pairs(
        previous_uasc,
        previous_uasc_status.drop(row_key(UASCBefore.name), strict=False),
        (UASCBefore.CHILD, Before.CHILD),
        "left",
    )
    return pairs(now, before, (UASC.CHILD, UASCBefore.CHILD), "left")


@rule(
    "205A",
    UASC.CHILD,
    *Header.columns("CHILD", "UASC"),
    message="Child identified as UASC last year is no longer UASC this year, but date UASC ceased in both "
    "years does not support this.",
    differs="In a CSV return with Header and UASC every child with a UASC row has the status 1, so nothing "
    "is found.",
)
def no_longer_uasc(uasc_of_both_years: pl.LazyFrame, period: Period) -> pl.LazyFrame:
    """A UASC row of a child whose UASC status was 1 last year and is not 1 this year (no status is not 1),
    when this year's DUC is present, whatever it holds, or last year's DUC is not a date within last year's
    collection period. The row is flagged, and the Header row that gives this year's status. Without Header in
    a CSV return, a UASC row with SEX or DUC stands for the status 1. A child without a UASC row last year
    passes."""
    start, end = (pl.lit(day).dt.offset_by("-1y") for day in (period.start, period.end))
    ceased_last_year = UASCBefore.DUC.date.is_between(start, end).fill_null(value=False)
    return uasc_of_both_years.filter(
        Before.UASC.one_of(IS_UASC) & ~Header.UASC.one_of(IS_UASC) & (UASC.DUC.present | ~ceased_last_year)
    )


@rule(
    "205B",
    UASC.DUC,
    Header.UASC,
    message="Child previously identified as UASC is also UASC this year, but date UASC ceased in both years "
    "does not support this.",
    differs="A child who is UASC in both years and has no DUC in either is reported.",
)
def uasc_in_both_years(uasc_of_both_years: pl.LazyFrame, period: Period) -> pl.LazyFrame:
    """A UASC row of a child whose UASC status is 1 in both years, when last year's DUC is not the 18th
    birthday by the DOB of last year's UASC row, or when this year's DUC is neither within this year's
    collection period nor equal to last year's. A missing date is equal to none and within nothing. The row is
    flagged, and the Header row that gives this year's status. Without Header in a CSV return, a UASC row with
    SEX or DUC stands for the status 1."""
    at_18 = (UASCBefore.DUC.date == UASCBefore.DOB.birthday(18)).fill_null(value=False)
    this_year = within(UASC.DUC.date, period).fill_null(value=False)
    unchanged = (UASC.DUC.date == UASCBefore.DUC.date).fill_null(value=False)
    return uasc_of_both_years.filter(
        Header.UASC.one_of(IS_UASC) & Before.UASC.one_of(IS_UASC) & (~at_18 | ~(this_year | unchanged))
    )


@rule(
    "205C",
    UASC.DUC,
    Header.UASC,
    message="Child not identified as UASC either this year or last year but date UASC ceased has been "
    "provided.",
    differs="In a CSV return with Header and UASC every child with a UASC row has the status 1, so nothing "
    "is found.",
)
def never_uasc(uasc_of_both_years: pl.LazyFrame) -> pl.LazyFrame:
    """A UASC row of a child whose UASC status is 0 or missing in both years, when its own DUC or the DUC of a
    UASC row of last year is a real date. The row is flagged, and the Header row that gives this year's
    status. Without Header in a CSV return, a UASC row with SEX or DUC stands for the status 1. A child
    without any row last year has no status then."""
    never = [status.missing | status.one_of("0") for status in (Header.UASC, Before.UASC)]
    dated = UASC.DUC.date.is_not_null() | UASCBefore.DUC.date.is_not_null()
    return uasc_of_both_years.filter(pl.all_horizontal(never) & dated)


@rule(
    "205D",
    Header.UASC,
    Header.CHILD,
    UASC.CHILD,
    message="Child identified as UASC this year but not identified as UASC status provided for the child "
    "last year.",
)
def newly_uasc(uasc_status: pl.LazyFrame, previous_uasc_status: pl.LazyFrame) -> pl.LazyFrame:
    """A Header row whose UASC is 1 and for whose CHILD last year's Header has a row with another UASC
    (missing is another). A year without Header is read from its UASC table, where a row with SEX or DUC
    stands for the status 1 and others for 0; this year's UASC row is then flagged. A child without a row last
    year passes."""
    both = pairs(uasc_status, previous_uasc_status, (Header.CHILD, Before.CHILD))
    return both.filter(Header.UASC.one_of(IS_UASC) & ~Before.UASC.one_of(IS_UASC))


# --- distance and postcodes ---------------------------------------------------------------------------------


@share
def known_as_uasc(
    header: pl.LazyFrame | None = None,
    uasc: pl.LazyFrame | None = None,
    previous_header: pl.LazyFrame | None = None,
    previous_uasc: pl.LazyFrame | None = None,
) -> pl.LazyFrame:
    """The children known to be UASC this year or last, their CHILD as ``Header.CHILD``; repeats are left in.

    In a year with Header those whose UASC there is 1; in a year without, those with a UASC row that holds
    more than CHILD. Raises Unavailable where neither year has a Header with UASC or, without Header, a UASC
    table.
    """
    years = [
        _marked(header, uasc, Header, UASC),
        _marked(previous_header, previous_uasc, Before, UASCBefore),
    ]
    known = [year for year in years if year is not None]
    if not known:
        raise Unavailable("neither year's tables say which children are UASC")
    return together(*known)


def _marked(
    header: pl.LazyFrame | None, uasc: pl.LazyFrame | None, of_header: Table, of_uasc: Table
) -> pl.LazyFrame | None:
    if header is not None:
        if not _has_status(header, of_header):
            return None
        return header.filter(of_header.UASC.one_of(IS_UASC)).select(
            of_header.CHILD.text.alias(Header.CHILD.key)
        )
    if uasc is None:
        return None
    filled = any_present(of_uasc.columns("SEX", "DOB", "DUC"))
    return uasc.filter(filled).select(of_uasc.CHILD.text.alias(Header.CHILD.key))


ONLY_TWO_YEARS = (
    "Only this year and last year tell who is UASC; the published rule takes in the year before as well."
)


@rule(
    "164",
    Episodes.PL_DISTANCE,
    message="Distance is not valid. Please check a valid postcode has been entered. [NOTE: This check will "
    "result in false positives for children formerly UASC not identified as such in loaded data]",
    severity="query",
    needs=(Episodes.PL_DISTANCE,),
    differs="Episodes of V3 and V4 are looked at too, and an unknown postcode, which gives no distance, "
    "passes.",
)
def distance_out_of_range(episodes: pl.LazyFrame, known_as_uasc: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row whose distance between home and placement, worked out from the postcodes, is below 0 or
    above 999.9 miles, unless the child is known as UASC: by Header's UASC 1 this year or last, or, in a year
    without Header, by a UASC row that holds more than CHILD."""
    out_of_range = (Episodes.PL_DISTANCE.text < 0) | (Episodes.PL_DISTANCE.text > 999.9)
    return not_of_children(episodes.filter(out_of_range), Episodes, known_as_uasc, Header)


@rule(
    "392a",
    Episodes.PL_DISTANCE,
    message="Child is looked after but no distance is recorded. [NOTE: This check may result in false "
    "positives for children formerly UASC]",
    needs=(Episodes.PL_DISTANCE,),
    differs=ONLY_TWO_YEARS,
)
def no_distance(episodes: pl.LazyFrame, known_as_uasc: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row with LS neither V3 nor V4 (a missing LS is neither) for which no distance can be worked
    out, a postcode being missing or unknown, unless the child is known as UASC: by Header's UASC 1 this year
    or last, or, in a year without Header, by a UASC row that holds more than CHILD."""
    lacking = Episodes.PL_DISTANCE.missing & ~Episodes.LS.one_of(*SHORT_BREAKS)
    return not_of_children(episodes.filter(lacking), Episodes, known_as_uasc, Header)


@rule(
    "392b",
    *Episodes.columns("HOME_POST", "PL_POST"),
    message="Child is looked after but no postcodes are recorded. [NOTE: This check may result in false "
    "positives for children formerly UASC, particularly if current & prior year UASC data not loaded]",
    differs="One missing postcode of the two is enough. " + ONLY_TWO_YEARS,
)
def no_postcodes(episodes: pl.LazyFrame, known_as_uasc: pl.LazyFrame | None = None) -> pl.LazyFrame:
    """An Episodes row with LS neither V3 nor V4 (a missing LS is neither) whose HOME_POST or PL_POST is
    missing, unless the child is known as UASC: by Header's UASC 1 this year or last, or, in a year without
    Header, by a UASC row that holds more than CHILD. Where nothing tells who is UASC, no child is left
    out."""
    complete = all_present(Episodes.columns("HOME_POST", "PL_POST"))
    lacking = episodes.filter(~complete & ~Episodes.LS.one_of(*SHORT_BREAKS))
    return lacking if known_as_uasc is None else not_of_children(lacking, Episodes, known_as_uasc, Header)


@rule(
    "406",
    Episodes.PL_DISTANCE,
    message="Child is Unaccompanied Asylum-Seeking Child (UASC) or was formerly UASC. Distance should be "
    "blank. [NOTE: This check will result in false negatives for children formerly UASC not identified as "
    "such in loaded data]",
    needs=(Episodes.PL_DISTANCE,),
    differs=ONLY_TWO_YEARS,
)
def distance_of_uasc(episodes: pl.LazyFrame, known_as_uasc: pl.LazyFrame) -> pl.LazyFrame:
    """An Episodes row with a distance between home and placement, worked out from the postcodes, of a child
    known as UASC: by Header's UASC 1 this year or last, or, in a year without Header, by a UASC row that
    holds more than CHILD."""
    return of_children(episodes.filter(Episodes.PL_DISTANCE.present), Episodes, known_as_uasc, Header)
