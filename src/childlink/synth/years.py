"""Collection years and the calendar, with days as whole numbers (``date.toordinal``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from childlink.returns.years import parse_year

EDGE = 10  # nothing that ends or begins a row happens within so many days of a year's end


@dataclass(frozen=True)
class Year:
    """One collection year: 1 April to 31 March, and what its returns hold."""

    begins: int  # the calendar year of its 1 April

    @property
    def name(self) -> str:
        """As "2025-26"."""
        return f"{self.begins}-{(self.begins + 1) % 100:02d}"

    @property
    def start(self) -> int:
        return date(self.begins, 4, 1).toordinal()

    @property
    def end(self) -> int:
        return date(self.begins + 1, 3, 31).toordinal()

    @property
    def before(self) -> Year:
        return Year(self.begins - 1)

    @property
    def has_social_workers(self) -> bool:
        return self.begins >= 2023

    @property
    def has_dolo(self) -> bool:
        return self.begins >= 2026

    @property
    def letters_for_sex(self) -> bool:
        return self.begins >= 2024

    @property
    def splits_other_placements(self) -> bool:
        """Whether Z1 has become Z11 to Z14."""
        return self.begins >= 2025


def year_of(text: str) -> Year:
    """The collection year of a text like "2025-26". Raises UsageFault where there is none."""
    return Year(parse_year(text).ending - 1)


@cache
def text_of(day: int) -> str:
    """dd/mm/yyyy."""
    return date.fromordinal(day).strftime("%d/%m/%Y")


@cache
def day_of(text: str) -> int:
    """The day of dd/mm/yyyy."""
    return date(int(text[6:]), int(text[3:5]), int(text[:2])).toordinal()


@cache
def birthday(born: int, age: int) -> int:
    """The day of the ``age``-th birthday; 29 February becomes 28 February."""
    day = date.fromordinal(born)
    try:
        return day.replace(year=day.year + age).toordinal()
    except ValueError:
        return day.replace(year=day.year + age, day=28).toordinal()


@cache
def off_edge(day: int) -> int:
    """``day``, or if it lies about the end of a collection year, a day two or three weeks later."""
    when = date.fromordinal(day)
    edge = date(when.year, 4, 1).toordinal()
    return day + 2 * EDGE if -EDGE <= day - edge < EDGE else day


@cache
def school_entry(born: int) -> int:
    """The calendar year of the 1 September after the fourth birthday, when most children get their UPN."""
    fourth = date.fromordinal(birthday(born, 4))
    return fourth.year + (fourth.month >= 9)
