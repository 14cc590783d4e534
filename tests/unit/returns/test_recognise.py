"""A file is the table whose columns it has, exactly; a near miss names its neighbour."""

from __future__ import annotations

import pytest

from childlink.errors import InputFault
from childlink.returns.recognise import recognise

TABLES = {
    "UASC": ("CHILD", "SEX", "DOB", "DUC"),
    "Reviews": ("CHILD", "DOB", "REVIEW", "REVIEW_CODE"),
    "Missing": ("CHILD", "DOB", "MISSING", "MIS_START", "MIS_END"),
}


def test_every_table_is_recognised_in_any_order() -> None:
    for name, columns in TABLES.items():
        assert recognise(columns, TABLES, "f.csv") == name
        assert recognise(columns[::-1], TABLES, "f.csv") == name


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (
            ["CHILD", "DOB", "REVIEW"],
            "f.csv is no table of the return; the nearest is Reviews; missing: REVIEW_CODE",
        ),
        (
            ["CHILD", "DOB", "REVIEW", "REVIEW_CODE", "NOTES"],
            "f.csv is no table of the return; the nearest is Reviews; not in Reviews: NOTES",
        ),
        (
            ["child", "dob", "missing", "mis_start", "else"],
            "f.csv is no table of the return; the nearest is Missing; missing: MIS_END; not in Missing: else",
        ),
        (
            ["Child", "SEX", "DOB ", "DUC"],
            "f.csv is nearly the table UASC: only capitals or spaces of headings differ",
        ),
        (
            ["first", "second"],
            "f.csv is no table of the return: its first row holds none of the return's headings",
        ),
    ],
)
def test_the_fault_names_the_nearest_table_and_what_differs(header: list[str], says: str) -> None:
    with pytest.raises(InputFault) as raised:
        recognise(header, TABLES, "f.csv")
    assert raised.value.fault == says
    assert raised.value.next_step


def test_headings_that_differ_in_case_or_spaces_are_spelt_out() -> None:
    with pytest.raises(InputFault) as raised:
        recognise(["Child", "SEX", "DOB ", "DUC"], TABLES, "f.csv")
    assert raised.value.next_step == "write the heading CHILD for 'Child'; write the heading DOB for 'DOB '"


@pytest.mark.parametrize("header", [["SECRET", "NAME"], ["100123", "SECRET", "SEX"], ["SECRET"]])
def test_a_first_row_of_data_is_not_repeated_in_the_message(header: list[str]) -> None:
    with pytest.raises(InputFault) as raised:
        recognise(header, TABLES, "f.csv")
    assert "SECRET" not in f"{raised.value} {raised.value.allowed} {raised.value.next_step}"


def test_of_equally_near_tables_the_first_is_named() -> None:
    with pytest.raises(InputFault, match="the nearest is UASC"):
        recognise(["CHILD", "DOB"], TABLES, "f.csv")
