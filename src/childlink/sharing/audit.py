"""The audit log: one line of JSON for each thing done with the key, each hashed with the line before it.

A line holds n (from 1), at, what, said, prev, hash and mac. ``hash`` is SHA-256 of all the others but mac, so
that anybody can verify the chain; ``mac`` is HMAC-SHA256 of the hash under a key derived from the master key, so
that only who holds the key can make one that fits. Beside the log, NAME.head says how far it goes, signed, so
that lines cut off its end are missed. No identifier of a child goes into it: pseudonyms, names of users,
reasons and counts do.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from childlink.errors import InputFault, OutputFault, UsageFault
from childlink.files import PRIVATE
from childlink.sharing.key_file import MasterKey, require_same_key, write_private

SUFFIX = ".audit.jsonl"
BEGUN = "log begun"
REFUSED = "refused"
FIRST_HASH = "0" * 64
LEAST_REASON = 10
_LONGEST_REASON = 500
_LONGEST_NAME = 80
_FIELDS = ("n", "at", "what", "said", "prev", "hash", "mac")

# what must not be written for good: numbers of ten digits, UPNs, dates, postcodes
_IDENTIFYING = re.compile(
    r"\d{3}[ -]?\d{3}[ -]?\d{4}|\b[A-Z]\d{11}[0-9A-Z]\b|\b\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}\b|\b\d{4}-\d{1,2}-\d{1,2}\b"
    r"|\b\d{8}\b|\b[A-Z]{1,2}\d[0-9A-Z]? ?\d[A-Z]{2}\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Verdict:
    """What ``verify`` found. ``broken``: n of the first line that is not as it was written or is missing, or
    None. ``signed``: whether the key was there to check signatures. ``last_hash``: to be noted elsewhere."""

    entries: int
    broken: int | None
    signed: bool
    last_hash: str
    torn: bool

    def as_object(self, path: Path) -> dict[str, Any]:
        """For JSON."""
        return {
            "schema": "childlink.audit-verdict/1",
            "file": str(path),
            "status": "whole" if self.broken is None else "broken",
            "entries": self.entries,
            "first_broken": self.broken,
            "signatures": "checked" if self.signed else "not checked: give the key with --key-file",
            "last_hash": self.last_hash,
            "unfinished_last_line": self.torn,
        }


def beside(key_file: Path) -> Path:
    """Where the audit log of a key is unless another place is named."""
    return key_file.with_name(key_file.name + SUFFIX)


def append(path: Path, key: MasterKey | None, *, what: str, said: Mapping[str, Any], at: str | None) -> int:
    """Write one line, on the disk before this returns, and give its n. A log that is not there is begun.

    ``key`` None writes an unsigned line, which only a refusal may be. Raises InputFault for a log of another
    key, or one that is broken: nothing is done on a log that cannot be trusted. OutputFault where it cannot be
    written.
    """
    try:
        with _locked(path) as stream:
            data = stream.read()
            entries, whole = _entries(path, data)
            _require_sound(path, entries, key, len(data) > whole)
            added = []
            if key is not None and not any(entry["what"] == BEGUN for entry in entries):
                began = {"check": key.check, "epoch": key.epoch}
                added.append(_entry(entries, key, what=BEGUN, said=began, at=at))
            fresh = _entry([*entries, *added], key, what=what, said=said, at=at)
            added.append(fresh)
            stream.seek(whole)
            stream.truncate()
            stream.write(b"".join(_line(entry) for entry in added))
            stream.flush()
            os.fsync(stream.fileno())
            if key is not None:
                _write_head(path, key, fresh)
            return int(fresh["n"])
    except OSError as fault:
        raise OutputFault(
            f"cannot write the audit log {path}: {fault.strerror}",
            allowed="nothing is done that cannot be logged",
            next_step="free some space, or name a place you may write to with --audit",
        ) from None


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of a log, in order. Raises InputFault when it is not there or holds something else."""
    return _entries(path, _bytes(path))[0]


