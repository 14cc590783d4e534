"""The free-place step: what a pair alone cannot say, and both sources together can.

A child who is in two sources has one place in each. Once what is plain is linked, nearly all children have
found their place in a source that covers them well; two records that are alike and still have no partner in
each other's source are far more likely one child than the pair alone could tell: a twin, a sibling or a
stranger would nearly always have a partner of its own.
"""

from __future__ import annotations

from math import log2

import polars as pl

from childlink.linkage.passes import SCORED
from childlink.linkage.settings import LinkSettings

FREE_PLACE_TIER = SCORED + 1
FREE_PLACE = "free-place"

_YEAR_PRIOR = 20.0

ALIKE_BUT_FOR_FORENAME = (
    ~pl.col("forename_agrees")
    & pl.col("dob").is_between(1, 4)
    & (pl.col("sex") != 2)
    & (pl.col("surname").is_between(1, 4) | (pl.col("postcode") == 1))
)
"""What a pair must show where nothing of the forename speaks for it."""


def coverage(records: pl.DataFrame, clusters: pl.DataFrame) -> pl.DataFrame:
    """Of the children that each source holds, by year of birth, the share that each other source holds too.

    ``records``: source, birth_year; ``clusters``: cluster, in the same order. Columns source, other (String),
    birth_year (Int32, null: not known), children (UInt32), share (Float64), sorted. Years with few children
    lean on the share over all years.
    """
    held = records.select("source", "birth_year").with_columns(clusters["cluster"])
    children = held.group_by("cluster", "source").agg(pl.col("birth_year").min())
    others = children.select("cluster", other="source")
    every = children.join(children.select(other="source").unique(), how="cross").filter(
        pl.col("source") != pl.col("other")
    )
    found = every.join(others.with_columns(found=pl.lit(1.0)), on=["cluster", "other"], how="left")
    found = found.with_columns(pl.col("found").fill_null(0.0))
    overall = pl.col("found").mean().over("source", "other")
    return (
        found.with_columns(overall=overall)
        .group_by("source", "other", "birth_year")
        .agg(children=pl.len(), found=pl.col("found").sum(), overall=pl.col("overall").first())
        .select(
            "source", "other", "birth_year", "children",
            share=(pl.col("found") + _YEAR_PRIOR * pl.col("overall")) / (pl.col("children") + _YEAR_PRIOR),
        )
        .sort("source", "other", "birth_year")
    )  # fmt: skip


def may_gain(cover: pl.DataFrame, settings: LinkSettings) -> pl.Expr:
    """Whether a pair can matter to the step: alike but for the forename, or heavy enough to come within
    ``lead`` of what links when the coverage is as good as it is anywhere."""
    best = 1 - float(cover["share"].max() or 0.0)  # type: ignore[arg-type]
    least = settings.accept_weight - settings.lead + 2 * log2(max(best, 1e-9))
    return ALIKE_BUT_FOR_FORENAME | (pl.col("match_weight") >= least)


def free_places(apart: pl.DataFrame, cover: pl.DataFrame, settings: LinkSettings) -> pl.DataFrame:
    """Those pairs of ``apart`` that two free places make likely, with their new match_weight, tier and
    decided_by.

    ``apart``: pairs with evidence, between two sources, whose clusters (one, other) are not linked and may be
    one child: so neither has a partner in the other's source. ``lone``: both clusters are of one source.
    ``cover``: of ``coverage``.

    The weight is worked out again: others than matches both of whose partners are missing are as much rarer
    as the sources' coverage says. At least one source must cover the other's children well. Where surname and
    address both differ, each must, and neither child may be known to a third source: an adopted child's old
    and new record look just so. No other pair of either child may come within ``lead`` of the new weight, and
    where the forename does not agree there must be no other pair of the kind at all.
    """
    weighed = _weighed(apart, cover)
    good = settings.free_place_coverage
    enough = (
        pl.when("estranged")
        .then(pl.min_horizontal("share_l", "share_r"))
        .otherwise(pl.max_horizontal("share_l", "share_r"))
    )
    free = weighed.filter(
        (enough >= good)
        & (~pl.col("estranged") | pl.col("lone"))
        & (pl.col("match_weight") >= settings.accept_weight)
        & (pl.col("forename_agrees") | ALIKE_BUT_FOR_FORENAME)
    )
    crowded = _crowded(weighed.filter(ALIKE_BUT_FOR_FORENAME))
    ends = _with_second_best(weighed)
    for end in ("one", "other"):
        free = free.join(crowded, left_on=end, right_on="cluster", how="left", maintain_order="left")
        free = free.filter(pl.col("forename_agrees") | pl.col("crowd").is_null()).drop("crowd")
        free = free.join(ends, left_on=end, right_on="cluster", how="left", maintain_order="left")
        mine = (pl.col("match_weight") == pl.col("best")) & (pl.col("partner") == pl.col(_other(end)))
        rival = pl.when(mine).then("second").otherwise("best")
        free = free.filter(rival.is_null() | (pl.col("match_weight") - rival >= settings.lead))
        free = free.drop("best", "second", "partner")
    return free.drop("one", "other").with_columns(
        tier=pl.lit(FREE_PLACE_TIER, pl.UInt8), decided_by=pl.lit(FREE_PLACE)
    )


def _other(end: str) -> str:
    return "other" if end == "one" else "one"


def _weighed(apart: pl.DataFrame, cover: pl.DataFrame) -> pl.DataFrame:
    """``apart`` with share_l, share_r (of its source and birth year in the other's source) and the weight
    that free places give it."""
    share = cover.select("source", "other", "birth_year", "share")
    for side, source, other in (("l", "source_l", "source_r"), ("r", "source_r", "source_l")):
        apart = apart.join(
            share.rename({"share": f"share_{side}"}),
            left_on=[source, other, f"birth_year_{side}"],
            right_on=["source", "other", "birth_year"],
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
    neither = (1 - pl.col("share_l")) * (1 - pl.col("share_r"))
    others = (2.0 ** pl.col("log_family") + 2.0 ** pl.col("log_unrelated")) * neither
    return apart.with_columns(match_weight=pl.col("log_match") - others.clip(lower_bound=1e-300).log(2))


def _with_second_best(weighed: pl.DataFrame) -> pl.DataFrame:
    """For each cluster the weight of its best pair (best, with partner), and of its best with another
    partner (second, null where there is none)."""
    ends = pl.concat(
        [
            weighed.select("match_weight", cluster="one", partner="other"),
            weighed.select("match_weight", cluster="other", partner="one"),
        ]
    )
    best = ends.group_by("cluster", "partner").agg(pl.col("match_weight").max())
    best = best.sort("cluster", pl.col("match_weight").neg(), "partner")
    return best.group_by("cluster", maintain_order=True).agg(
        best=pl.col("match_weight").first(),
        second=pl.col("match_weight").get(1, null_on_oob=True),
        partner=pl.col("partner").first(),
    )


def _crowded(alike: pl.DataFrame) -> pl.DataFrame:
    """Clusters with more than one candidate for a free place: cluster, crowd."""
    ends = pl.concat(
        [alike.select(cluster="one", partner="other"), alike.select(cluster="other", partner="one")]
    )
    return ends.unique().group_by("cluster").agg(crowd=pl.len()).filter(pl.col("crowd") > 1)
