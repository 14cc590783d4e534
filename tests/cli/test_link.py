"""``childlink link`` and ``childlink evaluate`` as a user meets them."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from childlink.cli.main import app
from childlink.linkage.evaluate import run_evaluate
from childlink.linkage.model import read_model
from childlink.linkage.review import REASONS

EDUCATION = """record_id,upn,forename,surname,sex,date_of_birth,postcode
E1,,Zara,Brennan,F,2012-04-28,WV14 8DU
E2,,Noah,O'Connor,M,2013-11-30,B92 0AH
E3,,Rosé,Smith-Jones,F,2014-02-17,B1 1AA
"""
HEALTH = """record_id,nhs_number,given_name,family_name,gender_code,birth_date,postcode
H1,9434765919,ZARA,BRENNAN,2,20120428,WV148DU
H2,,noah,oconnor,1,20131130,B1 1AB
H3,,Adam,Fox,1,20100609,B92 0AH
"""
TRUTH = """source,record_id,person
education,E1,1
health,H1,1
education,E2,2
health,H2,2
education,E3,3
health,H3,4
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with two extracts and their truth."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    for name, text in (("education", EDUCATION), ("health", HEALTH), ("truth", TRUTH)):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


def childlink(*arguments: str) -> Result:
    """The command line in this process."""
    return CliRunner().invoke(app, list(arguments))


def linked(*more: str, output: str = "out") -> Result:
    """A linkage of both extracts."""
    return childlink("link", "education=education.csv", "health=health.csv", "--output", output, *more)


def contents(folder: Path, names: Iterable[str]) -> dict[str, bytes]:
    """Files by name."""
    return {name: (folder / name).read_bytes() for name in names}


def test_it_says_what_was_found_and_where(folder: Path) -> None:
    result = linked()
    assert result.exit_code == 0, result.output
    assert "pass-4-name-dob-postcode" in result.stdout
    assert "pass-5-name-dob" in result.stdout
    assert "review.csv" in result.stdout
    assert "next: childlink evaluate" in result.stdout
    assert "key of the register" in result.stderr
    assert sorted(path.name for path in (folder / "out").iterdir()) == [
        "links.csv", "model.json", "pairs.parquet", "register.sqlite", "register.sqlite.key", "report.html",
        "review.csv", "summary.json",
    ]  # fmt: skip


def test_links_csv_has_every_record_once_and_one_id_per_child(folder: Path) -> None:
    linked()
    links = pl.read_csv(folder / "out" / "links.csv", infer_schema=False)
    assert links.columns == ["source", "record_id", "child_id", "decided_by", "match_weight", "cluster_size"]
    assert links["record_id"].to_list() == ["E1", "E2", "E3", "H1", "H2", "H3"]
    ids = dict(links.select("record_id", "child_id").iter_rows())
    assert ids["E1"] == ids["H1"]
    assert ids["E2"] == ids["H2"]
    assert len(set(ids.values())) == 4
    assert links["cluster_size"].to_list() == ["2", "2", "1", "2", "2", "1"]


def test_the_key_is_its_owners_alone(folder: Path) -> None:
    linked()
    if os.name == "posix":
        assert stat.S_IMODE((folder / "out" / "register.sqlite.key").stat().st_mode) == 0o600


def test_the_same_seed_gives_the_same_bytes(folder: Path) -> None:
    names = ["links.csv", "pairs.parquet", "review.csv", "summary.json", "model.json", "report.html"]
    linked("--seed", "7", output="one")
    linked("--seed", "7", output="two")
    assert contents(folder / "one", names) == contents(folder / "two", names)
    linked("--seed", "8", output="three")
    assert (folder / "one" / "links.csv").read_bytes() != (folder / "three" / "links.csv").read_bytes()


def test_order_of_the_extracts_does_not_matter(folder: Path) -> None:
    linked("--seed", "7", output="one")
    childlink("link", "health=health.csv", "education=education.csv", "-o", "two", "--seed", "7")
    assert contents(folder / "one", ["links.csv", "model.json"]) == contents(
        folder / "two", ["links.csv", "model.json"]
    )


