"""The register's key: 32 random bytes in a file of its own, and the keys derived from it.

Whoever has the key and the register can test whether a record is in it; whoever has only the register
cannot. The key is never logged, never in a message and never an option of the command line.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
import stat
from pathlib import Path

from childlink.errors import InputFault, OutputFault

KEY_BYTES = 32
_HASH = "sha256"


def read_or_create_key(path: Path) -> bytes:
    """The key in ``path``; a new random one, readable by its owner alone, where there is no file.

    The file holds 64 or more hexadecimal digits, or is a master key file of ``childlink keys init``. Raises
    InputFault when others may read it (on POSIX), or it holds something else or a shorter key; OutputFault
    when a new one cannot be written.
    """
    return read_key(path) if path.exists() else _created(path)


def read_key(path: Path) -> bytes:
    """The key in ``path``, which must be there. Otherwise as ``read_or_create_key``."""
    if not path.exists():
        raise InputFault(
            f"there is no key file {path}",
            next_step="name the key that the register was made with, as in --key-file FILE; "
            "if it is lost, restore it from its copy",
        )
    key = key_in(read_private(path))
    if key is None:
        raise InputFault(
            f"{path} is no key file",
            allowed=f"at least {2 * KEY_BYTES} hexadecimal digits",
            next_step="name another file with --key-file; one that is not there is made",
        )
    if len(key) < KEY_BYTES:
        raise InputFault(
            f"the key in {path} is too short: {len(key)} bytes",
            allowed=f"at least {KEY_BYTES} bytes in hexadecimal digits",
            next_step="restore the file from its copy, or name another with --key-file; "
            "one that is not there is made",
        )
    return key


def read_private(path: Path) -> str:
    """The text of a file that holds a secret, read only where its owner alone may (on POSIX).

    Raises InputFault for a folder, a file that others may read or write, one that cannot be read, and one
    that is not plain ASCII.
    """
    if path.is_dir():
        raise InputFault(f"the key file {path} is a folder", next_step="name a file")
    try:
        if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise InputFault(
                f"the key file {path} may be read or written by others",
                allowed="mode 0600: its owner alone",
                next_step=f"run: chmod 600 {path} - and think whether the key is still secret",
            )
        return path.read_text(encoding="ascii")
    except OSError as fault:
        raise InputFault(
            f"cannot read the key file {path}: {fault.strerror}", next_step="check who owns it"
        ) from None
    except ValueError:
        raise InputFault(
            f"{path} is no key file",
            allowed=f"at least {2 * KEY_BYTES} hexadecimal digits",
            next_step="name another file with --key-file; one that is not there is made",
        ) from None


def key_in(text: str) -> bytes | None:
    """The key that the text of a key file holds: hexadecimal digits alone, or the line ``key = "..."`` of a
    master key file (``sharing.key_file``). None where there is neither."""
    line = re.search(r'^key = "([0-9a-f]*)"$', text, re.MULTILINE)
    try:
        return bytes.fromhex(line[1] if line else text.strip())
    except ValueError:
        return None


def subkey(key: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose, derived by HKDF-SHA256 (RFC 5869, no salt, info = ``purpose``)."""
    extracted = hmac.digest(bytes(KEY_BYTES), key, _HASH)
    return hmac.digest(extracted, purpose.encode() + b"\x01", _HASH)


def _created(path: Path) -> bytes:
    key = secrets.token_bytes(KEY_BYTES)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(key.hex() + "\n")
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as fault:
        if isinstance(fault, FileExistsError) and path.is_file():
            return read_key(path)  # another run made it first
        raise OutputFault(
            f"cannot write the key file {path}: {fault.strerror}", next_step="name a place you may write to"
        ) from None
    return key
