"""What a CSV file becomes, and what is said of one that cannot be read."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from pathlib import Path

import polars as pl
import pytest

from childlink.errors import InputFault
from childlink.returns import csv_file
from childlink.returns.csv_file import read_csv_text

NONE = None


def written(folder: Path, data: bytes) -> Path:
    path = folder / "table.csv"
    path.write_bytes(data)
    return path


def fault_of(path: Path) -> InputFault:
    with pytest.raises(InputFault) as raised:
        read_csv_text(path)
    assert raised.value.next_step, "a fault says what to do next"
    assert raised.value.exit_code == 2
    return raised.value


@pytest.mark.parametrize(
    ("data", "rows", "lines"),
    [
        pytest.param(b"A,B\n1,2\n3,4\n", [("1", "2"), ("3", "4")], [2, 3], id="plain"),
        pytest.param(b"A,B\n1,2", [("1", "2")], [2], id="no line end on the last line"),
        pytest.param(b"A,B\r\n1,2\r\n3,4\r\n", [("1", "2"), ("3", "4")], [2, 3], id="CRLF"),
        pytest.param(b"A,B\r1,2\r3,4\r", [("1", "2"), ("3", "4")], [2, 3], id="CR alone"),
        pytest.param(b'A,B\r1,"2"\r3,4\r', [("1", "2"), ("3", "4")], [2, 3], id="CR alone and quotes"),
        pytest.param(b"\xef\xbb\xbfA,B\n1,2\n", [("1", "2")], [2], id="byte order mark"),
        pytest.param(b'\xef\xbb\xbf"A",B\n1,2\n', [("1", "2")], [2], id="mark before a quoted heading"),
        pytest.param(b"A,B\n,2\n", [(NONE, "2")], [2], id="an empty cell is missing"),
        pytest.param(b'A,B\n"",2\n', [(NONE, "2")], [2], id="a quoted empty cell is missing"),
        pytest.param(b'A,B\n"",5" nail\n', [(NONE, '5" nail')], [2], id="a stray quote is a character"),
        pytest.param(
            b"A,B\nNA,NULL\nnan,None\n", [("NA", "NULL"), ("nan", "None")], [2, 3], id="NA is a value"
        ),
        pytest.param(b"A,B\n , x \n", [(" ", " x ")], [2], id="nothing is trimmed"),
        pytest.param(b"A,B\n007,1.50\n", [("007", "1.50")], [2], id="figures stay text"),
        pytest.param(b"A,B\n,\n,\n", [(NONE, NONE), (NONE, NONE)], [2, 3], id="rows of commas are rows"),
        pytest.param(
            b"A,B\n1,2\n\n\n3,4\n\n", [("1", "2"), ("3", "4")], [2, 5], id="blank lines are counted"
        ),
        pytest.param(b"\n\nA,B\n1,2\n", [("1", "2")], [4], id="blank lines before the heading"),
        pytest.param(b"A,B\n1,2\n  \t\n3,4\n   ", [("1", "2"), ("3", "4")], [2, 4], id="lines of spaces"),
        pytest.param(b'A,B\n1,"x\ny"\n3,4\n', [("1", "x\ny"), ("3", "4")], [2, 4], id="quoted line break"),
        pytest.param(
            b'A,B\r\n\r\n1,"x\r\n\r\ny"\r\n3,4\r\n',
            [("1", "x\r\n\r\ny"), ("3", "4")],
            [3, 6],
            id="quoted CRLF stays",
        ),
        pytest.param(b'A,B\n1,"a,""b"""\n', [("1", 'a,"b"')], [2], id="quoted comma and quotes"),
        pytest.param(b"A,B\n#1,2\n", [("#1", "2")], [2], id="no comments"),
        pytest.param(
            "A,B\né,\u2028x\n".encode(), [("é", "\u2028x")], [2], id="other line separators are text"
        ),
        pytest.param(b"A,B\n", [], [], id="a heading alone"),
        pytest.param(b"A,B", [], [], id="a heading alone without line end"),
    ],
)
def test_rows_and_lines(
    tmp_path: Path, data: bytes, rows: list[tuple[str | None, ...]], lines: list[int]
) -> None:
    read = read_csv_text(written(tmp_path, data))
    assert read.frame.columns == ["A", "B"]
    assert read.frame.rows() == rows
    assert read.lines.to_list() == lines
    assert read.frame.dtypes == [pl.String, pl.String]
    assert read.lines.dtype == pl.UInt32
    assert read.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("data", "rows", "lines"),
    [
        pytest.param(b"A\n1\n\n2\n", [("1",), ("2",)], [2, 4], id="an empty line is blank"),
        pytest.param(b'A\n""\n2\n', [(NONE,), ("2",)], [2, 3], id="quotes make a row"),
        pytest.param(b"A\n \n2\n", [(" ",), ("2",)], [2, 3], id="a space is a value"),
    ],
)
def test_one_column(tmp_path: Path, data: bytes, rows: list[tuple[str | None]], lines: list[int]) -> None:
    read = read_csv_text(written(tmp_path, data))
    assert (read.frame.rows(), read.lines.to_list()) == (rows, lines)


