"""Tables of counts: small numbers hidden, and what would give them away hidden with them."""

from __future__ import annotations

import polars as pl

from childlink.sharing.disclosure import PRESETS
from childlink.sharing.tables import hidden_cells, protected, protected_table, with_totals


def test_one_small_number_takes_three_others_with_it() -> None:
    assert protected([[3, 50, 60], [40, 30, 20], [100, 80, 90]], PRESETS["ons"]) == [
        ["[c]", "[c]", "60", "113"],
        ["[c]", "[c]", "20", "90"],
        ["100", "80", "90", "270"],
        ["143", "160", "170", "473"],
    ]


def test_in_one_column_a_second_is_hidden() -> None:
    assert protected([[3], [20], [40]], PRESETS["ons"])[:3] == [["[c]", "[c]"], ["[c]", "[c]"], ["40", "40"]]


def test_two_small_ones_in_a_row_and_column_guard_each_other() -> None:
    table = with_totals([[2, 3, 50], [4, 1, 50], [60, 70, 80]])
    assert hidden_cells(table, PRESETS["dfe"]) == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_cells_on_a_bridge_between_two_cycles_are_guarded_too() -> None:
    # each line has two hidden cells or more, and yet (2, 2) could be found from the totals
    grid = [
        [1, 1, 50, 50, 50],
        [1, 1, 50, 50, 50],
        [50, 1, 1, 50, 50],
        [50, 50, 50, 1, 1],
        [50, 50, 1, 1, 1],
    ]
    hidden = hidden_cells(with_totals(grid), PRESETS["dfe"])
    small = {(i, j) for i, line in enumerate(grid) for j, n in enumerate(line) if n == 1}
    assert small < hidden


def test_nothing_is_hidden_where_nothing_is_small() -> None:
    assert protected([[20, 30], [0, 10]], PRESETS["ons"]) == [
        ["20", "30", "50"],
        ["0", "10", "10"],
        ["20", "40", "60"],
    ]


def test_a_table_from_rows_is_in_order_with_what_is_not_known_last() -> None:
    people = pl.DataFrame({"age": [9] * 12 + [10] * 11 + [None] * 20, "sex": ["F", "M"] * 21 + ["F"]})
    table = protected_table(people, rows="age", columns=None, preset=PRESETS["ons"])
    assert table.rows() == [("9", "12"), ("10", "11"), ("not known", "20"), ("Total", "43")]
    across = protected_table(people, rows="age", columns="sex", preset=PRESETS["nhs"])
    assert across.columns == ["age", "F", "M", "Total"]
    assert across.row(-1) == ("Total", "20", "20", "45")
