"""How like two values are, as a level, worked out once for each distinct pair of values.

Each function takes a frame of distinct pairs and gives it back with a level, in one vectorised call of
rapidfuzz where strings are compared. Levels are the positions in the tables of ``linkage.compare``.
"""

from __future__ import annotations

from functools import cache

import polars as pl

CLOSE = 0.88
"""Jaro-Winkler similarity above which NHS England takes two names for spellings of one."""
NEAR = 0.78
"""Below this, two names are simply different."""


PARTICLES = (
    "AB", "ABU", "AL", "AP", "BIN", "BINT", "DA", "DAS", "DE", "DEL", "DELLA", "DEN", "DER", "DI", "DO", "DOS",
    "DU", "E", "EL", "FITZ", "IBN", "LA", "LAS", "LE", "LOS", "MAC", "MC", "NI", "O", "SAN", "ST", "TEN", "TER",
    "UD", "UL", "UMM", "UR", "VAN", "VON", "Y", "ZU",
)  # fmt: skip
"""Words that belong to very many names: two names that share nothing else share nothing."""


@cache
def nickname_pairs() -> pl.DataFrame:
    """Pairs of forenames one of which is short for the other, or both for a third: a, b (String), both ways.

    From the ``nicknames`` package (English, mostly American, given names).
    """
    from nicknames import with_names_csv_path

    with with_names_csv_path() as path:
        table = pl.read_csv(path, infer_schema=False)
    table = table.select(formal=pl.col("name1").str.to_uppercase(), short=pl.col("name2").str.to_uppercase())
    shared = table.join(table, on="formal").select(a="short", b="short_right")
    direct = table.select(a="formal", b="short")
    both = pl.concat([direct, direct.select(a="b", b="a"), shared])
    return both.filter(pl.col("a") != pl.col("b")).unique().sort("a", "b")


def with_name_likeness(pairs: pl.DataFrame) -> pl.DataFrame:
    """``pairs`` (a, b: String, all distinct and different) with jaro_winkler (Float32), one_edit,
    shares_word, initial (Boolean): one letter added, lost, changed or two swapped; a word in common; one is
    the initial of the other."""
    from rapidfuzz.distance import JaroWinkler
    from rapidfuzz.process import cpdist

    likeness = cpdist(pairs["a"].to_list(), pairs["b"].to_list(), scorer=JaroWinkler.similarity, workers=-1)
    lengths = pairs.select(
        a=pl.col("a").str.len_chars().cast(pl.Int32), b=pl.col("b").str.len_chars().cast(pl.Int32)
    )
    shortest, gap = pl.min_horizontal(lengths["a"], lengths["b"]), (lengths["a"] - lengths["b"]).abs()
    held = pairs.with_columns(
        jaro_winkler=pl.Series(likeness, dtype=pl.Float32),
        initial=(shortest == 1) & (pl.col("a").str.slice(0, 1) == pl.col("b").str.slice(0, 1)),
        may_edit=(shortest >= 3) & (gap <= 1),
        may_share=pl.col("a").str.contains(" ", literal=True) | pl.col("b").str.contains(" ", literal=True),
        place=pl.int_range(pl.len()),
    )
    edited = with_edits(held.filter("may_edit").select("place", "a", "b"))
    edited = edited.filter(pl.col("edits") <= 1).select("place", one_edit=pl.lit(True))
    particles = pl.lit(pl.Series([list(PARTICLES)]))
    words = held.filter("may_share").select("place", pl.col("a", "b").str.split(" "))
    common = pl.col("a").list.set_intersection("b").list.set_difference(particles)
    shared = words.filter(common.list.len() > 0)
    held = held.join(edited, on="place", how="left", maintain_order="left").join(
        shared.select("place", shares_word=pl.lit(True)), on="place", how="left", maintain_order="left"
    )
    return held.drop("may_edit", "may_share", "place").with_columns(
        pl.col("one_edit", "shares_word").fill_null(False)
    )


def one_digit_apart(one: pl.Expr, other: pl.Expr, *, digits: int) -> pl.Expr:
    """Whether two numbers of so many digits, leading zeros counted, differ in one digit only, or in two
    neighbours that are swapped."""
    places = range(digits)
    left, right = [one // 10**p % 10 for p in places], [other // 10**p % 10 for p in places]
    unequal = [a != b for a, b in zip(left, right, strict=True)]
    count = pl.sum_horizontal(u.cast(pl.UInt8) for u in unequal)
    swapped = pl.any_horizontal(
        unequal[p] & unequal[p + 1] & (left[p] == right[p + 1]) & (left[p + 1] == right[p])
        for p in places[:-1]
    )
    return (count == 1) | ((count == 2) & swapped)


def with_edits(pairs: pl.DataFrame) -> pl.DataFrame:
    """``pairs`` (a, b: String) with edits (Int32): letters added, lost, changed or swapped, counted to 2."""
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import cpdist

    edits = cpdist(
        pairs["a"].to_list(), pairs["b"].to_list(), scorer=OSA.distance, score_cutoff=1, workers=-1
    )
    return pairs.with_columns(edits=pl.Series(edits, dtype=pl.Int32))
