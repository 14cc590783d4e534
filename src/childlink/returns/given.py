"""The files that the paths a user gave stand for."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from childlink.errors import InputFault, UsageFault
from childlink.returns.model import FileFormat, Period

_ALLOWED = "CSV files (.csv) or one XML file (.xml), or a folder of them"
_WHOSE: dict[Period, str] = {"this": "this year's return", "previous": "last year's return"}


@dataclass(frozen=True)
class GivenFile:
    """One file to be read. ``name`` is what reports call it; see ``short_names``."""

    path: Path
    period: Period
    kind: FileFormat
    name: str


def given_files(paths: Sequence[Path], previous: Sequence[Path]) -> list[GivenFile]:
    """The files of this year's ``paths`` and last year's ``previous``, in the order given.

    A path is a file, or a folder, which stands for the CSV or XML files directly in it, in the order of their
    names, hidden ones left out. The end of a file's name, in any case, says which it is.

    Raises UsageFault without paths; InputFault for a file that is neither, a folder without any, a file given
    twice, and for CSV and XML, or two XML files, in one period.
    """
    if not paths:
        raise UsageFault("no files of the return were given", next_step="give its files or their folder")
    periods: list[tuple[Period, Sequence[Path]]] = [("this", paths), ("previous", previous)]
    found = [(file, period) for period, given in periods for path in given for file in _files(path)]
    _require_once([file for file, _ in found])
    names = short_names([file for file, _ in found])
    files = [
        GivenFile(file, period, _kind(file) or "csv", name)
        for (file, period), name in zip(found, names, strict=True)
    ]
    for period, _ in periods:
        _require_one_kind([file for file in files if file.period == period], _WHOSE[period])
    return files


def _kind(path: Path) -> FileFormat | None:
    kinds: dict[str, FileFormat] = {".csv": "csv", ".xml": "xml"}
    return kinds.get(path.suffix.lower())


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return _files_of(path)
    if path.exists() and _kind(path) is None:
        raise InputFault(
            f"{path} is no CSV or XML file by its name",
            allowed=_ALLOWED,
            next_step="save it as CSV UTF-8, or leave it out",
        )
    return [path]


def _files_of(folder: Path) -> list[Path]:
    try:
        entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith((".", "~$")))
    except OSError as wrong:
        raise InputFault(
            f"cannot read the folder {folder}: {wrong.strerror}", next_step="check that you may read it"
        ) from None
    files = [entry for entry in entries if _kind(entry) is not None and entry.is_file()]
    if files:
        return files
    kinds = Counter("folder" if entry.is_dir() else entry.suffix.lower() for entry in entries)
    held = [f"{count} {kind or 'without an ending'}" for kind, count in sorted(kinds.items())]
    raise InputFault(
        f"no CSV or XML files in the folder {folder}: it {'holds ' + ', '.join(held) if held else 'is empty'}",
        allowed="a folder that holds the return's CSV files, or its XML file",
        next_step="name the folder the files are in, or the files",
    )


def _require_once(files: Sequence[Path]) -> None:
    seen: set[Path] = set()
    for file in files:
        real = file.resolve()
        if real in seen:
            raise InputFault(f"{file} is given twice", next_step="give each file once, for one year")
        seen.add(real)


def _require_one_kind(files: Sequence[GivenFile], whose: str) -> None:
    xml = [file.path for file in files if file.kind == "xml"]
    csv = [file.path for file in files if file.kind == "csv"]
    if xml and csv:
        raise InputFault(
            f"{whose} is given both as XML ({xml[0]}) and as CSV ({csv[0]})",
            allowed="one XML file, or CSV files, for each year",
            next_step="leave one kind out",
        )
    if len(xml) > 1:
        raise InputFault(
            f"{xml[0]} and {xml[1]} are both {whose}",
            allowed="one XML file for each year",
            next_step="leave one out, or give last year's with --previous",
        )


def short_names(files: Sequence[Path]) -> list[str]:
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
