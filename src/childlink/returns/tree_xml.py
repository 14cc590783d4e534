"""The tables of a DfE census message (CIN, SEN2), child by child."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from childlink.returns.nested_rows import NestedRows
from childlink.returns.text import emptied
from childlink.returns.tree_layout import Node, TreeLayout
from childlink.returns.xml_file import XmlFile, local_name
from childlink.returns.xml_tables import NOT_KNOWN, REPEATED

if TYPE_CHECKING:
    from lxml.etree import _Element


@dataclass(frozen=True)
class TreeText:
    """A census message as read.

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


def read_tree_text(path: Path, layout: TreeLayout) -> TreeText:
    """Read a census message: never whole in memory, text as it stands; see ``XmlFile.units`` for what it refuses.

    An element of nothing save white space with a line break in it is empty. Namespaces are not looked at. Of an
    element that may stand once the first is read. Raises InputFault.
    """
    file = XmlFile(path, layout)
    reader = _Reader(layout)
    for unit, element in file.units():
        reader.take(unit, element)
    for beside, count in file.beside.items():
        reader.left_out[f"{layout.root}/{beside}", NOT_KNOWN] += count
    lacking = [f"{layout.root}/{path}" for path in layout.wanted if not reader.has_met(path)]
    return TreeText(
        tables=reader.tables(),
        left_out=dict(reader.left_out),
        lacking=tuple(lacking),
        lines={**file.lines, **reader.lines},
        sha256=file.sha256,
    )


class _Reader(NestedRows):
    """The walk through the units of one file."""

    def __init__(self, layout: TreeLayout) -> None:
        super().__init__(layout.tables, len(layout.ids))
        self.layout = layout
        self.left_out: Counter[tuple[str, str]] = Counter()
        self.lines: dict[str, int] = {}
        self._once_in: dict[str, _Element] = {}
        self._counts = [0] * len(layout.ids)
        self._units = {path: layout.node(path) for path in layout.units}
        self._names_of_ids = [path.split("/") for path in layout.copied]

    def take(self, unit: str, element: _Element) -> None:
        """Take the rows of one unit: the header, or a child."""
        self.lines.setdefault(unit, element.sourceline or 0)
        for number, names in enumerate(self._names_of_ids):
            self._ids[number] = _text_of(element, names)
        self._row(element, self._units[unit])
        self._put_away_many()

    def _row(self, element: _Element, node: Node) -> None:
        """Open the rows that begin with an element and take what stands in it.

        This runs for every block of the file and its loop for every element, so it looks the common cases up first.
        """
        if node.counts is not None:
            self._counts[node.counts] += 1
            self._ids[node.counts] = str(self._counts[node.counts])
        for number in node.resets:
            self._counts[number] = 0
        for shape in node.opens:
            self._new_row(shape)
        if node.cell is not None:
            self._own_text(element, node)
        cells, opened = node.cells, self._open
        for part in element:
            tag = part.tag
            cell = cells.get(tag)
            if cell is None:
                below = node.below.get(tag)
                if below is not None and not below.odd:
                    self._row(part, below)
                else:
                    self._odd(part, below or node.below.get(local_name(part)), element, node)
                continue
            table, slot = cell
            row = opened[table]
            if row[slot] is None:
                row[slot] = part.text
            else:
                self._leave(f"{node.path}/{tag}", REPEATED)
            if len(part):
                self._nothing_known_in(part, f"{node.path}/{tag}")

    def _own_text(self, element: _Element, node: Node) -> None:
        """Put the text of an element that is a row into its cell, and beside the others of the list it is in."""
        assert node.cell is not None
        text = element.text
        self._open[node.cell[0]][node.cell[1]] = text
        if node.listed is not None and text:
            table, slot = node.listed
            others = self._open[table][slot]
            self._open[table][slot] = text if others is None else f"{others} {text}"

    def _nothing_known_in(self, element: _Element, path: str) -> None:
        for part in element:
            self._leave(f"{path}/{local_name(part)}", NOT_KNOWN)

    def _odd(self, part: _Element, below: Node | None, above: _Element, node: Node) -> None:
        """Take an element that is not known, not read in this year, in a namespace, may stand but once, or makes a
        row where it holds none."""
        if below is None:
            self._leave(f"{node.path}/{local_name(part)}", NOT_KNOWN)
        elif below.why is not None:
            self._leave(below.path, below.why)
        elif below.once and self._once_in.get(below.path) is above:
            self._leave(below.path, REPEATED)
        elif below.cell is not None and not below.opens:
            table, slot = below.cell
            if self._open[table][slot] is None:
                self._open[table][slot] = part.text
            else:
                self._leave(below.path, REPEATED)
            self._nothing_known_in(part, below.path)
        else:
            if below.once:
                self._once_in[below.path] = above
            shape = below.empties
            before = len(self._rows[shape.position]) if shape is not None else 0
            self._row(part, below)
            if shape is not None and len(self._rows[shape.position]) == before:
                self._new_row(shape)

    def has_met(self, path: str) -> bool:
        """Whether an element that stands once was there."""
        return path in self._once_in

    def _leave(self, path: str, why: str) -> None:
        self.left_out[f"{self.layout.root}/{path}", why] += 1

    def tables(self) -> dict[str, pl.DataFrame]:
        """All tables, in the order of the layout."""
        whole = self.frames()
        cleaned = pl.collect_all([frame.lazy().select(emptied(pl.all())) for frame in whole.values()])
        return dict(zip(whole, cleaned, strict=True))


def _text_of(element: _Element, names: list[str]) -> str | None:
    """The text of the first element of these names, each in the one before; None where it is empty or not there."""
    here = element
    for name in names:
        found = next((part for part in here if part.tag == name), None)
        if found is None:
            found = next((part for part in here if local_name(part) == name), None)
        if found is None:
            return None
        here = found
    return here.text or None
