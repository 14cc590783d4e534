"""One rule, from Python: the smallest door into the rules, and the one the conformance cases go through."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

import polars as pl

from childlink.errors import ToolFault, UsageFault, unknown_name
from childlink.reference.postcodes import PostcodeDirectory
from childlink.returns.years import parse_year
from childlink.rules import rule_book
from childlink.rules.context import Context, Period
from childlink.validation.engine import evaluate
from childlink.validation.run import KNOWN, Run


def check_rule(
    return_name: str,
    code: str,
    *,
    year: str,
    tables: Mapping[str, pl.DataFrame],
    context: Mapping[str, Any] | None = None,
) -> dict[str, list[int]]:
    """The rows that one rule flags in ``tables``: positions from 0 by table, sorted, tables without any left out.

    ``tables`` are frames of text (null for an empty cell; PL_DISTANCE is Float64), last year's under
    "previous.NAME"; columns that the rule does not need may be absent. ``context`` may hold collection_start and
    collection_end (dd/mm/yyyy), local_authority, collection_year, file_format ("csv", "xml"), providers (a
    frame) and postcodes (gives a PostcodeDirectory when called; without it the built-in one is read). A rule
    that is not in force in ``year``, or that lacks a table or input, flags nothing.

    Raises UsageFault for an unknown return, year, code, table or context key; ToolFault when the rule crashes.
    """
    book = rule_book(return_name)
    collection = parse_year(year)
    book.versions(code)
    rule = book.in_force(collection.name).get(code)
    if rule is None:
        return {}
    run = Run(book, _known_tables(book.schema.tables, tables), context_of(collection, context or {}))
    (outcome,) = evaluate([rule], run)
    if outcome.status == "crashed":
        raise ToolFault(f"rule {code}: {outcome.reason}")
    names = dict(rule.reported_as)
    found = {names.get(h.table, h.table): h.rows.to_list() for h in outcome.hits}
    return dict(sorted(found.items()))


def context_of(year: Any, given: Mapping[str, Any]) -> Context:
    """The context of a collection year, with what ``given`` (see ``check_rule``) puts in its place."""
    known = ("collection_start", "collection_end", "collection_year", *KNOWN)
    for name in given:
        if name not in known:
            raise unknown_name("context", name, known)
    start = _date(given.get("collection_start"), "collection_start") or year.start
    end = _date(given.get("collection_end"), "collection_end") or year.end
    return Context(
        period=Period(start, end),
        collection_year=int(str(given.get("collection_year", year.end.year))[:4]),
        local_authority=given.get("local_authority"),
        file_format=given.get("file_format"),
        providers=given.get("providers"),
        postcodes=given.get("postcodes") or built_in_postcodes,
    )


@cache
def built_in_postcodes() -> PostcodeDirectory:
    """The built-in postcode directory, read once a process: the core knows no folder to keep it in."""
    return PostcodeDirectory.built_in(cache=None)


def _date(text: str | None, name: str) -> date | None:
    try:
        return datetime.strptime(text, "%d/%m/%Y").date() if text is not None else None  # noqa: DTZ007
    except ValueError:
        raise UsageFault(f"{name} is not a date", allowed="a date written dd/mm/yyyy") from None


def _known_tables(known: Mapping[str, Any], tables: Mapping[str, pl.DataFrame]) -> Mapping[str, pl.DataFrame]:
    for name in tables:
        if name.removeprefix("previous.") not in known:
            raise unknown_name("table", name, known)
    return tables
