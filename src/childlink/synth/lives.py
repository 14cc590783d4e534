"""A child's life in care, from the first day to the last, before any return is cut from it."""

from __future__ import annotations

from dataclasses import dataclass, field

from childlink.synth.dice import Dice
from childlink.synth.placements import FOSTER, Market, Placement
from childlink.synth.years import Year, birthday, off_edge

YEAR_DAYS = 365.25
# how one legal status follows another, and how long the first may last where the law limits it (rules 361-364)
_NEXT_STATUS = {
    "V2": ("C1",),
    "C1": ("C2",),
    "L1": ("L2", "C1", "V2"),
    "L2": ("C1", "V2"),
    "L3": ("V2",),
    "J1": ("V2",),
    "J2": ("V2",),
}
_LONGEST = {"L1": 3, "L2": 8, "L3": 7, "J2": 3}
_PLACE_REASONS = {
    "CARPL": 40.0,
    "CREQB": 14.0,
    "CREQO": 14.0,
    "LAREQ": 12.0,
    "CHILD": 8.0,
    "OTHER": 6.0,
    "CLOSE": 3.0,
    "STAND": 2.0,
    "ALLEG": 1.0,
    "APPRR": 0.5,
}
_SAME_CARER = {"U6": ("U4", "U5"), "U3": ("U1", "U2"), "U5": ("U4",)}


@dataclass(slots=True)
class Episode:
    """One episode of care. ``end`` is None while it is open."""

    start: int
    end: int | None
    rne: str
    legal_status: str
    placement: Placement
    rec: str | None = None
    reason: str | None = None


@dataclass(slots=True)
class Decision:
    """A decision that a child should be placed for adoption, and its end where it was reversed."""

    placed: int
    ceased: int | None = None
    reason: str | None = None


@dataclass(slots=True)
class Adoption:
    """What is reported of an adoption (AD1), beside its decision."""

    matched: int
    foster_care: str
    adopters: str
    sexes: str
    status: str


@dataclass(slots=True)
class Life:
    """Everything true of one child that returns of two years report."""

    child: str
    sex: str  # M, F
    born: int
    ethnicity: str
    upn: str  # once of school age; UN2 or UN3 where there will be none
    need: str
    home: str | None
    kind: str
    last_year_only: bool = False
    episodes: list[Episode] = field(default_factory=list)
    uasc_until: int | None = None
    mother_since: int | None = None
    decision: Decision | None = None
    adoption: Adoption | None = None
    missing: list[tuple[str, int, int | None]] = field(default_factory=list)
    dolo: list[tuple[int, int | None]] = field(default_factory=list)
    workers: list[tuple[str, int, str]] = field(default_factory=list)  # each until the next; the last stays

    @property
    def begun(self) -> int:
        return self.episodes[0].start

    @property
    def left(self) -> int | None:
        return self.episodes[-1].end

    @property
    def short_breaks(self) -> bool:
        return self.episodes[0].legal_status in ("V3", "V4")


def years_old(born: int, day: int) -> float:
    """Age in years, near enough to choose by."""
    return (day - born) / YEAR_DAYS


def first_status(dice: Dice, age: float, *, settled: bool, remand: bool = False) -> str:
    """A legal status to begin care with; ``settled`` for episodes that may stay open for years."""
    if remand and age >= 13:
        return "J1"
    if settled:
        return dice.weighted({"C2": 55.0, "C1": 12.0, "V2": 33.0})
    weights = {"V2": 46.0, "C1": 24.0, "C2": 12.0, "L1": 9.0, "L2": 7.0, "L3": 0.5}
    if age >= 13:
        weights.update({"J2": 1.0, "J1": 1.5})
    return dice.weighted(weights)


def first_placement(dice: Dice, market: Market, age: float, status: str, home: str | None) -> Placement:
    """A placement to begin care with: with the parents now and then, where a care order allows it."""
    if home is not None and status in ("C1", "C2") and dice.chance(0.07):
        return market.with_parents(home)
    return elsewhere(dice, market, age, status, home)


