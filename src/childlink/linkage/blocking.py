"""Candidate pairs: records that agree on at least one of several keys, found by hash joins.

A record that lacks a part of a key has no such key: nulls never match. A block that would make more pairs
than the cap is split by further fields, and what that costs is counted and reported, never silent.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class BlockingKey:
    """A name for people and the columns of the prepared records that must agree; a list column agrees when
    one of its values does. ``others``, where given, are the columns of the other record to agree with."""

    name: str
    columns: tuple[str, ...]
    others: tuple[str, ...] | None = None


KEYS = (
    BlockingKey("NHS number", ("nhs_number",)),
    BlockingKey("UPN", ("upn",)),
    BlockingKey("UPN and former UPN", ("upn",), ("former_upn",)),
    BlockingKey("ULN", ("uln",)),
    BlockingKey("forename, surname, year of birth", ("forename", "surname", "birth_year")),
    BlockingKey(
        "forename, surname, day and month of birth in either order",
        ("forename", "surname", "birth_low", "birth_high"),
    ),
    BlockingKey("date of birth, a word of the name", ("dob", "tokens")),
    BlockingKey("date of birth, postcode", ("dob", "postcodes")),
    BlockingKey("date of birth, sex, postcode district", ("dob", "sex", "districts")),
    BlockingKey("date of birth, sound of surname", ("dob", "surname_sound")),
    BlockingKey("date of birth, sound of forename", ("dob", "forename_sound")),
    BlockingKey("date of birth, initials", ("dob", "forename_initial", "surname_initial")),
    BlockingKey("postcode, forename", ("postcodes", "forename")),
    BlockingKey("postcode, surname, year of birth", ("postcodes", "surname", "birth_year")),
    BlockingKey(
        "year of birth, day and month in either order, surname",
        ("birth_year", "birth_low", "birth_high", "surname"),
    ),
    BlockingKey("month of birth, sound of both names", ("birth_month", "forename_sound", "surname_sound")),
    BlockingKey("postcode, sound of both names", ("postcodes", "forename_sound", "surname_sound")),
)

REFINERS = ("dob", "sex", "forename_initial", "surname", "forename")
"""Fields that split a block over the cap, one after another until it fits."""


@dataclass(frozen=True)
class Candidates:
    """``pairs``: row_l < row_r (UInt32), unique, sorted. ``by_key``: one row per key, in the order tried:
    key, pairs (all it makes), new (of those, not made by an earlier key), largest_block (records),
    refined_blocks (split by further fields), pairs_lost (pairs of those blocks that the split gave up)."""

    pairs: pl.DataFrame
    by_key: pl.DataFrame


def blocking_keys(further: tuple[str, ...]) -> tuple[BlockingKey, ...]:
    """KEYS and one for each of the user's own identifiers."""
    own = tuple(BlockingKey(f"identifier {column.removeprefix('id_')}", (column,)) for column in further)
    return KEYS + own


def candidates(
    records: pl.DataFrame, *, keys: tuple[BlockingKey, ...] = KEYS, cap: int = 20_000
) -> Candidates:
    """Pairs of records that share a key. ``records``: those of ``prepare.Prepared``, sealed ones left out.

    ``cap`` is the most pairs one block may make before it is refined. Pairs within a source are among them.
    """
    open_records = records.filter(~pl.col("sealed"))
    found: list[pl.DataFrame] = []
    counts: list[dict[str, object]] = []
    for number, key in enumerate(keys):
        made, count = _pairs_of_key(open_records, key, cap)
        found.append(made.with_columns(key=pl.lit(number, pl.UInt8)))
        counts.append({"key": key.name, **count})
    every = pl.concat(found).group_by("row_l", "row_r").agg(pl.col("key").min()).sort("row_l", "row_r")
    new = every.group_by("key").len("new")
    by_key = (
        pl.DataFrame(counts, schema=_COUNTS)
        .with_columns(number=pl.int_range(pl.len(), dtype=pl.UInt8))
        .join(new, left_on="number", right_on="key", how="left", maintain_order="left")
        .select(
            "key",
            "pairs",
            pl.col("new").fill_null(0).cast(pl.Int64),
            "largest_block",
            "refined_blocks",
            "pairs_lost",
        )
    )
    return Candidates(pairs=every.select("row_l", "row_r"), by_key=by_key)


