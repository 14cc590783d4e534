"""The eleven lists of Annex A and the book its rules are written in, for the modules of this package."""

from __future__ import annotations

from childlink.rules.columns import Table
from childlink.rules.registry import RuleBook
from childlink.schema.model import load_return_schema

schema = load_return_schema("annex_a")
book = RuleBook(schema)
rule = book.rule
share = book.share

Contacts = Table(schema.tables["List 1"])
EarlyHelp = Table(schema.tables["List 2"])
Referrals = Table(schema.tables["List 3"])
Assessments = Table(schema.tables["List 4"])
Enquiries = Table(schema.tables["List 5"])
InNeed = Table(schema.tables["List 6"])
Protection = Table(schema.tables["List 7"])
LookedAfter = Table(schema.tables["List 8"])
CareLeavers = Table(schema.tables["List 9"])
Adoption = Table(schema.tables["List 10"])
Adopters = Table(schema.tables["List 11"])
