"""Sheets of text from a spreadsheet (.xlsx) or a CSV file, each with the row that holds its headings found."""

from __future__ import annotations

import hashlib
import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from childlink.errors import InputFault
from childlink.returns.csv_file import read_bytes, read_csv_text, require_size
from childlink.schema.model import fold

MOST_BYTES = 64 * 2**20
MOST_UNPACKED = 256 * 2**20
"""Bytes of a spreadsheet as a file, and of all its parts as they say they are. Ofsted's lists take a few million."""
MOST_CELLS = 20_000_000
"""Cells of the rectangle from the first cell of a sheet to its last: the reader makes room for all of them."""

HEADINGS_WITHIN = 30
_AT_A_TIME = 2**20
_CELL = re.compile(rb"<(?:[A-Za-z0-9]+:)?c [^<>]*?\br=[\"']([A-Z]{1,3})([0-9]{1,7})[\"'][^<>]*(?<!/)>")
_ERROR_CELL = re.compile(rb"<(?:[A-Za-z0-9]+:)?c [^<>]*?\bt=[\"']e[\"'][^<>]*(?<!/)>")
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ALLOWED = "an Excel workbook (.xlsx) or CSV in UTF-8"


@dataclass(frozen=True, eq=False)
class Sheet:
    """One sheet: ``frame`` has a String column for each heading, as written (repeated ones told apart by a
    number), nulls for empty cells. ``name`` is None for a CSV file. ``sha256`` is of the file's bytes."""

    file: Path
    name: str | None
    frame: pl.DataFrame = field(repr=False)
    sha256: str

    @property
    def place(self) -> str:
        """How messages name it."""
        return str(self.file) if self.name is None else f"{self.file}, sheet {self.name}"


def read_sheets(path: Path, key: Sequence[str]) -> list[Sheet]:
    """The sheets of a workbook, or the one of a CSV file, in order.

    The headings of a workbook's sheet stand in the first of its first rows that has a cell whose ``fold`` is one
    of ``key``; rows above are dropped, and a sheet without such a row has no columns. Numbers come as text
    without ".0", dates as "2024-03-31 00:00:00".

    Raises InputFault when the file cannot be read, is neither kind, is protected by a password, holds nothing,
    or unpacks to more than MOST_UNPACKED bytes or MOST_CELLS cells; and see ``read_csv_text``.
    """
    kind = path.suffix.lower()
    if kind == ".csv":
        text = read_csv_text(path)
        return [Sheet(path, None, text.frame, text.sha256)]
    if path.exists() and not path.is_dir() and kind not in (".xlsx", ".xlsm"):
        raise InputFault(
            f"{path} is no spreadsheet by its name",
            allowed=_ALLOWED,
            next_step="save it as an Excel workbook",
        )
    cells, digest = read_cells(path)
    return [Sheet(path, name, with_headings(frame, key), digest) for name, frame in cells.items()]


def read_cells(path: Path) -> tuple[dict[str, pl.DataFrame], str]:
    """The cells of each sheet of a workbook, by its name, as text, headings not told from rows; and the digest of the
    file. Raises InputFault as ``read_sheets`` does."""
    if path.is_file():
        require_size(path, path.stat().st_size, MOST_BYTES)
    data = read_bytes(path)
    _require_workbook(path, data)
    return _frames(path), hashlib.sha256(data).hexdigest()


def error_cells(path: Path) -> int:
    """How many cells of a workbook that has been read hold an error, such as #N/A; reading makes them empty."""
    count = 0
    with zipfile.ZipFile(path) as archive:
        for part in archive.infolist():
            if not part.filename.lower().startswith("xl/worksheets/"):
                continue
            rest = b""
            with archive.open(part) as stream:
                while data := stream.read(_AT_A_TIME):
                    whole, mark, rest = (rest + data).rpartition(b"<")
                    rest = mark + rest
                    count += len(_ERROR_CELL.findall(whole))
    return count


def _require_workbook(path: Path, data: bytes) -> None:
    if not data:
        raise InputFault(f"{path} is empty", allowed=_ALLOWED, next_step="download the list again")
    if data.startswith(_OLD_OFFICE):
        if _ENCRYPTED in data:
            fault, step = "is protected by a password", "open it, save it without the password"
        else:
            fault, step = "is a spreadsheet in the old form (.xls)", "open it and save it as .xlsx"
        raise InputFault(f"{path} {fault}", allowed=_ALLOWED, next_step=f"{step}, and give that file")
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
            if unpacked > MOST_UNPACKED:
                raise InputFault(
                    f"{path} unpacks to {unpacked / 2**20:,.0f} MB: refused",
                    allowed=f"workbooks of up to {MOST_UNPACKED / 2**20:,.0f} MB unpacked",
                    next_step="check that it is the list, and save it again with nothing else in it",
                )
            sheets = [p for p in archive.infolist() if p.filename.lower().startswith("xl/worksheets/")]
            if not sheets:
                raise _not_a_workbook(path)
            for part in sheets:
                _require_few_cells(path, archive, part)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise _not_a_workbook(path) from None


def _not_a_workbook(path: Path) -> InputFault:
    return InputFault(
        f"{path} is not a spreadsheet, or a damaged one",
        allowed=_ALLOWED,
        next_step="download or save it again",
    )


def _require_few_cells(path: Path, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Refuse a sheet whose outermost cells are too far apart: two cells can ask for 550 GB."""
    columns: set[bytes] = set()
    last = 0
    rest = b""
    with archive.open(part) as stream:
        while data := stream.read(_AT_A_TIME):
            text = rest + data
            found = set(_CELL.findall(text))
            columns |= {column for column, _ in found}
            last = max(last, *(int(row) for _, row in found)) if found else last
            cut = text.rfind(b"<")
            rest = text[cut:] if cut >= 0 and len(text) - cut < _AT_A_TIME else b""
    widest = max((_column_number(column) for column in columns), default=0)
    if widest * last > MOST_CELLS:
        raise InputFault(
            f"{path} has a sheet of {last:,} rows and {widest:,} columns: refused",
            allowed=f"sheets of up to {MOST_CELLS:,} cells, empty ones between others included",
            next_step="delete what stands far from the list, and save it again",
        )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _frames(path: Path) -> dict[str, pl.DataFrame]:
    import fastexcel  # only where there is a workbook

    try:
        names = fastexcel.read_excel(path).sheet_names
        frames = pl.read_excel(
            path,
            sheet_name=names,
            engine="calamine",
            has_header=False,
            raise_if_empty=False,
            read_options={"dtypes": "string"},
        )
    except (fastexcel.FastExcelError, pl.exceptions.PolarsError, ValueError, OSError):
        raise _not_a_workbook(path) from None
    return {name: frames[name] for name in names}


def with_headings(frame: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """The rows of a sheet under their headings; see ``read_sheets``."""
    for position, row in enumerate(frame.head(HEADINGS_WITHIN).iter_rows()):
        if any(cell is not None and fold(cell) in key for cell in row):
            named = [(i, " ".join(cell.split())) for i, cell in enumerate(row) if cell and cell.strip()]
            seen: dict[str, int] = {}
            columns = []
            for i, heading in named:
                seen[heading] = seen.get(heading, 0) + 1
                name = heading if seen[heading] == 1 else f"{heading} ({seen[heading]})"
                columns.append(pl.nth(i).alias(name))
            below = frame.slice(position + 1).select(columns)
            return below.with_columns(pl.when(pl.all() != "").then(pl.all())).filter(
                ~pl.all_horizontal(pl.all().is_null())
            )
    return pl.DataFrame()
