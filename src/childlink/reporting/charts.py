"""Charts of the linkage pages: drawn by pygal when the page is written, as SVG that stands in the page.

What pygal adds for a picture of its own (style sheet, script, tooltips, a random id, the day's date) is taken out:
the page allows only its own style, and the same figures must give the same bytes. Colours and letters come from
``templates/charts.css``, by pygal's class names, so that light, dark and print hold for charts too. Each chart is
drawn twice, for wide and for narrow screens, so that its letters stay readable; the style sheet shows one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markupsafe import Markup

_LONG_NUMBER = re.compile(r"-?\d+\.\d+")
_PLAIN: dict[str, Any] = {"js": (), "css": (), "no_prefix": True, "show_legend": False}
_FOR_ITS_SCRIPT = ("reactive", "tooltip-trigger")


@dataclass(frozen=True)
class _Size:
    """Lengths in units of the picture; charts.css sets the same letters. ``ticks``: the most steps of a scale."""

    name: str
    width: int
    letters: int
    row: int
    columns_height: int
    ticks: int
    label_length: int


_WIDE = _Size("wide", 860, 14, 21, 230, 5, 58)
_NARROW = _Size("narrow", 340, 13, 19, 200, 3, 46)


@dataclass(frozen=True)
class Column:
    """A column of a histogram: where it begins and ends on the axis, and its count."""

    start: float
    end: float
    count: int


@dataclass(frozen=True)
class Bar:
    """A bar, and the figure written at its end; of length 0, the figure alone."""

    length: float
    text: str


def column_chart(
    columns: Sequence[Column], *, kind: str, axis: Sequence[int], accept: float, review: float, label: str
) -> Markup:
    """A histogram with upright lines at ``accept`` (solid) and ``review`` (dashed).

    ``kind`` is the class its columns are coloured by, ``axis`` the places named below it, ``label`` its name to
    screen readers. Columns too low to be seen are drawn a hundredth of the height.
    """
    most = max(column.count for column in columns)

    def draw(size: _Size) -> Any:
        scale = _scale(most, size.ticks)
        chart = _pygal().Histogram(
            **_settings(size, size.columns_height) | {"margin_left": _beside(f"{scale[-1]:,}", size)},
            x_labels=[{"value": place, "label": _named(place, size)} for place in axis],
            y_labels=scale,
            value_formatter=lambda count: f"{count:,.0f}",
            # a little above the last tick: pygal leaves out the label of one at the very top
            range=(0, scale[-1] * 1.02),
        )
        seen = [one for one in columns if one.count]
        chart.add("", [(max(one.count, scale[-1] / 100), one.start, one.end) for one in seen])
        lines = [min(max(place, axis[0]), axis[-1]) for place in (accept, review)]
        chart.add("", [(scale[-1] * 1.02, place, place) for place in lines])
        return chart

    return _twice(draw, label, kind)


def bar_chart(
    names: Sequence[str],
    series: Sequence[Sequence[Bar]],
    *,
    label: str,
    most: float,
    ticks: Sequence[tuple[float, str]] | None = None,
) -> Markup:
    """Lying bars from the top down: for each name one bar of each series. ``most`` is the end of the scale.

    ``ticks`` are places on the scale and their words; without them, round numbers.
    """

    def draw(size: _Size) -> Any:
        narrow = size is _NARROW
        rows = len(series) + narrow  # on a narrow screen the name has a row of its own above its bars
        scale = [(step, f"{step:,}") for step in _scale(most, size.ticks)] if ticks is None else ticks
        longest = max(len(bar.text) for bars in series for bar in bars)
        chart = _pygal().HorizontalBar(
            **_settings(size, len(names) * (rows * size.row + 10) + 34)
            | {"margin_right": size.letters * max(longest * 0.6, 3)},
            x_labels=[_cut(name, size) for name in reversed(names)],
            show_y_labels=not narrow,
            y_labels=[{"value": value, "label": words} for value, words in scale],
            range=(0, scale[-1][0] * 1.05),  # room for the figure after the longest bar
            print_values=True,
            print_labels=narrow,
            print_values_position="top",
        )
        if narrow:
            chart.add("", [_written(Bar(0, ""), label=_cut(name, size)) for name in reversed(names)])
        for bars in series:
            chart.add("", [_written(bar) for bar in reversed(bars)])
        return chart

    return _twice(draw, label, f"series-of-{len(series)}")


def _beside(longest: str, size: _Size) -> float:
    """What to leave free left of a scale's words, so that charts above one another have their axes in line."""
    needed = 0.64 * size.letters * max(len(longest), 7)  # digits of the widest common letters
    left_by_pygal = max(0.6 * (size.letters - 2) * len(longest), size.letters - 2)
    return 4 + needed - left_by_pygal


