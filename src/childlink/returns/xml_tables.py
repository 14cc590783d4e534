"""The tables of an XML return, child by child."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from childlink.returns.text import emptied
from childlink.returns.xml_file import XmlFile, local_name
from childlink.returns.xml_layout import CHILD_ITSELF, Element, XmlLayout, XmlTable

if TYPE_CHECKING:
    from lxml.etree import _Element

_ROWS_AT_A_TIME = 20_000
NOT_KNOWN = "not an element of the return"
REPEATED = "stands more than once where one is allowed: the first was read"


@dataclass(frozen=True)
class XmlText:
    """An XML return as read.

    ``tables``: every table of the layout, with all its columns (String, null for an empty element) and maybe no
    rows, in the order of the file. ``left_out``: how often each element was not read, by its path and why, in
    the order first met. ``sha256``: of the file's bytes, in hexadecimal.
    """

    tables: dict[str, pl.DataFrame] = field(repr=False)  # children's records belong in no traceback
    left_out: dict[tuple[str, str], int]
    sha256: str


def read_xml_text(path: Path, layout: XmlLayout) -> XmlText:
    """Read an XML return. Rows are in document order; nothing is trimmed, but an element of nothing save white
    space with a line break in it, as pretty-printing leaves, is empty. Namespaces are not looked at.

    What the layout does not know is left out and counted, and so are a repeated element and text for a table
    whose ``when`` is empty for the child. Raises InputFault; see ``XmlFile.children``.
    """
    file = XmlFile(path, layout)
    collected = _Collected(layout)
    for _, child in file.units():
        collected.add(child)
    for name, count in file.beside.items():
        collected.left_out[f"{layout.root}/{name}", NOT_KNOWN] += count
    return XmlText(tables=collected.tables(), left_out=dict(collected.left_out), sha256=file.sha256)


_Values = dict[str, str | None]


class _Collected:
    """The rows met so far, as text by table."""

    def __init__(self, layout: XmlLayout) -> None:
        self.layout = layout
        self.left_out: Counter[tuple[str, str]] = Counter()
        self._whole = [_Rows(n, t, layout) for n, t in layout.tables.items() if t.row == CHILD_ITSELF]
        self._blocks = {t.row: _Rows(n, t, layout) for n, t in layout.tables.items() if t.row != CHILD_ITSELF}

    def add(self, child: _Element) -> None:
        """Take the rows of one child."""
        values: _Values = {}
        blocks: list[tuple[str, _Values]] = []
        self._walk(child, self.layout.tree, values, blocks)
        for rows in self._whole:
            if rows.when is None or _holds_text(values.get(rows.when)):
                rows.add(values, values)
            else:
                for path in rows.only_here:
                    if _holds_text(values.get(path)):
                        self.left_out[f"{self.layout.child}/{path}", rows.needs] += 1
        for row, inner in blocks:
            self._blocks[row].add(values, inner)

    def _walk(
        self, above: _Element, known: Element, values: _Values, blocks: list[tuple[str, _Values]]
    ) -> None:
        """Put the text of the elements in ``above`` into ``values`` by path, and repeated blocks in ``blocks``."""
        below = known.below
        for part in above:
            element = below.get(part.tag) or below.get(local_name(part))
            if element is None:
                self._leave(f"{known.path}/{local_name(part)}", NOT_KNOWN)
            elif element.is_leaf:
                if element.path in values:
                    self._leave(element.path, REPEATED)
                else:
                    values[element.path] = part.text
                if len(part):
                    self._walk(part, element, values, blocks)
            elif element.is_row:
                inner = _leaves(part, element)
                if inner is None:
                    inner = {}
                    self._walk(part, element, inner, blocks)
                blocks.append((element.path, inner))
            else:
                self._walk(part, element, values, blocks)

    def _leave(self, path: str, why: str) -> None:
        self.left_out[f"{self.layout.child}/{path.lstrip('/')}", why] += 1

    def tables(self) -> dict[str, pl.DataFrame]:
        """All tables, in the order of the layout."""
        rows = {r.name: r for r in (*self._whole, *self._blocks.values())}
        return {name: rows[name].frame() for name in self.layout.tables}


class _Rows:
    """The rows of one table: the latest as Python rows, earlier ones already in frames."""

    def __init__(self, name: str, table: XmlTable, layout: XmlLayout) -> None:
        self.name = name
        self.when = table.when
        self.needs = f"makes no row of {name} where {table.when} is empty"
        others = {p for n, t in layout.tables.items() if n != name for p in (*t.columns.values(), t.when)}
        self.only_here = [p for p in table.columns.values() if p not in others and p != table.when]
        self._schema = dict.fromkeys(table.columns, pl.String)
        self._cells = [(path.startswith(f"{table.row}/"), path) for path in table.columns.values()]
        self._latest: list[tuple[str | None, ...]] = []
        self._frames: list[pl.DataFrame] = []

    def add(self, values: _Values, inner: _Values) -> None:
        self._latest.append(tuple([(inner if own else values).get(path) for own, path in self._cells]))
        if len(self._latest) >= _ROWS_AT_A_TIME:
            self._put_away()

    def _put_away(self) -> None:
        columns = zip(*self._latest, strict=True) if self._latest else ((),) * len(self._schema)
        frame = pl.DataFrame(dict(zip(self._schema, columns, strict=True)), schema=self._schema)
        self._frames.append(frame.with_columns(emptied(pl.all())))
        self._latest = []

    def frame(self) -> pl.DataFrame:
        self._put_away()
        return pl.concat(self._frames, rechunk=True)


def _leaves(block: _Element, known: Element) -> _Values | None:
    """The text of a block's elements by path, or None where one is not known, repeated, or holds others."""
    parts = list(block)  # making lxml's elements is most of the work: once
    texts = {part.tag: part.text for part in parts}
    if len(texts) != len(parts) or not texts.keys() <= known.leaves.keys() or any(map(len, parts)):
        return None
    return {known.leaves[tag]: text for tag, text in texts.items()}


def _holds_text(text: str | None) -> bool:
    return text is not None and text != "" and not (text.isspace() and "\n" in text)
