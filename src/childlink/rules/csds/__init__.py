"""The rules of the Community Services Data Set; importing this fills the ``book``."""

from childlink.rules.csds.people import add_rules
from childlink.rules.csds.tables import People, book

add_rules(book, People)

__all__ = ["add_rules", "book"]
