"""Names to draw from, by heritage: the lists of Faker's locales that are written in Latin letters.

The lists are read from Faker's provider classes and drawn from here: asking Faker for one name at a time is a
hundred times slower. They, and so every byte made from a seed, belong to the installed version of Faker.
Faker's British forenames are those of adults, and Bengali, Somali and Chinese names are in other scripts or
not there at all; for these, data/names.csv holds short lists of common names, the commonest first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from math import fsum, sqrt
from pathlib import Path
from typing import TypeAlias

import polars as pl

from childlink.synth.draws import positions

SEXES = ("M", "F")
Pool: TypeAlias = tuple[list[str], list[float]]


@dataclass(frozen=True)
class Heritage:
    """Where the names of children of some ethnicities come from.

    ``forenames`` and ``surnames`` are Faker locales with their share of the draws, or ``own:NAME`` for a list
    of this module.
    """

    forenames: Mapping[str, float]
    surnames: Mapping[str, float]


_BRITISH = Heritage({"own:british": 5, "en_IE": 1, "en_NZ": 1}, {"en_GB": 4, "en_IE": 1})
HERITAGES: Mapping[str, Heritage] = {
    "british": _BRITISH,
    "irish": Heritage({"en_IE": 3, "ga_IE": 1}, {"en_IE": 3, "ga_IE": 1}),
    "european": Heritage(
        {"pl_PL": 4, "ro_RO": 3, "es_ES": 1, "pt_PT": 2, "it_IT": 1, "lt_LT": 1, "sk_SK": 1, "tr_TR": 1},
        {"pl_PL": 4, "ro_RO": 3, "es_ES": 1, "pt_PT": 2, "it_IT": 1, "lt_LT": 1, "sk_SK": 1, "tr_TR": 1},
    ),
    "indian": Heritage({"en_IN": 1}, {"en_IN": 3, "own:sikh": 1}),
    "pakistani": Heritage({"own:muslim": 3, "en_PK": 1}, {"own:muslim": 3, "en_PK": 1}),
    "bangladeshi": Heritage({"own:muslim": 1}, {"own:bengali": 4, "own:muslim": 1}),
    "african": Heritage(
        {"en_NG": 1, "yo_NG": 1, "ig_NG": 1, "en_KE": 2, "tw_GH": 1, "own:somali": 2},
        {"en_NG": 1, "yo_NG": 1, "ig_NG": 1, "en_KE": 2, "tw_GH": 1, "own:somali": 2},
    ),
    "caribbean": Heritage({"own:british": 2, "en_US": 1}, {"en_GB": 1}),
    "chinese": Heritage({"own:chinese": 2, "own:british": 1}, {"own:chinese": 1}),
    "arab": Heritage({"fr_DZ": 2, "own:muslim": 1}, {"fr_DZ": 2, "own:muslim": 1}),
    "mixed": Heritage(
        {"own:british": 4, "en_US": 1, "own:muslim": 1, "en_KE": 1}, {"en_GB": 4, "en_KE": 1, "en_IN": 1}
    ),
}

# ethnicity code of the returns: (heritage of the names, share of children). Shares are near those of a large
# English city; the two codes that say nothing are put on records, not on children.
ETHNICITIES: Mapping[str, tuple[str, float]] = {
    "WBRI": ("british", 0.50),
    "WIRI": ("irish", 0.01),
    "WOTH": ("european", 0.07),
    "WIRT": ("irish", 0.003),
    "WROM": ("european", 0.007),
    "MWBC": ("mixed", 0.05),
    "MWBA": ("mixed", 0.015),
    "MWAS": ("mixed", 0.025),
    "MOTH": ("mixed", 0.02),
    "AIND": ("indian", 0.05),
    "APKN": ("pakistani", 0.08),
    "ABAN": ("bangladeshi", 0.03),
    "AOTH": ("pakistani", 0.02),
    "BCRB": ("caribbean", 0.025),
    "BAFR": ("african", 0.05),
    "BOTH": ("caribbean", 0.01),
    "CHNE": ("chinese", 0.005),
    "OOTH": ("arab", 0.03),
}


def forenames_of(heritage: str, sex: str) -> Pool:
    """Forenames of one heritage and sex ("M" or "F") with their weights, in alphabetical order."""
    return _pool(heritage, f"forenames {sex}")


def surnames_of(heritage: str) -> Pool:
    """Surnames of one heritage with their weights, in alphabetical order."""
    return _pool(heritage, "surnames")


def draw_forenames(frame: pl.DataFrame, uniform: pl.Series) -> pl.Series:
    """A forename for each row of ``frame`` (columns ``heritage``, ``sex``) from one uniform draw a row."""
    pools: dict[tuple[str, ...], Pool] = {
        (heritage, sex): forenames_of(heritage, sex) for heritage in HERITAGES for sex in SEXES
    }
    return _draw(frame.select("heritage", "sex"), uniform, pools)


def draw_surnames(frame: pl.DataFrame, uniform: pl.Series) -> pl.Series:
    """A surname for each row of ``frame`` (column ``heritage``) from one uniform draw a row."""
    pools: dict[tuple[str, ...], Pool] = {(heritage,): surnames_of(heritage) for heritage in HERITAGES}
    return _draw(frame.select("heritage"), uniform, pools)


def _draw(keys: pl.DataFrame, uniform: pl.Series, pools: Mapping[tuple[str, ...], Pool]) -> pl.Series:
    rows = keys.with_columns(u=uniform).with_row_index("row")
    parts = []
    for key, part in rows.partition_by(keys.columns, as_dict=True, maintain_order=True).items():
        names, weights = pools[tuple(str(value) for value in key)]
        spots = positions(part["u"], weights)
        parts.append(part.select("row", name=pl.Series("name", names).gather(spots)))
    if not parts:
        return pl.Series("name", [], dtype=pl.String)
    return pl.concat(parts).sort("row")["name"]


@cache
def _pool(heritage: str, kind: str) -> Pool:
    source = HERITAGES[heritage]
    shares = source.surnames if kind == "surnames" else source.forenames
    pool: dict[str, float] = {}
    for origin, share in shares.items():
        listed = _own(origin[4:], kind) if origin.startswith("own:") else _of_locale(origin, kind)
        listed = {name: weight for name, weight in listed.items() if _usable(name)}
        total = fsum(listed.values())
        for name, weight in listed.items():
            pool[name] = pool.get(name, 0.0) + share * weight / total
    names = sorted(pool)  # draws that lie close together give names that begin alike
    return names, [pool[name] for name in names]


@cache
def _lists() -> pl.DataFrame:
    """The module's own lists: list, kind, name; common names first."""
    return pl.read_csv(Path(__file__).parent / "data" / "names.csv")


