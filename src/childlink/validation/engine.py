"""Evaluate rules over one return. A rule ends passed, with findings, not run, or crashed; never otherwise.

Conditions on one table are evaluated together, in one pass over it; frames of failing rows are collected
together. When a batch fails, its rules are evaluated one by one, so that only the broken one is crashed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from polars import selectors

from childlink.progress import Progress, unwatched
from childlink.rules.columns import date_key, row_key
from childlink.rules.context import Unavailable
from childlink.rules.registry import Rule
from childlink.schema.model import PlacedConstraint
from childlink.schema.pandera_schemas import find_breaches
from childlink.validation.run import Run

WHOLE_RETURN = ""
"""In place of a table's name: what a finding about the return as a whole is on."""

MEMBERS: pl.Schema = pl.Schema({"table": pl.String(), "row": pl.UInt32(), "finding": pl.UInt32()})
"""Which rows make up the findings of a rule that has a key; a row may be in several. ``finding`` counts from 0."""


@dataclass(frozen=True)
class Found:
    """What a rule's function found: row positions from 0 by table, sorted, without repeats; and, where the rule has
    a key, the failing rows with its values: a column for each table's positions, "key.0", "key.1" ..."""

    rows: dict[str, pl.Series]
    keyed: pl.DataFrame | None = None


@dataclass(frozen=True)
class Hit:
    """Rows of one table that a rule flags (positions from 0, sorted) and the columns it reports on them.

    A hit on WHOLE_RETURN has no rows: it is one finding.
    """

    table: str
    rows: pl.Series
    fields: tuple[str, ...]


@dataclass
class Outcome:
    """What became of one rule: "passed", "findings", "not_run" or "crashed".

    ``reason`` says why it did not run, or how it crashed (the kind of fault, never a value). ``members`` says how
    the rows of the hits make up findings, in the order of finding, table and row; None where the rule has no key.
    """

    rule: Rule
    status: str = "passed"
    reason: str | None = None
    hits: list[Hit] = field(default_factory=list)
    members: pl.DataFrame | None = None
    keyed: pl.DataFrame | None = field(default=None, repr=False)  # see Found; becomes the members
    absent: frozenset[str] = field(default=frozenset(), repr=False)  # see Run

    def found(self, found: Found) -> None:
        """Take in what the rule's function found."""
        for table in self.rule.flags:
            positions = found.rows.get(table)
            if positions is not None and positions.len():
                self.hits.append(Hit(table, positions, tuple(self.rule.fields_of(table))))
        if WHOLE_RETURN in found.rows:
            names = dict.fromkeys(column.name for column in self.rule.fields)
            self.hits.append(Hit(WHOLE_RETURN, found.rows[WHOLE_RETURN], tuple(names)))
        if self.hits:
            self.status, self.keyed = "findings", found.keyed

    def not_run(self, reason: str) -> None:
        """The rule could not be evaluated for want of something."""
        self.status, self.reason = "not_run", reason

    def failed(self, fault: Exception) -> None:
        """The rule failed: for want of a column that is not there, or by crashing."""
        if isinstance(fault, pl.exceptions.ColumnNotFoundError):
            said = str(fault)
            for key in sorted(self.absent):
                if f'"{key}"' in said or f'"{date_key(key)}"' in said:
                    table, _, column = key.partition(".")
                    return self.not_run(f"the {table} table has no column {column}")
        return self.crashed(type(fault).__name__)

    def crashed(self, kind: str) -> None:
        """The rule failed with a fault of this kind. Its text is left out: it may quote a record."""
        self.status, self.reason, self.hits = "crashed", f"the rule failed ({kind})", []


def evaluate(rules: Sequence[Rule], run: Run, progress: Progress = unwatched) -> list[Outcome]:
    """The outcome of each rule, in the order of ``rules``."""
    outcomes = [Outcome(rule, absent=run.absent) for rule in rules]
    progress("checking cells", 0, len(rules))
    _evaluate_constraints([o for o in outcomes if o.rule.constraints], run)
    written = [o for o in outcomes if o.rule.finds is not None]
    conditions: dict[str, list[tuple[Outcome, pl.Expr]]] = {}
    frames: list[tuple[Outcome, pl.LazyFrame]] = []
    done = len(outcomes) - len(written)
    for outcome in written:
        progress(f"rule {outcome.rule.code}", done, len(rules))
        _build(outcome, run, conditions, frames)
        done += outcome.status in ("not_run", "crashed")
    for table, batch in conditions.items():
        progress(f"rules on {table}", done, len(rules))
        _evaluate_conditions(table, batch, run)
        done += len(batch)
    progress("rules across rows and tables", done, len(rules))
    _evaluate_frames(frames)
    _number_members([o for o in outcomes if o.keyed is not None])
    progress("checked", len(rules), len(rules))
    return outcomes


