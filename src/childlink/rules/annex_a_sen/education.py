"""Where a child of school age is educated."""

from __future__ import annotations

from datetime import date

import polars as pl

from childlink.rules.annex_a_sen.tables import List_1, List_2, rule
from childlink.rules.annex_a_sen.vocabulary import BORN, has_reached
from childlink.rules.columns import Table

MAIN = "Main education establishment – URN"
SUBSIDIARY = "Subsidiary education establishment – phase (dual registration)"
SCHOOL_FROM, SCHOOL_UNTIL = 5, 16
# with two blanks, as published
NOWHERE_MESSAGE = "School aged child/young person (5-16) without  main OR subsidiary education establishment"
ONLY_SUBSIDIARY_MESSAGE = (
    "School aged child/young person (5-16) has subsidiary education establishment but not main"
)


def _of_school_age(table: Table, day: date) -> pl.Expr:
    return has_reached(table, SCHOOL_FROM, day) & ~has_reached(table, SCHOOL_UNTIL, day)


def _nowhere(table: Table, day: date) -> pl.Expr:
    return _of_school_age(table, day) & table[MAIN].missing & table[SUBSIDIARY].missing


def _only_subsidiary(table: Table, day: date) -> pl.Expr:
    return _of_school_age(table, day) & table[MAIN].missing & table[SUBSIDIARY].present


@rule(
    "108a",
    *List_1.columns(MAIN, SUBSIDIARY),
    message=NOWHERE_MESSAGE,
    key=List_1.columns("Unique ID", BORN, MAIN, SUBSIDIARY),
)
def with_a_plan_nowhere(as_of_date: date) -> pl.Expr:
    """A row of List_1 whose date of birth makes the child 5 or more and under 16 on the day on which ages are
    reckoned (the 5th birthday counts, the 16th does not), with both the main establishment's URN and the subsidiary
    establishment's phase empty. Rows with the same Unique ID and date of birth are one finding."""
    return _nowhere(List_1, as_of_date)


@rule(
    "208a",
    *List_2.columns(MAIN, SUBSIDIARY),
    message=NOWHERE_MESSAGE,
    key=List_2.columns("Unique ID", BORN, MAIN, SUBSIDIARY),
)
def with_support_nowhere(as_of_date: date) -> pl.Expr:
    """A row of List_2 whose date of birth makes the child 5 or more and under 16 on the day on which ages are
    reckoned (the 5th birthday counts, the 16th does not), with both the main establishment's URN and the subsidiary
    establishment's phase empty. Rows with the same Unique ID and date of birth are one finding."""
    return _nowhere(List_2, as_of_date)


@rule(
    "108b",
    *List_1.columns(MAIN, SUBSIDIARY),
    message=ONLY_SUBSIDIARY_MESSAGE,
    key=List_1.columns("Unique ID", BORN, MAIN, SUBSIDIARY),
)
def with_a_plan_and_only_subsidiary(as_of_date: date) -> pl.Expr:
    """A row of List_1 whose date of birth makes the child 5 or more and under 16 on the day on which ages are
    reckoned (the 5th birthday counts, the 16th does not), with the main establishment's URN empty and the subsidiary
    establishment's phase filled. Rows with the same Unique ID, date of birth and phase are one finding. A child
    educated at home has an establishment number too."""
    return _only_subsidiary(List_1, as_of_date)


@rule(
    "208b",
    *List_2.columns(MAIN, SUBSIDIARY),
    message=ONLY_SUBSIDIARY_MESSAGE,
    differs="The planned text of this rule says the opposite: a main and no subsidiary establishment. Built is what "
    "the reference does and the message says.",
    key=List_2.columns("Unique ID", BORN, MAIN, SUBSIDIARY),
)
def with_support_and_only_subsidiary(as_of_date: date) -> pl.Expr:
    """A row of List_2 whose date of birth makes the child 5 or more and under 16 on the day on which ages are
    reckoned (the 5th birthday counts, the 16th does not), with the main establishment's URN empty and the subsidiary
    establishment's phase filled. Rows with the same Unique ID, date of birth and phase are one finding."""
    return _only_subsidiary(List_2, as_of_date)
