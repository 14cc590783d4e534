"""``childlink reidentify``: which child a pseudonym stands for, for those who may know, and never unseen.

There is no table of pseudonyms: they are made anew for every child of the register and compared. The asking is
in the audit log, on the disk, before anything is looked up; so is every refusal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from childlink.errors import ChildlinkError, InputFault, UsageFault
from childlink.file_set import finish_interrupted
from childlink.files import restored
from childlink.returns.csv_file import read_csv_text
from childlink.sharing import audit
from childlink.sharing.agreement import Agreement, read_agreement
from childlink.sharing.key_file import FIRST_EPOCH, MasterKey, read_master_key
from childlink.sharing.people import candidates, key_path, records_of, require_register
from childlink.sharing.pseudonyms import is_pseudonym, pseudonyms, tidied

SCHEMA = "childlink.reidentification/1"
REIDENTIFIED = "reidentified"


@dataclass(frozen=True)
class Reidentified:
    """``children``: pseudonym, child_id (null where it stands for nobody who may be told), and, where records
    were given, source and record_id, one row for each record. In the order asked. Names children: show it to
    who asked, and write it nowhere else."""

    children: pl.DataFrame = field(repr=False)
    recipient: str
    purpose: str
    epoch: int
    audit_log: Path
    audit_entry: int

    def as_object(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "schema": SCHEMA,
            "recipient": self.recipient,
            "purpose": self.purpose,
            "epoch": self.epoch,
            "audit": {"file": str(self.audit_log), "entry": self.audit_entry},
            "children": self.children.to_dicts(),
        }


def reidentify(
    *,
    asked: Sequence[str],
    agreement: Path,
    register: str,
    reason: str,
    requested_by: str,
    approved_by: str,
    at: str,
    key_file: Path | None = None,
    links: Path | None = None,
    epoch: int | None = None,
    audit_log: Path | None = None,
    login: str | None = None,
) -> Reidentified:
    """The children that the pseudonyms ``asked`` stand for, under ``agreement`` and in ``epoch`` (the key's).

    ``requested_by`` and ``approved_by``: two people whom the agreement names. ``links``: links.csv, for the
    records of each child. ``login``: who the machine says is asking, for the log.

    A child whose identity is sealed is not found. Raises ChildlinkError, and shows nothing, for a wrong key, a
    person the agreement does not name, one person twice, a reason that says nothing, more pseudonyms than the
    agreement's batch, and anything that is no pseudonym of its recipient: each of these is in the audit log.
    """
    place = key_path(register, key_file)
    log = audit_log or audit.beside(place)
    note: dict[str, Any] = {"of": REIDENTIFIED, "login": login}
    key: MasterKey | None = None
    try:
        key = _key(place, log)
        said = read_agreement(agreement)
        note |= {"recipient": said.recipient, "purpose": said.purpose}
        wanted = _wanted(asked, said, note)
        _require_two_people(said, requested_by, approved_by, note)
        note["reason"] = audit.reason_for_log(reason)
        chosen = _epoch(key, epoch)
        note["epoch"] = chosen.epoch
        require_register(register)
        records = _read_links(links) if links is not None else None
    except ChildlinkError as fault:
        _log_refusal(log, key, note, fault, at)
        raise
    # before anything is looked up: a log that cannot be written stops it here
    entry = audit.append(log, key, what=REIDENTIFIED, said=note, at=at)
    found = _found(wanted, said, register, chosen)
    if records is not None:
        found = found.join(
            records_of(records, register=register, key=key).select("child_id", "source", "record_id"),
            on="child_id",
            how="left",
            maintain_order="left_right",
        )
    return Reidentified(found, said.recipient, said.purpose, chosen.epoch, log, entry)


def _key(place: Path, log: Path) -> MasterKey:
    key = read_master_key(place)
    audit.require_ready(log, key)
    return key


def _wanted(asked: Sequence[str], said: Agreement, note: dict[str, Any]) -> list[str]:
    """The pseudonyms asked for, tidied. Only what is one goes into the log: a slip of the hand may be anything."""
    wanted = list(dict.fromkeys(tidied(text) for text in asked if text.strip()))
    note["asked"] = len(wanted)
    good = [text for text in wanted if is_pseudonym(text, said.recipient)]
    note["pseudonyms"] = good[: said.batch]
    if len(wanted) > said.batch:
        raise UsageFault(
            f"{len(wanted):,} pseudonyms were asked for at once",
            allowed=f"{said.batch} under this agreement",
            next_step="ask for those that are needed; each request is logged with its reason",
        )
    if not wanted:
        raise UsageFault("no pseudonym was given", next_step="childlink reidentify PSEUDONYM ...")
    if len(good) < len(wanted):
        raise UsageFault(
            f"{len(wanted) - len(good)} of {len(wanted)} are no pseudonyms of {said.recipient}: "
            "another recipient's, or mistyped",
            allowed=f"{said.recipient.upper()}- and 17 symbols, the last of which agrees with the others",
            next_step="copy them from the file",
        )
    return wanted


def _require_two_people(said: Agreement, requested_by: str, approved_by: str, note: dict[str, Any]) -> None:
    """Raises UsageFault unless the agreement names both, and they are two; their names go into ``note``."""
    note["requested_by"] = audit.name_for_log(requested_by, "who asks")
    note["approved_by"] = audit.name_for_log(approved_by, "who approves")
    if not said.reidentifiers:
        raise UsageFault(
            f"{said.file} lets nobody undo its pseudonyms",
            allowed="an agreement with a table [reidentification] that names at least two people",
            next_step="have the agreement changed by those who made it",
        )
    if note["requested_by"].casefold() == note["approved_by"].casefold():
        raise UsageFault("one person asks and approves", allowed="two people, both named in the agreement")
    known = {" ".join(name.split()).casefold() for name in said.reidentifiers}
    for role in ("requested_by", "approved_by"):
        if note[role].casefold() not in known:
            raise UsageFault(
                f"{said.file} does not name the person given as {role.replace('_', ' ')}",
                allowed="the people named in its table [reidentification]",
                next_step="ask one of them",
            )


def _epoch(key: MasterKey, epoch: int | None) -> MasterKey:
    if epoch is not None and not FIRST_EPOCH <= epoch <= key.epoch:
        raise UsageFault(f"there was no epoch {epoch}", allowed=f"{FIRST_EPOCH} to {key.epoch}")
    return key if epoch is None else key.of_epoch(epoch)


def _found(wanted: Sequence[str], said: Agreement, register: str, key: MasterKey) -> pl.DataFrame:
    known = candidates(register, key)
    made = known.select(
        pseudonyms(known["child_id"], key, recipient=said.recipient, purpose=said.purpose),
        child_id=pl.col("current_id"),
    )
    asked = pl.DataFrame({"pseudonym": wanted}, schema={"pseudonym": pl.String})
    return asked.join(made, on="pseudonym", how="left", maintain_order="left")


def _read_links(path: Path) -> pl.DataFrame:
    finish_interrupted(path.parent)
    table = read_csv_text(path).frame
    if missing := [name for name in ("source", "record_id") if name not in table.columns]:
        raise InputFault(
            f"{path} has no column {' or '.join(missing)}", allowed="a links.csv that childlink link wrote"
        )
    cells = table.select(restored(pl.col("source")), restored(pl.col("record_id"))).drop_nulls()
    return cells.unique(maintain_order=True)


def _log_refusal(
    log: Path, key: MasterKey | None, note: dict[str, Any], fault: ChildlinkError, at: str
) -> None:
    """Note a refusal; where the log itself is what cannot be trusted or written, the fault says so already."""
    try:
        audit.append(log, key, what=audit.REFUSED, said={**note, "why": fault.fault}, at=at)
    except ChildlinkError:
        if key is not None:
            raise
