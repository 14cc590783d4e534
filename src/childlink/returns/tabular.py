"""Reading a return of any schema from CSV files and Excel workbooks: a table for each file or sheet."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from childlink.errors import InputFault, UsageFault
from childlink.returns.csv_file import look_like_headings, read_csv_text
from childlink.returns.given import GivenFile, given_files
from childlink.returns.model import AbsentColumn, InputFile, Return, UnreadColumn
from childlink.returns.text import emptied
from childlink.returns.years import CollectionYear
from childlink.schema.model import FieldSchema, FileFormat, ReturnSchema, TableSchema, fold

TABULAR: tuple[FileFormat, ...] = ("csv", "xlsx")
"""The kinds of file read here."""
_LEAST_ALIKE = 0.5
"""The share of a table's columns that a file without the table's name must have to be taken for it."""
_MIDNIGHT = " 00:00:00"
"""What a workbook's dates come with behind them."""


@dataclass(frozen=True, eq=False)
class Part:
    """A file or sheet with the text in it. ``name`` is the sheet's, or the file's without its ending; ``place`` is
    what messages call it, ``file`` what reports do. ``lines`` are None for a sheet."""

    name: str
    place: str
    file: str
    frame: pl.DataFrame = field(repr=False)
    lines: pl.Series | None
    sha256: str


def read_tabular(
    paths: Sequence[Path], previous: Sequence[Path], schema: ReturnSchema, year: CollectionYear
) -> Return:
    """Read a return from CSV files or one Excel workbook, or a folder of either (``given_files``).

    Which table a file or sheet is its name says (``named``) or, where it says nothing, its headings (``alike``);
    sheets, and files of a folder, that are no table are left out. Columns are those of ``year``, in the order of the
    schema, under their own names; text stands as it is, save that the schema's missing values are empty, that its
    ``upper_case`` holds, and that a workbook's dates lose their midnight. A column that is not there is not in the
    frame.

    Raises UsageFault without paths, and with last year's, which no rule reads; InputFault when a file cannot be read
    (``read_csv_text``, ``read_sheets``), is no table of the return, or is a table that is there already, and when two
    headings mean one column.
    """
    if previous:
        raise UsageFault(
            f"{schema.name} is not compared with last year's return", next_step="leave --previous out"
        )
    files = given_files(paths, (), tuple(f for f in TABULAR if f in schema.formats))
    read = _Reading(schema, year)
    for file in files:
        for part in _parts(file, schema):
            # a file that was named must be a table; a folder or workbook may hold other things beside
            read.take(part, named_by_user=part.lines is not None and file.path in paths)
    read.count_errors(files)
    if not read.tables:
        raise InputFault(
            f"no {'file' if files[0].kind == 'csv' else 'sheet'} of {_listed([str(p) for p in paths])} "
            "is a table of the return",
            allowed=f"files or sheets named or headed like the tables {_listed(list(schema.tables))}",
            next_step="check that it is the right return, and that headings stand in the first row",
        )
    return Return(
        name=schema.name,
        year=year,
        tables=read.tables,
        lines=read.lines,
        inputs=tuple(read.inputs),
        file_format=files[0].kind,
        absent_columns=tuple(read.absent),
        unread_columns=tuple(read.unread),
        unread_sheets=tuple(read.unread_sheets),
        taken_as_missing=read.taken_as_missing,
    )


def _parts(file: GivenFile, schema: ReturnSchema) -> list[Part]:
    if file.kind == "csv":
        text = read_csv_text(file.path)
        return [Part(file.path.stem, str(file.path), file.name, text.frame, text.lines, text.sha256)]
    from childlink.returns.spreadsheet import read_sheets  # only where there is a workbook

    headings = {fold(n) for t in schema.tables.values() for f in t.fields for n in (f.name, *f.aliases)}
    sheets = read_sheets(file.path, sorted(headings))
    return [Part(s.name or "", s.place, f"{file.name}, {s.name}", s.frame, None, s.sha256) for s in sheets]


