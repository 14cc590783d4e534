"""Validate a return: read it, derive what the DfE derives, run its rules, report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from childlink import __version__
from childlink.errors import UsageFault
from childlink.progress import Progress, unwatched
from childlink.reference import bank_holidays
from childlink.returns.given import given_files
from childlink.returns.model import Return
from childlink.returns.years import NO_YEAR, CollectionYear, parse_year
from childlink.rules import rule_book
from childlink.rules.context import Context, Period
from childlink.rules.registry import COLUMNS, ELEMENTS, Rule, RuleBook
from childlink.schema.model import ReturnSchema
from childlink.schema.reading import read_schema
from childlink.validation.engine import WHOLE_RETURN, Hit, Outcome, evaluate
from childlink.validation.report import Report, make_report
from childlink.validation.run import Run
from childlink.validation.selection import select_rules

if TYPE_CHECKING:
    from childlink.reference.providers import ProviderLists

# what only some returns need is imported where it is used: a small return is read in a tenth of a second

PLACEMENT_COLUMNS = ("PL_LA", "PL_LOCATION", "PL_DISTANCE")
"""Worked out from postcodes, and only where a rule needs them: the directory takes a while to open."""


def validate_files(
    return_name: str | None,
    paths: Sequence[Path],
    *,
    schema: Path | None = None,
    year: str | None = None,
    previous: Sequence[Path] = (),
    providers: Sequence[Path] = (),
    local_authority: str | None = None,
    as_of: date | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    severity: str | None = None,
    postcodes: Callable[[], Any] | None = None,
    show_values: bool = False,
    progress: Progress = unwatched,
) -> Report:
    """Validate the return in ``paths`` (files or folders) for a collection year against last year's ``previous``.

    ``schema``: the file of a schema of the user's own, in place of a return's name (None); what it says is all that
    is checked. A return that has no collection year needs no ``year``. ``as_of`` is the day on which ages are
    reckoned.
    ``providers`` are Ofsted's provider lists (``read_providers``). ``local_authority`` is a code or name, see
    ``find_authority``. ``postcodes`` gives the postcode directory; it is called, in a thread of its own, only where
    a rule that was asked for needs it. ``show_values`` puts the values of the cells that
    findings are about into the report. Options are looked at before files.

    Raises UsageFault and InputFault for what a user can mend. What is wrong with the data is in the report.
    """
    book = RuleBook(read_schema(schema)) if schema is not None else rule_book(return_name or "")
    collection = year_of(book.schema, year)
    rules = select_rules(book, collection.name, select=select, ignore=ignore, severity=severity)
    authority = _authority_code(local_authority, collection) if local_authority is not None else None
    progress("reading", 0, 1)
    if providers and not book.schema.inputs:
        raise UsageFault(
            f"no rule of {book.schema.name} reads provider lists", next_step="leave --providers out"
        )
    with ThreadPoolExecutor(max_workers=1) as aside:
        # opening the directory is waiting for the disk, mostly: it goes on while the return is read
        directory = postcodes
        if postcodes is not None and needs_directory(rules, providers=bool(providers)):
            directory = aside.submit(postcodes).result
        lists = _read_providers(providers) if providers else None
        read = read_return(paths, previous, book.schema, collection)
        return validate_return(
            read,
            book,
            rules,
            providers=lists,
            local_authority=authority,
            as_of=as_of,
            postcodes=directory,
            show_values=show_values,
            progress=progress,
        )


def needs_directory(rules: Sequence[Rule], *, providers: bool) -> bool:
    """Whether some rule reads what is worked out from postcodes: placement columns, or providers' authorities."""
    reads_places = any(c.name in PLACEMENT_COLUMNS for rule in rules for c in rule.needs)
    return reads_places or (providers and any(p.name == "providers" for r in rules for p in r.parameters))


def _authority_code(name: str, year: CollectionYear) -> str:
    from childlink.reference.local_authorities import find_authority

    return find_authority(name, on=year.end).ons_code


def _read_providers(paths: Sequence[Path]) -> ProviderLists:
    from childlink.reference.providers import read_providers

    return read_providers(paths)


def year_of(schema: ReturnSchema, year: str | None) -> CollectionYear:
    """The collection year that was asked for; NO_YEAR of a return that has none. Raises UsageFault."""
    if not schema.yearly:
        return NO_YEAR
    if year is None:
        raise UsageFault(
            f"which year's {schema.name} it is, was not said",
            allowed=f"one of {', '.join(schema.years)}",
            next_step=f"add --year {schema.years[-1]}",
        )
    return parse_year(year, schema.years)


def read_return(
    paths: Sequence[Path], previous: Sequence[Path], schema: ReturnSchema, year: CollectionYear
) -> Return:
    """Read the files of a return: this year's and last year's; by its own reader, or as its schema describes it."""
    # what only some returns need is imported where it is used
    if schema.name == "ssda903":
        from childlink.returns.ssda903 import read_ssda903

        layouts = {name: table.columns for name, table in schema.tables.items()}
        return read_ssda903(paths, previous, layouts, year, schema.xml)
    if schema.name == "cin":
        from childlink.returns.tree import read_tree

        return read_tree(paths, previous, schema, year)
    kind = given_files(paths, (), schema.formats)[0].kind
    if kind == "xml":
        from childlink.returns.tree import read_tree

        return read_tree(paths, previous, schema, year)
    if kind == "json":
        from childlink.returns.json_tables import read_json

        return read_json(paths, previous, schema, year)
    from childlink.returns.tabular import read_tabular

    read = read_tabular(paths, previous, schema, year)
    if schema.xml:
        from childlink.returns.tree import REFERENCE_DATE, YEAR, header_table, require_year

        header = read.tables.get(header_table(schema))
        if header is not None and {YEAR, REFERENCE_DATE} <= set(header.columns):
            require_year(header, f"the {header_table(schema)} table", year, schema)
    return read