def verify(path: Path, key: MasterKey | None = None) -> Verdict:
    """Whether a log is as it was written. Raises InputFault as ``read`` does, and for another key's log."""
    data = _bytes(path)
    entries, whole = _entries(path, data)
    if key is not None and entries:
        _require_key(path, entries, key)
    broken = _first_broken(path, entries, key)
    last = str(entries[-1].get("hash", FIRST_HASH)) if entries else FIRST_HASH
    return Verdict(len(entries), broken, key is not None, last, len(data) > whole)


def require_ready(path: Path, key: MasterKey) -> None:
    """Raises InputFault where the log is another key's, is broken, or has seen a later epoch than the key's."""
    if not path.exists():
        return
    data = _bytes(path)
    entries, whole = _entries(path, data)
    _require_sound(path, entries, key, len(data) > whole)
    if (latest := latest_epoch(entries)) > key.epoch:
        raise InputFault(
            f"the key file is of epoch {key.epoch}, and {path} has seen epoch {latest}: it is an old copy",
            next_step="use the key file that was last rotated, or childlink keys restore with this --audit",
        )


def latest_epoch(entries: Sequence[Mapping[str, Any]]) -> int:
    """The highest epoch that a log has seen; 0 for an empty log."""
    told = [entry["said"].get("epoch", 0) for entry in entries if entry["what"] in (BEGUN, "keys rotated")]
    return max((number for number in told if isinstance(number, int)), default=0)


def reason_for_log(text: str) -> str:
    """A reason fit to be kept for ever: said in words, with no number, date or postcode of a child in it.

    Raises UsageFault for another, without repeating it.
    """
    said = " ".join(text.split())
    if not LEAST_REASON <= len(said) <= _LONGEST_REASON or not said.isprintable():
        raise UsageFault(
            f"the reason has {len(said)} characters",
            allowed=f"{LEAST_REASON} to {_LONGEST_REASON} that can be printed",
            next_step="say in a sentence why it is needed",
        )
    _require_no_identifier(said, "the reason")
    return said


def name_for_log(text: str, role: str) -> str:
    """A person's name as it is kept. Raises UsageFault where it is none; ``role`` says whose."""
    said = " ".join(text.split())
    if not 3 <= len(said) <= _LONGEST_NAME or not said.isprintable() or not any(c.isalpha() for c in said):
        raise UsageFault(
            f"the name of {role} is missing or not a name",
            allowed=f"a person's name of 3 to {_LONGEST_NAME} letters",
        )
    _require_no_identifier(said, f"the name of {role}")
    return said


def _require_no_identifier(said: str, what: str) -> None:
    if _IDENTIFYING.search(said):
        raise UsageFault(
            f"{what} holds what looks like a number, date or postcode of a person, and the log is kept for ever",
            allowed="words; the number of a case as your case system writes it, if it is not a person's",
            next_step="leave it out",
        )


def _entry(
    entries: Sequence[Mapping[str, Any]],
    key: MasterKey | None,
    *,
    what: str,
    said: Mapping[str, Any],
    at: str | None,
) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "n": len(entries) + 1,
        "at": at,
        "what": what,
        "said": dict(said),
        "prev": entries[-1]["hash"] if entries else FIRST_HASH,
    }
    entry["hash"] = _hash(entry)
    entry["mac"] = _mac(key, entry["hash"]) if key is not None else None
    return entry


def _hash(entry: Mapping[str, Any]) -> str:
    told = {name: entry[name] for name in ("n", "at", "what", "said", "prev")}
    return hashlib.sha256(_canonical(told)).hexdigest()


def _mac(key: MasterKey, text: str) -> str:
    return hmac.digest(key.audit_key, text.encode(), "sha256").hex()


