"""Law: a linkage killed at any moment leaves the register whole and the results of the last finished run in place."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from childlink.file_set import RUN
from childlink.linkage.explain import read_folder
from childlink.linkage.run import run_link
from childlink.register import open_register, read_key
from tests.cli.test_link import EDUCATION, HEALTH

MORE = HEALTH + "H4,,Amara,Okafor,2,20150304,B1 1AA\n"

KILLED = """
import os, signal, sys
from pathlib import Path
from childlink.linkage.run import run_link
out, dies_at, sources = Path("out"), int(sys.argv[1]), {"education": Path("education.csv"), "health": Path("health.csv")}
done, counting = 0, False
def progress(stage, at, of):
    global counting
    counting = counting or stage == "giving child ids"
def step(event, arguments):
    global done
    if counting and (event.startswith("os.") or event in ("open", "sqlite3.connect")):
        done += 1
        if done == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(step)
run_link(sources=sources, output=out, seed=2, progress=progress)
print(done)
"""


def killed(folder: Path, dies_at: int) -> subprocess.CompletedProcess[str]:
    """Link in a process that is killed before its step ``dies_at``, counted from when child ids are given."""
    command = [sys.executable, "-c", KILLED, str(dies_at)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def results(out: Path) -> dict[str, bytes]:
    """What somebody finds who opens each result by its name; all must be of one run."""
    summary = json.loads((out / "summary.json").read_bytes())
    found = {name: (out / name).read_bytes() for name in summary["files"]}
    assert {n: hashlib.sha256(data).hexdigest() for n, data in found.items()} == summary["files"]
    return found


def links(out: Path) -> dict[str, str]:
    """The child id of each record."""
    frame = pl.read_csv(out / "links.csv", infer_schema=False)
    return dict(frame.select("record_id", "child_id").iter_rows())


def events(out: Path) -> int:
    """How many events the register has; it must be whole."""
    place = out / "register.sqlite"
    with open_register(place, read_key(place.with_name("register.sqlite.key"))) as register:
        found = register.verify()
    assert found.whole
    return found.events


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX's")
def test_a_linkage_killed_at_any_moment_leaves_the_last_finished_one(tmp_path: Path) -> None:
    out = tmp_path / "out"
    sources = {"education": tmp_path / "education.csv", "health": tmp_path / "health.csv"}
    sources["education"].write_text(EDUCATION, encoding="utf-8")
    sources["health"].write_text(HEALTH, encoding="utf-8")
    run_link(sources=sources, output=out, seed=1)
    first, first_ids, first_events = results(out), links(out), events(out)
    steps = int(killed(tmp_path, 0).stdout)
    assert results(out) == first
    sources["health"].write_text(MORE, encoding="utf-8")
    seen = set()
    for dies_at in [*range(1, steps, max(1, steps // 8)), steps - 6, steps - 3]:
        assert killed(tmp_path, dies_at).returncode == -9, dies_at
        is_first = results(out) == first
        seen.add((is_first, events(out) > first_events))
        assert is_first or set(links(out)) == {*first_ids, "H4"}
        read_folder(out)
        assert not (out / RUN).exists()
    assert (True, False) in seen  # nothing was done yet
    assert (
        True,
        True,
    ) in seen  # the register had given the new id, the results are those of the last finished run
    assert (False, True) in seen  # all was in place but for the tidying up
    assert (False, False) not in seen
    known = events(out)
    again = run_link(sources=sources, output=out, seed=3)
    assert (again.summary["register"]["events"], events(out)) == (0, known)
    assert links(out).items() > first_ids.items()
    assert sorted(path.name for path in out.iterdir()) == sorted(
        [*again.files, "register.sqlite", "register.sqlite.key"]
    )
