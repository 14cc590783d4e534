"""Child ids: pinned for ever, valid by their check symbol."""

from __future__ import annotations

import polars as pl
import pytest
from stdnum import luhn

from childlink.register import child_id


def test_known_answers() -> None:
    numbers = pl.Series([0, 1, 31, 32, 2**50 - 1, 123_456_789_012_345], dtype=pl.UInt64)
    assert child_id.from_numbers(numbers).to_list() == [
        "00000000000",
        "0000000001Y",
        "000000000Z1",
        "0000000010Z",
        "ZZZZZZZZZZA",
        "3G9230VQVSM",
    ]


def test_the_sequence_of_a_seed_is_pinned() -> None:
    assert child_id.from_numbers(child_id.seeded_numbers(3, seed=1, start=0)).to_list() == [
        "YSVKMB4N7N2",
        "3Y6W4WEDXHW",
        "DVFD09ZKX9C",
    ]


def test_the_sequence_of_a_seed_can_be_taken_up_anywhere() -> None:
    whole = child_id.seeded_numbers(10, seed=7, start=0)
    assert child_id.seeded_numbers(4, seed=7, start=6).to_list() == whole[6:].to_list()
    assert child_id.seeded_numbers(10, seed=8, start=0).to_list() != whole.to_list()


def test_every_id_is_valid_and_its_check_symbol_is_that_of_stdnum() -> None:
    ids = child_id.from_numbers(child_id.seeded_numbers(2_000, seed=3, start=0)).to_list()
    for text in ids:
        assert child_id.is_valid(text)
        assert luhn.is_valid(text, alphabet=child_id.ALPHABET)
        assert child_id.check_symbol(text[:-1]) == text[-1]


def test_one_wrong_symbol_is_always_found() -> None:
    for text in child_id.from_numbers(child_id.seeded_numbers(20, seed=4, start=0)):
        for place, right in enumerate(text):
            for symbol in child_id.ALPHABET.replace(right, ""):
                assert not child_id.is_valid(text[:place] + symbol + text[place + 1 :])


@pytest.mark.parametrize(
    "text",
    ["", "0", "000000000000", "0000000000", "0000000000l", "0000000000\n", "oooooooooo0", "I0000000000"],
)
def test_what_is_no_child_id(text: str) -> None:
    assert not child_id.is_valid(text)


def test_random_ids_do_not_repeat() -> None:
    ids = child_id.from_numbers(child_id.random_numbers(10_000))
    assert ids.n_unique() == 10_000
    assert all(child_id.is_valid(text) for text in ids.head(100))


def test_all_symbols_come_in_all_places() -> None:
    ids = child_id.from_numbers(child_id.seeded_numbers(5_000, seed=5, start=0))
    for place in range(child_id.LENGTH):
        assert set(ids.str.slice(place, 1)) == set(child_id.ALPHABET)
