"""Deterministic passes, in order: what must agree, what must hold besides, and one partner each.

The order is that of the NHS and DfE systems (docs: linkage domain, "Pass order"). Pass 8 of that order is the
scored step. A pass looks at candidate pairs between sources, by their agreement levels: a missing value is
level 0 and agrees with nothing. A pair counts only when each record is the other's one partner under the
pass's key in the other's source. An identifier never decides alone, and never against the forename: one
twin's number is sometimes on the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

SCORED = 8
"""Tier of links that no pass made; a lower tier is decided first."""


@dataclass(frozen=True)
class Pass:
    """``key`` and ``accept`` are over the levels of ``linkage.compare`` and dob_weak; ``decided_by`` is what
    links.csv says of records linked so. ``approximate`` passes take likeness for agreement."""

    number: int
    decided_by: str
    key_words: str
    accept_words: str
    key: pl.Expr
    accept: pl.Expr
    approximate: bool = False


def _in(field: str, lowest: int, highest: int) -> pl.Expr:
    return pl.col(field).is_between(lowest, highest)


_same_forename = pl.col("forename") == 1
_same_surname = pl.col("surname") == 1
_same_birth = pl.col("dob") == 1
_same_postcode = pl.col("postcode") == 1
_in_order = pl.col("name_order") == 1
_birth_two_of_three = _in("dob", 1, 4)
_name_agrees = _in("forename", 1, 5) | _in("surname", 1, 4)
_outcode_agrees = _in("postcode", 1, 4)
_forename_not_against = _in("forename", 0, 6)
_numbers_not_against = (pl.col("nhs_number") != 2) & (pl.col("upn") != 3)

_NUMBER_WORDS = "two parts of three of the date of birth"


def passes(further: tuple[str, ...] = ()) -> tuple[Pass, ...]:
    """The passes in order; pass 0 once for each of the user's own shared identifiers (columns id_NAME)."""
    own = tuple(
        Pass(
            0,
            f"pass-0-{column.removeprefix('id_').replace('_', '-')}",
            f"the identifier {column.removeprefix('id_')}",
            f"{_NUMBER_WORDS}, sex and forename not against",
            pl.col(column) == 1,
            _birth_two_of_three & (pl.col("sex") != 2) & _forename_not_against,
        )
        for column in further
    )
    return own + _PASSES


_PASSES = (
    Pass(
        1,
        "pass-1-nhs-number",
        "valid NHS number",
        f"{_NUMBER_WORDS}; a name or the postcode district agrees; forename not against",
        pl.col("nhs_number") == 1,
        _birth_two_of_three & (_name_agrees | _outcode_agrees) & _forename_not_against,
    ),
    Pass(
        2,
        "pass-2-upn",
        "permanent UPN",
        f"{_NUMBER_WORDS}, or forename and surname agree; forename not against",
        pl.col("upn") == 1,
        (_birth_two_of_three | (_in("forename", 1, 5) & _in("surname", 1, 4))) & _forename_not_against,
    ),
    Pass(
        3,
        "pass-3-former-upn",
        "UPN on one side, former UPN on the other",
        f"{_NUMBER_WORDS}, or forename and surname agree; forename not against",
        pl.col("upn") == 2,
        (_birth_two_of_three | (_in("forename", 1, 5) & _in("surname", 1, 4))) & _forename_not_against,
    ),
    Pass(
        4,
        "pass-4-name-dob-postcode",
        "forename, surname, date of birth, any postcode",
        "no different NHS number or UPN",
        _same_forename & _same_surname & _in_order & _same_birth & _same_postcode,
        _numbers_not_against,
    ),
    Pass(
        5,
        "pass-5-name-dob",
        "forename, surname, date of birth",
        "no different NHS number or UPN; date of birth not a stand-in such as 1 January",
        _same_forename & _same_surname & _in_order & _same_birth,
        _numbers_not_against & ~pl.col("dob_weak"),
    ),
    Pass(
        6,
        "pass-6-name-variant",
        "swapped names, nickname or shared word, with date of birth and postcode",
        "no different NHS number or UPN; sex not against",
        _same_birth & _same_postcode & _in("forename", 1, 3) & _in("surname", 1, 2),
        _numbers_not_against & (pl.col("sex") != 2),
    ),
    Pass(
        7,
        "pass-7-names-alike",
        "both names spelt alike, with date of birth, or with most of it and a postcode",
        "no different NHS number or UPN; sex not against; date of birth not a stand-in such as 1 January",
        _in("forename", 1, 5) & _in("surname", 1, 4) & (_same_birth | (_in("dob", 2, 4) & _same_postcode)),
        _numbers_not_against & (pl.col("sex") != 2) & ~pl.col("dob_weak"),
        approximate=True,
    ),
)


def run_passes(pairs: pl.DataFrame, order: tuple[Pass, ...]) -> pl.DataFrame:
    """Which pass, if any, takes each pair.

    ``pairs``: row_l, row_r, source_l, source_r, dob_weak and levels. Gives tier (UInt8, SCORED where no pass
    does) and decided_by (String, null where no pass does) in the order of ``pairs``; the first pass wins.
    """
    across = pl.col("source_l") != pl.col("source_r")
    keyed = pairs.with_columns(across.alias("across"), position=pl.int_range(pl.len()))
    marks = []
    for number, one in enumerate(order):
        shared = keyed.filter(pl.col("across") & one.key)
        single = shared.filter(
            (pl.len().over("row_l", "source_r") == 1) & (pl.len().over("row_r", "source_l") == 1)
        )
        taken = single.filter(one.accept).select(
            "position", tier=pl.lit(one.number, pl.UInt8), order=pl.lit(number)
        )
        marks.append(taken.with_columns(decided_by=pl.lit(one.decided_by)))
    first = pl.concat(marks).sort("position", "order").unique("position", keep="first")
    found = keyed.select("position").join(first, on="position", how="left", maintain_order="left")
    return found.select(pl.col("tier").fill_null(SCORED), "decided_by")
