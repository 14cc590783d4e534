"""Child ids: ten random symbols of Crockford's base 32 and a check symbol. They say nothing about a child.

50 random bits: among 15 million ids about 0.1 collisions are expected, so each new id is checked against the
register. The check symbol is Luhn's modulus 32 over the same alphabet: it finds every single wrong symbol and
99.8 % of exchanged neighbours.
"""

from __future__ import annotations

import hashlib
import secrets

import polars as pl

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O and U."""

BODY = 10
LENGTH = BODY + 1
_BASE = len(ALPHABET)
_BITS = 50
_BYTES = 7


def check_symbol(body: str) -> str:
    """The check symbol of the symbols before it (Luhn modulus 32)."""
    total = 0
    for position, symbol in enumerate(reversed(body)):
        worth = ALPHABET.index(symbol) * (2 if position % 2 == 0 else 1)
        total += worth // _BASE + worth % _BASE
    return ALPHABET[-total % _BASE]


def is_valid(text: str) -> bool:
    """Whether ``text`` is a child id as childlink writes it: eleven symbols in capitals, the last agreeing."""
    return (
        len(text) == LENGTH
        and all(symbol in ALPHABET for symbol in text)
        and check_symbol(text[:BODY]) == text[BODY]
    )


def from_numbers(numbers: pl.Series) -> pl.Series:
    """The child ids (String) of numbers (UInt64, below 2**50), in the same order."""
    number = pl.lit(numbers)
    codes = [(number // _BASE ** (BODY - 1 - place) % _BASE).cast(pl.Int64) for place in range(BODY)]
    doubled = [codes[place] * (2 if (BODY - 1 - place) % 2 == 0 else 1) for place in range(BODY)]
    total = pl.sum_horizontal(worth // _BASE + worth % _BASE for worth in doubled)
    symbols = [*codes, (_BASE - total % _BASE) % _BASE]
    written = [
        code.replace_strict(list(range(_BASE)), list(ALPHABET), return_dtype=pl.String) for code in symbols
    ]
    return pl.select(pl.concat_str(written).alias("child_id")).to_series()


def random_numbers(count: int) -> pl.Series:
    """``count`` numbers below 2**50 from the machine's source of secrets. They may repeat, rarely."""
    drawn = secrets.token_bytes(_BYTES * count)
    return _numbers([drawn[start : start + _BYTES] for start in range(0, len(drawn), _BYTES)])


def seeded_numbers(count: int, *, seed: int, start: int) -> pl.Series:
    """Numbers ``start`` to ``start + count`` of the sequence of ``seed``: the same on every machine.

    The beginning of SHA-256 of "childlink child id|seed|n". For tests and examples: ids that a seed gives can
    be foretold.
    """
    stem = f"childlink child id|{seed}|".encode()
    # a comprehension: a hash has no vectorised call
    return _numbers(
        [hashlib.sha256(stem + str(n).encode()).digest()[:_BYTES] for n in range(start, start + count)]
    )


def _numbers(drawn: list[bytes]) -> pl.Series:
    spare = 8 * _BYTES - _BITS
    return pl.Series([int.from_bytes(part, "big") >> spare for part in drawn], dtype=pl.UInt64)
