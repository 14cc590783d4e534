"""What people decided about pairs of records: decisions.csv, and what it means for a linkage.

The file holds record ids, answers, reviewers and reasons from a fixed list; nothing else of a child. Each
reviewer has one row for each pair. What counts is settled from all of them: an adjudicator's word, else what
the reviewers agree on. Where they do not, nobody has decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from childlink.errors import InputFault
from childlink.files import csv_for_people, restored, written_whole
from childlink.returns.csv_file import read_csv_text

DECISIONS = "decisions.csv"
"""The name of the file in the folder of a linkage."""

SAME, DIFFERENT, UNSURE, DISAGREED = "same", "different", "unsure", "disagreed"
ANSWERS = (SAME, DIFFERENT, UNSURE)
REVIEWER, ADJUDICATOR = "reviewer", "adjudicator"

DECIDED_WORD = "decision"
"""decided_by of links that a person made."""

CONTRADICTED = "decisions-contradict"
REVIEWERS_DISAGREE = "reviewers-disagree"

GROUNDS: Mapping[str, str] = {
    "numbers": "the NHS numbers or UPNs",
    "names": "the names",
    "birth-date": "the date of birth",
    "address": "the address",
    "family": "twins, or brothers and sisters",
    "slip": "a slip in writing explains the difference",
    "looked-up": "looked up in another system",
    "too-little": "too little is known",
}
"""What an answer may rest on, in words. No free text: it might name the child."""

PAIR = ("source_l", "record_id_l", "source_r", "record_id_r")
COLUMNS = (*PAIR, "answer", "reviewer", "role", "ground", "blind", "model", "at")
"""Columns of decisions.csv. ``blind``: "yes" where the answer was given before the score was shown. ``model``:
the first 12 digits of the SHA-256 of the model.json it was given under. ``at``: UTC, ISO 8601."""

_NEEDED = (*PAIR, "answer")
_SCHEMA = pl.Schema(dict.fromkeys(COLUMNS, pl.String()))


def no_decisions() -> pl.DataFrame:
    """A frame of COLUMNS without rows."""
    return pl.DataFrame(schema=_SCHEMA)


def read_decisions(path: Path) -> pl.DataFrame:
    """decisions.csv as a frame of COLUMNS (String), as written; no rows where the file is not there.

    Either record of a pair may come first in the file; here the lower source, then id, does. Columns beyond
    the pair and the answer may be missing. Raises InputFault for a file without a column that is needed, an
    empty cell in one, an answer or role that is none, a record paired with itself.
    """
    if not path.exists():
        return no_decisions()
    table = read_csv_text(path)
    if missing := [name for name in _NEEDED if name not in table.frame.columns]:
        raise InputFault(
            f"{path} has no column {' or '.join(missing)}",
            allowed=f"a decisions.csv of childlink review: {', '.join(COLUMNS)}",
            next_step="give the file that childlink review wrote",
        )
    frame = table.frame.select(
        restored(pl.col(name)) if name in table.frame.columns else pl.lit(None, pl.String).alias(name)
        for name in COLUMNS
    ).with_columns(pl.col("role").fill_null(REVIEWER), pl.col("reviewer").fill_null(""))
    left, right = pl.struct(a="source_l", b="record_id_l"), pl.struct(a="source_r", b="record_id_r")
    faults = (
        (pl.any_horizontal(pl.col(_NEEDED).is_null()), "a cell is empty", ", ".join(_NEEDED)),
        (~pl.col("answer").is_in(ANSWERS), "this is no answer", ", ".join(ANSWERS)),
        (~pl.col("role").is_in((REVIEWER, ADJUDICATOR)), "this is no role", f"{REVIEWER}, {ADJUDICATOR}"),
        (left == right, "a record is paired with itself", "two records"),
    )
    for test, fault, allowed in faults:
        if (wrong := frame.select(test.fill_null(False)).to_series()).any():
            line = table.lines.filter(wrong)[0]
            raise InputFault(f"{path}, line {line}: {fault}", allowed=allowed)
    return in_order(frame)


def in_order(pairs: pl.DataFrame) -> pl.DataFrame:
    """``pairs`` (columns PAIR and any others) with the lower source, then record id, on the left."""
    turned = (pl.col("source_l") > pl.col("source_r")) | (
        (pl.col("source_l") == pl.col("source_r")) & (pl.col("record_id_l") > pl.col("record_id_r"))
    )
    sides = {
        f"{name}_{side}": pl.when(turned).then(f"{name}_{other}").otherwise(f"{name}_{side}")
        for name in ("source", "record_id")
        for side, other in (("l", "r"), ("r", "l"))
    }
    return pairs.with_columns(**sides)


def with_answer(decisions: pl.DataFrame, answer: Mapping[str, str | None]) -> pl.DataFrame:
    """``decisions`` with one answer (COLUMNS) more, in place of what the same reviewer in the same role said
    of the pair before."""
    row = in_order(pl.DataFrame([answer], schema=_SCHEMA))
    kept = decisions.join(row, on=[*PAIR, "reviewer", "role"], how="anti", maintain_order="left")
    return pl.concat([kept, row])


def write_decisions(path: Path, decisions: pl.DataFrame) -> None:
    """Write decisions.csv whole, or leave what is there: sorted by pair, reviewer and role."""
    text = csv_for_people(decisions.select(COLUMNS).sort(*PAIR, "reviewer", "role"))
    with written_whole(path) as part:
        part.write_bytes(text.encode())


def settled(decisions: pl.DataFrame) -> pl.DataFrame:
    """What counts of each pair: PAIR, verdict ("same", "different", "unsure", "disagreed"); sorted by pair.

    An adjudicator's answer counts before reviewers'. Of those that count, "unsure" gives way to the others;
    "same" beside "different" is "disagreed".
    """
    ranked = decisions.with_columns(word=pl.col("role") == ADJUDICATOR)
    heard = ranked.filter(pl.col("word") == pl.col("word").any().over(PAIR))
    said = [(pl.col("answer") == answer).any() for answer in (SAME, DIFFERENT)]
    return (
        heard.group_by(PAIR)
        .agg(same=said[0], different=said[1])
        .select(
            *PAIR,
            verdict=pl.when(pl.col("same") & pl.col("different"))
            .then(pl.lit(DISAGREED))
            .when("same")
            .then(pl.lit(SAME))
            .when("different")
            .then(pl.lit(DIFFERENT))
            .otherwise(pl.lit(UNSURE)),
        )
        .sort(PAIR)
    )


@dataclass(frozen=True)
class Constraints:
    """What a linkage must obey. ``together``, ``apart``: row_l, row_r (UInt32), sorted.

    ``contradicted``: PAIR of answers "same" that would, with others, join two records that are to stay apart:
    they are not obeyed. ``absent``: decided pairs a record of which is not among the records. ``sealed``:
    those with a sealed record, which no answer can link.
    """

    together: pl.DataFrame
    apart: pl.DataFrame
    contradicted: pl.DataFrame
    absent: int
    sealed: int


_ROWS = pl.Schema({"row_l": pl.UInt32(), "row_r": pl.UInt32()})
NO_CONSTRAINTS = Constraints(
    pl.DataFrame(schema=_ROWS), pl.DataFrame(schema=_ROWS), no_decisions().select(PAIR), 0, 0
)


def constraints_of(verdicts: pl.DataFrame, records: pl.DataFrame) -> Constraints:
    """The decisions ``verdicts`` (of ``settled``) about ``records`` (row, source, record_id, sealed).

    A person's "different" is stronger than "same": where a chain of "same" would join two records that are to
    stay apart, its links are taken in the order of the records, and the one that would close it is left out.
    """
    decided = verdicts.filter(pl.col("verdict").is_in((SAME, DIFFERENT)))
    if decided.is_empty():
        return NO_CONSTRAINTS
    held = records.select("row", "sealed", "record_id", source=pl.col("source").cast(pl.String))
    placed = decided
    for side in ("l", "r"):
        placed = placed.join(
            held.rename({name: f"{name}_{side}" for name in held.columns}),
            on=[f"source_{side}", f"record_id_{side}"],
            how="left",
            maintain_order="left",
        )
    there = placed.drop_nulls(["row_l", "row_r"])
    free = there.filter(~pl.col("sealed_l") & ~pl.col("sealed_r")).sort("row_l", "row_r")
    apart = free.filter(verdict=DIFFERENT)
    kept = _without_contradictions(free.filter(verdict=SAME), apart)
    return Constraints(
        together=kept.select(_ROWS.names()),
        apart=apart.select(_ROWS.names()),
        contradicted=free.filter(verdict=SAME).join(kept, on=PAIR, how="anti").select(PAIR).sort(PAIR),
        absent=placed.height - there.height,
        sealed=there.height - free.height,
    )


def _without_contradictions(same: pl.DataFrame, apart: pl.DataFrame) -> pl.DataFrame:
    """A loop over answers, which people gave one by one: there are few."""
    groups: dict[int, set[int]] = {}
    foes: dict[int, set[int]] = {}
    for one, other in apart.select("row_l", "row_r").iter_rows():
        foes.setdefault(one, set()).add(other)
        foes.setdefault(other, set()).add(one)
    keep = []
    for one, other in same.select("row_l", "row_r").iter_rows():
        left, right = groups.get(one, {one}), groups.get(other, {other})
        clear = not any(foes.get(row, set()) & right for row in left)
        keep.append(clear)
        if clear:
            joined = left | right
            groups.update(dict.fromkeys(joined, joined))
    return same.filter(pl.Series(keep, dtype=pl.Boolean))


def joined_rows(rows: Iterable[int], together: pl.DataFrame) -> dict[int, int]:
    """Each of ``rows`` that ``together`` joins with others, to the lowest row of those it is joined with."""
    groups: dict[int, set[int]] = {}
    for one, other in together.select("row_l", "row_r").iter_rows():
        joined = groups.get(one, {one}) | groups.get(other, {other})
        groups.update(dict.fromkeys(joined, joined))
    return {row: min(groups[row]) for row in rows if row in groups}
