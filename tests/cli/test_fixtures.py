"""Laws: the example files that ship give the findings and the links that ship beside them; of every return that is made
from its schema alone, each fault that is listed is found, and each rule finds one."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from childlink.cli.synth import NOT_FROM_SCHEMA
from childlink.rules import rule_book
from childlink.schema.model import load_return_schema, shipped_schemas
from tests.cli.conftest import Childlink
from tests.conftest import PROJECT

FIXTURES = PROJECT / "fixtures"
PAGE = (FIXTURES / "README.md").read_text(encoding="utf-8")
VALIDATED = {
    shlex.split(command)[1]: shlex.split(command)
    for command in re.findall(r"^    childlink (validate .*)$", PAGE, re.MULTILINE)
}
OF_SCHEMAS = [name for name in shipped_schemas() if name not in NOT_FROM_SCHEMA]
RETURNS = ["ssda903", "cin", *OF_SCHEMAS]
BY_PLACE = "rows of one file of XML or JSON are told apart by their places, not by ids that could be wrong"
NOT_FAULTED: dict[str, dict[str, str]] = {
    "sen2": {"S-CHILD": BY_PLACE, "S-COLUMN": "XML has no columns"},
    "csc_api": {"S-CHILD": "what hangs on a child hangs on its id: two of one id could not be written apart"},
}
"""The rules that find no fault of their example file, and why."""


def without_version(report: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(report)
    del loaded["run"]["version"]
    return loaded


def expected(name: str) -> dict[str, Any]:
    return without_version((FIXTURES / name / "expected_report.json").read_text(encoding="utf-8"))


def faults(name: str) -> pl.DataFrame:
    return pl.read_csv(FIXTURES / name / "faults.csv", schema_overrides={"row": pl.Int64, "code": pl.String})


def test_the_page_has_a_command_for_each_return() -> None:
    assert sorted(VALIDATED) == sorted(RETURNS)


@pytest.mark.parametrize("name", RETURNS)
def test_the_example_return_gives_the_expected_report(
    name: str, childlink: Childlink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(PROJECT)
    command = VALIDATED[name]
    assert command[-2:] == ["--output", f"fixtures/{name}/expected_report.json"]
    result = childlink(*command[:-2])
    assert result.exit_code == 1, result.output
    assert without_version(result.stdout) == expected(name)


@pytest.mark.parametrize("name", OF_SCHEMAS)
def test_every_fault_is_found(name: str) -> None:
    found = {(f["code"], f["table"], f["row"]) for f in expected(name)["findings"]}
    listed = faults(name)
    assert listed.height > 0
    whole = {"column left out", "unknown element"}
    lost = [
        (f["table"], f["row"], f["column"], f["fault"], f["code"])
        for f in listed.iter_rows(named=True)
        if (f["code"], None if f["fault"] in whole else f["table"], f["row"]) not in found
    ]
    assert lost == []


@pytest.mark.parametrize("name", OF_SCHEMAS)
def test_every_rule_finds_a_fault(name: str) -> None:
    year = expected(name)["year"] or ""
    codes = set(rule_book(name).in_force(year))
    assert codes - set(faults(name)["code"]) == set(NOT_FAULTED.get(name, {}))


@pytest.mark.parametrize("name", OF_SCHEMAS)
def test_no_rule_of_an_example_failed_to_run(name: str) -> None:
    not_run = {r["code"] for r in expected(name)["rules"] if r["status"] in ("not_run", "crashed")}
    tabular = load_return_schema(name).formats[0] in ("csv", "xlsx")
    assert not_run == (set() if tabular else not_run & {"S-COLUMN"})


def test_the_example_extracts_give_the_expected_links(childlink: Childlink, tmp_path: Path) -> None:
    place = FIXTURES / "linkage"
    sources = [f"{name}={place / name}.csv" for name in ("education", "health", "social_care")]
    result = childlink("link", *sources, "--output", tmp_path / "out", "--seed", "1")
    assert result.exit_code == 0
    assert (tmp_path / "out" / "links.csv").read_bytes() == (place / "expected_links.csv").read_bytes()
