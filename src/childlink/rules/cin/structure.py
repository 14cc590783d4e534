"""What is wrong with the file itself and no DfE rule is about."""

from __future__ import annotations

from childlink.rules.cin.tables import book, schema
from childlink.rules.elements import IN_XML, elements_rule

book.add(elements_rule(schema, **IN_XML))
