"""The checks of a schema's constraints: their words, the kinds of their values, and that they ask for something."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from childlink.schema.faults import Faults, a_list
from childlink.schema.model import FORMATS, TYPES

_OF_CELLS = (
    "required", "unique", "enum", "pattern", "type", "format", "minimum", "maximum", "minLength", "maxLength",
)  # fmt: skip
_OF_RULES = ("rule", "message", "severity", "differs")
_ABOUT = ("since", "until", *_OF_RULES)
_TOO_LARGE = 1e300
_CODE = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,39}")

InYears = Callable[[tuple[Any, ...], Any], None]


class ConstraintChecks:
    """The constraints of one table and its columns. ``own``: of a user's schema, where rules have words of theirs."""

    def __init__(self, faults: Faults, code_sets: set[str], *, own: bool) -> None:
        self.faults, self.code_sets, self.own = faults, sorted(code_sets), own

    def of_field(self, place: tuple[Any, ...], field: Mapping[str, Any], in_years: InYears) -> None:
        """Check the constraints of a column."""
        for here, given in self._given(place, field):
            self.faults.words(here, given, (*_OF_CELLS, *_ABOUT))
            for word in ("required", "unique"):
                self.faults.yes_or_no((*here, word), given.get(word))
            self.faults.one_of((*here, "type"), given.get("type"), TYPES, "type")
            self.faults.one_of((*here, "format"), given.get("format"), FORMATS, "format")
            self.faults.one_of((*here, "enum"), given.get("enum"), self.code_sets, "code set")
            self._pattern((*here, "pattern"), given.get("pattern"))
            self._range(here, given, "minimum", "maximum", whole=False)
            self._range(here, given, "minLength", "maxLength", whole=True)
            self._about(here, given, in_years)
            if not any(word in given for word in _OF_CELLS):
                self.faults.wrong(here, "a constraint that asks for nothing", ", ".join(_OF_CELLS))

    def of_table(
        self, place: tuple[Any, ...], table: Mapping[str, Any], columns: Sequence[str], in_years: InYears
    ) -> None:
        """Check the constraints of a table."""
        for here, given in self._given(place, table):
            self.faults.words(here, given, ("unique", *_ABOUT))
            unique = given.get("unique")
            if not unique or isinstance(unique, bool):
                self.faults.wrong(
                    here, "a constraint that asks for nothing", "unique: [columns of the table]"
                )
                continue
            if not isinstance(unique, list):
                self.faults.wrong(
                    (*here, "unique"), "not a list of columns", "unique: [columns of the table]"
                )
            for column in a_list(unique):
                if column not in columns:
                    self.faults.unknown((*here, "unique"), "column", column, columns)
            self._about(here, given, in_years)

    def _given(
        self, place: tuple[Any, ...], part: Mapping[str, Any]
    ) -> list[tuple[tuple[Any, ...], Mapping[str, Any]]]:
        """The constraints of a part, each with its place: one, or a list."""
        given, here = part.get("constraints"), (*place, "constraints")
        several: list[tuple[tuple[Any, ...], Any]] = [(here, given)] if isinstance(given, dict) else []
        if isinstance(given, list):
            several = [((*here, position), one) for position, one in enumerate(given)]
        elif given is not None and not several:
            self.faults.wrong(here, "not a constraint or a list of them", "such as {required: true}")
        sound: list[tuple[tuple[Any, ...], Mapping[str, Any]]] = []
        for where, one in several:
            if isinstance(one, dict):
                sound.append((where, one))
            else:
                self.faults.wrong(where, "not a constraint", "such as {required: true}")
        return sound

    def _pattern(self, place: tuple[Any, ...], pattern: Any) -> None:
        import polars as pl

        self.faults.text(place, pattern)
        if not isinstance(pattern, str):
            return
        try:
            pl.select(pl.lit("").str.contains(f"^(?:{pattern})$"))
        except pl.exceptions.PolarsError:
            self.faults.wrong(
                place,
                "not a regular expression that can be used",
                "letters, [A-Z], [0-9]{4} and their like; no look-around (?=...), no back reference \\1",
            )

    def _range(
        self, place: tuple[Any, ...], given: Mapping[str, Any], least: str, most: str, *, whole: bool
    ) -> None:
        kind = "a whole number from 0" if whole else "a number"
        for word in (least, most):
            value = given.get(word)
            if value is not None and not (_is_count(value) if whole else _is_finite(value)):
                self.faults.wrong((*place, word), f"not {kind}", kind)
                return
        low, high = given.get(least), given.get(most)
        if low is not None and high is not None and low > high:
            self.faults.wrong((*place, most), f"{most} is less than {least}", f"{least}, then {most}")

    def _about(self, place: tuple[Any, ...], given: Mapping[str, Any], in_years: InYears) -> None:
        """Check the years of a constraint, and the words of the rule that it is."""
        for word in ("since", "until"):
            in_years((*place, word), given.get(word))
        for word in ("rule", "message", "differs"):
            self.faults.text((*place, word), given.get(word))
        self.faults.one_of((*place, "severity"), given.get("severity"), ("error", "query"), "severity")
        rule = given.get("rule")
        if rule is None:
            for word in _OF_RULES:
                if word in given:
                    self.faults.wrong(
                        (*place, word), f"{word} without a rule", "rule: a code of your own, with it"
                    )
        elif self.own and isinstance(rule, str):
            if not _CODE.fullmatch(rule) or rule.upper().startswith(("S-", "X-")):
                self.faults.wrong(
                    (*place, "rule"),
                    "the code will not do",
                    "letters, digits, . _ and -, up to 40; S- and X- begin childlink's own codes",
                )
            if not given.get("message"):
                self.faults.lacks(place, "message", "message: what is wrong with such a row")


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _TOO_LARGE
