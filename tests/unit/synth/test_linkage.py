"""Laws of made extracts: the truth is a partition of the records, and every rate is what it says."""

from __future__ import annotations

from dataclasses import asdict

import polars as pl
import pytest

from childlink.errors import UsageFault
from childlink.synth import LinkageRates, SyntheticExtracts, make_linkage, rates_with
from childlink.synth.draws import Draws
from childlink.synth.population import make_population

CHILDREN = 1500
SOURCES = {"education": "E", "health": "H", "social_care": "S"}
COUNTS = ("families_per_postcode",)
NOTHING_WRONG = LinkageRates(
    **{
        name: value if name in COUNTS or name.startswith(("coverage", "twin", "another", "triplets")) else 0.0
        for name, value in asdict(LinkageRates()).items()
    }
)


@pytest.fixture(scope="module")
def made() -> SyntheticExtracts:
    return make_linkage(CHILDREN, 1)


@pytest.fixture(scope="module")
def sound() -> SyntheticExtracts:
    return make_linkage(CHILDREN, 1, NOTHING_WRONG)


def frames(made: SyntheticExtracts) -> dict[str, pl.DataFrame]:
    return {name: getattr(made, name) for name in SOURCES}


def test_columns(made: SyntheticExtracts) -> None:
    assert {name: ",".join(frame.columns) for name, frame in made.files().items()} == {
        "education.csv": "record_id,upn,forename,surname,sex,date_of_birth,ethnicity,postcode",
        "health.csv": "record_id,nhs_number,given_name,family_name,gender_code,birth_date,postcode",
        "social_care.csv": "record_id,upn,nhs_number,forename,surname,sex,dob,ethnicity,placement_postcode",
        "truth.csv": "source,record_id,person",
    }
    assert all(set(frame.dtypes) == {pl.String} for frame in made.files().values())


def test_the_truth_holds_every_record_once(made: SyntheticExtracts) -> None:
    truth = made.truth
    assert truth.select("source", "record_id").is_duplicated().any() is False
    for name, letter in SOURCES.items():
        ids = frames(made)[name]["record_id"]
        assert ids.is_unique().all()
        assert ids.str.starts_with(letter).all()
        assert set(ids) == set(truth.filter(pl.col("source") == name)["record_id"])


def test_record_order_says_nothing_of_the_person(made: SyntheticExtracts) -> None:
    people = made.truth.filter(pl.col("source") == "health").sort("record_id")["person"].cast(pl.Int64)
    assert (
        abs(pl.select(pl.corr(people, pl.int_range(people.len(), eager=True), method="spearman")).item())
        < 0.1
    )


def test_same_arguments_same_frames_and_other_seeds_others(made: SyntheticExtracts) -> None:
    again = make_linkage(CHILDREN, 1)
    assert all(frame.equals(again.files()[name]) for name, frame in made.files().items())
    assert not make_linkage(CHILDREN, 2).health.equals(made.health)


def test_without_errors_records_of_a_person_agree(sound: SyntheticExtracts) -> None:
    health = sound.health.join(sound.truth.filter(pl.col("source") == "health"), on="record_id")
    education = sound.education.join(sound.truth.filter(pl.col("source") == "education"), on="record_id")
    both = education.join(health, on="person")
    assert both.height > 0.6 * CHILDREN
    assert (both["forename"] == both["given_name"]).all()
    assert (both["surname"] == both["family_name"]).all()
    assert (both["date_of_birth"].str.replace_all("-", "") == both["birth_date"]).all()
    assert (both["postcode"] == both["postcode_right"]).all()


def test_without_errors_numbers_are_one_persons(sound: SyntheticExtracts) -> None:
    for source, number in (("health", "nhs_number"), ("education", "upn"), ("social_care", "nhs_number")):
        frame = frames(sound)[source]
        assert frame[number].drop_nulls().is_unique().all()


@pytest.mark.parametrize(
    ("rate", "source", "wrong"),
    [
        ("nhs_missing_health", "health", pl.col("nhs_number").is_null()),
        ("postcode_missing_health", "health", pl.col("postcode").is_null()),
        ("postcode_missing_education", "education", pl.col("postcode").is_null()),
        ("upn_missing_education", "education", pl.col("upn").is_null()),
        ("nhs_missing_social_care", "social_care", pl.col("nhs_number").is_null()),
        ("date_missing", "health", pl.col("birth_date").is_null()),
        ("upn_temporary", "education", pl.col("upn").str.contains("[A-Z]$")),
        ("sex_unknown_health", "health", pl.col("gender_code") == "9"),
        ("sex_unknown_social_care", "social_care", pl.col("sex") == "0"),
        ("ethnicity_not_obtained", "education", pl.col("ethnicity") == "NOBT"),
        ("stray_space", "health", pl.col("given_name").str.contains("^ | $")),
        ("upper_case", "education", pl.col("surname") == pl.col("surname").str.to_uppercase()),
        ("lower_case", "education", pl.col("surname") == pl.col("surname").str.to_lowercase()),
        ("postcode_unspaced", "health", ~pl.col("postcode").str.contains(" ")),
        ("date_first_january", "education", pl.col("date_of_birth").str.ends_with("-01-01")),
        ("date_fifteenth", "education", pl.col("date_of_birth").str.ends_with("-15")),
    ],
)
def test_a_rate_is_what_it_says(rate: str, source: str, wrong: pl.Expr) -> None:
    rates = LinkageRates(**{**asdict(NOTHING_WRONG), rate: 0.3, "coverage_social_care": 0.5})
    frame = frames(make_linkage(CHILDREN, 4, rates))[source]
    share = frame.select(wrong.fill_null(value=False).mean()).item()
    assert share == pytest.approx(0.3, abs=0.06)


