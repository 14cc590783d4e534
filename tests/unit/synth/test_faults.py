"""Laws of faults: the list names every cell that differs from the sound return, and no other."""

from __future__ import annotations

import polars as pl
import pytest

from childlink.synth import SyntheticReturn, make_ssda903
from childlink.synth.faults import CELL_FAULTS, STRUCTURAL_FAULTS, fault_names
from childlink.synth.tables import COLUMNS
from tests.unit.synth.conftest import Validate


@pytest.fixture(scope="module")
def sound() -> SyntheticReturn:
    return make_ssda903(1200, "2026-27", 1)


@pytest.fixture(scope="module")
def spoilt() -> SyntheticReturn:
    return make_ssda903(1200, "2026-27", 1, 0.5)


def test_the_rate_is_what_it_says() -> None:
    made = make_ssda903(1200, "2025-26", 1, 0.1)
    rows = sum(frame.height for frame in made.this.values())
    assert made.faults.height / rows == pytest.approx(0.1, abs=0.02)


def test_last_year_is_left_sound(sound: SyntheticReturn, spoilt: SyntheticReturn) -> None:
    assert all(frame.equals(spoilt.previous[name]) for name, frame in sound.previous.items())


@pytest.mark.parametrize("table", COLUMNS)
def test_the_list_is_every_cell_that_differs(
    sound: SyntheticReturn, spoilt: SyntheticReturn, table: str
) -> None:
    before, after = sound.this[table], spoilt.this[table]
    listed = spoilt.faults.filter(pl.col("file") == f"{table}.csv")
    added = set(range(before.height + 1, after.height + 1))
    differs = {
        (row + 1, column)
        for column in before.columns
        for row in before[column].ne_missing(after[column].head(before.height)).arg_true()
    }
    swaps = {row for row, fault in listed.select("row", "fault").rows() if fault == "dates swapped"}
    named = set(listed.select("row", "column").rows())
    assert {cell for cell in named if cell[0] not in added} <= differs
    assert {
        cell for cell in differs if cell[0] not in swaps
    } <= named  # a swap names the first of its two cells
    assert {row for row, _ in named if row in added} == added


@pytest.mark.parametrize("table", COLUMNS)
def test_every_named_fault_appears(spoilt: SyntheticReturn, table: str) -> None:
    seen = set(spoilt.faults.filter(pl.col("file") == f"{table}.csv")["fault"])
    missing = set(fault_names(table)) - seen
    assert missing <= ({"dates swapped"} if table == "placed_adoption" else set())


def test_the_catalogue_names_columns_that_exist() -> None:
    assert all(set(fault.columns) <= set(COLUMNS[fault.table]) for fault in CELL_FAULTS)
    assert {name for table in COLUMNS for name in fault_names(table)} >= set(STRUCTURAL_FAULTS)


def test_the_list_holds_no_value(spoilt: SyntheticReturn) -> None:
    assert spoilt.faults.columns == ["file", "row", "column", "fault"]
    known = {name for table in COLUMNS for name in fault_names(table)}
    assert set(spoilt.faults["fault"]) <= known


def test_faults_make_findings_and_crash_nothing(validate: Validate) -> None:
    report = validate(make_ssda903(400, "2025-26", 3, 0.2), "2025-26")
    assert sum(rule.status == "findings" for rule in report.rules) > 60
    assert [rule.code for rule in report.rules if rule.status == "crashed"] == []
