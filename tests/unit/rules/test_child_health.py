"""Extracts of child health information systems: the data set's identity fields and rules, most fields optional."""

from __future__ import annotations

from pathlib import Path

from childlink.rules import rule_book
from childlink.validation import validate_files

NAME = "child_health"
BOOK = rule_book(NAME)
CSDS = rule_book("csds")


def test_the_fields_codes_and_rules_are_those_of_the_data_set() -> None:
    ours, theirs = BOOK.schema, CSDS.schema
    assert ours.code_sets == theirs.code_sets
    names = ours.tables["people"].columns
    assert set(names) - set(theirs.tables["people"].columns) == {"Surname", "Forename"}
    assert set(theirs.tables["people"].columns) <= set(names)
    conditions = {c: r.condition for c, r in CSDS.in_force("").items() if c.startswith("nhs-")}
    assert {c: r.condition for c, r in BOOK.in_force("").items() if c.startswith("nhs-")} == conditions
    assert not any(r.published_by(ours) for r in BOOK.in_force("").values())


def test_an_extract_with_few_columns_is_read(tmp_path: Path) -> None:
    path = tmp_path / "chis.csv"
    path.write_text(
        "NHS Number,Family name,DOB,Postcode,Gender,Ethnic category\n"
        "9434765919,Khan,15/01/2015,WV14 8DU,2,H\n"
        "9434765919,Khan,2015-01-16,WV148DU,2,H\n",
        encoding="utf-8",
    )
    report = validate_files(NAME, [path])
    assert [(f["code"], f["row"], f["child"]) for f in report.findings.to_dicts()] == [
        ("nhs-c", 1, None),
        ("nhs-c", 2, None),
    ]
    assert report.findings["finding"].to_list() == [1, 1]
