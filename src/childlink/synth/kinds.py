"""The kinds of lives that a return is made of, and how each is lived."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from childlink.synth.dice import Dice
from childlink.synth.lives import (
    YEAR_DAYS,
    Adoption,
    Decision,
    Life,
    close,
    elsewhere,
    ending,
    first_placement,
    first_status,
    follow,
    moves,
    stay,
    years_old,
)
from childlink.synth.placements import Market, Placement
from childlink.synth.years import Year, birthday, off_edge

# shares of the children in this year's return
THIS_YEAR: Mapping[str, float] = {
    "stays": 50.0,
    "leaves": 21.0,
    "leaves_at_18": 5.0,
    "returns": 2.0,
    "adopted": 3.0,
    "decision_reversed": 0.7,
    "short_breaks": 2.5,
    "short_break_agreed": 1.0,
    "asylum_stays": 4.0,
    "asylum_leaves": 1.5,
    "age_assessed": 0.3,
    "left_last_year": 9.0,
}
ASYLUM = ("asylum_stays", "asylum_leaves", "age_assessed")
# and of those who are in last year's alone
LAST_YEAR: Mapping[str, float] = {"leaves": 80.0, "adopted": 12.0, "short_breaks": 8.0}


def live(dice: Dice, market: Market, life: Life, year: Year, *, moving: bool) -> None:
    """Fill in ``life`` by its kind so that it is last seen in ``year``; ``born`` is chosen here too.

    ``moving`` says whether children who are still looked after at the end of the year may have moved or changed
    legal status. From 2023-24 rule SW12STG2 (as the reference has it) flags every open episode that did not begin
    with S, so in those years only the lives of children who leave hold changes.
    """
    if life.kind == "stays" and moving:
        _stays_moving(dice, market, life, year)
    else:
        _KINDS[life.kind](dice, market, life, year)


def _leaving_day(dice: Dice, year: Year, after: int = 15) -> int:
    return off_edge(dice.whole(year.start + after, year.end - 45))


def _duration(dice: Dice) -> int:
    spot = dice.random()
    if spot < 0.2:
        return dice.whole(10, 60)
    return dice.whole(60, 500) if spot < 0.6 else dice.whole(500, 2600)


def _begin(dice: Dice, life: Life, end: int, longest: int) -> int:
    """A first day of care at most ``longest`` days before ``end``, not before birth nor about a year's end."""
    day = max(life.born + dice.whole(0, 20), end - longest)
    clear = off_edge(day)
    return clear if clear < end - 8 else day - 40


def _born_aged(dice: Dice, day: int, low: float, high: float) -> int:
    return day - int((low + dice.random() * (high - low)) * YEAR_DAYS)


def _stays(dice: Dice, market: Market, life: Life, year: Year) -> None:
    life.born = _born_aged(dice, year.end, 0.4, 17.9)
    start = _begin(dice, life, year.end - 30, 30 + _duration(dice))
    age = years_old(life.born, start)
    status = first_status(dice, age, settled=True)
    life.episodes = stay(start, status, first_placement(dice, market, age, status, life.home))


def _stays_moving(dice: Dice, market: Market, life: Life, year: Year) -> None:
    life.born = _born_aged(dice, year.end, 0.4, 17.9)
    start = _begin(dice, life, year.end - 60, 60 + _duration(dice))
    life.episodes = moves(dice, market, life, start, year.end - 12)


def _leaves(dice: Dice, market: Market, life: Life, year: Year) -> None:
    day = _leaving_day(dice, year)
    teen = dice.chance(0.35)
    life.born = _born_aged(dice, day, 15.5, 17.95) if teen else _born_aged(dice, day, 0.2, 17.5)
    start = _begin(dice, life, day, max(30, _duration(dice)))
    life.episodes = moves(dice, market, life, start, day, remand=dice.chance(0.03))
    close(life.episodes, day, ending(dice, life, day))