def test_the_same_again_gives_the_same_ids_and_no_event(folder: Path) -> None:
    linked()
    first = (folder / "out" / "links.csv").read_bytes()
    again = linked()
    assert again.exit_code == 0
    assert "key of the register" not in again.stderr
    assert (folder / "out" / "links.csv").read_bytes() == first
    summary = json.loads((folder / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["register"] == {"known": 6, "joined": 0, "new": 0, "new_children": 0, "events": 0}


def test_a_register_elsewhere_has_its_key_beside_it(folder: Path) -> None:
    result = linked("--register", "kept/children.sqlite")
    assert result.exit_code == 0, result.output
    assert (folder / "kept" / "children.sqlite.key").is_file()
    assert not (folder / "out" / "register.sqlite").exists()


def test_a_bridge_opens_a_review_and_merges_nothing(folder: Path) -> None:
    (folder / "health.csv").write_text(HEALTH.replace("ZARA,BRENNAN", "KEELIN,OKAFOR"), encoding="utf-8")
    linked()
    before = pl.read_csv(folder / "out" / "links.csv")
    (folder / "health.csv").write_text(HEALTH, encoding="utf-8")
    linked()
    after = pl.read_csv(folder / "out" / "links.csv")
    assert after["child_id"].to_list() == before["child_id"].to_list()
    review = pl.read_csv(folder / "out" / "review.csv", infer_schema=False)
    bridge = review.filter(pl.col("reasons") == "register-bridge")
    assert bridge.select("record_id_l", "record_id_r").rows() == [("E1", "H1")]


def test_no_fuzzy_trains_no_model(folder: Path) -> None:
    linked()
    result = linked("--no-fuzzy")
    assert result.exit_code == 0, result.output
    assert not (folder / "out" / "model.json").exists()
    summary = json.loads((folder / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["model"] is None
    assert {row["decided_by"] for row in summary["records_by_decision"]} == {
        "none", "pass-4-name-dob-postcode", "pass-5-name-dob",
    }  # fmt: skip


def test_link_toml_is_obeyed(folder: Path) -> None:
    renamed = HEALTH.replace("given_name", "what they call the child")
    (folder / "health.csv").write_text(renamed, encoding="utf-8")
    (folder / "link.toml").write_text(
        '[sources.health]\ncolumns = { "what they call the child" = "forename" }\nduplicates = "none"\n'
        "[link]\naccept_weight = 12.5\n",
        encoding="utf-8",
    )
    result = linked("--config", "link.toml")
    assert result.exit_code == 0, result.output
    summary = json.loads((folder / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["settings"]["accept_weight"] == 12.5
    assert summary["settings"]["single_sources"] == ["health"]


def test_no_output_holds_a_value_of_a_child(folder: Path) -> None:
    result = linked()
    files = [path for path in (folder / "out").iterdir() if path.suffix in {".csv", ".json", ".parquet"}]
    shown = result.output.encode() + b"".join(path.read_bytes() for path in files)
    tables = [pl.read_parquet(folder / "out" / "pairs.parquet").write_csv().encode()]
    for value in ("Zara", "ZARA", "Brennan", "9434765919", "2012-04-28", "20120428", "WV14"):
        assert value.encode() not in shown + b"".join(tables), value


def test_model_json_can_be_read_again_and_reasons_are_explained(folder: Path) -> None:
    linked()
    assert read_model(folder / "out" / "model.json").fields.keys() >= {"forename", "dob", "nhs_number"}
    reasons = pl.read_csv(folder / "out" / "review.csv", schema_overrides={"reasons": pl.String})["reasons"]
    assert {code for reason in reasons for code in reason.split("; ")} <= REASONS.keys()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["education.csv", "health=health.csv"], "not an extract with a name"),
        (["education=", "health=health.csv"], "not an extract with a name"),
        (["a=education.csv", "a=health.csv"], "the source a is given twice"),
        (["education=education.csv", "health=absent.csv"], "absent.csv"),
        (["education=education.csv", "=health.csv"], "name of a source is empty"),
        (["a/b=education.csv", "health=health.csv"], "source name not allowed"),
        (["education=education.csv", "health=health.csv", "--config", "absent.toml"], "absent.toml"),
        (["education=education.csv", "health=health.csv", "--register", "postgresql://host/db"], "key file"),
    ],
)
def test_bad_arguments_are_told_and_nothing_is_written(folder: Path, arguments: list[str], said: str) -> None:
    result = childlink("link", *arguments, "--output", "out")
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert "Traceback" not in result.output
    assert not (folder / "out").exists()


def test_an_output_that_is_a_file_is_refused_and_kept(folder: Path) -> None:
    (folder / "out").write_text("mine", encoding="utf-8")
    result = linked()
    assert result.exit_code == 2
    assert "out is a file" in result.stderr
    assert (folder / "out").read_text(encoding="utf-8") == "mine"


def test_evaluate_prints_what_the_library_says(folder: Path) -> None:
    linked()
    result = childlink("evaluate", "out/links.csv", "truth.csv", "--format", "json")
    assert result.exit_code == 0, result.output
    told = run_evaluate(links=folder / "out" / "links.csv", truth=folder / "truth.csv").as_object()
    assert json.loads(result.stdout) == told
    assert told["clusters"]["f1"] == 1
    table = childlink("evaluate", "out/links.csv", "truth.csv")
    assert "children, whole" in table.stdout
    assert "pairs, education and health" in table.stdout


def test_evaluate_says_what_is_wrong(folder: Path) -> None:
    linked()
    result = childlink("evaluate", "out/links.csv", "education.csv")
    assert result.exit_code == 2
    assert "no column source or person" in result.stderr
    assert childlink("evaluate", "absent.csv", "truth.csv").exit_code == 2
