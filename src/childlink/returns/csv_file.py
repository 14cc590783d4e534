"""One CSV file as a table of text, with the line of every row; or a fault that says how to mend the file.

A good file goes straight to Polars. Python's slower ``csv`` module reads only what that road is not sure of:
cells with line breaks or stray quotes, and files that are at fault, so that the fault can name its line.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import polars as pl

from childlink.errors import InputFault
from childlink.returns import file_kind

_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_CELL = r'(?:[^",]*|"(?:[^"]|"")*")'
_PYTHON_CELL = re.compile(r'"(?:[^"]|"")*"|[^",\r\n]*')
_ROWS_AT_A_TIME = 50_000
_SMALL = 1_000_000
MOST_BYTES = 256 * 2**20
"""The largest file that is read whole. The episodes of all children looked after in England take some 40 million
bytes; reading takes up to six times the size of the file in memory."""
MOST_BYTES_IN_PARTS = 2**30
"""The largest file whose rows are read a part at a time, which takes no more memory than its cells do: 16 bytes for
each, and what is in those of over 12. A million pupils take some 200 million bytes, twice that where every cell is
quoted."""
_PART = 32 * 2**20
_SAVE_AS_CSV = "save it again as CSV with commas between the cells (in Excel: CSV UTF-8)"


@dataclass(frozen=True)
class CsvText:
    """A CSV file as read.

    ``frame``: one String column per heading, in file order, headings untouched; empty cells are null and
    nothing else is. ``lines``: UInt32, as long as the frame: the line of the file on which each row begins,
    the first line of the file being 1. ``sha256``: of the file's bytes, in hexadecimal.
    """

    frame: pl.DataFrame = field(repr=False)  # children's records belong in no traceback
    lines: pl.Series
    sha256: str


def read_csv_text(path: Path) -> CsvText:
    """Read a comma-separated file in UTF-8, with or without byte order mark, whose first row is its heading.

    Rows keep the file's order. An empty cell, quoted or not, is null; nothing is trimmed, so that a cell with
    one space, "NA" or "NULL" is a value. Blank lines (of spaces, where there is more than one column) are
    skipped and counted; a row of nothing but commas is a row of nulls.

    Raises InputFault when the file is missing, a folder, empty, over MOST_BYTES_IN_PARTS, not UTF-8, binary,
    separated by something else than commas, has a repeated or empty heading, a row with more or fewer cells than
    the heading, or a quote that is not closed; and when it is over MOST_BYTES and has a row that is not on one
    line.
    """
    size = path.stat().st_size if path.is_file() else 0
    if size > _PART:
        require_size(path, size, MOST_BYTES_IN_PARTS)
        try:
            return _in_parts(path)
        except _OddLine as odd:
            if size > MOST_BYTES:
                raise _odd_line_fault(path, odd.line, size) from None
        except OSError:
            pass  # what is the matter is said below
    data = read_bytes(path)
    digest = hashlib.sha256(data).hexdigest()
    text = file_kind.utf8_or_fault(path, data)
    if not text.strip():
        raise InputFault(f"{path} is empty", next_step="export it again with a row of headings")
    plain = _with_plain_line_ends(text)
    read = _quick(path, plain) if plain is not None else None
    frame, lines = read if read is not None else _slow(path, text.decode())
    return CsvText(frame=frame, lines=lines, sha256=digest)


def read_bytes(path: Path) -> bytes:
    """The bytes of a file. Raises InputFault when it is not there, is a folder, may not be read or is larger
    than MOST_BYTES."""
    try:
        require_size(path, path.stat().st_size, MOST_BYTES)
        return path.read_bytes()
    except FileNotFoundError:
        fault, step = f"{path} is not there", "check the path"
    except IsADirectoryError:
        fault, step = f"{path} is a folder where a file is wanted", "name a file in it"
    except OSError as wrong:
        if path.is_dir():
            fault, step = f"{path} is a folder where a file is wanted", "name a file in it"
        else:
            fault = f"cannot read {path}: {wrong.strerror}"
            step = "check that you may read it and that no other program holds it"
    raise InputFault(fault, next_step=step)


def require_size(path: Path, size: int, most: int) -> None:
    """Raise InputFault when ``size``, in bytes, is over ``most``."""
    if size > most:
        raise InputFault(
            f"{path} is {_megabytes(size)} large",
            allowed=f"files of up to {_megabytes(most)}",
            next_step="check that it is the right file, and that it was exported for one year only",
        )


def _megabytes(size: int) -> str:
    return f"{size / 2**20:,.0f} MB" if size >= 2**20 else f"{size:,} bytes"


def _with_plain_line_ends(text: bytes) -> bytes | None:
    """``text`` with every line ending in one line feed, or None when that might change a quoted cell."""
    if b"\r" not in text:
        return text
    text = text.replace(b"\r\n", b"\n")
    if b"\r" not in text:
        return text
    return None if b'"' in text else text.replace(b"\r", b"\n")


def _quick(path: Path, text: bytes) -> tuple[pl.DataFrame, pl.Series] | None:
    """Frame and lines of a file whose every line is one well-formed row or blank; None of any other."""
    lines = _lines(text)
    first = lines[0].strip(" \t")
    heading_at = 0 if first else int((lines.str.strip_chars(" \t") != "").arg_max() or 0)
    heading = _heading(path, lines[heading_at], line=heading_at + 1)
    if heading is None:
        return None
    blank, sound = _blank_and_sound(text, lines, len(heading))
    if not sound.all():
        return None
    numbers = pl.Series("line", range(1, len(lines) + 1), dtype=pl.UInt32)
    if blank.any():
        numbers = numbers.filter(~blank)
        text = (lines.filter(~blank).str.join("\n").item() + "\n").encode()
    body = text[text.index(b"\n") + 1 :] if b"\n" in text else b""
    frame = pl.read_csv(
        body,
        has_header=False,
        schema=dict.fromkeys(heading, pl.String),
        null_values=[""],
        raise_if_empty=False,
    )
    numbers = numbers.slice(1)
    return (frame, numbers) if frame.height == len(numbers) else None


class _OddLine(Exception):
    """A line of a file that cannot be read a part at a time: it may be at fault, or be no row by itself."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def _in_parts(path: Path) -> CsvText:
    """A file of any size, a part of whole lines at a time. Raises _OddLine at the first part that is not of plain
    UTF-8, or has a line that is neither one well-formed row nor blank."""
    digest = hashlib.sha256()
    frames: list[pl.DataFrame] = []
    numbers: list[pl.Series] = []
    heading: list[str] = []
    line = 1
    with path.open("rb") as file:
        for part in _whole_lines(file, digest.update):
            text = _plain_part(path, part, line)
            heading = heading or _first_heading(path, text)
            lines = _lines(text)
            frame, places = _rows_of_part(text, lines, heading, line)
            frames.append(frame)
            numbers.append(places)
            line += len(lines)
    return CsvText(pl.concat(frames), pl.concat(numbers, rechunk=True), digest.hexdigest())


