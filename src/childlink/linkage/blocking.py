"""Candidate pairs: records that agree on at least one of several keys, found by sorting.

A record that lacks a part of a key has no such key: nulls never match. A block that would make more pairs
than the cap is split by further fields, and what that costs is counted and reported, never silent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
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


def blocking_keys(further: tuple[str, ...], own: tuple[tuple[str, ...], ...] = ()) -> tuple[BlockingKey, ...]:
    """KEYS, one for each of the user's own identifiers, and the keys that the user gives as columns."""
    identifiers = tuple(
        BlockingKey(f"identifier {column.removeprefix('id_')}", (column,)) for column in further
    )
    given = tuple(
        BlockingKey(", ".join(column.removeprefix("x_").removeprefix("id_") for column in columns), columns)
        for columns in own
    )
    return KEYS + identifiers + given


def candidates(
    records: pl.DataFrame, *, keys: tuple[BlockingKey, ...] = KEYS, cap: int = 20_000
) -> Candidates:
    """Pairs of records that share a key. ``records``: those of ``prepare.Prepared``, sealed ones left out.

    ``cap`` is the most pairs one block may make before it is refined. Pairs within a source are among them.
    """
    open_records = records.filter(~pl.col("sealed"))
    found: list[Packed] = []
    counts: list[dict[str, object]] = []
    for number, key in enumerate(keys):
        made, count = _pairs_of_key(open_records, key, cap)
        found.append(made << np.uint64(_KEY_BITS) | np.uint64(number))
        counts.append({"key": key.name, **count})
    # in order of pair, then of key: the first of a pair is its first key's
    every = np.concatenate(found)
    every.sort()
    pairs = every >> np.uint64(_KEY_BITS)
    first = _first_of_each(pairs)
    new = np.bincount((every[first] & np.uint64(2**_KEY_BITS - 1)).astype(np.int64), minlength=len(keys))
    by_key = pl.DataFrame(counts, schema=_COUNTS).with_columns(new=pl.Series(new, dtype=pl.Int64))
    return Candidates(
        pairs=_unpacked(pairs[first]),
        by_key=by_key.select("key", "pairs", "new", "largest_block", "refined_blocks", "pairs_lost"),
    )


Packed = npt.NDArray[np.uint64]
"""Pairs as single numbers, row_l above row_r, so that sorting them sorts pairs."""

_ROW_BITS = 29
_KEY_BITS = 6


def _packed(one: npt.NDArray[np.uint64], other: npt.NDArray[np.uint64]) -> Packed:
    return np.minimum(one, other) << np.uint64(_ROW_BITS) | np.maximum(one, other)


def _unpacked(pairs: Packed) -> pl.DataFrame:
    low = pairs & np.uint64(2**_ROW_BITS - 1)
    return pl.DataFrame(
        {"row_l": (pairs >> np.uint64(_ROW_BITS)).astype(np.uint32), "row_r": low.astype(np.uint32)}
    )


