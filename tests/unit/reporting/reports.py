"""Reports drawn for tests: every status, findings with nulls, findings of several rows, awkward text."""

from __future__ import annotations

import polars as pl

from childlink.validation.report import FINDINGS, Report, RuleResult

RUN = {
    "version": "1.0",
    "local_authority": "E08000025",
    "inputs": [
        {"file": "header.csv", "table": "Header", "period": "this", "rows": 4, "sha256": "ab" * 32},
        {"file": "return.xml", "table": "Episodes", "period": "this", "rows": 9, "sha256": "cd" * 32},
        {"file": "last/header.csv", "table": "Header", "period": "previous", "rows": 2, "sha256": "ef" * 32},
    ],
    "providers": [],
    "unknown_elements": [],
}

AWKWARD = "</script><b>ü & \x01 = 1+1"
"""Text that must survive HTML, XML, JSON and a spreadsheet."""

_FINDINGS = [
    ("103", "error", "Header", 1, 2, ["ETHNIC"], "00012", 1),
    ("103", "error", "Header", 3, 4, ["ETHNIC"], "=1+1", 2),
    ("208", "query", "Episodes", 5, None, ["DECOM", "RNE"], "31", 3),
    ("208", "query", "Episodes", 6, None, ["DECOM", "RNE"], "31", 4),
    ("INT16", "error", "Header", 2, 3, ["DOB"], "31", 5),
    ("INT16", "error", "Episodes", 7, None, ["DECOM"], "31", 5),
    ("8500", "error", None, None, None, ["LAchildID"], None, 6),
]

_RULES = (
    RuleResult("103", f"Ethnicity, 100%: {AWKWARD}", "error", "findings", None, 2, ("Header",)),
    RuleResult("104", "Passed.", "query", "passed", None, 0, ("Header",)),
    RuleResult("208", "Two lines\nof a message.", "query", "findings", None, 2, ("Episodes",)),
    RuleResult("219", "Provider.", "error", "not_run", "no provider list was given", 0, ("Episodes",)),
    RuleResult("300", "Broken.", "error", "crashed", "the rule failed (ValueError)", 0, ("Header",)),
    RuleResult("INT16", "Two tables.", "error", "findings", None, 1, ("Header", "Episodes")),
    RuleResult("8500", "Whole return.", "error", "findings", None, 1, ()),
)


def drawn_report() -> Report:
    """A report of four rules with findings, one passed, one not run, one crashed."""
    findings = pl.DataFrame(_FINDINGS, schema=FINDINGS, orient="row")
    return Report("ssda903", "2025-26", RUN, _RULES, findings)


def clean_report() -> Report:
    """A report without findings."""
    rule = RuleResult("104", "Passed.", "query", "passed", None, 0, ("Header",))
    return Report("ssda903", "2025-26", RUN, (rule,), pl.DataFrame(schema=FINDINGS))


def large_report(rows: int) -> Report:
    """A report of ``rows`` findings of ten rules about a tenth as many children."""
    at = pl.int_range(rows, eager=True)
    findings = pl.DataFrame({"row": at + 1, "line": at + 2, "finding": at + 1, "n": at % 10}).select(
        code=pl.lit("10") + pl.col("n").cast(pl.String),
        severity=pl.when(pl.col("n") < 7).then(pl.lit("error")).otherwise(pl.lit("query")),
        table=pl.lit("Header"),
        row="row",
        line="line",
        fields=pl.concat_list(pl.lit("ETHNIC"), pl.lit("DOB")),
        child=(pl.col("row") // 10).cast(pl.String),
        finding="finding",
    )
    rules = tuple(
        RuleResult(
            f"10{n}",
            f"Message {n}.",
            "error" if n < 7 else "query",
            "findings",
            None,
            rows // 10,
            ("Header",),
        )
        for n in range(10)
    )
    return Report("ssda903", "2025-26", RUN, rules, findings.sort("code", "row").cast(dict(FINDINGS)))
