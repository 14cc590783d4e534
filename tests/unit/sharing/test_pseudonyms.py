"""Pseudonyms, pinned: a release that changes one breaks every file that was ever sent."""

from __future__ import annotations

import hmac

import polars as pl
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from childlink.register.child_id import ALPHABET, check_symbol
from childlink.sharing.key_file import MasterKey
from childlink.sharing.pseudonyms import (
    BITS,
    is_pseudonym,
    pseudonym_check,
    pseudonyms,
    recipient_key,
    tidied,
)

KEY = MasterKey(bytes(range(32)))
IDS = pl.Series("child_id", ["0123456789G", "ZZZZZZZZZZZ"])


@pytest.mark.parametrize(
    ("epoch", "recipient", "purpose", "made", "check"),
    [
        (1, "example-university", "attainment",
         ["EXAMPLE-UNIVERSITY-P1MFBD4C6WRPPKG6R", "EXAMPLE-UNIVERSITY-SCQDMYB8DNTVBDH0K"], "14436514b40569e9"),
        (1, "example-university", "health",
         ["EXAMPLE-UNIVERSITY-YK5X73ZDGY3RDCSET", "EXAMPLE-UNIVERSITY-AXSAPQQV4523WDFMQ"], "9987b5d63a675f6f"),
        (1, "nhs-trust", "attainment",
         ["NHS-TRUST-N1AXV0Y7W30SZR25C", "NHS-TRUST-5613QYATY669K65WP"], "cdb6d4aa55792a6e"),
        (2, "example-university", "attainment",
         ["EXAMPLE-UNIVERSITY-74ZXRSM4CK1RQH3WN", "EXAMPLE-UNIVERSITY-6P7S4HY1NB3TEKP9C"], "81f962ee18c43c1a"),
    ],
)  # fmt: skip
def test_known_answers(epoch: int, recipient: str, purpose: str, made: list[str], check: str) -> None:
    key = KEY.of_epoch(epoch)
    assert pseudonyms(IDS, key, recipient=recipient, purpose=purpose).to_list() == made
    assert pseudonym_check(key, recipient=recipient, purpose=purpose) == check


def test_they_are_what_the_design_says() -> None:
    info = b"childlink/v1|nhs-trust|attainment|1"
    own = HKDF(hashes.SHA256(), 32, None, info).derive(KEY.secret)
    assert recipient_key(KEY, recipient="nhs-trust", purpose="attainment") == own
    number = int.from_bytes(hmac.digest(own, b"0123456789G", "sha256")[: BITS // 8], "big")
    body = "".join(ALPHABET[number >> shift & 31] for shift in range(BITS - 5, -1, -5))
    expected = f"NHS-TRUST-{body}{check_symbol(body)}"
    assert pseudonyms(IDS[:1], KEY, recipient="nhs-trust", purpose="attainment").to_list() == [expected]


def test_at_least_eighty_bits() -> None:
    assert BITS >= 80


def test_null_for_null_and_in_the_same_order() -> None:
    ids = pl.Series(["ZZZZZZZZZZZ", None, "0123456789G", "ZZZZZZZZZZZ"])
    made = pseudonyms(ids, KEY, recipient="a", purpose="b").to_list()
    assert made[1] is None
    assert made[0] == made[3] != made[2]
    assert pseudonyms(ids.clear(), KEY, recipient="a", purpose="b").to_list() == []


def test_a_mistyped_pseudonym_is_told() -> None:
    good = pseudonyms(IDS, KEY, recipient="nhs-trust", purpose="attainment")[0]
    assert is_pseudonym(good, "nhs-trust")
    assert not is_pseudonym(good, "example-university")
    body = good.rpartition("-")[2]
    for place, symbol in enumerate(body):
        for other in ALPHABET:
            if other != symbol:
                assert not is_pseudonym(f"NHS-TRUST-{body[:place]}{other}{body[place + 1 :]}")
    assert tidied(f" {good[:12].lower()} {good[12:]} ") == good
