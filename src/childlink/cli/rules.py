"""``childlink rules list`` and ``childlink rules show``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import RenderableType

FORMATS = ("table", "csv", "json")


def register(app: typer.Typer) -> None:
    """Add the group ``rules`` to the app."""
    group = typer.Typer(no_args_is_help=True, help="Look rules up.")
    group.command("list", help="List the rules.")(list_rules)
    group.command("show", help="Explain one rule: message, years, condition, worked example.")(show_rule)
    app.add_typer(group, name="rules")


def list_rules(
    year: Annotated[str | None, typer.Option(help="Only rules in force in this collection year.")] = None,
    return_name: Annotated[str, typer.Option("--return", metavar="RETURN", help="The return.")] = "ssda903",
    format_: Annotated[str, typer.Option("--format", metavar="|".join(FORMATS))] = "table",
) -> None:
    """List the rules of a return."""
    from childlink.cli.options import chosen_format, deliver, deliver_drawn
    from childlink.reporting.rule_pages import as_csv, as_json, as_table
    from childlink.returns.years import parse_year
    from childlink.rules import rule_book

    shape = chosen_format(format_, None, FORMATS)
    book = rule_book(return_name)
    wanted = parse_year(year).name if year is not None else None
    if shape == "table":
        deliver_drawn([as_table(book, wanted)], None)
    else:
        deliver((as_csv if shape == "csv" else as_json)(book, wanted), None)


def show_rule(
    code: Annotated[str, typer.Argument(metavar="CODE", help="The rule's code, such as 103.")],
    return_name: Annotated[
        str | None,
        typer.Option("--return", metavar="RETURN", help="The return; else the first with such a rule."),
    ] = None,
) -> None:
    """Explain one rule."""
    from childlink.cli.options import deliver_drawn
    from childlink.reporting.rule_pages import as_page
    from childlink.rules import returns, rule_book
    from childlink.rules.cases import load_cases
    from childlink.rules.registry import unknown_code

    books = [rule_book(name) for name in ([return_name] if return_name is not None else returns())]
    found = [(b, c) for b in books for c in b.codes() if c.casefold() == code.casefold()]
    if not found:
        raise unknown_code(code, [c for b in books for c in b.codes()])
    book, exact = found[0]
    parts: list[RenderableType] = list(as_page(book, exact, load_cases(book.schema.name).get(exact, [])))
    deliver_drawn(parts, None)
