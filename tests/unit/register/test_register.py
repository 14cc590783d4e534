"""The register: the same records get the same ids, nothing is merged or lost, nobody is named."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from childlink.errors import ChildlinkError, InputFault, OutputFault, UsageFault
from childlink.register import open_register
from childlink.register.child_id import from_numbers, is_valid, seeded_numbers
from tests.unit.register.registers import KEY, assign, dump, execute, history, ids, records


def test_one_id_per_cluster_and_valid(place: Path | str) -> None:
    given = assign(place, ("h", "1", 0), ("e", "1", 0), ("e", "2", 1))
    by_record = ids(given)
    assert by_record[("h", "1")] == by_record[("e", "1")] != by_record[("e", "2")]
    assert all(is_valid(child) for child in by_record.values())
    assert given.assignments.columns == ["source", "record_id", "child_id"]
    assert given.assignments.select("source", "record_id").rows() == [("e", "1"), ("e", "2"), ("h", "1")]
    assert (given.known, given.joined, given.new, given.new_children, given.events) == (0, 0, 3, 2, 2)


def test_the_same_input_again_gives_the_same_ids_and_no_event(place: Path | str) -> None:
    rows = [("h", "1", 0), ("e", "1", 0), ("e", "2", 1)]
    first = assign(place, *rows)
    before = dump(place)
    again = assign(place, *rows)
    assert ids(again) == ids(first)
    assert (again.known, again.joined, again.new, again.new_children, again.events) == (3, 0, 0, 0, 0)
    assert again.run == first.run == 1
    assert dump(place) == before


def test_labels_of_clusters_and_order_of_rows_have_no_part_in_it(tmp_path: Path) -> None:
    one = assign(tmp_path / "a", ("h", "1", 0), ("e", "1", 0), ("e", "2", 1), ("e", "3", 2))
    other = assign(tmp_path / "b", ("e", "3", 4), ("e", "2", 90), ("h", "1", 7), ("e", "1", 7))
    assert ids(one) == ids(other)


def test_ids_of_a_seed_are_pinned(place: Path | str) -> None:
    given = assign(place, ("b", "1", 5), ("a", "2", 3), ("a", "1", 5))
    foretold = from_numbers(seeded_numbers(2, seed=1, start=0)).to_list()
    assert given.assignments["child_id"].to_list() == [foretold[0], foretold[1], foretold[0]]


def test_ids_without_a_seed_cannot_be_foretold(tmp_path: Path) -> None:
    one = assign(tmp_path / "a", ("e", "1", 0), seed=None)
    other = assign(tmp_path / "b", ("e", "1", 0), seed=None)
    assert ids(one) != ids(other)


def test_a_seed_never_gives_an_id_twice(place: Path | str) -> None:
    first = assign(place, *((("e", str(n), n)) for n in range(50)))
    second = assign(place, *((("h", str(n), n)) for n in range(50)))
    both = [*ids(first).values(), *ids(second).values()]
    assert len(set(both)) == 100


def test_ids_already_in_the_register_are_skipped(place: Path | str) -> None:
    foretold = from_numbers(seeded_numbers(3, seed=1, start=0)).to_list()
    assign(place, ("e", "0", 0), seed=2)
    # the register counts one id and so takes the sequence up at its second
    execute(place, f"UPDATE ids SET child_id = '{foretold[1]}'")
    execute(place, f"UPDATE records SET child_id = '{foretold[1]}'")
    given = assign(place, ("e", "1", 1))
    assert ids(given)[("e", "1")] == foretold[2]


def test_strangers_join_the_id_of_their_cluster(place: Path | str) -> None:
    first = ids(assign(place, ("e", "1", 0)))
    second = assign(place, ("e", "1", 4), ("h", "1", 4), ("s", "1", 4), ("s", "2", 5))
    assert ids(second)[("h", "1")] == ids(second)[("s", "1")] == first[("e", "1")]
    assert ids(second)[("s", "2")] != first[("e", "1")]
    assert (second.known, second.joined, second.new, second.new_children, second.events) == (1, 2, 1, 1, 2)
    # an id stays though its first record is not in the extract of the next run
    third = assign(place, ("h", "1", 0), ("h", "9", 0))
    assert set(ids(third).values()) == {first[("e", "1")]}


def test_a_bridge_merges_nothing_and_is_reported(place: Path | str) -> None:
    first = ids(assign(place, ("e", "1", 0), ("h", "1", 1), ("h", "2", 2)))
    bridge = assign(place, ("e", "1", 0), ("h", "1", 0), ("s", "1", 0), ("s", "2", 0), ("h", "2", 2))
    now = ids(bridge)
    assert {key: now[key] for key in first} == first
    fresh = {now[("s", "1")], now[("s", "2")]}
    assert len(fresh) == 2
    assert not fresh & set(first.values())
    assert bridge.bridges.rows() == [
        (0, "e", "1", first[("e", "1")], False),
        (0, "h", "1", first[("h", "1")], False),
        (0, "s", "1", now[("s", "1")], True),
        (0, "s", "2", now[("s", "2")], True),
    ]
    assert bridge.splits.is_empty()
    again = assign(place, ("e", "1", 0), ("h", "1", 0), ("s", "1", 0), ("s", "2", 0), ("h", "2", 2))
    assert ids(again) == now
    assert again.events == 0
    assert len(again.bridges) == 4


def test_a_split_splits_nothing_and_is_reported(place: Path | str) -> None:
    first = ids(assign(place, ("e", "1", 0), ("h", "1", 0), ("h", "2", 1)))
    split = assign(place, ("e", "1", 3), ("h", "1", 4), ("h", "2", 5))
    assert ids(split) == first
    child = first[("e", "1")]
    assert split.splits.rows() == [(child, 3, "e", "1"), (child, 4, "h", "1")]
    assert split.bridges.is_empty()
    assert split.events == 0


def test_events_say_what_happened_without_naming_a_record(place: Path | str) -> None:
    first = ids(assign(place, ("e", "1", 0), ("h", "1", 1)))
    second = ids(assign(place, ("e", "1", 0), ("h", "2", 0), ("h", "1", 1)))
    third = ids(assign(place, ("e", "1", 0), ("h", "1", 0), ("s", "secret-77", 0)))
    told = [(e["seq"], e["run"], e["kind"], e["child_id"], e["payload"]) for e in history(place)]
    assert told == [
        (1, 1, "assigned", first[("e", "1")], {"new": True, "records": 1}),
        (2, 1, "assigned", first[("h", "1")], {"new": True, "records": 1}),
        (3, 2, "assigned", second[("h", "2")], {"new": False, "records": 1}),
        (4, 3, "assigned", third[("s", "secret-77")], {"bridges": 2, "new": True, "records": 1}),
    ]


@pytest.mark.parametrize(
    "meddling",
    [
        "UPDATE events SET child_id = 'X' WHERE seq = 2",
        "UPDATE events SET payload = '{}' WHERE seq = 2",
        "UPDATE events SET run = 9 WHERE seq = 2",
        "DELETE FROM events WHERE seq = 2",
        "UPDATE events SET hash = prev_hash WHERE seq = 2",
    ],
)
def test_an_event_that_was_meddled_with_is_found(place: Path | str, meddling: str) -> None:
    assign(place, ("e", "1", 0), ("e", "2", 1), ("e", "3", 2))
    execute(place, meddling)
    with open_register(place, KEY) as register:
        assert register.verify().first_broken == 2


def test_events_cut_off_the_end_are_missed(place: Path | str) -> None:
    assign(place, ("e", "1", 0), ("e", "2", 1), ("e", "3", 2))
    execute(place, "DELETE FROM events WHERE seq = 3")
    with open_register(place, KEY) as register:
        assert register.verify().first_broken == 3


def test_no_record_id_or_source_is_in_the_files_while_open_or_after(path: Path) -> None:
    rows = [(f"sourcename{n % 3}", f"recordname{n}", n // 2) for n in range(500)]
    with open_register(path, KEY) as register:
        register.assign(records(*rows))
        while_open = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    after = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    assert "register.sqlite" in while_open
    for content in [*while_open.values(), *after.values()]:
        assert b"sourcename" not in content
        assert b"recordname" not in content
        assert KEY not in content
        assert KEY.hex().encode() not in content
    # the search would have found them: child ids stand there in clear
    child = ids(assign(path, rows[0]))[(rows[0][0], rows[0][1])]
    assert any(child.encode() in content for content in after.values())


def test_tokens_depend_on_the_key(tmp_path: Path) -> None:
    tokens = []
    for name, key in (("a", KEY), ("b", b"\x08" * 32)):
        with open_register(tmp_path / name, key, seed=1) as register:
            register.assign(records(("e", "1", 0)))
        database = sqlite3.connect(tmp_path / name)
        tokens.append(database.execute("SELECT token FROM records").fetchone()[0])
        database.close()
    assert tokens[0] != tokens[1]
    assert len(tokens[0]) == 32


def test_a_source_and_record_id_are_told_apart(place: Path | str) -> None:
    given = ids(assign(place, ("a", "bc", 0), ("ab", "c", 1)))
    assert len(set(given.values())) == 2


def test_no_records_are_no_fault(place: Path | str) -> None:
    given = assign(place)
    assert given.assignments.is_empty()
    assert given.events == 0


def test_clusters_may_be_text(place: Path | str) -> None:
    frame = pl.DataFrame({"cluster": ["x", "x", "y"], "source": ["e"] * 3, "record_id": ["1", "2", "3"]})
    with open_register(place, KEY, seed=1) as register:
        assert register.assign(frame).new_children == 2


@pytest.mark.parametrize(
    ("frame", "fault"),
    [
        (pl.DataFrame({"source": ["e"], "record_id": ["1"]}), "no column cluster"),
        (records(("e", "1", 0), ("e", "1", 1)), "repeated"),
        (pl.DataFrame({"source": ["e"], "record_id": [None], "cluster": [0]}), "empty cells"),
    ],
)
def test_records_of_another_shape(place: Path | str, frame: pl.DataFrame, fault: str) -> None:
    with open_register(place, KEY) as register, pytest.raises(UsageFault, match=fault):
        register.assign(frame)


def fault_of(path: Path | str, key: bytes = KEY, busy: float = 0.05) -> ChildlinkError:
    with pytest.raises(ChildlinkError) as caught:
        open_register(path, key, busy_seconds=busy)
    assert caught.value.exit_code == 2
    assert caught.value.__cause__ is None
    return caught.value


def test_a_wrong_key_fails_at_once(place: Path | str) -> None:
    assign(place, ("e", "1", 0))
    fault = fault_of(place, b"\x08" * 32)
    assert isinstance(fault, InputFault)
    assert "another key" in fault.fault
    assert "--key-file" in (fault.next_step or "")


def test_a_short_key(path: Path) -> None:
    assert "15 bytes" in fault_of(path, b"\x07" * 15).fault
    assert not path.exists()


def test_a_newer_schema(place: Path | str) -> None:
    assign(place, ("e", "1", 0))
    execute(place, "UPDATE meta SET value = '99' WHERE name = 'schema_version'")
    fault = fault_of(place)
    assert "newer childlink (schema 99)" in fault.fault
    assert fault.next_step == "upgrade childlink"


def test_a_file_that_is_no_database(path: Path) -> None:
    path.write_text("source,record_id,child_id\n" * 100)
    assert "not a SQLite database" in fault_of(path).fault
    assert path.read_text() == "source,record_id,child_id\n" * 100


def test_a_database_that_is_no_register(place: Path | str) -> None:
    execute(place, "CREATE TABLE children (name TEXT)")
    assert "no childlink register" in fault_of(place).fault


def test_a_folder(tmp_path: Path) -> None:
    assert "is a folder" in fault_of(tmp_path).fault


def test_a_place_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert isinstance(fault_of(tmp_path / "file" / "register.sqlite"), OutputFault)


@pytest.mark.parametrize("url", ["nodialect://host/db", "://", "sqlite+nodriver:///x"])
def test_a_url_that_cannot_be_opened(url: str) -> None:
    assert "URL" in fault_of(url).fault


def test_a_sqlite_url_is_a_path(path: Path) -> None:
    with open_register(f"sqlite:///{path}", KEY, seed=1) as register:
        first = register.assign(records(("e", "1", 0)))
    assert ids(assign(path, ("e", "1", 0))) == ids(first)


def test_a_register_that_another_program_writes_to(path: Path) -> None:
    assign(path, ("e", "1", 0))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        assert "in use by another program" in fault_of(path).fault
    finally:
        other.close()
    assert assign(path, ("e", "1", 0)).known == 1


def test_a_run_that_finds_the_register_locked_writes_nothing(path: Path) -> None:
    assign(path, ("e", "1", 0))
    with open_register(path, KEY, busy_seconds=0.05) as register:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OutputFault, match="in use by another program"):
            register.assign(records(("e", "2", 0)))
        other.close()
        assert register.assign(records(("e", "2", 0))).new == 1
    assert len(history(path)) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="modes of files are POSIX's")
def test_a_new_register_is_for_its_owner_alone(path: Path) -> None:
    assign(path, ("e", "1", 0))
    assert path.stat().st_mode & 0o077 == 0


def test_a_run_that_fails_in_the_middle_leaves_the_old_state(
    place: Path | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = assign(place, ("e", "1", 0))
    before = history(place)

    def fails(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch, open_register(place, KEY, seed=1) as register:
        patch.setattr("childlink.register.store.tables.runs.insert", fails)
        with pytest.raises(RuntimeError):
            register.assign(records(("e", "1", 0), ("e", "2", 1)))
    assert history(place) == before
    assert ids(assign(place, ("e", "1", 0))) == ids(first)


KILLED = """
import os, sys
import polars as pl
from childlink.register import open_register, rows

