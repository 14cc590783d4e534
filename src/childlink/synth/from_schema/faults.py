"""Faults put into a sound return, each known to be found.

A fault is a change of one cell or two of a row, two dates exchanged, a row that stands there twice, a list emptied, a
column left out, or something in the file that no table has. Which rules find which faults is written down nowhere:
they are tried (``trials``). In the end no row has more than one fault, every fault that is listed is found in the
tables as they then stand, under the codes listed, and every code that some row of those struck can have has a fault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from childlink.progress import Progress, unwatched
from childlink.rules.registry import COLUMNS, ELEMENTS
from childlink.synth.dice import Dice
from childlink.synth.from_schema.judge import Judge
from childlink.synth.from_schema.rows import Row, RowMaker, drawn_up, rows_of
from childlink.synth.from_schema.trials import Fault, Key, Trials, codes_by_row, without

LISTED: Mapping[str, type[pl.DataType]] = {
    "table": pl.String,
    "row": pl.Int64,
    "column": pl.String,
    "fault": pl.String,
    "code": pl.String,
}
"""The list of faults: row (from 1, of the table as it stands) is null where a column is left out, and table too where
something is added that no table has."""
LEFT_OUT, UNKNOWN = "column left out", "unknown element"
STRAY = "Remark"
"""The element, or item, that no table has."""
_SETTLED = 10


@dataclass(frozen=True)
class Faulty:
    """The tables with faults, and the list of them. ``stray``: the file is to hold something that no table has."""

    tables: Mapping[str, pl.DataFrame]
    listed: pl.DataFrame
    stray: bool = False


class FaultMaker:
    """Puts faults into the rows of a sound return."""

    def __init__(self, maker: RowMaker, judge: Judge, seed: str) -> None:
        self.maker, self.judge, self.seed = maker, judge, seed
        self.dice = Dice(f"{seed}/choice")

    def put(self, rate: float, progress: Progress = unwatched) -> Faulty:
        """A fault in each row with probability ``rate``, and in the file as a whole.

        A row that no change was found for stays sound.
        """
        as_a_whole = self.dice.chance(rate)
        tabular = self.judge.file_format in ("csv", "xlsx")
        absent = self._column_to_leave_out() if as_a_whole and tabular else None
        trials = Trials(self.maker, self.judge, self.seed, absent)
        struck = self._struck(rate, trials.rows)
        if struck:
            trials.run(struck, progress)
        chosen = _assigned(struck, trials.known)
        for _ in range(_SETTLED):
            tables, found = self._standing(chosen, trials, absent)
            if not self._improved(chosen, found, trials.known):
                break
        else:
            chosen = {key: fault for key, fault in chosen.items() if found.get(key)}
            tables, found = self._standing(chosen, trials, absent)
        listed = [(key[0], row, chosen[key], codes) for key, (row, codes) in found.items() if codes]
        rows = [(table, row, f.column, f.name, code) for table, row, f, codes in listed for code in codes]
        whole: list[tuple[str | None, int | None, str, str, str]] = []
        if absent is not None:
            whole.append((absent[0], None, absent[1], LEFT_OUT, COLUMNS))
        stray = as_a_whole and not tabular and ELEMENTS in self.judge.rules
        if stray:
            whole.append((None, None, STRAY, UNKNOWN, ELEMENTS))
        frame = pl.DataFrame([*rows, *whole], schema=LISTED, orient="row")
        return Faulty(tables, frame.sort("table", "row", "column", "code", nulls_last=True), stray)

    def _struck(self, rate: float, rows: Mapping[str, Sequence[Row]]) -> list[Key]:
        found = []
        for name, of_table in rows.items():
            dice = Dice(f"{self.seed}/{name}")
            found += [(name, place) for place in range(len(of_table)) if dice.chance(rate)]
        return [key for key in found if not self.maker.tables[key[0]].header]

    def _column_to_leave_out(self) -> tuple[str, str] | None:
        """Some column that only constraints of its own read, and without which no rule finds anything."""
        if COLUMNS not in self.judge.rules:
            return None
        read: set[tuple[str, str]] = set()
        for rule in self.judge.rules.values():
            columns = {(c.table, c.name) for c in rule.fields}
            if rule.finds is not None or len(columns) == 1:  # without its one column a rule does not run
                read |= columns
        free = [
            (name, f.name)
            for name, shape in self.maker.tables.items()
            for f in shape.fields
            if not f.optional and (name, f.name) not in read and f.name not in shape.ids
        ]
        tables = drawn_up(rows_of(self.maker.roots, self.maker.tables), self.maker.tables)
        while free:
            column = self.dice.one(free)
            if not self.judge.flags(without(tables, column)):
                return column
            free.remove(column)
        return None

    def _standing(
        self, chosen: Mapping[Key, Fault], trials: Trials, absent: tuple[str, str] | None
    ) -> tuple[dict[str, pl.DataFrame], dict[Key, tuple[int, tuple[str, ...]]]]:
        """The tables with the faults ``chosen``; and of each its row (from 1) there, and those of its codes that find
        it, there and alone."""
        faulty = {id(trials.rows[table][place]): (table, place) for table, place in chosen}
        for (table, place), fault in chosen.items():
            self._apply(trials.rows[table][place], fault)
        rows = rows_of(self.maker.roots, self.maker.tables)
        tables = without(drawn_up(rows, self.maker.tables), absent)
        at = codes_by_row(self.judge.flags(tables))
        alone = trials.alone(chosen)
        found: dict[Key, tuple[int, tuple[str, ...]]] = {}
        for name, of_table in rows.items():
            for place, row in enumerate(of_table):
                key = faulty.get(id(row))
                if key is not None:
                    here = place + 1 if chosen[key].copied else place  # a copy stands behind its row
                    codes = at.get((name, here), set()) & alone[key] & set(chosen[key].codes)
                    found[key] = (here + 1, tuple(sorted(codes)))
        for (table, place), fault in chosen.items():
            self._undo(trials.rows[table][place], fault)
        return tables, found

    def _apply(self, row: Row, fault: Fault) -> None:
        row.fixed = dict(fault.cells)
        if fault.copied:
            copy = Row(row.table, row.number, row.everybody, row.person, row.parent, cells=row.cells)
            beside = self._beside(row)
            beside.insert(beside.index(row) + 1, copy)
        if fault.emptied is not None:
            row.hidden = [below for below in row.below if below.table.name == fault.emptied]
            row.below = [below for below in row.below if below.table.name != fault.emptied]

    def _undo(self, row: Row, fault: Fault) -> None:
        row.fixed = {}
        if fault.copied:
            beside = self._beside(row)
            del beside[beside.index(row) + 1]
        if fault.emptied is not None:
            row.below, row.hidden = [*row.below, *row.hidden], []

    def _beside(self, row: Row) -> list[Row]:
        return row.parent.below if row.parent is not None else self.maker.roots

    def _improved(
        self,
        chosen: dict[Key, Fault],
        found: Mapping[Key, tuple[int, tuple[str, ...]]],
        known: dict[Key, list[Fault]],
    ) -> bool:
        """Put other faults in the place of those that are not found, as another's hides them; and where no fault of a
        code is left, one that has it in the place of one that can be spared. False where there is nothing to do."""
        changed = False
        for key, fault in list(chosen.items()):
            codes = found[key][1] if key in found else ()
            if codes != fault.codes:
                place = known[key].index(fault)
                known[key][place : place + 1] = [replace(fault, codes=codes)] if codes else []
                chosen[key] = replace(fault, codes=codes)
            if not codes:
                changed = True
                del chosen[key]
        times = Counter(code for fault in chosen.values() for code in fault.codes)
        able = {code for faults in known.values() for fault in faults for code in fault.codes}
        for code in sorted(able):
            if not times[code]:
                changed |= self._exchange(code, chosen, known, times)
        for key, faults in known.items():
            if key not in chosen and faults:
                chosen[key] = self.dice.one(faults)
        return changed

    def _exchange(
        self, code: str, chosen: dict[Key, Fault], known: Mapping[Key, Sequence[Fault]], times: Counter[str]
    ) -> bool:
        spared = [
            (key, fault)
            for key, faults in known.items()
            for fault in faults
            if code in fault.codes and (key not in chosen or all(times[c] > 1 for c in chosen[key].codes))
        ]
        if not spared:
            return False
        key, fault = self.dice.one(spared)
        if key in chosen:
            times.subtract(chosen[key].codes)
        times.update(fault.codes)
        chosen[key] = fault
        return True


def _assigned(struck: Sequence[Key], known: Mapping[Key, Sequence[Fault]]) -> dict[Key, Fault]:
    """One fault for each row that has any: first those of the codes that fewest rows can have, then whatever is
    rarest so far."""
    able = Counter(c for faults in known.values() for c in {c for f in faults for c in f.codes})
    chosen: dict[Key, Fault] = {}
    for code, _ in sorted(able.items(), key=lambda item: (item[1], item[0])):
        if any(code in fault.codes for fault in chosen.values()):
            continue
        free = [k for k in struck if k not in chosen and any(code in f.codes for f in known.get(k, ()))]
        if free:
            options = [f for f in known[free[0]] if code in f.codes]
            chosen[free[0]] = min(options, key=lambda f: len(f.codes) + len(f.cells))
    times = Counter(code for fault in chosen.values() for code in fault.codes)
    kinds = Counter((f.name, f.column) for f in chosen.values())
    for key in struck:
        if key in chosen or not known.get(key):
            continue
        chosen[key] = min(
            known[key],
            key=lambda f: (len(f.cells), min(times[c] for c in f.codes), kinds[f.name, f.column]),
        )
        times.update(chosen[key].codes)
        kinds[chosen[key].name, chosen[key].column] += 1
    return chosen
