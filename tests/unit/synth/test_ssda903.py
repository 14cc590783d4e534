"""Laws of made returns: sound ones break no rule of their year; both years tell one story."""

from __future__ import annotations

import polars as pl
import pytest

from childlink.errors import UsageFault
from childlink.reference.derive import derive_placement_columns
from childlink.reference.postcodes import PostcodeDirectory
from childlink.returns.years import SSDA903_YEARS
from childlink.rules import rule_book
from childlink.synth import SyntheticReturn, make_ssda903
from childlink.synth.kinds import THIS_YEAR
from childlink.synth.places import postcodes
from childlink.synth.tables import COLUMNS, tables_of
from childlink.synth.years import day_of, year_of
from childlink.validation.check import built_in_postcodes
from tests.unit.synth.conftest import TABLES, Validate

CHILDREN = 700
# rules that need what a synthetic return has not: an XML file, a provider list, last year's DoLo
NOT_RUN = {"105", "219", "221", "224", "227", "228", "229", "1008", "706"}


@pytest.fixture(scope="module")
def made() -> SyntheticReturn:
    return make_ssda903(CHILDREN, "2025-26", 1)


@pytest.mark.parametrize("year", SSDA903_YEARS)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_sound_return_breaks_no_rule(validate: Validate, year: str, seed: int) -> None:
    report = validate(make_ssda903(CHILDREN, year, seed), year)
    assert {
        rule.code: rule.findings for rule in report.rules if rule.status not in ("passed", "not_run")
    } == {}
    assert {rule.code for rule in report.rules if rule.status == "not_run"} <= NOT_RUN
    assert sum(rule.status == "passed" for rule in report.rules) > 280


@pytest.mark.parametrize("la", ["E10000016", "306", "Leeds", "E06000053"])
def test_a_sound_return_of_any_authority_breaks_no_rule(validate: Validate, la: str) -> None:
    report = validate(make_ssda903(CHILDREN, "2025-26", 1, la=la), "2025-26", la)
    assert {rule.code: rule.findings for rule in report.rules if rule.status == "findings"} == {}


@pytest.mark.parametrize("year", SSDA903_YEARS)
def test_tables_and_columns_are_those_of_the_return(year: str) -> None:
    made = make_ssda903(60, year, 1)
    schema = rule_book("ssda903").schema.tables
    assert set(made.this) == set(tables_of(year_of(year)))
    for tables in (made.this, made.previous):
        for name, frame in tables.items():
            assert frame.columns == list(schema[TABLES[name]].columns)
            assert set(frame.dtypes) == {pl.String}


def test_every_child_asked_for_is_there(made: SyntheticReturn) -> None:
    header = made.this["header"]
    assert header.height == CHILDREN
    assert header["CHILD"].is_unique().all()
    assert header["UPN"].filter(~header["UPN"].str.starts_with("UN")).is_unique().all()


def test_every_kind_of_life_is_led() -> None:
    made = make_ssda903(2000, "2026-27", 1)
    codes = made.this["episodes"]
    assert set(codes["REC"].drop_nulls()) >= {
        "X1",
        "E11",
        "E12",
        "E4A",
        "E4B",
        "E5",
        "E6",
        "E13",
        "E15",
        "E17",
        "E41",
        "E45",
    }
    assert set(codes["LS"]) >= {"C1", "C2", "E1", "J1", "L1", "L2", "V2", "V3", "V4"}
    assert set(codes["RNE"]) == {"S", "P", "T", "L", "B", "U"}
    assert set(codes["PLACE"]) >= {
        "A5",
        "A6",
        "K1",
        "K2",
        "K3",
        "P1",
        "R1",
        "S1",
        "T3",
        "U1",
        "U3",
        "U4",
        "U6",
        "Z11",
    }
    assert all(frame.height > 3 for frame in made.this.values())
    assert set(made.this["reviews"]["REVIEW_CODE"]) == {f"PN{n}" for n in range(8)}
    assert made.this["header"]["MC_DOB"].drop_nulls().len() > 0
    assert made.this["missing"]["MIS_END"].null_count() > 0
    assert len(THIS_YEAR) == 12