class _Reading:
    """The tables read so far."""

    def __init__(self, schema: ReturnSchema, year: CollectionYear) -> None:
        self.schema, self.year = schema, year
        self.tables: dict[str, pl.DataFrame] = {}
        self.lines: dict[str, pl.Series] = {}
        self.inputs: list[InputFile] = []
        self.absent: list[AbsentColumn] = []
        self.unread: list[UnreadColumn] = []
        self.unread_sheets: list[str] = []
        self.taken_as_missing: dict[str, int] = {}
        self._held_by: dict[str, str] = {}

    def take(self, part: Part, *, named_by_user: bool) -> None:
        """Take in a file or sheet. One that is no table is a fault where the user named it, else left out."""
        fields = {
            t.name: [f for f in t.fields if f.holds_in(self.year.name)]
            for t in self.schema.tables.values()
            if t.since is None or not self.schema.yearly or t.since <= self.year.name
        }
        columns = {
            name: columns_meant(part.frame.columns, of_table, folded=self.schema.folded)
            for name, of_table in fields.items()
        }
        name = named(part.name, [self.schema.tables[t] for t in fields]) or alike(columns, fields)
        if name is None or not columns[name]:
            if named_by_user:
                raise _no_table(part, fields, name)
            self.unread_sheets.append(part.file)
            return
        if name in self._held_by:
            raise InputFault(
                f"{self._held_by[name]} and {part.place} are both the table {name}",
                allowed="one file or sheet for each table",
                next_step="leave one out",
            )
        self._held_by[name] = part.place
        self._add(name, part, fields[name], columns[name])

    def count_errors(self, files: Sequence[GivenFile]) -> None:
        """Note the cells of workbooks that hold an error (#N/A ...), which are read as empty."""
        for file in files:
            if file.kind == "xlsx":
                from childlink.returns.spreadsheet import error_cells

                if count := error_cells(file.path):
                    self.taken_as_missing[file.name] = count

    def _add(self, name: str, part: Part, fields: Sequence[FieldSchema], columns: Mapping[str, str]) -> None:
        heading_of: dict[str, str] = {}
        for heading, column in columns.items():
            if column in heading_of:
                raise InputFault(
                    f"{part.place}: the headings {heading_of[column]!r} and {heading!r} both mean {column} of {name}",
                    allowed="one heading for each column",
                    next_step="rename or delete one of the two columns",
                )
            heading_of[column] = heading
        there = [f for f in fields if f.name in heading_of]
        frame = part.frame.select(pl.col(heading_of[f.name]).alias(f.name) for f in there)
        self.tables[name] = self._cleaned(frame, there, part)
        if part.lines is not None:
            self.lines[name] = part.lines
        self.inputs.append(InputFile(part.file, name, "this", frame.height, part.sha256))
        self.absent += [
            AbsentColumn(part.file, name, f.name, f.optional) for f in fields if f.name not in heading_of
        ]
        sure = look_like_headings(part.frame.columns)
        self.unread += [
            UnreadColumn(part.file, name, heading if sure else None)
            for heading in part.frame.columns
            if heading not in columns
        ]

    def _cleaned(self, frame: pl.DataFrame, fields: Sequence[FieldSchema], part: Part) -> pl.DataFrame:
        """The cells as rules read them; and how many were taken as missing is noted."""
        if self.schema.missing_values:
            missing = pl.all().is_in(self.schema.missing_values)
            count = sum(frame.select(missing.sum()).row(0)) if frame.width else 0
            if count:
                self.taken_as_missing[part.file] = count
            frame = frame.with_columns(pl.when(~missing).then(pl.all()))
        cells = []
        for column in fields:
            cell = emptied(pl.col(column.name))
            if column.type == "date" and part.lines is None:
                cell = cell.str.strip_suffix(_MIDNIGHT)
            cells.append(cell.str.to_uppercase() if self.schema.upper_case else cell)
        return frame.select(cells)


def columns_meant(headings: Sequence[str], fields: Sequence[FieldSchema], *, folded: bool) -> dict[str, str]:
    """The column that each heading means, headings that mean none left out.

    A heading means the column whose name or alias it is, after ``fold`` where ``folded``; else, where headings are
    ``folded``, the first column whose pattern matches it whole, in small letters with single spaces, and that no
    other heading has by name.
    """
    spelt = fold if folded else str
    names = {spelt(name): f.name for f in fields for name in reversed((f.name, *f.aliases))}
    meant = {h: names[spelt(h)] for h in headings if spelt(h) in names}
    if folded:
        taken = set(meant.values())
        patterns = [(re.compile(f.heading), f.name) for f in fields if f.heading and f.name not in taken]
        for heading in headings:
            plain = " ".join(heading.casefold().split())
            found = next((name for pattern, name in patterns if pattern.fullmatch(plain)), None)
            if heading not in meant and found is not None:
                meant[heading] = found
    return meant


def named(name: str, tables: Sequence[TableSchema]) -> str | None:
    """The table whose name, or other name, a file or sheet has; else the one whose longest name stands in it.

    "list_1" is List 1, and so is "annex a list 1 final"; "list 10" is not, since a digit follows.
    """
    names = {fold(other): table.name for table in tables for other in (*table.sheets, table.name)}
    plain = fold(name)
    if plain in names:
        return names[plain]
    within = [n for n in names if re.search(f"{n}(?![0-9])", plain)]
    return names[max(within, key=lambda n: (len(n), n))] if within else None


def alike(
    columns: Mapping[str, Mapping[str, str]], fields: Mapping[str, Sequence[FieldSchema]]
) -> str | None:
    """The table of which a file has the largest share of columns, at least half of those that it must have; the
    first of several with the same number of them in common. None where no table is so alike, or two equally."""
    share: dict[str, tuple[float, int]] = {}
    for name, of_table in fields.items():
        wanted = {f.name for f in of_table if not f.optional}
        found = set(columns[name].values())
        share[name] = (len(found & wanted) / max(1, len(wanted)), len(found))
    best = max(share, key=lambda name: share[name])
    rivals = [name for name in share if share[name] == share[best]]
    return best if share[best][0] >= _LEAST_ALIKE and len(rivals) == 1 else None


def _no_table(part: Part, fields: Mapping[str, Sequence[FieldSchema]], name: str | None) -> InputFault:
    of_return = f"one of {_listed(list(fields))}"
    if name is not None:
        return InputFault(
            f"{part.place} is the table {name} by its name, and has none of its columns",
            allowed=f"{name}: {_listed([f.name for f in fields[name]])}",
            next_step="check that its headings stand in the first row",
        )
    return InputFault(
        f"{part.place} is no table of the return, by its name or by its headings",
        allowed=f"a file named or headed like {of_return}",
        next_step=f"name the file after its table, such as {next(iter(fields))}.csv, or leave it out",
    )


def _listed(names: Sequence[str], most: int = 12) -> str:
    told = ", ".join(names[:most])
    return told if len(names) <= most else f"{told} and {len(names) - most} more"
