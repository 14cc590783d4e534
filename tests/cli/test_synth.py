"""Laws: the command writes what the library makes; every bad input is one clear message and exit code 2."""

from __future__ import annotations

import json
import shlex
from dataclasses import fields
from pathlib import Path

import polars as pl
import pytest

from childlink.synth import LinkageRates, make_cin, make_linkage, make_ssda903
from childlink.synth.from_schema import make_from_schema
from tests.cli.conftest import Childlink


def read(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, infer_schema=False)


def test_ssda903_writes_what_the_library_makes(childlink: Childlink, tmp_path: Path) -> None:
    options = ("--children", "30", "--year", "2024-25", "--seed", "7", "--faults", "0.1", "--la", "Leeds")
    result = childlink("synth", "ssda903", tmp_path / "d", *options)
    made = make_ssda903(30, "2024-25", 7, 0.1, "Leeds")
    assert result.exit_code == 0, result.output
    written = {str(path.relative_to(tmp_path / "d")) for path in (tmp_path / "d").rglob("*.csv")}
    assert written == set(made.files())
    for name, frame in made.files().items():
        assert read(tmp_path / "d" / name).equals(frame.cast(pl.String))
    assert f"{made.faults.height} faults" in result.stdout
    assert "childlink validate ssda903" in result.stderr


def test_a_made_return_can_be_validated_as_the_message_says(childlink: Childlink, tmp_path: Path) -> None:
    assert childlink("synth", "ssda903", tmp_path / "d", "--children", "30").exit_code == 0
    options = ("--year", "2025-26", "--la", "E08000025", "--previous", tmp_path / "d" / "previous")
    result = childlink("validate", "ssda903", tmp_path / "d" / "this", *options)
    assert result.exit_code == 0, result.output


def test_no_previous(childlink: Childlink, tmp_path: Path) -> None:
    assert childlink("synth", "ssda903", tmp_path / "d", "--children", "5").exit_code == 0
    result = childlink("synth", "ssda903", tmp_path / "d", "--children", "5", "--no-previous", "--force")
    assert result.exit_code == 0
    assert sorted(path.name for path in (tmp_path / "d").iterdir()) == ["faults.csv", "this"]


def test_cin_writes_what_the_library_makes(childlink: Childlink, tmp_path: Path) -> None:
    file = tmp_path / "new folder" / "census.xml"
    options = ("--children", "30", "--year", "2026-27", "--seed", "7", "--faults", "0.1")
    result = childlink("synth", "cin", file, *options)
    made = make_cin(30, "2026-27", 7, 0.1)
    assert result.exit_code == 0, result.output
    assert file.read_bytes() == made.xml()
    assert read(file.with_name("census.faults.csv")).equals(made.faults.cast(pl.String))
    assert f"30 children, {sum(t.height for t in made.tables.values())} rows" in result.stdout
    assert f"{made.faults.height} faults" in result.stdout
    assert "childlink validate cin" in result.stderr


def test_a_made_census_can_be_validated_as_the_message_says(childlink: Childlink, tmp_path: Path) -> None:
    assert childlink("synth", "cin", tmp_path / "census.xml", "--children", "60").exit_code == 0
    result = childlink("validate", "cin", tmp_path / "census.xml", "--year", "2025-26")
    assert result.exit_code == 0, result.output


def test_cin_replaces_both_files_when_forced(childlink: Childlink, tmp_path: Path) -> None:
    file = tmp_path / "census.xml"
    assert childlink("synth", "cin", file, "--children", "20", "--faults", "0.5").exit_code == 0
    result = childlink("synth", "cin", file, "--children", "20", "--force")
    assert result.exit_code == 0
    assert file.read_bytes() == make_cin(20, "2025-26", 1).xml()
    assert file.with_name("census.faults.csv").read_text() == "table,row,column,fault\n"
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("name", ["alternative_provision", "sen2", "csc_api", "annex_a_sen"])
def test_a_return_of_any_schema_is_written_as_the_library_makes_it(
    name: str, childlink: Childlink, tmp_path: Path
) -> None:
    options = ("--children", "9", "--seed", "7", "--faults", "0.3")
    result = childlink("synth", name, tmp_path / "d", *options)
    assert result.exit_code == 0, result.output
    made = make_from_schema(name, 9, seed=7, faults=0.3)
    written = {p.relative_to(tmp_path / "d").as_posix() for p in (tmp_path / "d").rglob("*.*")}
    assert written == set(made.files())
    for file, content in made.files().items():
        if isinstance(content, bytes):
            assert (tmp_path / "d" / file).read_bytes() == content
        else:
            assert read(tmp_path / "d" / file).equals(content.cast(pl.String))
    faults = made.faults.select("table", "row", "column").n_unique()
    rows = sum(frame.height for frame in made.tables.values())
    assert f"9 children, {rows} rows, {faults} faults" in result.stdout


@pytest.mark.parametrize("name", ["annex_a", "school_census", "child_health", "sen2"])
def test_a_made_return_of_any_schema_can_be_validated_as_the_message_says(
    name: str, childlink: Childlink, tmp_path: Path
) -> None:
    result = childlink("synth", name, tmp_path / "a folder", "--children", "9", "--seed", "3")
    assert result.exit_code == 0, result.output
    said = " ".join(result.stderr.split())
    words = shlex.split(said.partition("next: childlink ")[2])
    assert words[:2] == ["validate", name]
    assert childlink(*words).exit_code == 0


