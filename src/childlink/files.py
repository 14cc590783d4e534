"""Writing files whole or not at all, and CSV files that a spreadsheet cannot be made to run."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from childlink.errors import OutputFault

if TYPE_CHECKING:
    import polars as pl

PRIVATE = 0o600
"""The mode of files that hold keys or children's data: their owner alone reads them."""


@contextmanager
def written_whole(path: Path, *, private: bool = False) -> Iterator[Path]:
    """Give a temporary path beside ``path`` to write to; on success it takes ``path``'s name at once.

    When the body fails, or the process dies, ``path`` keeps what it held before. Missing parent folders are
    made. ``private``: the file is its owner's alone, from the first byte. Raises OutputFault when the folder
    cannot be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as fault:
        raise OutputFault(
            f"cannot write {path}: {fault.strerror}", next_step="name a folder you may write to"
        ) from None
    os.close(handle)
    part = Path(name)
    try:
        yield part
        part.chmod(PRIVATE if private else 0o666 & ~_umask())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


_RUNS = r"[=+\-@\t\r\n＝＋－＠]"
_MAY_RUN = rf"^'*\s*{_RUNS}"
_PLAIN_NUMBER = r"^[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$"


def harmless(cell: pl.Expr) -> pl.Expr:
    """Text that a spreadsheet cannot take for a formula: an apostrophe before what begins, spaces aside, with
    = + - @ (also in their wide forms), a tab or a line break. Plain numbers such as -1.5 stay as they are.

    ``restored`` is its exact inverse: a cell that begins with apostrophes and then such a sign gets one more.
    """
    import polars as pl

    safe = cell.str.contains(_MAY_RUN).not_() | cell.str.contains(_PLAIN_NUMBER)
    return pl.when(safe).then(cell).otherwise(pl.lit("'") + cell)


def restored(cell: pl.Expr) -> pl.Expr:
    """The text that ``harmless`` was given."""
    import polars as pl

    rest = cell.str.slice(1)
    made = cell.str.starts_with("'") & rest.str.contains(_MAY_RUN) & rest.str.contains(_PLAIN_NUMBER).not_()
    return pl.when(made).then(rest).otherwise(cell)


def csv_for_people(frame: pl.DataFrame) -> str:
    """``frame`` as the text of a CSV file in which neither a heading nor a cell of text can run."""
    import polars as pl

    headings = pl.select(harmless(pl.lit(pl.Series("heading", frame.columns, dtype=pl.String)))).to_series()
    safe = frame.with_columns(harmless(pl.col(pl.String)))
    return safe.rename(dict(zip(frame.columns, headings, strict=True))).write_csv()


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
