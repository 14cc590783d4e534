"""A return of another year than it is given for is named, but only where its dates leave no doubt."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from childlink.errors import InputFault
from childlink.returns.ssda903 import read_ssda903
from childlink.returns.which_year import FEWEST_DATES, require_year
from childlink.returns.years import parse_year
from childlink.schema.model import load_return_schema


def a_return_of(ending: int, *, ended: int = 15, reviewed: int = 15) -> dict[str, pl.DataFrame]:
    """Open and ended episodes of a year, some begun the year before, and reviews."""
    begun = [f"0{1 + n % 9}/06/{ending - 1 - n % 2}" for n in range(2 * ended)]
    return {
        "Episodes": pl.DataFrame(
            {"DECOM": begun, "DEC": [f"31/03/{ending}"] * ended + [None] * ended},
            schema_overrides={"DEC": pl.String},
        ),
        "Reviews": pl.DataFrame({"REVIEW": [f"01/04/{ending - 1}"] * reviewed}, schema={"REVIEW": pl.String}),
    }


def fault_of(tables: dict[str, pl.DataFrame], year: str, **more: bool) -> str | None:
    try:
        require_year(tables, parse_year(year), **more)
    except InputFault as fault:
        return f"{fault.fault}; {fault.next_step}"
    return None


@pytest.mark.parametrize("year", ["2022-23", "2023-24", "2025-26", "2026-27"])
def test_both_years_are_named(year: str) -> None:
    assert fault_of(a_return_of(2025), year) == (
        f"the return is of 2024-25, not of {year}: of 30 dates on which an episode ended or a review was held, "
        f"30 lie in 2024-25, 0 in {year}; give --year 2024-25, or the files of {year}"
    )


def test_its_own_year_is_never_questioned() -> None:
    assert fault_of(a_return_of(2025), "2024-25") is None


def test_last_years_files_are_of_the_year_before() -> None:
    assert fault_of(a_return_of(2024), "2023-24", previous=True) is None
    fault = fault_of(a_return_of(2025), "2023-24", previous=True)
    assert fault is not None
    assert "last year's files are of 2024-25, not of 2023-24" in fault


def test_few_dates_prove_nothing() -> None:
    assert fault_of(a_return_of(2023, ended=9, reviewed=10), "2024-25") is None
    assert FEWEST_DATES == 20
    assert fault_of(a_return_of(2023, ended=10, reviewed=10), "2024-25") is not None


def test_one_date_in_the_year_among_few_leaves_it_to_the_rules() -> None:
    tables = a_return_of(2023)
    tables["Reviews"] = pl.concat([tables["Reviews"], pl.DataFrame({"REVIEW": ["01/06/2024"]})])
    assert fault_of(tables, "2024-25") is None
    tables = a_return_of(2023)
    tables["Episodes"] = tables["Episodes"].with_columns(DECOM=pl.lit("01/06/2024"))
    assert fault_of(tables, "2024-25") is None, "episodes begin in the year: only their ends are wrong"


def test_a_stray_date_among_hundreds_does_not_hide_the_year() -> None:
    tables = a_return_of(2023, ended=200, reviewed=200)
    tables["Reviews"] = pl.concat([tables["Reviews"], pl.DataFrame({"REVIEW": ["01/06/2024"]})])
    assert "1 in 2024-25" in str(fault_of(tables, "2024-25"))


def test_ends_moved_to_another_year_are_bad_data_not_another_return() -> None:
    tables = a_return_of(2025)
    ends = {"Episodes": tables["Episodes"].with_columns(DEC=pl.lit("01/06/2030"))}
    assert fault_of(ends, "2024-25") is None


@pytest.mark.parametrize("text", ["", "not a date", "2024-05-01", None])
def test_unreadable_dates_prove_nothing(text: str | None) -> None:
    column = pl.Series([text] * 50, dtype=pl.String)
    tables = {"Episodes": pl.DataFrame({"DECOM": column, "DEC": column})}
    assert fault_of(tables, "2024-25") is None
    assert fault_of({}, "2024-25") is None


def test_reading_stops_at_another_year(tmp_path: Path) -> None:
    columns = {name: table.columns for name, table in load_return_schema("ssda903").tables.items()}
    rows = [f"1,01/05/2022,S,C2,N1,U4,PR1,0{1 + n % 9}/06/2022,X1,,,,\n" for n in range(30)]
    (tmp_path / "e.csv").write_text(",".join(columns["Episodes"]) + "\n" + "".join(rows))
    with pytest.raises(InputFault, match="the return is of 2022-23, not of 2024-25"):
        read_ssda903([tmp_path], [], columns, parse_year("2024-25"))
    assert read_ssda903([tmp_path], [], columns, parse_year("2022-23")).inputs[0].rows == 30
