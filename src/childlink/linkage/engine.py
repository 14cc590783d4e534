"""The linkage engine: records in, children out. It reads nothing and writes nothing: ``run`` does.

The records frame (``linkage.standardise``): one row per record, sorted by source and record id, row (UInt32)
counting from 0; source, record_id, forename, surname, forename_original, surname_original, known_as (String),
dob (Date), dob_weak (Boolean), sex ("F", "M"), postcodes (List(String)), nhs_number, upn, upn_temporary,
former_upn, uln, ethnicity (String), sealed (Boolean), further identifiers
id_NAME and the user's own fields x_NAME (String).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl
from polars import selectors as cs

from childlink.linkage import em
from childlink.linkage.blocking import blocking_keys, candidates
from childlink.linkage.compare import compare
from childlink.linkage.decisions import DECIDED_WORD, Constraints, constraints_of, no_decisions, settled
from childlink.linkage.estimate import Estimate, estimate
from childlink.linkage.levels import comparisons
from childlink.linkage.model import Model, require_fields, score
from childlink.linkage.passes import Pass, passes, run_passes
from childlink.linkage.prepare import Prepared, prepare
from childlink.linkage.resolve import ALONE, SCORED_WORD, SEALED, Resolution, resolve, with_evidence
from childlink.linkage.review import review_list, with_decisions
from childlink.linkage.settings import LinkSettings
from childlink.progress import Progress, unwatched

_STAGES = 6


@dataclass(frozen=True)
class LinkResult:
    """What a linkage found. Holds no names, dates or numbers of children, only record ids.

    ``links``: one row per record: source, record_id, cluster (UInt32), decided_by, match_weight (Float64,
    null for records alone and where no model was trained), cluster_size (UInt32); sorted by source and
    record_id. decided_by is that of the record's strongest link: a pass, "scored", "free-place", "none"
    (alone) or "sealed".
    ``pairs``: all candidate pairs: source_l, record_id_l, source_r, record_id_r, the levels of
    ``levels.comparisons``, match_weight, family_weight, decided_by (null unless the pair itself joined two
    groups of records), same_child (Boolean); sorted by sources and record ids, left before right.
    ``review``: see ``review.review_list``. ``by_pass``: decided_by, key, condition, pairs.
    ``by_key``: see ``blocking.Candidates``. ``coverage``: see ``resolve.Resolution``.
    ``model``: None when nothing was to be scored. ``estimate``: of precision and recall, by the model.
    ``verdicts``, ``decided``: what people decided, and what of it bound this linkage: ``linkage.decisions``.
    """

    links: pl.DataFrame
    pairs: pl.DataFrame
    review: pl.DataFrame
    by_pass: pl.DataFrame
    by_key: pl.DataFrame
    coverage: pl.DataFrame
    model: Model | None
    estimate: Estimate | None
    sources: tuple[str, ...]
    verdicts: pl.DataFrame
    decided: Constraints


def link(
    records: pl.DataFrame,
    *,
    settings: LinkSettings,
    trained: Model | None = None,
    decisions: pl.DataFrame | None = None,
    progress: Progress = unwatched,
) -> LinkResult:
    """Which of ``records`` (the records frame; any row order) are of one child.

    ``trained``: a model to score with instead of learning one; only how many pairs of each class there are is
    worked out anew. Raises UsageFault where it is of other fields than the records have. ``decisions``: what
    people said (the columns of ``decisions.COLUMNS``); the result obeys it.

    The result depends on the records and the settings, not on the order of rows or sources, nor on chance.
    """
    records = records.sort("source", "record_id").with_columns(row=pl.int_range(pl.len(), dtype=pl.UInt32))
    progress("preparing", 0, _STAGES)
    prepared = prepare(records)
    progress("finding candidate pairs", 1, _STAGES)
    found = candidates(
        prepared.records, keys=blocking_keys(prepared.further, settings.own_keys), cap=settings.block_cap
    )
    progress("comparing", 2, _STAGES)
    pairs = _with_sides(compare(prepared, found.pairs), prepared, settings)
    progress("learning the model", 3, _STAGES)
    pairs, model = _scored(pairs, prepared, settings, trained)
    progress("resolving", 4, _STAGES)
    order = _passes_in_force(prepared, settings)
    pairs = pairs.with_columns(*run_passes(pairs, order).get_columns())
    pairs = with_evidence(pairs.with_columns(pl.col("decided_by").fill_null(SCORED_WORD)), settings)
    verdicts = settled(no_decisions() if decisions is None else decisions)
    decided = constraints_of(verdicts, prepared.records)
    resolution = resolve(prepared.records, pairs, settings, decided)
    progress("gathering results", 5, _STAGES)
    placed = _with_outcome(pairs, resolution)
    result = LinkResult(
        links=_links(records, resolution),
        pairs=_named_pairs(placed, records, comparisons_in(prepared)),
        review=with_decisions(review_list(placed, prepared.records, resolution, settings), verdicts, decided),
        by_pass=_by_pass(resolution, order, settings),
        by_key=found.by_key,
        coverage=resolution.coverage.with_columns(pl.col("source", "other").cast(pl.String)),
        model=model,
        estimate=estimate(_undecided(placed, decided), resolution),
        sources=prepared.sources,
        verdicts=verdicts,
        decided=decided,
    )
    progress("gathering results", _STAGES, _STAGES)
    return result


def _undecided(pairs: pl.DataFrame, decided: Constraints) -> pl.DataFrame:
    """The pairs about which no person has decided: what the model can be asked about."""
    by_hand = pl.concat([decided.together, decided.apart])
    return pairs.join(by_hand, on=["row_l", "row_r"], how="anti", maintain_order="left")


def comparisons_in(prepared: Prepared) -> list[str]:
    """Names of the level columns, in order."""
    return [one.field for one in comparisons(prepared.further, prepared.fields)]


def _with_sides(levels: pl.DataFrame, prepared: Prepared, settings: LinkSettings) -> pl.DataFrame:
    """Levels with what later steps need of either record; numbers that mean one child only within a source
    say nothing across sources."""
    held = prepared.records.select("source", "source_no", "birth_year", "dob_weak")
    left = held.select(pl.all().gather(levels["row_l"])).rename(lambda name: f"{name}_l")
    right = held.select(pl.all().gather(levels["row_r"])).rename(lambda name: f"{name}_r")
    sided = pl.concat([levels, left, right], how="horizontal")
    across = pl.col("source_l") != pl.col("source_r")
    local = [column for column in prepared.further if column in settings.source_identifiers]
    return sided.with_columns(
        dob_weak=pl.col("dob_weak_l").fill_null(False) | pl.col("dob_weak_r").fill_null(False),
        **{column: pl.when(across).then(0).otherwise(column).cast(pl.UInt8) for column in local},
    )


def _scored(
    pairs: pl.DataFrame, prepared: Prepared, settings: LinkSettings, trained: Model | None
) -> tuple[pl.DataFrame, Model | None]:
    if not settings.fuzzy:
        unknown = ("log_match", "log_family", "log_unrelated", "match_weight", "family_weight")
        return pairs.with_columns(pl.lit(None, pl.Float64).alias(name) for name in unknown), None
    compared = comparisons(prepared.further, prepared.fields)
    if trained is not None:
        require_fields(trained, compared)
    start = em.starting_model(prepared, compared, settings)
    fields = trained.fields if trained is not None else start.fields
    patterns = em.patterns_of(pairs, len(prepared.sources), fields)
    distinct = em.distinct_patterns(patterns, fields)
    model = (
        em.learn(start, distinct, settings)
        if trained is None
        else em.recount(start, trained, distinct, settings)
    )
    return score(model, patterns).drop(cs.ends_with("_share"), "rarity", "stratum"), model


def _passes_in_force(prepared: Prepared, settings: LinkSettings) -> tuple[Pass, ...]:
    shared = tuple(column for column in prepared.further if column not in settings.source_identifiers)
    order = passes(shared)
    return order if settings.fuzzy else tuple(one for one in order if not one.approximate)


def _with_outcome(pairs: pl.DataFrame, resolution: Resolution) -> pl.DataFrame:
    """Pairs with same_child, and linked_by (null unless the pair itself joined two clusters)."""
    cluster = resolution.clusters["cluster"]
    joined = resolution.links.select("row_l", "row_r", linked_by="decided_by", linked_weight="match_weight")
    return pairs.with_columns(
        same_child=cluster.gather(pairs["row_l"]) == cluster.gather(pairs["row_r"])
    ).join(joined, on=["row_l", "row_r"], how="left", maintain_order="left")


def _links(records: pl.DataFrame, resolution: Resolution) -> pl.DataFrame:
    """``LinkResult.links``: of each record's links, the one of the lowest tier, then the greatest weight."""
    ends = pl.concat(
        [resolution.links.select("tier", "decided_by", "match_weight", row=end) for end in ("row_l", "row_r")]
    )
    by_hand = pl.col("decided_by") == DECIDED_WORD
    best = ends.sort("row", "tier", ~by_hand, pl.col("match_weight").neg()).unique(
        "row", keep="first", maintain_order=True
    )
    every = records.select("row", "source", "record_id", "sealed").with_columns(
        resolution.clusters["cluster"]
    )
    every = every.with_columns(cluster_size=pl.len().over("cluster").cast(pl.UInt32))
    alone = pl.when("sealed").then(pl.lit(SEALED)).otherwise(pl.lit(ALONE))
    return every.join(best, on="row", how="left", maintain_order="left").select(
        "source",
        "record_id",
        "cluster",
        pl.coalesce("decided_by", alone).alias("decided_by"),
        "match_weight",
        "cluster_size",
    )


