"""``childlink audit``: verify and show the log of what was done with the key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from childlink.errors import UsageFault

VERIFY_FORMATS = ("table", "json")
SHOW_FORMATS = ("table", "json", "csv")
BROKEN_EXIT = 1

Log = Annotated[
    Path | None,
    typer.Argument(metavar="[LOG]", help="The audit log. Default: the one beside the key of --key-file."),
]
KeyFile = Annotated[
    Path | None, typer.Option("--key-file", metavar="FILE", help="The master key: checks the signatures too.")
]


def register(app: typer.Typer) -> None:
    """Add the group ``audit`` to the app."""
    group = typer.Typer(no_args_is_help=True, help="The log of packages, pseudonyms undone, and keys.")
    group.command("verify", help="Is the log as it was written? Exit code 1 if not.")(verify)
    group.command("show", help="Show what was done, by whom, and why.")(show)
    app.add_typer(group, name="audit")


def verify(
    log: Log = None,
    key_file: KeyFile = None,
    format_: Annotated[str, typer.Option("--format", metavar="|".join(VERIFY_FORMATS))] = "table",
) -> None:
    """Verify the chain, and with the key the signatures."""
    from childlink.cli.console import out
    from childlink.cli.options import chosen_format, deliver
    from childlink.sharing import audit
    from childlink.sharing.key_file import read_master_key

    shape = chosen_format(format_, None, VERIFY_FORMATS)
    path = _log(log, key_file)
    found = audit.verify(path, read_master_key(key_file) if key_file is not None else None)
    told = found.as_object(path)
    if shape == "json":
        import json

        deliver(json.dumps(told, indent=2) + "\n", None)
    else:
        state = (
            f"{path}: {found.entries:,} entries, as they were written"
            if found.broken is None
            else f"{path}: entry {found.broken} is the first that is not as it was written, or is missing"
        )
        for line in (state, f"signatures: {told['signatures']}", f"last hash: {found.last_hash}"):
            out().print(line, markup=False, soft_wrap=True)
    if found.broken is not None:
        raise typer.Exit(BROKEN_EXIT)


def show(
    log: Log = None,
    key_file: KeyFile = None,
    last: Annotated[
        int | None, typer.Option("--last", metavar="N", min=1, help="The last N entries only.")
    ] = None,
    what: Annotated[str | None, typer.Option("--what", help="Only entries of this kind.")] = None,
    format_: Annotated[str, typer.Option("--format", metavar="|".join(SHOW_FORMATS))] = "table",
) -> None:
    """Show the entries of the log, oldest first."""
    from childlink.cli.options import chosen_format, deliver
    from childlink.errors import unknown_name
    from childlink.sharing import audit

    shape = chosen_format(format_, None, SHOW_FORMATS)
    path = _log(log, key_file)
    entries = audit.read(path)
    kinds = sorted({str(entry["what"]) for entry in entries})
    if what is not None and what not in kinds:
        raise unknown_name("kind of entry", what, kinds)
    wanted = [entry for entry in entries if what is None or entry["what"] == what]
    wanted = wanted[-last:] if last is not None else wanted
    if shape == "json":
        import json

        deliver(
            json.dumps({"schema": "childlink.audit/1", "file": str(path), "entries": wanted}, indent=2)
            + "\n",
            None,
        )
    elif shape == "csv":
        import json

        import polars as pl

        from childlink.files import csv_for_people

        columns = {name: [str(entry[name] or "") for entry in wanted] for name in ("n", "at", "what")}
        told = [json.dumps(entry["said"], sort_keys=True) for entry in wanted]
        deliver(csv_for_people(pl.DataFrame({**columns, "said": told})), None)
    else:
        _draw(wanted)


def _draw(entries: list[dict[str, Any]]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from childlink.cli.console import out

    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("n", "at", "what"):
        table.add_column(heading)
    table.add_column("said", overflow="fold")
    for entry in entries:
        said = "\n".join(f"{name}: {_plain(value)}" for name, value in entry["said"].items())
        table.add_row(str(entry["n"]), str(entry["at"] or ""), str(entry["what"]), Text(said))
    out().print(table)


def _plain(value: Any) -> str:
    import json

    return value if isinstance(value, str) else json.dumps(value)


def _log(log: Path | None, key_file: Path | None) -> Path:
    if log is not None:
        return log
    if key_file is None:
        raise UsageFault("no audit log was named", next_step="name it, or give the key with --key-file")
    from childlink.sharing.audit import beside

    return beside(key_file)
