"""Laws of the whole command line: help is quick and needs no heavy package, crashes show no values."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.main import get_command

from childlink.cli import main
from tests.cli.conftest import Childlink


def test_help_imports_neither_polars_nor_pandera() -> None:
    code = (
        "import sys\n"
        "from childlink.cli.main import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('polars', 'pandera', 'sqlalchemy', 'faker') if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "validate" in done.stdout


def test_every_command_is_registered_by_the_module_that_the_list_names() -> None:
    assert set(get_command(main.app_of(main.COMMANDS)).commands) == set(main.COMMANDS)
    for command in main.COMMANDS:
        assert command in get_command(main.app_of([command])).commands


def test_every_command_has_help(childlink: Childlink) -> None:
    for command in (
        ("validate",),
        ("rules", "list"),
        ("rules", "show"),
        ("link",),
        ("evaluate",),
        ("synth",),
        ("demo",),
    ):
        result = childlink(*command, "--help")
        assert result.exit_code == 0
        assert "Usage" in result.stdout


def test_version(childlink: Childlink) -> None:
    from childlink import __version__

    assert childlink("--version").stdout.strip() == f"childlink {__version__}"


def test_an_unknown_command_suggests_the_nearest(childlink: Childlink) -> None:
    result = childlink("validat")
    assert result.exit_code == 2
    assert "validate" in result.stderr


def test_a_crash_is_exit_code_3_without_the_text_of_the_crash(
    childlink: Childlink, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(code: str) -> None:
        raise RuntimeError("PLANTEDVALUE")

    monkeypatch.setattr("childlink.rules.rule_book", crash)
    result = childlink("rules", "list")
    assert result.exit_code == 3
    assert "PLANTEDVALUE" not in result.output
    assert "--debug" in result.stderr
    debugged = childlink("--debug", "rules", "list")
    assert "PLANTEDVALUE" in debugged.stderr


def test_rules_list_and_show(childlink: Childlink) -> None:
    import csv
    import io
    import json

    from childlink.rules import rule_book

    codes = list(rule_book("ssda903").in_force("2025-26"))
    listed = json.loads(childlink("rules", "list", "--year", "2025-26", "--format", "json").stdout)
    assert [r["code"] for r in listed] == codes
    rows = csv.DictReader(
        io.StringIO(childlink("rules", "list", "--year", "2025-26", "--format", "csv").stdout)
    )
    assert [r["code"] for r in rows] == codes
    page = childlink("rules", "show", "142").stdout
    for word in (
        "142",
        "in force: 2022-23 to 2026-27",
        "previous episode has not ended",
        "example",
        "flagged",
    ):
        assert word in page
    assert childlink("rules", "show", "int31").stdout == childlink("rules", "show", "INT31").stdout
    unknown = childlink("rules", "show", "1421")
    assert unknown.exit_code == 2
    assert "142" in unknown.stderr
