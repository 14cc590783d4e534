"""``childlink validate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from childlink.errors import unknown_name

if TYPE_CHECKING:
    from childlink.reference.postcodes import PostcodeDirectory
    from childlink.validation import Report

FORMATS = ("table", "concise", "json")
FAIL_ON = ("error", "query", "never")

EXAMPLES = """Check a return before it is sent.

Examples:

  childlink validate ssda903 this_year/ --year 2025-26 --previous last_year/ --la Birmingham

  childlink validate ssda903 header.csv episodes.csv --year 2025-26 --select 103,INT --format concise

  childlink validate ssda903 this_year/ --year 2025-26 --output report.json

  childlink validate cin cin.xml --year 2025-26
"""


def register(app: typer.Typer) -> None:
    """Add ``validate`` to the app."""
    app.command(help=EXAMPLES)(validate)


def validate(
    return_name: Annotated[str, typer.Argument(metavar="RETURN", help="The return: ssda903 or cin.")],
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Its CSV files or XML file, or their folder.")
    ],
    year: Annotated[str, typer.Option(help="Collection year, such as 2025-26.")],
    previous: Annotated[
        list[Path] | None, typer.Option(metavar="PATH", help="Last year's files or folder; repeatable.")
    ] = None,
    providers: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Ofsted's provider lists, Excel or CSV; repeatable."),
    ] = None,
    postcodes: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="ONS postcode directory (CSV) in place of the one built in."),
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
            providers=providers or (),
            local_authority=la,
            select=select or (),
            ignore=ignore or (),
            severity=severity,
            postcodes=lambda: own_directory(postcodes) if postcodes else postcode_directory(progress),
            show_values=show_values,
            progress=progress,
        )
    show_lists(report)
    show(report, shape, output)
    raise typer.Exit(report.exit_code(fail_on))


def own_directory(path: Path) -> PostcodeDirectory:
    """The postcode directory in a user's file."""
    from childlink.reference.postcodes import PostcodeDirectory

    return PostcodeDirectory.from_csv(path)


def show_lists(report: Report) -> None:
    """With --verbose, what was understood of provider lists and what was left out of XML, on stderr."""
    from childlink.cli.console import say, settings

    if not settings.verbose:
        return
    for sheet in report.run["providers"]:
        where = sheet["file"] if sheet["sheet"] is None else f"{sheet['file']}, {sheet['sheet']}"
        columns = "; ".join(f"{meaning} from {heading}" for meaning, heading in sheet["columns"].items())
        say(
            f"{where}: {sheet['held_as']}; {sheet['rows']} rows, {sheet['without_urn']} without URN, "
            f"{sheet['unread_dates']} dates not read{'; ' if columns else ''}{columns}"
        )
    for element in report.run["unknown_elements"]:
        say(f"{element['file']}: {element['path']} ({element['count']} times): {element['why']}")


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
