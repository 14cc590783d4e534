"""Law: the example files that ship are what the commands on their page make, byte for byte."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from childlink.cli.main import app
from childlink.cli.synth import NOT_FROM_SCHEMA
from childlink.schema.model import shipped_schemas
from tests.conftest import PROJECT

FIXTURES = PROJECT / "fixtures"
COMMANDS = re.findall(
    r"^    childlink (synth .*)$", (FIXTURES / "README.md").read_text(encoding="utf-8"), re.MULTILINE
)


def test_the_page_has_a_command_for_each_folder() -> None:
    of_schemas = {f"fixtures/{name}" for name in shipped_schemas() if name not in NOT_FROM_SCHEMA}
    assert {shlex.split(command)[2] for command in COMMANDS} == {
        *of_schemas,
        "fixtures/ssda903",
        "fixtures/cin/census.xml",
        "fixtures/linkage",
    }


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_make_the_files(command: str, tmp_path: Path) -> None:
    _, kind, place, *options = shlex.split(command)
    file = Path(place).name if place.endswith(".xml") else ""
    result = CliRunner().invoke(app, ["synth", kind, str(tmp_path / "made" / file), *options])
    assert result.exit_code == 0, result.output
    made = _files(tmp_path / "made")
    shipped = _files(PROJECT / Path(place).parent if file else PROJECT / place)
    assert sorted(made) == sorted(shipped)
    assert [name for name, data in made.items() if data != shipped[name]] == []


def _files(folder: Path) -> dict[Path, bytes]:
    """The made files of a folder. expected_links.csv stands beside them: what linking them must give."""
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith("expected_")
    }
