"""The tables of the SSDA903 and the book its rules are written in, for the modules of this package."""

from __future__ import annotations

from childlink.rules.columns import Table
from childlink.rules.registry import RuleBook
from childlink.schema.model import load_return_schema

schema = load_return_schema("ssda903")
book = RuleBook(schema)
rule = book.rule
share = book.share

Header = Table(schema.tables["Header"])
Episodes = Table(schema.tables["Episodes"])
Reviews = Table(schema.tables["Reviews"])
UASC = Table(schema.tables["UASC"])
OC2 = Table(schema.tables["OC2"])
OC3 = Table(schema.tables["OC3"])
AD1 = Table(schema.tables["AD1"])
PlacedAdoption = Table(schema.tables["PlacedAdoption"])
PrevPerm = Table(schema.tables["PrevPerm"])
Missing = Table(schema.tables["Missing"])
SWEpisodes = Table(schema.tables["SWEpisodes"])
DoLo = Table(schema.tables["DoLo"])
Providers = Table(schema.inputs["providers"])
