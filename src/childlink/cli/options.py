"""Options that several commands share, and what becomes of a result: printed, or written to a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from childlink.cli.console import out, say
from childlink.errors import UsageFault, unknown_name

if TYPE_CHECKING:
    from rich.console import RenderableType

    from childlink.reference.postcodes import PostcodeDirectory


def chosen_format(given: str | None, output: Path | None, formats: Sequence[str]) -> str:
    """The format asked for, else that of the output file's ending, else the first of ``formats``."""
    if given is not None:
        if given not in formats:
            raise unknown_name("format", given, formats)
        return given
    if output is None or str(output) == "-":
        return formats[0]
    endings = {".json": "json", ".txt": "table"}
    named = endings.get(output.suffix.lower())
    if named is None or named not in formats:
        raise UsageFault(
            f"cannot tell a format from the name {output.name}",
            allowed=f"--format {', '.join(formats)}",
            next_step=f"add --format {formats[0]}, or end the name in .json",
        )
    return named


def deliver(text: str, output: Path | None) -> None:
    """Print ``text`` to stdout, or write it whole to ``output`` and say so on stderr."""
    if output is None or str(output) == "-":
        sys.stdout.write(text)
        return
    from childlink.files import written_whole

    with written_whole(output) as part:
        part.write_text(text, encoding="utf-8", newline="\n")
    say(f"written: {output}")


def deliver_drawn(parts: Sequence[RenderableType], output: Path | None) -> None:
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
    deliver(page.getvalue(), output)


def postcode_directory(progress: Callable[[str, int, int], None]) -> PostcodeDirectory:
    """The postcode directory that came with childlink, kept ready in the user's cache folder."""
    from childlink.reference.postcodes import PostcodeDirectory, default_cache_folder

    cache = default_cache_folder(os.environ, sys.platform, Path.home())
    return PostcodeDirectory.built_in(cache, progress)
