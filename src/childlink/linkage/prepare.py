"""From the records frame to the columns that passes, blocking and comparison work on.

Names and postcode sets are replaced by integer codes, so that pairs carry integers and a similarity is
worked out once for each distinct pair of values.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

IDENTIFIERS = ("nhs_number", "upn", "uln")
"""Numbers that belong to one person. ``former_upn`` and ``upn_temporary`` are treated on their own."""

_SOUND_GROUPS = (("[BFPV]", "1"), ("[CGJKQSXZ]", "2"), ("[DT]", "3"), ("L", "4"), ("[MN]", "5"), ("R", "6"))


@dataclass(frozen=True)
class Prepared:
    """Records ready to be linked.

    ``records``: the records frame, a record's row being its position, plus source_no (UInt8, in order of the
    sources' names); forename_code, known_as_code, surname_code, postcodes_code (UInt32, null where missing);
    forename_share, surname_share, dob_share (Float64, the chance that another record holds the same value);
    tokens (List(String), all words of all names, sorted, unique); forename_sound, surname_sound,
    forename_initial, surname_initial; birth_low, birth_high (smaller and greater of day and month),
    birth_year, birth_month; districts (List(String)).
    ``names``: name (String) at position code. ``postcode_sets``: postcodes (List(String)) at position code.
    ``postcode_shares``: postcode, share. ``sources``: names in order. ``further``: columns id_NAME.
    """

    records: pl.DataFrame
    names: pl.DataFrame
    postcode_sets: pl.DataFrame
    postcode_shares: pl.DataFrame
    sources: tuple[str, ...]
    further: tuple[str, ...]

    @property
    def identifiers(self) -> tuple[str, ...]:
        """All identifier columns, the built-in first."""
        return IDENTIFIERS + self.further


def soundex(name: pl.Expr) -> pl.Expr:
    """American Soundex of the first word of a name in capital letters; null for null."""
    word = name.str.split(" ").list.first()
    coded = word.str.slice(0, 1) + word.str.slice(1).str.replace_all("[HW]", "")
    digits = coded
    for letters, digit in _SOUND_GROUPS:
        digits = digits.str.replace_all(letters, digit)
    digits = digits.str.replace_all("[AEIOUYHW]", "0")
    for digit in "123456":
        digits = digits.str.replace_all(f"{digit}+", digit)
    tail = digits.str.slice(1).str.replace_all("0", "")
    return word.str.slice(0, 1) + (tail + pl.lit("000")).str.slice(0, 3)


def prepare(records: pl.DataFrame) -> Prepared:
    """Everything later steps need of the records frame (its columns: see ``linkage.engine``)."""
    sources = tuple(records["source"].unique().sort())
    name_fields = ("forename", "known_as", "surname")
    names = pl.concat([records[field].drop_nulls().rename("name") for field in name_fields]).unique().sort()
    codes = names.to_frame().with_row_index("code")
    sets = records.select(pl.col("postcodes").filter(pl.col("postcodes").list.len() > 0).unique().sort())
    coded = records
    for field in name_fields:
        coded = coded.join(
            codes.rename({"name": field, "code": f"{field}_code"}),
            on=field,
            how="left",
            maintain_order="left",
        )
    coded = coded.join(
        sets.with_row_index("postcodes_code"), on="postcodes", how="left", maintain_order="left"
    )
    numbers = pl.DataFrame({"source": sources}).with_row_index("source_no")
    coded = coded.join(numbers, on="source", how="left", maintain_order="left")
    return Prepared(
        records=coded.with_columns(*_shares(), *_parts()),
        names=names.to_frame(),
        postcode_sets=sets,
        postcode_shares=_postcode_shares(records),
        sources=sources,
        further=tuple(sorted(c for c in records.columns if c.startswith("id_"))),
    )


def _shares() -> list[pl.Expr]:
    fields = ("forename", "surname", "dob")
    return [_share(pl.len().over(field), pl.col(field).count()).alias(f"{field}_share") for field in fields]


def _postcode_shares(records: pl.DataFrame) -> pl.DataFrame:
    living = records.select(postcode="postcodes").explode("postcode").drop_nulls()
    with_any = max(records["postcodes"].list.len().gt(0).sum(), 1)
    return living.group_by("postcode").agg(share=_share(pl.len(), pl.lit(with_any))).sort("postcode")


def _share(held: pl.Expr, records: pl.Expr) -> pl.Expr:
    """The chance that another record holds the value that one record holds; never nought."""
    return (held.cast(pl.Float64) - 1).clip(lower_bound=1.0) / (records.cast(pl.Float64) - 1).clip(
        lower_bound=1.0
    )


def _parts() -> list[pl.Expr]:
    words = [pl.col(c).str.split(" ").fill_null([]) for c in ("forename", "known_as", "surname")]
    born = pl.col("dob")
    day, month = born.dt.day(), born.dt.month()
    return [
        pl.concat_list(words).list.unique().list.sort().alias("tokens"),
        soundex(pl.col("forename")).alias("forename_sound"),
        soundex(pl.col("surname")).alias("surname_sound"),
        pl.col("forename").str.slice(0, 1).alias("forename_initial"),
        pl.col("surname").str.slice(0, 1).alias("surname_initial"),
        pl.min_horizontal(day, month).alias("birth_low"),
        pl.max_horizontal(day, month).alias("birth_high"),
        born.dt.year().alias("birth_year"),
        born.dt.truncate("1mo").alias("birth_month"),
        pl.col("postcodes")
        .list.eval(pl.element().str.split(" ").list.first())
        .list.unique()
        .list.sort()
        .alias("districts"),
    ]