def elsewhere(
    dice: Dice, market: Market, age: float, status: str, home: str | None, old: Placement | None = None
) -> Placement:
    """A placement away from home (rule 392d) and, where there is an ``old`` one, from that."""
    while True:
        found = market.any(dice, age, status)
        if found.postcode != home and (old is None or found.postcode != old.postcode):
            return found


def stay(start: int, status: str, placement: Placement) -> list[Episode]:
    """A period of care of one open episode."""
    return [Episode(start, None, "S", status, placement)]


def close(episodes: list[Episode], day: int, rec: str) -> list[Episode]:
    """End the last episode."""
    episodes[-1].end, episodes[-1].rec = day, rec
    return episodes


def follow(
    episodes: list[Episode], day: int, rne: str, status: str, placement: Placement, reason: str | None
) -> None:
    """End the last episode because another begins the same day."""
    last = episodes[-1]
    last.end, last.rec, last.reason = day, "X1", reason
    episodes.append(Episode(day, None, rne, status, placement))


def moves(
    dice: Dice, market: Market, life: Life, start: int, until: int, *, remand: bool = False
) -> list[Episode]:
    """A period of care from ``start`` with its changes of placement and legal status, none after ``until``.

    The last episode is open. At most two stays elsewhere while carers are on holiday (rule 377).
    """
    status = first_status(dice, years_old(life.born, start), settled=False, remand=remand)
    if until - start < 30:
        status = "V2" if status in _LONGEST else status
    episodes = stay(
        start, status, first_placement(dice, market, years_old(life.born, start), status, life.home)
    )
    holidays = 0
    while True:
        now = episodes[-1]
        limit = _LONGEST.get(now.legal_status)
        pause = dice.whole(1, limit) if limit else dice.whole(15, 500)
        # a status that the law cuts short gives way even where that falls about the end of a year
        day = now.start + pause if limit else off_edge(now.start + pause)
        if day >= until - 12:
            break
        if limit:
            _change_status(dice, episodes, day)
        else:
            holidays += _change(dice, market, life, episodes, day, until, holidays)
    return episodes


def _change(
    dice: Dice, market: Market, life: Life, episodes: list[Episode], day: int, until: int, holidays: int
) -> int:
    """One change on ``day``; returns 1 when it was a stay elsewhere during a holiday."""
    now = episodes[-1]
    spot = dice.random()
    if spot < 0.3 and now.legal_status in _NEXT_STATUS and now.placement.place != "P1":
        _change_status(dice, episodes, day)
    elif spot < 0.42 and now.placement.place in _SAME_CARER:
        placement = now.placement.recoded(dice.one(_SAME_CARER[now.placement.place]))
        if now.legal_status == "C1" and dice.chance(0.3):
            follow(episodes, day, "U", "C2", placement, "PLACE")
        else:
            follow(episodes, day, "T", now.legal_status, placement, "PLACE")
    elif spot < 0.48 and now.placement.place in FOSTER:
        return _holiday(dice, market, episodes, day, until, holidays)
    else:
        _move(dice, market, life, episodes, day)
    return 0


def _change_status(dice: Dice, episodes: list[Episode], day: int) -> None:
    now = episodes[-1]
    follow(episodes, day, "L", dice.one(_NEXT_STATUS[now.legal_status]), now.placement, None)


def _move(dice: Dice, market: Market, life: Life, episodes: list[Episode], day: int) -> None:
    """To another carer, now and then with another legal status too."""
    now = episodes[-1]
    age = years_old(life.born, day)
    status = now.legal_status
    both = status in ("V2", "C1") and dice.chance(0.1)
    if both:
        status = _NEXT_STATUS[status][0]
    if status in ("C1", "C2") and life.home and now.placement.place != "P1" and dice.chance(0.05):
        placement = market.with_parents(life.home)
    else:
        placement = elsewhere(dice, market, age, status, life.home, now.placement)
    reason = dice.weighted(_PLACE_REASONS)
    follow(episodes, day, "B" if both else "P", status, placement, reason)


