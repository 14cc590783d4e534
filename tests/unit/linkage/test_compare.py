"""Agreement levels: pairs of values in, the level's own words out."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from childlink.linkage.compare import compare
from childlink.linkage.levels import comparisons
from childlink.linkage.prepare import prepare, soundex
from childlink.linkage.similarity import nickname_pairs, with_name_likeness
from tests.unit.linkage.frames import ZARA, pair, records

ONE_PAIR = pl.DataFrame({"row_l": [0], "row_r": [1]}, schema={"row_l": pl.UInt32, "row_r": pl.UInt32})


def words(left: dict[str, Any], right: dict[str, Any], field: str) -> str:
    """What the level of ``field`` says of the two records."""
    prepared = prepare(pair(left, right))
    level = compare(prepared, ONE_PAIR)[field][0]
    return next(one for one in comparisons() if one.field == field).words[level]


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        ("ZARA", "ZARA", "the forenames are the same"),
        ("WILLIAM", "BILL", "one forename is a short or known-as form of the other"),
        ("JOSH OWEN", "JOSHUA", "one forename is a short or known-as form of the other"),
        ("MALEEHA SOPHIA", "MALEEHA", "the forenames have a word in common"),
        ("FINLEY", "FIMLEY", "the forenames differ by one letter or one swap"),
        ("REUBEN", "REUEBN", "the forenames differ by one letter or one swap"),
        ("CHRISTOPHER", "CHRISTOFFER", "the forenames are spelt alike"),
        ("J", "JACK", "the forenames are somewhat alike"),
        ("ZARA", "THOMAS", "the forenames differ"),
        ("ZARA", None, "a forename is missing"),
        (None, None, "a forename is missing"),
    ],
)
def test_forename_levels(left: str | None, right: str | None, said: str) -> None:
    assert words({**ZARA, "forename": left}, {**ZARA, "forename": right}, "forename") == said


def test_a_known_as_name_stands_for_the_forename() -> None:
    assert words(ZARA, {**ZARA, "forename": "BEATRIX", "known_as": "ZARA"}, "forename") == (
        "one forename is a short or known-as form of the other"
    )


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        ("BRENNAN", "BRENNAN", "the surnames are the same"),
        ("HUGHES", "HUGHES TAYLOR", "the surnames have a word in common"),
        ("BRENNAN", "BRENNNA", "the surnames differ by one letter or one swap"),
        ("BRENNAN", "OKAFOR", "the surnames differ"),
        (None, "OKAFOR", "a surname is missing"),
    ],
)
def test_surname_levels(left: str | None, right: str | None, said: str) -> None:
    assert words({**ZARA, "surname": left}, {**ZARA, "surname": right}, "surname") == said


def test_swapped_names_are_compared_the_right_way_round() -> None:
    swapped = {**ZARA, "forename": "BRENNAN", "surname": "ZARA"}
    assert words(ZARA, swapped, "name_order") == "forename and surname are swapped"
    assert words(ZARA, swapped, "forename") == "the forenames are the same"
    assert words(ZARA, swapped, "surname") == "the surnames are the same"


def test_names_that_agree_in_place_are_not_taken_as_swapped() -> None:
    left, right = {**ZARA, "forename": "THOMAS", "surname": "THOMAS"}, {**ZARA, "forename": "THOMAS"}
    assert words(left, right, "name_order") == "the names are in the same order"


@pytest.mark.parametrize(
    ("right", "said"),
    [
        (date(2012, 4, 28), "the dates of birth are the same"),
        (date(2012, 4, 23), "the dates of birth differ by one digit"),
        (date(2012, 4, 11), "the dates of birth agree in two parts of three"),
        (date(2012, 1, 1), "the year of birth agrees and one date is a stand-in such as 1 January"),
        (date(2012, 10, 30), "only the year of birth agrees"),
        (date(2009, 11, 30), "the dates of birth differ"),
        (None, "a date of birth is missing"),
    ],
)
def test_date_levels(right: date | None, said: str) -> None:
    assert words(ZARA, {**ZARA, "dob": right}, "dob") == said


def test_day_and_month_swapped() -> None:
    left, right = {**ZARA, "dob": date(2012, 4, 11)}, {**ZARA, "dob": date(2012, 11, 4)}
    assert words(left, right, "dob") == "day and month of birth are swapped"


@pytest.mark.parametrize(
    ("right", "said"),
    [
        (["WV14 8DU"], "a postcode is the same"),
        (["B1 1AA", "WV14 8DU"], "a postcode is the same"),
        (["WV14 8DV"], "postcodes differ by one character or one swap"),
        (["WV14 8QZ"], "the postcode sector is the same"),
        (["WV14 0AB"], "the postcode district is the same"),
        (["B1 1AA", "WV14 0AB"], "the postcode district is the same"),
        (["B1 1AA"], "the postcodes differ"),
        ([], "a postcode is missing"),
    ],
)
def test_postcode_levels_take_the_best_of_two_histories(right: list[str], said: str) -> None:
    assert words(ZARA, {**ZARA, "postcodes": right}, "postcode") == said


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        ({"upn": "A1"}, {"upn": "A1"}, "the UPNs are the same"),
        ({"upn": "A1"}, {"upn": "B2"}, "the UPNs differ"),
        ({"upn": "A1"}, {"upn": "B2", "former_upn": "A1"}, "one's UPN is the other's former UPN"),
        ({"former_upn": "B2"}, {"upn": "B2"}, "one's UPN is the other's former UPN"),
        ({"upn": "A1"}, {}, "a UPN is missing"),
        ({"former_upn": "A1"}, {"former_upn": "A1"}, "a UPN is missing"),
    ],
)
def test_upn_levels(left: dict[str, Any], right: dict[str, Any], said: str) -> None:
    assert words({**ZARA, **left}, {**ZARA, **right}, "upn") == said


def test_every_level_of_every_field_has_words_and_chances() -> None:
    for one in comparisons(("id_case",)):
        assert len(one.match) == len(one.family) == one.levels - 1
        assert sum(one.match) == pytest.approx(1, abs=0.01)
        assert sum(one.family) == pytest.approx(1, abs=0.01)
        assert all(said or one.field == "name_order" for said in one.words)


def test_share_is_the_chance_that_another_record_holds_the_value() -> None:
    many = records(
        *({"source": "a", "record_id": str(n), **ZARA} for n in range(4)), {"source": "b", "record_id": "x"}
    )
    levels = compare(prepare(many), ONE_PAIR)
    assert levels["forename_share"].to_list() == [1.0]
    assert levels["dob_share"].to_list() == [1.0]
    lone = records(
        {"source": "a", "record_id": "1", **ZARA},
        {"source": "a", "record_id": "2", **ZARA},
        *({"source": "b", "record_id": str(n), "forename": f"N{n}"} for n in range(9)),
    )
    assert compare(prepare(lone), ONE_PAIR)["forename_share"].to_list() == [1 / 10]


def test_levels_come_in_the_order_of_the_pairs() -> None:
    held = records(
        {"source": "a", "record_id": "1", **ZARA},
        {"source": "a", "record_id": "2", **ZARA, "forename": "TOM"},
        {"source": "b", "record_id": "1", **ZARA},
    )
    pairs = pl.DataFrame({"row_l": [1, 0, 0], "row_r": [2, 2, 1]}, schema=ONE_PAIR.schema)
    assert compare(prepare(held), pairs)["forename"].to_list() == [7, 1, 7]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("ROBERT", "R163"), ("RUPERT", "R163"), ("TYMCZAK", "T522"), ("PFISTER", "P236"), ("HONEYMAN", "H555"),
        ("ASHCRAFT", "A261"), ("LEE", "L000"), ("JACKSON SMITH", "J250"), (None, None),
    ],
)  # fmt: skip
def test_soundex_known_answers(name: str | None, code: str | None) -> None:
    assert pl.select(soundex(pl.lit(name, pl.String))).item() == code


def test_nicknames_hold_both_ways_and_never_for_a_name_itself() -> None:
    pairs = set(nickname_pairs().iter_rows())
    assert ("WILLIAM", "BILL") in pairs
    assert ("BILL", "WILLIAM") in pairs
    assert ("BILL", "WILL") in pairs
    assert not [a for a, b in pairs if a == b]


def test_likeness_of_names_does_not_depend_on_the_side() -> None:
    pairs = pl.DataFrame({"a": ["MIA", "ANNE MARIE", "JAYDEN"], "b": ["MYA", "MARIE", "JAYLEN"]})
    columns = ["jaro_winkler", "one_edit", "shares_word", "initial"]
    one = with_name_likeness(pairs).select(columns)
    other = with_name_likeness(pairs.select(a="b", b="a")).select(columns)
    assert one.equals(other)
    assert one["one_edit"].to_list() == [True, False, True]
    assert one["shares_word"].to_list() == [False, True, False]


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("AL HASSAN", "AL RASHEED", 5),
        ("VAN DER BERG", "BERG", 2),
        ("DE SOUZA", "SOUZA", 2),
        ("DE SOUZA", "DE BRITO", 5),
    ],
)
def test_a_particle_in_common_is_no_word_in_common(one: str, other: str, level: int) -> None:
    prepared = prepare(pair({**ZARA, "surname": one}, {**ZARA, "surname": other}))
    found = compare(prepared, pl.DataFrame({"row_l": [0], "row_r": [1]}).cast(pl.UInt32))
    assert found["surname"].to_list() == [level]
