"""Where a finding is, and what its cells are, in the words that every format shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from childlink.validation.report import Report

RETURN = "return"
"""In place of a file or table: what a finding about the return as a whole is on."""


def files_of(report: Report) -> dict[str, str]:
    """The file of each table, last year's under "previous." and the table's name."""
    inputs = report.run["inputs"]
    return {i["table"] if i["period"] == "this" else f"previous.{i['table']}": i["file"] for i in inputs}


def place_of(finding: Mapping[str, Any], files: Mapping[str, str]) -> str:
    """ "header.csv:13", "return.xml Header row 12" where there are no lines, "return" for the return as a whole."""
    table = finding["table"]
    if table is None:
        return RETURN
    file = files.get(table, table)
    if finding["line"] is not None:
        return f"{file}:{finding['line']}"
    return f"{file} {table} row {finding['row']}" if finding["row"] is not None else file


def cells_of(finding: Mapping[str, Any]) -> str:
    """The columns of a finding, "DEC,REC"; with their values where the report has them, "DEC=,REC=X1".

    A finding about the return as a whole has columns and no cells.
    """
    if "values" not in finding or finding["table"] is None:
        return ",".join(finding["fields"] or ())
    held = zip(finding["fields"] or (), finding["values"] or (), strict=False)
    return ",".join(f"{name}={value or ''}" for name, value in held)


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number and its noun: "1 error", "2 errors", "2 queries"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def summary_line(report: Report) -> str:
    """Counts by severity, by what became of the rules, and by what a baseline accepts, in one line."""
    parts = [
        counted(report.count("error"), "error"),
        counted(report.count("query"), "query", "queries"),
        f"{counted(len(report.with_status('findings')), 'rule')} with findings",
        f"{len(report.with_status('passed'))} passed",
        f"{len(report.with_status('not_run'))} not run",
        f"{len(report.with_status('crashed'))} crashed",
    ]
    if report.accepted is not None:
        parts += [f"{report.new('error') + report.new('query'):,} new", f"{report.accepted:,} accepted"]
    return ", ".join(parts)


def tables_of(tables: tuple[str, ...]) -> str:
    """The tables whose rows a rule may flag, as one word: "Episodes", "Header+PrevPerm", "return"."""
    return "+".join(tables) or RETURN


def columns_not_read(report: Report) -> list[str]:
    """A line for each sheet that was not read, and for each file or sheet that has columns which its table has not:
    their headings, or, where the first row may hold data, how many."""
    of_file: dict[tuple[str, str], list[str | None]] = {}
    for column in report.run.get("unread_columns", ()):
        of_file.setdefault((column["file"], column["table"]), []).append(column["heading"])
    lines = [f"{sheet}: no table of the return" for sheet in report.run.get("unread_sheets", ())]
    for (file, table), headings in of_file.items():
        told = [h for h in headings if h is not None] or [counted(len(headings), "column")]
        lines.append(f"{file}: {', '.join(told)}: not in the table {table}")
    return lines
