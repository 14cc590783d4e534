"""``childlink model``: what a linkage has learnt, in words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from childlink.cli.options import TableOrJson

if TYPE_CHECKING:
    from childlink.linkage.model import Model


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the app."""
    group = typer.Typer(no_args_is_help=True, help="Look into the model.json that childlink link wrote.")
    group.callback()(_group)
    group.command("show")(show)
    app.add_typer(group, name="model")


def _group() -> None:
    """Look into the model.json that childlink link wrote."""


def show(
    path: Annotated[Path, typer.Argument(metavar="MODEL", help="model.json of childlink link.")],
    form: Annotated[TableOrJson, typer.Option("--format", help="How to print.")] = TableOrJson.TABLE,
) -> None:
    """Say how much each kind of agreement counts for and against two records being one child."""
    from childlink.linkage.model import read_model, show

    model = read_model(path)
    if form is TableOrJson.JSON:
        import json

        typer.echo(json.dumps(show(model), indent=2))
        return
    _print(model)


def _print(model: Model) -> None:
    from rich import box
    from rich.table import Table

    from childlink.cli.console import out, say
    from childlink.linkage.model import show

    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("where", overflow="fold")
    for heading in ("one child", "same family", "unrelated", "weight"):
        table.add_column(heading, justify="right")
    for row in show(model):
        chances = (f"{row[name]:.2%}" if row[name] >= 0.0001 else "<0.01%" for name in _CLASSES)
        table.add_row(row["words"], *chances, f"{row['weight']:+.1f}")
    out().print(table)
    pairs = Table(box=box.SIMPLE_HEAD)
    pairs.add_column("between")
    for heading in ("pairs", "of one child", "of one family"):
        pairs.add_column(heading, justify="right")
    for stratum in model.strata:
        if stratum.pairs:
            counts = (stratum.pairs, stratum.match, stratum.family)
            pairs.add_row(" and ".join(stratum.sources), *(f"{count:,.0f}" for count in counts))
    out().print(pairs)
    say("the weight is the power of two by which the odds of one child against unrelated move")


_CLASSES = ("match", "family", "unrelated")
