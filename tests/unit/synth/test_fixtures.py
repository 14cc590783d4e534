"""Law: the example files that ship are what the commands on their page make, byte for byte."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from childlink.cli.main import app
from tests.conftest import PROJECT

FIXTURES = PROJECT / "fixtures"
COMMANDS = re.findall(
    r"^    childlink (synth .*)$", (FIXTURES / "README.md").read_text(encoding="utf-8"), re.MULTILINE
)


def test_the_page_has_a_command_for_each_folder() -> None:
    assert {shlex.split(command)[2] for command in COMMANDS} == {"fixtures/ssda903", "fixtures/linkage"}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_make_the_files(command: str, tmp_path: Path) -> None:
    _, kind, folder, *options = shlex.split(command)
    result = CliRunner().invoke(app, ["synth", kind, str(tmp_path / "made"), *options])
    assert result.exit_code == 0, result.output
    made = {
        path.relative_to(tmp_path / "made"): path.read_bytes() for path in (tmp_path / "made").rglob("*.csv")
    }
    # expected_links.csv stands beside the made files: what linking them must give
    shipped = {
        path.relative_to(PROJECT / folder): path.read_bytes()
        for path in (PROJECT / folder).rglob("*.csv")
        if not path.name.startswith("expected_")
    }
    assert sorted(made) == sorted(shipped)
    assert [name for name, data in made.items() if data != shipped[name]] == []
