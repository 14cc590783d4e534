"""Faults tried out: rows are changed, many at once, and what rules say of them then is remembered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from childlink.progress import Progress, unwatched
from childlink.rules.registry import Rule
from childlink.synth.dice import Dice
from childlink.synth.from_schema.changes import Place, changes_of
from childlink.synth.from_schema.judge import Flag, Judge
from childlink.synth.from_schema.rows import Row, RowMaker, drawn_up, rows_of

REPEATED, SWAPPED, EMPTIED = "repeated row", "dates swapped", "list emptied"
Key = tuple[str, int]
"""A row: its table and its place there, from 0, while the return was sound."""
_TRIALS, _AIMED = 20, 80
"""Trials of changes anywhere; and, for each rule that none of them set off, of changes to what it reads."""
_SELDOM = 4
_REPEATS, _SWAPS, _EMPTIES = 0.07, 0.14, 0.18


@dataclass(frozen=True)
class Fault:
    """A change to one row: cells by column, a copy of the row (``copied``), or all rows of a list below it gone
    (``emptied``, a table). ``name`` says what was done, ``column`` where, ``codes`` which rules find it."""

    name: str
    column: str
    cells: tuple[tuple[str, str | None], ...]
    copied: bool = False
    emptied: str | None = None
    codes: tuple[str, ...] = ()


class Trials:
    """Tries faults in the rows of a sound return. ``known`` are those that some rule found, by row.

    ``absent`` is a column, with its table, that the tables are to be without.
    """

    def __init__(self, maker: RowMaker, judge: Judge, seed: str, absent: tuple[str, str] | None) -> None:
        self.maker, self.judge, self.seed = maker, judge, seed
        self.rows = rows_of(maker.roots, maker.tables)
        self.sound = without(drawn_up(self.rows, maker.tables), absent)
        self.cells = {name: frame.to_dict(as_series=False) for name, frame in self.sound.items()}
        schema = maker.setting.schema
        self.by_place = bool((schema.xml or schema.json) and judge.file_format in ("xml", "json"))
        # what stands in a list has no place there when it is empty
        self._items = {(t, c) for shape in maker.tables.values() for _, t, c in shape.lists}
        self.known: dict[Key, list[Fault]] = {}
        self._judged: dict[tuple[Key, tuple[tuple[str, str | None], ...], bool], set[str]] = {}

    def run(self, struck: Sequence[Key], progress: Progress = unwatched) -> None:
        """Try faults in the rows ``struck`` until every rule has found some, or often enough."""
        every = list(self.judge.rules.values())
        written = [rule for rule in every if rule.finds is not None]
        for number in range(_TRIALS):
            progress("trying faults", number, _TRIALS)
            # rules that are constraints of one column take longest, and are set off most easily
            self._one(struck, f"trial {number}", every if number % _SELDOM == 0 else written)
        for code, rule in self.judge.rules.items():
            of_rule = [key for key in struck if key[0] in tables_of(rule)]
            for number in range(_AIMED):
                if not of_rule or self._found(code):
                    break
                # what all rows have in common no longer has when all are changed: every other time only some are
                part = of_rule if number % 2 else of_rule[number // 2 % 4 :: 4]
                self._one(part, f"aimed {code} {number}", [rule], rule)
        progress("trying faults", _TRIALS, _TRIALS)

    def _found(self, code: str) -> bool:
        return any(code in f.codes for faults in self.known.values() for f in faults)

    def _one(self, struck: Sequence[Key], name: str, rules: Sequence[Rule], aim: Rule | None = None) -> None:
        drawn = {}
        for table, place in struck:
            fault = self._draw(table, place, Dice(f"{self.seed}/{name}/{table}/{place}"), aim)
            if fault is not None:
                drawn[table, place] = fault
        tables, copies = self._with(drawn)
        at = codes_by_row(self.judge.flags(tables, rules))
        for key, fault in drawn.items():
            codes = at.get((key[0], copies.get(key, key[1])))
            if codes:
                self.known.setdefault(key, []).append(replace(fault, codes=tuple(sorted(codes))))

    def alone(self, faults: Mapping[Key, Fault]) -> dict[Key, set[str]]:
        """The codes that find each fault while everybody else's rows, and the other rows of its person, are sound.

        No two faults of one person are tried together: what is found of one of them would be told of the other.
        """
        groups: list[dict[Key, Fault]] = []
        times: Counter[int] = Counter()
        for key, fault in faults.items():
            if (key, fault.cells, fault.copied) in self._judged:
                continue
            row = self.rows[key[0]][key[1]]
            whose = id(row.somebody or row)
            if times[whose] == len(groups):
                groups.append({})
            groups[times[whose]][key] = fault
            times[whose] += 1
        for group in groups:
            tables, copies = self._with(group)
            at = codes_by_row(self.judge.flags(tables))
            for key, fault in group.items():
                found = at.get((key[0], copies.get(key, key[1])), set())
                self._judged[key, fault.cells, fault.copied] = found
        return {key: self._judged[key, fault.cells, fault.copied] for key, fault in faults.items()}

    def _draw(self, table: str, place: int, dice: Dice, rule: Rule | None) -> Fault | None:
        """A fault for one row: often in what some rule of its table reads, or always in what ``rule`` does."""
        row = self.rows[table][place]
        spot = dice.random()
        if spot < _REPEATS:
            return (
                Fault(REPEATED, row.table.fields[0].name, (), copied=True) if self._may_repeat(row) else None
            )
        if spot < _SWAPS:
            return self._swapped(row, table, place, dice)
        if spot < _EMPTIES and row.table.lists:
            return self._emptied(row, dice)
        columns = self._columns(row)
        rules = [r for r in self.judge.rules.values() if r.finds is not None and table in tables_of(r)]
        if rule is not None or (rules and dice.chance(0.4)):
            read = (rule or dice.one(rules)).fields_of(table)
            columns = [c for c in columns if c in read] or columns
        wanted = {dice.one(columns)} if columns else set()
        if columns and dice.chance(0.35 if rule is None else 0.6):
            wanted.add(dice.one(columns))
        return self._in_cells(row, table, place, sorted(wanted, key=columns.index), dice)

    def _in_cells(self, row: Row, table: str, place: int, columns: Sequence[str], dice: Dice) -> Fault | None:
        changed = {c: self._changed(row, table, place, c, dice) for c in columns}
        faults = {c: change for c, change in changed.items() if change is not None}
        if not faults:
            return None
        return Fault(
            " and ".join(dict.fromkeys(name for name, _ in faults.values())),
            " and ".join(faults),
            tuple((column, cell) for column, (_, cell) in faults.items()),
        )

    def _columns(self, row: Row) -> list[str]:
        """The columns whose cells may be changed: no list, and of XML and JSON no id that rows below hang on."""
        lists = {column for column, _, _ in row.table.lists}
        names = [c for c in self.cells[row.table.name] if c not in lists]
        return [n for n in names if n not in row.table.ids] if self.by_place else names

    def _changed(
        self, row: Row, table: str, place: int, column: str, dice: Dice
    ) -> tuple[str, str | None] | None:
        cell = self.cells[table][column][place]
        setting = self.maker.setting
        here = Place(
            row,
            column,
            self.maker.makers[table].get(column),
            self.cells[table][column],
            setting.day,
            setting.schema.dates,
        )
        name, change = dice.one(changes_of(here))
        changed = change(cell, here, dice) or None
        nothing = changed is None and (table, column) in self._items
        return None if changed == cell or nothing else (name, changed)

    def _may_repeat(self, row: Row) -> bool:
        held_below = any(t.parent == row.table.name for t in self.maker.tables.values())
        return not row.table.counted and not held_below and not (self.by_place and row.table.most == 1)

    def _swapped(self, row: Row, table: str, place: int, dice: Dice) -> Fault | None:
        cells = self.cells[table]
        events = [c for c in row.days if c in cells and cells[c][place] is not None]
        if len(events) < 2:
            return None
        spot = dice.whole(0, len(events) - 2)
        first, second = events[spot], events[dice.whole(spot + 1, len(events) - 1)]
        one, two = cells[first][place], cells[second][place]
        return Fault(SWAPPED, f"{first} and {second}", ((first, two), (second, one))) if one != two else None

    def _emptied(self, row: Row, dice: Dice) -> Fault:
        column, table, _ = dice.one(row.table.lists)
        return Fault(EMPTIED, column, ((column, "[]" if row.table.arrays else None),), emptied=table)

    def _with(self, faults: Mapping[Key, Fault]) -> tuple[dict[str, pl.DataFrame], dict[Key, int]]:
        """The sound tables with these faults; and where copies of rows stand, which is last."""
        cells: dict[tuple[str, str], dict[int, str | None]] = {}
        copied: dict[str, list[int]] = {}
        for (table, place), fault in faults.items():
            if fault.copied:
                copied.setdefault(table, []).append(place)
            for column, cell in fault.cells:
                cells.setdefault((table, column), {})[place] = cell
        tables = dict(self.sound)
        for (table, column), changed in cells.items():
            frame = tables[table]
            values = pl.Series(list(changed.values()), dtype=pl.String)
            tables[table] = frame.with_columns(frame[column].clone().scatter(list(changed), values))
        copies: dict[Key, int] = {}
        for table, places in copied.items():
            frame = tables[table]
            copies |= {(table, place): frame.height + n for n, place in enumerate(places)}
            tables[table] = pl.concat([frame, frame[places]])
        return tables, copies


def without(tables: Mapping[str, pl.DataFrame], column: tuple[str, str] | None) -> dict[str, pl.DataFrame]:
    """The tables without one column, if one is named with its table."""
    left = dict(tables)
    if column is not None:
        left[column[0]] = left[column[0]].drop(column[1])
    return left


def tables_of(rule: Rule) -> set[str]:
    """The tables whose cells a rule is about."""
    return {c.table for c in rule.fields} | set(rule.flags)


def codes_by_row(flags: Iterable[Flag]) -> dict[Key, set[str]]:
    """The codes that flag each row."""
    at: dict[Key, set[str]] = {}
    for flag in flags:
        for place in flag.rows:
            at.setdefault((flag.table, place), set()).add(flag.code)
    return at
