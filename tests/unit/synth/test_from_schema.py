"""Laws of returns made from their schema alone: sound ones break no rule, every fault that is listed is found, in every
format and however the schema describes the tables; the same seed makes the same bytes; people are the same throughout."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from childlink.cli.synth import NOT_FROM_SCHEMA
from childlink.errors import ToolFault, UsageFault
from childlink.folders import write_folder
from childlink.identifiers import nhs_number, postcodes, uln, upn
from childlink.rules.columns import Table
from childlink.rules.registry import RuleBook
from childlink.schema.model import load_return_schema, shipped_schemas
from childlink.schema.reading import read_schema
from childlink.synth.from_schema import MadeReturn, make_from_schema, make_of_book
from childlink.validation import Report
from childlink.validation.validate import validate_files

NAMES = [name for name in shipped_schemas() if name not in NOT_FROM_SCHEMA]
FORMATS = [(name, kind) for name in NAMES for kind in load_return_schema(name).formats]
FIRST_YEARS = [(name, load_return_schema(name).years[0]) for name in NAMES if load_return_schema(name).yearly]
AUTHORITY = "E08000025"

OWN = """
schema: childlink.schema/1
name: visits
title: Visits to children
yearly: false
formats: [csv]
typed: true
child: Child ID
code_sets:
  outcome: {S: seen, N: not seen}
tables:
  Children:
    constraints: [{unique: [Child ID]}]
    fields:
      - {name: Child ID, kind: local_id, constraints: {required: true}}
      - {name: Born, type: date, kind: birth_date, constraints: {required: true}}
      - {name: UPN, format: upn, kind: upn}
      - {name: Panel, constraints: {pattern: "[A-C]-[0-9]{2}(?:x|yy)?"}}
  Visits:
    fields:
      - {name: Child ID}
      - {name: Visit ID}
      - {name: Asked, type: date, constraints: {required: true}}
      - {name: Made, type: date}
      - {name: Outcome, codes: outcome}
      - {name: Minutes, type: integer, constraints: {minimum: 5, maximum: 90}}
      - {name: Alone, type: boolean}
