"""Reading an SSDA903 return from CSV files."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from childlink.errors import InputFault, UsageFault
from childlink.returns.csv_file import read_csv_text
from childlink.returns.model import PREVIOUS, InputFile, Period, Return
from childlink.returns.recognise import recognise
from childlink.returns.years import CollectionYear

_XML = "XML returns are not read yet: give the CSV files"


def read_ssda903(
    paths: Sequence[Path],
    previous: Sequence[Path],
    tables: Mapping[str, Sequence[str]],
    year: CollectionYear,
) -> Return:
    """Read this year's files, and last year's, into the tables of an SSDA903 return.

    Each path is a CSV file or a folder, of which the CSV files directly in it are read, in the order of their
    names; hidden files are not. ``tables`` gives the columns of each table of the return; a file is
    recognised by its headings (``recognise``), and its columns come out in the table's order. Values are
    put in capitals, headings are not. Tables of any year are taken, whichever ``year`` is.

    Raises InputFault when a path cannot be read (``read_csv_text``), is no table of the return, is given
    twice, or when two files hold the same table of one period; UsageFault when there are no paths.
    """
    if not paths:
        raise UsageFault("no files of the return were given", next_step="give its CSV files or their folder")
    given: list[tuple[Path, Period]] = [(file, "this") for path in paths for file in _files(path)]
    given += [(file, "previous") for path in previous for file in _files(path)]
    _require_once([file for file, _ in given])
    names = _short_names([file for file, _ in given])
    frames: dict[str, pl.DataFrame] = {}
    lines: dict[str, pl.Series] = {}
    held_by: dict[str, Path] = {}
    inputs = []
    for (path, period), name in zip(given, names, strict=True):
        text = read_csv_text(path)
        table = recognise(text.frame.columns, tables, str(path))
        key = table if period == "this" else PREVIOUS + table
        if key in held_by:
            raise _two_files(table, period, held_by[key], path)
        held_by[key] = path
        frames[key] = text.frame.select(pl.col(list(tables[table])).str.to_uppercase())
        lines[key] = text.lines
        inputs.append(
            InputFile(file=name, table=table, period=period, rows=text.frame.height, sha256=text.sha256)
        )
    return Return(
        name="ssda903", year=year, tables=frames, lines=lines, inputs=tuple(inputs), file_format="csv"
    )


def _files(path: Path) -> list[Path]:
    """The CSV files a path stands for: itself, or those of the folder it is."""
    if path.is_dir():
        return _csv_files_of(path)
    kind = path.suffix.lower()
    if path.exists() and kind == ".xml":
        raise InputFault(f"{path} is XML", allowed="CSV files, or a folder of them", next_step=_XML)
    if path.exists() and kind != ".csv":
        raise InputFault(
            f"{path} is no CSV file by its name",
            allowed="files whose names end in .csv, or a folder of them",
            next_step="save it as CSV UTF-8, or leave it out",
        )
    return [path]


def _csv_files_of(folder: Path) -> list[Path]:
    try:
        entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith((".", "~$")))
    except OSError as wrong:
        raise InputFault(
            f"cannot read the folder {folder}: {wrong.strerror}", next_step="check that you may read it"
        ) from None
    files = [entry for entry in entries if entry.suffix.lower() == ".csv" and entry.is_file()]
    if files:
        return files
    kinds = Counter("folder" if entry.is_dir() else entry.suffix.lower() for entry in entries)
    held = [f"{count} {kind or 'without an ending'}" for kind, count in sorted(kinds.items())]
    raise InputFault(
        f"no CSV files in the folder {folder}: it {'holds ' + ', '.join(held) if held else 'is empty'}",
        allowed="a folder that holds the return's CSV files",
        next_step=_XML if ".xml" in kinds else "name the folder the CSV files are in, or the files",
    )


def _require_once(files: Sequence[Path]) -> None:
    seen: set[Path] = set()
    for file in files:
        real = file.resolve()
        if real in seen:
            raise InputFault(f"{file} is given twice", next_step="give each file once, for one year")
        seen.add(real)


def _two_files(table: str, period: Period, first: Path, second: Path) -> InputFault:
    whose = "this year's" if period == "this" else "last year's"
    return InputFault(
        f"{first} and {second} are both {whose} {table}",
        allowed="one file for each table and year",
        next_step="leave one out, or give last year's with --previous",
    )


def _short_names(files: Sequence[Path]) -> list[str]:
    """The name of each file, or, where several have that name, its path from the folder they share."""
    times = Counter(file.name for file in files)
    shared = {
        name: _shared_folder([file for file in files if file.name == name])
        for name, count in times.items()
        if count > 1
    }
    return [
        file.absolute().relative_to(folder).as_posix()
        if (folder := shared.get(file.name)) is not None
        else (file.name if times[file.name] == 1 else file.as_posix())
        for file in files
    ]


def _shared_folder(files: Sequence[Path]) -> Path | None:
    try:
        return Path(os.path.commonpath([file.absolute().parent for file in files]))
    except ValueError:  # on different drives
        return None
