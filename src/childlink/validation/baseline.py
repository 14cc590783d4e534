"""Baselines: findings that somebody has looked at and accepts, with the reason. Only new ones fail.

An accepted finding is known by its rule, its tables, its child (or children) and the columns it flags: nothing
that changes when rows move in the file, and no cell but the child's id, which every report names. Where a child has
several findings that agree in all of these (two episodes under one rule), the baseline says how many: one more is
new. The values of cells are not part of it, nor a hash of them: codes and dates are so few that a hash is as good as
the value to whoever has the file.

The file is a CSV that opens in a spreadsheet, so that reasons can be written beside the findings. Its first column
is a fingerprint of the rest, by which a line is known even where a spreadsheet has eaten the zeros of a child's id.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from childlink.errors import InputFault
from childlink.files import csv_for_people, restored, written_whole
from childlink.validation.report import Report

SCHEMA = "childlink.baseline/1"
"""The heading of the first column, which holds fingerprints: the version of the file's form."""

IDENTITY = ("code", "table", "child", "fields")
"""What a finding is known by, from one run to the next."""

COLUMNS = (SCHEMA, "code", "severity", "table", "child", "fields", "findings", "reason", "message")


@dataclass(frozen=True)
class Baseline:
    """Accepted findings: a frame of COLUMNS without ``message`` and ``severity``, each fingerprint once.

    ``findings`` (Int64) says how many findings of the same identity are accepted; ``reason`` is "" where nobody
    has written one.
    """

    name: str
    entries: pl.DataFrame


def identities(findings: pl.DataFrame) -> pl.DataFrame:
    """One row for each finding number, in order: finding, code, severity, table, child, fields, nth.

    ``table`` holds the tables of the finding's rows with + between, ``child`` their children with a space between,
    ``fields`` the columns with commas between; each sorted, each once, "" where there are none. ``nth`` counts the
    findings that share all of IDENTITY, from 1.
    """

    def joined(name: str, between: str) -> pl.Expr:
        return pl.col(name).drop_nulls().unique().sort().str.join(between).alias(name)

    columns = findings.select("finding", columns="fields").explode("columns", empty_as_null=True)
    fields = columns.group_by("finding").agg(joined("columns", ",").alias("fields"))
    return (
        findings.group_by("finding")
        .agg(
            pl.col("code", "severity").first(),
            joined("table", "+"),
            joined("child", " "),
        )
        .join(fields, on="finding", how="left")
        .sort("finding")
        .with_columns(pl.col(IDENTITY).fill_null(""))
        .with_columns(nth=pl.int_range(1, pl.len() + 1).over(IDENTITY))
        .select("finding", "code", "severity", "table", "child", "fields", "nth")
    )


def fingerprint(code: str, table: str, child: str, fields: str) -> str:
    """A word of 18 letters and digits for one identity; the same in every version of childlink."""
    digest = hashlib.sha256("\x1f".join((code, table, child, fields)).encode()).digest()
    return "b1" + base64.b32encode(digest[:10]).decode().lower()


def _with_fingerprints(known: pl.DataFrame) -> pl.DataFrame:
    words = [fingerprint(*identity) for identity in known.select(IDENTITY).iter_rows()]
    return known.with_columns(pl.Series(SCHEMA, words, dtype=pl.String))


def apply_baseline(report: Report, baseline: Baseline) -> Report:
    """``report`` with the findings that ``baseline`` accepts marked, and counted by rule; see Report.

    ``run["baseline"]`` says: file, entries, accepted, without_reason (accepted findings nobody gave a reason for),
    not_found (entries of rules that ran, of which fewer findings were found than are accepted).
    """
    known = identities(report.findings)
    distinct = _with_fingerprints(known.group_by(IDENTITY).agg(found=pl.len()).sort(IDENTITY))
    wanted = baseline.entries.select(SCHEMA, "reason", most="findings")
    met = distinct.join(wanted, on=SCHEMA, how="inner", maintain_order="left")
    accepted = (
        known.join(met, on=IDENTITY, how="inner", maintain_order="left")
        .filter(pl.col("nth") <= pl.col("most"))
        .select("finding", "code", accepted="reason")
    )
    by_rule: dict[str, int] = dict(accepted.group_by("code").len().iter_rows())
    ran = [r.code for r in report.rules if r.status in ("passed", "findings")]
    short = baseline.entries.filter(pl.col("code").is_in(ran)).join(
        met.select(SCHEMA, "found"), on=SCHEMA, how="left"
    )
    use: dict[str, Any] = {
        "file": baseline.name,
        "entries": baseline.entries.height,
        "accepted": accepted.height,
        "without_reason": accepted.filter(pl.col("accepted") == "").height,
        "not_found": short.filter(pl.col("found").fill_null(0) < pl.col("findings")).height,
    }
    return replace(
        report,
        run={**report.run, "baseline": use},
        rules=tuple(replace(r, accepted=by_rule.get(r.code, 0)) for r in report.rules),
        findings=report.findings.join(
            accepted.select("finding", "accepted"), on="finding", how="left", maintain_order="left"
        ),
    )


