"""Laws: every worked example that ships holds, and every version of every rule has one that can fail."""

from __future__ import annotations

import pytest

from childlink.rules import rule_book
from childlink.rules.cases import Case, load_cases
from childlink.rules.registry import Rule
from childlink.validation import check_rule

BOOK = rule_book("ssda903")
CASES = [case for cases in load_cases("ssda903").values() for case in cases]


def last_year(rule_code: str) -> str:
    """The last collection year in which the rule is in force."""
    return max(year for year in BOOK.schema.years if rule_code in BOOK.in_force(year))


def year_of(case: Case) -> str:
    return case.year or last_year(case.code)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.code}: {c.title}")
def test_case_flags_the_marked_rows(case: Case) -> None:
    found = check_rule(
        "ssda903", case.code, year=year_of(case), tables=case.tables(), context=case.full_context()
    )
    reported_as = dict(BOOK.in_force(year_of(case))[case.code].reported_as)
    assert found == {reported_as.get(table, table): rows for table, rows in case.expected().items()}


def versions() -> list[Rule]:
    """Every version that is in force in some year, the DfE's rules only."""
    standing = {id(r): r for year in BOOK.schema.years for r in BOOK.in_force(year).values()}
    return [r for r in standing.values() if not r.code.startswith("S-")]


@pytest.mark.parametrize("rule", versions(), ids=lambda r: f"{r.code}-{r.since}")
def test_every_version_has_a_case_with_a_flag_and_one_without(rule: Rule) -> None:
    in_years = [y for y in BOOK.schema.years if BOOK.in_force(y).get(rule.code) is rule]
    cases = [c for c in load_cases("ssda903").get(rule.code, []) if year_of(c) in in_years]
    rows = sum(t.height for c in cases for n, t in c.tables().items() if n in rule.flags)
    flagged = sum(len(r) for c in cases for r in c.expected().values())
    assert flagged > 0, f"no case flags a row for rule {rule.code} as it stands from {rule.since}"
    assert rows > flagged, f"no case has a row that rule {rule.code} as it stands from {rule.since} passes"
