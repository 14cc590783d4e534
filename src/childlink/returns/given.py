"""The files that the paths a user gave stand for."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from childlink.errors import InputFault, UsageFault
from childlink.returns.model import Period
from childlink.schema.model import FileFormat

CSV_OR_XML: tuple[FileFormat, ...] = ("csv", "xml")
_ENDINGS: dict[str, FileFormat] = {
    ".csv": "csv",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".xml": "xml",
    ".json": "json",
    ".jsonl": "json",
}
_NAMES: dict[FileFormat, str] = {"csv": "CSV", "xlsx": "Excel", "xml": "XML", "json": "JSON"}
_ALLOWED: dict[FileFormat, str] = {
    "csv": "CSV files (.csv)",
    "xlsx": "one Excel workbook (.xlsx)",
    "xml": "one XML file (.xml)",
    "json": "one JSON file (.json)",
}
_WHOSE: dict[Period, str] = {"this": "this year's return", "previous": "last year's return"}


@dataclass(frozen=True)
class GivenFile:
    """One file to be read. ``name`` is what reports call it; see ``short_names``."""

    path: Path
    period: Period
    kind: FileFormat
    name: str


def given_files(
    paths: Sequence[Path], previous: Sequence[Path], kinds: Sequence[FileFormat] = CSV_OR_XML
) -> list[GivenFile]:
    """The files of this year's ``paths`` and last year's ``previous``, in the order given.

    A path is a file, or a folder, which stands for the files of ``kinds`` directly in it, in the order of their
    names, hidden ones left out. The end of a file's name, in any case, says which it is.

    Raises UsageFault without paths; InputFault for a file of no such kind, a folder without any, a file given
    twice, and for several kinds, or two files of a kind that is a whole return, in one period.
    """
    if not paths:
        raise UsageFault("no files of the return were given", next_step="give its files or their folder")
    periods: list[tuple[Period, Sequence[Path]]] = [("this", paths), ("previous", previous)]
    found = [(file, period) for period, given in periods for path in given for file in _files(path, kinds)]
    _require_once([file for file, _ in found])
    names = short_names([file for file, _ in found])
    files = [
        GivenFile(file, period, _kind(file) or "csv", name)
        for (file, period), name in zip(found, names, strict=True)
    ]
    for period, _ in periods:
        _require_one_kind([f for f in files if f.period == period], _WHOSE[period], kinds)
    return files


def _kind(path: Path) -> FileFormat | None:
    return _ENDINGS.get(path.suffix.lower())


def _any_of(kinds: Sequence[FileFormat]) -> str:
    """The kinds as people call them: "CSV or XML"."""
    return " or ".join(_NAMES[kind] for kind in kinds)


def _allowed(kinds: Sequence[FileFormat]) -> str:
    return f"{' or '.join(_ALLOWED[kind] for kind in kinds)}, or a folder of them"


def _files(path: Path, kinds: Sequence[FileFormat]) -> list[Path]:
    if path.is_dir():
        return _files_of(path, kinds)
    if path.exists() and _kind(path) not in kinds:
        raise InputFault(
            f"{path} is no {_any_of(kinds)} file by its name",
            allowed=_allowed(kinds),
            next_step=_MAKE_IT[kinds[0]],
        )
    return [path]


_MAKE_IT: dict[FileFormat, str] = {
    "csv": "save it as CSV UTF-8, or leave it out",
    "xlsx": "save it as an Excel workbook (.xlsx), or leave it out",
    "xml": "export the return as XML",
    "json": "give the JSON that is sent",
}


def _files_of(folder: Path, kinds: Sequence[FileFormat]) -> list[Path]:
    try:
        entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith((".", "~$")))
    except OSError as wrong:
        raise InputFault(
            f"cannot read the folder {folder}: {wrong.strerror}", next_step="check that you may read it"
        ) from None
    files = [entry for entry in entries if _kind(entry) in kinds and entry.is_file()]
    if files:
        return files
    others = Counter("folder" if entry.is_dir() else entry.suffix.lower() for entry in entries)
    held = [f"{count} {kind or 'without an ending'}" for kind, count in sorted(others.items())]
    raise InputFault(
        f"no {_any_of(kinds)} files in the folder {folder}: "
        f"it {'holds ' + ', '.join(held) if held else 'is empty'}",
        allowed=f"a folder that holds the return's {_any_of(kinds)} files",
        next_step="name the folder the files are in, or the files",
    )


def _require_once(files: Sequence[Path]) -> None:
    seen: set[Path] = set()
    for file in files:
        real = file.resolve()
        if real in seen:
            raise InputFault(f"{file} is given twice", next_step="give each file once, for one year")
        seen.add(real)


def _require_one_kind(files: Sequence[GivenFile], whose: str, kinds: Sequence[FileFormat]) -> None:
    of_kind = {kind: [file.path for file in files if file.kind == kind] for kind in kinds}
    held = sorted((kind for kind in kinds if of_kind[kind]), key=lambda kind: kind == "csv")
    if len(held) > 1:
        first, second = held[:2]
        raise InputFault(
            f"{whose} is given both as {_NAMES[first]} ({of_kind[first][0]}) "
            f"and as {_NAMES[second]} ({of_kind[second][0]})",
            allowed=f"files of one kind for each year: {' or '.join(_ALLOWED[kind] for kind in held)}",
            next_step="leave one kind out",
        )
    whole = [kind for kind in held if kind != "csv"]
    if whole and len(of_kind[whole[0]]) > 1:
        one, other = of_kind[whole[0]][:2]
        raise InputFault(
            f"{one} and {other} are both {whose}",
            allowed=f"one {_NAMES[whole[0]]} file for each year",
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
