"""The register's history: events that are only ever added, each hashed with the one before it.

The hash is keyed: without the key nobody can alter an event, or leave one out, and make the chain fit again.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode

FIRST_HASH = "0" * 64


@dataclass(frozen=True)
class Event:
    """What happened to one child id. ``payload`` holds counts and child ids, nothing of a person.

    Kinds: "assigned" (records were given the id; payload: records, new, and the ids they bridge, if any).
    Merges, splits, seals and withdrawals have kinds of their own when they come.
    """

    kind: str
    child_id: str
    payload: Mapping[str, Any]
    other_id: str | None = None


def chained(
    events: Iterable[Event], *, key: bytes, run: int, last_seq: int, last_hash: str
) -> list[dict[str, Any]]:
    """Rows of the events table for ``events``, in order, continuing the chain after ``last_seq``."""
    rows = []
    for event in events:
        last_seq += 1
        row: dict[str, Any] = {
            "seq": last_seq,
            "run": run,
            "kind": event.kind,
            "child_id": event.child_id,
            "other_id": event.other_id,
            "payload": _canonical(event.payload),
            "prev_hash": last_hash,
        }
        last_hash = row["hash"] = row_hash(row, key)
        rows.append(row)
    return rows


def row_hash(row: Mapping[str, Any], key: bytes) -> str:
    """HMAC-SHA256, in hexadecimal, of everything a row says and of the hash before it."""
    # only the payload is free text, so no two rows are written alike
    said = (
        f"{row['seq']}|{row['run']}|{row['kind']}|{row['child_id']}|{row['other_id'] or ''}|"
        f"{row['prev_hash']}|{row['payload']}"
    )
    return hmac.digest(key, said.encode(), "sha256").hex()


def first_break(rows: Iterable[Mapping[str, Any]], key: bytes) -> int | None:
    """The seq at which a chain, in order of seq from 1, stops being as it was written; None if nowhere."""
    last_hash, expected = FIRST_HASH, 1
    for row in rows:
        if row["seq"] != expected or row["prev_hash"] != last_hash or row["hash"] != row_hash(row, key):
            return expected
        last_hash, expected = row["hash"], expected + 1
    return None
