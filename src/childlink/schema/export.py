"""A schema in the words of public standards: Data Package with Table Schema, and JSON Schema.

What a standard has no word for (years, check digits, rules of several columns) is left out; nothing is asked for
that the schema does not ask for. Queries, which may be right, are not asked for either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from childlink.schema import cells
from childlink.schema.model import Constraint, FieldSchema, ReturnSchema, TableSchema

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
JSON_SCHEMA = "https://json-schema.org/draft/2020-12/schema"


def as_data_package(schema: ReturnSchema, year: str) -> dict[str, Any]:
    """The return of ``year`` ("" where it has none) as a Data Package: a resource for each table, whose ``path`` is
    the table's name and .csv, with its Table Schema.

    Codes are categories with their labels, and an enum; not in code sets with other spellings, which neither can say.
    Dates have their form, or "any" where there are several.
    """
    package: dict[str, Any] = {
        "$schema": PROFILE,
        "name": schema.name.lower().replace("_", "-"),
        "title": schema.title,
    }
    if schema.description:
        package["description"] = schema.description
    tables = _tables(schema, year)
    package["resources"] = [_resource(schema, table, tables, year) for table in tables]
    return package


def as_json_schema(schema: ReturnSchema, year: str) -> dict[str, Any]:
    """The return of ``year`` ("" where it has none) as a JSON Schema, draft 2020-12: an object with a list for each
    table, whose items are its rows as objects.

    Values are those of JSON: numbers, true and false, dates as yyyy-mm-dd, null for an empty cell. A column that may
    be empty may be left out of a row.
    """
    tables = _tables(schema, year)
    made: dict[str, Any] = {"$schema": JSON_SCHEMA, "title": schema.title}
    if schema.description:
        made["description"] = schema.description
    return made | {
        "type": "object",
        "properties": {
            t.name: {"type": "array", "title": t.title, "items": {"$ref": f"#/$defs/{t.snake_name}"}}
            for t in tables
        },
        "additionalProperties": False,
        "$defs": {t.snake_name: _row(schema, t, year) for t in tables},
    }


def _tables(schema: ReturnSchema, year: str) -> list[TableSchema]:
    return [t for t in schema.tables.values() if t.since is None or not year or t.since <= year]


def _fields(table: TableSchema, year: str) -> list[FieldSchema]:
    return [f for f in table.fields if f.holds_in(year)]


def _asked(constraints: Sequence[Constraint], year: str) -> list[Constraint]:
    return [c for c in constraints if c.holds_in(year) and c.severity == "error"]


def _resource(
    schema: ReturnSchema, table: TableSchema, tables: Sequence[TableSchema], year: str
) -> dict[str, Any]:
    fields = _fields(table, year)
    described: dict[str, Any] = {
        "fields": [_field(schema, table, field, year) for field in fields],
        "missingValues": ["", *schema.missing_values],
    }
    names = {f.name for f in fields}
    if table.primary_key and set(table.primary_key) <= names:
        described["primaryKey"] = list(table.primary_key)
    several = [
        list(c.unique)
        for c in _asked(table.constraints, year)
        if len(c.unique) > 1 and set(c.unique) <= names
    ]
    if several:
        described["uniqueKeys"] = several
    resources = {t.name: _resource_name(t) for t in tables}
    keys = [
        {
            "fields": list(key.columns),
            "reference": {"resource": resources[key.table], "fields": list(key.referenced)},
        }
        for key in table.foreign_keys
        if key.table in resources
    ]
    if keys:
        described["foreignKeys"] = keys
    return {
        "name": _resource_name(table),
        "type": "table",
        "title": table.title,
        "path": f"{table.snake_name}.csv",
        "format": "csv",
        "encoding": "utf-8",
        "schema": described,
    }


def _resource_name(table: TableSchema) -> str:
    return table.snake_name.replace("_", "-")


def _field(schema: ReturnSchema, table: TableSchema, field: FieldSchema, year: str) -> dict[str, Any]:
    asked = _asked(field.constraints, year)
    codes = _codes(schema, asked)
    type_ = "string" if codes else field.type
    described: dict[str, Any] = {"name": field.name, "type": type_}
    if field.title:
        described["title"] = field.title
    if type_ == "date":
        described["format"] = schema.dates[0] if len(schema.dates) == 1 else "any"
    if type_ == "boolean":
        described["trueValues"] = _spellings(cells.YES)
        described["falseValues"] = _spellings(cells.NO)
    if codes:
        described["categories"] = [{"value": c, "label": label} for c, label in codes.items()]
    unique = any(c.unique == (field.name,) for c in _asked(table.constraints, year))
    constraints = _limits(asked, type_, codes) | ({"unique": True} if unique else {})
    if any(c.required for c in asked):
        constraints = {"required": True} | constraints
    if constraints:
        described["constraints"] = constraints
    return described


def _spellings(words: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(spelt for w in words for spelt in (w, w.upper(), w.capitalize())))


def _codes(schema: ReturnSchema, asked: Sequence[Constraint]) -> Mapping[str, str]:
    """The codes that every code set asked for has; none where one of them has other spellings."""
    named = [c.enum for c in asked if c.enum is not None]
    if not named or any(name in schema.spellings for name in named):
        return {}
    sets = [schema.code_sets[name] for name in named]
    return {code: label for code, label in sets[0].items() if all(code in other for other in sets)}


def _limits(asked: Sequence[Constraint], type_: str, codes: Mapping[str, str]) -> dict[str, Any]:
    """Limits by their words in Table Schema, which JSON Schema has too, for a column of the type."""
    limits: dict[str, Any] = {"enum": list(codes)} if codes else {}
    if type_ == "string":
        patterns = [c.pattern for c in asked if c.pattern is not None]
        if len(patterns) == 1:
            limits["pattern"] = patterns[0]  # which Table Schema takes for the whole cell
        shortest = [c.min_length for c in asked if c.min_length is not None]
        longest = [c.max_length for c in asked if c.max_length is not None]
        limits |= {"minLength": max(shortest)} if shortest else {}
        limits |= {"maxLength": min(longest)} if longest else {}
    if type_ in ("integer", "number"):
        least = [c.minimum for c in asked if c.minimum is not None]
        most = [c.maximum for c in asked if c.maximum is not None]
        limits |= {"minimum": max(least)} if least else {}
        limits |= {"maximum": min(most)} if most else {}
    return limits


def _row(schema: ReturnSchema, table: TableSchema, year: str) -> dict[str, Any]:
    fields = _fields(table, year)
    required = [f.name for f in fields if _is_required(f, year)]
    return {
        "type": "object",
        "title": table.title,
        "properties": {f.name: _value(schema, f, year) for f in fields},
        **({"required": required} if required else {}),
    }


def _is_required(field: FieldSchema, year: str) -> bool:
    return not field.optional and any(c.required for c in _asked(field.constraints, year))


def _value(schema: ReturnSchema, field: FieldSchema, year: str) -> dict[str, Any]:
    asked = _asked(field.constraints, year)
    codes = _codes(schema, asked)
    type_ = "string" if codes or field.type == "date" else field.type
    never_empty = any(c.required for c in asked)
    described: dict[str, Any] = {"type": type_ if never_empty else [type_, "null"]}
    if field.title:
        described["title"] = field.title
    limits = _limits(asked, "date" if field.type == "date" else type_, codes)
    if codes:
        told = "; ".join(f"{code}: {label}" for code, label in codes.items() if label)
        described |= {"description": told} if told else {}
        limits["enum"] = [*codes, *([] if never_empty else [None])]
    if "pattern" in limits:
        limits["pattern"] = f"^(?:{limits['pattern']})$"
    if field.type == "date" and not codes:
        described["format"] = "date"
    return described | limits
