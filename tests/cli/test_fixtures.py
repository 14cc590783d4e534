"""Law: the example files that ship give the findings and the links that ship beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.cli.conftest import Childlink
from tests.conftest import PROJECT

FIXTURES = PROJECT / "fixtures"


def without_version(report: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(report)
    del loaded["run"]["version"]
    return loaded


def test_the_example_return_gives_the_expected_report(childlink: Childlink) -> None:
    place = FIXTURES / "ssda903"
    last = ("--previous", place / "previous", "--la", "E08000025")
    result = childlink("validate", "ssda903", place / "this", "--year", "2025-26", *last, "--format", "json")
    assert result.exit_code == 1
    expected = (place / "expected_report.json").read_text(encoding="utf-8")
    assert without_version(result.stdout) == without_version(expected)


def test_the_example_census_gives_the_expected_report(childlink: Childlink) -> None:
    place = FIXTURES / "cin"
    result = childlink("validate", "cin", place / "census.xml", "--year", "2025-26", "--format", "json")
    assert result.exit_code == 1
    expected = (place / "expected_report.json").read_text(encoding="utf-8")
    assert without_version(result.stdout) == without_version(expected)


def test_the_example_extracts_give_the_expected_links(childlink: Childlink, tmp_path: Path) -> None:
    place = FIXTURES / "linkage"
    sources = [f"{name}={place / name}.csv" for name in ("education", "health", "social_care")]
    result = childlink("link", *sources, "--output", tmp_path / "out", "--seed", "1")
    assert result.exit_code == 0
    expected = (place / "expected_links.csv").read_bytes()
    assert (tmp_path / "out" / "links.csv").read_bytes() == expected
