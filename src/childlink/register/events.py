"""The register's history: events that are only ever added, each hashed with the one before it.

The hash is keyed: without the key nobody can alter an event, or leave one out, and make the chain fit again.

An event names one child id. A second id and the reason that a person gave stand apart, in details, and the
event holds a commitment to them: so that a seal can make the register forget that two ids had to do with each
other while the chain stays whole. Reasons are enciphered under the register's key, for they may name a child.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode

FIRST_HASH = "0" * 64
_NONCE_BYTES = 16

ASSIGNED, MERGED, SPLIT, SEALED, WITHDRAWN, REVIEWED = KINDS = (
    "assigned", "merged", "split", "sealed", "withdrawn", "reviewed",
)  # fmt: skip


@dataclass(frozen=True)
class Event:
    """What happened to one child id. ``payload`` holds counts and words of ours, no id and nothing of a person.

    assigned: records were given the id (records; new; bridges: how many ids they would have joined; sealed).
    merged: it is an alias of the other id now (records). split: records of it went to the other id (records,
    undone). sealed (why, records, forgotten: rows of details deleted). withdrawn: no record is left.
    reviewed: a person left the two ids apart, or the id whole.
    """

    kind: str
    child_id: str
    payload: Mapping[str, Any]
    other_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Chained:
    """Rows of the tables events and details, and where they leave the chain."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    details: list[dict[str, Any]] = field(default_factory=list)


def chained(
    events: Iterable[Event], *, key: bytes, reason_key: bytes, run: int, last_seq: int, last_hash: str
) -> Chained:
    """Rows of the events table for ``events``, in order, continuing the chain after ``last_seq``."""
    made = Chained()
    for event in events:
        last_seq += 1
        tie = None
        if event.other_id is not None or event.reason is not None:
            detail = {
                "seq": last_seq,
                "other_id": event.other_id,
                "reason": None if event.reason is None else enciphered(event.reason, reason_key, last_seq),
                "nonce": secrets.token_bytes(_NONCE_BYTES),
            }
            made.details.append(detail)
            tie = commitment(detail, key)
        row: dict[str, Any] = {
            "seq": last_seq,
            "run": run,
            "kind": event.kind,
            "child_id": event.child_id,
            "payload": _canonical(event.payload),
            "prev_hash": last_hash,
            "tie": tie,
        }
        last_hash = row["hash"] = row_hash(row, key)
        made.rows.append(row)
    return made


def row_hash(row: Mapping[str, Any], key: bytes) -> str:
    """HMAC-SHA256, in hexadecimal, of everything a row says and of the hash before it."""
    # only the payload is free text, so no two rows are written alike
    said = (
        f"{row['seq']}|{row['run']}|{row['kind']}|{row['child_id']}|{row['tie'] or ''}|"
        f"{row['prev_hash']}|{row['payload']}"
    )
    return hmac.digest(key, said.encode(), "sha256").hex()


def commitment(detail: Mapping[str, Any], key: bytes) -> str:
    """HMAC-SHA256, in hexadecimal, of a row of details. Once the row and its random nonce are deleted, not even
    the holder of the key can tell from it which id it was."""
    reason = bytes(detail["reason"]).hex() if detail["reason"] is not None else ""
    said = f"tie|{detail['seq']}|{bytes(detail['nonce']).hex()}|{detail['other_id'] or ''}|{reason}"
    return hmac.digest(key, said.encode(), "sha256").hex()


def enciphered(reason: str, key: bytes, seq: int) -> bytes:
    """``reason`` as AES-SIV (RFC 5297) under ``key``, bound to the event it belongs to."""
    return bytes(_cipher(key).encrypt(reason.encode(), [str(seq).encode()]))


def deciphered(reason: bytes, key: bytes, seq: int) -> str | None:
    """The reason of an event, or None where it was meddled with."""
    from cryptography.exceptions import InvalidTag

    try:
        return str(_cipher(key).decrypt(bytes(reason), [str(seq).encode()]).decode())
    except InvalidTag:
        return None


def _cipher(key: bytes) -> Any:
    # lazily: most runs give no reason
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    return AESSIV(key)


def walked(rows: Iterable[Mapping[str, Any]], key: bytes) -> Iterator[tuple[int, bool]]:
    """seq and whether it is as it was written, of each event in order from 1, ending with the first that is
    not."""
    last_hash, expected = FIRST_HASH, 1
    for row in rows:
        if row["seq"] != expected or row["prev_hash"] != last_hash or row["hash"] != row_hash(row, key):
            yield expected, False
            return
        yield expected, True
        last_hash, expected = row["hash"], expected + 1
