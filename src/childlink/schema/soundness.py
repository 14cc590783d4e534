"""Whether a schema in a YAML file is sound: every word known, every value of its kind, every name once and there.

All faults are gathered and told at once, each with its line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from childlink.errors import InputFault
from childlink.returns.years import collection_year
from childlink.schema.constraint_words import ConstraintChecks
from childlink.schema.dates import IN_WORDS
from childlink.schema.faults import Faults, a_list
from childlink.schema.model import (
    FORMAT,
    FORMATS,
    KINDS,
    TYPES,
    can_name_a_column,
    fold,
    shipped_schemas,
)
from childlink.schema.yaml_file import YamlFile

NAME = re.compile("[A-Za-z][A-Za-z0-9_-]{0,59}")
"""What the name of a user's schema looks like: it stands in reports and in the names of files."""

OWN_WORDS = (
    "schema", "name", "title", "description", "years", "yearly", "formats", "typed", "headings", "missingValues",
    "own", "child", "upper_case", "dates", "code_sets", "tables",
)  # fmt: skip
_SHIPPED_WORDS = (*OWN_WORDS, "inputs", "period", "reference", "xml", "json")
TABLE_WORDS = ("title", "subject", "sheets", "fields", "constraints", "since", "optional", "primaryKey")
FIELD_WORDS = (
    "name", "type", "format", "codes", "kind", "title", "aliases", "heading", "optional", "since", "until",
    "constraints",
)  # fmt: skip


def require_sound(read: YamlFile, *, shipped: bool = False) -> None:
    """Raise InputFault, which lists every fault with its line, unless ``read`` is a sound schema.

    ``shipped``: one of childlink's own, which may say what a user's may not: layouts of XML and JSON, inputs, and
    foreign keys, which are not checked by themselves.
    """
    if not isinstance(read.data, dict) or read.data.get("schema") != FORMAT:
        # nothing of the file is told: it may be no schema, but children's data
        raise InputFault(
            f"{read.path} is not a childlink schema",
            allowed=f"a file that begins 'schema: {FORMAT}'",
            next_step="childlink schemas infer FILE > mine.yaml writes one from an extract",
        )
    checks = _Soundness(read, shipped=shipped)
    checks.whole()
    checks.raise_all()