def _leaves_at_18(dice: Dice, market: Market, life: Life, year: Year, after: int = 15) -> None:
    day = _eighteenth(dice, life, year, after)
    start = _begin(dice, life, day, dice.whole(200, 3500))
    life.episodes = moves(dice, market, life, start, day)
    close(life.episodes, day, ending(dice, life, day))


def _eighteenth(dice: Dice, life: Life, year: Year, after: int = 15) -> int:
    """Set the birth date so that the 18th birthday falls well within the year, and give that birthday."""
    while True:
        life.born = _leaving_day(dice, year, after) - int(18 * YEAR_DAYS)
        day = birthday(life.born, 18)
        if off_edge(day) == day:
            return day


def _returns(dice: Dice, market: Market, life: Life, year: Year) -> None:
    """In care, home, in care and home again, all in one year."""
    start = off_edge(year.start + dice.whole(20, 100))
    life.born = _born_aged(dice, start, 1, 15)
    for _ in range(2):
        age = years_old(life.born, start)
        status = dice.one(("V2", "V2", "C1"))
        period = close(
            stay(start, status, elsewhere(dice, market, age, status, life.home)),
            start + dice.whole(20, 60),
            dice.one(("E4A", "E4B", "E13")),
        )
        life.episodes += period
        start = (period[-1].end or start) + dice.whole(20, 60)


def _adopted(dice: Dice, market: Market, life: Life, year: Year) -> None:
    day = _leaving_day(dice, year)
    life.born = _born_aged(dice, day, 1.6, 7)
    order, placed = _to_placement_order(dice, market, life, day - dice.whole(150, 260))
    current = life.episodes[-1].placement
    matched = max(order, placed) + dice.whole(10, 40)
    moved = off_edge(matched + dice.whole(5, 20))
    fostered = dice.chance(0.15)
    if fostered:
        follow(life.episodes, moved, "T", "E1", current.recoded("A5"), "PLACE")
    else:
        follow(life.episodes, moved, "P", "E1", _adopters(dice, market, life), "CARPL")
    close(life.episodes, day, dice.one(("E11", "E12")))
    sexes = dice.weighted({"MF": 75.0, "F1": 9.0, "M1": 2.0, "MM": 8.0, "FF": 6.0})
    statuses = {"MF": ("L11", "L11", "L2", "L3"), "MM": ("L12", "L2", "L4"), "FF": ("L12", "L2", "L4")}
    life.adoption = Adoption(
        matched=matched,
        foster_care="1" if fostered else "0",
        adopters="1" if sexes in ("F1", "M1") else "2",
        sexes=sexes,
        status=dice.one(statuses.get(sexes, ("L0",))),
    )


def _adopters(dice: Dice, market: Market, life: Life) -> Placement:
    while True:
        found = market.adoptive(dice, "A6")
        if found.postcode not in (life.home, life.episodes[-1].placement.postcode):
            return found


def _to_placement_order(dice: Dice, market: Market, life: Life, order: int) -> tuple[int, int]:
    """Foster care under care orders, then a placement order about ``order``; gives its day and the decision's."""
    order = off_edge(order)
    start = _begin(dice, life, order, dice.whole(120, 500))
    life.episodes = stay(start, "C1", market.foster(dice, "U6"))
    while life.episodes[0].placement.postcode == life.home:
        life.episodes = stay(start, "C1", market.foster(dice, "U6"))
    if order - start > 80:
        follow(
            life.episodes, off_edge(start + dice.whole(10, 40)), "L", "C2", life.episodes[0].placement, None
        )
    follow(life.episodes, order, "L", "E1", life.episodes[-1].placement, None)
    placed = max(start, order - dice.whole(0, 60))
    life.decision = Decision(placed)
    return order, placed


