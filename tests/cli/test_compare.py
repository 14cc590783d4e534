"""Laws: comparing tells fixed from not looked for; old and new add up; bad input is one clear message."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Childlink

HEADER = "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB\n"
SOUND = "{},M,01/01/2010,WBRI,UN1,,\n"
MARK = "PLANTEDVALUE"


def report(childlink: Childlink, folder: Path, name: str, rows: list[str], *options: str) -> Path:
    """The JSON report on a header of these rows."""
    place = folder / name
    place.mkdir()
    (place / "header.csv").write_text(HEADER + "".join(rows), encoding="utf-8")
    path = folder / f"{name}.json"
    chosen = ("--select", "101,102,103", *options)
    result = childlink("validate", "ssda903", place, "--year", "2025-26", "-o", path, *chosen)
    assert result.exit_code in (0, 1), result.stderr
    return path


@pytest.fixture
def reports(childlink: Childlink, tmp_path: Path) -> tuple[Path, Path]:
    """Monday: child 2 has two faults, child 3 one. Friday: child 3 mended, child 2 half, child 4 new; rows moved."""
    monday = report(
        childlink, tmp_path, "monday",
        [SOUND.format(1), f"2,M,{MARK},{MARK},UN1,,\n", f"3,M,01/01/2010,{MARK},UN1,,\n"],
    )  # fmt: skip
    friday = report(
        childlink, tmp_path, "friday",
        ["4,,01/01/2010,WBRI,UN1,,\n", SOUND.format(3), f"2,M,{MARK},WBRI,UN1,,\n", SOUND.format(1)],
    )  # fmt: skip
    return monday, friday


def compared(childlink: Childlink, *paths: Path) -> dict[str, object]:
    result = childlink("compare", *paths, "--format", "json")
    assert result.exit_code == 0, result.stderr
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_json_says_what_was_fixed_and_what_is_new(childlink: Childlink, reports: tuple[Path, Path]) -> None:
    found = compared(childlink, *reports)
    assert found["schema"] == "childlink.comparison/1"
    assert found["counts"] == {"fixed": 2, "new": 1, "still": 1, "unknown": 0}
    assert [(c["change"], c["code"], c["child"]) for c in found["changes"]] == [  # type: ignore[attr-defined]
        ("new", "101", "4"),
        ("still", "102", "2"),
        ("fixed", "103", "2"),
        ("fixed", "103", "3"),
    ]


def test_a_report_against_itself_changes_nothing_and_the_other_way_round_swaps(
    childlink: Childlink, reports: tuple[Path, Path]
) -> None:
    same = compared(childlink, reports[0], reports[0])
    assert same["counts"] == {"fixed": 0, "new": 0, "still": 3, "unknown": 0}
    back = compared(childlink, reports[1], reports[0])
    assert back["counts"] == {"fixed": 1, "new": 2, "still": 1, "unknown": 0}


def test_what_was_not_looked_for_is_not_fixed(
    childlink: Childlink, reports: tuple[Path, Path], tmp_path: Path
) -> None:
    rows = [SOUND.format(n) for n in (1, 2, 3)]
    less = report(childlink, tmp_path, "less", rows, "--ignore", "103")
    found = compared(childlink, reports[0], less)
    assert found["counts"] == {"fixed": 1, "new": 0, "still": 0, "unknown": 2}
    result = childlink("compare", reports[0], less)
    assert "Cannot be told" in result.stdout


def test_golden_table(childlink: Childlink, reports: tuple[Path, Path]) -> None:
    result = childlink("compare", *reports)
    assert result.exit_code == 0
    lines = [" ".join(line.replace("─", "").split()) for line in result.stdout.splitlines()]
    assert lines[:2] == [
        "SSDA903: monday.json (2025-26) to friday.json (2025-26)",
        "rule severity fixed new still children with something new message",
    ]
    assert [line[:18] for line in lines if " error " in line] == ["101 error 0 1 0 4 ", "103 error 2 0 0 Th"]
    assert lines[-1] == "2 fixed, 1 new, 1 still there, 0 not looked for"


def test_no_value_of_a_record_is_shown(childlink: Childlink, reports: tuple[Path, Path]) -> None:
    for shape in ("table", "json"):
        assert MARK not in childlink("compare", *reports, "--format", shape).output


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("{", "not JSON"),
        ("[]", "childlink.report/1"),
        ('{"schema": "childlink.report/1", "findings": [{}]}', "parts"),
        ('{"schema": "childlink.report/9"}', "childlink.report/1"),
    ],
)
def test_what_is_not_a_report_is_refused(
    childlink: Childlink, reports: tuple[Path, Path], tmp_path: Path, text: str, word: str
) -> None:
    other = tmp_path / "other.json"
    other.write_text(text, encoding="utf-8")
    result = childlink("compare", reports[0], other)
    assert (result.exit_code, result.stdout) == (2, "")
    assert word in result.stderr
    assert "next: " in result.stderr


def test_a_report_that_is_not_there_and_one_of_another_return(
    childlink: Childlink, reports: tuple[Path, Path], tmp_path: Path
) -> None:
    assert childlink("compare", reports[0], tmp_path / "nowhere.json").exit_code == 2
    other = tmp_path / "other.json"
    data = json.loads(reports[0].read_text(encoding="utf-8"))
    other.write_text(json.dumps(data | {"return": "cin"}), encoding="utf-8")
    result = childlink("compare", reports[0], other)
    assert result.exit_code == 2
    assert "cin" in result.stderr
