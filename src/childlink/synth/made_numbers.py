"""Numbers that pass their checks: NHS numbers and UPNs, made at random and given to nobody.

Check digits are those of the identifier's own definition (modulus 11 for the NHS number, modulus 23 for the
UPN). The NHS numbers are ordinary valid ones, not of the 999 test range, so that data made here behaves as
real data does; that one of them has been issued to somebody is possible and means nothing.
"""

from __future__ import annotations

import polars as pl

from childlink.synth.draws import Draws
from childlink.synth.places import WEST_MIDLANDS

UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_LA_NUMBERS = {
    "E08000025": 330,
    "E08000026": 331,
    "E08000027": 332,
    "E08000028": 333,
    "E08000029": 334,
    "E08000030": 335,
    "E08000031": 336,
}
_SERIALS = 1000
_IN_A_ROW = (
    4  # each child, or each birth of several children numbered in a row, has so many serials to itself
)


def nhs_check(nine: pl.Expr) -> pl.Expr:
    """The tenth digit of NHS numbers from their first nine as whole numbers; 10 where no number begins so."""
    total = pl.sum_horizontal([(nine // 10 ** (9 - place) % 10) * (11 - place) for place in range(1, 10)])
    return (11 - total % 11) % 11


def nhs_numbers(draws: Draws, count: int) -> pl.DataFrame:
    """``count`` runs of three numbers in a row, no two the same: columns first, second, third (text)."""
    drawn = draws.whole("nhs", count + count // 2 + 100, 100_000_000, 174_999_999)
    runs = pl.DataFrame({"run": drawn}).unique("run", maintain_order=True)
    names = ("first", "second", "third")
    nines = [(pl.col("run") * _IN_A_ROW + place).alias(name) for place, name in enumerate(names)]
    runs = runs.select(nines).filter(pl.all_horizontal(nhs_check(pl.col(name)) != 10 for name in names))
    if runs.height < count:
        return (
            pl.concat([runs, nhs_numbers(draws.within("more"), count)])
            .unique(maintain_order=True)
            .head(count)
        )
    return runs.head(count).select(
        (pl.col(name) * 10 + nhs_check(pl.col(name))).cast(pl.String).alias(name) for name in names
    )


def upn_check(characters: pl.Expr) -> pl.Expr:
    """The letter for UPNs from their other twelve characters (the last may be a letter)."""
    letters = {letter: str(place) for place, letter in enumerate(UPN_LETTERS)}
    values = [
        characters.str.slice(place - 2, 1).replace(letters).cast(pl.Int64) * place for place in range(2, 14)
    ]
    by_remainder = dict(enumerate(UPN_LETTERS))
    return (pl.sum_horizontal(values) % 23).replace_strict(by_remainder, return_dtype=pl.String)


def upn_letter(twelve: str) -> str:
    """The letter for one permanent UPN from its twelve digits."""
    return UPN_LETTERS[sum(int(digit) * place for place, digit in enumerate(twelve, start=2)) % 23]


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
    numbers = pl.Series([_LA_NUMBERS[code] for code in WEST_MIDLANDS])
    start = (pl.col("school") * 37 + pl.col("year") * 101) % (_SERIALS // _IN_A_ROW)
    runs = schools.with_columns(
        run=(start + pl.int_range(pl.len()).over("la", "school", "year")) % (_SERIALS // _IN_A_ROW)
    ).with_columns(la=numbers.gather(schools["la"]))
    shared = runs.select(pl.all().gather(run_of)).with_columns(place=place_in_run)
    twelve = pl.concat_str(
        pl.col("la").cast(pl.String),
        pl.col("school").cast(pl.String),
        pl.col("year").cast(pl.String).str.zfill(2),
        (pl.col("run") * _IN_A_ROW + pl.col("place")).cast(pl.String).str.zfill(3),
    )
    return shared.select(twelve=twelve).select(upn=upn_check(pl.col("twelve")) + pl.col("twelve"))["upn"]


def temporary_upn(permanent: pl.Series, draws: Draws) -> pl.Series:
    """A temporary UPN of the same school for each permanent one: two digits and a letter at the end."""
    size = permanent.len()
    tail = draws.whole("temporary serial", size, 0, 99).cast(pl.String).str.zfill(2)
    letter = pl.Series(list(UPN_LETTERS)).gather(draws.whole("temporary letter", size, 0, 22))
    twelve = (permanent.str.slice(1, 9) + tail + letter).alias("twelve").to_frame()
    return twelve.select(upn=upn_check(pl.col("twelve")) + pl.col("twelve"))["upn"]
