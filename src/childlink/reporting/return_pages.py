"""A return for people to read: its tables, columns and code sets, and which rules are about them, from its schema."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from childlink.reporting.rule_pages import NOT_BY_HAND, escaped, rule_anchor, span
from childlink.rules.registry import RuleBook, dates_in_words
from childlink.schema.model import Constraint, FieldSchema, ReturnSchema, TableSchema

_TYPES = {"integer": "whole number", "number": "number", "boolean": "yes or no"}


def as_return_page(book: RuleBook, introduction: str | None) -> str:
    """A return as one page of Markdown: ``introduction`` (the schema's description where it is None), then what the
    schema says, tables and columns in its order and code sets by name.

    Under each table stand the rules that report its columns, as they last stood in any year; a link leads to each in
    the catalogue of ``rule_pages.as_catalogue``.
    """
    schema = book.schema
    reporting: dict[str, list[str]] = {}
    for code in book.codes():
        for column in dict.fromkeys(book.versions(code)[-1].fields):
            reporting.setdefault(column.key, []).append(code)
    told = introduction if introduction is not None else "\n".join(_introduced(schema))
    lines = [f"# {escaped(schema.title)}", "", NOT_BY_HAND, ""]
    lines += [told.strip(), ""] if told.strip() else []
    lines += [*_tables(schema), ""]
    for table in schema.tables.values():
        lines += [*_table(schema, table, reporting), ""]
    for table in schema.inputs.values():
        lines += [*_input(schema, table), ""]
    lines += [*_whole(book), *_code_sets(schema)]
    return "\n".join(lines).rstrip() + "\n"


_FILES = {
    "csv": "CSV files, one for each table",
    "xlsx": "an Excel workbook with a sheet for each table",
    "xml": "an XML file",
    "json": "a JSON file",
}


def _introduced(schema: ReturnSchema) -> Iterator[str]:
    """What can be said of a return that nobody has written an introduction for."""
    if schema.description:
        yield escaped(" ".join(schema.description.split()))
        yield ""
    yield f"It may come as {', or '.join(_FILES.get(form, form) for form in schema.formats)}. To check it:"
    yield ""
    year = f" --year {schema.years[-1]}" if schema.yearly else ""
    yield f"    childlink validate {schema.name} FILES{year} --output report.html"
    yield ""
    rules = f"[the catalogue](../rules/{schema.name}.md)"
    yield f"Step by step: [check a return](../validate.md). All its rules: {rules}."


def _tables(schema: ReturnSchema) -> Iterator[str]:
    yield "## Its tables"
    yield ""
    years = [year for year in schema.years if year]
    if years:
        yield f"Of the collection years {span(years)}; where a table or column is of some of them only, that is said."
        yield ""
    dated = any(f.type == "date" for t in schema.tables.values() for f in t.fields)
    if dated:
        yield f"Dates are written {dates_in_words(schema)}."
        yield ""
    yield "| table | what its rows are | columns |"
    yield "|---|---|---|"
    for table in schema.tables.values():
        name = f"[{escaped(table.name)}](#{_anchor(table.name)})"
        yield f"| {name} | {escaped(_meaning(table, schema))} | {len(table.fields)} |"


def _meaning(table: TableSchema, schema: ReturnSchema) -> str:
    parts = [table.title] if table.title != table.name else []
    parts += [f"from {table.since}"] if table.since and table.since != schema.years[0] else []
    parts += ["may be left out"] if table.optional else []
    return "; ".join(parts)


def _table(schema: ReturnSchema, table: TableSchema, reporting: Mapping[str, Sequence[str]]) -> Iterator[str]:
    yield f'<a id="{_anchor(table.name)}"></a>'
    yield ""
    yield f"### {escaped(table.name)}"
    yield ""
    if meaning := _meaning(table, schema):
        yield f"{escaped(meaning[0].upper() + meaning[1:])}."
        yield ""
    if table.sheets:
        yield f"Also known as: {', '.join(escaped(sheet) for sheet in table.sheets)}."
        yield ""
    yield "| column | what it holds | how it is written |"
    yield "|---|---|---|"
    for field in table.fields:
        yield f"| {escaped(field.name)} | {_held(field)} | {_written(schema, field)} |"
    if table.derived:
        yield ""
        derived = ", ".join(escaped(f.name) for f in table.derived)
        yield f"Worked out by childlink for the rules, and no part of the file: {derived}."
    about = [(f.name, reporting.get(f"{table.name}.{f.name}", [])) for f in table.fields]
    if any(codes for _, codes in about):
        yield ""
        yield "<details>"
        yield f"<summary>Rules that report columns of {escaped(table.name)}</summary>"
        yield ""
        for name, codes in about:
            if codes:
                yield f"- {escaped(name)}: {', '.join(_rule(schema, code) for code in codes)}"
        yield ""
        yield "</details>"


def _input(schema: ReturnSchema, table: TableSchema) -> Iterator[str]:
    yield f"### Beside the return: {escaped(table.name)}"
    yield ""
    yield f"{escaped(table.title[0].upper() + table.title[1:])}."
    yield "No part of the return: some rules read it where it is given."
    yield ""
    yield "| column | what it holds | how it is written |"
    yield "|---|---|---|"
    for field in (*table.fields, *table.derived):
        yield f"| {escaped(field.name)} | {_held(field)} | {_written(schema, field)} |"


def _held(field: FieldSchema) -> str:
    """What a column holds: its title, else what its codes are of."""
    if field.title:
        return escaped(field.title)
    coded = field.codes or next((c.enum for c in reversed(field.constraints) if c.enum), None)
    # the end of a name such as sex_m_f_u tells code sets apart, not what they are of
    return escaped(re.sub("(_[a-z0-9])+$", "", coded).replace("_", " ")) if coded else ""


def _written(schema: ReturnSchema, field: FieldSchema) -> str:
    """How a column's cells are written: type, codes, form, whether it may be empty or left out, and its years."""
    parts = []
    if field.type == "date":
        parts.append("date")
    elif field.type in _TYPES:
        parts.append(_TYPES[field.type])
    elif field.format is not None:
        parts.append(_FORMATS.get(field.format, field.format))
    parts += list(dict.fromkeys(_limit(schema, c) for c in field.constraints if _limits(c)))
    if not parts and field.codes:
        parts.append(_codes(field.codes))
    required = [c for c in field.constraints if c.required and c.holds_in(schema.years[-1])]
    parts = parts or ["text"]
    parts += ["never empty"] if required else []
    parts += ["the column may be left out"] if field.optional else []
    if field.since or field.until:
        parts.append(span([year for year in schema.years if field.holds_in(year)]))
    rules = dict.fromkeys(c.rule for c in field.constraints if c.rule)
    parts += [f"rule {', '.join(_rule(schema, code) for code in rules)}"] if rules else []
    return "; ".join(parts)


_FORMATS = {
    "upn": "unique pupil number",
    "uln": "unique learner number",
    "nhs_number": "NHS number",
    "postcode": "postcode",
}


def _limits(constraint: Constraint) -> bool:
    given = (constraint.enum, constraint.pattern, constraint.minimum, constraint.maximum)
    return any(one is not None for one in (*given, constraint.min_length, constraint.max_length))


def _limit(schema: ReturnSchema, constraint: Constraint) -> str:
    """What a constraint asks of cells, beyond their type: "one of ethnicity", with its years where it has any."""
    said = []
    if constraint.enum is not None:
        said.append(_codes(constraint.enum))
    if constraint.pattern is not None:
        said.append(f"`{constraint.pattern}`".replace("|", "\\|"))
    if constraint.minimum is not None:
        said.append(f"at least {constraint.minimum:g}")
    if constraint.maximum is not None:
        said.append(f"at most {constraint.maximum:g}")
    if constraint.min_length is not None:
        said.append(f"{constraint.min_length} characters or more")
    if constraint.max_length is not None:
        said.append(f"{constraint.max_length} characters at most")
    if constraint.since or constraint.until:
        years = span([year for year in schema.years if constraint.holds_in(year)])
        return f"{', '.join(said)} ({years})"
    return ", ".join(said)


def _whole(book: RuleBook) -> Iterator[str]:
    """The rules that are about no column: of the return as a whole, or of a row."""
    rules = [book.versions(code)[-1] for code in book.codes()]
    apart = [rule.code for rule in rules if not rule.fields]
    if apart:
        yield "### Rules about no single column"
        yield ""
        yield f"{', '.join(_rule(book.schema, code) for code in apart)}."
        yield ""


def _code_sets(schema: ReturnSchema) -> Iterator[str]:
    if not schema.code_sets:
        return
    yield "## Its codes"
    for name in sorted(schema.code_sets):
        yield ""
        yield f'<a id="codes-{_anchor(name)}"></a>'
        yield ""
        yield f"### {escaped(name.replace('_', ' '))}"
        yield ""
        used = list(_users(schema, name))
        yield f"In {', '.join(escaped(one) for one in used)}." if used else "Read by rules."
        if name in schema.spellings:
            yield ""
            yield "Other known spellings of a code are taken for it."
        yield ""
        yield "| code | meaning |"
        yield "|---|---|"
        for code, label in schema.code_sets[name].items():
            yield f"| {escaped(code)} | {escaped(label or '')} |"


def _users(schema: ReturnSchema, code_set: str) -> Iterable[str]:
    for table in schema.tables.values():
        for field in table.fields:
            years = [
                y for y in schema.years for c in field.constraints if c.enum == code_set and c.holds_in(y)
            ]
            if years and len(set(years)) < len(schema.years):
                yield f"{table.name}.{field.name} ({span(sorted(set(years)))})"
            elif years or field.codes == code_set:
                yield f"{table.name}.{field.name}"


def _codes(name: str) -> str:
    return f"one of [{escaped(name.replace('_', ' '))}](#codes-{_anchor(name)})"


def _rule(schema: ReturnSchema, code: str) -> str:
    return f"[{escaped(code)}](../rules/{schema.name}.md#{rule_anchor(code)})"


def _anchor(name: str) -> str:
    return "".join(sign if sign.isalnum() else "-" for sign in name.lower())
