"""Laws of SEN2 files: read as the structure says, to CSV and back unchanged, and nothing in them crashes a rule."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from childlink.errors import InputFault
from childlink.returns.convert import convert_return
from childlink.returns.csv_file import read_csv_text
from childlink.returns.tree import read_tree
from childlink.returns.years import parse_year
from childlink.rules import rule_book
from childlink.validation import validate_files
from childlink.validation.validate import validate_return
from tests.cin_files import WILD
from tests.sen2_files import CELLS, TABLES, Maker, read_slowly

BOOK = rule_book("sen2")
SCHEMA = BOOK.schema
YEAR = "2025-26"


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "sen2.xml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 8))
def test_tables_are_those_of_a_slow_and_obvious_reading(seed: int, persons: int) -> None:
    text = Maker(seed).file(persons)
    with tempfile.TemporaryDirectory() as folder:
        made = read_tree([written(Path(folder), text)], [], SCHEMA, parse_year(YEAR))
    found = {}
    for table, element in TABLES.items():
        ids = ["PersonID"] if table == "Persons" else ["PersonID", "RequestID"]
        found[table] = made.tables[table].select(*ids, *CELLS[element]).rows()
    assert found == read_slowly(text)
    assert made.unknown_elements == ()


@settings(max_examples=8)
@given(st.integers(0, 10**6))
def test_what_convert_writes_is_read_back_the_same_and_validates_the_same(seed: int) -> None:
    text = Maker(seed, wild=0).file(6)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = written(folder, text)
        convert_return("sen2", [first], folder / "csv")
        convert_return("sen2", [folder / "csv"], folder / "again.xml")
        convert_return("sen2", [folder / "again.xml"], folder / "csv2")
        for file in sorted((folder / "csv").iterdir()):
            one, other = (read_csv_text(f).frame for f in (file, folder / "csv2" / file.name))
            assert one.equals(other), file.name
        reports = [
            validate_files("sen2", [p], year=YEAR) for p in (first, folder / "csv", folder / "again.xml")
        ]
    kept = [r.findings.drop("line", "finding").sort(pl.all().exclude("fields")) for r in reports]
    assert kept[0].equals(kept[1])
    assert kept[0].equals(kept[2])


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.floats(0, 1))
def test_no_content_makes_a_rule_crash(seed: int, wild: float) -> None:
    text = Maker(seed, wild).file(10)
    with tempfile.TemporaryDirectory() as folder:
        report = validate_files("sen2", [written(Path(folder), text)], year=YEAR)
    not_run = [r.code for r in report.rules if r.status not in ("passed", "findings")]
    assert not_run == ["S-COLUMN"]
    assert [r.code for r in report.rules] == list(BOOK.in_force(YEAR))


@st.composite
def corruptions(draw: st.DrawFn) -> list[tuple[str, str, str | None]]:
    kind = st.sampled_from(["drop", "empty", "twice", "column", "gone"])
    steps = st.tuples(kind, st.sampled_from(list(SCHEMA.tables)), st.one_of(st.none(), st.sampled_from(WILD)))
    return draw(st.lists(steps, min_size=1, max_size=8))


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from(SCHEMA.years), corruptions())
def test_no_corruption_of_the_tables_makes_a_rule_crash(
    seed: int, year: str, steps: list[tuple[str, str, str | None]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        read = read_tree([written(Path(folder), Maker(seed).file(6))], [], SCHEMA, parse_year(YEAR))
    for kind, table, value in steps:
        frame = read.tables.get(table)
        if frame is None or not frame.width:
            continue
        column = frame.columns[seed % frame.width]
        if kind == "drop":
            del read.tables[table]
        elif kind == "empty":
            read.tables[table] = frame.clear()
        elif kind == "twice":
            read.tables[table] = pl.concat([frame, frame])
        elif kind == "gone" and frame.width > 1:
            read.tables[table] = frame.drop(column)
        else:
            read.tables[table] = frame.with_columns(pl.lit(value, dtype=pl.String).alias(column))
    report = validate_return(read, BOOK, list(BOOK.in_force(year).values()))
    assert report.with_status("crashed") == []
    assert all(r.reason for r in report.with_status("not_run"))


@settings(max_examples=40)
@given(
    st.integers(0, 10**6),
    st.floats(0, 1),
    st.sampled_from([b"", b"<", b"&", b"\x00", b"</Person>", b"\xff", b"]]>"]),
)
def test_a_broken_file_is_refused_with_its_line_or_read_with_its_findings(
    seed: int, place: float, put: bytes
) -> None:
    whole = Maker(seed).file(3).encode()
    at = int(place * len(whole))
    with tempfile.TemporaryDirectory() as name:
        path = written(Path(name), whole[:at] + put + (b"" if put == b"" else whole[at:]))
        said, crashed = None, []
        try:
            crashed = validate_files("sen2", [path], year=YEAR).with_status("crashed")
        except InputFault as fault:
            said = fault
    assert crashed == []
    if said is not None:
        assert any(word in said.fault for word in ("line", "empty", "holds no")), said.fault
        assert said.next_step
