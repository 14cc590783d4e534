"""The rules of Annex A, one module for each subject; importing them all fills the ``book``.

All are childlink's own: no public list of rules for the eleven lists was found. There are few, and each flags only
what cannot be right (an error) or seldom is (a query), whatever the time windows that an inspection sets.
"""

from childlink.rules.annex_a import adoption, children, episodes, placements
from childlink.rules.annex_a.tables import book

__all__ = ["adoption", "book", "children", "episodes", "placements"]
