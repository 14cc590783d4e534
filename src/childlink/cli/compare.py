"""``childlink compare``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

FORMATS = ("table", "json")

EXAMPLES = """Compare two reports on a return: what was fixed, what is new.

Examples:

  childlink validate ssda903 this_year/ --year 2025-26 --output monday.json

  childlink validate ssda903 this_year/ --year 2025-26 --output friday.json

  childlink compare monday.json friday.json

A finding is the same where rule, table, child and columns are the same, wherever its row now stands. The exit
code is 0 whatever changed; to fail on what is new, give childlink validate a --baseline.
"""


def register(app: typer.Typer) -> None:
    """Add ``compare`` to the app."""
    app.command(help=EXAMPLES)(compare)


def compare(
    old: Annotated[Path, typer.Argument(metavar="OLD.json", help="The earlier report, as JSON.")],
    new: Annotated[Path, typer.Argument(metavar="NEW.json", help="The later report, as JSON.")],
    format_: Annotated[
        str | None, typer.Option("--format", metavar="|".join(FORMATS), help="How to show the comparison.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write there; - is the screen.")
    ] = None,
) -> None:
    """Compare two reports."""
    from childlink.cli.options import chosen_format, deliver, deliver_drawn
    from childlink.reporting.comparison import comparison_as_json, comparison_as_renderables
    from childlink.validation.compare import compare_reports, read_report

    shape = chosen_format(format_, output, FORMATS)
    comparison = compare_reports(read_report(old), read_report(new))
    if shape == "json":
        deliver(comparison_as_json(comparison), output)
    else:
        deliver_drawn(list(comparison_as_renderables(comparison)), output)
