"""Laws: the page of the comparison of returns has every rule of it, and its commands run as written."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from childlink.cli.main import app
from childlink.rules import rule_book
from tests import cross_files
from tests.docs.pages import DOCS

PAGE = (DOCS / "returns" / "_intro" / "cross.md").read_text(encoding="utf-8")


def test_every_rule_has_a_line_that_says_what_to_do() -> None:
    told = {
        code
        for line in re.findall(r"^\| (X-[^|]+) \|", PAGE, flags=re.MULTILINE)
        for code in line.split(", ")
    }
    assert told == set(rule_book("cross").codes())


def test_every_command_runs_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cross_files.written(tmp_path)["ssda903"].rename(tmp_path / "this_year")
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^    (childlink .+)$", PAGE, flags=re.MULTILINE)
    for command in commands:
        result = CliRunner().invoke(app, shlex.split(command)[1:], prog_name="childlink")
        assert result.exit_code == 1, (command, result.output)
        assert "matched by child id: 2 of 3 children of the SSDA903" in result.stderr
    assert len(commands) == 2
    assert Path("report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    places = {line.split(": ")[0] for line in result.stdout.splitlines()[:-1]}
    assert {"header.csv:2", "cin.xml cin CINdetails row 2", "pupilonroll.csv:3"} <= places
