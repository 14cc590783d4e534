"""Reading a CIN census return: its one XML file, or the same tables as CSV files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from childlink.errors import InputFault, UsageFault
from childlink.returns.csv_file import read_csv_text
from childlink.returns.given import GivenFile, given_files
from childlink.returns.model import InputFile, Return, UnknownElement
from childlink.returns.recognise import recognise
from childlink.returns.years import CollectionYear, collection_year
from childlink.schema.dates import read_dates
from childlink.schema.model import FieldSchema, ReturnSchema, TableSchema

if TYPE_CHECKING:
    from childlink.returns.cin_layout import CinLayout

HEADER, CHILDREN = "Header", "Children"
NOT_THERE = "is not there, and every return has one"
_ALLOWED = "a Message with a Header, which says the ReferenceDate, and Children"
_EXPORT = "export the return again from the case management system"


def read_cin(
    paths: Sequence[Path], previous: Sequence[Path], schema: ReturnSchema, year: CollectionYear
) -> Return:
    """Read a CIN census return of one collection year.

    The paths are its XML file, or CSV files, or a folder of either (``given_files``). From XML every table of the
    schema is there, with all its columns, rows in the order of the file. A CSV file is recognised by its headings
    (``recognise``); columns that only returns of other years have may be left out, and are then empty. Text is kept
    as it stands.

    Raises UsageFault without paths, and with last year's, which no rule reads; InputFault when a file cannot be read
    (``read_cin_text``, ``read_csv_text``), is no table of the return, is there twice, has no header with a reference
    date, has no children, is another collection, or is of another year than ``year``.
    """
    if previous:
        raise UsageFault(
            "the CIN census is not compared with last year's return", next_step="leave --previous out"
        )
    files = given_files(paths, ())
    read = read_files(files, schema, year.name)
    where = str(files[0].path) if files[0].kind == "xml" else f"the {HEADER} table"
    _require_header(read, where, schema)
    require_year(read.tables[HEADER], where, year, schema.dates)
    return Return(
        name=schema.name,
        year=year,
        tables=read.tables,
        lines=read.lines,
        inputs=tuple(read.inputs),
        file_format=files[0].kind,
        unknown_elements=tuple(read.unknown),
    )


@dataclass
class ReadFiles:
    """What has been read. ``header_at`` is the line of the XML's header, None where it has none or in CSV."""

    tables: dict[str, pl.DataFrame] = field(default_factory=dict, repr=False)
    lines: dict[str, pl.Series] = field(default_factory=dict, repr=False)
    inputs: list[InputFile] = field(default_factory=list)
    unknown: list[UnknownElement] = field(default_factory=list)
    header_at: int | None = None


def read_files(files: Sequence[GivenFile], schema: ReturnSchema, year: str | None) -> ReadFiles:
    """Read an XML file, or CSV files, as ``read_cin`` does, whatever the header says; of any year where it is
    None."""
    return _read_xml(files[0], schema, year) if files[0].kind == "xml" else _read_csv(files, schema, year)


def _read_xml(file: GivenFile, schema: ReturnSchema, year: str | None) -> ReadFiles:
    from childlink.returns.cin_layout import cin_layout  # lxml only where there is XML
    from childlink.returns.cin_xml import read_cin_text

    layout = cin_layout(schema, year)
    text = read_cin_text(file.path, layout)
    _require_collection(file.path, text.tables[HEADER], layout)
    if CHILDREN not in text.lines or text.tables["ChildIdentifiers"].is_empty():
        lacks = f"{CHILDREN} element" if CHILDREN not in text.lines else "child"
        raise InputFault(f"{file.path} holds no {lacks}", allowed=_ALLOWED, next_step=_EXPORT)
    left_out = {**text.left_out, **{(path, NOT_THERE): 0 for path in text.lacking}}
    return ReadFiles(
        tables=text.tables,
        inputs=[InputFile(file.name, name, "this", f.height, text.sha256) for name, f in text.tables.items()],
        unknown=[UnknownElement(file.name, "this", path, n, why) for (path, why), n in left_out.items()],
        header_at=text.lines.get(HEADER),
    )


