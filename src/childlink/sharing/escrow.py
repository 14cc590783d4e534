"""The escrow copy of a master key: sealed with a passphrase, so that a lost key file can be brought back.

The passphrase becomes a key by Argon2id (RFC 9106) with the parameters of its second recommendation; AES-256 in
GCM seals the master key, bound to everything else the file says. The key check value stands in clear, so that
the copy can be told to be this key's without opening it.
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from childlink.errors import InputFault, UsageFault
from childlink.register.keys import KEY_BYTES, read_private
from childlink.sharing.key_file import FIRST_EPOCH, MasterKey

SCHEMA = "childlink.escrow/1"
MEMORY_KIB = 64 * 1024
ITERATIONS = 3
LANES = 4
LEAST_PASSPHRASE = 12
"""Characters. A passphrase is all that stands between a stolen escrow copy and the key."""

_MOST_MEMORY_KIB = 1024 * 1024  # a forged file must not be able to fill the machine's memory
_MOST_ITERATIONS = 100
_SALT_BYTES = 16
_NONCE_BYTES = 12


def sealed(key: MasterKey, passphrase: str) -> str:
    """The text of an escrow copy of ``key``. Raises UsageFault for a passphrase that is too short."""
    require_passphrase(passphrase)
    header = {
        "schema": SCHEMA,
        "check": key.check,
        "kdf": {
            "name": "argon2id",
            "memory_kib": MEMORY_KIB,
            "iterations": ITERATIONS,
            "lanes": LANES,
            "salt": secrets.token_hex(_SALT_BYTES),
        },
        "cipher": {"name": "aes-256-gcm", "nonce": secrets.token_hex(_NONCE_BYTES)},
    }
    inside = json.dumps({"epoch": key.epoch, "key": key.secret.hex()}).encode()
    box = AESGCM(_wrapping_key(header["kdf"], passphrase))
    closed = box.encrypt(bytes.fromhex(header["cipher"]["nonce"]), inside, _bound(header))  # type: ignore[index]
    return json.dumps({**header, "sealed": closed.hex()}, indent=2) + "\n"


def check_of(path: Path) -> str:
    """The key check value an escrow copy names, without opening it. Raises InputFault for no escrow copy."""
    return str(_read(path)["check"])


def opened(path: Path, passphrase: str) -> MasterKey:
    """The key in an escrow copy. Raises InputFault for a wrong passphrase, or a file that is none or damaged."""
    held = _read(path)
    header = {name: held[name] for name in ("schema", "check", "kdf", "cipher")}
    try:
        closed = bytes.fromhex(held["sealed"])
        box = AESGCM(_wrapping_key(held["kdf"], passphrase))
        inside = json.loads(box.decrypt(bytes.fromhex(held["cipher"]["nonce"]), closed, _bound(header)))
        key = MasterKey(bytes.fromhex(inside["key"]), int(inside["epoch"]))
    except InvalidTag:
        raise InputFault(
            f"the passphrase does not open {path}, or the file was altered",
            next_step="try the passphrase again; spaces and letter case count",
        ) from None
    except (ValueError, KeyError, TypeError):
        raise _no_escrow(path) from None
    if len(key.secret) < KEY_BYTES or key.epoch < FIRST_EPOCH or key.check != held["check"]:
        raise _no_escrow(path)
    return key


def require_passphrase(passphrase: str) -> None:
    """Raises UsageFault for a passphrase that is too short to keep a stolen copy shut."""
    if len(passphrase) < LEAST_PASSPHRASE:
        raise UsageFault(
            f"the passphrase has {len(passphrase)} characters",
            allowed=f"at least {LEAST_PASSPHRASE}: four or five words that do not belong together are easy to keep",
            next_step="choose a longer one",
        )


def read_passphrase(path: Path) -> str:
    """The passphrase in a file that is its owner's alone: its first line, which must be its only one."""
    lines = read_private(path).splitlines()
    if len(lines) != 1:
        raise InputFault(f"{path} holds {len(lines)} lines", allowed="the passphrase on one line")
    return lines[0]


def _wrapping_key(kdf: Any, passphrase: str) -> bytes:
    memory, iterations, lanes = int(kdf["memory_kib"]), int(kdf["iterations"]), int(kdf["lanes"])
    if kdf["name"] != "argon2id" or memory > _MOST_MEMORY_KIB or iterations > _MOST_ITERATIONS:
        raise ValueError
    return Argon2id(
        salt=bytes.fromhex(kdf["salt"]),
        length=KEY_BYTES,
        iterations=iterations,
        lanes=lanes,
        memory_cost=memory,
    ).derive(passphrase.encode())


def _bound(header: dict[str, Any]) -> bytes:
    return json.dumps(header, sort_keys=True, separators=(",", ":")).encode()


def _read(path: Path) -> dict[str, Any]:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise InputFault(
            f"cannot read the escrow copy {path}: {fault.strerror}", next_step="check the path"
        ) from None
    except ValueError:
        raise _no_escrow(path) from None
    if not isinstance(held, dict) or held.get("schema") != SCHEMA or not isinstance(held.get("check"), str):
        raise _no_escrow(path)
    if not {"kdf", "cipher", "sealed"} <= held.keys():
        raise _no_escrow(path)
    return held


def _no_escrow(path: Path) -> InputFault:
    return InputFault(
        f"{path} is no escrow copy, or is damaged",
        allowed=f"a file of childlink keys init ({SCHEMA})",
        next_step="try another copy",
    )
