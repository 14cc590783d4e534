"""Laws: the schema of Annex A describes the lists as the specification does; every check of ours says why."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from childlink.returns.tabular import columns_meant
from childlink.rules import rule_book
from childlink.schema.model import fold, load_return_schema
from childlink.validation import check_rule

SCHEMA = load_return_schema("annex_a")
OURS = [rule for rule in rule_book("annex_a").in_force("").values() if rule.code.startswith("annex-")]


@pytest.fixture(scope="session")
def spec(shared: Path) -> dict[str, Any]:
    text = (shared / "spec" / "annex_a.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return loaded


def test_lists_and_columns_are_those_of_the_spec(spec: dict[str, Any]) -> None:
    assert {n: list(t.columns) for n, t in SCHEMA.tables.items()} == {
        n: [c["name"] for c in described["columns"]] for n, described in spec["lists"].items()
    }
    assert {n: t.title for n, t in SCHEMA.tables.items()} == {n: d["about"] for n, d in spec["lists"].items()}


def test_types_blanks_and_code_sets_are_those_of_the_spec(spec: dict[str, Any]) -> None:
    types = {"date": "date", "whole number, 0 or more": "integer"}
    for name, described in spec["lists"].items():
        fields = {f.name: f for f in SCHEMA.tables[name].fields}
        for column in described["columns"]:
            field = fields[column["name"]]
            assert any(c.required for c in field.constraints) == (column["blank"] == "no"), field.name
            assert field.type == types.get(column["type"], "string")
            assert field.format == ("postcode" if column["type"] == "postcode" else None)
            assert (0 in [c.minimum for c in field.constraints]) == (field.type == "integer")
            codes = column["type"].removeprefix("code ") if column["type"].startswith("code ") else None
            assert field.codes == (codes if codes != "la_name" else None)


def not_known(codes: str, cells: list[str]) -> list[str]:
    """Those of ``cells`` that are flagged in a column of the code set ``codes``."""
    table, column = next(
        (t.name, f.name) for t in SCHEMA.tables.values() for f in t.fields if f.codes == codes
    )
    flagged = check_rule("annex_a", "S-CODE", tables={table: pl.DataFrame({column: cells})})
    return [cells[row] for row in flagged.get(table, [])]


def test_every_form_of_the_spec_is_known(spec: dict[str, Any]) -> None:
    forms = {name: forms for name, forms in spec["code_sets"].items() if isinstance(forms, list)}
    assert len(forms) > 15
    for name, written in forms.items():
        assert not_known(name, written) == []
        assert not_known(name, [form.upper() for form in written]) == []
        assert not_known(name, ["none of them"]) == ["none of them"]


def test_letters_before_codes_are_those_of_the_spec(spec: dict[str, Any]) -> None:
    reasons = dict(re.findall(r"(\w+)\) (E\w+)", spec["code_sets"]["reason_ceased"]))
    placements = dict(re.findall(r"\b(\w+)\) ([A-Z][0-9])\b(?!-)", spec["code_sets"]["placement_type"]))
    placements |= {letter: f"U{n}" for n, letter in enumerate("abcdef", 1)}
    placements |= {letter: f"A{n}" for n, letter in enumerate("ghij", 3)}
    assert len(reasons) == 21
    assert len(placements) == 27
    for name, letters in (("reason_ceased", reasons), ("placement_type", placements)):
        assert not_known(name, [f"{letter}) {code}" for letter, code in letters.items()]) == []
        assert {letter: SCHEMA.spellings[name][letter] for letter in letters} == letters


def test_codes_of_ssda903_are_those_of_its_schema() -> None:
    sets = load_return_schema("ssda903").code_sets
    assert set(SCHEMA.code_sets["legal_status"]) == set(sets["legal_status"])
    assert set(SCHEMA.code_sets["reason_ceased"]) == set(sets["reason_episode_ceased"]) - {"X1"}
    assert set(SCHEMA.code_sets["placement_type"]) == {
        *sets["placement_type"],
        *sets["placement_type_to_2023"],
    }
    assert set(SCHEMA.code_sets["activity"]) == set(sets["activity"])
    assert set(SCHEMA.code_sets["ethnicity"]) == set(sets["ethnicity"])
    assert {fold(c) for c in sets["accommodation"]} <= set(SCHEMA.spellings["accommodation"])


def test_no_code_is_lost_to_a_spelling_of_another() -> None:
    document = yaml.load((SCHEMA.source or Path()).read_bytes(), Loader=yaml.CSafeLoader)
    for name, codes in document["code_sets"].items():
        for code, described in codes.items():
            also = described["also"] if isinstance(described, dict) else []
            for spelling in (code, *also):
                assert SCHEMA.spellings[name][fold(spelling)] == code, (name, spelling)


@pytest.mark.parametrize(
    ("column", "right", "wrong"),
    [
        (
            "Gender",
            ["a) Male", "MALE", "a", "m", "b)Female", "c) Not stated / recorded (or unborn)"],
            ["x", "Man"],
        ),
        ("Ethnicity", ["a) WBRI", "wbri", "WBRI - White British", "t) NOBT"], ["a) White", "WXYZ"]),
        ("Contact Source", ["a) 1A: Individual", "1A", "1a: individual", "m) 4: Housing", "Police"], ["11"]),
    ],
)
def test_codes_are_known_however_they_are_spelt(column: str, right: list[str], wrong: list[str]) -> None:
    frame = pl.DataFrame({column: [*right, None, *wrong]})
    flagged = list(range(len(right) + 1, frame.height))
    assert check_rule("annex_a", "S-CODE", tables={"List 1": frame}) == {"List 1": flagged}


@pytest.mark.parametrize(
    ("codes", "cells"),
    [
        (
            "ethnicity",
            ["WBRI - White/British", "b) WIRI White Irish", "(MWBC) Mixed", "White Roma [WROM]", "s) NOBT"],
        ),
        ("legal_status", ["C2 - Full Care Order s31", "e1: Placement Order", "f) V2 Single period"]),
        ("reason_ceased", ["m) E5: Moved into independent living - supported", "E4a"]),
        ("source", ["p1) 5D: LA services", "3A GP", "1a"]),
        ("accommodation", ["U: Independent living", "(Z) Staying put", "Z1 - With Foster Carers"]),
        ("activity", ["F1) Full time in higher education", "G5: Other"]),
    ],
)
def test_a_code_may_be_followed_by_any_label(codes: str, cells: list[str]) -> None:
    assert not_known(codes, cells) == []


@pytest.mark.parametrize(
    ("codes", "cells"),
    [
        ("legal_status", ["C22", "C9 - Full care order", "Care order, C2", "XC2"]),
        ("ethnicity", ["WBRIT", "White", "A1 - White British"]),
        ("source", ["11", "1E", "10A"]),
        ("gender", ["Male to female"]),
    ],
)
def test_a_code_within_other_text_is_none(codes: str, cells: list[str]) -> None:
    assert not_known(codes, cells) == cells


def test_a_bare_label_that_several_codes_share_is_no_code() -> None:
    frame = pl.DataFrame({"Contact Source": ["Individual", "Health services", "LA services", "Schools"]})
    assert check_rule("annex_a", "S-CODE", tables={"List 1": frame}) == {"List 1": [0, 1, 2]}


@pytest.mark.parametrize(
    ("table", "headings"),
    [
        (
            "List 1",
            {
                "Child's unique identifier": "Child Unique ID",
                "Sex": "Gender",
                "date  of birth": "Date of Birth",
                "Child's Date Of Birth (dd/mm/yyyy)": None,
                "Age": "Age of Child (Years)",
                "Contact source": "Contact Source",
                "Date of initial contact": "Date of Contact",
            },
        ),
        (
            "List 8",
            {
                "Child ID": "Child Unique ID",
                "Expected date of birth": "Date of Birth",
                "Age (years)": "Age of Child (Years)",
                "Unaccompanied Asylum Seeking Child (UASC)) within the Last 12 Months (Y/N)": "Unaccompanied Asylum "
                "Seeking Child (UASC) within the Last 12 Months (Y/N)",
                "Number of Episodes the Child has been ‘Missing’ from their Placement in the last 12 months": "Number of "
                "Episodes the Child has been 'Missing' from their Placement in the last 12 months",
                "Date of Last IRO Visit / Contact to the Child": "Date of Last IRO Visit / Contact to the Child",
                "Colour": None,
            },
        ),
    ],
)
def test_headings_are_known_however_they_vary(table: str, headings: dict[str, str | None]) -> None:
    meant = columns_meant(list(headings), SCHEMA.tables[table].fields, folded=SCHEMA.folded)
    assert meant == {heading: column for heading, column in headings.items() if column is not None}


def test_every_heading_means_itself_in_capitals_and_without_signs() -> None:
    for table in SCHEMA.tables.values():
        headings = {re.sub(r"[^\w ]", " ", name).upper(): name for name in table.columns}
        assert columns_meant(list(headings), table.fields, folded=True) == headings


def test_every_check_is_our_own_and_says_why() -> None:
    assert len(OURS) == 16
    for rule in OURS:
        assert not rule.published_by(SCHEMA)
        assert "The reason: " in " ".join(rule.condition.split()), rule.code
        assert rule.message


def test_what_may_be_right_is_a_query() -> None:
    assert {rule.code for rule in OURS if rule.severity == "query"} == {
        "annex-adopters",
        "annex-adoption-steps",
        "annex-case-status",
        "annex-conference",
        "annex-future",
        "annex-in-out",
        "annex-one-row",
        "annex-placement-dates",
    }


def test_a_check_of_several_lists_runs_on_those_there_are() -> None:
    late = pl.DataFrame({"Child Unique ID": ["1", "2"], "Date of Contact": ["01/02/2026", "01/01/2026"]})
    context = {"as_of_date": "15/01/2026"}
    assert check_rule("annex_a", "annex-future", tables={"List 1": late}, context=context) == {"List 1": [0]}
    other = pl.DataFrame({"Individual adopter identifier": ["1"]})
    assert check_rule("annex_a", "annex-one-row", tables={"List 11": other}) == {}
