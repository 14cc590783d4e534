"""``childlink validate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from childlink.errors import unknown_name

if TYPE_CHECKING:
    from childlink.validation import Report

FORMATS = ("table", "concise", "json")
FAIL_ON = ("error", "query", "never")

EXAMPLES = """Check a return before it is sent.

Examples:

  childlink validate ssda903 this_year/ --year 2025-26 --previous last_year/ --la Birmingham

  childlink validate ssda903 header.csv episodes.csv --year 2025-26 --select 103,INT --format concise

  childlink validate ssda903 this_year/ --year 2025-26 --output report.json
"""


def register(app: typer.Typer) -> None:
    """Add ``validate`` to the app."""
    app.command(help=EXAMPLES)(validate)


def validate(
    return_name: Annotated[str, typer.Argument(metavar="RETURN", help="The return: ssda903.")],
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Its CSV files, or their folder.")],
    year: Annotated[str, typer.Option(help="Collection year, such as 2025-26.")],
    previous: Annotated[
        list[Path] | None, typer.Option(metavar="PATH", help="Last year's files or folder; repeatable.")
    ] = None,
    la: Annotated[
        str | None, typer.Option(metavar="AUTHORITY", help="Returning authority: code or name.")
    ] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RULES", help="Only these: codes, beginnings of codes, subjects; commas between."
        ),
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(metavar="RULES", help="All but these.")] = None,
    severity: Annotated[
        str | None, typer.Option(metavar="error|query", help="Only rules of this severity.")
    ] = None,
    format_: Annotated[
        str | None, typer.Option("--format", metavar="|".join(FORMATS), help="How to show the report.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write there; - is the screen.")
    ] = None,
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Add the values of the cells that findings are about.")
    ] = False,
    fail_on: Annotated[
        str, typer.Option(metavar="|".join(FAIL_ON), help="Least severity that makes the exit code 1.")
    ] = "error",
) -> None:
    """Check a return before it is sent."""
    from childlink.cli.console import progress_bar
    from childlink.cli.options import chosen_format, postcode_directory

    shape = chosen_format(format_, output, FORMATS)
    if fail_on not in FAIL_ON:
        raise unknown_name("--fail-on", fail_on, FAIL_ON)
    from childlink.validation import validate_files

    with progress_bar() as progress:
        report = validate_files(
            return_name,
            paths,
            year=year,
            previous=previous or (),
            local_authority=la,
            select=select or (),
            ignore=ignore or (),
            severity=severity,
            postcodes=lambda: postcode_directory(progress),
            show_values=show_values,
            progress=progress,
        )
    show(report, shape, output)
    raise typer.Exit(report.exit_code(fail_on))


def show(report: Report, shape: str, output: Path | None) -> None:
    """Show a report in one of FORMATS, on the screen or in a file; then what to type next, on stderr."""
    from childlink.cli.console import say
    from childlink.cli.options import deliver, deliver_drawn

    if shape == "json":
        from childlink.reporting.json_report import as_json

        deliver(as_json(report), output)
    elif shape == "concise":
        from childlink.reporting.concise import as_lines

        deliver(as_lines(report), output)
    else:
        from childlink.reporting.table import as_renderables

        deliver_drawn(list(as_renderables(report)), output)
        failed = report.with_status("findings")
        if failed:
            worst = max(failed, key=lambda r: r.findings)
            say(f"next: childlink rules show {worst.code}; every row: add --format concise")
