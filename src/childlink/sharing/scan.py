"""Whether cells that are to leave as they stand hold what must not: numbers of a person, postcodes, dates.

An agreement names columns by their headings, and a heading may lie. What is found is counted and never shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from childlink.errors import UsageFault
from childlink.identifiers import nhs_number, postcodes, upn
from childlink.sharing.sources import IDENTIFYING_FIELDS, SharedSource

_MANY = 20
_NEARLY_ALL = 0.9

_DATE = (
    r"\b(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{1,2}[- ][A-Za-z]{3,9}[- ]\d{4})\b"
)
_COMPACT_DATE = r"^(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\.0)?$"
_TEN_DIGITS = r"\b\d{3}[ -]?\d{3}[ -]?\d{4}\b"
_UPN = r"(?i)\b[A-Z]\d{11}[0-9A-Z]\b"
_POSTCODE = r"(?i)\b[A-Z]{1,2}\d[0-9A-Z]? ?\d[ABD-HJLNP-UW-Z]{2}\b"
_EMAIL = r"[^\s@]+@[^\s@]+\.[A-Za-z]{2,}"
_TELEPHONE = r"(?:\+44|\b0)\d[\d ]{8,11}\b"


def _tests(cell: pl.Expr) -> Mapping[str, pl.Expr]:
    digits = cell.str.extract(f"({_TEN_DIGITS})", 1)
    letters = cell.str.extract(f"({_UPN})", 1)
    return {
        "NHS numbers": nhs_number.usable(digits).is_not_null(),
        "UPNs": upn.usable_former(letters).is_not_null(),
        "full postcodes": postcodes.normalised(cell.str.extract(f"({_POSTCODE})", 1)).is_not_null(),
        "e-mail addresses": cell.str.contains(_EMAIL),
        "telephone numbers": cell.str.contains(_TELEPHONE),
        "full dates": cell.str.contains(_DATE) | cell.str.contains(_COMPACT_DATE),
    }


def require_nothing_identifying(source: SharedSource, headings: Iterable[str], children: pl.Series) -> None:
    """Raises UsageFault for the first of ``headings`` whose cells hold what must not leave as it stands.

    That is: NHS numbers, UPNs, full postcodes or dates, addresses of e-mail, telephone numbers; copies of the
    record's own identifiers; or a value of its own for nearly every child (``children``: the child of each row),
    which tells a child as surely as a number does.
    """
    for heading in headings:
        found = (
            source.table.select(pl.col(heading).alias("cell"))
            .with_columns(line=source.lines)
            .drop_nulls("cell")
        )
        if found.is_empty():
            continue
        told = found.select(
            test.fill_null(value=False).sum().alias(name) for name, test in _tests(pl.col("cell")).items()
        ).row(0, named=True)
        for name, cells in told.items():
            if cells:
                line = found.filter(_tests(pl.col("cell"))[name])["line"][0]
                raise _refused(source, heading, f"{cells:,} cells hold {name} (the first on line {line})")
        _require_no_copy(source, heading)
        _require_not_unique(source, heading, children)


def _require_no_copy(source: SharedSource, heading: str) -> None:
    own = [
        column
        for column, kind in source.kinds.items()
        if column != heading
        and (kind in IDENTIFYING_FIELDS or kind in ("date_of_birth", "postcode"))
        and kind != "sealed"
    ]
    for column in own:
        same = pl.col(heading).str.to_lowercase() == pl.col(column).str.to_lowercase()
        cells = int(source.table.select(same.sum()).item())
        if cells:
            raise _refused(
                source, heading, f'{cells:,} cells are the same as the record\'s own in "{column}"'
            )


def _require_not_unique(source: SharedSource, heading: str, children: pl.Series) -> None:
    held = pl.DataFrame({"child": children, "cell": source.table[heading]}).drop_nulls()
    values, each = held["cell"].n_unique(), held["child"].n_unique()
    if each >= _MANY and values >= _NEARLY_ALL * each:
        raise _refused(source, heading, f"{values:,} values for {each:,} children: nearly one for each")


def _refused(source: SharedSource, heading: str, why: str) -> UsageFault:
    return UsageFault(
        f'{source.path.name}, column "{heading}" may not leave as it stands: {why}',
        allowed="columns that say nothing of who the child is; dates as month or year",
        next_step="take it out of the agreement, or clean or band it in the extract first",
    )
