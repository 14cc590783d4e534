"""Laws: bank holidays are the package's own; working days are counted as the CIN census counts them."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from childlink.reference.bank_holidays import FIRST_YEAR, LAST_YEAR, bank_holidays, source
from childlink.rules.cin.vocabulary import working_days_after


def after(day: date, days: int) -> date:
    counted = pl.DataFrame({"day": [day]}).select(working_days_after(pl.col("day"), days)).item()
    assert isinstance(counted, date)
    return counted


def test_days_are_those_of_the_package() -> None:
    from holidays import country_holidays

    expected = country_holidays("GB", subdiv="ENG", years=range(FIRST_YEAR, LAST_YEAR + 1))
    assert list(bank_holidays()) == sorted(expected)
    assert source().startswith("holidays 0.")


# known answers: the list that the reference validator carries
@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2022, "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27"),
        (2023, "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26"),
        (2024, "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26"),
        (2025, "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26"),
        (2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
        (2027, "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28"),
    ],
)
def test_weekdays_off_are_those_of_the_census(year: int, days: str) -> None:
    found = [d for d in bank_holidays() if d.year == year and d.weekday() < 5]
    assert " ".join(f"{d:%m-%d}" for d in found) == days


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (-44, "2022-01-28 2023-01-30 2024-01-29 2025-01-28 2026-01-28 2027-01-26"),
        (-14, "2022-03-11 2023-03-13 2024-03-11 2025-03-11 2026-03-11 2027-03-09"),
    ],
)
def test_cut_offs_before_the_end_of_the_year_are_those_of_the_census(days: int, expected: str) -> None:
    assert " ".join(str(after(date(year, 3, 31), days)) for year in range(2022, 2028)) == expected


def test_no_days_give_the_day_or_the_next_working_day() -> None:
    starts = [after(date(year, 4, 1), 0) for year in (2022, 2023, 2024, 2025)]
    assert " ".join(map(str, starts)) == "2022-04-01 2023-04-03 2024-04-02 2025-04-01"
    assert pl.select(working_days_after(pl.lit(None, dtype=pl.Date), 3)).item() is None


def is_working(day: date) -> bool:
    return day.weekday() < 5 and day not in bank_holidays()


@given(st.dates(date(2016, 1, 1), date(2034, 12, 31)), st.integers(1, 60))
def test_working_days_are_counted_one_by_one(day: date, days: int) -> None:
    here, left = day, days
    while left:
        here += timedelta(days=1)
        left -= is_working(here)
    assert after(day, days) == here
    here, left = after(day, 0), days
    while left:
        here -= timedelta(days=1)
        left -= is_working(here)
    assert after(day, -days) == here
