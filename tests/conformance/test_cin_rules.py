"""Law: every CIN census rule flags the rows, and groups them to findings, as the cases in ../shared say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest

from childlink.rules import rule_book
from childlink.validation import check_findings, check_rule
from tests.conftest import SHARED

FILE = SHARED / "conformance" / "cin.json"
CASES = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else []
BUILT = set(rule_book("cin").codes())


def frame(drawn: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(drawn["rows"], schema=dict.fromkeys(drawn["columns"], pl.String), orient="row")


def expected_rows(case: Mapping[str, Any]) -> dict[str, list[int]]:
    if case.get("whole_return"):
        return {"": []}
    return {table: rows for table, rows in case["expected"].items() if rows}


def expected_findings(case: Mapping[str, Any]) -> list[dict[str, list[int]]]:
    """The rows that share a key, by table; each row by itself where the case names no keys."""
    if case.get("whole_return"):
        return [{"": []}]
    if not case["findings"]:
        return [{table: [row]} for table, rows in expected_rows(case).items() for row in rows]
    by_key: dict[str, dict[str, set[int]]] = {}
    for part in case["findings"]:
        by_key.setdefault(repr(part["key"]), {}).setdefault(part["table"], set()).update(part["rows"])
    return [{table: sorted(rows) for table, rows in tables.items()} for tables in by_key.values()]


def cases() -> list[Any]:
    return [pytest.param(c, id=f"{c['code']}-{c['year']}-{c['case']}") for c in CASES if c["code"] in BUILT]


@pytest.mark.skipif(not CASES, reason="../shared/conformance is not on this machine")
@pytest.mark.parametrize("case", cases())
def test_rule_flags_the_expected_rows(case: dict[str, Any]) -> None:
    tables = {name: frame(drawn) for name, drawn in case["tables"].items()}
    assert check_rule("cin", case["code"], year=case["year"], tables=tables) == expected_rows(case)


@pytest.mark.skipif(not CASES, reason="../shared/conformance is not on this machine")
@pytest.mark.parametrize("case", cases())
def test_rows_make_up_the_expected_findings(case: dict[str, Any]) -> None:
    tables = {name: frame(drawn) for name, drawn in case["tables"].items()}
    found = check_findings("cin", case["code"], year=case["year"], tables=tables)

    def in_one_order(findings: list[dict[str, list[int]]]) -> list[list[tuple[str, list[int]]]]:
        return sorted(sorted(finding.items()) for finding in findings)

    assert in_one_order(found) == in_one_order(expected_findings(case))
