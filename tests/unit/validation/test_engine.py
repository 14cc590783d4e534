"""Laws: a rule ends passed, with findings, not run, or crashed; one broken rule breaks no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from childlink.rules.columns import Table
from childlink.rules.context import Context, Period
from childlink.rules.registry import Rule, RuleBook
from childlink.schema.model import FieldSchema, ReturnSchema, TableSchema
from childlink.validation.engine import Outcome, evaluate
from childlink.validation.run import Run, parameter_name

PARENT = TableSchema("Parent", "rows", (FieldSchema("CHILD"), FieldSchema("DAY", type="date")))
OTHER = TableSchema("OtherOne", "rows", (FieldSchema("CHILD"),))
SCHEMA = ReturnSchema("r", "return", ("2024-25", "2025-26"), {"Parent": PARENT, "OtherOne": OTHER}, {})
P, O = Table(PARENT), Table(OTHER)  # noqa: E741
YEAR = Period(date(2025, 4, 1), date(2026, 3, 31))
TABLES = {
    "Parent": pl.DataFrame({"CHILD": ["1", "2", None], "DAY": ["01/04/2025", "x", None]}),
    "OtherOne": pl.DataFrame({"CHILD": ["2", "2"]}),
}


@pytest.fixture
def book() -> RuleBook:
    return RuleBook(SCHEMA)


def run(book: RuleBook, *, tables: dict[str, pl.DataFrame] | None = None) -> dict[str, Outcome]:
    run = Run(book, TABLES if tables is None else tables, Context(YEAR, 2026))
    return {o.rule.code: o for o in evaluate(list(book.in_force("2025-26").values()), run)}


def rows(outcome: Outcome) -> dict[str, list[int]]:
    return {h.table: h.rows.to_list() for h in outcome.hits if h.rows is not None}


def test_a_condition_flags_where_it_is_true_and_not_where_it_is_null(book: RuleBook) -> None:
    @book.rule("1", P.DAY, message="m")
    def on_the_first(period: Period) -> pl.Expr:
        return P.DAY.date == period.start

    outcome = run(book)["1"]
    assert (outcome.status, rows(outcome)) == ("findings", {"Parent": [0]})


def test_a_frame_flags_rows_of_every_table_once(book: RuleBook) -> None:
    @book.rule("1", P.CHILD, O.CHILD, message="m")
    def in_both(parent: pl.LazyFrame, other_one: pl.LazyFrame) -> pl.LazyFrame:
        return parent.join(other_one, left_on=P.CHILD.key, right_on=O.CHILD.key, coalesce=False)

    assert rows(run(book)["1"]) == {"Parent": [1], "OtherOne": [0, 1]}


def test_a_broken_rule_is_crashed_and_the_others_stand(book: RuleBook) -> None:
    @book.rule("1", P.CHILD, message="m")
    def sound() -> pl.Expr:
        return P.CHILD.missing

    @book.rule("2", P.CHILD, message="m")
    def no_such_column() -> pl.Expr:
        return pl.col("nowhere").is_null()

    @book.rule("3", P.CHILD, message="m")
    def not_boolean() -> pl.Expr:
        return P.CHILD.text

    @book.rule("4", P.CHILD, message="m")
    def raises() -> pl.Expr:
        raise ZeroDivisionError("the value 17 of a record")

    @book.rule("5", P.CHILD, message="m")
    def fails_when_collected(parent: pl.LazyFrame) -> pl.LazyFrame:
        return parent.filter(P.CHILD.text.str.to_integer(strict=True) > 1)

    @book.rule("6", P.CHILD, message="m")
    def sound_frame(parent: pl.LazyFrame) -> pl.LazyFrame:
        return parent.filter(P.CHILD.missing)

    tables = {**TABLES, "Parent": TABLES["Parent"].with_columns(CHILD=pl.Series(["1", "x", None]))}
    found = run(book, tables=tables)
    assert {c: o.status for c, o in found.items()} == {
        "1": "findings", "2": "crashed", "3": "crashed", "4": "crashed", "5": "crashed", "6": "findings"
    }  # fmt: skip
    assert "17" not in str(found["4"].reason)
    assert "ZeroDivisionError" in str(found["4"].reason)


def test_a_rule_without_its_table_is_not_run_and_says_so(book: RuleBook) -> None:
    @book.rule("1", O.CHILD, message="m")
    def needs_other(other_one: pl.LazyFrame) -> pl.LazyFrame:
        return other_one

    @book.rule("2", O.CHILD, message="m")
    def condition_on_other() -> pl.Expr:
        return O.CHILD.present

    @book.rule("3", P.CHILD, message="m")
    def needs_last_year(parent: pl.LazyFrame, previous_parent: pl.LazyFrame) -> pl.LazyFrame:
        return pl.concat([parent, previous_parent])

    @book.rule("4", P.CHILD, message="m")
    def needs_authority(local_authority: str) -> pl.Expr:
        return P.CHILD.text == local_authority

    found = run(book, tables={"Parent": TABLES["Parent"]})
    assert {o.status for o in found.values()} == {"not_run"}
    assert "OtherOne" in str(found["1"].reason)
    assert "OtherOne" in str(found["2"].reason)
    assert "--previous" in str(found["3"].reason)
    assert "--la" in str(found["4"].reason)


def test_an_optional_table_comes_as_none(book: RuleBook) -> None:
    @book.rule("1", P.CHILD, message="m")
    def perhaps(parent: pl.LazyFrame, other_one: pl.LazyFrame | None = None) -> pl.LazyFrame:
        return parent if other_one is None else parent.clear()

    assert rows(run(book, tables={"Parent": TABLES["Parent"]})["1"]) == {"Parent": [0, 1, 2]}
    assert run(book)["1"].status == "passed"


def test_shared_values_are_worked_out_once(book: RuleBook) -> None:
    calls = []

    @book.share
    def dated(parent: pl.LazyFrame) -> pl.LazyFrame:
        calls.append(1)
        return parent.filter(P.DAY.date.is_not_null())

    for code in ("1", "2"):

        @book.rule(code, P.DAY, message="m")
        def reads(dated: pl.LazyFrame) -> pl.LazyFrame:
            return dated

    found = run(book)
    assert [rows(o) for o in found.values()] == [{"Parent": [0]}, {"Parent": [0]}]
    assert calls == [1]


def test_years_overlay(book: RuleBook) -> None:
    @book.rule("1", P.CHILD, message="old")
    def old() -> pl.Expr:
        return P.CHILD.present

    @book.rule("1", P.CHILD, message="new", since="2025-26")
    def new() -> pl.Expr:
        return P.CHILD.missing

    @book.rule("2", P.CHILD, message="gone", withdrawn="2025-26")
    def gone() -> pl.Expr:
        return P.CHILD.present

    assert {c: r.message for c, r in book.in_force("2024-25").items()} == {"1": "old", "2": "gone"}
    assert {c: r.message for c, r in book.in_force("2025-26").items()} == {"1": "new"}
    with pytest.raises(ValueError, match="twice"):
        book.add(book.versions("2")[0])


def test_columns_that_are_not_there_are_empty_and_a_misspelt_one_fails_at_once(book: RuleBook) -> None:
    @book.rule("1", P.DAY, message="m")
    def no_day() -> pl.Expr:
        return P.DAY.missing & P.DAY.date.is_null()

    assert rows(run(book, tables={"Parent": pl.DataFrame({"CHILD": ["1"]})})["1"]) == {"Parent": [0]}
    with pytest.raises(AttributeError, match="no column DAYS"):
        _ = P.DAYS


@pytest.mark.parametrize(
    ("table", "parameter"),
    [
        ("Header", "header"),
        ("OC2", "oc2"),
        ("PlacedAdoption", "placed_adoption"),
        ("SWEpisodes", "sw_episodes"),
        ("DoLo", "do_lo"),
        ("UASC", "uasc"),
        ("CINdetails", "cin_details"),
        ("CINplanDates", "cin_plan_dates"),
        ("Section47", "section47"),
        ("ChildIdentifiers", "child_identifiers"),
        ("PreProceedings", "pre_proceedings"),
    ],
)
def test_parameter_names(table: str, parameter: str) -> None:
    assert parameter_name(table) == parameter


def test_sort_key_is_the_order_people_read() -> None:
    from childlink.rules.registry import sort_key

    codes = ["S-DATE", "SW01", "NoE", "1000", "197a", "103", "197B", "INT01"]
    assert sorted(codes, key=sort_key) == ["103", "197B", "197a", "1000", "INT01", "NoE", "SW01", "S-DATE"]


def test_rule_is_data() -> None:
    book = RuleBook(SCHEMA)

    @book.rule("1", P.DAY, O.CHILD, message="m", severity="query", flags=(P,), differs="so.")
    def documented(parent: pl.LazyFrame) -> pl.LazyFrame:
        """A row of Parent
        that is there."""
        return parent

    (rule,) = book.versions("1")
    assert isinstance(rule, Rule)
    assert rule.condition == "A row of Parent\nthat is there."
    assert (rule.flags, rule.fields_of("Parent"), rule.fields_of("OtherOne")) == (
        ("Parent",),
        ["DAY"],
        ["CHILD"],
    )


def findings(outcome: Outcome) -> list[tuple[int, str, int]]:
    assert outcome.members is not None
    return outcome.members.select("finding", "table", "row").rows()


def test_a_key_makes_one_finding_of_rows_that_share_it(book: RuleBook) -> None:
    @book.rule("1", P.DAY, message="m", key=(P.DAY,))
    def not_the_first() -> pl.Expr:
        return P.DAY.date.is_null()

    @book.rule("2", P.CHILD, O.CHILD, message="m", key=((P.CHILD, O.CHILD),))
    def either(parent: pl.LazyFrame, other_one: pl.LazyFrame) -> pl.LazyFrame:
        return pl.concat([parent.filter(P.CHILD.present), other_one], how="diagonal")

    found = run(book)
    # an unreadable date and no date are both missing, so they are one finding
    assert findings(found["1"]) == [(0, "Parent", 1), (0, "Parent", 2)]
    assert findings(found["2"]) == [
        (0, "Parent", 0), (1, "Parent", 1), (1, "OtherOne", 0), (1, "OtherOne", 1)
    ]  # fmt: skip
    assert rows(found["2"]) == {"Parent": [0, 1], "OtherOne": [0, 1]}


def test_a_row_may_belong_to_several_findings(book: RuleBook) -> None:
    copy = O.named("copy")

    @book.rule("1", O.CHILD, message="m", key=(O.CHILD, copy.CHILD, P.CHILD))
    def beside_every_parent(parent: pl.LazyFrame, other_one: pl.LazyFrame) -> pl.LazyFrame:
        return (
            other_one.head(1).join(O.renamed(other_one, copy).head(1), how="cross").join(parent, how="cross")
        )

    found = run(book)["1"]
    assert rows(found) == {"OtherOne": [0]}
    assert findings(found) == [(0, "OtherOne", 0), (1, "OtherOne", 0), (2, "OtherOne", 0)]


def test_a_rule_about_the_whole_return_finds_it_or_does_not(book: RuleBook) -> None:
    @book.rule("1", P.CHILD, message="m", whole_return=True)
    def too_many(parent: pl.LazyFrame) -> pl.LazyFrame:
        return parent.select(rows=pl.len()).filter(pl.col("rows") > 2)

    @book.rule("2", P.CHILD, message="m", whole_return=True)
    def never(parent: pl.LazyFrame) -> pl.LazyFrame:
        return parent.select(rows=pl.len()).filter(pl.col("rows") > 3)

    found = run(book)
    assert (found["1"].status, rows(found["1"])) == ("findings", {"": []})
    assert (found["2"].status, found["2"].hits) == ("passed", [])


def test_a_frame_that_says_no_rows_is_a_crash_not_a_pass(book: RuleBook) -> None:
    @book.rule("1", P.CHILD, message="m")
    def nameless(parent: pl.LazyFrame) -> pl.LazyFrame:
        return parent.select(P.CHILD.text)

    assert run(book)["1"].status == "crashed"


def test_the_period_of_a_return_that_says_its_own() -> None:
    schema = replace(SCHEMA, period_end=("Parent", "DAY"))
    book = RuleBook(schema)

    @book.rule("1", P.DAY, message="m")
    def in_it(period: Period) -> pl.Expr:
        return P.DAY.date.is_between(period.start, period.end)

    @book.rule("2", P.DAY, message="m")
    def without_it(period: Period | None = None) -> pl.Expr:
        return pl.lit(value=period is None) & P.CHILD.present

    for first, status, several in (
        ("31/03/2024", "findings", []),
        ("29/02/2024", "findings", []),
        ("x", "not_run", [0, 1]),
    ):
        tables = {"Parent": pl.DataFrame({"CHILD": ["1", "2"], "DAY": [first, None]})}
        outcomes = evaluate(list(book.in_force("2025-26").values()), Run(book, tables, Context(None, 2026)))
        assert outcomes[0].status == status
        assert [r for h in outcomes[1].hits for r in h.rows] == several
    assert "DAY of Parent" in str(outcomes[0].reason)
    assert Period.of_year_to(date(2024, 3, 31)) == Period(date(2023, 4, 1), date(2024, 3, 31))
    assert Period.of_year_to(date(2024, 2, 29)).start == date(2023, 3, 1)
