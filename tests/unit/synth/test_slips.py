"""Laws: a slip changes what it says and nothing else, and never loses a row."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from rapidfuzz.distance import OSA, DamerauLevenshtein

from childlink.synth import slips
from childlink.synth.draws import Draws

NAMES = pl.Series("t", ["Oliver", "Jo", "A", "Anne-Marie", "Łukasz", "O'Brien", "Mia"] * 60)


def test_only_the_chosen_change() -> None:
    chosen = pl.Series([True, False, True])
    values = pl.Series(["a", "b", None])
    assert slips.slip(values, chosen, lambda v: v.str.to_uppercase()).to_list() == ["A", "b", None]
    assert values.to_list() == ["a", "b", None]


def test_a_typo_is_one_key() -> None:
    made = slips.typo(NAMES, Draws(1))
    apart = {OSA.distance(old.casefold(), new.casefold()) for old, new in zip(NAMES, made, strict=True)}
    assert apart <= {0, 1}  # 0: two like letters exchanged
    assert (made != NAMES).mean() > 0.9
    assert made.str.len_chars().min() >= 1


def test_short_forms_and_spellings_are_other_names() -> None:
    assert set(slips.nickname(pl.Series(["William"] * 50), Draws(1))) >= {"Will", "Bill"}
    assert set(slips.nickname(pl.Series(["Zzyzx"] * 3), Draws(1))) == {"Zzyzx"}
    assert set(slips.spelling(pl.Series(["Mohammed"] * 50), Draws(1))) >= {"Muhammad", "Mohamed"}
    turned = slips.spelling(
        pl.Series(["Bobbie", "Rory", "Norah", "Ella", "Patrick", "Ralph", "Owen", "Bea"]), Draws(1)
    )
    assert turned.to_list() == ["Bobby", "Rorie", "Nora", "Ellah", "Patrik", "Ralf", "Owenn", "Beah"]


def test_hyphens_are_spaced_joined_or_cut() -> None:
    made = slips.unhyphenated(pl.Series(["Shaw-Hill"] * 80), Draws(1))
    assert set(made) == {"Shaw Hill", "Shawhill", "Shaw", "Hill"}
    assert slips.unhyphenated(pl.Series(["Shaw"]), Draws(1)).to_list() == ["Shaw"]


def test_accents_are_lost() -> None:
    plain = slips.unaccented(pl.Series(["Łukasz", "Zoë", "Stănescu", "Yılmaz", "O'Brien"]))
    assert plain.to_list() == ["Lukasz", "Zoe", "Stanescu", "Yilmaz", "O'Brien"]


def test_days_and_months_change_places_where_that_is_a_date() -> None:
    given = pl.Series([date(2012, 3, 4), date(2012, 3, 14)])
    assert slips.day_month_swapped(given).to_list() == [date(2012, 4, 3), date(2012, 3, 14)]


def test_one_part_of_a_date_is_wrong() -> None:
    days = pl.date_range(date(2012, 1, 1), date(2013, 12, 31), eager=True)
    made = slips.one_part_wrong(days, Draws(1), date(2013, 12, 31))
    for old, new in zip(days, made, strict=True):
        assert sum(a != b for a, b in zip(old.timetuple()[:3], new.timetuple()[:3], strict=True)) == 1
        assert new.year <= 2013


@pytest.mark.parametrize(
    ("slip", "expected"), [(slips.first_january, date(2012, 1, 1)), (slips.fifteenth, date(2012, 3, 15))]
)
def test_unknown_days(slip: object, expected: date) -> None:
    assert callable(slip)
    assert slip(pl.Series([date(2012, 3, 29)])).to_list() == [expected]


def test_one_digit_is_wrong() -> None:
    made = slips.digit_wrong(pl.Series(["4260356410", "E330261391893"]), Draws(1))
    assert [
        DamerauLevenshtein.distance(a, b) for a, b in zip(["4260356410", "E330261391893"], made, strict=True)
    ] == [1, 1]
