"""Files and folders become the tables of a return, or one clear fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from childlink.errors import ChildlinkError, InputFault, UsageFault
from childlink.returns import csv_file
from childlink.returns.ssda903 import read_ssda903
from childlink.returns.years import parse_year
from childlink.schema.model import load_return_schema

TABLES = {"UASC": ("CHILD", "SEX", "DOB", "DUC"), "DoLo": ("CHILD", "DOB", "DOLO_START", "DOLO_END")}
YEAR = parse_year("2024-25")
UASC = "CHILD,SEX,DOB,DUC\n"
DOLO = "DOLO_END,DOLO_START,CHILD,DOB\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "now").mkdir()
    (tmp_path / "now" / "uasc.csv").write_text(UASC + "a1,m,01/02/2010,\n\nb2, f,,\n")
    (tmp_path / "now" / "Dolo.CSV").write_text(DOLO + ",02/05/2024,b2,01/01/2011\n")
    (tmp_path / "now" / ".hidden.csv").write_text("nothing of ours")
    (tmp_path / "now" / "notes.txt").write_text("nothing of ours")
    (tmp_path / "now" / "deeper.csv").mkdir()
    (tmp_path / "last").mkdir()
    (tmp_path / "last" / "uasc.csv").write_text(UASC)
    return tmp_path


def fault_of(paths: list[Path], previous: list[Path] | None = None) -> ChildlinkError:
    with pytest.raises(ChildlinkError) as raised:
        read_ssda903(paths, previous or [], TABLES, YEAR)
    assert raised.value.exit_code == 2
    assert raised.value.next_step
    return raised.value


def test_a_folder_and_last_years(folder: Path) -> None:
    read = read_ssda903([folder / "now"], [folder / "last"], TABLES, YEAR)
    assert list(read.tables) == ["DoLo", "UASC", "previous.UASC"]
    assert read.tables["UASC"].rows() == [("A1", "M", "01/02/2010", None), ("B2", " F", None, None)]
    assert read.lines["UASC"].to_list() == [2, 4]
    assert tuple(read.tables["DoLo"].columns) == TABLES["DoLo"], "columns come in the table's order"
    assert read.tables["previous.UASC"].shape == (0, 4)
    assert [(i.file, i.table, i.period, i.rows) for i in read.inputs] == [
        ("Dolo.CSV", "DoLo", "this", 1),
        ("now/uasc.csv", "UASC", "this", 2),
        ("last/uasc.csv", "UASC", "previous", 0),
    ]
    assert (read.name, read.year, read.file_format) == ("ssda903", YEAR, "csv")
    assert set(read.lines) == set(read.tables)


def test_xml_under_the_name_of_csv(folder: Path) -> None:
    (folder / "now" / "uasc.csv").write_text("<?xml version='1.0'?><EXPSSDA903/>")
    fault = fault_of([folder / "now"])
    assert "is XML, not CSV" in fault.fault
    assert ".xml" in str(fault.next_step)


def test_a_csv_file_too_large_to_be_a_table(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "MOST_BYTES", 30)
    fault = fault_of([folder / "now" / "uasc.csv"])
    assert fault.fault == f"{folder / 'now' / 'uasc.csv'} is 44 bytes large"
    assert fault.allowed == "files of up to 30 bytes"


def test_a_folder_is_the_same_as_its_files(folder: Path) -> None:
    whole = read_ssda903([folder / "now"], [], TABLES, YEAR)
    files = read_ssda903([folder / "now" / "Dolo.CSV", folder / "now" / "uasc.csv"], [], TABLES, YEAR)
    assert whole.inputs == files.inputs
    assert {k: v.rows() for k, v in whole.tables.items()} == {k: v.rows() for k, v in files.tables.items()}


def test_headings_are_not_put_in_capitals(folder: Path) -> None:
    (folder / "now" / "uasc.csv").write_text(UASC.lower() + "1,m,01/02/2010,\n")
    assert "only capitals or spaces of headings differ" in fault_of([folder / "now"]).fault


def test_no_paths() -> None:
    assert isinstance(fault_of([]), UsageFault)


def test_a_path_that_is_not_there(folder: Path) -> None:
    assert "is not there" in fault_of([folder / "nowhere"]).fault
    assert "is not there" in fault_of([folder / "now"], [folder / "none.csv"]).fault


def test_a_folder_without_csv_files_says_what_it_holds(folder: Path) -> None:
    empty = folder / "empty"
    empty.mkdir()
    assert fault_of([empty]).fault.endswith("it is empty")
    for name in ("a.xlsx", "b.XLSX", "c.pdf", "README"):
        (empty / name).touch()
    (empty / "more").mkdir()
    assert fault_of([empty]).fault.endswith("it holds 1 without an ending, 1 .pdf, 2 .xlsx, 1 folder")


def test_other_kinds_by_name(folder: Path) -> None:
    (folder / "r.xml").touch()
    assert "is XML" in fault_of([folder / "r.xml"]).fault, "a return without a layout has no XML"
    assert "is no CSV or XML file by its name" in fault_of([folder / "now" / "notes.txt"]).fault


def test_two_files_for_one_table(folder: Path) -> None:
    other = folder / "other.csv"
    other.write_text(UASC)
    fault = fault_of([folder / "now", other])
    assert fault.fault == f"{folder / 'now' / 'uasc.csv'} and {other} are both this year's UASC"
    assert "last year's UASC" in fault_of([folder / "now"], [folder / "last", other]).fault


def test_a_file_given_twice_under_any_name(folder: Path) -> None:
    again = folder / "last" / ".." / "now" / "uasc.csv"
    assert fault_of([folder / "now", again]).fault == f"{again} is given twice"
    assert "is given twice" in fault_of([folder / "now"], [folder / "now"]).fault


def test_a_stranger_among_the_files(folder: Path) -> None:
    (folder / "now" / "staff.csv").write_text("NAME,POST\nx,y\n")
    with pytest.raises(InputFault, match=r"staff\.csv is no table of the return"):
        read_ssda903([folder / "now"], [], TABLES, YEAR)


def test_every_table_of_the_schema_is_read_in_any_year(tmp_path: Path) -> None:
    schema = load_return_schema("ssda903")
    for name, table in schema.tables.items():
        (tmp_path / f"{name}.csv").write_text(",".join(table.columns) + "\n")
    columns = {name: table.columns for name, table in schema.tables.items()}
    read = read_ssda903([tmp_path], [], columns, parse_year("2022-23"))
    assert set(read.tables) == set(schema.tables)
    assert {"SWEpisodes", "DoLo"} <= set(read.tables)
