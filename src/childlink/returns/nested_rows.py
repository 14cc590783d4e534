"""Rows of several tables gathered while a nested document (XML, JSON) is walked, with ids of what is above them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

ROWS_AT_A_TIME = 5_000
"""Few enough that the garbage collector has little to look through."""
Row = list[str | None]


@dataclass(frozen=True)
class RowShape:
    """A table's rows while they are read: lists of cells in the order of ``columns``.

    ``ids`` says which cells are filled on opening a row, and from which of the reader's running ids.
    """

    position: int
    name: str
    columns: tuple[str, ...]
    ids: tuple[tuple[int, int], ...]

    @cached_property
    def width(self) -> int:
        """How many columns there are."""
        return len(self.columns)


class NestedRows:
    """The rows met so far: the latest as Python lists, earlier ones already in frames.

    ``_open`` is the row that is being filled, by table; ``_ids`` are the running ids as they stand.
    """

    def __init__(self, shapes: Sequence[RowShape], ids: int) -> None:
        self._shapes = shapes
        self._rows: list[list[Row]] = [[] for _ in shapes]
        self._frames: list[list[pl.DataFrame]] = [[] for _ in shapes]
        self._open: list[Row] = [[] for _ in shapes]
        self._ids: list[str | None] = [None] * ids

    def _new_row(self, shape: RowShape) -> None:
        row: Row = [None] * shape.width
        ids = self._ids
        for slot, number in shape.ids:
            row[slot] = ids[number]
        self._open[shape.position] = row
        self._rows[shape.position].append(row)

    def _put_away_many(self) -> None:
        """Put the rows into frames where they have become many."""
        if max(map(len, self._rows)) >= ROWS_AT_A_TIME:
            self._put_away()

    def _put_away(self) -> None:
        for shape, rows, frames in zip(self._shapes, self._rows, self._frames, strict=True):
            if rows or not frames:
                cells = zip(*rows, strict=True) if rows else ((),) * shape.width
                schema = dict.fromkeys(shape.columns, pl.String)
                frames.append(pl.DataFrame(dict(zip(shape.columns, cells, strict=True)), schema=schema))
                rows.clear()

    def frames(self) -> dict[str, pl.DataFrame]:
        """All tables, in the order of the shapes, with the rows in the order in which they were opened."""
        self._put_away()
        pairs = zip(self._shapes, self._frames, strict=True)
        return {shape.name: pl.concat(frames, rechunk=True) for shape, frames in pairs}
