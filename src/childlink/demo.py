"""The whole road on the example files that ship: a return validated, three extracts linked, child ids given."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from childlink.errors import OutputFault
from childlink.linkage.evaluate import Evaluation, run_evaluate
from childlink.linkage.run import LinkRun, run_link
from childlink.progress import Progress, unwatched
from childlink.resources import data_folder
from childlink.validation import Report, validate_files

YEAR = "2025-26"
AUTHORITY = "E08000025"
SOURCES = ("education", "health", "social_care")
SEED = 1
"""Of the child ids, so that everybody's demo shows the same ones."""


@dataclass(frozen=True)
class Demo:
    """What the demo did, and the folder that holds its files."""

    folder: Path
    report: Report
    linked: LinkRun
    evaluation: Evaluation


def run_demo(
    folder: Path, *, postcodes: Callable[[], Any] | None = None, progress: Progress = unwatched
) -> Demo:
    """Write the example return and extracts into ``folder``, validate the one, link the others.

    ``folder`` may exist if it is empty. It gets ssda903/this, ssda903/previous, linkage/ and, from the linkage,
    linked/. Raises OutputFault where it holds something or cannot be written to.
    """
    copy_examples(folder)
    report = validate_files(
        "ssda903",
        [folder / "ssda903" / "this"],
        year=YEAR,
        previous=[folder / "ssda903" / "previous"],
        local_authority=AUTHORITY,
        postcodes=postcodes,
        progress=progress,
    )
    linked = run_link(
        sources={name: folder / "linkage" / f"{name}.csv" for name in SOURCES},
        output=folder / "linked",
        seed=SEED,
        progress=progress,
    )
    evaluation = run_evaluate(links=linked.files["links.csv"], truth=folder / "linkage" / "truth.csv")
    return Demo(folder, report, linked, evaluation)


def copy_examples(folder: Path) -> None:
    """Copy the example return and extracts into ``folder``; see ``run_demo``."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputFault(
            f"{folder} is there already, and is not an empty folder",
            allowed="a folder that is empty or not there yet",
            next_step="childlink demo NEW_FOLDER",
        )
    part = folder.with_name(f".{folder.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        for name in ("ssda903", "linkage"):
            shutil.copytree(data_folder("fixtures") / name, part / name)
        if folder.exists():
            folder.rmdir()
        part.replace(folder)
    except OSError as fault:
        shutil.rmtree(part, ignore_errors=True)
        raise OutputFault(
            f"cannot write into {folder}: {fault.strerror}", next_step="name a folder you may write to"
        ) from None
