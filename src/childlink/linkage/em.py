"""Training of the mixture without labels.

The unrelated class is measured, not learnt: blocking picks pairs because they agree, so strangers among the
candidates are no sample of strangers. EM then moves the match and family classes and their numbers, over
distinct agreement patterns with their counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from childlink.linkage.compare import compare
from childlink.linkage.levels import Comparison
from childlink.linkage.model import (
    Chances,
    FieldChances,
    Model,
    PairsOfSources,
    all_strata,
    fields_of,
    log_chances,
    rarity,
    stratum_of,
)
from childlink.linkage.prepare import Prepared
from childlink.linkage.settings import LinkSettings

PRIOR_PAIRS = 20.0
"""Pairs' worth of belief in the starting values: they decide only where the data hold next to nothing."""

_RARITY_STEP = 1.0  # bits


def random_pairs(records: int, wanted: int, seed: int) -> pl.DataFrame:
    """At most ``wanted`` pairs row_l < row_r (UInt32), unique, sorted, drawn evenly from all pairs."""
    draw = np.random.default_rng(seed)
    one = draw.integers(0, records, size=wanted)
    other = draw.integers(0, records, size=wanted)
    pairs = pl.DataFrame({"one": one, "other": other}).filter(pl.col("one") != pl.col("other"))
    return (
        pairs.select(
            row_l=pl.min_horizontal("one", "other").cast(pl.UInt32),
            row_r=pl.max_horizontal("one", "other").cast(pl.UInt32),
        )
        .unique()
        .sort("row_l", "row_r")
    )


def chance_agreement(
    prepared: Prepared, comparisons: tuple[Comparison, ...], settings: LinkSettings
) -> dict[str, Chances]:
    """Chance of each level from 1 between unrelated records, given that neither side is missing.

    Measured on random pairs; for exact agreement of names, dates and postcodes worked out from how often each
    value occurs, which random pairs see too seldom.
    """
    sampled = compare(prepared, random_pairs(prepared.records.height, settings.sample_pairs, settings.seed))
    exact = _exact_by_frequency(prepared)
    chances = {}
    for one in comparisons:
        seen = np.bincount(sampled[one.field].to_numpy(), minlength=one.levels)[1:].astype(np.float64)
        seen += 0.5 / len(seen)
        if one.field == "name_order":
            # Taking the order that agrees is our choice, not an event: it must not count as evidence.
            chances[one.field] = np.ones(len(seen))
            continue
        share = seen / seen.sum()
        if one.field in exact:
            rest = share[1:] / share[1:].sum()
            share = np.concatenate([[exact[one.field]], rest * (1 - exact[one.field])])
        chances[one.field] = share
    return chances


def _exact_by_frequency(prepared: Prepared) -> dict[str, float]:
    """For each field that rarity weighs the chance that two different records hold the same value."""
    records = prepared.records
    floor = 1 / max(records.height, 2) ** 2
    agreed = {}
    for name in ("forename", "surname", "dob", *prepared.fields):
        held = records[name].drop_nulls()
        counts = held.value_counts()["count"].cast(pl.Float64)
        agreed[name] = _same(counts, held.len(), floor)
    living = records.select("postcodes").explode("postcodes").drop_nulls()["postcodes"]
    agreed["postcode"] = _same(living.value_counts()["count"].cast(pl.Float64), living.len(), floor)
    return agreed


def _same(counts: pl.Series, records: int, floor: float) -> float:
    pairs = records * (records - 1)
    return min(max(float((counts * (counts - 1)).sum()) / pairs if pairs else 0.0, floor), 0.999)


def patterns_of(pairs: pl.DataFrame, sources: int, fields: Mapping[str, FieldChances]) -> pl.DataFrame:
    """``pairs`` (levels, shares, source_no_l, source_no_r) with stratum (Int32) and rarity (Float64,
    log2; see ``model.rarity``)."""
    return pairs.with_columns(
        rarity=rarity(fields),
        stratum=stratum_of(pl.col("source_no_l"), pl.col("source_no_r"), sources),
    )


def distinct_patterns(patterns: pl.DataFrame, fields: Mapping[str, FieldChances]) -> pl.DataFrame:
    """Distinct levels, stratum and rarity (to the bit) with count (UInt32), sorted by all of them."""
    columns = ["stratum", *fields, "rarity"]
    stepped = patterns.with_columns((pl.col("rarity") / _RARITY_STEP).round() * _RARITY_STEP)
    return stepped.group_by(columns).agg(count=pl.len()).sort(columns)


def starting_model(prepared: Prepared, comparisons: tuple[Comparison, ...], settings: LinkSettings) -> Model:
    """Measured unrelated class, stated match and family classes, and a guess of how many of each."""
    records = prepared.records.filter(~pl.col("sealed"))
    counts = dict(records.group_by("source").len().iter_rows())
    sizes = {source: int(counts.get(source, 0)) for source in prepared.sources}
    strata = tuple(_guessed(s, sizes) for s in all_strata(prepared.sources, sizes))
    fields = fields_of(comparisons, chance_agreement(prepared, comparisons, settings))
    return Model(fields=fields, strata=strata, seed=settings.seed, rounds=0, converged=False)


