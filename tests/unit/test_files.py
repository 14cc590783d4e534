"""Laws: a file or folder is written whole or not at all, and what a killed process left does not stay for ever."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from childlink.errors import OutputFault
from childlink.files import as_output_fault, folder_written_whole, take_place, written_whole

posix = pytest.mark.skipif(sys.platform == "win32", reason="locks, modes and kill -9 are POSIX's")

KILLED = """
import os, signal, sys
from pathlib import Path
from childlink.files import folder_written_whole, written_whole
path = Path(sys.argv[1])
with (folder_written_whole if sys.argv[2] == "folder" else written_whole)(path) as part:
    (part / "a.csv" if part.is_dir() else part).write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def killed_while_writing(path: Path, kind: str) -> list[Path]:
    """What a process leaves that is killed while it writes ``path``."""
    subprocess.run([sys.executable, "-c", KILLED, str(path), kind], check=False)
    left = list(path.parent.glob(f".{path.name}.*.part"))
    assert len(left) == 1
    return left


@posix
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_a_killed_process_left_is_taken_away(tmp_path: Path, kind: str) -> None:
    killed_while_writing(tmp_path / "a", kind)
    with written_whole(tmp_path / "a") as part:
        assert [path for path in tmp_path.iterdir() if path.suffix == ".part"] == [part]
        part.write_text("whole")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@posix
def test_what_another_is_writing_is_left_to_it(tmp_path: Path) -> None:
    with folder_written_whole(tmp_path / "a") as first:
        with folder_written_whole(tmp_path / "a") as second:
            assert first.is_dir()
            (second / "x").write_text("second")
            take_place(second, tmp_path / "a")
        assert first.is_dir()
    assert not first.exists()
    assert (tmp_path / "a" / "x").read_text() == "second"


def test_a_body_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("mine")
    with pytest.raises(TypeError), written_whole(tmp_path / "a") as part:
        part.write_text(None)  # type: ignore[arg-type]
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a", "mine")]


@posix
def test_a_private_file_is_its_owners_alone_from_the_first_byte(tmp_path: Path) -> None:
    with written_whole(tmp_path / "a", private=True) as part:
        assert stat.S_IMODE(part.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600


@posix
def test_an_empty_folder_is_replaced_and_a_full_one_is_not(tmp_path: Path) -> None:
    for name in ("empty", "full"):
        (tmp_path / name).mkdir()
    (tmp_path / "full" / "mine").write_text("mine")
    for name in ("empty", "full"):
        with folder_written_whole(tmp_path / name) as part:
            (part / "new").write_text("new")
            if name == "full":
                with pytest.raises(OSError, match="not empty"):
                    take_place(part, tmp_path / name)
            else:
                take_place(part, tmp_path / name)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["empty", "full", "mine", "new"]


@pytest.mark.parametrize(
    ("fault", "said"),
    [(OSError(28, "No space left on device"), "No space left"), (OSError("os error 28"), "no space left")],
)
def test_a_full_disk_is_told_with_what_to_do(fault: OSError, said: str) -> None:
    with pytest.raises(OutputFault, match=said) as caught, as_output_fault(Path("out.csv")):
        raise fault
    assert "make room" in str(caught.value.next_step)
