"""The report as one line for each flagged row, in the form editors and grep know: file:line: code ..."""

from __future__ import annotations

from typing import Any

from childlink.validation.report import Report


def as_lines(report: Report) -> str:
    """Each flagged row as ``file:line: code severity columns message``, then a line that counts.

    Rows of a table that has no lines are given by their number ("cin.xml Assessments row 12"); a finding about the
    whole return has neither. The order is the report's.
    """
    files = {_key(i["table"], i["period"]): i["file"] for i in report.run["inputs"]}
    messages = {r.code: r.message.strip() for r in report.rules}
    lines = [
        f"{_place(f, files)}: {f['code']} {f['severity']} {cells_of(f)} {messages[f['code']]}"
        for f in report.findings.iter_rows(named=True)
    ]
    return "\n".join([*lines, summary_line(report)]) + "\n"


def cells_of(finding: dict[str, Any]) -> str:
    """The columns of a finding, "DEC,REC"; with their values where the report has them, "DEC=,REC=X1"."""
    if "values" not in finding:
        return ",".join(finding["fields"])
    held = zip(finding["fields"], finding["values"], strict=False)
    return ",".join(f"{name}={value or ''}" for name, value in held)


def summary_line(report: Report) -> str:
    """Counts by severity and by what became of the rules, in one line."""
    parts = [
        counted(report.count("error"), "error"),
        counted(report.count("query"), "query", "queries"),
        f"{counted(len(report.with_status('findings')), 'rule')} with findings",
        f"{len(report.with_status('passed'))} passed",
        f"{len(report.with_status('not_run'))} not run",
        f"{len(report.with_status('crashed'))} crashed",
    ]
    return ", ".join(parts)


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number and its noun: "1 error", "2 errors", "2 queries"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _key(table: str, period: str) -> str:
    return table if period == "this" else f"previous.{table}"


def _place(finding: dict[str, object], files: dict[str, str]) -> str:
    table = finding["table"]
    if table is None:
        return "return"
    file = files.get(str(table), str(table))
    if finding["line"] is not None:
        return f"{file}:{finding['line']}"
    return f"{file} {table} row {finding['row']}"
