"""What schemas say, as lists and as pages: all returns, and every column of one."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from childlink.reporting.rule_pages import span
from childlink.rules.registry import Rule, RuleBook
from childlink.schema.model import Constraint, FieldSchema, ReturnSchema, TableSchema

if TYPE_CHECKING:
    from rich.console import RenderableType

OWN_CHECK = "*"
"""The sign behind the code of a check that is childlink's own."""


def listed(books: Iterable[RuleBook]) -> list[dict[str, Any]]:
    """One dictionary a return: name, title, years (none of one that has no collection year), formats, tables (how
    many), rules (how many, of all years) and how many of those are childlink's own."""
    rows = []
    for book in books:
        schema = book.schema
        newest = [book.versions(code)[-1] for code in book.codes()]
        rows.append(
            {
                "name": schema.name,
                "title": schema.title,
                "years": years_of(schema),
                "formats": list(formats_of(schema)),
                "tables": len(schema.tables),
                "rules": len(newest),
                "own_rules": sum(not rule.published_by(schema) for rule in newest),
            }
        )
    return rows


def years_of(schema: ReturnSchema) -> list[str]:
    """The collection years, none of a return that has none."""
    return [year for year in schema.years if year]


def formats_of(schema: ReturnSchema) -> tuple[str, ...]:
    """The kinds of file the return comes as; those with readers of their own come as CSV and XML."""
    return schema.formats or ("csv", "xml")


