"""Extracts as they are shared from: every column as text, and which of them are identifiers.

Nothing of the cells may be logged or shown: messages name files, columns, lines and counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from childlink.errors import InputFault, UsageFault, unknown_name
from childlink.identifiers import nhs_number, uln, upn
from childlink.linkage import dates
from childlink.linkage.config import LinkConfig
from childlink.linkage.extracts import as_described, form_in_force, require_source_name
from childlink.linkage.fields import BY_NAME, recognise, squashed
from childlink.linkage.run import settings_of, strong_numbers
from childlink.linkage.standardise import is_sealed, local_identifier
from childlink.returns.csv_file import read_bytes, read_csv_text
from childlink.sharing import generalise
from childlink.sharing.agreement import Column

_PARQUET_MARK = b"PAR1"

IDENTIFYING_FIELDS = (
    "record_id", "forename", "surname", "known_as", "nhs_number", "upn", "former_upn", "uln", "sealed",
)  # fmt: skip
"""Fields that never leave, in any form."""

_IDENTIFYING_WORDS = (
    "forename", "surname", "firstname", "lastname", "middlename", "givenname", "familyname", "fullname",
    "childname", "pupilname", "mothername", "mothersname", "fathername", "fathersname", "parentname", "carername",
    "alias", "initials", "address",
    "street", "housename", "housenumber", "uprn", "email", "telephone", "phone", "mobile", "nhsn", "upn",
    "uniquepupil", "uniquelearner", "nationalinsurance", "nino", "passport", "hospitalnumber", "casenumber",
    "childid", "pupilid", "personid", "patientid", "studentid", "clientid", "learnerid", "legacyid",
    "homeofficenumber", "photo", "latitude", "longitude", "easting", "northing", "gridreference",
)  # fmt: skip


@dataclass(frozen=True)
class SharedSource:
    """One extract. ``table``: every column, trimmed text, null where empty, in file order. ``fields``: field
    name to its headings. ``kinds``: heading to field name. ``lines``: where each row begins in the file."""

    source: str
    path: Path
    table: pl.DataFrame = field(repr=False)
    lines: pl.Series = field(repr=False)
    fields: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, str]
    date_format: str | None
    sha256: str

    @property
    def record_ids(self) -> pl.Series:
        """The record ids, in file order."""
        return self.table[self.fields["record_id"][0]]

    @property
    def sealed(self) -> pl.Series:
        """Whether each record says itself that its identity is sealed (Boolean)."""
        cells = [is_sealed(pl.col(heading)) for heading in self.fields.get("sealed", ())]
        flags = self.table.select(
            (pl.any_horizontal(cells) if cells else pl.lit(value=False)).alias("sealed")
        )
        return (
            flags.to_series() if cells else pl.repeat(False, self.table.height, dtype=pl.Boolean, eager=True)
        )


def read_source(source: str, path: Path, config: LinkConfig) -> SharedSource:
    """Read one extract: CSV in UTF-8, or Parquet. ``config``: the link.toml it was linked with.

    Raises InputFault as ``read_csv_text`` does, and where there is no one column of record ids, or they are
    missing or repeated.
    """
    require_source_name(source)
    mapping = config.mapping_for(source)
    table, lines, digest = _read(path)
    table, mapping = as_described(source, path, table, mapping)
    found = recognise(
        table.columns,
        mapped={heading: kind for heading, kind in mapping.columns.items() if heading in table.columns},
        identifiers=mapping.identifiers,
    )
    kinds = {heading: kind for kind, headings in found.columns.items() for heading in headings}
    kinds |= {heading: kind for kind, headings in found.doubled.items() for heading in headings}
    if "record_id" not in found.columns:
        raise InputFault(
            f"{path} has no one column recognised as record id",
            allowed=", ".join(BY_NAME["record_id"].headings),
            next_step="give the link.toml that it was linked with: --config link.toml",
        )
    ids = table[found.columns["record_id"][0]]
    if ids.null_count() or ids.is_duplicated().any():
        raise InputFault(
            f'{path}, column "{ids.name}": record ids are missing or repeated',
            allowed="a record id in every row, and each once",
            next_step="share the extract that was linked",
        )
    form = mapping.date_format
    if form is None and mapping.schema is not None and (born := found.columns.get("date_of_birth")):
        said = form_in_force(source, path, table[born[0]], lines, mapping)
        form = said.name if said is not None else None
    return SharedSource(source, path, table, lines, found.columns, kinds, form, digest)


def resolved(source: SharedSource, column: Column) -> str:
    """The heading in ``source`` of a column that an agreement names by its heading or by the name of a field.

    Raises UsageFault for a column that is not there (with the nearest), for one that is an identifier, and for
    a word that is not allowed for it.
    """
    place = f"the agreement's [columns.{source.source}]"
    heading = column.key
    if heading not in source.table.columns:
        named = source.fields.get(column.key, ())
        if len(named) > 1:
            raise UsageFault(
                f"{place}: {source.path.name} has {len(named)} columns for {column.key}",
                allowed=", ".join(f'"{one}"' for one in named),
                next_step="name one by its heading",
            )
        if not named:
            fault = unknown_name("column", column.key, [*source.table.columns, *source.fields])
            raise UsageFault(
                f"{place}: {source.path.name} has no column {column.key}",
                allowed=", ".join(source.table.columns[:20]),
                next_step=fault.next_step,
            )
        heading = named[0]
    kind = source.kinds.get(heading, "")
    meaning = BY_NAME[kind].meaning if kind in BY_NAME else None
    if is_identifier(heading, kind):
        raise UsageFault(
            f'{place}: "{heading}" is an identifier ({meaning or "a number or name of a person"}) and never leaves',
            allowed="columns that say nothing of who the child is; the pseudonym stands for the child",
            next_step="take it out of the agreement",
        )
    allowed = generalise.WORDS_FOR.get(kind, generalise.WORDS_FOR_OTHERS)
    if column.word not in allowed:
        raise UsageFault(
            f'{place}: "{heading}" may not leave as "{column.word}"',
            allowed=f"{meaning or 'such a column'} as: {', '.join(allowed)}",
            next_step=f'write {column.key} = "{allowed[0]}" in the agreement',
        )
    return heading


def is_identifier(heading: str, kind: str) -> bool:
    """Whether a column may never leave, told by its field ("" for none), or by words in its heading that mean a
    person."""
    if kind in generalise.WORDS_FOR:
        return False
    known = {squashed(name) for name in (*BY_NAME["record_id"].headings, *BY_NAME["record_id"].fallback)}
    plain = "".join(symbol for symbol in squashed(heading) if symbol.isalnum())
    words = any(word in plain for word in _IDENTIFYING_WORDS) or plain == "name" or plain in known
    # a further identifier of link.toml has a field of its own name
    return kind in IDENTIFYING_FIELDS or (kind != "" and kind not in BY_NAME) or words


def numbered(source: SharedSource, config: LinkConfig) -> pl.DataFrame:
    """source, record_id and numbers of each row, in file order: what the register knows sealed identities by."""
    wanted = {
        "nhs_number": nhs_number.usable,
        "upn": upn.permanent,
        "former_upn": upn.usable_former,
        "uln": uln.usable,
        **{identifier.name: local_identifier for identifier in config.identifiers},
    }
    found = {
        name if name in BY_NAME else f"id_{name}": usable(pl.col(source.fields[name][0]))
        for name, usable in wanted.items()
        if source.fields.get(name)
    }
    records = source.table.select(
        source=pl.lit(source.source),
        record_id=source.fields["record_id"][0],
        nhs_number=pl.lit(None, pl.String),
    ).with_columns(source.table.select(**found).get_columns())
    numbers = strong_numbers(records, settings_of(config, fuzzy=False))
    return records.select("source", "record_id").with_columns(numbers.alias("numbers"))


def day(source: SharedSource, heading: str) -> pl.Expr:
    """A column of dates as Date, in the one form the column is written in.

    Raises InputFault where it cannot be told (``dates.recognise_form``).
    """
    if source.date_format is not None and source.kinds.get(heading) == "date_of_birth":
        form: dates.DateForm | None = dates.form_named(source.date_format)
    else:
        form = dates.recognise_form(
            source.table[heading], source.lines, path=source.path, heading=heading, source=source.source
        )
    return dates.parsed(pl.col(heading), form) if form else pl.lit(None, dtype=pl.Date)


def _read(path: Path) -> tuple[pl.DataFrame, pl.Series, str]:
    if _is_parquet(path):
        data = read_bytes(path)
        try:
            table = pl.read_parquet(data)
        except (pl.exceptions.PolarsError, OSError):
            raise InputFault(f"{path} is a damaged Parquet file", next_step="write the file again") from None
        lines = pl.Series("row", range(1, table.height + 1), dtype=pl.UInt32)
        digest = hashlib.sha256(data).hexdigest()
    else:
        read = read_csv_text(path)
        table, lines, digest = read.frame, read.lines, read.sha256
    usable = [
        name
        for name, kind in table.schema.items()
        if not kind.is_nested() and kind not in (pl.Binary, pl.Object)
    ]
    text = [_as_text(name, table.schema[name]) for name in usable]
    return table.select(text), lines, digest


def _as_text(name: str, kind: pl.DataType) -> pl.Expr:
    column = pl.col(name).dt.date() if isinstance(kind, pl.Datetime) else pl.col(name)
    text = (column if kind == pl.String else column.cast(pl.String)).str.strip_chars()
    return pl.when(text != "").then(text).alias(name)


def _is_parquet(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(len(_PARQUET_MARK)) == _PARQUET_MARK
    except OSError:
        return False  # the reader of CSV files says what is wrong with the path
