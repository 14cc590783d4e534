"""Laws: every command of docs/validate.md runs as written, in order, and prints what the page shows; every link
between pages leads somewhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from childlink.cli.main import app
from childlink.cli.validate import FORMATS
from tests.conftest import PROJECT

DOCS = PROJECT / "docs"
STEP = re.compile(r"```(sh|text)\n(.*?)```|<!-- replace (\S+) (\S+) (\S+) -->", flags=re.DOTALL)


def test_every_example_runs_and_prints_what_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {"NO_COLOR": "1", "COLUMNS": "110", "XDG_CACHE_HOME": str(tmp_path / "cache")}.items():
        monkeypatch.setenv(name, value)
    printed, ran, compared = "", 0, 0
    for kind, text, path, old, new in STEP.findall((DOCS / "validate.md").read_text(encoding="utf-8")):
        if path:
            changed = Path(path).read_text(encoding="utf-8").replace(old, new)
            assert changed != Path(path).read_text(encoding="utf-8")
            Path(path).write_text(changed, encoding="utf-8")
        elif kind == "text":
            assert [line.rstrip() for line in printed.splitlines()] == text.splitlines()
            compared += 1
        else:
            for line in text.splitlines():
                words = shlex.split(line)
                if words[0] == "childlink":
                    result = CliRunner().invoke(app, words[1:], prog_name="childlink")
                    assert result.exit_code in (0, 1), (line, result.output)
                    printed, ran = result.stdout, ran + 1
    assert (ran, compared) == (9, 3)
    assert Path("report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_every_format_is_on_the_page() -> None:
    page = (DOCS / "validate.md").read_text(encoding="utf-8")
    endings = {"html": "report.html", "csv": "report.csv", "json": "report.json", "junit": "report.xml"}
    endings |= {"sarif": "report.sarif", "github": "--format github", "concise": "--format concise"}
    assert [name for name in FORMATS if name != "table" and endings[name] not in page] == []


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda p: p.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [t for t in targets if not (page.parent / t).exists()] == []
