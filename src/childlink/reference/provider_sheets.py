"""What a sheet of Ofsted's provider lists holds, told from the meaning of its columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from childlink.errors import InputFault
from childlink.returns.csv_file import look_like_headings
from childlink.returns.spreadsheet import Sheet
from childlink.schema.model import fold

URN, AUTHORITY, PLACES, PROVIDERS = "URN", "local authority", "placement codes", "placement provider codes"
CLOSED, POSTCODE, TYPE = "closing date", "postcode", "provider type"

Part = Literal["homes", "homes, settings", "homes, addresses", "care", "combined", "supported"]

HEADINGS: Mapping[str, tuple[str, ...]] = {
    URN: ("urn", "settingurn", "uniquereferencenumber"),
    AUTHORITY: ("localauthority", "localauthorityname", "la", "laname", "providerlocalauthority"),
    CLOSED: (
        *("deregistrationdate", "dateofderegistration", "datederegistered", "deregistereddate"),
        *("closeddate", "dateclosed", "closuredate", "registrationenddate", "regend"),
    ),
    POSTCODE: ("settingpostcode", "settingaddresspostcode", "addresspostcode", "postcode"),
    TYPE: ("providertype", "settingtype"),
}
"""How headings are written for each meaning, without capitals, spaces and signs; the first found is taken."""
_HOMES_CODES = {"providercode": PLACES, "providerplacementcode": PROVIDERS}
_LISTS_CODES = {
    **dict.fromkeys(("placementcode", "placementcodes", "placecode", "placecodes"), PLACES),
    **dict.fromkeys(("placementprovidercode", "placementprovidercodes", "providercodes"), PROVIDERS),
}
"""The two columns of codes: in the children's homes list, and in the others. What is in them has the last word."""
_SUPPORTED_SHEETS = ("saproviders", "supportedaccommodation", "supportedaccommodationproviders")
_CHILDRENS_HOME = "(?i)children.?s homes?"
_PROVIDER_CODE = r"(?i)^\s*PR ?[0-9]"

NAMES: Mapping[Part, str] = {
    "homes": "the children's homes list",
    "homes, settings": "the settings of the children's homes list",
    "homes, addresses": "the addresses of the children's homes list",
    "care": "the list of social care providers",
    "combined": "the combined list of providers",
    "supported": "the supported accommodation of the combined list",
}
_NEEDED: Mapping[Part, tuple[str, ...]] = {
    "homes": (URN, AUTHORITY, PLACES, PROVIDERS, CLOSED, POSTCODE),
    "homes, settings": (URN, AUTHORITY, PLACES, PROVIDERS, CLOSED),
    "homes, addresses": (URN, POSTCODE),
    "care": (URN, AUTHORITY, PLACES, PROVIDERS, POSTCODE),
    "combined": (URN, AUTHORITY, PLACES, PROVIDERS, CLOSED, POSTCODE),
    "supported": (URN, CLOSED, POSTCODE),
}
_SAID_AS = {
    URN: "URN",
    AUTHORITY: "Local Authority",
    PLACES: "Placement code (Provider Code in the children's homes list)",
    PROVIDERS: "Placement provider code (Provider Placement Code in the children's homes list)",
    CLOSED: "Closed Date or Deregistration date",
    POSTCODE: "Setting Postcode",
}
_NAMED_AT_MOST = 20


@dataclass(frozen=True, eq=False)
class ProviderSheet:
    """A sheet understood: the part of a list it is, and its column for each meaning found."""

    sheet: Sheet = field(repr=False)
    part: Part
    columns: Mapping[str, str]

    def text(self, meaning: str) -> pl.Series:
        """The cells of a meaning; nulls where the sheet has no such column."""
        frame = self.sheet.frame
        if meaning in self.columns:
            return frame[self.columns[meaning]]
        return pl.Series(meaning, [None] * frame.height, dtype=pl.String)


def understand(sheets: Iterable[Sheet]) -> list[ProviderSheet]:
    """The sheets that hold providers, of those of one file (or of all CSV files), in order.

    A sheet without a column of URNs, or with nothing else that lists have, is passed over. Raises InputFault
    when one lacks a column that the part it looks like needs, or when both of its columns of codes hold placement
    providers.
    """
    with_urn = [sheet for sheet in sheets if URN in _columns(sheet)]
    with_urn = [sheet for sheet in with_urn if POSTCODE in _columns(sheet) or _code_names(sheet)] or with_urn
    parts = {id(sheet): _part(sheet) for sheet in with_urn}
    supported = "supported" in parts.values()
    understood = []
    for sheet in with_urn:
        part = parts[id(sheet)]
        if part == "care" and supported:
            part = "combined"
        columns = {**_columns(sheet), **_code_columns(sheet)}
        if part not in ("care", "combined") and "closeddate" in _written(sheet):
            columns[CLOSED] = _written(sheet)["closeddate"]  # these lists have no other
        _require_columns(sheet, part, columns)
        understood.append(ProviderSheet(sheet, part, {m: columns[m] for m in _order(part) if m in columns}))
    return understood


