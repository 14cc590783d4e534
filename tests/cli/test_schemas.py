"""Laws: ``childlink schemas`` shows every return, column and rule that there is; a schema inferred from a file is one
that ``validate`` and ``link`` read."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from childlink.rules import returns, rule_book
from childlink.validation import validate_files
from tests.cli.conftest import Childlink
from tests.conftest import EXTRACTS

MINE = """schema: childlink.schema/1
name: people
headings: fold
dates: ["%Y-%m-%d"]
code_sets: {side: {"L": left, "R": right}}
tables:
  people:
    fields:
      - {name: id, kind: local_id, constraints: {required: true, unique: true}}
      - {name: born, type: date}
      - {name: side, codes: side}
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(MINE, encoding="utf-8")
    return path


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    path = tmp_path / "december.csv"
    path.write_text("ID,Born,Side,Note\n1,2012-04-28,L,x\n2,28/04/2012,PLANTED,y\n2,,R,z\n", encoding="utf-8")
    return path


def test_every_return_is_listed(childlink: Childlink) -> None:
    told = json.loads(childlink("schemas", "list", "--format", "json").stdout)["returns"]
    assert [r["name"] for r in told] == list(returns())
    first = told[0]
    assert (first["name"], first["formats"], first["tables"]) == ("ssda903", ["csv", "xml"], 12)
    assert first["rules"] == len(rule_book("ssda903").codes())
    rows = list(csv.DictReader(io.StringIO(childlink("schemas", "list", "--format", "csv").stdout)))
    assert [(r["name"], r["rules"]) for r in rows] == [(r["name"], str(r["rules"])) for r in told]
    table = childlink("schemas", "list").stdout
    assert [r["name"] for r in told if r["name"] not in table] == []


def test_every_column_and_rule_of_a_return_is_shown(childlink: Childlink) -> None:
    told = json.loads(childlink("schemas", "show", "ssda903", "--format", "json").stdout)
    schema = rule_book("ssda903").schema
    assert [(t["name"], [f["name"] for f in t["fields"]]) for t in told["tables"]] == [
        (t.name, list(t.columns)) for t in schema.tables.values()
    ]
    fields = {f"{t['name']}.{f['name']}": f for t in told["tables"] for f in t["fields"]}
    rules = {r["code"]: r["published"] for r in fields["Header.DOB"]["rules"]}
    assert rules["102"] is True
    field = fields["Header.DOB"]
    assert (field["type"], field["presence"], field["years"]) == ("date", "never empty", list(schema.years))
    assert fields["Header.ETHNIC"]["codes"] == "ethnicity"
    page = childlink("schemas", "show", "ssda903").stdout
    assert [t["name"] for t in told["tables"] if t["name"] not in page] == []


def test_own_checks_are_marked_and_published_ones_are_not(childlink: Childlink, mine: Path) -> None:
    page = childlink("schemas", "show", mine).stdout
    assert "S-DATE*" in page
    assert "S-CODE*" in page
    told = json.loads(childlink("schemas", "show", mine, "--format", "json").stdout)
    assert not any(r["published"] for t in told["tables"] for f in t["fields"] for r in f["rules"])


def test_a_year_leaves_out_what_it_has_not(childlink: Childlink) -> None:
    def tables(*options: str) -> set[str]:
        told = json.loads(childlink("schemas", "show", "ssda903", "--format", "json", *options).stdout)
        return {t["name"] for t in told["tables"]}

    schema = rule_book("ssda903").schema
    early = {t.name for t in schema.tables.values() if t.since is None or t.since <= "2022-23"}
    assert tables("--year", "2022-23") == early < tables() == set(schema.tables)


@pytest.mark.parametrize("shape", ["table-schema", "json-schema", "markdown"])
def test_exports_go_to_the_screen_or_a_file(
    childlink: Childlink, tmp_path: Path, mine: Path, shape: str
) -> None:
    for name in ("cin", str(mine)):
        shown = childlink("schemas", "export", name, "--format", shape)
        assert shown.exit_code == 0
        written = childlink("schemas", "export", name, "--format", shape, "--output", tmp_path / "out")
        assert written.stdout == ""
        assert (tmp_path / "out").read_text(encoding="utf-8") == shown.stdout
        assert shown.stdout.startswith("#" if shape == "markdown" else "{")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("show", "cim"), "did you mean cin?"),
        (("show", "gone.yaml"), "gone.yaml is not there"),
        (("show", "cin", "--year", "1999-00"), "unknown year"),
        (("show", "annex_a", "--year", "2025-26"), "has no collection years"),
        (("show", "cin", "--format", "csv"), "unknown format"),
        (("export", "cin"), "add --format table-schema"),
        (("export", "cin", "--format", "yaml"), "unknown format"),
        (("export", "cin", "--format", "markdown", "--year", "2025-26"), "leave --year out"),
        (("list", "--format", "yaml"), "unknown format"),
        (("infer", "gone.csv"), "gone.csv is not there"),
    ],
)
def test_what_cannot_be_done_is_one_message(childlink: Childlink, words: tuple[str, ...], told: str) -> None:
    result = childlink("schemas", *words)
    assert result.exit_code == 2
    assert told in " ".join(result.stderr.split())
    assert result.stdout == ""


