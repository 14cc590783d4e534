"""Laws: every heritage has names in Latin letters; every number passes its own check and is one child's."""

from __future__ import annotations

import polars as pl
import pytest

from childlink.identifiers import nhs_number, upn
from childlink.reference.local_authorities import local_authorities
from childlink.synth.draws import Draws
from childlink.synth.made_numbers import nhs_numbers, temporary_upn, upn_letter, upns
from childlink.synth.names import ETHNICITIES, HERITAGES, SEXES, forenames_of, surnames_of
from childlink.synth.places import WEST_MIDLANDS, home_postcodes, own_postcodes, postcodes


@pytest.mark.parametrize("heritage", HERITAGES)
def test_every_heritage_has_names(heritage: str) -> None:
    for names, weights in (surnames_of(heritage), *(forenames_of(heritage, sex) for sex in SEXES)):
        assert len(names) == len(set(names)) == len(weights) > 20
        assert names == sorted(names)
        assert all(weight > 0 for weight in weights)
        assert all(ord(letter) < 0x250 for name in names for letter in name)


def test_every_ethnicity_has_a_heritage() -> None:
    assert {heritage for heritage, _ in ETHNICITIES.values()} == set(HERITAGES)
    assert sum(share for _, share in ETHNICITIES.values()) == pytest.approx(1.0)


def test_nhs_numbers_are_valid_and_in_runs() -> None:
    runs = nhs_numbers(Draws(1), 3000)
    every = pl.concat([runs[name].alias("n") for name in runs.columns]).to_frame()
    assert every["n"].n_unique() == 9000
    assert every.select(nhs_number.verdict(pl.col("n")).unique()).to_series().to_list() == ["valid"]
    apart = runs.select(
        pl.col("second").str.head(9).cast(int) - pl.col("first").str.head(9).cast(int)
    ).to_series()
    assert apart.unique().to_list() == [1]


def test_upns_are_valid_and_different() -> None:
    rows = pl.int_range(5000, eager=True)
    made = upns(Draws(1), rows % 20 + 5, rows, rows * 0)
    assert made.n_unique() == 5000
    verdicts = made.alias("u").to_frame().select(upn.verdict(pl.col("u")).unique())
    assert verdicts.to_series().to_list() == ["permanent"]
    temporary = temporary_upn(made, Draws(2)).alias("u").to_frame().select(upn.verdict(pl.col("u")).unique())
    assert temporary.to_series().to_list() == ["temporary"]


def test_the_letter_of_one_upn() -> None:
    assert [upn_letter(twelve) for twelve in ("801200005001", "318123424001", "845212818005")] == [
        "B",
        "Y",
        "X",
    ]


def test_every_authority_of_today_has_postcodes() -> None:
    today = {la.ons_code for la in local_authorities() if la.until is None}
    assert {code for code in today if own_postcodes(code).is_empty()} == set()
    assert postcodes()["postcode"].is_unique().all()


@pytest.mark.parametrize("count", [1, 500, 5000])
def test_home_postcodes_are_different_and_well_formed(count: int) -> None:
    found = home_postcodes(Draws(1), count)
    assert found.n_unique() == count
    assert found.str.contains(r"^[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][ABD-HJLNP-UW-Z]{2}$").all()
    real = postcodes().filter(pl.col("authority").is_in(WEST_MIDLANDS))["postcode"]
    assert found.head(500).is_in(real.implode()).all()
