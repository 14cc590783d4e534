"""Lives cut into the tables of one year's return."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import polars as pl

from childlink.synth.dice import Dice
from childlink.synth.lives import Episode, Life
from childlink.synth.years import Year, birthday, school_entry, text_of

Row = tuple[str | None, ...]

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "header": ("CHILD", "SEX", "DOB", "ETHNIC", "UPN", "MOTHER", "MC_DOB"),
    "episodes": (
        "CHILD",
        "DECOM",
        "RNE",
        "LS",
        "CIN",
        "PLACE",
        "PLACE_PROVIDER",
        "DEC",
        "REC",
        "REASON_PLACE_CHANGE",
        "HOME_POST",
        "PL_POST",
        "URN",
    ),
    "reviews": ("CHILD", "DOB", "REVIEW", "REVIEW_CODE"),
    "uasc": ("CHILD", "SEX", "DOB", "DUC"),
    "oc2": (
        "CHILD",
        "DOB",
        "SDQ_SCORE",
        "SDQ_REASON",
        "CONVICTED",
        "HEALTH_CHECK",
        "IMMUNISATIONS",
        "TEETH_CHECK",
        "HEALTH_ASSESSMENT",
        "SUBSTANCE_MISUSE",
        "INTERVENTION_RECEIVED",
        "INTERVENTION_OFFERED",
    ),
    "oc3": ("CHILD", "DOB", "IN_TOUCH", "ACTIV", "ACCOM"),
    "ad1": ("CHILD", "DOB", "DATE_INT", "DATE_MATCH", "FOSTER_CARE", "NB_ADOPTR", "SEX_ADOPTR", "LS_ADOPTR"),
    "placed_adoption": ("CHILD", "DOB", "DATE_PLACED", "DATE_PLACED_CEASED", "REASON_PLACED_CEASED"),
    "prev_perm": ("CHILD", "DOB", "PREV_PERM", "LA_PERM", "DATE_PERM"),
    "missing": ("CHILD", "DOB", "MISSING", "MIS_START", "MIS_END"),
    "sw_episodes": ("CHILD", "DOB", "SW_ID", "SW_DECOM", "SW_DEC", "SW_REASON"),
    "dolo": ("CHILD", "DOB", "DOLO_START", "DOLO_END"),
}


def tables_of(year: Year) -> list[str]:
    """The tables collected in a year, in the order of the files."""
    left_out = {"sw_episodes": year.has_social_workers, "dolo": year.has_dolo}
    return [name for name in COLUMNS if left_out.get(name, True)]


def make_tables(lives: Sequence[Life], year: Year, *, seed: str, letters: bool) -> dict[str, pl.DataFrame]:
    """One year's tables of text, rows in order of child and date, empty cells null.

    A child is in the return who was looked after in the year, or is a care leaver to be reported. ``letters`` is
    whether sex is written M and F rather than 1 and 2.
    """
    rows: dict[str, list[Row]] = {name: [] for name in tables_of(year)}
    for life in lives:
        seen = _Seen(life, year, letters, Dice(f"{seed}/{year.name}/{life.child}"))
        for name in rows:
            rows[name].extend(_ROWS[name](seen))
    return {name: _frame(name, found) for name, found in rows.items()}


def _frame(name: str, rows: list[Row]) -> pl.DataFrame:
    columns = COLUMNS[name]
    values = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    return pl.DataFrame(
        [
            pl.Series(column, list(value), dtype=pl.String)
            for column, value in zip(columns, values, strict=True)
        ]
    )


class _Seen:
    """A life as one year's return sees it."""

    __slots__ = ("born", "child", "dice", "dob", "episodes", "leaver", "life", "sex", "year")

    def __init__(self, life: Life, year: Year, letters: bool, dice: Dice) -> None:
        self.life, self.year, self.dice = life, year, dice
        self.child, self.born, self.dob = life.child, life.born, text_of(life.born)
        self.sex = life.sex if letters else {"M": "1", "F": "2"}[life.sex]
        self.episodes = [
            e for e in life.episodes if e.start <= year.end and (e.end is None or e.end >= year.start)
        ]
        self.leaver = self._is_leaver()

    def _is_leaver(self) -> bool:
        """Whether care leaver information is due: left care at 16 or 17 and now 17 or more, or at 18 last year.

        Rules 1007 and 1016 keep out those who were looked after on the birthday that falls in the year or left
        on it; rule 1002 those who left before last year, whose episodes are in neither return.
        """
        left = self.life.left
        if left is None or not self.year.before.start <= left <= self.year.end or self.life.short_breaks:
            return False
        if self.life.last_year_only and left < self.year.start:
            return False
        if self.life.episodes[-1].rec in _NO_LEAVER or self.life.mother_since is not None:
            return False
        if left < birthday(self.born, 16) + 2 or birthday(self.born, 17) > self.year.end:
            return False
        reported = (e for e in self.life.episodes if e.end is not None and e.end >= self.year.before.start)
        fourteen = birthday(self.born, 14)
        if sum(max(0, (e.end or 0) - max(e.start, fourteen)) for e in reported) < _WEEKS_13:
            return False
        if left >= self.year.start and any(
            abs(birthday(self.born, age) - self.year.end) < 3 for age in (17, 18, 19)
        ):
            return False  # rule 1016 counts age in days, and so is a day or two out
        turned = 17 if birthday(self.born, 18) > self.year.end else 18
        return left < self.year.start or (
            birthday(self.born, 19) > self.year.end and left < birthday(self.born, turned)
        )

    def end_of(self, episode: Episode) -> int | None:
        return episode.end if episode.end is not None and episode.end <= self.year.end else None

    @property
    def throughout(self) -> bool:
        """Looked after continuously for the year, as the DfE defines it."""
        start, end = self.year.start, self.year.end
        return bool(self.episodes) and not any(
            (e.rne == "S" and e.start > start)
            or (e.rec not in (None, "X1") and e.end is not None and e.end < end)
            or e.legal_status in ("V3", "V4")
            for e in self.episodes
        )

    @property
    def begins_here(self) -> bool:
        return any(e.rne == "S" and e.start >= self.year.start for e in self.episodes)


