"""Pseudonyms: what stands for a child in the files of one recipient, for one purpose, in one epoch.

HMAC-SHA256(K, child id), K = HKDF-SHA256(master key, info "childlink/v1|recipient|purpose|epoch"), cut to 80
bits and written as 16 symbols of Crockford's base 32 and a check symbol, after the recipient's name. Child ids
are random, so without the key nothing can be tried out; with two keys nothing can be joined. Among 15 million
children the chance that any two share a pseudonym is below one in a thousand million.
"""

from __future__ import annotations

import hmac
import re

import numpy as np
import polars as pl

from childlink.register.child_id import ALPHABET, check_symbol
from childlink.register.keys import subkey
from childlink.sharing.key_file import MasterKey

BITS = 80
SYMBOLS = BITS // 5
_BASE = len(ALPHABET)
_BYTES = BITS // 8
_FORM = re.compile(rf"^([A-Z0-9-]+)-([{ALPHABET}]{{{SYMBOLS}}})([{ALPHABET}])$")


def recipient_key(key: MasterKey, *, recipient: str, purpose: str) -> bytes:
    """The key of one recipient and purpose in the key's epoch. The names hold no "|": see ``agreement``."""
    return subkey(key.secret, f"childlink/v1|{recipient}|{purpose}|{key.epoch}")


def pseudonym_check(key: MasterKey, *, recipient: str, purpose: str) -> str:
    """Sixteen digits that are the same for two packages exactly when their pseudonyms can be joined."""
    own = recipient_key(key, recipient=recipient, purpose=purpose)
    return subkey(own, "childlink/v1|pseudonyms|check").hex()[:16]


def pseudonyms(child_ids: pl.Series, key: MasterKey, *, recipient: str, purpose: str) -> pl.Series:
    """The pseudonyms (String) of child ids, in the same order; null for null."""
    own = recipient_key(key, recipient=recipient, purpose=purpose)
    distinct = child_ids.drop_nulls().unique()
    digest = hmac.digest
    # a comprehension over distinct ids: a keyed hash has no vectorised call
    cut = b"".join([digest(own, child.encode(), "sha256")[:_BYTES] for child in distinct])
    written = pl.select(pl.lit(f"{recipient.upper()}-") + pl.lit(_symbols(cut))).to_series()
    made = child_ids.to_frame("child_id").select(
        pl.col("child_id").replace_strict(distinct, written, default=None, return_dtype=pl.String)
    )
    return made.to_series().alias("pseudonym")


def is_pseudonym(text: str, recipient: str | None = None) -> bool:
    """Whether ``text`` has the form of a pseudonym (of ``recipient``) and its check symbol agrees."""
    parts = _FORM.match(text)
    return (
        parts is not None
        and (recipient is None or parts[1] == recipient.upper())
        and check_symbol(parts[2]) == parts[3]
    )


def tidied(text: str) -> str:
    """A pseudonym as typed, in capitals and without spaces."""
    return re.sub(r"\s+", "", text).upper()


def _symbols(cut: bytes) -> pl.Series:
    """Each BITS bits of ``cut`` as SYMBOLS symbols and their check symbol (as ``child_id.check_symbol``)."""
    bits = np.unpackbits(np.frombuffer(cut, dtype=np.uint8)).reshape(-1, SYMBOLS, 5)
    codes = bits @ np.array([16, 8, 4, 2, 1])
    doubled = codes * np.where(np.arange(SYMBOLS)[::-1] % 2 == 0, 2, 1)
    checks = -(doubled // _BASE + doubled % _BASE).sum(axis=1) % _BASE
    alphabet = np.frombuffer(ALPHABET.encode(), dtype=np.uint8)
    letters = np.ascontiguousarray(alphabet[np.column_stack([codes, checks])])
    return pl.Series("body", letters.view(f"S{SYMBOLS + 1}").ravel().astype(str).tolist(), dtype=pl.String)
