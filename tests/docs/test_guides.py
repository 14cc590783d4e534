"""Laws: every command of the step-by-step guides runs as written, in order, and prints what the page shows; the
pages name every format, every file that is written, and every guide."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from childlink.cli.main import app
from childlink.cli.validate import FORMATS
from childlink.file_set import RUN
from childlink.linkage import outputs
from childlink.linkage.decisions import DECISIONS
from childlink.linkage.run import REGISTER
from childlink.sharing import audit
from childlink.sharing.custody import escrow_beside
from childlink.sharing.package import DATA_SHEET, MANIFEST
from tests.conftest import PROJECT
from tests.docs.pages import DOCS

STEP = re.compile(r"```(sh|text)\n(.*?)```|<!-- replace (\S+) (\S+) (\S+) -->", flags=re.DOTALL)


def within(text: str) -> list[str]:
    """The lines of a text without what is blank before and after them."""
    return [line.rstrip() for line in text.strip("\n ").splitlines()]


@pytest.mark.parametrize(
    ("page", "runs", "shows"), [("validate.md", 9, 3), ("link.md", 4, 2), ("install.md", 1, 0)]
)
def test_every_example_runs_and_prints_what_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str, runs: int, shows: int
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {"NO_COLOR": "1", "COLUMNS": "110", "XDG_CACHE_HOME": str(tmp_path / "cache")}.items():
        monkeypatch.setenv(name, value)
    printed, ran, compared = "", 0, 0
    for kind, text, path, old, new in STEP.findall((DOCS / page).read_text(encoding="utf-8")):
        if path:
            changed = Path(path).read_text(encoding="utf-8").replace(old, new)
            assert changed != Path(path).read_text(encoding="utf-8")
            Path(path).write_text(changed, encoding="utf-8")
        elif kind == "text":
            assert within(printed) == within(text)
            compared += 1
        else:
            for line in text.splitlines():
                words = shlex.split(line)
                if words[0] == "childlink":
                    result = CliRunner().invoke(app, words[1:], prog_name="childlink")
                    assert result.exit_code in (0, 1), (line, result.output)
                    printed, ran = result.stdout, ran + 1
    assert (ran, compared) == (runs, shows)
    reports = [p for p in (Path("report.html"), Path("linked/report.html")) if p.exists()]
    assert all(p.read_text(encoding="utf-8").startswith("<!DOCTYPE html>") for p in reports)
    assert bool(reports) == (page != "install.md")


def test_every_format_is_on_the_page() -> None:
    page = (DOCS / "validate.md").read_text(encoding="utf-8")
    endings = {"html": "report.html", "csv": "report.csv", "json": "report.json", "junit": "report.xml"}
    endings |= {"sarif": "report.sarif", "github": "--format github", "concise": "--format concise"}
    assert [name for name in FORMATS if name != "table" and endings[name] not in page] == []


def test_the_privacy_page_names_every_file_that_childlink_names_itself() -> None:
    page = (DOCS / "privacy.md").read_text(encoding="utf-8")
    named = [*outputs.FILES, DECISIONS, REGISTER, f"{REGISTER}.key", MANIFEST, DATA_SHEET]
    named += [escrow_beside(Path("KEY_FILE")).name, audit.beside(Path("KEY_FILE")).name]
    named += [f"{audit.beside(Path('KEY_FILE')).name}.head", RUN, "postcodes-"]
    assert [name for name in named if f"`{name}" not in page] == []
    for folder in ("~/.cache/childlink", "~/Library/Caches/childlink", "%LOCALAPPDATA%\\childlink\\Cache"):
        assert f"`{folder}`" in page


def test_the_privacy_page_tells_the_modes_of_the_files_that_are_private(tmp_path: Path) -> None:
    """What ``link`` writes: the register and its key are their owner's alone, as the page says, and no others."""
    folder = tmp_path / "example"
    assert CliRunner().invoke(app, ["demo", str(folder)]).exit_code == 0
    private = {p.name for p in (folder / "linked").iterdir() if not p.stat().st_mode & 0o077}
    rows = (DOCS / "privacy.md").read_text(encoding="utf-8").splitlines()
    told = {
        name
        for name in (*outputs.FILES, REGISTER, f"{REGISTER}.key")
        if any(row.startswith(f"| `{name}`") and "mode 0600" in row for row in rows)
    }
    assert private == told == {REGISTER, f"{REGISTER}.key"}


def test_every_page_is_on_the_map() -> None:
    page = (DOCS / "index.md").read_text(encoding="utf-8")
    assert [p.name for p in DOCS.glob("*.md") if p.name != "index.md" and f"({p.name}" not in page] == []
    assert "(docs/index.md)" in (PROJECT / "README.md").read_text(encoding="utf-8")


TERMS = (
    "Child id", "Alias", "Episode", "Legal status", "Agreement pattern", "Blocking key", "m-probability", "u-probability",
    "Match weight", "Free place", "Seal", "Pseudonym", "Epoch", "k-anonymity", "Baseline", "Not run",
    "Structural finding", "UPN", "ULN", "NHS number", "Register", "Token", "Escrow copy", "Audit log", "Coverage",
)  # fmt: skip


def test_the_glossary_explains_the_words_that_reports_use() -> None:
    page = (DOCS / "glossary.md").read_text(encoding="utf-8")
    explained = " ".join(re.findall(r"^\*\*.+$|\*\*[^*]+\.\*\*", page, flags=re.MULTILINE))
    assert [term for term in TERMS if not re.search(rf"\*\*[^*]*{re.escape(term)}\b", explained)] == []
