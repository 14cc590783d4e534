"""The register's key: made once, kept for its owner, never shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from childlink.errors import InputFault, OutputFault
from childlink.register.keys import read_or_create_key, subkey

posix = pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")
KEY = "0123456789abcdef" * 4


def written(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_a_key_is_made_where_there_is_none_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "register.key"
    key = read_or_create_key(path)
    assert len(key) == 32
    assert read_or_create_key(path) == key
    assert path.read_text() == key.hex() + "\n"
    assert read_or_create_key(tmp_path / "other.key") != key


@posix
def test_a_new_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "register.key"
    before = os.umask(0)
    try:
        read_or_create_key(path)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = written(tmp_path / "register.key", KEY, mode)
    with pytest.raises(InputFault, match="by others") as caught:
        read_or_create_key(path)
    assert f"chmod 600 {path}" in (caught.value.next_step or "")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "too short: 0 bytes"),
        (KEY[:62], "too short: 31 bytes"),
        (KEY[:-1], "no key file"),
        ("my secret pass phrase", "no key file"),
        ("schlüssel" * 9, "no key file"),
    ],
)
def test_a_key_that_will_not_do_is_refused_and_not_shown(tmp_path: Path, text: str, fault: str) -> None:
    path = written(tmp_path / "register.key", text)
    with pytest.raises(InputFault, match=fault) as caught:
        read_or_create_key(path)
    said = f"{caught.value} {caught.value.allowed} {caught.value.next_step}"
    assert not text or text[:12] not in said
    assert caught.value.__cause__ is None
    assert path.read_text(encoding="utf-8") == text


def test_a_longer_key_is_taken_whole(tmp_path: Path) -> None:
    assert read_or_create_key(written(tmp_path / "k", KEY * 2)) == bytes.fromhex(KEY * 2)


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputFault, match="is a folder"):
        read_or_create_key(tmp_path)


def test_a_place_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputFault, match="cannot write the key file"):
        read_or_create_key(tmp_path / "file" / "register.key")


def test_subkeys_are_hkdf_of_rfc_5869() -> None:
    # test case 3 of the RFC: no salt, no info; the first 32 of its 42 bytes
    expected = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
    assert subkey(b"\x0b" * 22, "").hex() == expected


def test_subkeys_differ_by_purpose_and_by_key() -> None:
    assert len({subkey(b"a" * 32, "x"), subkey(b"a" * 32, "y"), subkey(b"b" * 32, "x")}) == 3
