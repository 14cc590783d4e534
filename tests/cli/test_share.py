"""``childlink keys``, ``share``, ``reidentify`` and ``audit`` as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import Result

from childlink.sharing import audit, escrow
from childlink.sharing.key_file import read_master_key
from tests.cli.conftest import Childlink
from tests.unit.sharing.conftest import AGREEMENT, MARKERS, World, education, social_care, world

__all__ = ["world"]  # the fixture

WORDS = "four words kept apart"
REASON = "a concern for a child's safety"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Escrow copies that are made quickly: what is tested is not how slow guessing is."""
    monkeypatch.setattr(escrow, "MEMORY_KIB", 64)
    monkeypatch.setattr(escrow, "ITERATIONS", 1)


@pytest.fixture
def passphrase(tmp_path: Path) -> Path:
    file = tmp_path / "passphrase"
    file.touch(mode=0o600)
    file.write_text(f"{WORDS}\n")
    return file


def share(childlink: Childlink, world: World, *more: str | Path, to: str = "package") -> Result:
    extracts = [f"{name}={path}" for name, path in world.sources.items()]
    agreement = world.folder / "agreement.toml"
    if not agreement.exists():
        world.agreement()
    return childlink(
        "share", *extracts, "--agreement", agreement, "--register", world.register, "--key-file", world.key_file,
        "--output", world.folder / to, *more,
    )  # fmt: skip


def undo(childlink: Childlink, world: World, *more: str | Path) -> Result:
    return childlink(
        "reidentify", "--agreement", world.folder / "agreement.toml", "--register", world.register,
        "--key-file", world.key_file, "--reason", REASON, "--requested-by", "Amina Example",
        "--approved-by", "Bryn Example", *more,
    )  # fmt: skip


def pseudonym(world: World) -> str:
    return str(pl.read_csv(world.folder / "package" / "education.csv")["pseudonym"][0])


def test_keys_from_the_first_to_the_next_epoch_and_back(
    childlink: Childlink, tmp_path: Path, passphrase: Path
) -> None:
    file = tmp_path / "master.key"
    made = childlink("keys", "init", file, "--passphrase-file", passphrase, "--format", "json")
    assert made.exit_code == 0, made.output
    told = json.loads(made.stdout)
    assert (told["schema"], told["did"], told["epoch"]) == ("childlink.keys/1", "made", 1)
    checked = childlink("keys", "check", file, "--passphrase-file", passphrase, "--format", "json")
    assert json.loads(checked.stdout)["found"]["escrow copy"] == "this key's, and the passphrase opens it"
    rotated = childlink("keys", "rotate", file, "--reason", "the yearly change", "--format", "json")
    assert json.loads(rotated.stdout)["epoch"] == 2
    whole = file.read_bytes()
    file.unlink()
    copy = tmp_path / "master.key.escrow.json"
    restored = childlink("keys", "restore", copy, file, "--passphrase-file", passphrase, "--format", "json")
    assert restored.exit_code == 0, restored.output
    assert file.read_bytes() == whole
    secret = read_master_key(file).secret.hex()
    for result in (made, checked, rotated, restored, childlink("keys", "check", file)):
        assert secret not in result.output
        assert WORDS not in result.output
    others = [path for path in tmp_path.iterdir() if path not in (file, passphrase)]
    assert not [path for path in others if secret.encode() in path.read_bytes()]


def test_a_passphrase_is_no_option(childlink: Childlink, tmp_path: Path) -> None:
    for command in ("init", "check", "restore"):
        assert "--passphrase " not in childlink("keys", command, "--help").stdout
    result = childlink("keys", "init", tmp_path / "master.key")
    assert result.exit_code == 2
    assert "--passphrase-file" in result.stderr
    assert not (tmp_path / "master.key").exists()


def test_a_truncated_key_is_refused(childlink: Childlink, world: World) -> None:
    world.key_file.write_bytes(world.key_file.read_bytes()[:-30])
    result = share(childlink, world)
    assert result.exit_code == 2
    assert "cut short" in result.stderr
    assert "keys restore" in result.stderr


def test_share_says_what_it_made_and_what_to_do_next(childlink: Childlink, world: World) -> None:
    result = share(childlink, world)
    assert result.exit_code == 0, result.output
    assert "smallest group: 10 (wanted: 5)" in result.stdout
    assert "data_sheet.md" in result.stdout
    assert "next: read" in result.stdout


