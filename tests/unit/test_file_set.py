"""Law: whenever a process is killed, a folder shows the whole of one set of files, and the next command puts it in
order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from childlink.errors import InputFault, OutputFault
from childlink.file_set import RUN, finish_interrupted, written_together
from tests.unit.register.test_whole import nobody

OLD = {"a.txt": "old a", "model.txt": "old model", "sub/b.txt": "old b", "sub/gone.txt": "old gone"}
NEW = {"a.txt": "new a", "sub/b.txt": "new b", "sub/deep/c.txt": "new c"}
OTHERS = {"mine.txt": "mine"}
REPLACES = ("a.txt", "model.txt", "sub/gone.txt", "absent.txt")

WRITER = """
import json, os, signal, sys
from pathlib import Path
from childlink.file_set import finish_interrupted, written_together
folder, dies_at, links, new = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "links", json.loads(sys.argv[4])
if not links:
    def none(*_, **__):
        raise OSError("no links here")
    os.symlink = os.link = none
done = 0
STEPS = {"open", "os.rename", "os.link", "os.symlink", "os.mkdir"}
def step(event, arguments):
    global done
    # what is removed is often named without its folder
    if event in ("os.remove", "os.rmdir") or event in STEPS and str(folder) in " ".join(map(str, arguments)):
        done += 1
        if done == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(step)
with written_together(folder, replaces=REPLACES) as staging:
    for name, text in new.items():
        (staging / name).parent.mkdir(parents=True, exist_ok=True)
        (staging / name).write_text(text)
print(done)
""".replace("REPLACES", repr(REPLACES))

posix = pytest.mark.skipif(sys.platform == "win32", reason="kill -9, links and modes are POSIX's")


def made(folder: Path, files: dict[str, str]) -> Path:
    """A folder that holds ``files``."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def seen(folder: Path) -> dict[str, str]:
    """What somebody who opens each file by its name finds."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return {name: (folder / name).read_text() for name in names if not name.startswith(RUN)}


def everything(folder: Path) -> list[str]:
    """Every name in a folder, hidden ones and links too."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def put(folder: Path, files: dict[str, str]) -> None:
    """Write ``files`` as a set."""
    with written_together(folder, replaces=REPLACES) as staging:
        made(staging, files)


