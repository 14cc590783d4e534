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
from typing import Any, Literal, TypeAlias

from childlink.errors import unknown_name
from childlink.resources import data_folder

FORMAT = "childlink.schema/1"
TYPES = ("date", "integer", "number", "boolean")
"""The types of cells that are more than text."""
FORMATS = ("upn", "uln", "nhs_number", "postcode")
"""The formats of text that are known: identifiers with their check digits, and postcodes."""
KINDS = (
    "record_id",
    "local_id",
    "forename",
    "middle_names",
    "surname",
    "birth_date",
    "sex",
    "gender",
    "ethnicity",
    "postcode",
    "upn",
    "former_upn",
    "uln",
    "nhs_number",
)
"""What a column may be about a person."""
NO_YEARS = ("",)
"""The years of a return that has no collection year: one without a name."""
Severity: TypeAlias = Literal["error", "query"]
FileFormat: TypeAlias = Literal["csv", "xlsx", "xml", "json"]
"""The kinds of file that a return comes as."""


@dataclass(frozen=True)
class Constraint:
    """What a column's cells, or a table's rows, must satisfy in the years ``since`` to ``until``.

    ``rule`` is the DfE's code, or None for a structural constraint. A cell fails when it is missing and
    ``required``, or is present and fails ``type`` ("date", "integer", "number", "boolean"), ``format`` (one of
    FORMATS), ``enum``, ``pattern`` (over its whole length), ``minimum`` or ``maximum`` (which a cell that is no
    number passes), ``min_length`` or ``max_length`` (in characters). ``unique`` names the columns that together must
    not repeat; rows with one of them missing never repeat. ``differs`` says where this departs from the reference
    implementation or the words of the message.
    """

    required: bool = False
    type: str | None = None
    format: str | None = None
    enum: str | None = None
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    unique: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    rule: str | None = None
    message: str | None = None
    severity: Severity = "error"
    differs: str | None = None

    def holds_in(self, year: str) -> bool:
        """Whether the constraint is in force in the collection year, named like "2025-26"."""
        return (self.since is None or self.since <= year) and (self.until is None or year <= self.until)


@dataclass(frozen=True)
class FieldSchema:
    """One column: its name, type ("string", "date", "integer", "number", "boolean") and constraints.

    ``since`` and ``until`` are the first and last collection year whose return has the column; a file may do without
    an ``optional`` one. ``kind`` says what it is about a person, one of KINDS. ``heading`` is a pattern that headings
    of the column match (see ``childlink.returns.headings``).
    """

    name: str
    type: str = "string"
    title: str | None = None
    format: str | None = None
    codes: str | None = None
    kind: str | None = None
    optional: bool = False
    heading: str | None = None
    constraints: tuple[Constraint, ...] = ()
    aliases: tuple[str, ...] = ()  # other names by which published conditions call the column
    since: str | None = None
    until: str | None = None

    def holds_in(self, year: str) -> bool:
        """Whether the return of the collection year, named like "2025-26", has the column."""
        return (self.since is None or self.since <= year) and (self.until is None or year <= self.until)


@dataclass(frozen=True)
class ForeignKey:
    """Columns whose cells, together, stand in the columns ``referenced`` of the table ``table``."""

    columns: tuple[str, ...]
    table: str
    referenced: tuple[str, ...]


@dataclass(frozen=True)
class TableSchema:
    """One table. ``fields`` are in the order of the DfE's layout; ``derived`` ones are worked out on reading.

    ``subject`` is the chapter of the rules that the table's constraints belong to. ``sheets`` are other names by
    which sheets and files call it. ``primary_key`` and ``foreign_keys`` say how rows hang together; what of that is
    checked stands among the constraints and rules.
    """

    name: str
    title: str
    fields: tuple[FieldSchema, ...]
    sheets: tuple[str, ...] = ()
    optional: bool = False
    subject: str = "structure"
    since: str | None = None
    constraints: tuple[Constraint, ...] = ()
    derived: tuple[FieldSchema, ...] = ()
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()

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


def can_name_a_column(heading: str) -> bool:
    """Whether a column can be called so: "*" and "^...$" are patterns of names to the library that holds tables."""
    return heading != "*" and not (heading.startswith("^") and heading.endswith("$"))


