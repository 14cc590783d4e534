"""Faults sprinkled over a return, each with a name, and a list of where they are.

A fault changes one cell, or adds one row at the end of a table; the list says file, row (of data, from 1), column
and the fault's name, never a value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from childlink.synth.dice import Dice
from childlink.synth.made_numbers import upn_letter
from childlink.synth.years import Year, day_of, text_of

_Change = Callable[[str, Dice, Year], str | None]


@dataclass(frozen=True)
class Fault:
    """One kind of fault: the columns of a table it may strike, and what it makes of a cell."""

    name: str
    table: str
    columns: tuple[str, ...]
    change: _Change


def _wrong_code(value: str, dice: Dice, year: Year) -> str:
    return dice.one(("Q9", "99", "ZZZ", "?"))


def _unreadable_date(value: str, dice: Dice, year: Year) -> str:
    day = date.fromordinal(day_of(value))
    return dice.one(
        (f"31/02/{day.year}", day.isoformat(), f"{day.day}/{day.month}/{day.year % 100:02d}", "unknown")
    )


def _missing_cell(value: str, dice: Dice, year: Year) -> None:
    return None


def _future_date(value: str, dice: Dice, year: Year) -> str:
    return text_of(year.end + dice.whole(5, 300))


def _day_month_swapped(value: str, dice: Dice, year: Year) -> str:
    return f"{value[3:5]}/{value[:2]}{value[5:]}" if int(value[:2]) <= 12 else _year_wrong(value, dice, year)


def _year_wrong(value: str, dice: Dice, year: Year) -> str:
    day = date.fromordinal(day_of(value)) + timedelta(days=dice.one((-731, -366, 366)))
    return day.strftime("%d/%m/%Y")


def _wrong_postcode(value: str, dice: Dice, year: Year) -> str:
    return dice.one(("ZZ99 9ZZ", value[:-2] + "CC", value[:-1], "UNKNOWN"))


def _lower_case(value: str, dice: Dice, year: Year) -> str:
    return value.lower()


def _stray_space(value: str, dice: Dice, year: Year) -> str:
    return value + " "


def _changed_upn(value: str, dice: Dice, year: Year) -> str:
    twelve = f"{value[1:5]}{dice.whole(0, 999):03d}{value[8:]}" if len(value) == 13 else "330100120001"
    return upn_letter(twelve) + twelve


def _malformed_upn(value: str, dice: Dice, year: Year) -> str:
    return dice.one((value[1:], "UN9", value.lower() + "0"))


def _out_of_range(value: str, dice: Dice, year: Year) -> str:
    return dice.one(("41", "99", "-1", "12.5"))


def _other_sex(value: str, dice: Dice, year: Year) -> str:
    return {"M": "F", "F": "M", "1": "2", "2": "1"}.get(value, value)


def _other_ethnicity(value: str, dice: Dice, year: Year) -> str:
    return "WOTH" if value == "WBRI" else "WBRI"


CELL_FAULTS: Sequence[Fault] = (
    Fault("wrong code", "header", ("ETHNIC", "SEX"), _wrong_code),
    Fault("lower-case code", "header", ("ETHNIC",), _lower_case),
    Fault("unreadable date", "header", ("DOB",), _unreadable_date),
    Fault("missing cell", "header", ("ETHNIC", "UPN", "DOB"), _missing_cell),
    Fault("malformed UPN", "header", ("UPN",), _malformed_upn),
    Fault("UPN changed", "header", ("UPN",), _changed_upn),
    Fault("date of birth changed", "header", ("DOB",), _year_wrong),
    Fault("sex changed", "header", ("SEX",), _other_sex),
    Fault("ethnicity changed", "header", ("ETHNIC",), _other_ethnicity),
    Fault("wrong code", "episodes", ("RNE", "LS", "CIN", "PLACE", "PLACE_PROVIDER", "REC"), _wrong_code),
    Fault("lower-case code", "episodes", ("LS", "PLACE", "REC"), _lower_case),
    Fault("stray space", "episodes", ("LS", "PLACE", "RNE"), _stray_space),
    Fault("unreadable date", "episodes", ("DECOM", "DEC"), _unreadable_date),
    Fault(
        "missing cell", "episodes", ("DECOM", "RNE", "LS", "CIN", "PLACE", "DEC", "REC", "URN"), _missing_cell
    ),
    Fault("wrong postcode", "episodes", ("PL_POST", "HOME_POST"), _wrong_postcode),
    Fault("missing postcode", "episodes", ("PL_POST", "HOME_POST"), _missing_cell),
    Fault("date after the year", "episodes", ("DECOM", "DEC"), _future_date),
    Fault("day and month swapped", "episodes", ("DECOM", "DEC"), _day_month_swapped),
    Fault("wrong code", "reviews", ("REVIEW_CODE",), _wrong_code),
    Fault("unreadable date", "reviews", ("REVIEW",), _unreadable_date),
    Fault("missing cell", "reviews", ("REVIEW", "REVIEW_CODE"), _missing_cell),
    Fault("date of birth differs", "reviews", ("DOB",), _year_wrong),
    Fault("unreadable date", "uasc", ("DUC",), _unreadable_date),
    Fault("sex differs", "uasc", ("SEX",), _other_sex),
    Fault("out of range", "oc2", ("SDQ_SCORE",), _out_of_range),
    Fault("wrong code", "oc2", ("SDQ_REASON", "IMMUNISATIONS", "TEETH_CHECK"), _wrong_code),
    Fault("missing cell", "oc2", ("IMMUNISATIONS", "TEETH_CHECK", "HEALTH_ASSESSMENT"), _missing_cell),
    Fault("wrong code", "oc3", ("IN_TOUCH", "ACTIV", "ACCOM"), _wrong_code),
    Fault("missing cell", "oc3", ("ACTIV", "ACCOM"), _missing_cell),
    Fault("wrong code", "ad1", ("SEX_ADOPTR", "LS_ADOPTR", "NB_ADOPTR"), _wrong_code),
    Fault("missing cell", "ad1", ("DATE_MATCH", "FOSTER_CARE"), _missing_cell),
    Fault("unreadable date", "placed_adoption", ("DATE_PLACED",), _unreadable_date),
    Fault("date after the year", "placed_adoption", ("DATE_PLACED",), _future_date),
    Fault("wrong code", "prev_perm", ("PREV_PERM",), _wrong_code),
    Fault("missing cell", "prev_perm", ("PREV_PERM",), _missing_cell),
    Fault("wrong code", "missing", ("MISSING",), _wrong_code),
    Fault("unreadable date", "missing", ("MIS_START", "MIS_END"), _unreadable_date),
    Fault("date after the year", "missing", ("MIS_END",), _future_date),
    Fault("wrong code", "sw_episodes", ("SW_REASON", "SW_ID"), _wrong_code),
    Fault("missing cell", "sw_episodes", ("SW_REASON", "SW_DECOM"), _missing_cell),
    Fault("unreadable date", "sw_episodes", ("SW_DECOM",), _unreadable_date),
    Fault("unreadable date", "dolo", ("DOLO_START",), _unreadable_date),
    Fault("missing cell", "dolo", ("DOLO_START",), _missing_cell),
)
"""What can go wrong in one cell, by table. Each strikes only a cell that holds a value."""

# pairs of dates that can be exchanged, and tables whose rows can be there twice
_PAIRS: Mapping[str, tuple[str, str]] = {
    "episodes": ("DECOM", "DEC"),
    "missing": ("MIS_START", "MIS_END"),
    "sw_episodes": ("SW_DECOM", "SW_DEC"),
    "placed_adoption": ("DATE_PLACED", "DATE_PLACED_CEASED"),
    "dolo": ("DOLO_START", "DOLO_END"),
}
_REPEATABLE = ("header", "oc2", "oc3", "ad1", "uasc", "prev_perm")
STRUCTURAL_FAULTS = (
    "dates swapped",
    "repeated child",
    "repeated episode",
    "overlapping episodes",
    "child unknown",
)


_TRIES = 8  # draws for one row before it is left sound


def fault_names(table: str) -> list[str]:
    """Every fault that may strike a table, in the order in which they are drawn."""
    names = [fault.name for fault in CELL_FAULTS if fault.table == table]
    names += ["dates swapped"] if table in _PAIRS else []
    names += ["repeated child"] if table in _REPEATABLE else []
    names += ["repeated episode", "overlapping episodes"] if table == "episodes" else []
    names += ["child unknown"] if table not in ("header", "sw_episodes", "dolo") else []
    return names


def with_faults(
    tables: Mapping[str, pl.DataFrame], rate: float, year: Year, seed: str
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """``tables`` with a fault in each row with probability ``rate``, and the list of faults.

    The list: file, row (from 1, of the table as it now stands), column, fault (text and whole number); sorted by
    file, row and column. At most one fault starts in a row. A row that no drawn fault fits (its
    cells are empty) stays as it was.
    """
    struck: list[tuple[str, int, str, str]] = []
    changed = {}
    for name, table in tables.items():
        work = _Table(name, table, year, Dice(f"{seed}/faults/{name}"))
        for row in range(table.height):
            if work.dice.chance(rate):
                work.strike(row)
        changed[name] = work.frame()
        struck += [(f"{name}.csv", row + 1, column, fault) for row, column, fault in work.struck]
    schema = {"file": pl.String, "row": pl.Int64, "column": pl.String, "fault": pl.String}
    return changed, pl.DataFrame(struck, schema=schema, orient="row").sort("file", "row", "column", "fault")


class _Table:
    """One table being spoilt: its cells by column, and what was done."""

    def __init__(self, name: str, table: pl.DataFrame, year: Year, dice: Dice) -> None:
        self.name, self.year, self.dice = name, year, dice
        self.cells: dict[str, list[str | None]] = table.to_dict(as_series=False)
        self.height = table.height
        self.struck: list[tuple[int, str, str]] = []
        self.kinds = [fault for fault in CELL_FAULTS if fault.table == name]
        self.kinds_of_rows = [kind for kind in fault_names(name) if kind in STRUCTURAL_FAULTS]

    def frame(self) -> pl.DataFrame:
        return pl.DataFrame(self.cells, schema=dict.fromkeys(self.cells, pl.String))

    def strike(self, row: int) -> None:
        """One fault in ``row``, drawn from all that may be in this table; none if nothing drawn fits the row."""
        for _ in range(_TRIES):
            spot = self.dice.whole(0, len(self.kinds) + len(self.kinds_of_rows) - 1)
            if spot >= len(self.kinds):
                struck = self._strike_row(row, self.kinds_of_rows[spot - len(self.kinds)])
            else:
                struck = self._strike_cell(row, self.kinds[spot])
            if struck:
                return

    def _strike_cell(self, row: int, fault: Fault) -> bool:
        filled = [column for column in fault.columns if self.cells[column][row] is not None]
        if not filled:
            return False
        column = self.dice.one(filled)
        return self._put(
            row, column, fault.name, fault.change(self.cells[column][row] or "", self.dice, self.year)
        )

    def _put(self, row: int, column: str, fault: str, value: str | None) -> bool:
        if self.cells[column][row] == value:
            return False
        self.cells[column][row] = value
        self.struck.append((row, column, fault))
        return True

    def _strike_row(self, row: int, fault: str) -> bool:
        if fault == "dates swapped":
            first, second = _PAIRS[self.name]
            one, two = self.cells[first][row], self.cells[second][row]
            if one is None or two is None:
                return False
            self.cells[second][row] = one
            return self._put(row, first, fault, two)
        if fault == "overlapping episodes":
            return self._overlap(row, fault)
        if fault == "child unknown":
            return self._put(row, "CHILD", fault, f"X{self.dice.whole(10_000, 99_999)}")
        for cells in self.cells.values():
            cells.append(cells[row])
        self.struck.append((len(self.cells["CHILD"]) - 1, "CHILD", fault))
        return True

    def _overlap(self, row: int, fault: str) -> bool:
        """The episode begins some days before the child's one before it has ended."""
        children, starts = self.cells["CHILD"], self.cells["DECOM"]
        if row == 0 or children[row - 1] != children[row] or starts[row] is None:
            return False
        try:
            begun = day_of(starts[row] or "")
        except ValueError:
            return False
        return self._put(row, "DECOM", fault, text_of(begun - self.dice.whole(1, 9)))