def run(folder: Path, dies_at: int, *, links: bool = True) -> subprocess.CompletedProcess[str]:
    """Write NEW in a process that is killed before its step ``dies_at``."""
    command = [
        sys.executable,
        "-c",
        WRITER,
        str(folder),
        str(dies_at),
        "links" if links else "",
        json.dumps(NEW),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def steps(folder: Path, *, links: bool) -> int:
    """How many steps a run makes that nobody kills."""
    made(folder, OLD | OTHERS)
    done = run(folder, 0, links=links)
    assert done.returncode == 0, done.stderr
    assert seen(folder) == NEW | OTHERS
    return int(done.stdout)


def test_the_new_files_replace_the_old_and_leave_the_others(tmp_path: Path) -> None:
    put(made(tmp_path, OLD | OTHERS), NEW)
    assert everything(tmp_path) == [
        "a.txt", "mine.txt", "sub", "sub/b.txt", "sub/deep", "sub/deep/c.txt"
    ]  # fmt: skip
    assert seen(tmp_path) == NEW | OTHERS
    assert not any(path.is_symlink() for path in tmp_path.rglob("*"))


@posix
def test_killed_before_any_step_a_folder_shows_one_whole_set(tmp_path: Path) -> None:
    count = steps(tmp_path / "whole", links=True)
    assert count > 40
    shown = []
    for dies_at in range(1, count + 1):
        folder = made(tmp_path / str(dies_at), OLD | OTHERS)
        assert run(folder, dies_at).returncode != 0, dies_at
        now = seen(folder)
        assert now in (OLD | OTHERS, NEW | OTHERS), dies_at
        shown.append(now == NEW | OTHERS)
        finish_interrupted(folder)
        assert seen(folder) == now, dies_at
        left = [name for name in everything(folder) if (folder / name).is_symlink() or RUN in name]
        assert left == [], dies_at
        if now == OLD | OTHERS:
            put(folder, NEW)
        assert everything(folder) == everything(tmp_path / "whole"), dies_at
    assert shown == sorted(shown)  # the old, and from one step on the new
    assert {False, True} <= set(shown)


@posix
def test_without_links_the_next_command_ends_with_one_whole_set(tmp_path: Path) -> None:
    count = steps(tmp_path / "whole", links=False)
    for dies_at in range(1, count + 1):
        folder = made(tmp_path / str(dies_at), OLD | OTHERS)
        assert run(folder, dies_at, links=False).returncode != 0, dies_at
        finish_interrupted(folder)
        now = seen(folder)
        assert now in (OLD | OTHERS, NEW | OTHERS), dies_at
        assert not (folder / RUN).exists()


@posix
def test_killed_again_and_again_while_it_repairs(tmp_path: Path) -> None:
    for first in range(20, 60, 7):
        folder = made(tmp_path / str(first), OLD | OTHERS)
        run(folder, first)
        for dies_at in range(1, 400, 9):
            if run(folder, dies_at).returncode == 0:
                break
            assert seen(folder) in (OLD | OTHERS, NEW | OTHERS), (first, dies_at)
        assert seen(folder) == NEW | OTHERS
        assert everything(folder) == everything(tmp_path / "20"), first


def test_a_body_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    before = everything(made(tmp_path, OLD | OTHERS))
    with pytest.raises(TypeError), written_together(tmp_path, replaces=REPLACES) as staging:
        made(staging, NEW | {"z.txt": None})  # type: ignore[dict-item]
    assert seen(tmp_path) == OLD | OTHERS
    assert everything(tmp_path) == before


def test_a_folder_that_was_made_goes_where_nothing_came_into_it(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), written_together(tmp_path / "new"):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("call", ["symlink", "link", "rename", "replace", "fsync"])
def test_a_call_that_fails_leaves_one_whole_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    real = getattr(os, call)
    for fails_at in range(1, 40):
        folder = made(tmp_path / f"{call}-{fails_at}", OLD | OTHERS)
        count = 0

        def once(*arguments: object, fails_at: int = fails_at, **more: object) -> object:
            nonlocal count
            count += 1
            if count == fails_at:
                raise OSError(28, "No space left on device")
            return real(*arguments, **more)

        with monkeypatch.context() as patched:
            patched.setattr(os, call, once)
            with suppress(OutputFault):  # a link that cannot be made is done without
                put(folder, NEW)
        assert seen(folder) in (OLD | OTHERS, NEW | OTHERS), fails_at
        finish_interrupted(folder)
        assert not (folder / RUN).exists()
        assert not any(path.is_symlink() for path in folder.rglob("*"))


def test_one_process_at_a_time(tmp_path: Path) -> None:
    with written_together(tmp_path) as staging:
        (staging / "a.txt").write_text("first")
        with pytest.raises(OutputFault, match="another program is writing") as caught:
            put_at_once(tmp_path)
        finish_interrupted(tmp_path)  # a reader neither waits nor meddles
        assert (staging / "a.txt").exists()
    assert "wait" in str(caught.value.next_step)
    assert seen(tmp_path) == {"a.txt": "first"}


def put_at_once(folder: Path) -> None:
    """Write without waiting for others."""
    with written_together(folder, busy_seconds=0.05):
        raise AssertionError


def test_another_waits_for_its_turn(tmp_path: Path) -> None:
    waiting = threading.Thread(target=put, args=(tmp_path, {"a.txt": "second"}))
    with written_together(tmp_path) as staging:
        waiting.start()
        (staging / "a.txt").write_text("first")
    waiting.join()
    assert seen(tmp_path) == {"a.txt": "second"}


@posix
def test_a_read_only_folder() -> None:
    with tempfile.TemporaryDirectory() as name:
        closed = made(Path(name), OLD)
        closed.chmod(0o555)
        with nobody(), pytest.raises(OutputFault, match="cannot write") as caught:
            put(closed, NEW)
        assert caught.value.next_step
        closed.chmod(0o700)
        assert seen(closed) == OLD


@posix
def test_who_may_not_write_reads_one_whole_set_all_the_same() -> None:
    told = set()
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        for dies_at in range(20, 90, 5):
            folder = made(Path(name) / str(dies_at), OLD)
            run(folder, dies_at)
            if not any_link(folder):
                continue
            with nobody():
                finish_interrupted(folder)
                told.add(seen(folder)["a.txt"])
                assert seen(folder) in (OLD, NEW), dies_at
            assert any_link(folder)
            finish_interrupted(folder)
            assert not any_link(folder)
    assert told == {"old a", "new a"}


def any_link(folder: Path) -> bool:
    """Whether a name in the folder is a link."""
    return any(path.is_symlink() for path in folder.iterdir())


@pytest.mark.parametrize(
    "text", ["", "[]", '{"new": ["../../victim"], "gone": []}', '{"new": [], "gone": ["/a"]}']
)
def test_a_list_of_names_that_childlink_did_not_write_is_not_obeyed(tmp_path: Path, text: str) -> None:
    made(tmp_path, {"victim": "mine", f"out/{RUN}/names.json": text, f"out/{RUN}/now": "x"})
    with pytest.raises(InputFault, match="not as childlink wrote it"):
        put(tmp_path / "out", NEW)
    assert (tmp_path / "victim").read_text() == "mine"
