"""Several files that take their places in a folder as one: a reader finds the old set or the new, never both.

No file system renames several files at once, so one rename is made to count for all. The new files are written
into a hidden folder, ``.childlink-run``. Each visible name then becomes a symbolic link that leads through
``.childlink-run/now``, which leads to the old files. One rename lets ``now`` lead to the new ones, and with it every
name. Last, the new files themselves take the places of the links, and the hidden folder goes. A process may be
killed between any two of these steps: what the names show is one whole set, and the next command finishes what
was begun, or undoes it where ``now`` had not turned.

Where there are no symbolic links (Windows, some network drives) the files are renamed one after another once the
hidden folder says that they are complete. Killed in the midst of that, the folder holds files of both sets until
the next command finishes; those who read several files must check that they belong together.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from childlink.errors import InputFault, OutputFault
from childlink.files import as_output_fault

RUN = ".childlink-run"
BUSY_SECONDS = 10.0

_NEW, _OLD, _NOW, _NAMES = "new", "old", "now", "names.json"


@contextmanager
def written_together(
    folder: Path, *, replaces: Sequence[str] = (), busy_seconds: float = BUSY_SECONDS
) -> Iterator[Path]:
    """Give an empty folder to write files into, in sub-folders too; on success they take their places in ``folder``.

    Files of the same names are replaced, those of ``replaces`` (paths with /) that were not written are taken
    away, others are left. When the body fails, ``folder`` keeps what it held. It is made where it is missing. One
    process at a time: another waits ``busy_seconds``. Raises OutputFault where the folder cannot be written to,
    or stays in use.
    """
    made = not folder.exists()
    with as_output_fault(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder, busy_seconds):
        try:
            with as_output_fault(folder):
                _settle(folder)
                (folder / RUN / _NEW).mkdir(parents=True)
            yield folder / RUN / _NEW
            with as_output_fault(folder):
                _commit(folder, replaces)
        finally:
            with as_output_fault(folder):
                _settle(folder)
            if made:
                with suppress(OSError):
                    folder.rmdir()  # where nothing came into it


def finish_interrupted(folder: Path) -> None:
    """Finish, or undo, what a killed process began in ``folder``; nothing where none was.

    Nothing either where another process is writing there now, or where this one may not write.
    """
    if not os.path.lexists(folder / RUN):
        return
    with suppress(OSError, OutputFault), _alone(folder, 0.0):
        _settle(folder)


def _commit(folder: Path, replaces: Sequence[str]) -> None:
    run = folder / RUN
    new = sorted(
        path.relative_to(run / _NEW).as_posix() for path in (run / _NEW).rglob("*") if path.is_file()
    )
    gone = [name for name in replaces if name not in new and os.path.lexists(folder / name)]
    for name in new:
        _on_disk(run / _NEW / name)
    _write(run / _NAMES, json.dumps({"new": new, "gone": gone}))
    if _turns(run):
        _lead_through_now(folder, [*new, *gone])
        (run / "turn").symlink_to(_NEW)
    else:
        _write(run / "turn", "the new files are complete")
    _on_disk(run)
    (run / "turn").replace(run / _NOW)
    _on_disk(run)


def _turns(run: Path) -> bool:
    """Make ``now`` lead to the old files. False where the file system has no symbolic links."""
    (run / _OLD).mkdir()
    try:
        (run / _NOW).symlink_to(_OLD)
    except (OSError, NotImplementedError):
        return False
    return True


def _lead_through_now(folder: Path, names: Sequence[str]) -> None:
    """Every name a link that leads through ``now``; where there is no old file, to nothing yet."""
    run = folder / RUN
    for name in names:
        place, old = folder / name, run / _OLD / name
        if place.exists():
            old.parent.mkdir(parents=True, exist_ok=True)
            _second_name(place, old)
    for name in names:
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        (run / "link").symlink_to(os.path.relpath(run / _NOW / name, place.parent))
        (run / "link").replace(place)
    _on_disk(folder)


def _second_name(file: Path, name: Path) -> None:
    try:
        name.hardlink_to(file.resolve())
    except OSError:  # no hard links here, or the file is another user's
        shutil.copy2(file, name)
        _on_disk(name)


def _settle(folder: Path) -> None:
    """Bring to its end whatever is in the hidden folder: forward where ``now`` has turned, else back."""
    run = folder / RUN
    if not os.path.lexists(run):
        return
    new, gone = _names(run)
    if _has_turned(run):
        for name in new:
            if (run / _NEW / name).exists():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (run / _NEW / name).replace(folder / name)
        for name in gone:
            (folder / name).unlink(missing_ok=True)
    else:
        for name in (*new, *gone):
            if not _leads_through_now(folder / name):
                continue
            if (run / _OLD / name).exists():
                (run / _OLD / name).replace(folder / name)
            else:
                (folder / name).unlink()
    _remove_empty(folder, (*new, *gone))
    _on_disk(folder)
    # from here on no name leads into the hidden folder: whatever is left of it is rubbish
    (run / _NAMES).unlink(missing_ok=True)
    shutil.rmtree(run, ignore_errors=True)


def _names(run: Path) -> tuple[list[str], list[str]]:
    """The files that came and those that went; none where no visible name had been touched."""
    try:
        held = json.loads((run / _NAMES).read_text(encoding="utf-8"))
        new, gone = ([str(name) for name in held[kind]] for kind in ("new", "gone"))
    except FileNotFoundError:
        return [], []
    except (ValueError, KeyError, TypeError):
        raise _not_ours(run) from None
    for path in map(PurePosixPath, (*new, *gone)):
        if path.is_absolute() or ".." in path.parts:
            raise _not_ours(run)
    return new, gone


def _not_ours(run: Path) -> InputFault:
    return InputFault(
        f"{run / _NAMES} is not as childlink wrote it",
        next_step=f"look at the files in {run}, move away what is wanted, and delete the folder",
    )


def _has_turned(run: Path) -> bool:
    now = run / _NOW
    if now.is_symlink():
        return now.readlink() == Path(_NEW)
    return now.is_file()


def _leads_through_now(place: Path) -> bool:
    return place.is_symlink() and f"{RUN}/{_NOW}/" in place.readlink().as_posix()


def _remove_empty(folder: Path, names: Sequence[str]) -> None:
    """Take away the sub-folders of ``names`` that nothing is in."""
    parents = {parent for name in names for parent in PurePosixPath(name).parents} - {PurePosixPath()}
    for parent in sorted(parents, reverse=True):
        with suppress(OSError):
            (folder / parent).rmdir()


def _write(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8")
    _on_disk(part)
    part.replace(path)


def _on_disk(path: Path) -> None:
    """Wait until ``path`` would outlast a power cut. Folders, which only POSIX can wait for, are left elsewhere."""
    if path.is_dir() and os.name != "posix":
        return
    handle = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _alone(folder: Path, seconds: float) -> Iterator[None]:
    """Keep other processes from writing sets into ``folder``. Raises OutputFault after ``seconds`` of waiting."""
    if os.name != "posix":
        yield
        return
    import fcntl

    with as_output_fault(folder):
        handle = os.open(folder, os.O_RDONLY)
    try:
        until = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # given back when closed, or when killed
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise OutputFault(
                        f"another program is writing into {folder}",
                        next_step="wait for it to end, or name another folder",
                    ) from None
                time.sleep(0.05)
            except OSError:  # a file system without locks
                break
        yield
    finally:
        os.close(handle)
