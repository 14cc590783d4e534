"""The tables of SEN2 and the book its rules are written in, for the modules of this package."""

from __future__ import annotations

from childlink.rules.columns import Table
from childlink.rules.elements import IN_XML, elements_rule
from childlink.rules.registry import RuleBook
from childlink.schema.model import load_return_schema

schema = load_return_schema("sen2")
book = RuleBook(schema)
rule = book.rule
book.add(elements_rule(schema, **IN_XML))

Persons = Table(schema.tables["Persons"])
Requests = Table(schema.tables["Requests"])
Assessments = Table(schema.tables["Assessments"])
NamedPlans = Table(schema.tables["NamedPlans"])
PlanDetails = Table(schema.tables["PlanDetails"])
PlacementDetails = Table(schema.tables["PlacementDetails"])
Needs = Table(schema.tables["Needs"])
