"""The book of the early years census: what its schema asks of single cells. Their codes are childlink's own."""

from __future__ import annotations

from childlink.rules.registry import RuleBook
from childlink.schema.model import load_return_schema

schema = load_return_schema("early_years")
book = RuleBook(schema)
rule = book.rule
share = book.share
