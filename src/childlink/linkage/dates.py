"""In which form a column of dates is written, told from the whole column, and the dates themselves.

A form is a matter of the column, never of the cell: 03/04/2012 alone says nothing. Cells that are no date in
the column's form are null and counted; they are never a reason to stop. A column whose form cannot be told
is.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from childlink.errors import ChildlinkError, InputFault, unknown_name

_TIME = (
    r"(?:[T ][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?: ?[AaPp][Mm])?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)

STRAY_SHARE = 0.001
"""Up to this share of a column's dates may be in another form and count as bad cells; more make it mixed."""

YEARS = (1901, 2099)
"""Years, first and last, that a date may have. 1900 is a favourite of systems that have no date."""


@dataclass(frozen=True)
class DateForm:
    """One way of writing a date. ``name`` is what link.toml's ``date_format`` calls it.

    ``pattern`` has one group, the date without the time of day; ``parse`` is its strptime format.
    """

    name: str
    pattern: str
    parse: str


def _numeric(name: str, mark: str, parse: str) -> DateForm:
    return DateForm(name, rf"^([0-9]{{1,2}}{mark}[0-9]{{1,2}}{mark}[0-9]{{4}}){_TIME}$", parse)


ISO = DateForm("YYYY-MM-DD", rf"^([0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}){_TIME}$", "%Y-%m-%d")
COMPACT = DateForm("YYYYMMDD", r"^([0-9]{8})(?:\.0)?$", "%Y%m%d")
DAY_FIRST = {
    "slashes": _numeric("DD/MM/YYYY", "/", "%d/%m/%Y"),
    "hyphens": _numeric("DD-MM-YYYY", "-", "%d-%m-%Y"),
    "dots": _numeric("DD.MM.YYYY", r"\.", "%d.%m.%Y"),
}
MONTH_FIRST = {
    "slashes": _numeric("MM/DD/YYYY", "/", "%m/%d/%Y"),
    "hyphens": _numeric("MM-DD-YYYY", "-", "%m-%d-%Y"),
    "dots": _numeric("MM.DD.YYYY", r"\.", "%m.%d.%Y"),
}
MONTH_NAME = DateForm(
    "DD-Mon-YYYY", rf"^([0-9]{{1,2}}[- /.][A-Za-z]{{3,9}}[- /.][0-9]{{4}}){_TIME}$", "%d-%b-%Y"
)
YEAR_FIRST_SLASHES = DateForm("YYYY/MM/DD", rf"^([0-9]{{4}}/[0-9]{{1,2}}/[0-9]{{1,2}}){_TIME}$", "%Y/%m/%d")
COMPACT_DAY_FIRST = DateForm("DDMMYYYY", r"^([0-9]{8})$", "%d%m%Y")

_NEVER_GUESSED = {form.name for form in (*MONTH_FIRST.values(), COMPACT_DAY_FIRST)}
FORMS: dict[str, DateForm] = {
    form.name: form
    for form in (
        ISO,
        YEAR_FIRST_SLASHES,
        COMPACT,
        MONTH_NAME,
        *DAY_FIRST.values(),
        *MONTH_FIRST.values(),
        COMPACT_DAY_FIRST,
    )
}
"""Every form that link.toml's ``date_format`` may name. Month-first forms and DDMMYYYY are never guessed."""


def form_named(name: str) -> DateForm:
    """The form that ``date_format`` names, in any case of letters. Raises UsageFault for an unknown name."""
    by_fold = {known.casefold(): form for known, form in FORMS.items()}
    form = by_fold.get(name.casefold())
    if form is None:
        raise unknown_name("date_format", name, FORMS)
    return form


def recognise_form(
    values: pl.Series, lines: pl.Series, *, path: Path, heading: str, source: str
) -> DateForm | None:
    """The form in which a whole column of dates is written; None for a column of empty cells.

    ``values``: the cells, trimmed, null where empty. ``lines``: the line of the file of each. A cell counts
    for a form only when it is a real date in it. A cell that may be read with the day or the month first
    goes with those of the column that may not, and is read day first when there are none.

    Raises InputFault, with counts and the line of the first example of each form and never a value, when
    more than STRAY_SHARE of the dates are in another form than the rest; when the column is in a form that
    is never guessed; or when no cell is a date in a known form.
    """
    counts = _counts(values, lines)
    place = f'{path}, column "{heading}"'
    if not counts:
        return None
    told = [count for count in counts if count.form is not None]
    if not told:
        raise _no_date(place, counts, source)
    least = STRAY_SHARE * sum(count.cells for count in told)
    if len(forms := [count for count in told if count.cells > least]) > 1:
        raise _mixed(place, forms, source)
    form, line = told[0].form, told[0].line
    assert form is not None
    if form.name in _NEVER_GUESSED:
        order = "without marks, day first" if form is COMPACT_DAY_FIRST else "with the month before the day"
        raise InputFault(
            f"{place}: the dates are written {order} (first seen for certain on line {line})",
            allowed="the year first, or the day before the month, unless link.toml says otherwise",
            next_step=_say(source, form.name),
        )
    return form


