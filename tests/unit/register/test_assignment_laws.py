"""The plan of ids against a slow, obvious one, on random registers and clusters."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from childlink.register.assignment import Assignment, Reviewed, planned, settled, with_child_ids

RECORD = st.tuples(st.integers(0, 3), st.sampled_from([None, None, "A", "B", "C"]))
RECORDS = st.lists(RECORD, max_size=12)


def plan_of(rows: list[tuple[int, str | None]]) -> Assignment:
    """Records "00", "01", ... of one source, each with its cluster and the id it has, if any."""
    frame = pl.DataFrame(
        {
            "source": ["e"] * len(rows),
            "record_id": [f"{n:02d}" for n in range(len(rows))],
            "cluster": [cluster for cluster, _ in rows],
            "token": [b""] * len(rows),
            "known_id": [known for _, known in rows],
            "sealed": [False] * len(rows),
            "severed": [False] * len(rows),
        },
        schema={
            "source": pl.String,
            "record_id": pl.String,
            "cluster": pl.Int64,
            "token": pl.Binary,
            "known_id": pl.String,
            "sealed": pl.Boolean,
            "severed": pl.Boolean,
        },
    )
    plan = planned(frame.reverse())
    placed = with_child_ids(plan, pl.Series([f"new{n}" for n in range(plan.new_ids)], dtype=pl.String))
    return settled(placed, reviewed=Reviewed(), events=0, run=1)


def slow_ids(rows: list[tuple[int, str | None]]) -> list[str]:
    found, fresh, of_cluster = [], 0, {}
    for cluster, known in rows:
        here = {other for at, other in rows if at == cluster and other}
        if known:
            found.append(known)
        elif len(here) == 1:
            found.append(here.pop())
        elif not here and cluster in of_cluster:
            found.append(of_cluster[cluster])
        else:
            found.append(f"new{fresh}")
            fresh += 1
            if not here:
                of_cluster[cluster] = found[-1]
    return found


@settings(max_examples=150)
@given(RECORDS)
def test_ids_are_those_of_the_slow_plan(rows: list[tuple[int, str | None]]) -> None:
    given_ids = plan_of(rows)
    assert given_ids.assignments["child_id"].to_list() == slow_ids(rows)
    assert given_ids.known + given_ids.joined + given_ids.new == len(rows)
    assert given_ids.new_children == len({child for child in slow_ids(rows) if child.startswith("new")})


@given(RECORDS)
def test_the_plan_carried_out_asks_for_nothing_more(rows: list[tuple[int, str | None]]) -> None:
    first = plan_of(rows).assignments["child_id"].to_list()
    again = plan_of([(cluster, child) for (cluster, _), child in zip(rows, first, strict=True)])
    assert again.assignments["child_id"].to_list() == first
    assert (again.joined, again.new, again.new_children) == (0, 0, 0)


@given(RECORDS)
def test_every_bridge_and_every_split_is_reported_whole(rows: list[tuple[int, str | None]]) -> None:
    told = plan_of(rows)
    for cluster in {cluster for cluster, _ in rows}:
        known = {child for at, child in rows if at == cluster and child}
        members = [f"{n:02d}" for n, (at, _) in enumerate(rows) if at == cluster]
        reported = told.bridges.filter(cluster=cluster)["record_id"].to_list()
        assert reported == (members if len(known) > 1 else [])
    for child in {known for _, known in rows if known}:
        clusters = {at for at, known in rows if known == child}
        members = sorted((at, f"{n:02d}") for n, (at, known) in enumerate(rows) if known == child)
        reported = told.splits.filter(child_id=child).select("cluster", "record_id").rows()
        assert reported == (members if len(clusters) > 1 else [])
