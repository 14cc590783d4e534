"""Who a child is: age, date of birth and identifiers. The rules on missing cells are in schemas/annex_a_sen.yaml."""

from __future__ import annotations

from datetime import date

import polars as pl

from childlink.identifiers import upn
from childlink.rules.annex_a_sen.tables import List_1, List_2, rule
from childlink.rules.annex_a_sen.vocabulary import BORN, has_reached
from childlink.rules.columns import Table

LEAVES_AT = 26
"""From this age on nobody is on either list."""
NUMBERED_FROM = 6
"""From this age on a child has a pupil or learner number."""

IDENTIFIER_MESSAGE = "Child aged 6+ without either a) UPN, b) ULN"
IDENTIFIER_DIFFERS = (
    "A reason why there is no UPN, such as UN2, written in the UPN column counts as a UPN, as in the reference. In "
    "the planned rule the reason has a column of its own, which the lists lack."
)
DUPLICATE_MESSAGE = (
    "Duplicated UPN - return requires only the most recent initial EHCP date, close the first and submit the most "
    "recent."
)
DUPLICATE_DIFFERS = (
    "Reasons why there is no UPN, such as UN2, written in the UPN column are no duplicates of one another; the "
    "reference takes them for UPNs. The two lists are not compared."
)


def _is_25(table: Table, day: date) -> pl.Expr:
    return has_reached(table, LEAVES_AT - 1, day) & ~has_reached(table, LEAVES_AT, day)


@rule("102a", List_1[BORN], message="Age is 25 - Query", severity="query")
def aged_25_with_a_plan(as_of_date: date) -> pl.Expr:
    """A row of List_1 whose date of birth makes the person 25 on the day on which ages are reckoned: the 25th
    birthday is that day or before it, the 26th after it. A missing or unreadable date is not flagged."""
    return _is_25(List_1, as_of_date)


@rule("202a", List_2[BORN], message="Age is 25 - Query", severity="query")
def aged_25_with_support(as_of_date: date) -> pl.Expr:
    """A row of List_2 whose date of birth makes the person 25 on the day on which ages are reckoned: the 25th
    birthday is that day or before it, the 26th after it. A missing or unreadable date is not flagged."""
    return _is_25(List_2, as_of_date)


@rule("102b", List_1[BORN], message="Age is 26 or over - Error")
def aged_26_with_a_plan(as_of_date: date) -> pl.Expr:
    """A row of List_1 whose date of birth makes the person 26 or more on the day on which ages are reckoned; the
    26th birthday itself counts. A missing or unreadable date is not flagged."""
    return has_reached(List_1, LEAVES_AT, as_of_date)


@rule("202b", List_2[BORN], message="Age is 26 or over - Error")
def aged_26_with_support(as_of_date: date) -> pl.Expr:
    """A row of List_2 whose date of birth makes the person 26 or more on the day on which ages are reckoned; the
    26th birthday itself counts. A missing or unreadable date is not flagged."""
    return has_reached(List_2, LEAVES_AT, as_of_date)


@rule("105a", List_1[BORN], message="Date of birth is in the future - Query", severity="query")
def with_a_plan_before_birth(as_of_date: date) -> pl.Expr:
    """A row of List_1 whose date of birth is after the day on which ages are reckoned. That day itself passes."""
    return List_1[BORN].date > pl.lit(as_of_date)


@rule("205a", List_2[BORN], message="Date of birth is in the future - Query", severity="query")
def with_support_before_birth(as_of_date: date) -> pl.Expr:
    """A row of List_2 whose date of birth is after the day on which ages are reckoned. That day itself passes."""
    return List_2[BORN].date > pl.lit(as_of_date)


def _without_number(table: Table, day: date) -> pl.Expr:
    return has_reached(table, NUMBERED_FROM, day) & table["UPN"].missing & table["ULN"].missing


@rule(
    "107",
    *List_1.columns("UPN", "ULN"),
    message=IDENTIFIER_MESSAGE,
    differs=IDENTIFIER_DIFFERS,
    key=List_1.columns("Unique ID"),
)
def with_a_plan_and_no_number(as_of_date: date) -> pl.Expr:
    """A row of List_1 whose date of birth makes the child 6 or more on the day on which ages are reckoned, the 6th
    birthday included, and whose UPN and ULN are both empty. One of the two is enough, whatever it holds. The rows of
    one Unique ID are one finding."""
    return _without_number(List_1, as_of_date)


@rule(
    "207",
    *List_2.columns("UPN", "ULN"),
    message=IDENTIFIER_MESSAGE,
    differs=IDENTIFIER_DIFFERS,
    key=List_2.columns("Unique ID"),
)
def with_support_and_no_number(as_of_date: date) -> pl.Expr:
    """A row of List_2 whose date of birth makes the child 6 or more on the day on which ages are reckoned, the 6th
    birthday included, and whose UPN and ULN are both empty. One of the two is enough, whatever it holds. The rows of
    one Unique ID are one finding."""
    return _without_number(List_2, as_of_date)


def _upn_again(table: Table) -> pl.Expr:
    number = table["UPN"].text
    is_a_reason = upn.verdict(number) == "unknown_code"
    return table["UPN"].present & ~is_a_reason & (pl.len().over(number) > 1)


@rule(
    "109",
    List_1["UPN"],
    message=DUPLICATE_MESSAGE,
    differs=DUPLICATE_DIFFERS,
    key=List_1.columns("Unique ID", "UPN"),
)
def with_a_plan_twice() -> pl.Expr:
    """A row of List_1 whose UPN stands on another row of List_1, character for character once in capitals. Every such
    row is flagged, the first included. Rows with one Unique ID and one UPN are one finding; two children who share a
    UPN are two. Empty UPNs, and reasons why there is none (UN1 to UN10), are not compared."""
    return _upn_again(List_1)


@rule(
    "209",
    List_2["UPN"],
    message=DUPLICATE_MESSAGE,
    differs=DUPLICATE_DIFFERS,
    key=List_2.columns("Unique ID", "UPN"),
)
def with_support_twice() -> pl.Expr:
    """A row of List_2 whose UPN stands on another row of List_2, character for character once in capitals. Every such
    row is flagged, the first included. Rows with one Unique ID and one UPN are one finding; two children who share a
    UPN are two. Empty UPNs, and reasons why there is none (UN1 to UN10), are not compared."""
    return _upn_again(List_2)
