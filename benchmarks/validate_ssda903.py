"""How long `childlink validate ssda903` takes as a whole process, beside importing polars and pandera.

    python benchmarks/validate_ssda903.py [--children 1500] [--repeats 5]

Makes a return with last year's by `childlink synth`, then runs, in turn, the import alone and the validation, and
prints the least time of each and their ratio. Times are of this machine; the ratio travels. Install childlink as
users do (not editable): modules that are compiled anew in every run are no part of what is measured.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from pathlib import Path

from costs import CHILDLINK, compare, least


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--children", type=int, default=1500)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "return"
        synth = ["synth", "ssda903", str(folder), "--children", str(asked.children), "--year", "2025-26"]
        subprocess.run([*CHILDLINK, "--quiet", *synth, "--seed", "1", "--faults", "0.02"], check=True)
        print(f"{asked.children:,} children, least of {asked.repeats} runs, {os.cpu_count()} cores")
        year = ["--year", "2025-26", "--la", "E08000025", "--previous", str(folder / "previous")]
        validation = ["validate", "ssda903", str(folder / "this"), *year, "--format", "json"]
        compare("childlink validate", [*CHILDLINK, *validation], asked.repeats)
        help_ = least([*CHILDLINK, "--help"], asked.repeats)
        print(f"{'childlink --help':<24}{help_.wall:>8.2f} s wall {help_.processor:>8.2f} s processor")


if __name__ == "__main__":
    main()
