"""Local authorities: one found by any of its names, and every code accounted for."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from childlink.errors import UsageFault
from childlink.reference.local_authorities import (
    county_of_district,
    find_authority,
    local_authorities,
    same_authority,
)


def test_the_rows_are_those_of_the_facts(shared: Path) -> None:
    facts = yaml.load(
        (shared / "spec" / "ssda903_structure.yaml").read_bytes(),
        Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader),
    )
    ours = [
        [la.ons_code, la.name, la.old_number, str(la.since), str(la.until or ""), la.region_code]
        for la in local_authorities()
    ]
    assert ours == facts["la_codes"]["rows"]


def test_there_are_167_and_no_code_twice() -> None:
    codes = [la.ons_code for la in local_authorities()]
    assert (len(codes), len(set(codes))) == (167, 167)


@pytest.mark.parametrize(
    "text", ["E08000025", "e08000025", "330", "Birmingham", "BIRMINGHAM", " birmingham "]
)
def test_any_way_to_write_an_authority(text: str) -> None:
    assert find_authority(text).ons_code == "E08000025"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("St Helens", "E08000013"),
        ("Bath & North East Somerset", "E06000022"),
        ("kingston upon hull, city of", "E06000010"),
    ],
)
def test_small_differences_in_names_do_not_count(text: str, code: str) -> None:
    assert find_authority(text).ons_code == code


def test_every_row_is_found_by_its_code_and_names_its_own_number() -> None:
    for la in local_authorities():
        assert find_authority(la.ons_code) == la
        assert find_authority(la.old_number).old_number == la.old_number
        assert find_authority(la.name).name == la.name


def test_a_number_with_two_codes_gives_the_one_in_force() -> None:
    assert find_authority("373").ons_code == "E08000039"
    assert find_authority("373", on=date(2025, 4, 30)).ons_code == "E08000019"
    assert find_authority("Sheffield", on=date(2025, 5, 1)).ons_code == "E08000039"
    assert find_authority("373", on=date(1999, 1, 1)).ons_code == "E08000039", "none in force: the latest"


def test_an_abolished_code_is_taken_with_its_dates() -> None:
    cumbria = find_authority("E10000006")
    assert (cumbria.name, cumbria.until) == ("Cumbria", date(2023, 3, 31))
    assert cumbria.in_force(date(2023, 3, 31))
    assert not cumbria.in_force(date(2023, 4, 1))
    assert find_authority("E10000006", on=date(2025, 1, 1)) == cumbria


@pytest.mark.parametrize(
    ("text", "near"), [("Birmingam", "Birmingham?"), ("E0800025", "E08000025?"), ("Sandwel", "Sandwell?")]
)
def test_an_unknown_one_gets_the_nearest(text: str, near: str) -> None:
    with pytest.raises(UsageFault, match="unknown local authority") as raised:
        find_authority(text)
    assert near in (raised.value.next_step or "")


def test_part_of_a_name_is_not_enough_but_says_which() -> None:
    with pytest.raises(UsageFault) as raised:
        find_authority("Hull")
    assert raised.value.allowed == "one of Kingston upon Hull, City of"


@pytest.mark.parametrize("text", ["", "999", "E99999999", "(", "\\"])
def test_nonsense_is_unknown(text: str) -> None:
    with pytest.raises(UsageFault):
        find_authority(text)


def test_codes_of_one_authority() -> None:
    assert same_authority("E08000019") == {"E08000019", "E08000039"}
    assert same_authority("E06000065") == {"E06000065", "E10000023"}
    assert same_authority("E08000025") == {"E08000025"}
    assert same_authority("unheard of") == {"unheard of"}


def test_every_district_has_a_county_that_is_an_authority() -> None:
    pairs = county_of_district()
    assert len(pairs) == 181
    assert {code[:3] for code in pairs} == {"E07"}
    assert set(pairs.values()) <= {la.ons_code for la in local_authorities()}
    assert pairs["E07000008"] == "E10000003", "Cambridge is in Cambridgeshire"
