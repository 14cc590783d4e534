"""Laws of a made children in need census: a sound one breaks no rule of its year, and its file holds its tables."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from childlink.errors import UsageFault
from childlink.returns.model import Return
from childlink.returns.tree import read_tree
from childlink.returns.years import parse_year
from childlink.rules import rule_book
from childlink.synth import SyntheticCin, make_cin
from childlink.synth.cin_cohort import KINDS, LIVES
from childlink.synth.cin_faults import CELL_FAULTS, PAIRS, REPEATABLE, fault_names
from childlink.validation import Report
from childlink.validation.validate import validate_return

BOOK = rule_book("cin")
YEARS = BOOK.schema.years
ALL_TABLES = [name for name in BOOK.schema.tables if fault_names(name)]


def report_on(made: SyntheticCin, year: str) -> Report:
    collection = parse_year(year, YEARS)
    read = Return(
        name="cin", year=collection, tables=dict(made.tables), lines={}, inputs=(), file_format="xml"
    )
    return validate_return(read, BOOK, list(BOOK.in_force(year).values()))


def not_passed(report: Report) -> dict[str, str]:
    return {rule.code: rule.status for rule in report.rules if rule.status != "passed"}


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize(("children", "seed"), [(1500, 1), (700, 2), (9, 3), (9, 4)])
def test_a_sound_census_breaks_no_rule_and_every_rule_runs(year: str, children: int, seed: int) -> None:
    report = report_on(make_cin(children, year, seed), year)
    assert not_passed(report) == {}
    assert len(report.rules) >= 109


def test_fewer_than_nine_children_are_too_few_for_one_query() -> None:
    assert not_passed(report_on(make_cin(8, "2026-27", 1), "2026-27")) == {"2887Q": "findings"}


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("faults", [0.0, 0.4])
def test_the_file_reads_back_as_the_tables(tmp_path: Path, year: str, faults: float) -> None:
    made = make_cin(150, year, 1, faults)
    path = tmp_path / "census.xml"
    path.write_bytes(made.xml())
    read = read_tree([path], [], BOOK.schema, parse_year(year, YEARS))
    assert read.unknown_elements == ()
    assert list(read.tables) == list(made.tables)
    for name, frame in made.tables.items():
        assert frame.equals(read.tables[name]), name


@pytest.fixture(scope="module")
def made() -> SyntheticCin:
    return make_cin(1500, "2026-27", 1)


def test_tables_and_columns_are_those_of_the_schema(made: SyntheticCin) -> None:
    assert {name: tuple(frame.columns) for name, frame in made.tables.items()} == {
        name: table.columns for name, table in BOOK.schema.tables.items()
    }
    assert {dtype for frame in made.tables.values() for dtype in frame.dtypes} == {pl.String}


def test_every_child_asked_for_is_there_once(made: SyntheticCin) -> None:
    identifiers = made.tables["ChildIdentifiers"]
    assert identifiers.height == 1500
    assert identifiers["LAchildID"].is_unique().all()
    assert identifiers["UPN"].drop_nulls().is_unique().all()


def test_every_kind_of_life_is_led(made: SyntheticCin) -> None:
    assert set(KINDS) == set(LIVES)
    tables = made.tables
    closures = tables["CINdetails"]["ReasonForClosure"]
    assert set(closures.drop_nulls()) >= {"RC2", "RC3", "RC4", "RC5", "RC7", "RC8", "RC9"}
    assert closures.null_count() > 300
    assert tables["CINdetails"]["DateOfInitialCPC"].count() > 5
    assert tables["ChildIdentifiers"]["ExpectedPersonBirthDate"].count() > 5
    assert tables["ChildIdentifiers"]["PersonDeathDate"].count() > 2
    assert set(tables["ChildIdentifiers"]["UPNunknown"].drop_nulls()) >= {"UN1", "UN2", "UN3", "UN4", "UN7"}
    assert set(tables["CINdetails"]["ReferralNFA"]) == {"0", "1"}
    assert "2" in set(tables["CINdetails"]["CINdetailsID"])
    assert "2" in set(tables["PreProceedings"]["ReviewMeetingsCount"])
    assert set(tables["PreProceedings"]["PPOutcome"].drop_nulls()) == {"A", "B", "C"}
    for table, column in (
        ("Assessments", "AssessmentAuthorisationDate"),
        ("ChildProtectionPlans", "CPPendDate"),
        ("CINplanDates", "CINPlanEndDate"),
        ("Section47", "DateOfInitialCPC"),
    ):
        assert 0 < tables[table][column].null_count() < tables[table].height


def test_the_factors_of_an_assessment_are_those_listed(made: SyntheticCin) -> None:
    ids = ["LAchildID", "CINdetailsID", "AssessmentID"]
    listed = made.tables["AssessmentFactorsList"].group_by(ids).agg(pl.col("AssessmentFactor").str.join(" "))
    both = made.tables["Assessments"].join(listed, on=ids, how="left")
    assert both["AssessmentFactors"].eq_missing(both["AssessmentFactor"]).all()


@pytest.mark.parametrize(
    ("year", "column", "codes"), [("2023-24", "GenderCurrent", "120"), ("2024-25", "Sex", "MFU")]
)
def test_sex_is_written_in_the_codes_of_the_year(year: str, column: str, codes: str) -> None:
    identifiers = make_cin(400, year, 1).tables["ChildIdentifiers"]
    assert set(identifiers[column]) == set(codes)
    other = {"GenderCurrent": "Sex", "Sex": "GenderCurrent"}[column]
    assert identifiers[other].null_count() == 400


def test_pre_proceedings_begin_in_2026_27() -> None:
    assert make_cin(400, "2025-26", 1).tables["PreProceedings"].is_empty()


def test_same_arguments_same_bytes_and_other_seeds_others(made: SyntheticCin) -> None:
    again = make_cin(1500, "2026-27", 1)
    assert again.xml() == made.xml()
    assert make_cin(1500, "2026-27", 2).xml() != made.xml()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((0, "2025-26", 1), "0 children"),
        ((5, "2019-20", 1), "unknown year"),
        ((5, "2025-26", 1, 1.5), "out of range"),
        ((5, "2025-26", 1, float("nan")), "out of range"),
    ],
)
def test_wrong_arguments_are_refused(arguments: tuple[int, str, int], words: str) -> None:
    with pytest.raises(UsageFault, match=words):
        make_cin(*arguments)


# --- faults ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def spoilt() -> SyntheticCin:
    return make_cin(1500, "2026-27", 1, 0.5)


def test_the_rate_is_what_it_says() -> None:
    made = make_cin(1000, "2025-26", 1, 0.1)
    rows = sum(frame.height for frame in made.tables.values())
    assert made.faults.height / rows == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize("table", ALL_TABLES)
def test_the_list_is_every_cell_that_differs(made: SyntheticCin, spoilt: SyntheticCin, table: str) -> None:
    listed = spoilt.faults.filter(pl.col("table") == table)
    repeats = listed.filter(pl.col("fault") == "repeated row")["row"] - 1
    after = (
        spoilt.tables[table].with_row_index("at").filter(~pl.col("at").is_in(repeats.implode())).drop("at")
    )
    before = made.tables[table]
    assert after.height == before.height
    # rows as they were numbered before repeats came between them
    cells = listed.filter(pl.col("fault") != "repeated row").with_columns(
        row=pl.col("row") - 1 - pl.col("row").map_elements(lambda n: int((repeats < n - 1).sum()), pl.Int64)
    )
    named = set(cells.select("row", "column").rows())
    named |= {
        (row, PAIRS[table][1]) for row in cells.filter(pl.col("fault") == "dates swapped")["row"].to_list()
    }
    differs = {
        (row, column)
        for column in before.columns
        if column != "AssessmentFactors"  # follows AssessmentFactorsList
        for row in before[column].ne_missing(after[column]).arg_true()
    }
    assert differs == named


def test_a_repeated_row_follows_the_one_it_repeats(spoilt: SyntheticCin) -> None:
    for table in REPEATABLE:
        frame = spoilt.tables[table]
        rows = spoilt.faults.filter(pl.col("table") == table, pl.col("fault") == "repeated row")["row"]
        assert rows.len() > 0
        assert frame.select(pl.all().gather(rows - 1)).equals(frame.select(pl.all().gather(rows - 2)))


@pytest.mark.parametrize("table", ALL_TABLES)
def test_every_named_fault_appears(spoilt: SyntheticCin, table: str) -> None:
    found = spoilt.faults.filter(pl.col("table") == table)
    assert set(found["fault"]) == set(fault_names(table))


def test_the_catalogue_names_columns_that_exist() -> None:
    tables = BOOK.schema.tables
    assert all(set(fault.columns) <= set(tables[fault.table].columns) for fault in CELL_FAULTS)


def test_faults_make_findings_and_crash_nothing() -> None:
    report = report_on(make_cin(1000, "2026-27", 3, 0.2), "2026-27")
    statuses = [rule.status for rule in report.rules]
    assert statuses.count("findings") > 75
    assert statuses.count("crashed") == 0
