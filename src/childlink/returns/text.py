"""What counts as an empty cell."""

from __future__ import annotations

import polars as pl


def emptied(text: pl.Expr) -> pl.Expr:
    """Text as it stands, but null where it is empty or nothing save white space with a line break in it, which
    pretty-printed XML leaves in an empty element."""
    return pl.when(~text.str.contains(r"^\s*\n\s*$") & (text != "")).then(text)


def codes_in(text: pl.Expr) -> pl.Expr:
    """The codes that a cell of several holds, as a list in their order; null where it is empty.

    They stand with spaces or commas between, with or without quotes and brackets: "1A 2B", "['1A', '2B']".
    """
    return text.str.extract_all(r"[^\s,;'\"\[\]]+")
