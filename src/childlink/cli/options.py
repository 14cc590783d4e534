"""Options that several commands share, and what becomes of a result: printed, or written to a file."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from childlink.cli.console import out, say
from childlink.errors import UsageFault, unknown_name

if TYPE_CHECKING:
    from rich.console import RenderableType

    from childlink.reference.postcodes import PostcodeDirectory


class TableOrJson(StrEnum):
    """How a command prints whose result is for people, or for programs."""

    TABLE = "table"
    JSON = "json"


PrintAs = Annotated[TableOrJson, typer.Option("--format", help="How to print what was done.")]


def print_json(command: str, told: Mapping[str, Any]) -> None:
    """What a command did, as JSON on stdout: ``told`` after "schema", childlink.COMMAND/1."""
    typer.echo(json.dumps({"schema": f"childlink.{command}/1", **told}, indent=2, ensure_ascii=False))


def chosen_format(given: str | None, output: Path | None, formats: Sequence[str]) -> str:
    """The format asked for, else that of the output file's ending, else the first of ``formats``."""
    if given is not None:
        if given not in formats:
            raise unknown_name("format", given, formats)
        return given
    if output is None or str(output) == "-":
        return formats[0]
    known = {ending: name for ending, name in ENDINGS.items() if name in formats}
    named = next((name for ending, name in known.items() if output.name.lower().endswith(ending)), None)
    if named is None:
        raise UsageFault(
            f"cannot tell a format from the name {output.name}",
            allowed=f"--format {', '.join(formats)}",
            next_step=f"add --format {formats[0]}, or end the name in {' '.join(known)}",
        )
    return named


ENDINGS = {
    ".sarif.json": "sarif",
    ".json": "json",
    ".txt": "table",
    ".html": "html",
    ".htm": "html",
    ".xml": "junit",
    ".csv": "csv",
    ".sarif": "sarif",
}
"""The format that the ending of an output file's name stands for; the first that fits counts."""


class Stages:
    """A Progress that passes on what it hears and keeps the time each stage took.

    Setting up single rules counts as one stage.
    """

    def __init__(self, onward: Callable[[str, int, int], None]) -> None:
        self._onward = onward
        self._began = self._since = perf_counter()
        self._stage = "starting"
        self._seconds: dict[str, float] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        """See childlink.progress.Progress."""
        self._turn("setting up rules" if stage.startswith("rule ") else stage)
        self._onward(stage, done, total)

    def _turn(self, stage: str) -> None:
        now = perf_counter()
        self._seconds[self._stage] = self._seconds.get(self._stage, 0.0) + now - self._since
        self._stage, self._since = stage, now

    def in_words(self) -> str:
        """ "reading 0.12 s, rules 0.60 s, whole 0.80 s": stages in the order they began."""
        self._turn("done")
        parts = [f"{stage} {seconds:.2f} s" for stage, seconds in self._seconds.items()]
        return ", ".join([*parts, f"whole {perf_counter() - self._began:.2f} s"])


def deliver(text: str, output: Path | None, *, private: bool = False) -> None:
    """Print ``text`` to stdout, or write it whole to ``output`` and say so on stderr.

    ``private``: nobody but the file's owner may read it.
    """
    if output is None or str(output) == "-":
        sys.stdout.write(text)
        return
    from childlink.files import written_whole

    with written_whole(output, private=private) as part:
        part.write_text(text, encoding="utf-8", newline="\n")
    say(f"written: {output}")


def deliver_drawn(parts: Sequence[RenderableType], output: Path | None, *, private: bool = False) -> None:
    """Draw ``parts`` on stdout, in colour on a terminal, or as plain text into ``output``."""
    if output is None or str(output) == "-":
        console = out()
        for part in parts:
            console.print(part)
        return
    import io

    from rich.console import Console

    page = io.StringIO()
    console = Console(file=page, width=120, no_color=True, highlight=False)
    for part in parts:
        console.print(part)
    deliver(page.getvalue(), output, private=private)


def postcode_directory(progress: Callable[[str, int, int], None]) -> PostcodeDirectory:
    """The postcode directory that came with childlink, kept ready in the user's cache folder."""
    from childlink.reference.postcodes import PostcodeDirectory, default_cache_folder

    cache = default_cache_folder(os.environ, sys.platform, Path.home())
    return PostcodeDirectory.built_in(cache, progress)
