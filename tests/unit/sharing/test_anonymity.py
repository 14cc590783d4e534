"""k-anonymity and l-diversity over children, all files of a package together."""

from __future__ import annotations

import polars as pl

from childlink.sharing.anonymity import Anonymity, measured


def of(
    education: dict[str, list[object]], *, k: int = 2, diversity: int = 1, sensitive: tuple[str, ...] = ()
) -> Anonymity:
    return measured(
        {"e": pl.DataFrame(education)},
        quasi_identifiers=["e.age", "e.sex"],
        sensitive=sensitive,
        k=k,
        l=diversity,
    )


def test_the_smallest_group_is_k() -> None:
    found = of({"child_id": list("abcde"), "age": [9, 9, 9, 10, 10], "sex": list("FFFMM")}, k=3)
    assert (found.k, found.groups, found.small_groups, found.children) == (2, 2, 1, 5)
    assert found.small.to_list() == ["d", "e"]
    assert not found.holds
    assert found.k_without == {"e.age": 2, "e.sex": 2}


def test_rows_of_one_child_are_one_child() -> None:
    found = of({"child_id": ["a", "a", "a"], "age": [9, 9, 9], "sex": ["F", "F", "F"]}, k=3)
    assert (found.k, found.children) == (1, 1)


def test_several_values_of_a_child_tell_more_than_one() -> None:
    found = of({"child_id": ["a", "a", "b"], "age": [9, 10, 9], "sex": ["F", "F", "F"]})
    assert found.k == 1


def test_files_are_put_side_by_side() -> None:
    files = {
        "e": pl.DataFrame({"child_id": list("abcd"), "sex": list("FFFF")}),
        "s": pl.DataFrame({"child_id": list("ab"), "area": ["X", "Y"]}),
    }
    apart = measured(files, quasi_identifiers=["e.sex"], sensitive=[], k=4, l=1)
    together = measured(files, quasi_identifiers=["e.sex", "s.area"], sensitive=[], k=4, l=1)
    assert (apart.k, together.k) == (4, 1)
    assert together.small_groups == 3


def test_not_known_is_a_value_like_any_other() -> None:
    found = of({"child_id": list("abc"), "age": [None, None, 9], "sex": list("FFF")})
    assert found.small.to_list() == ["c"]


def test_l_is_the_least_number_of_values_in_a_group() -> None:
    told = {"child_id": list("abcd"), "age": [9, 9, 10, 10], "sex": list("FFFF"), "plan": list("xyxx")}
    found = of(told, diversity=2, sensitive=("e.plan",))
    assert (found.k, found.l) == (2, 1)
    assert found.small.to_list() == ["c", "d"]


def test_without_quasi_identifiers_all_children_are_one_group() -> None:
    frame = pl.DataFrame({"child_id": list("abc")})
    assert measured({"e": frame}, quasi_identifiers=[], sensitive=[], k=3, l=1).holds
    assert measured({"e": frame}, quasi_identifiers=[], sensitive=[], k=4, l=1).small.to_list() == [
        "a",
        "b",
        "c",
    ]


def test_values_of_groups_are_told_only_when_asked() -> None:
    found = of({"child_id": list("abc"), "age": [91, 91, 92], "sex": list("FFF")})
    assert "92" not in str(found.as_object())
    assert found.as_object(show_values=True)["smallest_groups"] == [
        {"children": 1, "values": None, "e.age": "92", "e.sex": "F"}
    ]
    assert "92" not in repr(found)


def test_the_smallest_come_first_and_the_same_each_time() -> None:
    told = {"child_id": list("abcdef"), "age": [3, 2, 1, 9, 9, 4], "sex": list("MFFFFM")}
    one, two = of(told, k=3), of({name: values[::-1] for name, values in told.items()}, k=3)
    assert one.smallest.equals(two.smallest)
    assert one.smallest["children"].to_list() == [1, 1, 1, 1, 2]
