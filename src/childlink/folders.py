"""Folders of made files, written whole or not at all, and what must not be written over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from childlink.errors import OutputFault, UsageFault
from childlink.file_set import finish_interrupted, written_together
from childlink.files import as_output_fault, folder_written_whole, take_place, umask


def refuse_if_full(folder: Path, *, force: bool) -> None:
    """Raise OutputFault when ``folder`` is a file, or holds anything and ``force`` is not given."""
    if folder.exists() and not folder.is_dir():
        raise OutputFault(f"{folder} is a file, not a folder", next_step="name a folder that is new or empty")
    finish_interrupted(folder)
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
    """Write files of one folder; they take their places as one (see ``file_set``). Raises OutputFault."""
    folder = next(iter(files)).parent
    with written_together(folder) as staging, as_output_fault(folder):
        for path, data in files.items():
            (staging / path.name).write_bytes(data)


def write_folder(
    folder: Path, files: Mapping[str, pl.DataFrame | bytes], *, force: bool, owned: Sequence[str] = ()
) -> None:
    """Write each frame as CSV, and bytes as they are, to its path below ``folder``.

    A new folder appears whole. In one that exists all files take their places as one (see ``file_set``); with
    ``force`` those of the same names are replaced. What else is in a sub-folder that is written to, and whatever has
    one of the names ``owned`` at the top of the folder, is removed, so that nothing of an older making stays. Other
    files are left. UTF-8, LF, empty cells for null. Raises OutputFault.
    """
    folder = folder.resolve()  # "." has no name to write beside
    refuse_if_full(folder, force=force)
    if folder.exists():
        with written_together(folder, replaces=_older(folder, files, owned)) as staging:
            _write_frames(staging, files)
        return
    with folder_written_whole(folder) as staging:
        _write_frames(staging, files)
        with as_output_fault(folder):
            staging.chmod(0o777 & ~umask())
            take_place(staging, folder)


def _older(folder: Path, files: Mapping[str, pl.DataFrame | bytes], owned: Sequence[str]) -> list[str]:
    """The files of an older making: those in the sub-folders of ``files``, and those ``owned``."""
    tops = {name.partition("/")[0] for name in files} | set(owned)
    found = [path for top in tops for path in ((folder / top), *(folder / top).rglob("*"))]
    return sorted(path.relative_to(folder).as_posix() for path in found if path.is_file())


def _write_frames(staging: Path, files: Mapping[str, pl.DataFrame | bytes]) -> None:
    with as_output_fault(staging.parent):
        for name, content in files.items():
            path = staging / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, bytes):
                path.write_bytes(content)
            else:
                content.write_csv(path)