_WEEKS_13 = 91  # in care since 14, counted in the episodes of both returns alone (rule 1001)
_NO_LEAVER = ("E2", "E3", "E11", "E12", "E9", "E16")


def _date(day: int | None) -> str | None:
    return None if day is None else text_of(day)


def _header(seen: _Seen) -> Iterator[Row]:
    if not seen.episodes and not seen.leaver:
        return
    life, year = seen.life, seen.year
    upn = life.upn if life.upn.startswith("UN") or school_entry(seen.born) <= year.begins else "UN1"
    mother = born = None
    if life.sex == "F" and seen.episodes and not life.short_breaks:
        is_mother = life.mother_since is not None and life.mother_since <= year.end
        mother, born = ("1", _date(life.mother_since)) if is_mother else ("0", None)
    yield seen.child, seen.sex, seen.dob, life.ethnicity, upn, mother, born


def _episodes(seen: _Seen) -> Iterator[Row]:
    for episode in seen.episodes:
        end = seen.end_of(episode)
        where = episode.placement
        place = where.place if seen.year.splits_other_placements or where.place[0] != "Z" else "Z1"
        yield (
            seen.child,
            text_of(episode.start),
            episode.rne,
            episode.legal_status,
            seen.life.need,
            place,
            where.provider,
            _date(end),
            None if end is None else episode.rec,
            None if end is None else episode.reason,
            None if seen.life.short_breaks else seen.life.home,
            where.postcode,
            where.urn,
        )


def _reviews(seen: _Seen) -> Iterator[Row]:
    """At 20 working days, three months and every six months of each period of care."""
    if seen.life.short_breaks or not seen.episodes:
        return
    for first, last in _periods(seen):
        day = first + 27
        gap = 90
        while day < seen.year.start:
            day, gap = day + gap, 180
        while day <= last:
            code = "PN0" if day < birthday(seen.born, 4) else seen.dice.weighted(_PARTICIPATION)
            yield seen.child, seen.dob, text_of(day), code
            day, gap = day + gap + seen.dice.whole(-4, 4), 180


