"""How long work tells whoever watches how far it is. The core calls it; only the CLI draws."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with the name of the stage, how much of it is done, and how much there is."""


def unwatched(stage: str, done: int, total: int) -> None:
    """The Progress of a caller who does not want to know."""
