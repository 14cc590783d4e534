"""Rules for people to read: a list, and a page for each, made from what the rules say of themselves."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from childlink.files import csv_for_people
from childlink.rules.cases import Case
from childlink.rules.registry import Rule, RuleBook, sort_key
from childlink.schema.model import NO_YEARS, ReturnSchema

if TYPE_CHECKING:
    from rich.console import RenderableType


LISTED = ("code", "severity", "subject", "tables", "fields", "years", "message")
"""What a list of rules says of each."""


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
            "years": [year for year in years_in_force(book, rule.code) if year],
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
    """Collection years as words: "2022-23 to 2024-25", "2025-26 only", "no year"; "always" for a return that has no
    collection years."""
    if tuple(years) == NO_YEARS:
        return "always"
    if not years:
        return "no year"
    return f"{years[0]} only" if len(years) == 1 else f"{years[0]} to {years[-1]}"


def as_json(book: RuleBook, year: str | None) -> str:
    """The list as JSON, one rule a line."""
    rules = ",\n  ".join(json.dumps(rule, ensure_ascii=False) for rule in listed(book, year))
    return f"[\n  {rules}\n]\n"


def as_csv(book: RuleBook, year: str | None) -> str:
    """The list as CSV with a heading; lists within a cell are parted by spaces."""
    import polars as pl

    rules = [
        {name: (" ".join(said) if isinstance(said, list) else said) or None for name, said in rule.items()}
        for rule in listed(book, year)
    ]
    return csv_for_people(pl.DataFrame(rules, schema=dict.fromkeys(LISTED, pl.String)))


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
            rule["code"],
            rule["severity"],
            rule["subject"],
            span(years_in_force(book, rule["code"])),
            Text(rule["message"]),
        )
    return table


OWN = "A check of childlink's own, not a published rule."


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
        if not rule.published_by(book.schema):
            yield Padding(Text(OWN), (1, 2, 0, 2), expand=False)
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


def as_catalogue(book: RuleBook) -> str:
    """Every rule of a return as one page of Markdown: how many there are, all by code, then each by subject.

    Subjects and, within them, rules are in the order of their names and codes; the checks of childlink's own, which
    have no DfE code, come last. Each rule has the anchor ``rule_anchor`` gives. A rule of several versions is
    described as it stands, newest first; versions that read the same are one.
    """
    newest = {code: book.versions(code)[-1] for code in book.codes()}
    subjects: dict[str, list[Rule]] = {}
    for rule in newest.values():
        subjects.setdefault(rule.subject, []).append(rule)
    order = sorted(subjects, key=lambda subject: (subject == "structure", subject))
    standing = {year: book.in_force(year) for year in book.schema.years}
    lines = [
        f"# Rules: {book.schema.title}",
        "",
        NOT_BY_HAND,
        "",
        *_catalogue_head(book.schema, newest, standing),
        "",
        "## By subject",
        "",
        "| subject | rules | what they are about |",
        "|---|---|---|",
    ]
    for subject in order:
        about = escaped(_about(subjects[subject]))
        lines.append(f"| [{_title(subject)}](#{_slug(subject)}) | {len(subjects[subject])} | {about} |")
    lines += ["", "## By code", "", " · ".join(_linked(code) for code in newest)]
    for subject in order:
        lines += ["", f'<a id="{_slug(subject)}"></a>', "", f"## {_title(subject)}", ""]
        lines.append(escaped(_about(subjects[subject])))
        for rule in subjects[subject]:
            lines += ["", *_entry(book, rule.code, standing)]
    return "\n".join(lines) + "\n"


NOT_BY_HAND = "*This page is made from childlink itself by `python docs/generate.py`; do not edit it.*"
"""The first words of every page that is generated."""


def rule_anchor(code: str) -> str:
    """The anchor of a rule on its return's catalogue: "rule-103", "rule-s-date"."""
    return f"rule-{_slug(code)}"


def escaped(text: str) -> str:
    """``text`` as Markdown shows it letter by letter, in a paragraph or in the cell of a table."""
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>|#~" else sign for sign in text)


def _catalogue_head(
    schema: ReturnSchema, newest: Mapping[str, Rule], standing: Mapping[str, Mapping[str, Rule]]
) -> Iterator[str]:
    counts = Counter(rule.severity for rule in newest.values())
    own = " or ".join(f"`{start}`" for start in ("S-", *schema.own))
    yield (
        f"{len(newest)} rules: {counts['error']} errors, which must be put right, and {counts['query']} queries, "
        f"which may be right and are to be looked at. Codes that begin with {own} are checks of childlink's own, "
        f"where no rule is published. What the tables and columns hold: [the return](../returns/{schema.name}.md)."
    )
    yield ""
    if len(standing) > 1:
        held = "; ".join(f"{year}: {len(rules)}" for year, rules in standing.items())
        yield f"Rules in force, by collection year: {held}."
        yield ""
    yield (
        "Each entry gives the message, then the condition in plain words: when exactly a row is flagged. A *note* "
        "says where that departs from the message or from other tools. `childlink rules show CODE` gives the same on "
        "the screen, with a worked example."
    )


def _entry(book: RuleBook, code: str, standing: Mapping[str, Mapping[str, Rule]]) -> Iterator[str]:
    """One rule of the catalogue: its heading, then each version with its years, and what it says otherwise than the
    one before."""
    yield f'<a id="{rule_anchor(code)}"></a>'
    yield ""
    yield f"### {escaped(code)}"
    placed = [(year, rules[code]) for year, rules in standing.items() if code in rules]
    parts = [list(part) for _, part in groupby(placed, key=lambda held: _read(held[1]))]
    told: Rule | None = None
    for part in reversed(parts) if parts else [[("", book.versions(code)[-1])]]:
        rule = part[-1][1]
        years = [year for year, _ in part if year]
        facts = [rule.severity, span(years)] if years or not placed else [rule.severity]
        if told is None or rule.message != told.message:
            yield f"\n**{escaped(rule.message.strip())}**"
        read = (
            f", by {', '.join(column.key for column in rule.fields)}"
            if rule.whole_return and rule.fields
            else ""
        )
        yield f"\n*{', '.join(facts)}; reports {escaped(_reported(rule) + read)}*"
        if told is None or rule.condition != told.condition:
            yield "\n" + "\n".join(escaped(line) for line in rule.condition.splitlines())
        if rule.differs:
            yield f"\n*Note:* {escaped(rule.differs)}"
        told = rule


def _read(rule: Rule) -> tuple[Any, ...]:
    """What of a version a reader sees."""
    return rule.message, rule.severity, rule.condition, rule.differs, _reported(rule)


def _about(rules: Sequence[Rule]) -> str:
    """What a subject is about: the first line that its module says of itself."""
    modules = {rule.finds.__module__ for rule in rules if rule.finds is not None}
    told = [sys.modules[module].__doc__ or "" for module in sorted(modules) if module in sys.modules]
    return told[0].strip().splitlines()[0] if told else _OF_NO_MODULE


_OF_NO_MODULE = "Checks of childlink's own on single cells and keys, where no rule is published."


def _title(subject: str) -> str:
    return subject.replace("_", " ").capitalize()


def _slug(text: str) -> str:
    return "".join(sign if sign.isalnum() else "-" for sign in text.lower())


def _linked(code: str) -> str:
    return f"[{escaped(code)}](#{rule_anchor(code)})"
