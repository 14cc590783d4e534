"""Check digits: the vectorised ones against python-stdnum and against slow, obvious ones."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.gb import nhs as stdnum_nhs
from stdnum.gb import upn as stdnum_upn

from childlink.identifiers import nhs_number, uln, upn

TEN_DIGITS = st.text("0123456789", min_size=10, max_size=10)
NINE_DIGITS = st.text("0123456789", min_size=9, max_size=9)
UPN_LIKE = st.builds(
    lambda first, middle, last: first + middle + last,
    st.sampled_from(upn.LETTERS + "IOS"),
    st.text("0123456789", min_size=11, max_size=11),
    st.sampled_from("0123456789" + upn.LETTERS + "IOS"),
)
ANY_CELL = st.one_of(st.none(), st.text(max_size=16), TEN_DIGITS, UPN_LIKE)
BATCH = {"min_size": 20, "max_size": 60}


def column(expression: pl.Expr) -> list[str | None]:
    return pl.select(expression).to_series().to_list()


def cells(values: list[str | None]) -> pl.Expr:
    return pl.lit(pl.Series(values, dtype=pl.String))


def slow_nhs_digit(nine: str) -> int | None:
    total = 0
    for position in range(9):
        total += int(nine[position]) * (10 - position)
    digit = 11 - total % 11
    return {11: 0, 10: None}.get(digit, digit)


def slow_uln_valid(ten: str) -> bool:
    return ten[0] != "0" and sum(int(ten[p]) * (10 - p) for p in range(10)) % 11 == 10


def slow_upn_letter(value: str) -> str:
    total = 0
    for position in range(2, 14):
        symbol = value[position - 1]
        worth = int(symbol) if symbol.isdigit() else upn.LETTERS.index(symbol)
        total += position * worth
    return upn.LETTERS[total % 23]


@given(st.lists(NINE_DIGITS, **BATCH))
def test_nhs_check_digit_is_the_slow_one_and_completes_a_number_stdnum_accepts(nines: list[str]) -> None:
    digits = column(nhs_number.check_digit(cells(nines)))
    assert digits == [slow_nhs_digit(nine) for nine in nines]
    for nine, digit in zip(nines, digits, strict=True):
        valid = [last for last in range(10) if stdnum_nhs.is_valid(f"{nine}{last}")]
        assert valid == ([] if digit is None else [digit])


@given(st.lists(TEN_DIGITS, **BATCH))
def test_nhs_verdict_agrees_with_stdnum(numbers: list[str]) -> None:
    verdicts = column(nhs_number.verdict(cells(numbers)))
    for number, verdict in zip(numbers, verdicts, strict=True):
        if verdict != "placeholder":  # stdnum lets placeholders pass
            assert (verdict in {"valid", "test_range"}) == stdnum_nhs.is_valid(number)


@given(st.lists(UPN_LIKE, **BATCH))
def test_upn_letter_is_the_slow_one(numbers: list[str]) -> None:
    well_formed = [number for number in numbers if not set("IOS") & {number[-1]}]
    assert column(upn.check_letter(cells(well_formed))) == [slow_upn_letter(n) for n in well_formed]


@given(st.lists(UPN_LIKE, **BATCH))
def test_upn_with_its_letter_is_valid_to_stdnum_wherever_both_know_the_la(numbers: list[str]) -> None:
    bodies = [number for number in numbers if number[-1] not in "IOS"]
    lettered = [slow_upn_letter(number) + number[1:] for number in bodies]
    for number, verdict in zip(lettered, column(upn.verdict(cells(lettered))), strict=True):
        assert verdict in {"permanent", "temporary", "impossible_la"}
        if stdnum_upn.is_valid(number):
            assert verdict == ("permanent" if number[-1].isdigit() else "temporary")


@given(st.lists(TEN_DIGITS, **BATCH))
def test_uln_verdict_is_the_slow_one(numbers: list[str]) -> None:
    verdicts = column(uln.verdict(cells(numbers)))
    assert [verdict == "valid" for verdict in verdicts] == [slow_uln_valid(number) for number in numbers]


@given(st.lists(NINE_DIGITS, **BATCH), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(nines: list[str], place: int, shift: int) -> None:
    numbers = [f"{n}{d}" for n in nines if (d := slow_nhs_digit(n)) is not None]
    wrong = [n[:place] + str((int(n[place]) + shift) % 10) + n[place + 1 :] for n in numbers]
    assert not {"valid", "test_range"} & set(column(nhs_number.verdict(cells(wrong))))


@settings(max_examples=150)
@given(ANY_CELL)
def test_any_cell_has_exactly_one_verdict_and_only_valid_ones_are_used(cell: str | None) -> None:
    frame = pl.DataFrame({"v": [cell]}, schema={"v": pl.String})
    value = pl.col("v")
    row = frame.select(
        nhs=nhs_number.verdict(value),
        upn=upn.verdict(value),
        uln=uln.verdict(value),
        nhs_used=nhs_number.usable(value),
        upn_used=upn.usable_former(value),
        uln_used=uln.usable(value),
    ).row(0, named=True)
    assert row["nhs"] in nhs_number.VERDICTS
    assert row["upn"] in upn.VERDICTS
    assert row["uln"] in uln.VERDICTS
    assert (row["nhs_used"] is not None) == (row["nhs"] in {"valid", "test_range"})
    assert (row["upn_used"] is not None) == (row["upn"] in {"permanent", "temporary"})
    assert (row["uln_used"] is not None) == (row["uln"] == "valid")


@given(st.lists(ANY_CELL, **BATCH))
def test_a_column_is_judged_as_its_cells_are(values: list[str | None]) -> None:
    together = column(nhs_number.verdict(cells(values)))
    apart = [column(nhs_number.verdict(cells([value])))[0] for value in values[:5]]
    assert together[:5] == apart
