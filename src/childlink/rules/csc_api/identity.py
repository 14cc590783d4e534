"""Who the child is."""

from __future__ import annotations

import polars as pl

from childlink.rules.csc_api.tables import Children, rule


@rule(
    "api-i",
    Children.disabilities,
    message="Disabilities must hold NONE for a child who has none, not be an empty array",
)
def no_disabilities_given() -> pl.Expr:
    """A Children row whose array disabilities is there and holds no code. One that is not there is not flagged."""
    return Children.disabilities.one_of("[]")
