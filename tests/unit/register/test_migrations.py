"""A register of the first version opens, is brought to this one, and keeps its ids and its chain."""

from __future__ import annotations

import hmac
from pathlib import Path

import pytest
import sqlalchemy as sa

from childlink.errors import InputFault
from childlink.register import migrations, open_register, tables
from childlink.register.tokens import RegisterKeys, record_tokens
from tests.unit.register.registers import KEY, assign, execute, ids, named

# the tables as the first version made them; BYTES is the database's own word
FIRST = """
CREATE TABLE meta (name VARCHAR(40) NOT NULL, value VARCHAR(200) NOT NULL, PRIMARY KEY (name));
CREATE TABLE ids (child_id VARCHAR(11) NOT NULL, state VARCHAR(12) NOT NULL, created_run INTEGER NOT NULL,
    superseded_by VARCHAR(11), PRIMARY KEY (child_id));
CREATE TABLE records (token BYTES NOT NULL, child_id VARCHAR(11) NOT NULL, first_run INTEGER NOT NULL,
    last_run INTEGER NOT NULL, PRIMARY KEY (token));
CREATE TABLE events (seq INTEGER NOT NULL, run INTEGER NOT NULL, kind VARCHAR(12) NOT NULL,
    child_id VARCHAR(11) NOT NULL, other_id VARCHAR(11), payload TEXT NOT NULL, prev_hash VARCHAR(64) NOT NULL,
    hash VARCHAR(64) NOT NULL, PRIMARY KEY (seq));
CREATE TABLE runs (run INTEGER NOT NULL, at VARCHAR(40), version VARCHAR(40) NOT NULL, records INTEGER NOT NULL,
    last_seq INTEGER NOT NULL, last_hash VARCHAR(64) NOT NULL, PRIMARY KEY (run))
"""
CHILD = "YSVKMB4N7N2"


def first_version(place: Path | str) -> None:
    """A register as the first version left it after one run with one record, without its code."""
    keys = RegisterKeys.derived(KEY)
    zeros = "0" * 64
    payload = '{"new":true,"records":1}'
    said = f"1|1|assigned|{CHILD}||{zeros}|{payload}"
    chain = hmac.digest(keys.events, said.encode(), "sha256").hex()
    token = record_tokens(named(("e", "1")), keys.tokens)[0].hex()
    is_file = isinstance(place, Path)
    binary, literal = ("BLOB", f"X'{token}'") if is_file else ("BYTEA", f"'\\x{token}'")
    execute(
        place,
        *FIRST.replace("BYTES", binary).split(";"),
        f"INSERT INTO meta VALUES ('schema_version', '1'), ('key_check', '{keys.check}')",
        f"INSERT INTO ids VALUES ('{CHILD}', 'live', 1, NULL)",
        f"INSERT INTO records VALUES ({literal}, '{CHILD}', 1, 1)",
        f"INSERT INTO events VALUES (1, 1, 'assigned', '{CHILD}', NULL, '{payload}', '{zeros}', '{chain}')",
        f"INSERT INTO runs VALUES (1, NULL, '0.1.0', 1, 1, '{chain}')",
    )


def test_a_register_of_the_first_version_opens_and_keeps_what_it_had(place: Path | str) -> None:
    first_version(place)
    with open_register(place, KEY) as register:
        assert register.verify().whole
        assert register.stats()["schema_version"] == tables.SCHEMA_VERSION
        assert register.history(CHILD)[0]["action"] == "link"
    again = assign(place, ("e", "1", 0), ("h", "1", 0), ("h", "2", 1))
    assert ids(again)[("h", "1")] == CHILD
    with open_register(place, KEY, seed=1) as register:
        register.merge([CHILD, ids(again)[("h", "2")]], reason="after the upgrade")
        register.seal(CHILD, why="adoption")
        assert register.verify().whole


def test_the_upgraded_tables_have_the_columns_of_new_ones(place: Path | str) -> None:
    first_version(place)
    open_register(place, KEY).close()
    engine = sa.create_engine(place if isinstance(place, str) else f"sqlite:///{place}")
    found = sa.inspect(engine)
    for table in (tables.meta, tables.ids, tables.records, tables.events, tables.details,
                  tables.sealed_numbers, tables.runs):  # fmt: skip
        told = {column["name"]: column["nullable"] for column in found.get_columns(table.name)}
        assert told == {column.name: column.nullable for column in table.columns}, table.name
    engine.dispose()


def test_there_is_a_step_from_every_version() -> None:
    assert sorted(migrations.STEPS) == list(range(1, tables.SCHEMA_VERSION))
    assert migrations.STEPS[1]("BLOB") == migrations.STEPS[1]("BLOB")


def test_a_register_of_another_key_is_not_upgraded(place: Path | str) -> None:
    first_version(place)
    with pytest.raises(InputFault, match="another key"):
        open_register(place, b"\x08" * 32)
    engine = sa.create_engine(
        place if isinstance(place, str) else f"sqlite:///{place}", poolclass=sa.pool.NullPool
    )
    assert "details" not in sa.inspect(engine).get_table_names()
