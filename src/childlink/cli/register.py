"""``childlink register``: look into the register of child ids, and decide by hand what a linkage must not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from childlink.cli.options import TableOrJson
from childlink.errors import InputFault, UsageFault

if TYPE_CHECKING:
    import polars as pl

    from childlink.register import Register


class ChangesFormat(StrEnum):
    """How ``childlink register changes`` prints."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


class SealReason(StrEnum):
    """Why an identity is sealed."""

    ADOPTION = "adoption"
    PROTECTION = "protection"
    COURT_ORDER = "court-order"
    OTHER = "other"


RegisterAt = Annotated[
    str,
    typer.Option(
        "--register",
        metavar="FILE|URL",
        envvar="CHILDLINK_REGISTER",
        help="The register: the file childlink link wrote, or postgresql+psycopg://USER@HOST/DATABASE.",
    ),
]
KeyFile = Annotated[
    Path | None,
    typer.Option("--key-file", metavar="FILE", help="Its key. Default: beside the file, ending .key"),
]
Form = Annotated[TableOrJson, typer.Option("--format", help="How to print.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="A child id, as in links.csv.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="What the decision rests on.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the app."""
    group = typer.Typer(no_args_is_help=True, help="The register of child ids: history, changes, decisions.")
    for name, command in (
        ("verify", verify),
        ("history", history),
        ("changes", changes),
        ("stats", stats),
        ("merge", merge),
        ("split", split),
        ("seal", seal),
        ("reviewed", reviewed),
    ):
        group.command(name)(command)
    app.add_typer(group, name="register")


def verify(
    register_at: RegisterAt,
    key_file: KeyFile = None,
    head: Annotated[
        str | None,
        typer.Option("--head", metavar="HASH", help="A head noted earlier: is it still in the chain?"),
    ] = None,
    form: Form = TableOrJson.TABLE,
) -> None:
    """Prove that no event was altered, left out or cut off, and that the tables agree. Exit code 1 if not."""
    with _opened(register_at, key_file) as opened:
        found = opened.verify(head)
    if form is TableOrJson.JSON:
        _print_json("verify", found.as_object())
    else:
        _lines(
            [
                f"{found.events:,} events, whole" if found.whole else "the register is not as it was written",
                *([_broken(found.first_broken, unreadable=found.unreadable)] if found.first_broken else []),
                *(["the head you gave is not in the chain"] if found.head_found is False else []),
                *found.faults,
                f"head: {found.head}",
            ]
        )
    if not found.whole:
        raise typer.Exit(1)


def history(
    one: Id, register_at: RegisterAt, key_file: KeyFile = None, form: Form = TableOrJson.TABLE
) -> None:
    """All that happened to one child id, with the reasons people gave."""
    with _opened(register_at, key_file) as opened:
        standing, told = opened.standing(one), opened.history(one)
    if form is TableOrJson.JSON:
        _print_json("history", {**standing, "events": told})
        return
    now = {"merged": f"an alias of {standing['superseded_by']}", "live": "in use"}
    aliases = f"; aliases {', '.join(standing['aliases'])}" if standing["aliases"] else ""
    _lines(
        [f"{one}: {now.get(standing['state'], standing['state'])}, {_records(standing['records'])}{aliases}"]
    )
    _print_table(
        ("run", "at", "event", "id", "with", "what", "reason"),
        [
            (e["run"], e["at"], e["kind"], e["child_id"], e["other_id"], _what(e["payload"]), e["reason"])
            for e in told
        ],
    )


def changes(
    register_at: RegisterAt,
    since: Annotated[
        int, typer.Option("--since", metavar="RUN", help="The run whose ids you hold; 0: from the beginning.")
    ],
    key_file: KeyFile = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="A file, or - for stdout.")
    ] = None,
    form: Annotated[
        ChangesFormat | None,
        typer.Option("--format", help="Default: a table, or csv into a file (json where its name ends so)."),
    ] = None,
) -> None:
    """The changes since a run, for those who keep child ids of it: new, merged, split, sealed, withdrawn."""
    from childlink.cli.options import deliver
    from childlink.files import csv_for_people

    with _opened(register_at, key_file) as opened:
        found, last = opened.changes(since), opened.stats()["last_run"]
    to_file = output is not None and str(output) != "-"
    if form is None:
        ends_json = output is not None and output.suffix.lower() == ".json"
        form = ChangesFormat.TABLE if not to_file else ChangesFormat.CSV
        form = ChangesFormat.JSON if ends_json else form
    if form is ChangesFormat.JSON:
        until = last["run"] if last else 0
        deliver(_json("changes", {"since": since, "until": until, "changes": found.to_dicts()}), output)
    elif form is ChangesFormat.CSV or to_file:
        deliver(csv_for_people(found), output)
    else:
        _print_table(tuple(found.columns), found.rows())
        _lines([f"{len(found):,} changes since run {since}; the last run is {last['run'] if last else 0}"])


