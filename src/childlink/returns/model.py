"""A return as read: tables of text, and where each came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from childlink.returns.years import CollectionYear
from childlink.schema.model import FileFormat

Period = Literal["this", "previous"]

PREVIOUS = "previous."
"""What the names of last year's tables begin with."""


@dataclass(frozen=True)
class InputFile:
    """One file that was read, or one table of an XML file. ``rows`` are data rows, without the heading;
    ``sha256`` is of the file's bytes."""

    file: str
    table: str
    period: Period
    rows: int
    sha256: str


@dataclass(frozen=True)
class UnknownElement:
    """Elements of an XML file that were not read: their path, how many there were, and why."""

    file: str
    period: Period
    path: str
    count: int
    why: str


@dataclass(frozen=True)
class AbsentColumn:
    """A column of a table that its file or sheet does not have; ``optional`` ones may be absent."""

    file: str
    table: str
    column: str
    optional: bool


@dataclass(frozen=True)
class UnreadColumn:
    """A column of a file or sheet that its table does not have, and that is not read. ``heading`` is as written, or
    None where the first row may hold data."""

    file: str
    table: str
    heading: str | None


@dataclass(frozen=True, eq=False)
class Return:
    """The tables of one return, and last year's.

    ``tables``: String columns, nulls for empty cells, rows in the order of the file; this year's under the
    table's name, last year's under "previous." and the name. ``lines``: for the same keys, the line of the
    file on which each row begins (no key where a format has no lines). ``inputs``: in the order given.
    ``file_format`` is this year's. ``unknown_elements``: what XML and JSON files held that became no cell.
    ``absent_columns`` and ``unread_columns``: how files differ from their tables; ``unread_sheets``: of a workbook,
    those that are no table of the return. ``taken_as_missing``: how many
    cells of each file held one of the schema's missing values.
    """

    name: str
    year: CollectionYear
    tables: dict[str, pl.DataFrame] = field(repr=False)  # children's records belong in no traceback
    lines: dict[str, pl.Series]
    inputs: tuple[InputFile, ...]
    file_format: FileFormat
    unknown_elements: tuple[UnknownElement, ...] = ()
    absent_columns: tuple[AbsentColumn, ...] = ()
    unread_columns: tuple[UnreadColumn, ...] = ()
    unread_sheets: tuple[str, ...] = ()
    taken_as_missing: Mapping[str, int] = field(default_factory=dict)
