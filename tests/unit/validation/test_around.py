"""Laws: the rows around findings hold every flagged row, its neighbours and its child's nearest rows, and no others."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from childlink.validation.around import CHILD, IN_THE_FILE, LINE, OF_THE_CHILD, ROW, rows_around

CHILDREN = st.lists(st.sampled_from(["1", "2", "3", None]), min_size=1, max_size=25)


def slowly(children: list[str | None], flagged: set[int]) -> list[int]:
    """The rows to show, by the words of the docstring: positions from 1."""
    shown = set()
    for row in flagged:
        shown |= {r for r in range(1, len(children) + 1) if abs(r - row) <= IN_THE_FILE}
        child = children[row - 1]
        own = [n for n, c in enumerate(children, start=1) if c is not None and c == child]
        if own:
            at = own.index(row)
            shown |= set(own[max(0, at - OF_THE_CHILD) : at + OF_THE_CHILD + 1])
    return sorted(shown)


@given(CHILDREN, st.data())
def test_fast_and_slow_agree(children: list[str | None], data: st.DataObject) -> None:
    flagged = data.draw(st.sets(st.integers(1, len(children)), min_size=1))
    table = pl.DataFrame(
        {"CHILD": children, "A": [str(n) for n in range(len(children))]},
        schema={"CHILD": pl.String, "A": pl.String},
    )
    findings = pl.DataFrame({"table": "T", "row": sorted(flagged)})
    around = rows_around(findings, {"T": table}, {"T": pl.Series(range(2, len(children) + 2))})["T"]
    assert around[ROW].to_list() == slowly(children, flagged)
    assert around[LINE].to_list() == [r + 1 for r in around[ROW]]
    assert around["A"].to_list() == [str(r - 1) for r in around[ROW]]
    assert around[CHILD].to_list() == [children[r - 1] for r in around[ROW]]


def test_a_table_without_children_or_lines_shows_neighbours() -> None:
    table = pl.DataFrame({"A": ["x", "y", "z"], "N": [1.5, None, 2.0]})
    around = rows_around(pl.DataFrame({"table": ["T", None], "row": [1, None]}), {"T": table}, {})["T"]
    assert around.rows() == [(1, None, None, "x", "1.5"), (2, None, None, "y", None)]


def test_no_findings_no_rows() -> None:
    assert rows_around(pl.DataFrame(schema={"table": pl.String, "row": pl.Int64}), {}, {}) == {}
