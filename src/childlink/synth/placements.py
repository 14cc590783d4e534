"""Where looked-after children of an authority live: carers and homes, each with a place, provider and number."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

from childlink.synth.dice import Dice
from childlink.synth.places import own_postcodes, postcodes
from childlink.synth.years import Year

_MILE = 1609.3  # metres, as the derivation of PL_DISTANCE has it
_NEAR, _FAR = 40, 200  # miles from the authority's middle; rule 454 asks about more than 350

FOSTER = ("U1", "U2", "U3", "U4", "U5", "U6")
TEMPORARY = ("T0", "T1", "T2", "T3", "T4")
ADOPTIVE = ("A3", "A4", "A5", "A6")
# with no URN because Ofsted does not register them (rule 222), nor a provider where a placement is temporary
_NO_URN = ("H5", "P1", "P2", "P3", "R1", "R2", "R5", *TEMPORARY, "Z11", "Z12", "Z13", "Z14")


@dataclass(frozen=True, slots=True)
class Placement:
    """The four columns of an episode that say where a child lives."""

    place: str
    provider: str | None
    postcode: str | None
    urn: str | None

    def recoded(self, place: str) -> Placement:
        """The same carer under another placement code."""
        return Placement(place, self.provider, self.postcode, self.urn)


class Market:
    """The carers and homes that one authority uses."""

    def __init__(self, authority: str, year: Year, children: int, dice: Dice) -> None:
        sample = postcodes()
        own = own_postcodes(authority)
        east, north = _mean(own["easting"].to_list()), _mean(own["northing"].to_list())
        self.own: list[str] = own["postcode"].to_list()
        self._near: list[str] = []
        self._far: list[str] = []
        self._wales: list[str] = []
        here = set(own["authority"])
        for row in sample.iter_rows(named=True):
            miles = hypot(row["easting"] - east, row["northing"] - north) / _MILE
            if row["authority"] in here or row["authority"] in ("SCO", "NIR") or miles > _FAR:
                continue
            where = self._near if miles <= _NEAR else self._far
            (self._wales if row["authority"] == "WAL" else where).append(row["postcode"])
        self._near = self._near or self._far or self.own
        self._far = self._far or self._near
        self.year = year
        self._service = f"SC{dice.whole(300_000, 499_999)}"
        self._agencies = [
            (dice.one(("PR4", "PR4", "PR5")), f"SC{dice.whole(30_000, 79_999)}") for _ in range(12)
        ]
        self.carers = [self._carer(dice) for _ in range(max(20, children // 2))]
        self.homes = [self._home(dice) for _ in range(max(8, children // 20))]

    def home(self, dice: Dice) -> str:
        """A family's postcode, in the authority."""
        return dice.one(self.own)

    def _area(self, dice: Dice) -> list[str]:
        spot = dice.random()
        return self.own if spot < 0.6 else self._near if spot < 0.92 else self._far

    def _carer(self, dice: Dice) -> tuple[str, str, str | None]:
        """Provider, postcode and URN of foster carers; in Wales no URN (rule 243)."""
        if self._wales and dice.chance(0.005):
            return "PR4", dice.one(self._wales), None
        if dice.chance(0.6):
            return "PR1", dice.one(self._area(dice)), self._service
        provider, urn = dice.one(self._agencies)
        return provider, dice.one(self._area(dice)), urn

    def _home(self, dice: Dice) -> tuple[str, str, str | None]:
        """Provider, postcode and URN of a children's home; the authority's own homes stand in it (rule 1015)."""
        urn = f"{dice.whole(1_200_000, 2_799_999)}"
        if dice.chance(0.2):
            return "PR1", dice.one(self.own), urn
        return dice.one(("PR4", "PR4", "PR4", "PR5")), dice.one(self._area(dice)), urn

    def foster(self, dice: Dice, place: str) -> Placement:
        """A placement with foster carers."""
        return Placement(place, *dice.one(self.carers))

    def adoptive(self, dice: Dice, place: str) -> Placement:
        """A placement with prospective adopters found by an agency."""
        urn = "XXXXXXX" if dice.chance(0.3) else self._service
        return Placement(place, "PR1", dice.one(self._area(dice)), urn)

    def temporary(self, dice: Dice, place: str) -> Placement:
        """A short stay elsewhere, while the child's own placement is kept."""
        return Placement(place, None, dice.one(self._near), None)

    def with_parents(self, home: str) -> Placement:
        """At home, under a care order."""
        return Placement("P1", "PR0", home, None)

    def break_(self, dice: Dice) -> Placement:
        """A short break; from 2025-26 only where no URN is wanted (rules 214 and 218)."""
        places = ("R1", "R2") if self.year.begins >= 2025 else ("R1", "U6", "K2")
        place = dice.one(places)
        return Placement(place, "PR3" if place == "R2" else "PR4", None, None)

    def any(self, dice: Dice, age: float, legal_status: str) -> Placement:
        """A placement fit for a child of ``age`` years under ``legal_status``; never with the parents."""
        place = self._place(dice, age, legal_status)
        if place in FOSTER:
            return self.foster(dice, place)
        if place == "K2":
            return Placement(place, *dice.one(self.homes))
        postcode = dice.one(self._area(dice))
        if place.startswith("Z"):
            return Placement(place, None, postcode, None)
        if place == "K3":  # in the authority: rule 241 compares with it where no provider list is given
            return Placement(place, dice.one(("PR1", "PR4", "PR5")), dice.one(self.own), self._agencies[0][1])
        if place in ("R2", "R5"):
            return Placement(place, "PR3", postcode, None)
        urn = None if place in _NO_URN else f"{dice.whole(1_000_000, 1_199_999)}"
        return Placement(place, "PR5" if place == "S1" else "PR4", postcode, urn)

    def _place(self, dice: Dice, age: float, legal_status: str) -> str:
        if legal_status in ("J1", "J3") and age >= 12:
            return dice.one(("R5", "K1", "K2", "U6"))
        weights = {"U6": 30.0, "U4": 22.0, "U3": 9.0, "U1": 6.0, "U5": 1.0, "R1": 1.0, "R2": 0.4, "Z11": 0.3}
        if age < 2:
            weights["R3"] = 2.0
            weights["U2"] = 2.0
        if age >= 5:
            weights["S1"] = 0.8
        if age >= 8:
            weights.update({"K2": 10.0, "Z12": 0.3, "Z13": 0.3})
        if age >= 12:
            weights["K1"] = 0.3
        if age >= 16:
            weights.update(self._independent())
        return dice.weighted(weights)

    def _independent(self) -> dict[str, float]:
        """Placements of 16 and 17 year olds: before supported accommodation was registered, and after.

        In the returns between, no code for it passes: rule 146 does not know K3 until 2025-26, and H5 and P2 are
        not usable from 28 October 2023.
        """
        if self.year.begins == 2022:
            return {"H5": 18.0, "P2": 8.0, "P3": 0.3}
        return {"K3": 26.0, "P3": 0.3} if self.year.begins >= 2025 else {"P3": 0.3}


def _mean(values: list[int]) -> float:
    return sum(values) / len(values)
