"""Law: a wheel built from the project works in a fresh environment, with its schemas and fixtures inside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.conftest import PROJECT


@pytest.fixture(scope="module")
def childlink(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of a fresh environment that holds the wheel and what it depends on, nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(PROJECT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "env", with_pip=True)
    scripts = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
    constraints = ["--constraint", str(PROJECT / "requirements.lock")]
    install = [str(scripts / "python"), "-m", "pip", "install", "--quiet", *constraints, str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    return scripts / "childlink"


def run(command: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command away from the project, so that nothing is found by chance in the current folder."""
    return subprocess.run(
        [str(command), *arguments], cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False
    )


def test_the_wheel_runs_the_demo_and_validates(childlink: Path, tmp_path: Path) -> None:
    demo = run(childlink, "demo", "example", cwd=tmp_path)
    assert demo.returncode == 0, demo.stderr
    arguments = ("validate", "ssda903", "example/ssda903/this", "--year", "2025-26", "--format", "json")
    validated = run(childlink, *arguments, cwd=tmp_path)
    assert validated.returncode == 1, validated.stderr
    assert json.loads(validated.stdout)["schema"] == "childlink.report/1"


def test_the_wheel_needs_neither_pandas_nor_the_tests_packages(childlink: Path, tmp_path: Path) -> None:
    python = childlink.parent / "python"
    found = subprocess.run(
        [str(python), "-c", "import importlib.util as u; print([m for m in ('pandas', 'pytest', 'hypothesis') if u.find_spec(m)])"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip
    assert found.stdout.strip() == "[]"
