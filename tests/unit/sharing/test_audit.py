"""The audit log: any change to it is found, and nothing is done on one that was changed."""

from __future__ import annotations

import errno
import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from childlink.errors import ChildlinkError, InputFault, OutputFault, UsageFault
from childlink.sharing import audit
from childlink.sharing.key_file import MasterKey

KEY = MasterKey(bytes(range(32)))
OTHER = MasterKey(bytes(range(1, 33)))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.jsonl"
    for number in range(3):
        audit.append(path, KEY, what="shared", said={"number": number}, at="2026-11-21")
    return path


def test_each_entry_is_chained_to_the_last(log: Path) -> None:
    entries = audit.read(log)
    assert [entry["what"] for entry in entries] == ["log begun", "shared", "shared", "shared"]
    assert [entry["prev"] for entry in entries][1:] == [entry["hash"] for entry in entries][:-1]
    assert audit.verify(log).broken is None
    assert audit.verify(log, KEY).broken is None
    if os.name == "posix":
        assert stat.S_IMODE(log.stat().st_mode) == 0o600


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_a_changed_entry_is_the_first_that_fails(log: Path, n: int) -> None:
    lines = log.read_text().splitlines()
    lines[n - 1] = lines[n - 1].replace("2026-11-21", "2026-11-22")
    log.write_text("\n".join(lines) + "\n")
    assert audit.verify(log).broken == n


@pytest.mark.parametrize("n", [2, 3, 4])
def test_a_missing_entry_is_found_even_the_last(log: Path, n: int) -> None:
    lines = log.read_text().splitlines()
    del lines[n - 1]
    log.write_text("\n".join(lines) + "\n")
    assert audit.verify(log).broken == n


def test_a_head_that_is_missing_or_altered_is_found(log: Path) -> None:
    head = log.with_name(f"{log.name}.head")
    whole = head.read_bytes()
    head.unlink()
    assert audit.verify(log, KEY).broken == 5
    head.write_bytes(whole.replace(b'"n":4', b'"n":3'))
    assert audit.verify(log, KEY).broken == 3
    head.write_bytes(b"{}")
    assert audit.verify(log).broken == 5


def test_every_byte_counts(log: Path) -> None:
    whole = log.read_bytes()
    for place in range(0, len(whole) - 1, 7):
        log.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        # InputFault: the first line is none any more, or names another key
        with suppress(InputFault):
            assert audit.verify(log, KEY).broken is not None, place
    log.write_bytes(whole)
    assert audit.verify(log, KEY).broken is None


def test_a_chain_made_again_without_the_key_does_not_fit(log: Path) -> None:
    forged = log.with_name("forged.jsonl")
    for entry in audit.read(log):
        said = {**entry["said"], "number": 9} if entry["n"] == 3 else entry["said"]
        audit.append(forged, OTHER, what=entry["what"], said=said, at=entry["at"])
    lines = forged.read_text().splitlines()[1:]
    assert audit.verify(forged).broken is None  # it is a chain
    with pytest.raises(InputFault, match="wrong key"):
        audit.verify(forged, KEY)
    assert len(lines) == 4


def test_a_wrong_key_can_neither_verify_nor_write(log: Path) -> None:
    before = log.read_bytes()
    with pytest.raises(InputFault, match="wrong key"):
        audit.verify(log, OTHER)
    with pytest.raises(InputFault, match="wrong key"):
        audit.append(log, OTHER, what="shared", said={}, at=None)
    assert log.read_bytes() == before


def test_nothing_is_written_to_a_log_that_was_changed(log: Path) -> None:
    log.write_text(log.read_text().replace('"number":1', '"number":7'))
    before = log.read_bytes()
    with pytest.raises(InputFault, match="entry 3 is the first that fails"):
        audit.append(log, KEY, what="shared", said={}, at=None)
    assert log.read_bytes() == before


def test_a_refusal_may_be_written_without_the_key_and_nothing_else(log: Path) -> None:
    audit.append(log, None, what=audit.REFUSED, said={"why": "wrong key"}, at=None)
    assert audit.verify(log, KEY).broken is None
    audit.append(log, KEY, what="shared", said={}, at=None)
    assert audit.verify(log, KEY).entries == 6
    audit.append(log, None, what="shared", said={}, at=None)
    assert audit.verify(log).broken == 7


def test_a_log_that_begins_with_a_refusal_still_knows_its_key(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    audit.append(log, None, what=audit.REFUSED, said={}, at=None)
    assert audit.verify(log).broken is None
    audit.append(log, KEY, what="shared", said={}, at=None)
    with pytest.raises(InputFault, match="wrong key"):
        audit.append(log, OTHER, what="shared", said={}, at=None)


def test_a_line_cut_off_by_a_crash_is_dropped_by_the_next(log: Path) -> None:
    whole = log.read_bytes()
    log.write_bytes(whole + b'{"n":5,"at":"2026')
    assert audit.verify(log, KEY).broken is None
    assert audit.verify(log, KEY).torn
    assert audit.append(log, KEY, what="shared", said={}, at=None) == 5
    assert audit.verify(log, KEY).entries == 5
    assert log.read_bytes().startswith(whole)


def test_a_full_disk_is_said_and_nothing_is_half_written(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OutputFault, match="No space left"):
            audit.append(log, KEY, what="shared", said={}, at=None)
    assert audit.append(log, KEY, what="shared", said={}, at=None) >= 5
    assert audit.verify(log, KEY).broken is None


def test_a_read_only_place_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", refused)
    with pytest.raises(OutputFault, match="Permission denied"):
        audit.append(tmp_path / "log", KEY, what="shared", said={}, at=None)


@pytest.mark.parametrize("text", ["", "x\n", "[]\n", '{"n":1}\n', "\x00\n"])
def test_another_file_is_no_log(tmp_path: Path, text: str) -> None:
    path = tmp_path / "log"
    path.write_text(text)
    if text:
        with pytest.raises(InputFault, match="no audit log"):
            audit.read(path)
    else:
        assert audit.read(path) == []


@pytest.mark.parametrize(
    "reason",
    [
        "short", "about 943 476 5919", "UPN B801200005001 asked", "the child born 28/04/2012",
        "born on 2012-04-28, see file", "who lives at WV14 8DU now", "born 20120428 in town", "x" * 501, "a\x00bcdefghijk",
    ],
)  # fmt: skip
def test_a_reason_says_why_and_holds_no_identifier(reason: str) -> None:
    with pytest.raises(UsageFault) as caught:
        audit.reason_for_log(reason)
    assert reason not in str(vars(caught.value))


def test_a_reason_and_a_name_are_kept_as_given() -> None:
    assert audit.reason_for_log("  a concern \n about safety ") == "a concern about safety"
    assert audit.name_for_log("Amina  O'Neill-Żak", "who asks") == "Amina O'Neill-Żak"
    for wrong in ("", "12", "123456", "9434765919"):
        with pytest.raises(ChildlinkError):
            audit.name_for_log(wrong, "who asks")


def test_lines_are_json_in_one_order(log: Path) -> None:
    for line in log.read_text().splitlines():
        assert json.dumps(json.loads(line), sort_keys=True, separators=(",", ":")) == line


def test_several_at_once_make_one_chain(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"

    def write(number: int) -> int:
        return audit.append(log, KEY, what="shared", said={"number": number}, at=None)

    with ThreadPoolExecutor(4) as threads:
        written = list(threads.map(write, range(40)))
    assert sorted(written) == list(range(2, 42))
    assert audit.verify(log, KEY).broken is None
