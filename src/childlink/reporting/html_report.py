"""The report as one HTML file that opens anywhere, asks nothing of any network, and can be printed.

Counts, files and rules are written into the page; the findings are in it as compact JSON, which a script of ours
shows in pages, so that a hundred thousand of them open. A content security policy in the page forbids every
request, and every script and style but the page's own.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from childlink.errors import UsageFault
from childlink.reference.local_authorities import find_authority
from childlink.reporting.page_parts import template
from childlink.reporting.places import columns_not_read, counted, files_of
from childlink.validation.around import CHILD, LINE, ROW
from childlink.validation.report import Report, RuleResult

TITLES = {
    "ssda903": "SSDA903: children looked after",
    "cin": "Children in need census",
}


def as_html(report: Report) -> str:
    """The page; the same report gives the same bytes. Nothing in it is cut."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    style, script = template("report.css"), template("report.js")
    page = environment.from_string(template("report.html"))
    return page.render(
        **_summary(report),
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        data=for_script(_data(report)),
        counted=counted,
        share=_share,
    )


def for_script(data: Any) -> str:
    """``data`` as compact JSON that cannot end the script element it stands in."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _share(number: int, most: int) -> float:
    """The length of a bar out of 100; never invisible for more than nothing."""
    return round(max(100 * number / most, 1.0), 1) if number else 0.0


_ABSENT: Mapping[str, Any] = {
    "providers": [],
    "unknown_elements": [],
    "baseline": None,
    "taken_as_missing": {},
    "as_of": None,
}
"""What a report's run block may be without, as the template reads it."""


def _summary(report: Report) -> dict[str, Any]:
    """What the page's own text says, by the names the template uses."""
    this = [i for i in report.run["inputs"] if i["period"] == "this"]
    failed = report.with_status("findings")
    by_table = _by_table(report)
    return {
        "title": TITLES.get(report.return_name) or report.run.get("title") or report.return_name,
        "year": report.year,
        "run": {**_ABSENT, **report.run},
        "authority": _authority(report),
        "tables_read": len(this),
        "rows_read": sum(i["rows"] for i in this),
        "inputs": _inputs(report),
        "unread": columns_not_read(report),
        "has_previous": len(this) < len(report.run["inputs"]),
        "verdict": verdict(report),
        "figures": _figures(report),
        "crashed": report.with_status("crashed"),
        "passed": report.with_status("passed"),
        "not_run": _not_run(report.with_status("not_run")),
        "failed": failed,
        "most": max((r.findings for r in failed), default=1),
        "by_table": by_table,
        "most_of_table": max((t["error"] + t["query"] for t in by_table), default=1),
        "has_values": "values" in report.findings.columns,
    }


def _inputs(report: Report) -> list[dict[str, Any]]:
    """For each table that was read its name and this and last year's input, None where there is none."""
    tables: dict[str, dict[str, Any]] = {}
    for given in report.run["inputs"]:
        table = tables.setdefault(given["table"], {"name": given["table"], "this": None, "previous": None})
        table[given["period"]] = given
    return list(tables.values())


def verdict(report: Report) -> dict[str, str]:
    """In words, whether the return can be sent as far as the rules that ran can tell."""
    errors, queries = report.new("error"), report.new("query")
    fresh = "" if report.accepted is None else "new "
    of_errors = counted(errors, f"{fresh}error")
    of_queries = counted(queries, f"{fresh}query", f"{fresh}queries")
    crashed, not_run = len(report.with_status("crashed")), len(report.with_status("not_run"))
    if crashed:
        kind, heading = "error", f"Not fully checked: {counted(crashed, 'rule')} failed to run"
    elif errors:
        kind, heading = "error", f"{of_errors} to correct before this return is sent"
    elif queries:
        kind, heading = "query", f"No errors; {of_queries} to look at"
    else:
        kind, heading = (
            "good",
            "Nothing new found" if report.accepted else "Nothing found by the rules that ran",
        )
    parts = [f"{of_errors} and {of_queries} under {counted(len(report.with_status('findings')), 'rule')}."]
    if report.accepted:
        parts.append(f"{counted(report.accepted, 'finding')} accepted before.")
    parts.append(f"{counted(len(report.with_status('passed')), 'rule')} passed.")
    if not_run:
        checks = "it checks" if not_run == 1 else "they check"
        parts.append(f"{counted(not_run, 'rule')} could not be run: what {checks} is unknown.")
    return {"kind": kind, "heading": heading, "text": " ".join(parts)}


