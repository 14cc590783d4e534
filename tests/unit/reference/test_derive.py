"""Derived columns: place, in or out, and distance of a placement; UASC by membership."""

from __future__ import annotations

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from childlink.reference.derive import derive_columns, derive_placement_columns, derive_uasc
from childlink.reference.postcodes import PostcodeDirectory

PLACES = {
    "ZE1 0AA": (447759, 1141280, "S12000027"),
    "ZE3 9JX": (438872, 1110219, "S12000027"),
    "B1 1AA": (406649, 286530, "E08000025"),
    "B1 1AD": (406649, 286530, "E08000025"),
    "CB1 1AA": (546000, 258000, "E07000008"),
    "S1 1AA": (435000, 387000, "E08000039"),
    "CF1 1AA": (318000, 176000, "W06000015"),
    "BT1 1AA": (146000, 530000, "N09000003"),
    "JE2 3AB": (None, None, "L99999999"),
    "XX1 1XX": (1, 1, "E07999999"),
    "NO1 1NO": (1, 1, None),
}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> PostcodeDirectory:
    path = tmp_path_factory.mktemp("directory") / "postcodes.csv"
    rows = [f"{pcd},{east or ''},{north or ''},{laua or ''}" for pcd, (east, north, laua) in PLACES.items()]
    path.write_text("\n".join(["pcd,oseast1m,osnrth1m,laua", *rows]))
    return PostcodeDirectory.from_csv(path)


def derived(
    directory: PostcodeDirectory, home: str | None, placed: str | None, authority: str | None = "E08000025"
) -> tuple[str | None, str | None, float | None]:
    posts = pl.DataFrame(
        {"HOME_POST": [home], "PL_POST": [placed]},
        schema_overrides={"HOME_POST": pl.String, "PL_POST": pl.String},
    )
    row = derive_placement_columns(posts, directory, authority).row(0, named=True)
    return row["PL_LA"], row["PL_LOCATION"], row["PL_DISTANCE"]


@pytest.mark.parametrize(
    ("home", "placed", "la", "location", "miles"),
    [
        ("ZE1 0AA", "ZE3 9JX", "SCO", "OUT", 20.1),  # the check value of the facts
        ("b11aa", "B1  1AD", "E08000025", "IN", 0.0),
        ("B1 1AA", "CF1 1AA", "WAL", "OUT", 88.0),
        (None, "BT1 1AA", "NIR", "OUT", None),
        (None, "CB1 1AA", "E10000003", "OUT", None),
        ("B1 1AA", None, None, None, None),
        ("B1 1AA", "ZZ9 9ZZ", None, None, None),
        ("ZZ9 9ZZ", "B1 1AA", "E08000025", "IN", None),
        ("JE2 3AB", "JE2 3AB", None, "OUT", None),
        (None, "XX1 1XX", None, "OUT", None),  # a district without a county: found, but nobody's
        (None, "NO1 1NO", None, None, None),
    ],
)
def test_where_a_placement_is(
    directory: PostcodeDirectory,
    home: str | None,
    placed: str | None,
    la: str | None,
    location: str | None,
    miles: float | None,
) -> None:
    assert derived(directory, home, placed) == (la, location, miles)


def test_without_an_authority_there_is_no_in_or_out(directory: PostcodeDirectory) -> None:
    assert derived(directory, "B1 1AA", "B1 1AD", None) == ("E08000025", None, 0.0)


@pytest.mark.parametrize("authority", ["E08000019", "E08000039"])
def test_an_authority_with_a_new_code_is_still_itself(directory: PostcodeDirectory, authority: str) -> None:
    assert derived(directory, None, "S1 1AA", authority)[:2] == (authority, "IN")


def test_a_county_holds_its_districts(directory: PostcodeDirectory) -> None:
    assert derived(directory, None, "CB1 1AA", "E10000003")[:2] == ("E10000003", "IN")


