"""Which id each record gets, given the ids that records already have. No database here.

Three rules, and no fourth: a cluster of strangers gets a new id; strangers in a cluster of one id join it;
nothing is ever merged or split. A cluster with records of several ids is a bridge, an id whose records fall
into several clusters a split, and both are reported for a person to decide. A sealed record takes no part in
any of it: it is a cluster of its own, whatever cluster it was given in, and is never reported.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from itertools import combinations

import polars as pl


@dataclass(frozen=True)
class Plan:
    """The records of a run and where their ids come from.

    ``records``: the columns that were given, and joins (the id of its cluster that a stranger joins, else
    null), newcomer (UInt32: the number, from 0, of the new id it gets, else null), bridged (its cluster has
    several ids), split (its id is in several clusters). known_id is null where ``severed``. Sorted by source,
    record_id. ``new_ids``: how many new ids are wanted. New ids are numbered in the order of the first record
    that gets each, so that the labels of clusters have no part in it.
    """

    records: pl.DataFrame
    new_ids: int


@dataclass(frozen=True)
class Reviewed:
    """What a person looked at and left as it was: pairs of ids that are two children, ids that are one."""

    apart: Set[frozenset[str]] = frozenset()
    whole: Set[str] = frozenset()


@dataclass(frozen=True)
class Assignment:
    """The ids of a run's records.

    ``assignments``: source, record_id, child_id, one row per record. ``bridges``: cluster, source, record_id,
    child_id, new (Boolean: was not in the register), every record of each cluster that holds records of two
    or more ids; nothing is merged, known records keep their ids, and each new one has an id of its own.
    ``splits``: child_id, cluster, source, record_id: known records of an id that are now in two or more
    clusters; they keep their id. All sorted by source, record_id; bridges by cluster first, splits by
    child_id and cluster first. ``cluster`` as it was given. Sealed records are in neither, nor is what a
    person reviewed and left as it was.

    ``known``: records that keep the id they had; ``joined``: new records that joined a known id; ``new``:
    records with a new id; ``new_children``: new ids; ``events``: events written; ``run``: the register's last
    run, which is this one if it wrote events.
    """

    assignments: pl.DataFrame
    bridges: pl.DataFrame
    splits: pl.DataFrame
    known: int
    joined: int
    new: int
    new_children: int
    events: int
    run: int


def planned(records: pl.DataFrame) -> Plan:
    """The plan for records: source, record_id, cluster, token, known_id (null for a stranger), sealed, severed
    (Boolean: sealed, and to leave the id it has)."""
    known = pl.col("known_id")
    stranger = known.is_null()
    # windows over two columns take much longer, and most runs have nobody sealed
    together = ["cluster", "apart"] if records["sealed"].any() else ["cluster"]
    with_ids = (
        records.lazy()
        .sort("source", "record_id")
        .with_row_index("place")
        .with_columns(
            known_id=pl.when(~pl.col("severed")).then("known_id"),
            apart=pl.when("sealed").then("place"),  # a sealed record is with itself alone
        )
        .with_columns(
            known.drop_nulls().n_unique().over(together).alias("ids_here"),
            known.drop_nulls().first().over(together).alias("id_here"),
            pl.when(known.is_not_null() & ~pl.col("sealed"))
            .then(pl.col("cluster").filter(~pl.col("sealed")).n_unique().over("known_id"))
            .alias("clusters_here"),
        )
        .with_columns(
            joins=pl.when(stranger & (pl.col("ids_here") == 1)).then("id_here"),
            bridged=pl.col("ids_here") > 1,
            split=(pl.col("clusters_here") > 1).fill_null(value=False),
            first_here=pl.col("place").min().over(together),
        )
        .drop("clusters_here", "id_here")
        .collect()
    )
    # strangers among strangers share the place of their cluster's first record; on a bridge each has its own
    first_place = (
        pl.when(stranger & (pl.col("ids_here") == 0))
        .then("first_here")
        .when(stranger & pl.col("bridged"))
        .then("place")
    )
    placed = with_ids.with_columns(first_place.alias("first_place"))
    newcomer = pl.col("first_place").rank("dense") - 1
    numbered = placed.with_columns(newcomer.cast(pl.UInt32).alias("newcomer"))
    wanted = numbered["newcomer"].n_unique() - int(numbered["newcomer"].has_nulls())
    return Plan(numbered.drop("place", "first_place", "first_here", "ids_here", "apart"), wanted)


def with_child_ids(plan: Plan, new_ids: pl.Series) -> pl.DataFrame:
    """The plan's records with child_id, given as many new ids as it wants."""
    numbers = pl.DataFrame({"newcomer": range(plan.new_ids), "fresh_id": new_ids}).with_columns(
        pl.col("newcomer").cast(pl.UInt32), pl.col("fresh_id").cast(pl.String)
    )
    placed = plan.records.join(numbers, on="newcomer", how="left", maintain_order="left")
    return placed.with_columns(child_id=pl.coalesce("known_id", "joins", "fresh_id")).drop("fresh_id")


def settled(placed: pl.DataFrame, *, reviewed: Reviewed, events: int, run: int) -> Assignment:
    """The assignment that comes of a plan's records with their ids (``with_child_ids``)."""
    placed = placed.with_columns(new=pl.col("known_id").is_null())
    bridges = (
        placed.filter("bridged")
        .select("cluster", "source", "record_id", "child_id", "new")
        .sort("cluster", "source", "record_id")
    )
    splits = (
        placed.filter("split")
        .select("child_id", "cluster", "source", "record_id")
        .sort("child_id", "cluster", "source", "record_id")
    )
    newcomers = placed["newcomer"]
    return Assignment(
        assignments=placed.select("source", "record_id", "child_id"),
        bridges=_open_bridges(bridges, reviewed.apart),
        splits=splits.filter(~pl.col("child_id").is_in(sorted(reviewed.whole))),
        known=int((~placed["new"]).sum()),
        joined=placed["joins"].len() - placed["joins"].null_count(),
        new=newcomers.len() - newcomers.null_count(),
        new_children=newcomers.n_unique() - int(newcomers.has_nulls()),
        events=events,
        run=run,
    )


def _open_bridges(bridges: pl.DataFrame, apart: Set[frozenset[str]]) -> pl.DataFrame:
    """``bridges`` without the clusters each two of whose ids a person left apart."""
    if not apart or bridges.is_empty():
        return bridges
    held = bridges.group_by("cluster").agg(pl.col("child_id").unique().sort())
    # a loop over bridged clusters, which are few
    done = [
        cluster
        for cluster, ids in held.iter_rows()
        if all(frozenset(two) in apart for two in combinations(ids, 2))
    ]
    settled_clusters = pl.DataFrame({"cluster": done}, schema={"cluster": bridges.schema["cluster"]})
    return bridges.join(settled_clusters, on="cluster", how="anti", maintain_order="left")
