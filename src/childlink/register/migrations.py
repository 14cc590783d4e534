"""From the schema of an older register to this one's, a step for each version.

A step is the SQL of its change and nothing else: no clock, no chance, nothing of the machine. It names columns
as they were then, not by ``tables``, which moves on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sqlalchemy as sa

from childlink.register import tables


def _from_1(binary: str) -> tuple[str, ...]:
    """Hand actions and seals: aliases, sealed records, tokens of numbers, and what events say apart."""
    details = f"other_id VARCHAR(11), reason {binary}, nonce {binary} NOT NULL, PRIMARY KEY (seq)"
    return (
        "ALTER TABLE ids ADD COLUMN merged_into VARCHAR(11)",
        "ALTER TABLE records DROP COLUMN last_run",
        "ALTER TABLE records ADD COLUMN given_id VARCHAR(11)",
        "ALTER TABLE records ADD COLUMN sealed INTEGER DEFAULT 0 NOT NULL",
        f"ALTER TABLE records ADD COLUMN numbers {binary}",
        "ALTER TABLE events DROP COLUMN other_id",
        "ALTER TABLE events ADD COLUMN tie VARCHAR(64)",
        "ALTER TABLE runs ADD COLUMN action VARCHAR(12) DEFAULT 'link' NOT NULL",
        f"CREATE TABLE details (seq INTEGER NOT NULL, {details})",
        f"CREATE TABLE sealed_numbers (token {binary} NOT NULL, PRIMARY KEY (token))",
    )


STEPS: Mapping[int, Callable[[str], tuple[str, ...]]] = {1: _from_1}
"""Version to the statements that make it the next one, given the database's word for a column of bytes."""


def upgrade(connection: sa.Connection, version: int) -> None:
    """Bring the tables of ``version`` to ``tables.SCHEMA_VERSION``, within the caller's transaction."""
    binary = sa.LargeBinary().compile(dialect=connection.dialect)
    for step in range(version, tables.SCHEMA_VERSION):
        for statement in STEPS[step](binary):
            connection.exec_driver_sql(statement)
    connection.execute(
        tables.meta.update()
        .where(tables.meta.c.name == "schema_version")
        .values(value=str(tables.SCHEMA_VERSION))
    )
