"""Laws: action.yml and .pre-commit-hooks.yaml do what their pages say, shown by running what they run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import PROJECT

ACTION = yaml.safe_load((PROJECT / "action.yml").read_text(encoding="utf-8"))
(HOOK,) = yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
INSTALL, VALIDATE = ACTION["runs"]["steps"]
RETURN = PROJECT / "fixtures" / "ssda903"

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="the action's steps are bash")


def environment(folder: Path, **more: str) -> dict[str, str]:
    """What a runner gives a step, with childlink on the path and files for its outputs."""
    programs = str(Path(sys.executable).parent)
    return {
        **os.environ,
        "PATH": os.pathsep.join([programs, os.environ["PATH"]]),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_PATH": str(folder / "path"),
        "RUNNER_TEMP": str(folder),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "COLUMNS": "200",
        **more,
    }


def step(folder: Path, **given: str) -> tuple[int, str, str, dict[str, str]]:
    """Run the action's step with these inputs: exit code, stdout, stderr, outputs."""
    inputs = {name: str(i.get("default", "")) for name, i in ACTION["inputs"].items()} | given
    values = {
        name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda m: inputs[m[1]], text)
        for name, text in VALIDATE["env"].items()
    }
    (folder / "output").write_text("", encoding="utf-8")
    done = subprocess.run(
        ["bash", "-e", "-c", VALIDATE["run"]], env=environment(folder, **values), cwd=folder,
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    outputs = dict(
        line.split("=", 1) for line in (folder / "output").read_text(encoding="utf-8").splitlines()
    )
    return done.returncode, done.stdout, done.stderr, outputs


def usual(**more: str) -> dict[str, str]:
    return {
        "return": "ssda903",
        "paths": str(RETURN / "this"),
        "year": "2025-26",
        "select": "INT,reviews",
        **more,
    }


def test_the_step_annotates_fails_and_says_how(tmp_path: Path) -> None:
    code, out, _, outputs = step(
        tmp_path, **usual(report="out/report.html", previous=str(RETURN / "previous"))
    )
    assert code == 1
    assert outputs == {"exit-code": "1", "report": "out/report.html"}
    assert out.startswith("::error file=")
    assert (tmp_path / "out" / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_the_step_passes_where_nothing_at_or_above_the_severity_is_new(tmp_path: Path) -> None:
    code, _, _, outputs = step(tmp_path, **usual(**{"fail-on": "never"}))
    assert (code, outputs["exit-code"]) == (0, "0")


def test_the_step_cannot_do_its_job_without_a_return(tmp_path: Path) -> None:
    code, out, err, outputs = step(tmp_path, **usual(paths="nowhere", report="report.html"))
    assert (code, out, outputs) == (2, "", {"exit-code": "2"})
    assert "nowhere" in err


def test_several_paths_and_awkward_names_reach_childlink_whole(tmp_path: Path) -> None:
    odd = tmp_path / "a b; touch hacked $(touch hacked)"
    odd.mkdir()
    for name in ("header.csv", "reviews.csv"):
        shutil.copy(RETURN / "this" / name, odd / name)
    paths = "\n".join(str(odd / name) for name in ("header.csv", "reviews.csv")) + "\n"
    code, out, _, _ = step(tmp_path, **usual(paths=paths, select="167"))
    assert code == 1
    assert "167" in out
    assert not (tmp_path / "hacked").exists()


def test_inputs_reach_the_steps_through_the_environment_alone() -> None:
    for part in (INSTALL, VALIDATE):
        assert "${{" not in part["run"]
        assert part["shell"] == "bash"
    assert set(ACTION["inputs"]) == {re.search(r"inputs\.([\w-]+)", v)[1] for v in VALIDATE["env"].values()}  # type: ignore[index]


def test_the_install_step_makes_a_place_of_its_own_and_installs_by_the_lock(tmp_path: Path) -> None:
    """Run with a python3 that writes down what it is asked: a real install is the wheel test's work."""
    programs = tmp_path / "programs"
    programs.mkdir()
    log = tmp_path / "log"
    stub = programs / "python3"
    stub.write_text(
        '#!/usr/bin/env bash\necho "$@" >> "$LOG"\n'
        'if [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; fi\n',
        encoding="utf-8",
    )
    stub.chmod(0o755)
    given = environment(tmp_path, LOG=str(log), CHILDLINK_SOURCE=str(PROJECT))
    given["PATH"] = os.pathsep.join([str(programs), given["PATH"]])
    subprocess.run(["bash", "-e", "-c", INSTALL["run"]], env=given, check=True)
    made, installed = log.read_text(encoding="utf-8").splitlines()
    assert made == f"-m venv {tmp_path}/childlink"
    assert installed.endswith(f"--constraint {PROJECT}/requirements.lock {PROJECT}")
    assert (tmp_path / "path").read_text(encoding="utf-8") == f"{tmp_path}/childlink/bin\n"


def test_the_page_of_the_action_names_every_input_and_output() -> None:
    page = (PROJECT / "docs" / "github-action.md").read_text(encoding="utf-8")
    names = [*ACTION["inputs"], *ACTION["outputs"]]
    assert [name for name in names if f"`{name}`" not in page] == []
    (example,) = re.findall(r"```yaml\n(.*?)```", page, flags=re.DOTALL)
    given = yaml.safe_load(example)["jobs"]["validate"]["steps"][-1]["with"]
    assert set(given) <= set(ACTION["inputs"])
    required = {name for name, i in ACTION["inputs"].items() if i.get("required")}
    assert required <= set(given)


def hook(folder: Path, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """Run the hook as pre-commit does: its entry, then the arguments of the configuration."""
    words = [*shlex.split(HOOK["entry"]), *arguments]
    return subprocess.run(
        words,
        env=environment(folder),
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_the_hook_of_the_page_runs_and_stops_a_commit(tmp_path: Path) -> None:
    page = (PROJECT / "docs" / "pre-commit.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", page, flags=re.DOTALL)
    configured: dict[str, Any] = yaml.safe_load(example)["repos"][0]["hooks"][0]
    assert configured["id"] == HOOK["id"]
    shutil.copytree(RETURN / "this", tmp_path / "returns" / "2025-26")
    shutil.copytree(RETURN / "previous", tmp_path / "returns" / "2024-25")
    arguments = [str(a) for a in configured["args"]]
    done = hook(tmp_path, [*arguments, "--select", "INT,reviews"])
    assert done.returncode == 1
    assert "2025-26/reviews.csv:19: 167 error" in done.stdout
    assert done.stderr == ""
    sound = hook(tmp_path, [*arguments, "--select", "101"])
    assert sound.returncode == 0


def test_the_hook_is_what_pre_commit_reads() -> None:
    assert {"id", "name", "entry", "language"} <= set(HOOK)
    assert HOOK["language"] == "python"
    assert HOOK["pass_filenames"] is False
    assert re.search(HOOK["files"], "returns/header.csv")
    assert not re.search(HOOK["files"], "README.md")
