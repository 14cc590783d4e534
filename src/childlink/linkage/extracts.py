"""Reading one extract: a CSV or Parquet file of one source, its columns recognised, every cell text.

What would make links wrong without anyone noticing (two columns for one field, dates that may be read two
ways, a record id twice) stops here with a message. What is wrong with single cells does not: it is counted.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from childlink.errors import ChildlinkError, InputFault, UsageFault, unknown_name
from childlink.linkage import dates
from childlink.linkage.config import SourceMapping
from childlink.linkage.described import date_forms, fields_said
from childlink.linkage.fields import BY_NAME, NEEDED, Recognised, nearest_heading, recognise
from childlink.returns.csv_file import read_bytes, read_csv_text

_PARQUET_MARK = b"PAR1"
_LONGEST_NAME = 60
_LINES_SHOWN = 5
_HEADINGS_SHOWN = 12


@dataclass(frozen=True)
class Extract:
    """One extract as read. Holds children's data: nothing of ``cells`` may be logged or shown.

    ``cells``: String columns in file order of rows: one for each column of ``columns``, named by its heading
    in the file, cells trimmed, null where empty. ``columns``: field name (or name of a further identifier)
    to headings. ``lines``: for each row, the line of the CSV file, or the row of the Parquet file from 1.
    ``ignored``: headings that are no field. ``date_form``: how dates of birth are written; None where the
    column is empty. ``identifiers``: names of all further identifiers of the configuration, whether this
    extract has them or not; ``fields`` the same for the user's own fields, with their kinds. ``sha256``: of
    the file.
    """

    source: str
    path: Path
    cells: pl.DataFrame
    lines: pl.Series
    columns: Mapping[str, tuple[str, ...]]
    ignored: tuple[str, ...]
    date_form: dates.DateForm | None
    duplicates: str
    identifiers: tuple[str, ...]
    sha256: str
    fields: Mapping[str, str] = field(default_factory=dict)


def read_extract(source: str, path: Path, mapping: SourceMapping | None = None) -> Extract:
    """Read the extract of one source: CSV in UTF-8, or Parquet (told by its content), at least one row.

    Where the mapping has a schema, its kinds say which field a column is, its dates how they are written, and its
    missing values which cells are empty; the mapping's own columns and date format come before it.

    Raises UsageFault for a source name that will not do and for a mapping that does not fit the file;
    InputFault for everything that is wrong with the file: see ``returns.csv_file.read_csv_text``, and: no
    rows, no column for record id, names or date of birth, two columns for one field, dates whose form cannot
    be told, record ids that are missing or repeated.
    """
    mapping = mapping or SourceMapping()
    require_source_name(source)
    table, lines, digest, rows_are = read_rows(path)
    if table.is_empty():
        raise InputFault(
            f"{path} has headings and no rows",
            allowed="at least one record",
            next_step=f"export {source} again, or leave this source out",
        )
    table, mapping = as_described(source, path, table, mapping)
    found = _recognised(source, path, table.columns, mapping)
    kept = [heading for heading in table.columns if heading in {h for c in found.columns.values() for h in c}]
    cells = table.lazy().select(as_text(table, heading, path) for heading in kept).collect()
    _require_record_ids(path, rows_are, found.columns["record_id"][0], cells, lines)
    born = found.columns["date_of_birth"][0]
    form = form_in_force(source, path, cells[born], lines, mapping)
    return Extract(
        source=source,
        path=path,
        cells=cells,
        lines=lines,
        columns=found.columns,
        ignored=found.ignored,
        date_form=form,
        duplicates=mapping.duplicates,
        identifiers=mapping.identifiers,
        sha256=digest,
        fields=mapping.fields,
    )


def as_described(
    source: str, path: Path, table: pl.DataFrame, mapping: SourceMapping
) -> tuple[pl.DataFrame, SourceMapping]:
    """The table without the missing values of the mapping's schema, and the mapping with the fields that it says;
    both as they are where there is no schema. Raises InputFault as ``fields_said`` does."""
    schema = mapping.schema
    if schema is None:
        return table, mapping
    said = fields_said(source, path, table.columns, schema, mapping.columns)
    if schema.missing_values:
        text = pl.col(pl.String)
        table = table.with_columns(pl.when(~text.is_in(schema.missing_values)).then(text))
    return table, replace(mapping, columns={**said, **mapping.columns})


def form_in_force(
    source: str, path: Path, born: pl.Series, lines: pl.Series, mapping: SourceMapping
) -> dates.DateForm | None:
    """How the dates of birth ``born`` are written: as link.toml says, else as the schema does, else as recognised.

    None where all are empty and nothing says it. Raises as ``dates.form_of`` and ``dates.recognise_form`` do.
    """
    if mapping.date_format:
        return dates.form_named(mapping.date_format)
    if mapping.schema is not None:
        forms = date_forms(mapping.schema)
        return dates.form_of(born, lines, forms, path=path, heading=born.name, source=source)
    return dates.recognise_form(born, lines, path=path, heading=born.name, source=source)


def require_source_name(source: str) -> None:
    """Raises UsageFault unless ``source`` may name a source: it goes into files, ids' tokens and messages."""
    allowed = f"letters, digits, spaces and _ - . , at most {_LONGEST_NAME}, as in education=education.csv"
    step = "give each extract as NAME=FILE"
    if not source.strip() or source != source.strip():
        wrong = "is empty" if not source.strip() else "begins or ends with a space"
        raise UsageFault(f"the name of a source {wrong}", allowed=allowed, next_step=step)
    if any(unicodedata.category(symbol).startswith("C") for symbol in source):
        raise UsageFault("the name of a source holds control characters", allowed=allowed, next_step=step)
    if len(source) > _LONGEST_NAME:
        raise UsageFault(
            f"the name of a source has {len(source)} characters", allowed=allowed, next_step=step
        )
    if not all(symbol.isalnum() or symbol in " _-." for symbol in source) or source.startswith("."):
        raise UsageFault(f"source name not allowed: {source}", allowed=allowed, next_step=step)


