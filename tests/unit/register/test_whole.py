"""Damage, full disks, closed folders, two programs at once and kill -9: the register stays whole, or says where
it is not."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from childlink.errors import InputFault, OutputFault
from childlink.register import open_register
from childlink.register import place as places
from tests.unit.register.registers import KEY, assign, dump, execute, history, ids, records

Place = Path | str


def test_verify_says_which_event_first_fails_and_that_those_before_are_whole(place: Place) -> None:
    assign(place, *(("e", str(n), n) for n in range(9)))
    execute(place, "UPDATE events SET kind = 'merged' WHERE seq = 6")
    with open_register(place, KEY) as register:
        found = register.verify()
    assert (found.first_broken, found.unreadable, found.events, found.whole) == (6, False, 5, False)


def test_a_chain_rewritten_without_the_key_does_not_fit(place: Place) -> None:
    assign(place, *(("e", str(n), n) for n in range(3)))
    execute(place, "DELETE FROM events WHERE seq = 3", "UPDATE runs SET last_seq = 2, last_hash = 'f'")
    with open_register(place, KEY) as register:
        assert register.verify().first_broken == 2


def test_events_and_runs_cut_off_together_are_found_by_a_head_noted_elsewhere(place: Place) -> None:
    assign(place, ("e", "1", 0))
    with open_register(place, KEY) as register:
        early = register.verify().head
    assign(place, ("e", "1", 0), ("e", "2", 1))
    with open_register(place, KEY) as register:
        late = register.verify(early)
        assert (late.whole, late.head_found) == (True, True)
    execute(
        place,
        "DELETE FROM events WHERE seq = 2",
        "DELETE FROM runs WHERE run = 2",
        "DELETE FROM ids WHERE created_run = 2",
        "DELETE FROM records WHERE first_run = 2",
    )
    with open_register(place, KEY) as register:
        assert register.verify().whole
        assert not register.verify(late.head).whole


@pytest.mark.parametrize(
    ("meddling", "fault"),
    [
        ("DELETE FROM ids WHERE created_run = 1", "1 ids are gone that events gave"),
        ("UPDATE ids SET state = 'sealed'", "1 ids are in another state than events say"),
        ("UPDATE records SET child_id = 'X'", "1 records have an id that is not in use"),
        ("INSERT INTO ids VALUES ('X', 'live', 1, NULL, NULL)", "1 ids are there that no event gave"),
    ],
)
def test_tables_that_do_not_say_what_the_events_say(place: Place, meddling: str, fault: str) -> None:
    assign(place, ("e", "1", 0))
    execute(place, meddling)
    with open_register(place, KEY) as register:
        found = register.verify()
    assert found.first_broken is None
    assert not found.whole
    assert fault in found.faults


def test_a_database_with_a_damaged_page_says_how_far_it_can_be_read(path: Path) -> None:
    assign(path, *(("e", str(n), n) for n in range(2000)))
    execute(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    with open_register(path, KEY) as register:
        told = register.history()[1200]
    content = bytearray(path.read_bytes())
    at = content.index(str(_hash_of(path, told["seq"])).encode())
    size = int.from_bytes(content[16:18], "big")
    content[at // size * size : (at // size + 1) * size] = b"\xff" * size
    path.write_bytes(bytes(content))
    with open_register(path, KEY) as register:
        found = register.verify()
    assert found.unreadable
    assert found.first_broken is not None
    assert 1 < found.first_broken <= told["seq"]
    with open_register(path, KEY) as register, pytest.raises(InputFault, match="is damaged") as caught:
        register.history()
    assert "verify" in (caught.value.next_step or "")


def _hash_of(path: Path, seq: int) -> str:
    return next(row[6] for row in dump(path)["events"] if row[0] == seq)


@pytest.mark.parametrize("kept", [0, 60, 5000])
def test_a_truncated_database(path: Path, kept: int) -> None:
    assign(path, *(("e", str(n), n) for n in range(500)))
    execute(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    path.write_bytes(path.read_bytes()[:kept])
    if not kept:  # an empty file is no register yet
        with pytest.raises(InputFault, match="no childlink register"):
            open_register(path, KEY, make=False)
        return
    with pytest.raises(InputFault, match="damaged"), open_register(path, KEY) as register:
        register.history()


def test_a_full_disk_keeps_the_old_state(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assign(path, ("e", "1", 0))
    before = dump(path)
    on_connect = places._on_connect

    def small(connection: object, entry: object) -> None:
        on_connect(connection, entry)
        connection.execute("PRAGMA max_page_count=20")  # type: ignore[attr-defined]

    monkeypatch.setattr(places, "_on_connect", small)
    with open_register(path, KEY) as register, pytest.raises(OutputFault, match="no space left"):
        register.assign(records(*(("e", str(n), n) for n in range(3000))))
    monkeypatch.undo()
    assert dump(path) == before
    assert assign(path, ("e", "1", 0)).events == 0


@contextmanager
def nobody() -> Iterator[None]:
    """An unprivileged user, also where tests run as root, whom no mode stops."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(sys.platform == "win32", reason="modes of folders are POSIX's")
