"""The mixture: its training against the plain way and against planted truth, and model.json."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from childlink.errors import InputFault
from childlink.linkage.em import distinct_patterns, random_pairs, train
from childlink.linkage.model import (
    FieldChances,
    Model,
    PairsOfSources,
    all_strata,
    read_model,
    score,
    stratum_of,
)
from childlink.linkage.settings import LinkSettings

FIELDS = {
    "one": FieldChances(("", "same", "near", "differs"), True, (0.8, 0.1, 0.1), (0.1, 0.1, 0.8), (0.002, 0.008, 0.99)),
    "two": FieldChances(("", "same", "differs"), False, (0.8, 0.2), (0.9, 0.1), (0.002, 0.998)),
    "three": FieldChances(("", "same", "differs"), False, (0.8, 0.2), (0.8, 0.2), (0.001, 0.999)),
    "four": FieldChances(("", "same", "differs"), False, (0.9, 0.1), (0.3, 0.7), (0.5, 0.5)),
    "five": FieldChances(("", "same", "differs"), False, (0.9, 0.1), (0.1, 0.9), (0.001, 0.999)),
}  # fmt: skip
START = Model(
    fields=FIELDS,
    strata=(PairsOfSources(("a", "b"), 1_000_000.0, 2_000.0, 2_000.0),),
    seed=1,
    rounds=0,
    converged=False,
)


def planted(*, match: int, family: int, unrelated: int, seed: int = 5) -> pl.DataFrame:
    """Pairs drawn from a mixture whose chances differ from START's, one level in ten missing; kind (String) is
    the class each was drawn from. As blocking would, only those that agree in two fields or more are kept."""
    true = {
        "one": replace(FIELDS["one"], match=(0.9, 0.05, 0.05), family=(0.02, 0.03, 0.95)),
        "two": replace(FIELDS["two"], match=(0.95, 0.05), family=(0.97, 0.03)),
        "three": replace(FIELDS["three"], match=(0.85, 0.15), family=(0.9, 0.1)),
        "four": replace(FIELDS["four"], match=(0.98, 0.02), family=(0.5, 0.5)),
        "five": replace(FIELDS["five"], match=(0.95, 0.05), family=(0.7, 0.3)),
    }
    draw = np.random.default_rng(seed)
    parts = []
    for kind, count in (("match", match), ("family", family), ("unrelated", unrelated)):
        levels = {
            name: draw.choice(len(chances.words) - 1, size=count, p=getattr(chances, kind)) + 1
            for name, chances in true.items()
        }
        part = pl.DataFrame(levels, schema=dict.fromkeys(levels, pl.UInt8))
        parts.append(part.with_columns(kind=pl.lit(kind)))
    pairs = pl.concat(parts)
    missing = {name: pl.Series(draw.random(pairs.height) < 0.1) for name in FIELDS}
    pairs = pairs.with_columns(
        pl.when(missing[n]).then(0).otherwise(n).cast(pl.UInt8).alias(n) for n in FIELDS
    )
    agreed = pl.sum_horizontal((pl.col(name) == 1).cast(pl.Int8) for name in FIELDS if name != "four")
    return pairs.filter(agreed >= 2).with_columns(stratum=pl.lit(0, pl.Int32), rarity=pl.lit(0.0))


def test_training_finds_the_classes_it_was_not_told_of() -> None:
    pairs = planted(match=3_000, family=1_500, unrelated=995_500)
    model = train(START, distinct_patterns(pairs, FIELDS), LinkSettings())
    assert model.converged
    for name in FIELDS:
        for kind in ("match", "family"):
            drawn = pairs.filter((pl.col("kind") == kind) & (pl.col(name) > 0))[name]
            shares = [(drawn == level).mean() for level in range(1, len(FIELDS[name].words))]
            assert getattr(model.fields[name], kind) == pytest.approx(shares, abs=0.05), (name, kind)
        assert model.fields[name].unrelated == FIELDS[name].unrelated
    for kind in ("match", "family"):
        drawn = pairs.filter(pl.col("kind") == kind).height
        assert getattr(model.strata[0], kind) == pytest.approx(drawn, rel=0.1)


def test_training_on_distinct_patterns_is_training_on_all_pairs() -> None:
    pairs = planted(match=200, family=100, unrelated=20_000)
    distinct = distinct_patterns(pairs, FIELDS)
    assert distinct.height < pairs.height / 2
    every = pairs.with_columns(count=pl.lit(1, pl.UInt32))
    settings = LinkSettings(em_rounds=15)
    by_pattern, by_pair = train(START, distinct, settings), train(START, every, settings)
    for name in FIELDS:
        assert by_pattern.fields[name].match == pytest.approx(by_pair.fields[name].match)
        assert by_pattern.fields[name].family == pytest.approx(by_pair.fields[name].family)
    assert by_pattern.strata[0].match == pytest.approx(by_pair.strata[0].match)


def test_a_family_class_that_finds_nothing_takes_nothing() -> None:
    pairs = planted(match=3_000, family=0, unrelated=997_000)
    model = train(START, distinct_patterns(pairs, FIELDS), LinkSettings())
    assert model.strata[0].match == pytest.approx(3_000, rel=0.06)
    assert model.strata[0].family < 150


def test_training_on_no_pairs_keeps_the_starting_chances() -> None:
    pairs = planted(match=0, family=0, unrelated=0)
    model = train(START, distinct_patterns(pairs, FIELDS), LinkSettings())
    for name, chances in FIELDS.items():
        assert model.fields[name].match == pytest.approx(chances.match)


def test_a_batch_may_be_cut_anywhere() -> None:
    pairs = planted(match=50, family=50, unrelated=500)
    whole = score(START, pairs)
    cut = pl.concat([score(START, pairs[:7]), score(START, pairs[7:8]), score(START, pairs[8:])])
    assert whole.equals(cut)


def test_weights_are_odds_against_the_other_classes() -> None:
    pairs = planted(match=50, family=50, unrelated=500)
    scored = score(START, pairs)
    match, family, unrelated = (2 ** scored[f"log_{kind}"] for kind in ("match", "family", "unrelated"))
    assert (2 ** scored["match_weight"]).to_list() == pytest.approx((match / (family + unrelated)).to_list())
    assert (2 ** scored["family_weight"]).to_list() == pytest.approx((family / (match + unrelated)).to_list())


def test_a_rare_value_agreed_on_weighs_more() -> None:
    pairs = pl.DataFrame(
        {"one": [1, 1], "two": [1, 1], "three": [2, 2], "four": [1, 1], "five": [0, 0]}
    ).cast(pl.UInt8)
    pairs = pairs.with_columns(stratum=pl.lit(0, pl.Int32), rarity=pl.Series([-4.0, 4.0]))
    rare, common = score(START, pairs)["match_weight"]
    assert rare > common


def test_strata_cover_every_pair_of_records_once() -> None:
    sizes = {"a": 3, "b": 4, "c": 2}
    strata = all_strata(("a", "b", "c"), sizes)
    assert sum(s.pairs for s in strata) == 9 * 8 / 2
    places = pl.DataFrame({"l": [0, 1, 2, 2], "r": [0, 0, 1, 2]}, schema={"l": pl.UInt32, "r": pl.UInt32})
    places = places.select(stratum_of(pl.col("l"), pl.col("r"), 3).alias("s"))["s"]
    assert [strata[place].sources for place in places] == [("a", "a"), ("a", "b"), ("b", "c"), ("c", "c")]


def test_random_pairs_are_the_same_each_time_and_of_two_records() -> None:
    one = random_pairs(50, 400, seed=3)
    assert one.equals(random_pairs(50, 400, seed=3))
    assert not one.equals(random_pairs(50, 400, seed=4))
    assert one.filter(pl.col("row_l") >= pl.col("row_r")).is_empty()
    assert random_pairs(1, 400, seed=3).is_empty()


def test_model_json_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text(START.as_json(), encoding="utf-8")
    assert read_model(path) == START
    assert read_model(path).as_json() == START.as_json()


@pytest.mark.parametrize("text", ["", "[]", "{}", "not json", '{"schema": "childlink.linkage-model/1"}'])
def test_another_file_is_no_model(tmp_path: Path, text: str) -> None:
    path = tmp_path / "model.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputFault, match="no model"):
        read_model(path)
    with pytest.raises(InputFault, match="no model"):
        read_model(tmp_path / "absent.json")


def test_a_model_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text(json.dumps({**json.loads(START.as_json()), "schema": "childlink.linkage-model/9"}))
    with pytest.raises(InputFault, match="another version"):
        read_model(path)