_COUNTS = {
    "key": pl.String, "pairs": pl.Int64, "largest_block": pl.Int64, "refined_blocks": pl.Int64,
    "pairs_lost": pl.Int64,
}  # fmt: skip


def _pairs_of_key(records: pl.DataFrame, key: BlockingKey, cap: int) -> tuple[pl.DataFrame, dict[str, int]]:
    if key.others is not None:
        return _pairs_both_ways(records, key.columns, key.others)
    keyed = _keyed(records, key.columns)
    sizes = keyed.group_by("block").agg(records=pl.len())
    over = sizes.filter(pl.col("records") * (pl.col("records") - 1) // 2 > cap)
    count = {
        "largest_block": int(sizes["records"].max() or 0),  # type: ignore[arg-type]
        "refined_blocks": over.height,
        "pairs_lost": 0,
    }
    small = keyed if not over.height else keyed.join(over, on="block", how="anti")
    pairs = _self_join(small)
    if over.height:
        large = keyed.join(over.select("block"), on="block", how="semi")
        before = int((over["records"] * (over["records"] - 1) // 2).sum())
        refined = _refined(records, large, cap)
        count["pairs_lost"] = before - refined.height
        pairs = pl.concat([pairs, refined])
    pairs = pairs.unique()
    return pairs, {"pairs": pairs.height, **count}


def _keyed(records: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    """row and block (UInt64); one row per key a record has. Two keys that hash alike would only add pairs."""
    keyed = records.select("row", *columns)
    for column in columns:
        if isinstance(keyed.schema[column], pl.List):
            keyed = keyed.explode(column)
    keyed = keyed.drop_nulls()
    return keyed.select("row", block=pl.struct(columns).hash())


def _self_join(keyed: pl.DataFrame) -> pl.DataFrame:
    shared = keyed.filter(pl.len().over("block") > 1)
    joined = shared.join(shared, on="block", suffix="_r")
    return joined.filter(pl.col("row") < pl.col("row_r")).select(row_l="row", row_r="row_r")


def _refined(records: pl.DataFrame, large: pl.DataFrame, cap: int) -> pl.DataFrame:
    """Pairs of the blocks of ``large`` (row, block) that agree on as many further fields as it takes to bring
    a block under the cap. A missing value agrees with a missing value here, so that a block of records
    without one is split no further by it. What is still over the cap after all REFINERS makes no pairs."""
    found: list[pl.DataFrame] = []
    for field in REFINERS:
        values = records.select("row", field)
        large = large.join(values, on="row", how="left", maintain_order="left")
        large = large.select("row", block=pl.struct("block", field).hash())
        over = pl.len().over("block") * (pl.len().over("block") - 1) // 2 > cap
        found.append(_self_join(large.filter(~over)))
        large = large.filter(over)
        if large.is_empty():
            break
    return pl.concat(found)


def _pairs_both_ways(
    records: pl.DataFrame, columns: tuple[str, ...], others: tuple[str, ...]
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Pairs whose ``columns`` on the one side are ``others`` on the other, either way round."""
    left = records.select("row", *columns).drop_nulls()
    right = records.select("row", *others).drop_nulls()
    joined = left.join(right, left_on=columns, right_on=others, suffix="_r").filter(
        pl.col("row") != pl.col("row_r")
    )
    pairs = joined.select(
        row_l=pl.min_horizontal("row", "row_r"), row_r=pl.max_horizontal("row", "row_r")
    ).unique()
    return pairs, {"pairs": pairs.height, "largest_block": 0, "refined_blocks": 0, "pairs_lost": 0}
