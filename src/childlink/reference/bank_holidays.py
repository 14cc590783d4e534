"""The bank holidays of England, from the package ``holidays``, which knows days moved and added by proclamation."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.metadata import version

FIRST_YEAR, LAST_YEAR = 2015, 2035
"""The years for which days are given, around the collection years; outside them only weekends count."""


@cache
def bank_holidays() -> tuple[date, ...]:
    """Every bank holiday of England from FIRST_YEAR to LAST_YEAR, in order."""
    from holidays import country_holidays  # takes a while to import: only where working days are counted

    return tuple(sorted(country_holidays("GB", subdiv="ENG", years=range(FIRST_YEAR, LAST_YEAR + 1))))


def source() -> str:
    """Where the days come from, with the version that says how late their news is."""
    return f"holidays {version('holidays')}, England, {FIRST_YEAR} to {LAST_YEAR}"
