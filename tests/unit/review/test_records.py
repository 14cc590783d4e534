"""Laws: two records are shown as they are, differences marked; no sealed record, no address of a sensitive child."""

from __future__ import annotations

from pathlib import Path

import pytest

from childlink.errors import UsageFault
from childlink.review.records import Records, read_records

HEAD = "record_id,forename,surname,sex,date_of_birth,postcode,nhs_number,sensitive,sealed"


def records(folder: Path, *, flag: str = "", sealed: str = "") -> Records:
    rows = {
        "education": f"E1,Zara,Brennan,F,28/04/2012,WV14 8DU,,{flag},",
        "health": f"H1,Zahra,Brennan,F,28/04/2012,B92 0AH,9434765919,,{sealed}",
    }
    for name, row in rows.items():
        other = "X9,Adam,Fox,M,29/11/2010,B1 1AA,,,"
        (folder / f"{name}.csv").write_text(f"{HEAD}\n{row}\n{other}\n", encoding="utf-8")
    return read_records({name: folder / f"{name}.csv" for name in rows})


def marks(held: Records, levels: dict[str, int] | None = None) -> dict[str, tuple[str, str, str]]:
    lines = held.side_by_side(("education", "E1"), ("health", "H1"), levels)
    return {line.field: (line.left, line.right, line.mark) for line in lines}


def test_values_stand_side_by_side_with_what_differs(tmp_path: Path) -> None:
    assert marks(records(tmp_path), {"forename": 4, "surname": 1, "dob": 1, "postcode": 5}) == {
        "forename": ("Zara", "Zahra", "alike"),
        "surname": ("Brennan", "Brennan", "same"),
        "date of birth": ("2012-04-28", "2012-04-28", "same"),
        "sex": ("F", "F", "same"),
        "postcode": ("WV14 8DU", "B92 0AH", "differs"),
        "NHS number": ("", "9434765919", "one only"),
    }


def test_a_pair_that_was_not_compared_is_marked_by_its_text(tmp_path: Path) -> None:
    shown = marks(records(tmp_path))
    assert shown["forename"][2] == "differs"
    assert shown["surname"][2] == "same"


@pytest.mark.parametrize("flag", ["Y", "S", "restricted", "1"])
def test_no_address_is_shown_where_either_child_is_sensitive(tmp_path: Path, flag: str) -> None:
    shown = marks(records(tmp_path, flag=flag), {"postcode": 1})
    assert shown["postcode"] == ("hidden", "hidden", "hidden")
    assert not {"WV14 8DU", "B92 0AH"} & {text for line in shown.values() for text in line}


@pytest.mark.parametrize("flag", ["", "N", "no", "0", "U"])
def test_a_flag_that_says_no_hides_nothing(tmp_path: Path, flag: str) -> None:
    assert marks(records(tmp_path, flag=flag))["postcode"][0] == "WV14 8DU"


def test_a_sealed_record_cannot_be_shown(tmp_path: Path) -> None:
    held = records(tmp_path, sealed="yes")
    assert not held.has(("health", "H1"))
    with pytest.raises(UsageFault, match="cannot be shown"):
        marks(held)


def test_the_extracts_are_needed(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="the extracts are needed"):
        read_records({})
