"""Law: a file that differs from an earlier one by fewer than k children is never missed, and others are not named."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from childlink.sharing import audit
from childlink.sharing.differencing import CAPACITY, children_that_differ, few_that_differ, fingerprint
from childlink.sharing.key_file import MasterKey

from .conftest import AT, World, education, social_care

KEY = MasterKey(bytes(range(32)))
OTHER_KEY = MasterKey(bytes(range(1, 33)))


def of(children: set[int], key: MasterKey = KEY, k: int = 5) -> str:
    """The fingerprint of some children."""
    return fingerprint(pl.Series([f"C{n}" for n in sorted(children)], dtype=pl.String), key, k=k)


@given(st.sets(st.integers(0, 60)), st.sets(st.integers(0, 60)))
def test_few_children_are_counted_exactly_and_many_are_many(one: set[int], other: set[int]) -> None:
    assert children_that_differ(of(one), of(other)) == min(len(one ^ other), CAPACITY)


def test_a_child_in_place_of_another_counts_as_two() -> None:
    many = set(range(5000))
    assert children_that_differ(of(many), of(many - {7} | {9000})) == 2
    assert children_that_differ(of(many), of(many)) == 0


def test_a_large_k_is_counted_up_to() -> None:
    many = set(range(200))
    assert children_that_differ(of(many, k=30), of(set(range(175)), k=30)) == 25
    assert children_that_differ(of(many, k=30), of(set(range(175)), k=5)) == CAPACITY


def test_the_order_and_the_repeats_of_children_do_not_matter() -> None:
    ids = pl.Series(["C2", "C1", None, "C2"])
    assert fingerprint(ids, KEY, k=5) == of({1, 2})


def test_another_key_gives_another_fingerprint_and_an_epoch_does_not() -> None:
    assert of({1, 2}) != of({1, 2}, OTHER_KEY)
    assert of({1, 2}) == of({1, 2}, KEY.of_epoch(2))


def test_the_closest_earlier_file_is_told_by_source() -> None:
    many = set(range(50))
    earlier = [
        (3, {"a": of(many - {1, 2})}),
        (5, {"a": of(many - {1})}),
        (6, {"a": of(many), "b": of({1, 2})}),
    ]
    told = few_that_differ({"a": of(many)}, earlier, k=5)
    assert [(one.entry, one.source, one.children) for one in told] == [(5, "a", 1), (6, "b", 2)]
    assert few_that_differ({"a": of(many)}, earlier[:1], k=2) == []


def test_a_package_that_differs_by_one_child_says_so_and_is_made(world: World) -> None:
    assert list(world.share(to="one").few_differ) == []
    assert list(world.share(to="same").few_differ) == []
    world.write("social_care", social_care().tail(-1))
    run = world.share(to="two")
    assert run.package is not None
    told = {"audit_entry": 3, "source": "social_care", "children": 1}
    assert run.as_object()["few_differ_from_earlier"] == [told]
    assert audit.read(world.log)[-1]["said"]["few_differ"] == [told]


@pytest.mark.parametrize("change", [('"example-university"', '"nhs-trust"'), ('"attainment"', '"health"')])
def test_what_another_recipient_or_purpose_got_is_not_compared(world: World, change: tuple[str, str]) -> None:
    world.share(to="one")
    world.write("education", education().tail(-1))
    assert list(world.share(world.replaced(change), to="two").few_differ) == []


def test_the_log_of_it_names_no_child(world: World) -> None:
    world.share()
    held = audit.read(world.log)[-1]["said"]["fingerprints"]
    assert {name: len(text) for name, text in held.items()} == {
        "education": 8 * (2 * CAPACITY - 1),
        "social_care": 8 * (2 * CAPACITY - 1),
    }
    assert all(set(text) <= set("0123456789abcdef") for text in held.values())
    assert AT[:10] not in "".join(held.values())
