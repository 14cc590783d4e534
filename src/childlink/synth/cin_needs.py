"""Episodes of need: what may happen between a referral and the end of the census year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from childlink.reference.bank_holidays import bank_holidays
from childlink.synth.dice import Dice
from childlink.synth.years import Year

_STILL_ASSESSING = 55  # days before the end of the year: fewer than 44 working days (8670Q)
_STILL_ENQUIRING = 12  # fewer than 14 working days (8675Q)
_LAST_REFERRAL = 130  # days before the end of the year, where a conference and a plan are to follow

_SOURCES = {
    "1A": 5.0, "1B": 2.0, "1C": 2.0, "1D": 2.0, "2A": 19.0, "2B": 2.0, "3A": 2.0, "3B": 2.0, "3C": 1.0, "3D": 3.0,
    "3E": 4.0, "3F": 4.0, "4": 1.0, "5A": 5.0, "5B": 4.0, "5C": 5.0, "5D": 2.0, "6": 29.0, "7": 3.0, "8": 4.0,
    "9": 2.0, "10": 1.0,
}  # fmt: skip
_NEEDS = {"N1": 57.0, "N3": 3.0, "N4": 9.0, "N5": 14.0, "N6": 2.0, "N7": 0.3, "N8": 3.0, "N9": 2.0, "N0": 2.0}
_ABUSE = {"NEG": 50.0, "EMO": 36.0, "PHY": 7.0, "SAB": 4.0, "MUL": 3.0}
_FACTORS = {
    "1A": 2.0, "1B": 10.0, "2A": 3.0, "2B": 10.0, "3A": 11.0, "3B": 24.0, "3C": 5.0, "4A": 12.0, "4B": 25.0,
    "4C": 4.0, "5A": 6.0, "5B": 2.0, "6A": 4.0, "6B": 5.0, "7A": 3.0, "8F": 0.3, "9A": 1.0, "10A": 2.0, "11A": 2.0,
    "12A": 0.5, "13A": 1.5, "14A": 7.0, "15A": 4.0, "16A": 13.0, "17A": 17.0, "18B": 3.0, "18C": 10.0, "19B": 2.0,
    "19C": 3.0, "20": 12.0, "22A": 0.2, "23A": 0.3, "24A": 2.0,
}  # fmt: skip
_CLOSURES = {"RC7": 75.0, "RC5": 8.0, "RC3": 5.0, "RC4": 3.0, "RC1": 1.0}
NO_FACTORS = "21"


@dataclass(slots=True)
class Assessment:
    """``end`` is None, and there are no ``factors``, while it goes on."""

    start: int
    end: int | None
    factors: Sequence[str] = ()


@dataclass(slots=True)
class Enquiry:
    """A section 47 enquiry. Without a ``conference`` it needs none, or still waits for it."""

    start: int
    target: int | None
    conference: int | None
    not_required: bool


@dataclass(slots=True)
class Protection:
    """A child protection plan with the days of its reviews."""

    start: int
    end: int | None
    first: str
    latest: str
    before: int
    reviews: list[int]


@dataclass(slots=True)
class Proceedings:
    """Pre-proceedings, as far as they have come: later steps are None."""

    start: int
    letter: int | None = None
    offered: bool | None = None
    held: bool | None = None
    meeting: int | None = None
    reviews: int | None = None
    decision: int | None = None
    outcome: str | None = None
    court: int | None = None
    last_letter: int | None = None


@dataclass(slots=True)
class Need:
    """An episode of need, from referral to closure; open where ``closed`` is None."""

    referred: int
    source: str
    need: str | None
    closed: int | None = None
    reason: str | None = None
    moved_in: int | None = None  # conference of a child who moved in under a plan
    no_further_action: bool = False
    assessments: list[Assessment] = field(default_factory=list)
    plans: list[tuple[int, int | None]] = field(default_factory=list)
    enquiries: list[Enquiry] = field(default_factory=list)
    protection: list[Protection] = field(default_factory=list)
    proceedings: list[Proceedings] = field(default_factory=list)


def referral(dice: Dice, day: int, need: str | None = None) -> Need:
    """A referral that leads to further action."""
    return Need(day, dice.weighted(_SOURCES), need or dice.weighted(_NEEDS))


def no_further_action(dice: Dice, year: Year, low: int) -> Need:
    """A referral of this year, on ``low`` or later, with which nothing was done; a week into the year
    (8569Q)."""
    low = min(max(low, year.start + 7), year.end)
    need = None if dice.chance(0.4) else dice.weighted(_NEEDS)
    return Need(dice.whole(low, year.end), dice.weighted(_SOURCES), need, no_further_action=True)


def closed_after_assessment(dice: Dice, year: Year, last: int) -> Need:
    """Referred, assessed and closed between the start of the year and ``last``."""
    episode = referral(dice, dice.whole(year.start, last - 70))
    start = episode.referred + dice.whole(0, 2)
    found = (NO_FACTORS,) if dice.chance(0.2) else _factors(dice)
    episode.assessments = [Assessment(start, start + dice.whole(4, 62), found)]
    return close(
        episode, (episode.assessments[0].end or 0) + dice.whole(0, 3), dice.weighted({"RC8": 4.0, "RC9": 1.0})
    )


def in_need(dice: Dice, year: Year, low: int, need: str | None = None) -> Need:
    """Referred between ``low`` and the last days of the year and assessed; on a plan where there was time
    for one."""
    episode = referral(dice, dice.whole(low, year.end - 2), need)
    _assess(dice, episode, year)
    done = episode.assessments[0].end
    if done is None or done > year.end - 40:
        return episode
    _plan(dice, episode, year, done + dice.whole(0, 10))
    return episode


def long_in_need(dice: Dice, year: Year, since: int, need: str | None = None) -> Need:
    """Referred on ``since``, before the year, and on plans ever since; assessed again now and then."""
    episode = referral(dice, since, need)
    if dice.chance(0.3):
        start = dice.whole(year.start, year.end - 70)
        episode.assessments = [Assessment(start, start + dice.whole(4, 60), _factors(dice))]
    _plan(dice, episode, year, since + dice.whole(10, 29))
    return episode


def enquired(dice: Dice, year: Year) -> Need:
    """A section 47 enquiry that needed no conference, or that waits for one on the last day of the year."""
    if dice.chance(0.15):
        episode = referral(dice, dice.whole(year.end - _STILL_ENQUIRING, year.end), "N1")
        episode.assessments = [Assessment(episode.referred, None)]
        episode.enquiries = [
            Enquiry(episode.referred, workday(episode.referred, 15), None, not_required=False)
        ]
        return episode
    episode = referral(dice, dice.whole(year.start, year.end - _LAST_REFERRAL), "N1")
    _assess(dice, episode, year)
    start = episode.referred + dice.whole(0, 5)
    episode.enquiries = [Enquiry(start, None, None, not_required=True)]
    if dice.chance(0.1):
        again = start + dice.whole(20, 60)
        episode.enquiries.append(Enquiry(again, None, None, not_required=True))
    _plan(dice, episode, year, (episode.assessments[0].end or start) + dice.whole(0, 10), rate=0.6)
    return episode


def protected(dice: Dice, year: Year) -> Need:
    """An enquiry of this year, its conference, and in most cases a plan from that day."""
    episode = referral(dice, dice.whole(year.start, year.end - _LAST_REFERRAL), "N1")
    _assess(dice, episode, year)
    start = episode.referred + dice.whole(0, 4)
    conference = workday(start, dice.whole(8, 16))
    episode.enquiries = [Enquiry(start, workday(start, 15), conference, not_required=False)]
    if dice.chance(0.85):
        _protect(dice, episode, year, conference, 0.25)
    return episode


def long_protected(dice: Dice, year: Year, referred: int) -> Need:
    """Under a plan that began before the year; ``referred`` more than thirty days before it."""
    episode = referral(dice, referred, "N1")
    _protect(dice, episode, year, dice.whole(referred + 15, min(referred + 60, year.start - 1)), 0.55)
    return episode


def moved_in(dice: Dice, year: Year) -> Need:
    """Moved in from another authority under a plan: a conference without an enquiry here."""
    episode = referral(dice, dice.whole(year.start, year.end - _LAST_REFERRAL), "N1")
    episode.source = "5C"
    episode.moved_in = workday(episode.referred, dice.whole(4, 14))
    _protect(dice, episode, year, episode.moved_in, 0.2)
    return episode


def close(episode: Need, day: int, reason: str) -> Need:
    """End the episode."""
    episode.closed, episode.reason = day, reason
    return episode


def proceed(dice: Dice, episode: Need, year: Year) -> None:
    """Pre-proceedings in the year, within the episode, each step on or after the one before."""
    last = episode.closed or year.end
    day = max(episode.referred, year.start) + dice.whole(0, 20)
    if day > last:
        return
    steps = Proceedings(day)
    episode.proceedings = [steps]
    later = [day := day + dice.whole(0, 25) for _ in range(5)]
    letter, meeting, decision, court, last_letter = (step if step <= last else None for step in later)
    steps.letter = letter
    if letter is not None:
        steps.offered = dice.chance(0.7)
        steps.held = steps.offered and dice.chance(0.6)
    steps.meeting = meeting
    steps.reviews = dice.whole(0, 3) if meeting is not None else None
    if decision is not None and dice.chance(0.7):
        steps.decision, steps.outcome = decision, dice.one("ABC")
        if court is not None and dice.chance(0.4):
            steps.court, steps.last_letter = court, last_letter


def die(episode: Need, day: int) -> Need:
    """The child's death on ``day`` ends everything that was still going on. Nothing has begun after it."""
    episode.plans = [(start, day if end is None or end > day else end) for start, end in episode.plans]
    return close(episode, day, "RC2")


