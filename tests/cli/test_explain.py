"""``childlink explain`` as a user meets it."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from childlink.cli.main import app
from childlink.linkage.explain import explain_child, explain_pair, read_folder
from tests.conftest import EXTRACTS

SOURCES = [word for name, path in EXTRACTS.items() for word in ("--sources", f"{name}={path}")]


def explain(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["explain", *map(str, arguments)])


@pytest.fixture(scope="module")
def pair(linked: Path) -> tuple[str, str]:
    """Two records that the model linked, as a user types them."""
    pairs = pl.read_parquet(linked / "pairs.parquet").filter(pl.col("decided_by").is_not_null())
    row = pairs.sort("match_weight").row(0, named=True)
    return f"{row['source_l']}:{row['record_id_l']}", f"{row['source_r']}:{row['record_id_r']}"


@pytest.fixture(scope="module")
def child(linked: Path) -> str:
    links = pl.read_csv(linked / "links.csv")
    return str(links.sort("cluster_size", "child_id")["child_id"][-1])


def test_a_pair_is_told_in_words_and_as_a_waterfall(linked: Path, pair: tuple[str, str]) -> None:
    result = explain(linked, *pair)
    assert result.exit_code == 0, result.output
    assert f"{pair[0]} and {pair[1]}" in result.stdout
    assert "One child. Put together by" in result.stdout
    assert "to begin with" in result.stdout
    assert "█" in result.stdout


def test_its_json_is_what_the_library_says(linked: Path, pair: tuple[str, str]) -> None:
    told = json.loads(explain(linked, *pair, "--format", "json").stdout)
    ends = [tuple(word.split(":")) for word in pair]
    assert told == explain_pair(read_folder(linked), *ends).as_object()  # type: ignore[arg-type]
    assert told["schema"] == "childlink.explanation/1"


def test_a_child_is_told_with_all_its_records(linked: Path, child: str) -> None:
    told = json.loads(explain(linked, child, "--format", "json").stdout)
    assert told == explain_child(read_folder(linked), child).as_object()
    table = explain(linked, child).stdout
    for record in told["records"]:
        assert record["record_id"] in table


def test_values_are_shown_only_when_asked_for(linked: Path, pair: tuple[str, str], tmp_path: Path) -> None:
    name, record = pair[0].split(":")
    cells = next(
        line for line in EXTRACTS[name].read_text(encoding="utf-8").splitlines() if line.startswith(record)
    )
    surname = cells.split(",")[3]
    for form in ("table", "json", "html"):
        bare, full = tmp_path / f"bare.{form}", tmp_path / f"full.{form}"
        assert explain(linked, *pair, "--format", form, "-o", bare).exit_code == 0
        assert surname not in bare.read_text(encoding="utf-8")
        result = explain(linked, *pair, "--format", form, "-o", full, "--show-values", *SOURCES)
        assert result.exit_code == 0, result.output
        assert surname.upper() in full.read_text(encoding="utf-8").upper()
        assert stat.S_IMODE(full.stat().st_mode) == 0o600


def test_values_need_the_extracts(linked: Path, pair: tuple[str, str]) -> None:
    result = explain(linked, *pair, "--show-values")
    assert result.exit_code == 2
    assert "--sources" in result.stderr


@pytest.mark.parametrize(
    ("what", "says"),
    [
        (["0000000000Z"], "is not a child id"),
        (["00000000000"], "childlink register history"),
        (["education:E0000001"], "SOURCE:RECORD SOURCE:RECORD"),
        (["education:E0000001", "health:nobody"], "check the id"),
        (["educatio:E1", "health:H1"], "did you mean education?"),
        (["education:E0000001", "health"], "SOURCE:RECORD"),
        (["a", "b", "c"], "a child id, or two records"),
    ],
)
def test_what_is_unknown_is_answered_with_what_to_type(linked: Path, what: list[str], says: str) -> None:
    result = explain(linked, *what)
    assert result.exit_code == 2
    assert says in result.stderr
