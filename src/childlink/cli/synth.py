"""``childlink synth``: made-up returns and extracts whose truth is known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from childlink.cli.console import out, progress_bar, say
from childlink.cli.options import PrintAs, TableOrJson, print_json
from childlink.schema.model import shipped_schemas

Folder = Annotated[
    Path, typer.Argument(metavar="DIR", help="A new or empty folder to write to.", show_default=False)
]
Seed = Annotated[int, typer.Option("--seed", help="The same seed gives the same files.")]
Force = Annotated[bool, typer.Option("--force", help="Replace made files that are already in DIR.")]


NOT_FROM_SCHEMA = ("ssda903", "cin", "cross")
"""Returns that are made by a module of their own; and what compares returns and is none itself."""


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the app."""
    group = typer.Typer(
        no_args_is_help=True, help="Make example returns and extracts: nobody's records, known truth."
    )
    group.command("ssda903")(ssda903)
    group.command("cin")(cin)
    for name in (n for n in shipped_schemas() if n not in NOT_FROM_SCHEMA):
        group.command(name)(maker_of(name))
    group.command("linkage")(linkage)
    app.add_typer(group, name="synth")


def ssda903(
    folder: Folder,
    children: Annotated[
        int, typer.Option("--children", help="How many children are in this year's return.")
    ] = 1500,
    year: Annotated[
        str, typer.Option("--year", metavar="YEAR", help="Collection year, such as 2025-26.")
    ] = "2025-26",
    seed: Seed = 1,
    faults: Annotated[
        float, typer.Option("--faults", help="Probability of a fault in each row, 0 to 1.")
    ] = 0.0,
    la: Annotated[str, typer.Option("--la", help="The authority: ONS code, number or name.")] = "E08000025",
    previous: Annotated[
        bool, typer.Option("--previous/--no-previous", help="Write last year's return too.")
    ] = True,
    force: Force = False,
    form: PrintAs = TableOrJson.TABLE,
) -> None:
    """Write a looked-after children return: DIR/this, DIR/previous and DIR/faults.csv."""
    from childlink.folders import refuse_if_full, write_folder
    from childlink.synth import make_ssda903

    refuse_if_full(folder, force=force)
    with progress_bar() as progress:
        made = make_ssda903(children, year, seed, faults, la, progress=progress)
        files = made.files(previous=previous)
        write_folder(folder, files, force=force, owned=("previous",))
    if form is TableOrJson.JSON:
        counts = {name: table.height for name, table in made.this.items()}
        print_json(
            "synth",
            {"folder": str(folder), "children": children, "rows": counts, "faults": made.faults.height},
        )
        return
    rows = sum(table.height for table in made.this.values())
    out().print(
        f"{folder}: {children} children, {rows} rows this year, {made.faults.height} faults",
        markup=False,
        soft_wrap=True,
    )
    against = f" --previous {quote(str(folder / 'previous'))}" if previous else ""
    say(
        f"next: childlink validate ssda903 {quote(str(folder / 'this'))} --year {year} --la {quote(la)}{against}"
    )


def cin(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.xml", help="A new file to write to.", show_default=False)
    ],
    children: Annotated[int, typer.Option("--children", help="How many children are in the census.")] = 3000,
    year: Annotated[
        str, typer.Option("--year", metavar="YEAR", help="Collection year, such as 2025-26.")
    ] = "2025-26",
    seed: Seed = 1,
    faults: Annotated[
        float, typer.Option("--faults", help="Probability of a fault in each row, 0 to 1.")
    ] = 0.0,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are already there.")] = False,
    form: PrintAs = TableOrJson.TABLE,
) -> None:
    """Write a children in need census: FILE.xml, and FILE.faults.csv with the faults put into it."""
    from childlink.files import csv_for_people
    from childlink.folders import refuse_if_there, write_files
    from childlink.synth import make_cin

    beside = file.with_suffix(".faults.csv")
    refuse_if_there(file, beside, suffix=".xml", force=force)
    with progress_bar() as progress:
        made = make_cin(children, year, seed, faults, progress=progress)
        write_files({file: made.xml(), beside: csv_for_people(made.faults).encode()})
    if form is TableOrJson.JSON:
        counts = {name: table.height for name, table in made.tables.items()}
        print_json(
            "synth", {"file": str(file), "children": children, "rows": counts, "faults": made.faults.height}
        )
        return
    rows = sum(table.height for table in made.tables.values())
    out().print(
        f"{file}: {children} children, {rows} rows, {made.faults.height} faults", markup=False, soft_wrap=True
    )
    say(f"next: childlink validate cin {quote(str(file))} --year {year}")


