"""Making a return sound: what rules flag is made anew until nothing is flagged."""

from __future__ import annotations

from collections.abc import Sequence

from childlink.errors import ToolFault
from childlink.progress import Progress, unwatched
from childlink.synth.from_schema.judge import Flag, Judge
from childlink.synth.from_schema.rows import Row, RowMaker, drawn_up, rows_of

_ROUNDS = 80
_PATIENCE = 50
"""After so many rounds what is still flagged is taken out, with all that it hangs on."""
_MANY = 8
"""A table of so many rows does not come to have none by chance."""
_MENDED, _WHOLE = 4, 5
"""Of each six tries for a row four make the cells anew that findings are about, one the whole row, one its person."""


def make_sound(maker: RowMaker, judge: Judge, progress: Progress = unwatched) -> None:
    """Make rows anew, in place, until no rule flags any. Raises ToolFault where not half of them can be had so."""
    written = [rule for rule in judge.rules.values() if rule.finds is not None]
    planted = len(maker.roots)
    rows = rows_of(maker.roots, maker.tables)
    many = [name for name, of_table in rows.items() if len(of_table) >= _MANY]
    seen: dict[str, set[str]] = {}
    for tried in range(_ROUNDS):
        progress("sound rows", tried, _ROUNDS)
        rows = rows_of(maker.roots, maker.tables)
        tables = drawn_up(rows, maker.tables)
        # cells are made to pass the constraints of their columns: that they do is looked at in the end
        flags = judge.flags(tables, written) or judge.flags(tables)
        gone = [name for name in many if not rows[name]]
        if not flags and not gone:
            progress("sound rows", _ROUNDS, _ROUNDS)
            return
        for flag in flags:
            seen.setdefault(flag.table, set()).add(flag.code)
        if gone:  # a rule that no row passes is kept by having none
            break
        flagged = _columns_by_row(flags, rows)
        if tried >= _PATIENCE:
            out = {id(row.top) for row in flagged}
            left = [row for row in maker.roots if id(row) not in out]
            if 2 * len(left) < planted:
                break
            maker.roots = left
            continue
        for row, columns in flagged.items():
            _try_again(maker, row, columns)
    gone = [name for name in many if not rows[name]]
    codes = sorted({flag.code for flag in flags}.union(*(seen.get(name, set()) for name in gone)))
    raise ToolFault(
        f"no rows that pass these rules of {judge.book.schema.name} could be made up: {', '.join(codes)}",
        allowed="rules that rows of the schema can pass",
        next_step="compare the conditions of these rules with the fields, codes and constraints of the schema",
    )


def _columns_by_row(flags: Sequence[Flag], rows: dict[str, list[Row]]) -> dict[Row, list[str]]:
    """The flagged rows in their order, with the columns that findings are about. A finding about the return as a
    whole is about one in eight of the rows that have its columns."""
    found: dict[Row, list[str]] = {}
    for flag in flags:
        if flag.rows:
            for position in flag.rows:
                found.setdefault(rows[flag.table][position], []).extend(flag.fields)
            continue
        for of_table in rows.values():
            for row in of_table[::8]:
                if any(f.name in flag.fields for f in row.table.fields):
                    found.setdefault(row, []).extend(flag.fields)
    return found


def _try_again(maker: RowMaker, row: Row, columns: Sequence[str]) -> None:
    own = maker.makers[row.table.name]
    to_mend = [name for name in dict.fromkeys(columns) if name in own]
    of_person = any(own[name].column.kind is not None for name in to_mend)
    spot = row.tries % 6
    if to_mend and spot < _MENDED and not (of_person and spot % 2):
        maker.mend(row, to_mend)
    elif spot == _WHOLE and row.parent is not None:
        maker.make(row.parent)
    elif of_person or spot == _WHOLE:
        _with_another_person(maker, row)
    else:
        maker.make(row)


def _with_another_person(maker: RowMaker, row: Row) -> None:
    if row.parent is None and row.person is not None:
        maker.another_person(row)
    elif row.top.person is not None and row.tries % 12 > 6:
        maker.another_person(row.top)
    else:
        maker.make(row)
