"""Making, checking, rotating and restoring a key."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from childlink.errors import InputFault, OutputFault, UsageFault
from childlink.sharing import audit, custody, escrow
from childlink.sharing.key_file import MasterKey, read_master_key, write_master_key

from .conftest import AT, World

WORDS = "four words kept apart"
REASON = "the yearly change of epoch"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(escrow, "MEMORY_KIB", 64)
    monkeypatch.setattr(escrow, "ITERATIONS", 1)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    file = tmp_path / "keys" / "master.key"
    custody.init_key(key_file=file, passphrase=WORDS, at=AT)
    return file


def test_a_key_comes_with_its_copy_and_its_log(made: Path) -> None:
    assert sorted(path.name for path in made.parent.iterdir()) == [
        "master.key", "master.key.audit.jsonl", "master.key.audit.jsonl.head", "master.key.escrow.json",
    ]  # fmt: skip
    report = custody.check_key(key_file=made, passphrase=WORDS)
    assert set(report.found) == {"key file", "escrow copy", "audit log"}
    assert read_master_key(made).secret.hex() not in str(report.as_object())


def test_nothing_is_left_where_the_copy_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputFault):
        custody.init_key(
            key_file=tmp_path / "k", passphrase=WORDS, at=AT, escrow_file=tmp_path / "file" / "copy"
        )
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_second_key_is_not_made_over_the_first(made: Path) -> None:
    before = made.read_bytes()
    with pytest.raises(UsageFault, match="there already"):
        custody.init_key(key_file=made, passphrase=WORDS, at=AT)
    assert made.read_bytes() == before


def test_a_copy_or_register_of_another_key_is_told(made: Path, world: World, tmp_path: Path) -> None:
    other = tmp_path / "other.key"
    custody.init_key(key_file=other, passphrase=WORDS, at=AT)
    with pytest.raises(InputFault, match="wrong key"):
        custody.check_key(key_file=made, escrow_file=custody.escrow_beside(other))
    with pytest.raises(InputFault, match="another key"):
        custody.check_key(key_file=made, register=world.register)
    assert (
        custody.check_key(key_file=world.key_file, register=world.register).found["register"] == "this key's"
    )


def test_rotating_begins_the_next_epoch_and_keeps_the_key(made: Path) -> None:
    old = read_master_key(made)
    report = custody.rotate_key(key_file=made, reason=REASON, at=AT)
    assert read_master_key(made) == MasterKey(old.secret, 2)
    assert (report.epoch, report.check) == (2, old.check)
    assert audit.read(audit.beside(made))[-1]["said"] == {
        "login": None, "reason": REASON, "epoch": 2, "from_epoch": 1,
    }  # fmt: skip


def test_a_plain_key_file_can_be_rotated(world: World) -> None:
    plain = world.folder / "plain.key"
    plain.touch(mode=0o600)
    plain.write_text(world.key.secret.hex())
    custody.rotate_key(key_file=plain, reason=REASON, at=AT)
    assert read_master_key(plain) == world.key.of_epoch(2)


def test_a_lost_key_is_restored_in_the_last_epoch(made: Path) -> None:
    custody.rotate_key(key_file=made, reason=REASON, at=AT)
    lost = read_master_key(made)
    copy = custody.escrow_beside(made)
    with pytest.raises(UsageFault, match="there already"):
        custody.restore_key(escrow_file=copy, passphrase=WORDS, key_file=made, at=AT)
    made.unlink()
    with pytest.raises(InputFault, match="does not open"):
        custody.restore_key(escrow_file=copy, passphrase=WORDS.upper(), key_file=made, at=AT)
    assert not made.exists()
    custody.restore_key(escrow_file=copy, passphrase=WORDS, key_file=made, at=AT)
    assert read_master_key(made) == lost


def bridged(world: World, **more: object) -> custody.KeyReport:
    given = {
        "bridge": world.folder / "bridge.csv", "agreement": world.agreement(), "register": world.register,
        "holders": ["Amina Example"],
    }  # fmt: skip
    return custody.rotate_key(key_file=world.key_file, reason=REASON, at=AT, **{**given, **more})  # type: ignore[arg-type]


def test_a_bridging_file_joins_old_and_new_for_named_holders(world: World) -> None:
    old = pl.read_csv((world.share(to="one").package or world.folder) / "education.csv")
    bridged(world)
    new = pl.read_csv((world.share(to="two").package or world.folder) / "education.csv")
    bridge = pl.read_csv(world.folder / "bridge.csv")
    assert bridge.columns == ["pseudonym_epoch_1", "pseudonym_epoch_2"]
    assert set(bridge["pseudonym_epoch_1"]) == set(old["pseudonym"])
    assert set(bridge["pseudonym_epoch_2"]) == set(new["pseudonym"])
    joined = old.join(bridge, left_on="pseudonym", right_on="pseudonym_epoch_1").sort("pseudonym_epoch_2")
    assert joined["attendance"].to_list() == new.sort("pseudonym")["attendance"].to_list()
    said = next(entry for entry in audit.read(world.log) if entry["what"] == "keys rotated")["said"]
    assert said["bridge"] == {
        "recipient": "example-university", "purpose": "attainment", "holders": ["Amina Example"], "rows": 60,
    }  # fmt: skip
    assert (world.folder / "bridge.csv").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("missing", ["bridge", "agreement", "register", "holders"])
def test_a_bridge_needs_all_it_needs(world: World, missing: str) -> None:
    with pytest.raises(UsageFault, match="a bridging file needs"):
        bridged(world, **{missing: [] if missing == "holders" else None})
    assert read_master_key(world.key_file).epoch == 1


def test_no_bridge_is_made_unless_asked_for(made: Path) -> None:
    custody.rotate_key(key_file=made, reason=REASON, at=AT)
    assert not list(made.parent.glob("*.csv"))


def test_a_key_rotated_again_after_a_crash_goes_on(world: World) -> None:
    audit.append(
        world.log, world.key, what="keys rotated", said={"epoch": 2}, at=AT
    )  # and the key was not written
    assert custody.rotate_key(key_file=world.key_file, reason=REASON, at=AT).epoch == 3
    write_master_key(world.folder / "copy.key", world.key)
