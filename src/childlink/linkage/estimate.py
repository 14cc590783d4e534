"""How good a linkage is likely to be, told by its own model where no truth is known.

Every pair has a weight, and so a chance of being one child. Over the pairs that were put together the chances
add up to how many are right; over those left apart, to how many were missed. True pairs that no blocking key
brought together are not seen, and a model can be wrong: an estimate is no replacement for a truth.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from childlink.linkage.resolve import Resolution


@dataclass(frozen=True)
class Estimate:
    """``made``: candidate pairs put together; ``right``: expected right ones of these; ``missed``: expected
    right ones of those left apart."""

    made: int
    right: float
    missed: float

    @property
    def precision(self) -> float:
        """Expected share of those made that are right; 1 where none was made."""
        return self.right / self.made if self.made else 1.0

    @property
    def recall(self) -> float:
        """Expected share of the right ones that were made; 1 where there are none."""
        every = self.right + self.missed
        return self.right / every if every else 1.0


def estimate(pairs: pl.DataFrame, resolution: Resolution) -> Estimate | None:
    """The estimate of a linkage, or None where no model was trained.

    ``pairs``: all candidates with match_weight, same_child, linked_weight (null unless the pair itself joined
    two groups), same_source, conflict, row_l and row_r. A pair that others brought together is at least as
    sure as the weakest link of its group. A pair left apart counts only where both records still have room
    for it: where neither's group has a record of the other's source, and no number speaks against it.
    """
    if pairs["match_weight"].null_count() == pairs.height:
        return None
    cluster = resolution.clusters["cluster"]
    chance = 1 / (1 + 2.0 ** -pl.coalesce("linked_weight", "match_weight").clip(-60, 60))
    together = pairs.filter("same_child").select(
        chance.alias("chance"),
        direct=pl.col("linked_weight").is_not_null(),
        cluster=cluster.gather(pairs.filter("same_child")["row_l"]),
    )
    weakest = pl.col("chance").filter(pl.col("direct")).min().over("cluster").fill_null(0.0)
    right = together.select(
        pl.when("direct").then("chance").otherwise(pl.max_horizontal("chance", weakest)).sum()
    ).item()
    near = pl.col("match_weight") >= _LEAST
    apart = pairs.filter(~pl.col("same_child") & ~pl.col("same_source") & ~pl.col("conflict") & near)
    held = resolution.clusters.select("row", "cluster").with_columns(source=_sources(pairs, resolution))
    places = held.select("cluster", "source").unique().with_columns(taken=pl.lit(True))
    apart = apart.with_columns(
        cluster_l=cluster.gather(apart["row_l"]), cluster_r=cluster.gather(apart["row_r"])
    )
    for side, other in (("l", "r"), ("r", "l")):
        apart = apart.join(
            places, left_on=[f"cluster_{side}", f"source_{other}"], right_on=["cluster", "source"], how="anti"
        )
    missed = apart.select(chance.sum()).item()
    return Estimate(made=together.height, right=float(right), missed=float(missed))


_LEAST = -12.0


def _sources(pairs: pl.DataFrame, resolution: Resolution) -> pl.Series:
    """The source of each row that is in a pair; null for the others."""
    told = pl.concat([pairs.select(row=f"row_{side}", source=f"source_{side}") for side in "lr"])
    told = told.unique("row", keep="any")
    return resolution.clusters.select("row").join(told, on="row", how="left", maintain_order="left")["source"]
