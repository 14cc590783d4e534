"""Free places, adopted children, and data that have no families at all."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from childlink.linkage.engine import LinkResult, link
from childlink.linkage.settings import LinkSettings
from tests.unit.linkage.frames import ZARA, partition, records

QUICK = LinkSettings(sample_pairs=20_000)
LETTERS = "BCDFGHKLMNPRSTV"


def crowd(size: int) -> list[dict[str, Any]]:
    """Plain children in sources a and b, all different, so that each source covers the other."""
    rows = []
    for n in range(size):
        child = {
            "forename": f"{LETTERS[n % 15]}{LETTERS[n // 15 % 15]}AN{LETTERS[n % 13]}", "surname":
            f"{LETTERS[n % 11]}{LETTERS[n // 11 % 13]}OR{LETTERS[n % 7]}", "sex": "F" if n % 2 else "M",
            "dob": date(2012, 1, 3) + timedelta(days=n * 5 % 360), "postcodes": [f"B{n % 60 + 1} {n % 9}AA"],
        }  # fmt: skip
        rows += [{"source": source, "record_id": f"{n:05}", **child} for source in "ab"]
    return rows


def linked(*more: dict[str, Any], settings: LinkSettings = QUICK) -> LinkResult:
    """A linkage of the crowd and a few others."""
    return link(records(*crowd(300), *more), settings=settings)


def together(result: LinkResult, *names: str) -> bool:
    """Whether the records SOURCE/ID are of one child."""
    wanted = {tuple(name.split("/")) for name in names}
    return any(wanted <= cluster for cluster in partition(result.links))


def record(name: str, **changed: Any) -> dict[str, Any]:
    """ZARA as SOURCE/ID, with changes."""
    source, record_id = name.split("/")
    return {"source": source, "record_id": record_id, **ZARA, **changed}


NEW_NAME = {"surname": "OKAFOR", "postcodes": ["LS6 2QB"]}


def test_a_new_surname_and_address_link_where_both_places_are_free() -> None:
    result = linked(record("a/z"), record("b/z", **NEW_NAME))
    assert together(result, "a/z", "b/z")
    decided = result.links.filter(pl.col("record_id") == "z")["decided_by"].unique().to_list()
    assert decided == ["free-place"]


def test_an_adopted_childs_two_records_do_not_meet_by_way_of_social_care() -> None:
    old = record("c/z")
    result = linked(old, record("b/z", **NEW_NAME))
    assert not together(result, "c/z", "b/z")
    # nor where the school still holds the old name, beside social care
    result = linked(old, record("a/z"), record("b/z", **NEW_NAME))
    assert together(result, "a/z", "c/z")
    assert not together(result, "a/z", "b/z")


def test_an_adopted_childs_two_records_are_not_offered_to_each_other() -> None:
    review = linked(record("c/z"), record("b/z", **NEW_NAME)).review
    both = (pl.col("record_id_l") == "z") & (pl.col("record_id_r") == "z")
    assert review.filter(both).is_empty()


def test_a_number_in_common_is_stronger_than_a_new_name_and_address() -> None:
    number = {"nhs_number": "9434765919"}
    assert together(linked(record("c/z", **number), record("b/z", **NEW_NAME, **number)), "c/z", "b/z")


@pytest.mark.parametrize("twin_of", ["a", "b"])
def test_a_twin_with_a_place_of_its_own_is_left_alone(twin_of: str) -> None:
    other = "b" if twin_of == "a" else "a"
    twins = [record("a/z"), record("b/z"), record(f"{twin_of}/y", forename="MOLLY")]
    result = linked(*twins)
    assert together(result, "a/z", "b/z")
    assert not together(result, f"{twin_of}/y", f"{other}/z")


def test_two_candidates_for_one_free_place_are_left_to_a_person() -> None:
    result = linked(
        record("a/z", forename="MOLLY"), record("b/x", forename="ANNA"), record("b/y", forename="RUTH")
    )
    assert not together(result, "a/z", "b/x")
    assert not together(result, "a/z", "b/y")
    assert any("possible-twin" in reasons for reasons in result.review["reasons"])


def test_data_without_families_get_no_family_class() -> None:
    result = linked(settings=LinkSettings(sample_pairs=20_000, children=False))
    assert result.model is not None
    assert sum(stratum.family for stratum in result.model.strata) < 0.01
    assert result.links["cluster_size"].unique().to_list() == [2]


def test_one_core_or_two_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    import subprocess
    import sys

    code = (
        "import sys, hashlib; from childlink.synth import make_linkage; from pathlib import Path; import tempfile\n"
        "from childlink.linkage.run import run_link\n"
        "d = Path(tempfile.mkdtemp()); made = make_linkage(300, 4).files()\n"
        "[frame.write_csv(d / name) for name, frame in made.items()]\n"
        "names = ('education', 'health', 'social_care')\n"
        "run = run_link(sources={n: d / f'{n}.csv' for n in names}, output=d / 'out', seed=1)\n"
        "read = [run.files[n].read_bytes() for n in ('links.csv', 'pairs.parquet', 'review.csv', 'model.json')]\n"
        "print(hashlib.sha256(b''.join(read)).hexdigest())"
    )
    digests = set()
    for threads in ("1", "2"):
        monkeypatch.setenv("POLARS_MAX_THREADS", threads)
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
        digests.add(done.stdout)
    assert len(digests) == 1
