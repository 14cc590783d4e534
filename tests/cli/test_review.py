"""``childlink review`` as a user meets it; its screen is driven in tests/unit/review."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from childlink.cli import review as command
from childlink.cli.main import app
from childlink.linkage.decisions import read_decisions
from childlink.review.records import Records
from childlink.review.session import Session
from tests.conftest import EXTRACTS

SOURCES = [word for name, path in EXTRACTS.items() for word in ("--sources", f"{name}={path}")]


@pytest.fixture
def out(linked: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(linked, tmp_path / "out"))


def review(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["review", *map(str, arguments)])


@pytest.mark.parametrize("flag", [["--no-input"], []], ids=["told not to ask", "no terminal"])
def test_without_a_person_it_is_refused_with_a_word(out: Path, flag: list[str]) -> None:
    result = review(out, *SOURCES, *flag)
    assert result.exit_code == 2
    assert "a review asks a person" in result.stderr
    assert "next: run it in a terminal" in result.stderr
    assert not (out / "decisions.csv").exists()


def test_status_asks_nothing_and_tells_how_far_it_is(out: Path) -> None:
    told = json.loads(review(out, "--status", "--format", "json").stdout)
    assert told["schema"] == "childlink.review/1"
    assert told["open"] == told["listed"] > 0
    assert f"{told['listed']} pairs are listed" in review(out, "--status").stdout


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal, and in place of the screen somebody who says yes twice and no once."""

    def screen(session: Session, records: Records) -> None:
        for word in ("same", "different", "same"):
            assert session.current is not None
            assert records.has(session.current.one)
            session.answer(word)
            session.next()

    monkeypatch.setattr(command, "run_screen", screen)
    monkeypatch.setattr(command, "_asks_a_person", lambda: True)


@pytest.mark.usefixtures("person")
def test_what_was_done_is_said_and_the_next_link_obeys(out: Path) -> None:
    result = review(out, *SOURCES, "--reviewer", "ana")
    assert result.exit_code == 0, result.output
    assert "3 pairs answered by ana: 2 one child, 1 two children, 0 unsure" in result.stdout
    before = read_decisions(out / "decisions.csv")
    linked = CliRunner().invoke(
        app, ["link", *(f"{n}={p}" for n, p in EXTRACTS.items()), "-o", str(out), "--format", "json"]
    )
    assert linked.exit_code == 0, linked.output
    summary = json.loads(linked.stdout)
    assert summary["decisions"]["same"] + summary["decisions"]["contradicted"] >= 2
    assert summary["decisions"]["different"] == 1
    assert read_decisions(out / "decisions.csv").equals(before)


@pytest.mark.usefixtures("person")
def test_the_result_can_be_json_and_the_queue_cut(out: Path) -> None:
    told = json.loads(review(out, *SOURCES, "--reviewer", "ben", "--limit", "3", "--format", "json").stdout)
    assert told["answered"] == 3
    assert told["left"] == 0
    assert told["answers"] == {"same": 2, "different": 1, "unsure": 0}


@pytest.mark.usefixtures("person")
def test_the_extracts_are_asked_for(out: Path) -> None:
    result = review(out, "--reviewer", "ana")
    assert result.exit_code == 2
    assert "--sources" in result.stderr


@pytest.mark.usefixtures("person")
def test_a_changed_extract_is_said(out: Path, tmp_path: Path) -> None:
    changed = tmp_path / "health.csv"
    changed.write_bytes(EXTRACTS["health"].read_bytes() + b"H9,,Adam,Fox,1,20100101,\n")
    given = [word.replace(str(EXTRACTS["health"]), str(changed)) for word in SOURCES]
    assert "health is not the file that was linked" in review(out, *given, "--reviewer", "ana").stderr


@pytest.mark.usefixtures("person")
def test_without_its_extra_it_says_what_to_install(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = review(out, *SOURCES)
    assert result.exit_code == 2
    assert "childlink[review]" in result.stderr
