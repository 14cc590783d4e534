"""Reading Annex A and Annex A SEN: workbooks and CSV files as authorities make them, and damaged ones."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from childlink.errors import InputFault
from childlink.returns import csv_file, spreadsheet
from childlink.returns.tabular import read_tabular
from childlink.returns.years import NO_YEAR
from childlink.schema.model import load_return_schema
from childlink.validation import Report, validate_files
from tests.unit.reference.handmade_workbooks import Cell, with_error_cells, write_workbook

TODAY = date(2026, 1, 15)
CONTACTS = list(load_return_schema("annex_a").tables["List 1"].columns)
PLANS = list(load_return_schema("annex_a_sen").tables["List_1"].columns)
ONE_CONTACT: list[Cell] = ["1", "a) Male", "a) WBRI", date(2015, 5, 1), 10, date(2026, 1, 5), "m) 4: Housing"]
ONE_PLAN: dict[str, Cell] = {
    "Unique ID": "a1",
    "UPN": "Y318123424001",
    "Date of birth": date(2015, 5, 1),
    "Gender": "m",
    "Ethnicity": "wbri",
    "Date initial EHC plan issued": "01/05/2025",
    "SEN primary need": "asd",
    "Main education establishment – URN": 100001,
    "Does the child or young person have a disability?": "n",
}
MINIMAL: dict[str, dict[str, list[list[Cell]]]] = {
    "annex_a": {"List 1": [[*CONTACTS], ONE_CONTACT]},
    "annex_a_sen": {"List_1": [[*PLANS], [ONE_PLAN.get(c) for c in PLANS]]},
}
"""For each return sheets that have nothing wrong in them."""


def tables(return_name: str, *paths: Path) -> dict[str, pl.DataFrame]:
    return dict(read_tabular(paths, (), load_return_schema(return_name), NO_YEAR).tables)


def report_on(return_name: str, *paths: Path, **more: Any) -> Report:
    return validate_files(return_name, paths, as_of=TODAY, **more)


def found(report: Report) -> list[tuple[str, str | None, int | None, list[str]]]:
    return [(f["code"], f["table"], f["row"], f["fields"]) for f in report.findings.to_dicts()]


def with_heading(sheet: Sequence[Sequence[Cell]], old: str, new: str) -> list[list[Cell]]:
    headings, *rows = sheet
    return [[new if heading == old else heading for heading in headings], *map(list, rows)]


@pytest.mark.parametrize("return_name", MINIMAL)
def test_a_sound_workbook_has_no_findings(return_name: str, tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "annex.xlsx", MINIMAL[return_name])
    report = report_on(return_name, path)
    assert found(report) == []
    assert [i["rows"] for i in report.run["inputs"]] == [1]
    assert report.run["as_of"] == "2026-01-15"


def test_dates_of_cells_and_dates_of_text_are_the_same(tmp_path: Path) -> None:
    late: list[Cell] = [*ONE_CONTACT[:5], "16/01/2026", "4"]
    later: list[Cell] = [*ONE_CONTACT[:5], date(2026, 1, 16), "4"]
    path = write_workbook(tmp_path / "annex.xlsx", {"List 1": [CONTACTS, ONE_CONTACT, late, later]})
    assert found(report_on("annex_a", path)) == [
        ("annex-future", "List 1", 2, ["Date of Contact"]),
        ("annex-future", "List 1", 3, ["Date of Contact"]),
    ]


def test_rows_above_the_headings_and_other_sheets_are_left_out(tmp_path: Path) -> None:
    path = write_workbook(
        tmp_path / "annex.xlsx",
        {
            "Guidance": [["Read this first"]],
            "List 1": [["Contacts of the last six months"], CONTACTS, ONE_CONTACT],
        },
    )
    assert found(report_on("annex_a", path)) == []


def test_a_list_is_known_by_its_headings_where_its_sheet_has_another_name(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "annex.xlsx", {"Contacts": [CONTACTS, ONE_CONTACT]})
    assert list(tables("annex_a", path)) == ["List 1"]


def test_list_1_is_not_list_10_or_11(tmp_path: Path) -> None:
    names = load_return_schema("annex_a").tables
    sheets = {n: [list(names[n].columns)] for n in ("List 11", "List 10", "List 1")}
    assert set(tables("annex_a", write_workbook(tmp_path / "annex.xlsx", sheets))) == {*sheets}


def test_all_eleven_lists_are_read_from_csv_files(tmp_path: Path) -> None:
    for name, table in load_return_schema("annex_a").tables.items():
        pl.DataFrame(schema=dict.fromkeys(table.columns, pl.String)).write_csv(
            tmp_path / f"Annex A {name}.csv"
        )
    read = tables("annex_a", tmp_path)
    assert len(read) == 11
    report = report_on("annex_a", tmp_path, local_authority="Birmingham")
    assert {rule.status for rule in report.rules} == {"passed"}


@pytest.mark.parametrize("return_name", MINIMAL)
def test_a_list_that_is_not_there_leaves_its_rules_not_run(return_name: str, tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "annex.xlsx", MINIMAL[return_name])
    reasons = {r.code: r.reason for r in report_on(return_name, path).rules if r.status == "not_run"}
    if return_name == "annex_a":
        assert reasons["annex-case-status"] == "the List 6 table is not in the return"
        assert reasons["annex-care-before-birth"] == "none of List 8, List 10 is in the return"
        assert "annex-birth-dates" not in reasons
    else:
        assert {code for code in reasons if code.startswith("2")} == set(reasons)
        assert reasons["207"] == "the List_2 table is not in the return"


@pytest.mark.parametrize("return_name", MINIMAL)
def test_a_workbook_with_no_list_is_refused(return_name: str, tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "other.xlsx", {"Sheet1": [["Town", "Rain"], ["Leeds", 3]]})
    with pytest.raises(InputFault, match=r"no sheet of .*other\.xlsx is a table of the return"):
        tables(return_name, path)


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!"])
def test_error_cells_are_empty(error: str, tmp_path: Path) -> None:
    row: list[Cell] = [*ONE_CONTACT[:3], error, error, *ONE_CONTACT[5:]]
    path = write_workbook(tmp_path / "annex.xlsx", {"List 1": [CONTACTS, row]})
    as_text = report_on("annex_a", path)
    assert found(as_text) == []
    assert as_text.run["taken_as_missing"] == {"annex.xlsx, List 1": 2}
    assert found(report_on("annex_a", with_error_cells(path, error))) == []


@pytest.mark.parametrize("error", ["#N/A", "#VALUE!"])
def test_error_cells_are_missing_to_the_rules_of_sen(error: str, tmp_path: Path) -> None:
    plan: dict[str, Cell] = {**ONE_PLAN, "Date of birth": error, "Gender": error}
    path = write_workbook(tmp_path / "annex.xlsx", {"List_1": [PLANS, [plan.get(c) for c in PLANS]]})
    for workbook in (path, with_error_cells(path, error)):
        assert found(report_on("annex_a_sen", workbook)) == [
            ("101a", "List_1", 1, ["Date of birth"]),
            ("101b", "List_1", 1, ["Gender"]),
        ]


def test_text_of_sen_is_compared_in_capitals(tmp_path: Path) -> None:
    plans = [
        [plan.get(c) for c in PLANS]
        for plan in (ONE_PLAN, {**ONE_PLAN, "Unique ID": "A1", "UPN": "y318123424001"})
    ]
    path = write_workbook(tmp_path / "annex.xlsx", {"List_1": [PLANS, *plans]})
    report = report_on("annex_a_sen", path)
    assert [(f["code"], f["row"], f["finding"]) for f in report.findings.to_dicts()] == [
        ("109", 1, 1),
        ("109", 2, 1),
    ]


def test_headings_of_sen_are_exact(tmp_path: Path) -> None:
    sheet = with_heading(
        MINIMAL["annex_a_sen"]["List_1"],
        "Main education establishment – URN",
        "Main education establishment - URN",
    )
    path = write_workbook(tmp_path / "annex.xlsx", {"List_1": sheet})
    report = report_on("annex_a_sen", path)
    assert found(report) == [("S-COLUMN", None, None, ["List_1.Main education establishment – URN"])]
    assert [c["heading"] for c in report.run["unread_columns"]] == ["Main education establishment - URN"]
    reasons = {r.code: r.reason for r in report.rules if r.status == "not_run"}
    assert reasons["108a"] == "the List_1 table has no column Main education establishment – URN"


def test_sen_may_come_as_a_csv_file_for_each_list(tmp_path: Path) -> None:
    _, row = MINIMAL["annex_a_sen"]["List_1"]
    frame = pl.DataFrame([[None if c is None else str(c) for c in row]], schema=PLANS, orient="row")
    frame.write_csv(tmp_path / "List_1.csv")
    frame.select(load_return_schema("annex_a_sen").tables["List_2"].columns).write_csv(
        tmp_path / "List_2.csv"
    )
    report = report_on("annex_a_sen", tmp_path)
    assert found(report) == []
    assert {rule.status for rule in report.rules} == {"passed"}


@pytest.mark.parametrize("return_name", MINIMAL)
def test_a_csv_file_in_another_encoding_is_read_or_refused(return_name: str, tmp_path: Path) -> None:
    (name, (headings, row)), *_ = MINIMAL[return_name].items()
    text = "\n".join(",".join(f'"{"" if c is None else c}"' for c in line) for line in (headings, row))
    path = tmp_path / f"{name}.csv"
    path.write_bytes(text.encode("utf-8-sig"))
    assert tables(return_name, path)[name].height == 1
    path.write_bytes(text.encode("utf-16"))
    with pytest.raises(InputFault):
        tables(return_name, path)


def empty(path: Path) -> str:
    path.write_bytes(b"")
    return "is empty"


def truncated(path: Path) -> str:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return "is not a spreadsheet, or a damaged one"


def a_sheet_cut_off(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part[: len(part) // 2] if "worksheets" in name else part)
    return "is not a spreadsheet, or a damaged one"


def a_picture(path: Path) -> str:
    path.write_bytes(b"\x89PNG\r\n\x1a\n and so on")
    return "is not a spreadsheet, or a damaged one"


def an_old_workbook(path: Path) -> str:
    path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    return "is a spreadsheet in the old form"


def a_zip_bomb(path: Path) -> str:
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/bomb.bin", bytes(3 * 2**20))
    return "unpacks to .* MB: refused"


def far_apart(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            cell = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
            archive.writestr(name, part.replace(b"</sheetData>", cell) if "sheet1" in name else part)
    return "has a sheet of 1,048,576 rows and 16,384 columns: refused"


def too_many_bytes(path: Path) -> str:
    path.write_bytes(path.read_bytes() + bytes(2 * 2**20))
    return "large"


@pytest.mark.parametrize("return_name", MINIMAL)
@pytest.mark.parametrize(
    "damage",
    [empty, truncated, a_sheet_cut_off, a_picture, an_old_workbook, a_zip_bomb, far_apart, too_many_bytes],
)
def test_a_damaged_workbook_is_refused_with_a_word(
    return_name: str, damage: Callable[[Path], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheet, "MOST_UNPACKED", 2**21)
    monkeypatch.setattr(spreadsheet, "MOST_BYTES", 2**21)
    path = write_workbook(tmp_path / "annex.xlsx", MINIMAL[return_name])
    with pytest.raises(InputFault, match=damage(path)) as raised:
        tables(return_name, path)
    assert raised.value.next_step


@pytest.mark.parametrize("return_name", MINIMAL)
@pytest.mark.parametrize("name", ["annex.xls", "annex.pdf", "annex.xml", "annex.json"])
def test_files_of_other_kinds_are_refused(return_name: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(b"<x/>")
    with pytest.raises(InputFault) as raised:
        tables(return_name, path)
    assert "xlsx" in str(raised.value.allowed)


@pytest.mark.parametrize("return_name", MINIMAL)
def test_a_csv_file_that_is_too_large_is_refused(
    return_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"{next(iter(MINIMAL[return_name]))}.csv"
    path.write_text("x" * 2000, encoding="utf-8")
    monkeypatch.setattr(csv_file, "MOST_BYTES", 1000)
    with pytest.raises(InputFault, match="large"):
        tables(return_name, path)


@pytest.mark.parametrize("return_name", MINIMAL)
def test_a_workbook_and_csv_files_together_are_refused(return_name: str, tmp_path: Path) -> None:
    write_workbook(tmp_path / "annex.xlsx", MINIMAL[return_name])
    (tmp_path / "list_2.csv").write_text("Unique ID\n1\n", encoding="utf-8")
    with pytest.raises(InputFault):
        tables(return_name, tmp_path)


def test_one_list_on_two_sheets_is_refused(tmp_path: Path) -> None:
    sheets: dict[str, list[list[Cell]]] = {
        name: [[*CONTACTS], ONE_CONTACT] for name in ("List 1", "List 1 (old)")
    }
    with pytest.raises(InputFault, match="are both the table List 1"):
        tables("annex_a", write_workbook(tmp_path / "annex.xlsx", sheets))