def make_baseline(report: Report, name: str, earlier: Baseline | None = None) -> Baseline:
    """The baseline that accepts every finding of ``report``, with the reasons of ``earlier``.

    What ``earlier`` accepts of rules that did not run this time is kept. Order: as the findings, then what is kept.
    """
    known = identities(report.findings)
    entries = _with_fingerprints(
        known.group_by(IDENTITY, maintain_order=True).agg(findings=pl.len().cast(pl.Int64))
    )
    if earlier is None:
        return Baseline(name, entries.with_columns(reason=pl.lit("")).select(list(_ENTRY)))
    entries = entries.join(
        earlier.entries.select(SCHEMA, "reason"), on=SCHEMA, how="left", maintain_order="left"
    ).with_columns(pl.col("reason").fill_null(""))
    ran = [r.code for r in report.rules if r.status in ("passed", "findings")]
    kept = earlier.entries.filter(pl.col("code").is_in(ran).not_())
    return Baseline(name, pl.concat([entries.select(list(_ENTRY)), kept.select(list(_ENTRY))]))


_ENTRY: Mapping[str, Any] = {
    SCHEMA: pl.String(),
    **dict.fromkeys(IDENTITY, pl.String()),
    "findings": pl.Int64(),
    "reason": pl.String(),
}


def write_baseline(path: Path, baseline: Baseline, report: Report) -> None:
    """Write ``baseline`` to ``path``: UTF-8 with a byte order mark, no cell a spreadsheet would run.

    Messages and severities are those of ``report``'s rules. Raises OutputFault.
    """
    rules = pl.DataFrame(
        [(r.code, r.severity, r.message.strip()) for r in report.rules],
        schema={"code": pl.String(), "severity": pl.String(), "message": pl.String()},
        orient="row",
    )
    frame = baseline.entries.join(rules, on="code", how="left", maintain_order="left").select(COLUMNS)
    with written_whole(path) as part:
        part.write_text("\ufeff" + csv_for_people(frame), encoding="utf-8", newline="\n")


def read_baseline(path: Path) -> Baseline:
    """The baseline in a file, as it was written or as a spreadsheet has saved it (UTF-8 or Windows-1252).

    A fingerprint that is there twice counts once, with the larger number and the first reason. Raises InputFault
    for a file that is not there or not a baseline, naming the line.
    """
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise InputFault(
            f"cannot read the baseline {path}: {fault.strerror}",
            next_step="write one first: --write-baseline FILE in place of --baseline FILE",
        ) from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    rows = csv.DictReader(io.StringIO(text, newline=""))
    lacking = [c for c in (SCHEMA, *IDENTITY, "findings", "reason") if c not in (rows.fieldnames or ())]
    if lacking:
        raise InputFault(
            f"{path} is not a baseline: it has no column {lacking[0]}",
            allowed="a file that --write-baseline wrote, its headings unchanged",
            next_step="write it again: --write-baseline FILE in place of --baseline FILE",
        )
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        word, count = (row[SCHEMA] or "").strip(), (row["findings"] or "").strip()
        if not word and not count:
            continue
        if not word.startswith("b1") or not count.isdecimal():
            raise InputFault(
                f"{path}, line {rows.line_num} cannot be read",
                allowed="a fingerprint in the first column and a whole number under findings",
                next_step="mend the line, or take it out",
            )
        entry = {name: row[name] or "" for name in _ENTRY} | {SCHEMA: word, "findings": int(count)}
        earlier = found.setdefault(word, entry)
        earlier["findings"] = max(earlier["findings"], entry["findings"])
        earlier["reason"] = earlier["reason"] or entry["reason"]
    entries = pl.DataFrame(list(found.values()), schema=dict(_ENTRY))
    return Baseline(path.name, entries.with_columns(restored(pl.col(*IDENTITY, "reason"))))
