"""Tables of counts that may be shown: small ones hidden, enough others hidden with them, the rest rounded.

A hidden count could be found again from its row's or column's total. So others are hidden too, until for every
small count there is another table of whole numbers, none below nought, that shows the same and has another
count in its place. A change of one unit that keeps all totals goes round a cycle of hidden cells, up and down in
turn; the test for that is a search through a graph of rows and columns, exact for tables of rows, columns and
their totals.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

import polars as pl

from childlink.sharing.disclosure import Preset

TOTAL = "Total"
_Cell = tuple[int, int]


def protected_table(counts: pl.DataFrame, *, rows: str, columns: str | None, preset: Preset) -> pl.DataFrame:
    """A table to be shown, every cell text: ``rows``, one column for each value of ``columns``, and Total.

    ``counts``: one row per person, with the columns named; null counts as "not known". Rows and columns are in
    the order of their values, "not known" and then Total last. Without ``columns`` there is Total alone.
    """
    named = counts.select(
        pl.col(name).alias(place) for name, place in ((rows, "row"), (columns, "column")) if name is not None
    )
    across = _in_order(named["column"]) if columns is not None else {None: TOTAL}
    down = _in_order(named["row"])
    keys = ["row", "column"] if columns is not None else ["row"]
    counted = {tuple(key): n for *key, n in named.group_by(keys).len().iter_rows()}
    grid = [
        [counted.get((one, other) if columns is not None else (one,), 0) for other in across] for one in down
    ]
    shown = protected(grid, preset)
    headings = [*across.values(), TOTAL] if columns is not None else [TOTAL]
    cells = {
        rows: [*down.values(), TOTAL],
        **{heading: [line[place] for line in shown] for place, heading in enumerate(headings)},
    }
    return pl.DataFrame(cells, schema_overrides=dict.fromkeys(cells, pl.String))


def _in_order(values: pl.Series) -> dict[object, str]:
    """The distinct values in order, null last, and each as text."""
    distinct = values.unique().sort(nulls_last=True)
    words = distinct.cast(pl.String).fill_null("not known")
    return dict(zip(distinct, words, strict=True))


def protected(grid: Sequence[Sequence[int]], preset: Preset) -> list[list[str]]:
    """Counts as they may be shown, with a row and a column of totals added at the end of each."""
    table = with_totals(grid)
    hidden = hidden_cells(table, preset)
    return [
        [preset.symbol if (i, j) in hidden else str(preset.rounded(n)) for j, n in enumerate(line)]
        for i, line in enumerate(table)
    ]


def with_totals(grid: Sequence[Sequence[int]]) -> list[list[int]]:
    """The counts with the total of each row at its end, and a last row of the totals of each column."""
    lines = [[*line, sum(line)] for line in grid]
    width = len(lines[0]) if lines else 1
    return [*lines, [sum(line[j] for line in lines) for j in range(width)]]


def hidden_cells(table: Sequence[Sequence[int]], preset: Preset) -> set[_Cell]:
    """Which cells of a table with its totals are hidden: the small ones, and those that guard them.

    For each small one in turn (by row, then column) that could be found again, the cheapest rectangle through
    it is hidden: the fewest persons, then totals spared, then by place.
    """
    cells = [(i, j) for i in range(len(table)) for j in range(len(table[i]))]
    small = [cell for cell in cells if preset.hides(table[cell[0]][cell[1]])]
    hidden = set(small)
    for cell in small:
        if not _can_change(cell, hidden, table):
            hidden |= _guards(cell, hidden, table)
    # what was hidden later never gives away what was hidden before: it only adds ways to change
    return hidden


def _guards(cell: _Cell, hidden: set[_Cell], table: Sequence[Sequence[int]]) -> set[_Cell]:
    i, j = cell
    last_row, last_column = len(table) - 1, len(table[0]) - 1
    choices = []
    for other_i in range(len(table)):
        for other_j in range(len(table[0])):
            if other_i == i or other_j == j:
                continue
            corners = {(i, other_j), (other_i, j), (other_i, other_j)} - hidden
            persons = sum(table[a][b] for a, b in corners)
            totals = sum(a == last_row or b == last_column for a, b in corners)
            choices.append((persons, totals, other_i, other_j, corners))
    for *_, corners in sorted(choices, key=lambda choice: choice[:4]):
        if _can_change(cell, hidden | corners, table):
            return corners
    return {(a, b) for a in range(len(table)) for b in range(len(table[0]))}  # all of it


def _can_change(cell: _Cell, hidden: Iterable[_Cell], table: Sequence[Sequence[int]]) -> bool:
    """Whether a hidden cell may be one more or one less, the others hidden making up for it.

    With the cells of a totals line counted negative, every line sums to nought. A cell that grows is then an
    edge from its row to its column, one that shrinks an edge back; totals (but the grand total) the other way
    round. What is 0 cannot shrink. The cell can grow when its column leads back to its row by other cells.
    """
    last_row, last_column = len(table) - 1, len(table[0]) - 1
    steps: dict[tuple[str, int], list[tuple[str, int]]] = {}
    for i, j in hidden:
        if (i, j) == cell:
            continue
        forward, back = ("row", i), ("column", j)
        if (i == last_row) != (j == last_column):
            forward, back = back, forward
        steps.setdefault(forward, []).append(back)
        if table[i][j] > 0:
            steps.setdefault(back, []).append(forward)
    one, other = ("row", cell[0]), ("column", cell[1])
    if (cell[0] == last_row) != (cell[1] == last_column):
        one, other = other, one
    return _leads(other, one, steps) or (table[cell[0]][cell[1]] > 0 and _leads(one, other, steps))


def _leads(
    start: tuple[str, int], end: tuple[str, int], steps: dict[tuple[str, int], list[tuple[str, int]]]
) -> bool:
    seen, waiting = {start}, deque([start])
    while waiting:
        place = waiting.popleft()
        if place == end:
            return True
        for further in steps.get(place, ()):
            if further not in seen:
                seen.add(further)
                waiting.append(further)
    return False
