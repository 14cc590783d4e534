"""Reading XML: the streaming reader says what a slow, obvious one says, and damage is a fault or tables."""

from __future__ import annotations

import tempfile
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from hypothesis import given, settings
from hypothesis import strategies as st

from childlink.errors import InputFault
from childlink.returns.xml_layout import XmlLayout
from childlink.returns.xml_tables import read_xml_text
from childlink.schema.model import load_return_schema

LAYOUT = XmlLayout.from_mapping(load_return_schema("ssda903").xml)
TEXT = st.sampled_from(["", " ", "x", "NA", "01/02/2024", "a&b", "\n ", "é"])
Rows = dict[str, list[tuple[str | None, ...]]]


def read(data: bytes) -> Rows:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f.xml"
        path.write_bytes(data)
        return {name: frame.rows() for name, frame in read_xml_text(path, LAYOUT).tables.items()}


def element(draw: st.DrawFn, name: str, paths: list[str]) -> str:
    """An element with some of the elements that stand below it, in any order, blocks any number of times."""
    if not any(paths):
        return f"<{name}>{escape(draw(TEXT))}</{name}>"
    below: dict[str, list[str]] = {}
    for path in paths:
        first, _, rest = path.partition("/")
        below.setdefault(first, []).append(rest)
    parts = []
    for part in draw(st.lists(st.sampled_from(sorted(below)), unique=True, max_size=6)):
        times = draw(st.integers(1, 3)) if any(below[part]) and part != "HEADER" else 1
        parts += [element(draw, part, below[part]) for _ in range(times)]
    return f"<{name}>{''.join(parts)}</{name}>"


@st.composite
def returns(draw: st.DrawFn) -> str:
    paths = sorted({path for table in LAYOUT.tables.values() for path in table.columns.values()})
    children = [element(draw, "CHILD", paths) for _ in range(draw(st.integers(0, 3)))]
    return f"<EXPSSDA903>{''.join(children)}</EXPSSDA903>"


def plain(data: str) -> Rows:
    """The tables by ElementTree and the words of the structure, one table at a time."""
    rows: Rows = {name: [] for name in LAYOUT.tables}
    for child in ElementTree.fromstring(data):
        for name, table in LAYOUT.tables.items():
            if table.when and text(child.find(table.when)) is None:
                continue
            for block in [child] if table.row == "." else child.findall(table.row):
                cells = []
                for path in table.columns.values():
                    own = path.removeprefix(f"{table.row}/")
                    cells.append(text(block.find(own) if own != path else child.find(path)))
                rows[name].append(tuple(cells))
    return rows


def text(found: ElementTree.Element | None) -> str | None:
    written = "" if found is None else found.text or ""
    return None if not written.strip(" \n") and written != " " else written


@given(returns())
@settings(max_examples=200)
def test_the_reader_agrees_with_an_obvious_one(data: str) -> None:
    assert read(data.encode()) == plain(data)


@given(returns(), st.integers(0, 300), st.binary(max_size=3))
@settings(max_examples=200)
def test_damage_is_a_fault_or_tables_and_nothing_else(data: str, at: int, put: bytes) -> None:
    bytes_ = data.encode()
    try:
        tables = read(bytes_[:at] + put + bytes_[at + 1 :])
    except InputFault:
        return
    assert list(tables) == list(LAYOUT.tables)


@given(st.binary(max_size=60))
@settings(max_examples=200)
def test_any_bytes_are_a_fault_or_tables(data: bytes) -> None:
    try:
        tables = read(data)
    except InputFault:
        return
    assert list(tables) == list(LAYOUT.tables)
