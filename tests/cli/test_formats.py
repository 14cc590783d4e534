"""Laws: every format can be asked for by name and by ending, keeps values to itself, and knows the baseline."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from childlink.cli.console import settings
from childlink.cli.options import ENDINGS
from childlink.cli.validate import FORMATS
from tests.cli.conftest import Childlink

HEADER = "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB\n"
MARK = "PLANTEDVALUE"
RULES = ("--select", "101,102,103,219")

BEGINNINGS = {
    "concise": "header.csv:3: 102 error",
    "json": "{",
    "html": "<!DOCTYPE html>",
    "csv": "\ufeffrule,severity,",
    "junit": "<?xml",
    "github": "::error ",
    "sarif": "{",
    "table": "SSDA903",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A return of one table: a sound row, a row with two wrong cells."""
    place = tmp_path / "return"
    place.mkdir()
    rows = f"1,M,01/01/2010,WBRI,UN1,,\n2,M,{MARK},{MARK},UN1,,\n"
    (place / "header.csv").write_text(HEADER + rows, encoding="utf-8")
    return place


def validate(childlink: Childlink, folder: Path, *options: str | Path) -> tuple[int, str, str]:
    result = childlink("validate", "ssda903", folder, "--year", "2025-26", *RULES, *options)
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("shape", FORMATS)
def test_each_format_on_the_screen(childlink: Childlink, folder: Path, shape: str) -> None:
    code, out, _ = validate(childlink, folder, "--format", shape)
    assert code == 1
    assert out.startswith(BEGINNINGS[shape])
    assert MARK not in out


@pytest.mark.parametrize("ending", ENDINGS)
def test_each_ending_of_a_file_stands_for_its_format(
    childlink: Childlink, folder: Path, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"Report{ending.upper()}"
    code, out, err = validate(childlink, folder, "--output", path)
    assert (code, out) == (1, "")
    _, shown, _ = validate(childlink, folder, "--format", ENDINGS[ending])
    # a table on the screen may be drawn otherwise; every other format is the same text
    expected = shown if ENDINGS[ending] != "table" else BEGINNINGS["table"]
    assert path.read_bytes().decode("utf-8").startswith(expected)
    assert "written: " in err
    assert "2 errors" in err or ENDINGS[ending] == "table"


def test_an_ending_and_another_format_may_be_given_together(
    childlink: Childlink, folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "report.xml"
    validate(childlink, folder, "--output", path, "--format", "sarif")
    assert json.loads(path.read_text(encoding="utf-8"))["version"] == "2.1.0"


@pytest.mark.parametrize("shape", ["html", "csv", "junit", "json", "concise"])
def test_values_where_they_are_asked_for(
    childlink: Childlink, folder: Path, tmp_path: Path, shape: str
) -> None:
    path = tmp_path / "report"
    validate(childlink, folder, "--format", shape, "--show-values", "-o", path)
    assert MARK in path.read_text(encoding="utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("shape", ["github", "sarif"])
def test_what_is_sent_to_a_code_host_never_has_values(childlink: Childlink, folder: Path, shape: str) -> None:
    _, out, _ = validate(childlink, folder, "--format", shape, "--show-values")
    assert MARK not in out


def test_accept_what_is_found_and_only_new_findings_fail(
    childlink: Childlink, folder: Path, tmp_path: Path
) -> None:
    accepted = tmp_path / "accepted.csv"
    code, out, err = validate(childlink, folder, "--write-baseline", accepted)
    assert code == 0
    assert "0 new, 2 accepted" in out
    assert "2 of them without a reason" in err
    assert MARK not in accepted.read_text(encoding="utf-8")
    code, out, _ = validate(childlink, folder, "--baseline", accepted)
    assert (code, "0 new, 2 accepted" in out) == (0, True)
    header = folder / "header.csv"
    header.write_text(
        header.read_text(encoding="utf-8").replace("1,M", "9,M,01/01/2010,XX,UN1,,\n1,M"), encoding="utf-8"
    )
    code, out, _ = validate(childlink, folder, "--baseline", accepted)
    assert (code, "1 new, 2 accepted" in out) == (1, True)


@pytest.mark.parametrize("shape", FORMATS)
def test_every_format_counts_what_is_accepted(
    childlink: Childlink, folder: Path, tmp_path: Path, shape: str
) -> None:
    accepted = tmp_path / "accepted.csv"
    validate(childlink, folder, "--write-baseline", accepted)
    code, out, err = validate(childlink, folder, "--baseline", accepted, "--format", shape)
    assert code == 0
    assert "accepted" in out
    assert "accepted.csv: 0 new, 2 accepted" in err


def test_reasons_written_in_the_file_are_in_the_report_and_survive_renewal(
    childlink: Childlink, folder: Path, tmp_path: Path
) -> None:
    accepted = tmp_path / "accepted.csv"
    validate(childlink, folder, "--write-baseline", accepted)
    text = accepted.read_text(encoding="utf-8").replace(',1,"",', ",1,seen on paper,")
    accepted.write_text(text, encoding="utf-8")
    _, out, err = validate(childlink, folder, "--baseline", accepted, "--format", "concise")
    assert out.count("(accepted: seen on paper)") == 2
    assert "without a reason" not in err
    validate(childlink, folder, "--write-baseline", accepted)
    assert accepted.read_text(encoding="utf-8") == text


def test_both_baseline_options_and_a_missing_baseline_are_refused(
    childlink: Childlink, folder: Path, tmp_path: Path
) -> None:
    accepted = tmp_path / "accepted.csv"
    for options in (("--baseline", accepted), ("--baseline", accepted, "--write-baseline", accepted)):
        code, out, err = validate(childlink, folder, *options)
        assert (code, out) == (2, "")
        assert "next: " in err
        assert not accepted.exists()


@pytest.fixture
def plain_settings() -> object:
    """The flags before the command, put back after a test that sets them."""
    yield
    settings.quiet = settings.verbose = settings.debug = False


def test_quiet_verbose(childlink: Childlink, folder: Path, plain_settings: object) -> None:
    arguments = ("validate", "ssda903", folder, "--year", "2025-26", *RULES)
    assert childlink("--quiet", *arguments).stderr == ""
    said = " ".join(childlink("--verbose", *arguments).stderr.split())
    assert "timings: " in said
    assert [s for s in ("reading", "rules", "writing", "whole") if s not in said] == []
    assert "timings" not in childlink(*arguments).stderr


def test_debug_shows_where_a_fault_came_from(
    childlink: Childlink, folder: Path, plain_settings: object
) -> None:
    arguments = ("validate", "ssda903", folder, "--year", "1999-00")
    assert "Traceback" not in childlink(*arguments).stderr
    assert "Traceback" in childlink("--debug", *arguments).stderr
