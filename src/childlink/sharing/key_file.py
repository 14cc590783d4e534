"""The master key: 32 random bytes, the epoch of the pseudonyms, and a value by which a key is told.

The file is text, mode 0600, and its owner's alone. One master key serves register and sharing: each use
derives a key of its own from it by HKDF, so a file of hexadecimal digits alone, as ``childlink link`` makes
one beside a register, is a master key of epoch 1.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path

from childlink.errors import InputFault, OutputFault, UsageFault
from childlink.files import written_whole
from childlink.register.keys import KEY_BYTES, key_in, read_private, subkey

FORMAT = "childlink.master-key/1"
FIRST_EPOCH = 1
_CHECK_DIGITS = 16


@dataclass(frozen=True)
class MasterKey:
    """A master key as read. ``secret`` is shown in no message, repr or file but the key file itself.

    ``check``, the key check value, tells two keys apart and says nothing about either.
    """

    secret: bytes = field(repr=False)
    epoch: int = FIRST_EPOCH

    @property
    def check(self) -> str:
        """Sixteen hexadecimal digits, derived from the key alone: the same in every epoch."""
        return subkey(self.secret, "childlink/v1|key|check").hex()[:_CHECK_DIGITS]

    @property
    def audit_key(self) -> bytes:
        """The key that signs the entries of the audit log."""
        return subkey(self.secret, "childlink/v1|audit|log")

    def of_epoch(self, epoch: int) -> MasterKey:
        """The same key in another epoch."""
        return replace(self, epoch=epoch)


def new_master_key() -> MasterKey:
    """A key from the machine's source of secrets, of the first epoch."""
    return MasterKey(secrets.token_bytes(KEY_BYTES))


def read_master_key(path: Path) -> MasterKey:
    """The master key in ``path``: a file of ``childlink keys init``, or of 64 or more hexadecimal digits alone.

    Raises InputFault when the file is not there, others may read it, or it is cut short or altered: its
    contents must agree with the key check value written in it.
    """
    if not path.exists():
        raise InputFault(
            f"the key file {path} is not there",
            next_step=f"check the path, or make a key: childlink keys init {path}",
        )
    text = read_private(path)
    if not text.startswith("#"):
        return _plain(path, text)
    lines = dict(re.findall(r'^(format|epoch|key|check) = "?([^"\n]*)"?$', text, re.MULTILINE))
    if lines.get("format", FORMAT) != FORMAT:
        raise UsageFault(
            f"{path} was written by a newer childlink", allowed=FORMAT, next_step="upgrade childlink"
        )
    secret = key_in(text)
    whole = lines.keys() >= {"format", "epoch", "key", "check"} and text.endswith("\n")
    if not whole or secret is None or not lines["epoch"].isdigit() or int(lines["epoch"]) < FIRST_EPOCH:
        raise _damaged(path)
    key = MasterKey(secret, int(lines["epoch"]))
    if len(secret) < KEY_BYTES or not hmac.compare_digest(lines["check"], key.check):
        raise _damaged(path)
    return key


def write_master_key(path: Path, key: MasterKey, *, replacing: bool = False) -> None:
    """Write the key file, mode 0600: whole or not at all.

    Raises OutputFault where it cannot be written; UsageFault where there is a file and not ``replacing``: a
    key that is written over is lost for ever.
    """
    if path.is_dir():
        raise OutputFault(f"{path} is a folder", next_step="name a file for the key")
    if path.exists() and not replacing:
        raise UsageFault(
            f"{path} is there already, and a key written over is lost for ever",
            allowed="a file that is not there yet",
            next_step="name another file, or look at this one: childlink keys check",
        )
    text = (
        "# childlink master key. Whoever has this file can undo every pseudonym. Never send it, never copy it\n"
        "# beside the data. If it is lost, only the escrow copy and its passphrase bring it back.\n"
        f'format = "{FORMAT}"\nepoch = {key.epoch}\nkey = "{key.secret.hex()}"\ncheck = "{key.check}"\n'
    )
    write_private(path, text.encode())


def write_private(path: Path, data: bytes) -> None:
    """Write a file that is its owner's alone: whole, on the disk, or not at all. Raises OutputFault."""
    try:
        with written_whole(path, private=True) as part, part.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as fault:
        raise OutputFault(
            f"cannot write {path}: {fault.strerror}", next_step="free some space, or name another place"
        ) from None


def require_same_key(key: MasterKey, check: str, what: str) -> None:
    """Raises InputFault unless ``check`` is this key's: ``what`` was made with another."""
    if not hmac.compare_digest(key.check, check):
        raise InputFault(
            f"wrong key: {what} was made with another one",
            allowed=f"the key whose check value is {check}; this one's is {key.check}",
            next_step="name that key's file with --key-file; childlink keys check shows a key's check value",
        )


def _plain(path: Path, text: str) -> MasterKey:
    secret = key_in(text)
    if secret is None or len(secret) < KEY_BYTES:
        raise _damaged(path)
    return MasterKey(secret)


def _damaged(path: Path) -> InputFault:
    return InputFault(
        f"the key file {path} is cut short, altered, or no key file",
        allowed=f"a file of childlink keys init, or at least {2 * KEY_BYTES} hexadecimal digits",
        next_step="bring the key back from its escrow copy: childlink keys restore",
    )
