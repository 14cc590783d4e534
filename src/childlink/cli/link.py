"""``childlink link`` and ``childlink evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from childlink.cli.options import TableOrJson
from childlink.errors import UsageFault

if TYPE_CHECKING:
    from rich.table import Table

    from childlink.linkage.evaluate import Evaluation
    from childlink.linkage.groups import Groups
    from childlink.linkage.run import LinkRun

_EXAMPLE = "childlink link education=education.csv health=health.csv --output OUT"

_WORDS = {
    "decision": "a person's decision",
    "scored": "the model's weight",
    "free-place": "a free place in both sources",
    "none": "alone: in one source only",
    "sealed": "sealed: never linked",
}


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the app."""
    app.command("link")(link)
    app.command("evaluate")(evaluate)


def link(
    extracts: Annotated[
        list[str],
        typer.Argument(metavar="NAME=FILE...", help="Each extract: your name for it, and its file."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="OUT", help="Folder for the results.")],
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="link.toml: columns and settings.")
    ] = None,
    schema: Annotated[
        list[str] | None,
        typer.Option(
            "--schema",
            metavar="NAME=FILE",
            help="A schema (YAML) that describes the extract NAME; repeatable.",
        ),
    ] = None,
    register_at: Annotated[
        str | None,
        typer.Option(
            "--register", metavar="FILE|URL", help="Register of child ids. Default: OUT/register.sqlite"
        ),
    ] = None,
    key_file: Annotated[
        Path | None,
        typer.Option(
            "--key-file", metavar="FILE", help="Key of the register. Default: beside it, ending .key"
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed",
            help="Draw new child ids from this number, which makes them foreseeable: for tests and examples.",
        ),
    ] = None,
    no_fuzzy: Annotated[
        bool, typer.Option("--no-fuzzy", help="Exact passes only: no likeness of names, no model.")
    ] = False,
    model: Annotated[
        Path | None,
        typer.Option(
            "--model", metavar="FILE", help="model.json of an earlier run: score with it, learn none."
        ),
    ] = None,
    decisions: Annotated[
        Path | None,
        typer.Option(
            "--decisions", metavar="FILE", help="What people decided. Default: OUT/decisions.csv, if there."
        ),
    ] = None,
    form: Annotated[TableOrJson, typer.Option("--format", help="How to print.")] = TableOrJson.TABLE,
) -> None:
    """Say which records of several extracts are the same child, and give each child an id."""
    from childlink.cli.console import out, progress_bar, say
    from childlink.linkage.run import run_link

    sources = named_files(extracts)
    with progress_bar() as progress:
        run = run_link(
            sources=sources,
            output=output,
            config=config,
            schemas=_named_schemas(schema or []),
            register=register_at,
            key_file=key_file,
            seed=seed,
            at=None if seed is not None else _now(),
            fuzzy=not no_fuzzy,
            model=model,
            decisions=decisions,
            progress=progress,
        )
    if run.key_file_made:
        say(f"made {run.key_file}, the key of the register: keep it safe, and apart from the results")
    if form is TableOrJson.JSON:
        import json

        typer.echo(json.dumps(run.summary, indent=2))
        return
    for table in summary_tables(run):
        out().print(table)
    for line in _closing(run):
        out().print(line, markup=False, soft_wrap=True)


def evaluate(
    links: Annotated[Path, typer.Argument(metavar="LINKS", help="links.csv of childlink link.")],
    truth: Annotated[Path, typer.Argument(metavar="TRUTH", help="CSV: source, record_id, person.")],
    extracts: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME=FILE]...", help="The extracts, to tell groups apart as well."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="The link.toml they were linked with.")
    ] = None,
    form: Annotated[TableOrJson, typer.Option("--format", help="How to print.")] = TableOrJson.TABLE,
) -> None:
    """Compare links with a known truth: precision, recall and F1 of pairs and of whole clusters."""
    from childlink.linkage.evaluate import run_evaluate
    from childlink.linkage.run import run_evaluate_groups

    evaluation = run_evaluate(links=links, truth=truth)
    groups = (
        run_evaluate_groups(links=links, truth=truth, sources=named_files(extracts), config=config)
        if extracts
        else None
    )
    if form is TableOrJson.JSON:
        import json

        told = evaluation.as_object() | (groups.as_object() if groups else {})
        typer.echo(json.dumps(told, indent=2))
        return
    _print_evaluation(evaluation)
    if groups:
        _print_groups(groups)


def named_files(extracts: list[str], example: str = _EXAMPLE) -> dict[str, Path]:
    """NAME=FILE arguments as name to path, in the order given."""
    sources: dict[str, Path] = {}
    for given in extracts:
        name, equals, path = given.partition("=")
        if not equals or not path:
            raise UsageFault(
                f"not an extract with a name: {given}",
                allowed="NAME=FILE, the name being yours",
                next_step=f"write it as in {example}",
            )
        if name in sources:
            raise UsageFault(
                f"the source {name} is given twice",
                allowed="each name once",
                next_step=f"give the second file a name of its own, as in {name}_b={path}",
            )
        sources[name] = Path(path)
    return sources


