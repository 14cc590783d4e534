"""Undoing a pseudonym: two people, a reason, and the log first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from childlink.errors import ChildlinkError, InputFault, OutputFault, UsageFault
from childlink.register import open_register
from childlink.sharing import audit
from childlink.sharing.key_file import MasterKey, write_master_key
from childlink.sharing.reidentify import Reidentified, reidentify

from .conftest import AT, MARKERS, World

REASON = "a concern for a child's safety"


def undo(world: World, *asked: str, **more: Any) -> Reidentified:
    given: dict[str, Any] = {
        "agreement": world.folder / "agreement.toml",
        "register": world.register,
        "reason": REASON,
        "requested_by": "Amina Example",
        "approved_by": "Bryn Example",
        "at": AT,
        "key_file": world.key_file,
    }
    return reidentify(asked=asked, **{**given, **more})


@pytest.fixture
def names(world: World) -> list[str]:
    """The pseudonyms of a package."""
    run = world.share()
    return pl.read_csv((run.package or world.folder) / "education.csv")["pseudonym"].to_list()


def child_of(world: World, record: str) -> str:
    with open_register(world.register, world.key.secret) as register:
        return str(
            register.known(pl.DataFrame({"source": ["education"], "record_id": [record]}))["child_id"][0]
        )


def test_it_says_which_child_and_which_records(world: World, names: list[str]) -> None:
    links = world.folder / "links.csv"
    links.write_text(
        "source,record_id\n"
        + "".join(f"education,EDU-MARKER-{n}\n" for n in range(1, 61))
        + "social_care,SOC-MARKER-1\n",
        encoding="utf-8",
    )
    found = undo(world, names[0], links=links).children
    assert found.columns == ["pseudonym", "child_id", "source", "record_id"]
    record = found.filter(pl.col("source") == "education")["record_id"][0]
    assert child_of(world, record) == found["child_id"][0]
    everyone = [undo(world, name, links=links).children for name in names]
    assert max(frame.height for frame in everyone) == 2  # the first child has a record in each source


def test_every_child_of_a_package_is_found_again(world: World, names: list[str]) -> None:
    made = {child_of(world, f"EDU-MARKER-{n}") for n in range(1, 61)}
    found: set[str] = set()
    for start in range(0, len(names), 3):
        found |= set(undo(world, *names[start : start + 3]).children["child_id"])
    assert found == made


def test_it_is_in_the_log_before_anything_is_looked_up(
    world: World, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("childlink.sharing.reidentify.candidates", broken)
    with pytest.raises(RuntimeError):
        undo(world, names[0], login="aexample")
    entry = audit.read(world.log)[-1]
    assert entry["what"] == "reidentified"
    assert entry["said"] == {
        "of": "reidentified", "login": "aexample", "recipient": "example-university", "purpose": "attainment",
        "asked": 1, "pseudonyms": [names[0]], "requested_by": "Amina Example", "approved_by": "Bryn Example",
        "reason": REASON, "epoch": 1,
    }  # fmt: skip


def test_where_the_log_cannot_be_written_nothing_is_looked_up(
    world: World, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> int:
        raise OutputFault("cannot write the audit log")

    def looked(*_: object, **__: object) -> None:
        pytest.fail("looked up")

    monkeypatch.setattr(audit, "append", refused)
    monkeypatch.setattr("childlink.sharing.reidentify.candidates", looked)
    with pytest.raises(OutputFault):
        undo(world, names[0])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"approved_by": "amina  EXAMPLE"}, "one person asks and approves"),
        ({"approved_by": "Cara Stranger"}, "does not name the person given as approved by"),
        ({"requested_by": "Cara Stranger"}, "does not name the person given as requested by"),
        ({"requested_by": ""}, "missing or not a name"),
        ({"reason": "because"}, "the reason has 7 characters"),
        ({"reason": "looking for 943 476 5919"}, "looks like a number"),
        ({"epoch": 2}, "no epoch 2"),
        ({"register": "none.sqlite"}, "is not there"),
    ],
)
def test_a_refusal_is_logged_with_its_cause(
    world: World, names: list[str], more: dict[str, Any], said: str
) -> None:
    with pytest.raises(ChildlinkError, match=said):
        undo(world, names[0], **more)
    entry = audit.read(world.log)[-1]
    assert entry["what"] == "refused"
    assert said in entry["said"]["why"]
    assert "9434765919" not in str(entry).replace(" ", "")
    assert audit.verify(world.log, world.key).broken is None


def test_no_more_than_the_batch(world: World, names: list[str]) -> None:
    assert undo(world, *names[:3], names[0]).children.height == 3
    with pytest.raises(UsageFault, match="4 pseudonyms were asked for at once"):
        undo(world, *names[:4])
    assert audit.read(world.log)[-1]["said"]["asked"] == 4


@pytest.mark.parametrize(
    "asked", ["9434765919", "Quillfeather", "NHS-TRUST-N1AXV0Y7W30SZR25C", "EXAMPLE-UNIVERSITY-ZZ"]
)
def test_what_is_no_pseudonym_of_the_recipient_is_refused_and_not_logged(
    world: World, names: list[str], asked: str
) -> None:
    with pytest.raises(UsageFault, match="1 of 2 are no pseudonyms"):
        undo(world, names[0], asked)
    entry = audit.read(world.log)[-1]
    assert entry["said"]["pseudonyms"] == [names[0]]
    assert asked not in world.log.read_text()


def test_an_agreement_that_names_nobody_lets_nobody(world: World, names: list[str]) -> None:
    text = (world.folder / "agreement.toml").read_text()
    world.agreement(text[: text.index("[reidentification]")])
    with pytest.raises(UsageFault, match="lets nobody"):
        undo(world, names[0])


def test_a_wrong_key_is_refused_and_logged(world: World, names: list[str]) -> None:
    other = world.folder / "other.key"
    write_master_key(other, MasterKey(bytes(32)))
    with pytest.raises(InputFault, match="wrong key"):
        undo(world, names[0], key_file=other, audit_log=world.log)
    entry = audit.read(world.log)[-1]
    assert (entry["what"], entry["mac"]) == ("refused", None)
    assert audit.verify(world.log, world.key).broken is None


def test_a_sealed_child_is_not_found(world: World, names: list[str]) -> None:
    child = undo(world, names[0]).children["child_id"][0]
    with open_register(world.register, world.key.secret) as register:
        register.seal(child, why="adoption", at=AT)
    assert undo(world, names[0]).children.rows() == [(names[0], None)]


def test_a_pseudonym_sent_before_a_merge_still_finds_the_child(world: World, names: list[str]) -> None:
    one, other = undo(world, *names[:2]).children["child_id"]
    with open_register(world.register, world.key.secret) as register:
        register.merge([one, other], reason="the same child", at=AT)
    assert undo(world, *names[:2]).children["child_id"].n_unique() == 1


def test_pseudonyms_of_an_earlier_epoch_are_found_by_it(world: World, names: list[str]) -> None:
    write_master_key(world.key_file, world.key.of_epoch(2), replacing=True)
    assert undo(world, names[0]).children["child_id"].to_list() == [None]
    assert undo(world, names[0], epoch=1).children["child_id"][0] is not None


def test_the_log_names_no_child(world: World, names: list[str]) -> None:
    found = undo(world, *names[:3])
    text = Path(world.log).read_text()
    assert not any(str(child) in text for child in found.children["child_id"])
    assert not any(marker in text for marker in MARKERS)
    assert str(found.children["child_id"][0]) not in repr(found)
