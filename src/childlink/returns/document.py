"""Tables written as an XML return: the way back from ``xml_tables`` and ``tree_xml``, a whole column at a time.

The text of each block is put together bottom up: the rows of a table become their elements, are joined in the order
of the file for the row they belong to, and so become part of its element, up to the root.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from childlink.errors import InputFault

ITSELF = "."
XML = "xml"
"""The column that holds the text of elements."""

_NOT_IN_XML = "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\ufffe\uffff]"
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_INDENT = "  "


@dataclass(frozen=True)
class WrittenTable:
    """Where a table's rows stand: ``row`` is the path of the element of one, below the root.

    ``columns`` are the paths of its cells below the root, in any order. ``keys`` are the columns that say which row
    of which element above it a row belongs to, outermost first; ``own`` the keys of the rows of its own.
    """

    row: str
    columns: Mapping[str, str]
    keys: tuple[str, ...] = ()
    own: tuple[str, ...] = ()


@dataclass
class _Place:
    """An element of the document: a cell, the rows of tables, or a mere wrapper."""

    name: str
    depth: int
    below: dict[str, _Place] = field(default_factory=dict)
    cell: tuple[str, str] | None = None
    tables: list[str] = field(default_factory=list)


def write_document(
    root: str,
    tables: Mapping[str, pl.DataFrame],
    layout: Mapping[str, WrittenTable],
    order: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """The document that holds ``tables`` (of text), read back as the same tables.

    Elements stand in the order of ``layout`` and its columns, or, within a path of ``order``, in the order it gives.
    Several tables may share a row: the first has all of its rows, the others at most one for each. Where several
    tables have a cell at one path, the first holds it and the others must agree with it.

    Raises InputFault where XML cannot say what the tables say: a row that belongs to none above it, two rows under
    one key that others hang on, copies of one cell that differ, characters that XML does not allow.
    """
    writer = _Writer(tables, layout)
    top = _Place(root, 0)
    for name, table in layout.items():
        _place(top, table.row).tables.append(name)
        for column, path in table.columns.items():
            here = _place(top, path)
            if here.cell is None:
                here.cell = (name, column)
            else:
                writer.require_agreement(here.cell, (name, column))
    for path, names in (order or {}).items():
        here = _place(top, path)
        here.below = {n: here.below[n] for n in sorted(here.below, key=lambda n: _rank(n, names))}
    one_row = pl.DataFrame({"at": [0]}, schema={"at": pl.UInt32})
    inner = "".join(writer.inner(top, one_row, ()).to_series().to_list())
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}>{inner}\n</{root}>\n'


def _rank(name: str, names: Sequence[str]) -> int:
    return names.index(name) if name in names else len(names)


def _place(top: _Place, path: str) -> _Place:
    here = top
    for name in path.split("/"):
        here = here.below.setdefault(name, _Place(name, here.depth + 1))
    return here


class _Writer:
    def __init__(self, tables: Mapping[str, pl.DataFrame], layout: Mapping[str, WrittenTable]) -> None:
        self.layout = layout
        self.tables = {name: frame for name, frame in tables.items() if name in layout}
        for name, frame in self.tables.items():
            _require_characters(name, frame)

    def require_agreement(self, owner: tuple[str, str], copy: tuple[str, str]) -> None:
        """Raise InputFault where the copy of a cell in another table is not what its owner says."""
        (name, column), (other, copied) = owner, copy
        keys = self.layout[name].own
        if copied in keys or name not in self.tables or other not in self.tables:
            return
        right = self.tables[name].select(*keys, pl.col(column).alias("it says"))
        beside = self.tables[other].join(right, on=list(keys), how="inner", nulls_equal=True)
        differ = beside.filter(pl.col(copied).ne_missing(pl.col("it says"))).height
        if differ:
            raise InputFault(
                f"{counted(differ, 'row')} of {other} have another {copied} than {name}: XML holds it once",
                allowed=f"the same {copied} in {other} and {name}",
                next_step="correct the one that is wrong, and convert again",
            )

    def inner(self, place: _Place, rows: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
        """What stands in an element that is there once for each of ``rows``: one column, as long as ``rows``.

        ``rows`` holds the cells of the tables that have a row there, as "Table.column", and ``keys`` those on which
        rows below hang.
        """
        parts: list[pl.Series] = []
        for below in place.below.values():
            if below.tables:
                parts.append(self._rows(below, rows, keys))
            elif below.cell is not None and not below.below:
                parts.append(rows.select(_element(below, _cell(below.cell, rows))).to_series())
            else:
                text = self.inner(below, rows, keys)
                wrapped = pl.when(pl.col(XML) != "").then(_wrapped(below, pl.col(XML))).otherwise(pl.col(XML))
                parts.append(text.select(wrapped).to_series())
        columns = [part.alias(str(i)) for i, part in enumerate(parts)]
        if not columns:
            return pl.DataFrame({XML: pl.repeat("", rows.height, eager=True)})
        return pl.DataFrame(columns).select(pl.concat_str(pl.all()).alias(XML))

    def _rows(self, place: _Place, above: pl.DataFrame, keys: Sequence[str]) -> pl.Series:
        """The elements of the rows of a place, for each of the rows ``above`` they belong to."""
        main = place.tables[0]
        table = self.layout[main]
        if main not in self.tables or self.tables[main].is_empty():
            return pl.repeat("", above.height, eager=True)
        rows = self._shared_rows(place)
        if place.cell is not None:
            text = rows.select(_element(place, _cell(place.cell, rows).fill_null("")))
        else:
            text = self.inner(place, rows, table.own).select(_wrapped(place, pl.col(XML)))
        elements = rows.select(pl.col(f"{main}.{k}").alias(k) for k in table.keys)
        if not table.keys:
            return pl.repeat(text[XML].str.join("").item(), above.height, eager=True)
        elements = elements.hstack(text)
        gathered = elements.group_by(table.keys, maintain_order=True).agg(pl.col(XML).str.join(""))
        hangs_on = above.select(pl.col(f"{_owner(above, k)}.{k}").alias(k) for k in keys)
        stray = gathered.join(hangs_on, on=list(keys), how="anti", nulls_equal=True)
        if stray.height:
            raise InputFault(
                f"{counted(stray.height, 'group')} of rows of {main} belong to no row above them ({', '.join(keys)})",
                allowed="for every row the row of the table above it",
                next_step="add the missing rows, or take these out",
            )
        return hangs_on.join(gathered, on=list(keys), how="left", nulls_equal=True, maintain_order="left")[
            XML
        ].fill_null("")

    def _shared_rows(self, place: _Place) -> pl.DataFrame:
        """The rows of all tables of a place beside one another, columns "Table.column", in the order of the first."""
        main = place.tables[0]
        own = self.layout[main].own
        rows = _named(main, self.tables[main])
        if own:
            _require_single(rows, main, own)
        for name in place.tables[1:]:
            if name not in self.tables:
                continue
            other = _named(name, self.tables[name])
            _require_single(other, name, own)
            left, right = [f"{main}.{k}" for k in own], [f"{name}.{k}" for k in own]
            stray = other.join(rows, left_on=right, right_on=left, how="anti", nulls_equal=True)
            if stray.height:
                raise InputFault(
                    f"{counted(stray.height, 'row')} of {name} are of no row of {main} ({', '.join(own)})",
                    allowed=f"for every row of {name} one of {main}",
                    next_step="add the missing rows, or take these out",
                )
            rows = rows.join(
                other,
                left_on=left,
                right_on=right,
                how="left",
                nulls_equal=True,
                maintain_order="left",
                coalesce=False,
            )
        return rows


def counted(number: int, noun: str) -> str:
    """A number and its noun: "1 row", "2,000 rows"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _owner(rows: pl.DataFrame, key: str) -> str:
    return next(c.rpartition(".")[0] for c in rows.columns if c.rpartition(".")[2] == key)


