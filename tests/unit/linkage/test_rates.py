"""Laws: the report's counts of people are right, small ones are hidden, and hidden ones cannot be worked out."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from childlink.linkage.model import read_model
from childlink.linkage.rates import link_rates, not_linkable, weights
from childlink.linkage.settings import LinkSettings
from childlink.linkage.standardise import COLUMNS
from childlink.sharing.disclosure import Preset

AS_THEY_ARE = Preset("none", least_hidden=-1, most_hidden=-1, base=1, symbol="*")


def people(*groups: tuple[str, str | None, int, int]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Records of source "a" by sex: sex, ethnicity, how many, how many of them also in source "b"."""
    rows, links = [], []
    for sex, ethnicity, count, linked in groups:
        for n in range(count):
            child = f"{sex}{ethnicity}{n}"
            rows.append({"source": "a", "record_id": child, "sex": sex, "ethnicity": ethnicity})
            links.append({"source": "a", "record_id": child, "child_id": child})
            if n < linked:
                rows.append({"source": "b", "record_id": child, "sex": sex, "ethnicity": ethnicity})
                links.append({"source": "b", "record_id": child, "child_id": child})
    records = pl.DataFrame(rows).with_columns(
        *(pl.lit(None, kind).alias(name) for name, kind in COLUMNS.items() if name not in rows[0] and name != "sealed"),
        sealed=pl.lit(value=False),
    )  # fmt: skip
    return records.with_columns(
        pl.col("ethnicity").cast(pl.String), dob=pl.lit(date(2015, 6, 1))
    ), pl.DataFrame(links)


def told(
    rows: list[dict[str, object]], by: str, source: str = "a"
) -> dict[str, tuple[object, object, object]]:
    return {
        str(r["group"]): (r["records"], r["linked"], r["rate"])
        for r in rows
        if r["by"] == by and r["source"] == source
    }


def test_rates_are_of_records_whose_child_is_in_another_source() -> None:
    rows = link_rates(*people(("F", "WBRI", 40, 30), ("M", "APKN", 20, 5)), AS_THEY_ARE)
    assert told(rows, "all") == {"all records": (60, 35, 0.583)}
    assert told(rows, "sex") == {"female": (40, 30, 0.75), "male": (20, 5, 0.25)}
    assert told(rows, "ethnicity") == {"Asian": (20, 5, 0.25), "White": (40, 30, 0.75)}


def test_counts_are_rounded_and_rates_are_of_the_rounded() -> None:
    rows = link_rates(*people(("F", None, 43, 22), ("M", None, 61, 38)))
    assert told(rows, "sex") == {"female": (45, 20, 0.444), "male": (60, 40, 0.667)}


@pytest.mark.parametrize(
    ("count", "linked"), [(7, 0), (40, 3), (40, 35)], ids=["few records", "few linked", "few not linked"]
)
def test_what_is_small_is_hidden_and_so_is_what_would_tell_it(count: int, linked: int) -> None:
    rows = link_rates(
        *people(
            ("F", "WBRI", 40, 20), ("M", "APKN", 60, 20), ("F", "BCRB", count, linked), ("M", "WOTH", 200, 50)
        )
    )
    ethnic = told(rows, "ethnicity")
    assert ethnic["Black"] == (None, None, None)
    assert [group for group, shown in ethnic.items() if shown[0] is None] == ["Asian", "Black"]


def test_sealed_records_are_in_no_rate() -> None:
    records, links = people(("F", None, 40, 20), ("M", None, 40, 20))
    sealed = records.with_columns(sealed=pl.col("sex") == "M")
    assert "male" not in told(link_rates(sealed, links), "sex")


def test_the_spread_of_weights_counts_every_scored_pair(linked: Path) -> None:
    pairs = pl.read_parquet(linked / "pairs.parquet")
    spans = weights(pairs)
    assert sum(row["linked"] + row["family"] + row["apart"] for row in spans) == pairs.height
    assert sum(row["linked"] for row in spans) == pairs["same_child"].sum()
    assert weights(pairs.with_columns(match_weight=pl.lit(None, pl.Float64))) == []


def test_who_holds_too_little_to_be_linked_is_counted(linked: Path) -> None:
    model = read_model(linked / "model.json")
    whole = {"forename": "A", "surname": "B", "sex": "F", "dob": date(2015, 6, 1), "postcodes": ["B1 1AA"]}
    rows = (
        [whole | {"source": "education"}] * 30
        + [{"source": "education", "sex": "F"}] * 12
        + [{"source": "education", "forename": "A", "sex": "F"}] * 20
        + [whole | {"source": "education", "sealed": True}] * 10
    )
    frame = pl.DataFrame(
        [{name: row.get(name) for name in COLUMNS} | {"sealed": row.get("sealed", False)} for row in rows],
        schema=COLUMNS,
    )
    found = {row["reason"]: row["records"] for row in not_linkable(frame, model, LinkSettings(), AS_THEY_ARE)}
    assert found == {"sealed": 10, "no-name": 12, "too-little": 20}
    assert not_linkable(frame, None, LinkSettings())[0] == {
        "source": "education",
        "reason": "sealed",
        "records": 10,
    }


def test_the_summary_holds_them(linked: Path) -> None:
    summary = json.loads((linked / "summary.json").read_text(encoding="utf-8"))
    assert {row["source"] for row in summary["link_rates"]} == {"education", "health", "social_care"}
    assert summary["weights"]
    assert {row["reason"] for row in summary["not_linkable"]} == {"sealed", "no-name", "too-little"}
