"""The table of the people in the Community Services Data Set, and the book its rules are written in."""

from __future__ import annotations

from childlink.rules.columns import Table
from childlink.rules.registry import RuleBook
from childlink.schema.model import load_return_schema

schema = load_return_schema("csds")
book = RuleBook(schema)

People = Table(schema.tables["people"])
