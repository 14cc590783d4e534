"""Rules for people to read: a list, and a page for each, made from what the rules say of themselves."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from childlink.rules.cases import Case
from childlink.rules.registry import Rule, RuleBook, sort_key

if TYPE_CHECKING:
    from rich.console import RenderableType


def listed(book: RuleBook, year: str | None) -> list[dict[str, Any]]:
    """One dictionary a rule: code, severity, subject, tables, fields, years and message.

    In force in ``year``, or, where it is None, of any year as it last stood. In the order of the codes.
    """
    return [
        {
            "code": rule.code,
            "severity": rule.severity,
            "subject": rule.subject,
            "tables": list(rule.flags),
            "fields": [c.name for c in rule.fields],
            "years": years_in_force(book, rule.code),
            "message": rule.message.strip(),
        }
        for rule in _chosen(book, year)
    ]


def _chosen(book: RuleBook, year: str | None) -> list[Rule]:
    if year is not None:
        return list(book.in_force(year).values())
    return sorted((book.versions(code)[-1] for code in book.codes()), key=lambda r: sort_key(r.code))


def years_in_force(book: RuleBook, code: str) -> list[str]:
    """The collection years, oldest first, in which some version of the rule is in force."""
    return [y for y in book.schema.years if code in book.in_force(y)]


def span(years: Sequence[str]) -> str:
    """Collection years as words: "2022-23 to 2024-25", "2025-26 only", "no year"."""
    if not years:
        return "no year"
    return f"{years[0]} only" if len(years) == 1 else f"{years[0]} to {years[-1]}"


def as_json(book: RuleBook, year: str | None) -> str:
    """The list as JSON, one rule a line."""
    rules = ",\n  ".join(json.dumps(rule, ensure_ascii=False) for rule in listed(book, year))
    return f"[\n  {rules}\n]\n"


def as_csv(book: RuleBook, year: str | None) -> str:
    """The list as CSV with a heading; lists within a cell are parted by spaces."""
    page = io.StringIO()
    rules = listed(book, year)
    writer = csv.DictWriter(page, fieldnames=list(rules[0]), lineterminator="\n")
    writer.writeheader()
    for rule in rules:
        writer.writerow({k: " ".join(v) if isinstance(v, list) else v for k, v in rule.items()})
    return page.getvalue()


def as_table(book: RuleBook, year: str | None) -> RenderableType:
    """The list as a table for a terminal."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("rule", style="bold", no_wrap=True)
    table.add_column("severity", no_wrap=True)
    table.add_column("subject")
    table.add_column("years", no_wrap=True)
    table.add_column("message", ratio=1)
    for rule in listed(book, year):
        table.add_row(
            rule["code"], rule["severity"], rule["subject"], span(rule["years"]), Text(rule["message"])
        )
    return table


def as_page(book: RuleBook, code: str, cases: Sequence[Case]) -> Iterator[RenderableType]:
    """One rule for a terminal: its versions, newest first, then a worked example. Raises UsageFault if unknown."""
    from rich.padding import Padding
    from rich.text import Text

    versions = book.versions(code)
    standing = years_in_force(book, code)
    newest = versions[-1]
    yield Text.assemble(
        (f"rule {code}", "bold"), f"  {newest.severity}, {newest.subject}, in force: {span(standing)}"
    )
    for rule in reversed(versions):
        years = [y for y in standing if book.in_force(y)[code] is rule]
        if len(versions) > 1:
            yield Text(f"\n{span(years)}", style="bold")
        yield Padding(Text(rule.message.strip(), style="italic"), (1, 2, 0, 2), expand=False)
        yield Padding(Text(_flowing(rule.condition)), (1, 2, 0, 2), expand=False)
        if rule.differs:
            yield Padding(Text(f"Note: {rule.differs}"), (1, 2, 0, 2), expand=False)
        yield Padding(Text(f"reports {_reported(rule)}", style="dim"), (1, 2, 0, 2), expand=False)
    if cases:
        yield Text("\nexample", style="bold")
        yield Padding(Text(f"{cases[0].title}."), (0, 2), expand=False)
        if cases[0].fails is not None:
            said = "The return fails." if cases[0].fails else "The return passes."
            yield Padding(Text(said), (0, 2), expand=False)
        for name, drawn in cases[0].drawn.items():
            yield Padding(Text(f"{name}\n{drawn.rstrip()}", no_wrap=True), (1, 2, 0, 2), expand=False)


def _reported(rule: Rule) -> str:
    if rule.whole_return:
        return "the return as a whole"
    return "; ".join(f"{t}: {', '.join(rule.fields_of(t)) or 'the row'}" for t in rule.flags)


def _flowing(text: str) -> str:
    """A docstring's lines as flowing paragraphs."""
    return "\n\n".join(" ".join(p.split()) for p in text.split("\n\n"))
