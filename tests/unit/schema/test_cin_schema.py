"""Laws: the schema of the CIN census describes the return as the specification does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from childlink.returns.tree_layout import tree_layout
from childlink.schema.model import load_return_schema, snake_case

SCHEMA = load_return_schema("cin")


@pytest.fixture(scope="session")
def structure(shared: Path) -> dict[str, Any]:
    text = (shared / "spec" / "cin_structure.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return loaded


def test_tables_and_columns_are_those_of_the_spec(structure: dict[str, Any]) -> None:
    spec = structure["flattening"]["tables"]
    assert {n: list(t.columns) for n, t in SCHEMA.tables.items()} == {
        n: t["columns"] for n, t in spec.items()
    }
    assert {n: t.since for n, t in SCHEMA.tables.items()} == {n: t.get("from") for n, t in spec.items()}


def test_columns_with_date_in_their_name_are_dates() -> None:
    for table in SCHEMA.tables.values():
        named = {f.name for f in table.fields if "date" in f.name.casefold() or f.name == "InitialCPCtarget"}
        assert set(table.date_columns) == named - {"DateTime"}


def test_code_sets_are_those_of_the_spec(structure: dict[str, Any]) -> None:
    for name, codes in structure["code_sets"].items():
        assert dict(SCHEMA.code_sets[name]) == {str(c): label for c, label in codes.items() if c != "set"}
    assert {c.enum for _, _, c in SCHEMA.constraints() if c.enum} <= set(SCHEMA.code_sets)


def elements(tree: dict[str, Any], name: str, path: str = "") -> dict[str, Any]:
    """Every element of the spec's tree by its path below the root, with what the tree says of it."""
    found: dict[str, Any] = {}
    for child, described in tree[name].items():
        if not isinstance(described, dict) or ("occurs" not in described and "type" not in described):
            continue
        below = f"{path}/{child}".lstrip("/")
        found[below] = described
        if child in tree:
            found |= elements(tree, child, below)
    return found


def test_every_element_of_the_tree_is_read_in_the_years_it_has(structure: dict[str, Any]) -> None:
    spec = elements(structure["tree"], "Message")
    assert len(spec) > 60
    for year in SCHEMA.years:
        layout = tree_layout(SCHEMA, year)
        for path, described in spec.items():
            first, last = described.get("from") or "", described.get("until") or "9999"
            node = layout.node(path)
            assert (node.why is None) == (first <= year <= last), (path, year)
    every = tree_layout(SCHEMA, None)
    assert all(every.node(path).why is None for path in spec)


def test_names_of_files_and_parameters() -> None:
    assert [snake_case(name) for name in SCHEMA.tables] == [
        "header", "child_identifiers", "child_characteristics", "disabilities", "cin_details", "assessments",
        "assessment_factors_list", "cin_plan_dates", "section47", "child_protection_plans", "reviews", "pre_proceedings",
    ]  # fmt: skip
