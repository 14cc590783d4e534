"""The register's tables, in SQL that SQLite and PostgreSQL both speak. Schema version 2.

ids: one row per child id, kept for ever. records: the keyed token of a source record and its id.
events: what happened to ids, append-only, each hashed with the one before. details: what an event says that
a seal must be able to make the register forget. sealed_numbers: keyed tokens of numbers of sealed identities,
tied to no id. runs: one row per run that wrote.
"""

from __future__ import annotations

import sqlalchemy as sa

SCHEMA_VERSION = 2
"""Goes up with every change of a table; ``migrations`` holds the step from each version to the next."""

LIVE = "live"
MERGED = "merged"
"""An alias: superseded_by is the id that stands for it now."""
SEALED = "sealed"
LEAVING = "leaving"
"""Has no record left; the next run that writes says so with an event, and makes it WITHDRAWN."""
WITHDRAWN = "withdrawn"

_tables = sa.MetaData()

meta = sa.Table(
    "meta",
    _tables,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("value", sa.String(200), nullable=False),
)

# created_run 0: not told, because it would tie the id to a sealed one. superseded_by: the live id that an
# alias stands for, chains followed. merged_into: the id it was merged into at the time, so that a merge of
# several steps can be undone step by step.
ids = sa.Table(
    "ids",
    _tables,
    sa.Column("child_id", sa.String(11), primary_key=True),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("created_run", sa.Integer, nullable=False),
    sa.Column("superseded_by", sa.String(11)),
    sa.Column("merged_into", sa.String(11)),
    sqlite_with_rowid=False,
)

# given_id: the id a merged record had before any merge. numbers: tokens of its strong identifiers, 16 bytes
# each, sorted, one after the other; null for none, and always for a sealed record.
records = sa.Table(
    "records",
    _tables,
    sa.Column("token", sa.LargeBinary(32), primary_key=True),
    sa.Column("child_id", sa.String(11), nullable=False),
    sa.Column("first_run", sa.Integer, nullable=False),
    sa.Column("given_id", sa.String(11)),
    sa.Column("sealed", sa.Integer, nullable=False, server_default="0"),
    sa.Column("numbers", sa.LargeBinary),
    sqlite_with_rowid=False,
)

# tie: a commitment to the event's row of details, which can be checked while that row is there
events = sa.Table(
    "events",
    _tables,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("run", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("child_id", sa.String(11), nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("prev_hash", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("tie", sa.String(64)),
)

# reason: enciphered under the register's key
details = sa.Table(
    "details",
    _tables,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("other_id", sa.String(11)),
    sa.Column("reason", sa.LargeBinary),
    sa.Column("nonce", sa.LargeBinary(16), nullable=False),
)

sealed_numbers = sa.Table(
    "sealed_numbers",
    _tables,
    sa.Column("token", sa.LargeBinary(16), primary_key=True),
    sqlite_with_rowid=False,
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
    sa.Column("action", sa.String(12), nullable=False, server_default="link"),
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
