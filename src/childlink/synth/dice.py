"""One child's draws, one after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Draws from ``random()`` alone, which never changes between Python versions."""

    __slots__ = ("random",)

    def __init__(self, seed: str) -> None:
        self.random = Random(seed).random  # noqa: S311 - made data, nothing secret

    def chance(self, rate: float) -> bool:
        """True with probability ``rate``."""
        return self.random() < rate

    def whole(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included; ``low`` when ``high`` is lower."""
        return low + int(self.random() * (high - low + 1)) if high > low else low

    def one(self, values: Sequence[T]) -> T:
        """One of ``values``, each as likely."""
        return values[int(self.random() * len(values))]

    def weighted(self, weights: Mapping[T, float]) -> T:
        """One of the keys, as likely as its weight says."""
        spot = self.random() * fsum(weights.values())  # sum() of floats is another in Python 3.12
        for value, weight in weights.items():
            spot -= weight
            if spot < 0:
                return value
        return value
