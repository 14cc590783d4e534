"""``childlink register`` as a user meets it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from childlink.register import open_register, read_key
from tests.cli.conftest import Childlink

EDUCATION = """record_id,upn,forename,surname,sex,date_of_birth,postcode
E1marker,A123456789012,Zaramarker,Brennanmarker,F,2012-04-28,WV14 8DU
E2marker,,Noah,O'Connor,M,2013-11-30,B92 0AH
"""
HEALTH = """record_id,nhs_number,given_name,family_name,gender_code,birth_date,postcode
H1marker,9434765919,Zaramarker,Brennanmarker,2,20120428,WV148DU
H2marker,,noah,oconnor,1,20131130,B92 0AH
"""
MARKERS = (
    "marker",
    "MARKER",
    "9434765919",
    "A123456789012",
    "2012-04-28",
    "20120428",
    "WV14",
    "Connor",
    "CONNOR",
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, childlink: Childlink) -> Path:
    """A working folder in which two extracts were linked into out."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHILDLINK_REGISTER", "out/register.sqlite")
    (tmp_path / "education.csv").write_text(EDUCATION, encoding="utf-8")
    (tmp_path / "health.csv").write_text(HEALTH, encoding="utf-8")
    assert linked(childlink).exit_code == 0
    return tmp_path


def linked(childlink: Childlink) -> Any:
    return childlink("link", "education=education.csv", "health=health.csv", "--output", "out", "--seed", "1")


def ids(folder: Path) -> dict[str, str]:
    links = pl.read_csv(folder / "out" / "links.csv", infer_schema=False)
    return dict(links.select("record_id", "child_id").iter_rows())


