"""The children of an authority's children in need census, each with what is true of it and its episodes of
need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from childlink.progress import Progress, unwatched
from childlink.synth import cin_needs as needs
from childlink.synth.cin_needs import Need
from childlink.synth.cohort import Numbers
from childlink.synth.dice import Dice
from childlink.synth.names import ETHNICITIES
from childlink.synth.years import Year, birthday, school_entry

_YEAR = 365
_ETHNICITIES = {code: share for code, (_, share) in ETHNICITIES.items()} | {"REFU": 0.01, "NOBT": 0.03}
_DISABILITIES = {
    "MOB": 10.0, "HAND": 4.0, "PC": 8.0, "INC": 6.0, "COMM": 15.0, "LD": 22.0, "HEAR": 4.0, "VIS": 4.0, "BEH": 12.0,
    "CON": 4.0, "AUT": 30.0, "DDA": 8.0,
}  # fmt: skip
KINDS = {
    "no further action": 6.0,
    "assessed": 27.0,
    "in need": 20.0,
    "long in need": 9.0,
    "enquired": 12.0,
    "protected": 9.0,
    "long protected": 5.0,
    "moved in": 1.0,
    "unborn": 1.5,
    "disabled": 5.0,
    "died": 0.5,
    "referred again": 4.0,
}
"""The lives that children of the census lead, as often as these weights say."""

SURE = 9
"""The first children of a census, whose lives make sure of what the queries about the whole return ask
for."""


@dataclass(slots=True)
class Child:
    """What a census says of one child. ``born`` is the day it is due, where it is ``unborn``."""

    id: str
    sex: str  # M, F, U
    born: int
    ethnicity: str
    unborn: bool = False
    died: int | None = None
    upn: str | None = None
    former_upn: str | None = None
    no_upn: str | None = None
    disabilities: tuple[str, ...] = ()
    needs: list[Need] = field(default_factory=list)


def make_children(
    children: int, year: Year, seed: int, authority: str, progress: Progress = unwatched
) -> list[Child]:
    """``children`` children of one census, in order of child id."""
    name = f"childlink/cin {seed}/{year.name}/{authority}"
    numbers = Numbers(authority, Dice(f"{name}/town"))
    made = []
    for index in range(children):
        if index % 5000 == 0:
            progress("children", index, children)
        made.append(_child(Dice(f"{name}/{index}"), year, numbers, index))
    made.sort(key=lambda child: child.id)
    return made


def _child(dice: Dice, year: Year, numbers: Numbers, index: int) -> Child:
    kind = dice.weighted(KINDS)
    if index < SURE:
        kind = "assessed" if index else "protected"
    episodes = LIVES[kind](dice, year)
    child = Child(
        id=numbers.child(index),
        sex="M" if dice.chance(0.54) else "F",
        born=_born(dice, episodes, year),
        ethnicity=dice.weighted(_ETHNICITIES),
        needs=episodes,
    )
    if kind == "unborn":
        _unborn(dice, child, year)
    elif kind == "died":
        child.died = episodes[-1].closed
    _number(dice, child, year, numbers, index)
    _disabilities(dice, child, index, disabled=kind == "disabled")
    _proceedings(dice, child, year, sure=index == 0)
    return child


def _no_further_action(dice: Dice, year: Year) -> list[Need]:
    return [needs.no_further_action(dice, year, year.start)]


def _assessed(dice: Dice, year: Year) -> list[Need]:
    return [needs.closed_after_assessment(dice, year, year.end)]


def _in_need(dice: Dice, year: Year) -> list[Need]:
    return [needs.in_need(dice, year, year.start)]


def _long_in_need(dice: Dice, year: Year) -> list[Need]:
    return [needs.long_in_need(dice, year, year.start - dice.whole(30, 3 * _YEAR))]


def _enquired(dice: Dice, year: Year) -> list[Need]:
    return [needs.enquired(dice, year)]


def _protected(dice: Dice, year: Year) -> list[Need]:
    return [needs.protected(dice, year)]


def _long_protected(dice: Dice, year: Year) -> list[Need]:
    return [needs.long_protected(dice, year, year.start - dice.whole(31, 500))]


def _moved_in(dice: Dice, year: Year) -> list[Need]:
    return [needs.moved_in(dice, year)]


def _unborn_need(dice: Dice, year: Year) -> list[Need]:
    return [needs.in_need(dice, year, year.end - 100, "N1")]


def _disabled(dice: Dice, year: Year) -> list[Need]:
    if dice.chance(0.2):
        return [needs.in_need(dice, year, year.start, "N2")]
    return [needs.long_in_need(dice, year, year.start - dice.whole(30, 6 * _YEAR), "N2")]


def _died(dice: Dice, year: Year) -> list[Need]:
    """Death on the last day of what was done, or on a later day of the year."""
    episode = needs.long_in_need(dice, year, year.start - dice.whole(30, _YEAR))
    last = max(a.end or a.start for a in [*episode.assessments, needs.Assessment(year.start, None)])
    last = max([last, *(stop or start for start, stop in episode.plans)])
    return [needs.die(episode, dice.whole(last, year.end))]


def _referred_again(dice: Dice, year: Year) -> list[Need]:
    """Closed after an assessment, and referred again later in the year."""
    first = needs.closed_after_assessment(dice, year, year.end - 120)
    low = (first.closed or year.end) + dice.whole(1, 60)
    if dice.chance(0.2):
        return [first, needs.no_further_action(dice, year, low)]
    return [first, needs.in_need(dice, year, low)]


LIVES: dict[str, Callable[[Dice, Year], list[Need]]] = {
    "no further action": _no_further_action,
    "assessed": _assessed,
    "in need": _in_need,
    "long in need": _long_in_need,
    "enquired": _enquired,
    "protected": _protected,
    "long protected": _long_protected,
    "moved in": _moved_in,
    "unborn": _unborn_need,
    "disabled": _disabled,
    "died": _died,
    "referred again": _referred_again,
}


def _born(dice: Dice, episodes: list[Need], year: Year) -> int:
    """A day of birth before the first referral, with an eighteenth birthday after the year."""
    latest = episodes[0].referred - 1
    earliest = birthday(year.end, -18) + 1
    return dice.whole(min(earliest, latest), latest)


def _unborn(dice: Dice, child: Child, year: Year) -> None:
    """Due within nine months of the end of the year (8530Q), referred in the forty weeks before (8606)."""
    child.unborn, child.sex, child.ethnicity = True, "U", "NOBT"
    child.born = dice.whole(year.end + 5, min(child.needs[0].referred + 270, year.end + 250))


def _number(dice: Dice, child: Child, year: Year, numbers: Numbers, index: int) -> None:
    """A UPN for children of school age and, of those without one, why (8770Q)."""
    if child.unborn or birthday(child.born, 5) > year.end:
        child.no_upn = "UN1"
    elif child.needs[-1].no_further_action and len(child.needs) == 1 and dice.chance(0.6):
        child.no_upn = "UN7"
    elif dice.chance(0.03):
        child.no_upn = dice.one(("UN2", "UN3", "UN4", "UN5"))
    else:
        child.upn = numbers.upn(index, school_entry(child.born))
        if dice.chance(0.02):
            child.former_upn = numbers.upn(index + 1_000_000, school_entry(child.born))


def _disabilities(dice: Dice, child: Child, index: int, *, disabled: bool) -> None:
    """At least one code for every child born and in need (8540)."""
    if child.unborn or (child.needs[-1].no_further_action and len(child.needs) == 1 and dice.chance(0.5)):
        return
    if index and index < SURE:
        child.disabilities = ("NONE",)
    elif disabled or index == 0 or dice.chance(0.06):
        drawn = {dice.weighted(_DISABILITIES) for _ in range(dice.whole(1, 4))}
        drawn |= {"LD", "AUT"} if index == 0 else set()
        child.disabilities = tuple(code for code in _DISABILITIES if code in drawn)
    else:
        child.disabilities = ("NONE",)


def _proceedings(dice: Dice, child: Child, year: Year, *, sure: bool) -> None:
    if year.begins >= 2026 and child.needs[0].enquiries and (sure or dice.chance(0.2)):
        needs.proceed(dice, child.needs[0], year)
