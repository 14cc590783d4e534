"""The files that pages are made of."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def template(name: str) -> str:
    """The text of a file in ``templates``."""
    return (files("childlink.reporting") / "templates" / name).read_text(encoding="utf-8")
