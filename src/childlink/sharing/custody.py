"""``childlink keys``: making a master key, looking at it, its next epoch, and bringing it back from escrow."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from childlink.errors import InputFault, OutputFault, UsageFault
from childlink.files import csv_for_people
from childlink.register import open_register
from childlink.sharing import audit, escrow
from childlink.sharing.agreement import Agreement, read_agreement
from childlink.sharing.key_file import (
    FIRST_EPOCH,
    MasterKey,
    new_master_key,
    read_master_key,
    require_same_key,
    write_master_key,
    write_private,
)
from childlink.sharing.people import LIVE, require_register
from childlink.sharing.pseudonyms import pseudonyms

SCHEMA = "childlink.keys/1"
ESCROW_SUFFIX = ".escrow.json"
ROTATED = "keys rotated"
RESTORED = "key restored"
MADE = "key made"


@dataclass(frozen=True)
class KeyReport:
    """What was done with a key, or found of it: nothing that is secret. ``found``: what was looked at, and
    whether it is this key's."""

    did: str
    key_file: Path
    check: str
    epoch: int
    found: dict[str, str]
    files: dict[str, str]

    def as_object(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "schema": SCHEMA,
            "did": self.did,
            "key_file": str(self.key_file),
            "check": self.check,
            "epoch": self.epoch,
            "found": self.found,
            "files": self.files,
        }


def escrow_beside(key_file: Path) -> Path:
    """Where the escrow copy is made unless another place is named."""
    return key_file.with_name(key_file.name + ESCROW_SUFFIX)


def init_key(
    *,
    key_file: Path,
    passphrase: str,
    at: str,
    escrow_file: Path | None = None,
    audit_log: Path | None = None,
) -> KeyReport:
    """Make a master key, its escrow copy sealed with ``passphrase``, and its audit log.

    Raises UsageFault where one of the files is there already or the passphrase is short; OutputFault where one
    cannot be written: then none is left.
    """
    copy = escrow_file or escrow_beside(key_file)
    log = audit_log or audit.beside(key_file)
    if len({key_file, copy, log}) < 3:
        raise UsageFault("key, escrow copy and audit log are one file", allowed="three files")
    escrow.require_passphrase(passphrase)
    for path in (key_file, copy, log):
        if path.exists():
            raise UsageFault(
                f"{path} is there already, and a key written over is lost for ever",
                allowed="files that are not there yet",
                next_step="name others, or look at this key: childlink keys check",
            )
    key = new_master_key()
    write_master_key(key_file, key)
    try:
        write_private(copy, escrow.sealed(key, passphrase).encode())
        audit.append(log, key, what=MADE, said={"check": key.check, "epoch": key.epoch}, at=at)
    except BaseException:
        # the key has been used for nothing yet: with no copy and no log it must not stay
        for path in (key_file, copy, log):
            with suppress(OSError):
                path.unlink(missing_ok=True)
        raise
    files = {"key": str(key_file), "escrow copy": str(copy), "audit log": str(log)}
    return KeyReport("made", key_file, key.check, key.epoch, {}, files)


def check_key(
    *,
    key_file: Path,
    escrow_file: Path | None = None,
    passphrase: str | None = None,
    register: str | None = None,
    audit_log: Path | None = None,
) -> KeyReport:
    """Look at a key: its file, and whether escrow copy, register and audit log are this key's.

    An escrow copy is opened only with ``passphrase``; without it, its key check value is compared. The copy and
    log beside the key are looked at where they are there and no other is named.
    Raises InputFault for the first that is damaged or another key's.
    """
    key = read_master_key(key_file)
    found = {"key file": "whole, and its owner's alone"}
    copy = escrow_file or escrow_beside(key_file)
    if escrow_file is not None or copy.exists():
        if passphrase is not None:
            held = escrow.opened(copy, passphrase)
            require_same_key(key, held.check, f"the escrow copy {copy}")
            found["escrow copy"] = "this key's, and the passphrase opens it"
        else:
            require_same_key(key, escrow.check_of(copy), f"the escrow copy {copy}")
            found["escrow copy"] = "this key's; give the passphrase to see that it opens"
    if register is not None:
        require_register(register)
        with open_register(register, key.secret):
            found["register"] = "this key's"
    log = audit_log or audit.beside(key_file)
    if audit_log is not None or log.exists():
        audit.read(log)
        audit.require_ready(log, key)
        found["audit log"] = "this key's, and whole"
    return KeyReport("checked", key_file, key.check, key.epoch, found, {})


