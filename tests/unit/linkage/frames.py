"""Hand-made records frames for tests: only what matters to a test is written."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

BLANK: dict[str, Any] = {
    "forename": None, "surname": None, "forename_original": None, "surname_original": None, "known_as": None,
    "dob": None, "dob_weak": None, "sex": None, "postcodes": [], "nhs_number": None, "upn": None,
    "upn_temporary": None, "former_upn": None, "uln": None, "ethnicity": None, "sealed": False,
}  # fmt: skip

TYPES: dict[str, Any] = {
    "source": pl.String, "record_id": pl.String, **dict.fromkeys(BLANK, pl.String), "dob": pl.Date,
    "dob_weak": pl.Boolean, "postcodes": pl.List(pl.String), "sealed": pl.Boolean,
}  # fmt: skip

ZARA = {
    "forename": "ZARA", "surname": "BRENNAN", "dob": date(2012, 4, 28), "sex": "F", "postcodes": ["WV14 8DU"],
}  # fmt: skip
"""A child; tests change what they are about."""


def records(*rows: dict[str, Any]) -> pl.DataFrame:
    """A records frame of ``rows`` (source, record_id and whatever is not blank), sorted, with row numbers."""
    further = sorted({name for row in rows for name in row if name.startswith("id_")})
    filled = [{**BLANK, **dict.fromkeys(further), **row} for row in rows]
    for row in filled:
        row["postcodes"] = sorted(row["postcodes"])
        if row["dob"] is not None and row["dob_weak"] is None:
            row["dob_weak"] = row["dob"].day == 15 or (row["dob"].day == 1 and row["dob"].month in (1, 7))
    frame = pl.DataFrame(filled, schema={**TYPES, **dict.fromkeys(further, pl.String)})
    return frame.sort("source", "record_id").with_row_index("row")


def pair(left: dict[str, Any], right: dict[str, Any]) -> pl.DataFrame:
    """A records frame of two records: ``left`` in source a, ``right`` in source b."""
    return records({"source": "a", "record_id": "1", **left}, {"source": "b", "record_id": "1", **right})


def partition(links: pl.DataFrame) -> set[frozenset[tuple[str, str]]]:
    """The clusters of ``links`` (source, record_id, cluster) as sets of records."""
    held: dict[Any, set[tuple[str, str]]] = {}
    for source, record_id, cluster in links.select("source", "record_id", "cluster").iter_rows():
        held.setdefault(cluster, set()).add((source, record_id))
    return {frozenset(members) for members in held.values()}
