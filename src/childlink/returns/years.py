"""Collection years, 1 April to 31 March, named by both calendar years: "2024-25"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from childlink.errors import unknown_name

SSDA903_YEARS = ("2022-23", "2023-24", "2024-25", "2025-26", "2026-27")

_WRITTEN = re.compile(r"(?P<first>[0-9]{4})[-/](?P<second>[0-9]{2})|(?P<ending>[0-9]{4})")


@dataclass(frozen=True, order=True)
class CollectionYear:
    """One collection year; earlier years are less than later ones."""

    name: str
    start: date
    end: date

    @cached_property
    def ending(self) -> int:
        """The calendar year in which it ends: 2025 for 2024-25."""
        return self.end.year


def collection_year(ending: int) -> CollectionYear:
    """The collection year that ends on 31 March of the year ``ending``."""
    return CollectionYear(
        name=f"{ending - 1:04d}-{ending % 100:02d}", start=date(ending - 1, 4, 1), end=date(ending, 3, 31)
    )


def parse_year(text: str, years: Sequence[str] = SSDA903_YEARS) -> CollectionYear:
    """The collection year written as "2024-25", "2024/25" or, by its ending year, "2025".

    The same text never means two years: "2024/25" is 2024-25, whereas the reference validator, which reads
    the first four characters as the ending year, takes it for 2023-24. Raises UsageFault when ``text`` is
    written otherwise or is none of ``years``.
    """
    written = _WRITTEN.fullmatch(text.strip())
    if written is not None:
        ending = int(written["ending"] or written["first"]) + (written["ending"] is None)
        year = collection_year(ending) if 1 < ending <= date.max.year else None
        sound = written["ending"] or (year and year.name == f"{written['first']}-{written['second']}")
        if year is not None and sound:
            if year.name in years:
                return year
            known = [parse_year(name, years) for name in years]
            near = min(known, key=lambda k: abs(k.ending - year.ending))
            raise unknown_name("year", text, years, nearest=near.name)
    raise unknown_name("year", text, years)


NO_YEAR = CollectionYear(name="", start=date.min, end=date.max)
"""The year of a return that has no collection year."""
