"""A synthetic SSDA903 return of this year and last, sound or with faults sprinkled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from childlink.errors import UsageFault
from childlink.progress import Progress, unwatched
from childlink.reference.local_authorities import find_authority
from childlink.synth.cohort import make_lives
from childlink.synth.faults import with_faults
from childlink.synth.tables import make_tables
from childlink.synth.years import year_of

DEFAULT_AUTHORITY = "E08000025"


@dataclass(frozen=True)
class SyntheticReturn:
    """Tables of text by file name without ".csv", empty cells null; and where the faults are.

    ``this`` and ``previous`` are the returns of the year and of the year before; only ``this`` holds faults.
    ``faults``: file, row (of data, from 1), column, fault.
    """

    this: Mapping[str, pl.DataFrame]
    previous: Mapping[str, pl.DataFrame]
    faults: pl.DataFrame

    def files(self, *, previous: bool = True) -> dict[str, pl.DataFrame]:
        """File names below one folder and what goes into them."""
        files = {f"this/{name}.csv": table for name, table in self.this.items()}
        if previous:
            files |= {f"previous/{name}.csv": table for name, table in self.previous.items()}
        return files | {"faults.csv": self.faults}


def make_ssda903(
    children: int,
    year: str,
    seed: int,
    faults: float = 0.0,
    la: str = DEFAULT_AUTHORITY,
    *,
    progress: Progress = unwatched,
) -> SyntheticReturn:
    """A return about ``children`` children of one authority, who are nobody, and the same authority's of last year.

    ``year`` is as "2025-26"; ``la`` an ONS code, three-digit number or name; ``faults`` the probability of a fault
    in each row of this year's tables. With no faults, no rule of the year is broken, last year's return given and
    no provider list. Three things follow from the rules as they stand, and not from the lives of children:

    - from 2023-24 a child still looked after on 31 March has not moved in this period of care (SW12STG2);
    - in 2023-24 and 2024-25 nobody is in supported accommodation (146 takes no code for it);
    - last year's return writes sex in this year's codes (202 compares them as text).

    The same arguments give the same frames. Raises UsageFault for arguments out of range.
    """
    if children < 1:
        raise UsageFault(f"cannot make {children} children", allowed="1 or more", next_step="--children 1500")
    if not 0 <= faults <= 1:
        raise UsageFault(
            f"the rate of faults is out of range: {faults:g}",
            allowed="from 0 to 1",
            next_step="--faults 0.02",
        )
    collected = year_of(year)
    authority = find_authority(la).ons_code
    name = f"childlink/ssda903 {seed}"
    lives = make_lives(children, collected, seed, authority, progress)
    progress("this year", 0, 2)
    this = make_tables(lives, collected, seed=name, letters=collected.letters_for_sex)
    progress("last year", 1, 2)
    previous = make_tables(lives, collected.before, seed=name, letters=collected.letters_for_sex)
    spoilt, listed = with_faults(this, faults, collected, name)
    return SyntheticReturn(spoilt, previous, listed)
