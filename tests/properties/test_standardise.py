"""Standardising: no cell makes it fail, nothing it makes is changed by doing it again, order does not count."""

from __future__ import annotations

import csv
import datetime as dt
import random
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from childlink.identifiers import postcodes
from childlink.linkage import dates, names
from childlink.linkage.completeness import completeness
from childlink.linkage.extracts import Extract, read_extract
from childlink.linkage.standardise import COLUMNS, standardise

NAME_WORDS = (
    "Zoë",
    "O'Neill",
    "known as",
    "(",
    ")",
    "Baby",
    "of",
    "Twin",
    "1",
    "-",
    "Ann",
    "MISS",
    "ß",
    "İ",
    "n/a",
    "'",
)
CELL = st.one_of(
    st.just(""),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12),
    st.lists(st.sampled_from(NAME_WORDS), max_size=4).map(" ".join),
)
HEADINGS = (
    "record_id", "forename", "surname", "known_as", "dob", "sex", "postcode", "postcode_2", "nhs_number", "upn",
    "former_upn", "uln", "ethnicity", "sealed",
)  # fmt: skip
RECORD = st.tuples(*[CELL] * (len(HEADINGS) - 1))


def read(rows: list[tuple[str, ...]], source: str = "a") -> Extract:
    """An extract of the rows, the first of them with a date that all can tell the form from."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "extract.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
            writer.writerow(HEADINGS)
            for number, row in enumerate(rows):
                born = "2012-04-28" if number == 0 else row[3]
                writer.writerow((f"R{number:03d}", *row[:3], born, *row[4:]))
        return read_extract(source, path)


def column(expression: pl.Expr) -> list[str | None]:
    return pl.select(expression).to_series().to_list()


@settings(max_examples=40)
@given(st.lists(RECORD, min_size=1, max_size=8))
def test_no_cell_makes_it_fail_and_every_record_stays(rows: list[tuple[str, ...]]) -> None:
    extract = read(rows)
    frame = standardise([extract])
    assert frame.schema == pl.Schema(COLUMNS)
    assert frame["record_id"].to_list() == [f"R{number:03d}" for number in range(len(rows))]
    assert frame.select(pl.col("source", "sealed", "postcodes").null_count()).row(0) == (0, 0, 0)
    counted = completeness([extract], frame)
    assert (counted["valid"] <= counted["present"]).all()
    assert (counted["present"] <= counted["rows"]).all()


@settings(max_examples=30)
@given(st.lists(RECORD, min_size=2, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_count(rows: list[tuple[str, ...]], shuffler: random.Random) -> None:
    extract = read(rows)
    order = list(range(len(rows)))
    shuffler.shuffle(order)
    shuffled = Extract(
        **{**vars(extract), "cells": extract.cells[order], "lines": extract.lines.gather(order)}
    )
    assert standardise([shuffled]).equals(standardise([extract]))


@given(st.lists(CELL, min_size=10, max_size=30))
def test_names_and_postcodes_already_standardised_stay_as_they_are(cells: list[str]) -> None:
    given_cells = pl.lit(pl.Series(cells, dtype=pl.String))
    for rule in (names.forename, names.surname, postcodes.normalised):
        once = pl.Series(column(rule(given_cells)), dtype=pl.String)
        assert column(rule(pl.lit(once))) == once.to_list()


@given(st.lists(CELL, min_size=10, max_size=30))
def test_a_name_is_letters_digits_and_single_spaces(cells: list[str]) -> None:
    found = pl.Series(column(names.forename(pl.lit(pl.Series(cells, dtype=pl.String)))), dtype=pl.String)
    assert found.drop_nulls().str.contains(r"^[\p{L}\p{N}]+( [\p{L}\p{N}]+)*$").all()


@given(
    st.dates(dt.date(dates.YEARS[0], 1, 1), dt.date(dates.YEARS[1], 12, 31)),
    st.sampled_from(list(dates.FORMS)),
)
def test_a_date_written_in_a_form_is_read_back(born: dt.date, name: str) -> None:
    form = dates.FORMS[name]
    written = born.strftime(form.parse)
    assert column(dates.parsed(pl.lit(written), form)) == [born]