def stats(register_at: RegisterAt, key_file: KeyFile = None, form: Form = TableOrJson.TABLE) -> None:
    """How many ids, records, events and runs the register has."""
    with _opened(register_at, key_file) as opened:
        told = opened.stats()
    if form is TableOrJson.JSON:
        _print_json("stats", told)
        return
    last = told["last_run"]
    _print_table(
        ("what", "count"),
        [
            *((f"ids {_STATES[state]}", f"{count:,}") for state, count in told["ids"].items()),
            ("records", f"{told['records']:,}"),
            ("... of them sealed", f"{told['sealed_records']:,}"),
            *((f"events: {kind}", f"{count:,}") for kind, count in told["events"].items()),
            ("runs that wrote", f"{told['runs']:,}"),
        ],
    )
    if last:
        _lines([f"last run: {last['run']}, {last['action']}, {last['at'] or 'no date'}"])


def merge(
    ids: Annotated[list[str], typer.Argument(metavar="ID ID...", help="The ids that are one child.")],
    register_at: RegisterAt,
    reason: Reason,
    key_file: KeyFile = None,
    form: Form = TableOrJson.TABLE,
) -> None:
    """Make one child of two or more ids. The oldest stays; the others lead to it for ever."""
    with _opened(register_at, key_file) as opened:
        done = opened.merge(ids, reason=reason, at=_now())
    if form is TableOrJson.JSON:
        _print_json("merge", {"kept": done.kept, "aliases": list(done.aliases), "records": done.records})
        return
    verb = "lead" if len(done.aliases) > 1 else "leads"
    _lines(
        [
            f"{', '.join(done.aliases)} {verb} to {done.kept} now; {_records(done.records)} moved",
            f"to undo it: childlink register split {done.aliases[0]} --reason TEXT",
        ]
    )


def split(
    one: Id,
    register_at: RegisterAt,
    reason: Reason,
    records: Annotated[
        Path | None,
        typer.Option(
            "--records",
            metavar="FILE",
            help="CSV with source and record_id: the records of one of the two children. "
            "Leave it out to give a merged id its records back.",
        ),
    ] = None,
    key_file: KeyFile = None,
    form: Form = TableOrJson.TABLE,
) -> None:
    """Make two children of one id, or undo a merge. The id stays where more strong identifiers are."""
    part = None if records is None else _records_in(records)
    with _opened(register_at, key_file) as opened:
        if part is None:
            done = opened.undo_merge(one, reason=reason, at=_now())
        else:
            done = opened.split(one, part, reason=reason, at=_now())
    if form is TableOrJson.JSON:
        _print_json(
            "split",
            {
                "kept": done.kept,
                "kept_records": done.kept_records,
                "other": done.other,
                "other_records": done.moved_records,
                "named_records_kept_the_id": done.part_kept_id,
            },
        )
        return
    _lines(
        [f"{done.kept} keeps {_records(done.kept_records)}; {done.other} has {_records(done.moved_records)}"]
    )


def seal(
    one: Id,
    register_at: RegisterAt,
    reason: Annotated[SealReason, typer.Option("--reason", help="Why, in a word of these.")],
    release: Annotated[
        Path | None,
        typer.Option(
            "--release",
            metavar="FILE",
            help="CSV with source and record_id: records under this id that are of the child's other identity. "
            "The register forgets them.",
        ),
    ] = None,
    key_file: KeyFile = None,
    form: Form = TableOrJson.TABLE,
) -> None:
    """Seal an identity for good: it is never linked or offered again, and nothing ties it to another."""
    part = None if release is None else _records_in(release)
    with _opened(register_at, key_file) as opened:
        done = opened.seal(one, why=str(reason), release=part, at=_now())
    if form is TableOrJson.JSON:
        _print_json(
            "seal",
            {
                "child_id": done.child_id,
                "records": done.records,
                "released": done.released,
                "withdrawn": list(done.withdrawn),
            },
        )
        return
    _lines(
        [
            f"{done.child_id} is sealed with {_records(done.records)}",
            *([f"{_records(done.released)} forgotten"] if done.released else []),
            *([f"{', '.join(done.withdrawn)} no longer lead to it"] if done.withdrawn else []),
            _AFTER_A_SEAL,
        ]
    )


