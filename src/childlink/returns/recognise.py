"""Which table of a return a file is, by its headings alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from childlink.errors import InputFault
from childlink.returns.csv_file import look_like_headings

_NAMED_AT_MOST = 12


def recognise(header: Sequence[str], tables: Mapping[str, Sequence[str]], file: str) -> str:
    """The name of the table whose columns are exactly ``header``: case counts, order does not.

    ``tables`` gives each table's columns; no two tables of a return have the same ones. ``file`` is what
    messages call the file. Raises InputFault naming the nearest table (most headings in common for its size;
    the first of several) and the columns that differ.
    """
    given = set(header)
    for name, columns in tables.items():
        if given == set(columns) and len(header) == len(given):
            return name
    raise _no_table(header, tables, file)


def _no_table(header: Sequence[str], tables: Mapping[str, Sequence[str]], file: str) -> InputFault:
    folded = {_fold(heading) for heading in header}
    nearest = max(tables, key=lambda name: _likeness(folded, {_fold(column) for column in tables[name]}))
    columns = tables[nearest]
    if not look_like_headings(header) or not folded & {_fold(column) for column in columns}:
        return InputFault(
            f"{file} is no table of the return: its first row holds none of the return's headings",
            allowed=f"a file of one of the tables {', '.join(tables)}",
            next_step="check that the first row holds the headings, or leave the file out",
        )
    written = {_fold(column): column for column in columns}
    respelt = [(h, written[_fold(h)]) for h in header if h not in columns and _fold(h) in written]
    missing = [column for column in columns if _fold(column) not in folded]
    extra = [heading for heading in header if _fold(heading) not in written]
    if not missing and not extra and respelt:
        fault = f"{file} is nearly the table {nearest}: only capitals or spaces of headings differ"
    else:
        fault = f"{file} is no table of the return; the nearest is {nearest}"
        fault += f"; missing: {_listed(missing)}" if missing else ""
        fault += f"; not in {nearest}: {_listed(extra)}" if extra else ""
    steps = [f"write the heading {right} for {wrong!r}" for wrong, right in respelt[:_NAMED_AT_MOST]]
    if missing or extra:
        steps.append(f"give the file exactly the columns of {nearest}, or leave it out")
    return InputFault(fault, allowed=f"{nearest}: {', '.join(columns)}", next_step="; ".join(steps))


def _fold(heading: str) -> str:
    return heading.strip().casefold()


def _likeness(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other)


def _listed(names: Sequence[str]) -> str:
    named = ", ".join(names[:_NAMED_AT_MOST])
    return named if len(names) <= _NAMED_AT_MOST else f"{named} and {len(names) - _NAMED_AT_MOST} more"
