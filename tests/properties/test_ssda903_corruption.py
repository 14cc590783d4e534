"""Law: whatever is done to a return, every rule ends passed, with findings, or not run; none crashes.

The reference validator loses 9 to 27 of its rules on a return with one bad date or one repeated child.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from childlink.returns.model import PREVIOUS, Return
from childlink.returns.years import parse_year
from childlink.rules import rule_book
from childlink.synth.ssda903 import make_ssda903
from childlink.validation.report import Report
from childlink.validation.validate import validate_return

BOOK = rule_book("ssda903")
TABLES = [*BOOK.schema.tables, *(f"{PREVIOUS}{t}" for t in BOOK.schema.tables)]
WILD = [
    None, "", " ", "0", "1", "2", "1.0", "-1", "9" * 400, "x", "X1", "S", "V3", "K3", "UN1", "NA", "NULL", "nan",
    "31/02/2025", "29/02/2024", "01/04/2025", "31/03/2026", "1/1/1", "01/01/0001", "31/12/9999", "99/99/9999",
    "2025-04-01", "01/04/25", "ZZ/ZZ/ZZZZ", "zz/04/2025", "é", "\u202e", "\x00", "a\nb", "'\";--", "B1 1AA",
]  # fmt: skip


@cache
def sound(year: str) -> Mapping[str, pl.DataFrame]:
    """A sound return of 25 children by table name, last year's among it."""
    made = make_ssda903(25, year, seed=5)
    by_columns = {frozenset(t.columns): name for name, t in BOOK.schema.tables.items()}
    this = {by_columns[frozenset(f.columns)]: f for f in made.this.values()}
    last = {f"{PREVIOUS}{by_columns[frozenset(f.columns)]}": f for f in made.previous.values()}
    return {**this, **last}


def validate(tables: Mapping[str, pl.DataFrame], year: str) -> Report:
    read = Return("ssda903", parse_year(year), dict(tables), {}, (), "csv")
    return validate_return(read, BOOK, list(BOOK.in_force(year).values()), local_authority="E08000025")


@pytest.mark.parametrize("year", BOOK.schema.years)
def test_a_sound_return_has_no_findings(year: str) -> None:
    report = validate(sound(year), year)
    assert [(r.code, r.status, r.reason) for r in report.rules if r.status in ("findings", "crashed")] == []


@st.composite
def corruptions(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    """What to do to a return, in order: each a kind, a table, and what the kind needs."""
    table = st.sampled_from(TABLES)
    share = st.floats(0, 1)
    kind = st.one_of(
        st.tuples(st.just("drop"), table),
        st.tuples(st.just("empty"), table),
        st.tuples(st.just("repeat"), table, share),
        st.tuples(st.just("reverse"), table),
        st.tuples(st.just("column"), table, share, st.sampled_from(WILD)),
        st.tuples(st.just("cell"), table, share, share, st.sampled_from(WILD)),
    )
    return draw(st.lists(kind, min_size=1, max_size=12))


def corrupted(tables: Mapping[str, pl.DataFrame], steps: list[tuple[Any, ...]]) -> dict[str, pl.DataFrame]:
    """``tables`` after the steps; one that names a table no longer there does nothing."""
    done = dict(tables)
    for kind, name, *rest in steps:
        frame = done.get(name)
        if frame is None:
            continue
        if kind == "drop":
            del done[name]
        elif kind == "empty":
            done[name] = frame.clear()
        elif kind == "repeat":
            done[name] = pl.concat([frame, frame.head(int(rest[0] * frame.height))])
        elif kind == "reverse":
            done[name] = frame.reverse()
        else:
            column = frame.columns[int(rest[0] * (frame.width - 1))]
            everywhere = (
                pl.lit(value=True)
                if kind == "column"
                else pl.int_range(pl.len()) == int(rest[1] * frame.height)
            )
            wild = pl.lit(rest[-1], dtype=pl.String)
            done[name] = frame.with_columns(
                pl.when(everywhere).then(wild).otherwise(pl.col(column)).alias(column)
            )
    return done


@settings(max_examples=60)
@given(corruptions(), st.sampled_from(BOOK.schema.years))
def test_no_corruption_makes_a_rule_crash(steps: list[tuple[Any, ...]], year: str) -> None:
    report = validate(corrupted(sound(year), steps), year)
    assert [
        (r.code, r.reason) for r in report.rules if r.status not in ("passed", "findings", "not_run")
    ] == []
    assert all(r.reason for r in report.rules if r.status == "not_run")
    assert [r.code for r in report.rules] == list(BOOK.in_force(year))


def test_a_return_of_nothing_but_nonsense_does_not_crash() -> None:
    tables = {
        name: f.select(pl.lit("\ufffd").alias(c) for c in f.columns) for name, f in sound("2025-26").items()
    }
    report = validate(tables, "2025-26")
    assert report.with_status("crashed") == []
    assert report.with_status("findings")