def told(childlink: Childlink, *arguments: str) -> dict[str, Any]:
    result = childlink("register", *arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    assert found.pop("schema") == f"childlink.register.{arguments[0]}/1"
    return found


def part(folder: Path, *records: str) -> str:
    """A file of some rows of links.csv."""
    links = pl.read_csv(folder / "out" / "links.csv", infer_schema=False)
    links.filter(pl.col("record_id").is_in(records)).write_csv(folder / "part.csv")
    return "part.csv"


def test_json_is_what_the_library_says(folder: Path, childlink: Childlink) -> None:
    child = ids(folder)["E1marker"]
    with open_register("out/register.sqlite", read_key(Path("out/register.sqlite.key"))) as register:
        assert told(childlink, "verify") == register.verify().as_object()
        assert told(childlink, "stats") == register.stats()
        assert told(childlink, "history", child) == {
            **register.standing(child),
            "events": register.history(child),
        }
        found = told(childlink, "changes", "--since", "0")
        assert found == {"since": 0, "until": 1, "changes": register.changes(0).to_dicts()}
    assert len(found["changes"]) == 2


def test_tables_say_it_in_words(folder: Path, childlink: Childlink) -> None:
    child = ids(folder)["E1marker"]
    assert "2 events, whole" in childlink("register", "verify").stdout
    assert "in use, 2 records" in childlink("register", "history", child).stdout
    assert "the last run is 1" in childlink("register", "changes", "--since", "1").stdout
    assert "last run: 1, link" in childlink("register", "stats").stdout


def test_a_merge_its_changes_and_its_undoing(folder: Path, childlink: Childlink) -> None:
    one, two = sorted({*ids(folder).values()})
    done = told(childlink, "merge", one, two, "--reason", "same child")
    assert done == {"kept": one, "aliases": [two], "records": 2}
    result = childlink("register", "changes", "--since", "1", "--output", "changes.csv")
    assert result.exit_code == 0
    assert (folder / "changes.csv").read_text() == (
        f"run,seq,change,child_id,other_id,records\n2,3,merged,{two},{one},2\n"
    )
    linked(childlink)
    assert set(ids(folder).values()) == {one}
    undone = told(childlink, "split", two, "--reason", "not so")
    assert undone == {
        "kept": one, "kept_records": 2, "other": two, "other_records": 2, "named_records_kept_the_id": False,
    }  # fmt: skip
    linked(childlink)
    assert set(ids(folder).values()) == {one, two}


def test_a_split_by_records(folder: Path, childlink: Childlink) -> None:
    child = ids(folder)["E1marker"]
    result = childlink("register", "split", child, "--records", part(folder, "H1marker"), "--reason", "twins")
    assert result.exit_code == 0, result.output
    assert f"{child} keeps 1 record;" in result.stdout
    linked(childlink)
    assert ids(folder)["E1marker"] != ids(folder)["H1marker"]


def test_a_seal_is_never_linked_or_offered_again(folder: Path, childlink: Childlink) -> None:
    child = ids(folder)["E1marker"]
    done = told(childlink, "seal", child, "--reason", "adoption", "--release", part(folder, "H1marker"))
    assert done == {"child_id": child, "records": 1, "released": 1, "withdrawn": []}
    assert linked(childlink).exit_code == 0
    now = ids(folder)
    assert now["E1marker"] == child
    assert now["H1marker"] not in {child, now["E2marker"]}
    pairs = pl.read_parquet("out/pairs.parquet")
    review = pl.read_csv("out/review.csv", infer_schema=False)
    for frame in (pairs, review):
        assert "E1marker" not in frame.select("record_id_l", "record_id_r").unpivot()["value"].to_list()
    links = pl.read_csv("out/links.csv", infer_schema=False)
    assert links.filter(pl.col("record_id") == "E1marker")["decided_by"].item() == "sealed"
    for file in Path("out").iterdir():
        assert not (
            child.encode() in file.read_bytes() and file.name.startswith(("review", "summary", "model"))
        )
    before = (folder / "out" / "links.csv").read_bytes()
    linked(childlink)
    assert (folder / "out" / "links.csv").read_bytes() == before
    assert told(childlink, "stats")["runs"] == 3


def test_a_record_with_the_number_of_a_sealed_identity_is_not_linked(
    folder: Path, childlink: Childlink
) -> None:
    childlink("register", "seal", ids(folder)["E1marker"], "--reason", "protection")
    (folder / "health.csv").write_text(
        HEALTH.replace("H1marker,9434765919,Zaramarker", "H9,9434765919,Noah").replace(
            "H2marker", "H2marker"
        ),
        encoding="utf-8",
    )
    linked(childlink)
    links = pl.read_csv("out/links.csv", infer_schema=False)
    assert links.filter(pl.col("record_id") == "H9")["decided_by"].item() == "sealed"


def test_a_review_is_not_asked_for_again(folder: Path, childlink: Childlink) -> None:
    one, two = sorted({*ids(folder).values()})
    assert told(childlink, "reviewed", one, two, "--reason", "brothers") == {"ids": [one, two], "events": 1}


def test_no_identifier_of_the_input_is_in_the_register_its_log_or_what_is_printed(
    folder: Path, childlink: Childlink, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    seen = []
    reader = sqlite3.connect("out/register.sqlite")
    reader.execute("SELECT 1 FROM meta").fetchall()  # while it is open the write-ahead log stays
    begin = open_register

    def looked_at(*given: Any, **options: Any) -> Any:
        register = begin(*given, **options)
        assign = register.assign

        def watched(*rows: Any, **more: Any) -> Any:
            done = assign(*rows, **more)
            seen.append({file.name: file.read_bytes() for file in Path("out").glob("register.sqlite*")})
            return done

        register.assign = watched
        return register

    monkeypatch.setattr("childlink.linkage.run.open_register", looked_at)
    (folder / "health.csv").write_text(HEALTH.replace("H2marker", "H3marker"), encoding="utf-8")
    result = linked(childlink)
    reader.close()
    child = ids(folder)["E1marker"]
    printed = result.output + "".join(
        childlink("register", *command).output for command in (["stats"], ["verify"], ["history", child])
    )
    assert any(name.endswith("-wal") and len(content) > 1000 for name, content in seen[0].items())
    after = {file.name: file.read_bytes() for file in Path("out").glob("register.sqlite*")}
    for content in [*seen[0].values(), *after.values(), printed.encode()]:
        for marker in MARKERS:
            assert marker.encode() not in content, marker
    assert child.encode() in after["register.sqlite"]


def test_a_broken_chain_has_exit_code_1_and_names_the_event(folder: Path, childlink: Childlink) -> None:
    import sqlite3

    database = sqlite3.connect("out/register.sqlite")
    database.execute("UPDATE events SET child_id = 'X' WHERE seq = 2")
    database.commit()
    database.close()
    result = childlink("register", "verify")
    assert result.exit_code == 1
    assert "event 2 is the first that is not as it was written" in result.stdout
    found = childlink("register", "verify", "--format", "json")
    assert (found.exit_code, json.loads(found.stdout)["first_broken_event"]) == (1, 2)


def test_a_head_noted_earlier_is_looked_for(folder: Path, childlink: Childlink) -> None:
    head = told(childlink, "verify")["head"]
    assert told(childlink, "verify", "--head", head)["head_found"] is True
    result = childlink("register", "verify", "--head", "f" * 64)
    assert result.exit_code == 1
    assert "head you gave is not in the chain" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["stats", "--register", "absent.sqlite"], "there is no register absent.sqlite"),
        (
            ["stats", "--register", "education.csv", "--key-file", "out/register.sqlite.key"],
            "not a SQLite database",
        ),
        (["stats", "--key-file", "absent.key"], "there is no key file absent.key"),
        (["stats", "--key-file", "short.key"], "too short"),
        (["stats", "--key-file", "other.key"], "another key"),
        (["stats", "--register", "postgresql+psycopg://u:pw@h/d"], "needs a key file"),
        (["stats", "--register", "mysql://u:pw@h/d"], "URL is not one"),
        (["history", "E1"], "not a child id: E1"),
        (["changes", "--since", "7"], "no run 7"),
        (["split", "0", "--records", "absent.csv", "--reason", "x"], "cannot read absent.csv"),
        (["split", "0", "--records", "education.csv", "--reason", "x"], "no column source"),
    ],
)
def test_bad_arguments(folder: Path, childlink: Childlink, arguments: list[str], said: str) -> None:
    for name, digits in (("short.key", 62), ("other.key", 64)):
        (folder / name).write_text("a" * digits)
        (folder / name).chmod(0o600)
    before = sorted(folder.iterdir())
    result = childlink("register", *arguments)
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert "pw" not in result.output
    assert sorted(folder.iterdir()) == before


