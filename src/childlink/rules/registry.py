"""Rules as data: code, message, severity, fields and years, with the function that finds the failing rows.

A rule is a function whose parameters name what it reads, and whose docstring is its condition in plain words:

    @rule("148", Episodes.DEC, Episodes.REC, message="Date episode ceased and reason ...")
    def ceased_without_date_or_reason() -> pl.Expr:
        '''An Episodes row in which exactly one of DEC and REC is present.'''
        return Episodes.DEC.present ^ Episodes.REC.present

It returns either a condition on the rows of its one table (an expression; null flags nothing), or the frame of
its failing rows, in which every flagged table's row column (``Episodes.row``) stands. Parameters are the names
of tables (``episodes``, ``previous_header``), of what the run knows (``period``, ``local_authority``,
``providers``, ``file_format``, ``postcodes``, ``columns_given``) and of shared vocabulary (functions marked
``shared``). A parameter with the default None is optional; without any other the rule does not run, and says
what it lacked.

A row flagged is a finding of its own, unless ``key`` says which values make one: flagged rows that share them, of
one table or several, are one finding. A rule about the return as a whole (``whole_return``) flags no row: it
returns a frame that has rows where the return fails.

Years overlay (as the DfE publishes them): of several rules under one code the one with the latest ``since`` not
after the collection year is in force, unless ``withdrawn`` names a year not after it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import polars as pl

from childlink.errors import unknown_name
from childlink.rules.columns import Column, Table
from childlink.schema.dates import IN_WORDS
from childlink.schema.model import Constraint, PlacedConstraint, ReturnSchema

Severity: TypeAlias = Literal["error", "query"]
Key: TypeAlias = "Column | tuple[Column, ...]"
"""A value of a finding's key: a column, or several of which the first that a row has counts."""
Finds: TypeAlias = Callable[..., "pl.Expr | pl.LazyFrame"]


@dataclass(frozen=True)
class Parameter:
    """Something a rule or a shared value reads, by name; ``optional`` ones come as None where absent."""

    name: str
    optional: bool


@dataclass(frozen=True)
class Rule:
    """One published check as it stands from the year ``since`` on.

    ``documented`` is the condition in plain words as it was written; read ``condition``. ``flags`` are the tables
    whose rows it reports, ``fields`` the columns it reports on them. ``needs`` are derived columns that must be
    there. ``differs`` says in a sentence where this departs from the reference implementation or from the words of
    the message. ``reported_as`` names, for a flagged table, the table under whose name the published cases report
    its rows (706, SW01STG1); reports for people name the true one. ``key`` are the values that make one finding of
    several rows; without it the rows of a rule that flags one table are findings each. A rule of the
    ``whole_return`` has no ``flags``: its finding has no row.

    Either ``finds`` is set, or ``constraints`` of the schema.
    """

    code: str
    message: str
    severity: Severity
    documented: str
    subject: str
    since: str
    flags: tuple[str, ...]
    fields: tuple[Column, ...]
    withdrawn: str | None = None
    needs: tuple[Column, ...] = ()
    differs: str | None = None
    reported_as: tuple[tuple[str, str], ...] = ()
    key: tuple[tuple[Column, ...], ...] = ()
    whole_return: bool = False
    finds: Finds | None = field(default=None, compare=False)
    parameters: tuple[Parameter, ...] = ()
    constraints: tuple[PlacedConstraint, ...] = field(default=(), compare=False)

    def published_by(self, schema: ReturnSchema) -> bool:
        """Whether whoever asks for the return published the rule; else it is childlink's own."""
        return not self.code.startswith(("S-", "X-", *schema.own))

    @property
    def condition(self) -> str:
        """When a row is flagged, in plain words; the lines as they were written, without their indent."""
        return inspect.cleandoc(self.documented)

    def fields_of(self, table: str) -> list[str]:
        """The names of the columns this rule reports on a row of ``table``, in published order."""
        return [c.name for c in self.fields if c.table == table]


