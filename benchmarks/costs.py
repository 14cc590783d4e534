"""What a whole process costs, for the benchmarks: wall time, processor time, memory, beside the imports alone."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass

CHILDLINK = [sys.executable, "-m", "childlink"]
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


def compare(label: str, command: list[str], repeats: int) -> None:
    """Print what ``command`` costs beside importing polars and pandera, in the same run, and their ratio.

    The command runs once before it is measured: the first run of all makes the postcode cache.
    """
    cost(command)
    imports = least(IMPORTS, repeats)
    whole = least(command, repeats)
    for name, measured in (("import polars, pandera", imports), (label, whole)):
        times = f"{measured.wall:>8.2f} s wall {measured.processor:>8.2f} s processor"
        print(f"{name:<24}{times} {measured.memory:>8.0f} MB")
    print(
        f"{'ratio':<24}{whole.wall / imports.wall:>8.2f}        {whole.processor / imports.processor:>8.2f}"
    )
