"""The people of a made-up return: who they are, the same in every table that says so."""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import accumulate

import polars as pl

from childlink.identifiers.uln import check_digit
from childlink.synth.cohort import Numbers
from childlink.synth.dice import Dice
from childlink.synth.draws import Draws
from childlink.synth.made_numbers import nhs_numbers
from childlink.synth.names import ETHNICITIES, forenames_of, surnames_of
from childlink.synth.places import home_postcodes
from childlink.synth.years import birthday, school_entry

_AGES = {(0, 4): 22.0, (5, 10): 30.0, (11, 15): 28.0, (16, 17): 12.0, (18, 24): 8.0}
"""Completed years of age, first and last, with their shares."""
_SHARES = {code: share for code, (_, share) in ETHNICITIES.items()}
_LEARNER_AGE = 13
"""From the year before the fourteenth birthday on everybody here has a learner number."""
_MOVED = 0.06


@dataclass(frozen=True)
class Person:
    """One person. ``born`` is a day (``date.toordinal``); ``spot`` decides what a code set without known words makes
    of the person, always the same."""

    id: str
    sex: str
    born: int
    ethnicity: str
    forename: str
    middle_name: str | None
    surname: str
    postcode: str
    upn: str | None
    former_upn: str | None
    uln: str | None
    nhs_number: str
    spot: float

    def age_on(self, day: int) -> int:
        """Completed years on a day; below 0 before the birth."""
        years = 0
        while birthday(self.born, years + 1) <= day:
            years += 1
        return years if self.born <= day else -1


class People:
    """Gives people who are nobody, one after another: no two have an id, a number or a home in common.

    ``day`` is the day on which ages are reckoned. Numbers run out after ``most`` people.
    """

    def __init__(self, seed: str, authority: str, day: int, most: int) -> None:
        self._seed, self._day = seed, day
        self._numbers = Numbers(authority, Dice(f"{seed}/numbers"))
        self._drawn = Draws(f"{seed}/people")
        self._most = most
        self._given = 0
        self._pools = _Pools(self._drawn, most)

    def another(self) -> Person:
        """The next person."""
        index = self._given
        if index >= self._most:
            self._most *= 2
            self._pools = _Pools(self._drawn, self._most)
        self._given += 1
        dice = Dice(f"{self._seed}/person {index}")
        low, high = dice.weighted(_AGES)
        born = birthday(self._day, -dice.whole(low, high)) - dice.whole(0, 364)
        sex = dice.one(("M", "F"))
        ethnicity = dice.weighted(_SHARES)
        heritage = ETHNICITIES[ethnicity][0]
        spot = dice.random()
        middle = _drawn(_forenames(heritage, sex), dice)
        at_school = school_entry(born) <= _year_of(self._day)
        known = _year_of(self._day) - _year_of(born) >= _LEARNER_AGE
        return Person(
            id=self._numbers.child(index),
            sex=sex,
            born=born,
            ethnicity=ethnicity,
            forename=_drawn(_forenames(heritage, sex), dice),
            middle_name=middle if spot < 0.5 else None,
            surname=_drawn(_surnames(heritage), dice),
            postcode=self._pools.postcodes[index],
            upn=self._numbers.upn(index, school_entry(born)) if at_school else None,
            former_upn=self._numbers.upn(index + 4_000_000, school_entry(born))
            if at_school and dice.chance(_MOVED)
            else None,
            uln=self._pools.learners[index] if known else None,
            nhs_number=self._pools.patients[index],
            spot=spot,
        )


class _Pools:
    """Numbers and homes, as many as there may be people. More of them begin with the same ones."""

    def __init__(self, draws: Draws, most: int) -> None:
        self.patients = nhs_numbers(draws.within("health"), most)["first"].to_list()
        self.learners = _learner_numbers(draws.within("learners"), most)
        homes = home_postcodes(draws.within("homes"), most).to_list()
        self.postcodes = [homes[index % len(homes)] for index in range(most)]


def _learner_numbers(draws: Draws, count: int) -> list[str]:
    """``count`` learner numbers with right check digits, no two the same."""
    drawn = draws.whole("first nine", count * 2 + 50, 100_000_000, 999_999_998).cast(pl.String)
    frame = pl.DataFrame({"nine": drawn}).unique("nine", maintain_order=True)
    made = frame.select(number=pl.col("nine") + check_digit(pl.col("nine")).cast(pl.String)).drop_nulls()
    # no nine digits whose check digit would be 10 make a number
    return made["number"].filter(made["number"].str.len_chars() == 10).head(count).to_list()


def _drawn(borders: tuple[list[str], list[float]], dice: Dice) -> str:
    names, sums = borders
    return names[min(bisect(sums, dice.random() * sums[-1]), len(names) - 1)]


@cache
def _forenames(heritage: str, sex: str) -> tuple[list[str], list[float]]:
    names, weights = forenames_of(heritage, sex)
    return names, list(accumulate(weights))


@cache
def _surnames(heritage: str) -> tuple[list[str], list[float]]:
    names, weights = surnames_of(heritage)
    return names, list(accumulate(weights))


@cache
def _year_of(day: int) -> int:
    return date.fromordinal(day).year
