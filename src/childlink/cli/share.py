"""``childlink share`` and ``childlink reidentify``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from childlink.cli.keys import AuditLog, login, now
from childlink.errors import InputFault, UsageFault

if TYPE_CHECKING:
    from childlink.sharing.package import ShareRun
    from childlink.sharing.reidentify import Reidentified

_EXAMPLE = (
    "childlink share education=education.csv --agreement agreement.toml --register OUT/register.sqlite "
    "--output PACKAGE"
)
FORMATS = ("table", "json")
REIDENTIFY_FORMATS = ("table", "json", "csv")
REFUSED_EXIT = 1

Agreement = Annotated[
    Path, typer.Option("--agreement", metavar="FILE", help="agreement.toml: who may have what.")
]
RegisterAt = Annotated[
    str, typer.Option("--register", metavar="FILE|URL", help="The register the extracts were linked with.")
]
MasterKeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key-file", metavar="FILE", help="The master key. Default: beside the register, ending .key"
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the app."""
    app.command(
        "share",
        help="Make a package for one recipient: pseudonyms for identifiers, agreed columns, generalised.",
    )(share)
    app.command(
        "reidentify", help="Say which child a pseudonym stands for: two people, a reason, always logged."
    )(reidentify)


def share(
    extracts: Annotated[
        list[str], typer.Argument(metavar="NAME=FILE...", help="Each linked extract, under its name.")
    ],
    agreement: Agreement,
    register_at: RegisterAt,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="New folder for the package.")
    ],
    key_file: MasterKeyFile = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="The link.toml they were linked with.")
    ] = None,
    postcodes: Annotated[
        Path | None,
        typer.Option("--postcodes", metavar="FILE", help="A postcode directory that has LSOAs (ONSPD)."),
    ] = None,
    audit: AuditLog = None,
    allow_below_k: Annotated[
        str | None,
        typer.Option(
            "--allow-below-k",
            metavar="REASON",
            help="Let groups smaller than k through; the reason is recorded.",
        ),
    ] = None,
    show_values: Annotated[
        bool,
        typer.Option("--show-values", help="Show what the children of the smallest groups have in common."),
    ] = False,
    format_: Annotated[
        str, typer.Option("--format", metavar="|".join(FORMATS), help="How to print.")
    ] = "table",
) -> None:
    """Make a package for one recipient and purpose."""
    from childlink.cli.console import progress_bar
    from childlink.cli.options import chosen_format, deliver
    from childlink.sharing.package import share as make_package

    shape = chosen_format(format_, None, FORMATS)
    sources = _sources(extracts)
    with progress_bar() as progress:
        run = make_package(
            sources=sources,
            agreement=agreement,
            register=register_at,
            output=output,
            at=now(),
            key_file=key_file,
            config=config,
            postcodes=postcodes,
            audit_log=audit,
            below_k=allow_below_k,
            login=login(),
            progress=progress,
        )
    if shape == "json":
        import json

        deliver(json.dumps(run.as_object(show_values=show_values), indent=2) + "\n", None)
    else:
        _show_share(run, show_values=show_values)
    if run.package is None:
        raise typer.Exit(REFUSED_EXIT)


def reidentify(
    agreement: Agreement,
    register_at: RegisterAt,
    reason: Annotated[str, typer.Option("--reason", help="Why it is needed; it is logged for good.")],
    requested_by: Annotated[str, typer.Option("--requested-by", metavar="NAME", help="Who asks.")],
    approved_by: Annotated[str, typer.Option("--approved-by", metavar="NAME", help="Who approves: another.")],
    pseudonyms: Annotated[
        list[str] | None, typer.Argument(metavar="PSEUDONYM...", help="Whom to look up.")
    ] = None,
    from_file: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="Read the pseudonyms from a file, one a line."),
    ] = None,
    links: Annotated[
        Path | None, typer.Option("--links", metavar="FILE", help="links.csv: also say which records.")
    ] = None,
    epoch: Annotated[
        int | None, typer.Option("--epoch", help="Of an earlier epoch. Default: the key's.")
    ] = None,
    key_file: MasterKeyFile = None,
    audit: AuditLog = None,
    format_: Annotated[
        str, typer.Option("--format", metavar="|".join(REIDENTIFY_FORMATS), help="How to print.")
    ] = "table",
) -> None:
    """Say which child a pseudonym stands for."""
    from childlink.cli.options import chosen_format
    from childlink.sharing.reidentify import reidentify as undo

    shape = chosen_format(format_, None, REIDENTIFY_FORMATS)
    found = undo(
        asked=[*(pseudonyms or []), *_lines(from_file)],
        agreement=agreement,
        register=register_at,
        reason=reason,
        requested_by=requested_by,
        approved_by=approved_by,
        at=now(),
        key_file=key_file,
        links=links,
        epoch=epoch,
        audit_log=audit,
        login=login(),
    )
    _show_found(found, shape)


