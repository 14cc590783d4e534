"""``childlink keys``: init, check, rotate, restore."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from childlink.errors import InputFault, UsageFault

if TYPE_CHECKING:
    from childlink.sharing.custody import KeyReport

FORMATS = ("table", "json")

KeyFile = Annotated[Path, typer.Argument(metavar="KEY_FILE", help="The file of the master key.")]
Escrow = Annotated[
    Path | None,
    typer.Option("--escrow", metavar="FILE", help="The escrow copy. Default: KEY_FILE.escrow.json"),
]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file", metavar="FILE", help="Read the passphrase from this file instead of asking."
    ),
]
AuditLog = Annotated[
    Path | None, typer.Option("--audit", metavar="FILE", help="The audit log. Default: KEY_FILE.audit.jsonl")
]
Format = Annotated[str, typer.Option("--format", metavar="|".join(FORMATS), help="How to print.")]


def register(app: typer.Typer) -> None:
    """Add the group ``keys`` to the app."""
    group = typer.Typer(no_args_is_help=True, help="The master key of register and pseudonyms.")
    group.command("init", help="Make a master key, its escrow copy and its audit log.")(init)
    group.command("check", help="Is this key whole, and is what belongs to it this key's?")(check)
    group.command("rotate", help="Begin a new epoch: every pseudonym changes.")(rotate)
    group.command("restore", help="Bring a lost key back from its escrow copy.")(restore)
    app.add_typer(group, name="keys")


def init(
    key_file: KeyFile,
    escrow: Escrow = None,
    passphrase_file: PassphraseFile = None,
    audit: AuditLog = None,
    format_: Format = "table",
) -> None:
    """Make a master key."""
    from childlink.cli.options import chosen_format
    from childlink.sharing.custody import init_key

    shape = chosen_format(format_, None, FORMATS)
    report = init_key(
        key_file=key_file,
        passphrase=passphrase(passphrase_file, new=True),
        at=now(),
        escrow_file=escrow,
        audit_log=audit,
    )
    _show(report, shape)


def check(
    key_file: KeyFile,
    escrow: Escrow = None,
    passphrase_file: PassphraseFile = None,
    register_at: Annotated[
        str | None,
        typer.Option("--register", metavar="FILE|URL", help="Also check that it opens this register."),
    ] = None,
    audit: AuditLog = None,
    format_: Format = "table",
) -> None:
    """Look at a key."""
    from childlink.cli.options import chosen_format
    from childlink.sharing.custody import check_key

    shape = chosen_format(format_, None, FORMATS)
    report = check_key(
        key_file=key_file,
        escrow_file=escrow,
        passphrase=passphrase(passphrase_file) if passphrase_file is not None else None,
        register=register_at,
        audit_log=audit,
    )
    _show(report, shape)


def rotate(
    key_file: KeyFile,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the audit log.")],
    bridge: Annotated[
        Path | None,
        typer.Option("--bridge", metavar="FILE", help="Also write old and new pseudonyms of one agreement."),
    ] = None,
    agreement: Annotated[
        Path | None, typer.Option("--agreement", metavar="FILE", help="The agreement of the bridging file.")
    ] = None,
    register_at: Annotated[
        str | None, typer.Option("--register", metavar="FILE|URL", help="The register of the bridging file.")
    ] = None,
    holder: Annotated[
        list[str] | None, typer.Option("--holder", metavar="NAME", help="Who may hold it; repeat for more.")
    ] = None,
    audit: AuditLog = None,
    format_: Format = "table",
) -> None:
    """Begin a new epoch."""
    from childlink.cli.options import chosen_format
    from childlink.sharing.custody import rotate_key

    shape = chosen_format(format_, None, FORMATS)
    report = rotate_key(
        key_file=key_file,
        reason=reason,
        at=now(),
        audit_log=audit,
        bridge=bridge,
        agreement=agreement,
        register=register_at,
        holders=holder or [],
        login=login(),
    )
    _show(report, shape)


def restore(
    escrow: Annotated[Path, typer.Argument(metavar="ESCROW_COPY", help="The escrow copy.")],
    key_file: KeyFile,
    passphrase_file: PassphraseFile = None,
    audit: AuditLog = None,
    format_: Format = "table",
) -> None:
    """Bring a key back."""
    from childlink.cli.options import chosen_format
    from childlink.sharing.custody import restore_key

    shape = chosen_format(format_, None, FORMATS)
    report = restore_key(
        escrow_file=escrow,
        passphrase=passphrase(passphrase_file),
        key_file=key_file,
        at=now(),
        audit_log=audit,
    )
    _show(report, shape)


def passphrase(file: Path | None, *, new: bool = False) -> str:
    """The passphrase in ``file``, or asked for on the terminal, twice when it is new."""
    if file is not None:
        from childlink.sharing.escrow import read_passphrase

        if not file.exists():
            raise InputFault(f"the passphrase file {file} is not there", next_step="check the path")
        return read_passphrase(file)
    import sys

    if not sys.stdin.isatty():
        raise UsageFault(
            "a passphrase is needed, and there is no terminal to ask on",
            allowed="a file of mode 0600 that holds it on one line",
            next_step="add --passphrase-file FILE",
        )
    return str(typer.prompt("passphrase", hide_input=True, confirmation_prompt=new, err=True))


def now() -> str:
    """Date and time, in UTC."""
    from datetime import UTC, datetime

    return datetime.now(UTC).isoformat(timespec="seconds")


def login() -> str | None:
    """Who the system says this is; not who the environment says."""
    import os
    import sys

    if sys.platform == "win32":
        return None
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _show(report: KeyReport, shape: str) -> None:
    from childlink.cli.console import out, say
    from childlink.cli.options import deliver

    if shape == "json":
        import json

        deliver(json.dumps(report.as_object(), indent=2) + "\n", None)
        return
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_header=False)
    table.add_column()
    table.add_column(overflow="fold")
    rows = {"key": str(report.key_file), "check value": report.check, "epoch": str(report.epoch)}
    for name, value in {
        **rows,
        **report.found,
        **{k: v for k, v in report.files.items() if k != "key"},
    }.items():
        table.add_row(name, value)
    out().print(table)
    if report.did == "made":
        say("keep the escrow copy and its passphrase apart, and both away from the key and the data")
        say(f"next: childlink link ... --key-file {report.key_file}")
    elif report.did == "rotated":
        say("every package from now on has new pseudonyms; registers and child ids are as they were")
