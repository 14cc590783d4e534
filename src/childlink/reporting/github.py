"""The report as annotations of a GitHub workflow: one for each rule, as many as GitHub shows."""

from __future__ import annotations

from typing import Any

from childlink.reporting.places import counted, files_of, summary_line
from childlink.validation.report import Report, RuleResult

MOST = 10
"""GitHub shows this many errors, and as many warnings, of one step, and drops the rest without a word."""


def as_annotations(report: Report) -> str:
    """Workflow commands: crashed rules and rules with new errors as ``::error``, rules with new queries as
    ``::warning``, each at the first row it flags; most findings first, then the order of the rules. Where
    there are more than MOST of a kind, the last one counts those left out. Then one ``::notice`` about rules not run,
    and a line that counts everything.

    No annotation holds a cell of a record, even where the report has values: they would be kept by GitHub.
    """
    first = _first_places(report)
    failed = sorted((r for r in report.with_status("findings") if r.new), key=lambda r: -r.new)
    crashes = [
        _command("error", f"rule {r.code} crashed", r.reason or "") for r in report.with_status("crashed")
    ]
    errors = crashes + [_of_rule(r, first[r.code]) for r in failed if r.severity == "error"]
    queries = [_of_rule(r, first[r.code]) for r in failed if r.severity == "query"]
    lines = [*_within_limit("error", errors), *_within_limit("warning", queries)]
    not_run = report.with_status("not_run")
    if not_run:
        reasons = counted(len({r.reason for r in not_run}), "reason")
        codes = ", ".join(r.code for r in not_run)
        lines.append(_command("notice", f"{counted(len(not_run), 'rule')} not run, {reasons}", codes))
    return "\n".join([*lines, summary_line(report)]) + "\n"


def _within_limit(level: str, commands: list[str]) -> list[str]:
    if len(commands) <= MOST:
        return commands
    left = len(commands) - (MOST - 1)
    title = f"{left} more rules"
    return [
        *commands[: MOST - 1],
        _command(level, title, f"{left} more; every one is in the report as a file"),
    ]


def _of_rule(rule: RuleResult, place: dict[str, Any]) -> str:
    level = "error" if rule.severity == "error" else "warning"
    what = counted(rule.new, "new finding" if rule.accepted else "finding")
    message = f"{' '.join(rule.message.split())} ({what})"
    return _command(level, f"{rule.code}: {what}", message, **place)


def _first_places(report: Report) -> dict[str, dict[str, Any]]:
    """For each rule the file and line of the first row it flags anew; less where there is no line, or no file."""
    files = files_of(report)
    found: dict[str, dict[str, Any]] = {}
    findings = report.findings
    if "accepted" in findings.columns:
        findings = findings.filter(findings["accepted"].is_null())
    shown = findings.select("code", "table", "line").unique("code", keep="first", maintain_order=True)
    for code, table, line in shown.iter_rows():
        place = {"file": files.get(table, table), "line": line} if table is not None else {}
        found[code] = {name: value for name, value in place.items() if value is not None}
    return found


def _command(level: str, title: str, message: str, **place: Any) -> str:
    """One workflow command, escaped as GitHub's toolkit does."""
    properties = ",".join(
        f"{name}={_property(str(value))}" for name, value in {**place, "title": title}.items()
    )
    return f"::{level} {properties}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