def test_a_package_that_differs_by_a_child_from_the_last_is_made_with_a_word(
    childlink: Childlink, world: World
) -> None:
    assert "look:" not in share(childlink, world).stdout
    world.write("social_care", social_care().tail(-1))
    result = share(childlink, world, to="second")
    assert result.exit_code == 0
    assert "social_care.csv has or lacks 1 child against the package in entry 2" in result.stdout


def test_json_is_what_the_library_says(childlink: Childlink, world: World) -> None:
    told = json.loads(share(childlink, world, "--format", "json").stdout)
    library = world.share(world.folder / "agreement.toml", to="other").as_object()
    assert {**told, "package": None, "audit": None} == {**library, "package": None, "audit": None}


def test_a_refusal_is_exit_code_1_and_shows_no_value_unless_asked(childlink: Childlink, world: World) -> None:
    world.replaced(("k = 5", "k = 31"))
    result = share(childlink, world)
    assert result.exit_code == 1
    assert "refused: no package was made" in result.stdout
    assert "10 to 15" not in result.stdout
    shown = share(childlink, world, "--show-values")
    assert "10 to 15" in shown.stdout
    told = share(childlink, world, "--format", "json")
    assert told.exit_code == 1
    assert json.loads(told.stdout)["status"] == "refused"
    allowed = share(childlink, world, "--allow-below-k", "agreed by the board in May")
    assert allowed.exit_code == 0, allowed.output


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"example-university"', '"../../example"', "recipient may not name anything"),
        ("k = 5", "kk = 5", "did you mean k?"),
        ('attendance = "as given"', 'surname = "as given"', "is an identifier"),
        ('attendance = "as given"', 'atendance = "as given"', "did you mean attendance?"),
        ('attendance = "as given"', 'notes = "as given"', "full postcodes"),
    ],
)
def test_an_agreement_that_will_not_do_is_exit_code_2(
    childlink: Childlink, world: World, old: str, new: str, said: str
) -> None:
    world.replaced((old, new))
    before = sorted(path.name for path in world.folder.iterdir())
    result = share(childlink, world)
    assert result.exit_code == 2
    assert said in result.stderr
    assert sorted(path.name for path in world.folder.iterdir()) == before


@pytest.mark.parametrize("extracts", [["education.csv"], ["a=x.csv", "a=y.csv"], ["education="]])
def test_extracts_are_named_once_each(childlink: Childlink, world: World, extracts: list[str]) -> None:
    result = childlink(
        "share", *extracts, "--agreement", world.agreement(), "--register", "r", "--output", "o"
    )
    assert result.exit_code == 2
    assert "NAME=FILE" in result.stderr


def test_reidentify_in_every_format(childlink: Childlink, world: World) -> None:
    share(childlink, world)
    name = pseudonym(world)
    told = json.loads(undo(childlink, world, name, "--format", "json").stdout)
    child = told["children"][0]["child_id"]
    assert told["children"] == [{"pseudonym": name, "child_id": child}]
    assert undo(childlink, world, name, "--format", "csv").stdout == f"pseudonym,child_id\n{name},{child}\n"
    asked = world.folder / "asked.txt"
    asked.write_text(f"{name.lower()}\n\n")
    table = undo(childlink, world, "--from", asked)
    assert child in table.stdout
    assert "logged: entry" in table.stderr


def test_a_refused_reidentification_shows_nothing(childlink: Childlink, world: World) -> None:
    share(childlink, world)
    result = undo(childlink, world, pseudonym(world), "--approved-by", "Amina Example")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "one person asks and approves" in result.stderr
    assert audit.read(world.log)[-1]["what"] == "refused"


