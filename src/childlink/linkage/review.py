"""What a person must look at: pairs that were not linked and might be one child, each with its reasons.

Record ids and reasons only; no value of a record. Sealed identities are in no pair, so never here.
"""

from __future__ import annotations

import polars as pl

from childlink.linkage.decisions import (
    CONTRADICTED,
    DIFFERENT,
    DISAGREED,
    PAIR,
    REVIEWERS_DISAGREE,
    Constraints,
    in_order,
)
from childlink.linkage.passes import SCORED
from childlink.linkage.resolve import Resolution
from childlink.linkage.settings import LinkSettings

REASONS: dict[str, str] = {
    "different-numbers": "names and date of birth agree, but not the NHS numbers or the UPNs",
    "number-not-confirmed": "an NHS number or UPN is the same, and too little else agrees",
    "possible-twin": "all but the forename agrees: a twin, or one child under two names",
    "no-forename-evidence": "the weight is high enough, and nothing of the forename agrees",
    "close-rival": "another person fits nearly as well",
    "place-taken": "one of the two already has a record of the other's source",
    "bridge": "the pair would join two children that are each supported by other links",
    "possible-repeat": "two records of one source that may be the same child",
    "near-threshold": "the weight is just under what links without a decision",
    "register-bridge": "linked now, and two children in the register",
    "register-split": "one child in the register, and not linked now",
    REVIEWERS_DISAGREE: "reviewers gave different answers",
    CONTRADICTED: "answers that these are one child go against others that two of the records are two",
    "pass-refused": "a pass would have linked the pair, and its records' groups forbid it",
}
"""Reason codes of review.csv, in order, in words."""


def review_list(
    pairs: pl.DataFrame, records: pl.DataFrame, resolution: Resolution, settings: LinkSettings
) -> pl.DataFrame:
    """source_l, record_id_l, source_r, record_id_r, match_weight, reasons (codes of REASONS joined by "; ").

    ``pairs``: all candidates with evidence and same_child. Greatest weight first, then by record.
    """
    weight = pl.col("match_weight")
    high, likely = weight >= settings.accept_weight, weight >= settings.review_weight
    taken = pl.col("taken")
    names_agree = pl.col("forename").is_between(1, 5) & pl.col("surname").is_between(1, 4)
    numbered = (pl.col("nhs_number") == 1) | pl.col("upn").is_in([1, 2])
    # an adopted child's old and new record look like such a pair: neither is offered to the other
    offered = likely.fill_null(False) | pl.col("conflict") | numbered | (pl.col("tier") < SCORED)
    apart = pairs.filter(~pl.col("same_child") & ~pl.col("estranged") & offered)
    sided = _with_clusters(apart, records, resolution)
    across = ~pl.col("same_source")
    twinlike = ~pl.col("forename_agrees") & (pl.col("dob") == 1) & pl.col("surname").is_between(1, 4)
    tests = {
        "different-numbers": pl.col("conflict") & names_agree & (pl.col("dob") == 1),
        "number-not-confirmed": numbered,
        "possible-twin": across & twinlike & likely & ~taken,
        "no-forename-evidence": across & ~pl.col("forename_agrees") & high & ~taken,
        "close-rival": across & pl.col("may_link") & (pl.col("tier") == SCORED) & ~taken,
        "place-taken": across & high & taken & pl.col("forename_agrees"),
        "bridge": across & high & (pl.col("size_l") > 1) & (pl.col("size_r") > 1),
        "possible-repeat": ~across & high & ~pl.col("conflict"),
        "near-threshold": across & likely & ~high & ~taken & ~twinlike,
        "pass-refused": pl.col("tier") < SCORED,
    }
    codes = [pl.when(test.fill_null(False)).then(pl.lit(code)) for code, test in tests.items()]
    listed = sided.with_columns(reasons=pl.concat_str(codes, separator="; ", ignore_nulls=True))
    identity = records["record_id"]
    listed = listed.filter(pl.col("reasons") != "").sort(
        "match_weight", "row_l", "row_r", descending=[True, False, False], nulls_last=True
    )
    return listed.select(
        pl.col("source_l").cast(pl.String),
        pl.lit(identity.gather(listed["row_l"])).alias("record_id_l"),
        pl.col("source_r").cast(pl.String),
        pl.lit(identity.gather(listed["row_r"])).alias("record_id_r"),
        pl.col("match_weight").round(3),
        "reasons",
    )