def step_chart(start: float, end: float, *, kind: str, ends: tuple[float, float]) -> Markup:
    """A step of a waterfall for a cell of a table: a bar from ``start`` to ``end``, and a line at 0.

    ``ends`` are those of the axis, the same for each step. It has no letters, stretches to its cell, and is hidden
    from screen readers, who have the figures in the row. Steps too small to be seen are drawn a 200th of the axis.
    """
    low, high = ends
    left, right = min(start, end), max(start, end)
    right = max(right, left + (high - low) / 200)
    chart = _pygal().Histogram(
        width=200,
        height=10,
        margin=0,
        show_x_labels=False,
        show_y_labels=False,
        x_labels=[{"value": place, "label": ""} for place in ends],
        range=(0, 1),
        **_PLAIN,
    )
    chart.add("", [(0.9, left, right)])
    chart.add("", [(1, 0, 0)])
    hidden = {"aria-hidden": "true", "focusable": "false", "preserveAspectRatio": "none"}
    return _markup(chart, {"class": f"pygal-chart waterfall {kind}", **hidden})


def _pygal() -> ModuleType:
    """pygal, imported when a page is written."""
    import pygal

    # it leaves a finder of the old protocol behind, of which Python 3.11 warns at each later import
    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != "pygal"]
    return pygal


def _settings(size: _Size, height: int) -> dict[str, Any]:
    from pygal.style import Style

    return {
        "width": size.width,
        "height": height,
        # pygal reckons a letter .6 of its height wide; the page's are about .5
        "style": Style(label_font_size=size.letters - 2, value_font_size=size.letters),  # type: ignore[no-untyped-call]
        "margin": 4,
        "margin_left": 4 if size is _NARROW else 16,
        "margin_top": 6,
        "margin_right": size.letters,
        "spacing": 6,
        "truncate_label": -1,
        **_PLAIN,
    }


def _written(bar: Bar, **more: str) -> dict[str, Any]:
    return {"value": bar.length, "formatter": lambda value, text=bar.text: text, **more}


def _named(place: int, size: _Size) -> str:
    """Every other ten on a narrow screen; a place without a name still holds the axis open."""
    return str(place) if size is _WIDE or place % 20 == 0 else ""


def _cut(name: str, size: _Size) -> str:
    return name if len(name) <= size.label_length else name[: size.label_length - 1].rstrip() + "…"


def _scale(most: float, steps: int) -> list[int]:
    """Whole numbers from 0 in even steps of 1, 2 or 5 (times ten and so on), the last not below ``most``."""
    step, power = 1, 1
    while step * steps < most:
        following = {1: 2, 2: 5, 5: 10}[step // power]
        step = following * power
        power = step if following == 10 else power
    return list(range(0, step * -(-int(most) // step) + 1, step))


def _twice(draw: Callable[[_Size], Any], label: str, kind: str) -> Markup:
    from markupsafe import Markup

    pictures = [
        _markup(
            draw(size), {"class": f"pygal-chart chart-{size.name} {kind}", "role": "img", "aria-label": label}
        )
        for size in (_WIDE, _NARROW)
    ]
    return Markup("\n").join(pictures)


def _markup(chart: Any, attributes: dict[str, str]) -> Markup:
    """The chart as an element of the page: no id, style, script, comment or words for a tooltip; short numbers."""
    from lxml import etree
    from markupsafe import Markup

    chart._tooltip_data = lambda *given, **more: None  # would be taken out below: sooner never written
    root = chart.render_tree()
    etree.strip_tags(root, etree.Comment)
    etree.strip_elements(root, "defs", "title", "desc", with_tail=False)
    for node in root.xpath(
        "//g[@class='tooltip']/.. | //text[not(string())] | //g[@class='bar']/rect[not(@width)]"
    ):
        node.getparent().remove(node)
    for bar in root.xpath("//g[@class='histbars']//rect[not(@width > 0)]"):
        _as_line(bar)
    for node in root.iter():
        for name in ("id", "style", "rx", "ry"):
            node.attrib.pop(name, None)
        for name, value in node.attrib.items():
            node.set(name, _LONG_NUMBER.sub(lambda found: f"{float(found[0]):.1f}", value))
        classes = [one for one in node.get("class", "").split() if one not in _FOR_ITS_SCRIPT]
        node.attrib.pop("class", None)
        if classes:
            node.set("class", " ".join(classes))
    for node in reversed(list(root.iter("g"))):  # inner ones first
        if not len(node):
            node.getparent().remove(node)
    root.attrib.update(attributes)
    etree.cleanup_namespaces(root)
    return Markup(etree.tostring(root, encoding="unicode"))  # noqa: S704 - lxml escapes names of sources and keys


def _as_line(bar: Any) -> None:
    """A column of no width would not be seen: an upright line in its place."""
    place, top, height = (float(bar.get(name)) for name in ("x", "y", "height"))
    bar.tag = "line"
    bar.attrib.clear()
    bar.attrib.update({"x1": f"{place}", "x2": f"{place}", "y1": f"{top}", "y2": f"{top + height}"})
