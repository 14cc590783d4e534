"""Laws of linkage on random small extracts, and fast ways against slow obvious ones."""

from __future__ import annotations

import io
from datetime import date
from itertools import combinations
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from childlink.linkage.blocking import KEYS, candidates
from childlink.linkage.engine import LinkResult, link
from childlink.linkage.evaluate import evaluate
from childlink.linkage.prepare import prepare
from childlink.linkage.settings import LinkSettings
from tests.unit.linkage.frames import partition, records
from tests.unit.linkage.test_blocking import plainly

QUICK = LinkSettings(sample_pairs=300, em_rounds=20)
SOME = settings(max_examples=15)


def maybe(*values: Any) -> st.SearchStrategy[Any]:
    """One of few values, or none, so that records often agree."""
    return st.one_of(st.none(), st.sampled_from(values))


PEOPLE = st.fixed_dictionaries(
    {
        "source": st.sampled_from(["a", "b", "c"]),
        "forename": maybe("ZARA", "ZARAH", "TOM", "THOMAS", "FOX", "ANN MARIE"),
        "surname": maybe("FOX", "FOX SMITH", "SMITH", "SMYTH", "ZARA"),
        "known_as": maybe("TOM"),
        "dob": maybe(date(2012, 4, 5), date(2012, 5, 4), date(2012, 1, 1), date(2015, 6, 15)),
        "sex": maybe("F", "M"),
        "postcodes": st.lists(st.sampled_from(["B1 1AA", "B1 1AB", "WV14 8DU"]), max_size=2, unique=True),
        "nhs_number": maybe("1", "2", "3"),
        "upn": maybe("U1", "U2"),
        "former_upn": maybe("U2", "U3"),
        "sealed": st.sampled_from([False, False, False, True]),
    }
)


@st.composite
def extracts(draw: st.DrawFn, most: int = 9) -> pl.DataFrame:
    """A records frame of few people who are often alike."""
    rows = draw(st.lists(PEOPLE, min_size=2, max_size=most))
    return records(*({**row, "record_id": f"{n:02}"} for n, row in enumerate(rows)))


def linked(frame: pl.DataFrame) -> LinkResult:
    """The linkage with quick settings."""
    return link(frame, settings=QUICK)


@SOME
@given(extracts())
def test_each_record_is_in_exactly_one_cluster(frame: pl.DataFrame) -> None:
    links = linked(frame).links
    key = ["source", "record_id"]
    assert links.select(key).equals(frame.select(key).sort(key))
    sizes = links.group_by("cluster").agg(pl.len(), pl.col("cluster_size").unique())
    assert all(told == [size] for size, told in sizes.select("len", "cluster_size").iter_rows())
    alone = links.filter(pl.col("cluster_size") == 1)["decided_by"]
    assert set(alone) <= {"none", "sealed"}
    assert not set(links.filter(pl.col("cluster_size") > 1)["decided_by"]) & {"none", "sealed"}


@SOME
@given(extracts())
def test_a_sealed_record_is_never_linked_nor_offered(frame: pl.DataFrame) -> None:
    result = linked(frame)
    sealed = set(frame.filter("sealed").select("source", "record_id").iter_rows())
    for table in (result.pairs, result.review):
        for side in ("l", "r"):
            assert not sealed & set(table.select(f"source_{side}", f"record_id_{side}").iter_rows())
    held = result.links.filter(
        pl.struct("source", "record_id").is_in([{"source": s, "record_id": r} for s, r in sealed])
    )
    assert set(held["decided_by"]) <= {"sealed"}
    assert set(held["cluster_size"]) <= {1}


@SOME
@given(extracts())
def test_different_nhs_numbers_are_never_in_one_cluster(frame: pl.DataFrame) -> None:
    links = linked(frame).links.join(frame, on=["source", "record_id"])
    assert (
        links.group_by("cluster").agg(pl.col("nhs_number").drop_nulls().n_unique())["nhs_number"].max() <= 1
    )


@SOME
@given(extracts(), st.randoms(use_true_random=False))
def test_order_of_rows_and_columns_changes_nothing(frame: pl.DataFrame, chance: Any) -> None:
    order = list(range(frame.height))
    chance.shuffle(order)
    shuffled = frame[order].with_columns(row=pl.int_range(pl.len(), dtype=pl.UInt32))
    one, other = linked(frame), linked(shuffled)
    assert one.links.equals(other.links)
    assert one.review.equals(other.review)
    assert one.pairs.equals(other.pairs)


@SOME
@given(extracts())
def test_names_of_sources_change_nothing_but_their_order(frame: pl.DataFrame) -> None:
    renamed = frame.with_columns(pl.col("source").replace({"a": "z"}))
    back = linked(renamed).links.with_columns(pl.col("source").replace({"z": "a"}))
    assert partition(back) == partition(linked(frame).links)


@SOME
@given(extracts())
def test_the_same_input_gives_the_same_bytes(frame: pl.DataFrame) -> None:
    def written() -> bytes:
        result, stream = linked(frame), io.BytesIO()
        result.links.write_csv(stream)
        result.pairs.write_parquet(stream)
        assert result.model is not None
        return stream.getvalue() + result.model.as_json().encode()

    assert written() == written()


@SOME
@given(extracts(most=14))
def test_blocking_is_its_keys_one_by_one(frame: pl.DataFrame) -> None:
    held = prepare(frame).records
    assert set(candidates(held).pairs.iter_rows()) == plainly(held, KEYS)


@SOME
@given(extracts())
def test_exact_passes_alone_are_part_of_what_a_linkage_may_do(frame: pl.DataFrame) -> None:
    result = link(frame, settings=LinkSettings(fuzzy=False))
    assert result.model is None
    assert set(result.links["match_weight"].drop_nulls()) == set()
    assert all(d.startswith("pass-") or d in {"none", "sealed"} for d in result.links["decided_by"])


@SOME
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=12)
)
def test_evaluation_is_counting_pairs_and_sets(rows: list[tuple[str, int, int]]) -> None:
    frame = pl.DataFrame(
        [{"source": s, "record_id": str(n), "cluster": c, "person": p} for n, (s, c, p) in enumerate(rows)]
    )
    found = evaluate(frame.drop("person"), frame.drop("cluster"))
    made = {(a, b) for a, b in combinations(range(len(rows)), 2) if rows[a][1] == rows[b][1]}
    true = {(a, b) for a, b in combinations(range(len(rows)), 2) if rows[a][2] == rows[b][2]}
    assert (found.pairs.found, found.pairs.made, found.pairs.true) == (len(made & true), len(made), len(true))
    groups = [
        {frozenset(n for n, row in enumerate(rows) if row[k] == value) for value in {row[k] for row in rows}}
        for k in (1, 2)
    ]
    assert (found.clusters.found, found.clusters.made, found.clusters.true) == (
        len(groups[0] & groups[1]), len(groups[0]), len(groups[1]),
    )  # fmt: skip
    between = sum(score.made for score in found.by_sources.values())
    assert between == len(made)
