"""Laws: the schema and rules of Annex A SEN are those of the specification."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from childlink.rules import rule_book
from childlink.schema.model import load_return_schema

SCHEMA = load_return_schema("annex_a_sen")
BOOK = rule_book("annex_a_sen")
GROUPED = {
    "106a": ["Unique ID", "Date initial EHC plan issued", "Date updated EHC plan issued"],
    "106b": ["Unique ID", "Date initial EHC plan issued", "Date EHC plan last reviewed"],
    "107": ["Unique ID"],
    "109": ["Unique ID", "UPN"],
}
"""What makes one finding of several rows, by the rule of List_1; 108a and 108b add their two columns below."""


@pytest.fixture(scope="session")
def spec(shared: Path) -> dict[str, Any]:
    text = (shared / "spec" / "annex_a.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return loaded


def test_lists_and_columns_are_those_of_the_spec(spec: dict[str, Any]) -> None:
    assert {n: list(t.columns) for n, t in SCHEMA.tables.items()} == {
        name: spec["sen_lists"][name]["columns"] for name in ("List_1", "List_2")
    }


def test_columns_with_date_in_their_name_are_dates() -> None:
    for table in SCHEMA.tables.values():
        assert set(table.date_columns) == {c for c in table.columns if c.startswith("Date ")}


def test_identifiers_are_checked() -> None:
    for table in SCHEMA.tables.values():
        assert {f.name: f.format for f in table.fields if f.format} == {"UPN": "upn", "ULN": "uln"}


def test_rules_are_those_of_the_spec(spec: dict[str, Any]) -> None:
    published = {code: rule for code, rule in BOOK.in_force("").items() if rule.published_by(SCHEMA)}
    assert {
        code: (r.message, r.severity, list(r.flags), [c.name for c in r.fields])
        for code, r in published.items()
    } == {r["code"]: (r["message"], r["severity"], r["flags"], r["fields"]) for r in spec["rules"]}
    assert len(published) == 29


def test_rules_that_need_the_day_are_those_of_the_spec(spec: dict[str, Any]) -> None:
    needs = {r["code"] for r in spec["rules"] if "as_of_date" in r["needs"]}
    found = {code for code, r in BOOK.in_force("").items() for p in r.parameters if p.name == "as_of_date"}
    assert found == needs


def test_findings_are_grouped_as_published() -> None:
    rules = BOOK.in_force("")
    keys = {code: [columns[0].name for columns in rule.key] for code, rule in rules.items() if rule.key}
    wanted = dict(GROUPED)
    fields = [c.name for c in rules["108a"].fields]
    wanted |= {code: ["Unique ID", "Date of birth", *fields] for code in ("108a", "108b")}
    wanted |= {f"2{code[1:]}": key for code, key in wanted.items() if not code.startswith("106")}
    assert keys == wanted


def test_doubts_of_the_spec_are_told(spec: dict[str, Any]) -> None:
    doubted = {r["code"] for r in spec["rules"] if "doubts" in r}
    assert {code for code, rule in BOOK.in_force("").items() if rule.differs} == doubted