@pytest.mark.parametrize("source", SOURCES)
def test_coverage_and_repeats(source: str) -> None:
    rates = LinkageRates(**{**asdict(NOTHING_WRONG), f"coverage_{source}": 0.5, f"repeats_{source}": 0.1})
    made = make_linkage(CHILDREN, 5, rates)
    people = make_population(CHILDREN, Draws("linkage 5").within("population"), rates)
    eligible = people["upn"].is_not_null().sum() if source == "education" else CHILDREN
    known = made.truth.filter(pl.col("source") == source)
    assert known["person"].n_unique() / eligible == pytest.approx(0.5, abs=0.06)
    assert known.height / known["person"].n_unique() == pytest.approx(1.1, abs=0.04)


def test_twins_share_birth_and_home_and_not_forename() -> None:
    people = make_population(CHILDREN, Draws(1), LinkageRates(twin_births=0.1, triplets=0.1))
    twins = people.filter(pl.col("twin").is_not_null(), pl.col("identity") == "whole")
    other = people.select(pl.all().gather(twins["twin"]))
    assert twins.height > 0.1 * CHILDREN
    for shared in ("born", "home", "birth", "family"):
        assert (twins[shared] == other[shared]).all()
    assert (twins["forename"] != other["forename"]).mean() > 0.99
    assert (twins["nhs"] != other["nhs"]).all()
    assert people.group_by("birth").len()["len"].max() == 3
    assert (twins["nhs"].str.head(8) == other["nhs"].str.head(8)).mean() > 0.3


def test_one_twins_number_stands_on_the_other() -> None:
    rates = LinkageRates(**{**asdict(NOTHING_WRONG), "twin_births": 0.2, "identifier_of_twin": 0.5})
    made = make_linkage(CHILDREN, 1, rates)
    records = made.health.join(made.truth.filter(pl.col("source") == "health"), on="record_id")
    assert records.group_by("nhs_number").agg(pl.col("person").n_unique())["person"].max() == 2


def test_siblings_do_not_share_a_forename() -> None:
    people = make_population(CHILDREN, Draws(1), LinkageRates(adopted=0.0))
    assert people.select(pl.struct("family", "forename").is_duplicated().sum()).item() <= 2


def test_an_adopted_child_is_two_persons_with_nothing_but_birth_in_common() -> None:
    people = make_population(CHILDREN, Draws(1), LinkageRates(adopted=0.05))
    before = people.filter(pl.col("identity") == "before")
    after = people.filter(pl.col("identity") == "after")
    assert before.height == after.height == people.height - CHILDREN
    assert before.height / CHILDREN == pytest.approx(0.05, abs=0.015)
    assert (before["born"] == after["born"]).all()
    for differs in ("nhs", "family", "person"):
        assert (before[differs] != after[differs]).all()
    assert (before["surname"] != after["surname"]).mean() > 0.95
    assert before["upn"].drop_nulls().is_in(after["upn"].drop_nulls().implode()).any() is False


def test_unborn_children_have_placeholders_expected_dates_and_no_number() -> None:
    rates = LinkageRates(
        unborn=1.0, coverage_social_care=1.0, upper_case=0.0, lower_case=0.0, stray_space=0.0
    )
    social = make_linkage(CHILDREN, 1, rates).social_care
    unborn = social.filter(pl.col("forename").is_in(["Unborn", "Unborn Baby", "Baby", "Infant"]))
    assert unborn.height > 5
    assert unborn["nhs_number"].null_count() == unborn.height
    assert set(unborn["sex"]) == {"0", "1", "2"}


@pytest.mark.parametrize("children", [1, 2, 3])
def test_the_fewest_children(children: int) -> None:
    made = make_linkage(children, 1, LinkageRates(coverage_health=1.0))
    assert made.health.height >= children


def test_nothing_covered_is_empty_and_not_a_fault() -> None:
    nobody = LinkageRates(coverage_education=0, coverage_health=0, coverage_social_care=0, adopted=0)
    assert [frame.height for frame in make_linkage(50, 1, nobody).files().values()] == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (["twin=1"], "unknown rate"),
        (["twin_births"], "no value"),
        (["twin_births=x"], "no number"),
        (["twin_births=2"], "out of range"),
        (["twin_births=nan"], "out of range"),
        (["families_per_postcode=0"], "out of range"),
    ],
)
def test_wrong_rates_are_refused(settings: list[str], words: str) -> None:
    with pytest.raises(UsageFault, match=words) as refused:
        rates_with(settings)
    assert refused.value.next_step


def test_a_later_rate_wins() -> None:
    assert rates_with(["adopted=0.1", "adopted=0.2"]).adopted == 0.2


def test_no_children_is_refused() -> None:
    with pytest.raises(UsageFault, match="0 children"):
        make_linkage(0, 1)
