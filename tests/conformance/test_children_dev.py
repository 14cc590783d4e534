"""The linkage on the project's development data: as right as issue 2 asks, and careful where it must be."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from childlink.linkage.evaluate import Evaluation, run_evaluate
from childlink.linkage.run import LinkRun, run_link


@pytest.fixture(scope="module")
def data(shared: Path) -> Path:
    """The folder of the development data."""
    return shared / "data" / "children_dev"


@pytest.fixture(scope="module")
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> LinkRun:
    """One linkage of it."""
    sources = {name: data / f"{name}.csv" for name in ("education", "health", "social_care")}
    return run_link(sources=sources, output=tmp_path_factory.mktemp("linked") / "out", seed=1)


@pytest.fixture(scope="module")
def evaluation(run: LinkRun, data: Path) -> Evaluation:
    """The linkage against the truth."""
    return run_evaluate(links=run.files["links.csv"], truth=data / "truth.csv")


@pytest.fixture(scope="module")
def judged(run: LinkRun, data: Path) -> pl.DataFrame:
    """All candidate pairs with right (Boolean): whether they are one person."""
    pairs = pl.read_parquet(run.files["pairs.parquet"])
    truth = pl.read_csv(data / "truth.csv", infer_schema=False)
    for side in ("l", "r"):
        pairs = pairs.join(
            truth.rename(lambda name, s=side: f"{name}_{s}"), on=[f"source_{side}", f"record_id_{side}"]
        )
    return pairs.with_columns(right=pl.col("person_l") == pl.col("person_r"))


def test_clusters_and_pairs(evaluation: Evaluation) -> None:
    assert evaluation.records == 14_160
    assert evaluation.clusters.f1 >= 0.98
    assert evaluation.pairs.f1 >= 0.985
    assert evaluation.pairs.precision >= 0.995
    assert (evaluation.only_links, evaluation.only_truth) == (0, 0)


def test_blocking_finds_nearly_all_true_pairs(judged: pl.DataFrame, evaluation: Evaluation) -> None:
    assert judged["right"].sum() / evaluation.pairs.true >= 0.99


def test_each_step_is_right_nearly_always(judged: pl.DataFrame) -> None:
    steps = (
        judged.drop_nulls("decided_by").group_by("decided_by").agg(pl.len(), wrong=(~pl.col("right")).sum())
    )
    for step, made, wrong in steps.iter_rows():
        assert wrong <= max(1, 0.02 * made), step


def test_at_most_one_twin_pair_in_two_hundred_is_merged(judged: pl.DataFrame) -> None:
    alike = (pl.col("surname") == 1) & (pl.col("dob") == 1) & (pl.col("postcode") == 1)
    twins = judged.filter(alike & ~pl.col("right"))
    assert twins.height > 400
    assert twins["same_child"].sum() <= twins.height / 200


def test_no_child_has_two_numbers(judged: pl.DataFrame) -> None:
    assert not judged.filter(pl.col("nhs_number") == 2)["same_child"].any()
    assert not judged.filter(pl.col("upn") == 3)["same_child"].any()


def test_what_is_offered_for_review_is_worth_looking_at(run: LinkRun, evaluation: Evaluation) -> None:
    review = pl.read_csv(run.files["review.csv"])
    missed = evaluation.pairs.true - evaluation.pairs.found
    assert 0 < review.height < 5 * missed


def test_the_free_place_step_earns_its_keep(data: Path, run: LinkRun, judged: pl.DataFrame) -> None:
    free = judged.filter(pl.col("decided_by") == "free-place")
    assert free.height >= 50
    assert free["right"].mean() >= 0.95


def test_the_summary_adds_up(run: LinkRun) -> None:
    summary = json.loads(run.files["summary.json"].read_text(encoding="utf-8"))
    assert summary["records"] == sum(held["records"] for held in summary["inputs"]) == 14_160
    assert summary["records"] == sum(row["records"] for row in summary["records_by_decision"])
    assert summary["children"] == sum(row["children"] for row in summary["children_by_records"])
    assert summary["records"] == sum(
        r["children"] * r["cluster_size"] for r in summary["children_by_records"]
    )
    assert summary["candidate_pairs"] == sum(row["new"] for row in summary["blocking"])
    assert summary["children"] == summary["register"]["new_children"]
