"""The terminal: what goes to stdout, what goes to stderr, and when there is colour.

stdout carries the result and nothing else; everything said about it, progress included, goes to stderr.
Rich is imported only when something is drawn, so that ``childlink --help`` stays quick.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from childlink.progress import Progress


@dataclass
class Settings:
    """What the flags before the command asked for."""

    quiet: bool = False
    verbose: bool = False
    debug: bool = False
    no_color: bool = False


settings = Settings()


def out() -> Console:
    """The console of the result. Piped, it is plain text, 120 columns wide unless COLUMNS says otherwise."""
    return _console(stderr=False)


def err() -> Console:
    """The console of messages and progress."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(
        stderr=stderr,
        no_color=True if settings.no_color else None,
        highlight=False,
        width=None if stream.isatty() else _piped_width(),
        soft_wrap=False,
    )


def _piped_width() -> int:
    import os

    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdigit() and int(columns) > 0 else 120


def say(message: str) -> None:
    """One line to stderr, unless --quiet. Square brackets are taken literally."""
    if not settings.quiet:
        err().print(message, markup=False)


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A function of (stage, done, total) that moves a bar on stderr; it does nothing when nobody watches."""
    if settings.quiet or not sys.stderr.isatty() or not (console := err()).is_terminal:
        yield lambda stage, done, total: None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task("starting", total=None)

        def move(stage: str, done: int, total: int) -> None:
            bars.update(task, description=stage, completed=done, total=total)

        yield move
