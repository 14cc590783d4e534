"""Whether a package differs from an earlier one to the same recipient, for the same purpose, by a few children only.

Who has both can take one from the other, and knows which rows are those of the children who came or went. The
audit log keeps no list of children to compare with, but of each file a *fingerprint*: the power sums, modulo a
prime, of a keyed hash of every child in it. The difference of two fingerprints is that of the children who are in
one file only; fewer than CAPACITY of them can be counted from it (the rank of a Hankel matrix: Prony 1795), and no
small difference is missed. Without the key a fingerprint says nothing about a child.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from childlink.register.keys import subkey
from childlink.sharing.key_file import MasterKey

CAPACITY = 10
"""Differences of fewer children than this, or than k where that is more, can be counted."""

_PRIME = 2**31 - 1

_DIGITS = 8


@dataclass(frozen=True)
class FewDiffer:
    """A file that differs from that of the earlier package in entry ``entry`` of the audit log by ``children``."""

    entry: int
    source: str
    children: int

    def as_object(self) -> dict[str, Any]:
        """For JSON."""
        return {"audit_entry": self.entry, "source": self.source, "children": self.children}


def fingerprint(child_ids: pl.Series, key: MasterKey, *, k: int) -> str:
    """The fingerprint of the distinct children of a file, in hexadecimal; the same in every epoch and for every
    recipient."""
    own = subkey(key.secret, "childlink/v1|differencing")
    digest = hmac.digest
    # a comprehension over distinct ids: a keyed hash has no vectorised call
    cut = b"".join(digest(own, child.encode(), "sha256")[:8] for child in child_ids.drop_nulls().unique())
    hashed = np.frombuffer(cut, dtype=">u8").astype(np.uint64) % np.uint64(_PRIME - 1) + np.uint64(1)
    power = np.ones_like(hashed)
    sums = ""
    for _ in range(2 * max(k, CAPACITY) - 1):
        power = power * hashed % np.uint64(_PRIME)  # both below 2**31: no overflow
        sums += f"{int(power.sum()) % _PRIME:0{_DIGITS}x}"
    return sums


def few_that_differ(
    now: Mapping[str, str], earlier: Sequence[tuple[int, Mapping[str, str]]], *, k: int
) -> list[FewDiffer]:
    """The files that differ from those of earlier packages by one to k - 1 children, by source the fewest (of
    equal ones the latest), in the order of the sources.

    ``now``, ``earlier``: fingerprints by source, the latter with the entry of the audit log; a file that is
    missing counts as one without children. Where an earlier agreement had a smaller k, differences are counted up
    to that or CAPACITY.
    """
    found: dict[str, FewDiffer] = {}
    for entry, before in earlier:
        for source in {*now, *before}:
            differ = children_that_differ(now.get(source, ""), before.get(source, ""))
            known = found.get(source)
            if 0 < differ < k and (known is None or differ <= known.children):
                found[source] = FewDiffer(entry, source, differ)
    return [found[source] for source in sorted(found)]


def children_that_differ(one: str, other: str) -> int:
    """How many children are in one file only; not beyond what the shorter fingerprint can count. No fingerprint
    stands for no children."""
    sums, others = _sums(one), _sums(other)
    count = min(len(sums) or len(others), len(others) or len(sums))
    apart = [(a - b) % _PRIME for a, b in zip(sums or [0] * count, others or [0] * count, strict=False)]
    size = (count + 1) // 2
    return _rank([apart[row : row + size] for row in range(size)])


def _sums(text: str) -> list[int]:
    return [int(text[n : n + _DIGITS], 16) for n in range(0, len(text), _DIGITS)]


def _rank(matrix: list[list[int]]) -> int:
    """The rank of a matrix of whole numbers modulo the prime."""
    rows, rank = [list(row) for row in matrix], 0
    for column in range(len(rows)):
        pivot = next((n for n in range(rank, len(rows)) if rows[n][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        inverse = pow(rows[rank][column], -1, _PRIME)
        for n in range(rank + 1, len(rows)):
            factor = rows[n][column] * inverse
            rows[n] = [(a - factor * b) % _PRIME for a, b in zip(rows[n], rows[rank], strict=True)]
        rank += 1
    return rank
