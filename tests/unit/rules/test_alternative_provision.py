"""The alternative provision census: what the facts list is there, and a file of it is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from childlink.rules import rule_book
from childlink.validation import validate_files

NAME = "alternative_provision"
BOOK = rule_book(NAME)
PLACEMENTS = BOOK.schema.tables["placements"]
HEADINGS = (
    "UPN,ULN,Surname,Forename,Date of birth,Sex,URN,UKPRN,AP type of setting,Primary reason for placement,"
    "Attendance pattern"
)


@pytest.fixture(scope="module")
def facts(shared: Path) -> dict[str, Any]:
    text = (shared / "spec" / "other_returns.yaml").read_text(encoding="utf-8")
    facts: dict[str, Any] = yaml.safe_load(text)["alternative_provision_census"]
    return facts


def test_every_field_of_the_facts_is_there_with_its_codes_and_presence(facts: dict[str, Any]) -> None:
    fields = {f.name: f for f in PLACEMENTS.fields}
    assert list(fields) == [f["name"] for f in facts["fields"]]
    for described in facts["fields"]:
        field = fields[described["name"]]
        assert any(c.required for c in field.constraints) == (described["blank"] == "no")
        enums = [c.enum for c in field.constraints if c.enum]
        assert [set(BOOK.schema.code_sets[e]) for e in enums] == (
            [set(described["codes"])] if "codes" in described else []
        )


def test_the_rules_are_our_own(facts: dict[str, Any]) -> None:
    rules = {c: r for c, r in BOOK.in_force("2025-26").items() if not c.startswith("S-")}
    assert {code: r.severity for code, r in rules.items()} == {
        c["id"]: c["severity"] for c in facts["checks"]
    }
    assert not any(r.published_by(BOOK.schema) for r in rules.values())


def test_a_file_is_read_and_its_faults_are_found(tmp_path: Path) -> None:
    path = tmp_path / "ap census 2026.csv"
    path.write_text(
        HEADINGS.upper() + "\n"
        "Y318123424001,9276308686,Khan,Ali,2012-05-06,M,123456,,,PEX,FT\n"
        ",,,Ann,06/05/2012,X,123456,10012345,,XXX,\n"
        "Y318123424002,,Jones,Bo,2012-13-01,U,,,OOT,OTH,PT\n",
        encoding="utf-8",
    )
    report = validate_files(NAME, [path], year="2025-26")
    assert [(f["code"], f["row"], f["fields"]) for f in report.findings.to_dicts()] == [
        ("ap-a", 2, ["URN", "UKPRN", "AP type of setting"]),
        ("ap-b", 3, ["UPN", "ULN"]),
        ("S-CODE", 2, ["Sex"]),
        ("S-CODE", 2, ["Primary reason for placement"]),
        ("S-DATE", 3, ["Date of birth"]),
        ("S-MISSING", 2, ["Surname"]),
        ("S-MISSING", 2, ["Attendance pattern"]),
    ]
    assert report.findings["child"].null_count() == report.findings.height
