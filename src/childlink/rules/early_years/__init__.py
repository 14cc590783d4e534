"""The rules of the early years census: those of its schema, each on one cell."""

from childlink.rules.early_years.tables import book

__all__ = ["book"]
