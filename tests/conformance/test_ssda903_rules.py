"""Law: every rule flags exactly the rows that the conformance cases in ../shared say it flags."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest

from childlink.rules import rule_book
from childlink.validation import check_rule
from tests.conftest import SHARED

FILE = SHARED / "conformance" / "ssda903.json"
CASES = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else []
BUILT = set(rule_book("ssda903").codes())


def frame(drawn: dict[str, Any]) -> pl.DataFrame:
    """A case's table: text throughout, but for PL_DISTANCE, which is a number."""
    dtypes = {c: pl.Float64 if c == "PL_DISTANCE" else pl.String for c in drawn["columns"]}
    return pl.DataFrame(drawn["rows"], schema=dtypes, orient="row")


def cases() -> list[Any]:
    wanted = [c for c in CASES if c.get("in_force", True) and c["code"] in BUILT]
    return [pytest.param(c, id=f"{c['code']}-{c['year']}-{c['case']}") for c in wanted]


@pytest.mark.skipif(not CASES, reason="../shared/conformance is not on this machine")
@pytest.mark.parametrize("case", cases())
def test_rule_flags_the_expected_rows(case: dict[str, Any]) -> None:
    context = dict(case["context"])
    if "providers" in context:
        context["providers"] = frame(context["providers"])
    tables = {name: frame(drawn) for name, drawn in case["tables"].items()}
    found = check_rule("ssda903", case["code"], year=case["year"], tables=tables, context=context)
    assert found == {table: rows for table, rows in case["expected"].items() if rows}
