"""The bank holidays of England, from the package ``holidays``, which knows days moved and added by proclamation."""

from __future__ import annotations

import importlib.util
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

FIRST_YEAR, LAST_YEAR = 2015, 2035
"""The years for which days are given, around the collection years; outside them only weekends count."""


@cache
def bank_holidays() -> tuple[date, ...]:
    """Every bank holiday of England from FIRST_YEAR to LAST_YEAR, in order."""
    return tuple(sorted(_united_kingdom()(subdiv="ENG", years=range(FIRST_YEAR, LAST_YEAR + 1))))


def source() -> str:
    """Where the days come from, with the version that says how late their news is."""
    return f"holidays {version('holidays')}, England, {FIRST_YEAR} to {LAST_YEAR}"


def _united_kingdom() -> Any:
    """The package's class of the United Kingdom, from its own file: its folder imports 250 countries (60 ms)."""
    package = importlib.util.find_spec("holidays")
    for folder in (package.submodule_search_locations or []) if package else []:
        path = Path(folder) / "countries" / "united_kingdom.py"
        spec = (
            importlib.util.spec_from_file_location("childlink_united_kingdom", path)
            if path.is_file()
            else None
        )
        if spec is not None and spec.loader is not None:
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module.UnitedKingdom
    from holidays.countries.united_kingdom import UnitedKingdom

    return UnitedKingdom
