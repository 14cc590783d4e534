"""Laws: every command of docs/local-extracts.md runs as written, in order, and prints what the page shows; its table
names every word that a schema may hold."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from childlink.cli.main import app
from childlink.schema import soundness
from childlink.schema.model import FORMATS, KINDS, TYPES
from tests.conftest import PROJECT

PAGE = (PROJECT / "docs" / "local-extracts.md").read_text(encoding="utf-8")
STEP = re.compile(r"```(sh|text)\n(.*?)```|<!-- replace (\S+) (\S+) (\S+) -->", flags=re.DOTALL)


def test_every_example_runs_and_prints_what_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {"NO_COLOR": "1", "COLUMNS": "110", "XDG_CACHE_HOME": str(tmp_path / "cache")}.items():
        monkeypatch.setenv(name, value)
    printed, ran, compared = "", 0, 0
    for kind, text, path, old, new in STEP.findall(PAGE):
        if path:
            before = Path(path).read_text(encoding="utf-8")
            assert old in before
            Path(path).write_text(before.replace(old, new), encoding="utf-8")
        elif kind == "text":
            assert [line.rstrip() for line in printed.splitlines()] == text.splitlines()
            compared += 1
        else:
            for line in text.splitlines():
                command, _, file = line.partition(" > ")
                words = shlex.split(command)
                result = CliRunner().invoke(app, words[1:], prog_name="childlink")
                assert result.exit_code == (1 if words[1] == "validate" else 0), (line, result.output)
                printed, ran = result.stdout, ran + 1
                if file:
                    Path(file).write_text(printed, encoding="utf-8")
    assert (ran, compared) == (8, 2)
    assert Path("linked/links.csv").is_file()


def test_the_link_toml_of_the_page_is_read(tmp_path: Path) -> None:
    from childlink.linkage.config import read_config

    (said,) = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    (tmp_path / "link.toml").write_text(said, encoding="utf-8")
    shown = re.findall(r"```text\n(.*?)```", PAGE, flags=re.DOTALL)[0]
    (tmp_path / "social_care.yaml").write_text(shown, encoding="utf-8")
    schema = read_config(tmp_path / "link.toml").mapping_for("social_care").schema
    assert schema is not None
    assert schema.name == "social_care"


def test_the_table_names_every_word() -> None:
    table = PAGE.partition("## The words of a schema")[2]
    words = {*soundness.OWN_WORDS, *soundness.TABLE_WORDS, *soundness.FIELD_WORDS, *FORMATS, *KINDS, *TYPES}
    # said elsewhere on the page, or of no use to a schema of one's own
    words -= {"schema", "tables", "fields", "yearly", "own", "subject"}
    assert sorted(word for word in words if f"`{word}`" not in table) == []
