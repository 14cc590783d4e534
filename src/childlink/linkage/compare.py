"""Comparison of pairs of records: one small integer level per field, together an agreement pattern.

Values are compared once for each distinct pair of values and joined back, so the cost goes with the variety
of names, dates and postcodes, not with the number of pairs.
"""

from __future__ import annotations

import polars as pl

from childlink.linkage.levels import UPN_FORMER
from childlink.linkage.prepare import Prepared
from childlink.linkage.similarity import CLOSE, NEAR, nickname_pairs, with_edits, with_name_likeness

SHARES = ("forename", "surname", "dob", "postcode")
"""Fields whose exact agreement (level 1) is weighed by how rare the value is."""

_LEVEL = pl.UInt8


def compare(prepared: Prepared, pairs: pl.DataFrame) -> pl.DataFrame:
    """Levels of each pair.

    ``pairs``: row_l, row_r (UInt32). Gives the same rows in the same order with one UInt8 column per field of
    ``levels.comparisons`` and, for each field of SHARES, FIELD_share (Float64): the chance that another
    record has the value agreed on exactly, null where the field is not at level 1.
    """
    sides = _sides(prepared.records, pairs)
    names = _name_levels(prepared, sides)
    born = _date_levels(sides)
    postcodes = _postcode_levels(prepared, sides)
    identifiers = [
        _upn_levels(sides) if field == "upn" else _equality(field).alias(field)
        for field in prepared.identifiers
    ]
    levels = sides.select(_equality("sex").alias("sex"), *identifiers)
    return pl.concat(
        [
            pairs.select("row_l", "row_r"),
            names.select("forename", "surname", "name_order"),
            born.select("dob"),
            levels.select("sex"),
            postcodes.select("postcode"),
            levels.drop("sex"),
            names.select("forename_share", "surname_share"),
            born.select("dob_share"),
            postcodes.select("postcode_share"),
        ],
        how="horizontal",
    )


