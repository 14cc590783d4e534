"""``childlink demo``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from childlink.cli.options import PrintAs, TableOrJson, print_json

if TYPE_CHECKING:
    from rich.table import Table

    from childlink.demo import Demo


RULES_SHOWN = 8
"""A newcomer wants to see what a finding looks like, not all of them."""


def register(app: typer.Typer) -> None:
    """Add ``demo`` to the app."""
    app.command(help="Show the whole road on example files: a return checked, three extracts linked.")(demo)


def demo(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="Where the example files go. Default: a new temporary folder."),
    ] = None,
    form: PrintAs = TableOrJson.TABLE,
) -> None:
    """Show the whole road on example files."""
    import tempfile

    from childlink.cli.console import progress_bar
    from childlink.cli.options import postcode_directory
    from childlink.demo import run_demo

    place = folder if folder is not None else Path(tempfile.mkdtemp(prefix="childlink-demo-"))
    with progress_bar() as progress:
        done = run_demo(place, postcodes=lambda: postcode_directory(progress), progress=progress)
    if form is TableOrJson.JSON:
        import json

        from childlink.reporting.json_report import as_json

        print_json(
            "demo",
            {
                "folder": str(done.folder),
                "report": json.loads(as_json(done.report)),
                "linkage": done.linked.summary,
                "evaluation": done.evaluation.as_object(),
            },
        )
        return
    _show(done)


def _show(done: Demo) -> None:
    from rich.rule import Rule
    from rich.text import Text

    from childlink.cli.console import out
    from childlink.cli.link import summary_tables
    from childlink.demo import AUTHORITY, YEAR
    from childlink.reporting.table import as_renderables

    console = out()
    this, last = done.folder / "ssda903" / "this", done.folder / "ssda903" / "previous"
    console.print(Rule("1. A return, checked before it goes to the Department for Education", align="left"))
    for part in as_renderables(done.report, most=RULES_SHOWN):
        console.print(part)
    console.print()
    console.print(Rule("2. Three extracts, linked, and each child given an id", align="left"))
    for table in summary_tables(done.linked):
        console.print(table)
    console.print(_one_child(done))
    pairs = done.evaluation.pairs
    console.print(
        Text(
            f"Against the truth, known because these children are made up: {pairs.precision:.1%} of the links "
            f"are right, {pairs.recall:.1%} of the true links were found."
        )
    )
    console.print()
    console.print(Rule("Next", align="left"))
    options = f"--year {YEAR} --previous {last} --la {AUTHORITY} --format concise"
    for line in (
        f"the files are in {done.folder}",
        f"every finding:   childlink validate ssda903 {this} {options}",
        f"one rule:        childlink rules show {done.report.with_status('findings')[0].code}",
        f"the links:       {done.linked.files['links.csv']}",
        "your own return: childlink validate ssda903 FOLDER --year 2025-26",
    ):
        console.print(line, markup=False, soft_wrap=True)


def _one_child(done: Demo) -> Table:
    """The child with most records, the first by id: what an id in links.csv stands for."""
    import polars as pl
    from rich import box
    from rich.table import Table

    links = pl.read_csv(done.linked.files["links.csv"], infer_schema=False)
    most = links.sort(pl.col("cluster_size").cast(pl.Int64), descending=True, maintain_order=True)
    child = (
        most.filter(pl.col("cluster_size") == most["cluster_size"].first())
        .sort("child_id")["child_id"]
        .first()
    )
    table = Table(title="One child, as links.csv has it", title_justify="left", box=box.SIMPLE_HEAD)
    columns = ("child_id", "source", "record_id", "decided_by", "match_weight")
    for column in columns:
        table.add_column(column)
    for row in links.filter(pl.col("child_id") == child).select(columns).iter_rows():
        table.add_row(*(cell or "" for cell in row))
    return table
