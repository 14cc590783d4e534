"""agreement.toml: who may have what of the children's records, for what, on what ground, and until when.

fixtures/sharing/agreement.toml is an example with every key explained.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from childlink.errors import InputFault, UsageFault
from childlink.linkage.extracts import require_source_name
from childlink.sharing import generalise
from childlink.sharing.disclosure import DEFAULT_K, DEFAULT_L, DEFAULT_PRESET, PRESETS
from childlink.toml_reader import TomlReader

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_SLUG_ALLOWED = "1 to 40 small letters, digits and hyphens, as in example-university"
_OUTPUT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_ ]{0,59}")
_LONGEST_TEXT = 1000
_TEXTS = ("recipient_name", "purpose_in_words", "legal_basis", "after_retention", "contact")
_NEEDED = ("recipient", "purpose", "legal_basis", "retention", "columns")
_KEYS = (
    "recipient", "recipient_name", "purpose", "purpose_in_words", "legal_basis", "retention", "after_retention",
    "contact", "reference_date", "columns", "disclosure", "tables", "reidentification",
)  # fmt: skip
_DISCLOSURE_KEYS = ("quasi_identifiers", "sensitive", "k", "l", "small_groups", "preset")
_TABLE_KEYS = ("name", "source", "rows", "columns")
REFUSE, LEAVE_OUT = SMALL_GROUPS = ("refuse", "leave out")
MOST_BATCH = 100
DEFAULT_BATCH = 20


@dataclass(frozen=True)
class Column:
    """One column that may leave. ``key``: a heading of the extract, or the name of a field. ``word``: one of
    ``generalise.IN_WORDS``. ``name``: its heading in the package."""

    key: str
    word: str
    name: str


@dataclass(frozen=True)
class CountTable:
    """A table of counts of children: ``rows`` and ``columns`` are names of columns of the package."""

    name: str
    source: str
    rows: str
    columns: str | None


@dataclass(frozen=True)
class Disclosure:
    """What disclosure control asks for. Empty ``quasi_identifiers``: every age, sex, area and ethnic group."""

    quasi_identifiers: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    k: int = DEFAULT_K
    l: int = DEFAULT_L  # noqa: E741 - the letter that l-diversity is known by
    small_groups: str = REFUSE
    preset: str = DEFAULT_PRESET


@dataclass(frozen=True)
class Agreement:
    """An agreement as read. ``columns``: by source, in the file's order. ``reidentifiers``: the people who may
    ask for a pseudonym to be undone, or approve it; none where the agreement names none."""

    recipient: str
    recipient_name: str
    purpose: str
    purpose_in_words: str
    legal_basis: str
    retention: date
    after_retention: str
    contact: str
    reference_date: date | None
    columns: Mapping[str, tuple[Column, ...]]
    disclosure: Disclosure
    tables: tuple[CountTable, ...]
    reidentifiers: tuple[str, ...]
    batch: int
    file: str
    sha256: str

    @property
    def needs_lsoa(self) -> bool:
        """Whether a column is to become an LSOA."""
        return any(c.word == generalise.LSOA for columns in self.columns.values() for c in columns)


def read_agreement(path: Path) -> Agreement:
    """Read an agreement. Raises InputFault when it cannot be read or is no TOML, and one UsageFault that lists
    every fault of its contents: unknown keys and words with the nearest, missing keys, values of a wrong kind.
    """
    try:
        data = path.read_bytes()
        document = tomllib.loads(data.decode("utf-8"))
    except FileNotFoundError:
        raise InputFault(f"{path} is not there", next_step="check the path given to --agreement") from None
    except OSError as wrong:
        why = "it is a folder" if path.is_dir() else wrong.strerror
        raise InputFault(f"cannot read {path}: {why}", next_step="name a TOML file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        place = re.search(r"\(at (.*)\)$", str(wrong))
        raise InputFault(
            f"{path} is not TOML{f' (at {place[1]})' if place else ''}",
            allowed="keys and tables as in fixtures/sharing/agreement.toml",
            next_step='quote every text, as in recipient = "example-university"',
        ) from None
    return _Reader(path, hashlib.sha256(data).hexdigest()).agreement(document)


class _Reader(TomlReader):
    """Reads the parts of an agreement, gathering faults; ``agreement`` raises them together."""

    def __init__(self, path: Path, sha256: str) -> None:
        super().__init__(path)
        self.sha256 = sha256

    def agreement(self, document: Mapping[str, Any]) -> Agreement:
        self._known("key", document, _KEYS, "")
        for name in _NEEDED:
            if name not in document:
                self._wrong(f"{name} is missing", _said(name))
        recipient = self._slug(document, "recipient")
        purpose = self._slug(document, "purpose")
        texts = {name: self._text(document, name) for name in _TEXTS}
        people, batch = self._reidentification(document)
        columns = self._columns(self._table(document, "columns", "[columns.SOURCE]"))
        agreement = Agreement(
            recipient=recipient,
            recipient_name=texts["recipient_name"] or recipient,
            purpose=purpose,
            purpose_in_words=texts["purpose_in_words"] or purpose,
            legal_basis=texts["legal_basis"],
            retention=self._date(document, "retention") or date.max,
            after_retention=texts["after_retention"]
            or "delete every copy, and say in writing that it is done",
            contact=texts["contact"],
            reference_date=self._date(document, "reference_date"),
            columns=columns,
            disclosure=self._disclosure(self._table(document, "disclosure", "[disclosure]"), columns),
            tables=self._tables(document.get("tables", []), columns),
            reidentifiers=people,
            batch=batch,
            file=self.path.name,
            sha256=self.sha256,
        )
        words = {column.word for source in columns.values() for column in source}
        if words & {generalise.AGE, generalise.AGE_BAND} and agreement.reference_date is None:
            self._wrong("reference_date is missing, and an age is to be shared", "a date, as in 2026-08-31")
        self._raise()
        return agreement

    def _columns(self, given: Mapping[str, Any]) -> dict[str, tuple[Column, ...]]:
        read = {}
        for source, table in given.items():
            place = f"[columns.{source}]"
            try:
                require_source_name(source)
            except UsageFault as fault:
                self.faults.append(self._placed(fault, place))
            if not isinstance(table, dict) or not table:
                self._wrong(f"{place} is empty or not a table", 'date_of_birth = "age" and the like under it')
                continue
            columns = [column for key, said in table.items() if (column := self._column(key, said, place))]
            names = [column.name for column in columns]
            for name in sorted(
                {name for name in names if names.count(name) > 1} | ({"pseudonym"} & set(names))
            ):
                self._wrong(
                    f"{place}: two columns of the package would be called {name}", "a name of its own each"
                )
            read[source] = tuple(columns)
        return read

    def _column(self, key: str, said: Any, place: str) -> Column | None:
        word, name = (said, None) if not isinstance(said, dict) else (said.get("as"), said.get("name"))
        if isinstance(said, dict):
            self._known("key", said, ("as", "name"), f"{place} {key}")
        if not isinstance(word, str) or word not in generalise.IN_WORDS:
            self._unknown("generalisation", str(word), generalise.IN_WORDS, f"{place} {key}")
            return None
        if name is not None and not (isinstance(name, str) and _OUTPUT_NAME.fullmatch(name)):
            self._wrong(
                f"{place} {key}: not a name for a column", "a letter, then letters, digits, _ and spaces"
            )
            return None
        return Column(key, word, name or generalise.output_name(key, word))

    def _disclosure(self, table: Mapping[str, Any], columns: Mapping[str, tuple[Column, ...]]) -> Disclosure:
        self._known("key", table, _DISCLOSURE_KEYS, "[disclosure]")
        shared = _shared_names(columns)
        lists = {
            name: self._names(table, name, "[disclosure]") for name in ("quasi_identifiers", "sensitive")
        }
        for given in lists.values():
            self._known("column of the package", given, shared, "[disclosure]")
        k = self._number(table, "k", DEFAULT_K, 2, 1000, "[disclosure]")
        diversity = self._number(table, "l", DEFAULT_L, 1, 100, "[disclosure]")
        if diversity > 1 and not lists["sensitive"]:
            self._wrong(
                "[disclosure] l asks for diversity, and sensitive names no column", 'sensitive = ["..."]'
            )
        chosen = {}
        for name, allowed in (("small_groups", SMALL_GROUPS), ("preset", tuple(PRESETS))):
            chosen[name] = table.get(name, REFUSE if name == "small_groups" else DEFAULT_PRESET)
            if chosen[name] not in allowed:
                self._unknown(f"value of {name}", str(chosen[name]), allowed, "[disclosure]")
        return Disclosure(
            quasi_identifiers=lists["quasi_identifiers"],
            sensitive=lists["sensitive"],
            k=k,
            l=diversity,
            **chosen,
        )

    def _tables(self, given: Any, columns: Mapping[str, tuple[Column, ...]]) -> tuple[CountTable, ...]:
        if not isinstance(given, list):
            self._wrong("tables is not a list of tables", "[[tables]]")
            return ()
        read = []
        for number, table in enumerate(given, start=1):
            place = f"[[tables]] number {number}"
            if not isinstance(table, dict):
                self._wrong(f"{place} is not a table", "name, source, rows and columns under [[tables]]")
                continue
            self._known("key", table, _TABLE_KEYS, place)
            name, source, rows = (table.get(key) for key in ("name", "source", "rows"))
            if not isinstance(name, str) or not SLUG.fullmatch(name):
                self._wrong(f"{place}: name is missing or may not name a file", _SLUG_ALLOWED)
            if not isinstance(source, str) or source not in columns:
                self._unknown("source", str(source), columns, place)
                continue
            across = table.get("columns")
            there = [column.name for column in columns[source]]
            self._known(
                "column of the package", [str(rows), *([str(across)] if across else [])], there, place
            )
            read.append(CountTable(str(name), source, str(rows), str(across) if across else None))
        if repeated := sorted({t.name for t in read if [u.name for u in read].count(t.name) > 1}):
            self._wrong(f"two [[tables]] are called {repeated[0]}", "a name of its own each")
        return tuple(read)

    def _reidentification(self, document: Mapping[str, Any]) -> tuple[tuple[str, ...], int]:
        place = "[reidentification]"
        table = self._table(document, "reidentification", place)
        self._known("key", table, ("names", "batch"), place)
        names = self._names(table, "names", place)
        if table and len({name.casefold() for name in names}) < 2:
            self._wrong(
                f"{place} names fewer than two people", 'names = ["...", "..."]: one asks, another approves'
            )
        return names, self._number(table, "batch", DEFAULT_BATCH, 1, MOST_BATCH, place)

    def _slug(self, document: Mapping[str, Any], name: str) -> str:
        value = document.get(name, "")
        if name in document and not (isinstance(value, str) and SLUG.fullmatch(value)):
            self._wrong(
                f"{name} may not name anything: it goes into keys, pseudonyms and files", _SLUG_ALLOWED
            )
        return str(value)

    def _text(self, document: Mapping[str, Any], name: str) -> str:
        value = document.get(name, "")
        if not isinstance(value, str):
            self._wrong(f"{name} is not a text", _said(name))
            return ""
        text = " ".join(value.split())
        if (
            len(text) > _LONGEST_TEXT
            or not text.isprintable()
            or (name in _NEEDED and name in document and not text)
        ):
            self._wrong(
                f"{name} is empty, too long or cannot be printed", f"up to {_LONGEST_TEXT} characters"
            )
        return text

    def _date(self, document: Mapping[str, Any], name: str) -> date | None:
        value = document.get(name)
        if isinstance(value, str):
            with suppress(ValueError):
                value = date.fromisoformat(value)
        if value is None or type(value) is date:
            return value
        self._wrong(f"{name} is not a date", _said(name))
        return None

    def _number(
        self, table: Mapping[str, Any], name: str, default: int, least: int, most: int, place: str
    ) -> int:
        value = table.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self._wrong(f"{place} {name} is not a whole number in range", f"{least} to {most}")
            return default
        return value

    def _names(self, table: Mapping[str, Any], name: str, place: str) -> tuple[str, ...]:
        value = table.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
            self._wrong(f"{place} {name} is not a list of names", f'{name} = ["...", "..."]')
            return ()
        return tuple(value)


def _said(name: str) -> str:
    """What a key should hold."""
    return {
        "recipient": _SLUG_ALLOWED,
        "purpose": _SLUG_ALLOWED,
        "retention": "the last day on which the recipient may hold the data, as in 2028-03-31",
        "reference_date": "a date, as in 2026-08-31",
        "columns": "a table [columns.SOURCE] for each source",
    }.get(name, "a text in quotation marks")


def _shared_names(columns: Mapping[str, tuple[Column, ...]]) -> list[str]:
    """Names of the package's columns, alone and with their source in front."""
    plain = [column.name for source in columns.values() for column in source]
    placed = [f"{source}.{column.name}" for source, named in columns.items() for column in named]
    return list(dict.fromkeys([*plain, *placed]))
