"""Laws: every worked example that ships holds, and every version of every rule has one that can fail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from childlink.rules import returns, rule_book
from childlink.rules.cases import Case, load_cases
from childlink.rules.registry import Rule
from childlink.validation import check_findings, check_rule


def year_of(return_name: str, case: Case) -> str:
    """The year the case names, or the last collection year in which its rule is in force."""
    book = rule_book(return_name)
    return case.year or max(year for year in book.schema.years if case.code in book.in_force(year))


def every_case() -> Iterator[Any]:
    for name in returns():
        for cases in load_cases(name).values():
            for case in cases:
                yield pytest.param(name, case, id=f"{name} {case.code}: {case.title}")


@pytest.mark.parametrize(("return_name", "case"), list(every_case()))
def test_case_flags_the_marked_rows(return_name: str, case: Case) -> None:
    year = year_of(return_name, case)
    given = {"year": year, "tables": case.tables(), "context": case.full_context()}
    found = check_rule(return_name, case.code, **given)
    reported_as = dict(rule_book(return_name).in_force(year)[case.code].reported_as)
    assert found == {reported_as.get(table, table): rows for table, rows in case.expected().items()}
    named = case.findings()
    if named is not None:
        by_finding = check_findings(return_name, case.code, **given)
        assert sorted(map(repr, by_finding)) == sorted(map(repr, named.values()))


def every_version() -> Iterator[Any]:
    """Every version that is in force in some year, the DfE's rules only."""
    for name in returns():
        book = rule_book(name)
        standing = {id(r): r for year in book.schema.years for r in book.in_force(year).values()}
        for rule in standing.values():
            if not rule.code.startswith("S-"):
                yield pytest.param(name, rule, id=f"{name} {rule.code}-{rule.since}")


@pytest.mark.parametrize(("return_name", "rule"), list(every_version()))
def test_every_version_has_a_case_with_a_flag_and_one_without(return_name: str, rule: Rule) -> None:
    book = rule_book(return_name)
    in_years = [y for y in book.schema.years if book.in_force(y).get(rule.code) is rule]
    cases = [c for c in load_cases(return_name).get(rule.code, []) if year_of(return_name, c) in in_years]
    if rule.whole_return:
        assert {c.fails for c in cases} == {True, False}
        return
    rows = sum(t.height for c in cases for n, t in c.tables().items() if n in rule.flags)
    flagged = sum(len(r) for c in cases for r in c.expected().values())
    assert flagged > 0, f"no case flags a row for rule {rule.code} as it stands from {rule.since}"
    assert rows > flagged, f"no case has a row that rule {rule.code} as it stands from {rule.since} passes"
