"""Numbers that pass their checks: NHS numbers and UPNs, made at random and given to nobody.

The NHS numbers are ordinary valid ones, not of the 999 test range, so that data made here behaves as
real data does; that one of them has been issued to somebody is possible and means nothing.
"""

from __future__ import annotations

import polars as pl

from childlink.identifiers.nhs_number import check_digit
from childlink.identifiers.upn import LETTERS, check_letter
from childlink.reference.local_authorities import find_authority
from childlink.synth.draws import Draws
from childlink.synth.places import WEST_MIDLANDS

_SERIALS = 1000
_IN_A_ROW = 4  # serials that a child, or all children of a birth numbered in a row, have to themselves


def nhs_numbers(draws: Draws, count: int) -> pl.DataFrame:
    """``count`` runs of three numbers in a row, no two the same: columns first, second, third (text)."""
    drawn = draws.whole("nhs", count + count // 2 + 100, 100_000_000, 174_999_999)
    runs = pl.DataFrame({"run": drawn}).unique("run", maintain_order=True)
    names = ("first", "second", "third")
    nine = [
        (pl.col("run") * _IN_A_ROW + place).cast(pl.String).alias(name) for place, name in enumerate(names)
    ]
    digits = (check_digit(pl.col(name)).cast(pl.String) for name in names)
    # no number begins with some nine digits: then the whole run is left out
    runs = (
        runs.select(nine)
        .select((pl.col(name) + digit).alias(name) for name, digit in zip(names, digits, strict=True))
        .drop_nulls()
    )
    if runs.height < count:
        return (
            pl.concat([runs, nhs_numbers(draws.within("more"), count)])
            .unique(maintain_order=True)
            .head(count)
        )
    return runs.head(count)


def upn_letter(twelve: str) -> str:
    """The letter for one permanent UPN from its twelve digits."""
    return LETTERS[sum(int(digit) * place for place, digit in enumerate(twelve, start=2)) % 23]


def upns(draws: Draws, entry_year: pl.Series, run_of: pl.Series, place_in_run: pl.Series) -> pl.Series:
    """A permanent UPN for each child.

    ``entry_year`` is the two last digits of the year of allocation, ``run_of`` the row whose school and run
    of serials the child shares (its own row for most), ``place_in_run`` 0, 1 or 2. Unique while a school
    allots fewer than 250 runs a year; the rest repeat, as they do in life.
    """
    size = entry_year.len()
    schools = pl.DataFrame(
        {
            "la": draws.weighted("la", size, [10, 3, 3, 3, 2, 3, 3]),
            "school": draws.whole("school", size, 2000, 2399),
            "year": entry_year,
        }
    )
    numbers = pl.Series([find_authority(code).old_number for code in WEST_MIDLANDS])
    start = (pl.col("school") * 37 + pl.col("year") * 101) % (_SERIALS // _IN_A_ROW)
    runs = schools.with_columns(
        run=(start + pl.int_range(pl.len()).over("la", "school", "year")) % (_SERIALS // _IN_A_ROW)
    ).with_columns(la=numbers.gather(schools["la"]))
    shared = runs.select(pl.all().gather(run_of)).with_columns(place=place_in_run)
    twelve = pl.concat_str(
        "la",
        pl.col("school").cast(pl.String),
        pl.col("year").cast(pl.String).str.zfill(2),
        (pl.col("run") * _IN_A_ROW + pl.col("place")).cast(pl.String).str.zfill(3),
    )
    return _with_letter(shared.select(twelve=twelve)["twelve"])


def temporary_upn(permanent: pl.Series, draws: Draws) -> pl.Series:
    """A temporary UPN of the same school for each permanent one: two digits and a letter at the end."""
    size = permanent.len()
    tail = draws.whole("temporary serial", size, 0, 99).cast(pl.String).str.zfill(2)
    letter = pl.Series(list(LETTERS)).gather(draws.whole("temporary letter", size, 0, len(LETTERS) - 1))
    return _with_letter(permanent.str.slice(1, 9) + tail + letter)


def _with_letter(twelve: pl.Series) -> pl.Series:
    """UPNs from all but their first character."""
    frame = twelve.alias("twelve").to_frame()
    needed = check_letter(pl.lit("?") + pl.col("twelve"))
    return frame.select(upn=needed + pl.col("twelve"))["upn"]
