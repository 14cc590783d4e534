"""Laws: the HTML report asks nothing of any network, hides nothing, and is open to keyboards and screen readers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from childlink.reporting.html_report import as_html
from childlink.validation import validate_files
from childlink.validation.baseline import apply_baseline, make_baseline
from tests.conftest import PROJECT
from tests.unit.reporting.reports import clean_report, drawn_report, large_report

EXAMPLE = PROJECT / "fixtures" / "ssda903"
WIDE, NARROW = (1280, 900), (400, 800)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on the example return, with values, half of its findings accepted."""
    report = validate_files(
        "ssda903",
        [EXAMPLE / "this"],
        year="2025-26",
        previous=[EXAMPLE / "previous"],
        local_authority="Birmingham",
        show_values=True,
    )
    baseline = make_baseline(report, "accepted.csv")
    half = type(baseline)(baseline.name, baseline.entries.head(baseline.entries.height // 2))
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(as_html(apply_baseline(report, half)), encoding="utf-8")
    return path


def show(browser: Any, path: Path, size: tuple[int, int] = WIDE, *, dark: bool = False) -> None:
    """Open a file in a window of this size, in light or dark colours."""
    metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    for kind in ("browser", "performance"):
        browser.get_log(kind)
    browser.get(path.as_uri())


def run(browser: Any, script: str) -> Any:
    return browser.execute_script(script)


def count(browser: Any) -> str:
    return str(run(browser, "return document.getElementById('count').textContent"))


def choose(browser: Any, name: str, value: str) -> None:
    run(
        browser,
        f"const e = document.getElementById('{name}'); e.value = '{value}'; e.dispatchEvent(new Event('change'))",
    )


def search(browser: Any, words: str) -> None:
    """Type into the search box, and wait until the list has answered."""
    from selenium.webdriver.support.ui import WebDriverWait

    before = count(browser)
    browser.find_element("id", "q").send_keys(words)
    WebDriverWait(browser, 10).until(lambda _: count(browser) != before)


def test_nothing_is_asked_of_any_network_and_nothing_fails(browser: Any, page: Path) -> None:
    show(browser, page)
    run(browser, "document.querySelector('#list button.small').click()")
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    assert asked == [page.as_uri()]
    assert browser.get_log("browser") == []


def test_the_page_itself_forbids_every_request(browser: Any, page: Path) -> None:
    show(browser, page)
    script = (
        "const done = arguments[0]; fetch('data:,x').then(() => done('let through'), () => done('refused'))"
    )
    assert browser.execute_async_script(script) == "refused"


@pytest.mark.parametrize(
    ("view", "size", "dark"),
    [("rows", WIDE, False), ("rows", NARROW, True), ("child", NARROW, False), ("rule", WIDE, True)],
)
def test_axe_finds_nothing_serious(
    browser: Any, axe: str, page: Path, view: str, size: tuple[int, int], dark: bool
) -> None:
    show(browser, page, size, dark=dark)
    run(browser, f"document.querySelector('input[value={view}]').click()")
    if view == "rows":
        run(browser, "document.querySelector('#list button.small').click()")
    run(browser, "for (const d of document.querySelectorAll('details')) d.open = true")
    run(browser, axe)
    found = browser.execute_async_script("const done = arguments[0]; axe.run(document).then(done)")
    assert found["passes"]
    serious = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
    assert [(v["id"], v["nodes"][0]["html"]) for v in serious] == []


@pytest.mark.parametrize("report", [clean_report(), drawn_report()], ids=["clean", "every status"])
def test_axe_finds_nothing_serious_in_other_reports(
    browser: Any, axe: str, tmp_path: Path, report: Any
) -> None:
    path = tmp_path / "report.html"
    path.write_text(as_html(report), encoding="utf-8")
    show(browser, path)
    run(browser, axe)
    found = browser.execute_async_script("const done = arguments[0]; axe.run(document).then(done)")
    assert [v["id"] for v in found["violations"] if v["impact"] in ("serious", "critical")] == []
    assert browser.get_log("browser") == []


def test_text_of_rules_is_shown_as_text(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(as_html(drawn_report()), encoding="utf-8")
    show(browser, path)
    assert "</script><b>ü &" in run(browser, "return document.querySelector('#list').textContent")
    assert run(browser, "return document.querySelectorAll('main b').length") == 0
    assert "whole return" in run(browser, "return document.querySelector('#list').textContent")


@pytest.mark.parametrize("view", ["rows", "child", "rule"])
def test_nothing_runs_over_the_edge_of_a_narrow_screen(browser: Any, page: Path, view: str) -> None:
    show(browser, page, NARROW)
    run(browser, f"document.querySelector('input[value={view}]').click()")
    if view == "rows":
        run(browser, "document.querySelector('#list button.small').click()")
    assert run(browser, "return document.documentElement.scrollWidth") <= NARROW[0]


def test_search_filter_and_sort(browser: Any, page: Path) -> None:
    show(browser, page)
    every = count(browser)
    assert every.startswith("33 of 33 findings")
    choose(browser, "table", "0")
    of_table = count(browser)
    assert of_table != every
    tables = (
        "return [...document.querySelectorAll('#list td.where')].map(c => c.textContent.split(/(?=this)/)[0])"
    )
    assert len(set(run(browser, tables))) == 1
    run(browser, "document.getElementById('clear').click()")
    assert count(browser) == every
    search(browser, "participation invalid")
    codes = "return [...document.querySelectorAll('#list tbody th.code')].map(c => c.textContent)"
    assert run(browser, codes) == ["167", "167"]
    run(browser, "document.getElementById('clear').click()")
    run(browser, "document.querySelector('#list [data-key=child]').click()")
    children = run(
        browser, "return [...document.querySelectorAll('#list td[data-label=Child]')].map(c => c.textContent)"
    )
    # ids in the order of numbers, then those that are words
    assert children == sorted(children, key=lambda c: (not c.isdigit(), int(c) if c.isdigit() else 0, c))
    assert run(browser, "return document.querySelector('#list th[aria-sort]').textContent") == "Child"


def test_accepted_findings_are_told_from_new_ones(browser: Any, page: Path) -> None:
    show(browser, page)
    choose(browser, "status", "accepted")
    accepted = int(count(browser).split()[0])
    choose(browser, "status", "new")
    assert accepted > 0
    assert int(count(browser).split()[0]) + accepted == 33


def test_a_child_leads_to_its_rows_by_keyboard_alone(browser: Any, page: Path) -> None:
    from selenium.webdriver import Keys

    show(browser, page)
    run(browser, "document.querySelector('input[value=rows]').focus()")
    browser.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    first = run(browser, "return document.querySelector('#list tbody th').textContent")
    run(browser, "document.querySelector('#list tbody button').focus()")
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    children = run(
        browser, "return [...document.querySelectorAll('#list td[data-label=Child]')].map(c => c.textContent)"
    )
    assert set(children) == {first}


def test_a_child_is_told_from_one_whose_id_holds_its_own(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "large.html"
    path.write_text(as_html(large_report(1_000)), encoding="utf-8")
    show(browser, path)
    run(browser, "document.querySelector('input[value=child]').click()")
    run(browser, "document.querySelector('#list [data-key=name]').click()")
    assert run(browser, "return document.querySelector('#list tbody th').textContent") == "0"
    run(
        browser,
        "[...document.querySelectorAll('#list tbody tr')].find(r => r.cells[0].textContent === '1').querySelector('button').click()",
    )
    children = run(
        browser, "return [...document.querySelectorAll('#list td[data-label=Child]')].map(c => c.textContent)"
    )
    assert set(children) == {"1"}
    run(browser, "document.getElementById('only').click()")
    assert run(browser, "return document.getElementById('only').hidden")


def test_the_rows_around_a_finding_mark_the_failing_cells(browser: Any, page: Path) -> None:
    show(browser, page)
    search(browser, "167")
    run(browser, "document.querySelector('#list button.small').click()")
    marked = run(
        browser, "return [...document.querySelectorAll('.around td.failing')].map(c => c.textContent)"
    )
    assert marked == ["Q9"]
    lines = run(browser, "return [...document.querySelectorAll('.around tbody th')].map(c => c.textContent)")
    assert lines == ["18", "19 (finding)", "20"]


def test_a_hundred_thousand_findings_open_and_none_is_cut(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "large.html"
    path.write_text(as_html(large_report(100_000)), encoding="utf-8")
    assert path.stat().st_size < 20_000_000
    show(browser, path)
    assert count(browser) == "100,000 of 100,000 findings; showing rows 1 to 50 of 100,000"
    choose(browser, "rule", "3")
    assert count(browser).startswith("10,000 of 100,000 findings")
    run(browser, "document.querySelector('input[value=child]').click()")
    assert "of 10,000" in count(browser)
    assert "nothing was cut" in run(browser, "return document.querySelector('footer').textContent")


def test_printing_shows_more_than_a_page_and_says_what_is_left(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "large.html"
    path.write_text(as_html(large_report(3_000)), encoding="utf-8")
    show(browser, path)
    rows = "return document.querySelectorAll('#list tbody tr').length"
    run(browser, "dispatchEvent(new Event('beforeprint'))")
    assert run(browser, rows) == 2_000
    assert "1,000 more" in run(browser, "return document.getElementById('print-note').textContent")
    run(browser, "dispatchEvent(new Event('afterprint'))")
    assert run(browser, rows) == 50


def test_the_colours_can_be_switched(browser: Any, page: Path) -> None:
    show(browser, page)
    colour = "return getComputedStyle(document.body).backgroundColor"
    light = run(browser, colour)
    run(browser, "document.getElementById('theme').click()")
    assert run(browser, colour) != light