def _named_schemas(given: list[str]) -> dict[str, str]:
    """NAME=FILE options as name to file."""
    schemas: dict[str, str] = {}
    for one in given:
        name, equals, file = one.partition("=")
        if not equals or not file or name in schemas:
            raise UsageFault(
                f"the extract {name} has two schemas"
                if name in schemas
                else f"not a schema of an extract: {one}",
                allowed="NAME=FILE, NAME being that of an extract, each once",
                next_step="write it as in --schema education=mine.yaml",
            )
        schemas[name] = file
    return schemas


def _now() -> str:
    from datetime import UTC, datetime

    return datetime.now(UTC).isoformat(timespec="seconds")


def summary_tables(run: LinkRun) -> list[Table]:
    """A run as tables for a terminal: records by source, children by size, links by what decided them."""
    from rich import box
    from rich.table import Table

    summary = run.summary
    sources = Table(title="Records", title_justify="left", box=box.SIMPLE_HEAD)
    sources.add_column("source")
    sources.add_column("records", justify="right")
    for held in summary["inputs"]:
        sources.add_row(held["source"], f"{held['records']:,}")
    children = Table(title="Children", title_justify="left", box=box.SIMPLE_HEAD)
    children.add_column("records of one child")
    children.add_column("children", justify="right")
    for row in summary["children_by_records"]:
        children.add_row(str(row["cluster_size"]), f"{row['children']:,}")
    children.add_row("all", f"{summary['children']:,}", style="bold")
    decided = Table(title="How records were linked", title_justify="left", box=box.SIMPLE_HEAD)
    decided.add_column("decided by")
    decided.add_column("on", overflow="fold")
    decided.add_column("records", justify="right")
    keys = {row["decided_by"]: row["key"] for row in summary["passes"]}
    counts = {row["decided_by"]: row["records"] for row in summary["records_by_decision"]}
    for word in [*keys, "none", "sealed"]:
        if word in counts:
            decided.add_row(word, _WORDS.get(word) or keys[word], f"{counts[word]:,}")
    return [sources, children, decided]


def _closing(run: LinkRun) -> list[str]:
    review = run.summary["review"]["pairs"]
    folder = run.files["links.csv"].parent
    lines = [
        f"{review:,} pairs need a person's decision: {run.files['review.csv']}"
        if review
        else "no pair needs a person's decision",
    ]
    damaged = [row for row in run.summary["numbers"] if row["verdict"] == "damaged"]
    lines += [
        f"{row['source']}: {row['rows']:,} of {row['field']} are damaged: a spreadsheet has written them as "
        "9.43E+09, dropped a leading 0 or added .0; they were not used: export the file again as text"
        for row in damaged
    ]
    told = run.summary["estimate"]
    if told:
        lines.append(
            f"the model expects {told['precision']:.1%} of the pairs it put together to be right, and to have "
            f"found {told['recall']:.1%} of those that could be compared"
        )
    lost = sum(row["pairs_lost"] for row in run.summary["blocking"])
    if lost:
        lines.append(
            f"{lost:,} pairs were in blocks over the cap and not compared: see blocking in summary.json"
        )
    lines += [
        f"wrote {', '.join(run.files)} to {folder}; register {run.register_location}",
        f"read {run.files['report.html']} in a browser; childlink explain {folder} ... tells why records were linked",
        *((f"next: childlink review {folder} --sources NAME=FILE ..., to decide them",) if review else ()),
        f"next: childlink evaluate {run.files['links.csv']} truth.csv, where the truth is known",
    ]
    return lines


def _print_evaluation(evaluation: Evaluation) -> None:
    from rich import box
    from rich.table import Table

    from childlink.cli.console import out, say

    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("of")
    for heading in ("right", "made", "true", "precision", "recall", "F1"):
        table.add_column(heading, justify="right")
    rows = {
        "children, whole": evaluation.clusters,
        "pairs of records": evaluation.pairs,
        **{f"pairs, {one} and {other}": score for (one, other), score in evaluation.by_sources.items()},
    }
    for name, score in rows.items():
        ratios = (score.precision, score.recall, score.f1)
        counts = (score.found, score.made, score.true)
        table.add_row(name, *(f"{count:,}" for count in counts), *(f"{ratio:.4f}" for ratio in ratios))
    out().print(table)
    if evaluation.only_links or evaluation.only_truth:
        say(
            f"left out: {evaluation.only_links:,} records that the truth does not have, "
            f"{evaluation.only_truth:,} that the links do not have"
        )


def _print_groups(groups: Groups) -> None:
    from rich import box
    from rich.table import Table

    from childlink.cli.console import out

    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("by", "group"):
        table.add_column(heading)
    for heading in ("right", "made", "true", "precision", "recall", "F1"):
        table.add_column(heading, justify="right")
    for kind, held in groups.scores.items():
        for group, score in held.items():
            ratios = (score.precision, score.recall, score.f1)
            counts = (score.found, score.made, score.true)
            table.add_row(kind, group, *(f"{c:,}" for c in counts), *(f"{ratio:.4f}" for ratio in ratios))
    out().print(table)
    for words, kin in (("twins", groups.twins), ("siblings", groups.siblings)):
        out().print(f"{words}: {kin.merged:,} of {kin.pairs:,} pairs taken for one child", markup=False)
