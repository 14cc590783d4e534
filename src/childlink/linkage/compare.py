"""Comparison of pairs of records: one small integer level per field, together an agreement pattern.

Values are compared once for each distinct pair of values and joined back, so the cost goes with the variety
of names, dates and postcodes, not with the number of pairs.
"""

from __future__ import annotations

import polars as pl
from polars import selectors as cs

from childlink.linkage.levels import UPN_FORMER
from childlink.linkage.prepare import Prepared
from childlink.linkage.similarity import (
    CLOSE,
    NEAR,
    nickname_pairs,
    one_digit_apart,
    with_edits,
    with_name_likeness,
)

_LEVEL = pl.UInt8


def compare(prepared: Prepared, pairs: pl.DataFrame) -> pl.DataFrame:
    """Levels of each pair.

    ``pairs``: row_l, row_r (UInt32). Gives the same rows in the same order with one UInt8 column per field of
    ``levels.comparisons`` and, for each field whose exact agreement is weighed by its rarity, FIELD_share
    (Float64): the chance that another record has the value agreed on exactly, null where the field is not at
    level 1.
    """
    sides = _sides(prepared, pairs)
    names = _name_levels(prepared, sides)
    born = _date_levels(sides)
    postcodes = _postcode_levels(prepared, sides)
    identifiers = [
        _upn_levels(sides) if field == "upn" else _equality(field).alias(field)
        for field in prepared.identifiers
    ]
    levels = sides.select(_equality("sex").alias("sex"), *identifiers)
    fields = [_field_levels(prepared, pairs, field) for field in prepared.fields]
    return pl.concat(
        [
            pairs.select("row_l", "row_r"),
            names.select("forename", "surname", "name_order"),
            born.select("dob"),
            levels.select("sex"),
            postcodes.select("postcode"),
            levels.drop("sex"),
            *(field.drop(cs.ends_with("_share")) for field in fields),
            names.select("forename_share", "surname_share"),
            born.select("dob_share"),
            postcodes.select("postcode_share"),
            *(field.select(cs.ends_with("_share")) for field in fields),
        ],
        how="horizontal",
    )


def _sides(prepared: Prepared, pairs: pl.DataFrame) -> pl.DataFrame:
    """Both records' values beside each other, COLUMN_l and COLUMN_r: a record's row is its position.

    Values are codes, which are equal where the values are.
    """
    numbers = [pl.col(f"{name}_code").alias(name) for name in (*prepared.identifiers, "former_upn")]
    held = prepared.records.select(
        "forename_code", "known_as_code", "surname_code", "forename_share", "surname_share", "dob_share",
        "postcodes_code", "dob_weak",
        pl.col("dob").to_physical(), pl.col("sex") == "F", *numbers,
    )  # fmt: skip
    left = held.select(pl.all().gather(pairs["row_l"])).rename(lambda c: f"{c}_l")
    right = held.drop("dob_share").select(pl.all().gather(pairs["row_r"])).rename(lambda c: f"{c}_r")
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
    for code in ("a", "b"):
        needed = needed.with_columns(
            names["name"].gather(needed[code]).alias(f"name_{code}"),
            names["first_word"].gather(needed[code]).alias(f"first_{code}"),
        )
    nicknames = nickname_pairs().select(first_a="a", first_b="b", nickname=pl.lit(True))
    nicknamed = needed.join(nicknames, on=["first_a", "first_b"], how="left", maintain_order="left")
    values = nicknamed.select(
        code_a="a", code_b="b", a="name_a", b="name_b", nickname=pl.col("nickname").fill_null(False)
    )
    values = with_name_likeness(values)
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
    keys = ["dob_l", "dob_r"]
    distinct = sides.select(keys).filter(pl.col("dob_l") != pl.col("dob_r")).unique()
    born = distinct.select(pl.col(keys).cast(pl.Date))
    left, right = pl.col("dob_l").dt, pl.col("dob_r").dt
    year, month, day = left.year() == right.year(), left.month() == right.month(), left.day() == right.day()
    swapped = year & (left.day() == right.month()) & (left.month() == right.day())
    parts = year.cast(pl.Int8) + month.cast(pl.Int8) + day.cast(pl.Int8)
    # each part and each digit is used several times: a lazy frame works it out once
    lazily = born.lazy().with_columns(digits_l=_digits("dob_l"), digits_r=_digits("dob_r"))
    apart = one_digit_apart(pl.col("digits_l"), pl.col("digits_r"), digits=8)
    judged = lazily.with_columns(one_edit=apart).select(
        level=pl.when(swapped).then(2)
        .when("one_edit").then(3)
        .when(parts == 2).then(4)
        .when(year).then(6)
        .otherwise(7).cast(_LEVEL)
    ).collect()  # fmt: skip
    levels = sides.select(*keys, "dob_share_l", weak=pl.col("dob_weak_l") | pl.col("dob_weak_r")).join(
        distinct.with_columns(judged["level"]), on=keys, how="left", maintain_order="left"
    )
    same = _same("dob_l", "dob_r")
    return levels.select(
        dob=pl.when(same)
        .then(1)
        .when((pl.col("level") == 6) & pl.col("weak"))
        .then(5)
        .otherwise(pl.col("level").fill_null(0))
        .cast(_LEVEL),
        dob_share=pl.when(same).then("dob_share_l"),
    )


