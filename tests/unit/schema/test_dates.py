"""Law: a date is dd/mm/yyyy, real, of the years 1678 to 2261, with nothing around it."""

from __future__ import annotations

import re
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from childlink.schema.dates import read_dates


def read(*texts: str | None) -> list[date | None]:
    return pl.Series("d", texts, dtype=pl.String).to_frame().select(read_dates(pl.col("d")))["d"].to_list()


def slowly(text: str | None) -> date | None:
    """The same, spelt out."""
    written = re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", text or "")
    if written is None:
        return None
    day, month, year = (int(part) for part in written.groups())
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if 1678 <= year <= 2261 else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("01/04/2025", date(2025, 4, 1)),
        ("1/4/2025", date(2025, 4, 1)),
        ("29/02/2024", date(2024, 2, 29)),
        ("29/02/2025", None),
        ("38/04/2019", None),
        ("10/24/2021", None),
        ("01/01/19", None),
        ("2000/12/10", None),
        ("01-04-2025", None),
        (" 01/04/2025", None),
        ("01/04/2025 ", None),
        ("01/04/2025\n", None),
        ("01/04/20250", None),
        ("٠١/٠٤/٢٠٢٥", None),
        ("01/01/1677", None),
        ("01/01/2262", None),
        ("", None),
        (None, None),
    ],
)
def test_examples(text: str | None, expected: date | None) -> None:
    assert read(text) == [expected]


@given(
    st.lists(st.one_of(st.none(), st.text("0123456789/ ", max_size=11), st.dates().map("{:%d/%m/%Y}".format)))
)
def test_reads_what_the_slow_reading_reads(texts: list[str | None]) -> None:
    assert read(*texts) == [slowly(text) for text in texts]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-04-01", date(2025, 4, 1)),
        ("2025-4-1", date(2025, 4, 1)),
        ("01/04/2025", date(2025, 4, 1)),
        ("04/13/2025", None),
        ("2025-02-29", None),
        ("2025-04-01T00:00:00", None),
        ("2025-04-01\n", None),
        (" 2025-04-01", None),
        ("25-04-01", None),
        ("01-04-2025", None),
        ("1677-12-31", None),
        (None, None),
    ],
)
def test_several_forms(text: str | None, expected: date | None) -> None:
    frame = pl.DataFrame({"d": [text]}, schema={"d": pl.String})
    assert frame.select(read_dates(pl.col("d"), ("%Y-%m-%d", "%d/%m/%Y")))["d"].to_list() == [expected]
