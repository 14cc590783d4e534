"""Laws of the comparison of returns: whatever is done to them no rule crashes, and returns of the same children that
agree have no findings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from childlink.returns.years import parse_year
from childlink.rules import rule_book
from childlink.rules.context import Context, Period
from childlink.synth import make_cin, make_ssda903
from childlink.validation.engine import Outcome, evaluate
from childlink.validation.report import make_report
from childlink.validation.run import Run
from tests.properties.test_ssda903_corruption import WILD, corrupted

BOOK = rule_book("cross")
SCHEMA = BOOK.schema
YEAR = parse_year("2025-26")


@cache
def both() -> Mapping[str, pl.DataFrame]:
    """A made SSDA903 and census whose children have the same ids, and little else in common; and SEN2 and a school
    census of some of their UPNs."""
    made, census = make_ssda903(30, YEAR.name, seed=5), make_cin(60, YEAR.name, seed=6)
    by_columns = {frozenset(t.columns): n for n, t in rule_book("ssda903").schema.tables.items()}
    tables = {f"ssda903 {by_columns[frozenset(f.columns)]}": f for f in made.this.values()}
    ids = tables["ssda903 Header"]["CHILD"].to_list()
    new = dict(zip(census.tables["ChildIdentifiers"]["LAchildID"].to_list(), ids, strict=False))
    for name, frame in census.tables.items():
        if "LAchildID" in frame.columns:
            tables[f"cin {name}"] = frame.with_columns(pl.col("LAchildID").replace(new))
    upns = tables["cin ChildIdentifiers"].drop_nulls("UPN").select("UPN", "PersonBirthDate", "Sex")
    tables["sen2 Persons"] = upns.with_columns(
        PersonID=pl.int_range(pl.len()).cast(pl.String), PersonBirthDate=pl.lit("2001-01-01")
    )
    tables["sen2 NamedPlans"] = tables["sen2 Persons"].select(
        "PersonID", CeaseDate=pl.lit("2025-06-01"), CeaseReason=pl.lit("8")
    )
    school = tables["ssda903 Header"].select(upn="UPN", dob="DOB", sex="SEX")
    tables |= {f"school_census pupil{roll}roll": school for roll in ("on", "nolongeron")}
    known = {name: frame for name, frame in tables.items() if name in SCHEMA.tables}
    return {
        name: f.select(c for c in f.columns if c in SCHEMA.tables[name].columns) for name, f in known.items()
    }


def outcomes_of(tables: Mapping[str, pl.DataFrame]) -> list[Outcome]:
    context = Context(period=Period(YEAR.start, YEAR.end), collection_year=YEAR.ending)
    outcomes = evaluate(list(BOOK.in_force(YEAR.name).values()), Run(BOOK, tables, context))
    make_report(
        outcomes, tables, {}, return_name="cross", year=YEAR.name, run={}, child=SCHEMA.child_columns,
        show_values=True,
    )  # fmt: skip
    return outcomes


@st.composite
def corruptions(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    """What to do to the returns, in order; see ``corrupted``."""
    table, share = st.sampled_from(sorted(SCHEMA.tables)), st.floats(0, 1)
    kind = st.one_of(
        st.tuples(st.just("drop"), table),
        st.tuples(st.just("empty"), table),
        st.tuples(st.just("repeat"), table, share),
        st.tuples(st.just("reverse"), table),
        st.tuples(st.just("column"), table, share, st.sampled_from(WILD)),
        st.tuples(st.just("cell"), table, share, share, st.sampled_from(WILD)),
    )
    return draw(st.lists(kind, max_size=12))


@settings(max_examples=60)
@given(corruptions())
def test_no_corruption_makes_a_rule_crash(steps: list[tuple[Any, ...]]) -> None:
    outcomes = outcomes_of(corrupted(both(), steps))
    assert [(o.rule.code, o.reason) for o in outcomes if o.status == "crashed"] == []
    assert all(o.reason for o in outcomes if o.status == "not_run")


def test_the_made_returns_are_looked_at_by_every_rule() -> None:
    outcomes = outcomes_of(both())
    assert [o.rule.code for o in outcomes if o.status not in ("passed", "findings")] == []
    found = {o.rule.code for o in outcomes if o.status == "findings"}
    assert {"X-BIRTH-DATE", "X-SEX", "X-UPN", "X-UPN-BIRTH-DATE", "X-LOOKED-AFTER-CLOSED"} <= found


@settings(max_examples=30)
@given(st.randoms(use_true_random=False), st.lists(st.integers(1, 30), min_size=1, max_size=30, unique=True))
def test_returns_that_agree_have_no_findings_in_any_order_of_rows(dice: Any, numbers: list[int]) -> None:
    """Of children who are looked after and in need: the same cells, in whatever order the rows stand."""
    born = [f"{n:02d}/05/201{n % 10}" for n in numbers]
    iso = ["-".join(reversed(text.split("/"))) for text in born]
    ids = [f"c{n:03d}" for n in numbers]
    sexes = [dice.choice("MF") for _ in ids]
    tables = {
        "ssda903 Header": {"CHILD": [i.upper() for i in ids], "DOB": born, "SEX": sexes, "ETHNIC": ["WBRI"] * len(ids)},
        "ssda903 Episodes": {"CHILD": [i.upper() for i in ids], "DECOM": ["01/05/2025"] * len(ids), "LS": ["C2"] * len(ids)},
        "ssda903 UASC": {"CHILD": ids[:0]},
        "cin ChildIdentifiers": {"LAchildID": ids, "PersonBirthDate": iso, "Sex": sexes},
        "cin ChildCharacteristics": {"LAchildID": ids, "Ethnicity": ["WBRI"] * len(ids)},
        "cin CINdetails": {"LAchildID": ids, "CINreferralDate": ["2025-05-01"] * len(ids)},
        "cin ChildProtectionPlans": {"LAchildID": ids, "CPPstartDate": ["2025-06-01"] * len(ids)},
    }  # fmt: skip
    frames = {
        name: pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)).sample(
            fraction=1, shuffle=True, seed=dice.randint(0, 10**6)
        )
        for name, columns in tables.items()
    }
    assert [o.rule.code for o in outcomes_of(frames) if o.status in ("findings", "crashed")] == []