def _digits(born: str) -> pl.Expr:
    """A date as the number of eight digits that it is written with."""
    date = pl.col(born).dt
    return date.year() * 10_000 + date.month().cast(pl.Int32) * 100 + date.day().cast(pl.Int32)


def _postcode_levels(prepared: Prepared, sides: pl.DataFrame) -> pl.DataFrame:
    """postcode and postcode_share; of sets of postcodes the best agreement counts, of several in common the
    most usual."""
    keys = ["postcodes_code_l", "postcodes_code_r"]
    values = _postcode_values(prepared)
    sets = values["sets"]
    one = sets.select(pl.when(pl.col("codes").list.len() == 1).then(pl.col("codes").list.first()))["codes"]
    sided = sides.select(keys)
    single = sided.select(a=one.gather(sided[keys[0]]), b=one.gather(sided[keys[1]]))
    several = (
        single.select(pl.any_horizontal(pl.all().is_null()))[:, 0]
        & sided.select(pl.all_horizontal(pl.all().is_not_null()))[:, 0]
    )
    found = _single_postcode_levels(values["postcodes"], single)
    if not several.any():
        return found
    distinct = sided.filter(several).unique(maintain_order=True).with_row_index("pair")
    crossed = distinct.select(
        "pair",
        *(sets["codes"].gather(distinct[key]).alias(name) for key, name in zip(keys, "ab", strict=True)),
    )
    crossed = crossed.explode("a").explode("b")
    levels = pl.concat(
        [crossed.select("pair"), _single_postcode_levels(values["postcodes"], crossed.select("a", "b"))],
        how="horizontal",
    )
    best = levels.group_by("pair").agg(pl.col("postcode").min(), pl.col("postcode_share").max())
    best = distinct.join(best, on="pair", how="left").select(*keys, "postcode", "postcode_share")
    of_sets = sided.join(best, on=keys, how="left", maintain_order="left")
    return pl.select(
        postcode=pl.when(several).then(of_sets["postcode"]).otherwise(found["postcode"]),
        postcode_share=pl.when(several).then(of_sets["postcode_share"]).otherwise(found["postcode_share"]),
    )


