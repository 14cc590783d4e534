"""Validate a return: read it, derive what the DfE derives, run its rules, report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from childlink import __version__
from childlink.errors import UsageFault
from childlink.progress import Progress, unwatched
from childlink.reference import bank_holidays
from childlink.returns.model import Return
from childlink.returns.years import CollectionYear, parse_year
from childlink.rules import rule_book
from childlink.rules.context import Context, Period
from childlink.rules.registry import ELEMENTS, Rule, RuleBook
from childlink.schema.model import ReturnSchema
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
    return_name: str,
    paths: Sequence[Path],
    *,
    year: str,
    previous: Sequence[Path] = (),
    providers: Sequence[Path] = (),
    local_authority: str | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    severity: str | None = None,
    postcodes: Callable[[], Any] | None = None,
    show_values: bool = False,
    progress: Progress = unwatched,
) -> Report:
    """Validate the return in ``paths`` (files or folders) for a collection year against last year's ``previous``.

    ``providers`` are Ofsted's provider lists (``read_providers``). ``local_authority`` is a code or name, see
    ``find_authority``. ``postcodes`` gives the postcode directory; it is called, in a thread of its own, only where
    a rule that was asked for needs it. ``show_values`` puts the values of the cells that
    findings are about into the report. Options are looked at before files.

    Raises UsageFault and InputFault for what a user can mend. What is wrong with the data is in the report.
    """
    book = rule_book(return_name)
    collection = parse_year(year, book.schema.years)
    rules = select_rules(book, collection.name, select=select, ignore=ignore, severity=severity)
    authority = _authority_code(local_authority, collection) if local_authority is not None else None
    progress("reading", 0, 1)
    if providers and not book.schema.inputs:
        raise UsageFault(f"no rule of {return_name} reads provider lists", next_step="leave --providers out")
    with ThreadPoolExecutor(max_workers=1) as aside:
        # opening the directory is waiting for the disk, mostly: it goes on while the return is read
        directory = postcodes
        if postcodes is not None and needs_directory(rules, providers=bool(providers)):
            directory = aside.submit(postcodes).result
        lists = _read_providers(providers) if providers else None
        read = READERS[return_name](paths, previous, book.schema, collection)
        return validate_return(
            read,
            book,
            rules,
            providers=lists,
            local_authority=authority,
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


def _read_ssda903(
    paths: Sequence[Path], previous: Sequence[Path], schema: ReturnSchema, year: CollectionYear
) -> Return:
    from childlink.returns.ssda903 import read_ssda903

    layouts = {name: table.columns for name, table in schema.tables.items()}
    return read_ssda903(paths, previous, layouts, year, schema.xml)


def _read_cin(
    paths: Sequence[Path], previous: Sequence[Path], schema: ReturnSchema, year: CollectionYear
) -> Return:
    from childlink.returns.cin import read_cin

    return read_cin(paths, previous, schema, year)


READERS: Mapping[str, Callable[[Sequence[Path], Sequence[Path], ReturnSchema, CollectionYear], Return]] = {
    "ssda903": _read_ssda903,
    "cin": _read_cin,
}
"""How the files of each return are read: this year's, last year's."""

REFERENCE: Mapping[str, Callable[[], str]] = {"bank_holidays": bank_holidays.source}
"""Where the data come from that rules read and that ship with childlink, each with its date or version."""


def validate_return(
    read: Return,
    book: RuleBook,
    rules: Sequence[Rule],
    *,
    providers: ProviderLists | None = None,
    local_authority: str | None = None,
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
    context = Context(
        period=None if book.schema.period_end else Period(read.year.start, read.year.end),
        collection_year=read.year.ending,
        local_authority=local_authority,
        file_format=read.file_format,
        providers=listed,
        postcodes=postcodes,
    )
    tables = read.tables
    if any(table.derived for table in book.schema.tables.values()):
        from childlink.reference.derive import derive_columns

        tables = derive_columns(read.tables, directory, local_authority)
    outcomes = evaluate(rules, Run(book, tables, context), progress)
    for outcome in outcomes:
        if outcome.rule.code == ELEMENTS:
            _judge_elements(outcome, read)
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
            "reference": {name: REFERENCE[name]() for name in book.schema.reference},
        },
        child=book.schema.child,
        show_values=show_values,
    )


def _judge_elements(outcome: Outcome, read: Return) -> None:
    """Put what reading the XML found into the outcome of its rule: a finding for each path."""
    if read.file_format != "xml":
        outcome.not_run("the return did not come as XML")
        return
    paths = dict.fromkeys(element.path for element in read.unknown_elements)
    outcome.hits = [Hit(WHOLE_RETURN, pl.Series(dtype=pl.UInt32), (path,)) for path in paths]
    outcome.status = "findings" if paths else "passed"
