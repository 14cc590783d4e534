"""Compare several returns of one year: read each with its own reader, match their children, run the rules, report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import polars as pl

from childlink import __version__
from childlink.errors import UsageFault
from childlink.progress import Progress, unwatched
from childlink.returns.given import given_files
from childlink.returns.model import AbsentColumn, InputFile
from childlink.returns.years import CollectionYear, collection_year, parse_year
from childlink.rules import rule_book
from childlink.rules.context import Context, Period, Unavailable
from childlink.rules.registry import RuleBook
from childlink.schema.model import ReturnSchema, load_return_schema
from childlink.validation.engine import evaluate
from childlink.validation.report import Report, make_report
from childlink.validation.run import Run
from childlink.validation.selection import select_rules
from childlink.validation.validate import read_return

CROSS = "cross"
"""The name under which the comparison has its schema, rules and reports."""
RETURNS = {
    "ssda903": "SSDA903",
    "cin": "children in need census",
    "sen2": "SEN2 return",
    "school_census": "school census",
}
"""The returns that can be compared, and what people call them."""
SAY_THEIR_YEAR = ("cin", "sen2")
"""The returns whose header says which year they are of."""


def option_of(name: str) -> str:
    """The option by which a return of RETURNS is given: "--school-census"."""
    return f"--{name.replace('_', '-')}"


@dataclass
class _Read:
    """What has been read: tables, and the line of each row, under the return's name and the table's."""

    tables: dict[str, pl.DataFrame] = field(default_factory=dict, repr=False)
    lines: dict[str, pl.Series] = field(default_factory=dict, repr=False)
    inputs: list[InputFile] = field(default_factory=list)
    absent: list[AbsentColumn] = field(default_factory=list)

    def take(
        self,
        name: str,
        tables: Mapping[str, pl.DataFrame],
        lines: Mapping[str, pl.Series],
        inputs: Sequence[InputFile],
        absent: Sequence[AbsentColumn] = (),
    ) -> None:
        """Take in those tables of the return ``name`` that some rule reads."""
        known = rule_book(CROSS).schema.tables
        wanted = {table: f"{name} {table}" for table in tables if f"{name} {table}" in known}
        self.tables |= {new: tables[table] for table, new in wanted.items()}
        self.lines |= {new: lines[table] for table, new in wanted.items() if table in lines}
        self.inputs += [replace(i, table=wanted[i.table]) for i in inputs if i.table in wanted]
        self.absent += [
            replace(column, table=wanted[column.table])
            for column in absent
            if column.table in wanted
            and any(f.name == column.column for f in known[wanted[column.table]].fields)
        ]


class _Run(Run):
    """A run over the returns ``given`` that says which return is lacking, rather than which table."""

    def __init__(
        self, book: RuleBook, tables: Mapping[str, pl.DataFrame], context: Context, given: Collection[str]
    ) -> None:
        super().__init__(book, tables, context)
        self.given = given

    def table(self, name: str) -> pl.DataFrame:
        """See Run."""
        of_return = name.split()[0]
        if of_return not in self.given:
            raise Unavailable(f"no {RETURNS[of_return]} was given ({option_of(of_return)})")
        return super().table(name)


def validate_cross(
    given: Mapping[str, Sequence[Path]],
    *,
    year: str | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    severity: str | None = None,
    show_values: bool = False,
    progress: Progress = unwatched,
) -> Report:
    """Compare returns of one authority and year. ``given``: the files or folders of each, by names of RETURNS.

    ``year`` may be left out where the children in need census or SEN2 is among them: their headers say it. Tables
    of the report are called by return and table ("cin CINdetails"), their rows and lines are those of the files. The
    run block has a part ``matched``: how many children each of the two returns with child ids has, how many have the
    same id in both, and how many UPNs stand in several returns, SEN2 or the school census among them; None for what
    cannot be said.

    Raises UsageFault where there are not two returns, where their years are not one, or no rule is left; InputFault
    where one of them cannot be read.
    """
    sources = {name: given[name] for name in RETURNS if given.get(name)}
    book = rule_book(CROSS)
    if len(sources) < 2:
        raise UsageFault(
            f"two returns or more are compared, and {' and '.join(map(option_of, sources)) or 'none'} is given",
            allowed=", ".join(f"{option_of(name)} PATH" for name in RETURNS),
            next_step="childlink validate cross --ssda903 FOLDER --cin FILE",
        )
    wanted = parse_year(year, book.schema.years) if year is not None else None
    in_year = wanted.name if wanted is not None else book.schema.years[-1]
    rules = select_rules(book, in_year, select=select, ignore=ignore, severity=severity)
    read, of_year = _read(sources, wanted, progress)
    context = Context(period=Period(of_year.start, of_year.end), collection_year=of_year.ending)
    run = _Run(book, read.tables, context, sources)
    outcomes = evaluate(rules, run, progress)
    return make_report(
        outcomes,
        read.tables,
        read.lines,
        return_name=CROSS,
        year=of_year.name,
        run={
            "version": __version__,
            "local_authority": None,
            "inputs": [asdict(i) for i in _told_apart(read.inputs)],
            "providers": [],
            "unknown_elements": [],
            "title": book.schema.title,
            **({"absent_columns": [asdict(c) for c in read.absent]} if read.absent else {}),
            "matched": matched(run),
            "reference": {},
        },
        child=book.schema.child_columns,
        show_values=show_values,
    )


def _read(
    sources: Mapping[str, Sequence[Path]], wanted: CollectionYear | None, progress: Progress
) -> tuple[_Read, CollectionYear]:
    """Read every return; those first that say of which year they are, since the others are read as of that year."""
    read, said = _Read(), {} if wanted is None else {"--year": wanted}
    order = sorted(sources, key=lambda name: name not in SAY_THEIR_YEAR)
    for done, name in enumerate(order):
        progress("reading", done, len(order))
        schema = load_return_schema(name)
        if name in SAY_THEIR_YEAR:
            from childlink.returns.tree import read_files  # lxml only where there is XML

            files = read_files(given_files(sources[name], ()), schema, None)
            read.take(name, files.tables, files.lines, files.inputs)
            said |= _year_of(files.tables, schema)
            _one_year(said)
        else:
            of_year = _known_to(_one_year(said), schema)
            whole = read_return(sources[name], (), schema, of_year)
            read.take(name, whole.tables, whole.lines, whole.inputs, whole.absent_columns)
    of_year = _one_year(said)
    for name in sources:
        _known_to(of_year, load_return_schema(name))
    return read, of_year


def _year_of(tables: Mapping[str, pl.DataFrame], schema: ReturnSchema) -> dict[str, CollectionYear]:
    """The year that a return's header says, by what the return is called; empty where it says none."""
    from childlink.returns.tree import header_table, year_said

    header = tables.get(header_table(schema))
    said = year_said(header, schema) if header is not None else None
    if said is None:
        return {}
    ending, words = said
    if not 1 < ending < 9999 or collection_year(ending).name not in schema.years:
        raise UsageFault(
            f"the {RETURNS[schema.name]} is of a year that childlink does not know (its header has {words})",
            allowed=f"one of {', '.join(schema.years)}",
            next_step="check that it is the right file",
        )
    return {f"the {RETURNS[schema.name]}, whose header has {words}": collection_year(ending)}


