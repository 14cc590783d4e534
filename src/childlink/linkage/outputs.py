"""The files of a linkage: links.csv, pairs.parquet, review.csv, summary.json, report.html and model.json.

No name, date or number of a child goes into any: record ids, child ids, levels, weights and counts do.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from childlink import __version__
from childlink.errors import InputFault, OutputFault
from childlink.file_set import written_together
from childlink.files import as_output_fault, csv_for_people
from childlink.linkage.by_record import with_columns_of
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
FILES = (LINKS, PAIRS, REVIEW, REPORT, MODEL, SUMMARY)
"""All files of a linkage; model.json only where a model was used."""

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
    for name in FILES:
        if (output / name).is_dir():
            raise OutputFault(
                f"{output / name} is a folder", allowed="a file or nothing", next_step="name another --output"
            )


def links_with_ids(links: pl.DataFrame, assignments: pl.DataFrame) -> pl.DataFrame:
    """links.csv as a frame: source, record_id, child_id, decided_by, match_weight (3 digits), cluster_size;
    sorted by source and record id. ``assignments``: source, record_id, child_id, one row per record.
    ``cluster_size`` counts the records given that have the same child id, which the register decides."""
    named = with_columns_of(links, assignments.select("source", "record_id", "child_id"))
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


@contextmanager
def results_of_one_run(output: Path) -> Iterator[Path]:
    """Give an empty folder for ``write_outputs``; when the body ends its files take their places in ``output`` as
    one, and a model.json of an earlier run goes where this one has none. See ``file_set``.

    Raises OutputFault where ``output`` cannot be written to, or another run is writing into it.
    """
    require_folder(output)
    with written_together(output, replaces=FILES) as staging:
        yield staging


def write_pairs(staging: Path, pairs: pl.DataFrame) -> None:
    """Write pairs.parquet into the folder ``staging``. Raises OutputFault where the disk is full."""
    with as_output_fault(staging.parent.parent):
        try:
            pairs.write_parquet(staging / PAIRS, compression="zstd")
        except pl.exceptions.ComputeError:  # Polars' word for a full disk; nothing is computed here
            raise OSError from None


def write_outputs(
    staging: Path,
    *,
    links: pl.DataFrame,
    review: pl.DataFrame,
    result: LinkResult,
    summary: Mapping[str, Any],
) -> dict[str, Any]:
    """Write the files of a linkage into the folder ``staging``, in which pairs.parquet is already (``write_pairs``).
    report.html is ``summary`` for people.

    Gives what summary.json holds: ``summary`` and, under "files", the SHA-256 of each other file by name, by which
    files of two runs can be told apart. Raises OutputFault where the disk is full.
    """
    with as_output_fault(staging.parent.parent):
        (staging / LINKS).write_bytes(csv_for_people(links).encode())
        (staging / REVIEW).write_bytes(csv_for_people(review).encode())
        (staging / REPORT).write_text(linkage_report(summary), encoding="utf-8", newline="\n")
        if result.model:
            (staging / MODEL).write_text(result.model.as_json(), encoding="utf-8", newline="\n")
        written = {name: _sha256(staging / name) for name in FILES if (staging / name).exists()}
        told = {**summary, "files": written}
        text = json.dumps(told, indent=2) + "\n"
        (staging / SUMMARY).write_text(text, encoding="utf-8", newline="\n")
    return told


def require_one_run(output: Path, summary: Mapping[str, Any]) -> None:
    """Raises InputFault unless the files in ``output`` are those that its ``summary`` was written with.

    A summary without hashes, of an early childlink, is taken on trust.
    """
    for name, digest in summary.get("files", {}).items():
        if not (output / name).is_file() or _sha256(output / name) != digest:
            raise _not_of_one_run(output / name)
    if "files" in summary and MODEL not in summary["files"] and (output / MODEL).exists():
        raise _not_of_one_run(output / MODEL)


def _not_of_one_run(path: Path) -> InputFault:
    return InputFault(
        f"{path} is not of the same run as {SUMMARY} beside it, or was changed since",
        allowed="the files of one run, as childlink link wrote them",
        next_step="link again into that folder: the child ids stay as they are",
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


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