def test_an_extract_is_checked_by_a_schema_of_its_own(
    childlink: Childlink, mine: Path, extract: Path
) -> None:
    result = childlink("validate", extract, "--schema", mine, "--format", "json")
    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert report == json.loads(json.dumps(validate_files(None, [extract], schema=mine).as_dict()))
    assert report["return"] == "people"
    found = {(f["code"], f["line"], *f["fields"]) for f in report["findings"]}
    assert found == {("S-DATE", 3, "born"), ("S-CODE", 3, "side"), ("S-CHILD", 3, "id"), ("S-CHILD", 4, "id")}
    assert "PLANTED" not in result.output
    table = childlink("validate", "--schema", mine, extract)
    assert "Note: not in the table people" in table.stdout
    assert "rules show" not in table.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("EXTRACT",), "which return it is, was not said"),
        (("cin",), "no files of the return were given"),
        (
            ("cin", "EXTRACT", "--schema", "MINE"),
            "cin is a return that childlink knows, and --schema describes another",
        ),
        (("EXTRACT", "--schema", "gone.yaml"), "gone.yaml is not there"),
        (("EXTRACT", "--schema", "EXTRACT"), "is not a childlink schema"),
        (("gone.csv", "--schema", "MINE"), "gone.csv is not there"),
        (("EXTRACT", "--schema", "MINE", "--previous", "EXTRACT"), "leave --previous out"),
        (("EXTRACT", "--schema", "MINE", "--providers", "EXTRACT"), "leave --providers out"),
        (("nothing", "EXTRACT"), "unknown return: nothing"),
    ],
)
def test_return_and_schema_are_told_apart(
    childlink: Childlink, mine: Path, extract: Path, words: tuple[str, ...], told: str
) -> None:
    named = {"EXTRACT": str(extract), "MINE": str(mine)}
    result = childlink("validate", *(named.get(word, word) for word in words))
    assert result.exit_code == 2
    assert told in " ".join(result.stderr.split())
    assert "PLANTED" not in result.output


def test_what_is_inferred_is_validated_and_linked(childlink: Childlink, tmp_path: Path) -> None:
    options = []
    for name, path in EXTRACTS.items():
        result = childlink("schemas", "infer", path)
        assert (result.exit_code, result.stderr) == (0, "")
        schema = tmp_path / f"{name}.yaml"
        schema.write_text(result.stdout, encoding="utf-8")
        assert childlink("validate", path, "--schema", schema, "--select", "S-DATE,S-CODE").exit_code == 0
        options += ["--schema", f"{name}={schema}"]
    named = [f"{name}={path}" for name, path in EXTRACTS.items()]
    plain = childlink("link", *named, "--output", tmp_path / "plain", "--seed", "1", "--format", "json")
    described = childlink(
        "link", *named, *options, "--output", tmp_path / "mine", "--seed", "1", "--format", "json"
    )
    assert described.exit_code == 0, described.output
    links = [(tmp_path / place / "links.csv").read_bytes() for place in ("plain", "mine")]
    assert links[0] == links[1]
    assert json.loads(plain.stdout)["inputs"] == json.loads(described.stdout)["inputs"]


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("mine.yaml", "not a schema of an extract"),
        ("helth=mine.yaml", "unknown source of --schema: helth"),
        ("health=gone.yaml", "gone.yaml is not there"),
    ],
)
def test_a_schema_of_no_extract_is_refused(
    childlink: Childlink, tmp_path: Path, option: str, told: str
) -> None:
    named = [f"{name}={path}" for name, path in EXTRACTS.items()]
    result = childlink("link", *named, "--schema", option, "--output", tmp_path / "out")
    assert result.exit_code == 2
    assert told in " ".join(result.stderr.split())
    assert not (tmp_path / "out" / "links.csv").exists()
