"""Laws: the README's two commands are what CI runs, and nothing shipped leans on ../shared."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from childlink.cli.main import app
from tests.conftest import PROJECT

README = (PROJECT / "README.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    """The shell commands of the README's fenced blocks that install something, in order."""
    blocks = re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if "pip install" in line]


def test_the_first_command_runs_the_demo_and_the_second_the_tests() -> None:
    demo, tests = commands()[:2]
    assert demo.endswith("childlink demo")
    assert tests.endswith("pytest")


def test_ci_runs_the_second_command_as_it_stands() -> None:
    assert commands()[1] in (PROJECT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_what_ships_does_not_lean_on_shared() -> None:
    shipped = [
        p
        for folder in ("src", "schemas", "fixtures")
        for p in (PROJECT / folder).rglob("*")
        if p.is_file() and p.suffix in {".py", ".yaml", ".csv", ".md", ".json", ".toml"}
    ]
    assert shipped
    assert [p.name for p in shipped if "../shared" in p.read_text(encoding="utf-8")] == []
    assert "../shared" not in README


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_the_example_prints_what_the_readme_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {"NO_COLOR": "1", "COLUMNS": "110", "XDG_CACHE_HOME": str(tmp_path / "cache")}.items():
        monkeypatch.setenv(name, value)
    assert CliRunner().invoke(app, ["demo", "example"]).exit_code == 0
    (command,) = [b for b in blocks("sh") if "example/ssda903/this" in b]
    words = shlex.split(command.replace("\\\n", " "))
    result = CliRunner().invoke(app, words[1:])
    assert result.exit_code == 1
    assert [line.rstrip() for line in result.stdout.splitlines()] == blocks("text")[0].splitlines()


def test_every_childlink_command_shown_exists(tmp_path: Path) -> None:
    commands = {words[1] for b in blocks("sh") for words in [b.split()] if words[0] == "childlink"}
    assert commands >= {"validate", "link", "synth"}
    for command in sorted(commands):
        assert CliRunner().invoke(app, [command, "--help"]).exit_code == 0
