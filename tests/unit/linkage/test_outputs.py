"""The files of a linkage: all of them or none."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from childlink.errors import OutputFault
from childlink.linkage.engine import LinkResult, link
from childlink.linkage.model import Model
from childlink.linkage.outputs import (
    links_with_ids,
    results_of_one_run,
    summary_of,
    write_outputs,
    write_pairs,
)
from childlink.linkage.review import disagreements
from childlink.linkage.settings import LinkSettings
from tests.conftest import PROJECT
from tests.unit.linkage.frames import ZARA, pair


@pytest.fixture
def result() -> LinkResult:
    """A linkage of two records."""
    return link(pair(ZARA, ZARA), settings=LinkSettings(sample_pairs=50))


def write(folder: Path, result: LinkResult) -> dict[str, Any]:
    """All files, with made-up child ids; gives what summary.json holds."""
    ids = result.links.select("source", "record_id", child_id=pl.lit("C1"))
    links = links_with_ids(result.links, ids)
    summary = summary_of(
        result, inputs=[], links=links, review=result.review, completeness=pl.DataFrame(),
        numbers=pl.DataFrame(),
        settings=LinkSettings(), seed=None, register={},
    )  # fmt: skip
    with results_of_one_run(folder) as staging:
        write_pairs(staging, result.pairs)
        return write_outputs(staging, links=links, review=result.review, result=result, summary=summary)


def held(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_crash_while_writing_leaves_what_was_there(
    tmp_path: Path, result: LinkResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, result)
    before = held(tmp_path)

    def crash(model: Model) -> str:
        raise ValueError

    monkeypatch.setattr(Model, "as_json", crash)
    changed = LinkResult(**{**vars(result), "links": result.links.with_columns(match_weight=pl.lit(99.0))})
    with pytest.raises(ValueError):  # noqa: PT011 - any crash will do
        write(tmp_path, changed)
    assert held(tmp_path) == before


def test_the_summary_tells_the_hash_of_every_other_file(tmp_path: Path, result: LinkResult) -> None:
    told = write(tmp_path, result)
    written = held(tmp_path)
    assert json.loads(written.pop("summary.json")) == json.loads(json.dumps(told))
    assert told["files"] == {name: hashlib.sha256(data).hexdigest() for name, data in written.items()}
    assert written.keys() == {"links.csv", "pairs.parquet", "review.csv", "report.html", "model.json"}


def test_a_model_of_an_earlier_run_goes_where_this_one_has_none(tmp_path: Path, result: LinkResult) -> None:
    write(tmp_path, result)
    told = write(tmp_path, LinkResult(**{**vars(result), "model": None}))
    assert "model.json" not in told["files"]
    assert not (tmp_path / "model.json").exists()


SMALL_DISK = """
import resource, signal, sys
from pathlib import Path
from childlink.errors import OutputFault
from childlink.linkage.engine import link
from childlink.linkage.settings import LinkSettings
from tests.unit.linkage.frames import ZARA, pair
from tests.unit.linkage.test_outputs import write
folder = Path(sys.argv[1])
result = link(pair(ZARA, ZARA), settings=LinkSettings(sample_pairs=50))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # too large a file is an error then, like a full disk
for most in (1, 500, 3000, 8000, 20000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    try:
        write(folder, result)
        print("written")
    except OutputFault as fault:
        print(f"{fault.fault} | {fault.next_step}")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX stand for a full disk")
def test_a_full_disk_keeps_the_last_results(tmp_path: Path, result: LinkResult) -> None:
    write(tmp_path, result)
    before = held(tmp_path)
    run = [sys.executable, "-c", SMALL_DISK, str(tmp_path)]
    done = subprocess.run(run, capture_output=True, text=True, check=True, cwd=PROJECT)
    said = done.stdout.splitlines()
    assert len(said) == 5
    assert all(f"cannot write {tmp_path}" in line and "make room" in line for line in said), said
    assert held(tmp_path) == before


def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path: Path, result: LinkResult) -> None:
    (tmp_path / "links.csv").mkdir()
    with pytest.raises(OutputFault, match="is a folder"):
        write(tmp_path, result)
    assert [path.name for path in tmp_path.iterdir()] == ["links.csv"]


def test_cluster_size_counts_records_of_one_child_id(result: LinkResult) -> None:
    ids = result.links.select("source", "record_id", child_id=pl.col("source"))
    assert links_with_ids(result.links, ids)["cluster_size"].to_list() == [1, 1]


def test_register_and_linkage_that_disagree_give_pairs_to_review() -> None:
    bridges = pl.DataFrame(
        {
            "cluster": [5, 5, 5, 9, 9], "source": ["a", "b", "c", "a", "b"], "record_id": ["1", "1", "1", "2", "2"],
            "child_id": ["X", "X", "Y", "V", "W"], "new": [False] * 5,
        }
    )  # fmt: skip
    splits = pl.DataFrame(
        {"child_id": ["X", "X"], "cluster": [3, 4], "source": ["a", "b"], "record_id": ["7", "8"]}
    )
    found = disagreements(bridges, splits)
    assert found.select("source_l", "record_id_l", "source_r", "record_id_r", "reasons").rows() == [
        ("a", "1", "c", "1", "register-bridge"),
        ("a", "2", "b", "2", "register-bridge"),
        ("a", "7", "b", "8", "register-split"),
    ]
