"""The files of a linkage: all of them or none."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from childlink.errors import OutputFault
from childlink.linkage.engine import LinkResult, link
from childlink.linkage.model import Model
from childlink.linkage.outputs import links_with_ids, summary_of, write_outputs
from childlink.linkage.review import disagreements
from childlink.linkage.settings import LinkSettings
from tests.unit.linkage.frames import ZARA, pair


@pytest.fixture
def result() -> LinkResult:
    """A linkage of two records."""
    return link(pair(ZARA, ZARA), settings=LinkSettings(sample_pairs=50))


def write(folder: Path, result: LinkResult) -> dict[str, Path]:
    """All files, with made-up child ids."""
    ids = result.links.select("source", "record_id", child_id=pl.lit("C1"))
    links = links_with_ids(result.links, ids)
    summary = summary_of(
        result, inputs=[], links=links, review=result.review, completeness=pl.DataFrame(),
        numbers=pl.DataFrame(),
        settings=LinkSettings(), seed=None, register={},
    )  # fmt: skip
    return write_outputs(folder, links=links, review=result.review, result=result, summary=summary)


def test_a_crash_while_writing_leaves_what_was_there(
    tmp_path: Path, result: LinkResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {name: path.read_bytes() for name, path in write(tmp_path, result).items()}

    def crash(model: Model) -> str:
        raise ValueError

    monkeypatch.setattr(Model, "as_json", crash)
    changed = LinkResult(**{**vars(result), "links": result.links.with_columns(match_weight=pl.lit(99.0))})
    with pytest.raises(ValueError):  # noqa: PT011 - any crash will do
        write(tmp_path, changed)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path: Path, result: LinkResult) -> None:
    (tmp_path / "links.csv").mkdir()
    with pytest.raises(OutputFault, match="is a folder"):
        write(tmp_path, result)
    assert [path.name for path in tmp_path.iterdir()] == ["links.csv"]


def test_cluster_size_counts_records_of_one_child_id(result: LinkResult) -> None:
    ids = result.links.select("source", "record_id", child_id=pl.col("source"))
    assert links_with_ids(result.links, ids)["cluster_size"].to_list() == [1, 1]


def test_register_and_linkage_that_disagree_give_pairs_to_review() -> None:
    bridges = pl.DataFrame(
        {
            "cluster": [5, 5, 5, 9, 9], "source": ["a", "b", "c", "a", "b"], "record_id": ["1", "1", "1", "2", "2"],
            "child_id": ["X", "X", "Y", "V", "W"], "new": [False] * 5,
        }
    )  # fmt: skip
    splits = pl.DataFrame(
        {"child_id": ["X", "X"], "cluster": [3, 4], "source": ["a", "b"], "record_id": ["7", "8"]}
    )
    found = disagreements(bridges, splits)
    assert found.select("source_l", "record_id_l", "source_r", "record_id_r", "reasons").rows() == [
        ("a", "1", "c", "1", "register-bridge"),
        ("a", "2", "b", "2", "register-bridge"),
        ("a", "7", "b", "8", "register-split"),
    ]
