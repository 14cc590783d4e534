"""Laws of CIN census files: read as the structure says, to CSV and back unchanged, and nothing in them crashes a rule.

The reference validator needs 85 s for 3,000 children and loses rules whose data it did not expect.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from childlink.errors import InputFault
from childlink.returns.convert import convert_return
from childlink.returns.csv_file import read_csv_text
from childlink.returns.tree import read_tree
from childlink.returns.years import parse_year
from childlink.rules import rule_book
from childlink.validation import Report, validate_files
from childlink.validation.validate import validate_return
from tests.cin_files import WILD, Maker, read_slowly

BOOK = rule_book("cin")
SCHEMA = BOOK.schema
YEARS = {int(name[:4]) + 1: name for name in SCHEMA.years}


def written(folder: Path, text: str | bytes, name: str = "cin.xml") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 8), st.sampled_from([2026, 2027]))
def test_tables_are_those_of_a_slow_and_obvious_reading(seed: int, children: int, year: int) -> None:
    text = Maker(seed, year).file(children)
    with tempfile.TemporaryDirectory() as folder:
        made = read_tree([written(Path(folder), text)], [], SCHEMA, parse_year(YEARS[year]))
    expected = read_slowly(text)
    assert {n: f.rows() for n, f in made.tables.items() if n != "Header"} == expected
    assert made.unknown_elements == ()


def of_findings(report: Report) -> pl.DataFrame:
    kept = report.findings.filter(~pl.col("code").str.starts_with("S-ELEMENT")).drop("line", "finding")
    return kept.sort(pl.all().exclude("fields"))


@settings(max_examples=8)
@given(st.integers(0, 10**6), st.sampled_from(sorted(YEARS)))
def test_what_convert_writes_is_read_back_the_same_and_validates_the_same(seed: int, year: int) -> None:
    text = Maker(seed, year).file(6, child_id=str)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = written(folder, text)
        convert_return("cin", [first], folder / "csv")
        convert_return("cin", [folder / "csv"], folder / "again.xml")
        convert_return("cin", [folder / "again.xml"], folder / "csv2")
        for file in sorted((folder / "csv").iterdir()):
            one, other = (read_csv_text(f).frame for f in (file, folder / "csv2" / file.name))
            # dates that were written another way come back in the return's own
            kept = [c for c in one.columns if "Date" not in c and c != "InitialCPCtarget"]
            assert one.select(kept).equals(other.select(kept)), file.name
        reports = [
            validate_files("cin", [p], year=YEARS[year])
            for p in (first, folder / "csv", folder / "again.xml")
        ]
    assert of_findings(reports[0]).equals(of_findings(reports[1]))
    assert of_findings(reports[0]).equals(of_findings(reports[2]))


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.sampled_from(sorted(YEARS)), st.floats(0, 1))
def test_no_content_makes_a_rule_crash(seed: int, year: int, wild: float) -> None:
    text = Maker(seed, year, wild).file(10)
    with tempfile.TemporaryDirectory() as folder:
        report = validate_files("cin", [written(Path(folder), text)], year=YEARS[year])
    assert [(r.code, r.reason) for r in report.rules if r.status not in ("passed", "findings")] == []
    assert [r.code for r in report.rules] == list(BOOK.in_force(YEARS[year]))


@st.composite
def corruptions(draw: st.DrawFn) -> list[tuple[str, str, str | None]]:
    table = st.sampled_from(list(SCHEMA.tables))
    kind = st.sampled_from(["drop", "empty", "twice", "column"])
    steps = st.tuples(kind, table, st.one_of(st.none(), st.sampled_from(WILD)))
    return draw(st.lists(steps, min_size=1, max_size=8))


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from(sorted(YEARS)), corruptions())
def test_no_corruption_of_the_tables_makes_a_rule_crash(
    seed: int, year: int, steps: list[tuple[str, str, str | None]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), Maker(seed, year).file(6))
        read = read_tree([path], [], SCHEMA, parse_year(YEARS[year]))
    for kind, table, value in steps:
        frame = read.tables.get(table)
        if frame is None:
            continue
        if kind == "drop":
            del read.tables[table]
        elif kind == "empty":
            read.tables[table] = frame.clear()
        elif kind == "twice":
            read.tables[table] = pl.concat([frame, frame])
        else:
            column = frame.columns[seed % frame.width]
            read.tables[table] = frame.with_columns(pl.lit(value, dtype=pl.String).alias(column))
    report = validate_return(read, BOOK, list(BOOK.in_force(YEARS[year]).values()))
    assert report.with_status("crashed") == []
    assert all(r.reason for r in report.with_status("not_run"))


@settings(max_examples=40)
@given(
    st.integers(0, 10**6),
    st.floats(0, 1),
    st.sampled_from([b"", b"<", b"&", b"\x00", b"</Child>", b"\xff", b"]]>"]),
)
def test_a_broken_file_is_refused_with_its_line_or_read_with_its_findings(
    seed: int, place: float, put: bytes
) -> None:
    whole = Maker(seed).file(3).encode()
    at = int(place * len(whole))
    broken = whole[:at] + put if put == b"" else whole[:at] + put + whole[at:]
    with tempfile.TemporaryDirectory() as name:
        path = written(Path(name), broken)
        said, crashed = None, []
        try:
            crashed = validate_files("cin", [path], year="2025-26").with_status("crashed")
        except InputFault as fault:
            said = fault
    assert crashed == []
    if said is not None:
        assert any(word in said.fault for word in ("line", "empty", "holds no")), said.fault
        assert said.next_step


@pytest.mark.parametrize("year", sorted(YEARS))
def test_without_a_reference_date_that_can_be_read_period_rules_say_why(year: int, tmp_path: Path) -> None:
    text = Maker(1, year).file(3).replace(f"{year}-03-31</Ref", "soon</Ref")
    report = validate_files("cin", [written(tmp_path, text)], year=YEARS[year])
    assert {r.reason for r in report.with_status("not_run")} <= {
        "the reporting period is not known: ReferenceDate of Header is missing or not a date"
    }
    assert next(r for r in report.rules if r.code == "100").status == "findings"
