"""The rows of a made-up return, each with whose it is and what it hangs on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from childlink.synth.dice import Dice
from childlink.synth.from_schema.cells import CellMaker, Setting, shared_ids
from childlink.synth.from_schema.people import People, Person
from childlink.synth.from_schema.shape import TableShape

_BACK = 730
"""How many days before the day of its making a return's events begin."""
_HUNG = {0: 0.2, 1: 0.5, 2: 0.3}
"""How many rows hang on one row above, with their shares."""
_ELSEWHERE = 0.3
"""How likely somebody of one table is also in each other one of those that know people by the same id."""
_OTHERS = 3
"""Of a table that says nothing of people there is a row for so many people, five at least."""


@dataclass(eq=False)
class Row:
    """One row. ``cells`` by column, those of ``ids`` left out: they are filled in when tables are drawn up, unless
    ``fixed`` says otherwise. ``days`` are those of its events. ``below`` are the rows that hang on it, ``hidden``
    those of them that are left out for now. ``number`` tells the rows of a table apart; ``tries`` counts how often
    the row was made.
    """

    table: TableShape
    number: int
    everybody: Sequence[Person] = field(repr=False)
    person: Person | None = None
    parent: Row | None = None
    below: list[Row] = field(default_factory=list, repr=False)
    cells: dict[str, str | None] = field(default_factory=dict, repr=False)
    fixed: dict[str, str | None] = field(default_factory=dict, repr=False)
    days: dict[str, int] = field(default_factory=dict, repr=False)
    hidden: list[Row] = field(default_factory=list, repr=False)
    tries: int = 0

    @property
    def somebody(self) -> Person | None:
        """Whom the row is about: its own person, or that of the row it hangs on."""
        here: Row | None = self
        while here is not None:
            if here.person is not None:
                return here.person
            here = here.parent
        return None

    @property
    def top(self) -> Row:
        """The row that this one hangs on in the end, itself where it hangs on none."""
        return self if self.parent is None else self.parent.top


