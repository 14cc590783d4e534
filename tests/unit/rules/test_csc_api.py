"""Laws: the schema and checks of the API payload are those of the specification."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from childlink.returns.json_layout import JsonNode, json_layout
from childlink.rules import rule_book
from childlink.rules.cases import load_cases
from childlink.schema.model import FieldSchema, load_return_schema

BOOK = rule_book("csc_api")
SCHEMA = BOOK.schema
RULES = BOOK.in_force(SCHEMA.years[0])


@pytest.fixture(scope="module")
def spec(shared: Path) -> dict[str, Any]:
    text = (shared / "spec" / "other_returns.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)["dfe_csc_api"]
    return loaded


def items(spec: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every item of the payload by its path, lines that name several taken apart; purge of every object among them."""
    found = {}
    for described in spec["payload"]:
        above, _, names = described["path"].rpartition(".")
        for name in re.split(", | and ", names):
            found[f"{above}.{name}".lstrip(".").replace(".", "/")] = described
    return found


def leaves(node: JsonNode) -> dict[str, FieldSchema]:
    """The column of every item that is a cell, by path; arrays of codes under the array's path."""
    tables = list(SCHEMA.tables.values())
    found: dict[str, FieldSchema] = {}
    for below in node.below.values():
        if below.cell is not None:
            found[below.path] = tables[below.cell[0]].fields[below.cell[1]]
        elif below.items is not None and below.items.cell is not None:
            found[below.path] = tables[below.items.cell[0]].fields[below.items.cell[1]]
        else:
            found |= leaves(below.items or below)
    return found


def test_every_item_of_the_payload_is_read_and_no_other(spec: dict[str, Any]) -> None:
    known = items(spec)
    assert len(known) > 50
    read = leaves(json_layout(SCHEMA).payload)
    assert {path for path in read if not path.endswith("purge")} == set(known) - {"purge"}
    assert sum(path.endswith("purge") for path in read) == 11


def test_items_are_of_the_types_and_codes_of_the_spec(spec: dict[str, Any]) -> None:
    read = leaves(json_layout(SCHEMA).payload)
    for path, described in items(spec).items():
        field, type_ = read[path], described["type"]
        if type_ == "text up to 36, dates" or type_.startswith("text up to 36, date"):
            wanted = "string" if path.endswith("_id") else "boolean" if path.endswith("flag") else "date"
        else:
            wanted = {"date": "date", "boolean": "boolean", "whole number": "integer"}.get(type_, "string")
        assert field.type == wanted, path
        codes = described.get("codes")
        if isinstance(codes, list):
            assert list(SCHEMA.code_sets[field.codes or ""]) == codes, path
        elif codes is not None:
            assert field.codes is not None, path


@pytest.mark.parametrize(
    "name", ["disability", "referral_source", "reason_for_closure", "assessment_factors"]
)
def test_code_sets_are_those_of_the_cin_census(name: str) -> None:
    assert SCHEMA.code_sets[name] == load_return_schema("cin").code_sets[name]


def test_code_sets_are_those_of_the_ssda903() -> None:
    ssda903 = load_return_schema("ssda903").code_sets
    for name in ("reason_new_episode", "reason_episode_ceased", "reason_placement_change"):
        assert SCHEMA.code_sets[name] == ssda903[name]
    of_every_year = {c for n, codes in ssda903.items() if n.startswith("placement_type") for c in codes}
    assert set(SCHEMA.code_sets["placement_type"]) == {c.upper() for c in of_every_year}
    accommodation = {c[0] for c in ssda903["accommodation"]} - {"0"}
    assert set(SCHEMA.code_sets["care_leaver_accommodation"]) == accommodation


def test_every_check_of_the_spec_is_there_with_its_severity(spec: dict[str, Any]) -> None:
    checks = {c["id"]: c["severity"] for c in spec["checks"]}
    rules = {code: r for code, r in RULES.items() if not code.startswith("S-")}
    assert {code: r.severity for code, r in rules.items()} == checks
    assert not any(r.published_by(SCHEMA) for r in rules.values())
    assert set(load_cases("csc_api")) == set(checks)


def test_what_is_not_settled_is_said() -> None:
    assert "not settled" in (RULES["api-c"].differs or "").lower()
    assert "20" in (RULES["api-b"].differs or "")
    assert "W, X, Y and Z" in (RULES["api-f"].differs or "")


def test_limits_are_those_of_the_spec() -> None:
    limits = {
        f"{table.name}.{column.name}": constraint.max_length
        for table, column, constraint in SCHEMA.constraints()
        if constraint.max_length is not None and column is not None
    }
    assert {v for k, v in limits.items() if k.endswith("_id") and not k.endswith("worker_id")} == {36}
    assert {k.rpartition(".")[2]: v for k, v in limits.items() if not k.endswith("_id") or "worker" in k} == {
        "ethnicity": 4, "postcode": 8, "referral_source": 2, "closure_reason": 3, "worker_id": 12, "start_reason": 1,
        "placement_type": 3, "end_reason": 3, "change_reason": 6,
    }  # fmt: skip


def test_every_date_is_checked_by_api_g_and_every_id_by_api_a_and_b() -> None:
    dates = [f"{t.name}.{c}" for t in SCHEMA.tables.values() for c in t.date_columns]
    assert [repr(f) for f in RULES["api-g"].fields] == dates
    ids = [repr(f) for f in RULES["api-a"].fields]
    assert ids == [repr(f) for f in RULES["api-b"].fields]
    assert {f.rpartition(".")[2] for f in ids} == {
        "la_child_id", "mis_child_id", "social_care_episode_id", "worker_id", "child_and_family_assessment_id",
        "child_in_need_plan_id", "section_47_assessment_id", "child_protection_plan_id",
        "child_looked_after_placement_id",
    }  # fmt: skip
    asked = {f.rpartition(".")[2] for f in ids} - {"mis_child_id", "worker_id"}
    assert {f.name for f in RULES["api-h"].fields} == asked