def _named_pairs(pairs: pl.DataFrame, records: pl.DataFrame, levels: Iterable[str]) -> pl.DataFrame:
    identity = records["record_id"]
    return pairs.select(
        pl.col("source_l").cast(pl.String),
        pl.lit(identity.gather(pairs["row_l"])).alias("record_id_l"),
        pl.col("source_r").cast(pl.String),
        pl.lit(identity.gather(pairs["row_r"])).alias("record_id_r"),
        *levels,
        pl.coalesce("linked_weight", "match_weight").alias("match_weight"),
        "family_weight",
        pl.col("linked_by").alias("decided_by"),
        "same_child",
    )


def _by_pass(resolution: Resolution, order: tuple[Pass, ...], settings: LinkSettings) -> pl.DataFrame:
    """One row per step in order: decided_by, key, condition, pairs (links it made)."""
    steps = [(DECIDED_WORD, "a person's decision", "that these are one child")]
    steps += [(one.decided_by, one.key_words, one.accept_words) for one in order]
    if settings.fuzzy:
        steps.append(
            (SCORED_WORD, "the model's weight", f"{settings.accept_weight:g} or more, lead {settings.lead:g}")
        )
    if settings.fuzzy and settings.free_place:
        steps.append(
            ("free-place", "all but the forename agrees", "neither has a partner in the other's source")
        )
    made = resolution.links.group_by("decided_by").len("pairs")
    table = pl.DataFrame(steps, schema=["decided_by", "key", "condition"], orient="row")
    return table.join(made, on="decided_by", how="left", maintain_order="left").with_columns(
        pl.col("pairs").fill_null(0)
    )