def test_the_log_is_verified_and_shown(childlink: Childlink, world: World) -> None:
    share(childlink, world)
    whole = childlink("audit", "verify", "--key-file", world.key_file, "--format", "json")
    assert whole.exit_code == 0
    assert json.loads(whole.stdout)["status"] == "whole"
    shown = json.loads(childlink("audit", "show", world.log, "--last", "1", "--format", "json").stdout)
    assert [entry["what"] for entry in shown["entries"]] == ["shared"]
    assert "shared" in childlink("audit", "show", world.log).stdout
    assert (
        childlink("audit", "show", world.log, "--what", "shared", "--format", "csv").stdout.count("\n") == 2
    )
    unknown = childlink("audit", "show", world.log, "--what", "shard")
    assert "did you mean shared?" in unknown.stderr
    world.log.write_text(world.log.read_text().replace("example-university", "another-university"))
    broken = childlink("audit", "verify", world.log, "--format", "json")
    assert broken.exit_code == 1
    assert json.loads(broken.stdout)["first_broken"] == 2
    assert childlink("audit", "verify", world.log).exit_code == 1
    assert childlink("audit", "verify").exit_code == 2


def test_no_marker_is_in_any_byte_that_was_written_or_shown(
    childlink: Childlink, world: World, passphrase: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every road of this half of the tool, good and bad, with --debug: nothing of a child comes out."""
    shown = [
        share(childlink, world, to="one"),
        share(childlink, world, "--format", "json", to="package"),
        share(childlink, world, to="package"),  # there already
        childlink("keys", "check", world.key_file, "--register", world.register),
        childlink("keys", "init", world.folder / "k", "--passphrase-file", passphrase),
    ]
    name = pseudonym(world)
    shown += [
        undo(childlink, world, name),
        undo(childlink, world, name, "--reason", "look for Zebedee, 943 476 5919"),
        undo(childlink, world, "9434765919"),
        undo(childlink, world, "Quillfeather", "EDU-MARKER-1"),
        undo(childlink, world, name, "--requested-by", "9434765919"),
    ]
    bad = [
        ("k = 5", "k = 31"),
        ('attendance = "as given"', 'notes = "as given"'),
        ('attendance = "as given"', 'nick = "as given"'),
        ('attendance = "as given"', 'surname = "as given"'),
        ('started = "month"', 'plan = "month"'),
        ('{ as = "age band", name = "age_band" }', '"month"'),
    ]
    world.write("education", education().with_columns(nick=pl.col("forename")))
    for number, change in enumerate(bad):
        world.replaced(change, ('["age_band", "sex"]', '["sex"]'))
        shown.append(share(childlink, world, "--show-values", to=f"bad-{number}"))
    world.agreement()
    world.write("education", education().with_columns(date_of_birth=pl.lit("28/04/2012 or so")))
    shown.append(share(childlink, world, to="bad-date"))
    world.write("education", education().with_columns(record_id=pl.lit("EDU-MARKER-1")))
    shown.append(share(childlink, world, to="bad-ids"))

    def crash(*_: object, **__: object) -> None:
        raise ValueError(" ".join(MARKERS))

    world.write("education", education())
    monkeypatch.setattr("childlink.sharing.package.people_of", crash)
    crashed = share(childlink, world, to="crash")
    assert crashed.exit_code == 3
    shown += [crashed, childlink("audit", "show", world.log), childlink("audit", "verify", world.log)]
    assert [result.exit_code for result in shown].count(0) >= 5
    for result in shown:
        assert not [marker for marker in MARKERS if marker in result.output], result.output
    given = {path.name for path in world.sources.values()}
    for path in world.folder.rglob("*"):
        if path.is_file() and path.name not in given:
            assert not [marker for marker in MARKERS if marker.encode() in path.read_bytes()], path


def test_a_debug_traceback_of_a_refusal_holds_no_marker(childlink: Childlink, world: World) -> None:
    world.replaced(('attendance = "as given"', 'notes = "as given"'))
    extracts = [f"{name}={path}" for name, path in world.sources.items()]
    result = childlink(
        "--debug", "share", *extracts, "--agreement", world.folder / "agreement.toml", "--register", world.register,
        "--key-file", world.key_file, "--output", world.folder / "package",
    )  # fmt: skip
    assert "Traceback" in result.stderr
    assert not [marker for marker in MARKERS if marker in result.output]


def test_the_agreement_of_the_tests_is_the_shape_of_the_docs() -> None:
    docs = (Path(__file__).parents[2] / "docs" / "sharing.md").read_text(encoding="utf-8")
    for line in AGREEMENT.splitlines():
        if line.startswith("[") or " = " in line:
            key = line.split(" = ")[0].split(".")[0].strip("[]")
            assert key in docs or key in ("sex", "attendance", "ethnicity", "started", "date_of_birth"), key
