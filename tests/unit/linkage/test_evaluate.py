"""Evaluation: known answers, and faults of its two files."""

from __future__ import annotations

from pathlib import Path

import pytest

from childlink.errors import InputFault
from childlink.linkage.evaluate import Score, run_evaluate

LINKS = """source,record_id,child_id
a,1,X
b,1,X
a,2,Y
b,2,Z
c,1,Z
c,2,W
"""
TRUTH = """source,record_id,person
a,1,p
b,1,p
a,2,q
b,2,q
c,1,r
c,2,s
"""


def written(folder: Path, links: str = LINKS, truth: str = TRUTH) -> dict[str, Path]:
    """Both files in ``folder``, as arguments of ``run_evaluate``."""
    paths = {"links": folder / "links.csv", "truth": folder / "truth.csv"}
    paths["links"].write_text(links, encoding="utf-8")
    paths["truth"].write_text(truth, encoding="utf-8")
    return paths


def test_known_answers(tmp_path: Path) -> None:
    found = run_evaluate(**written(tmp_path))
    assert found.records == 6
    assert found.pairs == Score(found=1, made=2, true=2)
    assert found.clusters == Score(found=2, made=4, true=4)  # p and s
    assert found.by_sources["a", "b"] == Score(1, 1, 2)
    assert found.by_sources["b", "c"] == Score(0, 1, 0)
    assert (found.pairs.precision, found.pairs.recall, found.pairs.f1) == (0.5, 0.5, 0.5)


def test_nothing_made_and_nothing_true_is_not_a_fault() -> None:
    assert Score(0, 0, 0).f1 == 1
    assert Score(0, 5, 5).f1 == 0


def test_records_of_one_file_only_are_counted_and_left_out(tmp_path: Path) -> None:
    found = run_evaluate(**written(tmp_path, links=LINKS + "d,9,V\n", truth=TRUTH + "e,1,t\ne,2,t\n"))
    assert (found.only_links, found.only_truth, found.records) == (1, 2, 6)
    assert found.pairs == Score(1, 2, 2)


@pytest.mark.parametrize(
    ("links", "truth", "said"),
    [
        ("source,record_id\na,1\n", TRUTH, "no column child_id"),
        (LINKS, "record_id,who\n1,p\n", "no column source or person"),
        (LINKS + "a,1,Y\n", TRUTH, "line 8: the record is there already"),
        (LINKS, TRUTH + "a,,p\n", "line 8: a cell is empty"),
        (LINKS, "source,record_id,person\nz,1,p\n", "no record in common"),
    ],
)
def test_faults_name_file_and_line_and_no_value(tmp_path: Path, links: str, truth: str, said: str) -> None:
    with pytest.raises(InputFault, match=said):
        run_evaluate(**written(tmp_path, links, truth))


def test_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(InputFault):
        run_evaluate(links=tmp_path / "links.csv", truth=tmp_path / "truth.csv")
