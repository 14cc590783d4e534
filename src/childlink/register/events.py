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
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import polars as pl

from childlink.register.keyed_hash import hmac_sha256

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


class Told(NamedTuple):
    """An event as its row of the events table says it: ``payload`` in the one way it is written."""

    kind: str
    child_id: str
    payload: str
    other_id: str | None = None
    reason: str | None = None


def told(event: Event) -> Told:
    """``event`` as it is written."""
    return Told(event.kind, event.child_id, _canonical(event.payload), event.other_id, event.reason)


def told_of_assigned(given: pl.DataFrame) -> Iterator[Told]:
    """The events of ids that records were given, in the order of ``given``: child_id, records (how many), new
    (Boolean), bridges (how many ids they would have joined; null for none), sealed (Boolean).

    There may be a million: the payloads are made together, as ``told`` would make each.
    """
    payload = pl.concat_str(
        pl.lit("{"),
        pl.when(pl.col("bridges") > 0).then(pl.format('"bridges":{},', "bridges")).otherwise(pl.lit("")),
        pl.format('"new":{},"records":{}', "new", "records"),
        pl.when("sealed").then(pl.lit(',"sealed":true')).otherwise(pl.lit("")),
        pl.lit("}"),
    )
    written = given.select("child_id", payload=payload)
    for child, text in zip(written["child_id"].to_list(), written["payload"].to_list(), strict=True):
        yield Told(ASSIGNED, child, text)


@dataclass(frozen=True)
class Chained:
    """Rows of the tables events and details, with the names of their columns, and where they leave the chain."""

    rows: pl.DataFrame
    details: pl.DataFrame
    last_seq: int
    last_hash: str


def chained(
    events: Iterable[Told], *, key: bytes, reason_key: bytes, run: int, last_seq: int, last_hash: str
) -> Chained:
    """Rows of the events table for ``events``, in order, continuing the chain after ``last_seq``."""
    held: list[Told] = []
    hashes: list[str] = [last_hash]
    ties: list[str | None] = []
    details: list[dict[str, Any]] = []
    digest = hmac_sha256(key)
    # a loop: each hash needs the one before it
    for seq, event in enumerate(events, start=last_seq + 1):
        kind, child_id, payload, other_id, reason = event
        tie = None
        if other_id is not None or reason is not None:
            detail = {
                "seq": seq,
                "other_id": other_id,
                "reason": None if reason is None else enciphered(reason, reason_key, seq),
                "nonce": secrets.token_bytes(_NONCE_BYTES),
            }
            details.append(detail)
            tie = commitment(detail, key)
        hashes.append(digest(_said(seq, run, kind, child_id, tie, hashes[-1], payload)).hex())
        held.append(event)
        ties.append(tie)
    kinds, child_ids, payloads = zip(*(event[:3] for event in held), strict=True) if held else ((), (), ())
    rows = pl.DataFrame(
        {
            "seq": range(last_seq + 1, last_seq + 1 + len(held)),
            "run": pl.repeat(run, len(held), dtype=pl.Int64, eager=True),
            "kind": pl.Series(kinds, dtype=pl.String),
            "child_id": pl.Series(child_ids, dtype=pl.String),
            "payload": pl.Series(payloads, dtype=pl.String),
            "prev_hash": pl.Series(hashes[:-1], dtype=pl.String),
            "hash": pl.Series(hashes[1:], dtype=pl.String),
            "tie": pl.Series(ties, dtype=pl.String),
        }
    )
    return Chained(
        rows, pl.DataFrame(details, schema=_DETAILS, orient="row"), last_seq + len(held), hashes[-1]
    )


_DETAILS = {"seq": pl.Int64, "other_id": pl.String, "reason": pl.Binary, "nonce": pl.Binary}


def row_hash(row: Mapping[str, Any], digest: Callable[[bytes], bytes]) -> str:
    """``digest`` (HMAC-SHA256 under the key of events), in hexadecimal, of everything a row says and of the hash
    before it."""
    said = (
        row["seq"],
        row["run"],
        row["kind"],
        row["child_id"],
        row["tie"],
        row["prev_hash"],
        row["payload"],
    )
    return digest(_said(*said)).hex()


def _said(seq: int, run: int, kind: str, child_id: str, tie: str | None, before: str, payload: str) -> bytes:
    # only the payload is free text, so no two rows are written alike
    return f"{seq}|{run}|{kind}|{child_id}|{tie or ''}|{before}|{payload}".encode()


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
    digest = hmac_sha256(key)
    for row in rows:
        if row["seq"] != expected or row["prev_hash"] != last_hash or row["hash"] != row_hash(row, digest):
            yield expected, False
            return
        yield expected, True
        last_hash, expected = row["hash"], expected + 1
