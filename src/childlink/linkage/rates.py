"""What the report of a linkage tells about people and pairs: link rates by group, the spread of the weights,
and who could not be linked at all. Counts only, and small ones hidden before they leave this module.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from childlink.linkage.by_record import with_columns_of
from childlink.linkage.model import Model, score
from childlink.linkage.settings import LinkSettings
from childlink.sharing import generalise
from childlink.sharing.disclosure import PRESETS, Preset

PRESET = PRESETS["nhs"]
"""1 to 7 are hidden and other counts are to the nearest 5, as NHS Digital publishes below national level."""

NOT_KNOWN = "not known"
BY = ("all", "sex", "ethnicity", "age")

LINKED, FAMILY, APART = "linked", "family", "apart"
BIN_WIDTH, LEAST_WEIGHT, MOST_WEIGHT = 2, -30, 40


def link_rates(records: pl.DataFrame, links: pl.DataFrame, preset: Preset = PRESET) -> list[dict[str, Any]]:
    """How many records of each source have their child in another source too, by group.

    ``records``: the records frame; ``links``: source, record_id, child_id. One object for each source, way of
    grouping and group: source, by, group, records, linked, rate. Sealed records are left out. Counts are rounded
    by ``preset`` and the rate is of the rounded ones; all three are None where records, linked or the rest is
    too few to show, or where another hidden group could be told from this one. By source, then BY; groups by
    name, "not known" last. Age is on the day before which nearly all (999 in 1,000) were born.
    """
    held = with_columns_of(records, links).filter(~pl.col("sealed"))
    last = held["dob"].quantile(0.999, "lower") if held["dob"].null_count() < held.height else None
    age = (
        pl.lit(None, pl.String)
        if last is None
        else generalise.age_band(pl.col("dob").clip(upper_bound=pl.lit(last)), last).cast(pl.String)  # type: ignore[arg-type]
    )
    groups = {
        "all": pl.lit("all records"),
        "sex": pl.col("sex").replace({"F": "female", "M": "male"}),
        "ethnicity": _ethnic_group(held["ethnicity"]),
        "age": age,
    }
    child = links.group_by("child_id").agg(places=pl.col("source").n_unique())
    told = held.join(child, on="child_id", how="left").with_columns(
        pl.coalesce(group, pl.lit(NOT_KNOWN)).alias(f"by_{by}") for by, group in groups.items()
    )
    rows = []
    for by in BY:
        counted = told.group_by("source", group=f"by_{by}").agg(
            records=pl.len(), linked=(pl.col("places") > 1).sum()
        )
        rows.append(counted.select("source", pl.lit(by).alias("by"), "group", "records", "linked"))
    order = {by: place for place, by in enumerate(BY)}
    every = pl.concat(rows).sort(
        "source",
        pl.col("by").replace_strict(order),
        pl.col("group") == NOT_KNOWN,
        pl.col("group").replace_strict(_AGES, default=pl.col("group")),
    )
    return _hidden(every, preset)


def _ethnic_group(given: pl.Series) -> pl.Expr:
    """The group of each, worked out once for each word."""
    words = given.drop_nulls().unique()
    groups = pl.select(
        generalise.ethnic_group(pl.lit(words)).replace(generalise.NOT_KNOWN, NOT_KNOWN)
    ).to_series()
    return pl.lit(given).replace_strict(words, groups, default=None, return_dtype=pl.String)


_AGES = {name: f"{place}" for place, name in enumerate(generalise.AGE_BANDS)}


def _hidden(rates: pl.DataFrame, preset: Preset) -> list[dict[str, Any]]:
    """``rates`` as objects, small numbers hidden. Where one group of a source's grouping would be hidden alone,
    the smallest of the others is too: the total would give it away."""

    def small(count: pl.Expr) -> pl.Expr:
        return count.is_between(preset.least_hidden, preset.most_hidden)

    def rounded(count: pl.Expr) -> pl.Expr:
        return (2 * count.cast(pl.Int64) + preset.base) // (2 * preset.base) * preset.base

    records, linked = pl.col("records").cast(pl.Int64), pl.col("linked").cast(pl.Int64)
    within = ["source", "by"]
    first = rates.with_columns(hide=small(records) | small(linked) | small(records - linked))
    alone = (pl.col("hide").sum().over(within) == 1) & (pl.len().over(within) > 1) & ~pl.col("hide")
    rank = pl.when("candidate").then("records").rank("ordinal").over(within)
    second = first.with_columns(candidate=alone).with_columns(
        hide=pl.col("hide") | (rank == 1).fill_null(value=False)
    )
    shown = second.with_columns(
        records=pl.when(~pl.col("hide")).then(rounded(records)),
        linked=pl.when(~pl.col("hide")).then(rounded(linked)),
    )
    rate = pl.when(pl.col("records") > 0).then((pl.col("linked") / pl.col("records")).clip(0, 1).round(3))
    return shown.select(*within, "group", "records", "linked", rate=rate).to_dicts()


def weights(pairs: pl.DataFrame) -> list[dict[str, Any]]:
    """How many candidate pairs have which match weight, by what became of them: from, linked, family, apart.

    ``from``: the lower bound of a span of BIN_WIDTH; the first and last span hold what is beyond them. A pair is
    "linked" where both records are one child, "family" where the model holds two children of a family for
    likelier than not, else "apart". Empty where no model was trained.
    """
    scored = pairs.drop_nulls("match_weight")
    if scored.is_empty():
        return []
    kind = (
        pl.when("same_child")
        .then(pl.lit(LINKED))
        .when(pl.col("family_weight") > 0)
        .then(pl.lit(FAMILY))
        .otherwise(pl.lit(APART))
    )
    place = pl.col("match_weight").clip(LEAST_WEIGHT, MOST_WEIGHT - BIN_WIDTH) // BIN_WIDTH * BIN_WIDTH
    counted = scored.group_by(place.cast(pl.Int32).alias("from"), kind.alias("kind")).len()
    spans = pl.DataFrame({"from": range(LEAST_WEIGHT, MOST_WEIGHT, BIN_WIDTH)}, schema={"from": pl.Int32})
    for name in (LINKED, FAMILY, APART):
        one = counted.filter(kind=name).select("from", pl.col("len").alias(name))
        spans = spans.join(one, on="from", how="left", maintain_order="left")
    return spans.with_columns(pl.col(LINKED, FAMILY, APART).fill_null(0)).to_dicts()


def not_linkable(
    records: pl.DataFrame, model: Model | None, settings: LinkSettings, preset: Preset = PRESET
) -> list[dict[str, Any]]:
    """Records that nothing could have been linked to: source, reason, records (None where hidden).

    Reasons: "sealed"; "no-name", neither forename nor surname; "too-little", what the record holds would not
    link it even to a copy of itself, at values of middling rarity (with a model only). Each record counts once,
    under the first. All reasons of every source are there, 0 where there is none.
    """
    present = [
        name for name in (model.fields if model else ()) if name in records.columns or name in _OF_FIELD
    ]
    levels = [
        pl.when(_has(records, name)).then(1).otherwise(0).cast(pl.UInt8).alias(name) for name in present
    ]
    told = records.select("source", "sealed", no_name=~_has(records, "forename") & ~_has(records, "surname"))
    weak = pl.Series("weak", [False]).new_from_index(0, records.height)
    if model is not None:
        best = max(range(len(model.strata)), key=lambda place: model.strata[place].match)
        patterns = records.select(levels).with_columns(
            pl.lit(1, pl.UInt8).alias(name) if name == "name_order" else pl.lit(0, pl.UInt8).alias(name)
            for name in model.fields
            if name not in present
        )
        distinct = patterns.unique(maintain_order=True).with_columns(
            stratum=pl.lit(best, pl.Int32), rarity=pl.lit(0.0)
        )
        judged = score(model, distinct).select(
            *model.fields, weak=pl.col("match_weight") < settings.accept_weight
        )
        weak = patterns.join(judged, on=list(model.fields), how="left", maintain_order="left")["weak"]
    reason = (
        pl.when("sealed")
        .then(pl.lit("sealed"))
        .when("no_name")
        .then(pl.lit("no-name"))
        .when("weak")
        .then(pl.lit("too-little"))
    )
    named = told.with_columns(weak).select("source", reason.alias("reason")).drop_nulls()
    counted = named.group_by("source", "reason").len("records")
    found = {(source, why): count for source, why, count in counted.iter_rows()}
    sources = records["source"].unique().sort().to_list()
    return [
        {"source": source, "reason": why, "records": None if preset.hides(count) else preset.rounded(count)}
        for source in sources
        for why in ("sealed", "no-name", *(("too-little",) if model else ()))
        for count in [found.get((source, why), 0)]
    ]


_OF_FIELD = {"postcode": "postcodes"}


def _has(records: pl.DataFrame, field: str) -> pl.Expr:
    if field == "postcode":
        return pl.col("postcodes").list.len() > 0
    return pl.col(field).is_not_null() if field in records.columns else pl.lit(value=False)
