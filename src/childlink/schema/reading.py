"""Reading schemas: those that ship with childlink, and those that users write for extracts of their own.

A user's schema is checked word by word before it is read; its defaults differ (``read_schema``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from childlink.schema.model import (
    NO_YEARS,
    TYPES,
    Constraint,
    FieldSchema,
    FileFormat,
    ForeignKey,
    ReturnSchema,
    TableSchema,
    fold,
)

OWN_FORMATS = ("csv", "xlsx")
"""The kinds of file that a user's own schema may be of."""


def read_shipped(path: Path) -> ReturnSchema:
    """The schema in one of childlink's own YAML files, which tests hold to be sound."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return _schema(yaml.load(path.read_bytes(), Loader=loader), path)  # noqa: S506 - both loaders are the safe one


def read_schema(path: Path) -> ReturnSchema:
    """The schema in a user's YAML file.

    Unless it says otherwise it is of CSV files and Excel workbooks, has no collection year (it has, where it names
    ``years``), checks every cell against its column's type, format and codes (``typed``), is called by its name for
    title, and takes for a child's id the columns of the kinds local_id and record_id.

    Raises InputFault, with every place and what may stand there, when the file cannot be read, is not YAML, or is no
    sound schema (``require_sound``).
    """
    from childlink.schema.soundness import require_sound  # a return that ships needs neither
    from childlink.schema.yaml_file import read_yaml

    read = read_yaml(path)
    require_sound(read)
    document = {
        "title": read.data["name"],
        "formats": OWN_FORMATS,
        "yearly": "years" in read.data,
        "typed": True,
        "child": (),
        **read.data,
    }
    schema = _schema(document, path)
    return schema if "child" in read.data else replace(schema, child_columns=_ids(schema))


def _ids(schema: ReturnSchema) -> tuple[str, ...]:
    """The columns of local ids, then those of record ids, each once, in the order of the schema."""
    fields = [f for table in schema.tables.values() for f in table.fields]
    ids = [f.name for kind in ("local_id", "record_id") for f in fields if f.kind == kind]
    return tuple(dict.fromkeys(ids))


def _schema(document: Mapping[str, Any], path: Path) -> ReturnSchema:
    period_end = document.get("period", {}).get("end")
    typed = document.get("typed", False)
    yearly = document.get("yearly", True)
    code_sets, spellings, openings = _code_sets(document.get("code_sets", {}))
    return ReturnSchema(
        name=document["name"],
        title=document["title"],
        years=tuple(document.get("years", ())) if yearly else NO_YEARS,
        tables={name: _table(name, table, typed=typed) for name, table in document["tables"].items()},
        code_sets=code_sets,
        spellings=spellings,
        openings=openings,
        inputs={name: _table(name, table) for name, table in document.get("inputs", {}).items()},
        xml=document.get("xml", {}),
        json=document.get("json", {}),
        description=document.get("description"),
        formats=cast("tuple[FileFormat, ...]", _several(document.get("formats", ()))),
        yearly=yearly,
        folded=document.get("headings") == "fold",
        missing_values=_several(document.get("missingValues", ())),
        own=_several(document.get("own", ())),
        upper_case=document.get("upper_case", False),
        dates=_several(document.get("dates", "%d/%m/%Y")),
        child_columns=_several(document.get("child", "CHILD")),
        period_end=(period_end["table"], period_end["column"]) if period_end else None,
        reference=tuple(document.get("reference", ())),
        source=path,
    )


def _several(given: str | Sequence[str] | None) -> tuple[str, ...]:
    """One word or several, as a tuple; nothing as an empty one."""
    return (given,) if isinstance(given, str) else tuple(given or ())


WHATEVER_FOLLOWS = " ..."
"""At the end of another spelling of a code: any text that begins with the rest is the code."""


def _code_sets(
    described: Mapping[str, Mapping[str, Any]],
) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]], dict[str, str]]:
    """The labels of every code set by code; of those that have other spellings, the codes by folded spelling; and of
    those of which a cell may begin with a code, the pattern of such cells."""
    labels: dict[str, dict[str, str]] = {}
    spellings: dict[str, dict[str, str]] = {}
    openings: dict[str, str] = {}
    for name, codes in described.items():
        labels[name] = {c: (d.get("label") if isinstance(d, dict) else d) or "" for c, d in codes.items()}
        also = {c: _several(d.get("also")) for c, d in codes.items() if isinstance(d, dict)}
        if also:
            spellings[name] = {fold(other): c for c, others in also.items() for other in others}
            spellings[name] |= {fold(c): c for c in codes}
        opening = [other for others in also.values() for other in others if other.endswith(WHATEVER_FOLLOWS)]
        if opening:
            openings[name] = _beginning_with([other.removesuffix(WHATEVER_FOLLOWS) for other in opening])
    return labels, spellings, openings


def _beginning_with(codes: Sequence[str]) -> str:
    """The pattern of cells that say one of ``codes`` and its label: "WBRI - White British", "a) WBRI", "(WBRI) White
    British", "White British [WBRI]". A list letter with its bracket may stand before the code, no letter or digit
    right behind it."""
    any_of = "|".join(re.escape(code) for code in codes)
    return rf"(?i)^\W*(?:[a-z]{{1,2}}[0-9]?\)\s*)?(?:{any_of})(?:[^a-z0-9]|$)|[\[(](?:{any_of})[\])]\W*$"


def _table(name: str, table: Mapping[str, Any], *, typed: bool = False) -> TableSchema:
    constraints = _constraints(table) + tuple(u for f in table["fields"] for u in _unique_cells(f))
    key = _several(table.get("primaryKey"))
    if typed and key and all(c.unique != key for c in constraints):
        constraints += (Constraint(unique=key),)
    return TableSchema(
        name=name,
        title=table.get("title", name),
        subject=table.get("subject", "structure"),
        since=table.get("since"),
        sheets=_several(table.get("sheets")),
        optional=table.get("optional", False),
        fields=tuple(_field(f, typed=typed, key=typed and f["name"] in key) for f in table["fields"]),
        constraints=constraints,
        derived=tuple(_field(f) for f in table.get("derived", ())),
        primary_key=key,
        foreign_keys=tuple(
            ForeignKey(tuple(k["fields"]), k["reference"]["resource"], tuple(k["reference"]["fields"]))
            for k in table.get("foreignKeys", ())
        ),
    )


def _unique_cells(described: Mapping[str, Any]) -> Iterator[Constraint]:
    """``unique: true`` of a field, as Table Schema has it: a constraint on its table."""
    for constraint in _given_constraints(described):
        if constraint.get("unique") is True:
            said = {
                w: constraint[w] for w in ("since", "until", "rule", "message", "severity") if w in constraint
            }
            yield Constraint(unique=(described["name"],), **said)


def _field(described: Mapping[str, Any], *, typed: bool = False, key: bool = False) -> FieldSchema:
    """A column; where its schema is ``typed``, checked for what its type, format and codes ask for. Cells of a
    ``key`` are required."""
    type_, format_, codes = (described.get(word) for word in ("type", "format", "codes"))
    constraints = _constraints(described)
    if key and not any(c.required for c in constraints):
        constraints += (Constraint(required=True),)
    if typed:
        own = Constraint(type=type_ if type_ in TYPES else None, format=format_, enum=codes)
        constraints += tuple(_not_said(own, constraints))
    return FieldSchema(
        name=described["name"],
        type=type_ or "string",
        title=described.get("title"),
        format=format_,
        codes=codes,
        kind=described.get("kind"),
        optional=described.get("optional", False),
        heading=described.get("heading"),
        constraints=constraints,
        aliases=_several(described.get("aliases")),
        since=described.get("since"),
        until=described.get("until"),
    )


def _not_said(own: Constraint, said: Sequence[Constraint]) -> Iterator[Constraint]:
    """What a field's own type, format and codes ask for, each as a constraint, where none of ``said`` does."""
    for word in ("type", "format", "enum"):
        wanted = getattr(own, word)
        if wanted is not None and all(getattr(c, word) is None for c in said):
            yield Constraint(**{word: wanted})


_WORDS = {"minLength": "min_length", "maxLength": "max_length"}


def _constraints(described: Mapping[str, Any]) -> tuple[Constraint, ...]:
    """One constraint object, as Table Schema has it, or several with their years; ``unique: true`` left out."""
    made = []
    for given in _given_constraints(described):
        said: dict[str, Any] = {_WORDS.get(word, word): value for word, value in given.items()}
        unique = said.pop("unique", ())
        if isinstance(unique, bool):
            unique = ()
        if unique or not said.keys() <= _ABOUT_OTHERS:
            made.append(Constraint(**said, unique=tuple(unique)))
    return tuple(made)


_ABOUT_OTHERS = {"since", "until", "rule", "message", "severity", "differs"}
"""Words of a constraint that ask nothing of a cell."""


def _given_constraints(described: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    given = described.get("constraints", ())
    return [given] if isinstance(given, dict) else given
