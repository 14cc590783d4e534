"""From extracts to the records frame: one row per record, every field in the one form that is compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import polars as pl

from childlink.errors import UsageFault
from childlink.identifiers import nhs_number, postcodes, uln, upn
from childlink.identifiers.written import absent
from childlink.linkage import dates, names, sexes
from childlink.linkage.extracts import Extract

COLUMNS: dict[str, pl.DataType] = {
    "row": pl.UInt32(),
    "source": pl.String(),
    "record_id": pl.String(),
    "forename": pl.String(),
    "surname": pl.String(),
    "forename_original": pl.String(),
    "surname_original": pl.String(),
    "known_as": pl.String(),
    "dob": pl.Date(),
    "dob_weak": pl.Boolean(),
    "sex": pl.String(),
    "postcodes": pl.List(pl.String()),
    "nhs_number": pl.String(),
    "upn": pl.String(),
    "upn_temporary": pl.String(),
    "former_upn": pl.String(),
    "uln": pl.String(),
    "ethnicity": pl.String(),
    "sealed": pl.Boolean(),
}
"""Columns of the records frame and their types; further identifiers follow as id_NAME (String), by name,
and then the user's own fields as x_NAME (String)."""

SEALED_WORDS = ("TRUE", "YES", "Y", "T", "1", "1.0", "SEALED")
UNSEALED_WORDS = ("FALSE", "NO", "N", "F", "0", "0.0")

_TEXT_FIELDS = (
    "record_id", "forename", "surname", "known_as", "sex", "nhs_number", "upn", "former_upn", "uln",
    "ethnicity", "sealed",
)  # fmt: skip


def standardise(extracts: Sequence[Extract]) -> pl.DataFrame:
    """The records frame: one row per record of all extracts, sorted by source, then record id.

    ``row`` counts from 0. Names: see ``names``; ``_original`` as given, trimmed. ``known_as``: from a column
    of its own, else from the forename's cell; null where it only repeats the forename. ``dob_weak``: null
    where dob is. ``postcodes``: valid forms only, sorted, each once; an empty list where there is none.
    ``nhs_number``, ``upn`` (permanent), ``upn_temporary``, ``former_upn``, ``uln``: valid ones only.
    ``sealed``: never null; a word that is neither yes nor no seals, because a wrong link across a seal cannot
    be undone.

    Raises UsageFault where two extracts have the same source name.
    """
    raw = raw_cells(extracts)
    further = sorted(column for column in raw.columns if column.startswith("id_"))
    fields = {name: kind for extract in extracts for name, kind in sorted(extract.fields.items())}
    named = _with_names(raw)
    identifiers = {
        "nhs_number": nhs_number.usable(pl.col("nhs_number")),
        "upn": upn.permanent(pl.col("upn")),
        "upn_temporary": upn.temporary(pl.col("upn")),
        "former_upn": upn.usable_former(pl.col("former_upn")),
        "uln": uln.usable(pl.col("uln")),
        **{name: local_identifier(pl.col(name)) for name in further},
        **{
            f"x_{name}": _by_distinct(raw[f"x_{name}"], words if kind == "text" else local_identifier)
            for name, kind in fields.items()
        },
    }
    return (
        named.lazy()  # lazily, so that what the expressions of a number share is worked out once
        .with_columns(
            dates.weak(pl.col("dob")).alias("dob_weak"),
            sexes.normalised(pl.col("sex")).alias("sex"),
            pl.col("ethnicity").str.to_uppercase(),
            is_sealed(pl.col("sealed")).alias("sealed"),
            **identifiers,
        )
        .sort("source", "record_id")
        .with_row_index("row")
        .select(
            *(pl.col(name).cast(kind) for name, kind in COLUMNS.items()),
            *further,
            *sorted(f"x_{name}" for name in fields),
        )
        .collect()
    )


