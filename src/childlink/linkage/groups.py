"""A linkage against a truth, group by group: a good average can hide children who are never found.

Each record counts in the group that it itself names, with all the pairs it is in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from childlink.linkage.evaluate import Score

_AGE_BANDS = ((0, "under 1"), (1, "1 to 4"), (5, "5 to 10"), (11, "11 to 15"), (16, "16 and over"))
_NONE = "not known"


@dataclass(frozen=True)
class Kin:
    """Pairs of records of different people who look like twins (surname, postcode and date of birth the same)
    or like siblings (surname and postcode): how many, and how many of them were taken for one child."""

    pairs: int
    merged: int

    def as_object(self) -> dict[str, int]:
        """For JSON."""
        return {"pairs": self.pairs, "merged": self.merged}


@dataclass(frozen=True)
class Groups:
    """``scores``: kind of group (source, sex, ethnicity, age) to group to score of its pairs, in order;
    ``twins``, ``siblings``."""

    scores: dict[str, dict[str, Score]]
    twins: Kin
    siblings: Kin

    def as_object(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "groups": {
                kind: [{"group": group, **score.as_object()} for group, score in held.items()]
                for kind, held in self.scores.items()
            },
            "twins": self.twins.as_object(),
            "siblings": self.siblings.as_object(),
        }


def evaluate_groups(links: pl.DataFrame, truth: pl.DataFrame, records: pl.DataFrame) -> Groups:
    """``links``: source, record_id, cluster. ``truth``: source, record_id, person. ``records``: the records
    frame of the extracts. Ages are in whole years on the last day of birth that any record gives."""
    key = ["source", "record_id"]
    held = links.join(truth, on=key).join(records, on=key).sort(key)
    sized = held.with_columns(
        made=pl.len().over("cluster") - 1,
        true=pl.len().over("person") - 1,
        found=pl.len().over("cluster", "person") - 1,
    )
    last = held["dob"].max()
    age = (pl.lit(last) - pl.col("dob")).dt.total_days() // 365.25
    band = pl.lit(None, pl.String)
    for least, words in _AGE_BANDS:
        band = pl.when(age >= least).then(pl.lit(words)).otherwise(band)
    kinds = {
        "source": pl.col("source"), "sex": pl.col("sex"), "ethnicity": pl.col("ethnicity"), "age": band,
    }  # fmt: skip
    scores = {}
    for kind, group in kinds.items():
        rows = (
            sized.select(pl.coalesce(group, pl.lit(_NONE)).alias("group"), "found", "made", "true")
            .group_by("group")
            .agg(pl.col("found", "made", "true").sum())
            .sort("group")
        )
        scores[kind] = {group: Score(*counts) for group, *counts in rows.iter_rows()}
    order = [words for _, words in _AGE_BANDS] + [_NONE]
    scores["age"] = {group: scores["age"][group] for group in order if group in scores["age"]}
    alike = ["surname", "postcode"]
    living = held.select("person", "cluster", "surname", "dob", postcode="postcodes").explode("postcode")
    living = living.drop_nulls(alike).with_row_index("n")
    kin = living.join(living, on=alike, suffix="_r").filter(
        (pl.col("n") < pl.col("n_r")) & (pl.col("person") != pl.col("person_r"))
    )
    one = pl.col("cluster") == pl.col("cluster_r")
    same_day = (pl.col("dob") == pl.col("dob_r")).fill_null(False)
    twins, siblings = kin.filter(same_day), kin.filter(~same_day)
    return Groups(
        scores=scores,
        twins=Kin(twins.height, int(twins.select(one.sum()).item())),
        siblings=Kin(siblings.height, int(siblings.select(one.sum()).item())),
    )
