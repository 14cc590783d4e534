"""How good a linkage is, against a truth: pairs and whole clusters, over all and by pair of sources."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from childlink.errors import InputFault
from childlink.file_set import finish_interrupted
from childlink.files import restored
from childlink.returns.csv_file import read_csv_text

EVALUATION_SCHEMA = "childlink.evaluation/1"


@dataclass(frozen=True)
class Score:
    """``found``: right ones among those made. ``made``: by the linkage. ``true``: by the truth."""

    found: int
    made: int
    true: int

    @property
    def precision(self) -> float:
        """Share of those made that are right; 1 where none was made."""
        return self.found / self.made if self.made else 1.0

    @property
    def recall(self) -> float:
        """Share of the true ones that were found; 1 where there are none."""
        return self.found / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def as_object(self) -> dict[str, Any]:
        """For JSON: the counts, and the ratios rounded to six digits."""
        ratios = {name: round(getattr(self, name), 6) for name in ("precision", "recall", "f1")}
        return {"found": self.found, "made": self.made, "true": self.true, **ratios}


@dataclass(frozen=True)
class Evaluation:
    """``pairs``: two records of one child. ``clusters``: a child found with exactly its records, children of
    one record included. ``by_sources``: pairs, by the two sources they are between, in order of their names.
    ``only_links``, ``only_truth``: records left out because the other file does not have them."""

    records: int
    pairs: Score
    clusters: Score
    by_sources: dict[tuple[str, str], Score]
    only_links: int
    only_truth: int

    def as_object(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "schema": EVALUATION_SCHEMA,
            "records": self.records,
            "pairs": self.pairs.as_object(),
            "clusters": self.clusters.as_object(),
            "pairs_by_sources": [
                {"sources": list(sources), **score.as_object()} for sources, score in self.by_sources.items()
            ],
            "records_only_in_links": self.only_links,
            "records_only_in_truth": self.only_truth,
        }


def read_both(*, links: Path, truth: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A links.csv as source, record_id, cluster, and a truth as source, record_id, person.

    Raises InputFault as ``run_evaluate`` does.
    """
    finish_interrupted(links.parent)
    found = _read(links, "child_id", "a links.csv that childlink link wrote")
    known = _read(truth, "person", "a file with the columns source, record_id, person")
    return found.rename({"child_id": "cluster"}), known


def run_evaluate(*, links: Path, truth: Path) -> Evaluation:
    """Compare a links.csv (source, record_id, child_id) with a truth (source, record_id, person).

    Raises InputFault where a file or a column of it is missing, a record is in it twice or without its child,
    and where the two have no record in common.
    """
    evaluation = evaluate(*read_both(links=links, truth=truth))
    if not evaluation.records:
        raise InputFault(
            f"{links} and {truth} have no record in common",
            allowed="the same names of sources and the same record ids in both",
            next_step="check that the truth is that of these extracts",
        )
    return evaluation


def evaluate(links: pl.DataFrame, truth: pl.DataFrame) -> Evaluation:
    """``links``: source, record_id, cluster. ``truth``: source, record_id, person. Records that are in one
    only are left out and counted."""
    key = ["source", "record_id"]
    both = links.join(truth, on=key).select("source", "cluster", "person")
    sources = both["source"].unique().sort().to_list()
    by_sources = {
        (one, other): Score(
            *(_pairs(both, group, one, other) for group in (["cluster", "person"], ["cluster"], ["person"]))
        )
        for number, one in enumerate(sources)
        for other in sources[number:]
    }
    totals = [sum(getattr(s, part) for s in by_sources.values()) for part in ("found", "made", "true")]
    return Evaluation(
        records=both.height,
        pairs=Score(*totals),
        clusters=_clusters(both),
        by_sources=by_sources,
        only_links=links.height - both.height,
        only_truth=truth.height - both.height,
    )


def _pairs(records: pl.DataFrame, group: list[str], one: str, other: str) -> int:
    """Pairs of records of one group, one of source ``one`` and the other of source ``other``."""
    counts = records.group_by(group).agg(
        one=(pl.col("source") == one).sum().cast(pl.Int64),
        other=(pl.col("source") == other).sum().cast(pl.Int64),
    )
    pairs = pl.col("one") * (pl.col("one") - 1) // 2 if one == other else pl.col("one") * pl.col("other")
    return int(counts.select(pairs.sum()).item())


def _clusters(records: pl.DataFrame) -> Score:
    """A cluster is right when its records are all those of one person: its overlap with the person is as
    large as either."""
    sized = records.with_columns(cluster_size=pl.len().over("cluster"), person_size=pl.len().over("person"))
    overlaps = sized.group_by("cluster", "person").agg(
        pl.len(), pl.col("cluster_size").first(), pl.col("person_size").first()
    )
    right = overlaps.filter(
        (pl.col("len") == pl.col("cluster_size")) & (pl.col("len") == pl.col("person_size"))
    )
    return Score(right.height, records["cluster"].n_unique(), records["person"].n_unique())


def _read(path: Path, child: str, allowed: str) -> pl.DataFrame:
    table = read_csv_text(path)
    wanted = ["source", "record_id", child]
    missing = [column for column in wanted if column not in table.frame.columns]
    if missing:
        raise InputFault(
            f"{path} has no column {' or '.join(missing)}",
            allowed=allowed,
            next_step="childlink evaluate OUT/links.csv truth.csv",
        )
    frame = table.frame.select(restored(pl.col(column)) for column in wanted)  # as links.csv has them made
    holes = frame.select(pl.any_horizontal(pl.all().is_null())).to_series()
    if holes.any():
        line = table.lines.filter(holes)[0]
        raise InputFault(
            f"{path}, line {line}: a cell is empty", allowed=f"{', '.join(wanted)} in every line"
        )
    repeated = frame.select(pl.struct("source", "record_id").is_duplicated()).to_series()
    if repeated.any():
        line = table.lines.filter(repeated)[1]
        raise InputFault(f"{path}, line {line}: the record is there already", allowed="each record once")
    return frame
