"""The rules of extracts of child health information systems: those of the Community Services Data Set."""

from childlink.rules.child_health.tables import People, book
from childlink.rules.csds.people import add_rules

add_rules(book, People)

__all__ = ["book"]
