"""Deterministic passes: which records a pass links, drawn as two small extracts."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from childlink.linkage.engine import link
from childlink.linkage.passes import SCORED, passes
from childlink.linkage.settings import LinkSettings
from tests.unit.linkage.frames import ZARA, pair, records

PASSES_ONLY = LinkSettings(fuzzy=False)
LAST = LinkSettings(em_rounds=1, free_place=False)


def decided_by(frame: pl.DataFrame, settings: LinkSettings = PASSES_ONLY) -> list[str]:
    """decided_by of each record, in order of source and record id."""
    return link(frame, settings=settings).links["decided_by"].to_list()


SAME_NHS = {"nhs_number": "9434765919"}
SAME_UPN = {"upn": "A123456789012"}
OTHER_NAMES = {"forename": "KEELIN", "surname": "OKAFOR", "postcodes": ["B1 1AA"]}


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        ({**ZARA, **SAME_NHS}, {**ZARA, **SAME_NHS, "surname": "OKAFOR"}, "pass-1-nhs-number"),
        ({**ZARA, **SAME_NHS}, {**ZARA, **SAME_NHS, "dob": date(2012, 4, 11)}, "pass-1-nhs-number"),
        ({**ZARA, **SAME_UPN}, {**ZARA, **SAME_UPN, "dob": date(2001, 9, 9)}, "pass-2-upn"),
        (
            {**ZARA, "upn": "A1"},
            {**ZARA, "upn": "B2", "former_upn": "A1", "surname": "FOX"},
            "pass-3-former-upn",
        ),
        (ZARA, ZARA, "pass-4-name-dob-postcode"),
        (ZARA, {**ZARA, "postcodes": ["B1 1AA"]}, "pass-5-name-dob"),
        (ZARA, {**ZARA, "forename": "BRENNAN", "surname": "ZARA"}, "pass-6-name-variant"),
        (ZARA, {**ZARA, "forename": "ZARA MAY", "surname": "BRENNAN FOX"}, "pass-6-name-variant"),
    ],
)
def test_what_each_pass_links(left: dict[str, Any], right: dict[str, Any], said: str) -> None:
    assert decided_by(pair(left, right)) == [said, said]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({**ZARA, **SAME_NHS}, {**ZARA, **OTHER_NAMES, **SAME_NHS}),
        ({**ZARA, **SAME_NHS}, {**ZARA, **SAME_NHS, "dob": date(2001, 9, 9)}),
        ({**ZARA, **SAME_NHS}, {**ZARA, **SAME_NHS, "forename": "KEELIN"}),
        ({**ZARA, **SAME_UPN}, {**ZARA, **SAME_UPN, "forename": "KEELIN"}),
        ({**ZARA, "nhs_number": "9434765919"}, {**ZARA, "nhs_number": "9434765870"}),
        ({**ZARA, "upn": "A1"}, {**ZARA, "upn": "B2"}),
        ({**ZARA, "upn_temporary": "A1"}, {**ZARA, **OTHER_NAMES, "upn_temporary": "A1"}),
        ({**ZARA, "dob": date(2012, 1, 1)}, {**ZARA, "dob": date(2012, 1, 1), "postcodes": []}),
        ({**ZARA, "surname": None}, {**ZARA, "surname": None}),
        ({**ZARA, "dob": None}, {**ZARA, "dob": None}),
        (ZARA, {**ZARA, "forename": "KEELIN"}),
    ],
    ids=[
        "number, but other names and place", "number, but another birth date", "number, but another forename",
        "UPN, but another forename", "different NHS numbers", "different UPNs", "temporary UPN",
        "1 January without a place", "no surname", "no birth date", "a twin",
    ],
)  # fmt: skip
def test_what_no_pass_links(left: dict[str, Any], right: dict[str, Any]) -> None:
    assert decided_by(pair(left, right)) == ["none", "none"]


def test_a_key_that_is_not_one_to_one_links_nothing() -> None:
    twice = records(
        {"source": "a", "record_id": "1", **ZARA},
        {"source": "b", "record_id": "1", **ZARA},
        {"source": "b", "record_id": "2", **ZARA},
    )
    assert decided_by(twice) == ["none"] * 3


def test_names_alike_link_only_where_likeness_is_allowed() -> None:
    alike = pair(ZARA, {**ZARA, "surname": "BRENNNA", "postcodes": []})
    assert decided_by(alike) == ["none", "none"]
    assert decided_by(alike, LAST) == ["pass-7-names-alike"] * 2


def test_the_first_pass_that_holds_is_the_one_named() -> None:
    assert decided_by(pair({**ZARA, **SAME_NHS}, {**ZARA, **SAME_NHS})) == ["pass-1-nhs-number"] * 2


def test_an_identifier_of_the_users_own_links_where_it_is_shared() -> None:
    same = pair({**ZARA, "id_case": "77"}, {**ZARA, "id_case": "77", "surname": "OKAFOR"})
    assert decided_by(same) == ["pass-0-case"] * 2
    local = LinkSettings(fuzzy=False, source_identifiers=frozenset({"id_case"}))
    assert decided_by(same, local) == ["none", "none"]


def test_passes_come_in_order_below_the_scored_step_with_words() -> None:
    order = passes(("id_case",))
    assert [one.number for one in order] == [0, 1, 2, 3, 4, 5, 6, 7]
    assert all(one.number < SCORED and one.key_words and one.accept_words for one in order)
    assert len({one.decided_by for one in order}) == len(order)
