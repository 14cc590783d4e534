"""A schema written from a file: what its columns look like, as YAML with comments, to be looked through by a person.

Nothing of a record goes into it, save short codes that many children share (``childlink.schema.seen``).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from childlink.errors import InputFault, UsageFault
from childlink.linkage.extracts import as_text, looks_like_parquet, read_rows
from childlink.linkage.fields import BY_NAME, recognise, squashed
from childlink.returns.csv_file import look_like_headings, read_csv_text
from childlink.returns.spreadsheet import HEADINGS_WITHIN, read_cells, with_headings
from childlink.returns.text import emptied
from childlink.schema import cells
from childlink.schema.dates import IN_WORDS
from childlink.schema.model import FORMAT, can_name_a_column, fold, shipped_schemas
from childlink.schema.seen import FEWEST_CELLS, LEAST_COUNT, MOST_CODES, NEARLY_ALL, Seen, look_at
from childlink.schema.soundness import NAME

_KINDS = {
    "forename": "forename", "surname": "surname", "date_of_birth": "birth_date", "sex": "sex", "postcode": "postcode",
    "nhs_number": "nhs_number", "upn": "upn", "former_upn": "former_upn", "uln": "uln", "ethnicity": "ethnicity",
    "record_id": "record_id",
}  # fmt: skip
"""The kind of a column that ``childlink link`` recognises as a field."""
_OF_CHILDREN = frozenset(squashed(heading) for heading in BY_NAME["record_id"].fallback)
_MIDDLE_NAMES = ("middlename", "middlenames", "secondname", "secondforename")
_WIDEST = 110
_PREFERRED = ("%Y-%m-%d", "%d/%m/%Y")
_DAY_FIRST, _MONTH_FIRST = "%d/%m/%Y", "%m/%d/%Y"


@dataclass(frozen=True)
class _Table:
    """One table of the file: its name, and what its columns look like."""

    name: str
    columns: tuple[Seen, ...]
    rows: int


def infer_schema(path: Path, *, name: str | None = None, codes: bool = True) -> str:
    """The schema of a CSV, Excel or Parquet file as YAML: a table for the file, or for each sheet.

    ``name`` is the schema's, else that of the file in small letters. Without ``codes`` there are no code sets. Same
    file, same text; ``read_schema`` reads it, and the file has no S-DATE and no S-TYPE under it.

    Raises UsageFault for a name that will not do; InputFault for a file that cannot be read (``read_csv_text``,
    ``read_cells``), has no table, or has data where headings should be.
    """
    called = _name(path, name)
    workbook = path.suffix.lower() in (".xlsx", ".xlsm")
    tables, left_out = _tables(path, workbook=workbook)
    seen = [_look(title, frame, codes=codes, workbook=workbook) for title, frame in tables]
    forms = _forms(seen)
    seen = [replace(t, columns=tuple(_dated(c, forms) for c in t.columns)) for t in seen]
    return "\n".join(_written(path, called, seen, forms, left_out)) + "\n"


def _name(path: Path, name: str | None) -> str:
    if name is not None:
        if not NAME.fullmatch(name) or name in shipped_schemas():
            raise UsageFault(
                f"the name {name} will not do",
                allowed="letters, digits, _ and -, beginning with a letter, and not a return that childlink knows",
                next_step="give another --name",
            )
        return name
    plain = re.sub("[^a-z0-9]+", "_", path.stem.lower()).strip("_")[:40]
    if not NAME.fullmatch(plain):
        plain = f"extract_{plain}".rstrip("_")
    return f"{plain}_extract" if plain in shipped_schemas() else plain


def _tables(path: Path, *, workbook: bool) -> tuple[list[tuple[str, pl.DataFrame]], list[str]]:
    """Name and cells (text, null where empty) of each table, and the names of sheets that are none."""
    if workbook:
        return _sheets(path)
    if looks_like_parquet(path):
        table, _, _, _ = read_rows(path)
        _require_names(str(path), table)
        frame = table.select(as_text(table, heading, path) for heading in table.columns)
    else:
        frame = read_csv_text(path).frame
        _require_names(str(path), frame)
    _require_headings(str(path), frame)
    name = path.stem if fold(path.stem) else "table"
    return [(name, frame.select(emptied(pl.all())))], []


def _sheets(path: Path) -> tuple[list[tuple[str, pl.DataFrame]], list[str]]:
    sheets, _ = read_cells(path)
    key = sorted({fold(cell) for frame in sheets.values() for cell in _heading_row(frame)} - {""})
    tables: list[tuple[str, pl.DataFrame]] = []
    left_out: list[str] = []
    taken: set[str] = set()
    for name, raw in sheets.items():
        frame = with_headings(raw, key) if _heading_row(raw) else pl.DataFrame()
        if not frame.width:
            left_out.append(name)
            continue
        _require_names(f"{path}, sheet {name}", frame)
        _require_headings(f"{path}, sheet {name}", frame)
        called = name if fold(name) and fold(name) not in taken else f"table_{len(tables) + 1}"
        taken.add(fold(called))
        tables.append((called, frame.select(emptied(pl.all()))))
    if not tables:
        raise InputFault(
            f"{path} has no sheet with a row of headings in its first {HEADINGS_WITHIN} rows",
            allowed="a row of headings, and rows under it",
            next_step="check that it is the right workbook",
        )
    return tables, left_out


def _heading_row(frame: pl.DataFrame) -> list[str]:
    """The first row that is at least half as wide as the widest of the first ones, without empty cells; none of a
    sheet whose rows are all of one cell."""
    rows = [[c for c in row if c and c.strip()] for row in frame.head(HEADINGS_WITHIN).iter_rows()]
    widest = max((len(row) for row in rows), default=0)
    return next((row for row in rows if len(row) >= max(2, widest / 2)), [])


def _require_names(place: str, frame: pl.DataFrame) -> None:
    """Raise InputFault where a heading cannot be the name of a column."""
    if any(not can_name_a_column(heading) for heading in frame.columns):
        raise InputFault(
            f"{place}: a column is headed * or ^...$",
            allowed="headings in words",
            next_step="rename the column",
        )


def _require_headings(place: str, frame: pl.DataFrame) -> None:
    """Raise InputFault where the first row may be a record: its cells would go into the schema as names."""
    headings = pl.Series("cell", frame.columns)
    tests = [
        pl.col("cell").str.count_matches("[0-9]") > 5,
        *(f(pl.col("cell")) for f in cells.OF_FORMAT.values()),
    ]
    of_a_record = (
        headings.to_frame().select(pl.any_horizontal(t.fill_null(value=False) for t in tests).any()).item()
    )
    repeated = any(frame[heading].eq(heading).any() for heading in frame.columns)
    if not look_like_headings(frame.columns) or of_a_record or repeated:
        raise InputFault(
            f"{place}: the first row looks like data, not headings",
            allowed="a first row of headings that begin with a letter and that no row repeats",
            next_step="add a first row of headings, or rename those that begin with a digit",
        )


def _look(name: str, frame: pl.DataFrame, *, codes: bool, workbook: bool) -> _Table:
    found = recognise(frame.columns)
    kinds = {h: _KINDS[f] for f, headings in found.columns.items() for h in headings if f in _KINDS}
    for heading in frame.columns:
        if squashed(heading) in _MIDDLE_NAMES:
            kinds[heading] = "middle_names"
        elif kinds.get(heading) == "record_id" and squashed(heading) in _OF_CHILDREN:
            kinds[heading] = "local_id"
        elif kinds.get(heading) == "sex" and "gender" in squashed(heading):
            kinds[heading] = "gender"
    doubled = {h: f for f, headings in found.doubled.items() for h in headings}
    personal = {h for headings in found.doubled.values() for h in headings}
    personal |= {h for f, headings in found.columns.items() if f not in _KINDS for h in headings}
    columns = look_at(frame, kinds, personal=frozenset(personal), codes=codes, from_workbook=workbook)
    noted = [
        replace(
            c, notes=(f"one of several columns that may be the {doubled[c.heading]}: say which", *c.notes)
        )
        if c.heading in doubled
        else c
        for c in columns
    ]
    return _Table(name, tuple(noted), frame.height)


def _forms(tables: Sequence[_Table]) -> tuple[str, ...]:
    """The forms of dates of the file, the one of most columns first: for each column the first that its cells fit,
    by preference, where a day or a month may come first the day, unless columns of the file say otherwise."""
    fitting = [c.forms for t in tables for c in t.columns if c.forms]
    day = any(_DAY_FIRST in f and _MONTH_FIRST not in f for f in map(_plain, fitting))
    month = any(_MONTH_FIRST in f and _DAY_FIRST not in f for f in map(_plain, fitting)) and not day
    unwanted = _DAY_FIRST if month else _MONTH_FIRST
    chosen = Counter(
        next(f for f in order if unwanted not in f)
        for order in map(_in_order, fitting)
        if not all(unwanted in f for f in order)
    )
    return tuple(sorted(chosen, key=lambda form: (-chosen[form], _in_order(tuple(IN_WORDS)).index(form))))


def _plain(forms: tuple[str, ...]) -> set[str]:
    """Forms without their times."""
    return {form.partition(" %H")[0] for form in forms}


def _in_order(forms: tuple[str, ...]) -> list[str]:
    return sorted(forms, key=lambda form: (form not in _PREFERRED, list(IN_WORDS).index(form)))


def _dated(column: Seen, forms: Sequence[str]) -> Seen:
    """A column whose dates the schema reads; one whose dates it does not is text."""
    if not column.forms:
        return column
    read = [form for form in forms if form in column.forms]
    if not read:
        form = IN_WORDS[_in_order(column.forms)[0]]
        note = f"dates written {form}: text here, since other columns put the day first"
        return replace(column, type="string", forms=(), notes=(*column.notes, note))
    both = {_DAY_FIRST, _MONTH_FIRST} <= _plain(column.forms)
    first = "day" if _DAY_FIRST in read[0] else "month"
    note = f"no date of the column says whether day or month comes first: read with the {first} first"
    plain = _MONTH_FIRST in read[0] and not both
    notes = (note,) if both else ("written with the month first",) if plain else ()
    return replace(column, notes=(*column.notes, *notes))


def _written(
    path: Path, name: str, tables: Sequence[_Table], forms: Sequence[str], left_out: Sequence[str]
) -> Iterator[str]:
    """The lines of the YAML."""
    headings = [[c.heading for c in t.columns] for t in tables]
    folds = all(len({fold(h) for h in held} - {""}) == len(held) for held in headings)
    ids = [
        c.heading
        for kind in ("local_id", "record_id")
        for t in tables
        for c in t.columns
        if c.kind == kind and c.format is None  # reports do not name children by a national number
    ]
    yield from _head(path)
    yield f"schema: {FORMAT}"
    yield f"name: {_word(name)}"
    yield f"title: {_word(path.name)}"
    yield f"headings: {'fold' if folds else 'exact'} # fold: capitals, spaces and signs do not count"
    if forms:
        words = ", ".join(IN_WORDS[form] for form in forms)
        yield f"dates: [{', '.join(json.dumps(form) for form in forms)}] # {words}"
    yield f"child: {_list(dict.fromkeys(ids))} # the columns of a child's id: reports name children by it"
    sets = _code_sets(tables)
    if sets:
        yield ""
        yield "code_sets: # write behind each code what it means"
        for (_, column), called in sets.items():
            yield f"  {called}:"
            yield from (f'    {json.dumps(code)}: ""' for code in column.codes)
    yield ""
    yield "tables:"
    for table in tables:
        yield f"  {_word(table.name)}:"
        if table.rows == 0:
            yield "    # no rows: types could not be told"
        yield "    fields:"
        for column in table.columns:
            yield from _field(column, sets.get((table.name, column)))
    for sheet in left_out:
        yield f"  # left out, since it has no row of headings: sheet {_word(sheet)}"


def _head(path: Path) -> Iterator[str]:
    yield f"# What the columns of {_comment(path.name)} looked like, written by childlink schemas infer."
    yield "# Look it through: it knows one file only, and what is true of that may not be true of the next."
    yield "#   type      every cell is one; a column without a type is text"
    yield f"#   format    at least {NEARLY_ALL:.0%} of the cells have the form and the check digit"
    yield "#   kind      what the column is about a person, from its heading, as childlink link reads it"
    yield "#   required  no cell was empty"
    yield "#   unique    no cell stood twice, in a column of numbers that name something"
    yield f"#   codes     at most {MOST_CODES} different short codes in {FEWEST_CELLS} cells or more, each of"
    yield f"#             {LEAST_COUNT} children (or rows, where no column names the child); rarer ones are left out"


def _comment(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _code_sets(tables: Sequence[_Table]) -> dict[tuple[str, Seen], str]:
    """The name of the code set of each column that has one: its heading in small letters, each once."""
    named: dict[tuple[str, Seen], str] = {}
    for table in tables:
        for column in table.columns:
            if not column.codes:
                continue
            plain = re.sub("[^a-z0-9]+", "_", column.heading.lower()).strip("_") or "codes"
            plain = plain if plain[0].isalpha() else f"codes_{plain}"
            taken, called, number = set(named.values()), plain, 2
            while called in taken:
                called, number = f"{plain}_{number}", number + 1
            named[table.name, column] = called
    return named


def _field(column: Seen, code_set: str | None) -> Iterator[str]:
    parts: dict[str, str] = {"name": _word(column.heading)}
    if column.type != "string":
        parts["type"] = column.type
    if column.format is not None:
        parts["format"] = column.format
    if code_set is not None:
        parts["codes"] = _word(code_set)
    if column.kind is not None:
        parts["kind"] = column.kind
    asked = [word for word in ("required", "unique") if getattr(column, word)]
    if asked:
        parts["constraints"] = "{" + ", ".join(f"{word}: true" for word in asked) + "}"
    for note in column.notes:
        yield f"      # {note}"
    line = "      - {" + ", ".join(f"{word}: {said}" for word, said in parts.items()) + "}"
    if len(line) <= _WIDEST:
        yield line
        return
    for number, (word, said) in enumerate(parts.items()):
        yield f"      {'-' if number == 0 else ' '} {word}: {said}"


_PLAIN = re.compile("[A-Za-z](?:[A-Za-z0-9_ ]*[A-Za-z0-9_])?")
_NOT_TEXT = frozenset(["y", "n", "yes", "no", "true", "false", "on", "off", "null", "nan", "inf"])


def _word(text: str) -> str:
    """A text as YAML: bare where it can be nothing else, else in quotes."""
    if _PLAIN.fullmatch(text) and text.lower() not in _NOT_TEXT:
        return text
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    # not as JSON does it: a sign beyond the first 65,536 is two escapes there, which YAML does not put together
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in quoted) + '"'


def _list(texts: Mapping[str, None]) -> str:
    return "null" if not texts else "[" + ", ".join(_word(t) for t in texts) + "]"
