"""Laws of `childlink validate cin`: the year is the file's, findings about the return have no row, no value leaks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cin_files import Maker
from tests.cli.conftest import Childlink

MARK = "PLANTEDVALUE"


@pytest.fixture
def census(tmp_path: Path) -> Path:
    path = tmp_path / "cin.xml"
    text = Maker(5, wild=0.0).file(10, child_id=str).replace(">HAND<", f">{MARK}<")
    path.write_text(text.replace("<Sex>", "<Shoe/><Sex>"), encoding="utf-8")
    return path


def test_json_of_a_census(childlink: Childlink, census: Path) -> None:
    result = childlink("validate", "cin", census, "--year", "2025-26", "--format", "json")
    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (report["return"], report["year"]) == ("cin", "2025-26")
    assert {i["table"] for i in report["run"]["inputs"]} >= {"Header", "ChildIdentifiers", "PreProceedings"}
    assert report["run"]["reference"]["bank_holidays"].startswith("holidays ")
    assert [e["path"] for e in report["run"]["unknown_elements"]] == [
        "Message/Children/Child/ChildIdentifiers/Shoe"
    ]
    whole = [f for f in report["findings"] if f["code"] == "S-ELEMENT"]
    assert [(f["table"], f["row"], f["line"], f["child"]) for f in whole] == [(None, None, None, None)]
    of_children = [f for f in report["findings"] if f["table"] not in (None, "Header")]
    assert all(f["child"] is not None and f["line"] is None for f in of_children)
    assert {r["status"] for r in report["rules"]} <= {"passed", "findings"}
    assert MARK not in result.stdout + result.stderr


@pytest.mark.parametrize("shape", ["table", "concise"])
def test_rows_of_xml_are_given_by_their_table(childlink: Childlink, census: Path, shape: str) -> None:
    result = childlink(
        "validate", "cin", census, "--year", "2025-26", "--format", shape, "--select", "8540,S-ELEMENT"
    )
    assert result.exit_code == 1
    assert "Disabilities row " in result.stdout or "ChildIdentifiers row " in result.stdout
    assert ("the return" if shape == "table" else "return: S-ELEMENT") in result.stdout
    assert MARK not in result.stdout


def test_another_year_is_said_with_both(childlink: Childlink, census: Path) -> None:
    result = childlink("validate", "cin", census, "--year", "2024-25")
    assert result.exit_code == 2
    assert "2025-26" in result.stderr
    assert "2024-25" in result.stderr
    assert "next: give --year 2025-26" in result.stderr