def _sources(extracts: list[str]) -> dict[str, Path]:
    """NAME=FILE arguments as name to path, in the order given."""
    sources: dict[str, Path] = {}
    for number, given in enumerate(extracts, start=1):
        name, equals, path = given.partition("=")
        if not equals or not path or name in sources:
            raise UsageFault(
                f"extract number {number} "
                + (f"has a name given before: {name}" if name in sources else "is not written NAME=FILE"),
                allowed="NAME=FILE, each name once, as it was linked",
                next_step=f"write it as in {_EXAMPLE}",
            )
        sources[name] = Path(path)
    return sources


def _lines(file: Path | None) -> list[str]:
    if file is None:
        return []
    try:
        return file.read_text(encoding="utf-8-sig").splitlines()
    except OSError as fault:
        raise InputFault(f"cannot read {file}: {fault.strerror}", next_step="check the path") from None
    except ValueError:
        raise InputFault(f"{file} is not UTF-8 text", next_step="write one pseudonym on each line") from None


def _show_share(run: ShareRun, *, show_values: bool) -> None:
    from rich import box
    from rich.table import Table

    from childlink.cli.console import out

    found = run.anonymity
    console = out()
    alike = ", ".join(found.quasi_identifiers) or "nothing"
    lines = [
        f"{found.children:,} children, {found.groups:,} groups of children alike in {alike}",
        f"smallest group: {found.k:,} (wanted: {found.k_wanted})"
        + ("" if found.l is None else f"; least diverse: {found.l} values (wanted: {found.l_wanted})"),
    ]
    if not found.holds:
        lines.append(
            f"{found.small_groups:,} groups are too small or too uniform: {len(found.small):,} children"
        )
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)
    if not found.holds:
        table = Table(title="The smallest groups", title_justify="left", box=box.SIMPLE_HEAD)
        shown = found.smallest if show_values else found.smallest.select("children", "values")
        for name in shown.columns:
            table.add_column(name, justify="right" if name in ("children", "values") else "left")
        for row in shown.iter_rows():
            table.add_row(*("" if value is None else str(value) for value in row))
        console.print(table)
        without = Table(
            title="Smallest group, were a column left out", title_justify="left", box=box.SIMPLE_HEAD
        )
        without.add_column("without")
        without.add_column("children", justify="right")
        for name, k in found.k_without.items():
            without.add_row(name, f"{k:,}")
        console.print(without)
    for line in _closing(run, show_values=show_values):
        console.print(line, markup=False, soft_wrap=True)


def _closing(run: ShareRun, *, show_values: bool) -> list[str]:
    logged = f"entry {run.audit_entry} of {run.audit_log}"
    if run.package is None:
        leave_out = 'small_groups = "leave out"'
        or_why = "or say why they may leave: --allow-below-k REASON"
        seen = "" if show_values else "; --show-values says what the smallest groups have in common"
        return [
            f"refused: no package was made ({logged})",
            f"next: generalise more, share fewer columns, or write {leave_out} in the agreement; {or_why}{seen}",
        ]
    lines = []
    if run.left_out:
        lines.append(f"left out, because too few are like them: {run.left_out:,} children")
    if run.sealed:
        lines.append(f"held back, because an identity is sealed: {run.sealed:,} records")
    lines += [
        f"look: {one.source}.csv has or lacks {_children(one.children)} against the package in entry "
        f"{one.entry} of the audit log; {run.agreement.recipient} can tell their rows from the others"
        for one in run.few_differ
    ]
    files = [held["file"] for held in (run.manifest or {}).get("files", [])]
    return [
        *lines,
        f"made {run.package}: {', '.join(files)}, data_sheet.md, manifest.json ({logged})",
        f"next: read {run.package / 'data_sheet.md'}, then send the folder by a way that is safe",
    ]


def _children(count: int) -> str:
    return f"{count:,} child{'' if count == 1 else 'ren'}"


def _show_found(found: Reidentified, shape: str) -> None:
    from childlink.cli.console import out, say
    from childlink.cli.options import deliver

    if shape == "json":
        import json

        deliver(json.dumps(found.as_object(), indent=2) + "\n", None)
        return
    if shape == "csv":
        from childlink.files import csv_for_people

        deliver(csv_for_people(found.children), None)
        return
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for name in found.children.columns:
        table.add_column(name, overflow="fold")
    for row in found.children.iter_rows():
        table.add_row(*("-" if value is None else str(value) for value in row))
    out().print(table)
    say(f"logged: entry {found.audit_entry} of {found.audit_log}")
