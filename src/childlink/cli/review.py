"""``childlink review``: a person decides about the pairs that a linkage could not."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from childlink.cli.options import TableOrJson
from childlink.errors import UsageFault

if TYPE_CHECKING:
    from childlink.review.records import Records
    from childlink.review.session import Session

_EXAMPLE = "childlink review OUT --sources education=education.csv --sources health=health.csv"


def register(app: typer.Typer) -> None:
    """Add the command of this module to the app."""
    app.command("review")(review)


def review(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder that childlink link wrote.")],
    sources: Annotated[
        list[str] | None,
        typer.Option("--sources", metavar="NAME=FILE", help="An extract that was linked; once for each."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="The link.toml it was linked with.")
    ] = None,
    reviewer: Annotated[
        str | None, typer.Option("--reviewer", metavar="NAME", help="Who answers. Default: your login name.")
    ] = None,
    adjudicate: Annotated[
        bool, typer.Option("--adjudicate", help="Decide where reviewers disagree: this answer counts.")
    ] = False,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="So many pairs and no more.")] = None,
    register_at: Annotated[
        str | None,
        typer.Option("--register", metavar="FILE|URL", help="For its seals. Default: OUT/register.sqlite"),
    ] = None,
    key_file: Annotated[
        Path | None, typer.Option("--key-file", metavar="FILE", help="Key of the register.")
    ] = None,
    status: Annotated[bool, typer.Option("--status", help="Only say how far the review is.")] = False,
    no_input: Annotated[bool, typer.Option("--no-input", help="Refused: a review asks questions.")] = False,
    form: Annotated[
        TableOrJson, typer.Option("--format", help="How to print what was done.")
    ] = TableOrJson.TABLE,
) -> None:
    """Look at pairs of records side by side and say which are one child. The next link obeys.

    The pairs whose answer tells most come first. The weight is hidden until you answer, every answer is saved at
    once in OUT/decisions.csv, and a second reviewer does not see what the first said.
    """
    if status:
        _print_status(out, form)
        return
    if no_input or not _asks_a_person():
        why = "--no-input was given" if no_input else "there is no terminal to ask on"
        raise UsageFault(
            f"a review asks a person, and {why}",
            allowed="a terminal; or --status, which asks nothing",
            next_step=f"run it in a terminal: {_EXAMPLE}",
        )
    session, records = _opened(out, sources, config, reviewer, adjudicate, limit, register_at, key_file)
    run_screen(session, records)
    _print_result(session, form)


def run_screen(session: Session, records: Records) -> None:
    """The screen, until the reviewer ends it."""
    from childlink.review.app import ReviewApp

    ReviewApp(session, records).run()


def _opened(
    out: Path,
    sources: list[str] | None,
    config: Path | None,
    reviewer: str | None,
    adjudicate: bool,
    limit: int | None,
    register_at: str | None,
    key_file: Path | None,
) -> tuple[Session, Records]:
    _require_textual()
    from childlink.cli.console import say
    from childlink.cli.link import named_files
    from childlink.linkage.decisions import ADJUDICATOR, REVIEWER
    from childlink.review.records import read_records
    from childlink.review.session import Session, changed_extracts

    records = read_records(
        named_files(sources or [], _EXAMPLE),
        config=config,
        register=register_at if register_at is not None else str(out / "register.sqlite"),
        key_file=key_file,
    )
    for source in changed_extracts(out, records.digests()):
        say(f"{source} is not the file that was linked: what you see may differ from what was compared")
    session = Session(
        out,
        reviewer=reviewer if reviewer is not None else _login(),
        now=_now,
        role=ADJUDICATOR if adjudicate else REVIEWER,
        may_show=records.has,
        limit=limit,
    )
    if session.withheld:
        say(f"{session.withheld} pairs are left out: their extract was not given, or a record is sealed")
    return session, records


def _asks_a_person() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _require_textual() -> None:
    from importlib.util import find_spec

    if find_spec("textual") is None:
        raise UsageFault(
            "the screen for reviews is not installed",
            allowed="childlink with its extra: review",
            next_step="pip install 'childlink[review]'",
        )


def _login() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        raise UsageFault("the reviewer has no name", next_step="add --reviewer NAME") from None


def _now() -> str:
    from datetime import UTC, datetime

    return datetime.now(UTC).isoformat(timespec="seconds")


def _print_result(session: Session, form: TableOrJson) -> None:
    told = session.as_object()
    if form is TableOrJson.JSON:
        typer.echo(json.dumps(told, indent=2))
        return
    from childlink.cli.console import out as console

    said = told["answers"]
    words = f"{said['same']} one child, {said['different']} two children, {said['unsure']} unsure"
    lines = [
        f"{told['answered']} pairs answered by {told['reviewer']}: {words}; {told['left']} left",
        *(f"kept in {told['file']}: the next childlink link obeys" for _ in range(1) if told["answered"]),
        *(f"for the register: {command}" for command in told["register"]),
    ]
    for line in lines:
        console().print(line, markup=False, soft_wrap=True)


def _print_status(folder: Path, form: TableOrJson) -> None:
    from childlink.review.session import status

    told: dict[str, Any] = status(folder)
    if form is TableOrJson.JSON:
        typer.echo(json.dumps(told, indent=2))
        return
    from childlink.cli.console import out as console

    decided = told["decided"]
    open_still = f"{decided['unsure']} unsure; reviewers disagree on {decided['disagreed']}"
    lines = [
        f"{told['listed']} pairs are listed, {told['open']} of them open",
        f"decided: {decided['same']} one child, {decided['different']} two children; {open_still}",
        *(f"{row['reviewer']} ({row['role']}): {row['answers']} answers" for row in told["reviewers"]),
    ]
    for line in lines:
        console().print(line, markup=False, soft_wrap=True)
