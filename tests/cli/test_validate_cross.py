"""Laws of `childlink validate cross`: findings name rows and lines of the files, no value leaks, options are told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests import cross_files
from tests.cli.conftest import Childlink

VALUES = (cross_files.FIRST, cross_files.SECOND, cross_files.THIRD, "2012", "2013", "Sparrow", "WBRI")


@pytest.fixture
def returns(tmp_path: Path) -> Mapping[str, Path]:
    return cross_files.written(tmp_path)


def options(returns: Mapping[str, Path], *names: str) -> list[str]:
    """The options that give these returns, or all of them."""
    return [w for n in names or returns for w in (f"--{n.replace('_', '-')}", str(returns[n]))]


def test_findings_are_the_rows_and_lines_of_the_files(
    childlink: Childlink, returns: Mapping[str, Path]
) -> None:
    result = childlink("validate", "cross", *options(returns), "--format", "json")
    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (report["return"], report["year"]) == ("cross", "2025-26")
    found = [tuple(f[k] for k in ("code", "table", "row", "line", "child")) for f in report["findings"]]
    assert found == cross_files.EXPECTED
    by_finding = {f["finding"] for f in report["findings"]}
    assert by_finding == {1, 2, 3, 4, 5}
    assert report["run"]["matched"] == {"ssda903": 3, "cin": 3, "same_id": 2, "same_upn": 2}
    assert {i["table"]: i["file"] for i in report["run"]["inputs"]}[
        "school_census pupilonroll"
    ] == "pupilonroll.csv"
    assert {r["status"] for r in report["rules"]} == {"passed", "findings", "not_run"}
    reasons = {r["code"]: r["reason"] for r in report["rules"] if r["status"] == "not_run"}
    assert reasons == {"X-UASC": "the ssda903 UASC table is not in the return"}


@pytest.mark.parametrize("shape", ["table", "concise", "json", "html", "csv", "junit", "github", "sarif"])
def test_no_value_is_shown_unless_asked_for(
    childlink: Childlink, returns: Mapping[str, Path], shape: str
) -> None:
    result = childlink("validate", "cross", *options(returns), "--format", shape)
    assert result.exit_code == 1
    assert [v for v in VALUES if v in result.stdout + result.stderr] == []


def test_values_are_shown_as_the_files_have_them(childlink: Childlink, returns: Mapping[str, Path]) -> None:
    result = childlink(
        "validate", "cross", *options(returns), "--show-values", "--select", "X-UPN-BIRTH-DATE",
        "--format", "concise",
    )  # fmt: skip
    assert [line.split(" The same")[0] for line in result.stdout.splitlines()[:3]] == [
        "header.csv:3: X-UPN-BIRTH-DATE error DOB=03/03/2013",
        "cin.xml cin ChildIdentifiers row 2: X-UPN-BIRTH-DATE error PersonBirthDate=2013-03-03",
        "pupilonroll.csv:2: X-UPN-BIRTH-DATE error dob=2013-Mar-04",
    ]


def test_what_was_compared_is_told(childlink: Childlink, returns: Mapping[str, Path]) -> None:
    result = childlink("validate", "cross", *options(returns, "ssda903", "cin"))
    assert (
        "matched by child id: 2 of 3 children of the SSDA903, 3 in the children in need census"
        in result.stderr
    )
    assert "by UPN" not in result.stderr
    assert "no SEN2 return was given (--sen2): X-UPN-DEATH" in " ".join(result.stdout.split())


def test_a_baseline_accepts_findings_across_returns(
    childlink: Childlink, returns: Mapping[str, Path], tmp_path: Path
) -> None:
    accepted = tmp_path / "accepted.csv"
    assert childlink("validate", "cross", *options(returns), "--write-baseline", accepted).exit_code == 0
    assert childlink("validate", "cross", *options(returns), "--baseline", accepted).exit_code == 0
    edited = returns["cin"].read_text(encoding="utf-8").replace("2010-10-10", "2010-10-11")
    returns["cin"].write_text(edited, encoding="utf-8")
    result = childlink("validate", "cross", *options(returns), "--baseline", accepted)
    assert result.exit_code == 1
    assert "1 new" in result.stderr


FAULTS = {
    "cross": ("two returns or more are compared, and none is given", "--ssda903 FOLDER --cin FILE"),
    "cross --ssda903 {ssda903}": ("two returns or more are compared, and --ssda903 is given", ""),
    "cross {cin}": ("which return it is, was not said: {cin}", "--school-census PATH"),
    "cin {cin} --ssda903 {ssda903} --year 2025-26": ("--ssda903 is for the comparison of returns", "leave"),
    "cross --ssda903 {ssda903} --cin {cin} --la Birmingham": ("no rule across returns reads --la", "leave"),
    "cross --ssda903 {ssda903} --cin {cin} --previous {ssda903}": (
        "reads --previous",
        "leave --previous out",
    ),
    "cross --ssda903 {ssda903} --cin {cin} --year 2024-25": (
        "is of 2025-26, not of 2024-25 as --year says",
        "",
    ),
    "cross --ssda903 {ssda903} --cin {cin} --year 1999-00": ("unknown year: 1999-00", "did you mean"),
    "cross --ssda903 {ssda903} --cin {cin} --select X-NONE": ("unknown rule: X-NONE", "childlink rules list"),
    "cross --ssda903 {ssda903} --school-census {school_census}": ("which year's returns", "add --year"),
    "cross --ssda903 {ssda903} --cin {sen2}": ("is another return", "name the return"),
    "cross --ssda903 {ssda903} --cin nowhere.xml": ("nowhere.xml", ""),
}


@pytest.mark.parametrize("words", FAULTS)
def test_a_fault_says_what_is_wrong_and_what_to_type(
    childlink: Childlink, returns: Mapping[str, Path], words: str
) -> None:
    result = childlink("validate", *(w.format(**returns) for w in words.split()))
    said = " ".join(result.stderr.split())
    assert result.exit_code == 2
    assert all(part.format(**returns) in said for part in FAULTS[words])
    assert "Traceback" not in said


def test_rules_are_listed_and_shown(childlink: Childlink) -> None:
    listed = childlink("rules", "list", "--return", "cross", "--format", "json")
    codes = [rule["code"] for rule in json.loads(listed.stdout)]
    assert {"X-BIRTH-DATE", "X-SEX", "X-UPN", "X-ETHNICITY", "X-UPN-SHARED", "X-PLAN"} <= set(codes)
    shown = childlink("rules", "show", "x-looked-after-closed").stdout
    assert "Why: " in shown
    assert "ssda903 Episodes" in shown


def test_nothing_of_it_can_be_made_up(childlink: Childlink, tmp_path: Path) -> None:
    assert childlink("synth", "cross", tmp_path / "made").exit_code == 2
