"""Reading an SSDA903 return from CSV files or its XML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from childlink.errors import InputFault
from childlink.returns.csv_file import CsvText, read_csv_text
from childlink.returns.given import GivenFile, given_files
from childlink.returns.model import PREVIOUS, InputFile, Period, Return, UnknownElement
from childlink.returns.recognise import recognise
from childlink.returns.which_year import require_year
from childlink.returns.years import CollectionYear, collection_year

READERS = 4
"""How many files are read at the same time."""


def read_ssda903(
    paths: Sequence[Path],
    previous: Sequence[Path],
    tables: Mapping[str, Sequence[str]],
    year: CollectionYear,
    xml: Mapping[str, Any] | None = None,
) -> Return:
    """Read this year's files, and last year's, into the tables of an SSDA903 return.

    Each path is a file or a folder (``given_files``). ``tables`` gives the columns of each table of the
    return; a CSV file is recognised by its headings (``recognise``), and its columns come out in the table's
    order. ``xml`` is the layout of the XML return (``XmlLayout``), whose tables are all there afterwards, with
    the columns the layout gives them. Values are put in capitals, headings are not. Tables of any year are
    taken, whichever ``year`` is.

    Raises InputFault when a path cannot be read (``read_csv_text``, ``read_xml_text``), is no table of the
    return, is given twice, when two files hold the same table of one period, when a period is given as both CSV
    and XML, or when its dates can only be another year's (``require_year``); UsageFault when there are no paths.
    """
    read = _Read()
    given = given_files(paths, previous)
    with ThreadPoolExecutor(max_workers=READERS) as readers:
        # most of a small file's time is waiting for threads of Polars: others are read meanwhile
        texts = readers.map(read_csv_text, [file.path for file in given if file.kind == "csv"])
        for file in given:
            if file.kind == "xml":
                read.add_xml(file, xml)
            else:
                read.add_csv(file, next(texts), tables)
    require_year(read.period("this"), year)
    require_year(read.period("previous"), collection_year(year.ending - 1), previous=True)
    return Return(
        name="ssda903",
        year=year,
        tables=read.tables,
        lines=read.lines,
        inputs=tuple(read.inputs),
        file_format="xml" if read.has_xml else "csv",
        unknown_elements=tuple(read.unknown),
    )


@dataclass
class _Read:
    """What has been read so far."""

    tables: dict[str, pl.DataFrame] = field(default_factory=dict, repr=False)
    lines: dict[str, pl.Series] = field(default_factory=dict, repr=False)
    inputs: list[InputFile] = field(default_factory=list)
    unknown: list[UnknownElement] = field(default_factory=list)
    has_xml: bool = False
    _held_by: dict[str, Path] = field(default_factory=dict)

    def add_csv(self, file: GivenFile, text: CsvText, tables: Mapping[str, Sequence[str]]) -> None:
        table = recognise(text.frame.columns, tables, str(file.path))
        key = table if file.period == "this" else PREVIOUS + table
        if key in self._held_by:
            raise _two_files(table, file.period, self._held_by[key], file.path)
        self._held_by[key] = file.path
        self.lines[key] = text.lines
        self._add(file, table, text.frame.select(list(tables[table])), text.sha256)

    def add_xml(self, file: GivenFile, xml: Mapping[str, Any] | None) -> None:
        if not xml:
            raise InputFault(
                f"{file.path} is XML", allowed="CSV files, or a folder of them", next_step="give CSV files"
            )
        from childlink.returns.xml_layout import XmlLayout  # lxml only where there is XML
        from childlink.returns.xml_tables import read_xml_text

        text = read_xml_text(file.path, XmlLayout.from_mapping(xml))
        for table, frame in text.tables.items():
            self._add(file, table, frame, text.sha256)
        self.unknown += [
            UnknownElement(file=file.name, period=file.period, path=path, count=count, why=why)
            for (path, why), count in text.left_out.items()
        ]
        self.has_xml = self.has_xml or file.period == "this"

    def _add(self, file: GivenFile, table: str, frame: pl.DataFrame, sha256: str) -> None:
        key = table if file.period == "this" else PREVIOUS + table
        self.tables[key] = frame.select(pl.all().str.to_uppercase())
        self.inputs.append(
            InputFile(file=file.name, table=table, period=file.period, rows=frame.height, sha256=sha256)
        )

    def period(self, period: Period) -> dict[str, pl.DataFrame]:
        """The tables of one period, by their plain names."""
        this = {name: frame for name, frame in self.tables.items() if not name.startswith(PREVIOUS)}
        if period == "this":
            return this
        return {name.removeprefix(PREVIOUS): f for name, f in self.tables.items() if name not in this}


def _two_files(table: str, period: Period, first: Path, second: Path) -> InputFault:
    whose = "this year's" if period == "this" else "last year's"
    return InputFault(
        f"{first} and {second} are both {whose} {table}",
        allowed="one file for each table and year",
        next_step="leave one out, or give last year's with --previous",
    )
