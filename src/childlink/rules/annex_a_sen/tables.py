"""The two lists of Annex A SEN and the book its rules are written in, for the modules of this package."""

from __future__ import annotations

from childlink.rules.columns import Table
from childlink.rules.registry import RuleBook
from childlink.schema.model import load_return_schema

schema = load_return_schema("annex_a_sen")
book = RuleBook(schema)
rule = book.rule

List_1 = Table(schema.tables["List_1"])
List_2 = Table(schema.tables["List_2"])
