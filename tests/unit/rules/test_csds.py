"""The Community Services Data Set: the identity fields of the facts, and the rules that are our own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from childlink.rules import rule_book
from childlink.validation import validate_files

NAME = "csds"
BOOK = rule_book(NAME)
PEOPLE = BOOK.schema.tables["people"]


@pytest.fixture(scope="module")
def facts(shared: Path) -> dict[str, Any]:
    text = (shared / "spec" / "other_returns.yaml").read_text(encoding="utf-8")
    facts: dict[str, Any] = yaml.safe_load(text)["child_health"]
    return facts


def test_the_fields_are_those_of_the_facts(facts: dict[str, Any]) -> None:
    assert list(PEOPLE.columns) == [f["name"] for f in facts["fields"]]
    states = next(f["type"] for f in facts["fields"] if "status" in f["name"])
    assert list(BOOK.schema.code_sets["nhs_number_status"]) == re.findall(r"\b0[1-9]\b", states)
    assert not BOOK.schema.yearly


def test_codes_are_the_nhs_ones(facts: dict[str, Any]) -> None:
    ethnic = list(BOOK.schema.code_sets["ethnic_category"])
    assert all(re.fullmatch("[A-S]|Z|99", code) for code in ethnic)
    assert list(BOOK.schema.code_sets["stated_gender"]) == ["1", "2", "9", "X"]


def test_the_rules_are_our_own(facts: dict[str, Any]) -> None:
    rules = {c: r for c, r in BOOK.in_force("").items() if not c.startswith("S-")}
    assert {code: r.severity for code, r in rules.items()} == {
        c["id"]: c["severity"] for c in facts["checks"]
    }
    assert not any(r.published_by(BOOK.schema) for r in rules.values())


def test_a_file_is_read_without_a_year_and_its_faults_are_found(tmp_path: Path) -> None:
    path = tmp_path / "csds.csv"
    path.write_text(
        "NHS_NUMBER,NHS_NUMBER_STATUS_INDICATOR,LOCAL_PATIENT_IDENTIFIER,PERSON_BIRTH_DATE,"
        "POSTCODE_OF_USUAL_ADDRESS,ETHNIC_CATEGORY,PERSON_STATED_GENDER_CODE,GP\n"
        "943 476 5919,01,L1,2015-01-15,WV14 8DU,A,1,x\n"
        "9434765919,1,L2,2015-01-16,ZZ99 3VZ,99,X,x\n"
        "9434765918,07,L3,2015-02-30,nowhere,WBRI,M,x\n"
        ",02,L4,,,,,x\n",
        encoding="utf-8",
    )
    report = validate_files(NAME, [path])
    assert [(f["code"], f["row"], f["fields"], f["child"]) for f in report.findings.to_dicts()] == [
        ("nhs-a", 3, ["NHS number"], "L3"),
        ("nhs-b", 3, ["NHS number", "NHS number status indicator"], "L3"),
        ("nhs-b", 4, ["NHS number", "NHS number status indicator"], "L4"),
        ("nhs-c", 1, ["NHS number", "Person birth date"], "L1"),
        ("nhs-c", 2, ["NHS number", "Person birth date"], "L2"),
        ("S-CODE", 3, ["Ethnic category"], "L3"),
        ("S-CODE", 3, ["Person stated gender code"], "L3"),
        ("S-DATE", 3, ["Person birth date"], "L3"),
        ("S-FORMAT", 3, ["Postcode of usual address"], "L3"),
    ]
    assert [c["heading"] for c in report.run["unread_columns"]] == ["GP"]
