"""How long `childlink validate school_census` takes on a million pupils, as a whole process, and how much memory.

    python benchmarks/validate_pupils.py [--rows 1000000] [--repeats 3] [--keep FILE]

The file is the table of pupils on roll of a spring return with every column it has, made with a fixed seed: sound
cells as pupils have them, and a fault in about one row of a hundred. Issue 8 asks for 20 s and 2 GB.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import polars as pl
from costs import CHILDLINK, least

from childlink.identifiers import uln, upn
from childlink.schema.model import load_return_schema

YEAR = "2025-26"
CENSUS_DAY = "15/01/2026"
TERM = "spring"
SEED = 8
LANGUAGES = ["ENG", "ENB", "URD", "PNJA", "POL", "RMN", "SOM", "ARA", "BNGS", "TUR"]
ETHNICITIES = ["WBRI", "WOTW", "APKN", "AIND", "BAFR", "MWBC", "ABAN", "WEEU", "CHNE", "REFU"]
FORENAMES = ["Amelia", "Muhammad", "Isla", "Oliver", "Zara", "Noah", "Freya", "Ibrahim", "Grace", "Alexander"]
SURNAMES = [
    "Smith",
    "Khan",
    "Jones",
    "Begum",
    "Taylor",
    "Okafor",
    "Williams-Hughes",
    "Patel",
    "Nowak",
    "O'Brien",
]
FAULTY = 0.002
"""The share of rows that has each kind of fault."""


def pupils(rows: int) -> pl.DataFrame:
    """The table of pupils on roll: ``rows`` rows, every column of the spring return in the schema's order."""
    made = _Made(rows)
    place = pl.int_range(rows, eager=True)
    years_old = made.drawn([*range(3, 19)])
    born = made.day(2026 - years_old, "born")
    cells = {
        "pupilonrolltableid": place.cast(pl.String).str.zfill(9),
        "NativeId": (place + 1).cast(pl.String),
        "pupilonrollorderseqcolumn": (place % 1200 + 1).cast(pl.String),
        "sourceid": (place // 1200).cast(pl.String).str.zfill(6),
        "schoolcensustableid": (place // 1200 + 7_000_000).cast(pl.String),
        "dob": born,
        "entrydate": made.day(2025 - (years_old - 3) % 6, "entered"),
        "upn": made.with_faults(_upns(place), ["A801200005001", "B80120000500", ""]),
        "formerupn": made.some(_upns(place + rows), 0.03),
        "uniquelearnernumber": pl.select(pl.when(years_old >= 14).then(_ulns(place))).to_series(),
        "forename": made.drawn(FORENAMES),
        "surname": made.drawn(SURNAMES),
        "middlenames": made.some(made.drawn(FORENAMES), 0.6),
        "preferredsurname": made.some(made.drawn(SURNAMES), 0.1),
        "formersurname": made.some(made.drawn(SURNAMES), 0.03),
        "language": made.drawn(LANGUAGES),
        "ethnicity": made.with_faults(made.drawn(ETHNICITIES), [""]),
        "termlysessionspossible": made.drawn([str(n) for n in range(100, 150)]),
        "moveoffrollflag": made.drawn(["0"]),
        "missingaddress": made.drawn(["0"]),
    }
    for hours in ("fundedhours", "extendedhours", "hoursatsetting"):
        cells[hours] = made.some(made.drawn(["15", "15.0", "7.5", "30"]), 0.1)
    cells["eligibilitycode"] = made.some(place.cast(pl.String).str.zfill(11), 0.04)
    schema = load_return_schema("school_census")
    for field in schema.tables["pupilonroll"].fields:
        if field.name in cells or not field.holds_in(YEAR):
            continue
        if field.codes is not None:
            codes = made.drawn(list(schema.code_sets[field.codes]))
            cells[field.name] = made.with_faults(made.some(codes, 0.7), ["?"])
        else:
            cells[field.name] = made.some(made.drawn([str(n) for n in range(26)]), 0.05)
    return pl.DataFrame({name: cells[name] for name in _spring_columns()})


def _spring_columns() -> list[str]:
    """The columns of the spring return: those of every term, and those whose title says spring."""
    fields = [f for f in load_return_schema("school_census").tables["pupilonroll"].fields if f.holds_in(YEAR)]
    return [f.name for f in fields if " only" not in (f.title or "") or TERM in (f.title or "")]


class _Made:
    """Columns of made-up cells, drawn one after another from one seed."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self._seed = SEED

    def drawn(self, values: Sequence[object]) -> pl.Series:
        """A value for each row, all as likely."""
        self._seed += 1
        return pl.Series(values).sample(self.rows, with_replacement=True, seed=self._seed)

    def _chosen(self, share: float) -> pl.Series:
        return self.drawn(range(10_000)) < share * 10_000

    def some(self, cells: pl.Series, share: float) -> pl.Series:
        """``cells`` in that share of the rows, nothing in the others."""
        return pl.select(pl.when(self._chosen(share)).then(cells)).to_series()

    def with_faults(self, cells: pl.Series, faults: Sequence[str]) -> pl.Series:
        """``cells``, but one of ``faults`` in some rows."""
        return pl.select(pl.when(self._chosen(FAULTY)).then(self.drawn(faults)).otherwise(cells)).to_series()

    def day(self, year: pl.Series, name: str) -> pl.Series:
        """A day of each year, written as the extract writes dates."""
        day = pl.date(pl.lit(year), pl.lit(self.drawn([*range(1, 13)])), pl.lit(self.drawn([*range(1, 29)])))
        return pl.select(day.dt.strftime("%Y-%b-%d 00:00:00").alias(name)).to_series()


def _upns(place: pl.Series) -> pl.Series:
    """A permanent UPN for each number, all different."""
    digits = pl.concat_str(
        pl.lit("8"),
        (place % 3 + 1).cast(pl.String).str.zfill(2),
        (place // 36_000 + 1000).cast(pl.String),
        (place // 3000 % 12 + 12).cast(pl.String),
        (place // 3 % 1000).cast(pl.String).str.zfill(3),
    )
    whole = pl.select(pl.concat_str(pl.lit("A"), digits).alias("upn"))
    letter = upn.check_letter(pl.col("upn"))
    return whole.select(pl.concat_str(letter, pl.col("upn").str.slice(1))).to_series()


def _ulns(place: pl.Series) -> pl.Series:
    """A ULN for each number that begins one, null for the others."""
    nine = pl.DataFrame({"nine": (place + 100_000_000).cast(pl.String)})
    return nine.select(pl.concat_str("nine", uln.check_digit(pl.col("nine")).cast(pl.String))).to_series()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--keep", type=Path, metavar="FILE", help="write the table there, and measure nothing"
    )
    asked = parser.parse_args()
    if asked.keep is not None:
        pupils(asked.rows).write_csv(asked.keep)
        return
    with tempfile.TemporaryDirectory() as folder:
        census = Path(folder) / "pupilonroll.csv"
        pupils(asked.rows).write_csv(census)
        size, columns = census.stat().st_size / 1e6, len(_spring_columns())
        print(f"{asked.rows:,} rows of {columns} columns, {size:.0f} MB, {os.cpu_count()} cores")
        options = ["--year", YEAR, "--as-of", CENSUS_DAY, "--format", "json"]
        taken = least([*CHILDLINK, "validate", "school_census", str(census), *options], asked.repeats)
        print(
            f"least of {asked.repeats} runs: {taken.wall:.1f} s wall, {taken.processor:.1f} s processor, ",
            end="",
        )
        print(f"{taken.memory:,.0f} MB")


if __name__ == "__main__":
    main()