def test_a_made_return_takes_the_day_the_year_and_the_kind_of_file_asked_for(
    childlink: Childlink, tmp_path: Path
) -> None:
    options = ("--children", "5", "--year", "2023-24", "--file-format", "csv")
    result = childlink("synth", "sen2", tmp_path / "d", *options)
    assert result.exit_code == 0, result.output
    assert read(tmp_path / "d" / "this" / "header.csv")["Year"].to_list() == ["2024"]
    options = ("--children", "5", "--as-of", "2024-02-29", "--format", "json")
    result = childlink("synth", "annex_a_sen", tmp_path / "e", *options)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["faults"] == 0
    assert (
        childlink("validate", "annex_a_sen", tmp_path / "e" / "this", "--as-of", "2024-02-29").exit_code == 0
    )


def test_linkage_writes_what_the_library_makes(childlink: Childlink, tmp_path: Path) -> None:
    rates = LinkageRates(twin_births=0.2, adopted=0.1)
    options = ("--children", "80", "--seed", "3", "--rate", "twin_births=0.2", "--rate", "adopted=0.1")
    result = childlink("synth", "linkage", tmp_path / "d", *options)
    assert result.exit_code == 0, result.output
    for name, frame in make_linkage(80, 3, rates).files().items():
        assert read(tmp_path / "d" / name).equals(frame)
    assert "childlink link education=" in result.stderr


def test_every_rate_is_listed(childlink: Childlink) -> None:
    result = childlink("synth", "linkage", "--list-rates", "--rate", "adopted=0.5")
    assert [line.split("=")[0] for line in result.stdout.splitlines()] == [
        f.name for f in fields(LinkageRates)
    ]
    assert "adopted=0.5" in result.stdout.splitlines()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ssda903", "{new}", "--children", "0"), ("0 children", "1 or more", "--children 1500")),
        (("ssda903", "{new}", "--faults", "2"), ("out of range", "0 to 1", "--faults 0.02")),
        (("ssda903", "{new}", "--year", "2019-20"), ("unknown year", "2022-23")),
        (("ssda903", "{new}", "--la", "E08000099"), ("unknown local authority", "did you mean")),
        (("ssda903", "{full}"), ("already holds files", "--force")),
        (("ssda903", "{file}"), ("is a file", "new or empty")),
        (("ssda903", "{file}/below"), ("cannot write", "may write to")),
        (("cin", "{new}.xml", "--children", "0"), ("0 children", "1 or more", "--children 3000")),
        (("cin", "{new}.xml", "--faults", "-1"), ("out of range", "0 to 1", "--faults 0.02")),
        (("cin", "{new}.xml", "--year", "2019-20"), ("unknown year", "2022-23")),
        (("cin", "{new}"), ("ends in .xml", "name it")),
        (("cin", "{there}.xml"), ("already there", "--force")),
        (("cin", "{beside}.xml"), ("faults.csv is already there", "--force")),
        (("cin", "{full}.xml"), ("is a folder", "a file")),
        (("cin", "{file}/below.xml"), ("cannot write", "may write to")),
        (("annex_a", "{new}", "--children", "0"), ("0 children", "1 or more", "--children 200")),
        (("annex_a", "{new}", "--faults", "2"), ("out of range", "0 to 1", "--faults 0.02")),
        (("annex_a", "{new}", "--year", "2025-26"), ("no collection year", "leave --year out")),
        (
            ("annex_a", "{new}", "--file-format", "xml"),
            ("does not come as xml", "xlsx, csv", "--file-format xlsx"),
        ),
        (("sen2", "{new}", "--year", "2019-20"), ("unknown year", "2022-23")),
        (("sen2", "{full}"), ("already holds files", "--force")),
        (("csds", "{file}"), ("is a file", "new or empty")),
        (("csds", "{file}/below"), ("cannot write", "may write to")),
        (("linkage", "{new}", "--children", "-1"), ("-1 children", "--children 8000")),
        (("linkage", "{new}", "--rate", "twin_birth=1"), ("unknown rate", "did you mean twin_births?")),
        (("linkage", "{new}", "--rate", "adopted=7"), ("out of range", "0 to 1", "--rate adopted=0.004")),
        (("linkage", "{new}", "--rate", "adopted"), ("no value", "name=number")),
        (("linkage", "{full}"), ("already holds files", "--force")),
        (("linkage",), ("no folder", "childlink synth linkage DIR")),
    ],
)
def test_bad_input_is_one_message(
    arguments: tuple[str, ...], words: tuple[str, ...], tmp_path: Path, childlink: Childlink
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.csv").write_text("")
    for name in ("file", "there.xml", "beside.faults.csv"):
        (tmp_path / name).write_text("")
    (tmp_path / "full.xml").mkdir()
    places = {name: str(tmp_path / name) for name in ("new", "full", "file", "there", "beside")}
    before = sorted(tmp_path.rglob("*"))
    result = childlink("synth", *(argument.format(**places) for argument in arguments))
    assert result.exit_code == 2
    assert result.stdout == ""
    said = " ".join(result.stderr.split())
    assert said.count("error:") == 1
    assert all(word in said for word in words), said
    assert sorted(tmp_path.rglob("*")) == before


def test_a_number_that_is_none_is_refused(childlink: Childlink, tmp_path: Path) -> None:
    result = childlink("synth", "ssda903", tmp_path / "d", "--children", "many")
    assert result.exit_code == 2
    assert not (tmp_path / "d").exists()
