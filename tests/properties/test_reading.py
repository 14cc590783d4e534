"""Reading CSV: the quick road says what a slow, obvious reader says, and damage is a fault or a table."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from childlink.errors import InputFault
from childlink.returns.csv_file import read_csv_text

TRICKY = st.text(st.sampled_from(list('ab1 ,"\n\r\té;|#')), max_size=4)
CELL = st.sampled_from(["", " ", "NA", "x", "0", '"', "a,b", "é"]) | TRICKY


def read(data: bytes) -> tuple[list[tuple[str | None, ...]], list[int]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f.csv"
        path.write_bytes(data)
        text = read_csv_text(path)
    return text.frame.rows(), text.lines.to_list()


def plain(data: str, width: int) -> tuple[list[tuple[str | None, ...]], list[int]]:
    """Rows and their lines by the csv module alone."""
    reader = csv.reader(io.StringIO(data, newline=""))
    rows, lines, line = [], [], 1
    for cells in reader:
        if cells and not (width > 1 and len(cells) == 1 and not cells[0].strip(" \t")):
            rows.append(tuple(cell or None for cell in cells))
            lines.append(line)
        line = reader.line_num + 1
    return rows[1:], lines[1:]


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, int]:
    """A well-formed CSV text of any shape: quoting, line ends, blank lines, breaks in cells."""
    width = draw(st.integers(1, 4))
    rows = draw(st.lists(st.lists(CELL, min_size=width, max_size=width), max_size=6))
    ending = draw(st.sampled_from(["\n", "\r\n"]))
    quote_all = draw(st.booleans())
    text = ",".join("ABCD"[:width]) + ending
    for row in rows:
        text += ",".join(quoted(cell, always=quote_all or row == [""]) for cell in row) + ending
        text += draw(st.sampled_from(["", "", "", ending]))
    return text, width


def quoted(cell: str, *, always: bool) -> str:
    return '"' + cell.replace('"', '""') + '"' if always or set(cell) & set('",\r\n') else cell


@given(tables())
@settings(max_examples=300)
def test_the_reader_agrees_with_the_csv_module(table: tuple[str, int]) -> None:
    text, width = table
    assert read(text.encode()) == plain(text, width)


@given(tables())
@settings(max_examples=100)
def test_a_byte_order_mark_changes_nothing(table: tuple[str, int]) -> None:
    text, _ = table
    assert read(text.encode("utf-8-sig")) == read(text.encode())


@given(tables(), st.integers(0, 200), st.binary(max_size=3))
@settings(max_examples=300)
def test_damage_is_a_fault_or_a_table_and_nothing_else(table: tuple[str, int], at: int, put: bytes) -> None:
    data = table[0].encode()
    damaged = data[:at] + put + data[at + 1 :]
    try:
        rows, lines = read(damaged)
    except InputFault:
        return
    assert len(rows) == len(lines)
    assert lines == sorted(set(lines))


@given(st.binary(max_size=60))
@settings(max_examples=300)
def test_any_bytes_are_a_fault_or_a_table(data: bytes) -> None:
    try:
        rows, lines = read(data)
    except InputFault:
        return
    assert len(rows) == len(lines)
