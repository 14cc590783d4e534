"""What a sound cell of a column holds, by what the schema says of the column."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from childlink.errors import UsageFault
from childlink.returns.tree import COLLECTION, REFERENCE_DATE, YEAR
from childlink.returns.years import CollectionYear
from childlink.schema.model import Constraint, FieldSchema, ReturnSchema
from childlink.synth.dice import Dice
from childlink.synth.from_schema.patterns import writer
from childlink.synth.from_schema.people import Person
from childlink.synth.from_schema.shape import constraints_of

if TYPE_CHECKING:
    from childlink.synth.from_schema.rows import Row

PLACES = ("Ash", "Beech", "Cedar", "Elm", "Hazel", "Holly", "Larch", "Maple", "Oak", "Rowan", "Willow", "Yew")
_OF_SEX = {"M": ("male", "m", "man", "boy"), "F": ("female", "f", "woman", "girl")}
_SEXED = ("sex", "gender")
_EMPTY_BY_KIND = {
    "upn": 0.0,
    "uln": 0.0,
    "nhs_number": 0.04,
    "former_upn": 0.0,
    "middle_names": 0.0,
    "postcode": 0.03,
}
"""How often what a person has is not told where it need not be; other kinds always are."""
_EMPTY_DATE, _EMPTY_CELL = 0.3, 0.15
_SOME_ID = "123456"
_YES = 0.25
"""How often what is true or false is true."""
_RARE = {"expected", "death", "unknown"}
"""Words of columns that are filled where something is unusual, which is left to the rules to ask for."""


@dataclass(frozen=True)
class Setting:
    """What cells are made from beyond their column: the return, its year, the day of its making and its authority's
    three-digit number."""

    schema: ReturnSchema
    year: CollectionYear
    day: int
    authority: str

    def written(self, day: int) -> str:
        """A day as the return writes it."""
        return date.fromordinal(day).strftime(self.schema.dates[0])


class CellMaker:
    """Makes the cells of one column. ``pool`` says of how many ids those that several tables share are drawn from;
    None for a column of no such id."""

    def __init__(self, column: FieldSchema, setting: Setting, pool: int | None = None) -> None:
        self.column, self.setting, self.pool = column, setting, pool
        self.name = column.name
        of_year = constraints_of(column, setting.year)
        self.constraints = of_year
        self.required = any(c.required for c in of_year)
        codes = next((c.enum for c in of_year if c.enum), column.codes)
        self.codes = list(setting.schema.code_sets[codes]) if codes else []
        self.labels = setting.schema.code_sets[codes] if codes else {}
        self.lowest = max((c.minimum for c in of_year if c.minimum is not None), default=None)
        self.highest = min((c.maximum for c in of_year if c.maximum is not None), default=None)
        self.shortest = max((c.min_length for c in of_year if c.min_length), default=0)
        self.longest = min((c.max_length for c in of_year if c.max_length), default=None)
        self.of_header = self._of_header()
        self.is_event = column.type == "date" and column.kind != "birth_date" and self.of_header is None
        self.is_authority = _is_authority(self.name, column.title)
        self._rare = column.kind is None and bool(_RARE & set(_words(self.name)))
        self._make = self._chosen(of_year)

    def empty(self, dice: Dice, *, doubtful: bool = False) -> bool:
        """Whether the cell is left empty, where it may be; as often as not where it is ``doubtful``."""
        spot = dice.random()
        if self.required or self.of_header is not None:
            return False
        if doubtful:
            return spot < 0.5
        if self._rare:
            return True
        if self.column.kind is not None:
            return spot < _EMPTY_BY_KIND.get(self.column.kind, 0.0)
        return spot < (_EMPTY_DATE if self.is_event else _EMPTY_CELL)

    def make(self, row: Row, dice: Dice) -> str | None:
        """A cell of ``row`` that is not an event's date; None where its person has no such thing."""
        made = self._make(row, dice)
        if made is not None and self.longest is not None:
            made = made[: self.longest]
        return made.upper() if made is not None and self.setting.schema.upper_case else made

    def _chosen(self, constraints: Sequence[Constraint]) -> Callable[[Row, Dice], str | None]:
        column = self.column
        pattern = next((c.pattern for c in constraints if c.pattern), None)
        if self.of_header is not None:
            return lambda row, dice: self.of_header
        if column.kind is not None:
            return self._of_person
        if self.codes:
            return lambda row, dice: dice.one(self.codes)
        if column.type == "boolean":
            yes, no = ("true", "false") if self.setting.schema.json else ("1", "0")
            return lambda row, dice: yes if dice.chance(_YES) else no
        if self.pool is not None:
            return self._of_pool
        if pattern is not None:
            return self._of_pattern(pattern)
        if column.format is not None:
            return self._of_another
        if column.type in ("integer", "number"):
            return self._number
        return self._text

    def _of_header(self) -> str | None:
        """What a census message says of itself."""
        known = {
            COLLECTION: str(self.setting.schema.xml.get("collection", self.setting.schema.name)),
            YEAR: str(self.setting.year.ending),
            REFERENCE_DATE: self.setting.written(self.setting.day),
            "DateTime": f"{date.fromordinal(self.setting.day + 30).isoformat()}T09:00:00",
        }
        return known.get(self.name) if COLLECTION in self._beside() else None

    def _beside(self) -> set[str]:
        """The columns of the tables that have this one."""
        tables = self.setting.schema.tables.values()
        return {f.name for t in tables if self.column in t.fields for f in t.fields}

    def _of_person(self, row: Row, dice: Dice) -> str | None:
        person = row.somebody
        if person is None:
            return str(dice.whole(100_000, 999_999))
        kind = self.column.kind
        if kind == "birth_date":
            return self.setting.written(person.born)
        if kind in _SEXED:
            return self._sex(person)
        if kind == "ethnicity":
            return self._like(person.ethnicity, person)
        plain = {
            "forename": person.forename,
            "middle_names": person.middle_name,
            "surname": person.surname,
            "postcode": person.postcode,
            "upn": person.upn,
            "former_upn": person.former_upn,
            "uln": person.uln,
            "nhs_number": person.nhs_number,
        }
        return plain.get(kind or "", person.id)

    def _sex(self, person: Person) -> str:
        words = _OF_SEX[person.sex]
        meant = [c for c in self.codes if c.casefold() in words or self.labels[c].casefold() in words]
        return meant[0] if meant else self._like(person.sex, person)

    def _like(self, code: str, person: Person) -> str:
        """The code itself where it is one of the column's; else one that is always the same of a person."""
        if not self.codes or code in self.codes:
            return code
        return self.codes[int(person.spot * len(self.codes))]

    def _of_pool(self, row: Row, dice: Dice) -> str:
        return str(70_000 + dice.whole(1, self.pool or 1))

    def _of_pattern(self, pattern: str) -> Callable[[Row, Dice], str]:
        if self.is_authority and re.fullmatch(pattern, self.setting.authority):
            return lambda row, dice: self.setting.authority
        if _is_id(self.name) and re.fullmatch(pattern, _SOME_ID):
            return self._some_id
        try:
            write = writer(pattern)
        except ValueError:
            raise UsageFault(
                f"text of the form that the schema asks of {self.name} cannot be made up",
                allowed="patterns of characters, classes, groups, alternatives and repeats",
                next_step="write the pattern in these alone, or a code set in its place",
            ) from None
        return lambda row, dice: write(dice)

    def _of_another(self, row: Row, dice: Dice) -> str | None:
        """A number or postcode of nobody in particular: that of some person of the return."""
        other = dice.one(row.everybody)
        found = {"upn": other.upn, "uln": other.uln, "nhs_number": other.nhs_number}
        return found.get(self.column.format or "", other.postcode)

    def _some_id(self, row: Row, dice: Dice) -> str:
        return str(dice.whole(100_000, 999_999))

    def _number(self, row: Row, dice: Dice) -> str:
        words = _words(self.name)
        if "age" in words and row.somebody is not None:
            return str(max(0, row.somebody.age_on(self.setting.day)))
        low, high = _RANGES.get(words[-1] if words else "", (0, 6))
        low = int(self.lowest) if self.lowest is not None else low
        high = int(self.highest) if self.highest is not None else max(high, low)
        return str(dice.whole(low, max(low, high)))

    def _text(self, row: Row, dice: Dice) -> str:
        words = _words(self.name)
        if self.shortest:
            return "".join(dice.one("0123456789") for _ in range(self.shortest))
        if words and words[-1] in _RANGES:
            return str(dice.whole(*_RANGES[words[-1]]))
        if self.is_authority:
            return self.setting.authority
        if _is_id(self.name):
            return self._some_id(row, dice)
        if words and words[-1] == "postcode":
            return dice.one(row.everybody).postcode
        person = row.somebody
        if person is not None and words and words[-1].endswith(("surname", "forename")):
            return person.surname if words[-1].endswith("surname") else person.forename
        place = dice.one(PLACES)
        if {"worker", "advisor", "professional", "practitioner"} & set(words):
            return f"SW{dice.whole(1000, 9999)}"
        if "team" in words:
            return f"{place} team"
        return place


_RANGES = {"urn": (100_000, 149_999), "ukprn": (10_000_000, 10_099_999)}
"""Numbers of schools and providers, by the word that names them."""


def _words(name: str) -> list[str]:
    """The words of a column's name, in small letters: "Age of Child" and "PersonAge" alike."""
    return [w.lower() for w in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def _is_id(name: str) -> bool:
    return name.lower().endswith(("id", "identifier", "number", "reference"))


def _is_authority(name: str, title: str | None) -> bool:
    words = set(_words(name))
    return bool(words & {"la", "lea"}) or "number of the local authority" in (title or "")


def shared_ids(schema: ReturnSchema) -> set[str]:
    """Columns of ids that several tables have, and no kind, codes or form: which rows belong together they say."""
    times: dict[str, int] = {}
    for table in schema.tables.values():
        for f in table.fields:
            plain = f.kind is None and f.codes is None and f.type == "string" and f.format is None
            if plain and not f.constraints and _is_id(f.name):
                times[f.name] = times.get(f.name, 0) + 1
    return {name for name, count in times.items() if count > 1}