write = rows.insert
def dies_at_the_events(connection, table, rows):
    write(connection, table, rows)
    if table.name == "events":
        os._exit(9)
rows.insert = dies_at_the_events
frame = pl.DataFrame({"source": ["e"] * 3000, "record_id": [str(n) for n in range(3000)], "cluster": range(3000)})
with open_register(sys.argv[1], b"\\x07" * 32, seed=1) as register:
    register.assign(frame)
"""


def test_a_run_that_is_killed_in_the_middle_leaves_the_old_state(place: Path | str) -> None:
    first = assign(place, ("e", "1", 0))
    before = history(place)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(place)], check=False, capture_output=True)
    assert killed.returncode == 9
    assert history(place) == before
    assert ids(assign(place, ("e", "1", 0))) == ids(first)


def test_nothing_of_a_record_is_in_what_a_fault_says(
    place: Path | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def same(count: int) -> pl.Series:
        return pl.Series([7] * count, dtype=pl.UInt64)

    monkeypatch.setattr("childlink.register.rows.taken", lambda *_: [])
    monkeypatch.setattr("childlink.register.child_id.random_numbers", same)
    child = from_numbers(same(1))[0]
    with open_register(place, KEY) as register:
        register.assign(records(("e", "1", 0)))
        with pytest.raises(ChildlinkError) as caught:
            register.assign(records(("e", "secret-77", 1)))
    said = f"{caught.value} {caught.value.allowed} {caught.value.next_step} {caught.value.__cause__}"
    assert caught.value.exit_code == 3
    assert child not in said
    assert "secret-77" not in said


def test_the_same_numbers_again_are_not_written(place: Path | str) -> None:
    written = []

    def watched(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(("UPDATE", "DELETE", "INSERT INTO records")):
            written.append(statement)

    rows = [("e", "1", 0), ("h", "1", 0)]
    assign(place, *rows, numbers=[["nhs:1"], []])
    sa.event.listen(sa.Engine, "before_cursor_execute", watched)
    try:
        assign(place, *rows, numbers=[["nhs:1"], []])
        assert written == []
        assign(place, *rows, numbers=[["nhs:2"], []])
        assert len(written) == 1
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", watched)