def _named(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.rename(lambda column: f"{name}.{column}")


def _cell(cell: tuple[str, str], rows: pl.DataFrame) -> pl.Expr:
    name = ".".join(cell)
    return pl.col(name) if name in rows.columns else pl.lit(None, dtype=pl.String)


def _escaped(text: pl.Expr) -> pl.Expr:
    for plain, written in _ESCAPES.items():
        text = text.str.replace_all(plain, written, literal=True)
    return text


def _element(place: _Place, text: pl.Expr) -> pl.Expr:
    """A cell's element, or no text where the cell is empty."""
    opening, closing = pl.lit(f"\n{_INDENT * place.depth}<{place.name}>"), pl.lit(f"</{place.name}>")
    return pl.concat_str(opening, _escaped(text), closing).fill_null("").alias(XML)


def _wrapped(place: _Place, inner: pl.Expr) -> pl.Expr:
    """An element that holds others."""
    indent = f"\n{_INDENT * place.depth}"
    opening, closing = pl.lit(f"{indent}<{place.name}>"), pl.lit(f"{indent}</{place.name}>")
    return pl.concat_str(opening, inner, closing).alias(XML)


def _require_single(rows: pl.DataFrame, name: str, keys: Sequence[str]) -> None:
    repeated = int(rows.select(pl.struct(f"{name}.{k}" for k in keys).is_duplicated().sum()).item())
    if repeated:
        raise InputFault(
            f"{counted(repeated, 'row')} of {name} share their {' and '.join(keys)} with another: rows that hang on "
            "them cannot be told apart",
            allowed=f"each {' and '.join(keys)} once in {name}",
            next_step="validate the return, correct the rows that repeat, and convert again",
        )


def _require_characters(name: str, frame: pl.DataFrame) -> None:
    counts = frame.select(pl.col(pl.String).str.contains(_NOT_IN_XML).sum()).row(0, named=True)
    for column, count in counts.items():
        if count:
            raise InputFault(
                f"{counted(count, 'cell')} of {column} of {name} hold a character that XML does not allow",
                allowed="text without control characters",
                next_step="correct these cells and convert again",
            )
