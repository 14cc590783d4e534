"""Ofsted's lists of providers, as the one table that rules look URNs up in.

Two shapes are taken, as Excel workbooks or as CSV files of their sheets: the children's homes list (one sheet, or
settings and addresses) with the social care providers list (current and closed), or one combined list (providers,
and supported accommodation in a second sheet). Columns are recognised by what they mean; see ``provider_sheets``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from childlink.errors import InputFault
from childlink.reference.derive import upper_tier
from childlink.reference.local_authorities import local_authorities
from childlink.reference.postcodes import PostcodeDirectory
from childlink.reference.provider_sheets import (
    AUTHORITY,
    CLOSED,
    HEADINGS,
    NAMES,
    PLACES,
    POSTCODE,
    PROVIDERS,
    URN,
    Part,
    ProviderSheet,
    no_urn,
    understand,
)
from childlink.returns.spreadsheet import Sheet, read_sheets

SUPPORTED_ACCOMMODATION, PRIVATE_PROVISION = "K3", "PR4"
"""What the sheet of supported accommodation leaves unsaid: the placement, and the provider where it has no such
column."""
_COUNTRIES = {"SCO": "Scotland", "NIR": "Northern Ireland", "WAL": "Wales"}
_ALLOWED = "the children's homes list with the social care providers list, or one combined list"
_DATE_FORMS = (
    *(
        "%Y-%m-%d",
        "%d/%m/%Y",
        "%d-%m-%Y",
        "%d.%m.%Y",
        "%Y/%m/%d",
        "%d %B %Y",
        "%d %b %Y",
        "%d-%b-%Y",
        "%d-%B-%Y",
    ),
    *("%d/%m/%y", "%d-%b-%y", "%d %b %y"),
)
_SERIAL = r"^[0-9]{5}(\.[0-9]+)?$"


@dataclass(frozen=True)
class SheetRead:
    """What was understood of one sheet: ``held_as`` says what it was taken for (or that it was not read),
    ``columns`` the heading read for each meaning, ``rows`` those that went into the table. ``without_urn`` rows
    were dropped; ``unread_dates`` closing dates were in no known form and are taken as missing."""

    file: str
    sheet: str | None
    sha256: str
    held_as: str
    rows: int = 0
    without_urn: int = 0
    unread_dates: int = 0
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class ProviderLists:
    """``table``: URN, LA_NAME_FROM_FILE, PLACE_CODES, PROVIDER_CODES, POSTCODE (String) and REG_END (Date), one
    row for each row of the lists with a URN, in the order of the sheets as below; a URN may repeat.
    ``sheets``: what was understood, in the order given."""

    table: pl.DataFrame = field(repr=False)
    sheets: tuple[SheetRead, ...]


def read_providers(paths: Sequence[Path]) -> ProviderLists:
    """Read provider lists.

    URNs and codes come in capitals, without ".0" and without spaces, codes with commas between; postcodes in
    capitals without spaces. Raises InputFault when a file cannot be read (``read_sheets``), is no list of
    providers or lacks a column; when one list is given more than once; when the social care providers list or the
    children's homes list comes without the other, or without a part of its own (settings or addresses, current
    or closed providers).
    """
    groups: dict[Path | None, list[Sheet]] = {}
    for path in paths:
        sheets = read_sheets(path, HEADINGS[URN])
        for sheet in sheets:
            groups.setdefault(None if sheet.name is None else path, []).append(sheet)
    understood: list[ProviderSheet] = []
    for sheets in groups.values():
        found = understand(sheets)
        for file in dict.fromkeys(sheet.file for sheet in sheets):
            if not any(known.sheet.file == file for known in found):
                raise no_urn(sheet for sheet in sheets if sheet.file == file)
        understood += found
    chosen = _one_of_each(understood)
    tables = [_table(part) for part in chosen]
    read = {id(p.sheet): (_described(p), t) for p, t in zip(chosen, tables, strict=True)}
    seen = tuple(
        _sheet_read(sheet, *read.get(id(sheet), (None, None))) for group in groups.values() for sheet in group
    )
    joined = [t.drop("unread") for t in _joined(chosen, tables)]
    return ProviderLists(table=pl.concat(joined).filter(pl.col("URN").is_not_null()), sheets=seen)


def with_authorities(
    table: pl.DataFrame, directory: PostcodeDirectory, local_authority: str | None
) -> pl.DataFrame:
    """``table`` of ProviderLists with LA_CODE_INFERRED and LA_NAME_INFERRED (String), rows unchanged.

    The code is that of PL_LA (``derive_placement_columns``) for the provider's POSTCODE: upper-tier ONS code, or
    SCO, NIR, WAL; null where the postcode is not in the directory.
    """
    places = directory.lookup(table["POSTCODE"]).select(
        POSTCODE="pcd", LA_CODE_INFERRED=upper_tier(pl.col("laua"), local_authority)
    )
    names = {la.ons_code: la.name for la in local_authorities()} | _COUNTRIES
    name = pl.col("LA_CODE_INFERRED").replace_strict(names, default=None, return_dtype=pl.String)
    return table.join(places, on="POSTCODE", how="left", maintain_order="left").with_columns(
        LA_NAME_INFERRED=name
    )


def _one_of_each(understood: Sequence[ProviderSheet]) -> list[ProviderSheet]:
    """The sheets to read, of lists that are each there once and go together: in the order homes, care, or
    combined, supported."""
    by_part: dict[Part, list[ProviderSheet]] = {}
    for sheet in understood:
        by_part.setdefault(sheet.part, []).append(sheet)
    homes, care = _homes(by_part), _care(by_part.get("care", []))
    combined = _at_most_one("combined", by_part.get("combined", []))
    supported = _at_most_one("supported", by_part.get("supported", []))
    if combined:
        if homes or care:
            other = (homes or care)[0]
            raise _fault(
                f"{combined[0].sheet.place} is a combined list, and {other.sheet.place} is {NAMES[other.part]}",
                "leave one of them out",
            )
        return combined + supported
    alone = supported or (homes if not care else []) or (care if not homes else [])
    if alone:
        wanted = "the children's homes list" if care else "the list of social care providers"
        wanted = NAMES["combined"] if supported else wanted
        raise _fault(
            f"{alone[0].sheet.place} is {NAMES[alone[0].part]}, and {wanted} is not given", f"add {wanted}"
        )
    return homes + care


def _homes(by_part: Mapping[Part, list[ProviderSheet]]) -> list[ProviderSheet]:
    """The children's homes list: its one sheet, or settings and addresses."""
    whole = by_part.get("homes", [])
    if len(whole) > 1 and len({p.sheet.file for p in whole}) == 1:
        whole = [p for p in whole if p.sheet.name == "Provider information"] or whole
    settings, addresses = by_part.get("homes, settings", []), by_part.get("homes, addresses", [])
    if whole:
        _at_most_one("homes", [*whole, *(p for p in settings if p.sheet.file != whole[0].sheet.file)])
        return whole
    _at_most_one("homes, settings", settings)
    _at_most_one("homes, addresses", addresses)
    if bool(settings) != bool(addresses):
        here, lacking = (settings, "homes, addresses") if settings else (addresses, "homes, settings")
        columns = "URN and Setting Postcode" if settings else "URN, codes and Closed Date"
        raise _fault(
            f"{here[0].sheet.place} is {NAMES[here[0].part]}, but {NAMES[lacking]} are not there",  # type: ignore[index]
            f"add the sheet with the columns {columns}, as a sheet of the workbook or as CSV",
        )
    return settings + addresses


