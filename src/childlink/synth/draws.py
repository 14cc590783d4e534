"""Random draws for whole columns, the same on every machine for the same seed.

Every named stream of numbers comes from its own ``random.Random`` seeded with a text (SHA-512 of it, not
``hash()``), and only ``random()`` is called: it alone is promised never to change between Python versions. A
stream does not move when another is drawn from more or less, so a changed rate changes only what it governs.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from random import Random

import polars as pl


class Draws:
    """Streams of draws that belong to one seed."""

    def __init__(self, seed: int | str) -> None:
        self._seed = seed

    def within(self, name: str) -> Draws:
        """The streams of a part of the work, independent of every other part's."""
        return Draws(f"{self._seed}/{name}")

    def random(self, name: str) -> Random:
        """The generator behind one stream, for draws that follow one another."""
        return Random(f"childlink/{self._seed}/{name}")  # noqa: S311 - made data, nothing secret

    def uniform(self, name: str, size: int) -> pl.Series:
        """``size`` numbers in [0, 1)."""
        draw = self.random(name).random
        return pl.Series(name, [draw() for _ in range(size)], dtype=pl.Float64)

    def chance(self, name: str, size: int, rate: float) -> pl.Series:
        """``size`` truths, each with probability ``rate``."""
        return (self.uniform(name, size) < rate).rename(name)

    def whole(self, name: str, size: int, low: int, high: int) -> pl.Series:
        """``size`` whole numbers from ``low`` to ``high``, both included."""
        return (self.uniform(name, size) * (high - low + 1)).floor().cast(pl.Int64) + low

    def weighted(self, name: str, size: int, weights: Sequence[float]) -> pl.Series:
        """``size`` positions in ``weights``, each as likely as its weight says."""
        return positions(self.uniform(name, size), weights)


def positions(uniform: pl.Series, weights: Sequence[float]) -> pl.Series:
    """Turn uniform draws into positions in ``weights``, each as likely as its weight says.

    A draw on the border of two positions gives the later one. Weights need not sum to one.
    """
    borders = pl.Series("borders", list(accumulate(weights)), dtype=pl.Float64)
    spots = borders.search_sorted(uniform * borders[-1], side="right")
    return pl.Series(uniform.name, spots, dtype=pl.Int64).clip(0, len(weights) - 1)
