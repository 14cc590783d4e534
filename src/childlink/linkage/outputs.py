"""The files of a linkage: links.csv, pairs.parquet, review.csv, summary.json, report.html and model.json.

No name, date or number of a child goes into any: record ids, child ids, levels, weights and counts do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from childlink import __version__
from childlink.errors import OutputFault
from childlink.files import csv_for_people, written_whole
from childlink.linkage.decisions import DIFFERENT, DISAGREED, SAME, UNSURE
from childlink.linkage.engine import LinkResult
from childlink.linkage.review import REASONS
from childlink.linkage.settings import LinkSettings
from childlink.reporting.linkage_report import linkage_report

SUMMARY_SCHEMA = "childlink.linkage/1"

LINKS = "links.csv"
PAIRS = "pairs.parquet"
REVIEW = "review.csv"
SUMMARY = "summary.json"
MODEL = "model.json"
REPORT = "report.html"

REGISTER_COUNTS = ("known", "joined", "new", "new_children", "events")
"""What of ``register.Assignment`` the summary tells."""


def require_folder(output: Path) -> None:
    """Raises OutputFault where ``output`` is there and is no folder, or has a folder in a file's place."""
    if output.exists() and not output.is_dir():
        raise OutputFault(
            f"{output} is a file",
            allowed="a folder, new or old",
            next_step=f"name another, as in --output {output.stem}-links",
        )
    for name in (LINKS, PAIRS, REVIEW, SUMMARY, MODEL, REPORT):
        if (output / name).is_dir():
            raise OutputFault(
                f"{output / name} is a folder", allowed="a file or nothing", next_step="name another --output"
            )


def links_with_ids(links: pl.DataFrame, assignments: pl.DataFrame) -> pl.DataFrame:
    """links.csv as a frame: source, record_id, child_id, decided_by, match_weight (3 digits), cluster_size;
    sorted by source and record id. ``assignments``: source, record_id, child_id, one row per record.
    ``cluster_size`` counts the records given that have the same child id, which the register decides."""
    named = links.join(
        assignments.select("source", "record_id", "child_id"),
        on=["source", "record_id"],
        how="left",
        maintain_order="left",
    )
    return named.select(
        "source",
        "record_id",
        "child_id",
        "decided_by",
        pl.col("match_weight").round(3),
        cluster_size=pl.len().over("child_id").cast(pl.UInt32),
    ).sort("source", "record_id")


def summary_of(
    result: LinkResult,
    *,
    inputs: list[dict[str, Any]],
    links: pl.DataFrame,
    review: pl.DataFrame,
    completeness: pl.DataFrame,
    numbers: pl.DataFrame,
    settings: LinkSettings,
    seed: int | None,
    register: Mapping[str, int],
    told: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """summary.json as an object: what went in, what was found and how. Counts only, and no times, so that the
    same input gives the same bytes. ``links``: those with child ids; ``review``: with the register's; ``numbers``: of
    ``completeness.identifier_verdicts``."""
    children = links.select("child_id", "cluster_size").unique()
    sizes = children.group_by("cluster_size").len("children").sort("cluster_size")
    decided = links.group_by("decided_by").len("records").sort("decided_by")
    reasons = review.select(pl.col("reasons").str.split("; ").explode()).to_series()
    counted = dict(reasons.value_counts().iter_rows())
    return {
        "schema": SUMMARY_SCHEMA,
        "version": __version__,
        "seed": seed,
        "inputs": inputs,
        "completeness": completeness.to_dicts(),
        "numbers": numbers.to_dicts(),
        "settings": _plain(asdict(settings)),
        "records": links.height,
        "children": children.height,
        "children_by_records": sizes.to_dicts(),
        "records_by_decision": decided.to_dicts(),
        "passes": result.by_pass.to_dicts(),
        "blocking": result.by_key.to_dicts(),
        "candidate_pairs": result.pairs.height,
        "coverage": _overall(result.coverage),
        "review": {
            "pairs": review.height,
            "reasons": {c: counted[c] for c in REASONS if c in counted},
        },
        "decisions": _decided(result),
        "register": dict(register),
        "estimate": None
        if result.estimate is None
        else {
            "pairs_made": result.estimate.made,
            "precision": round(result.estimate.precision, 4),
            "recall": round(result.estimate.recall, 4),
        },
        "model": None
        if result.model is None
        else {"rounds": result.model.rounds, "converged": result.model.converged},
        **(told or {"weights": [], "link_rates": [], "not_linkable": []}),
    }


def write_outputs(
    output: Path, *, links: pl.DataFrame, review: pl.DataFrame, result: LinkResult, summary: Mapping[str, Any]
) -> dict[str, Path]:
    """Write the files into the folder ``output``: each beside its place first, then all renamed. report.html is
    ``summary`` for people.

    Gives file name to path, in the order written. A model.json of an earlier run is taken away where this run
    has no model. Raises OutputFault where the folder cannot be written to.
    """
    require_folder(output)
    names = [LINKS, PAIRS, REVIEW, SUMMARY, REPORT] + ([MODEL] if result.model else [])
    with ExitStack() as stack:
        parts = {name: stack.enter_context(written_whole(output / name)) for name in names}
        parts[LINKS].write_bytes(csv_for_people(links).encode())
        result.pairs.write_parquet(parts[PAIRS], compression="zstd")
        parts[REVIEW].write_bytes(csv_for_people(review).encode())
        parts[SUMMARY].write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
        parts[REPORT].write_text(linkage_report(summary), encoding="utf-8", newline="\n")
        if result.model:
            parts[MODEL].write_text(result.model.as_json(), encoding="utf-8")
    if result.model is None:
        (output / MODEL).unlink(missing_ok=True)
    return {name: output / name for name in names}


def _decided(result: LinkResult) -> dict[str, int]:
    """How many pairs people decided, and what of it could not be obeyed."""
    verdicts = result.verdicts["verdict"]
    held = {word: int((verdicts == word).sum()) for word in (SAME, DIFFERENT, UNSURE, DISAGREED)}
    decided = result.decided
    return held | {
        "contradicted": decided.contradicted.height,
        "absent": decided.absent,
        "sealed": decided.sealed,
    }


def _overall(coverage: pl.DataFrame) -> list[dict[str, Any]]:
    """source, other, children, share over all years of birth."""
    return (
        coverage.group_by("source", "other")
        .agg(
            children=pl.col("children").sum(),
            share=((pl.col("share") * pl.col("children")).sum() / pl.col("children").sum()).round(4),
        )
        .sort("source", "other")
        .to_dicts()
    )


def _plain(held: dict[str, Any]) -> dict[str, Any]:
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in held.items()}