def test_a_read_only_folder(path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        closed = Path(folder)
        there = closed / "there.sqlite"
        assign(there, ("e", "1", 0))
        there.chmod(0o444)
        closed.chmod(0o555)
        with nobody():
            for name in ("there.sqlite", "new.sqlite"):
                with pytest.raises(OutputFault, match="cannot write the register") as caught:
                    open_register(closed / name, KEY)
                assert caught.value.next_step
        closed.chmod(0o700)
        assert assign(there, ("e", "1", 0)).events == 0


WRITER = """
import os, signal, sys
import polars as pl
import sqlalchemy as sa
from childlink.register import open_register
place, count, dies_at = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
done = 0
def step(*_):
    global done
    done += 1
    if done == dies_at:
        os.kill(os.getpid(), signal.SIGKILL)
sa.event.listen(sa.Engine, "before_cursor_execute", step)
sa.event.listen(sa.Engine, "commit", step)
frame = pl.DataFrame({"source": ["e"] * count, "record_id": [str(n) for n in range(count)], "cluster": range(count)})
with open_register(place, b"\\x07" * 32) as register:
    register.assign(frame)
print(done)
"""


def writer(place: Place, count: int, dies_at: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(place), str(count), str(dies_at)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX's")
def test_a_register_is_whole_after_kill_9_at_any_statement(place: Place) -> None:
    first = ids(assign(place, ("e", "0", 0)))
    before = dump(place)
    trial = writer(place, 1)
    steps = int(trial.communicate()[0])
    assert trial.returncode == 0
    assert steps >= 8
    # 1,000 new records take more statements than one that is known; past the last, nobody is killed
    for dies_at in range(2, steps + 20, 5):
        killed = writer(place, 1000, dies_at)
        killed.communicate()
        if killed.returncode == 0:
            break
        assert dump(place) == before, dies_at
        history(place)
    else:
        pytest.fail("the writer never came to its end")
    assert dies_at > steps
    assert ids(assign(place, ("e", "0", 0))) == first
    assert len(history(place)) == 1000


def test_two_programs_at_once_give_one_id_to_each_child(place: Place) -> None:
    both = [writer(place, 300), writer(place, 400)]
    for one in both:
        _, said = one.communicate()
        assert one.returncode == 0, said
    assert len(history(place)) == 400
    with open_register(place, KEY) as register:
        assert register.stats()["ids"]["live"] == 400


def test_a_program_that_has_waited_long_enough_is_told(place: Place) -> None:
    assign(place, ("e", "1", 0))
    with open_register(place, KEY) as holder, holder._place.transaction():
        with pytest.raises(OutputFault, match="in use by another program") as caught:
            open_register(place, KEY, busy_seconds=0.05)
        assert "wait" in (caught.value.next_step or "")
    assert assign(place, ("e", "1", 0)).known == 1


def test_no_password_of_a_url_is_in_a_fault() -> None:
    with pytest.raises(OutputFault) as caught:
        open_register("postgresql+psycopg://user:secret-word@127.0.0.1:1/none", KEY)
    assert "secret-word" not in f"{caught.value} {caught.value.next_step}"


def test_without_its_driver_postgresql_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object, **__: object) -> sa.Engine:
        raise ImportError

    monkeypatch.setattr(places.sa, "create_engine", missing)
    with pytest.raises(Exception, match="no driver") as caught:
        open_register("postgresql+psycopg://user@127.0.0.1/none", KEY)
    assert "childlink[postgresql]" in caught.value.next_step  # type: ignore[attr-defined]
