"""The report as JSON: one shape always, whether or not there are findings (contract: childlink.report/1)."""

from __future__ import annotations

import json

import polars as pl

from childlink.validation.report import SCHEMA, Report


def as_json(report: Report) -> str:
    """The report as indented JSON, one rule and one finding a line, with a line break at the end."""
    findings = report.findings.select(pl.struct(pl.all()).struct.json_encode()).to_series().to_list()
    parts = {
        "schema": json.dumps(SCHEMA),
        "return": json.dumps(report.return_name),
        "year": json.dumps(report.year or None),
        "run": json.dumps(report.run, ensure_ascii=False, indent=2).replace("\n", "\n  "),
        "rules": _array([json.dumps(r, ensure_ascii=False) for r in report.rules_as_dicts()]),
        "findings": _array(findings),
    }
    return "{\n" + ",\n".join(f'  "{name}": {text}' for name, text in parts.items()) + "\n}\n"


def _array(items: list[str]) -> str:
    return "[\n    " + ",\n    ".join(items) + "\n  ]" if items else "[]"
