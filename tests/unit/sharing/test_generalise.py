"""What each word of an agreement does to a cell."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from childlink.sharing import generalise

DAY = date(2026, 8, 31)


@pytest.mark.parametrize(
    ("born", "years", "band"),
    [
        (date(2012, 8, 31), 14, "10 to 15"),
        (date(2012, 9, 1), 13, "10 to 15"),
        (date(2026, 8, 31), 0, "under 1"),
        (date(2026, 9, 1), None, None),
        (date(2025, 8, 31), 1, "1 to 4"),
        (date(2021, 9, 1), 4, "1 to 4"),
        (date(2021, 8, 31), 5, "5 to 9"),
        (date(2016, 9, 1), 9, "5 to 9"),
        (date(2010, 8, 31), 16, "16 and over"),
        (date(2010, 9, 1), 15, "10 to 15"),
    ],
)
def test_age_and_band_on_a_day(born: date, years: int | None, band: str | None) -> None:
    row = pl.select(
        years=generalise.age(pl.lit(born), DAY), band=generalise.age_band(pl.lit(born), DAY).cast(pl.String)
    )
    assert row.row(0) == (years, band)


def test_29_february_is_a_birthday_on_1_march() -> None:
    born = pl.lit(date(2012, 2, 29))
    assert pl.select(generalise.age(born, date(2026, 2, 28))).item() == 13
    assert pl.select(generalise.age(born, date(2026, 3, 1))).item() == 14


def test_dates_and_postcodes() -> None:
    assert pl.select(generalise.month(pl.lit(date(2012, 4, 28)))).item() == "2012-04"
    assert pl.select(generalise.year(pl.lit(date(2012, 4, 28)))).item() == 2012
    cells = pl.DataFrame({"p": ["wv148du", "B1 1AA", "ZZ99 3VZ", "nonsense", None]})
    assert cells.select(generalise.district(pl.col("p"))).to_series().to_list() == [
        "WV14",
        "B1",
        None,
        None,
        None,
    ]
    assert cells.select(generalise.sector(pl.col("p"))).to_series().to_list() == [
        "WV14 8",
        "B1 1",
        None,
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("code", "group"),
    [
        ("WBRI", "White"), ("wirt", "White"), ("MWBC", "Mixed"), ("AIND", "Asian"), ("CHNE", "Asian"),
        ("BAFR", "Black"), ("OOTH", "Other"), ("REFU", "Not known"), ("NOBT", "Not known"), ("A", "White"),
        ("G", "Mixed"), ("R", "Asian"), ("P", "Black"), ("S", "Other"), ("Z", "Not known"), ("99", "Not known"),
        ("Asian or Asian British - Pakistani", "Asian"), ("Mixed: White and Asian", "Mixed"),
        ("White - Irish", "White"), ("Any other ethnic group", "Other"), ("???", "Not known"), (None, None),
    ],
)  # fmt: skip
def test_ethnic_groups(code: str | None, group: str | None) -> None:
    assert pl.select(generalise.ethnic_group(pl.lit(code, pl.String))).item() == group


def test_every_code_of_the_schema_has_a_group() -> None:
    codes = [
        "WBRI", "WIRI", "WIRT", "WROM", "WOTH", "MWBC", "MWBA", "MWAS", "MOTH", "AIND", "APKN", "ABAN", "AOTH",
        "CHNE", "BCRB", "BAFR", "BOTH", "OOTH",
    ]  # fmt: skip
    groups = pl.select(generalise.ethnic_group(pl.lit(pl.Series(codes)))).to_series()
    assert set(groups) == {"White", "Mixed", "Asian", "Black", "Other"}
