"""Reading a return of any schema from CSV files and Excel workbooks."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import pytest

from childlink.errors import InputFault, UsageFault
from childlink.returns.tabular import alike, columns_meant, named, read_tabular
from childlink.returns.years import NO_YEAR, collection_year
from childlink.rules.registry import RuleBook
from childlink.schema.model import ReturnSchema
from childlink.schema.reading import read_schema
from childlink.validation.report import Report
from childlink.validation.selection import select_rules
from childlink.validation.validate import validate_return
from tests.unit.reference.handmade_workbooks import with_error_cells, write_workbook

SCHEMA = """
schema: childlink.schema/1
name: visits
title: School visits
yearly: false
formats: [csv, xlsx]
typed: true
headings: fold
missingValues: ["#N/A"]
dates: ["%d/%m/%Y", "%Y-%m-%d"]
child: Pupil ID
code_sets:
  answer:
    Y: {label: "yes", also: ["a) Yes", "Yes"]}
    N: {label: "no", also: ["b) No", "No"]}
tables:
  List 1:
    title: pupils
    constraints: [{unique: [Pupil ID]}]
    fields:
      - {name: Pupil ID, heading: ".*child.*(id|identifier).*", constraints: {required: true}}
      - {name: UPN, format: upn}
      - {name: Date of birth, type: date, aliases: [DOB]}
      - {name: Visits, type: integer, constraints: {minimum: 0}}
      - {name: Note, optional: true, constraints: {maxLength: 5}}
  List 10:
    title: visits
    sheets: [Visits]
    fields:
      - {name: Pupil ID}
      - {name: Day, type: date}
      - {name: Seen alone?, codes: answer}
