"""How long `childlink validate cin` takes as a whole process, beside importing polars and pandera.

    python benchmarks/validate_cin.py [--children 3000] [--repeats 5]

As benchmarks/validate_ssda903.py, for a census of `childlink synth cin`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from pathlib import Path

from costs import CHILDLINK, compare


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--children", type=int, default=3000)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        census = Path(name) / "census.xml"
        synth = ["synth", "cin", str(census), "--children", str(asked.children), "--year", "2025-26"]
        subprocess.run([*CHILDLINK, "--quiet", *synth, "--seed", "1", "--faults", "0.02"], check=True)
        size = census.stat().st_size / 1e6
        print(
            f"{asked.children:,} children, {size:.1f} MB, least of {asked.repeats} runs, {os.cpu_count()} cores"
        )
        validation = ["validate", "cin", str(census), "--year", "2025-26", "--format", "json"]
        compare("childlink validate", [*CHILDLINK, *validation], asked.repeats)


if __name__ == "__main__":
    main()
