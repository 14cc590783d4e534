"""What rules know beyond the tables of a return."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl


class Unavailable(Exception):
    """Something a rule needs is not there; the text is the reason shown with ``not_run``.

    A rule that can do with one of two things (241) raises it when it has neither.
    """


@dataclass(frozen=True)
class Period:
    """The collection year, or the reporting period of the return: both days belong to it."""

    start: date
    end: date

    @classmethod
    def of_year_to(cls, end: date) -> Period:
        """The twelve months that end on ``end``: 1 April 2023 to 31 March 2024; from 1 March after 28 February."""
        day = 28 if (end.month, end.day) == (2, 29) else end.day
        return cls(date(end.year - 1, end.month, day) + timedelta(days=1), end)


@dataclass(frozen=True)
class Context:
    """What rules read beyond the tables. None means not known; rules that need it do not run.

    ``period`` is None where the return itself says which it is. ``collection_year`` is the calendar year in which
    the collection ends; ``local_authority`` the nine-character code of the returning authority; ``postcodes`` gives
    the postcode directory when it is called, which is late, because few rules need it. ``as_of_date`` is the day on
    which ages are reckoned.
    """

    period: Period | None
    collection_year: int | None
    local_authority: str | None = None
    file_format: str | None = None
    providers: pl.DataFrame | None = None
    postcodes: Callable[[], Any] | None = None
    as_of_date: date | None = None
