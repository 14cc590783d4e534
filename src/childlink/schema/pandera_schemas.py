"""Compile a table's schema to a Pandera schema (polars backend), and read what it found as row positions.

Traps of pandera 0.35 met here: a LazyFrame gets no data checks by default; the environment variable
PANDERA_VALIDATION_ENABLED=False passes everything; a check that crashes is reported like bad data. So the checks of
the compiled schema are evaluated by ``run_checks``, which knows none of the three.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData
from pandera.backends.polars.checks import PolarsCheckBackend

from childlink.schema import cells
from childlink.schema.dates import read_dates
from childlink.schema.model import Constraint, FieldSchema, PlacedConstraint, ReturnSchema, TableSchema


@dataclass(frozen=True)
class Breach:
    """Rows of one table that fail one constraint. ``rows`` are positions from 0, sorted.

    ``placed`` is the very tuple that was asked about. ``crash`` is the kind of fault where the check itself
    failed, in which case ``rows`` says nothing.
    """

    placed: PlacedConstraint
    rows: tuple[int, ...]
    crash: str | None = None

    @property
    def table(self) -> TableSchema:
        """The table whose rows fail."""
        return self.placed[0]

    @property
    def column(self) -> FieldSchema | None:
        """The column whose cells fail; None for a constraint on the table."""
        return self.placed[1]

    @property
    def constraint(self) -> Constraint:
        """What they fail."""
        return self.placed[2]


@dataclass(frozen=True)
class MissingColumn:
    """A column that the schema has and the table lacks."""

    table: str
    field: str


def find_breaches(
    tables: Mapping[str, pl.DataFrame], constraints: Iterable[PlacedConstraint], schema: ReturnSchema
) -> tuple[list[Breach], list[MissingColumn]]:
    """Check ``tables`` (text, by table name) against ``constraints``; tables that are absent are left out.

    Breaches come by table, then in the order of ``constraints``, only those with rows or a crash. Columns that
    a constraint needs and its table lacks come once each.
    """
    by_table: dict[str, list[PlacedConstraint]] = {}
    for placed in constraints:
        if placed[0].name in tables:
            by_table.setdefault(placed[0].name, []).append(placed)
    breaches: list[Breach] = []
    missing: list[MissingColumn] = []
    for name, wanted in by_table.items():
        found, lacking = _check_table(name, tables[name], wanted, schema)
        breaches += found
        missing += lacking
    return breaches, missing


def _check_table(
    name: str, frame: pl.DataFrame, wanted: list[PlacedConstraint], schema: ReturnSchema
) -> tuple[list[Breach], list[MissingColumn]]:
    names = dict.fromkeys(n for placed in wanted for n in sorted(_columns_of(placed)))
    lacking = [n for n in names if n not in frame.columns]
    missing = [MissingColumn(name, column) for column in lacking]
    wanted = [p for p in wanted if not _columns_of(p).intersection(lacking)]
    if not wanted:
        return [], missing
    verdicts, crashes = run_checks(compile_table(wanted, schema), frame)
    found = [
        Breach(placed, _failing(verdicts, position), crashes.get(position))
        for position, placed in enumerate(wanted)
    ]
    return [b for b in found if b.rows or b.crash], missing


def run_checks(compiled: pa.DataFrameSchema, frame: pl.DataFrame) -> tuple[pl.DataFrame, dict[int, str]]:
    """What the checks of a Pandera schema say of each row of ``frame``, and which of them crashed, by position.

    Shape: the rows of ``frame``; a Boolean column for each check, True where the row passes, named "position.n" by
    the position that names the check. ``DataFrameSchema.validate`` says the same (a test holds the two together),
    but it collects each check several times over, and gathers failing values, which we must not keep: for the 65
    checks of a return of 1,500 children it takes ten times as long.
    """
    checks = [(check, column) for column, described in compiled.columns.items() for check in described.checks]
    checks += [(check, None) for check in compiled.checks]
    verdicts: dict[str, pl.LazyFrame] = {}
    crashes: dict[int, str] = {}
    for number, (check, column) in enumerate(checks):
        if column is not None and frame.schema[column] != pl.String:
            crashes[int(str(check.name))] = "the column is no text"
            continue
        passed = PolarsCheckBackend(check).apply(PolarsData(frame.lazy(), column or "*"))
        verdicts[f"{check.name}.{number}"] = passed.select(pl.all().fill_null(value=True))
    collected: dict[str, pl.Series] = {}
    for name, passed, fault in _collected(verdicts):
        if fault is not None or passed.height != frame.height:
            crashes[int(name.partition(".")[0])] = type(fault).__name__ if fault else "not one verdict a row"
        else:
            collected[name] = passed.to_series()
    return pl.DataFrame(collected), crashes


def _collected(frames: Mapping[str, pl.LazyFrame]) -> Iterator[tuple[str, pl.DataFrame, Exception | None]]:
    """The frames by name, collected together, or one by one where that fails."""
    try:
        together = pl.collect_all(list(frames.values()))
    except Exception:  # noqa: BLE001 - found out one by one
        for name, frame in frames.items():
            try:
                yield name, frame.collect(), None
            except Exception as fault:  # noqa: BLE001
                yield name, pl.DataFrame(), fault
        return
    yield from ((name, frame, None) for name, frame in zip(frames, together, strict=True))


def _failing(verdicts: pl.DataFrame, position: int) -> tuple[int, ...]:
    """The rows that some check of the constraint at ``position`` fails, sorted."""
    own = [verdicts[c] for c in verdicts.columns if c.partition(".")[0] == str(position)]
    failed = [~passed for passed in own if not passed.all()]
    return tuple(reduce(or_, failed).arg_true().to_list()) if failed else ()


def _columns_of(placed: PlacedConstraint) -> set[str]:
    _, column, constraint = placed
    return {column.name} if column else set(constraint.unique)


def compile_table(wanted: list[PlacedConstraint], schema: ReturnSchema) -> pa.DataFrameSchema:
    """The Pandera schema that checks ``wanted``, all of one table, on columns of text.

    Each check is named by the position of its constraint in ``wanted``; ``required`` is a check of its own, since
    Pandera's ``nullable`` does not say whose it is.
    """
    columns: dict[str, list[pa.Check]] = {}
    whole_table: list[pa.Check] = []
    for position, (_, column, constraint) in enumerate(wanted):
        if column is None:
            whole_table.append(_unique_check(position, constraint))
            continue
        columns.setdefault(column.name, []).extend(_cell_checks(position, constraint, schema))
    return pa.DataFrameSchema(
        {name: pa.Column(pl.String, checks=checks, nullable=True) for name, checks in columns.items()},
        checks=whole_table,
    )


def _cell_checks(position: int, constraint: Constraint, schema: ReturnSchema) -> list[pa.Check]:
    """Checks of one cell. All but the one for ``required`` pass empty cells over, as the published conditions do.

    They are functions of ours and not Pandera's built-in ``isin`` and ``str_matches``, since importing those
    imports hypothesis where it is installed.
    """
    conditions: list[Callable[[pl.Expr], pl.Expr]] = []
    if constraint.required:
        conditions.append(lambda cell: cell.is_not_null())
    if constraint.enum is not None:
        codes = schema.spellings.get(constraint.enum)
        opening = schema.openings.get(constraint.enum)
        if codes is not None and opening is not None:
            conditions.append(lambda cell: cells.folded(cell).is_in(list(codes)) | cell.str.contains(opening))
        elif codes is not None:
            conditions.append(lambda cell: cells.folded(cell).is_in(list(codes)))
        else:
            exactly = list(schema.code_sets[constraint.enum])
            conditions.append(lambda cell: cell.is_in(exactly))
    if constraint.pattern is not None:
        form = f"^(?:{constraint.pattern})$"
        conditions.append(lambda cell: cell.str.contains(form))
    if constraint.type == "date":
        conditions.append(lambda cell: cell.is_null() | read_dates(cell, schema.dates).is_not_null())
    elif constraint.type is not None:
        conditions.append(cells.OF_TYPE[constraint.type])
    if constraint.format is not None:
        conditions.append(cells.OF_FORMAT[constraint.format])
    least, greatest = constraint.minimum, constraint.maximum
    if least is not None:
        conditions.append(lambda cell: cells.number(cell) >= least)
    if greatest is not None:
        conditions.append(lambda cell: cells.number(cell) <= greatest)
    shortest, longest = constraint.min_length, constraint.max_length
    if shortest is not None:
        conditions.append(lambda cell: cell.str.len_chars() >= shortest)
    if longest is not None:
        conditions.append(lambda cell: cell.str.len_chars() <= longest)
    return [pa.Check(_on_cell(condition), name=str(position)) for condition in conditions]


def _on_cell(condition: Callable[[pl.Expr], pl.Expr]) -> Callable[[PolarsData], pl.LazyFrame]:
    """A condition on a cell as Pandera wants a check of a column."""

    def check(data: PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(condition(pl.col(data.key)))

    return check


def _unique_check(position: int, constraint: Constraint) -> pa.Check:
    key = pl.struct(constraint.unique)
    complete = pl.all_horizontal(pl.col(c).is_not_null() for c in constraint.unique)

    def is_unique(data: PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(~(key.is_duplicated() & complete))

    return pa.Check(is_unique, name=str(position))