def form_of(
    values: pl.Series, lines: pl.Series, forms: Sequence[DateForm], *, path: Path, heading: str, source: str
) -> DateForm | None:
    """The one of ``forms`` in which most cells of a column are dates, the first of several; None where all are empty.

    ``values`` and ``lines`` as in ``recognise_form``. Raises InputFault when no cell is a date in any of them, or
    more than STRAY_SHARE of the dates are so in another of them only.
    """
    held = pl.DataFrame({"value": values, "line": lines}).drop_nulls("value")
    if held.is_empty():
        return None
    read = held.select("line", *(parsed(pl.col("value"), f).is_not_null().alias(f.name) for f in forms))
    best = max(forms, key=lambda form: read[form.name].sum())
    place = f'{path}, column "{heading}"'
    counts = {f.name: read.filter(~pl.col(best.name), pl.col(f.name))["line"] for f in forms if f is not best}
    counts = {best.name: read.filter(best.name)["line"], **counts}
    if counts[best.name].is_empty():
        first = int(held["line"].sort()[0])
        raise InputFault(
            f"{place}: none of its {held.height:,} cells is a date as the schema writes dates (the first is on "
            f"line {first})",
            allowed=", ".join(form.name for form in forms),
            next_step="correct dates: in the schema, or export the column in one of these forms",
        )
    stray = STRAY_SHARE * sum(len(places) for places in counts.values())
    told = [
        _Count(FORMS[n], len(places), int(places[0])) for n, places in counts.items() if len(places) > stray
    ]
    if len(told) > 1:
        raise _mixed(place, told, source)
    return best


def parsed(value: pl.Expr, form: DateForm) -> pl.Expr:
    """Date of each trimmed cell of text that is a real date in ``form``, of a year in YEARS; else null.

    A time of day after the date is dropped.
    """
    text = value.str.extract(form.pattern, 1)
    if form is MONTH_NAME:
        # "28 April 2012", "28/Apr/2012": one separator, three letters
        text = text.str.replace(
            r"^([0-9]{1,2})[- /.]([A-Za-z]{3})[A-Za-z]*[- /.]([0-9]{4})$", "${1}-${2}-${3}"
        )
    date = text.str.to_date(form.parse, strict=False)
    return pl.when(date.dt.year().is_between(*YEARS)).then(date)


def weak(date: pl.Expr) -> pl.Expr:
    """Whether a date of birth is one that is given for want of the real one; null for null.

    1 January and 1 July stand for a known year, the 15th for a known month (DfE guidance to pers_dob).
    """
    first = (date.dt.day() == 1) & date.dt.month().is_in([1, 7])
    return first | (date.dt.day() == 15)


@dataclass(frozen=True)
class _Count:
    """How many cells of a column are dates in one form, and the line of the first. Form None: in none."""

    form: DateForm | None
    cells: int
    line: int


def _counts(values: pl.Series, lines: pl.Series) -> list[_Count]:
    """Cells by form, most first, then by line; those in no known form last."""
    column = pl.col("value")
    distinct = (
        pl.DataFrame({"value": values, "line": lines})
        .drop_nulls("value")
        .group_by("value")
        .agg(pl.len().alias("cells"), pl.col("line").min())
    )
    first_fit = pl.coalesce(
        pl.when(parsed(column, form).is_not_null()).then(pl.lit(form.name)) for form in FORMS.values()
    )
    # DAY_FIRST forms come before MONTH_FIRST in FORMS: "either" are those that both fit
    either = pl.any_horizontal(
        parsed(column, DAY_FIRST[mark]).is_not_null() & parsed(column, MONTH_FIRST[mark]).is_not_null()
        for mark in DAY_FIRST
    )
    rows = (
        distinct.lazy()
        .select("cells", "line", first_fit.alias("form"), either.alias("either"))
        .group_by("form", "either")
        .agg(pl.col("cells").sum(), pl.col("line").min())
        .collect()
        .rows(named=True)
    )
    certain = {row["form"]: (row["cells"], row["line"]) for row in rows if not row["either"]}
    for row in rows:
        if row["either"]:
            day, month = row["form"], _month_first_of(row["form"])
            name = month if certain.get(month, (0, 0))[0] > certain.get(day, (0, 0))[0] else day
            cells, line = certain.get(name, (0, row["line"]))
            # the line of a form is that of a cell that proves it, where there is one
            certain[name] = (cells + row["cells"], line)
    found = [_Count(FORMS[name] if name else None, *figures) for name, figures in certain.items()]
    return sorted(found, key=lambda count: (count.form is None, -count.cells, count.line))


def _month_first_of(day_first: str) -> str:
    mark = next(mark for mark, form in DAY_FIRST.items() if form.name == day_first)
    return MONTH_FIRST[mark].name


def _say(source: str, form: str) -> str:
    return (
        f'write date_format = "{form}" in link.toml, under [sources.{_toml_key(source)}], '
        "and give it with --config link.toml"
    )


def _toml_key(name: str) -> str:
    """A name as a key of TOML: bare where it may be, else quoted."""
    bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if bare else json.dumps(name, ensure_ascii=False)


def _mixed(place: str, told: list[_Count], source: str) -> ChildlinkError:
    named = [(count.form.name, count) for count in told if count.form is not None]
    examples = ", ".join(f"{count.cells:,} {name} (first on line {count.line})" for name, count in named)
    return InputFault(
        f"{place} mixes forms of date that cannot be told apart: {examples}",
        allowed="one form in the whole column",
        next_step=f"export the column in one form, or {_say(source, named[0][0])}"
        " (dates in other forms then count as missing)",
    )


def _no_date(place: str, counts: list[_Count], source: str) -> ChildlinkError:
    cells = sum(count.cells for count in counts)
    return InputFault(
        f"{place}: none of its {cells:,} cells is a date in a known form "
        f"(the first is on line {counts[0].line}; years of two digits are not guessed)",
        allowed=", ".join(FORMS),
        next_step="export the column in one of these, or map another column as date_of_birth in link.toml, "
        f"under [sources.{_toml_key(source)}]",
    )
