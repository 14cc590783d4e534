"""A return or extract as its schema describes it: tables, fields, code sets, and which DfE rule each constraint is.

Schemas are the YAML files of the folder ``schemas/``. Their words are those of the public Table Schema
standard, plus ``since``, ``until`` and ``rule`` (the head of each file explains them).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeAlias

from childlink.errors import InputFault, unknown_name
from childlink.resources import data_folder

FORMAT = "childlink.schema/1"


@dataclass(frozen=True)
class Constraint:
    """What a column's cells, or a table's rows, must satisfy in the years ``since`` to ``until``.

    ``rule`` is the DfE's code, or None for a structural constraint. A cell fails when it is missing and
    ``required``, or is present and fails ``type``, ``enum`` or ``pattern`` (over its whole length).
    ``unique`` names the columns that together must not repeat; rows with one of them missing never repeat.
    ``differs`` says where this departs from the reference implementation or the words of the message.
    """

    required: bool = False
    type: str | None = None
    enum: str | None = None
    pattern: str | None = None
    unique: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    rule: str | None = None
    message: str | None = None
    differs: str | None = None

    def holds_in(self, year: str) -> bool:
        """Whether the constraint is in force in the collection year, named like "2025-26"."""
        return (self.since is None or self.since <= year) and (self.until is None or year <= self.until)


@dataclass(frozen=True)
class FieldSchema:
    """One column: its name, type ("string", "date", "integer", "number") and constraints.

    ``since`` and ``until`` are the first and last collection year whose return has the column.
    """

    name: str
    type: str = "string"
    title: str | None = None
    constraints: tuple[Constraint, ...] = ()
    aliases: tuple[str, ...] = ()  # other names by which published conditions call the column
    since: str | None = None
    until: str | None = None

    def holds_in(self, year: str) -> bool:
        """Whether the return of the collection year, named like "2025-26", has the column."""
        return (self.since is None or self.since <= year) and (self.until is None or year <= self.until)


@dataclass(frozen=True)
class TableSchema:
    """One table. ``fields`` are in the order of the DfE's layout; ``derived`` ones are worked out on reading.

    ``subject`` is the chapter of the rules that the table's constraints belong to.
    """

    name: str
    title: str
    fields: tuple[FieldSchema, ...]
    subject: str = "structure"
    since: str | None = None
    constraints: tuple[Constraint, ...] = ()
    derived: tuple[FieldSchema, ...] = ()

    @cached_property
    def snake_name(self) -> str:
        """The table's name as files and parameters have it; see ``snake_case``."""
        return snake_case(self.name)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns a file of this table must have."""
        return tuple(f.name for f in self.fields)

    @cached_property
    def date_columns(self) -> tuple[str, ...]:
        """The names of the columns that hold whole dates."""
        return tuple(f.name for f in self.fields if f.type == "date")


def snake_case(table: str) -> str:
    """A table's name in small letters: "PlacedAdoption" is placed_adoption, "OC2" oc2, "CINdetails" cin_details."""
    table = re.sub("^CIN(?=[a-z])", "CIN_", table)  # the DfE writes CINdetails, CINplanDates
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", table).lower()


PlacedConstraint: TypeAlias = tuple[TableSchema, FieldSchema | None, Constraint]
"""A constraint with its table and column; the column is None for a constraint on the table."""


@dataclass(frozen=True)
class ReturnSchema:
    """A whole return: its tables by name, its code sets (code -> label) by name, its collection years.

    ``inputs`` are tables that rules read and that are no part of the return, such as the provider list.
    ``xml`` says how the return's XML holds the tables, as ``childlink.returns.xml_layout`` reads it.
    ``dates`` are the forms in which dates are written, the usual one first. ``child`` is the column, in every table
    that has one, of the child's id. ``period_end`` names the table and column whose first row says on which day the
    reporting period ends, where that is not for the collection year to say. ``reference`` names the data that rules
    read and that come with childlink, each with a date of its own.
    """

    name: str
    title: str
    years: tuple[str, ...]
    tables: Mapping[str, TableSchema]
    code_sets: Mapping[str, Mapping[str, str]]
    inputs: Mapping[str, TableSchema] = field(default_factory=dict)
    xml: Mapping[str, Any] = field(default_factory=dict)
    upper_case: bool = False
    dates: tuple[str, ...] = ("%d/%m/%Y",)
    child: str = "CHILD"
    period_end: tuple[str, str] | None = None
    reference: tuple[str, ...] = ()
    source: Path | None = field(default=None, compare=False)

    def constraints(self) -> Iterator[PlacedConstraint]:
        """Every constraint of every year, in the order of the file; the field is None for a table's."""
        for table in self.tables.values():
            for constraint in table.constraints:
                yield table, None, constraint
            for column in table.fields:
                for constraint in column.constraints:
                    yield table, column, constraint


@cache
def load_return_schema(name: str) -> ReturnSchema:
    """The schema that ships under ``name``, such as "ssda903". Raises UsageFault for a name there is none for."""
    path = data_folder("schemas") / f"{name}.yaml"
    if not path.is_file():
        known = sorted(p.stem for p in data_folder("schemas").glob("*.yaml"))
        raise unknown_name("return", name, known)
    return read_schema(path)


def read_schema(path: Path) -> ReturnSchema:
    """The schema in a YAML file. Raises InputFault when the file is not one childlink can read."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        document = yaml.load(path.read_bytes(), Loader=loader)  # noqa: S506 - both loaders are the safe one
    except yaml.YAMLError as fault:
        raise InputFault(f"{path} is not YAML: {fault}", next_step="mend the file and run again") from None
    if not isinstance(document, dict) or document.get("schema") != FORMAT:
        raise InputFault(
            f"{path} is not a childlink schema", allowed=f"a file that begins 'schema: {FORMAT}'"
        )
    dates = document.get("dates", "%d/%m/%Y")
    period_end = document.get("period", {}).get("end")
    return ReturnSchema(
        name=document["name"],
        title=document["title"],
        years=tuple(document.get("years", ())),
        tables={name: _table(name, table) for name, table in document["tables"].items()},
        code_sets=document.get("code_sets", {}),
        inputs={name: _table(name, table) for name, table in document.get("inputs", {}).items()},
        xml=document.get("xml", {}),
        upper_case=document.get("upper_case", False),
        dates=(dates,) if isinstance(dates, str) else tuple(dates),
        child=document.get("child", "CHILD"),
        period_end=(period_end["table"], period_end["column"]) if period_end else None,
        reference=tuple(document.get("reference", ())),
        source=path,
    )


def _table(name: str, table: Mapping[str, Any]) -> TableSchema:
    return TableSchema(
        name=name,
        title=table.get("title", name),
        subject=table.get("subject", "structure"),
        since=table.get("since"),
        fields=tuple(_field(f) for f in table["fields"]),
        constraints=_constraints(table),
        derived=tuple(_field(f) for f in table.get("derived", ())),
    )


def _field(described: Mapping[str, Any]) -> FieldSchema:
    return FieldSchema(
        name=described["name"],
        type=described.get("type", "string"),
        title=described.get("title"),
        constraints=_constraints(described),
        aliases=tuple(described.get("aliases", ())),
        since=described.get("since"),
        until=described.get("until"),
    )


def _constraints(described: Mapping[str, Any]) -> tuple[Constraint, ...]:
    """One constraint object, as Table Schema has it, or several with their years."""
    given = described.get("constraints", ())
    several = [given] if isinstance(given, dict) else given
    return tuple(Constraint(**{**c, "unique": tuple(c.get("unique", ()))}) for c in several)
