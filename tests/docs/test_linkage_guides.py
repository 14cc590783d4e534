"""Laws: every command of docs/explain.md and docs/review.md runs as written, and prints what the page shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from childlink.cli.main import app
from childlink.linkage.decisions import GROUNDS
from childlink.review.app import ReviewApp
from tests.conftest import PROJECT

STEP = re.compile(r"```(sh|text)\n(.*?)```", flags=re.DOTALL)


@pytest.mark.parametrize(("page", "runs", "shows"), [("explain.md", 6, 1), ("review.md", 3, 1)])
def test_every_example_runs_and_prints_what_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str, runs: int, shows: int
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {"NO_COLOR": "1", "COLUMNS": "110", "XDG_CACHE_HOME": str(tmp_path / "cache")}.items():
        monkeypatch.setenv(name, value)
    printed, ran, compared = "", 0, 0
    for kind, text in STEP.findall((PROJECT / "docs" / page).read_text(encoding="utf-8")):
        if kind == "text":
            assert [line.rstrip() for line in printed.splitlines()] == text.splitlines()
            compared += 1
            continue
        for line in text.splitlines():
            if "CHILD_ID" in line:
                links = pl.read_csv("example/linked/links.csv")
                line = line.replace("CHILD_ID", links["child_id"][0])
            result = CliRunner().invoke(app, shlex.split(line)[1:])
            assert result.exit_code == 0, (line, result.output)
            printed, ran = result.stdout, ran + 1
    assert (ran, compared) == (runs, shows)


def test_the_page_names_every_key_of_the_screen() -> None:
    page = (PROJECT / "docs" / "review.md").read_text(encoding="utf-8")
    keys = {key for binding in ReviewApp.BINDINGS for key in binding.key.split(",")}  # type: ignore[union-attr]
    told = set("ynubf") | {"enter", "space"} | {str(n) for n in range(1, len(GROUNDS) + 1)}
    assert keys == told
    assert all(f"| {key} |" in page for key in "ynubf")
    assert f"| 1 to {len(GROUNDS)} |" in page