def no_urn(sheets: Iterable[Sheet]) -> InputFault:
    """The fault of a file of which no sheet has a column of URNs."""
    given = list(sheets)
    found = [heading for sheet in given for heading in sheet.frame.columns]
    seen = (
        f"found {_listed(found)}" if found and look_like_headings(found) else "no row of headings was found"
    )
    return InputFault(
        f"{given[0].file} is no list of providers: it has no column URN; {seen}",
        allowed="Ofsted's children's homes list and social care providers list, or the combined list",
        next_step="check that it is the list, and that its headings stand above the rows",
    )


def _order(part: Part) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*_NEEDED[part], AUTHORITY, PLACES, PROVIDERS, CLOSED)))


def _columns(sheet: Sheet) -> dict[str, str]:
    """The column of each meaning, those of codes aside."""
    written = _written(sheet)
    found = {}
    for meaning, names in HEADINGS.items():
        name = next((n for n in names if n in written), None)
        if name is not None:
            found[meaning] = written[name]
    return found


def _written(sheet: Sheet) -> dict[str, str]:
    written: dict[str, str] = {}
    for heading in sheet.frame.columns:
        written.setdefault(fold(heading), heading)
    return written


def _code_names(sheet: Sheet) -> list[str]:
    return [name for name in _written(sheet) if name in _HOMES_CODES or name in _LISTS_CODES]


def _part(sheet: Sheet) -> Part:
    """The part of a list a sheet looks like, by its headings, its name and its kinds of provider."""
    written = _written(sheet)
    lists_codes = _LISTS_CODES.keys() & written.keys()
    has_places = any(_LISTS_CODES[name] == PLACES for name in lists_codes)
    if fold(sheet.name or "") in _SUPPORTED_SHEETS or (
        "providerlocalauthority" in written and not has_places
    ):
        return "supported"
    if _HOMES_CODES.keys() & written.keys():
        return "homes" if POSTCODE in _columns(sheet) else "homes, settings"
    if not lists_codes:
        addresses = POSTCODE in _columns(sheet) and CLOSED not in _columns(sheet)
        return "homes, addresses" if addresses else "homes"
    kinds = _columns(sheet).get(TYPE)
    if kinds is not None:
        are_homes = sheet.frame[kinds].drop_nulls().str.contains(_CHILDRENS_HOME)
        if are_homes.any():
            return "homes" if are_homes.all() else "combined"
    return "care"


def _code_columns(sheet: Sheet) -> dict[str, str]:
    """Which column holds codes of placements and which of placement providers.

    Placement providers are PR0 to PR5: a column of which most cells begin so is theirs. Only where that decides
    nothing do the headings.
    """
    written = _written(sheet)
    meant = {**_HOMES_CODES, **_LISTS_CODES}
    by_heading: dict[str, str] = {}
    for name in _code_names(sheet):
        by_heading.setdefault(meant[name], written[name])
    kinds = {column: _holds_providers(sheet.frame[column]) for column in by_heading.values()}
    if len(by_heading) == 1:
        (column,) = kinds
        decided = {True: PROVIDERS, False: PLACES, None: next(iter(by_heading))}
        return {decided[kinds[column]]: column}
    if len(by_heading) < 2:
        return {}
    places, providers = by_heading[PLACES], by_heading[PROVIDERS]
    if kinds[places] and kinds[providers]:
        raise InputFault(
            f"{sheet.place}: the columns {places} and {providers} both hold codes of placement providers (PR...)",
            allowed="one column of placement codes such as K2, one of placement providers such as PR4",
            next_step="correct one of the columns, or download the list again",
        )
    if kinds[places] or (kinds[providers] is False and kinds[places] is None):
        places, providers = providers, places
    return {PLACES: places, PROVIDERS: providers}


def _holds_providers(cells: pl.Series) -> bool | None:
    """Whether most cells begin as the code of a placement provider; None where all are empty."""
    held = cells.drop_nulls()
    if not len(held):
        return None
    return bool(int(held.str.contains(_PROVIDER_CODE).sum()) * 2 > len(held))


def _require_columns(sheet: Sheet, part: Part, columns: Mapping[str, str]) -> None:
    lacking = [_SAID_AS[meaning] for meaning in _NEEDED[part] if meaning not in columns]
    if not lacking:
        return
    headings = sheet.frame.columns
    found = _listed(headings) if look_like_headings(headings) else "a first row that looks like data"
    raise InputFault(
        f"{sheet.place} looks like {NAMES[part]}, but has no column {'; '.join(lacking)}; found {found}",
        allowed=f"the columns {'; '.join(_SAID_AS[m] for m in _NEEDED[part])}, in any order",
        next_step="add the column, or download the list again",
    )


def _listed(headings: list[str]) -> str:
    named = ", ".join(headings[:_NAMED_AT_MOST])
    more = len(headings) - _NAMED_AT_MOST
    return f"{named} and {more} more" if more > 0 else named
