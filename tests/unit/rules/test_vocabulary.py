"""Law: the shared vocabulary says what a slow, obvious reading of the same words says."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from childlink.rules.context import Period
from childlink.rules.ssda903 import vocabulary as v
from childlink.rules.ssda903.tables import Episodes, schema
from childlink.validation.run import prepare

YEAR = Period(date(2025, 4, 1), date(2026, 3, 31))
DAYS = [YEAR.start + timedelta(days=d) for d in (-400, -1, 0, 1, 2, 100, 363, 364, 365)]

cells = st.sampled_from([None, "unreadable", *(f"{d:%d/%m/%Y}" for d in DAYS)])
rows = st.fixed_dictionaries(
    {
        "CHILD": st.sampled_from(["1", "1", "2", None]),
        "DECOM": cells,
        "DEC": cells,
        "RNE": st.sampled_from(["S", "P", None]),
        "REC": st.sampled_from(["X1", "E4A", None]),
        "LS": st.sampled_from(["C2", "V3", "V4", None]),
    }
)
episodes = st.lists(rows, max_size=8)
Row = dict[str, Any]


def prepared(drawn: list[Row]) -> pl.LazyFrame:
    frame = pl.DataFrame(drawn, schema=dict.fromkeys(rows_columns(), pl.String))
    return prepare(frame, schema.tables["Episodes"], "Episodes").lazy()


def rows_columns() -> list[str]:
    return ["CHILD", "DECOM", "DEC", "RNE", "REC", "LS"]


def day(text: str | None) -> date | None:
    return next((d for d in DAYS if f"{d:%d/%m/%Y}" == text), None)


def of(drawn: list[Row], child: str) -> list[tuple[int, Row]]:
    return [(i, r) for i, r in enumerate(drawn) if r["CHILD"] == child]


def ordered(drawn: list[Row], child: str) -> list[tuple[int, Row]]:
    return sorted(
        of(drawn, child), key=lambda p: (day(p[1]["DECOM"]) is None, day(p[1]["DECOM"]) or YEAR.start, p[0])
    )


def positions(frame: pl.LazyFrame) -> list[int]:
    return sorted(frame.select(Episodes.row).collect().to_series().to_list())


@given(episodes)
def test_earliest_and_latest_take_the_first_in_the_file_of_equal_dates(drawn: list[Row]) -> None:
    dated = {c: [(i, day(r["DECOM"])) for i, r in of(drawn, c) if day(r["DECOM"])] for c in ("1", "2")}
    first = [min(d, key=lambda p: (p[1], p[0]))[0] for d in dated.values() if d]
    last = [min(d, key=lambda p: (-p[1].toordinal(), p[0]))[0] for d in dated.values() if d]  # type: ignore[union-attr]
    assert positions(v.earliest(prepared(drawn), Episodes, Episodes.DECOM)) == sorted(first)
    assert positions(v.latest(prepared(drawn), Episodes, Episodes.DECOM)) == sorted(last)


@given(episodes)
def test_neighbours_are_the_childs_own_in_order_of_decom(drawn: list[Row]) -> None:
    expected = {i: (None, None, None) for i, r in enumerate(drawn) if r["CHILD"] is None}
    for child in ("1", "2"):
        line = [i for i, _ in ordered(drawn, child)]
        for place, i in enumerate(line):
            before = line[place - 1] if place else None
            before_that = line[place - 2] if place > 1 else None
            after = line[place + 1] if place + 1 < len(line) else None
            expected[i] = (before, before_that, after)
    found = v.episodes_in_order(prepared(drawn)).select(
        Episodes.row, v.Earlier.row, v.BeforeEarlier.row, v.Later.row
    )
    assert {row[0]: row[1:] for row in found.collect().rows()} == expected


@given(episodes)
def test_continuously_looked_after(drawn: list[Row]) -> None:
    def touches(r: Row) -> bool:
        began, ended = day(r["DECOM"]), day(r["DEC"])
        return began is not None and began <= YEAR.end and (ended is None or ended >= YEAR.start)

    def breaks(r: Row) -> bool:
        began, ended = day(r["DECOM"]), day(r["DEC"])
        anew = r["RNE"] == "S" and began is not None and YEAR.start < began <= YEAR.end
        left = r["REC"] != "X1" and ended is not None and YEAR.start <= ended < YEAR.end
        return anew or left or (r["LS"] in ("V3", "V4") and touches(r))

    expected = []
    for child in ("1", "2"):
        own = [r for _, r in of(drawn, child)]
        if any(touches(r) for r in own) and not any(breaks(r) for r in own):
            expected.append(child)
    found = v.continuously_looked_after(prepared(drawn), YEAR).collect()
    assert sorted(found[Episodes.CHILD.key].to_list()) == expected


@given(episodes)
def test_periods_of_care(drawn: list[Row]) -> None:
    expected: list[tuple[str | None, date | None, date | None]] = []
    for child in ("1", "2"):
        dated = [r for _, r in ordered(drawn, child) if day(r["DECOM"])]
        last_end: date | None = None
        for place, r in enumerate(dated):
            began = day(r["DECOM"])
            if place == 0 or (last_end is not None and began > last_end):  # type: ignore[operator]
                expected.append((child, began, day(r["DEC"])))
            else:
                expected[-1] = (child, expected[-1][1], day(r["DEC"]))
            last_end = day(r["DEC"])
    expected += [
        (None, day(r["DECOM"]), day(r["DEC"])) for r in drawn if r["CHILD"] is None and day(r["DECOM"])
    ]
    found = v.periods_of_care(prepared(drawn)).select(Episodes.CHILD.text, v.PERIOD_START, v.PERIOD_END)
    assert sorted(found.collect().rows(), key=repr) == sorted(expected, key=repr)


def test_birthdays_of_29_february_fall_on_28_february_in_common_years() -> None:
    born = pl.DataFrame({"DECOM": ["29/02/2004"]})
    frame = prepare(born, schema.tables["Episodes"], "Episodes")
    years = frame.select(Episodes.DECOM.birthday(n).alias(str(n)) for n in (1, 4, 18)).row(0)
    assert years == (date(2005, 2, 28), date(2008, 2, 29), date(2022, 2, 28))
