"""Reading an extract: what is recognised, and one clear message for each fault of a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from childlink.errors import ChildlinkError, InputFault, UsageFault
from childlink.linkage.config import SourceMapping
from childlink.linkage.extracts import Extract, read_extract

from .conftest import HEADINGS, ROW

Reader = Callable[..., Extract]


def fault_of(path: Path, source: str = "health", mapping: SourceMapping | None = None) -> ChildlinkError:
    """The fault of reading ``path``: always a whole message, and never with a cell in it."""
    with pytest.raises(ChildlinkError) as caught:
        read_extract(source, path, mapping)
    fault = caught.value
    assert fault.exit_code == 2
    assert fault.next_step
    for secret in ("Ann", "Smith", "2012", "2013", "28/04", "secret"):
        assert secret not in f"{fault.fault} {fault.allowed} {fault.next_step}".replace(str(path), "")
    return fault


def written(tmp_path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "extract.csv"
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path


def test_columns_cells_lines_and_form_of_dates(extract: Reader) -> None:
    read = extract(
        "H1, Ann ,Smith,28/04/2012,,B8 2US,x",
        "",
        "H2,,Jones,,2,,y",
        headings=("Record ID,Given-Name,FAMILY_NAME,Person Birth Date,gender_code,Home Postcode,notes"),
    )
    assert dict(read.columns) == {
        "record_id": ("Record ID",),
        "forename": ("Given-Name",),
        "surname": ("FAMILY_NAME",),
        "date_of_birth": ("Person Birth Date",),
        "sex": ("gender_code",),
        "postcode": ("Home Postcode",),
    }
    assert read.ignored == ("notes",)
    assert "notes" not in read.cells.columns
    assert read.cells["Given-Name"].to_list() == ["Ann", None]
    assert read.lines.to_list() == [2, 4]
    assert read.date_form is not None
    assert read.date_form.name == "DD/MM/YYYY"
    assert len(read.sha256) == 64


def test_a_byte_order_mark_is_no_part_of_the_first_heading(tmp_path: Path) -> None:
    path = written(tmp_path, HEADINGS, ROW, encoding="utf-8-sig")
    assert read_extract("health", path).columns["record_id"] == ("record_id",)


def test_parquet_is_read_as_text_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "extract.dat"
    pl.DataFrame(
        {
            "id": [1, 2],
            "forename": pl.Series(["Ann", "Bo"], dtype=pl.Categorical),
            "surname": ["Smith", " "],
            "dob": [dt.date(2012, 4, 28), None],
            "born_at": [dt.datetime(2012, 4, 28, 1), None],  # noqa: DTZ001
            "sex": [1, 2],
            "nhs_number": [9434765919.0, None],
        }
    ).write_parquet(path)
    read = read_extract("health", path)
    assert read.cells["id"].to_list() == ["1", "2"]
    assert read.cells["forename"].to_list() == ["Ann", "Bo"]
    assert read.cells["surname"].to_list() == ["Smith", None]
    assert read.cells["dob"].to_list() == ["2012-04-28", None]
    assert read.cells["nhs_number"].to_list() == ["9434765919.0", None]
    assert read.ignored == ("born_at",)
    assert read.lines.to_list() == [1, 2]


def test_a_parquet_date_and_time_is_a_date(tmp_path: Path) -> None:
    path = tmp_path / "extract.parquet"
    pl.DataFrame(
        {"id": ["1"], "forename": ["A"], "surname": ["B"], "dob": [dt.datetime(2012, 4, 28, 9)]}  # noqa: DTZ001
    ).write_parquet(path)
    assert read_extract("health", path).cells["dob"].to_list() == ["2012-04-28"]


def test_a_damaged_parquet_file(tmp_path: Path) -> None:
    path = tmp_path / "extract.parquet"
    path.write_bytes(b"PAR1 and then nothing of the kind")
    assert "damaged Parquet" in fault_of(path).fault


def test_a_parquet_column_of_lists(tmp_path: Path) -> None:
    path = tmp_path / "extract.parquet"
    pl.DataFrame({"id": ["1"], "forename": ["A"], "surname": ["B"], "dob": [["x"]]}).write_parquet(path)
    assert 'column "dob" holds lists' in fault_of(path).fault


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    assert "is not there" in fault_of(tmp_path / "none.csv").fault


def test_a_folder(tmp_path: Path) -> None:
    assert "is a folder" in fault_of(tmp_path).fault


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_an_empty_file(tmp_path: Path, content: str) -> None:
    path = tmp_path / "extract.csv"
    path.write_text(content)
    assert "is empty" in fault_of(path).fault


def test_headings_and_no_rows(tmp_path: Path) -> None:
    fault = fault_of(written(tmp_path, HEADINGS))
    assert "no rows" in fault.fault


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_other_unicode_encodings(tmp_path: Path, encoding: str) -> None:
    fault = fault_of(written(tmp_path, HEADINGS, ROW, encoding=encoding))
    assert encoding[:6].upper() in fault.fault
    assert fault.allowed == "UTF-8"
    assert fault.next_step is not None
    assert "UTF-8" in fault.next_step


def test_windows_encoding(tmp_path: Path) -> None:
    fault = fault_of(written(tmp_path, HEADINGS, "1,Zoë,Smith,2012-04-28", encoding="cp1252"))
    assert "Windows-1252" in fault.fault


@pytest.mark.parametrize(("mark", "word"), [(";", "semicolons"), ("\t", "tabs")])
def test_other_separators(tmp_path: Path, mark: str, word: str) -> None:
    fault = fault_of(written(tmp_path, HEADINGS.replace(",", mark), ROW.replace(",", mark)))
    assert word in fault.fault


def test_a_repeated_heading(tmp_path: Path) -> None:
    fault = fault_of(written(tmp_path, HEADINGS + ",dob", ROW + ",2012-04-28"))
    assert "dob" in fault.fault


def test_a_ragged_line(tmp_path: Path) -> None:
    fault = fault_of(written(tmp_path, HEADINGS, ROW, "2,Bo,Smith"))
    assert "line 3" in fault.fault


@pytest.mark.parametrize(
    ("heading", "said", "step"),
    [
        ("record_id", "record id", '= "record_id"'),
        ("forename", "forename", '= "forename"'),
        ("surname", "surname", '= "surname"'),
        ("dob", "date of birth", '= "date_of_birth"'),
    ],
)
def test_a_column_that_cannot_be_done_without(tmp_path: Path, heading: str, said: str, step: str) -> None:
    fault = fault_of(written(tmp_path, HEADINGS.replace(heading, "colour"), ROW))
    assert f"no column recognised as {said}" in fault.fault
    assert '"colour"' in fault.fault
    assert fault.allowed is not None
    assert said in fault.allowed
    assert fault.next_step is not None
    assert step in fault.next_step
    assert "[sources.health]" in fault.next_step


def test_the_nearest_heading_is_offered(tmp_path: Path) -> None:
    fault = fault_of(written(tmp_path, HEADINGS.replace("surname", "surnme"), ROW))
    assert fault.next_step is not None
    assert '"surnme" = "surname"' in fault.next_step


def test_two_columns_for_one_field_name_both_and_link_toml(tmp_path: Path) -> None:
    fault = fault_of(written(tmp_path, HEADINGS + ",date_of_birth", ROW + ",2012-04-28"))
    assert '"dob", "date_of_birth"' in fault.fault
    assert fault.next_step is not None
    assert "link.toml" in fault.next_step
    assert 'columns = { "dob" = "date_of_birth" }' in fault.next_step


def test_a_mapping_settles_two_columns(extract: Reader) -> None:
    read = extract(
        ROW + ",1999-01-02",
        headings=HEADINGS + ",date_of_birth",
        mapping=SourceMapping(columns={"dob": "date_of_birth"}),
    )
    assert read.columns["date_of_birth"] == ("dob",)
    assert read.ignored == ("date_of_birth",)


def test_a_mapping_of_a_heading_the_file_has_not(tmp_path: Path) -> None:
    fault = fault_of(written(tmp_path, HEADINGS, ROW), mapping=SourceMapping(columns={"forname": "forename"}))
    assert "forname" in fault.fault
    assert "did you mean forename?" in (fault.next_step or "")


def test_dates_in_mixed_forms(tmp_path: Path) -> None:
    fault = fault_of(written(tmp_path, HEADINGS, ROW, "2,Ann,Smith,28/04/2012", "3,Ann,Smith,29/04/2012"))
    assert "2 DD/MM/YYYY (first on line 3)" in fault.fault
    assert "1 YYYY-MM-DD (first on line 2)" in fault.fault
    assert 'date_format = "DD/MM/YYYY"' in (fault.next_step or "")


def test_a_stated_form_makes_other_forms_bad_cells(extract: Reader) -> None:
    read = extract(ROW, "2,Bo,Smith,28/04/2012", mapping=SourceMapping(date_format="DD/MM/YYYY"))
    assert read.date_form is not None
    assert read.date_form.name == "DD/MM/YYYY"


def test_the_same_record_id_twice(tmp_path: Path) -> None:
    rows = [ROW, "2,Bo,Smith,2012-04-28", ROW, "2,Bo,Smith,2012-04-28"]
    fault = fault_of(written(tmp_path, HEADINGS, *rows))
    assert "2 record ids stand on more than one line (the first on lines 2, 4)" in fault.fault


def test_a_record_without_an_id(tmp_path: Path) -> None:
    fault = fault_of(written(tmp_path, HEADINGS, ROW, " ,Bo,Smith,2012-04-28", ",Bo,Smith,2012-04-28"))
    assert "2 records have no record id (lines 3, 4)" in fault.fault


@pytest.mark.parametrize(
    "source",
    ["", " ", "a/b", "a\\b", "a\nb", "a\0b", ".hidden", "../up", " health", "x" * 61, "a=b", "a\u202eb"],
)
def test_a_source_name_that_will_not_do(tmp_path: Path, source: str) -> None:
    path = written(tmp_path, HEADINGS, ROW)
    fault = fault_of(path, source=source)
    assert isinstance(fault, UsageFault)
    assert "\n" not in fault.fault
    assert "\0" not in fault.fault


@pytest.mark.parametrize("source", ["health", "Social care", "école_2", "a-b.c", "健康"])
def test_source_names_that_will_do(extract: Reader, source: str) -> None:
    assert extract(ROW, source=source).source == source


def test_a_bad_cell_is_never_a_reason_to_stop(extract: Reader) -> None:
    read = extract(ROW, "2,???,,31/02/2012", "3,,,soon", "4,x,y,12", "5,x,y,99/99/9999")
    assert read.cells.height == 5
    assert read.date_form is not None
    assert read.date_form.name == "YYYY-MM-DD"


def test_a_column_without_any_date_of_birth_is_read(extract: Reader) -> None:
    assert extract("1,Ann,Smith,", "2,Bo,Smith, ").date_form is None


def test_faults_are_input_faults(tmp_path: Path) -> None:
    assert isinstance(fault_of(written(tmp_path, HEADINGS, ROW, ROW)), InputFault)
