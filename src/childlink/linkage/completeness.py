"""How complete and how valid each field of each source is, for the summary and the report. Counts only."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from childlink.identifiers import nhs_number, postcodes, uln, upn
from childlink.linkage import sexes
from childlink.linkage.extracts import Extract
from childlink.linkage.fields import FIELDS
from childlink.linkage.standardise import SEALED_WORDS, UNSEALED_WORDS, raw_cells

_VERDICTS = {
    "nhs_number": nhs_number.verdict,
    "upn": upn.verdict,
    "former_upn": upn.verdict,
    "uln": uln.verdict,
}
_NOT_GIVEN = ("missing", "unknown_code")
_USABLE = ("valid", "test_range", "permanent", "temporary")


def completeness(
    extracts: Sequence[Extract], records: pl.DataFrame, verdicts: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Per source and field that the source has a column for: source, field, rows, present, valid, invalid.

    ``records``: the records frame of the same extracts. ``verdicts``: of ``identifier_verdicts``, where they
    are there already. Counts are UInt32. ``present``: records whose cell
    says something; codes for "not known" (UN1, sex 9, ZZ99) say nothing. ``valid``: of these, records whose
    value is used in matching; ``invalid``: the others. Sorted by source, then in the order of fields.FIELDS,
    then further identifiers by name.
    """
    verdicts = identifier_verdicts(extracts) if verdicts is None else verdicts
    rows = [
        {
            "source": extract.source,
            "field": field,
            "rows": extract.cells.height,
            "present": present,
            "valid": valid,
        }
        for extract in sorted(extracts, key=lambda extract: extract.source)
        for field in _fields_of(extract)
        for present, valid in [_counts(extract, field, records, verdicts)]
    ]
    counts = ("rows", "present", "valid")
    schema = {"source": pl.String, "field": pl.String, **dict.fromkeys(counts, pl.UInt32)}
    frame = pl.DataFrame(rows, schema=schema)
    return frame.with_columns((pl.col("present") - pl.col("valid")).alias("invalid"))


def identifier_verdicts(extracts: Sequence[Extract]) -> pl.DataFrame:
    """How many cells of each number have which verdict: source, field, verdict, rows (UInt32).

    Fields: nhs_number, upn, former_upn, uln, where the source has the column. Sorted by source, field,
    verdict. The verdicts are those of the modules of ``identifiers``.
    """
    raw = raw_cells(extracts).lazy()
    parts = [
        raw.filter(pl.col("source").is_in([e.source for e in extracts if field in e.columns]))
        .select("source", pl.lit(field).alias("field"), verdict(pl.col(field)).alias("verdict"))
        .group_by("source", "field", "verdict")
        .agg(pl.len().cast(pl.UInt32).alias("rows"))
        for field, verdict in _VERDICTS.items()
    ]
    return pl.concat(parts).sort("source", "field", "verdict").collect()


def _fields_of(extract: Extract) -> list[str]:
    known = [field.name for field in FIELDS if field.name in extract.columns]
    own = (*extract.identifiers, *extract.fields)
    return known + sorted(name for name in extract.columns if name in own)


def _counts(extract: Extract, field: str, records: pl.DataFrame, verdicts: pl.DataFrame) -> tuple[int, int]:
    """Records that are present, and that are valid, in one field of one source."""
    if field in _VERDICTS:
        of_field = verdicts.filter(source=extract.source, field=field)
        given = of_field.filter(~pl.col("verdict").is_in(_NOT_GIVEN))["rows"].sum()
        return int(given), int(of_field.filter(pl.col("verdict").is_in(_USABLE))["rows"].sum())
    own = records.filter(source=extract.source)
    present = int(extract.cells.select(_says_something(extract, field).sum()).item())
    if field == "postcode":
        return present, int((own["postcodes"].list.len() > 0).sum())
    if field in ("known_as", "sensitive"):
        return present, present
    if field == "sealed":
        words = pl.col(extract.columns[field][0]).str.to_uppercase()
        return present, int(extract.cells.select(words.is_in((*SEALED_WORDS, *UNSEALED_WORDS)).sum()).item())
    named = {name: f"id_{name}" for name in extract.identifiers} | {n: f"x_{n}" for n in extract.fields}
    column = {"date_of_birth": "dob"}.get(field, named.get(field, field))
    return present, len(own) - own[column].null_count()


def _says_something(extract: Extract, field: str) -> pl.Expr:
    given = []
    for heading in extract.columns[field]:
        cell = pl.col(heading)
        told = cell.is_not_null()
        if field == "postcode":
            told &= postcodes.stands_for_no_address(cell).not_()
        if field == "sex":
            told &= sexes.says_unknown(cell).not_()
        given.append(told.fill_null(value=False))
    return pl.any_horizontal(given)