def reviewed(
    ids: Annotated[list[str], typer.Argument(metavar="ID [ID...]", help="One id, or several.")],
    register_at: RegisterAt,
    reason: Reason,
    key_file: KeyFile = None,
    form: Form = TableOrJson.TABLE,
) -> None:
    """Note that one id is one child, or that several are different children: not offered for review again."""
    with _opened(register_at, key_file) as opened:
        count = opened.review(ids, reason=reason, at=_now())
    if form is TableOrJson.JSON:
        _print_json("reviewed", {"ids": sorted(set(ids)), "events": count})
        return
    _lines([f"noted: {'one child' if len(set(ids)) == 1 else 'different children'}"])


_AFTER_A_SEAL = (
    "next: link again into the same folder, and destroy older results, copies of the register and the list of "
    "released records: they may still show both identities"
)
_STATES = {"live": "in use", "merged": "that are aliases", "sealed": "sealed", "withdrawn": "withdrawn"}


@contextmanager
def _opened(location: str, key_file: Path | None) -> Iterator[Register]:
    """The register at ``location``, which must be there."""
    from childlink.register import open_register, read_key
    from childlink.register.place import file_of

    path = file_of(location)
    if path is not None and not path.is_file():
        raise InputFault(
            f"there is no register {path}",
            next_step="name the file that childlink link wrote, as in --register OUT/register.sqlite",
        )
    if path is None and key_file is None:
        raise UsageFault(
            "a register that is no file needs a key file",
            next_step="add --key-file FILE, as with childlink link",
        )
    key = read_key(key_file if key_file is not None else Path(f"{location}.key"))
    with open_register(location, key, make=False) as opened:
        yield opened


def _records_in(path: Path) -> pl.DataFrame:
    """source and record_id of a CSV file, each record once."""
    import polars as pl

    try:
        frame = pl.read_csv(path, infer_schema=False, encoding="utf8")
    except OSError as fault:
        raise InputFault(f"cannot read {path}: {fault.strerror}", next_step="check the name") from None
    except pl.exceptions.PolarsError:
        raise InputFault(
            f"{path} is no CSV file in UTF-8", allowed="a CSV file with the columns source and record_id"
        ) from None
    if missing := [name for name in ("source", "record_id") if name not in frame.columns]:
        raise InputFault(
            f"{path} has no column {' or '.join(missing)}",
            allowed="source and record_id, as in links.csv",
            next_step="take the rows from links.csv with its heading line",
        )
    return frame.select("source", "record_id").unique(maintain_order=True)


def _records(count: int) -> str:
    return f"{count:,} record{'' if count == 1 else 's'}"


def _now() -> str:
    from datetime import UTC, datetime

    return datetime.now(UTC).isoformat(timespec="seconds")


def _broken(seq: int, *, unreadable: bool) -> str:
    what = (
        "cannot be read: the database is damaged" if unreadable else "is not as it was written, or is missing"
    )
    return f"event {seq} is the first that {what}; those before it are whole"


def _what(payload: dict[str, Any]) -> str:
    said = [
        f"{value} {name}" if isinstance(value, int) and not isinstance(value, bool) else f"{name}: {value}"
        for name, value in payload.items()
        if value not in (False, 0)
    ]
    return ", ".join(word.removesuffix(": True") for word in said)


def _json(kind: str, told: dict[str, Any]) -> str:
    import json

    return json.dumps({"schema": f"childlink.register.{kind}/1", **told}, indent=2) + "\n"


def _print_json(kind: str, told: dict[str, Any]) -> None:
    typer.echo(_json(kind, told), nl=False)


def _lines(lines: Sequence[str]) -> None:
    from childlink.cli.console import out

    for line in lines:
        out().print(line, markup=False, soft_wrap=True)


def _print_table(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from childlink.cli.console import out

    table = Table(box=box.SIMPLE_HEAD)
    for heading in headings:
        table.add_column(heading, justify="right" if heading == "count" else "left", overflow="fold")
    for row in rows:
        table.add_row(*("" if value is None else escape(str(value)) for value in row))
    out().print(table)
