"""The early years census: what the facts name is there, checked by form alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from childlink.returns.tabular import columns_meant
from childlink.rules import rule_book
from childlink.schema.model import fold
from childlink.validation import validate_files

NAME = "early_years"
BOOK = rule_book(NAME)
CHILDREN = BOOK.schema.tables["children"]


@pytest.fixture(scope="module")
def facts(shared: Path) -> dict[str, Any]:
    text = (shared / "spec" / "other_returns.yaml").read_text(encoding="utf-8")
    facts: dict[str, Any] = yaml.safe_load(text)["early_years_census"]
    return facts


def test_every_field_of_the_facts_is_there(facts: dict[str, Any]) -> None:
    headings = [
        f["name"] for f in facts["fields"] if not f["name"].startswith(("Names", "Weeks", "Ethnicity"))
    ]
    meant = columns_meant(headings, CHILDREN.fields, folded=True)
    assert [h for h in headings if h not in meant] == []
    assert {"Surname", "Forename", "Date of birth", "Ethnicity"} <= set(CHILDREN.columns)
    weeks = [c for c in CHILDREN.columns if fold(c).startswith("weeksopenorused")]
    assert [c[-7:-1] for c in weeks] == ["N00791", "N00792", "N00793"]


def test_there_is_no_upn_and_no_item_that_was_removed(facts: dict[str, Any]) -> None:
    named = {fold(n) for f in CHILDREN.fields for n in (f.name, *f.aliases)}
    assert "upn" not in named
    assert not named & {fold(item) for item in facts["removed_items"]}
    assert all(f.kind not in ("upn", "uln", "nhs_number") for f in CHILDREN.fields)


def test_the_rules_are_our_own() -> None:
    rules = {c: r for c, r in BOOK.in_force("2025-26").items() if not c.startswith("S-")}
    assert list(rules) == ["ey-a", "ey-b", "ey-c", "ey-d"]
    assert not any(r.published_by(BOOK.schema) for r in rules.values())


def test_a_file_with_item_numbers_as_headings_is_read(tmp_path: Path) -> None:
    path = tmp_path / "early_years.csv"
    path.write_text(
        "LA number,URN,Ofsted early years URN,Surname,Forename,Date of birth,N00202,N00203,N00639,N00174,N00787,N00791\n"
        "330,512345,EY123456,Khan,Ali,2022-05-06,50012345678,Y,0,RE,15,38\n"
        "33,123456,12,Jones,Bo,2022-02-30,5,maybe,N,XX,15.5,all\n",
        encoding="utf-8",
    )
    report = validate_files(NAME, [path], year="2025-26")
    assert [(f["code"], f["row"], f["fields"]) for f in report.findings.to_dicts()] == [
        ("ey-a", 2, ["URN"]),
        ("ey-b", 2, ["Ofsted early years URN"]),
        ("ey-c", 2, ["Eligibility code"]),
        ("ey-d", 2, ["Expanded hours"]),
        ("S-CODE", 2, ["Basis of early years pupil premium"]),
        ("S-DATE", 2, ["Date of birth"]),
        ("S-FORMAT", 2, ["LA number"]),
        ("S-TYPE", 2, ["Disability access fund"]),
        ("S-TYPE", 2, ["Weeks open or used (N00791)"]),
    ]
