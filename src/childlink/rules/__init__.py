"""The DfE's rules: what every return shares (columns, registry) and one package for each return's rules."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from childlink.errors import unknown_name
from childlink.rules.registry import RuleBook

RETURNS = ("ssda903", "cin")
"""The returns that have rules."""


@cache
def rule_book(name: str) -> RuleBook:
    """The rules of the return ``name``. Raises UsageFault for a return there is none for."""
    if name not in RETURNS:
        raise unknown_name("return", name, RETURNS)
    book: RuleBook = import_module(f"childlink.rules.{name}").book
    return book
