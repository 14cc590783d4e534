"""Laws: the report counts and numbers findings, and its exit code is that of the contract."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from childlink.rules import rule_book
from childlink.rules.registry import Rule
from childlink.validation.engine import MEMBERS, WHOLE_RETURN, Hit, Outcome
from childlink.validation.report import Report, make_report

BOOK = rule_book("ssda903")
TABLES = {
    "Header": pl.DataFrame({"CHILD": ["7", "8", None]}),
    "Episodes": pl.DataFrame({"CHILD": ["8", "7", "7", None]}),
}
LINES = {"Header": pl.Series([2, 3, 5], dtype=pl.UInt32)}


def hit(table: str, *rows: int) -> Hit:
    return Hit(table, pl.Series(rows, dtype=pl.UInt32), ("CHILD",))


def rule(code: str) -> Rule:
    return BOOK.versions(code)[-1]


def outcome(code: str, *hits: Hit, status: str | None = None) -> Outcome:
    return Outcome(rule(code), status or ("findings" if hits else "passed"), None, list(hits))


def report(*outcomes: Outcome) -> Report:
    return make_report(outcomes, TABLES, LINES, return_name="ssda903", year="2025-26", run={"version": "1"})


def numbered(report: Report) -> list[tuple[Any, ...]]:
    return report.findings.select("code", "table", "row", "line", "child", "finding").rows()


def test_cells_of_several_tables_are_findings_each() -> None:
    found = report(outcome("S-DATE", hit("Header", 0, 1), hit("Episodes", 0, 1, 2, 3)))
    assert found.findings["finding"].to_list() == [1, 2, 3, 4, 5, 6]


def test_rows_count_from_one_and_lines_are_those_of_the_file() -> None:
    found = report(outcome("102", hit("Header", 0, 2)))
    assert numbered(found) == [("102", "Header", 1, 2, "7", 1), ("102", "Header", 3, 5, None, 2)]
    assert found.rules[0].findings == 2


def test_rows_of_several_tables_about_one_child_share_a_finding() -> None:
    found = report(outcome("INT03", hit("Header", 0, 1), hit("Episodes", 0, 1, 2, 3)))
    assert [(t, c, f) for _, t, _, _, c, f in numbered(found)] == [
        ("Header", "7", 1), ("Header", "8", 2),
        ("Episodes", "8", 2), ("Episodes", "7", 1), ("Episodes", "7", 1), ("Episodes", None, 3),
    ]  # fmt: skip
    assert found.rules[0].findings == 3


def test_numbers_run_on_over_rules_without_gaps() -> None:
    found = report(outcome("102", hit("Header", 0)), outcome("103"), outcome("168", hit("Header", 0, 1)))
    assert [row[-1] for row in numbered(found)] == [1, 2, 3]
    assert [r.findings for r in found.rules] == [1, 0, 2]


def test_no_findings_has_the_same_columns() -> None:
    found = report(outcome("102"))
    assert found.findings.is_empty()
    assert found.findings.schema == report(outcome("102", hit("Header", 0))).findings.schema
    assert found.as_dict()["findings"] == []


@pytest.mark.parametrize(
    ("outcomes", "fail_on", "expected"),
    [
        ([outcome("102")], "error", 0),
        ([outcome("102", hit("Header", 0))], "error", 1),
        ([outcome("102", hit("Header", 0))], "never", 0),
        ([outcome("102", hit("Header", 0)), outcome("103", status="crashed")], "never", 3),
        ([outcome("103", status="not_run")], "query", 0),
    ],
)
def test_exit_code(outcomes: list[Outcome], fail_on: str, expected: int) -> None:
    assert report(*outcomes).exit_code(fail_on) == expected


def test_queries_fail_only_where_asked() -> None:
    query = Outcome(rule("102"), "findings", None, [hit("Header", 0)])
    object.__setattr__(query, "rule", Rule(**{**vars(rule("102")), "severity": "query"}))
    assert (report(query).exit_code("error"), report(query).exit_code("query")) == (0, 1)


def with_members(outcome_: Outcome, *members: tuple[str, int, int]) -> Outcome:
    outcome_.members = pl.DataFrame(members, schema=MEMBERS, orient="row")
    return outcome_


def test_rows_make_up_the_findings_that_a_key_says_each_listed_once_under_its_first() -> None:
    keyed = with_members(
        outcome("102", hit("Header", 0, 1), hit("Episodes", 0, 2)),
        ("Header", 0, 0), ("Episodes", 0, 0), ("Header", 1, 1), ("Episodes", 0, 1), ("Episodes", 2, 2),
    )  # fmt: skip
    found = report(keyed, outcome("168", hit("Header", 2)))
    assert [(t, r, f) for _, t, r, _, _, f in numbered(found)] == [
        ("Header", 1, 1), ("Header", 2, 2), ("Episodes", 1, 1), ("Episodes", 3, 3), ("Header", 3, 4)
    ]  # fmt: skip
    assert [r.findings for r in found.rules] == [3, 1]


def test_a_finding_about_the_whole_return_has_no_row() -> None:
    whole = Outcome(rule("102"), "findings", None, [Hit(WHOLE_RETURN, pl.Series(dtype=pl.UInt32), ("DOB",))])
    found = report(whole, outcome("168", hit("Header", 0)))
    assert numbered(found) == [("102", None, None, None, None, 1), ("168", "Header", 1, 2, "7", 2)]
    assert found.findings["fields"].to_list()[0] == ["DOB"]
    assert found.exit_code("error") == 1
    shown = make_report([whole], TABLES, LINES, return_name="r", year="2025-26", run={}, show_values=True)
    assert shown.findings["values"].to_list() == [[None]]


def test_the_childs_id_is_in_the_column_that_the_return_says() -> None:
    tables = {"Header": pl.DataFrame({"CHILD": ["no"], "Other": ["yes"]})}
    found = make_report(
        [outcome("102", hit("Header", 0))],
        tables,
        {},
        return_name="r",
        year="2025-26",
        run={},
        child=["Other"],
    )
    assert found.findings["child"].to_list() == ["yes"]