def _figures(report: Report) -> list[dict[str, Any]]:
    """The large numbers at the top of the page."""
    children = report.findings["child"].drop_nulls().n_unique()
    errors, queries = report.new("error"), report.new("query")
    figures = [
        ("Errors", errors, "error" if errors else "good"),
        ("Queries", queries, "query" if queries else "good"),
    ]
    if report.accepted is not None:
        figures = [(f"New {label.lower()}", number, kind) for label, number, kind in figures]
        figures.append(("Accepted findings", report.accepted, ""))
    crashed = len(report.with_status("crashed"))
    figures += [
        ("Children with findings", children, ""),
        ("Rules passed", len(report.with_status("passed")), "good"),
        ("Rules with findings", len(report.with_status("findings")), ""),
        ("Rules not run", len(report.with_status("not_run")), ""),
        ("Rules that failed", crashed, "error" if crashed else ""),
    ]
    return [{"label": label, "number": number, "kind": kind} for label, number, kind in figures]


def _authority(report: Report) -> str | None:
    code = report.run.get("local_authority")
    if code is None:
        return None
    try:
        return find_authority(code).name
    except UsageFault:
        return str(code)


def _not_run(rules: list[RuleResult]) -> list[dict[str, Any]]:
    """Rules that did not run by reason: reason, number, codes; most first, then in the order of the rules."""
    by_reason: dict[str, list[str]] = {}
    for rule in rules:
        by_reason.setdefault(rule.reason or "", []).append(rule.code)
    groups = [{"reason": reason, "number": len(codes), "codes": codes} for reason, codes in by_reason.items()]
    return sorted(groups, key=lambda g: -int(str(g["number"])))


def _by_table(report: Report) -> list[dict[str, Any]]:
    """Errors and queries by table, most first, then by name; findings about the whole return under their own."""
    counts = (
        report.findings.select(pl.col("table").fill_null("whole return"), pl.col("severity", "finding"))
        .group_by("table")
        .agg(
            error=pl.col("finding").filter(pl.col("severity") == "error").n_unique(),
            query=pl.col("finding").filter(pl.col("severity") == "query").n_unique(),
        )
        .sort(-(pl.col("error") + pl.col("query")).cast(pl.Int64), "table")
    )
    return counts.rename({"table": "name"}).to_dicts()


def _data(report: Report) -> dict[str, Any]:
    """The findings as columns of positions in lists of distinct words; -1 where there is none."""
    findings = report.findings
    at = {r.code: n for n, r in enumerate(report.with_status("findings"))}
    tables, table = _coded(findings["table"])
    children, child = _coded(findings["child"])
    fieldsets, fields = _coded(findings["fields"].list.join("\x1f"))
    has_baseline = "accepted" in findings.columns
    reasons, accepted = _coded(findings["accepted"]) if has_baseline else ([], [])
    columns: dict[str, Any] = {
        "rule": findings["code"].replace_strict(at, return_dtype=pl.Int32).to_list(),
        "table": table,
        "row": findings["row"].to_list(),
        "line": findings["line"].to_list(),
        "fields": fields,
        "child": child,
        "finding": findings["finding"].to_list(),
        "accepted": accepted,
    }
    if "values" in findings.columns:
        columns["values"] = findings["values"].to_list()
    held_by = files_of(report)
    return {
        "rules": [
            {"code": r.code, "message": " ".join(r.message.split()), "severity": r.severity}
            for r in report.with_status("findings")
        ],
        "tables": tables,
        "files": [held_by.get(name, "") for name in tables],
        "children": children,
        "fieldsets": [joined.split("\x1f") if joined else [] for joined in fieldsets],
        "reasons": reasons,
        "accepted": has_baseline,
        "findings": columns,
        "rows": _rows(report.rows) or None,
    }


def _coded(words: pl.Series) -> tuple[list[str], list[int]]:
    """The distinct words in order of first use, and each word's position there; -1 for null."""
    distinct = words.drop_nulls().unique(maintain_order=True)
    if distinct.is_empty():
        return [], [-1] * words.len()
    codes = pl.int_range(0, distinct.len(), dtype=pl.Int32, eager=True)
    return distinct.to_list(), words.replace_strict(distinct, codes, default=-1).fill_null(-1).to_list()


def _rows(rows: Mapping[str, pl.DataFrame]) -> dict[str, Any]:
    """The rows around findings by table, with columns of which every cell shown is empty left in."""
    found = {}
    for name, frame in rows.items():
        cells = frame.drop(ROW, LINE, CHILD)
        found[name] = {
            "columns": cells.columns,
            "row": frame[ROW].to_list(),
            "line": frame[LINE].to_list(),
            "child": frame[CHILD].to_list(),
            "cells": [list(row) for row in cells.iter_rows()],
        }
    return found
