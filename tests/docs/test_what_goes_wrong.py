"""Laws: what the pages of the returns quote as messages is what childlink says, of a return with that fault."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from childlink.cli.main import app
from tests.conftest import PROJECT
from tests.docs.pages import DOCS

FIXTURES = PROJECT / "fixtures"
QUOTED = re.compile(r'^\| "([^"]+?)(?: \.\.\.)?" \|', flags=re.MULTILINE)


def quoted(name: str) -> set[str]:
    """The messages that the introduction of a return quotes, without the dots at their end."""
    return set(QUOTED.findall((DOCS / "returns" / "_intro" / f"{name}.md").read_text(encoding="utf-8")))


def edited(path: Path, old: str, new: str, encoding: str = "utf-8") -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding=encoding)


SSDA903: dict[str, Callable[[Path], object]] = {
    "is no table of the return; the nearest is": lambda f: edited(
        f / "reviews.csv", "REVIEW_CODE", "OUTCOME"
    ),
    "are both this year's Header": lambda f: shutil.copy(f / "header.csv", f / "header_old.csv"),
    "is not UTF-8": lambda f: edited(f / "header.csv", "WBRI", "Zoë", "cp1252"),
}
CIN: dict[str, Callable[[Path], object]] = {
    "the Header has no ReferenceDate": lambda f: edited(f, "<ReferenceDate>2026-03-31</ReferenceDate>", ""),
    "holds no child": lambda f: f.write_text(
        re.sub("<Children>.*</Children>", "<Children/>", f.read_text(encoding="utf-8"), flags=re.DOTALL),
        encoding="utf-8",
    ),
    "is another return": lambda f: edited(f, "<Collection>CIN<", "<Collection>SEN2<"),
}


def said(*words: str) -> str:
    """What childlink says on stderr of a job that cannot be done, on one line."""
    result = CliRunner().invoke(app, ["validate", *words])
    assert result.exit_code == 2, result.output
    return " ".join(result.stderr.split())


@pytest.mark.parametrize("message", SSDA903)
def test_a_fault_of_an_ssda903_return_is_told_as_its_page_quotes_it(tmp_path: Path, message: str) -> None:
    shutil.copytree(FIXTURES / "ssda903" / "this", tmp_path / "this")
    SSDA903[message](tmp_path / "this")
    assert message in said("ssda903", str(tmp_path / "this"), "--year", "2025-26")


@pytest.mark.parametrize("message", CIN)
def test_a_fault_of_a_cin_census_is_told_as_its_page_quotes_it(tmp_path: Path, message: str) -> None:
    census = shutil.copy(FIXTURES / "cin" / "census.xml", tmp_path / "census.xml")
    CIN[message](Path(census))
    assert message in said("cin", str(census), "--year", "2025-26")


def test_a_return_of_another_year_is_told_as_the_pages_quote_it() -> None:
    """With the years of the pages turned round: the examples are of 2025-26."""
    this = said("ssda903", str(FIXTURES / "ssda903" / "this"), "--year", "2024-25")
    assert "the return is of 2025-26, not of 2024-25" in this
    census = said("cin", str(FIXTURES / "cin" / "census.xml"), "--year", "2024-25")
    assert "is of 2025-26 (its Header has Year 2026), not of 2024-25" in census


def test_every_message_that_is_quoted_was_tried() -> None:
    years = {
        "the return is of 2024-25, not of 2025-26",
        "is of 2024-25 (its Header has Year 2025), not of 2025-26",
    }
    assert quoted("ssda903") | quoted("cin") == {*SSDA903, *CIN, *years}
