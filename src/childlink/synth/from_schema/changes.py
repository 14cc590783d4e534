"""What can go wrong in one cell, by what its column is: kinds of fault, each with what it makes of a cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from childlink.schema.dates import read_dates
from childlink.schema.model import FORMATS
from childlink.synth.dice import Dice
from childlink.synth.from_schema.cells import CellMaker
from childlink.synth.from_schema.rows import Row

Change = Callable[[str | None, "Place", Dice], str | None]
"""From what a cell holds to what it is to hold; the same again where the fault does not fit."""
_IDENTIFIERS = ("upn", "former_upn", "uln", "nhs_number")
_NO_CODE = ("?9", "ZZZ9", "Q_9")


@dataclass(frozen=True)
class Place:
    """A cell: its row, what makes cells of its column (None for an id), and what else the column holds."""

    row: Row
    column: str
    maker: CellMaker | None
    others: Sequence[str | None]
    day: int
    dates: tuple[str, ...]


def changes_of(place: Place) -> list[tuple[str, Change]]:
    """The kinds of fault that a cell may have, by name, in order."""
    found: list[tuple[str, Change]] = [("missing cell", _missing), ("value of another row", _of_another_row)]
    maker = place.maker
    if maker is None:
        return [*found, ("id of nothing", _unknown_id)]
    column = maker.column
    found += [("cell filled", _filled), ("another value", _another)]
    if maker.codes:
        found.append(("wrong code", _wrong_code))
    if maker.is_authority:
        found.append(("number of no authority", lambda cell, place, dice: "998"))
    if column.type == "date":
        found += [
            ("unreadable date", _unreadable_date),
            ("date earlier", _earlier),
            ("date long ago", _long_ago),
            ("date later", _later),
            ("date to come", _to_come),
        ]
    if column.type in ("integer", "number"):
        found += [
            ("not a number", _no_number),
            ("number too small", _too_small),
            ("number too large", _too_large),
        ]
    if column.type == "boolean":
        found.append(("neither yes nor no", _neither))
    if column.kind in _IDENTIFIERS or column.format in FORMATS:
        found += [("check character wrong", _wrong_check), ("malformed number", _malformed)]
        found.append(("number of no authority", _no_authority))
    if column.kind == "postcode" or column.format == "postcode":
        found.append(("malformed postcode", _malformed_postcode))
    if maker.longest or maker.shortest or any(c.pattern for c in maker.constraints):
        found += [("wrong form", _wrong_form), ("too long", _too_long), ("too short", _too_short)]
    return found


def _missing(cell: str | None, place: Place, dice: Dice) -> None:
    return None


def _of_another_row(cell: str | None, place: Place, dice: Dice) -> str | None:
    return dice.one(place.others)


def _unknown_id(cell: str | None, place: Place, dice: Dice) -> str:
    return str(9_000_000 + dice.whole(0, 99_999))


def _filled(cell: str | None, place: Place, dice: Dice) -> str | None:
    return cell if cell is not None else _made(place, dice)


def _another(cell: str | None, place: Place, dice: Dice) -> str | None:
    return _made(place, dice) if cell is not None else None


def _made(place: Place, dice: Dice) -> str | None:
    maker = place.maker
    assert maker is not None
    if maker.is_event:
        return _written(place.day - dice.whole(0, 700), place)
    return maker.make(place.row, dice)


def _wrong_code(cell: str | None, place: Place, dice: Dice) -> str:
    return dice.one(_NO_CODE)


def _written(day: int, place: Place) -> str:
    return date.fromordinal(day).strftime(place.dates[0])


def _unreadable_date(cell: str | None, place: Place, dice: Dice) -> str:
    wrong = re.sub("[0-9]{4}", "2O25", cell or "", count=1)
    return dice.one((wrong or "unknown", "30/02/2025", "unknown"))


def _shifted(cell: str | None, place: Place, days: int) -> str | None:
    day = _day_of(cell, place)
    return cell if day is None else _written(min(max(day + days, 640_000), 800_000), place)


def _day_of(cell: str | None, place: Place) -> int | None:
    read = pl.select(read_dates(pl.lit(cell, dtype=pl.String), place.dates)).item()
    return read.toordinal() if read is not None else None


def _earlier(cell: str | None, place: Place, dice: Dice) -> str | None:
    return _shifted(cell, place, -dice.whole(1, 900))


def _long_ago(cell: str | None, place: Place, dice: Dice) -> str | None:
    return _shifted(cell, place, -dice.whole(1_000, 12_000))


def _later(cell: str | None, place: Place, dice: Dice) -> str | None:
    return _shifted(cell, place, dice.whole(1, 900))


def _to_come(cell: str | None, place: Place, dice: Dice) -> str:
    return _written(place.day + dice.whole(1, 400), place)


def _no_number(cell: str | None, place: Place, dice: Dice) -> str:
    return dice.one(("several", "1O", "3,5"))


def _too_small(cell: str | None, place: Place, dice: Dice) -> str:
    assert place.maker is not None
    lowest = place.maker.lowest
    return str(int(lowest) - dice.whole(1, 5) if lowest is not None else -dice.whole(1, 20))


def _too_large(cell: str | None, place: Place, dice: Dice) -> str:
    assert place.maker is not None
    highest = place.maker.highest
    return str(int(highest) + dice.whole(1, 5) if highest is not None else dice.whole(20, 90))


def _neither(cell: str | None, place: Place, dice: Dice) -> str:
    return dice.one(("maybe", "2", "X"))


def _wrong_check(cell: str | None, place: Place, dice: Dice) -> str | None:
    if not cell:
        return cell
    if cell[0].isalpha():
        return dice.one([letter for letter in "ABCDEFGH" if letter != cell[0]]) + cell[1:]
    return cell[:-1] + dice.one([digit for digit in "0123456789" if digit != cell[-1]])


def _malformed(cell: str | None, place: Place, dice: Dice) -> str | None:
    return dice.one((cell[1:], f"{cell[:5]}X{cell[6:]}", f"{cell[:-1]}I")) if cell else cell


def _no_authority(cell: str | None, place: Place, dice: Dice) -> str | None:
    return f"{cell[0]}999{cell[4:]}" if cell and cell[0].isalpha() else cell


def _malformed_postcode(cell: str | None, place: Place, dice: Dice) -> str | None:
    return dice.one((f"{cell}1", cell[1:], "not known yet")) if cell else cell


def _wrong_form(cell: str | None, place: Place, dice: Dice) -> str:
    return f"{cell or ''}?"


def _too_long(cell: str | None, place: Place, dice: Dice) -> str:
    assert place.maker is not None
    return (
        (cell or "1") * 8 if place.maker.longest is None else "1" * (place.maker.longest + dice.whole(1, 3))
    )


def _too_short(cell: str | None, place: Place, dice: Dice) -> str | None:
    return cell[:-1] or cell if cell else cell
