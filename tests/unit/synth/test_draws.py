"""Laws: a stream depends on its name and seed alone; weights and bounds are kept."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from childlink.synth.dice import Dice
from childlink.synth.draws import Draws, positions


def test_known_draws_do_not_change() -> None:
    """A change here changes every file ever made from a seed."""
    assert Draws(1).whole("a", 8, 0, 99).to_list() == [5, 55, 73, 37, 31, 81, 59, 99]
    dice = Dice("1")
    assert [dice.whole(0, 99) for _ in range(8)] == [47, 4, 11, 85, 29, 0, 0, 22]


def test_streams_are_apart() -> None:
    draws = Draws(1)
    alone = draws.uniform("b", 5).to_list()
    draws.uniform("a", 1000)
    assert draws.uniform("b", 5).to_list() == alone
    assert draws.uniform("a", 5).to_list() != alone
    assert Draws(2).uniform("b", 5).to_list() != alone
    assert draws.within("part").uniform("b", 5).to_list() != alone


@given(
    st.lists(st.floats(0.01, 10), min_size=1, max_size=9),
    st.lists(st.floats(0, 1, exclude_max=True), max_size=20),
)
def test_positions_are_those_of_the_running_weights(weights: list[float], draws: list[float]) -> None:
    found = positions(pl.Series("u", draws, dtype=pl.Float64), weights).to_list()
    total = sum(weights)
    for draw, place in zip(draws, found, strict=True):
        assert sum(weights[:place]) <= draw * total + 1e-9
        assert draw * total <= sum(weights[: place + 1]) + 1e-9


@given(st.integers(0, 10**9), st.integers(-5, 50), st.integers(0, 60))
def test_dice_keep_their_bounds(seed: int, low: int, span: int) -> None:
    dice = Dice(f"{seed}")
    assert low <= dice.whole(low, low + span) <= low + span
    assert dice.one("abc") in "abc"
    assert dice.weighted({"a": 1.0, "b": 0.0}) == "a"
