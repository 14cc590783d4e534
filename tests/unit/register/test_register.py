"""The register: the same records get the same ids, nothing is merged or lost, nobody is named."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from childlink.errors import ChildlinkError, InputFault, OutputFault, UsageFault
from childlink.register import Assignment, open_register
from childlink.register.child_id import from_numbers, is_valid, seeded_numbers

KEY = b"\x07" * 32


def records(*rows: tuple[str, str, int]) -> pl.DataFrame:
    schema = {"source": pl.String, "record_id": pl.String, "cluster": pl.UInt32}
    return pl.DataFrame(rows, schema=schema, orient="row")


def assign(path: Path, *rows: tuple[str, str, int], seed: int | None = 1) -> Assignment:
    with open_register(path, KEY, seed=seed) as register:
        return register.assign(records(*rows))


def ids(assignment: Assignment) -> dict[tuple[str, str], str]:
    return {(source, record): child for source, record, child in assignment.assignments.rows()}


def history(path: Path) -> list[dict[str, object]]:
    with open_register(path, KEY) as register:
        assert register.verify().whole
        return [dict(event) for event in register.history()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "register.sqlite"


def test_one_id_per_cluster_and_valid(path: Path) -> None:
    given = assign(path, ("h", "1", 0), ("e", "1", 0), ("e", "2", 1))
    by_record = ids(given)
    assert by_record[("h", "1")] == by_record[("e", "1")] != by_record[("e", "2")]
    assert all(is_valid(child) for child in by_record.values())
    assert given.assignments.columns == ["source", "record_id", "child_id"]
    assert given.assignments.select("source", "record_id").rows() == [("e", "1"), ("e", "2"), ("h", "1")]
    assert (given.known, given.joined, given.new, given.new_children, given.events) == (0, 0, 3, 2, 2)


def test_the_same_input_again_gives_the_same_ids_and_no_event(path: Path) -> None:
    rows = [("h", "1", 0), ("e", "1", 0), ("e", "2", 1)]
    first = assign(path, *rows)
    before = history(path)
    again = assign(path, *rows)
    assert ids(again) == ids(first)
    assert (again.known, again.joined, again.new, again.new_children, again.events) == (3, 0, 0, 0, 0)
    assert history(path) == before


def test_labels_of_clusters_and_order_of_rows_have_no_part_in_it(tmp_path: Path) -> None:
    one = assign(tmp_path / "a", ("h", "1", 0), ("e", "1", 0), ("e", "2", 1), ("e", "3", 2))
    other = assign(tmp_path / "b", ("e", "3", 4), ("e", "2", 90), ("h", "1", 7), ("e", "1", 7))
    assert ids(one) == ids(other)


def test_ids_of_a_seed_are_pinned(path: Path) -> None:
    given = assign(path, ("b", "1", 5), ("a", "2", 3), ("a", "1", 5))
    foretold = from_numbers(seeded_numbers(2, seed=1, start=0)).to_list()
    assert given.assignments["child_id"].to_list() == [foretold[0], foretold[1], foretold[0]]


def test_ids_without_a_seed_cannot_be_foretold(tmp_path: Path) -> None:
    one = assign(tmp_path / "a", ("e", "1", 0), seed=None)
    other = assign(tmp_path / "b", ("e", "1", 0), seed=None)
    assert ids(one) != ids(other)


def test_a_seed_never_gives_an_id_twice(path: Path) -> None:
    first = assign(path, *((("e", str(n), n)) for n in range(50)))
    second = assign(path, *((("h", str(n), n)) for n in range(50)))
    both = [*ids(first).values(), *ids(second).values()]
    assert len(set(both)) == 100


def test_ids_already_in_the_register_are_skipped(path: Path) -> None:
    foretold = from_numbers(seeded_numbers(3, seed=1, start=0)).to_list()
    assign(path, ("e", "0", 0), seed=2)
    database = sqlite3.connect(path)
    # the register counts one id and so takes the sequence up at its second
    database.execute("UPDATE ids SET child_id = ?", (foretold[1],))
    database.execute("UPDATE records SET child_id = ?", (foretold[1],))
    database.commit()
    database.close()
    given = assign(path, ("e", "1", 1))
    assert ids(given)[("e", "1")] == foretold[2]


def test_strangers_join_the_id_of_their_cluster(path: Path) -> None:
    first = ids(assign(path, ("e", "1", 0)))
    second = assign(path, ("e", "1", 4), ("h", "1", 4), ("s", "1", 4), ("s", "2", 5))
    assert ids(second)[("h", "1")] == ids(second)[("s", "1")] == first[("e", "1")]
    assert ids(second)[("s", "2")] != first[("e", "1")]
    assert (second.known, second.joined, second.new, second.new_children, second.events) == (1, 2, 1, 1, 2)
    # an id stays though its first record is not in the extract of the next run
    third = assign(path, ("h", "1", 0), ("h", "9", 0))
    assert set(ids(third).values()) == {first[("e", "1")]}


def test_a_bridge_merges_nothing_and_is_reported(path: Path) -> None:
    first = ids(assign(path, ("e", "1", 0), ("h", "1", 1), ("h", "2", 2)))
    bridge = assign(path, ("e", "1", 0), ("h", "1", 0), ("s", "1", 0), ("s", "2", 0), ("h", "2", 2))
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
    again = assign(path, ("e", "1", 0), ("h", "1", 0), ("s", "1", 0), ("s", "2", 0), ("h", "2", 2))
    assert ids(again) == now
    assert again.events == 0
    assert len(again.bridges) == 4


def test_a_split_splits_nothing_and_is_reported(path: Path) -> None:
    first = ids(assign(path, ("e", "1", 0), ("h", "1", 0), ("h", "2", 1)))
    split = assign(path, ("e", "1", 3), ("h", "1", 4), ("h", "2", 5))
    assert ids(split) == first
    child = first[("e", "1")]
    assert split.splits.rows() == [(child, 3, "e", "1"), (child, 4, "h", "1")]
    assert split.bridges.is_empty()
    assert split.events == 0


def test_events_say_what_happened_without_naming_a_record(path: Path) -> None:
    first = ids(assign(path, ("e", "1", 0), ("h", "1", 1)))
    second = ids(assign(path, ("e", "1", 0), ("h", "2", 0), ("h", "1", 1)))
    third = ids(assign(path, ("e", "1", 0), ("h", "1", 0), ("s", "secret-77", 0)))
    told = [(e["seq"], e["run"], e["kind"], e["child_id"], e["payload"]) for e in history(path)]
    both = sorted({first[("e", "1")], first[("h", "1")]})
    assert told == [
        (1, 1, "assigned", first[("e", "1")], '{"new":true,"records":1}'),
        (2, 1, "assigned", first[("h", "1")], '{"new":true,"records":1}'),
        (3, 2, "assigned", second[("h", "2")], '{"new":false,"records":1}'),
        (4, 3, "assigned", third[("s", "secret-77")],
         f'{{"bridges":["{both[0]}","{both[1]}"],"new":true,"records":1}}'),
    ]  # fmt: skip


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
def test_an_event_that_was_meddled_with_is_found(path: Path, meddling: str) -> None:
    assign(path, ("e", "1", 0), ("e", "2", 1), ("e", "3", 2))
    database = sqlite3.connect(path)
    database.execute(meddling)
    database.commit()
    database.close()
    with open_register(path, KEY) as register:
        assert register.verify().first_broken == 2


def test_events_cut_off_the_end_are_missed(path: Path) -> None:
    assign(path, ("e", "1", 0), ("e", "2", 1), ("e", "3", 2))
    database = sqlite3.connect(path)
    database.execute("DELETE FROM events WHERE seq = 3")
    database.commit()
    database.close()
    with open_register(path, KEY) as register:
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


def test_a_source_and_record_id_are_told_apart(path: Path) -> None:
    given = ids(assign(path, ("a", "bc", 0), ("ab", "c", 1)))
    assert len(set(given.values())) == 2


def test_no_records_are_no_fault(path: Path) -> None:
    given = assign(path)
    assert given.assignments.is_empty()
    assert given.events == 0


def test_clusters_may_be_text(path: Path) -> None:
    frame = pl.DataFrame({"cluster": ["x", "x", "y"], "source": ["e"] * 3, "record_id": ["1", "2", "3"]})
    with open_register(path, KEY, seed=1) as register:
        assert register.assign(frame).new_children == 2


@pytest.mark.parametrize(
    ("frame", "fault"),
    [
        (pl.DataFrame({"source": ["e"], "record_id": ["1"]}), "no column cluster"),
        (records(("e", "1", 0), ("e", "1", 1)), "repeated"),
        (pl.DataFrame({"source": ["e"], "record_id": [None], "cluster": [0]}), "empty cells"),
    ],
)
def test_records_of_another_shape(path: Path, frame: pl.DataFrame, fault: str) -> None:
    with open_register(path, KEY) as register, pytest.raises(UsageFault, match=fault):
        register.assign(frame)


def fault_of(path: Path | str, key: bytes = KEY, busy: float = 0.05) -> ChildlinkError:
    with pytest.raises(ChildlinkError) as caught:
        open_register(path, key, busy_seconds=busy)
    assert caught.value.exit_code == 2
    assert caught.value.__cause__ is None
    return caught.value


def test_a_wrong_key_fails_at_once(path: Path) -> None:
    assign(path, ("e", "1", 0))
    fault = fault_of(path, b"\x08" * 32)
    assert isinstance(fault, InputFault)
    assert "another key" in fault.fault
    assert "--key-file" in (fault.next_step or "")


def test_a_short_key(path: Path) -> None:
    assert "15 bytes" in fault_of(path, b"\x07" * 15).fault
    assert not path.exists()


def test_a_newer_schema(path: Path) -> None:
    assign(path, ("e", "1", 0))
    database = sqlite3.connect(path)
    database.execute("UPDATE meta SET value = '99' WHERE name = 'schema_version'")
    database.commit()
    database.close()
    fault = fault_of(path)
    assert "newer childlink (schema 99)" in fault.fault
    assert fault.next_step == "upgrade childlink"


def test_a_file_that_is_no_database(path: Path) -> None:
    path.write_text("source,record_id,child_id\n" * 100)
    assert "not a SQLite database" in fault_of(path).fault
    assert path.read_text() == "source,record_id,child_id\n" * 100


def test_a_database_that_is_no_register(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE children (name TEXT)")
    database.commit()
    database.close()
    assert "no childlink register" in fault_of(path).fault


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
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = assign(path, ("e", "1", 0))
    before = history(path)

    def fails(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch, open_register(path, KEY, seed=1) as register:
        patch.setattr("childlink.register.store.tables.runs.insert", fails)
        with pytest.raises(RuntimeError):
            register.assign(records(("e", "1", 0), ("e", "2", 1)))
    assert history(path) == before
    assert ids(assign(path, ("e", "1", 0))) == ids(first)


KILLED = """
import os, sys
import polars as pl
from childlink.register import open_register, store