def _build(
    outcome: Outcome,
    run: Run,
    conditions: dict[str, list[tuple[Outcome, pl.Expr]]],
    frames: list[tuple[Outcome, pl.LazyFrame]],
) -> None:
    """Call the rule's function and put what it returns where it will be evaluated."""
    rule = outcome.rule
    try:
        arguments = run.arguments(rule.parameters)
        _require(rule, run)
        assert rule.finds is not None
        result = rule.finds(**arguments)
        if isinstance(result, pl.Expr):
            run.table(rule.flags[0])
            conditions.setdefault(rule.flags[0], []).append((outcome, result))
        else:
            frames.append((outcome, _wanted_of(result, rule)))
    except Unavailable as lack:
        outcome.not_run(str(lack))
    except Exception as fault:  # noqa: BLE001 - whatever a rule does, the run goes on
        outcome.failed(fault)


def _wanted_of(result: pl.LazyFrame, rule: Rule) -> pl.LazyFrame:
    """What counts of a frame of failing rows: the positions of flagged rows, and the key of each row's finding."""
    if rule.whole_return:
        return result.select(failing=pl.len()).filter(pl.col("failing") > 0)
    # of the tables that it flags a frame may hold some only; to ask which, for every rule, takes longer than this
    rows = selectors.by_name([row_key(t) for t in rule.flags], require_all=False)
    if not rule.key:
        return result.select(rows)
    return result.select(rows, *key_values(rule, set(result.collect_schema().names())))


def key_values(rule: Rule, there: Collection[str]) -> list[pl.Expr]:
    """The values of the rule's key as columns "key.0", "key.1" ..., of a frame whose columns are ``there``."""
    values = []
    for position, columns in enumerate(rule.key):
        held = [c.value for c in columns if c.key in there]
        value = pl.coalesce(held) if held else pl.lit(None)
        values.append(value.cast(pl.String).alias(f"key.{position}"))
    return values


def _require(rule: Rule, run: Run) -> None:
    """Raise Unavailable where a derived column that the rule needs could not be worked out."""
    for column in rule.needs:
        if column.key not in run.table(column.table).columns:
            raise Unavailable(f"{column.name} of {column.table} could not be worked out")


def _evaluate_conditions(table: str, batch: list[tuple[Outcome, pl.Expr]], run: Run) -> None:
    frame = run.table(table)

    def flags(part: Sequence[tuple[Outcome, pl.Expr]]) -> list[Found]:
        marked = frame.select(e.fill_null(value=False).alias(str(i)) for i, (_, e) in enumerate(part))
        if any(t != pl.Boolean for t in marked.dtypes) or marked.height != frame.height:
            raise TypeError("a condition is one Boolean a row")
        return [found_in(outcome.rule, marked[str(i)]) for i, (outcome, _) in enumerate(part)]

    def found_in(rule: Rule, marks: pl.Series) -> Found:
        if not marks.any():
            return Found({})
        positions = marks.arg_true()
        if not rule.key:
            return Found({table: positions})
        return _found(rule, frame[positions].select(row_key(table), *key_values(rule, frame.columns)))

    for outcome, found in _together_or_singly(batch, flags):
        outcome.found(found)


def _evaluate_frames(batch: list[tuple[Outcome, pl.LazyFrame]]) -> None:
    def found_in(part: Sequence[tuple[Outcome, pl.LazyFrame]]) -> list[Found]:
        collected = pl.collect_all([frame for _, frame in part])
        return [_found(outcome.rule, frame) for (outcome, _), frame in zip(part, collected, strict=True)]

    # one call would plan and run them one after another; the parts share the cores
    parts = [part for part in (batch[n::PARTS] for n in range(PARTS)) if part]
    with ThreadPoolExecutor(max_workers=PARTS) as pool:
        for part in pool.map(lambda part: list(_together_or_singly(part, found_in)), parts):
            for outcome, found in part:
                outcome.found(found)


PARTS = 4
"""Into how many parts frames of failing rows are divided, to be collected side by side."""


