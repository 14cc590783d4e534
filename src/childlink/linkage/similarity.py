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
    from rapidfuzz.distance import OSA, JaroWinkler
    from rapidfuzz.process import cpdist

    left, right = pairs["a"].to_list(), pairs["b"].to_list()
    likeness = cpdist(left, right, scorer=JaroWinkler.similarity, workers=-1)
    edits = cpdist(left, right, scorer=OSA.distance, score_cutoff=1, workers=-1)
    shortest = pl.min_horizontal(pl.col("a").str.len_chars(), pl.col("b").str.len_chars())
    return pairs.with_columns(
        jaro_winkler=pl.Series(likeness, dtype=pl.Float32),
        one_edit=(pl.Series(edits, dtype=pl.Int32) <= 1) & (shortest >= 3),
        shares_word=pl.col("a").str.split(" ").list.set_intersection(pl.col("b").str.split(" ")).list.len()
        > 0,
        initial=(shortest == 1) & (pl.col("a").str.slice(0, 1) == pl.col("b").str.slice(0, 1)),
    )


def with_edits(pairs: pl.DataFrame) -> pl.DataFrame:
    """``pairs`` (a, b: String) with edits (Int32): letters added, lost, changed or swapped, counted to 2."""
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import cpdist

    edits = cpdist(
        pairs["a"].to_list(), pairs["b"].to_list(), scorer=OSA.distance, score_cutoff=1, workers=-1
    )
    return pairs.with_columns(edits=pl.Series(edits, dtype=pl.Int32))
