"""Which id each record gets, given the ids that records already have. No database here.

Three rules, and no fourth: a cluster of strangers gets a new id; strangers in a cluster of one id join it;
nothing is ever merged or split. A cluster with records of several ids is a bridge, an id whose records fall
into several clusters a split, and both are reported for a person to decide.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Plan:
    """The records of a run and where their ids come from.

    ``records``: source, record_id, cluster, token, known_id (null for a record not in the register), joins
    (the id of its cluster that a stranger joins, else null), newcomer (UInt32: the number, from 0, of the
    new id it gets, else null), bridged (its cluster has several ids), split (its id is in several clusters).
    Sorted by source, record_id. ``new_ids``: how many new ids are wanted. New ids are numbered in the order
    of the first record that gets each, so that the labels of clusters have no part in it.
    """

    records: pl.DataFrame
    new_ids: int


@dataclass(frozen=True)
class Assignment:
    """The ids of a run's records.

    ``assignments``: source, record_id, child_id, one row per record. ``bridges``: cluster, source, record_id,
    child_id, new (Boolean: was not in the register), every record of each cluster that holds records of two
    or more ids; nothing is merged, known records keep their ids, and each new one has an id of its own.
    ``splits``: child_id, cluster, source, record_id: known records of an id that are now in two or more
    clusters; they keep their id. All sorted by source, record_id; bridges by cluster first, splits by
    child_id and cluster first. ``cluster`` as it was given.

    ``known``: records already in the register; ``joined``: new records that joined a known id; ``new``: new
    records with a new id; ``new_children``: new ids; ``events``: events written.
    """

    assignments: pl.DataFrame
    bridges: pl.DataFrame
    splits: pl.DataFrame
    known: int
    joined: int
    new: int
    new_children: int
    events: int


def planned(records: pl.DataFrame) -> Plan:
    """The plan for records: source, record_id, cluster, token, known_id."""
    known = pl.col("known_id")
    stranger = known.is_null()
    ids_here = known.drop_nulls().n_unique().over("cluster")
    with_ids = (
        records.lazy()
        .sort("source", "record_id")
        .with_columns(
            ids_here.alias("ids_here"),
            known.drop_nulls().first().over("cluster").alias("id_here"),
            pl.when(known.is_not_null())
            .then(pl.col("cluster").n_unique().over("known_id"))
            .alias("clusters_here"),
        )
        .with_columns(
            joins=pl.when(stranger & (pl.col("ids_here") == 1)).then("id_here"),
            bridged=pl.col("ids_here") > 1,
            split=(pl.col("clusters_here") > 1).fill_null(value=False),
        )
        .drop("clusters_here", "id_here")
        .with_row_index("place")
        .collect()
    )
    # strangers among strangers share the place of their cluster's first record; on a bridge each has its own
    first_place = (
        pl.when(stranger & (pl.col("ids_here") == 0))
        .then(pl.col("place").min().over("cluster"))
        .when(stranger & pl.col("bridged"))
        .then("place")
    )
    placed = with_ids.with_columns(first_place.alias("first_place"))
    newcomer = pl.col("first_place").rank("dense") - 1
    numbered = placed.with_columns(newcomer.cast(pl.UInt32).alias("newcomer"))
    wanted = numbered["newcomer"].n_unique() - int(numbered["newcomer"].has_nulls())
    return Plan(numbered.drop("place", "first_place", "ids_here"), wanted)


def settled(plan: Plan, new_ids: pl.Series, *, events: int) -> Assignment:
    """The assignment that comes of a plan and as many new ids as it wants."""
    numbers = pl.DataFrame({"newcomer": range(plan.new_ids), "fresh_id": new_ids}).with_columns(
        pl.col("newcomer").cast(pl.UInt32), pl.col("fresh_id").cast(pl.String)
    )
    placed = plan.records.join(numbers, on="newcomer", how="left", maintain_order="left").with_columns(
        child_id=pl.coalesce("known_id", "joins", "fresh_id"), new=pl.col("known_id").is_null()
    )
    return Assignment(
        assignments=placed.select("source", "record_id", "child_id"),
        bridges=placed.filter("bridged")
        .select("cluster", "source", "record_id", "child_id", "new")
        .sort("cluster", "source", "record_id"),
        splits=placed.filter("split")
        .select("child_id", "cluster", "source", "record_id")
        .sort("child_id", "cluster", "source", "record_id"),
        known=int((~placed["new"]).sum()),
        joined=placed["joins"].len() - placed["joins"].null_count(),
        new=placed["newcomer"].len() - placed["newcomer"].null_count(),
        new_children=plan.new_ids,
        events=events,
    )
