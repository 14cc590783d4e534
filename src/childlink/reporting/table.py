"""The report as a person reads it on a terminal: what fails most, what was not run and why, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from childlink.reporting.places import columns_not_read, counted, files_of, summary_line
from childlink.validation.report import Report, RuleResult

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType

PLACES_SHOWN = 3
"""How many rows of a rule's findings are named before "and n more"."""

NARROW = 90
"""Screens of fewer columns get no table: its messages would be a word wide."""

SEVERITY_STYLES = {"error": "bold red", "query": "yellow"}


def as_renderables(report: Report, *, most: int | None = None) -> Iterator[RenderableType]:
    """What to print, in order: a title, a table of rules with findings, rules not run by reason, the counts.

    With ``most``, only that many rules, those with the most findings, and a word on how many more there are.
    """
    from rich.text import Text

    rows = sum(i["rows"] for i in report.run["inputs"] if i["period"] == "this")
    tables = sum(i["period"] == "this" for i in report.run["inputs"])
    yield Text(
        f"{report.title.upper()}: {counted(tables, 'table')}, {counted(rows, 'row')}",
        style="bold",
    )
    failed = report.with_status("findings")
    shown = failed
    if most is not None and len(failed) > most:
        worst = sorted(failed, key=lambda r: -r.findings)[:most]
        shown = [r for r in failed if r in worst]
    if shown:
        yield _Findings(report, shown)
    if len(shown) < len(failed):
        yield Text(f"and {counted(len(failed) - len(shown), 'more rule')} with findings")
    crashed = report.with_status("crashed")
    for rule in crashed:
        yield Text(f"crashed: rule {rule.code}, {rule.reason}", style="bold red")
    yield from _not_run(report.with_status("not_run"))
    for line in columns_not_read(report):
        yield Text(f"not read: {line}", style="dim")
    for file, cells in report.run.get("taken_as_missing", {}).items():
        yield Text(f"taken as empty: {counted(cells, 'cell')} of {file}", style="dim")
    yield _counts(report)


@dataclass(frozen=True)
class _Findings:
    """Rules with findings: a table, or, on a narrow screen, a block of lines for each rule."""

    report: Report
    failed: list[RuleResult]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        if options.max_width >= NARROW:
            yield self._table()
        else:
            yield from self._blocks()

    def _table(self) -> RenderableType:
        from rich import box
        from rich.table import Table
        from rich.text import Text

        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        table.add_column("rule", no_wrap=True, style="bold")
        table.add_column("severity", no_wrap=True)
        table.add_column("findings", justify="right", no_wrap=True)
        if self.report.accepted is not None:
            table.add_column("accepted", justify="right", no_wrap=True)
        table.add_column("where (file:line)", overflow="fold", max_width=34)
        table.add_column("message", overflow="fold", ratio=1)
        places = _places(self.report)
        for rule in self.failed:
            severity = Text(rule.severity, style=SEVERITY_STYLES[rule.severity])
            message = Text(rule.message.strip())
            accepted = [] if self.report.accepted is None else [f"{rule.accepted:,}"]
            table.add_row(rule.code, severity, f"{rule.findings:,}", *accepted, places[rule.code], message)
        return table

    def _blocks(self) -> Iterator[RenderableType]:
        from rich.padding import Padding
        from rich.text import Text

        places = _places(self.report)
        for rule in self.failed:
            severity = (rule.severity, SEVERITY_STYLES[rule.severity])
            accepted = f", {rule.accepted:,} accepted" if rule.accepted else ""
            found = f" {counted(rule.findings, 'finding')}{accepted}"
            yield Text.assemble((rule.code, "bold"), " ", severity, found)
            yield Padding(Text(f"{places[rule.code]}\n{rule.message.strip()}"), (0, 0, 0, 2), expand=False)


def _places(report: Report) -> dict[str, str]:
    """For each rule the first few rows it flags: "header.csv:13, :21 and 2 more", "Assessments row 3, row 8"."""
    files = files_of(report)
    found: dict[str, str] = {}
    for (code,), rows in report.findings.group_by("code", maintain_order=True):
        first = rows.head(PLACES_SHOWN)
        named: list[str] = []
        last = None
        for table, row, line, names in first.select("table", "row", "line", "fields").iter_rows():
            if table is None:
                named.append(f"the return ({', '.join(names)})")
                continue
            place = f":{line}" if line is not None else f" row {row}"
            held_by = files.get(table, table) if line is not None else table
            named.append(place.strip() if table == last else f"{held_by}{place}")
            last = table
        more = rows.height - first.height
        found[str(code)] = ", ".join(named) + (f" and {more:,} more" if more else "")
    return found


def _not_run(rules: list[RuleResult]) -> Iterator[RenderableType]:
    """Rules that did not run, gathered by reason, most first."""
    from rich.text import Text

    if not rules:
        return
    reasons = (
        pl.DataFrame({"reason": [r.reason for r in rules], "code": [r.code for r in rules]})
        .group_by("reason", maintain_order=True)
        .agg("code")
        .sort(pl.col("code").list.len(), descending=True, maintain_order=True)
    )
    yield Text(f"Not run: {counted(len(rules), 'rule')}", style="bold")
    for reason, codes in reasons.iter_rows():
        yield Text.assemble(f"  {reason}: ", (", ".join(codes), "dim"))


def _counts(report: Report) -> RenderableType:
    from rich.text import Text

    clean = report.findings.is_empty() and not report.with_status("crashed")
    return Text(summary_line(report), style="bold green" if clean else "bold")
