"""Collection years: three ways to write each, and never one text for two years."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from childlink.errors import UsageFault
from childlink.returns.years import SSDA903_YEARS, CollectionYear, parse_year


@pytest.mark.parametrize("text", ["2024-25", "2024/25", "2025", " 2024-25 "])
def test_three_ways_to_write_a_year(text: str) -> None:
    assert parse_year(text) == CollectionYear("2024-25", date(2024, 4, 1), date(2025, 3, 31))
    assert parse_year(text).ending == 2025


def test_years_are_in_order_and_follow_one_another() -> None:
    years = [parse_year(name) for name in SSDA903_YEARS]
    assert years == sorted(years)
    assert all((later.start - earlier.end).days == 1 for earlier, later in pairwise(years))


@pytest.mark.parametrize(
    "text",
    ["2021-22", "2027-28", "2024-26", "2024-2025", "24-25", "2022", "2028", "", "0000", "9999", "２０２５"],
)
def test_any_other_text_is_unknown(text: str) -> None:
    with pytest.raises(UsageFault, match="unknown year") as raised:
        parse_year(text)
    assert raised.value.allowed == "one of 2022-23, 2023-24, 2024-25, 2025-26, 2026-27"


def test_the_nearest_year_is_suggested() -> None:
    with pytest.raises(UsageFault) as raised:
        parse_year("2027-28")
    assert raised.value.next_step == "did you mean 2026-27?"
