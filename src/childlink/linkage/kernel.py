"""Comparing and scoring as one pure function that can run anywhere a batch of pairs can be sent.

Arrow in, Arrow out, the model as data, no state: a batch may be cut anywhere, run on another machine, and put
together again. ``engine`` does the same work on all pairs of one machine at once; both give the same weights.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

import polars as pl
from polars import selectors as cs

from childlink.linkage.compare import compare
from childlink.linkage.model import Model, rarity, score
from childlink.linkage.prepare import Prepared, prepare


class ArrowBatch(Protocol):
    """Anything that hands over its data by Arrow's C stream: a pyarrow table or batch, a Polars frame."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The PyCapsule of the Arrow PyCapsule interface."""


SHARES = ("forename_share", "surname_share", "dob_share")
_VALUES = (
    "source", "forename", "known_as", "surname", "dob", "dob_weak", "sex", "postcodes", "nhs_number", "upn",
    "former_upn", "uln",
)  # fmt: skip


def batch_of(prepared: Prepared, pairs: pl.DataFrame) -> pl.DataFrame:
    """What ``score_batch`` wants of ``pairs`` (row_l, row_r): row_l, row_r, and for each side (_l, _r) the
    values of either record, the shares of its names and date among all records, and postcode_shares
    (List(Float64), of its postcodes in order)."""
    own = [*prepared.further, *prepared.fields, *(f"{name}_share" for name in prepared.fields)]
    shares = prepared.postcode_shares
    living = prepared.records.select("row", "postcodes").explode("postcodes").drop_nulls()
    living = living.join(shares, left_on="postcodes", right_on="postcode", how="left", maintain_order="left")
    by_row = living.group_by("row", maintain_order=True).agg(postcode_shares="share")
    held = (
        prepared.records.select("row", *_VALUES, *SHARES, *own)
        .join(by_row, on="row", how="left", maintain_order="left")
        .with_columns(pl.col("source").cast(pl.String), pl.col("postcode_shares").fill_null([]))
    )
    sides = [
        held.drop("row")
        .select(pl.all().gather(pairs[f"row_{side}"]))
        .select(pl.all().name.suffix(f"_{side}"))
        for side in "lr"
    ]
    return pl.concat([pairs.select("row_l", "row_r"), *sides], how="horizontal")


def score_batch(batch: ArrowBatch, model: Model, *, local: tuple[str, ...] = ()) -> pl.DataFrame:
    """The pairs of a batch, in its order: row_l, row_r, the levels of ``model.fields``, match_weight and
    family_weight (Float64). The result is itself an Arrow stream.

    ``batch``: the columns of ``batch_of``. ``local``: identifiers (columns id_NAME) that mean the same child
    only within a source. Raises KeyError for a source that the model does not know.
    """
    given = pl.DataFrame(batch)
    prepared = _prepared(given)
    pairs = pl.select(
        row_l=pl.int_range(given.height, dtype=pl.UInt32),
        row_r=pl.int_range(given.height, 2 * given.height, dtype=pl.UInt32),
    )
    levels = compare(prepared, pairs)
    across = given["source_l"] != given["source_r"]
    levels = levels.with_columns(
        pl.when(across).then(0).otherwise(name).cast(pl.UInt8).alias(name) for name in local
    ).with_columns(stratum=_strata(given, model), rarity=rarity(model.fields))
    scored = score(model, levels).drop("row_l", "row_r", cs.ends_with("_share"), "stratum", "rarity")
    return pl.concat([given.select("row_l", "row_r"), scored.drop(cs.starts_with("log_"))], how="horizontal")


def _prepared(given: pl.DataFrame) -> Prepared:
    """The two records of each pair as records of their own, left ones first, with the shares they came with."""
    sides = [
        given.select(cs.ends_with(f"_{side}") - cs.by_name("row_l", "row_r")).rename(
            lambda name: name.removesuffix("_l").removesuffix("_r")
        )
        for side in "lr"
    ]
    stacked = pl.concat(sides).with_row_index("row")
    kept = stacked.select(cs.ends_with("_share"))
    told = stacked.select("postcodes", "postcode_shares")
    bare = stacked.drop(kept.columns, "postcode_shares").with_columns(sealed=pl.lit(False))
    prepared = prepare(bare)
    shares = (
        told.filter(pl.col("postcodes").list.len() > 0)
        .explode("postcodes", "postcode_shares")
        .select(postcode="postcodes", share="postcode_shares")
        .unique("postcode", keep="first", maintain_order=True)
        .sort("postcode")
    )
    return replace(
        prepared, records=prepared.records.with_columns(kept.get_columns()), postcode_shares=shares
    )


def _strata(given: pl.DataFrame, model: Model) -> pl.Series:
    """The position in ``model.strata`` of each pair, whichever of its sources comes first."""
    places: dict[tuple[Any, Any], int] = {}
    for place, stratum in enumerate(model.strata):
        if stratum.pairs or stratum.sources[0] == stratum.sources[1]:
            one, other = stratum.sources
            places[one, other] = places[other, one] = place
    sources = given.select("source_l", "source_r").unique(maintain_order=True)
    found = [places[pair] for pair in sources.iter_rows()]
    table = sources.with_columns(stratum=pl.Series(found, dtype=pl.Int32))
    joined = given.select("source_l", "source_r").join(
        table, on=["source_l", "source_r"], how="left", maintain_order="left"
    )
    return joined["stratum"]