"""


def validated(made: MadeReturn, place: Path) -> Report:
    write_folder(place, made.files(), force=False)
    year = made.year or None
    name = made.schema.name
    return validate_files(name, [place / "this"], year=year, as_of=made.day, local_authority=AUTHORITY)


def not_found(made: MadeReturn, report: Report) -> list[tuple[str, ...]]:
    found = set(report.findings.select("code", "table", "row").iter_rows())
    return [
        (f["table"], f["row"], f["column"], f["fault"], f["code"])
        for f in made.faults.iter_rows(named=True)
        if (f["code"], f["table"] if f["row"] is not None else None, f["row"]) not in found
    ]


def own_book(tmp_path: Path) -> tuple[RuleBook, Table]:
    path = tmp_path / "visits.yaml"
    path.write_text(OWN, encoding="utf-8")
    schema = read_schema(path)
    return RuleBook(schema), Table(schema.tables["Visits"])


@pytest.mark.parametrize(("name", "kind"), FORMATS)
def test_a_sound_return_breaks_no_rule(name: str, kind: str, tmp_path: Path) -> None:
    report = validated(make_from_schema(name, 12, seed=8, file_format=kind), tmp_path / "d")
    assert report.findings.is_empty()
    assert {r.status for r in report.rules} <= {"passed", "not_run"}
    assert [r.code for r in report.rules if r.status == "not_run" and r.code[:2] != "S-"] == []


@pytest.mark.parametrize(("name", "year"), FIRST_YEARS)
def test_a_sound_return_of_another_year_breaks_no_rule(name: str, year: str, tmp_path: Path) -> None:
    made = make_from_schema(name, 12, year=year, seed=2)
    assert validated(made, tmp_path / "d").findings.is_empty()


@pytest.mark.parametrize(("name", "kind"), FORMATS)
def test_every_fault_is_found_under_its_codes(name: str, kind: str, tmp_path: Path) -> None:
    made = make_from_schema(name, 12, seed=4, faults=0.4, file_format=kind)
    report = validated(made, tmp_path / "d")
    assert made.faults.height > 3
    assert not_found(made, report) == []


def test_the_rows_that_are_not_listed_are_those_of_the_sound_return() -> None:
    sound = make_from_schema("alternative_provision", 30, seed=6).tables["placements"]
    made = make_from_schema("alternative_provision", 30, seed=6, faults=0.3)
    spoilt = made.tables["placements"]
    assert spoilt.height == sound.height
    struck = set(made.faults["row"].drop_nulls())
    differ = {
        n
        for n, (a, b) in enumerate(zip(sound[spoilt.columns].rows(), spoilt.rows(), strict=True), 1)
        if a != b
    }
    assert differ == struck


@pytest.mark.parametrize("name", ["annex_a_sen", "csc_api", "early_years", "sen2"])
def test_the_same_seed_makes_the_same_files_and_another_makes_others(name: str, tmp_path: Path) -> None:
    def files(seed: int, place: str) -> dict[str, bytes]:
        write_folder(tmp_path / place, make_from_schema(name, 5, seed=seed, faults=0.3).files(), force=False)
        found = sorted((tmp_path / place).rglob("*.*"))
        return {path.relative_to(tmp_path / place).as_posix(): path.read_bytes() for path in found}

    first = files(1, "a")
    assert first == files(1, "b")
    assert first != files(2, "c")


def test_a_child_is_the_same_in_every_list() -> None:
    tables = make_from_schema("annex_a", 25, seed=3).tables
    said = pl.concat(
        frame.select("Child Unique ID", "Date of Birth", "Gender", "Ethnicity")
        for frame in tables.values()
        if "Child Unique ID" in frame.columns
    ).unique()
    assert said["Child Unique ID"].is_unique().all()
    assert said.height == 25


def test_what_hangs_on_a_row_names_its_ids() -> None:
    census = make_from_schema("school_census", 20, seed=3).tables
    for suffix, pupils in (("onroll", "pupilonroll"), ("offroll", "pupilnolongeronroll")):
        key = f"{pupils}tableid"
        assert census[pupils][key].is_unique().all()
        for name, frame in census.items():
            if name.endswith(suffix) and name != pupils and key in frame.columns:
                assert frame.join(census[pupils], on=key, how="anti").is_empty(), name
    sen2 = make_from_schema("sen2", 20, seed=3).tables
    plans = sen2["PlacementDetails"].join(sen2["ActivePlans"], on=["PersonID", "RequestID"], how="anti")
    assert plans.is_empty()
    assert sen2["Persons"]["PersonID"].to_list() == [str(n) for n in range(1, 21)]


def test_numbers_are_right_and_dates_lie_within_a_life() -> None:
    made = make_from_schema("annex_a_sen", 60, seed=9)
    children = pl.concat(
        frame.select("UPN", "ULN", pl.col("Date of birth").str.to_date("%d/%m/%Y"))
        for frame in made.tables.values()
    )
    assert set(children.select(upn.verdict(pl.col("UPN"))).to_series()) <= {"permanent", "missing"}
    assert set(children.select(uln.verdict(pl.col("ULN"))).to_series()) <= {"valid", "missing"}
    assert children["Date of birth"].is_between(date(2000, 1, 1), made.day).all()
    (people,) = make_from_schema("child_health", 60, seed=9).tables.values()
    assert set(people.select(nhs_number.verdict(pl.col("NHS number"))).to_series()) <= {"valid", "missing"}
    assert (
        people.select(postcodes.has_form(pl.col("Postcode of usual address"))).to_series().drop_nulls().all()
    )
    events = (
        make_from_schema("annex_a", 40, seed=1)
        .tables["List 2"]
        .with_columns(
            pl.col("Date of Birth", "Assessment start date", "Assessment completion date").str.to_date(
                "%d/%m/%Y"
            )
        )
    )
    start, end = pl.col("Assessment start date"), pl.col("Assessment completion date")
    assert events.filter((start < pl.col("Date of Birth")) | (end < start) | (start > made.day)).is_empty()


def test_a_schema_of_ones_own_is_enough(tmp_path: Path) -> None:
    book, visits = own_book(tmp_path)

    @book.rule(
        "own-1", visits["Made"], visits["Outcome"], message="An outcome without a visit, or the reverse."
    )
    def outcome_without_visit() -> pl.Expr:
        """A visit whose outcome is there without its date, or the other way round."""
        return visits["Made"].present ^ visits["Outcome"].present

    sound = make_of_book(book, 30).tables
    assert sound["Children"].height == 30
    assert sound["Visits"].join(sound["Children"], on="Child ID", how="anti").is_empty()
    assert sound["Visits"]["Visit ID"].is_unique().all()
    assert sound["Visits"]["Minutes"].drop_nulls().cast(pl.Int64).is_between(5, 90).all()
    assert sound["Visits"].filter(pl.col("Made").is_null() != pl.col("Outcome").is_null()).is_empty()
    assert sound["Children"]["Panel"].drop_nulls().str.contains("^[A-C]-[0-9]{2}(?:x|yy)?$").all()
    faults = make_of_book(book, 30, faults=0.6).faults
    asked = {
        "own-1",
        "S-CHILD",
        "S-CODE",
        "S-DATE",
        "S-FORMAT",
        "S-IDENTIFIER",
        "S-MISSING",
        "S-RANGE",
        "S-TYPE",
    }
    assert set(faults["code"]) - {"S-COLUMN"} == asked


def test_rules_that_nothing_can_pass_are_told(tmp_path: Path) -> None:
    book, visits = own_book(tmp_path)

    @book.rule("own-2", visits["Asked"], message="Never right.")
    def never_right() -> pl.Expr:
        """Every visit."""
        return visits["Asked"].present | visits["Asked"].missing

    with pytest.raises(ToolFault, match="own-2") as told:
        make_of_book(book, 20)
    assert told.value.next_step is not None


def test_a_pattern_that_is_too_rich_is_told(tmp_path: Path) -> None:
    path = tmp_path / "visits.yaml"
    path.write_text(OWN.replace("[A-C]-[0-9]{2}(?:x|yy)?", "(?i)[a-c]"), encoding="utf-8")
    with pytest.raises(UsageFault, match="Panel"):
        make_of_book(RuleBook(read_schema(path)), 3)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"children": 0}, "0 children"),
        ({"faults": 1.5}, "out of range"),
        ({"year": "1999-00"}, "unknown year"),
        ({"file_format": "xml"}, "does not come as xml"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments: dict[str, object], word: str) -> None:
    given = {"children": 5, **arguments}
    with pytest.raises(UsageFault, match=word):
        make_from_schema("early_years", **given)  # type: ignore[arg-type]


def test_a_return_without_years_is_of_none() -> None:
    with pytest.raises(UsageFault, match="no collection year"):
        make_from_schema("csds", 5, year="2025-26")
