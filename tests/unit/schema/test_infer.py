"""Laws: a schema written from a file describes it, says how sure it is, and holds nothing of a record."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from childlink.errors import InputFault, UsageFault
from childlink.schema.infer import infer_schema
from childlink.schema.model import FieldSchema, ReturnSchema
from childlink.schema.reading import read_schema
from childlink.validation import validate_files
from tests.conftest import EXTRACTS
from tests.unit.reference.handmade_workbooks import write_workbook

ROWS = 40


def csv_of(tmp_path: Path, name: str = "extract.csv", **columns: list[str]) -> Path:
    path = tmp_path / name
    pl.DataFrame(columns).write_csv(path)
    return path


def inferred(tmp_path: Path, path: Path, **options: object) -> tuple[str, ReturnSchema]:
    text = infer_schema(path, **options)  # type: ignore[arg-type]
    written = tmp_path / "inferred.yaml"
    written.write_text(text, encoding="utf-8")
    return text, read_schema(written)


def fields_of(tmp_path: Path, **columns: list[str]) -> dict[str, FieldSchema]:
    _, schema = inferred(tmp_path, csv_of(tmp_path, **columns))
    return {f.name: f for f in schema.tables["extract"].fields}


def over(*values: str, times: int = ROWS) -> list[str]:
    """The values over and over, ``times`` cells long."""
    return [values[n % len(values)] for n in range(times)]


@pytest.mark.parametrize("name", sorted(EXTRACTS))
def test_the_example_extracts_are_clean_under_the_schemas_inferred_from_them(
    tmp_path: Path, name: str
) -> None:
    _, schema = inferred(tmp_path, EXTRACTS[name])
    kinds = {f.kind for f in schema.tables[name].fields if f.kind}
    assert {"record_id", "forename", "surname", "birth_date"} <= kinds
    report = validate_files(None, [EXTRACTS[name]], schema=tmp_path / "inferred.yaml")
    assert {r.code for r in report.with_status("findings")} <= {"S-IDENTIFIER", "S-FORMAT"}


def test_no_cell_of_the_example_extracts_stands_in_their_schemas_but_codes(tmp_path: Path) -> None:
    for name, path in EXTRACTS.items():
        text, schema = inferred(tmp_path, path)
        bare, _ = inferred(tmp_path, path, codes=False)
        cells = set(pl.read_csv(path, infer_schema=False).unpivot()["value"].drop_nulls())
        of_codes = {code for codes in schema.code_sets.values() for code in codes}
        words = set(text.replace('"', " ").replace(":", " ").replace(",", " ").split())
        assert words & cells <= of_codes | {name}
        assert of_codes <= {"M", "F", "1", "2", "9", "U"}
        assert "code_sets" not in bare.split("\n", 12)[-1]


def test_types_formats_kinds_and_what_is_asked_of_every_cell(tmp_path: Path) -> None:
    fields = fields_of(
        tmp_path,
        child_id=[f"C{n:03}" for n in range(ROWS)],
        Forename=over("Ann", "Bob"),
        middle_names=over("Lee", ""),
        gender=over("M", "F"),
        dob=over("2012-04-28", "2013-01-31"),
        postcode=over("B4 6BH", "B62 8TA"),
        visits=over("1", "12", "3.0"),
        score=over("1.5", "-2"),
        open=over("Y", "n"),
        year_code=over("07", "11"),
        empty=over(""),
    )
    assert {n: (f.type, f.format, f.kind) for n, f in fields.items()} == {
        "child_id": ("string", None, "local_id"),
        "Forename": ("string", None, "forename"),
        "middle_names": ("string", None, "middle_names"),
        "gender": ("string", None, "gender"),
        "dob": ("date", None, "birth_date"),
        "postcode": ("string", "postcode", "postcode"),
        "visits": ("integer", None, None),
        "score": ("number", None, None),
        "open": ("boolean", None, None),
        "year_code": ("string", None, None),
        "empty": ("string", None, None),
    }
    required = {n for n, f in fields.items() if any(c.required for c in f.constraints)}
    assert required == set(fields) - {"middle_names", "empty"}
    assert fields["year_code"].codes == "year_code"


@pytest.mark.parametrize(
    ("cells", "form", "note"),
    [
        (["2012-04-28", "2013-1-3"], "%Y-%m-%d", None),
        (["28/04/2012", "03/01/2013"], "%d/%m/%Y", None),
        (["04/28/2012", "03/01/2013"], "%m/%d/%Y", "written with the month first"),
        (
            ["04/05/2012", "03/01/2013"],
            "%d/%m/%Y",
            "no date of the column says whether day or month comes first",
        ),
        (["28.04.2012", "3.1.2013"], "%d.%m.%Y", None),
        (["20120428", "20130103"], "%Y%m%d", None),
        (["28 Apr 2012", "3 Jan 2013"], "%d %b %Y", None),
        (["2012-04-28 10:30:00", "2013-01-03 00:00:00"], "%Y-%m-%d %H:%M:%S", None),
    ],
)
def test_the_form_of_dates_is_told_and_what_is_not_certain_is_said(
    tmp_path: Path, cells: list[str], form: str, note: str | None
) -> None:
    text, schema = inferred(tmp_path, csv_of(tmp_path, started=cells))
    assert schema.tables["extract"].fields[0].type == "date"
    assert schema.dates == (form,)
    assert (note in text) if note else ("first" not in text.split("tables:")[1])


@pytest.mark.parametrize(
    "cells",
    [
        ["2012-04-28", "28/04/2012"],
        ["28/04/2012", "unknown"],
        ["31/02/2012"],
        ["28/04/12"],
        ["99991231", "00010101"],
    ],
)
def test_a_column_with_a_cell_that_does_not_read_is_no_date(tmp_path: Path, cells: list[str]) -> None:
    assert fields_of(tmp_path, started=cells)["started"].type != "date"


def test_columns_that_put_the_month_first_beside_ones_that_put_the_day_first_are_text(tmp_path: Path) -> None:
    text, schema = inferred(tmp_path, csv_of(tmp_path, a=["28/04/2012"], b=["04/28/2012"], c=["04/05/2012"]))
    assert [f.type for f in schema.tables["extract"].fields] == ["date", "string", "date"]
    assert "dates written mm/dd/yyyy: text here" in text


def test_a_date_that_may_be_read_two_ways_goes_with_the_columns_that_may_not(tmp_path: Path) -> None:
    text, schema = inferred(tmp_path, csv_of(tmp_path, a=["04/28/2012"], b=["04/05/2012"]))
    assert schema.dates == ("%m/%d/%Y",)
    assert "read with the month first" in text


@pytest.mark.parametrize("name", ["id", "visits"])
def test_unique_is_asked_of_what_looks_like_an_id(tmp_path: Path, name: str) -> None:
    _, schema = inferred(tmp_path, csv_of(tmp_path, **{name: ["11", "12", "13"]}))
    assert any(c.unique == (name,) for c in schema.tables["extract"].constraints) is (name == "id")


def test_a_format_is_nearly_all_cells(tmp_path: Path) -> None:
    sound = over("B4 6BH", "B62 8TA", times=19)
    assert fields_of(tmp_path, home=[*sound, "x"])["home"].format == "postcode"
    assert fields_of(tmp_path, home=[*sound[1:], "x", "x"])["home"].format is None
    assert fields_of(tmp_path, home=sound)["home"].format is None  # too few to tell without a heading
    assert fields_of(tmp_path, postcode=sound[:2])["postcode"].format == "postcode"


def test_reports_do_not_name_children_by_national_numbers(tmp_path: Path) -> None:
    numbers = (
        pl.read_csv(EXTRACTS["health"], infer_schema=False)["nhs_number"].drop_nulls().head(40).to_list()
    )
    _, schema = inferred(tmp_path, csv_of(tmp_path, patient_id=numbers, x=["1"] * len(numbers)))
    assert schema.child_columns == ()
    assert schema.tables["extract"].fields[0].format == "nhs_number"


@pytest.mark.parametrize(
    ("heading", "values", "codes"),
    [
        ("status", ("CIN", "CPP", "LAC"), ("CIN", "CPP", "LAC")),
        ("status", ("Open", "Closed"), ("Closed", "Open")),
        ("need_code", ("1", "2", "9"), ("1", "2", "9")),
        ("siblings", ("1", "2", "9"), None),
        ("primary need", ("N1", "N2"), ("N1", "N2")),
        ("status", ("Ann", "Bob"), None),
        ("status", ("ANN", "BOB"), None),
        ("status", ("KHAN", "CIN"), None),
        ("status", ("QXZW", "CIN"), None),  # a surname of the file's own
        ("worker", ("N1", "N2"), None),
        ("worker_initials", ("AB", "CD"), None),
        ("postcode district", ("B1", "B2"), None),
        ("allocated_to", ("T1", "T2"), None),
        ("known_as", ("AB", "CD"), None),
        ("file", ("123456", "654321"), None),
        ("status", ("lives with mother", "foster"), None),
        ("notes", ("N1", "N2"), None),
        ("SEX", ("M", "F"), ("F", "M")),
        ("ethnicity", ("WBRI", "AIND"), ("AIND", "WBRI")),
    ],
)
def test_code_sets_are_short_codes_that_are_nobodys(
    tmp_path: Path, heading: str, values: tuple[str, ...], codes: tuple[str, ...] | None
) -> None:
    columns = {heading: over(*values), "surname": ["Qxzw", *over("Smith", times=ROWS - 1)]}
    text, schema = inferred(tmp_path, csv_of(tmp_path, **columns))
    assert (tuple(schema.code_sets.values()) or (None,)) == (
        (dict.fromkeys(codes, ""),) if codes else (None,)
    )
    if codes is None:
        assert [value for value in values if f'"{value}"' in text] == []
    bare, _ = inferred(tmp_path, csv_of(tmp_path, **columns), codes=False)
    assert [value for value in values if f'"{value}"' in bare] == []


def test_a_rare_value_is_left_out_with_a_word(tmp_path: Path) -> None:
    status = [*over("CIN", "CPP", times=100), *["ZZ9"] * 4]
    text, schema = inferred(tmp_path, csv_of(tmp_path, status=status))
    assert schema.code_sets == {"status": {"CIN": "", "CPP": ""}}
    assert "rare values left out" in text
    assert "ZZ9" not in text


def test_a_code_is_counted_by_children_where_they_are_known(tmp_path: Path) -> None:
    """Forty rows of one child are not forty children."""
    children = [*(f"C{n}" for n in range(20)), *["C99"] * 20]
    _, schema = inferred(tmp_path, csv_of(tmp_path, child_id=children, status=[*["AA"] * 20, *["BB"] * 20]))
    assert schema.code_sets == {}


def test_a_workbook_is_a_table_for_each_sheet_and_its_dates_are_dates(tmp_path: Path) -> None:
    path = write_workbook(
        tmp_path / "lists.xlsx",
        {
            "List 1": [
                ["List one"],
                ["id", "DOB", "visits"],
                ["a", date(2012, 4, 28), 3],
                ["b", date(2013, 1, 3), 4],
            ],
            "Notes": [["only a word"]],
            "List 2": [["id", "Started"], ["a", "x"]],
        },
    )
    text, schema = inferred(tmp_path, path)
    assert list(schema.tables) == ["List 1", "List 2"]
    assert [(f.name, f.type) for f in schema.tables["List 1"].fields] == [
        ("id", "string"),
        ("DOB", "date"),
        ("visits", "integer"),
    ]
    assert "left out, since it has no row of headings: sheet Notes" in text
    report = validate_files(None, [path], schema=tmp_path / "inferred.yaml")
    assert report.with_status("findings") == []


def test_a_parquet_file_is_read_as_text(tmp_path: Path) -> None:
    path = tmp_path / "extract.parquet"
    frame = pl.DataFrame(
        {"id": [1, 2], "dob": [date(2012, 4, 28), None], "seen": [True, False], "n": [1.5, 2.0]}
    )
    frame.write_parquet(path)
    _, schema = inferred(tmp_path, path)
    fields = schema.tables["extract"].fields
    assert [(f.name, f.type) for f in fields] == [
        ("id", "string"),
        ("dob", "date"),
        ("seen", "boolean"),
        ("n", "number"),
    ]


def test_headings_that_fold_alike_are_compared_as_they_stand(tmp_path: Path) -> None:
    _, schema = inferred(
        tmp_path, csv_of(tmp_path, **{"a b": ["x"], "A_B": ["y"], 'é: "q" #': ["z"], "no": ["w"]})
    )
    assert not schema.folded
    assert [f.name for f in schema.tables["extract"].fields] == ["a b", "A_B", 'é: "q" #', "no"]


@pytest.mark.parametrize(
    ("file", "name"), [("cin.csv", "cin_extract"), ("2024 é.csv", "extract_2024"), ("A b.csv", "a_b")]
)
def test_the_name_is_the_files_where_it_will_do(tmp_path: Path, file: str, name: str) -> None:
    assert inferred(tmp_path, csv_of(tmp_path, file, a=["x"]))[1].name == name


@pytest.mark.parametrize("name", ["cin", "a b", ""])
def test_a_name_that_will_not_do_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageFault):
        infer_schema(csv_of(tmp_path, a=["x"]), name=name)


@pytest.mark.parametrize(
    "text",
    [
        "Ann,2012-04-28\nBob,2013-01-03\n",
        "PLANTED,B4 6BH\nBob,B4 6BH\n",
        "PLANTED,X335210525640\nBob,\n",
        "PLANTED,F\nBob,F\nCat,M\n",
    ],
)
def test_a_first_row_of_data_is_not_taken_for_headings(tmp_path: Path, text: str) -> None:
    path = tmp_path / "extract.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputFault) as caught:
        infer_schema(path)
    assert "looks like data" in caught.value.fault
    assert "PLANTED" not in f"{caught.value.fault} {caught.value.allowed} {caught.value.next_step}"


def test_files_without_a_table_are_refused(tmp_path: Path) -> None:
    workbook = write_workbook(tmp_path / "empty.xlsx", {"Notes": [["only a word"]]})
    for path in (workbook, tmp_path, tmp_path / "gone.csv"):
        with pytest.raises(InputFault):
            infer_schema(path)


def test_headings_alone_give_names_and_kinds(tmp_path: Path) -> None:
    text, schema = inferred(tmp_path, csv_of(tmp_path, forename=[], dob=[]))
    assert [(f.name, f.kind) for f in schema.tables["extract"].fields] == [
        ("forename", "forename"),
        ("dob", "birth_date"),
    ]
    assert "no rows" in text


@pytest.mark.parametrize("heading", ["*", "^a$"])
def test_a_heading_that_is_a_pattern_is_refused(tmp_path: Path, heading: str) -> None:
    path = tmp_path / "extract.csv"
    path.write_text(f"id,{heading}\n1,x\n2,y\n", encoding="utf-8")
    with pytest.raises(InputFault, match="a column is headed"):
        infer_schema(path)
    path = tmp_path / "extract.parquet"
    pl.DataFrame({"id": ["1", "2"], heading: ["x", "y"]}).write_parquet(path)
    with pytest.raises(InputFault, match="a column is headed"):
        infer_schema(path)
