"""One rule, from Python: the smallest door into the rules, and the one the conformance cases go through."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl

from childlink.errors import ToolFault, UsageFault, unknown_name
from childlink.returns.years import NO_YEAR, CollectionYear
from childlink.rules import rule_book
from childlink.rules.context import Context, Period
from childlink.validation.engine import Outcome, evaluate
from childlink.validation.run import KNOWN, Run
from childlink.validation.validate import year_of

if TYPE_CHECKING:
    from childlink.reference.postcodes import PostcodeDirectory


def check_rule(
    return_name: str,
    code: str,
    *,
    year: str | None = None,
    tables: Mapping[str, pl.DataFrame],
    context: Mapping[str, Any] | None = None,
) -> dict[str, list[int]]:
    """The rows that one rule flags in ``tables``: positions from 0 by table, sorted, tables without any left out.

    ``tables`` are frames of text (null for an empty cell; PL_DISTANCE is Float64), last year's under
    "previous.NAME"; columns that the rule does not need may be absent. ``context`` may hold collection_start and
    collection_end (dd/mm/yyyy), as_of_date (dd/mm/yyyy, or a date), local_authority, collection_year, file_format
    ("csv", "xml"), providers (a frame) and postcodes (gives a PostcodeDirectory when called; without it the built-in
    one is read). A rule that is not in force in ``year`` (which a return without collection years does not need), or
    that lacks a table or input, flags nothing. A finding about the return as a whole gives {"": []}.

    Raises UsageFault for an unknown return, year, code, table or context key; ToolFault when the rule crashes.
    """
    outcome = _outcome(return_name, code, year, tables, context or {})
    if outcome is None:
        return {}
    names = dict(outcome.rule.reported_as)
    found: dict[str, set[int]] = {}
    for hit in outcome.hits:  # a table has several where several of its columns are constrained by one rule
        found.setdefault(names.get(hit.table, hit.table), set()).update(hit.rows)
    return {table: sorted(rows) for table, rows in sorted(found.items())}


def check_findings(
    return_name: str,
    code: str,
    *,
    year: str | None = None,
    tables: Mapping[str, pl.DataFrame],
    context: Mapping[str, Any] | None = None,
) -> list[dict[str, list[int]]]:
    """The findings of one rule in ``tables``: for each, its rows as in ``check_rule``, which also says the rest.

    In the order of their first rows. A row that belongs to several findings is in each of them.
    """
    outcome = _outcome(return_name, code, year, tables, context or {})
    if outcome is None:
        return []
    if outcome.members is None:
        return [
            {h.table: [row]} if row is not None else {h.table: []}
            for h in outcome.hits
            for row in (h.rows.to_list() or [None])
        ]
    found: list[dict[str, list[int]]] = []
    for finding, table, row in outcome.members.select("finding", "table", "row").iter_rows():
        if finding == len(found):
            found.append({})
        found[finding].setdefault(table, []).append(row)
    return found


def _outcome(
    return_name: str,
    code: str,
    year: str | None,
    tables: Mapping[str, pl.DataFrame],
    context: Mapping[str, Any],
) -> Outcome | None:
    """What becomes of one rule; None where it is not in force."""
    book = rule_book(return_name)
    collection = year_of(book.schema, year)
    book.versions(code)
    rule = book.in_force(collection.name).get(code)
    if rule is None:
        return None
    known = context_of(collection, context, own_period=book.schema.period_end is not None)
    run = Run(book, _known_tables(book.schema.tables, tables), known)
    (outcome,) = evaluate([rule], run)
    if outcome.status == "crashed":
        raise ToolFault(f"rule {code}: {outcome.reason}")
    return outcome


def context_of(year: CollectionYear, given: Mapping[str, Any], *, own_period: bool = False) -> Context:
    """The context of a collection year, with what ``given`` (see ``check_rule``) puts in its place.

    ``own_period``: the return itself says what its period is, unless ``given`` does.
    """
    known = ("collection_start", "collection_end", "collection_year", *KNOWN)
    for name in given:
        if name not in known:
            raise unknown_name("context", name, known)
    start = _date(given.get("collection_start"), "collection_start")
    end = _date(given.get("collection_end"), "collection_end")
    usual = Period.of_year_to(end or year.end)
    given_none = start is None and end is None
    as_of = given.get("as_of_date")
    unknown = given_none and (own_period or year is NO_YEAR)
    return Context(
        period=None if unknown else Period(start or usual.start, end or usual.end),
        collection_year=int(str(given.get("collection_year", year.end.year))[:4]),
        local_authority=given.get("local_authority"),
        file_format=given.get("file_format"),
        providers=given.get("providers"),
        postcodes=given.get("postcodes") or built_in_postcodes,
        as_of_date=as_of if isinstance(as_of, date) else _date(as_of, "as_of_date"),
    )


@cache
def built_in_postcodes() -> PostcodeDirectory:
    """The built-in postcode directory, read once a process: the core knows no folder to keep it in."""
    from childlink.reference.postcodes import PostcodeDirectory

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