def test_types_and_rows_stay(directory: PostcodeDirectory) -> None:
    episodes = pl.DataFrame(
        {
            "CHILD": ["3", "1", "2"],
            "HOME_POST": ["B1 1AA", None, "B1 1AA"],
            "PL_POST": [None, "S1 1AA", "B1 1AA"],
        }
    )
    for authority in (None, "E08000025"):
        result = derive_placement_columns(episodes, directory, authority)
        assert result.select(episodes.columns).equals(episodes)
        assert result.schema["PL_DISTANCE"] == pl.Float64
        assert result.schema["PL_LA"] == result.schema["PL_LOCATION"] == pl.String
        empty = derive_placement_columns(episodes.clear(), directory, authority)
        assert empty.schema == result.schema


@given(st.lists(st.tuples(*[st.sampled_from([None, *PLACES, "ZZ9 9ZZ", "b11aa"])] * 2), max_size=8))
def test_distance_is_pythagoras_in_miles(pairs: list[tuple[str | None, str | None]]) -> None:
    codes = pl.DataFrame(
        [(p, *place) for p, place in PLACES.items()],
        schema=["pcd", "oseast1m", "osnrth1m", "laua"],
        orient="row",
    )
    directory = PostcodeDirectory(postcodes_sorted(codes), "test")
    posts = pl.DataFrame(pairs, schema={"HOME_POST": pl.String, "PL_POST": pl.String}, orient="row")
    result = derive_placement_columns(posts, directory, None)["PL_DISTANCE"].to_list()
    assert result == [slow_distance(home, placed) for home, placed in pairs]


def postcodes_sorted(frame: pl.DataFrame) -> pl.DataFrame:
    from childlink.reference.postcodes import _sorted_places

    return _sorted_places(frame)


def slow_distance(home: str | None, placed: str | None) -> float | None:
    ends = [PLACES.get("B1 1AA" if post == "b11aa" else post or "") for post in (home, placed)]
    if None in ends or any(end is None or end[0] is None for end in ends):
        return None
    (e1, n1, _), (e2, n2, _) = ends  # type: ignore[misc]
    return round(math.sqrt((e1 - e2) ** 2 + (n1 - n2) ** 2) / 1000 / 1.6093, 1)


def test_uasc_is_membership() -> None:
    header = pl.DataFrame({"CHILD": ["a", "b", None, "a"]})
    uasc = pl.DataFrame({"CHILD": ["a", "a", None, "z"]})
    assert derive_uasc(header, uasc)["UASC"].to_list() == ["1", "0", "0", "1"]
    assert derive_uasc(header, uasc.clear())["UASC"].to_list() == ["0", "0", "0", "0"]
    assert derive_uasc(header.clear(), uasc)["UASC"].dtype == pl.String


def test_both_periods_at_once(directory: PostcodeDirectory) -> None:
    now = pl.DataFrame({"CHILD": ["1", "2"], "HOME_POST": ["B1 1AA", None], "PL_POST": ["S1 1AA", "B1 1AA"]})
    last = pl.DataFrame({"CHILD": ["9"], "HOME_POST": ["ZE1 0AA"], "PL_POST": ["ZE3 9JX"]})
    header = pl.DataFrame({"CHILD": ["1"]})
    tables = {"previous.Episodes": last, "Header": header, "Episodes": now, "previous.Header": header}
    result = derive_columns(tables, directory, "E08000025")
    assert list(result) == list(tables)
    assert result["Episodes"].equals(derive_placement_columns(now, directory, "E08000025"))
    assert result["previous.Episodes"].equals(derive_placement_columns(last, directory, "E08000025"))
    assert result["Header"].columns == ["CHILD"], "no UASC table of its year, no column"


def test_uasc_needs_the_table_of_the_same_year(directory: PostcodeDirectory) -> None:
    children = pl.DataFrame({"CHILD": ["1"]})
    tables = {"Header": children, "previous.Header": children, "previous.UASC": children}
    result = derive_columns(tables, directory, None)
    assert result["Header"].columns == ["CHILD"]
    assert result["previous.Header"]["UASC"].to_list() == ["1"]


def test_without_a_directory_episodes_are_left_alone() -> None:
    episodes = pl.DataFrame({"HOME_POST": ["B1 1AA"], "PL_POST": ["B1 1AA"]})
    assert derive_columns({"Episodes": episodes}, None, "E08000025")["Episodes"] is episodes
