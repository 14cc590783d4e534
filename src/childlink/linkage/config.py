"""link.toml: what cannot be recognised in an extract, said by the user.

[sources.health]
columns = { given = "forename", "NHS No (verified)" = "nhs_number", notes = "ignore" }
date_format = "DD/MM/YYYY"
duplicates = "none"
schema = "health.yaml"

[identifiers]
case_number = { scope = "shared" }

[fields]
suburb = { kind = "text" }

[[blocking]]
fields = ["date_of_birth", "suburb"]

[link]
accept_weight = 2.0
people = "children"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from childlink.errors import ChildlinkError, InputFault, UsageFault
from childlink.linkage import dates
from childlink.linkage.described import schema_at
from childlink.linkage.fields import BY_NAME, IGNORE
from childlink.schema.model import ReturnSchema
from childlink.toml_reader import TomlReader

Duplicates = Literal["allowed", "none"]
Scope = Literal["shared", "source"]
Kind = Literal["text", "code"]
"""Of a field of the user's own: words, compared without case, accents and marks; or a code, without spaces."""


@dataclass(frozen=True)
class SourceMapping:
    """What the user says about one source.

    ``columns``: heading to field name, name of a further identifier, or "ignore". ``date_format``: a name of
    dates.FORMS, or None to recognise it. ``schema``: what describes its columns and dates; what is said here comes
    before it. ``duplicates``: whether the source may hold several records of one
    child. ``identifiers``: the names of all further identifiers. ``fields``: the names and kinds of all
    fields of the user's own.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    date_format: str | None = None
    duplicates: Duplicates = "allowed"
    identifiers: tuple[str, ...] = ()
    fields: Mapping[str, Kind] = field(default_factory=dict)
    schema: ReturnSchema | None = None


@dataclass(frozen=True)
class Identifier:
    """A further identifier: a number of the users' own.

    ``scope``: "shared" where equal numbers of two sources mean one child, "source" where they do so only
    within a source.
    """

    name: str
    scope: Scope = "shared"


@dataclass(frozen=True)
class Setting:
    """One key of the [link] table: its meaning, and the least and greatest value allowed."""

    meaning: str
    least: float
    most: float


SETTINGS: Mapping[str, Setting] = {
    "accept_weight": Setting(
        "match weight (log2) from which a pair may link without a person's decision", -50, 100
    ),
    "review_weight": Setting("match weight (log2) from which a pair that did not link is reviewed", -50, 100),
    "lead": Setting("by how much a pair must lead the next person's", 0, 100),
}
"""The keys that [link] may hold: those of ``linkage.settings.LinkSettings`` that are a user's to set."""


BLOCKING_FIELDS: Mapping[str, str] = {
    "forename": "forename", "surname": "surname", "date_of_birth": "dob", "sex": "sex",
    "postcode": "postcodes", "year_of_birth": "birth_year", "sound_of_forename": "forename_sound",
    "sound_of_surname": "surname_sound", "nhs_number": "nhs_number", "upn": "upn", "uln": "uln",
}  # fmt: skip
"""What [[blocking]] may name besides fields and identifiers of the user's own, and the columns they are."""


@dataclass(frozen=True)
class LinkConfig:
    """link.toml as read. ``settings`` holds the keys of [link] that were given, as numbers. ``blocking``:
    fields that must agree for two records to be compared, beside the built-in keys. ``children``: whether the
    people are children of families, with the rules for them."""

    sources: Mapping[str, SourceMapping] = field(default_factory=dict)
    identifiers: tuple[Identifier, ...] = ()
    settings: Mapping[str, float] = field(default_factory=dict)
    fields: Mapping[str, Kind] = field(default_factory=dict)
    blocking: tuple[tuple[str, ...], ...] = ()
    children: bool = True

    def mapping_for(self, source: str) -> SourceMapping:
        """What is said about ``source``; recognition alone where nothing is."""
        everyone = SourceMapping(identifiers=tuple(i.name for i in self.identifiers), fields=self.fields)
        return self.sources.get(source, everyone)

    def with_schemas(self, schemas: Mapping[str, ReturnSchema]) -> LinkConfig:
        """The same, with ``schemas`` for these sources in place of those that link.toml names."""
        held = {name: replace(self.mapping_for(name), schema=schema) for name, schema in schemas.items()}
        return replace(self, sources={**self.sources, **held})


