"""Linking a folder of extracts: time of the whole process, and how right it is.

    python benchmarks/linkage.py [FOLDER] [--rounds N]

FOLDER holds education.csv, health.csv, social_care.csv and truth.csv; by default the development data beside
the project. Times are the best of N runs, each a process of its own, results thrown away. The ratio compares
with a process that only imports polars and pandera on the same machine in the same minute.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from childlink.linkage.evaluate import run_evaluate

DEVELOPMENT_DATA = Path(__file__).parents[2] / "shared" / "data" / "children_dev"
SOURCES = ("education", "health", "social_care")


def main() -> int:
    """Print the table; exit code 2 when there is no data."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, default=DEVELOPMENT_DATA)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    missing = [name for name in (*SOURCES, "truth") if not (given.folder / f"{name}.csv").is_file()]
    if missing:
        print(f"no {', '.join(missing)} in {given.folder}", file=sys.stderr)
        return 2
    imports = best_of(given.rounds, ["-c", "import polars, pandera.polars"])
    with tempfile.TemporaryDirectory() as scratch:
        outputs = [Path(scratch) / f"out{number}" for number in range(given.rounds)]
        whole = min(timed(link_arguments(given.folder, output)) for output in outputs)
        evaluation = run_evaluate(links=outputs[0] / "links.csv", truth=given.folder / "truth.csv")
        twins, merged = twin_pairs(outputs[0], given.folder / "truth.csv")
    records = evaluation.records
    for name, figure in (
        ("records", f"{records:,}"),
        ("whole process", f"{whole:.2f} s"),
        ("... per 10,000 records", f"{whole / records * 10_000:.2f} s"),
        ("import polars, pandera", f"{imports:.2f} s"),
        ("ratio", f"{whole / imports:.1f}"),
        ("clusters F1", f"{evaluation.clusters.f1:.4f}"),
        ("pairs precision", f"{evaluation.pairs.precision:.4f}"),
        ("pairs recall", f"{evaluation.pairs.recall:.4f}"),
        ("pairs F1", f"{evaluation.pairs.f1:.4f}"),
        ("twin pairs merged", f"{merged} of {twins}"),
    ):
        print(f"{name:<26}{figure:>14}")
    return 0


def link_arguments(folder: Path, output: Path) -> list[str]:
    """Arguments of the interpreter for one linkage, deterministic."""
    extracts = [f"{name}={folder / f'{name}.csv'}" for name in SOURCES]
    return ["-m", "childlink", "link", *extracts, "--output", str(output), "--seed", "1"]


def best_of(rounds: int, arguments: list[str]) -> float:
    """The least wall time, in seconds, of several processes."""
    return min(timed(arguments) for _ in range(rounds))


def timed(arguments: list[str]) -> float:
    """Wall time, in seconds, of one process of this interpreter. Raises CalledProcessError when it fails."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - start


def twin_pairs(output: Path, truth: Path) -> tuple[int, int]:
    """Candidate pairs of different persons with the same surname, date of birth and postcode, and how many of
    them the linkage took for one child."""
    pairs = pl.read_parquet(output / "pairs.parquet")
    person = pl.read_csv(truth, infer_schema=False)
    for side in ("l", "r"):
        named = person.rename(
            {"source": f"source_{side}", "record_id": f"record_id_{side}", "person": f"person_{side}"}
        )
        pairs = pairs.join(named, on=[f"source_{side}", f"record_id_{side}"], how="left")
    alike = (pl.col("surname") == 1) & (pl.col("dob") == 1) & (pl.col("postcode") == 1)
    twins = pairs.filter(alike & (pl.col("person_l") != pl.col("person_r")))
    return twins.height, int(twins["same_child"].sum())


if __name__ == "__main__":
    sys.exit(main())
