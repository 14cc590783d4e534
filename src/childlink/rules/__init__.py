"""The DfE's rules: what every return shares (columns, registry) and one package for each return's rules."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec

from childlink.errors import unknown_name
from childlink.rules.registry import RuleBook
from childlink.schema.model import load_return_schema, shipped_schemas


@cache
def returns() -> tuple[str, ...]:
    """The returns there are: those whose schemas ship, ssda903 and cin first."""
    return tuple(shipped_schemas())


@cache
def rule_book(name: str) -> RuleBook:
    """The rules of the return ``name``: those of ``childlink.rules.NAME``, or of its schema alone where there is no
    such module. Raises UsageFault for a return there is none for."""
    if name not in returns():
        raise unknown_name("return", name, returns())
    if find_spec(f"childlink.rules.{name}") is None:
        return RuleBook(load_return_schema(name))
    book: RuleBook = import_module(f"childlink.rules.{name}").book
    return book