def _require_collection(path: Path, header: pl.DataFrame, layout: CinLayout) -> None:
    """Raise InputFault where the header names another collection. One without a Collection is left to its year."""
    named = (header["Collection"].head(1).to_list() or [None])[0]
    if named is None or named.strip().casefold() == layout.collection.casefold():
        return
    looks = layout.looks_like.get(f"{layout.root}/{named.strip().upper()}")
    raise InputFault(
        f"{path} is another return: its Collection is not {layout.collection}"
        + (f"; it looks like {looks}" if looks else ""),
        allowed=f"XML whose Collection is {layout.collection}",
        next_step="name the return that the file holds, or give the right file",
    )


def _read_csv(files: Sequence[GivenFile], schema: ReturnSchema, year: str | None) -> ReadFiles:
    from childlink.returns.text import emptied

    read = ReadFiles()
    held_by: dict[str, Path] = {}
    for file in files:
        text = read_csv_text(file.path)
        given = text.frame.columns
        name = recognise(given, _columns(schema.tables, given, year), str(file.path))
        if name in held_by:
            raise InputFault(
                f"{held_by[name]} and {file.path} are both the table {name}",
                allowed="one file for each table",
                next_step="leave one out",
            )
        held_by[name] = file.path
        cells = [
            emptied(pl.col(c)) if c in given else pl.lit(None, dtype=pl.String).alias(c)
            for c in schema.tables[name].columns
        ]
        read.tables[name] = text.frame.select(cells)
        read.lines[name] = text.lines
        read.inputs.append(InputFile(file.name, name, "this", text.frame.height, text.sha256))
    return read


def _columns(
    tables: Mapping[str, TableSchema], given: Sequence[str], year: str | None
) -> dict[str, list[str]]:
    """The columns that a file of each table must have, where those of other years may be left out."""

    def wanted(field: FieldSchema) -> bool:
        always = field.since is None and field.until is None
        return field.name in given or (always if year is None else field.holds_in(year))

    return {name: [f.name for f in table.fields if wanted(f)] for name, table in tables.items()}


def _require_header(read: ReadFiles, where: str, schema: ReturnSchema) -> None:
    """Raise InputFault where the return does not say on which day its period ends."""
    header = read.tables.get(HEADER)
    if header is None or header.is_empty():
        raise InputFault(
            f"{where} is not there" if header is None else f"{where} has no {HEADER}",
            allowed=_ALLOWED,
            next_step=_EXPORT,
        )
    assert schema.period_end is not None
    _, column = schema.period_end
    if header[column][0] is None:
        place = where if read.header_at is None else f"{where}, line {read.header_at}"
        raise InputFault(
            f"{place}: the {HEADER} has no {column}, so nothing says which period the return is of",
            allowed=_ALLOWED,
            next_step=f"{_EXPORT}, or fill in the {column} (31 March in which the period ends)",
        )


def require_year(header: pl.DataFrame, where: str, year: CollectionYear, date_forms: Sequence[str]) -> None:
    """Raise InputFault, naming both years, where the first row of a header says that it is of another year.

    It says so by its Year or, where that is not a year, by its ReferenceDate. A header that says neither is left to
    the rules.
    """
    named = header["Year"][0]
    if named is not None and re.fullmatch(r"[0-9]{4}", named.strip()):
        ending, says = int(named), f"Year {int(named)}"
    else:
        day = header.select(read_dates(pl.col("ReferenceDate"), date_forms)).to_series()[0]
        if day is None:
            return
        ending, says = day.year + (day.month > 3), f"ReferenceDate of {day.year}"
    if ending == year.ending:
        return
    found = collection_year(ending).name if ending > 1 else f"the year {ending}"
    raise InputFault(
        f"{where} is of {found} (its {HEADER} has {says}), not of {year.name}",
        allowed=f"the return of {year.name}, whose Year is {year.ending}",
        next_step=f"give --year {found}, or the file of {year.name}",
    )