def _first_of_each(ordered: Packed) -> npt.NDArray[np.bool_]:
    first = np.ones(len(ordered), dtype=np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    return first


def _distinct(pairs: Packed) -> Packed:
    ordered = np.sort(pairs)
    return ordered[_first_of_each(ordered)]


_COUNTS = {
    "key": pl.String, "pairs": pl.Int64, "largest_block": pl.Int64, "refined_blocks": pl.Int64,
    "pairs_lost": pl.Int64,
}  # fmt: skip


def _pairs_of_key(records: pl.DataFrame, key: BlockingKey, cap: int) -> tuple[Packed, dict[str, int]]:
    if key.others is not None:
        return _pairs_both_ways(records, key.columns, key.others)
    keyed = _keyed(records, key.columns)
    largest, over, before = _over(keyed, cap)
    count = {"largest_block": largest, "refined_blocks": over.height, "pairs_lost": 0}
    if over.height:
        large = keyed.join(over, on="block", how="semi", maintain_order="left")
        refined = _refined(records, large, cap)
        count["pairs_lost"] = before - len(refined)
        small = keyed.join(over, on="block", how="anti", maintain_order="left")
        pairs = np.concatenate([_within_blocks(small), refined])
    else:
        pairs = _within_blocks(keyed)
    if any(isinstance(records.schema[column], pl.List) for column in key.columns):
        pairs = _distinct(pairs)  # two records may share several values of a list
    return pairs, {"pairs": len(pairs), **count}


def _over(keyed: pl.DataFrame, cap: int) -> tuple[int, pl.DataFrame, int]:
    """Records in the largest block; the blocks over the cap; and the pairs that these would make."""
    block = keyed["block"]
    ends = np.flatnonzero(np.append(_first_of_each(block.to_numpy()), True))
    sizes = np.diff(ends)
    pairs = sizes * (sizes - 1) // 2
    over = pairs > cap
    named = pl.DataFrame({"block": block.gather(ends[:-1][over])}, schema={"block": pl.UInt64})
    return int(sizes.max(initial=0)), named, int(pairs[over].sum())


def _keyed(records: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    """row and block (UInt64); one row per key a record has. Two keys that hash alike would only add pairs."""
    keyed = records.select("row", *columns)
    for column in columns:
        if isinstance(keyed.schema[column], pl.List):
            keyed = keyed.explode(column)
    keyed = keyed.drop_nulls()
    return _in_blocks(keyed.select("row", block=pl.struct(columns).hash()))


def _in_blocks(keyed: pl.DataFrame) -> pl.DataFrame:
    """``keyed`` in order of block, then row: what ``_within_blocks`` and ``_over`` want."""
    return keyed.sort("block", "row")


def _within_blocks(keyed: pl.DataFrame) -> Packed:
    """All pairs of rows of a block: each record with the next of its block, with the next but one, and so on
    until no block is long enough."""
    row, block = keyed["row"].cast(pl.UInt64).to_numpy(), keyed["block"].to_numpy()
    found = [np.empty(0, dtype=np.uint64)]
    here = np.arange(len(block) - 1)
    step = 1
    while len(here):
        here = here[: np.searchsorted(here, len(block) - step)]
        here = here[block[here] == block[here + step]]
        pairs = here[row[here] != row[here + step]]  # a record may be in a block twice, by one word
        found.append(_packed(row[pairs], row[pairs + step]))
        step += 1
    return np.concatenate(found)


def _refined(records: pl.DataFrame, large: pl.DataFrame, cap: int) -> Packed:
    """Pairs of the blocks of ``large`` (row, block) that agree on as many further fields as it takes to bring
    a block under the cap. A missing value agrees with a missing value here, so that a block of records
    without one is split no further by it. What is still over the cap after all REFINERS makes no pairs."""
    found = [np.empty(0, dtype=np.uint64)]
    for field in REFINERS:
        values = records.select("row", field)
        large = large.join(values, on="row", how="left", maintain_order="left")
        large = _in_blocks(large.select("row", block=pl.struct("block", field).hash()))
        _, over, _ = _over(large, cap)
        found.append(_within_blocks(large.join(over, on="block", how="anti", maintain_order="left")))
        large = large.join(over, on="block", how="semi", maintain_order="left")
        if large.is_empty():
            break
    return np.concatenate(found)


def _pairs_both_ways(
    records: pl.DataFrame, columns: tuple[str, ...], others: tuple[str, ...]
) -> tuple[Packed, dict[str, int]]:
    """Pairs whose ``columns`` on the one side are ``others`` on the other, either way round."""
    left = records.select("row", *columns).drop_nulls()
    right = records.select("row", *others).drop_nulls()
    joined = left.join(right, left_on=columns, right_on=others, suffix="_r").filter(
        pl.col("row") != pl.col("row_r")
    )
    ends = (joined[name].cast(pl.UInt64).to_numpy() for name in ("row", "row_r"))
    pairs = _distinct(_packed(*ends))
    return pairs, {"pairs": len(pairs), "largest_block": 0, "refined_blocks": 0, "pairs_lost": 0}