def _sides(records: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Both records' values beside each other, COLUMN_l and COLUMN_r: a record's row is its position."""
    further = [c for c in records.columns if c.startswith("id_")]
    wanted = [
        "forename_code", "known_as_code", "surname_code", "forename_share", "surname_share", "dob",
        "dob_weak", "dob_share", "sex", "postcodes_code", "nhs_number", "upn", "former_upn", "uln", *further,
    ]  # fmt: skip
    held = records.select(wanted)
    left = held.select(pl.all().gather(pairs["row_l"])).rename(lambda c: f"{c}_l")
    right = held.select(pl.all().gather(pairs["row_r"])).rename(lambda c: f"{c}_r")
    return pl.concat([left, right], how="horizontal")


def _equality(field: str) -> pl.Expr:
    left, right = pl.col(f"{field}_l"), pl.col(f"{field}_r")
    missing = left.is_null() | right.is_null()
    return pl.when(missing).then(0).when(left == right).then(1).otherwise(2).cast(_LEVEL)


def _upn_levels(sides: pl.DataFrame) -> pl.Expr:
    return (
        pl.when(_same("upn_l", "upn_r"))
        .then(1)
        .when(_same("upn_l", "former_upn_r") | _same("upn_r", "former_upn_l"))
        .then(UPN_FORMER)
        .when(pl.col("upn_l").is_null() | pl.col("upn_r").is_null())
        .then(0)
        .otherwise(3)
        .cast(_LEVEL)
        .alias("upn")
    )


def _name_levels(prepared: Prepared, sides: pl.DataFrame) -> pl.DataFrame:
    """forename, surname, name_order and the shares of values agreed on."""
    oriented = _oriented(sides)
    likeness = _likeness_of_names(prepared.names, oriented)
    for field in ("forename", "surname"):
        alike = likeness.select(pl.col("a", "b").name.prefix(f"{field}_"), pl.col(field).alias(f"as_{field}"))
        oriented = oriented.join(alike, on=[f"{field}_a", f"{field}_b"], how="left", maintain_order="left")
    known_as = _same("known_a", "forename_b") | _same("forename_a", "known_b") | _same("known_a", "known_b")
    forename = pl.when(known_as).then(2).otherwise(pl.col("as_forename").fill_null(0))
    levels = oriented.select(
        forename=pl.when(_same("forename_a", "forename_b")).then(1).otherwise(forename).cast(_LEVEL),
        surname=pl.when(_same("surname_a", "surname_b"))
        .then(1)
        .otherwise(pl.col("as_surname").fill_null(0))
        .cast(_LEVEL),
        name_order=pl.when("swapped").then(2).otherwise(1).cast(_LEVEL),
        forename_share="forename_share",
        surname_share="surname_share",
    )
    return levels.with_columns(
        pl.when(pl.col(field) == 1).then(pl.col(f"{field}_share")).alias(f"{field}_share")
        for field in ("forename", "surname")
    )


def _oriented(sides: pl.DataFrame) -> pl.DataFrame:
    """swapped (Boolean), names of the first record (forename_a, known_a, surname_a) and of the second (_b), as
    codes, and the shares of the first's names.

    The names are read together: where one record's forename is the other's surname and nothing agrees in
    place, the second record's names are taken as swapped. A name in the wrong place looks rare there, so the
    greater of its shares in either place counts.
    """
    crossed = _same("forename_code_l", "surname_code_r") | _same("surname_code_l", "forename_code_r")
    in_place = _same("forename_code_l", "forename_code_r") | _same("surname_code_l", "surname_code_r")
    straight = sides.select(
        swapped=crossed & ~in_place,
        forename_a="forename_code_l", known_a="known_as_code_l", surname_a="surname_code_l",
        forename_b="forename_code_r", known_b="known_as_code_r", surname_b="surname_code_r",
        forename_share="forename_share_l", surname_share="surname_share_l",
        other_forename_share="forename_share_r", other_surname_share="surname_share_r",
    )  # fmt: skip
    return straight.with_columns(
        forename_b=pl.when("swapped").then("surname_b").otherwise("forename_b"),
        surname_b=pl.when("swapped").then("forename_b").otherwise("surname_b"),
        forename_share=pl.when("swapped")
        .then(pl.max_horizontal("forename_share", "other_surname_share"))
        .otherwise("forename_share"),
        surname_share=pl.when("swapped")
        .then(pl.max_horizontal("surname_share", "other_forename_share"))
        .otherwise("surname_share"),
    ).drop("other_forename_share", "other_surname_share")


def _same(left: str, right: str) -> pl.Expr:
    """Whether two columns hold the same value; a missing one is the same as nothing."""
    return (pl.col(left) == pl.col(right)).fill_null(False)


def _likeness_of_names(names: pl.DataFrame, oriented: pl.DataFrame) -> pl.DataFrame:
    """a, b (codes, all distinct and different, as they occur) with their levels as forename and surname."""
    needed = pl.concat([oriented.select(a=f"{field}_a", b=f"{field}_b") for field in ("forename", "surname")])
    needed = needed.filter(pl.col("a") != pl.col("b")).unique()
    name = names["name"]
    values = needed.select(code_a="a", code_b="b", a=name.gather(needed["a"]), b=name.gather(needed["b"]))
    first_words = values.select(
        a=pl.col("a").str.split(" ").list.first(), b=pl.col("b").str.split(" ").list.first()
    )
    nicknamed = first_words.join(
        nickname_pairs().with_columns(nickname=pl.lit(True)), on=["a", "b"], how="left", maintain_order="left"
    )["nickname"].fill_null(False)
    values = with_name_likeness(values.with_columns(nickname=nicknamed))
    alike = pl.col("jaro_winkler")
    return values.select(
        a="code_a",
        b="code_b",
        forename=pl.when("nickname").then(2)
        .when("shares_word").then(3)
        .when("one_edit").then(4)
        .when(alike >= CLOSE).then(5)
        .when((alike >= NEAR) | pl.col("initial")).then(6)
        .otherwise(7).cast(_LEVEL),
        surname=pl.when("shares_word").then(2)
        .when("one_edit").then(3)
        .when(alike >= CLOSE).then(4)
        .otherwise(5).cast(_LEVEL),
    )  # fmt: skip


def _date_levels(sides: pl.DataFrame) -> pl.DataFrame:
    """dob and dob_share."""
    keys = ["dob_l", "dob_r", "dob_weak_l", "dob_weak_r"]
    distinct = sides.select(keys).filter(pl.col("dob_l") != pl.col("dob_r")).unique()
    distinct = with_edits(
        distinct.with_columns(
            a=pl.col("dob_l").dt.strftime("%Y%m%d"), b=pl.col("dob_r").dt.strftime("%Y%m%d")
        )
    )
    left, right = pl.col("dob_l").dt, pl.col("dob_r").dt
    year, month, day = left.year() == right.year(), left.month() == right.month(), left.day() == right.day()
    swapped = year & (left.day() == right.month()) & (left.month() == right.day())
    parts = year.cast(pl.Int8) + month.cast(pl.Int8) + day.cast(pl.Int8)
    weak = pl.col("dob_weak_l") | pl.col("dob_weak_r")
    distinct = distinct.with_columns(
        level=pl.when(swapped).then(2)
        .when(pl.col("edits") <= 1).then(3)
        .when(parts == 2).then(4)
        .when(year & weak).then(5)
        .when(year).then(6)
        .otherwise(7).cast(_LEVEL)
    ).select(*keys, "level")  # fmt: skip
    levels = sides.select(*keys, "dob_share_l").join(distinct, on=keys, how="left", maintain_order="left")
    same = _same("dob_l", "dob_r")
    return levels.select(
        dob=pl.when(same).then(1).otherwise(pl.col("level").fill_null(0)).cast(_LEVEL),
        dob_share=pl.when(same).then("dob_share_l"),
    )


def _postcode_levels(prepared: Prepared, sides: pl.DataFrame) -> pl.DataFrame:
    """postcode and postcode_share; of sets of postcodes the best agreement counts, of several in common the
    most usual."""
    keys = ["postcodes_code_l", "postcodes_code_r"]
    distinct = sides.select(keys).drop_nulls().unique().with_row_index("pair")
    sets = prepared.postcode_sets["postcodes"]
    every = distinct.select("pair", *keys, a=sets.gather(distinct[keys[0]]), b=sets.gather(distinct[keys[1]]))
    crossed = every.explode("a").explode("b")
    same = pl.col("a") == pl.col("b")
    unequal = with_edits(crossed.filter(~same))
    sector = pl.col("a").str.slice(0, pl.col("a").str.len_chars() - 2) == pl.col("b").str.slice(
        0, pl.col("b").str.len_chars() - 2
    )
    district = pl.col("a").str.split(" ").list.first() == pl.col("b").str.split(" ").list.first()
    unequal = unequal.select(
        "pair",
        level=pl.when(pl.col("edits") <= 1).then(2).when(sector).then(3).when(district).then(4).otherwise(5)
        .cast(_LEVEL),
        share=pl.lit(None, pl.Float64),
    )  # fmt: skip
    equal = crossed.filter(same).join(prepared.postcode_shares, left_on="a", right_on="postcode", how="left")
    equal = equal.select("pair", level=pl.lit(1, _LEVEL), share="share")
    best = pl.concat([equal, unequal]).group_by("pair").agg(pl.col("level").min(), pl.col("share").max())
    best = distinct.join(best, on="pair", how="left").select(*keys, "level", "share")
    found = sides.select(keys).join(best, on=keys, how="left", maintain_order="left")
    return found.select(postcode=pl.col("level").fill_null(0), postcode_share="share")
