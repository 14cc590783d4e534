"""What the rules of a return say of made-up tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from childlink.errors import ToolFault
from childlink.returns.years import NO_YEAR, CollectionYear
from childlink.rules.context import Context, Period
from childlink.rules.registry import Rule, RuleBook
from childlink.schema.model import FileFormat
from childlink.validation.engine import WHOLE_RETURN, evaluate
from childlink.validation.run import Run


@dataclass(frozen=True)
class Flag:
    """Rows of one table that a rule flags (positions from 0) and the columns it reports on them."""

    code: str
    table: str
    rows: tuple[int, ...]
    fields: tuple[str, ...]


@dataclass
class Judge:
    """The rules of one year. ``day`` is that on which ages are reckoned, ``authority`` the ONS code of the returning
    authority; ``rules`` are those in force, ``codes`` theirs."""

    book: RuleBook
    year: CollectionYear
    day: date
    authority: str
    file_format: FileFormat
    rules: Mapping[str, Rule] = field(init=False)

    def __post_init__(self) -> None:
        self.rules = self.book.in_force(self.year.name)

    def flags(self, tables: Mapping[str, pl.DataFrame], rules: Sequence[Rule] | None = None) -> list[Flag]:
        """What ``rules``, all of them where none are named, flag; a finding about the return as a whole has no rows.

        Raises ToolFault where a rule crashes.
        """
        of_year = self.year is not NO_YEAR
        own_period = self.book.schema.period_end is not None
        context = Context(
            period=Period(self.year.start, self.year.end) if of_year and not own_period else None,
            collection_year=self.year.ending if of_year else None,
            local_authority=self.authority,
            file_format=self.file_format,
            as_of_date=self.day,
        )
        wanted = list(self.rules.values()) if rules is None else list(rules)
        found = []
        for outcome in evaluate(wanted, Run(self.book, tables, context)):
            if outcome.status == "crashed":
                raise ToolFault(f"rule {outcome.rule.code}: {outcome.reason}")
            for hit in outcome.hits:
                rows = () if hit.table == WHOLE_RETURN else tuple(hit.rows.to_list())
                found.append(Flag(outcome.rule.code, hit.table, rows, hit.fields))
        return found