def read_config(path: Path, *, sources: Sequence[str] | None = None) -> LinkConfig:
    """Read a link.toml. ``sources``: the names given on the command line, to tell a misspelt one.

    Raises InputFault when the file cannot be read or is no TOML, and one UsageFault that lists every fault
    of its contents: unknown keys with the nearest name, values of a wrong kind.
    """
    try:
        with path.open("rb") as stream:
            document = tomllib.load(stream)
    except FileNotFoundError:
        raise InputFault(f"{path} is not there", next_step="check the path given to --config") from None
    except OSError as wrong:
        why = "it is a folder" if path.is_dir() else wrong.strerror
        raise InputFault(f"cannot read {path}: {why}", next_step="name a TOML file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        place = re.search(r"\(at (.*)\)$", str(wrong))
        raise InputFault(
            f"{path} is not TOML{f' (at {place[1]})' if place else ''}",
            allowed="the tables [sources.NAME], [identifiers], [fields], [[blocking]] and [link]",
            next_step='quote every heading and text, as in columns = { "Given name" = "forename" }',
        ) from None
    return _Reader(path).config(document, sources)


class _Reader(TomlReader):
    """Reads the parts of a link.toml, gathering faults; ``config`` raises them together."""

    def config(self, document: Mapping[str, Any], sources: Sequence[str] | None) -> LinkConfig:
        self._known("table", document, ("sources", "identifiers", "fields", "blocking", "link"), "")
        identifiers = self._identifiers(self._table(document, "identifiers", "[identifiers]"))
        names = tuple(identifier.name for identifier in identifiers)
        fields = self._fields(self._table(document, "fields", "[fields]"), names)
        blocking = self._blocking(document.get("blocking", []), (*names, *fields))
        given = self._table(document, "sources", "[sources.NAME]")
        if sources is not None:
            self._known("source", given, sources, "[sources]")
        read = {name: self._source(name, given[name], names, fields) for name in given}
        said = dict(self._table(document, "link", "[link]"))
        people = said.pop("people", "children")
        if people not in ("children", "any"):
            self._unknown("people", str(people), ("children", "any"), "[link]")
        settings = self._settings(said)
        self._raise()
        everyone = SourceMapping(identifiers=names, fields=fields)
        return LinkConfig(
            sources={**dict.fromkeys(sources or (), everyone), **read},
            identifiers=identifiers,
            settings=settings,
            fields=fields,
            blocking=blocking,
            children=people == "children",
        )

    def _source(
        self, name: str, table: Any, identifiers: tuple[str, ...], fields: Mapping[str, Kind]
    ) -> SourceMapping:
        place = f"[sources.{name}]"
        if not isinstance(table, dict):
            self._wrong(f"{place} is not a table", 'columns = { given = "forename" } under it')
            return SourceMapping(identifiers=identifiers, fields=fields)
        self._known("key", table, ("columns", "date_format", "duplicates", "schema"), place)
        columns = self._table(table, "columns", f"{place} columns")
        allowed = (*BY_NAME, *identifiers, *fields, IGNORE)
        for heading, kind in columns.items():
            if not isinstance(kind, str):
                self._wrong(f'{place} columns: "{heading}" is not mapped to a name', "the name of a field")
            elif kind not in allowed:
                self._unknown("field", kind, allowed, f"{place} columns")
        for kind, doubled in _doubled(columns).items():
            self._wrong(
                f"{place} columns: {_listed(doubled)} are all mapped to {kind}",
                f'one column for {kind}; map the others to "{IGNORE}"',
            )
        date_format = table.get("date_format")
        if date_format is not None:
            try:
                date_format = dates.form_named(str(date_format)).name
            except UsageFault as fault:
                self.faults.append(self._placed(fault, place))
        duplicates = table.get("duplicates", "allowed")
        if duplicates not in ("allowed", "none"):
            self._unknown("value of duplicates", str(duplicates), ("allowed", "none"), place)
        schema = self._schema(table.get("schema"), place)
        return SourceMapping(columns, date_format, duplicates, identifiers, fields, schema)

    def _schema(self, given: Any, place: str) -> ReturnSchema | None:
        """The schema of a source, in a file whose path begins where link.toml is."""
        if given is None:
            return None
        if not isinstance(given, str) or not given:
            self._wrong(f"{place} schema is not the name of a file", 'schema = "mine.yaml"')
            return None
        try:
            return schema_at(given, self.path.parent)
        except ChildlinkError as fault:
            self.faults.append(self._placed(fault, place))
            return None

    def _identifiers(self, table: Mapping[str, Any]) -> tuple[Identifier, ...]:
        read = []
        for name, said in sorted(table.items()):
            place = f"[identifiers] {name}"
            if name in BY_NAME or name == IGNORE or not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
                self._wrong(
                    f"{place}: not a name for a further identifier",
                    "small letters, digits and _, beginning with a letter, and not the name of a field",
                )
            if not isinstance(said, dict):
                self._wrong(f"{place} is not a table", '{ scope = "shared" } or { scope = "source" }')
                continue
            self._known("key", said, ("scope",), place)
            scope = said.get("scope", "shared")
            if scope not in ("shared", "source"):
                self._unknown("scope", str(scope), ("shared", "source"), place)
            read.append(Identifier(name, scope))
        return tuple(read)

    def _fields(self, table: Mapping[str, Any], taken: tuple[str, ...]) -> dict[str, Kind]:
        read: dict[str, Kind] = {}
        for name, said in sorted(table.items()):
            place = f"[fields] {name}"
            if name in (*BY_NAME, *taken, IGNORE) or not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
                self._wrong(
                    f"{place}: not a name for a field of your own",
                    "small letters, digits and _, beginning with a letter, and not a name that is taken",
                )
            if not isinstance(said, dict):
                self._wrong(f"{place} is not a table", '{ kind = "text" } or { kind = "code" }')
                continue
            self._known("key", said, ("kind",), place)
            kind = said.get("kind", "text")
            if kind not in ("text", "code"):
                self._unknown("kind", str(kind), ("text", "code"), place)
            read[name] = kind
        return read

    def _blocking(self, given: Any, own: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
        """Blocking keys as names of fields."""
        allowed = (*BLOCKING_FIELDS, *own)
        keys = []
        for number, table in enumerate(given if isinstance(given, list) else [given], start=1):
            place = f"[[blocking]] {number}"
            named = table.get("fields") if isinstance(table, dict) else None
            if not isinstance(named, list) or not named or not all(isinstance(n, str) for n in named):
                self._wrong(f"{place} names no fields", 'fields = ["date_of_birth", "postcode"]')
                continue
            self._known("key", table, ("fields",), place)
            self._known("field", named, allowed, place)
            keys.append(tuple(named))
        return tuple(keys)

    def _settings(self, table: Mapping[str, Any]) -> dict[str, float]:
        self._known("key", table, SETTINGS, "[link]")
        read = {}
        for name in table.keys() & SETTINGS.keys():
            value, setting = table[name], SETTINGS[name]
            if isinstance(value, bool) or not isinstance(value, int | float):
                self._wrong(f"[link] {name} is not a number", f"{setting.least:g} to {setting.most:g}")
            elif not setting.least <= value <= setting.most:
                self._wrong(f"[link] {name} is out of range", f"{setting.least:g} to {setting.most:g}")
            else:
                read[name] = float(value)
        return dict(sorted(read.items()))


def _doubled(columns: Mapping[str, Any]) -> dict[str, list[str]]:
    """Fields of one column to which several headings are mapped."""
    by_kind: dict[str, list[str]] = {}
    for heading, kind in columns.items():
        if isinstance(kind, str) and kind != IGNORE and not (kind in BY_NAME and BY_NAME[kind].several):
            by_kind.setdefault(kind, []).append(f'"{heading}"')
    return {kind: headings for kind, headings in by_kind.items() if len(headings) > 1}


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