def _found(rule: Rule, failing: pl.DataFrame) -> Found:
    """What a collected frame of failing rows says, see ``_wanted_of``."""
    if rule.whole_return:
        return Found({} if failing.is_empty() else {WHOLE_RETURN: pl.Series(dtype=pl.UInt32)})
    tables = [t for t in rule.flags if row_key(t) in failing.columns]
    if not tables:
        raise TypeError("a frame of failing rows says which rows of a flagged table they are")
    if failing.is_empty():
        return Found({})
    rows = {t: failing[row_key(t)].drop_nulls().unique().sort() for t in tables}
    return Found(rows, failing if rule.key else None)


def _number_members(outcomes: Sequence[Outcome]) -> None:
    """Give outcomes their MEMBERS: rows that share the values of the rule's key are one finding.

    The first finding is that of the first row of the first table; where a row belongs to several, their keys' order
    decides. All outcomes are worked out together, since each has few rows.
    """
    heads, parts = [], []
    for number, outcome in enumerate(outcomes):
        keyed, outcome.keyed = outcome.keyed, None
        assert keyed is not None
        keys = [c for c in keyed.columns if c.startswith("key.")]
        for place, table in enumerate(t for t in outcome.rule.flags if row_key(t) in keyed.columns):
            heads.append((number, place, table, keyed.height))
            parts.append(pl.DataFrame([keyed[row_key(table)].alias("row"), *keyed[keys]]))
    if not parts:
        return
    keys = sorted({c for part in parts for c in part.columns if c != "row"})
    heading = pl.DataFrame(heads, schema=["outcome", "place", "table", "rows"], orient="row")
    of_row = heading.select(pl.all().exclude("rows").repeat_by("rows").explode())
    members = (
        of_row.hstack(pl.concat(parts, how="diagonal"))
        .lazy()
        .drop_nulls("row")
        .unique()
        .sort("outcome", "place", "row", *keys)
        .with_row_index("first")
        .with_columns(pl.col("first").first().over("outcome", *keys))
        .select("outcome", "table", "row", finding=pl.col("first").rank("dense").over("outcome") - 1)
        .cast({"row": pl.UInt32, "finding": pl.UInt32})
        .sort("outcome", "finding", maintain_order=True)
        .collect()
    )
    for (number,), of_outcome in members.partition_by("outcome", as_dict=True, include_key=False).items():
        outcomes[number].members = of_outcome


def _together_or_singly(
    batch: list[tuple[Outcome, Any]], compute: Callable[[Sequence[tuple[Outcome, Any]]], list[Any]]
) -> Iterable[tuple[Outcome, Any]]:
    """Each outcome of the batch with its result; those whose computation fails are marked crashed instead."""
    if not batch:
        return
    try:
        results = compute(batch)
    except Exception:  # noqa: BLE001 - found out one by one below
        for item in batch:
            try:
                yield item[0], compute([item])[0]
            except Exception as fault:  # noqa: BLE001
                item[0].failed(fault)
        return
    yield from zip((outcome for outcome, _ in batch), results, strict=True)


def _evaluate_constraints(outcomes: Sequence[Outcome], run: Run) -> None:
    """Evaluate the rules that are constraints of the schema, all in one Pandera run a table."""
    owners: list[tuple[Outcome, PlacedConstraint]] = []
    for outcome in outcomes:
        there = [c for c in outcome.rule.constraints if c[0].name in run.tables]
        if not there:
            one = outcome.rule.flags[0] if len(outcome.rule.flags) == 1 else None
            outcome.not_run(
                f"the {one} table is not in the return" if one else "none of its tables is in the return"
            )
        owners += [(outcome, placed) for placed in there]
    breaches, missing = find_breaches(run.tables, [placed for _, placed in owners], run.book.schema)
    lacking = {(m.table, m.field) for m in missing}
    of_constraint = {id(placed): outcome for outcome, placed in owners}
    for outcome, (table, column, constraint) in owners:
        names = [column.name] if column else constraint.unique
        if len(outcome.rule.constraints) == 1 and any((table.name, n) in lacking for n in names):
            outcome.not_run(f"the {table.name} table has no column {' or '.join(names)}")
    for breach in breaches:
        outcome = of_constraint[id(breach.placed)]
        if breach.crash is not None:
            outcome.crashed(breach.crash)
        elif outcome.status != "crashed":
            rows = pl.Series(breach.rows, dtype=pl.UInt32)
            names = breach.constraint.unique or ((breach.column.name,) if breach.column else ())
            outcome.hits.append(Hit(breach.table.name, rows, tuple(names)))
            outcome.status = "findings"
