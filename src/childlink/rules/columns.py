"""The names a rule speaks: tables and columns of a return, as Polars expressions.

Inside the rules every column carries its table's name, ``Episodes.DEC`` or ``previous.Episodes.DEC``, so that
tables can be joined without renaming, and a joined row still says which row of each table it came from
(``Episodes.row``). The tables a return has and their columns are read from its schema, so each is named once,
and a misspelt one fails where it is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import polars as pl

from childlink.returns.model import PREVIOUS
from childlink.schema.model import TableSchema


class Column:
    """One column of one table, for use in conditions.

    ``text`` is the cell as it stands; ``date`` what it reads as, null where it is missing or no date. A
    comparison with a missing value is null, and null flags nothing; ``present``, ``missing`` and ``one_of``
    are never null, so only they (and ``fill_null``) may be negated.
    """

    def __init__(self, table: str, name: str, type_: str = "string") -> None:
        self.table = table
        self.name = name
        self.type = type_
        self.key = f"{table}.{name}"

    def __repr__(self) -> str:
        return self.key

    @property
    def text(self) -> pl.Expr:
        """The cell as text (PL_DISTANCE: as a number)."""
        return pl.col(self.key)

    @property
    def date(self) -> pl.Expr:
        """The date that the cell holds, null where there is none; only date columns have one."""
        if self.type != "date":
            raise AttributeError(f"{self.key} is not a date column")
        return pl.col(date_key(self.key))

    @property
    def present(self) -> pl.Expr:
        """True where the cell is not empty, whatever it holds."""
        return self.text.is_not_null()

    @property
    def missing(self) -> pl.Expr:
        """True where the cell is empty."""
        return self.text.is_null()

    def one_of(self, *codes: str) -> pl.Expr:
        """True where the cell is exactly one of ``codes``; false where it is empty."""
        if len(codes) == 1:  # the same, in a third of the time
            return self.text.eq_missing(codes[0])
        return self.text.is_in(codes).fill_null(False)

    def birthday(self, years: int) -> pl.Expr:
        """The date ``years`` after this one; 29 February gives 28 February in a common year."""
        return self.date.dt.offset_by(f"{years}y")

    @property
    def value(self) -> pl.Expr:
        """What the cell says: a date column's date, any other's text."""
        return self.date if self.type == "date" else self.text


class Table:
    """A table of a return: its columns as attributes, ``row`` its row positions, ``previous`` last year's."""

    def __init__(self, schema: TableSchema, prefix: str = "") -> None:
        self.schema = schema
        self.name = f"{prefix}{schema.name}"
        self._columns = {f.name: Column(self.name, f.name, f.type) for f in (*schema.fields, *schema.derived)}

    def __repr__(self) -> str:
        return self.name

    def __getattr__(self, name: str) -> Column:
        try:
            return self.__dict__["_columns"][name]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(f"the table {self.__dict__.get('name')} has no column {name}") from None

    def __getitem__(self, name: str) -> Column:
        """The column of this name, where the name is no word of Python: ``List_1["Date of birth"]``."""
        return self.__getattr__(name)

    @property
    def row(self) -> pl.Expr:
        """The position of the row in its table, from 0, in the order of the file."""
        return pl.col(row_key(self.name))

    @cached_property
    def previous(self) -> Table:
        """The same table of last year's return."""
        return Table(self.schema, PREVIOUS)

    def named(self, name: str) -> Table:
        """The same columns under another name, for a second copy of the table in a self-join (see ``renamed``)."""
        return Table(self.schema, f"{name}:")

    def columns(self, *names: str) -> tuple[Column, ...]:
        """The named columns, in that order."""
        return tuple(getattr(self, name) for name in names)

    def renamed(self, frame: pl.LazyFrame, other: Table) -> pl.LazyFrame:
        """``frame``'s columns of this table under the names of ``other``, the rest dropped.

        Shape: the rows of ``frame``; a column for each of this table's that ``frame`` has.
        """
        mine = f"{self.name}."
        return frame.select(
            pl.col(f"^{_escaped(mine)}.*$").name.replace(f"^{_escaped(mine)}", f"{other.name}.")
        )


def date_key(key: str) -> str:
    """The name of the column that holds the dates read from the text column ``key``."""
    return f"{key}:date"


def row_key(table: str) -> str:
    """The name of the column that holds the row positions of ``table``."""
    return f"{table}.row"


def any_present(columns: Iterable[Column]) -> pl.Expr:
    """True where at least one of the cells is not empty."""
    return pl.any_horizontal(c.present for c in columns)


def any_missing(columns: Iterable[Column]) -> pl.Expr:
    """True where at least one of the cells is empty."""
    return pl.any_horizontal(c.missing for c in columns)


def all_present(columns: Iterable[Column]) -> pl.Expr:
    """True where none of the cells is empty."""
    return pl.all_horizontal(c.present for c in columns)


def _escaped(text: str) -> str:
    return text.replace(".", r"\.")