class _Soundness(Faults):
    """The checks of one document, part by part."""

    def __init__(self, read: YamlFile, *, shipped: bool) -> None:
        super().__init__(read)
        self.document: Mapping[str, Any] = read.data
        self.shipped = shipped
        self.folded = self.document.get("headings") == "fold"
        years = self.document.get("years")
        self.years = [y for y in years if isinstance(y, str)] if isinstance(years, list) else []

    def whole(self) -> None:
        """Check everything."""
        self.words((), self.document, _SHIPPED_WORDS if self.shipped else OWN_WORDS)
        self._name()
        for word in ("title", "description"):
            self.text((word,), self.document.get(word))
        for word in ("typed", "upper_case", "yearly"):
            self.yes_or_no((word,), self.document.get(word))
        self.one_of(
            ("headings",), self.document.get("headings"), ("fold", "exact"), "way to compare headings"
        )
        self._years()
        self._lists()
        code_sets = self._code_sets()
        tables = self._tables("tables", code_sets, needed=True)
        if self.shipped:
            self._tables("inputs", code_sets, needed=False)
        columns = [name for names in tables.values() for name in names]
        for child in a_list(self.document.get("child")):
            if columns and child not in columns and (not self.shipped or "child" in self.document):
                self.unknown(("child",), "column", child, dict.fromkeys(columns))

    def _name(self) -> None:
        name = self.document.get("name")
        if name is None:
            self.lacks((), "name", "name: mine")
        elif not isinstance(name, str) or not NAME.fullmatch(name):
            self.wrong(
                ("name",),
                "the name will not do",
                "letters, digits, _ and -, beginning with a letter, up to 60 of them",
            )
        elif name in shipped_schemas() and not self.shipped:
            self.wrong(("name",), f"{name} is a return that childlink knows itself", "a name of your own")

    def _years(self) -> None:
        given, place = self.document.get("years"), ("years",)
        yearly = self.document.get("yearly", self.shipped or given is not None)
        if yearly and not given:
            self.lacks((), "years", 'years: ["2025-26"], or yearly: false')
        if given is None:
            return
        if yearly is False:
            self.wrong(place, "a schema with yearly: false has no years", "one of the two")
        if not isinstance(given, list) or not all(isinstance(y, str) and _is_year(y) for y in given):
            self.wrong(
                place, "not a list of collection years", 'years such as ["2024-25", "2025-26"], in quotes'
            )
        elif sorted(set(given)) != given:
            self.wrong(place, "the years are not in order, each once", "the oldest first")

    def _lists(self) -> None:
        formats = ("csv", "xlsx", "xml", "json") if self.shipped else ("csv", "xlsx")
        for word in ("formats", "missingValues", "own", "child", "dates"):
            self.texts((word,), self.document.get(word))
        if self.document.get("formats") == []:
            self.wrong(("formats",), "no kind of file", f"one or more of {', '.join(formats)}")
        for given in a_list(self.document.get("formats")):
            self.one_of(("formats",), given, formats, "kind of file")
        forms = a_list(self.document.get("dates"))
        if self.document.get("dates") == []:
            self.wrong(("dates",), "no form of dates", "such as %d/%m/%Y, in quotes")
        for form in forms:
            self.one_of(("dates",), form, IN_WORDS, "form of dates", next_step="such as %d/%m/%Y, %Y-%m-%d")
        if any("%d/%m/%Y" in str(f) for f in forms) and any("%m/%d/%Y" in str(f) for f in forms):
            self.wrong(
                ("dates",), "day first and month first: 03/04/2012 could be read two ways", "one of them"
            )

    def _code_sets(self) -> set[str]:
        given = self.document.get("code_sets")
        if given is None:
            return set()
        if not isinstance(given, dict):
            self.wrong(("code_sets",), "not code sets by name", 'code_sets: {side: {"L": left, "R": right}}')
            return set()
        for name, codes in given.items():
            place = ("code_sets", name)
            if not isinstance(codes, dict) or not codes:
                self.wrong(place, "not codes and what they mean", '"L": left, a line for each code')
                continue
            for code, label in codes.items():
                if not isinstance(code, str) or not code:
                    self.wrong((*place, code), "a code is not text", 'codes in quotes, such as "1", "NO"')
                elif isinstance(label, dict):
                    self.words((*place, code), label, ("label", "also"))
                    self.text((*place, code, "label"), label.get("label"))
                    self.texts((*place, code, "also"), label.get("also"))
                else:
                    self.text((*place, code), label)
        return {name for name in given if isinstance(name, str)}

    def _tables(self, part: str, code_sets: set[str], *, needed: bool) -> dict[str, list[str]]:
        """Check the tables; the names of the columns of each."""
        given = self.document.get(part)
        if given is None:
            if needed:
                self.lacks((), part, "tables: a name, and fields: below it")
            return {}
        if not isinstance(given, dict) or not given:
            self.wrong((part,), "not tables by name", "a name for each table, and fields: below it")
            return {}
        called: dict[str, str] = {}
        columns = {}
        for name, table in given.items():
            place = (part, name)
            if not isinstance(name, str) or not isinstance(table, dict):
                self.wrong(place, "not a table", "a name in letters, and fields: below it")
                continue
            for other in dict.fromkeys(
                [name, *(s for s in a_list(table.get("sheets")) if isinstance(s, str))]
            ):
                plain = fold(other)
                if not plain:
                    self.wrong(
                        place, "a table is called by no letter or digit of a to z, 0 to 9", "a name with some"
                    )
                elif called.setdefault(plain, name) != name:
                    self.wrong(place, f"called {other}, as {called[plain]} is", "a name of its own for each")
            columns[name] = self._table(place, table, code_sets)
        return columns

    def _table(self, place: tuple[Any, ...], table: Mapping[str, Any], code_sets: set[str]) -> list[str]:
        more = ("foreignKeys", "derived") if self.shipped else ()
        self.words(place, table, (*TABLE_WORDS, *more))
        for word in ("title", "subject"):
            self.text((*place, word), table.get(word))
        for word in ("sheets", "primaryKey"):
            self.texts((*place, word), table.get(word))
        self.yes_or_no((*place, "optional"), table.get("optional"))
        self._span(place, table)
        checks = ConstraintChecks(self, code_sets, own=not self.shipped)
        fields = table.get("fields")
        if not isinstance(fields, list) or not fields:
            self.lacks(place, "fields", "fields: a list, with - name: for each column")
            return []
        meaning: dict[str, str] = {}
        names: list[str] = []
        for position, field in enumerate(fields):
            here = (*place, "fields", position)
            if not isinstance(field, dict):
                self.wrong(here, "not a column", "- name: and what is said of it")
                continue
            names += self._field(here, field, code_sets, checks)
            self._headings(here, field, meaning)
        for field in table.get("derived", ()) if self.shipped else ():
            self.words((*place, "derived"), field, FIELD_WORDS)
        checks.of_table(place, table, names, self.in_years)
        for column in a_list(table.get("primaryKey")):
            if column not in names:
                self.unknown((*place, "primaryKey"), "column", column, names)
        return names

    def _field(
        self, place: tuple[Any, ...], field: Mapping[str, Any], code_sets: set[str], checks: ConstraintChecks
    ) -> list[str]:
        """Check a column; its name, in a list, where it has one."""
        self.words(place, field, FIELD_WORDS)
        name = field.get("name")
        if name is None:
            self.lacks(place, "name", "name: the heading of the column")
        elif not isinstance(name, str) or not name.strip():
            self.wrong((*place, "name"), "the name is not text", "the heading of the column, in quotes")
        elif not can_name_a_column(name):
            self.wrong((*place, "name"), "the name will not do", "a name other than * or ^...$")
        for word in ("title",):
            self.text((*place, word), field.get(word))
        self.one_of((*place, "type"), field.get("type"), ("string", *TYPES), "type")
        self.one_of((*place, "format"), field.get("format"), FORMATS, "format")
        self.one_of((*place, "kind"), field.get("kind"), KINDS, "kind")
        self.one_of((*place, "codes"), field.get("codes"), sorted(code_sets), "code set")
        self.texts((*place, "aliases"), field.get("aliases"))
        self.yes_or_no((*place, "optional"), field.get("optional"))
        self._heading_pattern((*place, "heading"), field.get("heading"))
        self._span(place, field)
        checks.of_field(place, field, self.in_years)
        return [name] if isinstance(name, str) and name.strip() else []

    def _headings(self, place: tuple[Any, ...], field: Mapping[str, Any], meaning: dict[str, str]) -> None:
        """No heading may mean two columns of a table."""
        name = field.get("name")
        for given in dict.fromkeys([name, *a_list(field.get("aliases"))]):
            if not isinstance(given, str) or not given.strip():
                continue
            spelt = fold(given) if self.folded else given
            if not spelt:
                self.wrong(place, "no letter or digit of a to z, 0 to 9 in a heading", "headings: exact")
            elif spelt in meaning and (meaning[spelt] != name or given == name) and not self.shipped:
                same = "as headings are compared folded" if meaning[spelt] != given else "it is there already"
                self.wrong(
                    place, f"{given} means two columns of the table ({same})", "each heading for one column"
                )
            meaning.setdefault(spelt, str(name))

    def _heading_pattern(self, place: tuple[Any, ...], pattern: Any) -> None:
        self.text(place, pattern)
        if not isinstance(pattern, str):
            return
        if not self.folded:
            self.wrong(place, "a pattern of headings without headings: fold", "headings: fold at the top")
        try:
            re.compile(pattern)
        except (re.error, RecursionError, OverflowError):
            self.wrong(place, "not a regular expression", "such as date of .*birth")

    def _span(self, place: tuple[Any, ...], part: Mapping[str, Any]) -> None:
        """Check since and until of a table, column or constraint."""
        for word in ("since", "until"):
            self.in_years((*place, word), part.get(word))
        since, until = part.get("since"), part.get("until")
        if isinstance(since, str) and isinstance(until, str) and since > until:
            self.wrong((*place, "until"), "until is before since", "the first year, and the last")

    def in_years(self, place: tuple[Any, ...], year: Any) -> None:
        """A year that a since or until names is one of the schema's."""
        if year is None or year in self.years:
            return
        if not self.years:
            self.wrong(place, "a year, in a schema without years", "years: at the top")
        else:
            self.unknown(place, "year", year, self.years)


def _is_year(text: str) -> bool:
    ending = re.fullmatch("([0-9]{4})-[0-9]{2}", text)
    return (
        ending is not None and 0 < int(ending[1]) < 9998 and collection_year(int(ending[1]) + 1).name == text
    )
