"""How the tables of a return hang together, as far as its schema says: whose the rows of each table are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from childlink.returns.json_layout import ARRAY, ITSELF
from childlink.returns.years import CollectionYear
from childlink.schema.model import Constraint, FieldSchema, ReturnSchema, TableSchema, fold

IDENTITY = ("forename", "surname", "birth_date", "upn", "uln", "nhs_number")
"""Kinds of columns that say who somebody is: a table with one of them has a row for a person."""
OWN_IDS = ("record_id", "local_id")


@dataclass(frozen=True)
class TableShape:
    """One table of one year's return.

    ``fields`` are the columns of the year. ``parent`` is the table on whose rows the rows hang, ``shared`` the
    columns that say on which. ``own`` are ids that a row has to itself: ``counted`` ones are numbered from 1 within
    the row above, others are numbers of no order. ``people`` is the column by which a table that says who people are
    knows them, "" where no column does; None for other tables. ``most`` rows hang on one row of the parent. A
    ``header`` has one row and says which return it is. ``lists`` are columns that say again what the rows below hold:
    the column, the table of those rows, and its column; of JSON they are ``arrays``.
    """

    schema: TableSchema
    fields: tuple[FieldSchema, ...]
    parent: str | None
    shared: tuple[str, ...]
    own: tuple[str, ...]
    counted: tuple[str, ...]
    people: str | None
    most: int
    header: bool
    lists: tuple[tuple[str, str, str], ...] = ()
    arrays: bool = False

    @property
    def name(self) -> str:
        """The table's name."""
        return self.schema.name

    @cached_property
    def ids(self) -> frozenset[str]:
        """The columns that are filled from what hangs on what, and not one by one."""
        lists = (column for column, _, _ in self.lists)
        return frozenset((*self.shared, *self.own, *self.counted, *lists))


def shapes(schema: ReturnSchema, year: CollectionYear) -> dict[str, TableShape]:
    """The tables of a return in one year, by name, in the order of the schema; every one after its parent."""
    found: dict[str, TableShape] = {}
    tree = schema.xml or schema.json
    rows = {name: str(described.get("row", "")) for name, described in tree.get("tables", {}).items()}
    for table in schema.tables.values():
        if table.since is not None and schema.yearly and table.since > year.name:
            continue
        fields = tuple(f for f in table.fields if f.holds_in(year.name))
        if rows:
            found[table.name] = _of_tree(table, fields, rows, tree, schema, found)
        else:
            found[table.name] = _of_columns(table, fields, schema, found)
    return found


def constraints_of(column: FieldSchema, year: CollectionYear) -> list[Constraint]:
    """What holds of a column's cells in a year."""
    return [c for c in column.constraints if c.holds_in(year.name)]


def _of_tree(
    table: TableSchema,
    fields: tuple[FieldSchema, ...],
    rows: Mapping[str, str],
    tree: Mapping[str, Any],
    schema: ReturnSchema,
    before: Mapping[str, TableShape],
) -> TableShape:
    """A table of XML or JSON: its rows hang on those of the table whose row is next above them."""
    row = rows.get(table.name, "")
    above = [name for name in before if row != rows[name] and _below(row, rows[name])]
    above = [name for name in above if not before[name].header]
    # a table of the same elements is no row above, but the same row told in two tables
    same = [name for name in before if rows[name] == row and not before[name].header]
    parent = same[0] if same else max(above, key=lambda name: len(rows[name]), default=None)
    copied, counted = tree.get("copied", {}), tree.get("counted", {})
    names = [f.name for f in fields]
    mine = tuple(c for c, path in counted.items() if c in names and path == row and not same)
    held = _ids_above(parent, before)
    units: Sequence[str] = tree.get("units", ())
    once = set(tree.get("once", ())) | set(units[:1] if len(units) > 1 else ())
    own = tuple(c for c in names if c in copied and c not in held)
    if parent is None and not own and not mine:
        own = tuple(f.name for f in fields if f.kind in OWN_IDS)[:1]
    header = len(units) > 1 and row == units[0]
    return TableShape(
        schema=table,
        fields=fields,
        parent=parent,
        shared=tuple(c for c in names if c in held),
        own=own,
        counted=mine,
        people=None if header or parent else (_child_column(fields, schema) or ""),
        most=1 if same or row in once or _one_each(table, held) or _is_object(row, schema) else 2,
        header=header,
        lists=_lists(names, row, tree.get("tables", {}).get(table.name, {}), tree),
        arrays=bool(schema.json),
    )


def _lists(
    names: Sequence[str], row: str, described: Mapping[str, Any], tree: Mapping[str, Any]
) -> tuple[tuple[str, str, str], ...]:
    """The columns of a table that list what the rows of another hold, each of which is no more than a text."""
    paths = dict(tree.get("listed", {}))
    paths |= {c: path for c, path in described.get("columns", {}).items() if path.endswith(ARRAY)}
    found = []
    for column, path in paths.items():
        whole = path if row == ITSELF else f"{row}/{path}"
        for name, other in tree["tables"].items():
            inner = [c for c, below in other.get("columns", {}).items() if below == ITSELF]
            if column in names and other["row"] == whole and inner:
                found.append((column, name, inner[0]))
    return tuple(found)


def _is_object(row: str, schema: ReturnSchema) -> bool:
    """Whether a row of JSON is an object of its own, and no item of an array."""
    return bool(schema.json) and row != ITSELF and not row.endswith(ARRAY)


def _of_columns(
    table: TableSchema,
    fields: tuple[FieldSchema, ...],
    schema: ReturnSchema,
    before: Mapping[str, TableShape],
) -> TableShape:
    """A table by its columns: it hangs on the one whose own ids it names, unless it says who people are itself."""
    names = [f.name for f in fields]
    is_people = any(f.kind in IDENTITY for f in fields)
    parents = [t for t in before.values() if t.own and set(t.own) <= set(names) and not is_people]
    parent = max(parents, key=lambda t: len(t.ids), default=None)
    held = _ids_above(parent.name if parent else None, before)
    shared = tuple(c for c in names if c in held)
    child = _child_column(fields, schema)
    unique = [c.unique[0] for c in table.constraints if len(c.unique) == 1]
    local = [f.name for f in fields if f.kind in OWN_IDS]
    called = [
        c for c in names if fold(c).startswith(fold(table.name).removesuffix("s")) and fold(c).endswith("id")
    ]
    ids = (*([child] if child else ()), *local, *unique, *called)
    own = tuple(dict.fromkeys(c for c in ids if c not in shared))
    return TableShape(
        schema=table,
        fields=fields,
        parent=parent.name if parent else None,
        shared=shared,
        own=own[:1] if is_people else own,
        counted=(),
        people=(child or "") if is_people else None,
        most=1 if _one_each(table, shared) else 2,
        header=False,
    )


def _ids_above(parent: str | None, before: Mapping[str, TableShape]) -> tuple[str, ...]:
    """The ids that a row of the parent has, its own last."""
    if parent is None:
        return ()
    above = before[parent]
    return (*above.shared, *above.own, *above.counted)


def _one_each(table: TableSchema, held: Sequence[str]) -> bool:
    """Whether a table says that no two of its rows hang on one row above."""
    return bool(held) and any(set(c.unique) and set(c.unique) <= set(held) for c in table.constraints)


def _below(row: str, above: str) -> bool:
    return above in ("", ITSELF) or row.startswith((f"{above}/", f"{above}.", f"{above}["))


def _child_column(fields: Sequence[FieldSchema], schema: ReturnSchema) -> str | None:
    names = [f.name for f in fields]
    return next((c for c in schema.child_columns if c in names), None)
