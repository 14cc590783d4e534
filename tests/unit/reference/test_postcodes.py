"""The postcode directory: built in or the user's, the same answers."""

from __future__ import annotations

from pathlib import Path

import brotli
import msgpack
import polars as pl
import pytest

from childlink.errors import InputFault
from childlink.reference import postcodes
from childlink.reference.derive import derive_placement_columns
from childlink.reference.local_authorities import county_of_district
from childlink.reference.postcodes import PostcodeDirectory, default_cache_folder

CSV = (
    "laua,pcd,oseast1m,osnrth1m,other\n"
    "E08000025,B1  1AA,406649,286530,x\n"
    "S12000027,ze1 0aa,447758,1141690,\n"
    "L99999999,JE2 3AB,,,\n"
    ",B2 2BB,1,2,\n"
)


@pytest.fixture
def small(tmp_path: Path) -> PostcodeDirectory:
    path = tmp_path / "directory.csv"
    path.write_text(CSV)
    return PostcodeDirectory.from_csv(path)


@pytest.fixture(scope="session")
def built_in(tmp_path_factory: pytest.TempPathFactory) -> tuple[PostcodeDirectory, Path]:
    folder = tmp_path_factory.mktemp("cache") / "childlink"
    return PostcodeDirectory.built_in(folder), folder


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of two postcodes in place of the real one, so that its files can be damaged."""
    folder = tmp_path / "package" / "stand_in_postcodes"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("raise RuntimeError('the package must not be imported')")
    data = {
        "pcd": ["B1 1AA", "B1 1AB"],
        "laua": ["E08000025", float("nan")],
        "oseast1m": [1.0, float("nan")],
        "osnrth1m": [2.0, float("nan")],
    }
    packed = msgpack.packb({"columns": list(data), "data": data})
    (folder / "postcodes_B.msgpack.br").write_bytes(brotli.compress(packed))
    monkeypatch.syspath_prepend(str(folder.parent))
    monkeypatch.setattr(postcodes, "_MODULE", folder.name)
    return folder


def test_postcodes_match_without_spaces_and_capitals(small: PostcodeDirectory) -> None:
    wanted = pl.Series(["b11aa", "B1 1AA", " B 1 1 A A ", "ZE1 0AA", "ZE10AA", "B1 1AA", None])
    assert small.lookup(wanted).rows() == [
        (" B 1 1 A A ", 406649, 286530, "E08000025"),
        ("B1 1AA", 406649, 286530, "E08000025"),
        ("ZE1 0AA", 447758, 1141690, "S12000027"),
        ("ZE10AA", 447758, 1141690, "S12000027"),
        ("b11aa", 406649, 286530, "E08000025"),
    ]


def test_what_is_missing_in_the_directory_is_null(small: PostcodeDirectory) -> None:
    assert small.lookup(pl.Series(["JE2 3AB", "B2 2BB"])).rows() == [
        ("B2 2BB", 1, 2, None),
        ("JE2 3AB", None, None, "L99999999"),
    ]


@pytest.mark.parametrize(
    "text",
    ["", " ", "B1", "B1 1A", "B1 1AAA", "0B11AA", "00B11AA", "B1\t1AA", "É1 1AA", "B" * 99, "ZZ99 3ZZ", "A"],
)
def test_what_is_no_postcode_is_not_found(small: PostcodeDirectory, text: str) -> None:
    assert small.lookup(pl.Series([text])).is_empty()


@pytest.mark.parametrize("wanted", [[], [None], ["nothing"]])
def test_a_look_up_always_has_its_columns(small: PostcodeDirectory, wanted: list[str | None]) -> None:
    found = small.lookup(pl.Series(wanted, dtype=pl.String))
    assert found.schema == {"pcd": pl.String, "oseast1m": pl.Int32, "osnrth1m": pl.Int32, "laua": pl.String}


def test_an_empty_directory_finds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("pcd,oseast1m,osnrth1m,laua\n")
    assert PostcodeDirectory.from_csv(path).lookup(pl.Series(["B1 1AA"])).is_empty()


def test_the_headings_the_ons_uses_are_known(tmp_path: Path, small: PostcodeDirectory) -> None:
    path = tmp_path / "ons.csv"
    path.write_text(CSV.replace("laua,pcd,oseast1m,osnrth1m", "LAD25CD,PCD7,EAST1M,NORTH1M"))
    assert PostcodeDirectory.from_csv(path).places.equals(small.places)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (CSV.replace("pcd", "code"), "has no column pcd"),
        (CSV.replace("laua", "district"), "has no column laua"),
        (CSV.replace("286530", "286530.5"), "line 2: column osnrth1m is not whole metres (1 rows)"),
        (CSV.replace("447758", "east"), "line 3: column oseast1m is not whole metres (1 rows)"),
        (CSV + "E08000025,B11AA,1,2,\n", "line 6: the postcode stands on an earlier line too (1 rows)"),
        (CSV + "E08000025,BIRMINGHAM,1,2,\n", "line 6: not a postcode"),
        (CSV.replace(",", ";"), "is separated by semicolons"),
    ],
)
def test_a_directory_that_will_not_do(tmp_path: Path, data: str, says: str) -> None:
    path = tmp_path / "directory.csv"
    path.write_text(data)
    with pytest.raises(InputFault) as raised:
        PostcodeDirectory.from_csv(path)
    assert says in raised.value.fault
    assert raised.value.next_step


@pytest.fixture
def any_file_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postcodes, "MOST_READ_WHOLE", 0)


@pytest.mark.usefixtures("any_file_is_large")
@pytest.mark.parametrize("change", ["as it is", "mark", "crlf", "quoted", "no last line end"])
def test_a_large_directory_is_read_by_its_columns_to_the_same(
    tmp_path: Path, small: PostcodeDirectory, change: str
) -> None:
    path = tmp_path / "large.csv"
    quoted = "\n".join(",".join(f'"{c}"' for c in row.split(",")) for row in CSV.splitlines()) + "\n"
    data = {"crlf": CSV.replace("\n", "\r\n"), "quoted": quoted, "no last line end": CSV.removesuffix("\n")}
    path.write_bytes((("\ufeff" if change == "mark" else "") + data.get(change, CSV)).encode())
    directory = PostcodeDirectory.from_csv(path)
    assert directory.places.equals(small.places)
    path.write_text(CSV)
    assert PostcodeDirectory.from_csv(path).source.replace("large", "directory") == small.source


@pytest.mark.usefixtures("any_file_is_large")
@pytest.mark.parametrize(
    ("data", "says"),
    [
        (CSV.replace("pcd", "code"), "has no column pcd"),
        (CSV.replace("447758", "east"), "line 3: column oseast1m is not whole metres (1 rows)"),
        (CSV + "E08000025,B11AA,1,2,\n", "line 6: the postcode stands on an earlier line too (1 rows)"),
        (CSV + "E08000025,BIRMINGHAM,1,2,\n", "line 6: not a postcode"),
        (CSV.replace(",", ";"), "has no column pcd"),
        (CSV.replace("ze1", "shifted,ze1"), "line 3: column oseast1m is not whole metres"),
        (CSV + '"E08\n000025",B3 3CC,1,2,\n', "is not CSV in UTF-8 with commas and one line"),
        (CSV.replace("x", "é").encode("latin-1"), "is not CSV in UTF-8 with commas and one line"),
        (CSV + '"E08000025,B3 3CC,1,2,\n', "is not CSV in UTF-8 with commas and one line"),
    ],
)
def test_a_large_directory_that_will_not_do(tmp_path: Path, data: str | bytes, says: str) -> None:
    path = tmp_path / "directory.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    with pytest.raises(InputFault) as raised:
        PostcodeDirectory.from_csv(path)
    assert says in raised.value.fault
    assert raised.value.next_step


@pytest.mark.parametrize(
    "headings",
    [
        "pcd,pcd2,pcds,oslaua,oseast1m,osnrth1m",
        "pcd7,pcd8,pcds,lad24cd,east1m,north1m",
        "PCD2,a,b,LAUA,oseast1m,OSNRTH1M",
    ],
)
def test_every_issue_of_the_ons_directory_is_known(tmp_path: Path, headings: str) -> None:
    path = tmp_path / "onspd.csv"
    path.write_text(f"{headings}\nB1  1AA,B1  1AA,B1 1AA,E08000025,406649,286530\n")
    found = PostcodeDirectory.from_csv(path).lookup(pl.Series(["B1 1AA"]))
    assert found.rows() == [("B1 1AA", 406649, 286530, "E08000025")]


def test_the_built_in_directory_knows_the_kingdom(built_in: tuple[PostcodeDirectory, Path]) -> None:
    directory, _ = built_in
    assert directory.places.height > 2_500_000
    found = directory.lookup(pl.Series(["ZE3 9JX", "B1 1AA", "BT1 1AA", "CF10 1AA"]))
    assert found["pcd"].to_list() == ["B1 1AA", "BT1 1AA", "CF10 1AA", "ZE3 9JX"]
    assert found["laua"].str.head(3).to_list() == ["E08", "N09", "W06", "S12"]
    posts = pl.DataFrame({"HOME_POST": ["ZE1 0AA"], "PL_POST": ["ZE3 9JX"]})
    assert derive_placement_columns(posts, directory, None)["PL_DISTANCE"].to_list() == [20.1]


def test_every_english_district_of_the_built_in_directory_has_an_upper_tier(
    built_in: tuple[PostcodeDirectory, Path],
) -> None:
    codes = built_in[0].places["laua"].cast(pl.String).drop_nulls().unique()
    districts = codes.filter(codes.str.starts_with("E07"))
    assert len(districts) > 100
    assert set(districts) <= set(county_of_district())
    english = codes.filter(codes.str.starts_with("E")).str.head(3).unique()
    assert set(english) == {"E06", "E07", "E08", "E09"}


def test_the_kept_directory_gives_the_same_answers(built_in: tuple[PostcodeDirectory, Path]) -> None:
    directory, folder = built_in
    stages: list[str] = []
    again = PostcodeDirectory.built_in(folder, lambda stage, done, total: stages.append(stage))
    assert stages == [], "nothing was converted"
    assert again.places.equals(directory.places)
    assert again.source == directory.source


def test_the_package_is_read_without_being_imported(package: Path, tmp_path: Path) -> None:
    directory = PostcodeDirectory.built_in(tmp_path / "cache")
    assert directory.lookup(pl.Series(["B1 1AA", "B1 1AB"])).rows() == [
        ("B1 1AA", 1, 2, "E08000025"),
        ("B1 1AB", None, None, None),
    ]


@pytest.mark.parametrize("rubbish", [b"", b"rubbish", None])
def test_a_spoilt_cache_is_made_again(package: Path, tmp_path: Path, rubbish: bytes | None) -> None:
    cache = tmp_path / "cache"
    first = PostcodeDirectory.built_in(cache)
    (kept,) = cache.iterdir()
    whole = kept.read_bytes()
    del first
    kept.write_bytes(whole[: len(whole) // 2] if rubbish is None else rubbish)
    assert PostcodeDirectory.built_in(cache).places.height == 2
    assert kept.read_bytes() == whole
    pl.DataFrame({"other": [1]}).write_ipc(kept)
    assert PostcodeDirectory.built_in(cache).places.height == 2
    assert kept.read_bytes() == whole


def test_a_cache_that_cannot_be_written_is_done_without(package: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert PostcodeDirectory.built_in(tmp_path / "file" / "cache").places.height == 2
    assert PostcodeDirectory.built_in(None).places.height == 2


def test_progress_is_told_to_the_end(package: Path) -> None:
    seen: list[tuple[int, int]] = []
    PostcodeDirectory.built_in(None, lambda stage, done, total: seen.append((done, total)))
    assert seen == [(0, 1), (1, 1)]


@pytest.mark.parametrize(
    "damage", [b"", b"rubbish", brotli.compress(msgpack.packb({"data": {"pcd": ["B1 1AA"]}}))]
)
def test_damaged_package_files_are_a_fault(package: Path, damage: bytes) -> None:
    (package / "postcodes_B.msgpack.br").write_bytes(damage)
    with pytest.raises(InputFault, match="cannot be read") as raised:
        PostcodeDirectory.built_in(None)
    assert "pip install" in (raised.value.next_step or "")


def test_a_package_without_files_or_none_at_all(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (package / "postcodes_B.msgpack.br").unlink()
    with pytest.raises(InputFault, match="holds no postcode files"):
        PostcodeDirectory.built_in(None)
    monkeypatch.setattr(postcodes, "PACKAGE", "childlink-no-such-package")
    with pytest.raises(InputFault, match="is not installed"):
        PostcodeDirectory.built_in(None)


HOME = Path("home").absolute()


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("linux", {}, HOME / ".cache" / "childlink"),
        ("linux", {"XDG_CACHE_HOME": str(HOME / "x")}, HOME / "x" / "childlink"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, HOME / ".cache" / "childlink"),
        ("linux", {"XDG_CACHE_HOME": ""}, HOME / ".cache" / "childlink"),
        ("darwin", {"XDG_CACHE_HOME": str(HOME / "x")}, HOME / "Library" / "Caches" / "childlink"),
        ("win32", {"LOCALAPPDATA": str(HOME / "L")}, HOME / "L" / "childlink" / "Cache"),
        ("win32", {}, HOME / "AppData" / "Local" / "childlink" / "Cache"),
    ],
)
def test_where_the_cache_is(platform: str, environment: dict[str, str], folder: Path) -> None:
    assert default_cache_folder(environment, platform, HOME) == folder
