"""Law: what a command did can be had as JSON, with its schema, and nothing else on stdout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from childlink.cli.main import app


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def told(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, [*arguments, "--format", "json"])
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def test_synth_tells_what_it_wrote() -> None:
    returned = told("synth", "ssda903", "made", "--children", "5")
    assert (returned["schema"], returned["folder"], returned["children"]) == ("childlink.synth/1", "made", 5)
    census = told("synth", "cin", "cin.xml", "--children", "5")
    assert census["file"] == "cin.xml"
    assert sum(census["rows"].values()) > 5
    extracts = told("synth", "linkage", "extracts", "--children", "30")
    assert len(extracts["rows"]) == 4
    assert told("synth", "linkage", "--list-rates")["rates"]["twin_births"] > 0


def test_convert_tells_what_it_wrote() -> None:
    told("synth", "cin", "cin.xml", "--children", "5")
    made = told("convert", "cin", "cin.xml", "--output", "csv")
    assert (made["schema"], made["written"], made["left_out"]) == ("childlink.convert/1", "csv", [])
    assert len(list(Path("csv").glob("*.csv"))) == len(made["rows"])


def test_the_demo_tells_all_that_it_did() -> None:
    done = told("demo", "example")
    assert done["report"]["schema"] == "childlink.report/1"
    assert done["linkage"]["schema"] == "childlink.linkage/1"
    assert done["evaluation"]["schema"] == "childlink.evaluation/1"
