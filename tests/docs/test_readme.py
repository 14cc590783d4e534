"""Laws: the README's two commands are what CI runs, and nothing shipped leans on ../shared."""

from __future__ import annotations

import re

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