"""


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> ReturnSchema:
    path = tmp_path_factory.mktemp("schema") / "visits.yaml"
    path.write_text(SCHEMA, encoding="utf-8")
    return read_schema(path)


def csv_file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def report_of(schema: ReturnSchema, *paths: Path) -> Report:
    book = RuleBook(schema)
    read = read_tabular(paths, (), schema, NO_YEAR)
    return validate_return(read, book, select_rules(book, ""))


def found(report: Report) -> list[tuple[str, str | None, int | None, list[str]]]:
    return [(f["code"], f["table"], f["row"], f["fields"]) for f in report.findings.to_dicts()]


PUPILS = "Pupil ID,UPN,Date of birth,Visits,Note\n1,,01/02/2015,3,\n2,,2014-05-06,0,ok\n"
VISITS = "Pupil ID,Day,Seen alone?\n1,01/09/2025,Y\n2,02/09/2025,b) No\n"


def test_a_sound_folder_has_no_findings(schema: ReturnSchema, tmp_path: Path) -> None:
    csv_file(tmp_path, "list_1.csv", PUPILS)
    csv_file(tmp_path, "visits.csv", VISITS)
    report = report_of(schema, tmp_path)
    assert found(report) == []
    assert {r.status for r in report.rules} == {"passed"}
    assert report.as_dict()["year"] is None
    assert report.run["title"] == "School visits"


def test_every_structural_check_finds_its_fault(schema: ReturnSchema, tmp_path: Path) -> None:
    pupils = csv_file(
        tmp_path,
        "list 1.csv",
        "Pupil ID,UPN,DOB,Visits,Note\n1,A123,31/02/2015,-1,ok\n1,,,3.5,too long\n,,01/01/2015,two,\n",
    )
    visits = csv_file(tmp_path, "list 10.csv", "Pupil ID,Day,Seen alone?\n1,01/09/2025,maybe\n")
    assert found(report_of(schema, pupils, visits)) == [
        ("S-CHILD", "List 1", 1, ["Pupil ID"]),
        ("S-CHILD", "List 1", 2, ["Pupil ID"]),
        ("S-CODE", "List 10", 1, ["Seen alone?"]),
        ("S-DATE", "List 1", 1, ["Date of birth"]),
        ("S-FORMAT", "List 1", 2, ["Note"]),
        ("S-IDENTIFIER", "List 1", 1, ["UPN"]),
        ("S-MISSING", "List 1", 3, ["Pupil ID"]),
        ("S-RANGE", "List 1", 1, ["Visits"]),
        ("S-TYPE", "List 1", 2, ["Visits"]),
        ("S-TYPE", "List 1", 3, ["Visits"]),
    ]


def test_a_missing_column_is_a_finding_and_one_not_known_is_said(
    schema: ReturnSchema, tmp_path: Path
) -> None:
    pupils = csv_file(tmp_path, "list_1.csv", "Pupil ID,UPN,Visits,Favourite colour\n1,,3,blue\n")
    report = report_of(schema, pupils)
    assert found(report) == [("S-COLUMN", None, None, ["List 1.Date of birth"])]
    assert [(c["column"], c["optional"]) for c in report.run["absent_columns"]] == [
        ("Date of birth", False),
        ("Note", True),
    ]
    assert [c["heading"] for c in report.run["unread_columns"]] == ["Favourite colour"]


def test_headings_of_data_are_not_repeated(schema: ReturnSchema, tmp_path: Path) -> None:
    pupils = csv_file(tmp_path, "list_1.csv", "Pupil ID,UPN,Visits,4 May\n1,,3,blue\n")
    assert [c["heading"] for c in report_of(schema, pupils).run["unread_columns"]] == [None]


def test_cells_that_stand_for_nothing_are_empty_and_counted(schema: ReturnSchema, tmp_path: Path) -> None:
    pupils = csv_file(tmp_path, "list_1.csv", "Pupil ID,UPN,DOB,Visits\n1,#N/A,#N/A,3\n")
    report = report_of(schema, pupils)
    assert found(report) == []
    assert report.run["taken_as_missing"] == {"list_1.csv": 2}


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("List 1", "List 1"),
        ("list_10", "List 10"),
        ("Annex A list 1 (final)", "List 1"),
        ("Annex A LIST 10 final", "List 10"),
        ("visits", "List 10"),
        ("List 11", None),
        ("pupils", None),
    ],
)
def test_a_name_says_which_table(schema: ReturnSchema, name: str, table: str | None) -> None:
    assert named(name, list(schema.tables.values())) == table


def test_headings_say_which_table_where_the_name_does_not(schema: ReturnSchema, tmp_path: Path) -> None:
    path = csv_file(tmp_path, "export (3).csv", "CHILD identifier,upn, d.o.b ,visits\n1,,,3\n")
    read = read_tabular([path], (), schema, NO_YEAR)
    assert read.tables["List 1"].columns == ["Pupil ID", "UPN", "Date of birth", "Visits"]


def test_headings_that_fit_two_tables_fit_none(schema: ReturnSchema) -> None:
    fields = {name: table.fields for name, table in schema.tables.items()}
    columns = {name: columns_meant(["Pupil ID"], of, folded=True) for name, of in fields.items()}
    assert alike(columns, fields) is None


def test_two_headings_for_one_column_are_refused(schema: ReturnSchema, tmp_path: Path) -> None:
    path = csv_file(tmp_path, "list_1.csv", "Pupil ID,UPN,DOB,Date of birth,Visits\n1,,,,3\n")
    with pytest.raises(InputFault, match="'DOB' and 'Date of birth' both mean Date of birth of List 1"):
        read_tabular([path], (), schema, NO_YEAR)


def test_two_files_of_one_table_are_refused(schema: ReturnSchema, tmp_path: Path) -> None:
    csv_file(tmp_path, "list_1.csv", PUPILS)
    csv_file(tmp_path, "list 1 again.csv", PUPILS)
    with pytest.raises(InputFault, match="are both the table List 1"):
        read_tabular([tmp_path], (), schema, NO_YEAR)


def test_a_file_of_no_table_is_refused(schema: ReturnSchema, tmp_path: Path) -> None:
    path = csv_file(tmp_path, "weather.csv", "Town,Rain\nLeeds,3\n")
    with pytest.raises(InputFault, match="is no table of the return, by its name or by its headings"):
        read_tabular([path], (), schema, NO_YEAR)
    path = csv_file(tmp_path, "list_1.csv", "Town,Rain\nLeeds,3\n")
    with pytest.raises(InputFault, match="is the table List 1 by its name, and has none of its columns"):
        read_tabular([path], (), schema, NO_YEAR)


def test_a_folder_may_hold_other_files_beside(schema: ReturnSchema, tmp_path: Path) -> None:
    csv_file(tmp_path, "list_1.csv", PUPILS)
    csv_file(tmp_path, "weather.csv", "Town,Rain\nLeeds,3\n")
    report = report_of(schema, tmp_path)
    assert [i["table"] for i in report.run["inputs"]] == ["List 1"]
    assert report.run["unread_sheets"] == ["weather.csv"]


def test_a_folder_without_a_table_is_refused(schema: ReturnSchema, tmp_path: Path) -> None:
    csv_file(tmp_path, "weather.csv", "Town,Rain\nLeeds,3\n")
    with pytest.raises(InputFault, match=r"no file of .* is a table of the return"):
        read_tabular([tmp_path], (), schema, NO_YEAR)


def test_last_years_return_is_refused(schema: ReturnSchema, tmp_path: Path) -> None:
    path = csv_file(tmp_path, "list_1.csv", PUPILS)
    with pytest.raises(UsageFault, match="is not compared with last year's"):
        read_tabular([path], [path], schema, NO_YEAR)


def test_fields_of_other_years_are_not_read(tmp_path: Path) -> None:
    path = csv_file(
        tmp_path,
        "s.yaml",
        "schema: childlink.schema/1\nname: s\ntitle: s\nyears: ['2023-24', '2024-25']\nformats: csv\ntyped: true\n"
        "tables:\n  pupils:\n    fields:\n      - {name: id}\n      - {name: gender, until: '2023-24'}\n"
        "      - {name: sex, since: '2024-25'}\n",
    )
    yearly = read_schema(path)
    pupils = csv_file(tmp_path, "pupils.csv", "id,gender,sex\n1,2,F\n")
    for ending, there in ((2024, ["id", "gender"]), (2025, ["id", "sex"])):
        read = read_tabular([pupils], (), yearly, collection_year(ending))
        assert read.tables["pupils"].columns == there
        assert len(read.unread_columns) == 1


def test_a_workbook_is_read_sheet_by_sheet(schema: ReturnSchema, tmp_path: Path) -> None:
    born = date(2015, 2, 1)
    path = write_workbook(
        tmp_path / "annex.xlsx",
        {
            "Read me": [["What this is"], ["a workbook"]],
            "List 1": [["Pupil ID", "UPN", "Date of birth", "Visits"], ["1", None, born, 3]],
            "Visits": [["Pupil ID", "Day", "Seen alone?"], ["1", born, "a) yes"]],
        },
    )
    report = report_of(schema, path)
    assert found(report) == []
    assert [i["file"] for i in report.run["inputs"]] == ["annex.xlsx, List 1", "annex.xlsx, Visits"]
    assert report.run["unread_sheets"] == ["annex.xlsx, Read me"]


def test_error_cells_of_a_workbook_are_empty_and_counted(schema: ReturnSchema, tmp_path: Path) -> None:
    rows = [["Pupil ID", "UPN", "Date of birth", "Visits"], ["1", "#DIV/0!", "#DIV/0!", 3]]
    path = with_error_cells(write_workbook(tmp_path / "annex.xlsx", {"List 1": rows}), "#DIV/0!")
    report = report_of(schema, path)
    assert found(report) == []
    assert report.run["taken_as_missing"] == {"annex.xlsx": 2}


def test_a_workbook_without_a_table_of_the_return_is_refused(schema: ReturnSchema, tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "other.xlsx", {"Sheet1": [["Rain"], [1]]})
    with pytest.raises(InputFault, match=r"no sheet of .*other\.xlsx is a table of the return"):
        read_tabular([path], (), schema, NO_YEAR)


def test_what_is_no_workbook_is_refused(schema: ReturnSchema, tmp_path: Path) -> None:
    path = tmp_path / "broken.xlsx"
    path.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(InputFault, match="is not a spreadsheet, or a damaged one"):
        read_tabular([path], (), schema, NO_YEAR)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    with pytest.raises(InputFault, match="is not a spreadsheet, or a damaged one"):
        read_tabular([path], (), schema, NO_YEAR)
