"""Law: who follows docs/adding-a-return.md has a new return: its files, and nothing else, make the commands of the page
print what it shows, and the tests that every return must pass go by."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PROJECT

PAGE = PROJECT / "docs" / "adding-a-return.md"
BLOCK = re.compile(
    r"(?:^`(?P<path>[^`\n]+)`:\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
WIDTH = 110


def copy_of_childlink(place: Path) -> None:
    """The package, the schemas and the tests of rules, without what was there of the example."""
    left_out = shutil.ignore_patterns("__pycache__", ".mypy_cache", "virtual_school*")
    for part in ("src", "schemas", "tests/unit/rules"):
        shutil.copytree(PROJECT / part, place / part, ignore=left_out)
    for name in ("pyproject.toml", "tests/__init__.py", "tests/conftest.py", "tests/unit/__init__.py"):
        shutil.copy(PROJECT / name, place / name)


def run(line: str, place: Path) -> tuple[int, str]:
    """What a command of the page prints, and its exit code."""
    words = shlex.split(line)
    program = [sys.executable, "-m", "childlink"] if words[0] == "childlink" else [sys.executable]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    env = {**kept, "PYTHONPATH": str(place / "src"), "NO_COLOR": "1", "COLUMNS": str(WIDTH)}
    env |= {"XDG_CACHE_HOME": str(place / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [*program, *words[1:]], cwd=place, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1), (line, done.stderr)
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, int, str, str | None]]:
    """The commands of the page in order, each with its exit code, what it printed, and what the page shows of it."""
    place = tmp_path_factory.mktemp("adding") / "childlink"
    copy_of_childlink(place)
    done: list[tuple[str, int, str, str | None]] = []
    for block in BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        path, kind, text = block["path"], block["kind"], block["text"]
        if path is not None:
            assert not (place / path).exists()
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_text(text, encoding="utf-8")
        elif kind == "sh":
            done += [(line, *run(line, place), None) for line in text.splitlines()]
        else:
            line, code, printed, _ = done[-1]
            done[-1] = (line, code, printed, text)
    return done


def test_the_commands_print_what_the_page_shows(followed: list[tuple[str, int, str, str | None]]) -> None:
    shown = [step for step in followed if step[3] is not None]
    assert len(shown) == 5
    for line, _, printed, text in shown:
        assert [printed_line.rstrip() for printed_line in printed.splitlines()] == (
            text or ""
        ).splitlines(), line


def test_the_cases_of_the_page_are_run_and_hold(followed: list[tuple[str, int, str, str | None]]) -> None:
    (tests,) = [step for step in followed if "pytest" in step[0]]
    # three cases, and the law that every rule has a row that is flagged and one that is not
    assert tests[1] == 0, tests[2]
    assert re.search(r"^6 passed", tests[2], re.MULTILINE), tests[2]


def test_the_made_return_is_sound_and_the_faulty_one_is_not(
    followed: list[tuple[str, int, str, str | None]],
) -> None:
    validated = [code for line, code, _, _ in followed if "validate" in line]
    assert validated == [0, 1]


def test_nothing_is_there_that_the_page_does_not_write() -> None:
    paths = [block["path"] for block in BLOCK.finditer(PAGE.read_text(encoding="utf-8")) if block["path"]]
    assert paths[0].startswith("schemas/")
    assert all(path.startswith("src/childlink/rules/virtual_school/") for path in paths[1:])