def raw_cells(extracts: Sequence[Extract]) -> pl.DataFrame:
    """The cells of all extracts in order, by field name, as text, null where a source has no such column.

    Already in their final form are source, dob (Date) and postcodes (List(String)). Further identifiers are
    columns id_NAME, the user's own fields x_NAME. Raises UsageFault where two extracts have the same source name.
    """
    taken = [extract.source for extract in extracts]
    if repeated := sorted({name for name in taken if taken.count(name) > 1}):
        raise UsageFault(
            f"the source {repeated[0]} is given twice",
            allowed="each source once",
            next_step="give the second file a name of its own, as in education_b=FILE",
        )
    further = sorted({name for extract in extracts for name in extract.identifiers})
    fields = sorted({name for extract in extracts for name in extract.fields})
    return pl.concat([_cells_of(extract, further, fields) for extract in extracts], rechunk=True)


def is_sealed(value: pl.Expr) -> pl.Expr:
    """Whether a record's identity is sealed, from a trimmed cell: false where empty, true when in doubt."""
    return value.str.to_uppercase().is_in(UNSEALED_WORDS).not_().fill_null(value=False)


def local_identifier(value: pl.Expr) -> pl.Expr:
    """A further identifier as compared: no white space, upper case; null for words for "none" and zeros."""
    text = value.str.replace_all(r"\s+", "").str.to_uppercase()
    return pl.when(absent(text).not_() & text.str.contains("^0+$").not_()).then(text)


def words(value: pl.Expr) -> pl.Expr:
    """Text as compared: capital letters without accents, words and numbers with single spaces; null for
    none."""
    text = names.upper_folded(value).str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars()
    return pl.when(absent(text).not_()).then(text)


def _cells_of(extract: Extract, further: Sequence[str], fields: Sequence[str]) -> pl.DataFrame:
    born = extract.columns["date_of_birth"][0]
    form = extract.date_form
    living = [
        _by_distinct(extract.cells[heading], postcodes.normalised)
        for heading in extract.columns.get("postcode", ())
    ]
    columns = {
        "source": pl.lit(extract.source),
        **{field: _cell(extract, field) for field in _TEXT_FIELDS},
        "dob": _by_distinct(extract.cells[born], partial(dates.parsed, form=form), pl.Date)
        if form
        else pl.lit(None, dtype=pl.Date),
        "postcodes": _sorted_set(living),
        **{f"id_{name}": _cell(extract, name) for name in further},
        **{f"x_{name}": _cell(extract, name) for name in fields},
    }
    return extract.cells.lazy().select(**columns).collect()


def _cell(extract: Extract, field: str) -> pl.Expr:
    headings = extract.columns.get(field)
    return pl.col(headings[0]) if headings else pl.lit(None, dtype=pl.String)


def _sorted_set(columns: Sequence[pl.Expr]) -> pl.Expr:
    """The distinct values of several columns of text as one sorted list; nulls are left out."""
    if not columns:
        return pl.lit([], dtype=pl.List(pl.String))
    if len(columns) == 1:  # as below, and five times as fast
        none = pl.lit([], dtype=pl.List(pl.String))
        return pl.when(columns[0].is_null()).then(none).otherwise(pl.concat_list(columns))
    return pl.concat_list(columns).list.drop_nulls().list.unique().list.sort()


def _with_names(raw: pl.DataFrame) -> pl.DataFrame:
    """The names in the form that is compared, each distinct one worked out once."""
    other = pl.coalesce(
        _by_distinct(raw["known_as"], names.forename), _by_distinct(raw["forename"], names.known_as)
    )
    compared = raw.with_columns(
        forename_original=pl.col("forename"),
        surname_original=pl.col("surname"),
        forename=_by_distinct(raw["forename"], names.forename),
        surname=_by_distinct(raw["surname"], names.surname),
        known_as=other,
    )
    repeats = pl.col("known_as") == pl.col("forename")
    return compared.with_columns(known_as=pl.when(repeats.ne_missing(other=True)).then("known_as"))


def _by_distinct(
    given: pl.Series, rule: Callable[[pl.Expr], pl.Expr], kind: type[pl.DataType] = pl.String
) -> pl.Expr:
    """``rule(given)`` for every cell, worked out on the distinct values only."""
    told = given.drop_nulls().unique()
    results = pl.select(rule(pl.lit(told))).to_series()
    return pl.lit(given).replace_strict(told, results, default=None, return_dtype=kind)