def _guessed(stratum: PairsOfSources, sizes: Mapping[str, int]) -> PairsOfSources:
    """A first guess: half of the smaller source is in the other, a fiftieth of a source is repeats, and a
    third of children have a brother or sister of whom the same holds. EM soon forgets it."""
    one, other = stratum.sources
    smaller = min(sizes[one], sizes[other])
    matches = 0.02 * smaller if one == other else 0.5 * smaller
    return replace(stratum, match=min(stratum.pairs, matches), family=min(stratum.pairs, 0.3 * smaller))


def train(start: Model, distinct: pl.DataFrame, settings: LinkSettings) -> Model:
    """EM from ``start`` over ``distinct`` (of ``distinct_patterns``, sorted) until no chance moves by more
    than the tolerance. Only the match and family classes and their numbers move."""
    counts = distinct["count"].to_numpy().astype(np.float64)
    strata = distinct["stratum"].to_numpy()
    model = start
    for step in range(1, settings.em_rounds + 1):
        shares = _responsibilities(model, distinct)
        weights = [counts * share for share in shares]
        moved = _maximised(model, start, distinct, strata, weights)
        change = _largest_change(model, moved)
        model = replace(moved, rounds=step, converged=change < settings.em_tolerance)
        if model.converged:
            break
    return model


def learn(start: Model, distinct: pl.DataFrame, settings: LinkSettings) -> Model:
    """The model of ``train``, with a family class only where there are families.

    Brothers and sisters do not share a forename. Where the class has found pairs most of which do, it has
    taken away some of the matches, and the data are learnt again without it. The same where the people are
    said not to be children of families.
    """
    alone = replace(start, strata=tuple(replace(s, family=0.0) for s in start.strata))
    if not settings.children:
        return train(alone, distinct, settings)
    model = train(start, distinct, settings)
    if sum(model.fields["forename"].family[:3]) > _SHARED_FORENAMES:
        return train(alone, distinct, settings)
    return model


_SHARED_FORENAMES = 0.5


def recount(start: Model, trained: Model, distinct: pl.DataFrame, settings: LinkSettings) -> Model:
    """``trained`` as it is, with the numbers of match and family pairs of these data in place of those of the
    data that it was trained on. ``start``: of ``starting_model``, for the strata."""
    families = settings.children and any(s.family >= 1 for s in trained.strata)
    strata = start.strata if families else tuple(replace(s, family=0.0) for s in start.strata)
    model = replace(trained, strata=strata)
    counts = distinct["count"].to_numpy().astype(np.float64)
    places = distinct["stratum"].to_numpy()
    for _ in range(settings.em_rounds):
        match, family = (
            np.bincount(places, weights=counts * share, minlength=len(strata))
            for share in _responsibilities(model, distinct)
        )
        counted = tuple(
            replace(s, match=float(match[k]), family=float(family[k])) for k, s in enumerate(model.strata)
        )
        moved = max(abs(a.match - b.match) for a, b in zip(counted, model.strata, strict=True))
        model = replace(model, strata=_with_family_floor(counted))
        if moved < 0.01:
            break
    return model


def _responsibilities(model: Model, patterns: pl.DataFrame) -> tuple[Chances, Chances]:
    match, family, unrelated = log_chances(model, patterns)
    total = np.logaddexp2(np.logaddexp2(match, family), unrelated)
    return np.exp2(match - total), np.exp2(family - total)


def _maximised(
    model: Model, start: Model, distinct: pl.DataFrame, strata: Chances, weights: list[Chances]
) -> Model:
    fields = {}
    for name, chances in model.fields.items():
        levels = distinct[name].to_numpy()
        first = start.fields[name]
        fields[name] = replace(
            chances,
            match=_shares(levels, weights[0], first.match),
            family=_shares(levels, weights[1], first.family),
        )
    totals = [np.bincount(strata, weights=weight, minlength=len(model.strata)) for weight in weights]
    counted = tuple(
        replace(s, match=float(totals[0][k]), family=float(totals[1][k])) for k, s in enumerate(model.strata)
    )
    return replace(model, fields=fields, strata=_with_family_floor(counted))


def _with_family_floor(strata: tuple[PairsOfSources, ...]) -> tuple[PairsOfSources, ...]:
    """Family pairs between two sources are at least twice those within the source that has fewer.

    Two children of a family who are both in both sources make one pair within each source and two across. The
    pairs within a source are easily told, as it seldom holds a child twice; across sources a twin and a child
    known by another name look alike, and EM left to itself takes the one for the other.
    """
    within = {s.sources[0]: s.family for s in strata if s.sources[0] == s.sources[1]}
    return tuple(
        replace(s, family=min(s.pairs, max(s.family, 2 * min(within.get(one, 0.0) for one in s.sources))))
        if s.sources[0] != s.sources[1]
        else s
        for s in strata
    )


def _shares(levels: Chances, weight: Chances, first: tuple[float, ...]) -> tuple[float, ...]:
    seen = np.bincount(levels, weights=weight, minlength=len(first) + 1)[1:] + PRIOR_PAIRS * np.array(first)
    return tuple(float(share) for share in seen / seen.sum())


def _largest_change(before: Model, after: Model) -> float:
    return max(
        abs(float(old) - float(new))
        for name in before.fields
        for kind in ("match", "family")
        for old, new in zip(
            getattr(before.fields[name], kind), getattr(after.fields[name], kind), strict=True
        )
    )
