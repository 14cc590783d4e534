"""Laws: a chart is the same bytes each time, brings no style, script or id of its own, and draws to scale."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import pairwise

import pytest
from lxml import etree

from childlink.reporting.charts import Bar, Column, bar_chart, column_chart, step_chart

AXIS = range(-30, 41, 10)
COLUMNS = [Column(-30, -28, 0), Column(0, 2, 40), Column(2, 4, 80), Column(38, 40, 1)]
SHOW = "from tests.unit.reporting.test_linkage_charts import drawn; print(drawn())"


def columns() -> str:
    return column_chart(COLUMNS, kind="linked", axis=AXIS, accept=10, review=-4.5, label="Weights & pairs")


def bars() -> str:
    series = [[Bar(0.5, "50%"), Bar(0, "*")], [Bar(1, "100%"), Bar(0.25, "25%")]]
    return bar_chart(["first", "second"], series, label="Rates", most=1, ticks=[(0, "0%"), (1, "100%")])


def drawn() -> str:
    return columns() + bars() + step_chart(-8.5, 3.25, kind="for", ends=(-8.5, 12.0))


def pictures(markup: str) -> list[etree._Element]:
    return list(etree.fromstring(f"<div>{markup}</div>"))


def number(node: etree._Element, name: str) -> float:
    return float(node.get(name, "nan"))


def test_a_chart_is_the_same_bytes_in_any_process() -> None:
    elsewhere = subprocess.run(
        [sys.executable, "-c", SHOW], capture_output=True, text=True, check=True
    ).stdout
    assert elsewhere == drawn() + "\n"
    assert drawn() == drawn()


def test_nothing_of_a_page_of_its_own_is_left() -> None:
    assert not re.search(
        r"<(script|style|defs|desc|title|!--|\?)|\s(id|style|xmlns[:\w]*|on\w+|href)=", drawn()
    )
    assert "://" not in drawn()


def test_pygal_leaves_nothing_in_the_way_of_later_imports() -> None:
    drawn()
    assert all(hasattr(finder, "find_spec") for finder in sys.meta_path)


def test_each_chart_is_drawn_wide_and_narrow_and_named() -> None:
    for markup, label in ((columns(), "Weights & pairs"), (bars(), "Rates")):
        wide, narrow = pictures(markup)
        assert wide.get("viewBox", "").startswith("0 0 860 ")
        assert narrow.get("viewBox", "").startswith("0 0 340 ")
        for picture in (wide, narrow):
            assert picture.get("role") == "img"
            assert picture.get("aria-label") == label
            assert picture.get("height") is None
            assert picture.get("width") is None


def test_columns_are_as_high_as_their_counts_and_none_is_too_low_to_see() -> None:
    for picture in pictures(columns()):
        low, high, least = (number(r, "height") for r in picture.xpath(".//g[@class='histbar']/rect"))
        assert high == pytest.approx(2 * low, rel=0.01)
        assert 1 < least < low / 10


def test_the_lines_stand_where_the_weights_are() -> None:
    for picture in pictures(columns()):
        first, second, _ = picture.xpath(".//g[@class='histbar']/rect")
        accept, review = (number(line, "x1") for line in picture.xpath(".//line"))
        two = number(second, "x") - number(first, "x")
        assert accept - number(first, "x") == pytest.approx(5 * two, abs=0.8)
        assert number(first, "x") - review == pytest.approx(2.25 * two, abs=0.8)


def test_lines_beyond_the_axis_stand_at_its_ends() -> None:
    markup = column_chart(COLUMNS, kind="linked", axis=AXIS, accept=500, review=-500, label="x")
    for picture in pictures(markup):
        width = float(picture.get("viewBox", "").split()[2])
        assert all(0 <= number(line, "x1") <= width for line in picture.xpath(".//line"))


def test_panels_of_other_heights_have_their_axes_in_line() -> None:
    def plot(most: int) -> list[str]:
        made = column_chart([Column(0, 2, most)], kind="linked", axis=AXIS, accept=1, review=0, label="x")
        return [picture.find(".//g[@class='plot']").get("transform") for picture in pictures(made)]

    assert plot(1) == plot(70) == plot(123_456)


def test_bars_stand_in_the_order_given_with_their_figures() -> None:
    for picture in pictures(bars()):
        figures = {
            text.text: number(text, "y") for text in picture.xpath(".//text[contains(@class, 'value')]")
        }
        assert sorted(figures, key=lambda text: figures[text]) == ["50%", "100%", "*", "25%"]
        names = [t for t in picture.xpath(".//text") if t.text in ("first", "second")]
        first, second = sorted(names, key=lambda text: number(text, "y"))
        assert (first.text, second.text) == ("first", "second")
        lengths = {round(number(r, "width"), 1) for r in picture.xpath(".//g[@class='bar']/rect")}
        quarter, half, whole = sorted(lengths)  # none of length 0
        assert (quarter, half) == (pytest.approx(whole / 4, abs=0.2), pytest.approx(whole / 2, abs=0.2))


def test_steps_of_a_waterfall_meet_end_to_end() -> None:
    sums = [0.0, -8.5, -1.5, 4.0, 2.0, 2.0]
    spans = []
    for before, after in pairwise(sums):
        (picture,) = pictures(step_chart(before, after, kind="for", ends=(-8.5, 4.0)))
        assert picture.get("aria-hidden") == "true"
        (bar,), (line,) = picture.xpath(".//g[@class='histbar']/rect"), picture.xpath(".//line")
        spans.append((number(bar, "x"), number(bar, "x") + number(bar, "width"), number(line, "x1")))
    assert len({zero for _, _, zero in spans}) == 1
    assert spans[0][1] == pytest.approx(spans[0][2], abs=0.2)
    assert spans[1][0] == pytest.approx(spans[0][0], abs=0.2)
    assert spans[2][0] == pytest.approx(spans[1][1], abs=0.2)
    assert spans[3][1] == pytest.approx(spans[2][1], abs=0.2)
    assert spans[4][1] > spans[4][0]


@pytest.mark.parametrize("most", [1, 2, 3, 7, 10, 99, 1234, 5_000_001])
def test_a_scale_has_few_round_numbers_and_holds_the_highest(most: int) -> None:
    made = column_chart([Column(0, 2, most)], kind="linked", axis=AXIS, accept=1, review=0, label="x")
    for picture, steps in zip(pictures(made), (5, 3), strict=True):
        ticks = [
            int(text.text.replace(",", ""))
            for text in picture.xpath(".//g[contains(@class, 'axis y')]//text")
        ]
        assert ticks[0] == 0
        assert ticks[-1] >= most
        assert 2 <= len(ticks) <= steps + 1
        assert len({after - before for before, after in pairwise(ticks)}) == 1