def _postcode_values(prepared: Prepared) -> dict[str, pl.DataFrame]:
    """postcodes: postcode, share, sector and district (UInt32) at position code; sets: codes (List(UInt32))
    at the position of the set."""
    text = pl.col("postcode")
    postcodes = prepared.postcode_shares.select(
        "postcode",
        "share",
        sector=text.str.head(-2).rank("dense").cast(pl.UInt32),
        district=text.str.head(-4).rank("dense").cast(pl.UInt32),
    ).with_row_index("code")
    living = prepared.postcode_sets.with_row_index("set").explode("postcodes")
    coded = living.join(
        postcodes.select("code", postcodes="postcode"), on="postcodes", how="left", maintain_order="left"
    )
    sets = coded.group_by("set", maintain_order=True).agg(codes="code").select("codes")
    return {"postcodes": postcodes, "sets": sets}


def _single_postcode_levels(postcodes: pl.DataFrame, codes: pl.DataFrame) -> pl.DataFrame:
    """postcode, postcode_share for pairs of codes of single postcodes (a, b; level 0 for null)."""
    a, b = pl.col("a"), pl.col("b")
    part = {
        name: [postcodes[name].gather(codes[side]).alias(f"{name}_{side}") for side in "ab"]
        for name in ("sector", "district")
    }
    held = codes.with_columns(*part["sector"], *part["district"], share=postcodes["share"].gather(codes["a"]))
    unequal = codes.filter(a != b).unique()
    texts = [postcodes["postcode"].gather(unequal[side]).alias(f"text_{side}") for side in "ab"]
    # one edit leaves the first two characters or the last three as they are
    like = (pl.col("text_a").str.head(2) == pl.col("text_b").str.head(2)) | (
        pl.col("text_a").str.tail(3) == pl.col("text_b").str.tail(3)
    )
    likely = unequal.with_columns(texts).filter(like)
    edited = with_edits(
        likely.select("text_a", "text_b", code_a="a", code_b="b").rename({"text_a": "a", "text_b": "b"})
    )
    edited = edited.filter(pl.col("edits") <= 1).select(a="code_a", b="code_b", edited=pl.lit(True))
    held = held.join(edited, on=["a", "b"], how="left", maintain_order="left")
    return held.select(
        postcode=pl.when(a.is_null() | b.is_null()).then(0)
        .when(a == b).then(1)
        .when("edited").then(2)
        .when(pl.col("sector_a") == pl.col("sector_b")).then(3)
        .when(pl.col("district_a") == pl.col("district_b")).then(4)
        .otherwise(5)
        .cast(_LEVEL),
        postcode_share=pl.when(a == b).then("share"),
    )  # fmt: skip


def _field_levels(prepared: Prepared, pairs: pl.DataFrame, field: str) -> pl.DataFrame:
    """Levels of one of the user's own fields, and the share of the value agreed on, in the order of
    ``pairs``."""
    held = prepared.records.select(f"{field}_code", share=f"{field}_share")
    sides = pl.DataFrame(
        {"a": held[f"{field}_code"].gather(pairs["row_l"]), "b": held[f"{field}_code"].gather(pairs["row_r"])}
    )
    unequal = sides.filter(pl.col("a") != pl.col("b")).unique()
    text = prepared.values[field]
    named = unequal.select(code_a="a", code_b="b", a=text.gather(unequal["a"]), b=text.gather(unequal["b"]))
    alike = with_name_likeness(named)
    found = alike.select(
        a="code_a",
        b="code_b",
        level=pl.when("one_edit").then(2)
        .when(pl.col("jaro_winkler") >= CLOSE).then(3)
        .when((pl.col("jaro_winkler") >= NEAR) | pl.col("shares_word")).then(4)
        .otherwise(5)
        .cast(_LEVEL),
    )  # fmt: skip
    joined = sides.join(found, on=["a", "b"], how="left", maintain_order="left")
    same = _same("a", "b")
    return joined.with_columns(held["share"].gather(pairs["row_l"]).alias("share")).select(
        pl.when(same).then(1).otherwise(pl.col("level").fill_null(0)).cast(_LEVEL).alias(field),
        pl.when(same).then("share").alias(f"{field}_share"),
    )