def test_a_register_of_a_newer_version(folder: Path, childlink: Childlink) -> None:
    import sqlite3

    database = sqlite3.connect("out/register.sqlite")
    database.execute("UPDATE meta SET value = '99' WHERE name = 'schema_version'")
    database.commit()
    database.close()
    result = childlink("register", "stats")
    assert result.exit_code == 2
    assert "newer childlink (schema 99)" in result.stderr
    before = (folder / "out" / "links.csv").read_bytes()
    assert linked(childlink).exit_code == 2
    assert (folder / "out" / "links.csv").read_bytes() == before


KILLED = """
import os, signal, sys
from pathlib import Path
from childlink.linkage.run import run_link
done = 0
def count(event, arguments):
    global done
    if event == "os.rename" and str(arguments[1]).startswith("out"):
        done += 1
        if done == int(sys.argv[1]):
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(count)
run_link(sources={"education": Path("education.csv"), "health": Path("health.csv")}, output=Path("out"), seed=1)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX's")
@pytest.mark.parametrize("renaming", [1, 3])
def test_outputs_of_the_last_finished_run_outlast_kill_9(
    folder: Path, childlink: Childlink, renaming: int
) -> None:
    names = ["links.csv", "pairs.parquet", "review.csv", "summary.json", "model.json"]
    out = folder / "out"
    first = {name: (out / name).read_bytes() for name in names}
    (folder / "health.csv").write_text(HEALTH + "H3,,Ann,New,2,20120101,B1 1AA\n", encoding="utf-8")
    killed = subprocess.run([sys.executable, "-c", KILLED, str(renaming)], check=False, capture_output=True)
    assert killed.returncode == -9, killed.stderr
    left = {name: (out / name).read_bytes() for name in names}
    assert childlink("register", "verify").exit_code == 0
    assert linked(childlink).exit_code == 0
    last = {name: (out / name).read_bytes() for name in names}
    assert last["links.csv"] != first["links.csv"]
    # the renaming itself: each file is whole, of the one run or the other
    assert all(left[name] in (first[name], last[name]) or name == "summary.json" for name in names)
    if renaming == 1:
        assert left == first
