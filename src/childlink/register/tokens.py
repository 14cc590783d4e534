"""Keyed tokens: what the register holds in place of a record id or a number, and the keys they are made with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from childlink.register.keyed_hash import hmac_sha256
from childlink.register.keys import subkey

NUMBER_BYTES = 16


@dataclass(frozen=True)
class RegisterKeys:
    """The keys of one register, each for one purpose. ``check`` tells a wrong key at once and is no secret."""

    tokens: bytes
    numbers: bytes
    events: bytes
    reasons: bytes
    check: str

    @classmethod
    def derived(cls, key: bytes) -> RegisterKeys:
        """All keys of a register from the one in its key file."""
        return cls(
            tokens=subkey(key, "childlink/v1|register|tokens"),
            numbers=subkey(key, "childlink/v1|register|numbers"),
            events=subkey(key, "childlink/v1|register|events"),
            reasons=subkey(key, "childlink/v1|register|reasons"),
            check=subkey(key, "childlink/v1|register|key check").hex(),
        )


def record_tokens(records: pl.DataFrame, key: bytes) -> pl.Series:
    """token (Binary, 32 bytes): HMAC-SHA256 of source and record_id, in the order of ``records``."""
    # a comprehension over rows: a keyed hash has no vectorised call
    digest = hmac_sha256(key)
    said = records.select(pl.concat_str("source", pl.lit("\0"), "record_id").cast(pl.Binary)).to_series()
    return pl.Series("token", [digest(text) for text in said.to_list()], dtype=pl.Binary)


def number_tokens(numbers: pl.Series, key: bytes) -> pl.Series:
    """numbers (Binary): for each list of "kind:value" texts, the first 16 bytes of HMAC-SHA256 of each, sorted,
    one after the other; null where there is none. ``numbers``: List(String)."""
    digest = hmac_sha256(key)
    listed = pl.DataFrame({"number": numbers}).with_row_index("place").explode("number").drop_nulls("number")
    distinct = listed["number"].unique()
    hexed = [digest(text)[:NUMBER_BYTES].hex() for text in distinct.cast(pl.Binary).to_list()]
    token_of = pl.DataFrame({"number": distinct, "token": hexed}, schema_overrides={"token": pl.String})
    joined = (
        listed.lazy()
        .join(token_of.lazy(), on="number", how="inner")
        .unique(["place", "token"])
        .sort("place", "token")
        .group_by("place", maintain_order=True)
        .agg(pl.col("token").str.join("").alias("numbers"))
        .with_columns(pl.col("numbers").str.decode("hex"))
    )
    places = pl.LazyFrame({"place": pl.arange(len(numbers), dtype=pl.UInt32, eager=True)})
    with_numbers = places.join(joined, on="place", how="left", maintain_order="left").collect()
    return with_numbers["numbers"]


def parts(numbers: bytes | None) -> list[bytes]:
    """The tokens that a value of the column numbers is made of."""
    held = bytes(numbers or b"")
    return [held[start : start + NUMBER_BYTES] for start in range(0, len(held), NUMBER_BYTES)]


def holding(numbers: pl.Series, sealed: Iterable[bytes]) -> pl.Series:
    """Boolean: whether a value of the column numbers holds one of the tokens ``sealed``."""
    wanted = set(sealed)
    if not wanted:
        return pl.select(pl.repeat(value=False, n=len(numbers))).to_series()
    distinct = numbers.drop_nulls().unique()
    # a loop over distinct values: tokens inside a run of bytes have no vectorised call
    found = [value for value in distinct if not wanted.isdisjoint(parts(value))]
    return numbers.is_in(pl.Series(found, dtype=pl.Binary).implode()).fill_null(value=False)