def _whole_lines(file: BinaryIO, seen: Callable[[bytes], object]) -> Iterator[bytes]:
    """The bytes of a file in parts of some _PART that end with a line feed or the file; ``seen`` is told all."""
    rest = b""
    while part := file.read(_PART):
        seen(part)
        end = part.rfind(b"\n") + 1
        if end:
            yield rest + part[:end]
            rest = part[end:]
        else:
            rest += part
    if rest:
        yield rest


def _plain_part(path: Path, text: bytes, line: int) -> bytes:
    """``text``, which begins on ``line``, with plain line ends and without byte order mark. Raises _OddLine."""
    if line == 1:
        text = file_kind.utf8_or_fault(path, text)
    elif b"\0" in text:
        raise _OddLine(line + text.count(b"\n", 0, text.index(b"\0")))
    elif not text.isascii():
        try:
            text.decode()
        except UnicodeDecodeError as wrong:
            raise _OddLine(line + text.count(b"\n", 0, wrong.start)) from None
    plain = _with_plain_line_ends(text)
    if plain is None:
        raise _OddLine(line)
    return plain


def _first_heading(path: Path, text: bytes) -> list[str]:
    """The headings, which the first line of a file holds. Raises _OddLine where it is blank or holds a part."""
    first = text.partition(b"\n")[0].decode()
    heading = _heading(path, first, line=1) if first.strip(" \t") else None
    if heading is None:
        raise _OddLine(1)
    return heading