class RowMaker:
    """Makes the rows of one return from one seed. ``roots`` are those that hang on none, in order."""

    def __init__(
        self, setting: Setting, tables: dict[str, TableShape], people: People, children: int, seed: str
    ) -> None:
        self.setting, self.tables, self.people, self.seed = setting, tables, people, seed
        pool = max(3, children // 4)
        shared = shared_ids(setting.schema)
        self.makers = {
            name: {
                f.name: CellMaker(f, setting, pool if f.name in shared else None)
                for f in t.fields
                if f.name not in t.ids
            }
            for name, t in tables.items()
        }
        for shape in tables.values():
            for _, table, column in shape.lists:  # nothing is no item of a list
                self.makers[table][column].required = True
        self._numbers = dict.fromkeys(tables, 0)
        self._hanging = {name: [t for t in tables.values() if t.parent == name] for name in tables}
        self.everybody = [people.another() for _ in range(children)]
        self.roots: list[Row] = []
        self._plant(children)

    def _plant(self, children: int) -> None:
        groups = self._groups()
        shares = _divided(self.everybody, len(groups))
        members = dict(zip(groups, shares, strict=True))
        for table in self.tables.values():
            if table.parent is not None:
                continue
            if table.header:
                self._root(table, None)
            elif table.people is not None:
                group = table.people or table.name
                alone = len(groups[group]) == 1
                for place, person in enumerate(members[group]):
                    first = groups[group][place % len(groups[group])] == table.name
                    dice = Dice(f"{self.seed}/where/{table.name}/{place}")
                    if alone or first or dice.chance(_ELSEWHERE):
                        self._root(table, person)
            else:
                for _ in range(max(5, children // _OTHERS)):
                    self._root(table, None)

    def _groups(self) -> dict[str, list[str]]:
        """Tables of people by the column that knows them: each group is about people of its own."""
        groups: dict[str, list[str]] = {}
        for table in self.tables.values():
            if table.people is not None and table.parent is None:
                groups.setdefault(table.people or table.name, []).append(table.name)
        return groups

    def _root(self, table: TableShape, person: Person | None) -> None:
        row = self._row(table)
        row.person = person
        self.roots.append(row)
        self.make(row)

    def _row(self, table: TableShape) -> Row:
        self._numbers[table.name] += 1
        return Row(table, self._numbers[table.name], self.everybody)

    def hang(self, parent: Row, table: TableShape) -> Row:
        """One more row of a table on ``parent``."""
        row = self._row(table)
        row.parent = parent
        parent.below.append(row)
        self.make(row)
        return row

    def another_person(self, row: Row) -> None:
        """Make a root row, all that hangs on it, and every other row of its person of somebody new."""
        if row.person is None:
            self.make(row)
            return
        of_person = [other for other in self.roots if other.person is row.person]
        somebody = self.people.another()
        for other in of_person:
            other.person = somebody
            self.make(other)

    def make(self, row: Row) -> None:
        """Make all cells of a row, and all rows that hang on it, anew."""
        row.tries += 1
        dice = self._dice(row, "cells")
        makers = self.makers[row.table.name]
        row.cells = dict.fromkeys(makers)
        events = [m for m in makers.values() if m.is_event]
        self._date(row, events, dice)
        for maker in makers.values():
            if not maker.is_event and not maker.empty(dice):
                row.cells[maker.name] = maker.make(row, dice)
        row.below = []
        for table in self._hanging[row.table.name]:
            for _ in range(min(table.most, dice.weighted(_HUNG))):
                self.hang(row, table)

    def mend(self, row: Row, columns: Iterable[str]) -> None:
        """Make some cells of a row anew, each of them empty as often as not where it may be."""
        row.tries += 1
        dice = self._dice(row, "mended")
        for name in columns:
            maker = self.makers[row.table.name].get(name)
            if maker is None:
                continue
            row.days.pop(name, None)
            row.cells[name] = None
            if maker.empty(dice, doubtful=True):
                continue
            if maker.is_event:
                self._set_day(row, name, self._day_between(row, name, dice))
            else:
                row.cells[name] = maker.make(row, dice)

    def _dice(self, row: Row, what: str) -> Dice:
        return Dice(f"{self.seed}/{row.table.name}/{row.number}/{row.tries}/{what}")

    def _date(self, row: Row, events: Sequence[CellMaker], dice: Dice) -> None:
        """Events in the order of their columns, from what the row hangs on, or the birth, to the day of making."""
        row.days = {}
        first, last = self._window(row)
        wanted = [m for m in events if not m.empty(dice)]
        days = sorted(dice.whole(first, last) for _ in wanted)
        for maker, day in zip(wanted, days, strict=True):
            self._set_day(row, maker.name, day)

    def _window(self, row: Row) -> tuple[int, int]:
        last = self.setting.day
        first = last - _BACK
        if row.somebody is not None:
            first = max(first, row.somebody.born)
        above = row.parent
        while above is not None:
            if above.days:
                first = max(first, min(above.days.values()))
                break
            above = above.parent
        return min(first, last), last

    def _day_between(self, row: Row, name: str, dice: Dice) -> int:
        """A day between those of the columns before and after, or, as often as not, any day."""
        first, last = self._window(row)
        if dice.chance(0.5):
            order = [f.name for f in row.table.fields]
            before = [row.days[c] for c in order[: order.index(name)] if c in row.days]
            after = [row.days[c] for c in order[order.index(name) + 1 :] if c in row.days]
            first, last = max([first, *before]), min([last, *after])
        return dice.whole(first, max(first, last))

    def _set_day(self, row: Row, name: str, day: int) -> None:
        row.days[name] = day
        row.cells[name] = self.setting.written(day)


def rows_of(roots: Sequence[Row], tables: dict[str, TableShape]) -> dict[str, list[Row]]:
    """The rows by table, in the order in which they stand: below each row those that hang on it, in their order."""
    found: dict[str, list[Row]] = {name: [] for name in tables}
    for root in roots:
        for row in _with_below(root):
            found[row.table.name].append(row)
    return found


def _with_below(row: Row) -> Iterator[Row]:
    yield row
    for below in row.below:
        yield from _with_below(below)


def drawn_up(rows: dict[str, list[Row]], tables: dict[str, TableShape]) -> dict[str, pl.DataFrame]:
    """The tables of text. Ids are filled in here, and cells that are ``fixed`` put in their place."""
    ids: dict[int, dict[str, str | None]] = {}
    frames = {}
    for name, table in tables.items():
        columns: dict[str, list[str | None]] = {f.name: [] for f in table.fields}
        place: dict[tuple[int, str], int] = {}
        for row in rows[name]:
            given = _ids(row, ids, place)
            ids[id(row)] = given
            listed = {c: _listed(row, below, inner) for c, below, inner in table.lists}
            for column, cells in columns.items():
                cell = given[column] if column in given else listed.get(column, row.cells.get(column))
                cells.append(row.fixed.get(column, cell))
        frames[name] = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    return frames


def _ids(
    row: Row, ids: dict[int, dict[str, str | None]], place: dict[tuple[int, str], int]
) -> dict[str, str | None]:
    above = ids[id(row.parent)] if row.parent is not None else {}
    given: dict[str, str | None] = dict(above)
    for column in row.table.counted:
        key = (id(row.parent) if row.parent is not None else 0, column)
        place[key] = place.get(key, 0) + 1
        given[column] = str(place[key])
    for column in row.table.own:
        given[column] = row.person.id if row.person is not None else _own_id(row)
    return given


def _listed(row: Row, table: str, column: str) -> str | None:
    """What the rows of a table below ``row`` hold, with spaces between; "[]" for an array of nothing."""
    held = (below.fixed.get(column, below.cells[column]) for below in row.below if below.table.name == table)
    return " ".join(cell for cell in held if cell) or ("[]" if row.table.arrays else None)


def _own_id(row: Row) -> str:
    return str(300_000 + row.number)


def _divided(people: Sequence[Person], groups: int) -> list[Sequence[Person]]:
    """People shared out: most of them to the first group, the others evenly."""
    if groups <= 1:
        return [people] * groups
    rest = max(1, len(people) // (2 * groups))
    first = max(1, len(people) - rest * (groups - 1))
    return [people[:first], *(people[first + rest * n : first + rest * (n + 1)] for n in range(groups - 1))]
