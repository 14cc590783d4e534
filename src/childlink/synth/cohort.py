"""The children of an authority's return of this year and last, each with a whole life."""

from __future__ import annotations

from childlink.progress import Progress, unwatched
from childlink.reference.local_authorities import find_authority
from childlink.synth.dice import Dice
from childlink.synth.kinds import ASYLUM, LAST_YEAR, THIS_YEAR, live
from childlink.synth.lives import Life, deprived_of_liberty, going_missing, social_workers, years_old
from childlink.synth.made_numbers import upn_letter
from childlink.synth.names import ETHNICITIES
from childlink.synth.placements import Market
from childlink.synth.years import Year, birthday, school_entry

_NEEDS = {"N1": 62.0, "N2": 5.0, "N3": 3.0, "N4": 8.0, "N5": 15.0, "N6": 2.0, "N7": 0.2, "N8": 5.0}
_ETHNICITIES = {code: share for code, (_, share) in ETHNICITIES.items()} | {"REFU": 0.003, "NOBT": 0.005}
_ASYLUM_ETHNICITIES = {"BAFR": 40.0, "OOTH": 35.0, "AOTH": 15.0, "WOTH": 10.0}
_SCHOOLS, _SERIALS = 8000, 1000
_LAST_YEAR_ONLY = 0.12  # children in last year's return alone, for each child in this year's


def make_lives(
    children: int, year: Year, seed: int, authority: str, progress: Progress = unwatched
) -> list[Life]:
    """``children`` lives seen in this year's return, and some seen in last year's alone; in order of child id."""
    name = f"childlink/ssda903 {seed}/{year.name}/{authority}"
    town = Dice(f"{name}/town")
    market = Market(authority, year, children, town)
    workers = sorted(
        f"{'SW' if town.chance(0.97) else 'XX'}{town.whole(10_000, 999_999)}"
        for _ in range(children // 14 + 4)
    )
    numbers = Numbers(authority, town)
    lives = []
    extra = int(children * _LAST_YEAR_ONLY)
    for index in range(children + extra):
        if index % 5000 == 0:
            progress("children", index, children + extra)
        dice = Dice(f"{name}/{index}")
        this = index < children
        kind = dice.weighted(THIS_YEAR if this else LAST_YEAR)
        life = _person(dice, numbers.child(index), market.home(dice), kind)
        live(dice, market, life, year if this else year.before, moving=not year.has_social_workers)
        life.last_year_only = not this
        _number(dice, life, numbers, index)
        _happenings(dice, life, year, workers)
        lives.append(life)
    lives.sort(key=lambda life: life.child)
    return lives


class Numbers:
    """Ids and UPNs that are different for every child and say nothing of the order they were made in."""

    def __init__(self, authority: str, town: Dice) -> None:
        self._la = find_authority(authority).old_number
        self._shift = town.whole(0, _SCHOOLS * _SERIALS - 1)

    def child(self, index: int) -> str:
        return str(1_000_000 + (index * 7_919_017 + self._shift) % 9_000_000)

    def upn(self, index: int, entry: int) -> str:
        spot = (index * 7_919 + self._shift) % (_SCHOOLS * _SERIALS)
        school, serial = divmod(spot, _SERIALS)
        twelve = f"{self._la}{1000 + school}{entry % 100:02d}{serial:03d}"
        return upn_letter(twelve) + twelve


def _person(dice: Dice, child: str, home: str, kind: str) -> Life:
    """What does not depend on the life led; the birth date and UPN come with that."""
    asylum = kind in ASYLUM
    return Life(
        child=child,
        sex="M" if dice.chance(0.9 if asylum else 0.55) else "F",
        born=0,
        ethnicity=dice.weighted(_ASYLUM_ETHNICITIES if asylum else _ETHNICITIES),
        upn="",
        need="N2" if kind in ("short_breaks", "short_break_agreed") else dice.weighted(_NEEDS),
        home=home,
        kind=kind,
    )


def _number(dice: Dice, life: Life, numbers: Numbers, index: int) -> None:
    """A UPN, or for children who came alone from abroad now and then none at all."""
    if life.kind in ASYLUM and dice.chance(0.5):
        life.upn = dice.one(("UN2", "UN3"))
    else:
        life.upn = numbers.upn(index, school_entry(life.born))


def _happenings(dice: Dice, life: Life, year: Year, workers: list[str]) -> None:
    """A birth, times missing, orders and social workers, in the life as led."""
    begun_at = years_old(life.born, life.begun)
    if life.sex == "F" and life.kind in ("stays", "leaves", "leaves_at_18") and dice.chance(0.05):
        _become_mother(dice, life, year)
    if begun_at + 1 > 10 and not life.short_breaks and dice.chance(0.2):
        going_missing(dice, life, year)
    if year.has_dolo and dice.chance(0.15):
        deprived_of_liberty(dice, life, year)
    if year.has_social_workers:
        social_workers(dice, life, year, workers)


def _become_mother(dice: Dice, life: Life, year: Year) -> None:
    """Where it does not fall after an episode's end (rule 625): in the one open episode, or before care."""
    first = birthday(life.born, 14)
    last = year.end - 20 if len(life.episodes) == 1 and life.left is None else life.begun - 1
    if first < last:
        life.mother_since = dice.whole(first, last)
