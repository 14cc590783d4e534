"""The keyed hash of many texts is HMAC-SHA256, byte for byte."""

from __future__ import annotations

import hmac

from hypothesis import given
from hypothesis import strategies as st

from childlink.register.keyed_hash import hmac_sha256


@given(st.binary(max_size=200), st.lists(st.binary(max_size=300), max_size=5))
def test_it_gives_what_the_standard_library_gives(key: bytes, messages: list[bytes]) -> None:
    digest = hmac_sha256(key)
    assert [digest(m) for m in messages] == [hmac.digest(key, m, "sha256") for m in messages]