def _holiday(dice: Dice, market: Market, episodes: list[Episode], day: int, until: int, holidays: int) -> int:
    """A stay elsewhere and back to the same carer, if there is time before the year turns."""
    now = episodes[-1]
    place = dice.one(("T3", "T1", "T2", "T4")) if holidays < 2 else "T4"
    back = day + dice.whole(2, {"T1": 30, "T2": 14, "T3": 18, "T4": 6}[place])
    away = market.temporary(dice, place)
    if back >= until - 12 or off_edge(back) != back or away.postcode == now.placement.postcode:
        return 0
    placement = now.placement
    follow(episodes, day, "P", now.legal_status, away, None)
    follow(episodes, back, "P", now.legal_status, placement, None)
    return int(place == "T3")


def ending(dice: Dice, life: Life, day: int) -> str:
    """Why care ended on ``day``, fit for the age and the last placement."""
    last = life.episodes[-1]
    if day >= birthday(life.born, 18):
        weights = {"E5": 30.0, "E6": 20.0, "E4A": 10.0, "E7": 4.0, "E8": 12.0}
        if last.placement.place in FOSTER:
            weights["E17"] = 40.0
        return dice.weighted(weights)
    if last.legal_status == "J1" and dice.chance(0.6):
        return "E14"
    weights = {"E4A": 40.0, "E4B": 8.0, "E13": 7.0, "E41": 5.0, "E47": 3.0, "E48": 1.0, "E8": 4.0, "E3": 1.0}
    weights.update({"E16": 0.5, "E2": 0.3})
    if last.placement.place in ("U1", "U2", "U3"):
        weights["E45"] = 12.0
    elif last.placement.place in FOSTER:
        weights["E46"] = 4.0
    if years_old(life.born, day) >= 12:
        weights["E9"] = 0.7
    if day >= birthday(life.born, 16):
        weights.update({"E5": 12.0, "E6": 8.0, "E7": 0.5})
    return dice.weighted(weights)


def social_workers(dice: Dice, life: Life, year: Year, workers: list[str]) -> None:
    """One worker after another from the first day of care, or from before last year where that is long ago.

    None begins after care ended (rule SW12STG2); the last stays (rule SW17STG2). None changes about the end of a
    year (rule SW11bSTG2).
    """
    day = max(life.begun, year.before.start - dice.whole(30, 500))
    until = min(life.left or year.end, year.end)
    reason = "FCONTA"
    while True:
        life.workers.append((dice.one(workers), day, reason))
        day = off_edge(day + dice.whole(40, 600))
        if day >= until - 8:
            return
        reason = dice.one(
            ("MANAGE", "LEFTRL", "LEFTRL", "ORGRST", "TSPROC", "TSPROC", "ABSENC", "CHCHAN", "OTHERS")
        )


def going_missing(dice: Dice, life: Life, year: Year) -> None:
    """Times missing or away within the two years, each within one episode, none across a year's end."""
    for episode in life.episodes:
        end = episode.end if episode.end is not None else year.end
        for one in (year.before, year):
            low, high = max(episode.start, one.start) + 2, min(end, one.end) - 8
            day = low + dice.whole(0, 90)
            while day + 6 < high and birthday(life.born, 10) < day:
                back = day + dice.whole(0, 5)
                life.missing.append((dice.one(("M", "M", "A")), day, back))
                day = back + dice.whole(5, 120)
    last = life.episodes[-1]
    since = max([last.start + 1, *(back or 0 for _, _, back in life.missing)])
    if last.end is None and since < year.end - 12 and dice.chance(0.1):
        life.missing.append(("M", year.end - dice.whole(0, 7), None))


def deprived_of_liberty(dice: Dice, life: Life, year: Year) -> None:
    """Orders within placements where they are expected (rules 709 and 710), all in this year."""
    for episode in life.episodes:
        end = episode.end if episode.end is not None else year.end
        if episode.placement.place not in ("K2", "Z12", "Z13") or end < year.start:
            continue
        day = max(episode.start, year.start) + dice.whole(2, 60)
        while day + 40 < end:
            stop = day + dice.whole(14, 90)
            if stop >= end - 2:
                if episode.end is None:
                    life.dolo.append((day, None))
                break
            life.dolo.append((day, stop))
            day = stop + dice.whole(1, 120)
        return
