"""Laws that hold for any seed: the same seed the same frames, a partition of records, no rule broken."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from childlink.synth import LinkageRates, make_cin, make_linkage, make_ssda903
from childlink.synth.years import day_of

SEEDS = st.integers(-(2**63), 2**63)
RATES = st.builds(
    LinkageRates,
    twin_births=st.floats(0, 1),
    adopted=st.floats(0, 1),
    coverage_social_care=st.floats(0, 1),
    forename_typo=st.floats(0, 1),
    date_one_part_wrong=st.floats(0, 1),
    date_day_month_swapped=st.floats(0, 1),
    names_swapped=st.floats(0, 1),
    identifier_typo=st.floats(0, 1),
)


@settings(max_examples=25)
@given(st.integers(1, 60), SEEDS, RATES)
def test_records_are_partitioned_into_persons(children: int, seed: int, rates: LinkageRates) -> None:
    made = make_linkage(children, seed, rates)
    records = made.education.height + made.health.height + made.social_care.height
    assert made.truth.height == records
    assert not made.truth.select("source", "record_id").is_duplicated().any()
    assert all(
        frame.equals(made.files()[name])
        for name, frame in make_linkage(children, seed, rates).files().items()
    )


@settings(max_examples=15)
@given(
    st.integers(1, 40),
    SEEDS,
    st.sampled_from(["2022-23", "2023-24", "2024-25", "2025-26", "2026-27"]),
    st.floats(0, 1),
)
def test_a_return_has_its_children_and_its_faults(children: int, seed: int, year: str, faults: float) -> None:
    sound = make_ssda903(children, year, seed)
    assert sound.this["header"].height == children
    assert sound.faults.is_empty()
    spoilt = make_ssda903(children, year, seed, faults)
    assert all(frame.equals(spoilt.previous[name]) for name, frame in sound.previous.items())
    for name, frame in sound.this.items():
        changed = spoilt.this[name]
        assert changed.height >= frame.height
        if f"{name}.csv" not in set(spoilt.faults["file"]):
            assert changed.equals(frame)


@settings(max_examples=15)
@given(SEEDS)
def test_episodes_of_a_period_touch_and_do_not_overlap(seed: int) -> None:
    episodes = make_ssda903(40, "2022-23", seed).this["episodes"]
    last: dict[str, tuple[str | None, str | None]] = {}
    for child, begun, rne, ended, rec in episodes.select("CHILD", "DECOM", "RNE", "DEC", "REC").rows():
        if child in last:
            end, why = last[child]
            assert end is not None
            assert (end == begun) if rne != "S" else day_of(end) < day_of(begun)
            assert (why == "X1") == (rne != "S")
        assert ended is None or day_of(begun) < day_of(ended)
        last[child] = (ended, rec)


@settings(max_examples=20)
@given(st.integers(1, 60), SEEDS, st.sampled_from(["2022-23", "2024-25", "2026-27"]), st.floats(0, 1))
def test_faults_leave_a_census_its_children_and_episodes(
    children: int, seed: int, year: str, faults: float
) -> None:
    sound, spoilt = make_cin(children, year, seed), make_cin(children, year, seed, faults)
    assert sound.faults.is_empty()
    assert sound.tables["ChildIdentifiers"].height == children
    for name, frame in sound.tables.items():
        ids = [c for c in ("LAchildID", "CINdetailsID", "AssessmentID", "CPPID") if c in frame.columns]
        before, after = frame.select(ids), spoilt.tables[name].select(ids)
        assert before.unique(maintain_order=True).equals(after.unique(maintain_order=True))
        if name not in set(spoilt.faults["table"]) and name != "Assessments":
            assert spoilt.tables[name].equals(frame)


@settings(max_examples=15)
@given(SEEDS)
def test_nothing_of_a_sound_census_happens_after_its_year_or_before_its_referral(seed: int) -> None:
    tables = make_cin(60, "2025-26", seed).tables
    episode = ["LAchildID", "CINdetailsID"]
    known = tables["CINdetails"].select(*episode, "CINreferralDate", "CINclosureDate")
    for name in ("Assessments", "CINplanDates", "Section47", "ChildProtectionPlans", "Reviews"):
        both = tables[name].join(known, on=episode, how="left", suffix="_known")
        for column in both.columns:
            if "Date" in column and not column.startswith("CINreferral") and column != "CINclosureDate":
                days = both.filter(pl.col(column).is_not_null())
                assert (days[column] >= days["CINreferralDate"]).all()
                assert (days[column] <= days["CINclosureDate"].fill_null("2026-03-31")).all()


@settings(max_examples=15)
@given(SEEDS)
def test_nobody_is_older_than_care_allows(seed: int) -> None:
    made = make_ssda903(40, "2025-26", seed)
    born = dict(made.this["header"].select("CHILD", "DOB").rows())
    for child, begun, ended in made.this["episodes"].select("CHILD", "DECOM", "DEC").rows():
        assert day_of(born[child]) <= day_of(begun)
        if ended is not None:
            assert day_of(ended) - day_of(born[child]) <= 18 * 365.25 + 1
    assert (
        made.this["episodes"]
        .filter(pl.col("PLACE") == "P1")["PLACE_PROVIDER"]
        .drop_nulls()
        .is_in(["PR0"])
        .all()
    )
