"""A made-up return of any schema, sound or with faults put in, and its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from childlink.errors import UsageFault
from childlink.progress import Progress, unwatched
from childlink.reference.local_authorities import find_authority
from childlink.returns.years import NO_YEAR, CollectionYear, parse_year
from childlink.rules import rule_book
from childlink.rules.registry import RuleBook
from childlink.schema.model import FileFormat, ReturnSchema
from childlink.synth.from_schema.cells import Setting
from childlink.synth.from_schema.faults import STRAY, FaultMaker
from childlink.synth.from_schema.judge import Judge
from childlink.synth.from_schema.people import People
from childlink.synth.from_schema.rows import RowMaker
from childlink.synth.from_schema.shape import shapes
from childlink.synth.from_schema.sound import make_sound
from childlink.synth.ssda903 import DEFAULT_AUTHORITY
from childlink.validation.validate import reads_as_of

USUAL_DAY = date(2026, 3, 31)
"""The day on which a return without collection years is made, unless another is asked for."""


@dataclass(frozen=True)
class MadeReturn:
    """A made-up return: its tables of text by name, empty cells null; its collection year ("" for a return without);
    the day on which ages are reckoned; the kind of file it is written as; and where the faults are.

    ``faults``: table, row (from 1), column, fault, code (of a rule that finds it; a fault that several find is listed
    once for each). Row is null for a column left out, table too where the file holds something that no table has
    (``stray``).
    """

    book: RuleBook = field(repr=False)
    tables: Mapping[str, pl.DataFrame] = field(repr=False)
    faults: pl.DataFrame
    year: str
    day: date
    file_format: FileFormat
    stray: bool = False

    @property
    def schema(self) -> ReturnSchema:
        """The schema it was made from."""
        return self.book.schema

    def files(self) -> dict[str, pl.DataFrame | bytes]:
        """The files by path: the return's own in ``this``, and ``faults.csv``."""
        return {**self._own_files(), "faults.csv": self.faults}

    def next_command(self, place: str) -> str:
        """What to type to validate the return in ``place``."""
        rules = list(self.book.in_force(self.year).values())
        options = f" --year {self.year}" if self.year else ""
        if any(p.name == "local_authority" for rule in rules for p in rule.parameters):
            options += f" --la {DEFAULT_AUTHORITY}"
        if reads_as_of(rules):
            options += f" --as-of {self.day.isoformat()}"
        return f"childlink validate {self.schema.name} {place}{options}"

    def _own_files(self) -> dict[str, pl.DataFrame | bytes]:
        name = f"this/{self.schema.name}.{self.file_format}"
        if self.file_format == "csv":
            tables = self.schema.tables
            return {f"this/{tables[t].snake_name}.csv": frame for t, frame in self.tables.items()}
        if self.file_format == "xlsx":
            from childlink.synth.from_schema.workbook import workbook

            dates = {t: self.schema.tables[t].date_columns for t in self.tables}
            return {name: workbook(self.tables, dates, self.schema.dates)}
        if self.file_format == "xml":
            from childlink.returns.convert import tree_document

            text = tree_document(self.tables, self.schema)
            end = f"</{self.schema.xml['root']}>"
            added = f"  <{STRAY}>nobody asked for this</{STRAY}>\n{end}" if self.stray else end
            return {name: text.replace(end, added).encode()}
        from childlink.returns.json_document import json_document

        data = json_document(self.tables, self.schema)
        added_first = f'{{"{STRAY}": "nobody asked for this", '.encode()
        return {name: data.replace(b"{", added_first, 1) if self.stray else data}


def make_from_schema(
    name: str,
    children: int,
    *,
    year: str | None = None,
    seed: int = 1,
    faults: float = 0.0,
    as_of: date | None = None,
    file_format: str | None = None,
    progress: Progress = unwatched,
) -> MadeReturn:
    """A made-up return whose schema ships under ``name``; see ``make_of_book``."""
    return make_of_book(
        rule_book(name),
        children,
        year=year,
        seed=seed,
        faults=faults,
        as_of=as_of,
        file_format=file_format,
        progress=progress,
    )


def make_of_book(
    book: RuleBook,
    children: int,
    *,
    year: str | None = None,
    seed: int = 1,
    faults: float = 0.0,
    as_of: date | None = None,
    file_format: str | None = None,
    progress: Progress = unwatched,
) -> MadeReturn:
    """A return about ``children`` people, who are nobody, from its schema and its rules.

    ``year`` is as "2025-26", which it is if none is given and the schema has it, else its last; None for a return
    without. ``faults`` is the probability of a fault in each row: with none, no rule of the year finds anything on
    ``as_of``, the day on which ages are reckoned (for a return of a year the census day in its January, for others
    USUAL_DAY). ``file_format`` is one of those of the schema, its first if none is given.

    The same arguments give the same tables. Raises UsageFault for arguments out of range, and for a schema with a
    pattern that is too rich; ToolFault where no rows can be made up that the rules pass.
    """
    schema = book.schema
    _require_in_range(children, faults)
    collected = _year_of(schema, year)
    kind = _kind_of(schema, file_format)
    day = as_of or (census_day(collected) if schema.yearly else USUAL_DAY)
    authority = find_authority(DEFAULT_AUTHORITY)
    stream = f"childlink/{schema.name} {seed}/{collected.name}"
    tables = shapes(schema, collected)
    setting = Setting(schema, collected, day.toordinal(), authority.old_number)
    people = People(stream, authority.ons_code, day.toordinal(), 2 * children + 100)
    maker = RowMaker(setting, tables, people, children, stream)
    judge = Judge(book, collected, day, authority.ons_code, kind)
    make_sound(maker, judge, progress)
    faulty = FaultMaker(maker, judge, f"{stream}/faults").put(faults, progress)
    return MadeReturn(book, faulty.tables, faulty.listed, collected.name, day, kind, faulty.stray)


def census_day(year: CollectionYear) -> date:
    """The third Thursday of the January of a collection year: the day of the school census in spring."""
    first = date(year.ending, 1, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 14)


def _require_in_range(children: int, faults: float) -> None:
    if children < 1:
        raise UsageFault(f"cannot make {children} children", allowed="1 or more", next_step="--children 200")
    if not 0 <= faults <= 1:
        raise UsageFault(
            f"the rate of faults is out of range: {faults:g}",
            allowed="from 0 to 1",
            next_step="--faults 0.02",
        )


def _year_of(schema: ReturnSchema, year: str | None) -> CollectionYear:
    if not schema.yearly:
        if year is not None:
            raise UsageFault(f"{schema.name} has no collection year", next_step="leave --year out")
        return NO_YEAR
    usual = "2025-26"
    return parse_year(year or (usual if usual in schema.years else schema.years[-1]), schema.years)


def _kind_of(schema: ReturnSchema, file_format: str | None) -> FileFormat:
    kinds = schema.formats or ("csv",)
    for kind in kinds:
        if file_format in (None, kind):
            return kind
    raise UsageFault(
        f"{schema.name} does not come as {file_format}",
        allowed=f"one of {', '.join(kinds)}",
        next_step=f"--file-format {kinds[0]}, or leave it out",
    )