class RuleBook:
    """All the rules of one return, of every year."""

    def __init__(self, schema: ReturnSchema) -> None:
        self.schema = schema
        self._rules: list[Rule] = []
        self._versions: set[tuple[str, str]] = set()
        self.shared: dict[str, SharedValue] = {}
        for rule in _constraint_rules(schema):
            self.add(rule)

    def add(self, rule: Rule) -> None:
        """Take a rule in; two under one code and ``since`` are a mistake of ours."""
        version = (rule.code, rule.since)
        if version in self._versions:
            raise ValueError(f"rule {rule.code} of {rule.since} is there twice")
        self._versions.add(version)
        self._rules.append(rule)

    def rule(
        self,
        code: str,
        *fields: Column,
        message: str,
        severity: Severity = "error",
        flags: Iterable[Table] = (),
        needs: Iterable[Column] = (),
        since: str | None = None,
        withdrawn: str | None = None,
        differs: str | None = None,
        reported_as: Mapping[Table, Table] | None = None,
        key: Iterable[Key] = (),
        whole_return: bool = False,
    ) -> Callable[[Finds], Finds]:
        """Decorate a function as a rule. ``flags`` defaults to the tables of ``fields``, in their order."""
        tables = tuple(t.name for t in flags) or tuple(dict.fromkeys(c.table for c in fields))
        if whole_return:
            tables = ()

        def register(finds: Finds) -> Finds:
            self.add(
                Rule(
                    code=code,
                    message=message,
                    severity=severity,
                    documented=finds.__doc__ or "",
                    subject=finds.__module__.rpartition(".")[2],
                    since=since or self.schema.years[0],
                    withdrawn=withdrawn,
                    flags=tables,
                    fields=fields,
                    needs=tuple(needs),
                    differs=differs,
                    reported_as=tuple((t.name, other.name) for t, other in (reported_as or {}).items()),
                    key=tuple((k,) if isinstance(k, Column) else k for k in key),
                    whole_return=whole_return,
                    finds=finds,
                    parameters=parameters_of(finds),
                )
            )
            return finds

        return register

    def share(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Decorate a function whose result, worked out at most once a run, rules read under its name."""
        self.shared[function.__name__] = SharedValue(function, parameters_of(function))
        return function

    def in_force(self, year: str) -> dict[str, Rule]:
        """The rules of one collection year by code, in the order of ``sort_key``."""
        latest: dict[str, Rule] = {}
        for rule in sorted(self._rules, key=lambda r: r.since):
            if rule.since <= year:
                latest[rule.code] = rule
        standing = [r for r in latest.values() if r.withdrawn is None or year < r.withdrawn]
        return {r.code: r for r in sorted(standing, key=lambda r: sort_key(r.code))}

    def versions(self, code: str) -> list[Rule]:
        """Every version of a rule, oldest first. Raises UsageFault for an unknown code."""
        found = sorted((r for r in self._rules if r.code == code), key=lambda r: r.since)
        if not found:
            raise unknown_code(code, self.codes())
        return found

    def codes(self) -> list[str]:
        """Every code of every year, in the order of ``sort_key``."""
        return sorted({r.code for r in self._rules}, key=sort_key)


@dataclass(frozen=True)
class SharedValue:
    """Vocabulary that several rules read: a function and the names of what it reads."""

    function: Callable[..., Any]
    parameters: tuple[Parameter, ...]


def parameters_of(function: Callable[..., Any]) -> tuple[Parameter, ...]:
    """The parameters of ``function`` in order; those with a default are optional."""
    if inspect.isfunction(function) and not function.__kwdefaults__:
        # there are hundreds of rules, and a signature takes ten times as long as what is read here
        names = function.__code__.co_varnames[: function.__code__.co_argcount]
        required = len(names) - len(function.__defaults__ or ())
        return tuple(Parameter(name, place >= required) for place, name in enumerate(names))
    signature = inspect.signature(function)
    return tuple(
        Parameter(p.name, p.default is not inspect.Parameter.empty) for p in signature.parameters.values()
    )


def sort_key(code: str) -> tuple[bool, int, str]:
    """Codes in the order people read them: 101, 197B, 197a, 1000, then INT01, NoE, SW02STG1, last S-..."""
    digits = code[: len(code) - len(code.lstrip("0123456789"))]
    return (not digits, int(digits) if digits else (1 if code.startswith("S-") else 0), code)


def unknown_code(code: str, known: Iterable[str]) -> Exception:
    """The fault of a rule code nobody knows."""
    return unknown_name("rule", code, known, next_step="see: childlink rules list")


def _constraint_rules(schema: ReturnSchema) -> Iterable[Rule]:
    """The rules that constraints of the schema are: the DfE's, then the structural ones of our own."""
    structural: dict[tuple[str, str], list[PlacedConstraint]] = {}
    published: dict[tuple[str, str], list[PlacedConstraint]] = {}
    for table, column, constraint in schema.constraints():
        placed = (table, column, constraint)
        if constraint.rule is not None:
            since = constraint.since or table.since or schema.years[0]
            published.setdefault((constraint.rule, since), []).append(placed)
            continue
        for year in schema.years:
            of_year = (table.since is None or table.since <= year) and (
                column is None or column.holds_in(year)
            )
            if of_year and constraint.holds_in(year):
                structural.setdefault((_structural_code(constraint, schema), year), []).append(placed)
    for (code, since), several in published.items():
        first = several[0][2]
        yield Rule(
            code=code,
            message=first.message or "",
            severity=first.severity,
            documented="\n".join(_in_words(placed, schema) for placed in several),
            subject=several[0][0].subject,
            since=since,
            withdrawn=_year_after(first.until, schema.years),
            flags=tuple(dict.fromkeys(table.name for table, _, _ in several)),
            fields=tuple(c for placed in several for c in _columns_of(placed)),
            differs=first.differs,
            constraints=tuple(several),
        )
    for (code, year), several in structural.items():
        message, condition = (text.replace("DATE", dates_in_words(schema)) for text in STRUCTURAL[code])
        yield Rule(
            code=code,
            message=message,
            severity="error",
            documented=condition,
            subject="structure",
            since=year,
            flags=tuple(dict.fromkeys(t.name for t, _, _ in several)),
            fields=tuple(c for placed in several for c in _columns_of(placed)),
            constraints=tuple(several),
        )
    if {"csv", "xlsx"} & set(schema.formats):
        yield _columns_rule(schema)


def _columns_of(placed: PlacedConstraint) -> tuple[Column, ...]:
    table, column, constraint = placed
    return Table(table).columns(*([column.name] if column else constraint.unique))


def _in_words(placed: PlacedConstraint, schema: ReturnSchema) -> str:
    table, column, constraint = placed
    return in_words(table.name, column.name if column else constraint.unique[0], constraint, schema)


def _columns_rule(schema: ReturnSchema) -> Rule:
    """The check that tables have their columns, which reading them decides."""
    message, condition = STRUCTURAL[COLUMNS]
    return Rule(
        code=COLUMNS,
        message=message,
        severity="error",
        documented=condition,
        subject="structure",
        since=schema.years[0],
        flags=(),
        fields=(),
        whole_return=True,
    )


def _year_after(year: str | None, years: tuple[str, ...]) -> str | None:
    """The collection year that follows ``year``; None for None, and for the last year known."""
    later = years[years.index(year) + 1 :] if year is not None else ()
    return later[0] if later else None


COLUMNS = "S-COLUMN"
"""The code of the check that files have the columns of their tables, which reading them decides."""

ELEMENTS = "S-ELEMENT"
"""The code of the check that an XML file holds the return's elements and no others, which reading it decides."""

STRUCTURAL = {
    "S-MISSING": (
        "A cell that every row needs is empty.",
        "A row whose cell is empty in a column that no row can do without and that no DfE rule asks for.",
    ),
    "S-DATE": (
        "A date is not written DATE or does not exist.",
        (
            "A row whose cell is present and is not a real date written DATE, in a date column whose dates "
            "no DfE rule checks. Rules treat such a date as missing."
        ),
    ),
    "S-CODE": (
        "A code is not one of its code set.",
        "A row whose cell is present and is not a code of its code set, in a column whose codes no DfE rule checks.",
    ),
    "S-TYPE": (
        "A cell is not of its column's type.",
        (
            "A row whose cell is present and is not what its column holds: a whole number, a number, or yes or no "
            "(1, 0, true, false, Y, N)."
        ),
    ),
    "S-FORMAT": (
        "A cell does not have its column's form.",
        "A row whose cell is present and is too long, too short or not of the form that its column has.",
    ),
    "S-RANGE": (
        "A number is outside its column's range.",
        "A row whose cell is a number below the least or above the greatest that its column may hold.",
    ),
    "S-IDENTIFIER": (
        "A UPN, ULN or NHS number is not one: its form or its check digit is wrong.",
        (
            "A row whose cell is present and is not a number of its kind: not of its form, or with a check letter or "
            "digit that does not fit. A UPN may be temporary; a code that says why there is none is no UPN."
        ),
    ),
    "S-COLUMN": (
        "A table lacks a column that every such table has.",
        (
            "A file or sheet of the return without a column that its table has. One finding for each column. Rules "
            "take the column for empty."
        ),
    ),
    "S-KEY": (
        "Rows that should be one of a kind stand more than once.",
        "A row whose key (the columns named) stands on another row of its table. Every such row is flagged.",
    ),
    "S-CHILD": (
        "Several children have one id: their records cannot be told apart.",
        (
            "A row whose child's id stands on another row of a table that has one row for each child. Every such row "
            "is flagged, the first included. Rules take the records of these children for one child's."
        ),
    ),
}
"""Checks of our own on single cells, where the DfE publishes none: code -> (message, condition). DATE stands for
the form in which the return writes dates."""


def dates_in_words(schema: ReturnSchema) -> str:
    """How the return writes dates: "dd/mm/yyyy", "yyyy-mm-dd or dd/mm/yyyy"."""
    return " or ".join(IN_WORDS[form] for form in schema.dates)


def _structural_code(constraint: Constraint, schema: ReturnSchema) -> str:
    if constraint.unique:
        return "S-CHILD" if constraint.unique[0] in schema.child_columns else "S-KEY"
    if constraint.type is not None:
        return "S-DATE" if constraint.type == "date" else "S-TYPE"
    if constraint.format is not None:
        return "S-FORMAT" if constraint.format == "postcode" else "S-IDENTIFIER"
    if constraint.enum is not None:
        return "S-CODE"
    if constraint.pattern is not None or constraint.min_length or constraint.max_length:
        return "S-FORMAT"
    return "S-RANGE" if constraint.minimum is not None or constraint.maximum is not None else "S-MISSING"


TYPE_IN_WORDS = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "yes or no (1, 0, true, false, Y, N)",
}
FORMAT_IN_WORDS = {
    "upn": "a unique pupil number (its form or check letter is wrong)",
    "uln": "a unique learner number (its form or check digit is wrong)",
    "nhs_number": "an NHS number (its form or check digit is wrong)",
    "postcode": "a postcode by its form",
}


