"""Any person data: fields, identifiers and blocking keys of the user's own; one source; a model kept."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from childlink.errors import InputFault, UsageFault
from childlink.linkage.config import read_config
from childlink.linkage.model import read_model, show
from childlink.linkage.run import LinkRun, run_link

NAMES = ["ANNA", "BRIAN", "CLARA", "DAVID", "EMMA", "FRANK", "GRACE", "HARRY", "IRIS", "JACK"]
TOWNS = ["Oldham", "Bury", "Leeds", "York", "Hull", "Derby", "Ely"]
TOML = """[identifiers]
ticket = { scope = "shared" }
[fields]
town = { kind = "text" }
house = { kind = "code" }
[[blocking]]
fields = ["surname", "town"]
[link]
people = "any"
"""


def people(size: int, first: int = 0) -> pl.DataFrame:
    """Adults of all ages at many addresses, the same number always the same person."""
    numbers = range(first, first + size)
    return pl.DataFrame(
        {
            "id": [f"p{n}" for n in numbers],
            "first_name": [f"{NAMES[n % 10]}{'AEIO'[n // 10 % 4]}" for n in numbers],
            "last_name": [f"{NAMES[n // 7 % 10]}SON" for n in numbers],
            "dob": [f"{1930 + n % 60}-{n % 12 + 1:02}-{n % 28 + 1:02}" for n in numbers],
            "town": [TOWNS[n % 7] for n in numbers],
            "house": [str(n * 37 % 211) for n in numbers],
            "ticket": [f"T{n:05}" for n in numbers],
        }
    )


def run(folder: Path, toml: str = TOML, **frames: pl.DataFrame) -> LinkRun:
    """A linkage of the frames."""
    for name, frame in frames.items():
        frame.write_csv(folder / f"{name}.csv")
    (folder / "link.toml").write_text(toml, encoding="utf-8")
    sources = {name: folder / f"{name}.csv" for name in frames}
    return run_link(sources=sources, output=folder / "out", config=folder / "link.toml", seed=1)


def test_fields_of_ones_own_are_compared_and_weighed(tmp_path: Path) -> None:
    changed = people(200).with_columns(
        last_name=pl.when(pl.col("id") == "p7").then(pl.lit("MARRIED")).otherwise("last_name"),
        ticket=pl.when(pl.int_range(pl.len()) % 3 == 0).then("ticket"),
    )
    done = run(tmp_path, one=people(200), two=changed)
    assert done.result.model is not None
    assert {"x_town", "x_house", "id_ticket"} <= set(done.result.model.fields)
    assert done.result.links["cluster_size"].unique().to_list() == [2]
    assert "surname, town" in done.result.by_key["key"].to_list()


def test_one_source_finds_its_repeats(tmp_path: Path) -> None:
    again = people(60, first=20).with_columns(
        id=pl.lit("r") + pl.col("id"), town=pl.col("town").str.to_uppercase(), house=pl.lit(None, pl.String)
    )
    done = run(tmp_path, all=pl.concat([people(200), again]))
    sizes = done.result.links["cluster_size"].value_counts().sort("cluster_size").rows()
    assert sizes == [(1, 140), (2, 120)]


def test_a_source_of_one_row_links(tmp_path: Path) -> None:
    done = run(tmp_path, one=people(100), two=people(1))
    assert done.summary["children"] == 100


def test_sources_without_a_block_in_common_link_nothing_and_say_so(tmp_path: Path) -> None:
    other = people(50, first=5000).with_columns(
        dob=pl.lit("2001-02-03"), first_name=pl.lit(None, pl.String), last_name=pl.lit(None, pl.String)
    )
    done = run(tmp_path, one=people(50).with_columns(town=pl.lit(None, pl.String)), two=other)
    assert done.summary["children"] >= 51
    across = done.result.pairs.filter(pl.col("source_l") != pl.col("source_r"))
    assert not across["same_child"].any()


@pytest.mark.parametrize("column", ["first_name", "last_name", "dob", "town", "ticket"])
def test_a_field_with_every_value_missing_says_nothing(tmp_path: Path, column: str) -> None:
    blank = people(60).with_columns(pl.lit(None, pl.String).alias(column))
    done = run(tmp_path, one=blank, two=people(60))
    assert done.summary["records"] == 120
    assert done.summary["children"] >= 60


def test_all_names_equal_links_no_strangers(tmp_path: Path) -> None:
    same = people(150).with_columns(first_name=pl.lit("ANNA"), last_name=pl.lit("SMITH"))
    done = run(tmp_path, one=same, two=same)
    ids = done.result.links.group_by("cluster").agg(pl.col("record_id").n_unique())
    assert ids["record_id"].max() == 1


def test_ten_thousand_children_at_one_postcode_are_refined_and_reported(tmp_path: Path) -> None:
    n = 5_000
    numbers = pl.int_range(n, eager=True)
    names = pl.DataFrame(
        {
            "record_id": numbers.cast(pl.String), "forename": (numbers % 900).cast(pl.String) + "an",
            "surname": (numbers // 6).cast(pl.String) + "or", "postcode": ["B1 1AA"] * n,
            "dob": [f"{2008 + k % 10}-{k % 12 + 1:02}-{k * 7 % 28 + 1:02}" for k in range(n)],
        }
    ).with_columns(
        forename=pl.col("forename").str.replace_many(list("0123456789"), list("abcdefghij")),
        surname=pl.col("surname").str.replace_many(list("0123456789"), list("klmnoprstu")),
    )  # fmt: skip
    toml = '[[blocking]]\nfields = ["postcode"]\n'
    done = run(tmp_path, toml, one=names, two=names)
    row = done.result.by_key.filter(pl.col("key") == "postcodes").row(0, named=True)
    assert row["largest_block"] == 10_000
    assert row["refined_blocks"] == 1
    assert row["pairs_lost"] > 0
    assert done.result.pairs.height < 2_000_000
    assert done.summary["children"] <= n * 1.02


def test_damaged_numbers_are_told(tmp_path: Path) -> None:
    for name in ("one", "two"):
        frame = people(20).with_columns(nhs_number=pl.lit("9.43E+09")).drop("ticket", "house", "town")
        frame.write_csv(tmp_path / f"{name}.csv")
    done = run_link(
        sources={n: tmp_path / f"{n}.csv" for n in ("one", "two")}, output=tmp_path / "out", seed=1
    )
    damaged = [row for row in done.summary["numbers"] if row["verdict"] == "damaged"]
    assert [(row["source"], row["field"], row["rows"]) for row in damaged] == [
        ("one", "nhs_number", 20), ("two", "nhs_number", 20),
    ]  # fmt: skip


def test_a_kept_model_scores_the_same_data_alike(tmp_path: Path) -> None:
    done = run(tmp_path, one=people(200), two=people(200))
    again = run_link(
        sources={n: tmp_path / f"{n}.csv" for n in ("one", "two")}, output=tmp_path / "again",
        config=tmp_path / "link.toml", seed=1, model=done.files["model.json"],
    )  # fmt: skip
    assert again.result.links.drop("match_weight").equals(done.result.links.drop("match_weight"))
    assert again.result.model is not None
    assert done.result.model is not None
    assert show(again.result.model) == show(read_model(done.files["model.json"]))


def test_a_model_of_other_fields_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path, one=people(60), two=people(60))
    model = done.files["model.json"]
    sources = {n: tmp_path / f"{n}.csv" for n in ("one", "two")}
    with pytest.raises(UsageFault, match="x_town"):
        run_link(sources=sources, output=tmp_path / "again", seed=1, model=model)
    assert not (tmp_path / "again").exists()
    held = json.loads(model.read_text(encoding="utf-8"))
    model.write_text(json.dumps(held | {"schema": "childlink.linkage-model/0"}), encoding="utf-8")
    with pytest.raises(InputFault, match="another version"):
        read_model(model)


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('[fields]\nforename = { kind = "text" }\n', "not a name for a field"),
        ('[fields]\ntown = { kind = "words" }\n', "words"),
        ('[[blocking]]\nfields = ["towm"]\n[fields]\ntown = {}\n', "towm"),
        ("[[blocking]]\nfields = []\n", "names no fields"),
        ('[link]\npeople = "adults"\n', "adults"),
    ],
)
def test_what_link_toml_says_wrong_is_told(tmp_path: Path, toml: str, said: str) -> None:
    path = tmp_path / "link.toml"
    path.write_text(toml, encoding="utf-8")
    with pytest.raises(UsageFault, match=said):
        read_config(path)
