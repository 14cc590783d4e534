"""The tables of a CIN census file, child by child."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from childlink.returns.cin_layout import CinLayout, Node, RowShape
from childlink.returns.text import emptied
from childlink.returns.xml_file import XmlFile, local_name
from childlink.returns.xml_tables import NOT_KNOWN, REPEATED

if TYPE_CHECKING:
    from lxml.etree import _Element

_ROWS_AT_A_TIME = 5_000
"""Few enough that the garbage collector has little to look through."""
_Row = list[str | None]


@dataclass(frozen=True)
class CinText:
    """A CIN census file as read.

    ``tables``: every table of the layout with all its columns (String; null for an element that is absent or empty),
    maybe without rows, in the order of the file. ``left_out``: how often each element was not read, by its path and
    why, in the order first met. ``lacking``: the elements that the header should have and has not. ``lines``: the
    line of the first of each element below the root that is a unit or holds units. ``sha256``: of the file's bytes,
    in hexadecimal.
    """

    tables: dict[str, pl.DataFrame] = field(repr=False)  # children's records belong in no traceback
    left_out: dict[tuple[str, str], int]
    lacking: tuple[str, ...]
    lines: dict[str, int]
    sha256: str


def read_cin_text(path: Path, layout: CinLayout) -> CinText:
    """Read a CIN census file: never whole in memory, text as it stands; see ``XmlFile.units`` for what it refuses.

    An element of nothing save white space with a line break in it is empty. Namespaces are not looked at. Of an
    element that may stand once the first is read. Raises InputFault.
    """
    file = XmlFile(path, layout)
    reader = _Reader(layout)
    for unit, element in file.units():
        reader.take(unit, element)
    for beside, count in file.beside.items():
        reader.left_out[f"{layout.root}/{beside}", NOT_KNOWN] += count
    lacking = [f"{layout.root}/{path}" for path in layout.wanted if path not in reader.met_once]
    return CinText(
        tables=reader.tables(),
        left_out=dict(reader.left_out),
        lacking=tuple(lacking),
        lines={**file.lines, **reader.lines},
        sha256=file.sha256,
    )


class _Reader:
    """The rows met so far: the latest as Python lists, earlier ones already in frames."""

    def __init__(self, layout: CinLayout) -> None:
        self.layout = layout
        self.left_out: Counter[tuple[str, str]] = Counter()
        self.lines: dict[str, int] = {}
        self.met_once: set[str] = set()
        self._rows: list[list[_Row]] = [[] for _ in layout.tables]
        self._frames: list[list[pl.DataFrame]] = [[] for _ in layout.tables]
        self._open: list[_Row] = [[] for _ in layout.tables]
        self._ids: list[str | None] = [None] * len(layout.ids)
        self._counts = [0] * len(layout.ids)
        self._units = {path: layout.node(path) for path in layout.units}

    def take(self, unit: str, element: _Element) -> None:
        """Take the rows of one header or child."""
        self.lines.setdefault(unit, element.sourceline or 0)
        node = self._units[unit]
        self._ids[0] = _text_of(element, self.layout.copied)
        self._row(element, node)
        if any(len(rows) >= _ROWS_AT_A_TIME for rows in self._rows):
            self._put_away()

    def _row(self, element: _Element, node: Node) -> None:
        """Open the rows that begin with an element and take what stands in it."""
        if node.counts is not None:
            self._counts[node.counts] += 1
            self._ids[node.counts] = str(self._counts[node.counts])
        for number in node.resets:
            self._counts[number] = 0
        for shape in node.opens:
            self._new_row(shape)
        if node.cell is not None:
            table, slot = node.cell
            self._open[table][slot] = element.text
        if node.listed is not None and element.text:
            table, slot = node.listed
            others = self._open[table][slot]
            self._open[table][slot] = element.text if others is None else f"{others} {element.text}"
        if len(element):
            self._walk(element, node)

    def _new_row(self, shape: RowShape) -> None:
        row: _Row = [None] * len(shape.columns)
        for slot, number in shape.ids:
            row[slot] = self._ids[number]
        self._open[shape.position] = row
        self._rows[shape.position].append(row)

    def _walk(self, element: _Element, node: Node) -> None:
        """Take the elements in one."""
        known = node.below
        met: set[str] | None = None
        for part in element:
            below = known.get(part.tag) or known.get(local_name(part))
            if below is None:
                self._leave(f"{node.path}/{local_name(part)}", NOT_KNOWN)
            elif below.why is not None:
                self._leave(below.path, below.why)
            elif below.cell is not None and not below.opens:
                table, slot = below.cell
                row = self._open[table]
                if row[slot] is None:
                    row[slot] = part.text
                else:
                    self._leave(below.path, REPEATED)
                if len(part):
                    self._walk(part, below)
            elif below.once:
                if met is None:
                    met = set()
                if below.path in met:
                    self._leave(below.path, REPEATED)
                else:
                    met.add(below.path)
                    self._row(part, below)
            elif below.empties is not None:
                rows = self._rows[below.empties.position]
                before = len(rows)
                self._row(part, below)
                if len(rows) == before:
                    self._new_row(below.empties)
            else:
                self._row(part, below)
        if met is not None:
            self.met_once |= met

    def _leave(self, path: str, why: str) -> None:
        self.left_out[f"{self.layout.root}/{path}", why] += 1

    def _put_away(self) -> None:
        for shape, rows, frames in zip(self.layout.tables, self._rows, self._frames, strict=True):
            cells = zip(*rows, strict=True) if rows else ((),) * len(shape.columns)
            schema = dict.fromkeys(shape.columns, pl.String)
            frame = pl.DataFrame(dict(zip(shape.columns, cells, strict=True)), schema=schema)
            frames.append(frame.with_columns(emptied(pl.all())))
            rows.clear()

    def tables(self) -> dict[str, pl.DataFrame]:
        """All tables, in the order of the layout."""
        self._put_away()
        pairs = zip(self.layout.tables, self._frames, strict=True)
        return {shape.name: pl.concat(frames, rechunk=True) for shape, frames in pairs}


def _text_of(element: _Element, path: str) -> str | None:
    """The text of the first element at a path below another, whatever their namespaces; None where it is empty."""
    here: _Element | None = element
    for name in path.split("/"):
        here = here.find(f"{{*}}{name}") if here is not None else None
    return here.text or None if here is not None else None
