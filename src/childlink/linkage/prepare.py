"""From the records frame to the columns that passes, blocking and comparison work on.

Names and postcode sets are replaced by integer codes, so that pairs carry integers and a similarity is
worked out once for each distinct pair of values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

IDENTIFIERS = ("nhs_number", "upn", "uln")
"""Numbers that belong to one person. ``former_upn`` and ``upn_temporary`` are treated on their own."""

_SOUND_GROUPS = (("[BFPV]", "1"), ("[CGJKQSXZ]", "2"), ("[DT]", "3"), ("L", "4"), ("[MN]", "5"), ("R", "6"))


@dataclass(frozen=True)
class Prepared:
    """Records ready to be linked.

    ``records``: the records frame, a record's row being its position, with source as an Enum of ``sources``,
    plus source_no (UInt8, in order of the sources' names); forename_code, known_as_code, surname_code,
    postcodes_code and NUMBER_code for each identifier and former_upn (UInt32, null where missing);
    forename_share, surname_share, dob_share (Float64, the chance that another record holds the same value);
    tokens (List(UInt32), all words of all names, as codes); forename_sound, surname_sound, forename_initial,
    surname_initial; birth_low, birth_high (smaller and greater of day and month), birth_year, birth_month;
    districts (List(String)).
    ``names``: name (String) and first_word (String) at position code. ``postcode_sets``: postcodes
    (List(String)) at position code. ``postcode_shares``: postcode, share. ``sources``: names in order.
    ``further``: columns id_NAME. ``fields``: columns x_NAME; each has x_NAME_code and x_NAME_share among the
    records, and its values at position code in ``values``.
    """

    records: pl.DataFrame
    names: pl.DataFrame
    postcode_sets: pl.DataFrame
    postcode_shares: pl.DataFrame
    sources: tuple[str, ...]
    further: tuple[str, ...]
    fields: tuple[str, ...]
    values: Mapping[str, pl.Series]

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
    further = tuple(sorted(c for c in records.columns if c.startswith("id_")))
    fields = tuple(sorted(c for c in records.columns if c.startswith("x_")))
    names = _names_of(records)
    sets = records.select(pl.col("postcodes").filter(pl.col("postcodes").list.len() > 0).unique().sort())
    placed = sets.with_row_index("postcodes_code").with_columns(
        districts=pl.col("postcodes").list.eval(pl.element().str.head(-4).unique().sort())
    )
    coded = records.with_columns(pl.col("source").cast(pl.Enum(sources)))
    coded = coded.with_columns(source_no=pl.col("source").to_physical().cast(pl.UInt8))
    for field in NAME_FIELDS:
        mine = names.select(
            pl.col("name").alias(field),
            pl.col("code").alias(f"{field}_code"),
            pl.col("sound").alias(f"{field}_sound"),
            pl.col("words").alias(f"{field}_words"),
        )
        coded = coded.join(mine, on=field, how="left", maintain_order="left")
    coded = coded.join(placed, on="postcodes", how="left", maintain_order="left")
    values = {}
    for field in fields:
        values[field] = records[field].drop_nulls().unique().sort()
        mine = values[field].to_frame().with_row_index(f"{field}_code")
        coded = coded.join(mine, on=field, how="left", maintain_order="left")
    words = [pl.col(f"{field}_words") for field in NAME_FIELDS]
    numbers = (*IDENTIFIERS, "former_upn", *further)
    return Prepared(
        records=coded.with_columns(
            *_shares(fields),
            *_parts(),
            # a word that stands in two of the names is there twice, and does no harm
            pl.concat_list(word.fill_null(_NO_WORDS) for word in words).alias("tokens"),
            *(_code(pl.col(name)).alias(f"{name}_code") for name in numbers),
        ).drop(f"{field}_words" for field in NAME_FIELDS),
        names=names.select("name", "first_word"),
        postcode_sets=sets,
        postcode_shares=_postcode_shares(records),
        sources=sources,
        further=further,
        fields=fields,
        values=values,
    )


NAME_FIELDS = ("forename", "known_as", "surname")
_NO_WORDS = pl.lit([], dtype=pl.List(pl.UInt32))


def _names_of(records: pl.DataFrame) -> pl.DataFrame:
    """Each distinct name once, in order: code (UInt32, its position), name, first_word, sound (String), words
    (List(UInt32), codes of its words)."""
    held = pl.concat([records[field].drop_nulls().rename("name") for field in NAME_FIELDS]).unique().sort()
    names = held.to_frame().with_row_index("code").with_columns(word=pl.col("name").str.split(" "))
    words = names.select("code", "word").explode("word")
    words = words.select("code", _code(pl.col("word")).alias("words"))
    return names.select(
        "code",
        "name",
        pl.col("word").list.first().alias("first_word"),
        soundex(pl.col("name")).alias("sound"),
    ).join(
        words.group_by("code", maintain_order=True).agg("words"),
        on="code",
        how="left",
        maintain_order="left",
    )


def _code(value: pl.Expr) -> pl.Expr:
    """The same number (UInt32) for the same value, of whatever column; null for null. Only whether two
    numbers are equal means anything: they are not the same from run to run."""
    return value.cast(pl.Categorical).to_physical()


def _shares(own: tuple[str, ...]) -> list[pl.Expr]:
    fields = ("forename", "surname", "dob", *own)
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
    born = pl.col("dob")
    day, month = born.dt.day(), born.dt.month()
    return [
        pl.col("forename").str.slice(0, 1).alias("forename_initial"),
        pl.col("surname").str.slice(0, 1).alias("surname_initial"),
        pl.min_horizontal(day, month).alias("birth_low"),
        pl.max_horizontal(day, month).alias("birth_high"),
        born.dt.year().alias("birth_year"),
        born.dt.truncate("1mo").alias("birth_month"),
    ]