def _rows_of_part(
    text: bytes, lines: pl.Series, heading: Sequence[str], line: int
) -> tuple[pl.DataFrame, pl.Series]:
    """Frame and lines of a part, whose first line is ``line``; line 1 is the heading. Raises _OddLine where a line is
    neither one well-formed row nor blank."""
    blank, sound = _blank_and_sound(text, lines, len(heading))
    odd = ~sound
    if odd.any():
        raise _OddLine(line + int(odd.arg_max() or 0))
    numbers = pl.int_range(line, line + len(lines), dtype=pl.UInt32, eager=True).alias("line")
    if blank.any():
        numbers = numbers.filter(~blank)
        kept = lines.filter(~blank)
        text = (kept.str.join("\n").item() + "\n").encode() if len(kept) else b""
    if line == 1:
        numbers, text = numbers.slice(1), text.partition(b"\n")[2]
    elif text.startswith(file_kind.BOM):
        raise _OddLine(line)  # here it belongs to a cell, but Polars would drop it
    frame = pl.read_csv(
        text,
        has_header=False,
        schema=dict.fromkeys(heading, pl.String),
        null_values=[""],
        raise_if_empty=False,
    )
    if frame.height != len(numbers):
        raise _OddLine(line)
    return frame, numbers


def _blank_and_sound(text: bytes, lines: pl.Series, cells: int) -> tuple[pl.Series, pl.Series]:
    """For each of the ``lines`` of ``text``, whether it is blank, and whether it is that or one well-formed row."""
    line = pl.col("line")
    blank = (line if cells == 1 else line.str.strip_chars(" \t")) == ""
    if b'"' in text:
        row = line.str.contains(_row_pattern(cells))
    else:
        row = line.str.count_matches(",", literal=True) == cells - 1
    looked_at = lines.alias("line").to_frame().select(blank=blank, sound=blank | row)
    return looked_at["blank"], looked_at["sound"]


def _row_pattern(cells: int) -> str:
    return f"^{_CELL}(?:,{_CELL}){{{cells - 1}}}$"


def _odd_line_fault(path: Path, line: int, size: int) -> InputFault:
    return InputFault(
        f"{path}, line {line}: in a file of {_megabytes(size)} every row stands on one line, in UTF-8, and this line "
        "is no row, or only a part of one",
        allowed=f"over {_megabytes(MOST_BYTES)}, as many cells on every line as in the heading, and no line breaks "
        "in quoted cells",
        next_step="mend that line, or export the file again in parts",
    )


def _lines(text: bytes) -> pl.Series:
    if len(text) > _SMALL:
        return pl.scan_lines(text).collect().to_series()
    return pl.Series(text.decode().removesuffix("\n").split("\n"), dtype=pl.String)  # starts no threads


def _heading(path: Path, text: str, *, line: int) -> list[str] | None:
    """The headings in one line of text, or None when a quoted one goes on to the next line."""
    _require_commas(path, text)
    try:
        cells = next(csv.reader([text], strict=True))
    except csv.Error:
        return None
    _require_names(path, cells, line=line)
    return cells


def _require_commas(path: Path, heading: str) -> None:
    unquoted = Counter(re.sub(r'"[^"]*"', "", heading))
    separator = max(_SEPARATORS, key=lambda mark: unquoted[mark])
    if unquoted[separator] > unquoted[","]:
        raise InputFault(
            f"{path} is separated by {_SEPARATORS[separator]}, not commas",
            allowed="comma-separated values",
            next_step=_SAVE_AS_CSV,
        )


def _require_names(path: Path, headings: list[str], *, line: int) -> None:
    place = f"{path}, line {line}"
    empty = [str(position) for position, name in enumerate(headings, start=1) if not name.strip()]
    if empty:
        columns, have, them = ("column", "has", "it") if len(empty) == 1 else ("columns", "have", "them")
        raise InputFault(
            f"{place}: {columns} {_listed(empty)} of {len(headings)} {have} no heading",
            next_step=f"delete the empty {columns} in a spreadsheet or give {them} a heading, and save again",
        )
    repeated = sorted(name for name, times in Counter(headings).items() if times > 1)
    if repeated and look_like_headings(headings):
        fault = f"{place}: the heading {_listed(repeated)} stands more than once"
        step = "delete or rename the columns that repeat it"
    elif repeated:
        fault = f"{place}: the first row repeats a cell and looks like data, not headings"
        step = "add a first row of headings"
    else:
        return
    raise InputFault(fault, allowed="each heading once, in the first row", next_step=step)


