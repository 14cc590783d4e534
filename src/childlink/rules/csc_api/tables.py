"""The tables of the payload and the book its rules are written in, for the modules of this package."""

from __future__ import annotations

from childlink.rules.columns import Table
from childlink.rules.elements import IN_JSON, elements_rule
from childlink.rules.registry import RuleBook
from childlink.schema.model import load_return_schema

schema = load_return_schema("csc_api")
book = RuleBook(schema)
rule = book.rule
book.add(elements_rule(schema, **IN_JSON))

Children = Table(schema.tables["Children"])
