"""The register of child ids at a million children: time of the first assignment, and of a later one.

    python benchmarks/register.py [--children N] [--postgresql URL]

Each child has a record in one source, and 77 in 100 have a second in another, as in a city's extracts; most
have an NHS number or a UPN. Steps: the first assignment; the same again, which must write nothing; the same
with 1 % new records, some of them of new children; asking which records are sealed; verifying the chain.
On SQLite in a temporary folder, and on PostgreSQL too where the URL of an empty database is given, or is in
CHILDLINK_TEST_POSTGRESQL, as ``. .ci/postgresql.sh`` sets it to a cluster that is thrown away when the shell ends.
CPU time, of this process alone, is shown beside wall time, for machines that do other work meanwhile. The limits
are those of SQLite.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import polars as pl
import sqlalchemy as sa

from childlink.register import open_register

T = TypeVar("T")
SHARE_IN_BOTH = 0.77
SHARE_NEW = 0.01
LIMITS = {"first assignment": 60.0, "1 % new records": 30.0}


def main() -> int:
    """Print the table; exit code 1 when a limit is not kept at a million children."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--children", type=int, default=1_000_000)
    parser.add_argument(
        "--postgresql",
        metavar="URL",
        default=os.environ.get("CHILDLINK_TEST_POSTGRESQL"),
        help="URL of an empty database",
    )
    given = parser.parse_args()
    everyone = records_of(given.children)
    more = pl.concat([everyone, newcomers_to(everyone, given.children)])
    print(f"{given.children:,} children, {len(everyone):,} records; then {len(more) - len(everyone):,} more")
    with tempfile.TemporaryDirectory() as folder:
        print("SQLite")
        walls = run(Path(folder) / "register.sqlite", everyone, more)
        print(
            f"{'size on disk':<20}{sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e6:>9.0f} MB"
        )
    if given.postgresql:
        print("PostgreSQL")
        run(given.postgresql, everyone, more)
        print(f"{'size on disk':<20}{database_size(given.postgresql) / 1e6:>9.0f} MB")
    late = [name for name, limit in LIMITS.items() if walls[name] > limit]
    return 1 if late and given.children == 1_000_000 else 0


def run(place: Path | str, everyone: pl.DataFrame, more: pl.DataFrame) -> dict[str, float]:
    """The steps on a new register at ``place``; gives the wall time of each in seconds."""
    walls: dict[str, float] = {}
    with open_register(place, b"\x07" * 32, seed=1) as register:
        first = timed("first assignment", lambda: register.assign(everyone), walls)
        again = timed("the same again", lambda: register.assign(everyone), walls)
        later = timed("1 % new records", lambda: register.assign(more), walls)
        timed("which are sealed", lambda: register.sealed(more), walls)
        whole = timed("verify", register.verify, walls)
    assert again.events == 0
    assert again.assignments.equals(first.assignments)
    assert later.known == len(everyone)
    assert whole.whole
    return walls


def database_size(url: str) -> int:
    """Bytes that a PostgreSQL database takes."""
    with sa.create_engine(url, poolclass=sa.pool.NullPool).connect() as connection:
        return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())


def records_of(children: int) -> pl.DataFrame:
    """source, record_id, cluster, numbers of every child."""
    both = int(children * SHARE_IN_BOTH)
    return pl.concat([source_of("education", children, "upn"), source_of("health", both, "nhs")])


def newcomers_to(records: pl.DataFrame, children: int) -> pl.DataFrame:
    """One record in a hundred more, from a third source: half of known children, half of new ones."""
    count = int(len(records) * SHARE_NEW)
    of_known = count // 2
    clusters = [*range(of_known), *range(children, children + count - of_known)]
    return source_of("social_care", count, "nhs").with_columns(pl.Series("cluster", clusters))


def source_of(name: str, count: int, kind: str) -> pl.DataFrame:
    """``count`` records of one source, of the children from 0 on; nine in ten have a number."""
    child = pl.int_range(count, eager=True)
    numbered = pl.when(child % 10 != 0).then(pl.concat_str(pl.lit(f"{kind}:"), pl.lit(child)))
    return pl.select(
        source=pl.lit(name),
        record_id=pl.concat_str(pl.lit(name[0]), pl.lit(child)),
        cluster=pl.lit(child),
        numbers=pl.concat_list(numbered).list.drop_nulls(),
    )


def timed(name: str, act: Callable[[], T], walls: dict[str, float]) -> T:
    """The result of ``act``, its times printed, its wall time noted."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = act()
    walls[name] = time.perf_counter() - wall
    print(f"{name:<20}{walls[name]:>9.1f} s wall{time.process_time() - cpu:>9.1f} s CPU", flush=True)
    return result


if __name__ == "__main__":
    sys.exit(main())
