"""The list of rules as CSV: one row a rule, and nothing in it that a spreadsheet would run."""

from __future__ import annotations

import csv
import io

import pytest

from childlink.reporting import rule_pages
from childlink.rules import rule_book


@pytest.mark.parametrize("return_name", ["ssda903", "cin"])
def test_every_rule_is_a_row_of_its_own(return_name: str) -> None:
    book = rule_book(return_name)
    rows = list(csv.DictReader(io.StringIO(rule_pages.as_csv(book, None))))
    assert [row["code"] for row in rows] == [rule["code"] for rule in rule_pages.listed(book, None)]
    assert [row["tables"].split() for row in rows] == [r["tables"] for r in rule_pages.listed(book, None)]


def test_no_cell_of_it_can_run(monkeypatch: pytest.MonkeyPatch) -> None:
    book = rule_book("ssda903")
    rule = rule_pages.listed(book, None)[0] | {"message": "=1+1", "fields": ["@A", "B"]}
    monkeypatch.setattr(rule_pages, "listed", lambda *_: [rule])
    row = next(csv.DictReader(io.StringIO(rule_pages.as_csv(book, None))))
    assert (row["message"], row["fields"]) == ("'=1+1", "'@A B")


def test_a_list_without_rules_still_has_its_heading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_pages, "listed", lambda *_: [])
    assert rule_pages.as_csv(rule_book("cin"), None) == "code,severity,subject,tables,fields,years,message\n"