def _canonical(held: Mapping[str, Any]) -> bytes:
    return json.dumps(held, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _line(entry: Mapping[str, Any]) -> bytes:
    return _canonical(entry) + b"\n"


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise InputFault(
            f"cannot read the audit log {path}: {fault.strerror}",
            next_step="name the log, by default KEY_FILE" + SUFFIX,
        ) from None


def _entries(path: Path, data: bytes) -> tuple[list[dict[str, Any]], int]:
    """The finished lines, each an object with all fields, and how many bytes they take.

    A line that is no such object ends the list with an empty one in its place, so that it counts as broken.
    """
    whole = data.rfind(b"\n") + 1
    entries: list[dict[str, Any]] = []
    for line in data[:whole].splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            entry = None
        if (
            not isinstance(entry, dict)
            or not entry.keys() >= set(_FIELDS)
            or not isinstance(entry["said"], dict)
        ):
            if not entries:
                raise InputFault(
                    f"{path} is no audit log, or its first line is damaged",
                    next_step="name the log, by default KEY_FILE" + SUFFIX,
                )
            entry = {**dict.fromkeys(_FIELDS), "said": {}}
        entries.append(entry)
    return entries, whole


def _first_broken(path: Path, entries: Sequence[Mapping[str, Any]], key: MasterKey | None) -> int | None:
    last = FIRST_HASH
    for n, entry in enumerate(entries, start=1):
        if entry["n"] != n or entry["prev"] != last or entry["hash"] != _hash(entry):
            return n
        unsigned = entry["mac"] is None and entry["what"] == REFUSED
        if entry["mac"] is None and not unsigned:
            return n
        if key is not None and not unsigned and not _same(entry["mac"], _mac(key, entry["hash"])):
            return n
        last = entry["hash"]
    head = _read_head(path)
    if head is None:
        # a log of the key's always has a head; one of unsigned refusals alone has none
        return len(entries) + 1 if any(entry["mac"] for entry in entries) else None
    reached, at_hash = head.get("n"), head.get("hash")
    if not isinstance(reached, int) or reached < 1:
        return len(entries) + 1
    if reached > len(entries):
        return len(entries) + 1
    signed = key is None or _same(head.get("mac"), _mac(key, f"head|{reached}|{at_hash}"))
    return None if signed and entries[reached - 1]["hash"] == at_hash else reached


def _same(one: Any, other: str) -> bool:
    return isinstance(one, str) and hmac.compare_digest(one.encode(), other.encode())


def _require_key(path: Path, entries: Sequence[Mapping[str, Any]], key: MasterKey) -> None:
    began = next((entry for entry in entries if entry["what"] == BEGUN), None)
    if began is not None:
        require_same_key(key, str(began["said"].get("check", "")), f"the audit log {path}")


def _require_sound(
    path: Path, entries: Sequence[Mapping[str, Any]], key: MasterKey | None, torn: bool
) -> None:
    if key is not None:
        _require_key(path, entries, key)
    broken = _first_broken(path, entries, key)
    if broken is not None:
        raise InputFault(
            f"the audit log {path} is not as it was written: entry {broken} is the first that fails",
            allowed="nothing is done on a log that cannot be trusted",
            next_step="keep the log as it is, tell whoever answers for data protection, "
            "and begin another with --audit",
        )
    if torn and not entries:
        raise InputFault(f"{path} is no audit log", next_step="name another place with --audit")


def _head_path(path: Path) -> Path:
    return path.with_name(path.name + ".head")


def _write_head(path: Path, key: MasterKey, entry: Mapping[str, Any]) -> None:
    mac = _mac(key, f"head|{entry['n']}|{entry['hash']}")
    write_private(_head_path(path), _line({"n": entry["n"], "hash": entry["hash"], "mac": mac}))


def _read_head(path: Path) -> dict[str, Any] | None:
    try:
        held = json.loads(_head_path(path).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return {}
    return held if isinstance(held, dict) else {}


@contextmanager
def _locked(path: Path) -> Iterator[Any]:
    """The log opened for reading and writing, its owner's alone, by one process at a time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), PRIVATE)
    with os.fdopen(handle, "r+b") as stream:
        if os.name == "posix":
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX)  # given back when the file closes
        yield stream
