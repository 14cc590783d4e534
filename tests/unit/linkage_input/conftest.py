"""Extracts written for a test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from childlink.linkage.config import SourceMapping
from childlink.linkage.extracts import Extract, read_extract

HEADINGS = "record_id,forename,surname,dob"
ROW = "1,Ann,Smith,2012-04-28"


@pytest.fixture
def extract(tmp_path: Path) -> Callable[..., Extract]:
    """Write lines to a CSV file and read it as the extract of a source."""

    def read(
        *lines: str, source: str = "health", mapping: SourceMapping | None = None, headings: str = HEADINGS
    ) -> Extract:
        path = tmp_path / f"{source}.csv"
        path.write_text("\n".join([headings, *lines]) + "\n", encoding="utf-8")
        return read_extract(source, path, mapping)

    return read
