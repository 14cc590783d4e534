"""Laws: exports have the keys and values that the standards know, and ask for what the schema asks for."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from childlink.schema.export import as_data_package, as_json_schema
from childlink.schema.model import FORMAT, ReturnSchema, load_return_schema, shipped_schemas
from childlink.schema.reading import read_schema

# the properties of Data Package 2.0 and Table Schema that are used, and what each may be
PACKAGE = {"$schema", "name", "title", "description", "resources"}
RESOURCE = {"name", "type", "title", "path", "format", "encoding", "schema"}
SCHEMA = {"fields", "missingValues", "primaryKey", "foreignKeys", "uniqueKeys"}
FIELD = {"name", "type", "title", "format", "trueValues", "falseValues", "categories", "constraints"}
ALLOWED = {  # constraints by type, as the standard has them
    "string": {"required", "unique", "enum", "pattern", "minLength", "maxLength"},
    "integer": {"required", "unique", "minimum", "maximum"},
    "number": {"required", "unique", "minimum", "maximum"},
    "date": {"required", "unique"},
    "boolean": {"required", "unique"},
}
EVERY = [(name, year) for name in shipped_schemas() for year in load_return_schema(name).years]

MINE = f"""schema: {FORMAT}
name: my_extract
missingValues: ["NA"]
code_sets:
  side: {{"L": left, "R": right}}
  loose: {{"1": {{label: one, also: [first]}}}}
tables:
  people:
    fields:
      - {{name: id, constraints: {{required: true, unique: true}}}}
      - {{name: born, type: date}}
      - {{name: side, codes: side}}
      - {{name: loose, codes: loose}}
      - {{name: score, type: integer, constraints: {{minimum: 0, maximum: 9}}}}
      - {{name: seen, type: boolean}}
      - {{name: ward, constraints: {{pattern: "[A-Z][0-9]|X", required: true, rule: own-1, message: m, severity: query}}}}
      - {{name: note, optional: true, constraints: {{maxLength: 3}}}}
  visits:
    constraints: {{unique: [id, day]}}
    fields: [{{name: id}}, {{name: day, type: date}}]
"""


@pytest.fixture
def mine(tmp_path: Path) -> ReturnSchema:
    path = tmp_path / "mine.yaml"
    path.write_text(MINE, encoding="utf-8")
    return read_schema(path)


@pytest.mark.parametrize(("name", "year"), EVERY)
def test_a_data_package_has_the_words_of_the_standard(name: str, year: str) -> None:
    package = as_data_package(load_return_schema(name), year)
    assert set(package) <= PACKAGE
    assert re.fullmatch("[-a-z0-9._/]+", package["name"])
    resources = {r["name"]: [f["name"] for f in r["schema"]["fields"]] for r in package["resources"]}
    assert len(resources) == len(package["resources"]) > 0
    for resource in package["resources"]:
        assert set(resource) <= RESOURCE
        assert re.fullmatch(r"[a-z0-9-]+", resource["name"])
        described = resource["schema"]
        assert set(described) <= SCHEMA
        names = resources[resource["name"]]
        assert len(set(names)) == len(names) > 0
        for key in [described.get("primaryKey", []), *described.get("uniqueKeys", [])]:
            assert set(key) <= set(names)
        for key in described.get("foreignKeys", []):
            assert set(key["fields"]) <= set(names)
            assert set(key["reference"]["fields"]) <= set(resources[key["reference"]["resource"]])
        for field in described["fields"]:
            assert set(field) <= FIELD
            assert set(field.get("constraints", {})) <= ALLOWED[field["type"]]
            enum = field.get("constraints", {}).get("enum")
            assert enum == ([c["value"] for c in field["categories"]] if "categories" in field else None)
    assert json.loads(json.dumps(package)) == package


@pytest.mark.parametrize(("name", "year"), EVERY)
def test_a_json_schema_is_one_of_the_draft(name: str, year: str) -> None:
    schema = as_json_schema(load_return_schema(name), year)
    Draft202012Validator.check_schema(schema)
    assert {p["items"]["$ref"].removeprefix("#/$defs/") for p in schema["properties"].values()} == set(
        schema["$defs"]
    )


def test_what_a_field_becomes(mine: ReturnSchema) -> None:
    people, visits = as_data_package(mine, "")["resources"]
    assert people["schema"]["missingValues"] == ["", "NA"]
    assert {f["name"]: {k: v for k, v in f.items() if k != "name"} for f in people["schema"]["fields"]} == {
        "id": {"type": "string", "constraints": {"required": True, "unique": True}},
        "born": {"type": "date", "format": "%d/%m/%Y"},
        "side": {
            "type": "string",
            "categories": [{"value": "L", "label": "left"}, {"value": "R", "label": "right"}],
            "constraints": {"enum": ["L", "R"]},
        },
        "loose": {"type": "string"},
        "score": {"type": "integer", "constraints": {"minimum": 0, "maximum": 9}},
        "seen": {
            "type": "boolean",
            "trueValues": ["1", "true", "TRUE", "True", "y", "Y", "yes", "YES", "Yes"],
            "falseValues": ["0", "false", "FALSE", "False", "n", "N", "no", "NO", "No"],
        },
        "ward": {"type": "string"},
        "note": {"type": "string", "constraints": {"maxLength": 3}},
    }
    assert visits["schema"]["uniqueKeys"] == [["id", "day"]]


ROW: dict[str, Any] = {"id": "1", "born": "2012-04-28", "side": "L", "score": 3, "seen": True, "note": None}


@pytest.mark.parametrize(
    ("change", "sound"),
    [
        ({}, True), ({"side": None}, True), ({"side": "X"}, False), ({"score": 10}, False), ({"score": "3"}, False),
        ({"seen": "Y"}, False), ({"note": "long"}, False), ({"id": None}, False), ({"born": 3}, False),
        ({"loose": "first"}, True), ({"more": "x"}, True),
    ],
)  # fmt: skip
def test_rows_pass_and_fail_a_json_schema(mine: ReturnSchema, change: dict[str, Any], sound: bool) -> None:
    validator = Draft202012Validator(as_json_schema(mine, ""))
    assert validator.is_valid({"people": [ROW | change]}) is sound


def test_tables_and_columns_are_those_of_the_year() -> None:
    schema = load_return_schema("ssda903")
    names = {year: {r["name"] for r in as_data_package(schema, year)["resources"]} for year in schema.years}
    later = {
        t.snake_name.replace("_", "-")
        for t in schema.tables.values()
        if t.since is not None and t.since > schema.years[0]
    }
    assert names[schema.years[-1]] - names[schema.years[0]] == later
    assert later
    header = as_data_package(schema, "2022-23")["resources"][0]["schema"]["fields"]
    assert next(f for f in header if f["name"] == "SEX")["constraints"]["enum"] == ["1", "2"]
