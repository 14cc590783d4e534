"""A JSON file as values, one at a time: bounded in size and depth, refused with a word where it cannot be read."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from json.decoder import JSONDecodeError
from pathlib import Path
from typing import Any

from childlink.errors import InputFault
from childlink.returns.csv_file import read_bytes, require_size

MOST_BYTES = 128 * 2**20
"""The largest file that is read: the payloads of some 40,000 children. Parsed, they take several times its size."""
MOST_DEPTH = 64
"""How deep arrays and objects may stand in one another; those of a return stand eight deep."""

_ALLOWED = "JSON in UTF-8"
_EXPORT = "export it again"
_OTHER_KINDS = {
    b"PK\x03\x04": "a zip archive or a workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel spreadsheet (.xls)",
    b"%PDF": "a PDF document",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "a gzip archive",
    b"SQLite format 3": "a SQLite database",
    b"<": "XML or a web page",
}
_SAVE_AS_UTF8 = (
    "save it again as UTF-8 (in PowerShell: -Encoding utf8; in a text editor choose the encoding UTF-8)"
)
_BROKEN = {
    "Unterminated string": "a text is opened with a quote and not closed, or the file breaks off in it",
    "Invalid control character": "a text holds a line break or another control character, which JSON writes as \\n",
    "Invalid \\": "a backslash in a text begins none of the escapes of JSON",
    "Expecting property name": "the name of an item in double quotes is missing, or a comma stands before the end",
    "Illegal trailing comma": "a comma stands before a closing bracket",
    "Expecting ':'": "a colon is missing after the name of an item",
    "Expecting ','": "a comma or a closing bracket is missing",
    "Expecting value": "a value is missing, or is none that JSON has (single quotes and None are not JSON)",
}
"""What is wrong, by how the words of Python's parser begin."""


class Number(str):
    """A number as it is written: not rounded, and of any length."""

    __slots__ = ()


class Repeated(dict[str, Any]):
    """An object in which ``names`` stand more than once; the last of each counts."""

    names: tuple[str, ...] = ()


class NotJson:
    """NaN or Infinity, which some programs write and JSON does not have."""


_NOT_JSON = NotJson()


def read_json_bytes(path: Path) -> bytes:
    """The bytes of a file. Raises InputFault as ``read_bytes`` does, and for one of more than MOST_BYTES."""
    if path.is_file():
        require_size(path, path.stat().st_size, MOST_BYTES)
    return read_bytes(path)


def json_text(path: Path, data: bytes) -> str:
    """``data`` as text, without a byte order mark.

    Raises InputFault where it is empty, of another kind, not UTF-8 (with the line), or where its arrays and objects
    stand deeper than MOST_DEPTH: that is looked at before anything is parsed.
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:4]:
        raise InputFault(f"{path} looks like UTF-16", allowed="UTF-8", next_step=_SAVE_AS_UTF8)
    start = data[:64].lstrip()
    kind = next((kind for mark, kind in _OTHER_KINDS.items() if start.startswith(mark)), None)
    if kind is not None:
        raise InputFault(f"{path} is {kind}, not JSON", allowed=_ALLOWED, next_step="give the JSON file")
    if not data.strip():
        raise InputFault(f"{path} is empty", allowed=_ALLOWED, next_step=_EXPORT)
    if is_deep(data, MOST_DEPTH):
        raise InputFault(
            f"{path} has arrays or objects more than {MOST_DEPTH} deep in one another: refused",
            allowed=f"JSON up to {MOST_DEPTH} deep; a payload is eight deep",
            next_step="check that it is the right file, and export it again",
        )
    try:
        return data.decode()
    except UnicodeDecodeError as wrong:
        line = data.count(b"\n", 0, wrong.start) + 1
        raise InputFault(
            f"{path} is not UTF-8 (first seen on line {line})", allowed="UTF-8", next_step=_SAVE_AS_UTF8
        ) from None


_BRACKETS = bytes.maketrans(b"[]{}", b"()()")
_REST = bytes(set(range(256)) - set(b'"[]{}'))


def is_deep(data: bytes, most: int) -> bool:
    """Whether brackets outside texts stand deeper in one another than ``most``, closed or not.

    A backslash in a text takes the character after it along, so that an escaped quote does not end the text. Nothing
    is parsed: the brackets that close where they open are taken away, a level at a time.
    """
    marks = data.replace(b"\\\\", b"").replace(b'\\"', b"").translate(None, _REST)
    few = marks.replace(b'""', b"")  # what stands in a text still does, and almost all texts are gone
    brackets = re.sub(rb'"[^"]*"?', b"", few).translate(_BRACKETS)
    for _ in range(most):
        if b"()" not in brackets:
            break
        brackets = brackets.replace(b"()", b"")
    return b"()" in brackets or brackets.count(b"(") > most


def top_values(path: Path, text: str) -> Iterator[Any]:
    """Each value of a file, in order: the items of an array, one at a time, or the values that stand in it one after
    another, as in JSON Lines.

    Objects come as dict (``Repeated`` where a name stands twice), arrays as list, numbers as ``Number``, NaN and
    Infinity as ``NotJson``. Raises InputFault, with line and column, where the text is no JSON.
    """
    try:
        yield from _Scanner(text).values()
    except JSONDecodeError as wrong:
        raise _broken(path, text, wrong) from None


class _Scanner:
    """One pass through a text; ``at`` is where it stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._decoder = json.JSONDecoder(
            object_pairs_hook=_object,
            parse_int=Number,
            parse_float=Number,
            parse_constant=lambda _: _NOT_JSON,
        )
        self._blank = re.compile(r"[ \t\n\r]*")

    def values(self) -> Iterator[Any]:
        while self._next():
            if self._next() == "[":
                yield from self._items()
            else:
                yield self._value()

    def _items(self) -> Iterator[Any]:
        self.at += 1
        if self._next() == "]":
            self.at += 1
            return
        while True:
            yield self._value()
            mark = self._next()
            if mark not in (",", "]"):
                raise JSONDecodeError("Expecting ',' delimiter", self.text, self.at)
            self.at += 1
            if mark == "]":
                return

    def _next(self) -> str:
        """The next character that is not blank; none at the end."""
        found = self._blank.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.text[self.at : self.at + 1]

    def _value(self) -> Any:
        self._next()
        value, self.at = self._decoder.raw_decode(self.text, self.at)
        return value


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    repeated = Repeated(pairs)
    repeated.names = tuple(name for name, times in Counter(n for n, _ in pairs).items() if times > 1)
    return repeated


def _broken(path: Path, text: str, wrong: JSONDecodeError) -> InputFault:
    # the parser's own words may come to hold text of the file: they are not passed on
    what = next((words for begins, words in _BROKEN.items() if wrong.msg.startswith(begins)), "it is no JSON")
    if wrong.pos >= len(text.rstrip()):
        what = "the file breaks off before its arrays and objects are closed"
    return InputFault(
        f"{path}, line {wrong.lineno}, column {wrong.colno}: {what}",
        allowed="well-formed JSON",
        next_step="export it again, or mend that line in a text editor",
    )