def snake_case(table: str) -> str:
    """A table's name in small letters: "PlacedAdoption" is placed_adoption, "OC2" oc2, "CINdetails" cin_details,
    "List 1" list_1."""
    table = re.sub(r"\bCIN(?=[a-z])", "CIN_", table)  # the DfE writes CINdetails, CINplanDates
    table = re.sub("[^A-Za-z0-9]+", "_", table)
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", table).lower()


PlacedConstraint: TypeAlias = tuple[TableSchema, FieldSchema | None, Constraint]
"""A constraint with its table and column; the column is None for a constraint on the table."""


@dataclass(frozen=True)
class ReturnSchema:
    """A whole return: its tables by name, its code sets (code -> label) by name, its collection years.

    What it is: ``description``; the ``years`` of a return that is not ``yearly`` are all one, without a name. Codes
    of rules that begin like one of ``own`` are childlink's, not published. ``reference`` names the data that rules
    read and that come with childlink, each with a date of its own. ``inputs`` are tables that rules read and that are
    no part of the return, such as the provider list. ``period_end`` names the table and column whose first row says
    on which day the reporting period ends, where that is not for the collection year to say.

    How it comes: ``formats`` are the kinds of file, of a return without a reader of its own; ``xml`` and ``json`` say
    how such a file holds the tables (``childlink.returns.xml_layout``, ``json_tables``). ``folded`` headings are told
    apart by letters and digits alone. ``missing_values`` are cells taken as empty. ``dates`` are the forms in which
    dates are written, the usual one first. ``spellings`` are, for a code set that has any, the code that each folded
    spelling stands for (``fold``); ``openings``, for one of which a cell may begin with a code whatever label
    follows, the pattern of such cells. ``child_columns`` are those of a child's id: in each table the first it has.
    """

    name: str
    title: str
    years: tuple[str, ...]
    tables: Mapping[str, TableSchema]
    code_sets: Mapping[str, Mapping[str, str]]
    inputs: Mapping[str, TableSchema] = field(default_factory=dict)
    xml: Mapping[str, Any] = field(default_factory=dict)
    json: Mapping[str, Any] = field(default_factory=dict)
    description: str | None = None
    formats: tuple[FileFormat, ...] = ()
    yearly: bool = True
    folded: bool = False
    missing_values: tuple[str, ...] = ()
    spellings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    openings: Mapping[str, str] = field(default_factory=dict)
    own: tuple[str, ...] = ()
    upper_case: bool = False
    dates: tuple[str, ...] = ("%d/%m/%Y",)
    child_columns: tuple[str, ...] = ("CHILD",)
    period_end: tuple[str, str] | None = None
    reference: tuple[str, ...] = ()
    source: Path | None = field(default=None, compare=False)

    @property
    def child(self) -> str:
        """The column of a child's id, where there is one for all tables; "" where there is none."""
        return self.child_columns[0] if self.child_columns else ""

    def constraints(self) -> Iterator[PlacedConstraint]:
        """Every constraint of every year, in the order of the file; the field is None for a table's."""
        for table in self.tables.values():
            for constraint in table.constraints:
                yield table, None, constraint
            for column in table.fields:
                for constraint in column.constraints:
                    yield table, column, constraint


def shipped_schemas() -> list[str]:
    """The names of the returns whose schemas ship, ssda903 and cin first, the others by name."""
    first = ("ssda903", "cin")
    others = sorted(path.stem for path in data_folder("schemas").glob("*.yaml") if path.stem not in first)
    return [*first, *others]


@cache
def load_return_schema(name: str) -> ReturnSchema:
    """The schema that ships under ``name``, such as "ssda903". Raises UsageFault for a name there is none for."""
    from childlink.schema.reading import read_shipped  # it reads into the classes of this module

    path = data_folder("schemas") / f"{name}.yaml"
    if not path.is_file():
        raise unknown_name("return", name, shipped_schemas())
    return read_shipped(path)


def fold(text: str) -> str:
    """``text`` without what people write differently: capitals, spaces, quotes, brackets and other signs."""
    return re.sub(r"[^a-z0-9]", "", text.casefold())
