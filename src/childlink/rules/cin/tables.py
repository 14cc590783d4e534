"""The tables of the CIN census and the book its rules are written in, for the modules of this package."""

from __future__ import annotations

from childlink.rules.columns import Table
from childlink.rules.registry import RuleBook
from childlink.schema.model import load_return_schema

schema = load_return_schema("cin")
book = RuleBook(schema)
rule = book.rule
share = book.share

Header = Table(schema.tables["Header"])
ChildIdentifiers = Table(schema.tables["ChildIdentifiers"])
ChildCharacteristics = Table(schema.tables["ChildCharacteristics"])
Disabilities = Table(schema.tables["Disabilities"])
CINdetails = Table(schema.tables["CINdetails"])
Assessments = Table(schema.tables["Assessments"])
AssessmentFactorsList = Table(schema.tables["AssessmentFactorsList"])
CINplanDates = Table(schema.tables["CINplanDates"])
Section47 = Table(schema.tables["Section47"])
ChildProtectionPlans = Table(schema.tables["ChildProtectionPlans"])
Reviews = Table(schema.tables["Reviews"])
PreProceedings = Table(schema.tables["PreProceedings"])
