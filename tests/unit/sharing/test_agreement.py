"""agreement.toml: every fault of it is named at once, with the nearest word that is known."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from childlink.errors import ChildlinkError, InputFault, UsageFault
from childlink.resources import data_folder
from childlink.sharing.agreement import Agreement, Column, read_agreement

from .conftest import AGREEMENT


def read(tmp_path: Path, *changes: tuple[str, str]) -> Agreement:
    text = AGREEMENT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "agreement.toml"
    path.write_text(text, encoding="utf-8")
    return read_agreement(path)


def words(fault: ChildlinkError) -> str:
    return f"{fault.fault} | {fault.allowed} | {fault.next_step}"


def test_it_is_read(tmp_path: Path) -> None:
    said = read(tmp_path)
    assert said.retention == date(2030, 3, 31)
    assert said.columns["education"][0] == Column("date_of_birth", "age band", "age_band")
    assert said.columns["social_care"] == (
        Column("ethnicity", "group", "ethnicity_group"),
        Column("started", "month", "started_month"),
    )
    assert (said.disclosure.k, said.disclosure.small_groups, said.disclosure.preset) == (
        5,
        "refuse",
        "opensafely",
    )


def test_the_example_that_ships_is_one() -> None:
    assert (
        read_agreement(data_folder("fixtures") / "sharing" / "agreement.toml").recipient
        == "example-university"
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("legal_basis =", "legal_bases =", "did you mean legal_basis?"),
        ("quasi_identifiers =", "quasi_identifier =", "did you mean quasi_identifiers?"),
        ("k = 5", "kk = 5", "unknown key: kk"),
        ('sex = "sex"', 'sex = "distrikt"', "did you mean district?"),
        ('["age_band", "sex"]', '["age_bond", "sex"]', "did you mean age_band?"),
        ("k = 5", 'k = 5\npreset = "opensafly"', "did you mean opensafely?"),
        ("k = 5", 'k = 5\nsmall_groups = "leave"', "did you mean leave out?"),
        ("k = 5", "k = 1", "[disclosure] k is not a whole number in range | 2 to 1000"),
        ("k = 5", "k = true", "[disclosure] k is not a whole number"),
        ("k = 5", "l = 3", "sensitive names no column"),
        ("2030-03-31", '"31/03/2030"', "retention is not a date"),
        ("reference_date = 2026-08-31\n", "", "reference_date is missing"),
        ('purpose = "attainment"\n', "", "purpose is missing"),
        ('started = "month"', 'started = { as = "month", name = "=evil" }', "not a name for a column"),
        ('started = "month"', 'started = { as = "month", name = "pseudonym" }', "would be called pseudonym"),
        ("batch = 3", "batch = 100000", "batch is not a whole number in range"),
        (', "Bryn Example"]', "]", "names fewer than two people"),
        ("[columns.education]", '[columns."../education"]', "source name not allowed"),
        (
            "[disclosure]",
            '[[tables]]\nname = "../x"\nsource = "education"\nrows = "sex"\n[disclosure]',
            "name a file",
        ),
        (
            "[disclosure]",
            '[[tables]]\nname = "x"\nsource = "educaton"\nrows = "sex"\n[disclosure]',
            "did you mean education?",
        ),
        (
            "[disclosure]",
            '[[tables]]\nname = "x"\nsource = "education"\nrows = "sexx"\n[disclosure]',
            "did you mean sex?",
        ),
    ],
)
def test_a_fault_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(UsageFault) as caught:
        read(tmp_path, (old, new))
    assert said in words(caught.value)
    assert "agreement.toml" in caught.value.fault


@pytest.mark.parametrize(
    "recipient",
    [
        "../../etc",
        "a/b",
        "a\\\\b",
        "C:x",
        "",
        ".",
        "-a",
        "a-",
        "A",
        "a|b",
        "a b",
        "a\\nb",
        "é",
        "a" * 41,
        "/",
    ],
)
@pytest.mark.parametrize("key", ["recipient", "purpose"])
def test_a_recipient_or_purpose_that_is_a_path_or_no_plain_name_is_refused(
    tmp_path: Path, key: str, recipient: str
) -> None:
    old = '"example-university"' if key == "recipient" else '"attainment"'
    with pytest.raises(UsageFault, match=f"{key} may not name anything") as caught:
        read(tmp_path, (old, f'"{recipient}"'))
    assert not recipient.strip("/.-") or recipient not in caught.value.fault


def test_all_faults_come_together(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="4 faults"):
        read(tmp_path, ("k = 5", "kk = 5"), ("2030-03-31", "2030"), ('"sex"\n', '"sechs"\n'))


@pytest.mark.parametrize("text", ["recipient = university", "\x00", "[columns"])
def test_what_is_no_toml_is_told_without_its_text(tmp_path: Path, text: str) -> None:
    path = tmp_path / "agreement.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputFault, match="is not TOML"):
        read_agreement(path)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputFault, match="is not there"):
        read_agreement(tmp_path / "none.toml")
    with pytest.raises(InputFault, match="it is a folder"):
        read_agreement(tmp_path)
