"""The report as JUnit XML, which every CI server draws: one test case for each rule."""

from __future__ import annotations

import re

from lxml import etree

from childlink.reporting.places import cells_of, counted, files_of, place_of, summary_line, tables_of
from childlink.validation.report import Report, RuleResult

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(report: Report) -> str:
    """One suite for the return; one case for each rule: class = table, name = code and message.

    ``failure`` where a rule has new findings (``message`` counts them, ``type`` is the severity, the text has one
    line for each flagged row that is new), ``skipped`` where it did not run, ``error`` where it crashed, each with
    the reason. What a baseline accepts is counted in ``system-out`` and fails nothing. No times: the same
    return gives the same file.
    """
    lines = _lines_of_rules(report)
    counts = {
        "tests": len(report.rules),
        "failures": sum(r.status == "findings" and r.new > 0 for r in report.rules),
        "errors": len(report.with_status("crashed")),
        "skipped": len(report.with_status("not_run")),
    }
    attributes = {name: str(number) for name, number in counts.items()}
    skipped = attributes.pop("skipped")  # readers' schemas know it for a suite, not for all suites together
    root = etree.Element("testsuites", name="childlink", **attributes)
    name = report.title
    suite = etree.SubElement(root, "testsuite", name=name, skipped=skipped, **attributes)
    for rule in report.rules:
        _add_case(suite, rule, lines.get(rule.code, []))
    etree.SubElement(suite, "system-out").text = summary_line(report)
    text = etree.tostring(root, encoding="unicode", pretty_print=True)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'


def _add_case(suite: etree._Element, rule: RuleResult, lines: list[str]) -> None:
    name = _clean(f"{rule.code} {' '.join(rule.message.split())}")
    case = etree.SubElement(suite, "testcase", classname=tables_of(rule.tables), name=name)
    if rule.status == "findings" and rule.new:
        kind = "new finding" if rule.accepted else "finding"
        message = counted(rule.new, kind) + (f", {rule.accepted:,} accepted" if rule.accepted else "")
        etree.SubElement(case, "failure", message=message, type=rule.severity).text = "\n".join(lines)
    elif rule.status == "not_run":
        etree.SubElement(case, "skipped", message=_clean(rule.reason or ""))
    elif rule.status == "crashed":
        etree.SubElement(case, "error", message=_clean(rule.reason or ""), type="crashed")
    if rule.accepted:
        etree.SubElement(case, "system-out").text = counted(rule.accepted, "accepted finding")


def _lines_of_rules(report: Report) -> dict[str, list[str]]:
    """For each rule its new findings, a line for each flagged row, in the order of the report."""
    files = files_of(report)
    lines: dict[str, list[str]] = {}
    for finding in report.findings.iter_rows(named=True):
        if finding.get("accepted") is None:
            text = f"{place_of(finding, files)} {cells_of(finding)}"
            lines.setdefault(finding["code"], []).append(_clean(text))
    return lines


def _clean(text: str) -> str:
    """``text`` without the characters XML cannot hold: each becomes the replacement character."""
    return _NOT_XML.sub("\ufffd", text)
