"""Laws: a baseline accepts what it was made of and nothing more, wherever rows move; it holds no cell but ids."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from childlink.errors import InputFault
from childlink.validation.baseline import (
    COLUMNS,
    SCHEMA,
    Baseline,
    apply_baseline,
    fingerprint,
    identities,
    make_baseline,
    read_baseline,
    write_baseline,
)
from childlink.validation.report import Report
from tests.unit.reporting.reports import clean_report, drawn_report


def moved(report: Report, by: int) -> Report:
    """The report as it would be with ``by`` sound rows put before all others."""
    return replace(report, findings=report.findings.with_columns(pl.col("row", "line") + by))


def without(report: Report, *findings: int) -> Report:
    """The report without these findings."""
    left = report.findings.filter(pl.col("finding").is_in(findings).not_())
    counts = dict(left.group_by("code").agg(pl.col("finding").n_unique()).iter_rows())
    rules = tuple(
        replace(r, findings=counts.get(r.code, 0), status="passed" if not counts.get(r.code) else r.status)
        if r.status == "findings" else r
        for r in report.rules
    )  # fmt: skip
    return replace(report, findings=left, rules=rules)


def test_a_finding_is_known_by_rule_tables_children_and_columns() -> None:
    known = identities(drawn_report().findings)
    assert known.rows() == [
        (1, "103", "error", "Header", "00012", "ETHNIC", 1),
        (2, "103", "error", "Header", "=1+1", "ETHNIC", 1),
        (3, "208", "query", "Episodes", "31", "DECOM,RNE", 1),
        (4, "208", "query", "Episodes", "31", "DECOM,RNE", 2),
        (5, "INT16", "error", "Episodes+Header", "31", "DECOM,DOB", 1),
        (6, "8500", "error", "", "", "LAchildID", 1),
    ]


def test_fingerprints_are_what_they_were() -> None:
    """A known answer: baselines of earlier versions must go on accepting."""
    assert fingerprint("103", "Header", "100011", "ETHNIC") == "b1kiunndteuhhbbsiu"


@given(st.integers(0, 10_000))
def test_what_was_accepted_stays_accepted_wherever_its_rows_are(by: int) -> None:
    baseline = make_baseline(drawn_report(), "b.csv")
    after = apply_baseline(moved(drawn_report(), by), baseline)
    assert (after.accepted, after.new("error"), after.new("query")) == (6, 0, 0)
    assert after.run["baseline"]["not_found"] == 0


@given(st.sets(st.integers(1, 6), max_size=6))
def test_exactly_what_is_not_in_the_baseline_is_new(left_out: set[int]) -> None:
    report = drawn_report()
    after = apply_baseline(report, make_baseline(without(report, *left_out), "b.csv"))
    assert after.new("error") + after.new("query") == len(left_out)
    assert after.accepted == 6 - len(left_out)
    assert sum(r.accepted for r in after.rules) == after.accepted
    assert after.findings.drop("accepted").equals(report.findings)


def test_one_more_of_the_same_is_new() -> None:
    report = drawn_report()
    after = apply_baseline(report, make_baseline(without(report, 4), "b.csv"))
    new = after.findings.filter(pl.col("accepted").is_null())
    assert new["finding"].to_list() == [4]


def test_only_new_findings_fail_and_a_crash_always_does() -> None:
    sound = replace(drawn_report(), rules=tuple(r for r in drawn_report().rules if r.status != "crashed"))
    baseline = make_baseline(sound, "b.csv")
    assert apply_baseline(sound, baseline).exit_code("query") == 0
    fewer = replace(baseline, entries=baseline.entries.filter(pl.col("code") != "208"))
    assert apply_baseline(sound, fewer).exit_code("query") == 1
    assert apply_baseline(sound, fewer).exit_code("error") == 0
    assert apply_baseline(drawn_report(), baseline).exit_code("never") == 3


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "accepted.csv"
    baseline = make_baseline(drawn_report(), "accepted.csv")
    reasons = Baseline("accepted.csv", baseline.entries.with_columns(reason=pl.lit('=agreed, "yes"\nit is')))
    write_baseline(path, reasons, drawn_report())
    assert read_baseline(path).entries.equals(reasons.entries)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf" + SCHEMA.encode())


def test_no_cell_of_a_record_but_the_childs_id_is_in_the_file(tmp_path: Path) -> None:
    report = drawn_report()
    planted = replace(report, findings=report.findings.with_columns(values=pl.concat_list(pl.lit("PLANTED"))))
    path = tmp_path / "b.csv"
    write_baseline(path, make_baseline(planted, "b.csv"), planted)
    assert "PLANTED" not in path.read_text(encoding="utf-8")
    assert tuple(path.read_text(encoding="utf-8-sig").splitlines()[0].split(",")) == COLUMNS


def test_a_spreadsheet_may_eat_zeros_and_save_in_its_own_encoding(tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    write_baseline(path, make_baseline(drawn_report(), "b.csv"), drawn_report())
    text = path.read_text(encoding="utf-8-sig").replace("00012", "12")
    path.write_bytes(text.replace(',1,"",', ",1,“seen” – fine,").encode("cp1252"))
    after = apply_baseline(drawn_report(), read_baseline(path))
    assert after.accepted == 6
    assert "“seen” – fine" in after.findings["accepted"].to_list()


def test_renewing_keeps_reasons_and_what_did_not_run() -> None:
    report = drawn_report()
    first = make_baseline(report, "b.csv")
    reasoned = replace(first, entries=first.entries.with_columns(reason=pl.col("code") + " is right"))
    partly = without(report, 2)
    rules = tuple(replace(r, status="not_run", findings=0) if r.code == "208" else r for r in partly.rules)
    partly = replace(partly, rules=rules, findings=partly.findings.filter(pl.col("code") != "208"))
    renewed = make_baseline(partly, "b.csv", reasoned)
    assert renewed.entries.select("code", "findings", "reason").rows() == [
        ("103", 1, "103 is right"),
        ("INT16", 1, "INT16 is right"),
        ("8500", 1, "8500 is right"),
        ("208", 2, "208 is right"),
    ]


def test_what_is_no_longer_found_is_counted() -> None:
    baseline = make_baseline(drawn_report(), "b.csv")
    after = apply_baseline(without(drawn_report(), 1, 4), baseline)
    assert after.run["baseline"]["not_found"] == 2


def test_a_clean_report_makes_an_empty_baseline(tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    write_baseline(path, make_baseline(clean_report(), "b.csv"), clean_report())
    assert read_baseline(path).entries.is_empty()
    assert apply_baseline(clean_report(), read_baseline(path)).accepted == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("code,table\n103,Header\n", [SCHEMA]),
        ("", [SCHEMA]),
        (
            f"{SCHEMA},code,table,child,fields,findings,reason\nb1x,103,Header,1,A,many,\n",
            ["line 2", "findings"],
        ),
        (f"{SCHEMA},code,table,child,fields,findings,reason\nx,103,Header,1,A,1,\n", ["line 2"]),
    ],
)
def test_what_is_not_a_baseline_is_refused(tmp_path: Path, text: str, words: list[str]) -> None:
    path = tmp_path / "b.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputFault) as refused:
        read_baseline(path)
    said = f"{refused.value.fault} {refused.value.allowed}"
    assert [w for w in words if w not in said] == []


def test_the_same_line_twice_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    line = "b1x,103,Header,1,A,{},{}\n"
    path.write_text(
        f"{SCHEMA},code,table,child,fields,findings,reason\n" + line.format(1, "") + line.format(2, "seen"),
        encoding="utf-8",
    )
    assert read_baseline(path).entries.select("findings", "reason").rows() == [(2, "seen")]