def read_rows(path: Path) -> tuple[pl.DataFrame, pl.Series, str, str]:
    """The table in a CSV or Parquet file, the number of each row, the digest of the file, and what the numbers count
    ("line", "row"). Raises InputFault."""
    if looks_like_parquet(path):
        data = read_bytes(path)
        try:
            table = pl.read_parquet(data)
        except (pl.exceptions.PolarsError, OSError):
            raise InputFault(
                f"{path} is a damaged Parquet file", next_step="write the file again, or give it as CSV"
            ) from None
        numbers = pl.Series("row", range(1, table.height + 1), dtype=pl.UInt32)
        return table, numbers, hashlib.sha256(data).hexdigest(), "row"
    read = read_csv_text(path)
    return read.frame, read.lines, read.sha256, "line"


def looks_like_parquet(path: Path) -> bool:
    """Whether the file begins as Parquet does; False where it cannot be read."""
    try:
        with path.open("rb") as stream:
            return stream.read(len(_PARQUET_MARK)) == _PARQUET_MARK
    except OSError:
        return False  # the reader of CSV files says what is wrong with the path


def _recognised(source: str, path: Path, headings: list[str], mapping: SourceMapping) -> Recognised:
    for heading in mapping.columns:
        if heading not in headings:
            fault = unknown_name(f"column of {path} in link.toml", heading, headings)
            raise UsageFault(
                fault.fault,
                allowed=fault.allowed,
                next_step=fault.next_step or f"correct [sources.{source}] columns",
            )
    found = recognise(headings, mapped=mapping.columns, identifiers=(*mapping.identifiers, *mapping.fields))
    if found.doubled:
        kind, columns = next(iter(found.doubled.items()))
        quoted = [f'"{heading}"' for heading in columns]
        raise InputFault(
            f"{path} has {len(columns)} columns for {_said(kind)}: {', '.join(quoted)}",
            allowed="one column",
            next_step=f"say which in link.toml, under [sources.{source}]: "
            f'columns = {{ {quoted[0]} = "{kind}" }}, and give it with --config link.toml',
        )
    if missing := [kind for kind in NEEDED if kind not in found.columns]:
        raise _no_column(source, path, headings, missing, found)
    return found


