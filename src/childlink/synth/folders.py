"""Writing made files whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import polars as pl

from childlink.errors import OutputFault, UsageFault
from childlink.files import written_whole


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


def refuse_if_there(file: Path, *beside: Path, suffix: str, force: bool) -> None:
    """Raise UsageFault when ``file`` does not end in ``suffix``; OutputFault when one of the files is a folder, or is
    there already and ``force`` is not given."""
    if file.suffix.lower() != suffix:
        raise UsageFault(
            f"{file} is not named as a file of its kind",
            allowed=f"a name that ends in {suffix}",
            next_step=f"name it {file.with_suffix(suffix)}",
        )
    for path in (file, *beside):
        if path.is_dir():
            raise OutputFault(f"{path} is a folder, not a file", next_step="name a file that is new")
        if path.exists() and not force:
            raise OutputFault(
                f"{path} is already there", next_step="name another file, or add --force to replace it"
            )


def write_files(files: Mapping[Path, bytes]) -> None:
    """Write each file, only once all have been written beside where they go. Raises OutputFault."""
    try:
        with ExitStack() as parts:
            for path, data in files.items():
                parts.enter_context(written_whole(path)).write_bytes(data)
    except OSError as fault:
        path = next(iter(files))
        raise OutputFault(
            f"cannot write {path}: {fault.strerror}", next_step="name a folder you may write to"
        ) from None


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
