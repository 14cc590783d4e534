"""``childlink validate``."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from childlink.errors import UsageFault, unknown_name

if TYPE_CHECKING:
    from childlink.cli.options import Stages
    from childlink.reference.postcodes import PostcodeDirectory
    from childlink.validation import Report

FORMATS = ("table", "concise", "json", "html", "csv", "junit", "github", "sarif")
FAIL_ON = ("error", "query", "never")

EXAMPLES = """Check a return before it is sent.

Examples:

  childlink validate ssda903 this_year/ --year 2025-26 --previous last_year/ --la Birmingham

  childlink validate ssda903 header.csv episodes.csv --year 2025-26 --select 103,INT --format concise

  childlink validate ssda903 this_year/ --year 2025-26 --output report.html

  childlink validate ssda903 this_year/ --year 2025-26 --baseline accepted.csv --output results.xml

  childlink validate cin cin.xml --year 2025-26

  childlink validate extract.csv --schema mine.yaml

  childlink validate cross --ssda903 this_year/ --cin cin.xml
"""


def register(app: typer.Typer) -> None:
    """Add ``validate`` to the app."""
    app.command(help=EXAMPLES)(validate)


def validate(
    given: Annotated[
        list[str],
        typer.Argument(
            metavar="RETURN PATH...",
            help="The return (ssda903, cin, ...; see childlink schemas list), then its files (CSV, Excel, XML, JSON) "
            "or their folder. With --schema the files alone; cross has none, but --ssda903, --cin ... below.",
        ),
    ],
    schema: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A schema of your own (YAML) in place of a return's name."),
    ] = None,
    year: Annotated[
        str | None, typer.Option(help="Collection year, such as 2025-26, of a return that is yearly.")
    ] = None,
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
    as_of: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Day on which ages are reckoned, such as 2026-01-15; else today."),
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
    baseline: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Findings accepted before: only new ones fail.")
    ] = None,
    write_baseline: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Accept what is found now: write it there, to add reasons to."),
    ] = None,
    fail_on: Annotated[
        str, typer.Option(metavar="|".join(FAIL_ON), help="Least severity that makes the exit code 1.")
    ] = "error",
    ssda903: Annotated[
        list[Path] | None, typer.Option(metavar="PATH", help="With cross: the SSDA903; repeatable.")
    ] = None,
    cin: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="With cross: the children in need census; repeatable."),
    ] = None,
    sen2: Annotated[
        list[Path] | None, typer.Option(metavar="PATH", help="With cross: the SEN2 return; repeatable.")
    ] = None,
    school_census: Annotated[
        list[Path] | None, typer.Option(metavar="PATH", help="With cross: the school census; repeatable.")
    ] = None,
) -> None:
    """Check a return before it is sent."""
    from childlink.cli.console import progress_bar
    from childlink.cli.options import Stages, chosen_format, postcode_directory
    from childlink.cli.validate_cross import CROSS, compared_returns, require_its_options, show_matched

    return_name, paths = what_is_given(given, schema)
    compared = {"ssda903": ssda903, "cin": cin, "sen2": sen2, "school_census": school_census}
    others = {"--previous": previous, "--providers": providers, "--postcodes": postcodes}
    require_its_options(return_name, paths, compared, {**others, "--la": la, "--as-of": as_of})
    shape = chosen_format(format_, output, FORMATS)
    if fail_on not in FAIL_ON:
        raise unknown_name("--fail-on", fail_on, FAIL_ON)
    if baseline is not None and write_baseline is not None:
        raise UsageFault(
            "--baseline and --write-baseline are given together",
            allowed="one of them",
            next_step="to renew a baseline give --write-baseline alone: reasons in it are kept",
        )
    from childlink.validation import validate_files
    from childlink.validation.baseline import apply_baseline, read_baseline

    accepted = read_baseline(baseline) if baseline is not None else None
    with progress_bar() as bar:
        progress = Stages(bar)
        shared: dict[str, Any] = {
            "year": year,
            "select": select or (),
            "ignore": ignore or (),
            "severity": severity,
            "show_values": show_values,
            "progress": progress,
        }
        if return_name == CROSS:
            report = compared_returns(compared, **shared)
        else:
            report = validate_files(
                return_name,
                paths,
                schema=schema,
                previous=previous or (),
                providers=providers or (),
                local_authority=la,
                as_of=day_of(as_of),
                postcodes=lambda: own_directory(postcodes) if postcodes else postcode_directory(progress),
                **shared,
            )
        if accepted is not None:
            report = apply_baseline(report, accepted)
        if write_baseline is not None:
            report = renew_baseline(report, write_baseline)
        progress("writing", 1, 1)
        text = written(report, shape)
    show_lists(report)
    show_matched(report)
    show_baseline(report)
    show(report, text, output, private=show_values)
    show_timings(progress)
    raise typer.Exit(report.exit_code(fail_on))


def what_is_given(given: list[str], schema: Path | None) -> tuple[str | None, list[Path]]:
    """The return's name and the paths of RETURN PATH...; no name where a schema of the user's own stands for it."""
    from childlink.cli.validate_cross import CROSS
    from childlink.schema.model import shipped_schemas

    first, rest = given[0], given[1:]
    known = shipped_schemas()
    if schema is not None:
        if first in known and not Path(first).exists():
            raise UsageFault(
                f"{first} is a return that childlink knows, and --schema describes another",
                allowed="one of the two",
                next_step=f"leave {first} out, or leave --schema out",
            )
        return None, [Path(path) for path in given]
    if first not in known and Path(first).exists():
        raise UsageFault(
            f"which return it is, was not said: {first} is a file or folder",
            allowed=f"{', '.join(known)}, or --schema FILE for an extract of your own",
            next_step=f"childlink validate {known[0]} {' '.join(given)}, or add --schema mine.yaml",
        )
    if first not in known:
        raise unknown_name("return", first, known)
    if not rest and first != CROSS:
        raise UsageFault(
            "no files of the return were given",
            next_step=f"give its files or their folder: childlink validate {first} FOLDER",
        )
    return first, [Path(path) for path in rest]


def day_of(text: str | None) -> date:
    """The day given as yyyy-mm-dd or dd/mm/yyyy; today where none is."""
    if text is None:
        return date.today()  # noqa: DTZ011 - the user's own day
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text.strip(), form).date()  # noqa: DTZ007
        except ValueError:
            continue
    raise UsageFault(
        f"--as-of is no date: {text}",
        allowed="a date as yyyy-mm-dd",
        next_step="give it such as --as-of 2026-01-15",
    )


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


def renew_baseline(report: Report, path: Path) -> Report:
    """Accept in the file ``path`` all that ``report`` has found, keeping its reasons; the report with it applied."""
    from childlink.cli.console import say
    from childlink.validation.baseline import apply_baseline, make_baseline, read_baseline, write_baseline

    earlier = read_baseline(path) if path.exists() else None
    made = make_baseline(report, path.name, earlier)
    write_baseline(path, made, report)
    say(f"written: {path}; write the reason for each finding in its column reason")
    return apply_baseline(report, made)


def show_baseline(report: Report) -> None:
    """What became of the baseline, on stderr."""
    from childlink.cli.console import say
    from childlink.reporting.places import counted

    use = report.run.get("baseline")
    if use is None:
        return
    parts = [f"{report.new('error') + report.new('query'):,} new, {use['accepted']:,} accepted"]
    if use["without_reason"]:
        parts.append(f"{use['without_reason']:,} of them without a reason")
    if use["not_found"]:
        gone = counted(use["not_found"], "entry", "entries")
        parts.append(f"{gone} no longer found as often (--write-baseline renews the file)")
    say(f"{use['file']}: {'; '.join(parts)}")


def show_timings(stages: Stages) -> None:
    """With --verbose, how long each stage took, on stderr."""
    from childlink.cli.console import say, settings

    if settings.verbose:
        say(f"timings: {stages.in_words()}")


def written(report: Report, shape: str) -> str | None:
    """The report in one of FORMATS as text; None for the table, which is drawn."""
    if shape == "table":
        return None
    from importlib import import_module

    module, function = WRITERS[shape]
    text: str = getattr(import_module(f"childlink.reporting.{module}"), function)(report)
    return text


WRITERS = {
    "concise": ("concise", "as_lines"),
    "json": ("json_report", "as_json"),
    "html": ("html_report", "as_html"),
    "csv": ("csv_report", "as_csv"),
    "junit": ("junit", "as_junit"),
    "github": ("github", "as_annotations"),
    "sarif": ("sarif", "as_sarif"),
}
"""Module and function of each format that is text."""


def show(report: Report, text: str | None, output: Path | None, *, private: bool) -> None:
    """Show a report on the screen or in a file; then the counts, or what to type next, on stderr."""
    from childlink.cli.console import say
    from childlink.cli.options import deliver, deliver_drawn

    if text is not None:
        deliver(text, output, private=private)
        if output is not None and str(output) != "-":
            from childlink.reporting.places import summary_line

            say(summary_line(report))
        return
    from childlink.reporting.table import as_renderables

    deliver_drawn(list(as_renderables(report)), output, private=private)
    failed = report.with_status("findings")
    if failed:
        worst = max(failed, key=lambda r: r.findings)
        say(f"next: {_explained(report, worst.code)}every row: add --format concise")


def _explained(report: Report, code: str) -> str:
    """What to type to have a rule explained; nothing for a schema of the user's own."""
    from childlink.schema.model import shipped_schemas

    if report.return_name not in shipped_schemas():
        return ""
    which = "" if report.return_name == "ssda903" else f" --return {report.return_name}"
    return f"childlink rules show {code}{which}; "
