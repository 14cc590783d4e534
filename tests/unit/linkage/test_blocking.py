"""Candidate pairs: every key against its plain meaning, and nothing lost in silence."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations
from typing import Any

import polars as pl

from childlink.linkage.blocking import KEYS, BlockingKey, blocking_keys, candidates
from childlink.linkage.prepare import prepare
from tests.unit.linkage.frames import ZARA, records


def plainly(held: pl.DataFrame, keys: tuple[BlockingKey, ...]) -> set[tuple[int, int]]:
    """The pairs that share a key, one by one: the meaning of ``candidates`` without a cap."""
    rows = [row for row in held.iter_rows(named=True) if not row["sealed"]]
    return {(a["row"], b["row"]) for a, b in combinations(rows, 2) if any(_share(a, b, key) for key in keys)}


def _share(a: dict[str, Any], b: dict[str, Any], key: BlockingKey) -> bool:
    others = key.others or key.columns
    ways = [(a, b), (b, a)]
    return any(
        all(_agree(one[mine], other[theirs]) for mine, theirs in zip(key.columns, others, strict=True))
        for one, other in ways
    )


def _agree(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return False
    return bool(set(one) & set(other)) if isinstance(one, list) else one == other


def pairs_of(held: pl.DataFrame, **options: Any) -> set[tuple[int, int]]:
    """The pairs as a set."""
    return set(candidates(held, **options).pairs.iter_rows())


def crowd(size: int) -> pl.DataFrame:
    """``size`` children of one surname at one postcode, born on different days, half of them girls."""
    first = date(2010, 1, 2)
    return prepare(
        records(
            *(
                {
                    "source": "a" if n % 2 else "b", "record_id": f"{n:04}", "forename": f"{chr(65 + n % 26)}X{n}",
                    "surname": "FOX", "dob": first + timedelta(days=n // 2), "postcodes": ["B1 1AA"],
                    "sex": "F" if n % 2 else "M",
                }
                for n in range(size)
            )
        )
    ).records  # fmt: skip


def test_each_key_means_what_it_says() -> None:
    held = prepare(
        records(
            {"source": "a", "record_id": "1", **ZARA, "upn": "A1", "nhs_number": "9"},
            {"source": "a", "record_id": "2", **ZARA, "forename": "ZOE", "postcodes": ["B1 1AA", "WV14 8DU"]},
            {"source": "b", "record_id": "1", "forename": "BRENNAN", "surname": "ZARA", "dob": ZARA["dob"]},
            {"source": "b", "record_id": "2", "former_upn": "A1", "upn": "B2"},
            {"source": "b", "record_id": "3", "nhs_number": "9"},
            {"source": "c", "record_id": "1"},
            {"source": "c", "record_id": "2", **ZARA, "sealed": True},
        )
    ).records
    for key in KEYS:
        assert pairs_of(held, keys=(key,)) == plainly(held, (key,)), key.name
    assert pairs_of(held) == plainly(held, KEYS)


def test_pairs_are_ordered_unique_and_counted_by_key() -> None:
    held = crowd(40)
    found = candidates(held)
    assert found.pairs.equals(found.pairs.unique().sort("row_l", "row_r"))
    assert found.pairs.filter(pl.col("row_l") >= pl.col("row_r")).is_empty()
    assert found.by_key["new"].sum() == found.pairs.height
    assert found.by_key["key"].to_list() == [key.name for key in KEYS]


def test_a_block_over_the_cap_is_refined_and_reported() -> None:
    held = crowd(60)
    key = BlockingKey("surname", ("surname",))
    whole = candidates(held, keys=(key,), cap=10_000)
    assert whole.pairs.height == 60 * 59 // 2
    assert whole.by_key.select("refined_blocks", "pairs_lost", "largest_block").row(0) == (0, 0, 60)
    refined = candidates(held, keys=(key,), cap=100)
    assert refined.pairs.height == 30  # those born on one day
    assert refined.by_key.select("refined_blocks", "pairs_lost", "largest_block").row(0) == (
        1, 60 * 59 // 2 - 30, 60,
    )  # fmt: skip


def test_refining_splits_no_further_than_it_must() -> None:
    same_day = crowd(60).with_columns(dob=pl.lit(date(2010, 1, 2)))
    key = BlockingKey("surname", ("surname",))
    by_sex = candidates(same_day, keys=(key,), cap=30 * 29 // 2)
    assert by_sex.pairs.height == 2 * (30 * 29 // 2)


def test_records_without_the_refining_field_stay_together() -> None:
    nameless = crowd(12).with_columns(dob=pl.lit(None, pl.Date), sex=pl.lit(None, pl.String))
    key = BlockingKey("surname", ("surname",))
    found = candidates(nameless, keys=(key,), cap=20)
    assert found.by_key["pairs_lost"][0] == 12 * 11 // 2 - found.pairs.height


def test_further_identifiers_have_keys_of_their_own() -> None:
    held = prepare(
        records(
            {"source": "a", "record_id": "1", "id_case": "7"},
            {"source": "b", "record_id": "1", "id_case": "7"},
        )
    )
    assert pairs_of(held.records) == set()
    assert pairs_of(held.records, keys=blocking_keys(held.further)) == {(0, 1)}
