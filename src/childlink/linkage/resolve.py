"""From scored pairs to children: which records are together, by what, and what a person must look at.

Clusters grow by rounds. In each round every cluster names the other it is best supported by; two that name
each other join, if nothing forbids it. So a link is always the best for both sides, and a chain of middling
links brings no strangers together. What is never automatic:

* two different valid NHS numbers, or two different permanent UPNs, in one cluster;
* two records of a source, unless the pair itself has strong evidence of being a repeat;
* a link with no evidence of the forename, other than by a free place;
* a link across a wholly different surname with no address or number in common, other than by a free place:
  an adopted child's old and new record look just so, and must not meet;
* a sealed identity;
* a choice between two people within ``lead`` of each other.

What a person decided comes before all of it: records decided to be one child are together from the start, and
records decided to be two never meet.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from polars import selectors as cs

from childlink.linkage.decisions import DECIDED_WORD, NO_CONSTRAINTS, Constraints, joined_rows
from childlink.linkage.free_places import coverage, free_places, may_gain
from childlink.linkage.passes import SCORED
from childlink.linkage.settings import LinkSettings

SCORED_WORD = "scored"
ALONE = "none"
SEALED = "sealed"

_MOST_ROUNDS = 100


@dataclass(frozen=True)
class Resolution:
    """``clusters``: row, cluster (UInt32, the lowest row of the cluster), in order of row.

    ``links``: pairs that joined two clusters, one row each: row_l, row_r, tier, decided_by, match_weight,
    sorted by row_l, row_r. ``coverage``: source, other, birth_year, children, share: of the children of a
    source born in a year, the share with a record in the other source before the free-place step.
    """

    clusters: pl.DataFrame
    links: pl.DataFrame
    coverage: pl.DataFrame


def with_evidence(pairs: pl.DataFrame, settings: LinkSettings) -> pl.DataFrame:
    """``pairs`` with what resolution asks of each: same_source, forename_agrees, conflict, repeat, estranged,
    may_link (all Boolean).

    ``pairs``: source_l, source_r, levels, tier, match_weight. ``conflict``: different valid NHS numbers or
    permanent UPNs. ``repeat``: within a source, strong enough evidence of a repeat. ``may_link``: the pair
    may join two clusters if the clusters themselves allow it.
    """
    same_source = pl.col("source_l") == pl.col("source_r")
    conflict = (pl.col("nhs_number") == 2) | (pl.col("upn") == 3)
    agrees = pl.col("forename").is_between(1, 6)
    numbered = (pl.col("nhs_number") == 1) | pl.col("upn").is_in([1, 2])
    any_number = pl.any_horizontal(numbered, cs.matches("^(uln|id_.*)$") == 1)
    estranged = (
        pl.lit(settings.children)
        & (pl.col("surname") == 5)
        & ~pl.col("postcode").is_between(1, 2)
        & ~any_number
    )
    # A forename that is missing is no evidence; a number that agrees, with the date of birth, then stands in.
    named = (
        pl.lit(not settings.children)
        | agrees
        | ((pl.col("forename") == 0) & numbered & pl.col("dob").is_between(1, 4))
    )
    duplicate_weight = settings.duplicate_weight if settings.children else settings.accept_weight
    repeat = (
        same_source
        & ~conflict
        & (pl.lit(not settings.children) | agrees)
        & ~pl.col("source_l").is_in(sorted(settings.single_sources))
        & (pl.col("match_weight") >= duplicate_weight)
    )
    scored = pl.lit(settings.fuzzy) & (pl.col("match_weight") >= settings.accept_weight) & named & ~estranged
    return pairs.with_columns(
        same_source=same_source, forename_agrees=agrees, conflict=conflict, repeat=repeat, estranged=estranged
    ).with_columns(
        may_link=~pl.col("conflict")
        & pl.when("same_source")
        .then(pl.col("repeat") & settings.fuzzy)
        .otherwise((pl.col("tier") < SCORED) | scored)
    )


def resolve(
    records: pl.DataFrame,
    pairs: pl.DataFrame,
    settings: LinkSettings,
    decided: Constraints = NO_CONSTRAINTS,
) -> Resolution:
    """Clusters of ``records`` (row, source, nhs_number, upn, former_upn, birth_year) by ``pairs`` (of
    ``with_evidence``; sealed records are in none) and by what people ``decided``."""
    chained = not settings.children and records["source"].n_unique() == 1
    state = _State(records, chained=chained, decided=decided)
    edges = pairs.filter("may_link")
    rivals = pairs.filter(
        ~pl.col("conflict") & (pl.col("match_weight") >= settings.accept_weight - settings.lead)
    )
    joined = _grow(state, edges, rivals, pairs.filter("repeat"), settings)
    cover = coverage(records, state.clusters)
    if settings.fuzzy and settings.free_place and settings.children:
        apart = state.of(
            pairs.filter(may_gain(cover, settings) & ~pl.col("same_source") & ~pl.col("conflict"))
        )
        apart = apart.with_columns(
            lone=state.in_one_source(apart["one"]) & state.in_one_source(apart["other"])
        )
        free = free_places(state.allowed(apart, pairs.filter("repeat")), cover, settings)
        joined += _grow(state, free, free, pairs.filter("repeat"), settings, free_place=True)
    by_hand = _links_by_hand(decided.together, pairs)
    links = pl.concat([pl.DataFrame(schema=_LINKS), by_hand, *joined]).sort("row_l", "row_r")
    return Resolution(clusters=state.clusters, links=links, coverage=cover)


_LINKS = {
    "row_l": pl.UInt32, "row_r": pl.UInt32, "tier": pl.UInt8, "decided_by": pl.String,
    "match_weight": pl.Float64,
}  # fmt: skip


class _State:
    """The clusters so far, and what each holds that may forbid a merge."""

    def __init__(
        self, records: pl.DataFrame, *, chained: bool = False, decided: Constraints = NO_CONSTRAINTS
    ) -> None:
        """``chained``: records of a source may be one person without each pair of them being a repeat."""
        self.chained = chained
        self.apart = decided.apart
        sources = records["source"].unique().sort()
        number = pl.DataFrame({"source": sources}).with_row_index("source_no")
        held = records.select("row", "source", "nhs_number", "upn").join(
            number, on="source", how="left", maintain_order="left"
        )
        held = held.join(_successors(records), on="upn", how="left", maintain_order="left")
        self.records = held.select("row", "source_no", "nhs_number", upn=pl.coalesce("successor", "upn"))
        self.cluster = records["row"].alias("cluster")
        if decided.together.height:
            self._join_by_hand(decided.together)

    def _join_by_hand(self, together: pl.DataFrame) -> None:
        """Begin with the records of ``together`` joined. Different numbers of theirs are one child's from now
        on, wherever they stand, and so no reason to keep a third record away."""
        rows = pl.concat([together["row_l"], together["row_r"]]).unique()
        into = joined_rows(rows, together)
        first = pl.Series(into.values(), dtype=pl.UInt32)
        self.cluster = self.cluster.replace(pl.Series(into.keys(), dtype=pl.UInt32), first)
        for number in ("nhs_number", "upn"):
            held = self.records.select("row", number, cluster=self.cluster).drop_nulls(number)
            held = held.filter(pl.col("row").is_in(rows.implode())).sort("row")
            theirs = held.select(pl.col(number).alias("old"), new=pl.col(number).first().over("cluster"))
            theirs = theirs.filter(pl.col("old") != pl.col("new")).unique(
                "old", keep="first", maintain_order=True
            )
            self.records = self.records.with_columns(pl.col(number).replace(theirs["old"], theirs["new"]))

    @property
    def clusters(self) -> pl.DataFrame:
        return self.records.select("row", self.cluster)

    def of(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """``pairs`` whose records are in two clusters, with one < other: the clusters, in order."""
        placed = pairs.with_columns(
            cluster_l=self.cluster.gather(pairs["row_l"]), cluster_r=self.cluster.gather(pairs["row_r"])
        )
        return (
            placed.filter(pl.col("cluster_l") != pl.col("cluster_r"))
            .with_columns(
                one=pl.min_horizontal("cluster_l", "cluster_r"),
                other=pl.max_horizontal("cluster_l", "cluster_r"),
            )
            .drop("cluster_l", "cluster_r")
        )

    def in_one_source(self, clusters: pl.Series) -> pl.Series:
        """Whether each of ``clusters`` (named by its lowest row) has records of one source only."""
        lone = self.records.select(
            (pl.col("source_no").min() == pl.col("source_no").max()).over(self.cluster).alias("lone")
        )
        return lone["lone"].gather(clusters)

    def merge(self, merges: pl.DataFrame) -> None:
        """Join each ``one`` with its ``other``; no cluster is in two rows."""
        into = merges.select(cluster="other", into="one")
        moved = self.cluster.to_frame().join(into, on="cluster", how="left", maintain_order="left")
        self.cluster = moved.select(pl.coalesce("into", "cluster").alias("cluster")).to_series()

    def allowed(self, couples: pl.DataFrame, repeats: pl.DataFrame) -> pl.DataFrame:
        """Those rows of ``couples`` (one, other, ...) whose clusters may be one child, in the order given."""
        held = self.records.with_columns(self.cluster)
        wanted = couples.select("one", "other").unique()
        left = wanted.join(held, left_on="one", right_on="cluster")
        both = left.join(held, left_on=["other"], right_on=["cluster"], suffix="_r")
        clash = pl.any_horizontal(
            (pl.col(f"{n}") != pl.col(f"{n}_r")).fill_null(False) for n in ("nhs_number", "upn")
        )
        within = both.filter(clash | (pl.col("source_no") == pl.col("source_no_r"))).with_columns(clash=clash)
        repeat = repeats.select(low="row_l", high="row_r", repeat=pl.lit(True))
        within = within.with_columns(
            low=pl.min_horizontal("row", "row_r"), high=pl.max_horizontal("row", "row_r")
        ).join(repeat, on=["low", "high"], how="left")
        forbidden = (
            within.filter(pl.col("clash") | (pl.col("repeat").is_null() & (not self.chained)))
            .select("one", "other")
            .unique()
        )
        if self.apart.height:
            forbidden = pl.concat([forbidden, self.of(self.apart).select("one", "other")]).unique()
        return couples.join(forbidden, on=["one", "other"], how="anti", maintain_order="left")


def _links_by_hand(together: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """What people joined, as links; the weight is that of the pair, null where it was not a candidate."""
    made = together.join(pairs.select("row_l", "row_r", "match_weight"), on=["row_l", "row_r"], how="left")
    return made.select(
        "row_l", "row_r", pl.lit(0, pl.UInt8).alias("tier"), pl.lit(DECIDED_WORD).alias("decided_by"),
        "match_weight",
    )  # fmt: skip


def _successors(records: pl.DataFrame) -> pl.DataFrame:
    """upn, successor: UPNs that some record gives as its former UPN, with that record's own. A number that
    has a successor is no different number; one with several has none that can be relied on."""
    replaced = records.select(upn="former_upn", successor="upn").drop_nulls()
    return replaced.unique().filter(pl.len().over("upn") == 1)


def _grow(
    state: _State,
    edges: pl.DataFrame,
    rivals: pl.DataFrame,
    repeats: pl.DataFrame,
    settings: LinkSettings,
    *,
    free_place: bool = False,
) -> list[pl.DataFrame]:
    """Merge by rounds until no two clusters name each other; the pairs that merged, round by round."""
    joined: list[pl.DataFrame] = []
    for _ in range(_MOST_ROUNDS):
        edges = state.of(edges)
        couples = _couples(edges)
        couples = state.allowed(couples, repeats)
        if couples.is_empty():
            break
        clear = couples if free_place else _without_rivals(state, couples, rivals, repeats, settings)
        merges = _mutual_best(clear)
        if merges.is_empty():
            break
        edges = edges.join(
            couples.select("one", "other"), on=["one", "other"], how="semi", maintain_order="left"
        )
        joined.append(merges.select(list(_LINKS)))
        state.merge(merges)
    return joined


def _couples(edges: pl.DataFrame) -> pl.DataFrame:
    """For each two clusters the pair of records that supports them best: lowest tier, greatest weight."""
    return (
        edges.sort("tier", pl.col("match_weight").neg(), "row_l", "row_r")
        .unique(["one", "other"], keep="first", maintain_order=True)
        .select("one", "other", *_LINKS)
    )


def _mutual_best(couples: pl.DataFrame) -> pl.DataFrame:
    """Couples each of whose clusters has no better couple. ``couples`` come best first, so ties go to the
    lowest rows."""
    ranked = couples.with_row_index("place")
    ends = pl.concat([ranked.select("place", end="one"), ranked.select("place", end="other")])
    best = ends.group_by("end").agg(pl.col("place").min())
    chosen = best.group_by("place").len().filter(pl.col("len") == 2)
    return ranked.join(chosen, on="place", how="semi", maintain_order="left")


def _without_rivals(
    state: _State, couples: pl.DataFrame, rivals: pl.DataFrame, repeats: pl.DataFrame, settings: LinkSettings
) -> pl.DataFrame:
    """Scored couples neither of whose clusters has another person within ``lead``.

    Another person is a cluster that could itself take the place: it may be one child with this cluster, and
    may not with the partner.
    """
    scored = couples.filter(pl.col("tier") == SCORED)
    near = state.of(rivals).group_by("one", "other").agg(pl.col("match_weight").max())
    near = state.allowed(near, repeats)
    both_ways = pl.concat([near, near.select(one="other", other="one", match_weight="match_weight")])
    sides = pl.concat(
        [
            scored.select("one", "other", "match_weight", side="one", partner="other"),
            scored.select("one", "other", "match_weight", side="other", partner="one"),
        ]
    )
    met = sides.join(
        both_ways.select(side="one", rival="other", rival_weight="match_weight"), on="side"
    ).filter(
        (pl.col("rival") != pl.col("partner"))
        & (pl.col("match_weight") - pl.col("rival_weight") < settings.lead)
    )
    met = met.select(
        "one", "other", low=pl.min_horizontal("partner", "rival"), high=pl.max_horizontal("partner", "rival")
    )
    together = state.allowed(met.select(one="low", other="high").unique(), repeats)
    blocked = met.join(together, left_on=["low", "high"], right_on=["one", "other"], how="anti")
    return couples.join(blocked, on=["one", "other"], how="anti", maintain_order="left")
