"""Laws: a folder is written whole, and nothing of anybody else's is touched."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from childlink.errors import OutputFault
from childlink.folders import write_folder

FRAME = pl.DataFrame({"A": ["1", None]})


def held(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_new_folder_is_written(tmp_path: Path) -> None:
    write_folder(tmp_path / "new" / "deep", {"this/a.csv": FRAME, "b.csv": FRAME}, force=False)
    assert held(tmp_path) == ["new/deep/b.csv", "new/deep/this/a.csv"]
    assert (tmp_path / "new/deep/b.csv").read_bytes() == b"A\n1\n\n"


def test_an_empty_folder_is_written_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "here"
    place.mkdir()
    monkeypatch.chdir(place)
    write_folder(Path(), {"b.csv": FRAME}, force=False)
    assert held(tmp_path) == ["here/b.csv"]


def test_a_full_folder_is_refused_and_left(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputFault, match="already holds files") as refused:
        write_folder(tmp_path, {"b.csv": FRAME}, force=False)
    assert "--force" in str(refused.value.next_step)
    assert held(tmp_path) == ["mine.txt"]


def test_force_replaces_what_was_made_and_leaves_the_rest(tmp_path: Path) -> None:
    write_folder(
        tmp_path / "d", {"this/old.csv": FRAME, "previous/p.csv": FRAME, "b.csv": FRAME}, force=False
    )
    (tmp_path / "d" / "mine.txt").write_text("mine")
    write_folder(tmp_path / "d", {"this/a.csv": FRAME}, force=True, owned=("previous", "this", "gone"))
    assert held(tmp_path) == ["d/b.csv", "d/mine.txt", "d/this/a.csv"]


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "d").write_text("")
    with pytest.raises(OutputFault, match="is a file"):
        write_folder(tmp_path / "d", {"a.csv": FRAME}, force=True)


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    nested = pl.DataFrame({"A": [["a list has no cell"]]})
    with pytest.raises(pl.exceptions.ComputeError):
        write_folder(tmp_path / "d", {"a.csv": FRAME, "b.csv": nested}, force=False)
    assert list(tmp_path.iterdir()) == []
