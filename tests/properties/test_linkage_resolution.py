"""Resolution in whole columns against the same rules told one pair at a time, on random small graphs."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from childlink.linkage.settings import LinkSettings
from tests.unit.linkage.test_resolve import EXACT, people, resolved

SETTINGS = LinkSettings(free_place=False)

Edge = tuple[str, str, float, dict[str, Any]]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[dict[str, dict[str, Any]], list[Edge]]:
    """Up to eight records of three sources, some with NHS numbers, and weighed pairs of them."""
    names = [f"{source}{n}" for source in "abc" for n in range(3)][: draw(st.integers(2, 9))]
    held = {name: {"nhs_number": draw(st.sampled_from([None, None, None, "1", "2"]))} for name in names}
    edges: list[Edge] = []
    for one, other in combinations(names, 2):
        weight = draw(st.one_of(st.none(), st.integers(-6, 25)))
        if weight is not None:
            numbers = (held[one]["nhs_number"], held[other]["nhs_number"])
            level = 0 if None in numbers else 1 if numbers[0] == numbers[1] else 2
            forename = draw(st.sampled_from([1, 1, 1, 7]))
            # a third of a bit apart, so that no two weights tie and none is the lead from another
            weighed = weight + len(edges) / 100
            edges.append((one, other, weighed, {**EXACT, "nhs_number": level, "forename": forename}))
    return held, edges


def plainly(held: dict[str, dict[str, Any]], edges: list[Edge]) -> set[frozenset[str]]:
    """The rules of ``linkage.resolve``, one pair of clusters at a time."""
    repeats, may_link, near = set(), {}, {}
    for one, other, weight, levels in edges:
        same_source, conflict = one[0] == other[0], levels["nhs_number"] == 2
        named = levels["forename"] == 1
        if same_source and named and not conflict and weight >= SETTINGS.duplicate_weight:
            repeats.add(frozenset((one, other)))
        scored = named and weight >= SETTINGS.accept_weight
        if not conflict and (frozenset((one, other)) in repeats if same_source else scored):
            may_link[one, other] = weight
        if not conflict and weight >= SETTINGS.accept_weight - SETTINGS.lead:
            near[one, other] = weight

    def allowed(one: frozenset[str], other: frozenset[str]) -> bool:
        for a in one:
            for b in other:
                numbers = {held[a]["nhs_number"], held[b]["nhs_number"]} - {None}
                if len(numbers) > 1 or (a[0] == b[0] and frozenset((a, b)) not in repeats):
                    return False
        return True

    def between(
        one: frozenset[str], other: frozenset[str], weighed: dict[tuple[str, str], float]
    ) -> float | None:
        weights = [
            w for (a, b), w in weighed.items() if (a in one and b in other) or (a in other and b in one)
        ]
        return max(weights, default=None)

    clusters = {frozenset([name]) for name in held}
    while True:
        couples = {}
        for one, other in combinations(clusters, 2):
            weight = between(one, other, may_link)
            if (
                weight is not None
                and allowed(one, other)
                and not _rival(one, other, weight, clusters, near, allowed, between)
            ):
                couples[one, other] = weight
        best = {
            cluster: max(
                (pair for pair in couples if cluster in pair), key=lambda pair: couples[pair], default=None
            )
            for cluster in clusters
        }
        merges = [pair for pair in couples if best[pair[0]] == best[pair[1]] == pair]
        if not merges:
            return clusters
        for one, other in merges:
            clusters = clusters - {one, other} | {one | other}


def _rival(one: Any, other: Any, weight: float, clusters: Any, near: Any, allowed: Any, between: Any) -> bool:
    """Whether another person is within the lead of either of the two."""
    for side, partner in ((one, other), (other, one)):
        for third in clusters - {one, other}:
            rival = between(side, third, near)
            if rival is None or not allowed(side, third) or allowed(partner, third):
                continue
            if weight - rival < SETTINGS.lead:
                return True
    return False


@settings(max_examples=60)
@given(graphs())
def test_resolution_is_its_rules_told_one_by_one(graph: tuple[dict[str, dict[str, Any]], list[Edge]]) -> None:
    held, edges = graph
    if not edges:
        return
    found, _ = resolved(people(*held, **held), *edges, settings=SETTINGS)
    assert found == plainly(held, edges)
