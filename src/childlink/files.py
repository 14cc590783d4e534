"""Writing files and folders whole or not at all, and CSV files that a spreadsheet cannot be made to run."""

from __future__ import annotations

import glob
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from childlink.errors import OutputFault

if TYPE_CHECKING:
    import polars as pl

PRIVATE = 0o600
"""The mode of files that hold keys or children's data: their owner alone reads them."""


@contextmanager
def as_output_fault(place: Path) -> Iterator[None]:
    """Tell of an OSError in the body, such as a full disk, as an OutputFault of ``place``."""
    try:
        yield
    except OSError as fault:
        raise OutputFault(
            # Polars gives no strerror
            f"cannot write {place}: {fault.strerror or 'no space left, or not allowed'}",
            next_step="make room, close what has its files open, or name a folder you may write to",
        ) from None


@contextmanager
def written_whole(path: Path, *, private: bool = False) -> Iterator[Path]:
    """Give a temporary path beside ``path`` to write to; on success it takes ``path``'s name at once.

    When the body fails, or the process dies, ``path`` keeps what it held before. Missing parent folders are
    made; what a killed process left of an earlier try is taken away. ``private``: the file is its owner's alone,
    from the first byte. Raises OutputFault when the folder cannot be written to, or the disk is full.
    """
    with _part_beside(path, folder=False) as part, as_output_fault(path):
        yield part
        part.chmod(PRIVATE if private else 0o666 & ~umask())
        part.replace(path)


@contextmanager
def folder_written_whole(path: Path) -> Iterator[Path]:
    """Give a folder beside ``path``, its owner's alone, to write into. Whatever of it has not been given its
    place with ``take_place`` when the body ends is gone. Raises OutputFault as ``written_whole`` does."""
    with _part_beside(path, folder=True) as part:
        yield part


def take_place(part: Path, path: Path) -> None:
    """Give the folder ``part`` the name ``path``, which is free or an empty folder's, at once. Raises OSError."""
    if os.name != "posix" and path.is_dir():
        path.rmdir()  # elsewhere the rename takes the empty folder's place itself
    part.replace(path)


@contextmanager
def _part_beside(path: Path, *, folder: bool) -> Iterator[Path]:
    with as_output_fault(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(path)
        part, held = _held_part(path, folder=folder)
    try:
        yield part
    finally:
        _remove(part)
        if held is not None:
            os.close(held)


def _held_part(path: Path, *, folder: bool) -> tuple[Path, int | None]:
    """A new file or folder beside ``path``, and the handle that says to other processes that it is in use."""
    prefix, suffix = f".{path.name}.", ".part"
    while True:
        if folder:
            part = Path(tempfile.mkdtemp(prefix=prefix, suffix=suffix, dir=path.parent))
        else:
            handle, name = tempfile.mkstemp(prefix=prefix, suffix=suffix, dir=path.parent)
            os.close(handle)
            part = Path(name)
        if os.name != "posix":
            return part, None
        held = _hold(part, wait=True)
        if part.exists():
            return part, held
        if held is not None:  # another process took it for abandoned before it was held
            os.close(held)


def _remove_abandoned(path: Path) -> None:
    """Take away what killed processes left beside ``path``: parts that nobody holds. Elsewhere than on POSIX it
    cannot be told whether a part is in use, and all are left."""
    if os.name != "posix":
        return
    for part in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        held = _hold(part, wait=False)
        if held is not None:
            with suppress(OSError):
                _remove(part)
            os.close(held)


def _hold(part: Path, *, wait: bool) -> int | None:
    """A handle that one process at a time can have; None where it cannot be had, or not without waiting."""
    import fcntl

    try:
        handle = os.open(part, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        os.close(handle)
        return None
    return handle


def _remove(part: Path) -> None:
    if part.is_dir() and not part.is_symlink():
        shutil.rmtree(part, ignore_errors=True)
    else:
        part.unlink(missing_ok=True)


_RUNS = r"[=+\-@\t\r\n＝＋－＠]"
_MAY_RUN = rf"^'*\s*{_RUNS}"
_PLAIN_NUMBER = r"^[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$"


def harmless(cell: pl.Expr) -> pl.Expr:
    """Text that a spreadsheet cannot take for a formula: an apostrophe before what begins, spaces aside, with
    = + - @ (also in their wide forms), a tab or a line break. Plain numbers such as -1.5 stay as they are.

    ``restored`` is its exact inverse: a cell that begins with apostrophes and then such a sign gets one more.
    """
    import polars as pl

    safe = cell.str.contains(_MAY_RUN).not_() | cell.str.contains(_PLAIN_NUMBER)
    return pl.when(safe).then(cell).otherwise(pl.lit("'") + cell)


def restored(cell: pl.Expr) -> pl.Expr:
    """The text that ``harmless`` was given."""
    import polars as pl

    rest = cell.str.slice(1)
    made = cell.str.starts_with("'") & rest.str.contains(_MAY_RUN) & rest.str.contains(_PLAIN_NUMBER).not_()
    return pl.when(made).then(rest).otherwise(cell)


def csv_for_people(frame: pl.DataFrame) -> str:
    """``frame`` as the text of a CSV file in which neither a heading nor a cell of text can run."""
    import polars as pl

    headings = pl.select(harmless(pl.lit(pl.Series("heading", frame.columns, dtype=pl.String)))).to_series()
    safe = frame.with_columns(harmless(pl.col(pl.String)))
    return safe.rename(dict(zip(frame.columns, headings, strict=True))).write_csv()


def umask() -> int:
    """The modes that new files and folders do not get."""
    current = os.umask(0)
    os.umask(current)
    return current