write = store._insert
def dies_at_the_events(connection, table, rows):
    write(connection, table, rows)
    if table.name == "events":
        os._exit(9)
store._insert = dies_at_the_events
frame = pl.DataFrame({"source": ["e"] * 3000, "record_id": [str(n) for n in range(3000)], "cluster": range(3000)})
with open_register(sys.argv[1], b"\\x07" * 32, seed=1) as register:
    register.assign(frame)
"""


def test_a_run_that_is_killed_in_the_middle_leaves_the_old_state(path: Path) -> None:
    first = assign(path, ("e", "1", 0))
    before = history(path)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False, capture_output=True)
    assert killed.returncode == 9
    assert history(path) == before
    assert ids(assign(path, ("e", "1", 0))) == ids(first)


def test_nothing_of_a_record_is_in_what_a_fault_says(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def same(count: int) -> pl.Series:
        return pl.Series([7] * count, dtype=pl.UInt64)

    monkeypatch.setattr("childlink.register.store._taken", lambda *_: [])
    monkeypatch.setattr("childlink.register.child_id.random_numbers", same)
    child = from_numbers(same(1))[0]
    with open_register(path, KEY) as register:
        register.assign(records(("e", "1", 0)))
        with pytest.raises(ChildlinkError) as caught:
            register.assign(records(("e", "secret-77", 1)))
    said = f"{caught.value} {caught.value.allowed} {caught.value.next_step} {caught.value.__cause__}"
    assert caught.value.exit_code == 3
    assert child not in said
    assert "secret-77" not in said