def _own(origin: str, kind: str) -> dict[str, float]:
    words = _lists().filter(pl.col("list") == origin, pl.col("kind") == kind)["name"]
    # weights fall with the place in the list about as those of real name lists do
    return {word: 1.0 / (place + 10) for place, word in enumerate(words)}


def _of_locale(locale: str, kind: str) -> dict[str, float]:
    provider = import_module(f"faker.providers.person.{locale}").Provider
    found = (getattr(provider, attribute, ()) for attribute in _ATTRIBUTES[kind])
    names = next(listed for listed in found if len(listed) > 2)  # some locales hold only "Doe" in the first
    if isinstance(names, Mapping):
        # lists of all ages are headed by grandparents' names; the square root lets rarer, newer ones through
        flatten = float if kind == "surnames" else sqrt
        return {str(name): flatten(weight) for name, weight in names.items()}
    return dict.fromkeys((str(name) for name in names), 1.0)


_ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "surnames": ("last_names", "unisex_last_names"),
    "forenames M": ("first_names_male", "first_names"),
    "forenames F": ("first_names_female", "first_names"),
}


def _usable(name: str) -> bool:
    """Whether a name is in Latin letters and free of the slips that some lists hold."""
    return (
        len(name) > 1 and all(c.isalpha() or c in " '-" for c in name) and all(ord(c) < 0x250 for c in name)
    )
