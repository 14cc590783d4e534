"""How long `childlink validate ssda903` takes as a whole process, beside importing polars and pandera.

    python benchmarks/validate_ssda903.py [--children 1500] [--repeats 5]

Makes a return with last year's by `childlink synth`, then runs, in turn, the import alone and the validation,
and prints the least processor and wall time of each and their ratio. Times are of this machine; the ratio travels.
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

IMPORTS = [sys.executable, "-c", "import polars, pandera.polars"]


@dataclass
class Cost:
    """Seconds of one process, and the most memory it held, in megabytes."""

    wall: float
    processor: float
    memory: float


def cost(command: list[str]) -> Cost:
    """Run a command with its output thrown away; exit codes above 1 are a failure of the benchmark."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status) > 1:
        raise SystemExit(f"failed: {' '.join(command)}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def least(command: list[str], repeats: int) -> Cost:
    """The least wall time, processor time and memory over several runs."""
    costs = [cost(command) for _ in range(repeats)]
    return Cost(min(c.wall for c in costs), min(c.processor for c in costs), min(c.memory for c in costs))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--children", type=int, default=1500)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    childlink = [sys.executable, "-m", "childlink"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "return"
        synth = ["synth", "ssda903", str(folder), "--children", str(asked.children), "--year", "2025-26"]
        subprocess.run([*childlink, "--quiet", *synth, "--seed", "1", "--faults", "0.02"], check=True)
        year = ["--year", "2025-26", "--la", "E08000025", "--previous", str(folder / "previous")]
        validation = [*childlink, "validate", "ssda903", str(folder / "this"), *year, "--format", "json"]
        cost(validation)  # the first run makes the postcode cache
        imports = least(IMPORTS, asked.repeats)
        whole = least(validation, asked.repeats)
        help_ = least([*childlink, "--help"], asked.repeats)
    print(f"{asked.children:,} children, least of {asked.repeats} runs")
    for label, measured in (("import polars, pandera", imports), ("childlink validate", whole)):
        print(f"{label:<24}{measured.wall:>8.2f} s wall {measured.processor:>8.2f} s processor"
              f" {measured.memory:>8.0f} MB")  # fmt: skip
    print(f"{'ratio':<24}{whole.wall / imports.wall:>8.2f}        {whole.processor / imports.processor:>8.2f}")
    print(f"{'childlink --help':<24}{help_.wall:>8.2f} s wall {help_.processor:>8.2f} s processor")
    print(f"{'cores':<24}{os.cpu_count():>8}")


if __name__ == "__main__":
    main()
