"""``childlink schemas``: what the returns hold, as lists and in public standards, and schemas of one's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from childlink.errors import UsageFault

if TYPE_CHECKING:
    from childlink.rules.registry import RuleBook

LIST_FORMATS = ("table", "csv", "json")
SHOW_FORMATS = ("table", "json")
EXPORT_FORMATS = ("table-schema", "json-schema", "markdown")

_INFER = """Write a schema from a CSV, Excel or Parquet file, to be looked through and kept.

  childlink schemas infer extract.csv > mine.yaml

Then: childlink validate extract.csv --schema mine.yaml
"""

Named = Annotated[
    str,
    typer.Argument(metavar="NAME", help="The return; see childlink schemas list. Or a schema's FILE.yaml."),
]
OfYear = Annotated[str | None, typer.Option(help="As it is in this collection year, such as 2025-26.")]


def register(app: typer.Typer) -> None:
    """Add the group ``schemas`` to the app."""
    group = typer.Typer(no_args_is_help=True, help="What returns hold; schemas of your own.")
    group.command("list", help="List the returns that childlink knows.")(list_schemas)
    group.command("show", help="Show every table and column of a return, and the rules on it.")(show_schema)
    group.command("export", help="Write a return's schema as Data Package, JSON Schema or Markdown.")(
        export_schema
    )
    group.command("infer", help=_INFER)(infer)
    app.add_typer(group, name="schemas")


def list_schemas(
    format_: Annotated[str, typer.Option("--format", metavar="|".join(LIST_FORMATS))] = "table",
) -> None:
    """List the returns."""
    from childlink.cli.options import chosen_format, deliver, deliver_drawn, print_json
    from childlink.reporting.schema_tables import as_csv, as_table, listed
    from childlink.rules import returns, rule_book

    shape = chosen_format(format_, None, LIST_FORMATS)
    books = [rule_book(name) for name in returns()]
    if shape == "json":
        print_json("schemas", {"returns": listed(books)})
    elif shape == "csv":
        deliver(as_csv(books), None)
    else:
        deliver_drawn([as_table(books)], None)


def show_schema(
    name: Named,
    year: OfYear = None,
    format_: Annotated[str, typer.Option("--format", metavar="|".join(SHOW_FORMATS))] = "table",
) -> None:
    """Show one return."""
    from childlink.cli.options import chosen_format, deliver_drawn, print_json
    from childlink.reporting.schema_tables import as_page, described

    shape = chosen_format(format_, None, SHOW_FORMATS)
    book = _book(name)
    wanted = _year(book, year)
    if shape == "json":
        print_json("schema-page", described(book, wanted))
    else:
        deliver_drawn(list(as_page(book, wanted)), None)


def export_schema(
    name: Named,
    format_: Annotated[
        str | None, typer.Option("--format", metavar="|".join(EXPORT_FORMATS), help="Which standard; needed.")
    ] = None,
    year: OfYear = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write there; - is the screen.")
    ] = None,
) -> None:
    """Write one return's schema in a public standard; of its last year, unless another is asked for."""
    from childlink.cli.options import chosen_format, deliver
    from childlink.schema.export import as_data_package, as_json_schema

    if format_ is None:
        raise UsageFault(
            "which standard was not said",
            allowed=", ".join(EXPORT_FORMATS),
            next_step="add --format table-schema",
        )
    shape = chosen_format(format_, None, EXPORT_FORMATS)
    book = _book(name)
    wanted = _year(book, year)
    if shape == "markdown":
        from childlink.reporting.return_pages import as_return_page

        if wanted is not None:
            raise UsageFault("the Markdown page is of all years", next_step="leave --year out")
        deliver(as_return_page(book, None), output)
        return
    made = (as_data_package if shape == "table-schema" else as_json_schema)(
        book.schema, wanted if wanted is not None else book.schema.years[-1]
    )
    deliver(json.dumps(made, indent=2, ensure_ascii=False) + "\n", output)


def infer(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, Excel or Parquet.")],
    name: Annotated[str | None, typer.Option(help="The schema's name. Default: the file's.")] = None,
    no_codes: Annotated[
        bool, typer.Option("--no-codes", help="No code sets: not one cell goes into the schema.")
    ] = False,
) -> None:
    """Write a schema from a file to stdout."""
    from childlink.cli.options import deliver
    from childlink.schema.infer import infer_schema

    deliver(infer_schema(file, name=name, codes=not no_codes), None)


def _book(name: str) -> RuleBook:
    """The rules of a return, or those of a user's schema, where a YAML file is named."""
    from childlink.rules import returns, rule_book
    from childlink.rules.registry import RuleBook
    from childlink.schema.reading import read_schema

    if name not in returns() and (Path(name).suffix.lower() in (".yaml", ".yml") or Path(name).is_file()):
        return RuleBook(read_schema(Path(name)))
    return rule_book(name)


def _year(book: RuleBook, year: str | None) -> str | None:
    from childlink.returns.years import parse_year

    if year is None:
        return None
    if not book.schema.yearly:
        raise UsageFault(f"{book.schema.name} has no collection years", next_step="leave --year out")
    return parse_year(year, book.schema.years).name
