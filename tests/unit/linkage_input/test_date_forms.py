"""The form of a column of dates is told from the whole column; single cells never stop anything."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from childlink.errors import InputFault, UsageFault
from childlink.linkage import dates

BORN = dt.date(2012, 4, 28)


def told(*cells: str | None) -> dates.DateForm | None:
    values = pl.Series("dob", cells, dtype=pl.String)
    lines = pl.Series("line", range(2, len(cells) + 2), dtype=pl.UInt32)
    return dates.recognise_form(values, lines, path=Path("a.csv"), heading="dob", source="health")


def fault_of(*cells: str) -> InputFault:
    with pytest.raises(InputFault) as caught:
        told(*cells)
    message = f"{caught.value.fault} {caught.value.allowed} {caught.value.next_step}"
    assert not any(cell in message for cell in cells)
    return caught.value


def parsed(form: dates.DateForm, *cells: str | None) -> list[dt.date | None]:
    return pl.select(dates.parsed(pl.lit(pl.Series(cells, dtype=pl.String)), form)).to_series().to_list()


@pytest.mark.parametrize(
    ("cell", "form"),
    [
        ("2012-04-28", "YYYY-MM-DD"),
        ("2012-4-28", "YYYY-MM-DD"),
        ("2012-04-28T00:00:00", "YYYY-MM-DD"),
        ("2012-04-28 13:45", "YYYY-MM-DD"),
        ("2012-04-28T00:00:00.000Z", "YYYY-MM-DD"),
        ("2012-04-28T00:00:00+01:00", "YYYY-MM-DD"),
        ("2012/04/28", "YYYY/MM/DD"),
        ("20120428", "YYYYMMDD"),
        ("28/04/2012", "DD/MM/YYYY"),
        ("28/4/2012", "DD/MM/YYYY"),
        ("28/04/2012 00:00", "DD/MM/YYYY"),
        ("28-04-2012", "DD-MM-YYYY"),
        ("28.04.2012", "DD.MM.YYYY"),
        ("28-Apr-2012", "DD-Mon-YYYY"),
        ("28 April 2012", "DD-Mon-YYYY"),
        ("28/APR/2012", "DD-Mon-YYYY"),
    ],
)
def test_every_form_is_told_and_parsed(cell: str, form: str) -> None:
    found = told(cell, None, cell)
    assert found is not None
    assert found.name == form
    assert parsed(found, cell, None) == [BORN, None]


@pytest.mark.parametrize("form", dates.FORMS)
def test_every_form_is_found_by_its_name(form: str) -> None:
    assert dates.form_named(form.lower()).name == form


def test_an_unknown_name_of_a_form_suggests_one() -> None:
    with pytest.raises(UsageFault) as caught:
        dates.form_named("DD/MM/YY")
    assert caught.value.next_step == "did you mean DD/MM/YYYY?"


def test_an_empty_column_has_no_form() -> None:
    assert told(None, None) is None


def test_numbers_that_could_be_either_are_read_day_first() -> None:
    found = told("03/04/2012", "05/06/2012")
    assert found is not None
    assert parsed(found, "03/04/2012") == [dt.date(2012, 4, 3)]


@pytest.mark.parametrize("mark", ["/", "-", "."])
def test_a_column_that_proves_month_first_asks_for_the_form(mark: str) -> None:
    fault = fault_of(*(cell.replace("/", mark) for cell in ("03/04/2012", "04/28/2012", "05/06/2012")))
    assert "month before the day (first seen for certain on line 3)" in fault.fault
    assert fault.next_step is not None
    assert f'date_format = "MM{mark}DD{mark}YYYY"' in fault.next_step
    assert "[sources.health]" in fault.next_step


def test_neither_day_first_nor_month_first_fits_all() -> None:
    fault = fault_of("03/04/2012", "28/04/2012", "29/04/2012", "04/28/2012")
    assert "3 DD/MM/YYYY (first on line 3), 1 MM/DD/YYYY (first on line 5)" in fault.fault


def test_mixed_forms_give_counts_and_lines() -> None:
    fault = fault_of("2012-04-28", "20120429", "2012-04-30")
    assert "2 YYYY-MM-DD (first on line 2), 1 YYYYMMDD (first on line 3)" in fault.fault


def test_day_first_without_marks_is_not_guessed() -> None:
    fault = fault_of("28042012", "01042012")
    assert 'date_format = "DDMMYYYY"' in (fault.next_step or "")


@pytest.mark.parametrize("cell", ["28/04/12", "41027", "last spring", "28/04", "00/00/2012", "1900-01-01"])
def test_a_column_with_no_date_in_a_known_form(cell: str) -> None:
    fault = fault_of(cell, cell)
    assert "none of its 2 cells is a date in a known form" in fault.fault


def test_a_stray_cell_in_a_thousand_is_a_bad_cell_and_two_are_a_mixed_column() -> None:
    column = ["28/04/2012"] * 1000
    assert told(*column, "2012-04-28") is dates.DAY_FIRST["slashes"]
    assert told(*column, "04/28/2012") is dates.DAY_FIRST["slashes"]
    with pytest.raises(InputFault):
        told(*column, "2012-04-28", "2012-04-29")


def test_cells_that_are_no_date_in_the_form_are_null() -> None:
    form = dates.DAY_FIRST["slashes"]
    bad = ("31/02/2012", "28/04/12", "2012-04-28", "28/13/2012", "01/01/1900", "28/04/2100", "", "x", None)
    assert parsed(form, *bad) == [None] * len(bad)


def test_weak_dates_of_birth() -> None:
    born = pl.Series(
        [dt.date(2012, 1, 1), dt.date(2012, 7, 1), dt.date(2012, 4, 15), dt.date(2012, 4, 1), BORN, None]
    )
    weak = pl.select(dates.weak(pl.lit(born))).to_series().to_list()
    assert weak == [True, True, True, False, False, None]
