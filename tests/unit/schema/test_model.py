"""Laws: the schema that ships describes the return as the specification does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from childlink.errors import InputFault, UsageFault
from childlink.schema.model import load_return_schema
from childlink.schema.reading import read_schema

SCHEMA = load_return_schema("ssda903")


@pytest.fixture(scope="session")
def structure(shared: Path) -> dict[str, Any]:
    text = (shared / "spec" / "ssda903_structure.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return loaded


def test_tables_and_columns_are_those_of_the_spec(structure: dict[str, Any]) -> None:
    spec = {name: tuple(c["name"] for c in t["columns"]) for name, t in structure["tables"].items()}
    assert {name: table.columns for name, table in SCHEMA.tables.items()} == spec
    since = {name: t.get("from") for name, t in structure["tables"].items()}
    assert {name: table.since for name, table in SCHEMA.tables.items()} == since


def test_dates_are_dates_and_derived_columns_are_named(structure: dict[str, Any]) -> None:
    for name, table in structure["tables"].items():
        dates = {c["name"] for c in table["columns"] if c["type"] == "date"}
        assert set(SCHEMA.tables[name].date_columns) == dates
        assert [f.name for f in SCHEMA.tables[name].derived] == table.get("derived_columns", [])


@pytest.mark.parametrize(
    "name",
    [
        "ethnicity", "legal_status", "category_of_need", "reason_new_episode", "placement_provider", "in_touch",
        "activity", "adopter_sex", "adopter_legal_status", "reason_placed_ceased", "previous_permanence",
        "reason_placement_change", "review_participation", "sdq_reason", "missing", "social_worker_change",
        "reason_episode_ceased",
    ],
)  # fmt: skip
def test_code_sets_are_those_of_the_spec(structure: dict[str, Any], name: str) -> None:
    assert set(SCHEMA.code_sets[name]) == {str(code) for code in structure["code_sets"][name]}


def test_every_code_set_that_a_constraint_names_exists() -> None:
    named = {c.enum for _, _, c in SCHEMA.constraints() if c.enum is not None}
    assert named <= set(SCHEMA.code_sets)


def test_an_unknown_return_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageFault) as fault:
        load_return_schema("sda903")
    assert "ssda903" in str(fault.value.next_step)


@pytest.mark.parametrize("text", ["a: [", "schema: other/1", "- 1"])
def test_a_file_that_is_no_schema_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputFault):
        read_schema(path)