def maker_of(name: str) -> Callable[..., None]:
    """The command that makes a return from its schema alone."""

    def make(
        folder: Folder,
        children: Annotated[
            int, typer.Option("--children", help="How many children and young people there are.")
        ] = 200,
        year: Annotated[
            str | None,
            typer.Option("--year", metavar="YEAR", help="Collection year, such as 2025-26, if it has one."),
        ] = None,
        seed: Seed = 1,
        faults: Annotated[
            float, typer.Option("--faults", help="Probability of a fault in each row, 0 to 1.")
        ] = 0.0,
        as_of: Annotated[
            datetime | None,
            typer.Option(
                "--as-of", formats=["%Y-%m-%d"], metavar="DATE", help="The day on which ages are reckoned."
            ),
        ] = None,
        file_format: Annotated[
            str | None, typer.Option("--file-format", metavar="csv|xlsx|xml|json", help="The kind of file.")
        ] = None,
        force: Force = False,
        form: PrintAs = TableOrJson.TABLE,
    ) -> None:
        from childlink.folders import refuse_if_full, write_folder
        from childlink.synth.from_schema import make_from_schema

        refuse_if_full(folder, force=force)
        day = as_of.date() if as_of is not None else None
        with progress_bar() as progress:
            made = make_from_schema(
                name,
                children,
                year=year,
                seed=seed,
                faults=faults,
                as_of=day,
                file_format=file_format,
                progress=progress,
            )
            write_folder(folder, made.files(), force=force)
        counts = {table: frame.height for table, frame in made.tables.items()}
        listed = made.faults.select("table", "row", "column").n_unique()
        if form is TableOrJson.JSON:
            print_json(
                "synth", {"folder": str(folder), "children": children, "rows": counts, "faults": listed}
            )
            return
        out().print(
            f"{folder}: {children} children, {sum(counts.values())} rows, {listed} faults",
            markup=False,
            soft_wrap=True,
        )
        say(f"next: {made.next_command(quote(str(folder / 'this')))}")

    make.__doc__ = f"Write a made-up {name}: DIR/this and DIR/faults.csv."
    return make


def linkage(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="A new or empty folder to write to.", show_default=False),
    ] = None,
    children: Annotated[int, typer.Option("--children", help="How many children.")] = 8000,
    seed: Seed = 1,
    rate: Annotated[
        list[str] | None,
        typer.Option("--rate", metavar="NAME=VALUE", help="How often something happens. May be given again."),
    ] = None,
    list_rates: Annotated[bool, typer.Option("--list-rates", help="Print every rate and its value.")] = False,
    force: Force = False,
    form: PrintAs = TableOrJson.TABLE,
) -> None:
    """Write education.csv, health.csv, social_care.csv and truth.csv about the same made-up children."""
    from dataclasses import asdict

    from childlink.errors import UsageFault
    from childlink.synth.rates import rates_with

    rates = rates_with(rate or [])
    if list_rates and form is TableOrJson.JSON:
        print_json("synth", {"rates": asdict(rates)})
        return
    if list_rates:
        for name, value in asdict(rates).items():
            out().print(f"{name}={value:g}", markup=False)
        return
    if folder is None:
        raise UsageFault("no folder to write to", next_step="childlink synth linkage DIR")
    from childlink.folders import refuse_if_full, write_folder
    from childlink.synth import make_linkage

    refuse_if_full(folder, force=force)
    with progress_bar() as progress:
        made = make_linkage(children, seed, rates, progress=progress)
        write_folder(folder, made.files(), force=force)
    if form is TableOrJson.JSON:
        counts = {name: frame.height for name, frame in made.files().items()}
        print_json("synth", {"folder": str(folder), "children": children, "rows": counts})
        return
    for name, frame in made.files().items():
        out().print(f"{folder / name}  {frame.height} rows", markup=False, soft_wrap=True)
    sources = " ".join(
        f"{name}={quote(str(folder / name))}.csv" for name in ("education", "health", "social_care")
    )
    say(f"next: childlink link {sources} --output {quote(str(folder / 'linked'))}")
