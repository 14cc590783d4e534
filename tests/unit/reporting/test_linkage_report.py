"""Laws: the pages of a linkage ask nothing of a network, run nothing, hold no value, and are the same each time."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from childlink.linkage.explain import explain_pair, read_folder
from childlink.linkage.run import run_link
from childlink.reporting.linkage_explanation import explanation_page
from childlink.reporting.linkage_page import percent
from childlink.reporting.linkage_report import linkage_report
from tests.conftest import EXTRACTS


@pytest.fixture(scope="module")
def summary(linked: Path) -> dict[str, Any]:
    return dict(json.loads((linked / "summary.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def page(linked: Path) -> str:
    return (linked / "report.html").read_text(encoding="utf-8")


def test_the_page_is_its_summary(page: str, summary: dict[str, Any]) -> None:
    assert linkage_report(summary) == page
    assert linkage_report(summary) == linkage_report(summary)


def test_it_asks_nothing_and_runs_nothing(page: str) -> None:
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert not re.search(r"(src|href)=[\"'](?!#)", page)
    assert not re.search(r"\sstyle=|\son[a-z]+=", page)
    assert "url(" not in page


def test_it_holds_no_value_of_a_child(page: str) -> None:
    words = set(re.findall(r"[^\s<>&;\"'(),]+", page))
    for path in EXTRACTS.values():
        cells = pl.read_csv(path, infer_schema=False)
        for column in cells.columns:
            if column in (
                "record_id",
                "upn",
                "nhs_number",
                "postcode",
                "placement_postcode",
                "surname",
                "family_name",
            ):
                known = {cell for cell in cells[column].drop_nulls() if len(cell) > 3} - {"White", "Black"}
                assert not known & words, column


@pytest.mark.parametrize(
    "part", ["inputs", "decided", "pairs", "weights", "rates", "quality", "not-linkable", "guild"]
)
def test_every_part_of_the_contract_is_there(page: str, part: str) -> None:
    assert f'<section id="{part}"' in page
    assert f'href="#{part}"' in page


def test_each_class_has_its_chart_with_words_for_wide_and_for_narrow_screens(page: str) -> None:
    weights = page[page.index('id="weights"') : page.index('id="rates"')]
    assert weights.count("<figure>") >= 2
    assert weights.count(": column chart of") == weights.count("<svg ") == 2 * weights.count("<figure>")
    assert weights.count("chart-wide") == weights.count("chart-narrow") == weights.count("<figure>")


def test_pairs_by_key_and_link_rates_have_charts(page: str, summary: dict[str, Any]) -> None:
    pairs = page[page.index('id="pairs"') : page.index('id="weights"')]
    assert pairs.count('role="img"') == 2
    rates = page[page.index('id="rates"') : page.index('id="quality"')]
    assert rates.count('role="img"') == 2 * rates.count("<figure>") == 6
    assert all(rates.count(f'">{given["source"]}</span>') == 3 for given in summary["inputs"])


def test_small_numbers_stand_as_the_symbol(page: str, summary: dict[str, Any]) -> None:
    hidden = [row for row in summary["link_rates"] if row["records"] is None]
    assert hidden
    assert all(row["linked"] is None and row["rate"] is None for row in hidden)
    rates = page[page.index('id="rates"') : page.index('id="quality"')]
    assert rates.count('<div class="rate none">*</div>') == len(hidden)
    charts = [row for row in hidden if row["by"] != "all"]
    assert rates.count(">*</text>") == 2 * len(charts)


def test_without_a_model_it_says_so(tmp_path: Path) -> None:
    run_link(sources=EXTRACTS, output=tmp_path, seed=1, fuzzy=False)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "No model was trained" in page
    assert "Not known: no model was trained" in page


def test_the_summary_holds_all_that_the_page_shows(summary: dict[str, Any]) -> None:
    assert summary["schema"] == "childlink.linkage/1"
    assert {"weights", "link_rates", "not_linkable", "estimate", "decisions"} <= set(summary)


def test_a_name_of_a_source_cannot_become_markup(summary: dict[str, Any]) -> None:
    named = json.loads(json.dumps(summary).replace('"health"', '"<b>health</b>"'))
    assert "<b>health" not in linkage_report(named)


def test_a_chart_cannot_carry_markup_either(summary: dict[str, Any]) -> None:
    named = json.loads(json.dumps(summary).replace('"NHS number"', '"<b>key</b>"'))
    page = linkage_report(named)
    assert "<b>key" not in page
    assert page.count("&lt;b&gt;key&lt;/b&gt;</text>") == 2


def test_an_explanation_is_a_page_too(linked: Path) -> None:
    row = pl.read_parquet(linked / "pairs.parquet").row(0, named=True)
    told = explain_pair(
        read_folder(linked), (row["source_l"], row["record_id_l"]), (row["source_r"], row["record_id_r"])
    )
    page = explanation_page(told.as_object())
    assert page.count("pygal-chart waterfall") == page.count("<svg ") == len(told.steps)
    assert "<script" not in page
    assert not re.search(r"\sstyle=", page)


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0%"), (1, "100%"), (0.9999, "99.9%"), (0.0001, "0.1%"), (0.5, "50.0%"), (0.9754, "97.5%")],
)
def test_nearly_all_is_not_all(share: float, text: str) -> None:
    assert percent(share) == text
