"""No cell of a CSV file that a person opens is run as a formula."""

from __future__ import annotations

import polars as pl
import pytest

from childlink.files import csv_for_people, harmless, restored


@pytest.mark.parametrize(
    "cell", ["=1+1", "+44 7700 900123", "-2+3", "@SUM(A1)", "\tx", "\rx", " =1", "＝1", "'=x", "\n=1"]
)
def test_what_may_run_gets_an_apostrophe(cell: str) -> None:
    assert pl.select(harmless(pl.lit(cell))).item() == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "a=b", "-1.5", "+3", "1e-5", "O'Connor", "'quoted'", "x@y"])
def test_what_cannot_stays(cell: str) -> None:
    assert pl.select(harmless(pl.lit(cell))).item() == cell


def test_headings_too_and_numbers_not() -> None:
    frame = pl.DataFrame({"=cmd": ["@a", None], "weight": [-1.5, 2.0]})
    assert csv_for_people(frame) == "'=cmd,weight\n'@a,-1.5\n,2.0\n"


def test_several_columns_are_each_their_own() -> None:
    assert csv_for_people(pl.DataFrame({"a": ["=1"], "b": ["x"], "c": ["@y"]})) == "a,b,c\n'=1,x,'@y\n"


def test_what_was_done_can_be_undone() -> None:
    cells = pl.Series(["=1", "'=1", "''=1", "'", "''", "x", None, "", "-1", "'-1", "' =", "-"])
    again = pl.select(restored(harmless(pl.lit(cells)))).to_series()
    assert again.equals(cells, null_equal=True)
