"""What counts as an empty cell."""

from __future__ import annotations

import polars as pl


def emptied(text: pl.Expr) -> pl.Expr:
    """Text as it stands, but null where it is empty or nothing save white space with a line break in it, which
    pretty-printed XML leaves in an empty element."""
    return pl.when(~text.str.contains(r"^\s*\n\s*$") & (text != "")).then(text)
