"""What a file that should be text in UTF-8 is instead, told from its bytes."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from childlink.errors import InputFault

BOM = b"\xef\xbb\xbf"
_LOOKED_AT = 8192
_SAVE_AS_UTF8 = (
    'save it again as UTF-8: in Excel, Save As and choose "CSV UTF-8 (Comma delimited)"; '
    "in a text editor, choose the encoding UTF-8"
)
_SAVE_AS_CSV = 'open it in a spreadsheet and save the sheet as "CSV UTF-8 (Comma delimited)"'
_BINARY = {
    b"\xd0\xcf\x11\xe0": "an old Excel spreadsheet (.xls)",
    b"%PDF": "a PDF document",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "a gzip archive",
    b"SQLite format 3": "a SQLite database",
}


def utf8_or_fault(path: Path, data: bytes) -> bytes:
    """``data`` without its byte order mark, known to be text in UTF-8.

    Raises InputFault saying what the file looks like instead (a spreadsheet, a zip, XML, UTF-16,
    Windows-1252, other binary) and how to save it.
    """
    text = data.removeprefix(BOM)
    if b"\0" in text or text.startswith((b"PK\x03\x04", *_BINARY, b"\xff\xfe", b"\xfe\xff")):
        raise _not_text(path, data)
    start = text[:_LOOKED_AT].lstrip().lower()
    if start.startswith((b"<?xml", b"<html", b"<!doctype", b"<table")):
        if start.startswith(b"<?xml"):
            kind, step = "XML", "if it is the return as XML, end its name in .xml"
        else:
            kind, step = "a web page (HTML)", "give the CSV files"
        raise InputFault(f"{path} is {kind}, not CSV", allowed="CSV files", next_step=step)
    if not text.isascii():
        try:
            text.decode()
        except UnicodeDecodeError as wrong:
            raise _other_encoding(path, text, wrong.start) from None
    return text


def _not_text(path: Path, data: bytes) -> InputFault:
    if data.startswith(b"PK\x03\x04"):
        kind = _zip_kind(data)
        step = "unpack it and give the files in it" if kind == "a zip archive" else _SAVE_AS_CSV
        return InputFault(f"{path} is {kind}, not CSV", allowed="CSV files", next_step=step)
    for mark, kind in _BINARY.items():
        if data.startswith(mark):
            step = _SAVE_AS_CSV if "spreadsheet" in kind else "export the data as CSV"
            return InputFault(f"{path} is {kind}, not CSV", allowed="CSV files", next_step=step)
    if (encoding := _utf16(data)) is not None:
        return InputFault(f"{path} looks like {encoding}", allowed="UTF-8", next_step=_SAVE_AS_UTF8)
    line = data.count(b"\n", 0, data.find(b"\0")) + 1
    return InputFault(
        f"{path} is not text: it holds NUL bytes, the first on line {line}",
        allowed="CSV files in UTF-8",
        next_step="export the file again",
    )


def _zip_kind(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return "a damaged zip archive or spreadsheet"
    if any(name.startswith("xl/") for name in names):
        return "an Excel spreadsheet (.xlsx)"
    if "content.xml" in names and "mimetype" in names:
        return "an OpenDocument spreadsheet (.ods)"
    return "a zip archive"


def _utf16(data: bytes) -> str | None:
    """The name of a 16- or 32-bit encoding the bytes look like: by its mark, or by where the NULs stand."""
    if data.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "UTF-32"
    if data.startswith(b"\xff\xfe"):
        return "UTF-16 (little-endian, Excel's Unicode Text)"
    if data.startswith(b"\xfe\xff"):
        return "UTF-16 (big-endian)"
    start = data[:_LOOKED_AT]
    even, odd = start[::2].count(0), start[1::2].count(0)
    half = len(start) // 2
    if odd > 0.7 * half and even < 0.1 * half:
        return "UTF-16 (little-endian, without a byte order mark)"
    if even > 0.7 * half and odd < 0.1 * half:
        return "UTF-16 (big-endian, without a byte order mark)"
    return None


def _other_encoding(path: Path, text: bytes, wrong_at: int) -> InputFault:
    line = text.count(b"\n", 0, wrong_at) + 1
    try:
        text.decode("cp1252")
        looks = "it looks like Windows-1252, in which older Excel saves CSV"
    except UnicodeDecodeError:
        looks = "its encoding was not recognised"
    return InputFault(
        f"{path} is not UTF-8 (first seen on line {line}): {looks}", allowed="UTF-8", next_step=_SAVE_AS_UTF8
    )
