"""Two runs of one return compared: what was fixed, what is new, and what cannot be told.

Findings are the same from one run to the next where rule, tables, child and columns are, however rows have moved;
where a child has several such findings, their number is compared (``baseline.identities``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from childlink.errors import InputFault, UsageFault
from childlink.rules.registry import sort_key
from childlink.validation.baseline import IDENTITY, identities
from childlink.validation.report import FINDINGS
from childlink.validation.report import SCHEMA as REPORT_SCHEMA

SCHEMA = "childlink.comparison/1"

CHANGES: pl.Schema = pl.Schema(
    {
        "change": pl.String(),
        "code": pl.String(),
        "severity": pl.String(),
        "table": pl.String(),
        "child": pl.String(),
        "fields": pl.String(),
        "findings": pl.Int64(),
    }
)
"""A group of findings alike in all of IDENTITY: ``change`` is "fixed", "new", "still" or "unknown"; ``findings``
counts them. Words as in ``baseline.identities``."""


@dataclass(frozen=True)
class WrittenReport:
    """A report as read from JSON: the parts a comparison needs. ``rules`` by code, as the contract has them."""

    file: str
    return_name: str
    year: str
    inputs: list[Mapping[str, Any]] = field(repr=False)
    rules: Mapping[str, Mapping[str, Any]] = field(repr=False)
    findings: pl.DataFrame = field(repr=False)


@dataclass(frozen=True)
class Comparison:
    """The difference of two reports.

    ``rules``: one dict for each rule of either report, in the order of codes: code, message, severity, before and
    after (its status, null where it was not asked for), fixed, new, still, unknown (numbers of findings).
    ``changes``: CHANGES, in the order of rule, change, table, child and columns. A finding of the old report is
    "unknown" where its rule did not run for the new one: it is not fixed for not having been looked for.
    """

    old: WrittenReport
    new: WrittenReport
    rules: list[dict[str, Any]] = field(repr=False)
    changes: pl.DataFrame = field(repr=False)

    def count(self, change: str) -> int:
        """How many findings changed so."""
        return sum(int(rule[change]) for rule in self.rules)

    def as_dict(self) -> dict[str, Any]:
        """The comparison as JSON has it."""

        def run(report: WrittenReport) -> dict[str, Any]:
            return {"file": report.file, "year": report.year or None, "inputs": report.inputs}

        return {
            "schema": SCHEMA,
            "return": self.new.return_name,
            "old": run(self.old),
            "new": run(self.new),
            "counts": {c: self.count(c) for c in KINDS},
            "rules": self.rules,
            "changes": self.changes.to_dicts(),
        }


KINDS = ("fixed", "new", "still", "unknown")


def read_report(path: Path) -> WrittenReport:
    """The report that ``childlink validate --format json`` wrote into ``path``.

    Raises InputFault for a file that is not there, not JSON, or not a report of a version known here.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as fault:
        raise InputFault(f"cannot read {path}: {fault.strerror}", next_step="check the name") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as fault:
        line = f", line {fault.lineno}" if isinstance(fault, json.JSONDecodeError) else ""
        raise _not_a_report(path, f"is not JSON{line}") from None
    if not isinstance(data, dict) or data.get("schema") != REPORT_SCHEMA:
        raise _not_a_report(path, f"is not a report of the form {REPORT_SCHEMA}")
    try:
        findings = pl.DataFrame(
            [{name: f[name] for name in FINDINGS} for f in data["findings"]], schema=dict(FINDINGS)
        )
        rules = {
            str(r["code"]): {name: r[name] for name in ("code", "message", "severity", "status")}
            for r in data["rules"]
        }
        return WrittenReport(
            path.name, data["return"], data["year"] or "", data["run"].get("inputs", []), rules, findings
        )
    except (KeyError, TypeError, AttributeError, pl.exceptions.PolarsError):
        raise _not_a_report(path, "lacks parts of a report") from None


def _not_a_report(path: Path, why: str) -> InputFault:
    return InputFault(
        f"{path} {why}",
        allowed="files that childlink validate wrote with --output NAME.json",
        next_step="childlink validate RETURN PATH --year YEAR --output report.json",
    )


def compare_reports(old: WrittenReport, new: WrittenReport) -> Comparison:
    """What changed from ``old`` to ``new``. Raises UsageFault where they are of different returns."""
    if old.return_name != new.return_name:
        raise UsageFault(
            f"{old.file} is a report on {old.return_name}, {new.file} on {new.return_name}",
            allowed="two reports on the same return",
            next_step="give the earlier report first, then the later",
        )
    counted = _counts(old, "before").join(
        _counts(new, "after"), on=[*IDENTITY, "severity"], how="full", coalesce=True
    )
    ran = [code for code, rule in new.rules.items() if rule["status"] in ("passed", "findings")]
    before, after = pl.col("before").fill_null(0), pl.col("after").fill_null(0)
    gone = (before - after).clip(lower_bound=0)
    looked_for = pl.col("code").is_in(ran)
    split = counted.with_columns(
        fixed=pl.when(looked_for).then(gone).otherwise(0),
        new=(after - before).clip(lower_bound=0),
        still=pl.min_horizontal(before, after),
        unknown=pl.when(looked_for).then(0).otherwise(gone),
    )
    changes = (
        split.unpivot(KINDS, index=[*IDENTITY, "severity"], variable_name="change", value_name="findings")
        .filter(pl.col("findings") > 0)
        .select(list(CHANGES))
        .cast(CHANGES)
    )
    codes = sorted({*old.rules, *new.rules}, key=sort_key)
    place = {code: n for n, code in enumerate(codes)}
    ordered = changes.sort(
        pl.col("code").replace_strict(place, default=len(place), return_dtype=pl.Int64),
        pl.col("change").replace_strict({k: n for n, k in enumerate(KINDS)}, return_dtype=pl.Int64),
        "table", "child", "fields",
    )  # fmt: skip
    return Comparison(old, new, _rules(codes, old, new, changes), ordered)


def _counts(report: WrittenReport, name: str) -> pl.DataFrame:
    """How many findings share each identity; the column of counts has the name given."""
    return (
        identities(report.findings).group_by([*IDENTITY, "severity"]).agg(pl.len().cast(pl.Int64).alias(name))
    )


def _rules(
    codes: list[str], old: WrittenReport, new: WrittenReport, changes: pl.DataFrame
) -> list[dict[str, Any]]:
    sums = {
        (code, change): number
        for code, change, number in changes.group_by("code", "change")
        .agg(pl.col("findings").sum())
        .iter_rows()
    }
    rules = []
    for code in codes:
        before, after = old.rules.get(code), new.rules.get(code)
        named = after or before or {}
        rules.append(
            {
                "code": code,
                "message": named.get("message", ""),
                "severity": named.get("severity", ""),
                "before": before["status"] if before else None,
                "after": after["status"] if after else None,
                **{change: sums.get((code, change), 0) for change in KINDS},
            }
        )
    return rules