@cache
def workday(day: int, days: int) -> int:
    """The working day that is ``days`` (1 or more) after ``day``."""
    when = date.fromordinal(day)
    while days > 0:
        when += timedelta(days=1)
        days -= when.weekday() < 5 and when not in _holidays()
    return when.toordinal()


@cache
def _holidays() -> frozenset[date]:
    return frozenset(bank_holidays())


def _factors(dice: Dice) -> tuple[str, ...]:
    """One to five different factors, in the order of their codes."""
    drawn = {dice.weighted(_FACTORS) for _ in range(dice.whole(1, 5))}
    return tuple(code for code in _FACTORS if code in drawn)


def _assess(dice: Dice, episode: Need, year: Year) -> None:
    """The first assessment; near the end of the year it may still go on."""
    start = episode.referred + dice.whole(0, min(2, year.end - episode.referred))
    left = year.end - start
    if left < 8 or (left < _STILL_ASSESSING and dice.chance(0.8)):
        episode.assessments = [Assessment(start, None)]
    else:
        episode.assessments = [Assessment(start, start + dice.whole(3, min(62, left)), _factors(dice))]


def _plan(dice: Dice, episode: Need, year: Year, start: int, rate: float = 0.85) -> None:
    """A child in need plan from ``start``, maybe a second, and maybe the end of the episode."""
    first = max(start, year.start) + 20  # nothing ends before the year
    if first > year.end:
        return
    ends = dice.chance(0.45)
    day = dice.whole(first, year.end)
    if ends:
        close(episode, _after_all(episode, day), dice.weighted(_CLOSURES))
    if not dice.chance(rate):
        return
    if dice.chance(0.1) and day + 40 < year.end:
        stop = dice.whole(first - 10, day)
        again = stop + dice.whole(1, 15)
        episode.plans = [(start, stop), (again, None)]
        episode.closed, episode.reason = None, None
    else:
        episode.plans = [(start, day if ends else None)]