def _care(sheets: list[ProviderSheet]) -> list[ProviderSheet]:
    """The social care providers list: current and closed providers, or one sheet that holds both."""
    if not sheets:
        return []
    several = len({None if p.sheet.name is None else p.sheet.file for p in sheets}) > 1
    dated = [p for p in sheets if CLOSED in p.columns]
    if several or len(sheets) > 2 or (len(sheets) == 2 and not dated and sheets[0].sheet.name is None):
        _at_most_one("care", sheets)
    if len(sheets) == 1:
        closed = sheets[0].text(CLOSED)
        if not dated or (len(closed) and not closed.null_count()):
            lacking = "current" if dated else "closed"
            raise _fault(
                f"{sheets[0].sheet.place} is {NAMES['care']}, but its {lacking} providers are not there",
                "add the sheet of current providers"
                if dated
                else "add the sheet with the column Deregistration date",
            )
    elif sheets[0].sheet.name is not None and CLOSED not in sheets[1].columns:
        raise _fault(
            f"{sheets[1].sheet.place}: the second sheet of {NAMES['care']} holds closed providers, but it has no "
            "column Deregistration date",
            "add the column, or download the list again",
        )
    return sheets


def _at_most_one(part: Part, sheets: list[ProviderSheet]) -> list[ProviderSheet]:
    if len(sheets) > 1:
        first, second = sheets[0].sheet.place, sheets[1].sheet.place
        raise _fault(f"{first} and {second} are both {NAMES[part]}", "leave one out")
    return sheets