def look_like_headings(cells: Sequence[str]) -> bool:
    """Whether a first row can be named in a message: one with a cell that begins with a digit may be data."""
    return not any(cell.strip()[:1].isdigit() for cell in cells)


def _slow(path: Path, text: str) -> tuple[pl.DataFrame, pl.Series]:
    """Frame and lines by Python's csv module, or the fault that explains what stands in the way."""
    records = _records(path, text)
    heading_at, _, heading = next(
        record for record in records if any(cell.strip(" \t") for cell in record[2])
    )
    if len(heading) == 1:
        _require_commas(path, heading[0])
    _require_names(path, heading, line=heading_at)
    parts = [pl.DataFrame(schema=dict.fromkeys(heading, pl.String))]
    lines: list[int] = []
    rows: list[list[str | None]] = []
    ragged: list[tuple[int, int, int]] = []
    for first, last, cells in records:
        if len(heading) > 1 and len(cells) == 1 and not cells[0].strip(" \t"):
            continue
        if len(cells) != len(heading):
            ragged.append((first, last, len(cells)))
            continue
        lines.append(first)
        rows.append([cell or None for cell in cells])
        if len(rows) == _ROWS_AT_A_TIME:
            parts.append(_frame(rows, heading))
            rows = []
    if ragged:
        raise _ragged_fault(path, ragged, width=len(heading))
    parts.append(_frame(rows, heading))
    return pl.concat(parts, rechunk=True), pl.Series("line", lines, dtype=pl.UInt32)


def _frame(rows: list[list[str | None]], heading: list[str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(heading, pl.String), orient="row")


def _records(path: Path, text: str) -> Iterator[tuple[int, int, list[str]]]:
    """Each record that is not an empty line, with the first and last line of the file it stands on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        first = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as wrong:
            raise _quote_fault(path, text, first=first, last=reader.line_num, cause=str(wrong)) from None
        if cells:
            yield first, reader.line_num, cells


def _quote_fault(path: Path, text: str, *, first: int, last: int, cause: str) -> InputFault:
    """What a failing csv module ran into in the record that begins on line ``first``."""
    if "expected after" in cause:
        opened = "" if first == last else f" (a quote opened on line {first} or after ends there)"
        return InputFault(
            f"{path}, line {last}: text follows a closing quote{opened}",
            allowed="after a quoted cell, a comma or the end of the line; a quote inside it written twice",
            next_step="correct the quotes on that line, or export the file again",
        )
    line = _opening_line(text, first)
    if "field limit" in cause:
        fault = (
            f"{path}, line {line}: a cell of over {csv.field_size_limit()} characters, or a quote not closed"
        )
    else:
        fault = f"{path}, line {line}: a quote is opened and not closed"
    return InputFault(
        fault,
        allowed="quoted cells that end with a quote; a quote inside one written twice",
        next_step="close or remove the quote on that line, or export the file again",
    )


def _opening_line(text: str, record_line: int) -> int:
    """The line of the quote that is never closed, in the record that begins on ``record_line``."""
    stream = io.StringIO(text, newline="")
    for _ in range(record_line - 1):
        stream.readline()
    rest = stream.read()
    position = 0
    while (cell := _PYTHON_CELL.match(rest, position)) and rest[cell.end() : cell.end() + 1] == ",":
        position = cell.end() + 1
    return record_line + len(re.findall(r"\r\n|\r|\n", rest[:position]))


def _ragged_fault(path: Path, ragged: list[tuple[int, int, int]], *, width: int) -> InputFault:
    first, last, cells = ragged[0]
    where = f"line {first} has" if first == last else f"lines {first} to {last} make one row of"
    fault = f"{path}, {where} {_cells(cells)} where the heading has {width}"
    if len(ragged) > 1:
        more = len(ragged) - 1
        fault += "; 1 more row does not fit" if more == 1 else f"; {more} more rows do not fit"
    step = "put quotes around a cell that holds a comma, or export the file again"
    if first != last:
        step = f"look for a quote on line {first} that is not closed there, or export the file again"
    return InputFault(fault, allowed="as many cells in every row as in the heading", next_step=step)


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
