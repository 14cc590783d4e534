"""The rules of Annex A SEN, one module for each subject; importing them all fills the ``book``."""

from childlink.rules.annex_a_sen import children, education, plans
from childlink.rules.annex_a_sen.tables import book

__all__ = ["book", "children", "education", "plans"]