def as_csv(books: Iterable[RuleBook]) -> str:
    """The list as CSV with a heading; lists within a cell are parted by spaces."""
    page = io.StringIO()
    rows = listed(books)
    writer = csv.DictWriter(page, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({k: " ".join(v) if isinstance(v, list) else v for k, v in row.items()})
    return page.getvalue()


def as_table(books: Iterable[RuleBook]) -> RenderableType:
    """The list as a table for a terminal."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("name", style="bold", no_wrap=True)
    table.add_column("title", ratio=1)
    table.add_column("years", no_wrap=True)
    table.add_column("formats", no_wrap=True)
    for heading in ("tables", "rules", "own"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in listed(books):
        years = span(row["years"]) if row["years"] else "any"
        counts = (str(row[key]) for key in ("tables", "rules", "own_rules"))
        table.add_row(row["name"], row["title"], years, ", ".join(row["formats"]), *counts)
    return table


def described(book: RuleBook, year: str | None) -> dict[str, Any]:
    """A return as one object: what it is, its tables with every column, and its code sets.

    Of ``year``, or of all years where it is None (rules as they last stood). A column: name, title, type ("string"
    where none is said), format, codes (the name of its code set), kind, aliases, presence (see ``presence``), years
    (in which the return has it) and rules: code, severity, and whether it was published (else it is childlink's own).
    """
    schema = book.schema
    rules = _reporting(book, year)
    return {
        "name": schema.name,
        "title": schema.title,
        "description": schema.description,
        "years": years_of(schema),
        "year": year,
        "formats": list(formats_of(schema)),
        "dates": list(schema.dates),
        "tables": [_table(schema, table, year, rules) for table in tables_of(schema, year)],
        "whole_return_rules": [_told(schema, rule) for rule in rules.get("", [])],
        "code_sets": {name: dict(codes) for name, codes in schema.code_sets.items()},
    }


def tables_of(schema: ReturnSchema, year: str | None) -> list[TableSchema]:
    """The tables that the return of a year has; all of them where it is None."""
    return [t for t in schema.tables.values() if year is None or t.since is None or t.since <= year]


def fields_of(table: TableSchema, year: str | None) -> list[FieldSchema]:
    """The columns that a table of a year has; all of them where it is None."""
    return [f for f in table.fields if year is None or f.holds_in(year)]


def in_force(constraints: Iterable[Constraint], schema: ReturnSchema, year: str | None) -> list[Constraint]:
    """The constraints of a year; of the last year known where it is None."""
    return [c for c in constraints if c.holds_in(year if year is not None else schema.years[-1])]


def presence(schema: ReturnSchema, field: FieldSchema, year: str | None) -> str:
    """ "never empty", "may be empty" or "may be left out": whether the return must have the column, and its cells."""
    if field.optional:
        return "may be left out"
    required = any(c.required for c in in_force(field.constraints, schema, year))
    return "never empty" if required else "may be empty"


def codes_of(schema: ReturnSchema, field: FieldSchema, year: str | None) -> str | None:
    """The name of the code set of a column in a year; the last year's where it is None."""
    named = [c.enum for c in in_force(field.constraints, schema, year) if c.enum]
    return named[-1] if named else field.codes


def _reporting(book: RuleBook, year: str | None) -> dict[str, list[Rule]]:
    """The rules that report each column, by "Table.column", in the order of their codes; those of none under ""."""
    standing = (
        [book.versions(code)[-1] for code in book.codes()] if year is None else book.in_force(year).values()
    )
    found: dict[str, list[Rule]] = {}
    for rule in standing:
        for key in dict.fromkeys(column.key for column in rule.fields) or [""]:
            found.setdefault(key, []).append(rule)
    return found


def _table(
    schema: ReturnSchema, table: TableSchema, year: str | None, rules: dict[str, list[Rule]]
) -> dict[str, Any]:
    return {
        "name": table.name,
        "title": table.title,
        "optional": table.optional,
        "since": table.since,
        "sheets": list(table.sheets),
        "fields": [
            {
                "name": field.name,
                "title": field.title,
                "type": field.type,
                "format": field.format,
                "codes": codes_of(schema, field, year),
                "kind": field.kind,
                "aliases": list(field.aliases),
                "presence": presence(schema, field, year),
                "years": [
                    y for y in years_of(schema) if field.holds_in(y) and (not table.since or table.since <= y)
                ],
                "rules": [_told(schema, rule) for rule in rules.get(f"{table.name}.{field.name}", [])],
            }
            for field in fields_of(table, year)
        ],
    }


def _told(schema: ReturnSchema, rule: Rule) -> dict[str, Any]:
    return {"code": rule.code, "severity": rule.severity, "published": rule.published_by(schema)}


def as_page(book: RuleBook, year: str | None) -> Iterator[RenderableType]:
    """``described`` for a terminal: a table of columns for each table, then the code sets' names."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    told = described(book, year)
    years = year or (span(told["years"]) if told["years"] else "no collection year")
    yield Text.assemble((told["title"], "bold"), f"\n{told['name']}; {years}; {', '.join(told['formats'])}")
    if told["description"]:
        yield Text(told["description"])
    for held in told["tables"]:
        title = held["name"] if held["title"] == held["name"] else f"{held['name']}: {held['title']}"
        table = Table(
            title=title,
            title_justify="left",
            title_style="bold",
            box=box.SIMPLE_HEAD,
            pad_edge=False,
            show_edge=False,
        )
        table.add_column("column", style="bold", overflow="fold")
        for heading in ("type", "presence", "codes"):
            table.add_column(heading, overflow="fold")
        if told["years"] and year is None:
            table.add_column("years", no_wrap=True)
        table.add_column(f"rules ({OWN_CHECK} childlink's own)", ratio=1)
        for field in held["fields"]:
            cells = [field["name"], field["format"] or field["type"], field["presence"], field["codes"] or ""]
            if told["years"] and year is None:
                cells.append("" if field["years"] == told["years"] else span(field["years"]))
            table.add_row(*(Text(cell) for cell in cells), Text(_marked(field["rules"])))
        yield Text()
        yield table
    if told["whole_return_rules"]:
        yield Text(f"\nRules about no single column: {_marked(told['whole_return_rules'])}")


def _marked(rules: Sequence[dict[str, Any]]) -> str:
    return ", ".join(rule["code"] + ("" if rule["published"] else OWN_CHECK) for rule in rules)