REFERENCE: Mapping[str, Callable[[], str]] = {"bank_holidays": bank_holidays.source}
"""Where the data come from that rules read and that ship with childlink, each with its date or version."""


def validate_return(
    read: Return,
    book: RuleBook,
    rules: Sequence[Rule],
    *,
    providers: ProviderLists | None = None,
    local_authority: str | None = None,
    as_of: date | None = None,
    postcodes: Callable[[], Any] | None = None,
    show_values: bool = False,
    progress: Progress = unwatched,
) -> Report:
    """Run ``rules`` over a return that has been read; see ``validate_files``."""
    # the directory takes a while to open, and both the derived columns and rule 392c read it
    postcodes = cache(postcodes) if postcodes is not None else None
    needed = needs_directory(rules, providers=providers is not None)
    directory = postcodes() if postcodes is not None and needed else None
    listed = providers.table if providers is not None else None
    if listed is not None and directory is not None:
        from childlink.reference.providers import with_authorities

        listed = with_authorities(listed, directory, local_authority)
    of_a_year = read.year is not NO_YEAR
    context = Context(
        period=Period(read.year.start, read.year.end) if of_a_year and not book.schema.period_end else None,
        collection_year=read.year.ending if of_a_year else None,
        local_authority=local_authority,
        file_format=read.file_format,
        providers=listed,
        postcodes=postcodes,
        as_of_date=as_of,
    )
    tables = read.tables
    if any(table.derived for table in book.schema.tables.values()):
        from childlink.reference.derive import derive_columns

        tables = derive_columns(read.tables, directory, local_authority)
    absent = frozenset(f"{c.table}.{c.column}" for c in read.absent_columns if not c.optional)
    outcomes = _evaluate(rules, Run(book, tables, context, absent), read, progress)
    return make_report(
        outcomes,
        tables,
        read.lines,
        return_name=read.name,
        year=read.year.name,
        run={
            "version": __version__,
            "local_authority": local_authority,
            "inputs": [asdict(i) for i in read.inputs],
            "providers": [asdict(s) for s in providers.sheets] if providers is not None else [],
            "unknown_elements": [asdict(e) for e in read.unknown_elements],
            **_how_read(read, book.schema.title if book.schema.formats else None),
            **({"as_of": as_of.isoformat()} if as_of is not None and reads_as_of(rules) else {}),
            "reference": {name: REFERENCE[name]() for name in book.schema.reference},
        },
        child=book.schema.child_columns,
        show_values=show_values,
    )


def reads_as_of(rules: Iterable[Rule]) -> bool:
    """Whether some rule reckons ages on a day of its own."""
    return any(p.name == "as_of_date" for rule in rules for p in rule.parameters)


def _how_read(read: Return, title: str | None) -> dict[str, Any]:
    """How files differ from their tables, for the run block of a report; and the return's title, where it has one."""
    told: dict[str, Any] = {}
    if title is not None:
        told["title"] = title
    if read.absent_columns:
        told["absent_columns"] = [asdict(c) for c in read.absent_columns]
    if read.unread_columns:
        told["unread_columns"] = [asdict(c) for c in read.unread_columns]
    if read.unread_sheets:
        told["unread_sheets"] = list(read.unread_sheets)
    if read.taken_as_missing:
        told["taken_as_missing"] = dict(read.taken_as_missing)
    return told


def _evaluate(rules: Sequence[Rule], run: Run, read: Return, progress: Progress) -> list[Outcome]:
    """The outcome of each rule, in the order of ``rules``, with what reading the files decides put in."""
    outcomes = evaluate(rules, run, progress)
    for outcome in outcomes:
        if outcome.rule.code == ELEMENTS:
            _judge_elements(outcome, read)
        elif outcome.rule.code == COLUMNS:
            _judge_columns(outcome, read)
    return outcomes


def _judge_columns(outcome: Outcome, read: Return) -> None:
    """Put what reading the files found into the outcome of its rule: a finding for each column that is not there."""
    if read.file_format not in ("csv", "xlsx"):
        outcome.not_run("the return did not come as tables")
        return
    lacking = [f"{c.table}.{c.column}" for c in read.absent_columns if not c.optional]
    outcome.hits = [Hit(WHOLE_RETURN, pl.Series(dtype=pl.UInt32), (name,)) for name in lacking]
    outcome.status = "findings" if lacking else "passed"


def _judge_elements(outcome: Outcome, read: Return) -> None:
    """Put what reading the XML or JSON found into the outcome of its rule: a finding for each path."""
    if read.file_format not in ("xml", "json"):
        outcome.not_run("the return did not come as XML")
        return
    paths = dict.fromkeys(element.path for element in read.unknown_elements)
    outcome.hits = [Hit(WHOLE_RETURN, pl.Series(dtype=pl.UInt32), (path,)) for path in paths]
    outcome.status = "findings" if paths else "passed"