_PARTICIPATION = {"PN1": 45.0, "PN2": 4.0, "PN3": 6.0, "PN4": 3.0, "PN5": 8.0, "PN6": 24.0, "PN7": 10.0}


def _periods(seen: _Seen) -> Iterator[tuple[int, int]]:
    """First and last day, within the year, of each period of care that the year sees."""
    first = None
    for episode in seen.life.episodes:
        first = episode.start if episode.rne == "S" or first is None else first
        if episode.rec != "X1":
            last = min(episode.end or seen.year.end, seen.year.end)
            if last >= seen.year.start and first <= seen.year.end:
                yield first, last


def _uasc(seen: _Seen) -> Iterator[Row]:
    """``DUC`` is the 18th birthday, known beforehand (rule 205B), unless the status ended by decision."""
    until = seen.life.uasc_until
    if until is None or not seen.episodes:
        return
    if until > seen.year.end:
        until = birthday(seen.born, 18)
    yield seen.child, seen.sex, seen.dob, text_of(until)


def _oc2(seen: _Seen) -> Iterator[Row]:
    if not seen.throughout:
        return
    dice, start, end = seen.dice, seen.year.start, seen.year.end
    score, reason = _strengths_and_difficulties(seen)
    age_10, age_5 = birthday(seen.born, 10), birthday(seen.born, 5)
    convicted = None if age_10 > end else str(int(dice.chance(0.02)))
    checked = None if age_5 <= end else str(int(dice.chance(0.9)))
    misuse = birthday(seen.born, 11) <= start and dice.chance(0.03)
    received = dice.chance(0.5) if misuse else None
    offered = dice.chance(0.7) if received is False else None
    health = (str(int(dice.chance(rate))) for rate in (0.85, 0.78, 0.9))
    last = (str(int(misuse)), *(None if flag is None else str(int(flag)) for flag in (received, offered)))
    yield (seen.child, seen.dob, score, reason, convicted, checked, *health, *last)


def _strengths_and_difficulties(seen: _Seen) -> tuple[str | None, str | None]:
    """Score or reason for none, where the age asks for one (rules 157, 186, 188, 189, 197B)."""
    fourth, seventeenth = birthday(seen.born, 4), birthday(seen.born, 17)
    if fourth > seen.year.end or seventeenth < seen.year.start:
        return None, None
    if fourth > seen.year.start or birthday(seen.born, 16) < seen.year.end:
        if seen.dice.chance(0.5):
            return None, "SDQ1"
    elif seen.dice.chance(0.2):
        return None, seen.dice.weighted({"SDQ2": 40.0, "SDQ3": 10.0, "SDQ4": 30.0, "SDQ5": 20.0})
    low = seen.dice.random()
    return str(int(low * low * 32) + seen.dice.whole(0, 8)), None


def _oc3(seen: _Seen) -> Iterator[Row]:
    if not seen.leaver:
        return
    dice = seen.dice
    touch = dice.weighted({"YES": 88.0, "NO": 5.0, "REFU": 3.0, "NREQ": 1.5, "RHOM": 2.0})
    activity = accommodation = "0"
    if touch == "YES":
        activity = dice.weighted(_ACTIVITY)
        around_17 = seen.year.start <= birthday(seen.born, 17) <= seen.year.end
        accommodation = dice.weighted(_ACCOMMODATION_AT_17 if around_17 else _ACCOMMODATION)
    yield seen.child, seen.dob, touch, activity, accommodation


_ACTIVITY = {
    "F2": 28.0,
    "F5": 20.0,
    "G5": 24.0,
    "G4": 8.0,
    "G6": 4.0,
    "F1": 3.0,
    "F4": 5.0,
    "P2": 3.0,
    "P5": 4.0,
    "P4": 0.5,
    "P1": 0.5,
}
_ACCOMMODATION_AT_17 = {
    "B1": 20.0,
    "D1": 26.0,
    "E1": 8.0,
    "U1": 20.0,
    "T1": 4.0,
    "X2": 3.0,
    "S2": 1.0,
    "K1": 3.0,
    "C1": 3.0,
    "Y1": 2.0,
    "W2": 0.5,
}
_ACCOMMODATION = {**_ACCOMMODATION_AT_17, "Z1": 16.0}  # rule 3001


