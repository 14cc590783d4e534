"""Laws: the linkage report and its explanations ask nothing of any network, fit every screen, and are open to
keyboards and screen readers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from childlink.linkage.explain import explain_child, explain_pair, read_folder
from childlink.reporting.linkage_explanation import explanation_page
from childlink.reporting.linkage_report import linkage_report
from tests.browser.test_html_report import NARROW, WIDE, run, show


@pytest.fixture(scope="module")
def pages(linked: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The report, the same with many pairs, an explanation of a child, and one of a pair with values."""
    folder = read_folder(linked)
    held = tmp_path_factory.mktemp("pages")
    child = folder.links.with_columns(pl.col("cluster_size").cast(pl.Int64)).sort("cluster_size", "child_id")
    told = explain_child(folder, child["child_id"][-1])
    (held / "child.html").write_text(explanation_page(told.as_object()), encoding="utf-8")
    row = folder.review.row(0, named=True)
    pair = explain_pair(
        folder, (row["source_l"], row["record_id_l"]), (row["source_r"], row["record_id_r"])
    ).as_object()
    pair["values"] = [
        {"field": "forename", "left": "A" * 40, "right": "Zara", "mark": mark}
        for mark in ("same", "alike", "differs", "one only", "hidden", "")
    ]
    (held / "pair.html").write_text(explanation_page(pair), encoding="utf-8")
    summary = json.loads((linked / "summary.json").read_text(encoding="utf-8"))
    for key in summary["blocking"]:
        key["pairs"] = 20_000_000
    for row in summary["weights"]:
        row["apart"] = row["apart"] * 1_000_000
    (held / "large.html").write_text(linkage_report(summary), encoding="utf-8")
    return {
        "large": held / "large.html",
        "report": linked / "report.html",
        "child": held / "child.html",
        "pair": held / "pair.html",
    }


@pytest.mark.parametrize("name", ["report", "child", "pair"])
def test_nothing_is_asked_of_any_network_and_nothing_fails(
    browser: Any, pages: dict[str, Path], name: str
) -> None:
    show(browser, pages[name])
    assert browser.get_log("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
    assert [url for url in asked if not url.startswith("file:")] == []


@pytest.mark.parametrize("name", ["report", "child", "pair"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_serious_and_nothing_runs_over_the_edge(
    browser: Any, axe: str, pages: dict[str, Path], name: str, size: tuple[int, int], dark: bool
) -> None:
    show(browser, pages[name], size, dark=dark)
    run(browser, "for (const d of document.querySelectorAll('details')) d.open = true")
    assert run(browser, "return document.documentElement.scrollWidth") <= size[0]
    run(browser, axe)
    found = browser.execute_async_script("const done = arguments[0]; axe.run(document).then(done)")
    assert found["passes"]
    serious = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
    assert [(v["id"], v["nodes"][0]["html"]) for v in serious] == []


@pytest.mark.parametrize(
    ("size", "kind"), [(WIDE, "wide"), ((900, 900), "wide"), ((896, 900), "narrow"), (NARROW, "narrow")]
)
@pytest.mark.parametrize("name", ["report", "large"])
def test_one_drawing_of_each_chart_shows_with_letters_to_read_and_none_cut_off(
    browser: Any, pages: dict[str, Path], name: str, size: tuple[int, int], kind: str
) -> None:
    show(browser, pages[name], size)
    charts = run(
        browser,
        """return [...document.querySelectorAll('figure')].map(figure => {
          const shown = [...figure.querySelectorAll('svg')].filter(svg => getComputedStyle(svg).display != 'none');
          const box = shown[0].getBoundingClientRect(), texts = [...shown[0].querySelectorAll('text')];
          const scale = box.width / shown[0].viewBox.baseVal.width;
          return {
            classes: shown.map(svg => svg.classList[1]),
            letters: Math.min(...texts.map(text => parseFloat(getComputedStyle(text).fontSize) * scale)),
            cut: texts.filter(text => {
              const t = text.getBoundingClientRect();
              return t.left < box.left - 1 || t.right > box.right + 1 || t.bottom > box.bottom + 1;
            }).map(text => text.textContent),
          };
        })""",
    )
    assert len(charts) >= 6
    for chart in charts:
        assert chart["classes"] == [f"chart-{kind}"]
        assert chart["letters"] >= 11
        assert chart["cut"] == []


def test_charts_have_the_colours_of_light_and_dark(browser: Any, pages: dict[str, Path]) -> None:
    colour = "return getComputedStyle(document.querySelector('.chart-wide.linked .histbar rect')).fill"
    letters = "return getComputedStyle(document.querySelector('.chart-wide text')).fill"
    seen = []
    for dark in (False, True):
        show(browser, pages["report"], dark=dark)
        seen.append((run(browser, colour), run(browser, letters)))
    assert seen == [
        ("rgb(11, 110, 153)", "rgb(77, 92, 103)"),
        ("rgb(108, 192, 229)", "rgb(169, 183, 192)"),
    ]


def test_the_keyboard_reaches_every_part(browser: Any, pages: dict[str, Path]) -> None:
    from selenium.webdriver.common.keys import Keys

    show(browser, pages["report"])
    reached = []
    for _ in range(10):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        reached.append(browser.switch_to.active_element.text)
    assert reached[1:] == [
        "Summary", "What went in", "What decided", "Pairs", "Weights", "Link rates", "Quality", "Not linkable",
        "For publication",
    ]  # fmt: skip


def test_it_prints_on_white_without_its_menu_and_with_its_charts(
    browser: Any, pages: dict[str, Path]
) -> None:
    show(browser, pages["report"])
    dark = {"name": "prefers-color-scheme", "value": "dark"}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": [dark]})
    shown = "return getComputedStyle(document.querySelector('{}')).display"
    assert run(browser, shown.format("nav.parts")) == "none"
    assert run(browser, shown.format(".chart-wide")) == "block"
    assert run(browser, shown.format(".chart-narrow")) == "none"
    assert run(browser, "return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
