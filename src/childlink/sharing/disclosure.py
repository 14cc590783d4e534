"""Small numbers: which counts are hidden, and to what the others are rounded. Nothing else is here.

Sources: opensafely, counts of 7 or fewer are redacted, then rounded to 5 (docs.opensafely.org, ehrql PR 1746);
dfe, 1 to 5 suppressed as "c", figures to the nearest 10 (children looked after: national and regional tables);
nhs, 1 to 7 shown as "*", the rest to the nearest 5 (NHS Digital secondary care, below national level); ons,
fewer than 10 suppressed, no rounding (Secure Research Service threshold rule).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT_PRESET = "opensafely"
DEFAULT_K = 5
DEFAULT_L = 1


@dataclass(frozen=True)
class Preset:
    """``least_hidden`` to ``most_hidden`` (counts, both included) are hidden; others are rounded to the nearest
    ``base``, halves up; ``symbol`` stands for what is hidden."""

    name: str
    least_hidden: int
    most_hidden: int
    base: int
    symbol: str

    def hides(self, count: int) -> bool:
        """Whether a count is too small to be shown."""
        return self.least_hidden <= count <= self.most_hidden

    def rounded(self, count: int) -> int:
        """A count that may be shown, as it is shown."""
        return (2 * count + self.base) // (2 * self.base) * self.base

    def shown(self, count: int) -> str:
        """A single count as it is shown."""
        return self.symbol if self.hides(count) else str(self.rounded(count))


PRESETS: Mapping[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset("opensafely", least_hidden=0, most_hidden=7, base=5, symbol="[REDACTED]"),
        Preset("dfe", least_hidden=1, most_hidden=5, base=10, symbol="c"),
        Preset("nhs", least_hidden=1, most_hidden=7, base=5, symbol="*"),
        Preset("ons", least_hidden=1, most_hidden=9, base=1, symbol="[c]"),
    )
}