def _ad1(seen: _Seen) -> Iterator[Row]:
    adoption, decision, left = seen.life.adoption, seen.life.decision, seen.life.left
    if adoption is None or decision is None or left is None or not seen.year.start <= left <= seen.year.end:
        return
    yield (
        seen.child,
        seen.dob,
        text_of(decision.placed),
        text_of(adoption.matched),
        adoption.foster_care,
        adoption.adopters,
        adoption.sexes,
        adoption.status,
    )


def _placed_adoption(seen: _Seen) -> Iterator[Row]:
    decision = seen.life.decision
    if decision is None or not seen.episodes or decision.placed > seen.year.end:
        return
    if decision.ceased is None or decision.ceased > seen.year.end:
        yield seen.child, seen.dob, text_of(decision.placed), None, None
    elif decision.ceased >= seen.year.start:
        yield seen.child, seen.dob, text_of(decision.placed), text_of(decision.ceased), decision.reason


def _prev_perm(seen: _Seen) -> Iterator[Row]:
    """Of every child who starts to be looked after in the year; most had no earlier permanence."""
    if not seen.begins_here:
        return
    dice = seen.dice
    kind = dice.weighted({"Z1": 92.0, "P1": 1.5, "P2": 3.0, "P3": 3.0, "P4": 0.5})
    begun = seen.episodes[0].start
    earliest, latest = seen.born + 300, begun - 400
    if kind == "Z1" or latest <= earliest:
        yield seen.child, seen.dob, "Z1", None, None
        return
    if kind == "P4":
        yield seen.child, seen.dob, kind, "999", "ZZ/ZZ/ZZZZ"
        return
    when = text_of(dice.whole(earliest, latest))
    known = dice.random()
    written = when if known < 0.8 else f"ZZ{when[2:]}" if known < 0.9 else f"ZZ/ZZ{when[5:]}"
    yield seen.child, seen.dob, kind, dice.one(_EARLIER_AUTHORITIES), written


_EARLIER_AUTHORITIES = (
    "330",
    "331",
    "332",
    "333",
    "334",
    "335",
    "336",
    "352",
    "383",
    "306",
    "860",
    "885",
    "WAL",
    "999",
)


def _missing(seen: _Seen) -> Iterator[Row]:
    if not seen.episodes:
        return
    for kind, gone, back in sorted(seen.life.missing, key=lambda time: time[1]):
        if gone <= seen.year.end and (back is None or back >= seen.year.start):
            yield seen.child, seen.dob, kind, text_of(gone), _date(back)


def _sw_episodes(seen: _Seen) -> Iterator[Row]:
    if not seen.episodes:
        return
    workers = seen.life.workers
    for place, (worker, day, reason) in enumerate(workers):
        until = workers[place + 1][1] if place + 1 < len(workers) else None
        if day > seen.year.end or (until is not None and until < seen.year.start):
            continue
        shown = None if until is None or until > seen.year.end else until
        yield seen.child, seen.dob, worker, text_of(day), _date(shown), reason


def _dolo(seen: _Seen) -> Iterator[Row]:
    for begun, ended in seen.life.dolo:
        if seen.episodes and begun <= seen.year.end:
            yield seen.child, seen.dob, text_of(begun), _date(ended)


_ROWS: Mapping[str, Callable[[_Seen], Iterator[Row]]] = {
    "header": _header,
    "episodes": _episodes,
    "reviews": _reviews,
    "uasc": _uasc,
    "oc2": _oc2,
    "oc3": _oc3,
    "ad1": _ad1,
    "placed_adoption": _placed_adoption,
    "prev_perm": _prev_perm,
    "missing": _missing,
    "sw_episodes": _sw_episodes,
    "dolo": _dolo,
}
