"""Files of the extracts that are no such file: one message that says what is wrong and what to do, and no value."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from childlink.errors import ChildlinkError
from childlink.returns import csv_file
from childlink.rules import rule_book
from childlink.validation import validate_files

RETURNS = ("school_census", "alternative_provision", "early_years", "csds", "child_health")
SECRET = "Zebedee"
"""What stands in a cell, and must stand in no message."""

pytestmark = pytest.mark.parametrize("name", RETURNS)


def table_of(name: str) -> tuple[str, list[str]]:
    """The first table of the return, and its columns in the last year."""
    schema = rule_book(name).schema
    table = next(iter(schema.tables.values()))
    return table.name, [f.name for f in table.fields if f.holds_in(schema.years[-1])]


def file_of(folder: Path, name: str, *rows: list[str], headings: bool = True) -> Path:
    """A CSV file of the first table with these rows, cells filled up to the width of the table."""
    table, columns = table_of(name)
    lines = [*([columns] if headings else []), *([*row, *[""] * (len(columns) - len(row))] for row in rows)]
    path = folder / f"{table}.csv"
    path.write_text("".join(",".join(line) + "\n" for line in lines), encoding="utf-8")
    return path


def fault_of(name: str, path: Path) -> ChildlinkError:
    year = rule_book(name).schema.years[-1] or None
    with pytest.raises(ChildlinkError) as caught:
        validate_files(name, [path], year=year)
    assert SECRET not in str(caught.value)
    assert caught.value.next_step
    return caught.value


def test_another_encoding_is_named_with_its_line(name: str, tmp_path: Path) -> None:
    path = file_of(tmp_path, name, [SECRET], [SECRET])
    path.write_bytes(path.read_bytes() + f"{SECRET}\xe9".encode("cp1252"))
    fault = fault_of(name, path)
    assert "is not UTF-8 (first seen on line 4)" in str(fault)


def test_utf_16_is_named(name: str, tmp_path: Path) -> None:
    path = file_of(tmp_path, name, [SECRET])
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))
    assert "UTF-16" in str(fault_of(name, path))


def test_an_empty_file_is_named(name: str, tmp_path: Path) -> None:
    path = file_of(tmp_path, name)
    path.write_bytes(b"\n\n")
    assert "is empty" in str(fault_of(name, path))


def test_a_file_without_headings_is_no_table(name: str, tmp_path: Path) -> None:
    path = file_of(tmp_path, name, [f"{SECRET}{n}" for n in range(7)], headings=False)
    fault_of(name, path)
    path.write_text(f"{SECRET},{SECRET}s\n1,2\n", encoding="utf-8")
    assert "none of its columns" in str(fault_of(name, path))


def test_a_quote_that_is_cut_off_is_named_with_its_line(name: str, tmp_path: Path) -> None:
    path = file_of(tmp_path, name, [SECRET], ["1"])
    path.write_bytes(path.read_bytes() + f'2,"{SECRET}'.encode())
    assert "line 4: a quote is opened and not closed" in str(fault_of(name, path))


def test_a_row_that_is_cut_off_is_named_with_its_line(name: str, tmp_path: Path) -> None:
    path = file_of(tmp_path, name, [SECRET])
    path.write_bytes(path.read_bytes() + f"{SECRET},".encode())
    assert "line 3 has 2 cells" in str(fault_of(name, path))


def test_a_file_that_is_too_large_is_refused_before_it_is_read(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = file_of(tmp_path, name, [SECRET])
    monkeypatch.setattr(csv_file, "MOST_BYTES", 20)
    assert fault_of(name, path).allowed == "files of up to 20 bytes"
    monkeypatch.setattr(csv_file, "_PART", 10)
    monkeypatch.setattr(csv_file, "MOST_BYTES_IN_PARTS", 30)
    assert fault_of(name, path).allowed == "files of up to 30 bytes"


@pytest.mark.parametrize("ending", ["xml", "json", "txt"])
def test_another_kind_of_file_is_refused_by_its_name(name: str, tmp_path: Path, ending: str) -> None:
    path = file_of(tmp_path, name, [SECRET]).rename(tmp_path / f"extract.{ending}")
    assert "CSV or Excel" in str(fault_of(name, path))


def test_another_kind_of_file_under_a_csv_name_is_named(name: str, tmp_path: Path) -> None:
    path = file_of(tmp_path, name)
    path.write_text(f"<?xml version='1.0'?><a>{SECRET}</a>", encoding="utf-8")
    assert "XML" in str(fault_of(name, path))


def test_a_workbook_that_is_none_is_named(name: str, tmp_path: Path) -> None:
    path = tmp_path / "extract.xlsx"
    path.write_text(SECRET, encoding="utf-8")
    assert "is not a spreadsheet, or a damaged one" in str(fault_of(name, path))


def test_a_bad_cell_is_a_finding_and_its_value_is_not_told(name: str, tmp_path: Path) -> None:
    _, columns = table_of(name)
    path = file_of(tmp_path, name, [SECRET] * len(columns), [])
    year = rule_book(name).schema.years[-1] or None
    report = validate_files(name, [path], year=year, show_values=False)
    assert report.findings.height
    assert not report.with_status("crashed")
    child = rule_book(name).schema.child_columns
    told = report.findings.drop("child") if child else report.findings
    assert SECRET not in json.dumps([report.run, report.rules_as_dicts(), told.to_dicts()], default=str)