def _decision_reversed(dice: Dice, market: Market, life: Life, year: Year) -> None:
    day = max(_leaving_day(dice, year), year.start + 130)
    day = off_edge(min(day, year.end - 45))
    life.born = _born_aged(dice, day, 2.5, 9)
    _to_placement_order(dice, market, life, day - dice.whole(400, 600))
    revoked = day - dice.whole(30, 100)
    follow(life.episodes, revoked, "L", "C2", life.episodes[-1].placement, None)
    assert life.decision is not None
    life.decision.ceased, life.decision.reason = revoked, dice.one(("RD1", "RD2", "RD3", "RD4"))
    close(life.episodes, day, dice.one(("E4A", "E13", "E41")))


def _short_breaks(dice: Dice, market: Market, life: Life, year: Year) -> None:
    """A stay of a few days every month or two, this year and last."""
    life.born = _born_aged(dice, year.end, 6, 17)
    placement = market.break_(dice)
    for one in (year.before, year):
        day = one.start + dice.whole(15, 90)
        while day < one.end - 30:
            back = day + dice.whole(1, 7)
            life.episodes += close(stay(day, "V3", placement), back, "E4A")
            day = back + dice.whole(25, 70)


def _short_break_agreed(dice: Dice, market: Market, life: Life, year: Year) -> None:
    life.born = _born_aged(dice, year.end, 6, 17)
    start = _begin(dice, life, year.end - 40, dice.whole(60, 900))
    life.episodes = stay(start, "V4", market.break_(dice))


def _asylum(dice: Dice, market: Market, life: Life, start: int) -> None:
    life.home, life.need = None, "N8"
    age = years_old(life.born, start)
    life.episodes = stay(start, "V2", elsewhere(dice, market, age, "V2", None))
    life.uasc_until = birthday(life.born, 18)


def _asylum_stays(dice: Dice, market: Market, life: Life, year: Year) -> None:
    life.born = _born_aged(dice, year.end, 14.6, 17.9)
    longest = min(int((years_old(life.born, year.end) - 14) * YEAR_DAYS), dice.whole(60, 1100))
    _asylum(dice, market, life, _begin(dice, life, year.end - 30, longest))


def _asylum_leaves(dice: Dice, market: Market, life: Life, year: Year) -> None:
    day = _eighteenth(dice, life, year)
    _asylum(dice, market, life, _begin(dice, life, day, dice.whole(60, 1100)))
    close(life.episodes, day, dice.one(("E5", "E5", "E6", "E8")))


def _age_assessed(dice: Dice, market: Market, life: Life, year: Year) -> None:
    day = _leaving_day(dice, year)
    life.born = _born_aged(dice, day, 15.5, 17.8)
    _asylum(dice, market, life, _begin(dice, life, day, dice.whole(20, 200)))
    close(life.episodes, day, "E15")
    life.uasc_until = day


def _left_last_year(dice: Dice, market: Market, life: Life, year: Year) -> None:
    """A care leaver: left last year at 16 to 18, late enough for last year's episodes to show 13 weeks in care."""
    after = 110
    if dice.chance(0.6):
        _leaves_at_18(dice, market, life, year.before, after)
        return
    day = _leaving_day(dice, year.before, after)
    life.born = _born_aged(dice, day, 16.2, 17.9)
    start = _begin(dice, life, day, dice.whole(200, 2500))
    life.episodes = moves(dice, market, life, start, day)
    rec = "E3"
    while rec in ("E2", "E3", "E9", "E16"):
        rec = ending(dice, life, day)
    close(life.episodes, day, rec)


_KINDS: Mapping[str, Callable[[Dice, Market, Life, Year], None]] = {
    "stays": _stays,
    "leaves": _leaves,
    "leaves_at_18": _leaves_at_18,
    "returns": _returns,
    "adopted": _adopted,
    "decision_reversed": _decision_reversed,
    "short_breaks": _short_breaks,
    "short_break_agreed": _short_break_agreed,
    "asylum_stays": _asylum_stays,
    "asylum_leaves": _asylum_leaves,
    "age_assessed": _age_assessed,
    "left_last_year": _left_last_year,
}