def _after_all(episode: Need, day: int) -> int:
    """``day``, or the last day of what has been done in the episode, whichever is later."""
    assessed = [a.end or a.start for a in episode.assessments]
    enquired = [e.conference or e.start for e in episode.enquiries]
    return max(day, episode.referred, *assessed, *enquired)


def _protect(dice: Dice, episode: Need, year: Year, start: int, ending: float) -> None:
    """A child protection plan from ``start``, with its reviews; ended in the year as often as ``ending``
    says."""
    first = dice.weighted(_ABUSE)
    latest = first if dice.chance(0.85) else dice.weighted(_ABUSE)
    low = max(start + 60, year.start)
    end = dice.whole(low, year.end) if low < year.end and dice.chance(ending) else None
    reviews, day = [], start + dice.whole(60, 91)
    while day < (end if end is not None else year.end + 1):
        reviews.append(day)
        day += dice.whole(150, 184)
    if end is not None:
        reviews.append(end)  # the review that ended it
    before = dice.weighted({0: 76.0, 1: 18.0, 2: 5.0, 3: 1.0})
    episode.protection = [Protection(start, end, first, latest, before, reviews)]
    if end is None:
        return
    if dice.chance(0.6) and end < year.end:
        episode.plans = [(end + 1, None)]
    else:
        close(episode, _after_all(episode, end), dice.weighted(_CLOSURES))
