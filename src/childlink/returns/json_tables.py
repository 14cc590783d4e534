"""Reading a return that comes as JSON into its tables, as the part ``json`` of its schema says (``json_layout``)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from childlink.errors import InputFault, UsageFault
from childlink.returns.given import given_files
from childlink.returns.json_layout import (
    BOOLEAN,
    EITHER,
    NUMBER,
    TEXT,
    JsonLayout,
    JsonNode,
    json_layout,
)
from childlink.returns.json_text import NotJson, Number, Repeated, json_text, read_json_bytes, top_values
from childlink.returns.model import InputFile, Return, UnknownElement
from childlink.returns.nested_rows import NestedRows
from childlink.returns.years import CollectionYear
from childlink.schema.model import ReturnSchema

NOT_KNOWN = "not an item of the payload"
NOT_A_PAYLOAD = "an object without any item of a payload"
IS_NULL = "is null: an item that is absent is left out"
IS_EMPTY = "is an empty text: an item that is absent is left out"
REPEATED = "stands more than once in one object: the last was read"
NOT_JSON = "is NaN or Infinity, which JSON does not have"
HALF = (
    "holds half of a character (a surrogate without its other half), which stands as a replacement character"
)
UNNAMED = "(a name not shown)"
MOST_PATHS = 200
"""The most unknown items that are told apart."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
"""What a name must look like to be shown: others may be a value in the wrong place."""
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def read_json(
    paths: Sequence[Path], previous: Sequence[Path], schema: ReturnSchema, year: CollectionYear
) -> Return:
    """Read a return from its JSON file.

    Every table of the schema is there, with all its columns as text: true and false as those words, numbers as they
    are written; null for an item that is absent, null or an empty text. Rows are in the order of the file, those of
    an object before those in it. What is not read as it stands is in ``unknown_elements``, by its path below the
    payload, with why and the payload (counted from 1) in which it first stands. ``lines`` is empty.

    Raises UsageFault without paths, and with last year's, which no rule reads; InputFault when the file cannot be
    read (``read_json_bytes``, ``json_text``, ``top_values``), or holds no payload.
    """
    if previous:
        raise UsageFault(
            f"{schema.name} is not compared with last year's return", next_step="leave --previous out"
        )
    (file,) = given_files(paths, (), ("json",))
    data = read_json_bytes(file.path)
    digest = hashlib.sha256(data).hexdigest()
    text = json_text(file.path, data)
    del data  # as large as the text
    reader = _Reader(json_layout(schema), halves=_SURROGATE.search(text) is not None)
    for value in top_values(file.path, text):
        reader.take(value)
    if not reader.payloads:
        raise InputFault(
            f"{file.path} holds no child's payload",
            allowed="a payload, an array of payloads, or an object that holds one or an array as "
            + " or ".join(reader.layout.holders),
            next_step="check that it is the file that is sent",
        )
    tables = reader.frames()
    return Return(
        name=schema.name,
        year=year,
        tables=tables,
        lines={},
        inputs=tuple(InputFile(file.name, name, "this", f.height, digest) for name, f in tables.items()),
        file_format="json",
        unknown_elements=tuple(
            UnknownElement(file.name, "this", path, count, f"{why} (first in payload {first})")
            for (path, why), (count, first) in reader.left_out.items()
        ),
    )