def _one_year(said: Mapping[str, CollectionYear]) -> CollectionYear:
    """The year that all say; UsageFault, naming both, where two do not, and where none says any."""
    if not said:
        raise UsageFault(
            "which year's returns they are, was not said",
            allowed=f"one of {', '.join(rule_book(CROSS).schema.years)}",
            next_step=f"add --year {rule_book(CROSS).schema.years[-1]}",
        )
    (first, year), *others = said.items()
    for other, its in others:
        if its != year:
            raise UsageFault(
                f"the returns are of different years: {other}, is of {its.name}, not of {year.name} as {first} "
                + ("says" if first == "--year" else "is"),
                allowed="returns of one collection year",
                next_step=f"give the file of {year.name}, or --year {its.name} and all returns of it",
            )
    return year


def _known_to(year: CollectionYear, schema: ReturnSchema) -> CollectionYear:
    """The year, where the return's schema has it."""
    if year.name not in schema.years:
        raise UsageFault(
            f"childlink does not know the {RETURNS[schema.name]} of {year.name}",
            allowed=f"one of {', '.join(schema.years)}",
            next_step=f"leave {option_of(schema.name)} out",
        )
    return year


def _told_apart(inputs: Sequence[InputFile]) -> list[InputFile]:
    """The inputs, files that several returns have under one name with the return's name before it."""
    holders = Counter(file for _, file in {(i.table.split()[0], i.file) for i in inputs})
    return [replace(i, file=f"{i.table.split()[0]}/{i.file}") if holders[i.file] > 1 else i for i in inputs]


def matched(run: Run) -> dict[str, int | None]:
    """How many children the returns have, and have in common; see ``validate_cross``."""
    shared = {"ssda903": "ids_of_903", "cin": "ids_of_cin", "same_id": "ids_in_common"}
    counts: dict[str, int | None] = {name: _rows(run, value) for name, value in shared.items()}
    if counts["same_id"] is None and counts["ssda903"] is not None and counts["cin"] is not None:
        counts["same_id"] = 0
    return {**counts, "same_upn": _rows(run, "upns_in_several")}


def _rows(run: Run, value: str) -> int | None:
    """The number of rows of a shared value; None where it cannot be worked out."""
    try:
        return int(run.argument(value).select(pl.len()).collect().item())
    except Unavailable:
        return None
