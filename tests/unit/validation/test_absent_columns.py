"""A rule that reads a column which its file does not have is not run, and says so; a column that may be absent is
taken as empty."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from childlink.validation import validate_files

CHILD = "Child Unique ID,Family identifier,Date of Adoption Order\n1,F1,\n"
ADOPTERS = "Individual adopter identifier{}\nA1{}\n"


def status(folder: Path, code: str) -> tuple[str, str | None]:
    report = validate_files("annex_a", [folder], as_of=date(2026, 1, 15), select=[code])
    (rule,) = report.rules
    return rule.status, rule.reason


def test_a_rule_that_only_reads_an_absent_column_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "list 10.csv").write_text(CHILD, encoding="utf-8")
    (tmp_path / "list 11.csv").write_text(ADOPTERS.format("", ""), encoding="utf-8")
    assert status(tmp_path, "annex-adopters") == (
        "not_run",
        "the List 11 table has no column Family identifier",
    )


def test_where_the_column_is_there_it_runs(tmp_path: Path) -> None:
    (tmp_path / "list 10.csv").write_text(CHILD, encoding="utf-8")
    (tmp_path / "list 11.csv").write_text(ADOPTERS.format(",Family identifier", ",F2"), encoding="utf-8")
    assert status(tmp_path, "annex-adopters")[0] == "findings"
