"""Laws: made text has the form of its pattern; a made workbook reads back as it was, days as days."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from childlink.returns.spreadsheet import read_sheets
from childlink.synth.dice import Dice
from childlink.synth.from_schema.patterns import writer
from childlink.synth.from_schema.workbook import workbook

PATTERNS = (
    "[0-9]{3}|XXX",
    "(?:[Ee][Yy])? ?[0-9]{6,7}",
    "[A-Za-z0-9_-]*",
    r"\d{2}/\d{2}",
    r"^SEN2$",
    r"[^0-9]+\.x{2,}",
    "a(b|c(d|e)?)f",
    r"[\]a\-z]?[-x]",
    "",
)


@pytest.mark.parametrize("pattern", PATTERNS)
@given(seed=st.integers(0, 10_000))
def test_text_has_the_form_of_its_pattern(pattern: str, seed: int) -> None:
    assert re.fullmatch(pattern, writer(pattern)(Dice(str(seed))))


def test_every_alternative_comes_up() -> None:
    assert {writer("a|b|[cd]")(Dice(str(seed))) for seed in range(100)} == set("abcd")


@pytest.mark.parametrize("pattern", ["(?=a)a", r"\1", "a(b", "a)", "*a", "[ab", "a{2", r"(a)\q", "[]"])
def test_a_pattern_that_is_not_known_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words are for nobody: the caller has its own
        writer(pattern)


def test_a_workbook_reads_back(tmp_path: Path) -> None:
    first = pl.DataFrame(
        {
            "Name & <sign>": ["a < b & c", None, " spaced "],
            "Day": ["31/03/2026", "31/02/2026", None],
            "Code": ["007", "text", "day5"],
        },
        schema={"Name & <sign>": pl.String, "Day": pl.String, "Code": pl.String},
    )
    wide = pl.DataFrame({f"c{n}": [str(n)] for n in range(30)})
    path = tmp_path / "made.xlsx"
    path.write_bytes(workbook({"List 1": first, "Wide": wide}, {"List 1": ["Day"]}, ["%d/%m/%Y"]))
    read = {sheet.name: sheet.frame for sheet in read_sheets(path, ["day", "c1"])}
    assert list(read) == ["List 1", "Wide"]
    assert read["List 1"].to_dict(as_series=False) == {
        "Name & <sign>": ["a < b & c", None, " spaced "],
        "Day": ["2026-03-31 00:00:00", "31/02/2026", None],
        "Code": ["007", "text", "day5"],
    }
    assert read["Wide"].row(0) == tuple(str(n) for n in range(30))


def test_a_workbook_is_the_same_bytes_each_time() -> None:
    frame = pl.DataFrame({"a": ["1"]})
    assert workbook({"s": frame}, {}, []) == workbook({"s": frame}, {}, [])