def rotate_key(
    *,
    key_file: Path,
    reason: str,
    at: str,
    audit_log: Path | None = None,
    bridge: Path | None = None,
    agreement: Path | None = None,
    register: str | None = None,
    holders: Sequence[str] = (),
    login: str | None = None,
) -> KeyReport:
    """Begin the next epoch: every pseudonym made from now on is new. Registers and child ids stay as they are.

    With ``bridge``, a CSV file of old and new pseudonyms of the recipient and purpose of ``agreement`` is made,
    for the people named in ``holders`` alone; children that are sealed are not in it. Raises UsageFault where
    one of the four is missing. The audit log is written before the key file and the bridge.
    """
    key = read_master_key(key_file)
    log = audit_log or audit.beside(key_file)
    said: dict[str, Any] = {"login": login, "reason": audit.reason_for_log(reason)}
    names = [audit.name_for_log(holder, "a holder of the bridging file") for holder in holders]
    if log.exists():
        audit.verify(log, key)
    latest = audit.latest_epoch(audit.read(log)) if log.exists() else FIRST_EPOCH
    fresh = key.of_epoch(max(key.epoch, latest) + 1)
    said |= {"epoch": fresh.epoch, "from_epoch": key.epoch}
    table = None
    if bridge is not None or agreement is not None or holders:
        if bridge is None or agreement is None or register is None or not names:
            raise UsageFault(
                "a bridging file needs its place, an agreement, the register and who may hold it",
                allowed="--bridge FILE --agreement FILE --register FILE --holder NAME, all four",
                next_step="leave all four out to rotate without one",
            )
        if bridge.exists():
            raise OutputFault(f"{bridge} is there already", next_step="name a file that is not there yet")
        said_by = read_agreement(agreement)
        table = _bridging(said_by, key, fresh, register)
        said |= {
            "bridge": {
                "recipient": said_by.recipient, "purpose": said_by.purpose, "holders": names, "rows": table.height
            }
        }  # fmt: skip
    audit.append(log, key, what=ROTATED, said=said, at=at)
    files = {"key": str(key_file), "audit log": str(log)}
    if bridge is not None and table is not None:
        write_private(bridge, csv_for_people(table).encode())
        files["bridging file"] = str(bridge)
    write_master_key(key_file, fresh, replacing=True)
    return KeyReport("rotated", key_file, fresh.check, fresh.epoch, {}, files)


def restore_key(
    *, escrow_file: Path, passphrase: str, key_file: Path, at: str, audit_log: Path | None = None
) -> KeyReport:
    """Bring a key back from its escrow copy into ``key_file``, which must not be there.

    Its epoch is the last that the audit log has seen, where there is a log. Raises InputFault for a wrong
    passphrase, a damaged copy, or the log of another key.
    """
    log = audit_log or audit.beside(key_file)
    key = escrow.opened(escrow_file, passphrase)
    if log.exists():
        entries = audit.read(log)
        key = key.of_epoch(max(key.epoch, audit.latest_epoch(entries)))
    elif audit_log is not None:
        raise InputFault(f"the audit log {log} is not there", next_step="check the path given to --audit")
    if key_file.exists():
        raise UsageFault(
            f"{key_file} is there already, and a key written over is lost for ever",
            allowed="a file that is not there yet",
            next_step=f"look at it: childlink keys check {key_file}",
        )
    audit.append(log, key, what=RESTORED, said={"check": key.check, "epoch": key.epoch}, at=at)
    write_master_key(key_file, key)
    return KeyReport(
        "restored", key_file, key.check, key.epoch, {}, {"key": str(key_file), "audit log": str(log)}
    )


def _bridging(said: Agreement, old: MasterKey, new: MasterKey, register: str) -> pl.DataFrame:
    """recipient, purpose, and the pseudonyms of both epochs for every open child, in order of the new ones."""
    require_register(register)
    with open_register(register, old.secret) as opened:
        ids = opened.child_ids().filter(pl.col("state") == LIVE)["child_id"]
    both = {
        f"pseudonym_epoch_{key.epoch}": pseudonyms(ids, key, recipient=said.recipient, purpose=said.purpose)
        for key in (old, new)
    }
    return pl.DataFrame(both).sort(f"pseudonym_epoch_{new.epoch}")
