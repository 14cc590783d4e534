"""Laws: each machine format is what its own readers take it for, copes with findings without a place, is bounded
where its host is, and is the same text every time."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jsonschema
import junitparser
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from childlink.reporting.concise import as_lines
from childlink.reporting.csv_report import BYTE_ORDER_MARK, as_csv
from childlink.reporting.github import MOST, as_annotations
from childlink.reporting.html_report import as_html, for_script
from childlink.reporting.json_report import as_json
from childlink.reporting.junit import as_junit
from childlink.reporting.page_parts import template
from childlink.reporting.places import summary_line
from childlink.reporting.sarif import as_sarif
from childlink.validation.baseline import apply_baseline, make_baseline
from childlink.validation.report import FINDINGS, Report, RuleResult
from tests.unit.reporting.reports import AWKWARD, RUN, clean_report, drawn_report, large_report

WRITERS: list[Callable[[Report], str]] = [
    as_lines,
    as_json,
    as_html,
    as_csv,
    as_junit,
    as_annotations,
    as_sarif,
]
SARIF_SCHEMA = json.loads((Path(__file__).parent / "sarif_subset.json").read_text(encoding="utf-8"))


def accepted_report(most: int | None = None) -> Report:
    """The drawn report with its findings (the first ``most`` identities) accepted."""
    baseline = make_baseline(drawn_report(), "accepted.csv")
    return apply_baseline(drawn_report(), replace(baseline, entries=baseline.entries.head(most or 99)))


@pytest.mark.parametrize("write", WRITERS, ids=lambda w: w.__name__)
@pytest.mark.parametrize(
    "report", [drawn_report(), clean_report(), accepted_report()], ids=["drawn", "clean", "accepted"]
)
def test_the_same_report_is_the_same_text(write: Callable[[Report], str], report: Report) -> None:
    text = write(report)
    assert text == write(report)
    assert text.endswith("\n")


# --- JUnit -----------------------------------------------------------------------------------------------------


def cases(report: Report) -> dict[str, junitparser.TestCase]:
    """The cases that junitparser reads, by rule code."""
    read = junitparser.JUnitXml.fromstring(as_junit(report).encode())
    suites = list(read)
    assert len(suites) == 1
    found = {case.name.split()[0]: case for case in suites[0]}
    counts = (read.tests, read.failures, read.errors, read.skipped)
    read.update_statistics()
    assert counts == (
        read.tests,
        read.failures,
        read.errors,
        read.skipped,
    )  # what a server counts is what we say
    return found


def test_junit_has_one_case_for_each_rule_with_its_outcome() -> None:
    found = cases(drawn_report())
    assert list(found) == [r.code for r in drawn_report().rules]
    kinds = {code: [type(r).__name__ for r in case.result] for code, case in found.items()}
    assert kinds == {
        "103": ["Failure"], "104": [], "208": ["Failure"], "219": ["Skipped"],
        "300": ["Error"], "INT16": ["Failure"], "8500": ["Failure"],
    }  # fmt: skip
    assert {code: case.classname for code, case in found.items() if code != "104"} == {
        "103": "Header", "208": "Episodes", "219": "Episodes", "300": "Header",
        "INT16": "Header+Episodes", "8500": "return",
    }  # fmt: skip


def test_junit_says_why_and_how_many() -> None:
    found = cases(drawn_report())
    assert found["103"].result[0].message == "2 findings"
    assert found["103"].result[0].type == "error"
    assert found["103"].result[0].text.splitlines() == ["header.csv:2 ETHNIC", "header.csv:4 ETHNIC"]
    assert found["208"].result[0].type == "query"
    assert found["INT16"].result[0].message == "1 finding"
    assert found["8500"].result[0].text == "return LAchildID"
    assert found["219"].result[0].message == "no provider list was given"
    assert "ValueError" in found["300"].result[0].message


def test_junit_fails_only_for_what_is_new() -> None:
    found = cases(accepted_report())
    assert [
        code for code, case in found.items() if any(isinstance(r, junitparser.Failure) for r in case.result)
    ] == []
    assert found["103"].system_out == "2 accepted findings"
    half = cases(accepted_report(1))
    assert half["103"].result[0].message == "1 new finding, 1 accepted"


# --- SARIF -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "report", [drawn_report(), clean_report(), accepted_report()], ids=["drawn", "clean", "accepted"]
)
def test_sarif_is_valid(report: Report) -> None:
    assert list(jsonschema.Draft202012Validator(SARIF_SCHEMA).iter_errors(json.loads(as_sarif(report)))) == []


def test_the_sarif_schema_refuses_what_is_not_sarif() -> None:
    log = json.loads(as_sarif(drawn_report()))
    log["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SARIF_SCHEMA).validate(log)


def test_sarif_holds_rule_table_and_row_and_no_child() -> None:
    report = drawn_report()
    shown = replace(
        report, findings=report.findings.with_columns(values=pl.lit(pl.Series([["PLANTED"]])).first())
    )
    text = as_sarif(shown)
    (run,) = json.loads(text)["runs"]
    assert "PLANTED" not in text
    assert '"=1+1"' not in text
    assert "00012" not in text
    assert [r["ruleId"] for r in run["results"]] == report.findings["code"].to_list()
    assert all(run["tool"]["driver"]["rules"][r["ruleIndex"]]["id"] == r["ruleId"] for r in run["results"])
    where = [r["locations"][0]["logicalLocations"][0] for r in run["results"]]
    assert where[0] == {"fullyQualifiedName": "Header, row 1", "kind": "element"}
    assert where[-1] == {"name": "return", "kind": "resource"}
    assert not run["invocations"][0]["executionSuccessful"]
    notes = [n["associatedRule"]["id"] for n in run["invocations"][0]["toolExecutionNotifications"]]
    assert notes == ["219", "300"]


def test_sarif_fingerprints_are_stable_and_tell_rows_apart() -> None:
    prints = [
        r["partialFingerprints"]["childlink/v1"]
        for r in json.loads(as_sarif(drawn_report()))["runs"][0]["results"]
    ]
    assert len(set(prints)) == len(prints)
    assert prints[0] == "f559e4637910baded2a03e2462406d52"  # a known answer: hosts tell alerts apart by it


def test_sarif_marks_accepted_findings_without_the_reason() -> None:
    log = json.loads(as_sarif(accepted_report(1)))
    accepted = [("suppressions" in r) for r in log["runs"][0]["results"]]
    assert accepted == [True] + [False] * 6


# --- GitHub ----------------------------------------------------------------------------------------------------

COMMAND = re.compile(r"^::(error|warning|notice) ((?:\w+=[^,:]*)(?:,\w+=[^,:]*)*)::(.*)$")


def annotations(report: Report) -> list[tuple[str, dict[str, str], str]]:
    """Level, properties and message of each annotation; every line but the last must be one."""
    lines = as_annotations(report).splitlines()
    assert lines[-1] == summary_line(report)
    found = []
    for line in lines[:-1]:
        match = COMMAND.match(line)
        assert match is not None, line
        found.append((match[1], dict(p.split("=", 1) for p in match[2].split(",")), match[3]))
    return found


def test_github_gets_one_annotation_for_each_rule() -> None:
    found = annotations(drawn_report())
    assert [(level, p["title"]) for level, p, _ in found] == [
        ("error", "rule 300 crashed"),
        ("error", "103%3A 2 findings"),
        ("error", "INT16%3A 1 finding"),
        ("error", "8500%3A 1 finding"),
        ("warning", "208%3A 2 findings"),
        ("notice", "1 rule not run%2C 1 reason"),
    ]
    assert found[1][1] == {"file": "header.csv", "line": "2", "title": "103%3A 2 findings"}
    assert "100%25" in found[1][2]
    assert "file" not in found[3][1]


def test_github_limits_are_kept_and_the_rest_is_counted() -> None:
    many = tuple(
        RuleResult(str(n), "Message.", "error" if n < 130 else "query", "findings", None, 1, ("Header",))
        for n in range(100, 160)
    )
    rows = [(r.code, r.severity, "Header", 1, 2, ["A"], "1", n + 1) for n, r in enumerate(many)]
    report = Report("ssda903", "2025-26", RUN, many, pl.DataFrame(rows, schema=FINDINGS, orient="row"))
    found = annotations(report)
    for level in ("error", "warning"):
        of_level = [(p["title"], text) for kind, p, text in found if kind == level]
        assert len(of_level) == MOST
        assert of_level[-1][0] == "21 more rules"


def test_github_says_nothing_of_accepted_findings_but_their_number() -> None:
    assert [level for level, _, _ in annotations(accepted_report())] == ["error", "notice"]
    assert as_annotations(accepted_report()).splitlines()[-1].endswith("0 new, 6 accepted")


# --- CSV -------------------------------------------------------------------------------------------------------


def rows_of(report: Report) -> list[dict[str, str]]:
    text = as_csv(report)
    assert text.startswith(BYTE_ORDER_MARK)
    return list(csv.DictReader(io.StringIO(text.encode().decode("utf-8-sig"))))


def test_csv_has_a_row_for_each_flagged_row() -> None:
    rows = rows_of(drawn_report())
    assert list(rows[0]) == [
        "rule", "severity", "table", "file", "row", "line", "child", "columns", "finding", "message",
    ]  # fmt: skip
    assert [r["rule"] for r in rows] == drawn_report().findings["code"].to_list()
    assert rows[2]["columns"] == "DECOM, RNE"
    assert (rows[6]["table"], rows[6]["row"], rows[6]["child"]) == ("", "", "")
    assert rows[2]["message"] == "Two lines of a message."


def test_csv_cells_neither_run_nor_lose_their_zeros() -> None:
    rows = rows_of(drawn_report())
    assert [r["child"] for r in rows[:3]] == ["'00012", "'=1+1", "31"]


def test_csv_says_what_is_accepted() -> None:
    rows = rows_of(accepted_report(1))
    assert [r["status"] for r in rows] == ["accepted"] + ["new"] * 6


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_no_cell_of_the_csv_begins_a_formula(children: list[str]) -> None:
    rows = [("103", "error", "Header", n + 1, n + 2, ["A"], child, n + 1) for n, child in enumerate(children)]
    report = Report(
        "ssda903", "2025-26", RUN, drawn_report().rules, pl.DataFrame(rows, schema=FINDINGS, orient="row")
    )
    for row in csv.reader(io.StringIO(as_csv(report).removeprefix(BYTE_ORDER_MARK), newline="")):
        assert [c for c in row if c[:1] in ("=", "@", "\t", "\r")] == []


# --- HTML ------------------------------------------------------------------------------------------------------


def test_html_holds_the_findings_whole_and_ends_no_script() -> None:
    text = as_html(drawn_report())
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, flags=re.DOTALL)
    read = json.loads(data)
    assert [read["rules"][n]["code"] for n in read["findings"]["rule"]] == drawn_report().findings[
        "code"
    ].to_list()
    assert read["findings"]["table"][-1] == read["findings"]["child"][-1] == -1
    assert read["rules"][0]["message"].endswith(AWKWARD)


def test_html_names_no_address_of_any_network() -> None:
    for part in (as_html(drawn_report()), template("report.css"), template("report.js")):
        assert re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z]", part) == []
        assert "@import" not in part
        assert re.findall(r'(?:src|href)="(?!#)', part) == []


def test_html_shows_values_only_where_the_report_has_them() -> None:
    assert '"rows":null' in as_html(drawn_report())
    assert '"values"' not in as_html(drawn_report())


def test_html_of_a_hundred_thousand_findings_is_of_bounded_size() -> None:
    text = as_html(large_report(100_000))
    assert len(text) < 100_000 * 60


@given(st.text())
def test_no_text_ends_the_script_it_stands_in(text: str) -> None:
    written = for_script([text])
    assert "<" not in written
    assert json.loads(written) == [text]


# --- every format ----------------------------------------------------------------------------------------------


def test_the_counting_line_tells_new_from_accepted() -> None:
    assert summary_line(accepted_report()).endswith("0 new, 6 accepted")
    assert "accepted" not in summary_line(drawn_report())


def test_concise_marks_accepted_rows_and_the_whole_return() -> None:
    lines = as_lines(accepted_report(1)).splitlines()
    assert lines[0].endswith("(accepted)")
    assert not lines[1].endswith("(accepted)")
    assert as_lines(drawn_report()).splitlines()[6] == "return: 8500 error LAchildID Whole return."


def test_json_has_the_baseline_only_where_there_is_one() -> None:
    plain, with_baseline = json.loads(as_json(drawn_report())), json.loads(as_json(accepted_report(1)))
    assert "accepted" not in plain["rules"][0] | plain["findings"][0]
    assert with_baseline["rules"][0]["accepted"] == 1
    assert [f["accepted"] for f in with_baseline["findings"]] == [""] + [None] * 6
    assert with_baseline["run"]["baseline"]["accepted"] == 1