def in_words(table: str, column: str, constraint: Constraint, schema: ReturnSchema) -> str:
    """The condition under which a constraint flags a row, as a sentence."""
    if constraint.unique:
        key = " and ".join(constraint.unique)
        return (
            f"A row of {table} whose {key} appears on more than one row of {table}. Every such row is flagged, "
            f"the first included. Rows with a missing {key} are never flagged."
        )
    faults = []
    if constraint.type == "date":
        faults.append(
            f"is not a real date written {dates_in_words(schema)} (day and month may have one digit)"
        )
    if constraint.type in TYPE_IN_WORDS:
        faults.append(f"is not {TYPE_IN_WORDS[constraint.type]}")
    if constraint.format is not None:
        faults.append(f"is not {FORMAT_IN_WORDS[constraint.format]}")
    if constraint.enum is not None:
        exactly = (
            "one of (in these or other known spellings)"
            if constraint.enum in schema.spellings
            else "exactly one of"
        )
        faults.append(f"is not {exactly} {', '.join(schema.code_sets[constraint.enum])}")
    if constraint.pattern is not None:
        faults.append(f"does not have the form {constraint.pattern} over its whole length")
    if constraint.minimum is not None:
        faults.append(f"is below {constraint.minimum:g}")
    if constraint.maximum is not None:
        faults.append(f"is above {constraint.maximum:g}")
    if constraint.min_length is not None:
        faults.append(f"has fewer than {constraint.min_length} characters")
    if constraint.max_length is not None:
        faults.append(f"has more than {constraint.max_length} characters")
    wrong = " or ".join(faults)
    if constraint.required:
        return f"A row of {table} whose {column} is {' or '.join(['missing', *faults])}."
    return f"A row of {table} whose {column} is present and {wrong}. A missing {column} is not flagged."
