"""The register's tables, in SQL that SQLite and PostgreSQL both speak. Schema version 1.

ids: one row per child id, kept for ever. records: the keyed token of a source record and its id.
events: what happened to ids, append-only, each hashed with the one before. runs: one row per run that wrote.
"""

from __future__ import annotations

import sqlalchemy as sa

SCHEMA_VERSION = 1

_tables = sa.MetaData()

meta = sa.Table(
    "meta",
    _tables,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("value", sa.String(200), nullable=False),
)

ids = sa.Table(
    "ids",
    _tables,
    sa.Column("child_id", sa.String(11), primary_key=True),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("created_run", sa.Integer, nullable=False),
    sa.Column("superseded_by", sa.String(11)),
    sqlite_with_rowid=False,
)

records = sa.Table(
    "records",
    _tables,
    sa.Column("token", sa.LargeBinary(32), primary_key=True),
    sa.Column("child_id", sa.String(11), nullable=False),
    sa.Column("first_run", sa.Integer, nullable=False),
    sa.Column("last_run", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)

events = sa.Table(
    "events",
    _tables,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("run", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("child_id", sa.String(11), nullable=False),
    sa.Column("other_id", sa.String(11)),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("prev_hash", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)

runs = sa.Table(
    "runs",
    _tables,
    sa.Column("run", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.String(40)),
    sa.Column("version", sa.String(40), nullable=False),
    sa.Column("records", sa.Integer, nullable=False),
    sa.Column("last_seq", sa.Integer, nullable=False),
    sa.Column("last_hash", sa.String(64), nullable=False),
)

_of_a_run = sa.MetaData()
incoming = sa.Table(
    "incoming",
    _of_a_run,
    sa.Column("token", sa.LargeBinary(32), primary_key=True),
    prefixes=["TEMPORARY"],
)
candidates = sa.Table(
    "candidates",
    _of_a_run,
    sa.Column("child_id", sa.String(11), primary_key=True),
    prefixes=["TEMPORARY"],
)


def create_all(connection: sa.Connection) -> None:
    """Make the tables of an empty register."""
    _tables.create_all(connection, checkfirst=False)


def names(connection: sa.Connection) -> set[str]:
    """The tables the database has, whoever made them."""
    return set(sa.inspect(connection).get_table_names())
