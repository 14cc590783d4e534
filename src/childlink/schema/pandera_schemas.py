"""Compile a table's schema to a Pandera schema (polars backend), and read what it found as row positions.

Traps of pandera 0.35 met here: a LazyFrame gets no data checks by default, and the environment variable
PANDERA_VALIDATION_ENABLED=False passes everything, so tables are validated as DataFrames under a
configuration pinned inside our own call; a check that crashes is reported like bad data, so a check whose
output is not one Boolean a row is taken for a crash.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData
from pandera.config import ValidationDepth, config_context
from pandera.errors import SchemaError, SchemaErrorReason, SchemaErrors

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
    with config_context(validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA):
        try:
            compile_table(wanted, schema).validate(frame, lazy=True)
        except SchemaErrors as errors:
            return _breaches(errors.schema_errors, wanted, frame.height), missing
    return [], missing


def _columns_of(placed: PlacedConstraint) -> set[str]:
    _, column, constraint = placed
    return {column.name} if column else set(constraint.unique)


def _breaches(faults: list[SchemaError], wanted: list[PlacedConstraint], height: int) -> list[Breach]:
    """Pandera's faults as breaches, in the order of ``wanted``."""
    rows: dict[int, set[int]] = {}
    crashes: dict[int, str] = {}
    for fault in faults:
        output = fault.check_output
        sound = isinstance(output, pl.DataFrame) and output.height == height
        for position in _constraints_of(fault, wanted):
            if sound:
                rows.setdefault(position, set()).update((~output["check_output"]).arg_true().to_list())
            else:
                crashes[position] = fault.reason_code.name if fault.reason_code else type(fault).__name__
    return [
        Breach(placed, () if position in crashes else tuple(sorted(rows[position])), crashes.get(position))
        for position, placed in enumerate(wanted)
        if position in rows or position in crashes
    ]


def compile_table(wanted: list[PlacedConstraint], schema: ReturnSchema) -> pa.DataFrameSchema:
    """The Pandera schema that checks ``wanted``, all of one table, on columns of text.

    Each check is named by the position of its constraint in ``wanted``.
    """
    columns: dict[str, list[pa.Check]] = {}
    required: set[str] = set()
    whole_table: list[pa.Check] = []
    for position, (_, column, constraint) in enumerate(wanted):
        if column is None:
            whole_table.append(_unique_check(position, constraint))
            continue
        columns.setdefault(column.name, []).extend(_cell_checks(position, constraint, schema))
        if constraint.required:
            required.add(column.name)
    return pa.DataFrameSchema(
        {
            name: pa.Column(pl.String, checks=checks, nullable=name not in required)
            for name, checks in columns.items()
        },
        checks=whole_table,
    )


def _cell_checks(position: int, constraint: Constraint, schema: ReturnSchema) -> list[pa.Check]:
    """Checks of one cell; Pandera passes empty cells over, which is what a published condition wants."""
    checks = []
    if constraint.enum is not None:
        codes = list(schema.code_sets[constraint.enum])
        checks.append(pa.Check.isin(codes, name=str(position)))
    if constraint.pattern is not None:
        checks.append(pa.Check.str_matches(f"^(?:{constraint.pattern})$", name=str(position)))
    if constraint.type == "date":

        def is_a_date(data: PolarsData) -> pl.LazyFrame:
            text = pl.col(data.key)
            return data.lazyframe.select(text.is_null() | read_dates(text, schema.dates).is_not_null())

        checks.append(pa.Check(is_a_date, name=str(position)))
    return checks


def _unique_check(position: int, constraint: Constraint) -> pa.Check:
    key = pl.struct(constraint.unique)
    complete = pl.all_horizontal(pl.col(c).is_not_null() for c in constraint.unique)

    def is_unique(data: PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(~(key.is_duplicated() & complete))

    return pa.Check(is_unique, name=str(position))


def _constraints_of(fault: SchemaError, wanted: list[PlacedConstraint]) -> list[int]:
    """The positions in ``wanted`` of the constraints that a fault is about."""
    if isinstance(fault.check, pa.Check):
        return [int(str(fault.check.name))]
    column = fault.schema.name if fault.schema is not None else None
    on_column = [(p, rule) for p, (_, c, rule) in enumerate(wanted) if c and c.name == column]
    if fault.reason_code == SchemaErrorReason.SERIES_CONTAINS_NULLS:
        # Pandera's own null check: it belongs to the constraints that make this column required
        return [p for p, rule in on_column if rule.required]
    return [p for p, _ in on_column]
