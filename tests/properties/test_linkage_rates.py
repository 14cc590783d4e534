"""The linkage is right over a range of seeds and rates, not on one file."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from childlink.linkage.engine import LinkResult, link
from childlink.linkage.evaluate import evaluate
from childlink.linkage.extracts import read_extract
from childlink.linkage.groups import evaluate_groups
from childlink.linkage.settings import LinkSettings
from childlink.linkage.standardise import standardise
from childlink.synth import make_linkage
from childlink.synth.rates import rates_with

SOURCES = ("education", "health", "social_care")


def linked(
    folder: Path, children: int, seed: int, *rates: str
) -> tuple[LinkResult, pl.DataFrame, pl.DataFrame]:
    """A linkage of made extracts, the truth and the records frame."""
    made = make_linkage(children, seed, rates_with(rates))
    for name, frame in made.files().items():
        frame.write_csv(folder / name)
    records = standardise([read_extract(name, folder / f"{name}.csv") for name in SOURCES])
    return link(records, settings=LinkSettings()), made.truth, records


@pytest.mark.parametrize(
    ("seed", "rates", "least"),
    [
        (31, (), 0.985),
        (32, ("surname_typo=0.1", "forename_typo=0.1", "postcode_typo=0.05"), 0.98),
        (33, ("twin_births=0.1", "twin_names_alike=0.5", "identifier_of_twin=0.05"), 0.975),
        (34, ("nhs_missing_social_care=1", "upn_missing_social_care=1", "placed_away=0.6"), 0.975),
        (35, ("coverage_education=0.6", "coverage_health=0.7", "coverage_social_care=0.5"), 0.96),
        (36, ("adopted=0.04", "surname_changed=0.05"), 0.975),
    ],
)
def test_children_are_found_whole(tmp_path: Path, seed: int, rates: tuple[str, ...], least: float) -> None:
    result, truth, records = linked(tmp_path, 2500, seed, *rates)
    found = evaluate(result.links, truth)
    assert found.clusters.f1 >= least
    assert found.pairs.precision >= 0.998
    groups = evaluate_groups(result.links, truth, records)
    assert groups.twins.merged <= groups.twins.pairs / 200 + 1
    assert result.estimate is not None
    assert result.estimate.precision == pytest.approx(found.pairs.precision, abs=0.01)
    assert result.estimate.recall == pytest.approx(found.pairs.recall, abs=0.025)
    # every pair counts once for either record of it
    for held in groups.scores.values():
        assert sum(score.found for score in held.values()) == 2 * found.pairs.found
        assert sum(score.made for score in held.values()) == 2 * found.pairs.made
        assert sum(score.true for score in held.values()) == 2 * found.pairs.true
