"""Laws: whoever watches is told the rule or stage by name, on stderr of a terminal and nowhere else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from childlink.cli.options import Stages
from childlink.validation import validate_files
from tests.conftest import PROJECT

RETURN = PROJECT / "fixtures" / "ssda903" / "this"


def test_every_stage_has_a_name_and_none_goes_back() -> None:
    heard: list[tuple[str, int, int]] = []
    validate_files(
        "ssda903",
        [RETURN],
        year="2025-26",
        select=["INT", "208"],
        progress=lambda stage, done, total: heard.append((stage, done, total)),
    )
    stages = [stage for stage, _, _ in heard]
    assert {"reading", "checking cells", "rule 208", "rule INT03", "rules across rows and tables"} <= set(
        stages
    )
    evaluated = [done for stage, done, _ in heard if stage.startswith("rules ")]
    assert evaluated == sorted(evaluated)
    assert all(0 <= done <= total for _, done, total in heard)


def test_stages_pass_on_what_they_hear_and_say_how_long_each_took() -> None:
    heard: list[str] = []
    stages = Stages(lambda stage, done, total: heard.append(stage))
    for stage in ("reading", "rule 1", "rule 2", "writing"):
        stages(stage, 0, 1)
    assert heard == ["reading", "rule 1", "rule 2", "writing"]
    words = stages.in_words()
    assert [part.rsplit(" ", 2)[0] for part in words.split(", ")] == [
        "starting", "reading", "setting up rules", "writing", "whole",
    ]  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals on Windows")
@pytest.mark.parametrize("quiet", [False, True])
def test_the_bar_is_drawn_on_the_terminal_of_stderr_alone(tmp_path: Path, quiet: bool) -> None:
    ours, theirs = os.openpty()
    words = ["-q"] if quiet else []
    words += [
        "validate",
        "ssda903",
        str(RETURN),
        "--year",
        "2025-26",
        "--format",
        "json",
        "--select",
        "INT,reviews",
    ]
    given = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS")} | {
        "TERM": "xterm",
        "COLUMNS": "100",
    }
    done = subprocess.run(
        [sys.executable, "-m", "childlink", *words], stdout=subprocess.PIPE, stderr=theirs, cwd=tmp_path, env=given, check=False
    )  # fmt: skip
    os.close(theirs)
    drawn = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux says so at the end of a terminal nobody holds any more
            break
        if not part:
            break
        drawn += part
    os.close(ours)
    assert done.returncode == 1
    assert done.stdout.startswith(b"{")
    assert (drawn == b"") == quiet
    if not quiet:
        assert "━".encode() in drawn
