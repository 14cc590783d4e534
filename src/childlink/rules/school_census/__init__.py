"""The rules of the school census, one module for each subject; importing them all fills the ``book``."""

from childlink.rules.school_census import pupils
from childlink.rules.school_census.tables import book

__all__ = ["book", "pupils"]
