"""The command line as a user meets it: what it prints, where, and its exit code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from childlink.cli.main import app

Childlink = Callable[..., Result]


@pytest.fixture
def childlink(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Childlink:
    """Run ``childlink ARGUMENTS`` in this process: no colour, 120 columns, a cache folder of its own."""
    cache = tmp_path_factory.getbasetemp() / "cache"
    for name, value in {"NO_COLOR": "1", "COLUMNS": "120", "XDG_CACHE_HOME": str(cache)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    def run(*arguments: str | Path) -> Result:
        return CliRunner().invoke(app, [str(a) for a in arguments], prog_name="childlink")

    return run
