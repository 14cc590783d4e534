"""The kernel: the engine's own weights, from Arrow to Arrow, however the pairs are cut into batches."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from childlink.linkage.blocking import candidates
from childlink.linkage.engine import LinkResult, link
from childlink.linkage.extracts import read_extract
from childlink.linkage.kernel import batch_of, score_batch
from childlink.linkage.prepare import Prepared, prepare
from childlink.linkage.settings import LinkSettings
from childlink.linkage.standardise import standardise
from childlink.synth import make_linkage


class Stream:
    """An Arrow stream that is no Polars frame."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Prepared, LinkResult]:
    """A small linkage and what it was made of."""
    folder: Path = tmp_path_factory.mktemp("kernel")
    for name, frame in make_linkage(400, seed=21).files().items():
        frame.write_csv(folder / name)
    extracts = [read_extract(name, folder / f"{name}.csv") for name in ("education", "health", "social_care")]
    records = standardise(extracts)
    return prepare(records), link(records, settings=LinkSettings(sample_pairs=5000, free_place=False))


def test_the_kernel_gives_the_engines_weights(linked: tuple[Prepared, LinkResult]) -> None:
    prepared, result = linked
    assert result.model is not None
    batch = batch_of(prepared, candidates(prepared.records).pairs)
    scored = score_batch(Stream(batch), result.model)
    assert scored.height == result.pairs.height > 300
    assert_frame_equal(
        scored.select("match_weight", "family_weight"), result.pairs.select("match_weight", "family_weight")
    )
    levels = list(result.model.fields)
    assert scored.select(levels).equals(result.pairs.select(levels))


@pytest.mark.parametrize("size", [1, 7, 100])
def test_one_batch_and_many_give_the_same_bytes(linked: tuple[Prepared, LinkResult], size: int) -> None:
    prepared, result = linked
    assert result.model is not None
    pairs = candidates(prepared.records).pairs.head(40 if size == 1 else 300)
    batch = batch_of(prepared, pairs)
    whole = score_batch(batch, result.model)
    cut = [score_batch(batch.slice(at, size), result.model) for at in range(0, batch.height, size)]
    assert pl.concat(cut).write_csv() == whole.write_csv()
    assert pl.concat(cut).equals(whole)
