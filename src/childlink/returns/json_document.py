"""Tables written as the JSON of a return: the way back from ``json_tables``, a whole column at a time.

The text of each object is put together bottom up: the rows of a table become their objects, are joined in the order
of the table for the row they belong to, and so become an item of its object, up to the payload.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from childlink.errors import InputFault
from childlink.returns.json_layout import BOOLEAN, NUMBER, JsonLayout, JsonNode, json_layout
from childlink.returns.text import codes_in
from childlink.schema.model import ReturnSchema

_JSON_NUMBER = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$"
_ESCAPED = r'[\x00-\x1f"\\]'
_ESCAPES = {"\\": "\\\\", '"': '\\"'} | {chr(n): f"\\u{n:04x}" for n in range(0x20)}
_EMPTY = "[]"


def json_document(tables: Mapping[str, pl.DataFrame], schema: ReturnSchema) -> bytes:
    """The JSON file that holds ``tables`` (of text), an array of payloads, read back as the same tables.

    Empty cells are left out; a cell that is not of its column's type is written as a text. Arrays of objects are
    there even where they hold nothing; an array of codes where it has rows of its own, or where the column that lists
    its codes says so ("[]": an empty one). Of rows above that share their ids, the first has all that hangs on them.

    Raises InputFault where there is no payload, where rows belong to none above them, or where two are of one kind
    of which an object holds one.
    """
    writer = _Writer(tables, json_layout(schema))
    payload = writer.layout.payload
    rows = writer.rows(payload)
    if rows.is_empty():
        raise InputFault(
            f"the {payload.opens[0].name} table is not there or has no rows, and JSON cannot be without",
            next_step="give it too",
        )
    return ("[\n" + ",\n".join(writer.objects(payload, rows)) + "\n]\n").encode()


class _Writer:
    def __init__(self, tables: Mapping[str, pl.DataFrame], layout: JsonLayout) -> None:
        self.layout = layout
        self.tables = tables

    def rows(self, node: JsonNode) -> pl.DataFrame:
        """The rows that an item begins: all columns of its table, those it lacks empty."""
        shape = node.opens[0]
        frame = self.tables.get(shape.name, pl.DataFrame())
        nothing = pl.repeat(None, frame.height, dtype=pl.String)
        return frame.select(
            (pl.col(c) if c in frame.columns else nothing).cast(pl.String).alias(c) for c in shape.columns
        )

    def objects(self, node: JsonNode, rows: pl.DataFrame) -> pl.Series:
        """The object of a node for each of ``rows``, as text; "{}" where it holds nothing."""
        items = [self._item(below, rows).alias(name) for name, below in node.below.items()]
        named = [pl.concat_str(pl.lit(f'"{item.name}":'), item.name).alias(item.name) for item in items]
        joined = pl.concat_list(named).list.drop_nulls().list.join(",")
        return pl.DataFrame(items).select(pl.concat_str(pl.lit("{"), joined, pl.lit("}"))).to_series()

    def _item(self, node: JsonNode, rows: pl.DataFrame) -> pl.Series:
        """An item's text for each of ``rows``; null where it is left out."""
        if node.cell is not None:
            return rows.select(_value(pl.col(self._column(node.cell)), node.wants)).to_series()
        if node.items is not None and node.items.cell is not None:
            return self._codes(node, node.items, rows)
        if node.items is not None:
            texts = self.objects(node.items, below := self.rows(node.items))
            held = self._gathered(node.items, texts, below, rows).fill_null("")
            return held.select(pl.concat_str(pl.lit("["), "text", pl.lit("]"))).to_series()
        if node.opens:
            texts = self.objects(node, below := self.rows(node))
            return self._gathered(node, texts, below, rows, single=True)["text"]
        inner = self.objects(node, rows)
        return inner.set(inner == "{}", None)

    def _codes(self, node: JsonNode, each: JsonNode, rows: pl.DataFrame) -> pl.Series:
        """An array of codes: the rows of its own table, or what the column that lists them says."""
        assert each.cell is not None
        below = self.rows(each)
        texts = below.select(_value(pl.col(self._column(each.cell)), each.wants)).to_series()
        own = self._gathered(each, texts, below, rows)["text"]
        if node.listed is None:
            return pl.select(pl.concat_str(pl.lit("["), own, pl.lit("]"))).to_series()
        listed = pl.col(self._column(node.listed))
        codes = codes_in(listed).list.eval(_value(pl.element(), each.wants)).list.join(",")
        text = pl.when(listed == _EMPTY).then(pl.lit("")).otherwise(pl.coalesce(own, codes))
        return rows.select(pl.concat_str(pl.lit("["), text, pl.lit("]"))).to_series()

    def _gathered(
        self,
        node: JsonNode,
        texts: pl.Series,
        below: pl.DataFrame,
        rows: pl.DataFrame,
        *,
        single: bool = False,
    ) -> pl.DataFrame:
        """The texts of the rows ``below``, joined for each of the ``rows`` they hang on: one column, ``text``."""
        shape = node.opens[0]
        keys = [shape.columns[slot] for slot, _ in shape.ids]
        hanging = below.select(keys).with_columns(texts.alias("text"))
        if single:
            self._require_one(hanging, keys, shape.name)
        gathered = hanging.group_by(keys, maintain_order=True).agg(pl.col("text").str.join(","))
        stray = gathered.join(rows, on=keys, how="anti", nulls_equal=True).height
        if stray:
            raise InputFault(
                f"{stray} groups of rows of {shape.name} belong to no row above them ({', '.join(keys)})",
                allowed="for every row the row of the table above it",
                next_step="add the missing rows, or take these out",
            )
        found = rows.select(keys).join(gathered, on=keys, how="left", nulls_equal=True, maintain_order="left")
        return found.select(pl.when(pl.struct(keys).is_first_distinct()).then("text").alias("text"))

    def _require_one(self, hanging: pl.DataFrame, keys: Sequence[str], table: str) -> None:
        several = int(hanging.select(pl.struct(keys).is_duplicated().sum()).item())
        if several:
            raise InputFault(
                f"{several} rows of {table} share their {' and '.join(keys)}: an object holds one of them",
                allowed=f"each {' and '.join(keys)} once in {table}",
                next_step="take out the rows that repeat",
            )

    def _column(self, cell: tuple[int, int]) -> str:
        table, slot = cell
        return self.layout.tables[table].columns[slot]


def _value(text: pl.Expr, wants: str) -> pl.Expr:
    """A cell as a value of JSON: a text, unless it is a number or a truth that the item should be."""
    quoted = pl.concat_str(pl.lit('"'), _escaped(text), pl.lit('"'))
    if wants == NUMBER:
        return pl.when(text.str.contains(_JSON_NUMBER)).then(text).otherwise(quoted)
    if wants == BOOLEAN:
        return pl.when(text.is_in(["true", "false"])).then(text).otherwise(quoted)
    return quoted


def _escaped(text: pl.Expr) -> pl.Expr:
    written = text
    for plain, escape in _ESCAPES.items():
        written = written.str.replace_all(plain, escape, literal=True)
    return pl.when(text.str.contains(_ESCAPED)).then(written).otherwise(text)
