"""``childlink explain``: why records are one child, or are not."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from childlink.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from childlink.linkage.explain import ChildExplained, Folder, PairExplained
    from childlink.review.records import Line, Records

_EXAMPLE = "childlink explain OUT education:E0000012 health:H0000034"


class Format(StrEnum):
    """How an explanation is printed."""

    TABLE = "table"
    HTML = "html"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the command of this module to the app."""
    app.command("explain")(explain)


def explain(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder that childlink link wrote.")],
    what: Annotated[
        list[str],
        typer.Argument(metavar="CHILD_ID | SOURCE:RECORD SOURCE:RECORD", help="A child, or two records."),
    ],
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Also show the two records. Needs --sources.")
    ] = False,
    sources: Annotated[
        list[str] | None,
        typer.Option("--sources", metavar="NAME=FILE", help="An extract that was linked; once for each."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="The link.toml it was linked with.")
    ] = None,
    register_at: Annotated[
        str | None,
        typer.Option("--register", metavar="FILE|URL", help="For its seals. Default: OUT/register.sqlite"),
    ] = None,
    key_file: Annotated[
        Path | None, typer.Option("--key-file", metavar="FILE", help="Key of the register.")
    ] = None,
    form: Annotated[
        Format | None, typer.Option("--format", help="Default: a table, or what the ending of --output says.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="A file, or - for stdout.")
    ] = None,
) -> None:
    """Say why records were linked, or were not: in words, and weight by weight."""
    from childlink.cli.options import chosen_format, deliver, deliver_drawn
    from childlink.linkage.explain import explain_child, explain_pair, parsed_record, read_folder

    chosen = chosen_format(form.value if form else None, output, ["table", "json", "html"])
    if len(what) > 2:
        raise UsageFault(f"{len(what)} were given", allowed="a child id, or two records", next_step=_EXAMPLE)
    folder = read_folder(out)
    told = (
        explain_child(folder, what[0])
        if len(what) == 1
        else explain_pair(folder, parsed_record(what[0]), parsed_record(what[1]))
    )
    at = register_at if register_at is not None else str(out / "register.sqlite")
    records = _records(sources, config, at, key_file) if show_values else None
    values = [_values(folder, records, pair) for pair in _pairs(told)]
    if chosen == "json":
        deliver(json.dumps(_with_values(told, values), indent=2) + "\n", output, private=show_values)
    elif chosen == "html":
        from childlink.reporting.linkage_explanation import explanation_page

        deliver(explanation_page(_with_values(told, values)), output, private=show_values)
    else:
        deliver_drawn(_drawn(folder, told, values), output, private=show_values)


def _pairs(told: ChildExplained | PairExplained) -> list[PairExplained]:
    from childlink.linkage.explain import PairExplained

    return [told] if isinstance(told, PairExplained) else [*told.links, *told.near]


def _records(
    sources: list[str] | None, config: Path | None, register_at: str, key_file: Path | None
) -> Records:
    from childlink.cli.link import named_files
    from childlink.review.records import read_records

    return read_records(
        named_files(sources or [], f"{_EXAMPLE} --show-values --sources education=education.csv"),
        config=config,
        register=register_at,
        key_file=key_file,
    )


def _values(folder: Folder, records: Records | None, pair: PairExplained) -> list[Line]:
    from childlink.linkage.explain import levels_of

    if records is None:
        return []
    return records.side_by_side(pair.one, pair.other, levels_of(folder, pair.one, pair.other))


def _with_values(told: ChildExplained | PairExplained, values: list[list[Line]]) -> dict[str, Any]:
    """The explanation as an object; each pair with the fields of both records where values were asked for."""
    held = told.as_object()
    pairs = [held] if held["kind"] == "pair" else [*held["links"], *held["near"]]
    for pair, lines in zip(pairs, values, strict=True):
        if lines:
            pair["values"] = [
                {"field": line.field, "left": line.left, "right": line.right, "mark": line.mark}
                for line in lines
            ]
    return held


def _drawn(
    folder: Folder, told: ChildExplained | PairExplained, values: list[list[Line]]
) -> Sequence[RenderableType]:
    from childlink.cli.explain_tables import child_parts, pair_parts
    from childlink.linkage.explain import PairExplained

    if isinstance(told, PairExplained):
        return pair_parts(told, values[0])
    return child_parts(folder, told, values)
