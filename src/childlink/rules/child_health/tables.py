"""The table of an extract of a child health information system, and the book its rules are written in."""

from __future__ import annotations

from childlink.rules.columns import Table
from childlink.rules.registry import RuleBook
from childlink.schema.model import load_return_schema

schema = load_return_schema("child_health")
book = RuleBook(schema)

People = Table(schema.tables["people"])
