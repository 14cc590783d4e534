"""The master key's file: its owner's alone, told to be whole before it is used, and shown nowhere."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from childlink.errors import ChildlinkError, InputFault, OutputFault, UsageFault
from childlink.register import open_register, read_or_create_key
from childlink.sharing.key_file import (
    MasterKey,
    new_master_key,
    read_master_key,
    require_same_key,
    write_master_key,
)

KEY = MasterKey(bytes(range(32)), 3)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "master.key"
    write_master_key(path, KEY)
    return path


def test_what_is_written_is_read(file: Path) -> None:
    assert read_master_key(file) == KEY
    assert new_master_key().secret != new_master_key().secret


def test_the_check_value_is_pinned_and_is_that_of_every_epoch() -> None:
    assert KEY.check == KEY.of_epoch(9).check == "35986e9b2c41b8d5"


def test_the_secret_is_in_no_repr() -> None:
    assert KEY.secret.hex()[:8] not in repr(KEY)
    assert repr(KEY.secret)[2:12] not in repr(KEY)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_key_that_others_may_read_is_refused(file: Path, mode: int) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(mode)
    with pytest.raises(InputFault, match="others"):
        read_master_key(file)


def test_a_key_cut_short_anywhere_is_refused(file: Path) -> None:
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        with pytest.raises(ChildlinkError) as caught:
            read_master_key(file)
        assert KEY.secret.hex()[:6] not in str(caught.value)


def test_a_digit_changed_is_refused(file: Path) -> None:
    text = file.read_text()
    file.write_text(text.replace(KEY.secret.hex(), "ff" + KEY.secret.hex()[2:]))
    with pytest.raises(InputFault, match="altered"):
        read_master_key(file)


def test_a_newer_format_asks_for_an_upgrade(file: Path) -> None:
    file.write_text(file.read_text().replace("master-key/1", "master-key/2"))
    with pytest.raises(UsageFault, match="newer"):
        read_master_key(file)


def test_a_key_is_never_written_over(file: Path) -> None:
    with pytest.raises(UsageFault, match="there already"):
        write_master_key(file, new_master_key())
    assert read_master_key(file) == KEY


def test_one_file_serves_register_and_sharing(file: Path, tmp_path: Path) -> None:
    assert read_or_create_key(file) == KEY.secret
    plain = tmp_path / "old.key"
    secret = read_or_create_key(plain)
    assert read_master_key(plain) == MasterKey(secret, 1)


def test_a_register_made_before_there_were_master_keys_opens_with_one(tmp_path: Path) -> None:
    secret = read_or_create_key(tmp_path / "register.key")
    open_register(tmp_path / "register.sqlite", secret).close()
    write_master_key(tmp_path / "master.key", MasterKey(secret))
    with open_register(tmp_path / "register.sqlite", read_or_create_key(tmp_path / "master.key")) as opened:
        assert opened.verify().whole


def test_a_wrong_key_is_told_by_its_check_value() -> None:
    require_same_key(KEY, KEY.check, "this")
    with pytest.raises(InputFault, match="wrong key") as caught:
        require_same_key(KEY, "0" * 16, "the log")
    assert KEY.secret.hex()[:6] not in f"{caught.value} {caught.value.allowed}"


def test_a_full_disk_leaves_the_old_key(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputFault, match="No space left"):
        write_master_key(file, KEY.of_epoch(4), replacing=True)
    assert read_master_key(file) == KEY
    assert [path.name for path in file.parent.iterdir()] == ["master.key"]
