"""The report as SARIF 2.1.0, which code hosts take in: rule, table and row, and nothing else of a record."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import quote

from childlink.reporting.places import RETURN, files_of
from childlink.validation.report import Report, RuleResult

SCHEMA_URI = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {"error": "error", "query": "warning"}


def as_sarif(report: Report) -> str:
    """One run: a reporting descriptor for each rule, a result for each flagged row, notifications for rules that
    did not run or crashed. Results run in the order of the report.

    SARIF files are sent to code hosts, so children's ids, values and the reasons of a baseline are left out even
    where the report has them. ``partialFingerprints`` is made of rule, table and row alone; ``suppressions``
    says that a baseline accepts a finding.
    """
    files = files_of(report)
    driver = {
        "name": "childlink",
        "version": report.run["version"],
        "rules": [_descriptor(r) for r in report.rules],
    }
    crashed = bool(report.with_status("crashed"))
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"childlink/{report.title.replace(' ', '/')}"},
        "invocations": [
            {"executionSuccessful": not crashed, "toolExecutionNotifications": _notifications(report)}
        ],
        "artifacts": [
            {"location": {"uri": quote(i["file"])}, "hashes": {"sha-256": i["sha256"]}}
            for i in _files(report)
        ],
        "columnKind": "unicodeCodePoints",
        "results": _results(report, files),
    }
    log = {"$schema": SCHEMA_URI, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False) + "\n"


def _descriptor(rule: RuleResult) -> dict[str, Any]:
    return {
        "id": rule.code,
        "shortDescription": {"text": " ".join(rule.message.split()) or rule.code},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {"tables": list(rule.tables), "status": rule.status},
    }


def _files(report: Report) -> list[dict[str, Any]]:
    """Each file once, in the order given."""
    return list({i["file"]: i for i in report.run["inputs"]}.values())


def _notifications(report: Report) -> list[dict[str, Any]]:
    gone = [("not run", "note", r) for r in report.with_status("not_run")]
    gone += [("crashed", "error", r) for r in report.with_status("crashed")]
    return [
        {
            "level": level,
            "message": {"text": f"rule {rule.code} {what}: {rule.reason}"},
            "associatedRule": {"id": rule.code},
        }
        for what, level, rule in gone
    ]


def _results(report: Report, files: dict[str, str]) -> list[dict[str, Any]]:
    rules = {r.code: (n, " ".join(r.message.split()) or r.code) for n, r in enumerate(report.rules)}
    shown = [
        c for c in ("code", "severity", "table", "row", "line", "accepted") if c in report.findings.columns
    ]
    results = []
    for finding in report.findings.select(shown).iter_rows(named=True):
        code, table, row = finding["code"], finding["table"], finding["row"]
        index, message = rules[code]
        result: dict[str, Any] = {
            "ruleId": code,
            "ruleIndex": index,
            "level": LEVELS[finding["severity"]],
            "message": {"text": message},
            "locations": [_location(table, row, finding["line"], files)],
            "partialFingerprints": {"childlink/v1": _fingerprint(code, table, row)},
        }
        if finding.get("accepted") is not None:
            result["suppressions"] = [{"kind": "external", "status": "accepted"}]
        results.append(result)
    return results


def _location(table: str | None, row: int | None, line: int | None, files: dict[str, str]) -> dict[str, Any]:
    if table is None:
        return {"logicalLocations": [{"name": RETURN, "kind": "resource"}]}
    name = table if row is None else f"{table}, row {row}"
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": name, "kind": "element"}]}
    if table in files:
        physical: dict[str, Any] = {"artifactLocation": {"uri": quote(files[table])}}
        if line is not None:
            physical["region"] = {"startLine": line}
        location["physicalLocation"] = physical
    return location


def _fingerprint(code: str, table: str | None, row: int | None) -> str:
    return hashlib.sha256(f"{code}\x1f{table or ''}\x1f{row or ''}".encode()).hexdigest()[:32]
