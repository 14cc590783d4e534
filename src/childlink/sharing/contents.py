"""What a package holds: of each extract the allowed columns, generalised, with the child of each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from childlink.errors import UsageFault, unknown_name
from childlink.sharing import generalise, scan
from childlink.sharing.agreement import Agreement, Column, Disclosure
from childlink.sharing.areas import lsoa
from childlink.sharing.sources import SharedSource, day, resolved


@dataclass(frozen=True)
class Part:
    """One file of a package before it is written. ``frame``: child_id, then the columns that leave, in the order
    of the agreement; rows of sealed children are not in it. ``not_understood``: column to how many cells had a
    value that gave none. ``telling``: names of the columns that say who a child may be: age, sex, area, ethnic
    group."""

    source: str
    columns: tuple[Column, ...]
    frame: pl.DataFrame = field(repr=False)
    not_understood: Mapping[str, int]
    telling: tuple[str, ...]


def require_sources(agreement: Agreement, sources: Sequence[str]) -> None:
    """Raises UsageFault unless the extracts given are those the agreement has columns of."""
    for name in sources:
        if name not in agreement.columns:
            fault = unknown_name("source of the agreement", name, agreement.columns)
            raise UsageFault(
                f"the agreement allows nothing of {name}", allowed=fault.allowed, next_step=fault.next_step
            )
    if missing := [name for name in agreement.columns if name not in sources]:
        raise UsageFault(
            f"the agreement has columns of {', '.join(missing)}, and no such extract was given",
            allowed="an extract for each source of the agreement",
            next_step=f"add {missing[0]}=FILE",
        )


def part_of(
    source: SharedSource, children: pl.Series, agreement: Agreement, directory: pl.DataFrame | None
) -> Part:
    """The part of one extract. ``children``: the child of each row, null where it may not leave.

    Raises UsageFault for columns the agreement may not name, and for cells that may not leave as they stand.
    """
    wanted = agreement.columns[source.source]
    headings = {column.name: resolved(source, column) for column in wanted}
    as_given = [headings[c.name] for c in wanted if c.word == generalise.AS_GIVEN]
    scan.require_nothing_identifying(source, as_given, children)
    made = [
        _generalised(source, headings[c.name], c, agreement.reference_date, directory).alias(c.name)
        for c in wanted
    ]
    frame = source.table.select(child_id=pl.lit(children)).hstack(source.table.select(made))
    leaving = frame.filter(pl.col("child_id").is_not_null())
    given = source.table.select(pl.col(headings[c.name]).alias(c.name) for c in wanted).filter(
        children.is_not_null()
    )
    lost = {c.name: int((given[c.name].is_not_null() & leaving[c.name].is_null()).sum()) for c in wanted}
    telling = [c.name for c in wanted if source.kinds.get(headings[c.name]) in generalise.WORDS_FOR]
    return Part(source.source, wanted, leaving, {n: k for n, k in lost.items() if k}, tuple(telling))


def quasi_identifiers(parts: Sequence[Part], asked: Disclosure) -> tuple[list[str], list[str]]:
    """ "source.column" of the quasi-identifiers and of the sensitive columns, as the agreement names them.

    Where it names no quasi-identifier, every age, sex, area and ethnic group that leaves is one.
    """
    if asked.quasi_identifiers:
        quasi = _placed(parts, asked.quasi_identifiers)
    else:
        quasi = [f"{part.source}.{name}" for part in parts for name in part.telling]
    return quasi, _placed(parts, asked.sensitive)


def unchecked(parts: Sequence[Part], quasi: Sequence[str]) -> list[str]:
    """Columns that tell who a child may be, and are not among the agreement's quasi-identifiers."""
    return [f"{p.source}.{name}" for p in parts for name in p.telling if f"{p.source}.{name}" not in quasi]


def _placed(parts: Sequence[Part], names: Sequence[str]) -> list[str]:
    return [
        f"{part.source}.{column.name}"
        for name in names
        for part in parts
        for column in part.columns
        if name in (column.name, f"{part.source}.{column.name}")
    ]


def _generalised(
    source: SharedSource, heading: str, column: Column, reference: date | None, directory: pl.DataFrame | None
) -> pl.Expr:
    cell = pl.col(heading)
    match column.word:
        case generalise.AS_GIVEN:
            return cell
        case generalise.SEX:
            return generalise.sex(cell)
        case generalise.GROUP:
            return generalise.ethnic_group(cell)
        case generalise.DISTRICT:
            return generalise.district(cell)
        case generalise.SECTOR:
            return generalise.sector(cell)
        case generalise.LSOA:
            assert directory is not None, "read before"
            return lsoa(cell, directory)
        case generalise.MONTH:
            return generalise.month(day(source, heading))
        case generalise.YEAR:
            return generalise.year(day(source, heading))
        case generalise.AGE_BAND:
            assert reference is not None, "the agreement was checked"
            return generalise.age_band(day(source, heading), reference)
        case _:
            assert reference is not None, "the agreement was checked"
            return generalise.age(day(source, heading), reference)