def test_both_years_tell_one_story(made: SyntheticReturn) -> None:
    both = made.this["header"].join(made.previous["header"], on="CHILD", suffix="_last")
    assert both.height > CHILDREN / 3
    for column in ("SEX", "DOB", "ETHNIC"):
        assert (both[column] == both[f"{column}_last"]).all()
    known = both.filter(~pl.col("UPN_last").str.starts_with("UN"))
    assert (known["UPN"] == known["UPN_last"]).all()
    open_ = made.previous["episodes"].filter(pl.col("DEC").is_null())
    carried = open_.join(made.this["episodes"], on=["CHILD", "DECOM"], how="left", suffix="_now")
    for column in ("RNE", "LS", "CIN", "PLACE_PROVIDER", "HOME_POST", "PL_POST", "URN"):
        assert carried[column].eq_missing(carried[f"{column}_now"]).all()
    recoded = pl.when(carried["PLACE"] == "Z1").then(pl.lit("Z1")).otherwise(carried["PLACE_now"])
    assert carried.select((recoded == pl.col("PLACE")).all()).item()


def test_social_workers_cover_the_whole_time_in_care(made: SyntheticReturn) -> None:
    workers = made.this["sw_episodes"]
    first = workers.group_by("CHILD").agg(pl.col("SW_DECOM").map_batches(_days, pl.Int64).min().alias("from"))
    last = workers.filter(pl.col("SW_DEC").is_null())
    assert last["CHILD"].is_unique().all()
    care = made.this["episodes"].with_columns(day=_days(made.this["episodes"]["DECOM"]))
    begun = care.group_by("CHILD").agg(pl.col("day").min())
    covered = begun.join(first, on="CHILD", how="left")
    start = year_of("2025-26").start
    assert (covered["from"] <= covered["day"].clip(start)).all()
    assert set(begun["CHILD"]) == set(last["CHILD"])


def _days(dates: pl.Series) -> pl.Series:
    return pl.Series("day", [None if text is None else day_of(text) for text in dates], dtype=pl.Int64)


def test_same_arguments_same_frames_and_other_seeds_others(made: SyntheticReturn) -> None:
    again = make_ssda903(CHILDREN, "2025-26", 1)
    files = again.files()
    assert all(frame.equals(files[name]) for name, frame in made.files().items())
    assert not make_ssda903(CHILDREN, "2025-26", 2).this["header"].equals(made.this["header"])


def test_sex_is_written_in_the_codes_of_the_year() -> None:
    assert set(make_ssda903(60, "2023-24", 1).this["header"]["SEX"]) == {"1", "2"}
    assert set(make_ssda903(60, "2024-25", 1).this["header"]["SEX"]) == {"M", "F"}


def test_other_placements_split_in_2025_26() -> None:
    before = make_ssda903(3000, "2025-26", 1)
    assert "Z1" in set(before.previous["episodes"]["PLACE"])
    assert set(before.this["episodes"]["PLACE"]) & {"Z11", "Z12", "Z13"}
    assert "Z1" not in set(before.this["episodes"]["PLACE"])


def test_the_sample_of_postcodes_is_in_the_directory() -> None:
    """And lies where the derivation says: the file and the reference agree on every authority."""
    sample = postcodes()
    twice = sample.select(HOME_POST="postcode", PL_POST="postcode")
    derived = derive_placement_columns(twice, built_in_postcodes(), "E08000025")
    assert derived["PL_LA"].to_list() == sample["authority"].to_list()
    assert derived["PL_DISTANCE"].null_count() == 0


def test_the_sample_stands_where_the_directory_says(sample_directory: PostcodeDirectory) -> None:
    codes = postcodes()["postcode"]
    found = built_in_postcodes().lookup(codes)
    assert found.equals(sample_directory.lookup(codes))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((0, "2025-26", 1), "0 children"),
        ((5, "2019-20", 1), "unknown year"),
        ((5, "2025-26", 1, 1.5), "out of range"),
        ((5, "2025-26", 1, float("nan")), "out of range"),
        ((5, "2025-26", 1, 0.0, "Atlantis"), "unknown local authority"),
        ((5, "2025-26", 1, 0.0, "Cumbria"), "no postcodes"),
    ],
)
def test_wrong_arguments_are_refused(arguments: tuple[int, str, int], words: str) -> None:
    with pytest.raises(UsageFault, match=words):
        make_ssda903(*arguments)


def test_columns_are_named_once() -> None:
    assert all(len(set(columns)) == len(columns) and columns[0] == "CHILD" for columns in COLUMNS.values())
