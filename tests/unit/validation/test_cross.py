"""Laws of comparing returns from Python: each is read as by its own reader, its year is one, its files are told apart."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from childlink.errors import InputFault, UsageFault
from childlink.returns.convert import convert_return
from childlink.validation import Report
from childlink.validation.cross import RETURNS, validate_cross
from tests import cross_files


@pytest.fixture
def returns(tmp_path: Path) -> Mapping[str, Path]:
    return cross_files.written(tmp_path)


def compared(returns: Mapping[str, Path], *names: str, year: str | None = None) -> Report:
    return validate_cross({n: [returns[n]] for n in names or returns}, year=year)


def places(report: Report) -> list[tuple[object, ...]]:
    return report.findings.select("code", "table", "row", "line", "child").rows()


def test_all_returns_together(returns: Mapping[str, Path]) -> None:
    assert places(compared(returns)) == cross_files.EXPECTED


@pytest.mark.parametrize("left_out", RETURNS)
def test_what_is_not_given_takes_only_what_it_shows_with_it(
    returns: Mapping[str, Path], left_out: str
) -> None:
    """Without one return the rest is as before, and every rule that needs it says that it is not there."""
    names = [name for name in RETURNS if name != left_out]
    report = compared(returns, *names, year="2025-26")
    kept = {found for found in cross_files.EXPECTED if not str(found[1]).startswith(f"{left_out} ")}
    assert set(places(report)) <= kept
    reasons = {r.code: r.reason or "" for r in report.with_status("not_run")}
    if left_out in ("ssda903", "cin"):
        assert f"--{left_out}" in reasons["X-BIRTH-DATE"]
    elif left_out == "sen2":
        assert reasons["X-UPN-DEATH"] == "no SEN2 return was given (--sen2)"
    else:
        assert set(reasons) == {"X-UASC"}


def test_a_census_in_csv_files_gives_the_same(returns: Mapping[str, Path], tmp_path: Path) -> None:
    convert_return("cin", [returns["cin"]], tmp_path / "cin")
    given = {**returns, "cin": tmp_path / "cin"}
    found = compared(given, "ssda903", "cin")
    before = compared(returns, "ssda903", "cin")
    assert [p[:3] for p in places(found)] == [p[:3] for p in places(before)]
    of_census = [p for p in places(found) if str(p[1]).startswith("cin ")]
    assert of_census
    assert all(line == row + 1 for _, _, row, line, _ in of_census)  # type: ignore[operator]


def test_files_of_one_name_are_told_apart_by_their_return(
    returns: Mapping[str, Path], tmp_path: Path
) -> None:
    convert_return("cin", [returns["cin"]], tmp_path / "cin")
    shutil.copy(tmp_path / "cin" / "child_identifiers.csv", tmp_path / "header.csv")
    given = {"ssda903": [returns["ssda903"]], "cin": [tmp_path / "header.csv"]}
    report = validate_cross(given, year="2025-26")
    files = {i["table"]: i["file"] for i in report.run["inputs"]}
    assert files["ssda903 Header"] == "ssda903/header.csv"
    assert files["cin ChildIdentifiers"] == "cin/header.csv"
    assert files["ssda903 Episodes"] == "episodes.csv"


def test_the_year_is_that_of_the_headers(returns: Mapping[str, Path]) -> None:
    assert compared(returns, "ssda903", "cin").year == "2025-26"
    assert compared(returns, "ssda903", "sen2").year == "2025-26"
    for name, text in (("cin", cross_files.CIN), ("sen2", cross_files.SEN2)):
        returns[name].write_text(text.replace("2026-", "2024-").replace(">2026<", ">2024<"), encoding="utf-8")
    assert compared(returns, "ssda903", "cin").year == "2023-24"


def test_returns_of_two_years_are_refused_with_both(returns: Mapping[str, Path]) -> None:
    later = cross_files.census(cross_files.cin_child("1", "", "2012-01-01", "F"), year=2025)
    returns["cin"].write_text(later, encoding="utf-8")
    with pytest.raises(UsageFault, match=r"2025-26.*2024-25"):
        compared(returns, "cin", "sen2")
    with pytest.raises(UsageFault, match=r"2024-25.*2025-26 as --year says"):
        compared(returns, "ssda903", "cin", year="2025-26")


@pytest.mark.parametrize("year", [1, 1990, 9999])
def test_a_census_of_a_year_nobody_knows_is_refused(returns: Mapping[str, Path], year: int) -> None:
    text = cross_files.CIN.replace("<Year>2026<", f"<Year>{year:04d}<")
    returns["cin"].write_text(text, encoding="utf-8")
    with pytest.raises(UsageFault, match="does not know"):
        compared(returns, "ssda903", "cin")


def test_a_return_that_childlink_does_not_know_of_that_year_is_refused(returns: Mapping[str, Path]) -> None:
    text = returns["sen2"].read_text(encoding="utf-8").replace("<Year>2026</Year>", "")
    undated = text.replace("<ReferenceDate>2026-01-15</ReferenceDate>", "")
    returns["sen2"].write_text(undated, encoding="utf-8")
    with pytest.raises(UsageFault, match="SEN2 return of 2026-27"):
        compared(returns, "school_census", "sen2", year="2026-27")


@pytest.mark.parametrize("name", RETURNS)
def test_a_return_that_is_none_is_a_fault_of_that_file(returns: Mapping[str, Path], name: str) -> None:
    other = "cin" if name != "cin" else "ssda903"
    bad = returns[name] if name != "ssda903" else returns[name] / "header.csv"
    bad.write_bytes(b"\x00\xff not a return")
    with pytest.raises(InputFault, match=bad.name):
        compared(returns, other, name, year="2025-26")


def test_a_table_with_its_heading_alone_says_nothing(returns: Mapping[str, Path]) -> None:
    header = returns["ssda903"] / "header.csv"
    header.write_text(cross_files.HEADER.splitlines()[0] + "\n", encoding="utf-8")
    report = compared(returns)
    assert not report.with_status("crashed")
    assert "ssda903 Header" not in report.findings["table"].to_list()
