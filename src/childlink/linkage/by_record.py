"""What different frames say of the same records, put side by side."""

from __future__ import annotations

import polars as pl

KEYS = ("source", "record_id")


def with_columns_of(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """``left`` in its order with the other columns of ``right`` for the same source and record_id, null where there
    are none. ``right`` has each record once.

    Most frames of a run hold the same records in the same order: they are put together without a join, which takes
    seconds for millions of records.
    """
    if left.height == right.height and left.select(KEYS).equals(right.select(KEYS)):
        return left.hstack(right.drop(KEYS))
    return left.join(right, on=KEYS, how="left", maintain_order="left")