class _Reader(NestedRows):
    """The walk through the payloads. ``payloads`` counts those read, ``left_out`` gives for a path and why it is not
    read as it stands how often that is so and in which payload first."""

    def __init__(self, layout: JsonLayout, *, halves: bool) -> None:
        super().__init__(layout.tables, layout.ids)
        self.layout = layout
        self.halves = halves
        self.payloads = 0
        self.left_out: dict[tuple[str, str], tuple[int, int]] = {}
        self._met = 0

    def take(self, value: Any) -> None:
        """Take one value of the file: a payload, or an object that holds payloads."""
        holder = next((h for h in self.layout.holders if isinstance(value, dict) and h in value), None)
        if holder is None:
            self._payload(value, {})
            return
        self._met += 1  # what is wrong beside the payloads is told under the first of them
        beside = {}
        for name, item in value.items():
            if name in self.layout.beside:
                beside[name] = item
            elif name != holder:
                self._leave(f"{_shown(name)} (beside {holder})", NOT_KNOWN)
        self._tell_repeated(value, "", f" (beside {holder})")
        self._met -= 1
        held = value[holder]
        for payload in held if isinstance(held, list) else [held]:
            self._payload(payload, beside)

    def _payload(self, value: Any, beside: Mapping[str, Any]) -> None:
        self._met += 1
        if not isinstance(value, dict):
            self._leave(".", IS_NULL if value is None else f"{_kind(value)} where a payload is wanted")
        elif self.layout.payload.below.keys().isdisjoint(value):
            self._leave(".", NOT_A_PAYLOAD)
        else:
            self.payloads += 1
            self._object(value, self.layout.payload)
            for name, item in beside.items():
                if name not in value:
                    self._cell(item, self.layout.beside[name])
            self._put_away_many()

    def _object(self, value: dict[str, Any], node: JsonNode) -> None:
        """Open the rows that begin with an object and take what stands in it."""
        for number, name in node.ids:
            self._ids[number] = self._plain(value.get(name))
        for shape in node.opens:
            self._new_row(shape)
        if type(value) is not dict:
            self._tell_repeated(value, f"{node.path}/", "")
        below = node.below
        for name, item in value.items():
            part = below.get(name)
            if part is None:
                self._leave(f"{node.path}/{_shown(name)}", NOT_KNOWN)
            elif part.cell is not None:
                self._cell(item, part)
            elif item is None:
                self._leave(part.path, IS_NULL)
            elif part.items is not None:
                if isinstance(item, list):
                    self._array(item, part, part.items)
                else:
                    self._wrong(item, part, "an array")
            elif isinstance(item, dict):
                self._object(item, part)
            else:
                self._wrong(item, part, "an object")

    def _array(self, values: list[Any], node: JsonNode, each: JsonNode) -> None:
        if node.most is not None and len(values) > node.most:
            self._leave(node.path, f"has more than {node.most} items")
        if each.cell is None:
            for value in values:
                if isinstance(value, dict):
                    self._object(value, each)
                elif value is None:
                    self._leave(each.path, IS_NULL)
                else:
                    self._wrong(value, each, "an object")
            return
        texts = [text for value in values if (text := self._text(value, each)) is not None]
        for text in texts:
            for shape in each.opens:
                self._new_row(shape)
            self._open[each.cell[0]][each.cell[1]] = text
        if node.listed is not None:
            self._open[node.listed[0]][node.listed[1]] = " ".join(texts) if texts else "[]"

    def _cell(self, value: Any, node: JsonNode) -> None:
        assert node.cell is not None
        if type(value) is str and value and node.wants is TEXT and not self.halves:
            text: str | None = value  # as almost all items are
        else:
            text = self._text(value, node)
        self._open[node.cell[0]][node.cell[1]] = text

    def _text(self, value: Any, node: JsonNode) -> str | None:
        """The text of an item that is a cell; what is wrong with it is noted."""
        if value is None:
            self._leave(node.path, IS_NULL)
        elif isinstance(value, NotJson):
            self._leave(node.path, NOT_JSON)
        elif value == "":
            self._leave(node.path, IS_EMPTY)
        else:
            kind, wants = _kind(value), node.wants
            if kind != wants and not (wants is EITHER and kind in (TEXT, NUMBER)):
                self._wrong(value, node, wants)
            if self.halves and isinstance(value, str) and _whole(value) != value:
                self._leave(node.path, HALF)
            return self._plain(value)
        return None

    def _plain(self, value: Any) -> str | None:
        """A text, number, true or false as text; None for anything else, and for an empty text."""
        if isinstance(value, bool):
            return "true" if value else "false"
        if not isinstance(value, str) or not value:
            return None
        return _whole(value) if self.halves else str(value)

    def _wrong(self, value: Any, node: JsonNode, wanted: str) -> None:
        self._leave(node.path, f"is {_kind(value)} where {wanted} is wanted")

    def _tell_repeated(self, value: dict[str, Any], above: str, where: str) -> None:
        for name in value.names if isinstance(value, Repeated) else ():
            self._leave(f"{above}{_shown(name)}{where}", REPEATED)

    def _leave(self, path: str, why: str) -> None:
        key = (path.lstrip("/"), why)
        if key not in self.left_out and len(self.left_out) >= MOST_PATHS:
            key = ("...", "further items that are not read as they stand")
        count, first = self.left_out.get(key, (0, self._met))
        self.left_out[key] = (count + 1, first)


def _shown(name: str) -> str:
    return name if _NAME.fullmatch(name) else UNNAMED


def _kind(value: Any) -> str:
    """What a value is, in words."""
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, Number):
        return NUMBER
    if isinstance(value, str):
        return TEXT
    if isinstance(value, NotJson):
        return "NaN or Infinity"
    return "an object" if isinstance(value, dict) else "an array" if isinstance(value, list) else "null"


def _whole(text: str) -> str:
    """``text`` with a replacement character for each half of a character, which no encoding can hold."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
