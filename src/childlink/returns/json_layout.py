"""How the JSON of a return holds its tables: the tree of items, each with what it means for the tables.

The tree comes from the schema file alone (``json`` in schemas/csc_api.yaml, whose comment says what its words mean).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from childlink.returns.nested_rows import RowShape
from childlink.schema.model import ReturnSchema

ITSELF = "."
"""The payload as a row, or an item of an array as a column."""
ARRAY = "[]"
TEXT, NUMBER, BOOLEAN, EITHER = "a text", "a number", "true or false", "a text or a number"
"""What an item should be, in words."""
_WANTS = {"integer": NUMBER, "number": NUMBER, "boolean": BOOLEAN}


@dataclass(slots=True)
class JsonNode:
    """One item: an object with items ``below``, an array with ``items`` that are all alike, or a ``cell``.

    ``opens`` are the tables of which it begins a row. ``cell`` is where its text goes, by table and column, and
    ``wants`` what it should be; ``listed`` where all texts of an array go. ``ids`` are the running ids that an object
    sets, each with the name of its item; ``most`` is the greatest length of an array.
    """

    path: str
    below: dict[str, JsonNode] = field(default_factory=dict)
    items: JsonNode | None = None
    opens: list[RowShape] = field(default_factory=list)
    cell: tuple[int, int] | None = None
    wants: str = TEXT
    listed: tuple[int, int] | None = None
    ids: list[tuple[int, str]] = field(default_factory=list)
    most: int | None = None


@dataclass(frozen=True)
class JsonLayout:
    """The tree below one payload, and the tables it fills, in the order of the schema.

    ``holders`` are names under which an object may hold payloads, ``beside`` the items of such an object that are
    columns of the payload's own table, where they go; ``ids`` are how many running ids there are.
    """

    holders: tuple[str, ...]
    beside: Mapping[str, JsonNode]
    ids: int
    tables: tuple[RowShape, ...]
    payload: JsonNode


def json_layout(schema: ReturnSchema) -> JsonLayout:
    """The layout that the part ``json`` of a schema describes."""
    return _Layout(schema).built()


class _Layout:
    def __init__(self, schema: ReturnSchema) -> None:
        self.schema = schema
        self.described: Mapping[str, Any] = schema.json
        self.copied: Mapping[str, str] = self.described.get("copied", {})
        self.ids = list(self.copied)
        self.payload = JsonNode("")

    def built(self) -> JsonLayout:
        tables: Mapping[str, Mapping[str, Any]] = self.described["tables"]
        shapes = [self._table(place, name, tables[name]) for place, name in enumerate(self.schema.tables)]
        for column, owner in self.copied.items():
            self._node(owner).ids.append((self.ids.index(column), column))
        for path, most in self.described.get("most", {}).items():
            self._array(path).most = most
        return JsonLayout(
            holders=tuple(self.described.get("holders", ())),
            beside={name: self.payload.below[name] for name in self.described.get("beside", ())},
            ids=len(self.ids),
            tables=tuple(shapes),
            payload=self.payload,
        )

    def _table(self, position: int, name: str, described: Mapping[str, Any]) -> RowShape:
        table = self.schema.tables[name]
        row: str = described["row"]
        paths: Mapping[str, str] = described.get("columns", {})
        filled = [c for c in table.columns if c not in paths and self._is_copied(c, row)]
        shape = RowShape(
            position=position,
            name=name,
            columns=table.columns,
            ids=tuple((table.columns.index(c), self.ids.index(c)) for c in filled),
        )
        self._node(row).opens.append(shape)
        for slot, column in enumerate(table.fields):
            if column.name in filled:
                continue
            path = paths.get(column.name, column.name)
            whole = path if row == ITSELF else row if path == ITSELF else f"{row}/{path}"
            if path.endswith(ARRAY):
                self._array(whole).listed = (position, slot)
                continue
            node = self._node(whole)
            node.cell = (position, slot)
            either = column.name in self.described.get("either", ())
            node.wants = EITHER if either else _WANTS.get(column.type, TEXT)
        return shape

    def _is_copied(self, column: str, row: str) -> bool:
        """Whether a column of a table comes from an object above its rows."""
        owner = self.copied.get(column)
        return owner is not None and row != owner and (owner == ITSELF or row.startswith(f"{owner}/"))

    def _node(self, path: str) -> JsonNode:
        """The item at a path; of an array, what each of its items is."""
        here = self.payload
        for name in path.split("/") if path != ITSELF else ():
            plain = name.removesuffix(ARRAY)
            here = here.below.setdefault(plain, JsonNode(f"{here.path}/{plain}".lstrip("/")))
            if plain != name:
                here.items = here.items or JsonNode(f"{here.path}{ARRAY}")
                here = here.items
        return here

    def _array(self, path: str) -> JsonNode:
        """The array at a path, which ends in []."""
        self._node(path)
        above, _, name = path.removesuffix(ARRAY).rpartition("/")
        return self._node(above or ITSELF).below[name]
