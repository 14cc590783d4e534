"""Law: whatever people decide, in any order, a linkage obeys it, or says which answers it could not obey."""

from __future__ import annotations

from functools import cache

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from childlink.linkage import decisions as d
from childlink.linkage.engine import link
from childlink.linkage.extracts import read_extract
from childlink.linkage.settings import LinkSettings
from childlink.linkage.standardise import standardise
from tests.conftest import EXTRACTS


@cache
def records() -> pl.DataFrame:
    every = standardise([read_extract(name, path) for name, path in EXTRACTS.items()])
    return every.filter(~pl.col("sealed")).group_by("source", maintain_order=True).head(14)


PLACES = st.lists(
    st.tuples(st.integers(0, 41), st.integers(0, 41), st.sampled_from(d.ANSWERS)).filter(lambda t: t[0] != t[1]),
    max_size=25,
)  # fmt: skip


@settings(max_examples=25)
@given(PLACES)
def test_answers_are_obeyed(answers: list[tuple[int, int, str]]) -> None:
    keys = records().select("source", "record_id").rows()
    said = d.no_decisions()
    for one, other, answer in answers:
        row = dict.fromkeys(d.COLUMNS) | dict(zip(d.PAIR, (*keys[one], *keys[other]), strict=True))
        said = d.with_answer(said, row | {"answer": answer, "reviewer": "ana", "role": "reviewer"})
    result = link(records(), settings=LinkSettings(fuzzy=False), decisions=said)
    cluster = {(s, r): c for s, r, c in result.links.select("source", "record_id", "cluster").iter_rows()}
    refused = set(result.decided.contradicted.iter_rows())
    for a, b, c, e, verdict in result.verdicts.iter_rows():
        together = cluster[a, b] == cluster[c, e]
        if verdict == d.DIFFERENT:
            assert not together
        elif verdict == d.SAME and (a, b, c, e) not in refused:
            assert together
        else:
            assert verdict == d.UNSURE or not together
    apart = {(a, b, c, e) for a, b, c, e, v in result.verdicts.iter_rows() if v == d.DIFFERENT}
    assert apart or not refused
