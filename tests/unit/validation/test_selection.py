"""Law: rules are chosen by code, subject or the beginning of codes; a word that fits none is a fault."""

from __future__ import annotations

import pytest

from childlink.errors import UsageFault
from childlink.rules import rule_book
from childlink.validation.selection import select_rules

BOOK = rule_book("ssda903")


def codes(*, year: str = "2025-26", **options: list[str] | str | None) -> list[str]:
    return [r.code for r in select_rules(BOOK, year, **options)]  # type: ignore[arg-type]


def test_without_select_every_rule_in_force() -> None:
    assert codes() == list(BOOK.in_force("2025-26"))


def test_an_exact_code_is_that_rule_even_where_others_begin_so() -> None:
    assert codes(select=["103"]) == ["103"]
    assert codes(select=["int31"]) == ["INT31"]


def test_beginnings_subjects_commas_and_repeats() -> None:
    assert codes(select=["INT3"]) == ["INT31", "INT32", "INT33", "INT34", "INT35", "INT36"]
    assert codes(select=["102,103", " INT31 "]) == ["102", "103", "INT31"]
    assert {"1004", "1005"} <= set(codes(select=["missing"]))


def test_ignore_takes_away() -> None:
    assert codes(select=["102", "103"], ignore=["103"]) == ["102"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"select": ["1O3"]}, "unknown rule"),
        ({"select": ["103"], "ignore": ["103"]}, "no rule is left"),
        ({"severity": "warning"}, "unknown severity"),
        ({"select": ["700"]}, "not in force in 2025-26"),
    ],
)
def test_faults_say_what_to_type(options: dict[str, list[str] | str], said: str) -> None:
    with pytest.raises(UsageFault) as fault:
        codes(**options)
    assert said in fault.value.fault
    assert fault.value.next_step
