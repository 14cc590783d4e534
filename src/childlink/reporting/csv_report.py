"""The report as a CSV file that opens in a spreadsheet as it is: one row for each flagged row."""

from __future__ import annotations

import polars as pl

from childlink.files import csv_for_people
from childlink.reporting.places import files_of
from childlink.validation.report import Report

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel reads UTF-8 as Windows-1252."""

_EATEN = r"^(?:0[0-9]+|[0-9]{16,}|[0-9]+[eE][0-9]+)$"


def as_csv(report: Report) -> str:
    """The flagged rows, in the order of the report, under a heading; with a byte order mark.

    Columns: rule, severity, status ("new" or "accepted") and reason where a baseline was applied, table, file,
    row, line, child, columns ("DEC, REC"), values ("DEC=; REC=X1") where they are shown, finding, message.

    Cells that a spreadsheet would run as formulas begin with an apostrophe, and so do those that it would take for
    a number and spoil: with leading zeros, of more than fifteen digits, or like 1E5.
    """
    findings = report.findings
    files = files_of(report)
    rules = {r.code: " ".join(r.message.split()) for r in report.rules}
    columns = [
        pl.col("code").alias("rule"),
        pl.col("severity"),
        *_baseline(findings),
        pl.col("table"),
        pl.col("table").replace_strict(files, default=None, return_dtype=pl.String).alias("file"),
        pl.col("row", "line", "child"),
        pl.col("fields").list.join(", ").alias("columns"),
        *_values(findings),
        pl.col("finding"),
        pl.col("code").replace_strict(rules, default=None, return_dtype=pl.String).alias("message"),
    ]
    return BYTE_ORDER_MARK + csv_for_people(findings.select(columns).with_columns(kept(pl.col(pl.String))))


def kept(cell: pl.Expr) -> pl.Expr:
    """Text of digits that a spreadsheet cannot spoil: an apostrophe before what it would round or shorten."""
    spoilt = cell.str.contains(_EATEN)
    return pl.when(spoilt.not_()).then(cell).otherwise(pl.lit("'") + cell)


def _baseline(findings: pl.DataFrame) -> list[pl.Expr]:
    if "accepted" not in findings.columns:
        return []
    is_new = pl.col("accepted").is_null()
    return [
        pl.when(is_new).then(pl.lit("new")).otherwise(pl.lit("accepted")).alias("status"),
        pl.col("accepted").alias("reason"),
    ]


def _values(findings: pl.DataFrame) -> list[pl.Expr]:
    """One text for the cells of a row; the lists of fields and of values run in step."""
    if "values" not in findings.columns:
        return []
    pairs = (
        findings.select(pl.col("fields", "values"))
        .with_row_index("at")
        .explode("fields", "values", empty_as_null=True)
    )
    texts = (
        pairs.with_columns(
            cell=pl.concat_str(pl.col("fields"), pl.lit("="), pl.col("values").fill_null("")),
        )
        .group_by("at", maintain_order=True)
        .agg(pl.col("cell").drop_nulls().str.join("; "))
    )
    cells = pl.lit(texts["cell"])
    return [pl.when(pl.col("table").is_not_null()).then(cells).alias("values")]
