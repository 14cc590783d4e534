"""The escrow copy: only the passphrase opens it, and nothing else can be made to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from childlink.errors import InputFault, UsageFault
from childlink.sharing import escrow
from childlink.sharing.key_file import MasterKey

KEY = MasterKey(bytes(range(32)), 2)
WORDS = "four words kept apart"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less memory and fewer rounds: what is tested is not how slow guessing is."""
    monkeypatch.setattr(escrow, "MEMORY_KIB", 64)
    monkeypatch.setattr(escrow, "ITERATIONS", 1)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    path = tmp_path / "copy.json"
    path.write_text(escrow.sealed(KEY, WORDS), encoding="utf-8")
    return path


def test_the_passphrase_opens_it(copy: Path) -> None:
    assert escrow.opened(copy, WORDS) == KEY
    assert escrow.check_of(copy) == KEY.check


def test_it_holds_neither_key_nor_passphrase(copy: Path) -> None:
    text = copy.read_text()
    assert KEY.secret.hex() not in text
    assert WORDS not in text


def test_another_passphrase_does_not(copy: Path) -> None:
    with pytest.raises(InputFault, match="does not open") as caught:
        escrow.opened(copy, WORDS + "!")
    assert WORDS not in str(caught.value)


@pytest.mark.parametrize("name", ["check", "sealed"])
def test_an_altered_copy_does_not_open(copy: Path, name: str) -> None:
    held = json.loads(copy.read_text())
    held[name] = ("0" if held[name][0] != "0" else "1") + held[name][1:]
    copy.write_text(json.dumps(held))
    with pytest.raises(InputFault):
        escrow.opened(copy, WORDS)


def test_what_stands_in_clear_is_bound_to_what_is_sealed(copy: Path) -> None:
    held = json.loads(copy.read_text())
    held["cipher"]["name"] = "another"
    copy.write_text(json.dumps(held))
    with pytest.raises(InputFault, match="does not open"):
        escrow.opened(copy, WORDS)


def test_a_forged_copy_cannot_ask_for_all_the_memory(copy: Path) -> None:
    held = json.loads(copy.read_text())
    held["kdf"]["memory_kib"] = 2**40
    copy.write_text(json.dumps(held))
    with pytest.raises(InputFault, match="no escrow copy"):
        escrow.opened(copy, WORDS)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"schema": "childlink.escrow/1"}', "not json"])
def test_another_file_is_no_escrow_copy(copy: Path, text: str) -> None:
    copy.write_text(text)
    with pytest.raises(InputFault, match="no escrow copy"):
        escrow.opened(copy, WORDS)


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(UsageFault, match="11 characters"):
        escrow.sealed(KEY, "elevenchars")


def test_a_passphrase_file_is_its_owners_alone_and_one_line(tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    file.write_text(f"{WORDS}\n")
    file.chmod(0o644)
    with pytest.raises(InputFault, match="others"):
        escrow.read_passphrase(file)
    file.chmod(0o600)
    assert escrow.read_passphrase(file) == WORDS
    file.write_text("one\ntwo\n")
    with pytest.raises(InputFault, match="2 lines"):
        escrow.read_passphrase(file)


def test_the_parameters_are_those_of_the_rfc() -> None:
    held = json.loads(escrow.sealed(KEY, WORDS))["kdf"]
    assert held["name"] == "argon2id"
    from importlib import reload

    fresh = reload(escrow)
    assert (fresh.MEMORY_KIB, fresh.ITERATIONS, fresh.LANES) == (65536, 3, 4)