def with_decisions(review: pl.DataFrame, verdicts: pl.DataFrame, decided: Constraints) -> pl.DataFrame:
    """``review`` without the pairs that people decided are two children, and with those on which reviewers or
    answers are at odds, last, without a weight where nothing else lists them."""
    review = review.join(verdicts.filter(verdict=DIFFERENT), on=PAIR, how="anti", maintain_order="left")
    odds = pl.concat(
        [
            verdicts.filter(verdict=DISAGREED).select(*PAIR, more=pl.lit(REVIEWERS_DISAGREE)),
            decided.contradicted.select(*PAIR, more=pl.lit(CONTRADICTED)),
        ]
    )
    listed = review.join(odds, on=PAIR, how="left", maintain_order="left")
    listed = listed.with_columns(
        reasons=pl.concat_str("reasons", "more", separator="; ", ignore_nulls=True)
    ).drop("more")
    new = odds.join(review, on=PAIR, how="anti", maintain_order="left").select(
        *PAIR, pl.lit(None, pl.Float64).alias("match_weight"), pl.col("more").alias("reasons")
    )
    return pl.concat([listed, in_order(new)])


def _with_clusters(pairs: pl.DataFrame, records: pl.DataFrame, resolution: Resolution) -> pl.DataFrame:
    """``pairs`` with size_l, size_r (records in the cluster of either) and taken: whether either's cluster
    has a record of the other's source already."""
    held = resolution.clusters.with_columns(records["source"]).with_columns(size=pl.len().over("cluster"))
    cluster, size = held["cluster"], held["size"]
    placed = pairs.with_columns(
        cluster_l=cluster.gather(pairs["row_l"]),
        cluster_r=cluster.gather(pairs["row_r"]),
        size_l=size.gather(pairs["row_l"]),
        size_r=size.gather(pairs["row_r"]),
    )
    places = held.select("cluster", "source").unique().with_columns(has=pl.lit(True))
    for side, other in (("l", "r"), ("r", "l")):
        placed = placed.join(
            places.rename({"has": f"has_{side}"}),
            left_on=[f"cluster_{side}", f"source_{other}"],
            right_on=["cluster", "source"],
            how="left",
            maintain_order="left",
        )
    return placed.with_columns(taken=pl.col("has_l").fill_null(False) | pl.col("has_r").fill_null(False))


def disagreements(bridges: pl.DataFrame, splits: pl.DataFrame) -> pl.DataFrame:
    """Where linkage and register disagree, as rows of the review list without a weight.

    ``bridges``, ``splits``: of ``register.Assignment``. Each cluster that holds several children of the
    register, and each child that is now in several clusters, gives one pair of records for each after the
    first.
    """
    return pl.concat(
        [
            _first_pairs(bridges, whole="cluster", part="child_id", reason="register-bridge"),
            _first_pairs(splits, whole="child_id", part="cluster", reason="register-split"),
        ]
    )


def _first_pairs(rows: pl.DataFrame, *, whole: str, part: str, reason: str) -> pl.DataFrame:
    firsts = rows.sort(whole, "source", "record_id").unique([whole, part], keep="first", maintain_order=True)
    paired = firsts.with_columns(
        source_l=pl.col("source").first().over(whole), record_id_l=pl.col("record_id").first().over(whole)
    ).filter(pl.struct("source", "record_id") != pl.struct(source="source_l", record_id="record_id_l"))
    return paired.select(
        "source_l",
        "record_id_l",
        pl.col("source").alias("source_r"),
        pl.col("record_id").alias("record_id_r"),
        pl.lit(None, pl.Float64).alias("match_weight"),
        pl.lit(reason).alias("reasons"),
    )
