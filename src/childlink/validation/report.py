"""The report: one object that says what was checked and what was found. Every format is a view of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from childlink.rules.registry import Rule
from childlink.validation.around import rows_around
from childlink.validation.engine import WHOLE_RETURN, Hit, Outcome

SCHEMA = "childlink.report/1"

FINDINGS: pl.Schema = pl.Schema(
    {
        "code": pl.String(),
        "severity": pl.String(),
        "table": pl.String(),
        "row": pl.Int64(),
        "line": pl.Int64(),
        "fields": pl.List(pl.String),
        "child": pl.String(),
        "finding": pl.Int64(),
    }
)
"""A finding's row: ``row`` counts the rows of its table from 1; ``line`` is the line of the file; rows that make
up one finding together share ``finding``, counted from 1 over the report. A finding about the return as a whole
has neither table nor row, line or child."""


@dataclass(frozen=True)
class RuleResult:
    """What became of one rule. ``status`` is "passed", "findings", "not_run" or "crashed"; ``findings`` counts
    the distinct finding numbers; ``reason`` says why a rule did not run or how it crashed. ``tables`` are those
    whose rows it may flag (none for a rule about the return as a whole); ``accepted`` says how many of the
    findings a baseline accepts."""

    code: str
    message: str
    severity: str
    status: str
    reason: str | None
    findings: int
    tables: tuple[str, ...] = ()
    accepted: int = 0

    @property
    def new(self) -> int:
        """How many of the findings no baseline accepts."""
        return self.findings - self.accepted


@dataclass(frozen=True)
class Report:
    """The outcome of validating one return.

    ``rules`` are in the order of their codes; ``findings`` (one row for each flagged row, columns as FINDINGS)
    in the order of rule, table and row. ``run`` says what was run on what.

    Where values are shown, ``findings`` has a column ``values`` and ``rows`` holds, by table, the rows around
    the findings (``rows_around``). Where a baseline was applied, ``run`` has a part ``baseline``, and
    ``findings`` a column ``accepted``: the reason ("" where none is written), null for a new finding.
    """

    return_name: str
    year: str
    run: Mapping[str, Any]
    rules: tuple[RuleResult, ...]
    findings: pl.DataFrame = field(repr=False)
    rows: Mapping[str, pl.DataFrame] = field(default_factory=dict, repr=False)

    def count(self, severity: str) -> int:
        """How many findings have this severity."""
        return sum(r.findings for r in self.rules if r.severity == severity)

    def new(self, severity: str) -> int:
        """How many findings of this severity no baseline accepts."""
        return sum(r.new for r in self.rules if r.severity == severity)

    @property
    def accepted(self) -> int | None:
        """How many findings the baseline accepts; None where none was applied."""
        return sum(r.accepted for r in self.rules) if "baseline" in self.run else None

    def with_status(self, status: str) -> list[RuleResult]:
        """The rules that ended so, in the order of their codes."""
        return [r for r in self.rules if r.status == status]

    def exit_code(self, fail_on: str) -> int:
        """3 where a rule crashed, 1 where there are new findings at or above ``fail_on`` ("error", "query" or
        "never"), else 0."""
        if self.with_status("crashed"):
            return 3
        severities = {"error": ("error",), "query": ("error", "query"), "never": ()}[fail_on]
        return 1 if any(self.new(s) for s in severities) else 0

    def rules_as_dicts(self) -> list[dict[str, Any]]:
        """The rules in the shape of the JSON contract; with ``accepted`` where a baseline was applied."""
        names = ["code", "message", "severity", "status", "reason", "findings"]
        names += [] if self.accepted is None else ["accepted"]
        return [{name: getattr(r, name) for name in names} for r in self.rules]

    def as_dict(self) -> dict[str, Any]:
        """The report in the shape of the JSON contract."""
        return {
            "schema": SCHEMA,
            "return": self.return_name,
            "year": self.year,
            "run": dict(self.run),
            "rules": self.rules_as_dicts(),
            "findings": self.findings.to_dicts(),
        }


def make_report(
    outcomes: Sequence[Outcome],
    tables: Mapping[str, pl.DataFrame],
    lines: Mapping[str, pl.Series],
    *,
    return_name: str,
    year: str,
    run: Mapping[str, Any],
    child: str = "CHILD",
    show_values: bool = False,
) -> Report:
    """The report of ``outcomes``. ``tables`` and ``lines`` (of the file, one for each row) are by table name.

    ``child`` is the column of a child's id. Rows make up one finding as the rule's key says; where it has none,
    rows of several tables that it flags for the same child do. Any other row is a finding of its own. A row that
    belongs to several findings of a rule is listed once, under the first. With ``show_values`` the findings have
    one more column, ``values``: what the cells of ``fields`` hold, in their order; and the report has ``rows``.
    """
    flagged = flagged_rows(outcomes, tables, lines, child=child, show_values=show_values)
    findings = number_findings(flagged)
    counts = dict(findings.group_by("code").agg(pl.col("finding").n_unique()).iter_rows())
    results = tuple(
        RuleResult(
            code=o.rule.code,
            message=o.rule.message,
            severity=o.rule.severity,
            status=o.status,
            reason=o.reason,
            findings=counts.get(o.rule.code, 0),
            tables=o.rule.flags,
        )
        for o in outcomes
    )
    shown = [*FINDINGS.names(), *(["values"] if show_values else [])]
    rows = rows_around(findings, tables, lines, child=child) if show_values else {}
    return Report(return_name, year, run, results, findings.select(shown), rows)


def flagged_rows(
    outcomes: Sequence[Outcome],
    tables: Mapping[str, pl.DataFrame],
    lines: Mapping[str, pl.Series],
    *,
    child: str = "CHILD",
    show_values: bool = False,
) -> pl.DataFrame:
    """Every flagged row of every rule, in the order of ``outcomes``, then table, then row.

    Columns: those of FINDINGS without ``finding``; ``values`` of the cells of ``fields``, null unless they are to
    be shown; ``joint``, whether the rule flagged rows of more than one table; ``group``, the finding of the rule
    that its key puts the row in, null without a key.
    """
    parts = []
    for outcome in outcomes:
        rule = outcome.rule
        joint = len({hit.table for hit in outcome.hits}) > 1
        for hit in outcome.hits:
            if hit.table == WHOLE_RETURN:
                parts.append(_on_the_whole_return(rule, hit, show_values=show_values))
                continue
            rows, table = hit.rows, tables[hit.table]
            of_child = table[child].gather(rows) if child in table.columns else None
            line = lines[hit.table].gather(rows).cast(pl.Int64) if hit.table in lines else None
            parts.append(
                pl.DataFrame({"row": rows.cast(pl.Int64) + 1})
                .with_columns(
                    code=pl.lit(rule.code),
                    severity=pl.lit(rule.severity),
                    table=pl.lit(hit.table),
                    line=pl.lit(None, dtype=pl.Int64) if line is None else line,
                    fields=pl.lit(pl.Series([list(hit.fields)], dtype=pl.List(pl.String))).first(),
                    child=pl.lit(None, dtype=pl.String) if of_child is None else of_child,
                    values=_values(table, rows, hit.fields)
                    if show_values
                    else pl.lit(None, pl.List(pl.String)),
                    joint=pl.lit(joint),
                    group=_first_finding(outcome, hit),
                )
                .select(list(_FLAGGED))
            )
    if not parts:
        return pl.DataFrame(schema=_FLAGGED)
    return pl.concat(parts)


_FLAGGED: Mapping[str, Any] = {
    **{name: dtype for name, dtype in FINDINGS.items() if name != "finding"},
    "values": pl.List(pl.String),
    "joint": pl.Boolean(),
    "group": pl.UInt32(),
}


def _on_the_whole_return(rule: Rule, hit: Hit, *, show_values: bool) -> pl.DataFrame:
    """The one row of a finding that has no row of a table, and so no values either."""
    row = {"code": rule.code, "severity": rule.severity, "fields": list(hit.fields), "joint": False}
    values = [None] * len(hit.fields) if show_values else None
    return pl.DataFrame([{**dict.fromkeys(_FLAGGED), **row, "values": values}], schema=_FLAGGED)


def _first_finding(outcome: Outcome, hit: Hit) -> pl.Series:
    """For each row of the hit the first of the rule's findings it belongs to; nulls where the rule has no key."""
    if outcome.members is None:
        return pl.repeat(None, hit.rows.len(), dtype=pl.UInt32, eager=True)
    of_table = outcome.members.filter(pl.col("table") == hit.table)
    return of_table.group_by("row").agg(pl.col("finding").min()).sort("row")["finding"]


def _values(table: pl.DataFrame, rows: pl.Series, fields: Sequence[str]) -> pl.Series:
    """What the cells of ``fields`` hold in ``rows``: one list a row, in the order of the fields."""
    if not fields:
        return pl.Series("values", [[]] * rows.len(), dtype=pl.List(pl.String))
    cells = [
        pl.col(f).cast(pl.String) if f in table.columns else pl.repeat(None, pl.len(), dtype=pl.String)
        for f in fields
    ]
    return table[rows].select(pl.concat_list(cells).alias("values")).to_series()


def number_findings(flagged: pl.DataFrame) -> pl.DataFrame:
    """``flagged`` with its ``finding`` numbers, from 1 in the order of the rows, without gaps."""
    # rows of one finding share the position of the first of them; others keep their own
    shared = (
        pl.when(pl.col("group").is_not_null())
        .then(pl.col("position").first().over("code", "group"))
        .when(pl.col("joint") & pl.col("child").is_not_null())
        .then(pl.col("position").first().over("code", "child"))
        .otherwise(pl.col("position"))
    )
    placed = flagged.with_row_index("position").with_columns(finding=shared.rank("dense").cast(pl.Int64))
    return placed.drop("position", "joint", "group")