def _fault(fault: str, step: str) -> InputFault:
    return InputFault(fault, allowed=_ALLOWED, next_step=step)


def _table(part: ProviderSheet) -> pl.DataFrame:
    """The rows of one sheet, as in ProviderLists; ``unread`` says where a closing date could not be read."""
    frame = pl.DataFrame({m: part.text(m) for m in (URN, AUTHORITY, PLACES, PROVIDERS, CLOSED, POSTCODE)})
    places, providers = _codes(pl.col(PLACES)), _codes(pl.col(PROVIDERS))
    if part.part == "supported":
        places = pl.lit(SUPPORTED_ACCOMMODATION)
        if PROVIDERS not in part.columns:
            providers = pl.lit(PRIVATE_PROVISION)
    closed = _date(pl.col(CLOSED))
    return frame.select(
        URN=_filled(pl.col(URN).str.strip_chars().str.replace(r"\.0+$", "").str.to_uppercase()),
        LA_NAME_FROM_FILE=_filled(pl.col(AUTHORITY).str.strip_chars()),
        PLACE_CODES=places,
        PROVIDER_CODES=providers,
        REG_END=closed,
        POSTCODE=_filled(pl.col(POSTCODE).str.replace_all(r"\s", "").str.to_uppercase()),
        unread=closed.is_null() & _filled(pl.col(CLOSED).str.strip_chars()).is_not_null(),
    )


def _filled(text: pl.Expr) -> pl.Expr:
    return pl.when(text != "").then(text)


def _codes(text: pl.Expr) -> pl.Expr:
    """Codes in capitals with one comma between, whatever stood there."""
    plain = text.str.replace_all(r"\s", "").str.replace_all("[/;,]+", ",").str.strip_chars(",")
    return _filled(plain.str.to_uppercase())


def _date(text: pl.Expr) -> pl.Expr:
    """Dates in any of the forms that spreadsheets and people give them, the day before the month; null else."""
    day = text.str.strip_chars().str.replace(r"[T ][0-9]{1,2}:[0-9]{2}.*$", "")
    serial = pl.when(day.str.contains(_SERIAL)).then(day).cast(pl.Float64, strict=False).cast(pl.Int32)
    counted = pl.lit("1899-12-30").str.to_date() + pl.duration(days=serial)
    read = [day.str.to_date(form, strict=False) for form in _DATE_FORMS]
    # a year of two figures would otherwise be read as one of the first century
    sound = [pl.when(date.dt.year().is_between(1900, 2100)).then(date) for date in (*read, counted)]
    return pl.coalesce(sound)


def _joined(parts: Sequence[ProviderSheet], tables: Sequence[pl.DataFrame]) -> list[pl.DataFrame]:
    """``tables``, with the postcodes of the homes' addresses joined to their settings (URNs in both)."""
    by_part = {part.part: table for part, table in zip(parts, tables, strict=True)}
    if "homes, addresses" not in by_part:
        return list(tables)
    addresses = by_part["homes, addresses"].select("URN", "POSTCODE").unique(maintain_order=True)
    columns = tables[0].columns
    homes = (
        by_part["homes, settings"]
        .drop("POSTCODE")
        .join(addresses, on="URN", how="inner", maintain_order="left_right")
    )
    others = [t for p, t in zip(parts, tables, strict=True) if not p.part.startswith("homes")]
    return [homes.select(columns), *others]


def _described(part: ProviderSheet) -> SheetRead:
    return SheetRead(
        file=part.sheet.file.name,
        sheet=part.sheet.name,
        sha256=part.sheet.sha256,
        held_as=NAMES[part.part],
        columns=dict(part.columns),
    )


def _sheet_read(sheet: Sheet, known: SheetRead | None, table: pl.DataFrame | None) -> SheetRead:
    if known is None or table is None:
        return SheetRead(
            sheet.file.name, sheet.name, sheet.sha256, held_as="not read: not a sheet of providers"
        )
    without = table["URN"].null_count()
    return SheetRead(
        file=known.file,
        sheet=known.sheet,
        sha256=known.sha256,
        held_as=known.held_as,
        rows=table.height - without,
        without_urn=without,
        unread_dates=int(table["unread"].sum()),
        columns=known.columns,
    )