def _no_column(
    source: str, path: Path, headings: list[str], missing: list[str], found: Recognised
) -> ChildlinkError:
    names = " or ".join(_said(kind) for kind in missing)
    shown = ", ".join(f'"{heading}"' for heading in headings[:_HEADINGS_SHOWN])
    more = f" and {len(headings) - _HEADINGS_SHOWN} more" if len(headings) > _HEADINGS_SHOWN else ""
    lines = []
    for kind in missing:
        near = nearest_heading(BY_NAME[kind], found.ignored)
        lines.append(f'"{near or "YOUR HEADING"}" = "{kind}"')
    own = "; ".join(f"{_said(kind)}: {', '.join(BY_NAME[kind].headings[:4])}, ..." for kind in missing)
    return InputFault(
        f"{path} has no column recognised as {names}; its headings are {shown}{more}",
        allowed=own,
        next_step=f"rename the column, or say which it is in link.toml, under [sources.{source}]: "
        f"columns = {{ {', '.join(lines)} }}, and give it with --config link.toml",
    )


def _said(kind: str) -> str:
    return BY_NAME[kind].meaning if kind in BY_NAME else kind


def as_text(table: pl.DataFrame, heading: str, path: Path) -> pl.Expr:
    """A column as trimmed text, null where empty. Raises InputFault for a column of lists or structures."""
    column, kind = pl.col(heading), table.schema[heading]
    if kind.is_nested() or kind in (pl.Binary, pl.Object):
        raise InputFault(
            f'{path}, column "{heading}" holds lists, structures or bytes',
            allowed="text, numbers, dates, true and false",
            next_step="write the column as text",
        )
    if isinstance(kind, pl.Datetime):
        column = column.dt.date()
    text = column if kind == pl.String else column.cast(pl.String)
    text = text.str.strip_chars()
    return pl.when(text != "").then(text).alias(heading)


def _require_record_ids(
    path: Path, rows_are: str, heading: str, cells: pl.DataFrame, lines: pl.Series
) -> None:
    ids = pl.DataFrame({"id": cells[heading], "line": lines})
    missing = ids.filter(pl.col("id").is_null())["line"]
    if len(missing):
        raise InputFault(
            f'{path}, column "{heading}": {_times(len(missing), "record has", "records have")} no record id '
            f"({_places(rows_are, missing)})",
            allowed="a record id in every row, and each once",
            next_step="give these records ids and export again",
        )
    repeats = ids.filter(pl.col("id").is_duplicated())
    if len(repeats):
        stand = _times(repeats["id"].n_unique(), "record id stands", "record ids stand")
        first = repeats.filter(pl.col("id") == repeats["id"][0])["line"]
        raise InputFault(
            f'{path}, column "{heading}": {stand} on more than one {rows_are} '
            f"(the first on {_places(rows_are, first)})",
            allowed="each record id once in a source",
            next_step="number the records so that each has an id of its own, or map another column as "
            "record_id in link.toml",
        )


def _times(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"


def _places(rows_are: str, numbers: pl.Series) -> str:
    """As "line 3", "lines 3, 4" or "lines 3, 4, 5, 6, 7, ..."."""
    shown = ", ".join(str(number) for number in numbers.head(_LINES_SHOWN))
    more = ", ..." if len(numbers) > _LINES_SHOWN else ""
    return f"{rows_are}{'s' if len(numbers) > 1 else ''} {shown}{more}"
