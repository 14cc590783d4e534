"""One return made ready for its rules: what each rule reads, by the names of its parameters."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import polars as pl

from childlink.returns.model import PREVIOUS
from childlink.rules.columns import date_key, row_key
from childlink.rules.context import Context, Period, Unavailable
from childlink.rules.registry import RuleBook
from childlink.schema.dates import read_dates
from childlink.schema.model import TableSchema, snake_case


class Run:
    """The tables of one return and its context, as arguments for rules and shared vocabulary.

    ``tables`` are frames of text by name, last year's under "previous.NAME". Columns that a table lacks are
    taken as empty, derived ones (PL_LA ...) and those of ``absent`` ("Header.DOB") as not there: a rule that reads
    one of these does not run. Everything is prepared on first use and kept.
    """

    def __init__(
        self,
        book: RuleBook,
        tables: Mapping[str, pl.DataFrame],
        context: Context,
        absent: frozenset[str] = frozenset(),
    ) -> None:
        self.book = book
        self.tables = {name: as_text(frame) for name, frame in tables.items()}
        self.context = context
        self.absent = absent
        self._prepared: dict[str, pl.DataFrame] = {}
        self._shared: dict[str, Any] = {}
        self._table_names = _parameter_names(book)

    def table(self, name: str) -> pl.DataFrame:
        """The prepared table or input ``name``: its rows and columns, each column under its qualified name, with a
        column of dates beside each date column, and the row positions. Raises Unavailable."""
        if name not in self._prepared:
            if name in self.book.schema.inputs:
                frame, schema = self._input(name), self.book.schema.inputs[name]
            elif name in self.tables:
                frame, schema = self.tables[name], self.book.schema.tables[name.removeprefix(PREVIOUS)]
            else:
                raise Unavailable(_absent(name))
            self._prepared[name] = prepare(frame, schema, name, self.book.schema.dates, self.absent)
        return self._prepared[name]

    def _input(self, name: str) -> pl.DataFrame:
        frame = getattr(self.context, name)
        if frame is None:
            raise Unavailable(KNOWN[name])
        return as_text(frame)

    def argument(self, name: str) -> Any:
        """What the parameter ``name`` of a rule stands for. Raises Unavailable where it is not there."""
        if name in self._table_names:
            return self.table(self._table_names[name]).lazy()
        if name in self.book.shared:
            return self._shared_value(name)
        if name == "columns_given":
            return self.columns_given()
        return self._known(name)

    def columns_given(self) -> frozenset[str]:
        """The columns that the tables came with, as "Header.DOB"; ``table`` fills in those they lack."""
        return frozenset(f"{name}.{c}" for name, frame in self.tables.items() for c in frame.columns)

    def arguments(self, parameters: tuple[Any, ...]) -> dict[str, Any]:
        """The arguments of a rule or a shared value by name. Raises Unavailable for want of a required one."""
        values: dict[str, Any] = {}
        for parameter in parameters:
            try:
                values[parameter.name] = self.argument(parameter.name)
            except Unavailable:
                if not parameter.optional:
                    raise
                values[parameter.name] = None
        return values

    def _shared_value(self, name: str) -> Any:
        if name not in self._shared:
            shared = self.book.shared[name]
            value = shared.function(**self.arguments(shared.parameters))
            self._shared[name] = value.collect() if isinstance(value, pl.LazyFrame) else value
        value = self._shared[name]
        return value.lazy() if isinstance(value, pl.DataFrame) else value

    def _known(self, name: str) -> Any:
        if name not in KNOWN:
            raise LookupError(f"no table, shared value or context is called {name}")
        value = getattr(self.context, name)
        if value is None and name == "period" and self.book.schema.period_end is not None:
            return self.reporting_period(*self.book.schema.period_end)
        if value is None:
            raise Unavailable(KNOWN[name])
        if name in self.book.schema.inputs:
            return self.table(name).lazy()
        return value() if name == "postcodes" else value

    def reporting_period(self, table: str, column: str) -> Period:
        """The twelve months that end on the date in the first row of a table. Raises Unavailable without one."""
        rows = self.table(table)
        ends = rows[date_key(f"{table}.{column}")]
        if rows.is_empty() or ends[0] is None:
            raise Unavailable(
                f"the reporting period is not known: {column} of {table} is missing or not a date"
            )
        return Period.of_year_to(ends[0])


KNOWN = {
    "period": "the collection year is not known",
    "collection_year": "the collection year is not known",
    "local_authority": "the local authority is not known (give it with --la)",
    "file_format": "whether the return came as CSV or XML is not known",
    "providers": "no provider list was given",
    "postcodes": "there is no postcode directory",
    "as_of_date": "the day on which ages are reckoned is not known (give it with --as-of)",
}
"""What a rule may read beyond tables and shared values, with the reason given where it is not there."""


def as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """``frame`` with every column as text, except those that hold numbers worked out on reading, or dates.

    The items of a list become one text with spaces between.
    """
    kept = (pl.String, pl.Float64, pl.Date)
    return frame.with_columns(
        pl.col(c).cast(pl.List(pl.String)).list.join(" ")
        if isinstance(t, pl.List)
        else pl.col(c).cast(pl.String)
        for c, t in frame.schema.items()
        if t not in kept
    )


def prepare(
    frame: pl.DataFrame,
    schema: TableSchema,
    name: str,
    date_forms: Sequence[str] = ("%d/%m/%Y",),
    absent: Collection[str] = (),
) -> pl.DataFrame:
    """``frame`` (text, one column for each of the schema's) as rules read it; see ``Run.table``.

    Shape: the same rows in the same order. Columns the schema does not know are dropped, missing ones filled
    with nulls, except derived ones and those of ``absent``, which stay away.
    """
    columns = [row_numbers(name)]
    for field in (*schema.fields, *schema.derived):
        there = next((n for n in (field.name, *field.aliases) if n in frame.columns), None)
        key = f"{name}.{field.name}"
        if there is None and (key in absent or field in schema.derived):
            continue
        text = pl.lit(None, dtype=pl.String) if there is None else pl.col(there)
        columns.append((text.cast(pl.Float64, strict=False) if field.type == "number" else text).alias(key))
        if field.type == "date":
            dtype = None if there is None else frame.schema[there]
            dates = text if dtype == pl.Date else read_dates(text, date_forms)
            columns.append(dates.alias(date_key(key)))
    return frame.select(columns)


def row_numbers(name: str) -> pl.Expr:
    """The positions of the rows of table ``name``, from 0."""
    return pl.int_range(pl.len(), dtype=pl.UInt32).alias(row_key(name))


def parameter_name(table: str) -> str:
    """The parameter by which rules read a table: "PlacedAdoption" is ``placed_adoption``, "OC2" ``oc2``.

    Of the CIN census: ``header``, ``child_identifiers``, ``child_characteristics``, ``disabilities``,
    ``cin_details``, ``assessments``, ``assessment_factors_list``, ``cin_plan_dates``, ``section47``,
    ``child_protection_plans``, ``reviews``, ``pre_proceedings``.
    """
    return snake_case(table)


def _parameter_names(book: RuleBook) -> dict[str, str]:
    names = {parameter_name(t): t for t in book.schema.tables}
    return names | {f"previous_{parameter}": f"{PREVIOUS}{table}" for parameter, table in names.items()}


def _absent(name: str) -> str:
    if name.startswith(PREVIOUS):
        return f"last year's {name.removeprefix(PREVIOUS)} table is not there (give it with --previous)"
    return f"the {name} table is not in the return"
