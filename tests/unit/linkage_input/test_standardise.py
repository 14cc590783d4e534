"""The records frame: its columns, its order, and each field in the one form that is compared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from childlink.errors import UsageFault
from childlink.linkage.completeness import completeness, identifier_verdicts
from childlink.linkage.config import SourceMapping
from childlink.linkage.extracts import Extract, read_extract
from childlink.linkage.standardise import COLUMNS, standardise

Reader = Callable[..., Extract]

FULL = (
    "record_id,forename,surname,known_as,dob,sex,home_postcode,placement_postcode,nhs_number,upn,former_upn,uln,"
    "ethnicity,sealed"
)


def test_the_frame_has_exactly_the_columns_of_the_contract(extract: Reader) -> None:
    frame = standardise([extract("1,Ann,Smith,2012-04-28")])
    assert frame.schema == pl.Schema(COLUMNS)
    assert list(COLUMNS) == [
        "row", "source", "record_id", "forename", "surname", "forename_original", "surname_original", "known_as",
        "dob", "dob_weak", "sex", "postcodes", "nhs_number", "upn", "upn_temporary", "former_upn", "uln",
        "ethnicity", "sealed",
    ]  # fmt: skip


def test_a_whole_record(extract: Reader) -> None:
    read = extract(
        " 7 , Zoë-Mae (Zo) ,O'Neill,,15/04/2012,2,wv148du,B8 2US,943 476 5919,X31812342401A,b801200005001,9276308686,"
        "wbri,no",
        headings=FULL,
    )
    row = standardise([read]).row(0, named=True)
    assert row == {
        "row": 0,
        "source": "health",
        "record_id": "7",
        "forename": "ZOE MAE",
        "surname": "ONEILL",
        "forename_original": "Zoë-Mae (Zo)",
        "surname_original": "O'Neill",
        "known_as": "ZO",
        "dob": dt.date(2012, 4, 15),
        "dob_weak": True,
        "sex": "F",
        "postcodes": ["B8 2US", "WV14 8DU"],
        "nhs_number": "9434765919",
        "upn": None,
        "upn_temporary": "X31812342401A",
        "former_upn": "B801200005001",
        "uln": "9276308686",
        "ethnicity": "WBRI",
        "sealed": False,
    }


def test_a_record_with_nothing_in_it(extract: Reader) -> None:
    row = standardise([extract("1" + "," * 13, headings=FULL)]).row(0, named=True)
    given = {name: value for name, value in row.items() if value is not None}
    assert given == {"row": 0, "source": "health", "record_id": "1", "postcodes": [], "sealed": False}


def test_rows_are_sorted_by_source_and_record_id_and_numbered(extract: Reader) -> None:
    health = extract("b,Ann,Smith,2012-04-28", "B,Bo,Smith,2012-04-28", "a10,Cy,Smith,2012-04-28")
    education = extract("z,Di,Smith,2012-04-28", source="education")
    frame = standardise([health, education])
    assert frame["row"].to_list() == [0, 1, 2, 3]
    assert frame.select("source", "record_id").rows() == [
        ("education", "z"), ("health", "B"), ("health", "a10"), ("health", "b"),
    ]  # fmt: skip
    assert frame.equals(standardise([education, health]))


def test_each_source_has_its_own_form_of_dates(extract: Reader) -> None:
    frame = standardise(
        [
            extract("1,Ann,Smith,2012-04-28", source="a"),
            extract("1,Ann,Smith,28/04/2012", source="b"),
            extract("1,Ann,Smith,20120428", source="c"),
            extract("1,Ann,Smith,", source="d"),
        ]
    )
    assert frame["dob"].to_list() == [dt.date(2012, 4, 28)] * 3 + [None]


def test_several_postcodes_become_one_sorted_set(extract: Reader) -> None:
    frame = standardise(
        [
            extract(
                "1,Ann,Smith,2012-04-28,WV14 8DU,b82us,ZZ99 3VZ",
                "2,Bo,Smith,2012-04-28,B8 2US,B82US,",
                "3,Cy,Smith,2012-04-28,,,nonsense",
                headings="id,forename,surname,dob,postcode,postcode_2,previous_postcode",
            )
        ]
    )
    assert frame["postcodes"].to_list() == [["B8 2US", "WV14 8DU"], ["B8 2US"], []]


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [("Beth", "Elizabeth (Liz)", "BETH"), ("", "Elizabeth (Liz)", "LIZ"), ("Elizabeth", "Elizabeth", None),
     ("Baby", "Elizabeth", None)],
)  # fmt: skip
def test_known_as_of_a_column_goes_before_the_one_in_brackets(
    extract: Reader, column: str, cell: str, expected: str | None
) -> None:
    read = extract(f"1,{cell},Smith,2012-04-28,{column}", headings="id,forename,surname,dob,known_as")
    assert standardise([read])["known_as"].to_list() == [expected]


@pytest.mark.parametrize(
    ("cell", "sealed"),
    [("", False), ("no", False), ("N", False), ("0", False), ("false", False), ("yes", True), ("1", True),
     ("TRUE", True), ("maybe", True)],
)  # fmt: skip
def test_in_doubt_a_record_is_sealed(extract: Reader, cell: str, sealed: bool) -> None:
    read = extract(f"1,Ann,Smith,2012-04-28,{cell}", headings="id,forename,surname,dob,sealed")
    assert standardise([read])["sealed"].to_list() == [sealed]


def test_further_identifiers_are_columns_even_where_a_source_has_none(extract: Reader) -> None:
    mapping = SourceMapping(columns={"yot no": "yot"}, identifiers=("case_number", "yot"))
    cells = ["a 1", "0000", "n/a", ""]
    rows = [f"{n},Ann,Smith,2012-04-28,{cell}" for n, cell in enumerate(cells)]
    frame = standardise([extract(*rows, headings="id,forename,surname,dob,yot no", mapping=mapping)])
    assert frame.columns[-2:] == ["id_case_number", "id_yot"]
    assert frame["id_yot"].to_list() == ["A1", None, None, None]
    assert frame["id_case_number"].to_list() == [None] * 4


def test_the_same_source_twice(extract: Reader) -> None:
    read = extract("1,Ann,Smith,2012-04-28")
    with pytest.raises(UsageFault, match="given twice"):
        standardise([read, read])


def test_completeness_counts_what_is_there_and_what_is_used(extract: Reader) -> None:
    read = extract(
        "1,Ann,Smith,,2012-04-28,2,WV14 8DU,,943 476 5919,UN1,,9276308686,WBRI,",
        "2,Baby,Smith,Annie,soon,9,ZZ99 3VZ,,943 476 5918,B801200005001,,9999999999,,yes",
        "3,,Smith,,2012-04-29,7,WV14,B8 2US,,A801200005001,,,,perhaps",
        headings=FULL,
    )
    frame = completeness([read], standardise([read]))
    assert frame.columns == ["source", "field", "rows", "present", "valid", "invalid"]
    assert {row[1]: row[3:] for row in frame.rows()} == {
        "record_id": (3, 3, 0),
        "forename": (2, 1, 1),
        "surname": (3, 3, 0),
        "known_as": (1, 1, 0),
        "date_of_birth": (3, 2, 1),
        "sex": (2, 1, 1),
        "postcode": (2, 2, 0),
        "nhs_number": (2, 1, 1),
        "upn": (2, 1, 1),
        "former_upn": (0, 0, 0),
        "uln": (1, 1, 0),
        "ethnicity": (1, 1, 0),
        "sealed": (2, 1, 1),
    }
    assert set(frame["rows"]) == {3}


def test_completeness_lists_sources_in_order_and_only_their_own_fields(extract: Reader) -> None:
    mapping = SourceMapping(identifiers=("yot",))
    health = extract("1,Ann,Smith,2012-04-28,7", headings="id,forename,surname,dob,yot", mapping=mapping)
    education = extract("1,Ann,Smith,2012-04-28", source="education", mapping=mapping)
    frame = completeness([health, education], standardise([health, education]))
    assert frame["source"].unique(maintain_order=True).to_list() == ["education", "health"]
    assert frame.filter(source="education")["field"].to_list() == [
        "record_id", "forename", "surname", "date_of_birth",
    ]  # fmt: skip
    assert frame.row(-1) == ("health", "yot", 1, 1, 1, 0)


def test_verdicts_of_numbers_are_counted_by_source(extract: Reader) -> None:
    health = extract(
        "1,Ann,Smith,2012-04-28,943 476 5919", "2,Bo,Smith,2012-04-28,9.43E+09",
        headings="id,forename,surname,dob,nhs_number",
    )  # fmt: skip
    education = extract(
        "1,Ann,Smith,2012-04-28,UN1", source="education", headings="id,forename,surname,dob,upn"
    )
    assert identifier_verdicts([health, education]).rows() == [
        ("education", "upn", "unknown_code", 1),
        ("health", "nhs_number", "damaged", 1),
        ("health", "nhs_number", "valid", 1),
    ]


def test_the_children_of_the_shared_data(shared: Path) -> None:
    folder = shared / "data" / "children_dev"
    extracts = [read_extract(name, folder / f"{name}.csv") for name in ("education", "health", "social_care")]
    frame = standardise(extracts)
    assert [extract.date_form.name for extract in extracts if extract.date_form] == [
        "YYYY-MM-DD", "YYYYMMDD", "DD/MM/YYYY",
    ]  # fmt: skip
    assert len(frame) == 14_160
    assert frame["dob"].null_count() == 0
    assert frame["surname"].null_count() == 0
    # the unborn
    assert frame["forename"].null_count() == 5
    assert not any(extract.ignored for extract in extracts)
    valid = completeness(extracts, frame).filter(pl.col("field").is_in(["nhs_number", "upn"]))["valid"]
    assert valid.to_list() == [5109, 7741, 518, 522]
