"""Where a register is: a SQLite file, or a PostgreSQL database by URL; and what its faults mean to a user."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from childlink.errors import ChildlinkError, InputFault, OutputFault, ToolFault, UsageFault

POSTGRESQL = "postgresql+psycopg"
_ALLOWED = f"a path, or sqlite:///PATH, or {POSTGRESQL}://USER@HOST/DATABASE"
_LOCK = 0x63686C64
"""The number of the advisory lock that a register in PostgreSQL is written under ("chld")."""


@dataclass(frozen=True)
class Place:
    """An engine, and what the register is called in messages. ``path``: its file, or None for a URL."""

    engine: sa.Engine
    name: str
    path: Path | None

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """One transaction, alone in the register: committed when the body ends, undone when it fails."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except sa.exc.SQLAlchemyError as fault:
            # "from None": the cause quotes statements
            raise explained(fault, self.name) from None

    def forget_deleted(self) -> None:
        """See to it that rows deleted or changed before now cannot be read back from the register's files."""
        is_file = self.path is not None
        statement = "PRAGMA wal_checkpoint(TRUNCATE)" if is_file else "VACUUM (FULL) records, details, ids"
        try:
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql(statement)
        except sa.exc.SQLAlchemyError as fault:
            raise explained(fault, self.name) from None


def file_of(location: Path | str) -> Path | None:
    """The file that a register at ``location`` is in; None for a server's URL. Raises UsageFault for a URL that
    is not understood."""
    if isinstance(location, Path) or "://" not in location:
        return Path(location)
    url = _url(location)
    return None if url.drivername == POSTGRESQL else Path(url.database or "")


def place_of(location: Path | str, *, busy_seconds: float, make: bool) -> Place:
    """The place at ``location``. A file is made where there is none if ``make``, else that is an InputFault.

    Raises UsageFault for a URL that is not understood, InputFault for a folder, OutputFault where no file can
    be written.
    """
    path = file_of(location)
    if path is None:
        url = _url(location)
        return Place(_postgresql(url, busy_seconds), url.render_as_string(hide_password=True), None)
    _require_file(path, make=make)
    return Place(_sqlite(path, busy_seconds), str(path), path)


def _url(location: Path | str) -> sa.URL:
    try:
        url = sa.make_url(str(location))
        known = url.drivername == POSTGRESQL or (
            url.get_backend_name() == "sqlite" and url.get_driver_name() == "pysqlite"
        )
    except (sa.exc.ArgumentError, ImportError, ValueError):
        known = False
    if not known:
        raise UsageFault(
            "the register's URL is not one that childlink opens", allowed=_ALLOWED, next_step="check the URL"
        )
    return url


def _sqlite(path: Path, busy_seconds: float) -> sa.Engine:
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        connect_args={"timeout": busy_seconds, "isolation_level": None},
        poolclass=sa.pool.NullPool,
        hide_parameters=True,
    )
    sa.event.listen(engine, "connect", _on_connect)

    def alone(connection: sa.Connection) -> None:
        # the driver's own transactions begin too late: two runs could read the same state and both write
        if _is_transaction(connection):
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    sa.event.listen(engine, "begin", alone)
    return engine


def _postgresql(url: sa.URL, busy_seconds: float) -> sa.Engine:
    try:
        engine = sa.create_engine(
            url,
            poolclass=sa.pool.NullPool,
            hide_parameters=True,
            connect_args={"connect_timeout": 10},
        )
    except ImportError:
        raise UsageFault(
            "this installation has no driver for PostgreSQL",
            allowed=_ALLOWED,
            next_step="pip install 'childlink[postgresql]'",
        ) from None
    wait = f"SET LOCAL lock_timeout = {max(1, int(busy_seconds * 1000))}"

    def alone(connection: sa.Connection) -> None:
        if _is_transaction(connection):
            connection.exec_driver_sql(wait)
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")

    sa.event.listen(engine, "begin", alone)
    return engine


def _is_transaction(connection: sa.Connection) -> bool:
    return connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT"


def _require_file(path: Path, *, make: bool) -> None:
    """Raises unless ``path`` is a file, or may become one; makes it, empty, for its owner alone."""
    if path.is_dir():
        raise InputFault(f"the register {path} is a folder", next_step="name a file")
    if not make and not path.exists():
        raise InputFault(
            f"there is no register {path}",
            next_step="name the file that childlink link wrote, as in --register OUT/register.sqlite",
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as fault:
        raise OutputFault(
            f"cannot write the register {path}: {fault.strerror}", next_step="name a place you may write to"
        ) from None


def _on_connect(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in (
        "page_size=16384",  # of a new file: a first run of a million children writes it a fifth faster
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "secure_delete=ON",  # what a seal deletes is overwritten
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def explained(fault: sa.exc.SQLAlchemyError, name: str) -> ChildlinkError:
    """The user's fault behind a database error, whose own words are looked at and never shown."""
    words = str(getattr(fault, "orig", fault)).casefold()
    if any(word in words for word in ("locked", "busy", "lock timeout")):
        return OutputFault(
            f"the register {name} is in use by another program",
            next_step="wait until the other run has ended, and run again",
        )
    if any(word in words for word in ("not a database", "malformed", "encrypted")):
        return InputFault(
            f"{name} is not a SQLite database, or is damaged",
            next_step="name the register's file, or restore it from a copy; "
            "childlink register verify says how far its history can be read",
        )
    if "full" in words or "no space" in words:
        return OutputFault(
            f"no space left for the register {name}", next_step="free some space, and run again"
        )
    if any(word in words for word in ("readonly", "read-only", "unable to open", "permission denied")):
        return OutputFault(
            f"cannot write the register {name}", next_step="check who may write there, and in its folder"
        )
    if isinstance(fault, sa.exc.OperationalError):
        return OutputFault(
            f"the register {name} cannot be used",
            next_step="check that its database is there and can be written to",
        )
    return ToolFault(f"the register {name} refused what childlink wrote; nothing of this run was kept")
