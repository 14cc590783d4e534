"""Writing a folder of CSV files whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from childlink.errors import OutputFault


def refuse_if_full(folder: Path, *, force: bool) -> None:
    """Raise OutputFault when ``folder`` is a file, or holds anything and ``force`` is not given."""
    if folder.exists() and not folder.is_dir():
        raise OutputFault(f"{folder} is a file, not a folder", next_step="name a folder that is new or empty")
    if not force and folder.is_dir() and any(folder.iterdir()):
        raise OutputFault(
            f"{folder} already holds files",
            allowed="a folder that is new or empty",
            next_step="name another folder, or add --force to replace this one's made files",
        )


def write_folder(
    folder: Path, files: Mapping[str, pl.DataFrame], *, force: bool, owned: Sequence[str] = ()
) -> None:
    """Write each frame as CSV to its path below ``folder``, only once all have been written beside it.

    A new folder appears whole, by one rename. Into one that exists, files and sub-folders are renamed one after
    another; with ``force`` those of the same names are replaced, and ``owned`` names that are not among them are
    removed, so that nothing of an older making stays. Other files are left. UTF-8, LF, empty cells for null.
    Raises OutputFault.
    """
    folder = folder.resolve()  # "." has no name to write beside
    refuse_if_full(folder, force=force)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".part", dir=folder.parent))
    except OSError as fault:
        raise OutputFault(
            f"cannot write {folder}: {fault.strerror}", next_step="name a folder you may write to"
        ) from None
    try:
        for name, frame in files.items():
            path = staging / name
            path.parent.mkdir(parents=True, exist_ok=True)
            frame.write_csv(path)
        _settle(staging, folder, owned)
    except OSError as fault:
        raise OutputFault(
            f"cannot write {folder}: {fault.strerror}", next_step="name a folder you may write to"
        ) from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _settle(staging: Path, folder: Path, owned: Sequence[str]) -> None:
    if not folder.exists():
        staging.chmod(0o755)
        staging.replace(folder)
        return
    fresh = sorted(entry.name for entry in staging.iterdir())
    for name in [*fresh, *(name for name in owned if name not in fresh)]:
        target = folder / name
        if target.is_dir():
            shutil.rmtree(target)
        if name in fresh:
            (staging / name).replace(target)
        else:
            target.unlink(missing_ok=True)
