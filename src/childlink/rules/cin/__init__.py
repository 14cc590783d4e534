"""The rules of the children in need census, one module for each subject; importing them all fills the ``book``."""

from childlink.rules.cin import (
    assessments,
    characteristics,
    enquiries,
    header,
    identity,
    plans,
    pre_proceedings,
    protection,
    referrals,
    structure,
)
from childlink.rules.cin.tables import book

__all__ = [
    "assessments",
    "book",
    "characteristics",
    "enquiries",
    "header",
    "identity",
    "plans",
    "pre_proceedings",
    "protection",
    "referrals",
    "structure",
]
