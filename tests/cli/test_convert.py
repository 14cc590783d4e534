"""Law: convert writes whole and says where; its faults are one clear message and exit code 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cin_files import Maker
from tests.cli.conftest import Childlink


@pytest.fixture
def census(tmp_path: Path) -> Path:
    path = tmp_path / "cin.xml"
    path.write_text(Maker(5, wild=0.0).file(10, child_id=str), encoding="utf-8")
    return path


def test_there_and_back(childlink: Childlink, census: Path) -> None:
    folder, again = census.parent / "csv", census.parent / "again.xml"
    there = childlink("convert", "cin", census, "--output", folder)
    back = childlink("convert", "cin", folder, "--output", again)
    assert (there.exit_code, back.exit_code) == (0, 0)
    assert there.stdout.startswith(f"{folder}: 12 tables, ")
    assert len(list(folder.iterdir())) == 12
    reports = [
        childlink("validate", "cin", place, "--year", "2025-26", "--format", "json")
        for place in (census, again)
    ]
    findings = [r.stdout.partition('"rules"')[2] for r in reports]
    assert findings[0] == findings[1]


def test_wrong_output_is_a_message_not_a_traceback(childlink: Childlink, census: Path) -> None:
    result = childlink("convert", "cin", census, "--output", census.parent / "out.xml")
    assert result.exit_code == 2
    assert "error" in result.stderr
    assert "next:" in result.stderr
    assert "Traceback" not in result.stderr


def test_what_is_left_out_is_said_on_stderr(childlink: Childlink, census: Path) -> None:
    census.write_text(census.read_text(encoding="utf-8").replace("<Sex>", "<Shoe/><Sex>"), encoding="utf-8")
    result = childlink("convert", "cin", census, "--output", census.parent / "csv")
    assert "ChildIdentifiers/Shoe" in result.stderr
    assert "Shoe" not in result.stdout
