"""The table of the alternative provision census, and the book its rules are written in."""

from __future__ import annotations

from childlink.rules.columns import Table
from childlink.rules.registry import RuleBook
from childlink.schema.model import load_return_schema

schema = load_return_schema("alternative_provision")
book = RuleBook(schema)
rule = book.rule
share = book.share

Placements = Table(schema.tables["placements"])
