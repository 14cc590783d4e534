"""``share``: what is in a package, what never is, and when none is made."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
import tempfile
from pathlib import Path

import polars as pl
import pytest

from childlink.errors import ChildlinkError, InputFault, OutputFault, UsageFault
from childlink.register import open_register
from childlink.resources import data_folder
from childlink.sharing import audit
from childlink.sharing.key_file import MasterKey, write_master_key
from childlink.sharing.package import share
from childlink.sharing.pseudonyms import is_pseudonym

from .conftest import AGREEMENT, AT, CHILDREN, MARKERS, World, education, social_care


def read(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_csv(folder / name, infer_schema=False)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_package_holds_what_was_agreed_and_nothing_else(world: World) -> None:
    run = world.share()
    assert run.package is not None
    assert sorted(contents(run.package)) == [
        "data_sheet.md",
        "education.csv",
        "manifest.json",
        "social_care.csv",
    ]
    pupils, cared_for = read(run.package, "education.csv"), read(run.package, "social_care.csv")
    assert pupils.columns == ["pseudonym", "age_band", "sex", "attendance"]
    assert cared_for.columns == ["pseudonym", "ethnicity_group", "started_month"]
    assert pupils.height == CHILDREN
    assert set(pupils["age_band"]) == {"5 to 9", "10 to 15"}
    assert set(cared_for["ethnicity_group"]) == {"White", "Asian"}
    assert set(cared_for["started_month"]) == {"2025-02"}
    assert all(is_pseudonym(name, "example-university") for name in pupils["pseudonym"])
    assert set(cared_for["pseudonym"]) < set(pupils["pseudonym"])


def test_rows_are_not_in_the_order_of_the_extract(world: World) -> None:
    pupils = read(world.share().package or world.folder, "education.csv")
    assert pupils["pseudonym"].is_sorted()
    assert pupils["sex"].to_list() != education()["sex"].to_list()


def test_the_manifest_says_what_is_there(world: World) -> None:
    run = world.share()
    assert run.package is not None
    manifest = json.loads((run.package / "manifest.json").read_text(encoding="utf-8"))
    assert manifest == run.manifest
    for held in (*manifest["files"], manifest["data_sheet"]):
        assert hashlib.sha256((run.package / held["file"]).read_bytes()).hexdigest() == held["sha256"]
    assert manifest["agreement"]["sha256"] == hashlib.sha256(AGREEMENT.encode()).hexdigest()
    assert manifest["files"][0]["rows"] == CHILDREN
    assert manifest["disclosure"]["k_found"] >= 5
    assert manifest["made"] == AT[:10]


def test_a_package_is_its_owners_alone(world: World) -> None:
    run = world.share()
    assert run.package is not None
    if os.name == "posix":
        assert stat.S_IMODE(run.package.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in run.package.iterdir()} == {0o600}


def test_the_same_again_gives_the_same_bytes(world: World) -> None:
    one, two = world.share(to="one").package, world.share(to="two").package
    assert one is not None
    assert two is not None
    assert contents(one) == contents(two)


def test_two_recipients_or_purposes_have_no_pseudonym_in_common(world: World) -> None:
    seen: set[str] = set()
    changes = [
        [],
        [('"example-university"', '"nhs-trust"')],
        [('"attainment"', '"health"')],
    ]
    for number, change in enumerate(changes):
        run = world.share(world.replaced(*change), to=f"package-{number}")
        bodies = {
            name.rpartition("-")[2]
            for name in read(run.package or world.folder, "education.csv")["pseudonym"]
        }
        assert len(bodies) == CHILDREN
        assert not bodies & seen
        seen |= bodies


def test_a_new_epoch_changes_them_all_and_the_old_one_is_still_the_old(world: World) -> None:
    first = read(world.share(to="one").package or world.folder, "education.csv")
    write_master_key(world.key_file, world.key.of_epoch(2), replacing=True)
    second = read(world.share(to="two").package or world.folder, "education.csv")
    assert not set(first["pseudonym"]) & set(second["pseudonym"])


def test_sealed_records_never_leave(world: World) -> None:
    sealed = education().with_columns(
        sealed=pl.when(pl.col("record_id") == "EDU-MARKER-1").then(pl.lit("yes"))
    )
    world.write("education", sealed)
    run = world.share()
    # the child's other record is held back too
    assert run.sealed == 2
    assert read(run.package or world.folder, "education.csv").height == CHILDREN - 1
    assert read(run.package or world.folder, "social_care.csv").height == 39
    assert "sealed" not in (run.package or world.folder).joinpath("manifest.json").read_text()


def test_an_identity_sealed_in_the_register_never_leaves(world: World) -> None:
    with open_register(world.register, world.key.secret) as register:
        records = pl.DataFrame({"source": ["education"], "record_id": ["EDU-MARKER-1"]})
        child = register.known(records)["child_id"][0]
        register.seal(child, why="adoption", at=AT)
    run = world.share()
    assert run.sealed == 2
    assert read(run.package or world.folder, "education.csv").height == CHILDREN - 1


def test_a_merged_child_has_one_pseudonym(world: World) -> None:
    with open_register(world.register, world.key.secret) as register:
        records = pl.DataFrame({"source": ["education"] * 2, "record_id": ["EDU-MARKER-54", "EDU-MARKER-60"]})
        register.merge(register.known(records)["child_id"].to_list(), reason="the same child", at=AT)
    run = world.share()
    assert read(run.package or world.folder, "education.csv")["pseudonym"].n_unique() == CHILDREN - 1


def test_too_small_groups_are_refused_and_logged(world: World) -> None:
    run = world.share(world.replaced(("k = 5", "k = 31")))
    assert run.package is None
    assert run.as_object()["status"] == "refused"
    assert not (world.folder / "package").exists()
    entry = audit.read(world.log)[-1]
    assert (entry["what"], entry["said"]["why"]) == ("refused", "disclosure")


def test_they_may_leave_for_a_reason_which_is_recorded(world: World) -> None:
    agreement = world.replaced(("k = 5", "k = 31"))
    run = world.share(agreement, below_k="agreed by the board in May")
    assert run.manifest is not None
    assert run.manifest["disclosure"]["reason_below_k"] == "agreed by the board in May"
    assert audit.read(world.log)[-1]["said"]["reason_below_k"] == "agreed by the board in May"
    assert "agreed by the board" in (world.folder / "package" / "data_sheet.md").read_text()
    with pytest.raises(UsageFault, match="the reason has 5"):
        world.share(agreement, below_k="hurry", to="other")


def test_small_groups_can_be_left_out(world: World) -> None:
    agreement = world.replaced(("k = 5", 'k = 15\nsmall_groups = "leave out"'))
    run = world.share(agreement)
    assert run.left_out == 20
    assert run.manifest is not None
    assert run.manifest["disclosure"]["k_found"] >= 15
    assert run.manifest["disclosure"]["left_out"] == "20"
    assert read(run.package or world.folder, "education.csv").height == CHILDREN - 20


def test_where_all_would_be_left_out_it_is_refused(world: World) -> None:
    run = world.share(world.replaced(("k = 5", 'k = 500\nsmall_groups = "leave out"')))
    assert run.package is None


def test_l_diversity_is_asked_of_sensitive_columns(world: World) -> None:
    agreement = world.replaced(("k = 5", 'k = 5\nl = 6\nsensitive = ["attendance"]'))
    run = world.share(agreement)
    assert run.package is None
    assert run.anonymity.l == 5


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('attendance = "as given"', 'attendence = "as given"', "did you mean attendance?"),
        ('attendance = "as given"', 'upn = "as given"', '"upn" is an identifier (UPN)'),
        ('attendance = "as given"', 'surname = "as given"', '"surname" is an identifier (surname)'),
        ('attendance = "as given"', 'record_id = "as given"', '"record_id" is an identifier'),
        ('attendance = "as given"', 'forename = "year"', '"forename" is an identifier'),
        ('{ as = "age band", name = "age_band" }', '{ as = "as given", name = "age_band" }', 'leave as "as given"'),
        ('attendance = "as given"', 'postcode = "as given"', "postcode as: district, sector, lsoa"),
        ('ethnicity = "group"', 'ethnicity = "as given"', "ethnicity as: group"),
        ('attendance = "as given"', 'postcode = "lsoa"', "--postcodes"),
        ('started = "month"', 'started = "as given"', "hold full dates (the first on line 2)"),
        ('attendance = "as given"', 'notes = "as given"', "1 cells hold full postcodes (the first on line 2)"),
        ("[columns.social_care]", "[columns.health]", "the agreement has columns of health"),
    ],
)  # fmt: skip
def test_what_an_agreement_may_not_name(world: World, old: str, new: str, said: str) -> None:
    sources = world.sources if "health" not in new else {"education": world.sources["education"]}
    with pytest.raises(UsageFault) as caught:
        world.share(world.replaced((old, new)), sources=sources)
    fault = caught.value
    assert said in f"{fault.fault} {fault.allowed} {fault.next_step}"
    assert not (world.folder / "package").exists()
    assert not any(marker in str(vars(fault)) for marker in MARKERS if marker != "2012-04-28")


@pytest.mark.parametrize(
    ("heading", "cells", "said"),
    [
        ("ref", "record_id", "the same as the record's own"),
        ("pupil name", "surname", "is an identifier"),
        ("home_address_1", "surname", "is an identifier"),
        ("nick", "surname", "the same as the record's own"),
        ("code", None, "nearly one for each"),
        ("contact", "someone@example.org", "e-mail addresses"),
        ("contact", "07700 900123", "telephone numbers"),
        ("remark", "number 943 476 5919 given", "NHS numbers"),
        ("remark", "upn B801200005001", "UPNs"),
    ],
)
def test_an_identifier_under_another_heading_is_found(
    world: World, heading: str, cells: str | None, said: str
) -> None:
    frame = education()
    held = pl.col(cells) if cells in frame.columns else pl.lit(cells)
    own = pl.col("record_id").str.replace("EDU-MARKER-", "x") if cells is None else held
    world.write("education", frame.with_columns(own.alias(heading)))
    with pytest.raises(UsageFault) as caught:
        world.share(world.replaced(('attendance = "as given"', f'"{heading}" = "as given"')))
    assert said in caught.value.fault
    assert not any(marker in str(vars(caught.value)) for marker in MARKERS)


def test_an_lsoa_comes_from_a_directory_that_has_it(world: World) -> None:
    directory = world.folder / "onspd.csv"
    directory.write_text("pcds,lsoa21cd\nWV14 8DU,E01000002\nB1 1AA,E01000001\n", encoding="utf-8")
    agreement = world.replaced(('attendance = "as given"', 'postcode = "lsoa"'))
    run = world.share(agreement, postcodes=directory)
    assert set(read(run.package or world.folder, "education.csv")["postcode_lsoa"]) == {
        "E01000001",
        "E01000002",
    }


def test_without_quasi_identifiers_all_that_tells_a_child_is_one(world: World) -> None:
    run = world.share(world.replaced(('quasi_identifiers = ["age_band", "sex"]\n', "")))
    assert run.anonymity.quasi_identifiers == (
        "education.age_band",
        "education.sex",
        "social_care.ethnicity_group",
    )


def test_cells_for_people_cannot_run(world: World) -> None:
    run = world.share(world.replaced(('started = "month"', 'plan = "as given"')))
    assert set(read(run.package or world.folder, "social_care.csv")["plan"]) == {"'=1+1", "child protection"}


def test_tables_of_counts_are_protected(world: World) -> None:
    table = (
        '[[tables]]\nname = "ages"\nsource = "education"\nrows = "age_band"\ncolumns = "sex"\n[disclosure]'
    )
    run = world.share(world.replaced(("[disclosure]", table)))
    shown = read(run.package or world.folder, "table-ages.csv")
    assert shown.rows() == [
        ("5 to 9", "10", "10", "20"),
        ("10 to 15", "20", "20", "40"),
        ("Total", "30", "30", "60"),
    ]


def test_a_wrong_key_fails_before_anything_is_made(world: World, tmp_path: Path) -> None:
    world.share(to="first")
    other = tmp_path / "other.key"
    write_master_key(other, MasterKey(bytes(32)))
    with pytest.raises(InputFault, match="another key"):
        world.share(key_file=other)
    with pytest.raises(InputFault, match="wrong key"):
        world.share(key_file=other, audit_log=world.log)
    assert not (world.folder / "package").exists()


def test_an_old_copy_of_the_key_is_told(world: World) -> None:
    audit.append(world.log, world.key.of_epoch(2), what="keys rotated", said={"epoch": 2}, at=AT)
    with pytest.raises(InputFault, match="old copy"):
        world.share()


def test_an_agreement_that_has_ended_makes_no_package(world: World) -> None:
    with pytest.raises(UsageFault, match="ended on 2030-03-31"):
        world.share(at="2030-04-01T00:00:00+00:00")
    assert world.share(at="2030-03-31T23:59:59+00:00").package is not None


def test_records_that_were_never_linked_are_told_by_line(world: World) -> None:
    stranger = education().with_columns(record_id=pl.col("record_id").str.replace("-1$", "-9999"))
    world.write("education", stranger)
    with pytest.raises(
        InputFault, match=r"1 records are not in the register \(the first on line 2\)"
    ) as caught:
        world.share()
    assert "9999" not in str(vars(caught.value))


def test_a_register_that_is_not_there_is_not_made(world: World) -> None:
    Path(world.register).unlink()
    with pytest.raises(InputFault, match="is not there"):
        world.share()
    assert not Path(world.register).exists()


def test_a_folder_with_files_in_it_is_left_alone(world: World) -> None:
    place = world.folder / "package"
    place.mkdir()
    (place / "mine.txt").write_text("mine")
    with pytest.raises(OutputFault, match="files in it"):
        world.share()
    assert contents(place) == {"mine.txt": b"mine"}


def test_a_read_only_folder_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> str:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(tempfile, "mkdtemp", refused)
    with pytest.raises(OutputFault, match="Permission denied"):
        world.share()
    assert not (world.folder / "package").exists()


def test_a_full_disk_leaves_nothing_behind(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    agreement = world.agreement()
    before = sorted(path.name for path in world.folder.iterdir())

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputFault, match="No space left"):
        world.share(agreement)
    assert sorted(path.name for path in world.folder.iterdir()) == before


def test_where_the_log_cannot_be_written_no_package_is_made(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> int:
        raise OutputFault("cannot write the audit log")

    monkeypatch.setattr(audit, "append", refused)
    with pytest.raises(ChildlinkError, match="audit log"):
        world.share()
    assert not (world.folder / "package").exists()
    assert not list(world.folder.glob(".package*"))


def test_parquet_extracts_are_shared_as_csv_ones(world: World) -> None:
    first = world.share(to="one").package
    place = world.folder / "education.parquet"
    education().with_columns(pl.col("date_of_birth").str.to_date()).write_parquet(place)
    second = world.share(to="two", sources={**world.sources, "education": place}).package
    assert first is not None
    assert second is not None
    assert (first / "education.csv").read_bytes() == (second / "education.csv").read_bytes()


def test_no_file_but_the_extracts_holds_a_marker(world: World) -> None:
    world.share(to="one")
    world.share(world.replaced(("k = 5", "k = 31")), to="two")
    given = {path.name for path in world.sources.values()}
    for path in world.folder.rglob("*"):
        if path.is_file() and path.name not in given:
            data = path.read_bytes()
            assert not [marker for marker in MARKERS if marker.encode() in data], path.name


def test_social_care_alone_may_be_shared(world: World) -> None:
    text = (
        AGREEMENT[: AGREEMENT.index("[columns.education]")]
        + AGREEMENT[AGREEMENT.index("[columns.social_care]") :]
    )
    agreement = world.agreement(text.replace('["age_band", "sex"]', '["ethnicity_group"]'))
    run = world.share(agreement, sources={"social_care": world.sources["social_care"]})
    assert read(run.package or world.folder, "social_care.csv").height == social_care().height


def test_the_example_agreement_makes_a_package_of_the_example_extracts(tmp_path: Path) -> None:
    fixtures = data_folder("fixtures")
    key, register = tmp_path / "master.key", tmp_path / "register.sqlite"
    write_master_key(key, MasterKey(bytes(range(32))))
    truth = pl.read_csv(fixtures / "linkage" / "truth.csv", infer_schema=False)
    with open_register(register, bytes(range(32)), seed=1) as opened:
        opened.assign(truth.rename({"person": "cluster"}))
    sources = {name: fixtures / "linkage" / f"{name}.csv" for name in ("education", "social_care")}
    run = share(
        sources=sources,
        agreement=fixtures / "sharing" / "agreement.toml",
        register=str(register),
        output=tmp_path / "package",
        at=AT,
        key_file=key,
    )
    assert run.manifest is not None
    assert run.manifest["disclosure"]["k_found"] >= 5
    for held in run.manifest["files"]:
        text = (tmp_path / "package" / held["file"]).read_text(encoding="utf-8")
        assert truth["record_id"].filter(truth["record_id"].is_in(text.split(","))).is_empty()


def test_a_record_with_a_number_of_a_sealed_identity_never_leaves(world: World) -> None:
    with open_register(world.register, world.key.secret) as register:
        known = pl.DataFrame({"source": ["social_care"], "record_id": ["SOC-MARKER-1"]})
        child = register.known(known)["child_id"][0]
        numbers = pl.Series("numbers", [["nhs:9434765919"]])
        register.assign(known.with_columns(numbers, cluster=pl.lit(1), sealed=pl.lit(value=False)))
        register.seal(child, why="adoption", at=AT)
    number = pl.when(pl.col("record_id") == "SOC-MARKER-2").then(pl.lit("943 476 5919"))
    world.write("social_care", social_care().with_columns(nhs_number=number))
    run = world.share()
    # the sealed child's two records, and both of the child who now has its number
    assert run.sealed == 4
    assert read(run.package or world.folder, "education.csv").height == CHILDREN - 2


def test_the_link_toml_of_the_linkage_is_obeyed(world: World) -> None:
    frame = education().rename({"record_id": "our ref"}).with_columns(case_ref=pl.lit("C1"))
    world.write("education", frame)
    config = world.folder / "link.toml"
    config.write_text(
        '[sources.education]\ncolumns = { "our ref" = "record_id" }\n[identifiers]\ncase_ref = { scope = "shared" }\n'
    )
    with pytest.raises(InputFault, match="no one column recognised as record id"):
        world.share()
    assert world.share(config=config).package is not None
    for named in ("our ref", "case_ref"):
        with pytest.raises(UsageFault, match="is an identifier"):
            world.share(
                world.replaced(('attendance = "as given"', f'"{named}" = "as given"')),
                config=config,
                to="other",
            )


def test_an_extract_without_numbers_can_be_shared(world: World) -> None:
    world.write("education", education().drop("upn"))
    world.write("social_care", social_care().drop("nhs_number"))
    assert world.share().package is not None
