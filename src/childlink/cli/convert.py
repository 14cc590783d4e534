"""``childlink convert``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from childlink.cli.options import PrintAs, TableOrJson, print_json

EXAMPLES = """Turn a return from XML into a folder of CSV files, or back.

What is written validates the same. Whatever XML cannot say is refused, and said.

Examples:

  childlink convert cin cin.xml --output cin_csv/

  childlink convert cin cin_csv/ --output cin_again.xml

  childlink convert ssda903 this_year/ --output ssda903.xml
"""


def register(app: typer.Typer) -> None:
    """Add ``convert`` to the app."""
    app.command(help=EXAMPLES)(convert)


def convert(
    return_name: Annotated[str, typer.Argument(metavar="RETURN", help="The return: ssda903 or cin.")],
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Its XML file, or its CSV files or their folder.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="PLACE", help="A new folder, or an XML file.")
    ],
    force: Annotated[bool, typer.Option("--force", help="Replace files that are already there.")] = False,
    form: PrintAs = TableOrJson.TABLE,
) -> None:
    """Turn a return from XML into a folder of CSV files, or back."""
    from childlink.cli.console import out, say
    from childlink.returns.convert import convert_return

    made = convert_return(return_name, paths, output, force=force)
    for path, why, count in made.left_out:
        say(f"left out: {path} ({count} times): {why}")
    if form is TableOrJson.JSON:
        left_out = [{"path": path, "why": why, "times": count} for path, why, count in made.left_out]
        print_json("convert", {"written": str(made.place), "rows": dict(made.rows), "left_out": left_out})
        return
    rows = sum(made.rows.values())
    out().print(f"{made.place}: {len(made.rows)} tables, {rows:,} rows", markup=False, soft_wrap=True)
