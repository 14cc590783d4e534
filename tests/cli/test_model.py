"""``childlink model show``, ``link --model`` and ``evaluate`` by group."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from childlink.cli.main import app
from childlink.linkage.model import read_model, show
from childlink.synth import make_linkage

EXTRACTS = [f"{name}={name}.csv" for name in ("education", "health", "social_care")]


def childlink(*arguments: str) -> Result:
    """The command line in this process."""
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with made extracts, linked into out."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    for name, frame in make_linkage(300, 3).files().items():
        frame.write_csv(tmp_path / name)
    done = childlink("link", *EXTRACTS, "--output", "out", "--seed", "1")
    assert done.exit_code == 0, done.output
    return tmp_path


def test_a_model_is_shown_in_words_and_as_json(folder: Path) -> None:
    table = childlink("model", "show", "out/model.json")
    assert table.exit_code == 0, table.output
    assert "the forenames are the same" in table.stdout
    assert "education and health" in table.stdout
    told = json.loads(childlink("model", "show", "out/model.json", "--format", "json").stdout)
    assert told == json.loads(json.dumps(show(read_model(folder / "out" / "model.json"))))
    by_words = {row["words"]: row["weight"] for row in told}
    assert by_words["the NHS number is the same"] > 5 > 0 > by_words["the forenames differ"]


def test_what_is_no_model_is_told(folder: Path) -> None:
    for name in ("absent.json", "education.csv"):
        result = childlink("model", "show", name)
        assert result.exit_code == 2
        assert "no model of childlink" in result.stderr


def test_a_kept_model_links_the_same(folder: Path) -> None:
    again = childlink("link", *EXTRACTS, "-o", "again", "--seed", "1", "--model", "out/model.json")
    assert again.exit_code == 0, again.output
    one, two = ((folder / name / "review.csv").read_bytes() for name in ("out", "again"))
    assert one.count(b"\n") == two.count(b"\n")
    refused = childlink("link", *EXTRACTS, "-o", "no", "--model", "out/model.json", "--no-fuzzy")
    assert refused.exit_code == 2
    assert not (folder / "no").exists()


def test_groups_are_told_apart_where_the_extracts_are_given(folder: Path) -> None:
    table = childlink("evaluate", "out/links.csv", "truth.csv", *EXTRACTS)
    assert table.exit_code == 0, table.output
    assert "ethnicity" in table.stdout
    assert "twins: 0 of" in table.stdout
    told = json.loads(
        childlink("evaluate", "out/links.csv", "truth.csv", *EXTRACTS, "--format", "json").stdout
    )
    assert set(told["groups"]) == {"source", "sex", "ethnicity", "age"}
    assert {row["group"] for row in told["groups"]["source"]} == {"education", "health", "social_care"}
    assert told["siblings"]["pairs"] > 0
