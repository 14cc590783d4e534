"""From scored pairs to children: what joins, what may not, and the place left free."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from childlink.linkage.prepare import prepare
from childlink.linkage.resolve import Resolution, resolve, with_evidence
from childlink.linkage.settings import LinkSettings
from tests.unit.linkage.frames import records

BORN = date(2012, 4, 28)
EXACT = {"forename": 1, "surname": 1, "dob": 1, "sex": 1, "postcode": 1}
TWIN = {**EXACT, "forename": 7}


def people(*names: str, **held: dict[str, Any]) -> pl.DataFrame:
    """Records named by source letter and id, as "a1"; ``held`` gives further values by name."""
    rows = ({"source": n[0], "record_id": n[1:], "dob": BORN, **held.get(n, {})} for n in names)
    return prepare(records(*rows)).records


def resolved(
    held: pl.DataFrame, *edges: tuple[str, str, float, dict[str, Any]], settings: LinkSettings | None = None
) -> tuple[set[frozenset[str]], Resolution]:
    """The clusters by name. ``edges``: two names, weight, and levels (0 where not given) or tier."""
    settings = settings or LinkSettings()
    row = {
        source + record: number
        for number, source, record in held.select("row", "source", "record_id").iter_rows()
    }
    table = []
    for one, other, weight, given in edges:
        left, right = sorted((row[one], row[other]))
        numbers = {"nhs_number": 0, "upn": 0, "forename": 0, "surname": 0, "dob": 0, "sex": 0, "postcode": 0}
        table.append(
            {
                "row_l": left, "row_r": right, "match_weight": weight, "tier": 8, "decided_by": "scored",
                "log_match": weight, "log_family": 0.0, "log_unrelated": -30.0, **numbers, **given,
            }
        )  # fmt: skip
    pairs = pl.DataFrame(table).cast({"row_l": pl.UInt32, "row_r": pl.UInt32, "tier": pl.UInt8})
    for side in ("l", "r"):
        for column in ("source", "birth_year"):
            pairs = pairs.with_columns(held[column].gather(pairs[f"row_{side}"]).alias(f"{column}_{side}"))
    resolution = resolve(held, with_evidence(pairs.sort("row_l", "row_r"), settings), settings)
    name = {number: text for text, number in row.items()}
    groups = resolution.clusters.group_by("cluster").agg("row")["row"].to_list()
    return {frozenset(name[number] for number in group) for group in groups}, resolution


def clusters(
    held: pl.DataFrame, *edges: tuple[str, str, float, dict[str, Any]], **options: Any
) -> set[frozenset[str]]:
    """As ``resolved``, the clusters only."""
    return resolved(held, *edges, **options)[0]


def sets(*texts: str) -> set[frozenset[str]]:
    """ "a1 b1" for a cluster of two."""
    return {frozenset(text.split()) for text in texts}


def test_a_pair_links_at_the_weight_and_not_just_below() -> None:
    held = people("a1", "b1")
    assert clusters(held, ("a1", "b1", 1.0, EXACT)) == sets("a1 b1")
    assert clusters(held, ("a1", "b1", 0.999, EXACT)) == sets("a1", "b1")


def test_three_sources_join_in_one_child() -> None:
    held = people("a1", "b1", "c1")
    assert clusters(held, ("a1", "b1", 9.0, EXACT), ("b1", "c1", 8.0, EXACT)) == sets("a1 b1 c1")


def test_the_best_for_both_sides_joins_not_the_chain() -> None:
    held = people("a1", "a2", "b1", "b2")
    chain = (("a1", "b1", 20.0, EXACT), ("b1", "a2", 12.0, EXACT), ("a2", "b2", 18.0, EXACT))
    assert clusters(held, *chain) == sets("a1 b1", "a2 b2")


def test_a_choice_between_two_people_within_the_lead_is_left_open() -> None:
    held = people("a1", "b1", "b2")
    near = (("a1", "b1", 12.0, EXACT), ("a1", "b2", 7.001, EXACT))
    assert clusters(held, *near) == sets("a1", "b1", "b2")
    clear = (("a1", "b1", 12.0, EXACT), ("a1", "b2", 7.0, EXACT))
    assert clusters(held, *clear) == sets("a1 b1", "b2")


def test_a_rival_who_has_a_partner_of_their_own_is_no_rival() -> None:
    held = people("a1", "a2", "b1", "b2")
    edges = (("a1", "b1", 12.0, EXACT), ("a1", "b2", 9.0, EXACT), ("a2", "b2", 30.0, EXACT))
    assert clusters(held, *edges) == sets("a1 b1", "a2 b2")


def test_a_repeat_within_a_source_is_no_rival_and_joins() -> None:
    held = people("a1", "b1", "b2")
    edges = (("a1", "b1", 12.0, EXACT), ("a1", "b2", 11.0, EXACT), ("b1", "b2", 12.0, EXACT))
    assert clusters(held, *edges) == sets("a1 b1 b2")


def test_two_records_of_a_source_join_only_on_strong_evidence_of_their_own() -> None:
    held = people("a1", "b1", "b2")
    edges = (("a1", "b1", 20.0, EXACT), ("a1", "b2", 12.0, EXACT), ("b1", "b2", 3.9, EXACT))
    assert clusters(held, *edges) == sets("a1 b1", "b2")
    single = LinkSettings(single_sources=frozenset("b"))
    strong = (("a1", "b1", 20.0, EXACT), ("a1", "b2", 12.0, EXACT), ("b1", "b2", 30.0, EXACT))
    assert clusters(held, *strong, settings=single) == sets("a1 b1", "b2")


def test_different_nhs_numbers_never_meet_even_through_others() -> None:
    held = people("a1", "b1", "c1", a1={"nhs_number": "1"}, c1={"nhs_number": "2"})
    edges = (("a1", "b1", 20.0, EXACT), ("b1", "c1", 9.0, EXACT))
    assert clusters(held, *edges) == sets("a1 b1", "c1")
    near = (("a1", "b1", 20.0, EXACT), ("b1", "c1", 19.0, EXACT))
    assert clusters(held, *near) == sets("a1", "b1", "c1")  # b1 is one of two people, and who knows which
    direct = people("a1", "b1", a1={"nhs_number": "1"}, b1={"nhs_number": "2"})
    passed = {**EXACT, "tier": 4, "nhs_number": 2}
    assert clusters(direct, ("a1", "b1", 30.0, passed)) == sets("a1", "b1")


def test_a_former_upn_makes_two_numbers_one() -> None:
    different = people("a1", "b1", "c1", a1={"upn": "A1"}, b1={"upn": "B2"})
    edges = (("a1", "c1", 20.0, EXACT), ("b1", "c1", 9.0, EXACT))
    assert clusters(different, *edges) == sets("a1 c1", "b1")
    replaced = people("a1", "b1", "c1", a1={"upn": "A1"}, b1={"upn": "B2", "former_upn": "A1"})
    assert clusters(replaced, *edges) == sets("a1 b1 c1")


def test_no_link_without_evidence_of_the_forename() -> None:
    held = people("a1", "b1")
    off = LinkSettings(free_place=False)
    assert clusters(held, ("a1", "b1", 15.0, TWIN), settings=off) == sets("a1", "b1")
    assert clusters(held, ("a1", "b1", 15.0, {**EXACT, "forename": 0}), settings=off) == sets("a1", "b1")
    numbered = {**EXACT, "forename": 0, "nhs_number": 1}
    assert clusters(held, ("a1", "b1", 15.0, numbered), settings=off) == sets("a1 b1")
    twin_with_number = {**TWIN, "nhs_number": 1}
    assert clusters(held, ("a1", "b1", 15.0, twin_with_number), settings=off) == sets("a1", "b1")


def test_a_lower_tier_is_decided_before_a_greater_weight() -> None:
    held = people("a1", "a2", "b1")
    edges = (
        ("a1", "b1", 5.0, {**EXACT, "tier": 1, "decided_by": "pass-1-nhs-number"}),
        ("a2", "b1", 25.0, EXACT),
    )
    found, resolution = resolved(held, *edges)
    assert found == sets("a1 b1", "a2")
    assert resolution.links["decided_by"].to_list() == ["pass-1-nhs-number"]


def covered(count: int = 60) -> tuple[list[str], list[tuple[str, str, float, dict[str, Any]]]]:
    """Names and edges of ``count`` children who are in both sources: coverage is high."""
    names = [f"{source}x{n}" for n in range(count) for source in "ab"]
    return names, [(f"ax{n}", f"bx{n}", 20.0, EXACT) for n in range(count)]


def test_two_free_places_and_all_but_the_forename_are_one_child() -> None:
    names, edges = covered()
    found, resolution = resolved(people("a1", "b1", *names), *edges, ("a1", "b1", -2.0, TWIN))
    assert frozenset({"a1", "b1"}) in found
    assert resolution.links.filter(pl.col("decided_by") == "free-place").height == 1


def test_a_twin_with_a_partner_is_not_taken_for_the_other() -> None:
    names, edges = covered()
    own = ("a2", "b1", 20.0, EXACT)
    found = clusters(people("a1", "a2", "b1", *names), *edges, own, ("a1", "b1", -2.0, TWIN))
    assert frozenset({"a1"}) in found


def test_a_free_place_with_two_candidates_is_left_open() -> None:
    names, edges = covered()
    held = people("a1", "b1", "b2", *names)
    found = clusters(held, *edges, ("a1", "b1", -2.0, TWIN), ("a1", "b2", -2.0, TWIN))
    assert frozenset({"a1"}) in found


def test_no_free_place_where_sources_hardly_cover_each_other() -> None:
    names, edges = covered()
    loose = [name for n in range(60) for name in (f"ay{n}", f"by{n}")]
    found = clusters(people("a1", "b1", *names, *loose), *edges, ("a1", "b1", -2.0, TWIN))
    assert frozenset({"a1"}) in found


def test_no_free_place_where_sex_or_numbers_differ() -> None:
    names, edges = covered()
    for against in ({"sex": 2}, {"nhs_number": 2}, {"upn": 3}, {"dob": 6}, {"surname": 5, "postcode": 5}):
        found = clusters(people("a1", "b1", *names), *edges, ("a1", "b1", -2.0, {**TWIN, **against}))
        assert frozenset({"a1"}) in found, against


def test_coverage_counts_children_not_records() -> None:
    held = people("a1", "a2", "b1", "b2", "b3", a2={"dob": date(2014, 1, 2)})
    edges = (("a1", "b1", 20.0, EXACT), ("b1", "b2", 20.0, EXACT))
    _, resolution = resolved(held, *edges, settings=LinkSettings(free_place=False))
    counted = resolution.coverage.select("source", "other", "birth_year", "children")
    assert counted.rows() == [("a", "b", 2012, 1), ("a", "b", 2014, 1), ("b", "a", 2012, 2)]
    shares = resolution.coverage["share"].to_list()
    assert shares[0] > shares[1]
