"""The report: one object that says what was checked and what was found. Every format is a view of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from childlink.validation.around import child_column, rows_around
from childlink.validation.engine import MEMBERS, WHOLE_RETURN, Hit, Outcome

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

    ``year`` is "" for a return that has no collection year. ``rules`` are in the order of their codes; ``findings``
    (one row for each flagged row, columns as FINDINGS) in the order of rule, table and row. ``run`` says what was run
    on what.

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
    def title(self) -> str:
        """The return and its year: "ssda903 2025-26"; of a return that has none, "annex_a"."""
        return f"{self.return_name} {self.year}".strip()

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
            "year": self.year or None,
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
    child: Sequence[str] = ("CHILD",),
    show_values: bool = False,
) -> Report:
    """The report of ``outcomes``. ``tables`` and ``lines`` (of the file, one for each row) are by table name.

    ``child`` are the columns of a child's id: in each table the first that it has. Rows make up one finding as the
    rule's key says; where it has none, rows of several tables that it flags for the same child do. Any other row is a
    finding of its own. A row that belongs to several findings of a rule is listed once, under the first. With
    ``show_values`` the findings have one more column, ``values``: what the cells of ``fields`` hold, in their order;
    and the report has ``rows``.
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
    child: Sequence[str] = ("CHILD",),
    show_values: bool = False,
) -> pl.DataFrame:
    """Every flagged row of every rule, in the order of ``outcomes``, then table, then row.

    Columns: those of FINDINGS without ``finding``; ``values`` of the cells of ``fields``, null unless they are to
    be shown; ``joint``, whether the rule (no check of single cells) flagged rows of more than one table; ``group``,
    the finding of the rule that its key puts the row in, null without a key.
    """
    hits = [
        (number, outcome, hit)
        for number, outcome in enumerate(outcomes)
        for hit in outcome.hits
        if hit.table == WHOLE_RETURN or hit.rows.len()
    ]
    heads = pl.DataFrame(
        {
            "outcome": [number for number, _, _ in hits],
            "code": [o.rule.code for _, o, _ in hits],
            "severity": [o.rule.severity for _, o, _ in hits],
            "table": [h.table if h.table != WHOLE_RETURN else None for _, _, h in hits],
            "fields": [list(h.fields) for _, _, h in hits],
            "joint": [not o.rule.constraints and len({h.table for h in o.hits}) > 1 for _, o, _ in hits],
            "rows": [_rows(h).len() for _, _, h in hits],
        },
        schema=_HEADS,
    )
    # a column for all hits at once: there are many, most of a few rows
    cells = {
        "row": [_rows(h) for _, _, h in hits],
        "child": [_children(tables, h, child) for _, _, h in hits],
        "line": [_lines(lines, h) for _, _, h in hits],
        "values": [_values(tables, h) if show_values else _nothing(h, "values") for _, _, h in hits],
    }
    columns = [pl.concat([pl.Series(name, dtype=_CELLS[name]), *parts]) for name, parts in cells.items()]
    hit_of_row = heads.select(pl.int_range(pl.len()).repeat_by("rows").explode()).to_series()
    flagged = heads[hit_of_row].hstack(columns)
    numbered = flagged.join(
        _first_findings(outcomes), on=["outcome", "table", "row"], how="left", maintain_order="left"
    )
    return numbered.with_columns(pl.col("row").cast(pl.Int64) + 1).select(list(_FLAGGED))


_FLAGGED: Mapping[str, Any] = {
    **{name: dtype for name, dtype in FINDINGS.items() if name != "finding"},
    "values": pl.List(pl.String),
    "joint": pl.Boolean(),
    "group": pl.UInt32(),
}
_HEADS: Mapping[str, Any] = {
    "outcome": pl.UInt32(),
    "code": pl.String(),
    "severity": pl.String(),
    "table": pl.String(),
    "fields": pl.List(pl.String),
    "joint": pl.Boolean(),
    "rows": pl.UInt32(),
}
"""One row for each hit; ``rows`` is how many rows it flags."""
_CELLS: Mapping[str, Any] = {
    "row": pl.UInt32(),
    "child": pl.String(),
    "line": pl.Int64(),
    "values": pl.List(pl.String),
}
"""What is known of each flagged row."""


def _rows(hit: Hit) -> pl.Series:
    """The rows of a hit; one null for a finding about the whole return."""
    return hit.rows.cast(pl.UInt32) if hit.table != WHOLE_RETURN else pl.Series([None], dtype=pl.UInt32)


def _nothing(hit: Hit, name: str) -> pl.Series:
    """A null for each row of the hit."""
    return pl.Series(name, [None], dtype=_CELLS[name]).new_from_index(0, _rows(hit).len())


def _children(tables: Mapping[str, pl.DataFrame], hit: Hit, child: Sequence[str]) -> pl.Series:
    """The child of each row of the hit; null where its table has no column for it."""
    column = child_column(tables[hit.table], child) if hit.table != WHOLE_RETURN else None
    if column is None:
        return _nothing(hit, "child")
    return tables[hit.table][column][hit.rows].cast(pl.String)


def _lines(lines: Mapping[str, pl.Series], hit: Hit) -> pl.Series:
    """The line of the file on which each row of the hit begins; null where the format has no lines."""
    if hit.table not in lines:
        return _nothing(hit, "line")
    return lines[hit.table][hit.rows].cast(pl.Int64)


def _first_findings(outcomes: Sequence[Outcome]) -> pl.DataFrame:
    """For each row of an outcome that has a key the first of the rule's findings it belongs to.

    Columns: outcome (its position), table, row and group, the finding.
    """
    keyed = [(number, o.members) for number, o in enumerate(outcomes) if o.members is not None]
    numbers = pl.DataFrame(
        {"outcome": [number for number, _ in keyed], "rows": [members.height for _, members in keyed]},
        schema={"outcome": pl.UInt32, "rows": pl.UInt32},
    )
    of_row = numbers.select(pl.col("outcome").repeat_by("rows").explode())
    return (
        of_row.hstack(pl.concat([MEMBERS.to_frame(), *(members for _, members in keyed)]))
        .group_by("outcome", "table", "row")
        .agg(pl.col("finding").min().alias("group"))
    )


def _values(tables: Mapping[str, pl.DataFrame], hit: Hit) -> pl.Series:
    """What the cells of the hit's fields hold in its rows: one list a row, in the order of the fields."""
    if hit.table == WHOLE_RETURN or not hit.fields:
        missing = [[None] * len(hit.fields)] * _rows(hit).len()
        return pl.Series("values", missing, dtype=pl.List(pl.String))
    table = tables[hit.table]
    cells = [
        pl.col(f).cast(pl.String) if f in table.columns else pl.repeat(None, pl.len(), dtype=pl.String)
        for f in hit.fields
    ]
    return table[hit.rows].select(pl.concat_list(cells).alias("values")).to_series()


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
