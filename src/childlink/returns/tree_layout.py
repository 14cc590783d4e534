"""How a DfE census message (CIN, SEN2) holds its tables: its tree of elements, and what each means for the tables.

The tree comes from the schema file alone (``xml`` in schemas/cin.yaml, whose comment says what its words mean).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from childlink.returns.nested_rows import RowShape
from childlink.schema.model import ReturnSchema

ITSELF = "."
"""The path of a column that is the row's own text."""


@dataclass(slots=True)
class Node:
    """One element of the tree.

    ``opens`` are the tables of which it begins a row, ``empties`` one of which it makes a row when nothing in it has.
    ``cell`` is where its text goes, by table and column; ``listed`` where it is added to other texts. ``counts`` is
    the running id that it moves on, ``resets`` those that begin anew in it. ``why`` says why it is not read.
    ``odd`` ones need more than opening rows; ``cells`` are the cells of the elements below that are no more than one.
    """

    path: str
    below: dict[str, Node] = field(default_factory=dict)
    opens: list[RowShape] = field(default_factory=list)
    empties: RowShape | None = None
    cell: tuple[int, int] | None = None
    listed: tuple[int, int] | None = None
    counts: int | None = None
    resets: list[int] = field(default_factory=list)
    once: bool = False
    why: str | None = None

    odd: bool = False
    cells: dict[str, tuple[int, int]] = field(default_factory=dict)

    def settle(self) -> None:
        """Work out ``odd`` and ``cells``, here and below: what reading asks of every element."""
        self.odd = self.why is not None or self.once or self.empties is not None
        for name, node in self.below.items():
            node.settle()
            if node.cell is not None and not node.opens and not node.odd:
                self.cells[name] = node.cell


@dataclass(frozen=True)
class TreeLayout:
    """The tree and the tables it fills, in the order of the schema; see ``childlink.returns.xml_layout.XmlShape``.

    ``ids`` are the columns filled from running ids: first the child's own, whose paths below the child are
    ``copied``, then the numbers that elements are given. ``header`` and ``children`` are the tables of the first unit
    and of the last; ``wanted`` are elements of the header that every return has.
    """

    root: str
    units: tuple[str, ...]
    looks_like: Mapping[str, str]
    collection: str
    copied: tuple[str, ...]
    header: str
    children: str
    wanted: tuple[str, ...]
    ids: tuple[str, ...]
    tables: tuple[RowShape, ...]
    tree: Node

    @property
    def group(self) -> str:
        """The path of the element that the children's stand in."""
        return self.units[-1].rpartition("/")[0]

    @property
    def child(self) -> str:
        """What one of the children is called: "child", "person"."""
        return self.units[-1].rpartition("/")[2].lower()

    def node(self, path: str) -> Node:
        """The element at a path below the root, which must be one of the tree's."""
        here = self.tree
        for name in path.split("/"):
            here = here.below[name]
        return here


def tree_layout(schema: ReturnSchema, year: str | None) -> TreeLayout:
    """The layout of a collection year, named like "2025-26": elements of other years only are not read and say why.

    Without a year the elements of all years are read.
    """
    return _Layout(schema, schema.xml, year).built()


class _Layout:
    def __init__(self, schema: ReturnSchema, xml: Mapping[str, Any], year: str | None) -> None:
        self.schema, self.xml, self.year = schema, xml, year
        self.tree = Node("")
        self.copied: Mapping[str, str] = xml.get("copied", {})
        self.counted: Mapping[str, str] = xml.get("counted", {})
        self.listed: Mapping[str, str] = xml.get("listed", {})
        self.ids = [*self.copied, *self.counted]

    def built(self) -> TreeLayout:
        tables = []
        for position, name in enumerate(self.schema.tables):
            tables.append(self._table(position, name, self.xml["tables"][name]))
        for number, path in enumerate(self.counted.values(), start=len(self.copied)):
            self._node(path).counts = number
            self._node(path.rpartition("/")[0]).resets.append(number)
        once: Sequence[str] = self.xml.get("once", ())
        for path in once:
            self._node(path).once = True
        self.tree.settle()
        units = tuple(self.xml["units"])
        return TreeLayout(
            root=self.xml["root"],
            units=units,
            looks_like=self.xml.get("looks_like", {}),
            collection=self.xml["collection"],
            copied=tuple(self.copied.values()),
            header=self._table_of(units[0]),
            children=self._table_of(units[-1]),
            wanted=tuple(path for path in once if path.startswith(f"{units[0]}/")),
            ids=tuple(self.ids),
            tables=tuple(tables),
            tree=self.tree,
        )

    def _table_of(self, row: str) -> str:
        """The first table that has a row for each element of a path."""
        tables: Mapping[str, Mapping[str, Any]] = self.xml["tables"]
        return next(name for name, described in tables.items() if described["row"] == row)

    def _table(self, position: int, name: str, described: Mapping[str, Any]) -> RowShape:
        table = self.schema.tables[name]
        row: str = described["row"]
        paths: Mapping[str, str] = described.get("columns", {})
        filled = [c for c in table.columns if c not in paths and self._is_id(c, row)]
        shape = RowShape(
            position=position,
            name=name,
            columns=table.columns,
            ids=tuple((table.columns.index(c), self.ids.index(c)) for c in filled),
        )
        node = self._node(row)
        node.opens.append(shape)
        if "empty" in described:
            self._node(described["empty"]).empties = shape
        if self.year is not None and table.since is not None and self.year < table.since:
            node.why = f"is of returns from {table.since} on"
        for slot, column in enumerate(table.fields):
            if column.name in filled:
                continue
            listed = self.listed.get(column.name)
            below = listed or paths.get(column.name, column.name)
            here = node if below == ITSELF else self._node(f"{row}/{below}")
            if listed:
                here.listed = (position, slot)
            else:
                here.cell = (position, slot)
            if self.year is not None and not column.holds_in(self.year):
                here.why = f"is not of the return of {self.year}"
        return shape

    def _is_id(self, column: str, row: str) -> bool:
        """Whether a column of a table is filled from a running id, rather than from an element of its own."""
        if column in self.copied:
            return True
        counted = self.counted.get(column)
        return counted is not None and f"{row}/".startswith(f"{counted}/")

    def _node(self, path: str) -> Node:
        here = self.tree
        for name in path.split("/"):
            here = here.below.setdefault(name, Node(f"{here.path}/{name}".lstrip("/")))
        return here
