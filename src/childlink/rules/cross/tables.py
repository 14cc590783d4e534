"""The tables of several returns and the book the rules across them are written in, for the modules of this
package."""

from __future__ import annotations

from childlink.rules.columns import Table
from childlink.rules.registry import RuleBook
from childlink.schema.model import load_return_schema

schema = load_return_schema("cross")
book = RuleBook(schema)
rule = book.rule
share = book.share

Header = Table(schema.tables["ssda903 Header"])
Episodes = Table(schema.tables["ssda903 Episodes"])
Reviews = Table(schema.tables["ssda903 Reviews"])
Unaccompanied = Table(schema.tables["ssda903 UASC"])
CareLeavers = Table(schema.tables["ssda903 OC3"])
Adopted = Table(schema.tables["ssda903 AD1"])
Missing = Table(schema.tables["ssda903 Missing"])

ChildIdentifiers = Table(schema.tables["cin ChildIdentifiers"])
ChildCharacteristics = Table(schema.tables["cin ChildCharacteristics"])
CINdetails = Table(schema.tables["cin CINdetails"])
Assessments = Table(schema.tables["cin Assessments"])
CINplanDates = Table(schema.tables["cin CINplanDates"])
ChildProtectionPlans = Table(schema.tables["cin ChildProtectionPlans"])

Persons = Table(schema.tables["sen2 Persons"])
NamedPlans = Table(schema.tables["sen2 NamedPlans"])

OnRoll = Table(schema.tables["school_census pupilonroll"])
OffRoll = Table(schema.tables["school_census pupilnolongeronroll"])
