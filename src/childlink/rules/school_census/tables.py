"""The tables of the school census that rules read, and the book its rules are written in."""

from __future__ import annotations

from childlink.rules.columns import Table
from childlink.rules.registry import RuleBook
from childlink.schema.model import load_return_schema

schema = load_return_schema("school_census")
book = RuleBook(schema)
rule = book.rule
share = book.share

PupilOnRoll = Table(schema.tables["pupilonroll"])
PupilNoLongerOnRoll = Table(schema.tables["pupilnolongeronroll"])
