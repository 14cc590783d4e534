"""Two records side by side, as their extracts have them, with what agrees and what differs.

This is the one place of review and explanation that holds values of children's records. It reads the extracts
again, gives text to be shown, and keeps nothing. Sealed records cannot be had from it, and where either child is
flagged as sensitive no address is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from childlink.errors import UsageFault
from childlink.linkage.config import LinkConfig, read_config
from childlink.linkage.extracts import Extract, read_extract
from childlink.linkage.fields import FIELDS
from childlink.linkage.levels import Comparison, comparisons
from childlink.linkage.run import settings_of, strong_numbers, with_seals
from childlink.linkage.standardise import standardise

SAME, ALIKE, DIFFERS, ONE_SIDE, HIDDEN, NEITHER = "same", "alike", "differs", "one only", "hidden", ""
_NOT_SHOWN = ("record_id", "sealed", "sensitive")
_ADDRESSES = ("postcode",)
_LEVEL_OF = {"date_of_birth": "dob"}
_UNFLAGGED = ("N", "NO", "FALSE", "F", "0", "0.0", "U", "UNRESTRICTED", "NONE")
"""Words of a sensitive flag that mean there is none; any other word flags the child."""

Record = tuple[str, str]


@dataclass(frozen=True)
class Line:
    """One field of two records. ``mark``: same, alike, differs, one only, hidden, or empty where neither has a
    value. ``words``: what the comparison found, in words, where it compared."""

    field: str
    left: str
    right: str
    mark: str
    words: str


class Records:
    """The extracts of a linkage, read again."""

    def __init__(self, extracts: list[Extract], sealed: frozenset[Record]) -> None:
        self._extracts = {extract.source: extract for extract in extracts}
        self._rows = {
            extract.source: dict(
                zip(extract.cells[extract.columns["record_id"][0]], range(extract.cells.height), strict=True)
            )
            for extract in extracts
        }
        records = standardise(extracts)
        closed = records.filter("sealed").select("source", "record_id").iter_rows()
        self.sealed = frozenset(closed) | sealed
        born = records.select("source", "record_id", pl.col("dob").cast(pl.String)).drop_nulls()
        self._born: dict[Record, str] = {(source, record): dob for source, record, dob in born.iter_rows()}
        self._compared = {
            one.field: one
            for one in comparisons(
                tuple(c for c in records.columns if c.startswith("id_")),
                tuple(c for c in records.columns if c.startswith("x_")),
            )
        }

    def has(self, record: Record) -> bool:
        """Whether the extracts hold the record and it may be shown."""
        return record[1] in self._rows.get(record[0], {}) and record not in self.sealed

    def digests(self) -> dict[str, str]:
        """SHA-256 of each extract's file."""
        return {source: extract.sha256 for source, extract in self._extracts.items()}

    def side_by_side(self, one: Record, other: Record, levels: Mapping[str, Any] | None) -> list[Line]:
        """The fields that either has a column for, in the order of ``fields.FIELDS``, further ones last.

        ``levels``: the pair's row of pairs.parquet, None where it was no candidate: then equal text is "same" and
        other text "differs". Raises UsageFault where either record cannot be shown.
        """
        for record in (one, other):
            if not self.has(record):
                raise UsageFault(
                    f"{record[0]}:{record[1]} cannot be shown: its extract does not have it, or it is sealed",
                    next_step="give the extracts that were linked, as --sources NAME=FILE",
                )
        names = [f.name for f in FIELDS if f.name not in _NOT_SHOWN]
        held = [self._extracts[source] for source, _ in (one, other)]
        known = {f.name for f in FIELDS}
        names += sorted({name for extract in held for name in extract.columns} - known)
        veiled = self._sensitive(one) or self._sensitive(other)
        lines = []
        for name in names:
            if not any(name in extract.columns for extract in held):
                continue
            left, right = self._text(one, name), self._text(other, name)
            if name in _ADDRESSES and veiled:
                lines.append(Line(_said(name), HIDDEN, HIDDEN, HIDDEN, "the address of a sensitive child"))
                continue
            lines.append(self._line(name, left, right, levels))
        return lines

    def _line(self, name: str, left: str, right: str, levels: Mapping[str, Any] | None) -> Line:
        for column in (_LEVEL_OF.get(name, name), f"id_{name}", f"x_{name}"):
            level = (levels or {}).get(column)
            if level:
                compared = self._compared[column]
                return Line(_said(name), left, right, _mark(compared, level), compared.words[level])
        if not left and not right:
            return Line(_said(name), left, right, NEITHER, "")
        if not left or not right:
            return Line(_said(name), left, right, ONE_SIDE, "")
        equal = "".join(left.upper().split()) == "".join(right.upper().split())
        return Line(_said(name), left, right, SAME if equal else DIFFERS, "")

    def _text(self, record: Record, field: str) -> str:
        source, record_id = record
        extract = self._extracts[source]
        if field == "date_of_birth" and record in self._born:
            return self._born[record]
        row = self._rows[source][record_id]
        cells = [extract.cells[heading][row] for heading in extract.columns.get(field, ())]
        return ", ".join(cell for cell in cells if cell)

    def _sensitive(self, record: Record) -> bool:
        said = self._text(record, "sensitive")
        return bool(said) and said.strip().upper() not in _UNFLAGGED


def read_records(
    sources: Mapping[str, Path],
    *,
    config: Path | None = None,
    register: str | None = None,
    key_file: Path | None = None,
) -> Records:
    """Read extracts as ``childlink link`` does, with the seals of ``register``, if one is there."""
    if not sources:
        raise UsageFault(
            "the extracts are needed, to show the records",
            allowed="each extract that was linked, as --sources NAME=FILE",
            next_step="add --sources education=education.csv --sources health=health.csv",
        )
    said = read_config(config, sources=list(sources)) if config else LinkConfig()
    extracts = [read_extract(n, path, said.mapping_for(n)) for n, path in sources.items()]
    if register is None:
        return Records(extracts, frozenset())
    records = standardise(extracts)
    key_path = key_file if key_file is not None else Path(f"{register}.key")
    numbers = strong_numbers(records, settings_of(said, fuzzy=True))
    closed = with_seals(records, numbers, register, key_path).filter("sealed")
    return Records(extracts, frozenset(closed.select("source", "record_id").iter_rows()))


def _mark(compared: Comparison, level: int) -> str:
    if level == 1:
        return SAME
    return DIFFERS if level == compared.levels - 1 else ALIKE


def _said(field: str) -> str:
    return next((f.meaning for f in FIELDS if f.name == field), field.replace("_", " "))
