"""Reading a DfE census message, such as the CIN census or SEN2: its one XML file, or the same tables as CSV files.

Which elements and tables there are comes from the return's schema alone (``tree_layout``).
"""

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
    from childlink.returns.tree_layout import TreeLayout

COLLECTION, YEAR, REFERENCE_DATE = "Collection", "Year", "ReferenceDate"
"""What the header of every census message says of itself: which collection it is, of which year and day."""
NOT_THERE = "is not there, and every return has one"
_EXPORT = "export the return again from the case management system"


def read_tree(
    paths: Sequence[Path], previous: Sequence[Path], schema: ReturnSchema, year: CollectionYear
) -> Return:
    """Read a census message of one collection year.

    The paths are its XML file, or CSV files, or a folder of either (``given_files``). From XML every table of the
    schema is there, with all its columns, rows in the order of the file. A CSV file is recognised by its headings
    (``recognise``); columns that only returns of other years have may be left out, and are then empty. Text is kept
    as it stands.

    Raises UsageFault without paths, and with last year's, which no rule reads; InputFault when a file cannot be read
    (``read_tree_text``, ``read_csv_text``), is no table of the return, is there twice, has no children, is another
    collection, is of another year than ``year``, or does not say in its header when its period ends, where the
    schema reads that there.
    """
    if previous:
        raise UsageFault(
            f"no rule of {schema.name} reads last year's return", next_step="leave --previous out"
        )
    files = given_files(paths, ())
    read = read_files(files, schema, year.name)
    header = header_table(schema)
    where = str(files[0].path) if files[0].kind == "xml" else f"the {header} table"
    if schema.period_end is not None:
        _require_header(read, where, schema)
    if header in read.tables:
        require_year(read.tables[header], where, year, schema)
    return Return(
        name=schema.name,
        year=year,
        tables=read.tables,
        lines=read.lines,
        inputs=tuple(read.inputs),
        file_format=files[0].kind,
        unknown_elements=tuple(read.unknown),
    )


def header_table(schema: ReturnSchema) -> str:
    """The table of the message's header: the one with a row for the first of its units."""
    tables: Mapping[str, Mapping[str, str]] = schema.xml["tables"]
    return next(name for name, described in tables.items() if described["row"] == schema.xml["units"][0])


@dataclass
class ReadFiles:
    """What has been read. ``header_at`` is the line of the XML's header, None where it has none or in CSV."""

    tables: dict[str, pl.DataFrame] = field(default_factory=dict, repr=False)
    lines: dict[str, pl.Series] = field(default_factory=dict, repr=False)
    inputs: list[InputFile] = field(default_factory=list)
    unknown: list[UnknownElement] = field(default_factory=list)
    header_at: int | None = None


def read_files(files: Sequence[GivenFile], schema: ReturnSchema, year: str | None) -> ReadFiles:
    """Read an XML file, or CSV files, as ``read_tree`` does, whatever the header says; of any year where it is
    None."""
    return _read_xml(files[0], schema, year) if files[0].kind == "xml" else _read_csv(files, schema, year)


def _read_xml(file: GivenFile, schema: ReturnSchema, year: str | None) -> ReadFiles:
    from childlink.returns.tree_layout import tree_layout  # lxml only where there is XML
    from childlink.returns.tree_xml import read_tree_text

    layout = tree_layout(schema, year)
    text = read_tree_text(file.path, layout)
    _require_collection(file.path, text.tables[layout.header], layout)
    if layout.group not in text.lines or text.tables[layout.children].is_empty():
        lacks = f"{layout.group} element" if layout.group not in text.lines else layout.child
        raise InputFault(f"{file.path} holds no {lacks}", allowed=_allowed(schema), next_step=_EXPORT)
    left_out = {**text.left_out, **{(path, NOT_THERE): 0 for path in text.lacking}}
    return ReadFiles(
        tables=text.tables,
        inputs=[InputFile(file.name, name, "this", f.height, text.sha256) for name, f in text.tables.items()],
        unknown=[UnknownElement(file.name, "this", path, n, why) for (path, why), n in left_out.items()],
        header_at=text.lines.get(layout.units[0]),
    )


def _allowed(schema: ReturnSchema) -> str:
    """What every message holds, in words."""
    header, children = schema.xml["units"][0], schema.xml["units"][-1].rpartition("/")[0]
    says = f", which says the {schema.period_end[1]}," if schema.period_end is not None else ""
    return f"a {schema.xml['root']} with a {header}{says} and {children}"


def _require_collection(path: Path, header: pl.DataFrame, layout: TreeLayout) -> None:
    """Raise InputFault where the header names another collection. One without a Collection is left to its year."""
    named = (header[COLLECTION].head(1).to_list() or [None])[0]
    if named is None or named.strip().casefold() == layout.collection.casefold():
        return
    looks = layout.looks_like.get(f"{layout.root}/{named.strip().upper()}")
    raise InputFault(
        f"{path} is another return: its {COLLECTION} is not {layout.collection}"
        + (f"; it looks like {looks}" if looks else ""),
        allowed=f"XML whose {COLLECTION} is {layout.collection}",
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
    assert schema.period_end is not None
    table, column = schema.period_end
    header = read.tables.get(table)
    if header is None or header.is_empty():
        raise InputFault(
            f"{where} is not there" if header is None else f"{where} has no {table}",
            allowed=_allowed(schema),
            next_step=_EXPORT,
        )
    if header[column][0] is None:
        place = where if read.header_at is None else f"{where}, line {read.header_at}"
        what = next((f.title for f in schema.tables[table].fields if f.name == column), None)
        raise InputFault(
            f"{place}: the {table} has no {column}, so nothing says which period the return is of",
            allowed=_allowed(schema),
            next_step=f"{_EXPORT}, or fill in the {column}" + (f" ({what})" if what else ""),
        )


def require_year(header: pl.DataFrame, where: str, year: CollectionYear, schema: ReturnSchema) -> None:
    """Raise InputFault, naming both years, where the first row of a header says that it is of another year.

    It says so by its Year or, where that is not a year, by its ReferenceDate. A header that says neither is left to
    the rules. A census of January 2026 is, like one of March 2026, of the collection year 2025-26.
    """
    said = year_said(header, schema)
    if said is None:
        return
    ending, says = said
    if ending == year.ending:
        return
    found = collection_year(ending).name if ending > 1 else f"the year {ending}"
    raise InputFault(
        f"{where} is of {found} (its {header_table(schema)} has {says}), not of {year.name}",
        allowed=f"the return of {year.name}, whose {YEAR} is {year.ending}",
        next_step=f"give --year {found}, or the file of {year.name}",
    )


def year_said(header: pl.DataFrame, schema: ReturnSchema) -> tuple[int, str] | None:
    """The calendar year in which the collection year ends that the first row of a header says, and what says so, in
    words; None where it says none. See ``require_year``."""
    if header.is_empty():
        return None
    named = header[YEAR][0]
    if named is not None and re.fullmatch(r"[0-9]{4}", named.strip()):
        return int(named), f"{YEAR} {int(named)}"
    day = header.select(read_dates(pl.col(REFERENCE_DATE), schema.dates)).to_series()[0]
    return (day.year + (day.month > 3), f"{REFERENCE_DATE} of {day.year}") if day is not None else None
