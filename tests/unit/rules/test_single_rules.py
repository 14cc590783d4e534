"""Laws of single rules that no drawn case can hold: rules in force in no year, and rules that lack an input."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from childlink.returns.years import parse_year
from childlink.rules import rule_book
from childlink.rules.ssda903.tables import SWEpisodes
from childlink.rules.ssda903.vocabulary import however_written
from childlink.validation import check_rule
from childlink.validation.check import context_of
from childlink.validation.engine import Outcome, evaluate
from childlink.validation.run import Run

BOOK = rule_book("ssda903")
WORKERS = ("CHILD", "SW_ID", "SW_DECOM", "SW_DEC", "SW_REASON")
LAST_YEAR = [
    ("1", "SW1111", "01/05/2022", None, "MANAGE"),
    ("1", "SW2222", "01/06/2023", None, "OTHERS"),
    ("2", "SW1111", "01/06/2023", "01/07/2023", "MANAGE"),
    ("3", None, None, None, None),
    (None, "SW1111", "01/06/2023", None, "MANAGE"),
]
THIS_YEAR = [
    ("1", "SW1111", "01/05/2024", None, "MANAGE"),
    ("1", "SW2222", "1/6/2023", None, "OTHERS"),
    ("2", "SW3333", "01/06/2024", None, "OTHERS"),
    ("3", None, None, None, None),
    (None, "SW3333", "01/06/2024", None, "OTHERS"),
]


def frame(columns: tuple[str, ...], rows: list[Any]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def outcome_of(code: str, tables: dict[str, pl.DataFrame], **context: Any) -> Outcome:
    """The outcome of the latest version of a rule, whether or not it is in force."""
    rule = BOOK.versions(code)[-1]
    (outcome,) = evaluate([rule], Run(BOOK, tables, context_of(parse_year("2024-25"), context)))
    return outcome


def rows_of(outcome: Outcome) -> list[int]:
    assert outcome.status in ("passed", "findings")
    return [row for hit in outcome.hits if hit.rows is not None for row in hit.rows]


def test_sw15_asks_for_a_reason_from_a_year_before_the_collection_start() -> None:
    starts = ["31/03/1998", "02/01/1998", "02/01/1999", None, "xx"]
    workers = frame(("SW_DECOM", "SW_REASON"), [(start, None) for start in starts])
    outcome = outcome_of("SW15STG2", {"SWEpisodes": workers}, collection_start="01/01/2000")
    assert rows_of(outcome) == [2, 3, 4]


@pytest.mark.parametrize(
    ("code", "first", "expected"),
    [
        # the same worker, start (as a date) and reason as last year's open row: only the missing ones differ
        ("SW16aSTG2", None, [3]),
        ("SW16bSTG2", None, [3]),
        ("SW16cSTG2", None, [3]),
        ("SW16aSTG2", ("1", "SW9999", "01/06/2023", None, "OTHERS"), [1, 3]),
        ("SW16bSTG2", ("1", "SW2222", "02/06/2023", None, "OTHERS"), [1, 3]),
        ("SW16cSTG2", ("1", "SW2222", "01/06/2023", None, "ABSENC"), [1, 3]),
    ],
)
def test_sw16_compares_the_first_row_with_last_years_open_one(
    code: str, first: tuple[str | None, ...] | None, expected: list[int]
) -> None:
    this_year = [THIS_YEAR[0], first or THIS_YEAR[1], *THIS_YEAR[2:]]
    tables = {"SWEpisodes": frame(WORKERS, this_year), "previous.SWEpisodes": frame(WORKERS, LAST_YEAR)}
    assert rows_of(outcome_of(code, tables)) == expected


@pytest.mark.parametrize("code", ["SW15STG2", "SW16aSTG2", "SW16bSTG2", "SW16cSTG2"])
def test_rules_withdrawn_as_they_appeared_are_in_force_in_no_year(code: str) -> None:
    assert not [year for year in BOOK.schema.years if code in BOOK.in_force(year)]


def test_241_is_not_run_without_provider_list_and_authority() -> None:
    placed = frame(("PLACE", "URN", "PL_LA"), [("K3", "1234567", "E08000026")])
    assert outcome_of("241", {"Episodes": placed}).status == "not_run"
    assert rows_of(outcome_of("241", {"Episodes": placed}, local_authority="E08000025")) == [0]


@pytest.mark.parametrize("code", ["219", "221", "224", "227", "228", "229", "1008"])
def test_rules_on_providers_are_not_run_without_a_provider_list(code: str) -> None:
    placed = frame(("PLACE", "URN"), [("K2", "1234567")])
    outcome = outcome_of(code, {"Episodes": placed}, local_authority="E08000025")
    assert (outcome.status, outcome.reason) == ("not_run", "no provider list was given")


@pytest.mark.parametrize("code", ["218", "230", "241", "243", "1015", "169", "179", "411", "420", "454"])
def test_rules_on_derived_columns_are_not_run_without_them(code: str) -> None:
    placed = frame(("CHILD", "PLACE", "PLACE_PROVIDER", "LS", "URN"), [("1", "K3", "PR1", "C2", None)])
    outcome = outcome_of(code, {"Episodes": placed}, local_authority="E08000025")
    assert outcome.status == "not_run"


def test_229_is_not_run_where_no_authorities_could_be_inferred() -> None:
    placed = frame(("URN", "PLACE", "PLACE_PROVIDER"), [("1234567", "K2", "PR1")])
    listed = frame(("URN",), [("1234567",)])
    own = {"local_authority": "E08000025"}
    outcome = outcome_of("229", {"Episodes": placed}, providers=listed, **own)
    assert outcome.status == "not_run"
    assert "LA_CODE_INFERRED" in str(outcome.reason)
    inferred = listed.with_columns(LA_CODE_INFERRED=pl.lit("E08000026"))
    assert rows_of(outcome_of("229", {"Episodes": placed}, providers=inferred, **own)) == [0]


def test_urns_that_a_provider_list_holds_as_numbers_are_found() -> None:
    placed = frame(("URN",), [("1234567",), ("7654321",)])
    providers = pl.DataFrame({"URN": [1234567]})
    found = check_rule(
        "ssda903", "1008", year="2025-26", tables={"Episodes": placed}, context={"providers": providers}
    )
    assert found == {"Episodes": [1]}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("01/04/2025", "2025-04-01"),
        ("1-4-2025", "2025-04-01"),
        ("01.04.2025", "2025-04-01"),
        ("2025-04-01", "2025-04-01"),
        ("04/13/2025", "2025-04-13"),
        ("31/02/2025", None),
        ("01/04/25", None),
        ("xx", None),
        (None, None),
    ],
)
def test_dates_however_written_are_day_first_where_the_order_is_unclear(
    written: str | None, read: str | None
) -> None:
    run = Run(BOOK, {"SWEpisodes": frame(("SW_DECOM",), [(written,)])}, context_of(parse_year("2025-26"), {}))
    dates = run.table("SWEpisodes").select(however_written(SWEpisodes.SW_DECOM).cast(pl.String))
    assert dates.item() == read
