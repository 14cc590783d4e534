"""The rules of the alternative provision census; importing them fills the ``book``."""

from childlink.rules.alternative_provision import placements
from childlink.rules.alternative_provision.tables import book

__all__ = ["book", "placements"]