def test_headings_are_untouched(tmp_path: Path) -> None:
    read = read_csv_text(written(tmp_path, b'"a ",B b,"c,1","d\n1"\n1,2,3,4\n'))
    assert read.frame.columns == ["a ", "B b", "c,1", "d\n1"]
    assert read.lines.to_list() == [3]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"A,B\n1,2\n1,2,3\n", "line 3 has 3 cells where the heading has 2"),
        (b"A,B\n\n1\n", "line 3 has 1 cell where the heading has 2"),
        (b"A,B\n1\n1,2\n3\n4\n", "line 2 has 1 cell where the heading has 2; 2 more rows do not fit"),
        (b"A,B\n1,2,3\n4\n", "line 2 has 3 cells where the heading has 2; 1 more row does not fit"),
        (b'A,B\n1,2\n"x\n3",4,5\n', "lines 3 to 4 make one row of 3 cells where the heading has 2"),
        (b'A,B\n1,2\n3,"4\n5,6\n', "line 3: a quote is opened and not closed"),
        (b'A,B\n"1\n2","3\n4,5\n', "line 3: a quote is opened and not closed"),
        (b'A,B\n1,"' + b"x" * 200_000, "line 2: a cell of over 131072 characters, or a quote not closed"),
        (b'A,B\n1,"2"3\n', "line 2: text follows a closing quote"),
        (b'A,B\n1,"2\n3,"4"\n', "line 3: text follows a closing quote (a quote opened on line 2"),
        (b"A,B,A\n1,2,3\n", "line 1: the heading A stands more than once"),
        (b"A,B,A,B\n1,2,3,4\n", "line 1: the heading A and B stands more than once"),
        (b"A,B,,\n1,2,,\n", "line 1: columns 3 and 4 of 4 have no heading"),
        (b"A, ,B\n1,2,3\n", "line 1: column 2 of 3 has no heading"),
        (b"A;B\n1;2\n", "is separated by semicolons, not commas"),
        (b"A\tB\n1\t2\n", "is separated by tabs, not commas"),
        (b"A|B\n1|2\n", "is separated by vertical bars, not commas"),
        (b'A;B\r1;"2"\r', "is separated by semicolons, not commas"),
        (b"", "is empty"),
        (b"\xef\xbb\xbf\r\n \r\n", "is empty"),
        (b"A,B\n1,2\n\0,3\n", "is not text: it holds NUL bytes, the first on line 3"),
        ("A,B\n1,é\n".encode("cp1252"), "is not UTF-8 (first seen on line 2): it looks like Windows-1252"),
        (b"A,B\n1,\x81\n", "is not UTF-8 (first seen on line 2): its encoding was not recognised"),
        ("A,B\n1,é\n".encode("utf-16"), "looks like UTF-16 (little-endian, Excel's Unicode Text)"),
        ("\ufeffA,B\n1,é\n".encode("utf-16-be"), "looks like UTF-16 (big-endian)"),
        ("A,B\n1,2\n".encode("utf-16-le"), "looks like UTF-16 (little-endian, without a byte order mark)"),
        ("A,B\n1,2\n".encode("utf-16-be"), "looks like UTF-16 (big-endian, without a byte order mark)"),
        ("A,B\n".encode("utf-32"), "looks like UTF-32"),
        (b'<?xml version="1.0"?><EXPSSDA903/>', "is XML, not CSV"),
        (b"\n<html><table></table></html>", "is a web page (HTML), not CSV"),
        (b"%PDF-1.7\n", "is a PDF document, not CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "is an old Excel spreadsheet (.xls), not CSV"),
        (b"PK\x03\x04\0\0", "is a damaged zip archive or spreadsheet, not CSV"),
    ],
)
def test_faults_say_what_is_wrong(tmp_path: Path, data: bytes, says: str) -> None:
    path = written(tmp_path, data)
    assert f"{path}" in fault_of(path).fault
    assert says in fault_of(path).fault


@pytest.mark.parametrize(
    ("member", "kind"),
    [
        ("xl/workbook.xml", "an Excel spreadsheet (.xlsx)"),
        ("header.csv", "a zip archive"),
    ],
)
def test_a_renamed_archive_is_named(tmp_path: Path, member: str, kind: str) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(member, "x")
    assert f"is {kind}, not CSV" in fault_of(written(tmp_path, stream.getvalue())).fault


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    assert "none.csv is not there" in fault_of(tmp_path / "none.csv").fault
    assert "is a folder where a file is wanted" in fault_of(tmp_path).fault


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user whom rights stop")
def test_a_file_one_may_not_read(tmp_path: Path) -> None:
    path = written(tmp_path, b"A\n1\n")
    path.chmod(0)
    assert "cannot read" in fault_of(path).fault


@pytest.mark.parametrize(
    "data",
    [
        b"100123,SECRET,SECRET\n100124,B,C\n",  # no heading: the first row is a child's
        b"CHILD,NAME\n1,SECRET,SECRET\n",
        b'CHILD,NAME\n1,"SECRET\n',
        b'CHILD,NAME\n1,"SECRET"SECRET\n',
    ],
)
def test_no_cell_is_ever_in_a_message(tmp_path: Path, data: bytes) -> None:
    fault = fault_of(written(tmp_path, data))
    assert "SECRET" not in f"{fault} {fault.allowed} {fault.next_step}"


def test_the_roads_of_small_and_large_files_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, b"\nA,B\n1,\n\n,2\n\n\n")
    small = read_csv_text(path)
    monkeypatch.setattr(csv_file, "_SMALL", 0)
    large = read_csv_text(path)
    assert small.frame.equals(large.frame)
    assert small.lines.to_list() == large.lines.to_list() == [3, 5]


def test_the_slow_road_makes_frames_part_by_part(tmp_path: Path) -> None:
    body = b"".join(b"%d,x\n" % row for row in range(60_000))
    read = read_csv_text(written(tmp_path, b'A,B\n"0\n0",x\n' + body))
    assert read.frame.height == 60_001
    assert read.frame.row(-1) == ("59999", "x")
    assert read.lines[-1] == 60_003
