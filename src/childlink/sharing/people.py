"""Which child each record is, as the register says it now: merges, splits and seals by hand included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from childlink.errors import InputFault, UsageFault
from childlink.linkage.config import LinkConfig
from childlink.register import open_register
from childlink.register.store import Register
from childlink.sharing.key_file import MasterKey
from childlink.sharing.sources import SharedSource, numbered

LIVE = "live"
SEALED = "sealed"
MERGED = "merged"


@dataclass(frozen=True)
class People:
    """``children``: source to the child id of each row of the extract, null where the record may not leave
    because its identity, or that of another record of the child, is sealed. ``sealed``: how many rows are so."""

    children: Mapping[str, pl.Series] = field(repr=False)
    sealed: int


def key_path(register: str, key_file: Path | None) -> Path:
    """The key file named, else the one beside the register's file, as ``childlink link`` makes it."""
    if key_file is not None:
        return key_file
    if "://" in register:
        raise UsageFault("a register that is no file needs a key file", next_step="add --key-file FILE")
    return Path(f"{register}.key")


def require_register(register: str) -> None:
    """Raises InputFault where the register's file is not there: an empty one must not be made in its place."""
    if "://" not in register and not Path(register).exists():
        raise InputFault(
            f"the register {register} is not there",
            next_step="link first: childlink link ... --register FILE, by default OUT/register.sqlite",
        )


def people_of(
    sources: Sequence[SharedSource], *, register: str, key: MasterKey, config: LinkConfig
) -> People:
    """The child of every record of the extracts. ``config``: the link.toml they were linked with.

    Raises InputFault where a record is not in the register (with its line), the register is another key's, or
    it is not there.
    """
    require_register(register)
    children: dict[str, pl.Series] = {}
    sealed_children: set[str] = set()
    with open_register(register, key.secret) as opened:
        for source in sources:
            known = _known(opened, source, config)
            strangers = known["child_id"].is_null() & ~known["sealed"]
            if strangers.any():
                line = source.lines.filter(strangers)[0]
                raise InputFault(
                    f"{source.path}: {strangers.sum():,} records are not in the register (the first on line "
                    f"{line})",
                    allowed="extracts as they were linked, each under the name it was linked under",
                    next_step="link them first: childlink link ... --register FILE",
                )
            sealed_children.update(known.filter("sealed")["child_id"].drop_nulls())
            children[source.source] = known["child_id"]
        states = opened.child_ids()
    # only what is known to be open leaves: sealed, leaving and withdrawn ids do not
    open_ids = states.filter(pl.col("state") == LIVE)["child_id"]
    may = open_ids.filter(~open_ids.is_in(sorted(sealed_children)))
    allowed = {
        name: pl.select(
            pl.when(pl.lit(ids).is_in(may.implode())).then(pl.lit(ids)).alias("child_id")
        ).to_series()
        for name, ids in children.items()
    }
    return People(allowed, sum(ids.null_count() for ids in allowed.values()))


def candidates(register: str, key: MasterKey) -> pl.DataFrame:
    """child_id and current_id of every id that is not sealed: itself, or for an alias the id it stands for now.

    Sealed ids, and aliases of sealed ids, are not among them. Sorted by child_id.
    """
    require_register(register)
    with open_register(register, key.secret) as opened:
        ids = opened.child_ids()
    named = ids.with_columns(
        current_id=pl.when(pl.col("state") == MERGED).then("superseded_by").otherwise("child_id")
    )
    shut = ids.filter(pl.col("state") == SEALED)["child_id"]
    return (
        named.filter(~pl.col("current_id").is_in(shut.implode()))
        .select("child_id", "current_id")
        .sort("child_id")
    )


def records_of(records: pl.DataFrame, *, register: str, key: MasterKey) -> pl.DataFrame:
    """``records`` (source, record_id) that are in the register and not sealed, with their child_id."""
    require_register(register)
    with open_register(register, key.secret) as opened:
        return (
            opened.known(records).filter(~pl.col("sealed"), pl.col("child_id").is_not_null()).drop("sealed")
        )


def _known(register: Register, source: SharedSource, config: LinkConfig) -> pl.DataFrame:
    """child_id (null for a stranger) and sealed of each row of the extract, in its order."""
    records = numbered(source, config)
    by_number = register.sealed(records)
    return register.known(records).with_columns(
        sealed=pl.col("sealed") | pl.lit(source.sealed) | pl.lit(by_number)
    )
