"""Law: what a CIN census rule says of itself is what the specification says, message to the letter."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from childlink.rules import rule_book
from tests.conftest import SHARED


def read(file: str, *path: str) -> list[dict[str, Any]]:
    place = SHARED / "spec" / file
    if not place.is_file():
        return []
    document: Any = yaml.load(place.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    for name in path:
        document = document[name]
    return list(document)


SPEC = [*read("cin_rules.yaml", "rules"), *read("cin_structure.yaml", "rules_2026_27", "rules")]
BOOK = rule_book("cin")
BUILT = [r for r in SPEC if r["code"] in BOOK.codes()]

pytestmark = pytest.mark.skipif(not SPEC, reason="../shared/spec is not on this machine")


@pytest.mark.parametrize("spec", BUILT, ids=lambda r: r["code"])
def test_rule_says_of_itself_what_the_spec_says(spec: dict[str, Any]) -> None:
    versions = BOOK.versions(spec["code"])
    assert spec["message"] in [v.message for v in versions]
    assert {v.severity for v in versions} == {spec["severity"]}
    assert {t for v in versions for t in v.flags} == set(spec["flags"])
    assert all(v.whole_return == (not spec["flags"]) for v in versions)
    assert all(v.condition for v in versions)


@pytest.mark.parametrize("spec", BUILT, ids=lambda r: r["code"])
def test_rule_reports_the_fields_of_the_spec(spec: dict[str, Any]) -> None:
    versions = BOOK.versions(spec["code"])
    tables = spec["flags"] or spec["reads"]
    held = {f.name for t in tables for f in BOOK.schema.tables[t].fields}
    assert set(spec["fields"]) & held <= {c.name for v in versions for c in v.fields}


@pytest.mark.parametrize("spec", BUILT, ids=lambda r: r["code"])
def test_rule_is_in_force_in_the_years_of_the_spec(spec: dict[str, Any]) -> None:
    first = min(v["from"] for v in spec["versions"])
    withdrawn = spec.get("withdrawn", "9999-00")
    expected = [y for y in BOOK.schema.years if first <= y < withdrawn]
    assert [y for y in BOOK.schema.years if spec["code"] in BOOK.in_force(y)] == expected
    assert [v.since for v in BOOK.versions(spec["code"])] == [v["from"] for v in spec["versions"]]
