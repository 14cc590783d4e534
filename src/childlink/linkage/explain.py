"""Why two records were linked, or were not: in words, and as the weights of their agreements one after another.

Everything comes from the folder of a linkage, so it is what that run knew, and no value of a child's record is
needed. The weights are those of the model in that folder.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from childlink.errors import ChildlinkError, InputFault, UsageFault, unknown_name
from childlink.file_set import finish_interrupted
from childlink.files import restored
from childlink.linkage.decisions import DECIDED_WORD, DECISIONS, PAIR, in_order, read_decisions, settled
from childlink.linkage.free_places import FREE_PLACE
from childlink.linkage.levels import comparisons
from childlink.linkage.model import Model, read_model
from childlink.linkage.outputs import require_one_run
from childlink.linkage.resolve import ALONE, SCORED_WORD, SEALED
from childlink.linkage.review import REASONS
from childlink.register.child_id import is_valid
from childlink.returns.csv_file import read_csv_text

EXPLANATION_SCHEMA = "childlink.explanation/1"

_NOTABLE = 0.5
"""A step of less weight than this neither speaks for nor against."""

_WORDS_OF_DECISION = {
    DECIDED_WORD: "a person decided that they are one child",
    SCORED_WORD: "the weight of all that agrees, and nobody else comes near",
    FREE_PLACE: "neither has another partner in the other's source, which has nearly every child of this one",
}

Record = tuple[str, str]
"""Source and record id."""


@dataclass(frozen=True)
class Folder:
    """The results of a linkage as read. ``links``: links.csv as text. ``review``: PAIR, match_weight, reasons.
    ``pairs``: pairs.parquet, lazily. ``verdicts``: of ``decisions.settled``."""

    path: Path
    links: pl.DataFrame
    pairs: pl.LazyFrame
    review: pl.DataFrame
    verdicts: pl.DataFrame
    model: Model | None
    passes: Mapping[str, str]


@dataclass(frozen=True)
class Step:
    """One step of a waterfall: what was found, its weight, and the sum before and after. ``field`` is "start",
    "rarity" or "free-place" for the steps that are no field's."""

    field: str
    level: int
    words: str
    weight: float
    before: float
    after: float


@dataclass(frozen=True)
class PairExplained:
    """Why two records are one child, or two. ``compared``: they were candidates; else there are no steps.

    ``decided_by``: what put this very pair together, None where nothing did (others may have brought both to
    one child). ``silent``: fields that one of them has no value for. ``reasons``: codes of review.csv.
    ``verdict``: what people said of the pair, None where nobody was asked.
    """

    one: Record
    other: Record
    child_ids: tuple[str, str]
    decided_by: str | None
    outcome: str
    compared: bool
    match_weight: float | None
    family_weight: float | None
    steps: tuple[Step, ...]
    silent: tuple[str, ...]
    reasons: tuple[str, ...]
    verdict: str | None

    @property
    def same_child(self) -> bool:
        """Whether both have one child id."""
        return self.child_ids[0] == self.child_ids[1]

    def speaking(self, *, against: bool) -> list[Step]:
        """The notable steps for, or against, one child: the weightiest first."""
        told = [s for s in self.steps if s.field != "start" and abs(s.weight) >= _NOTABLE]
        chosen = [s for s in told if (s.weight < 0) == against]
        return sorted(chosen, key=lambda step: -abs(step.weight))

    def as_object(self) -> dict[str, Any]:
        """For JSON: weights to three digits."""
        return {
            "schema": EXPLANATION_SCHEMA,
            "kind": "pair",
            "records": [
                {"source": source, "record_id": record, "child_id": child}
                for (source, record), child in zip((self.one, self.other), self.child_ids, strict=True)
            ],
            "same_child": self.same_child,
            "outcome": self.outcome,
            "decided_by": self.decided_by,
            "compared": self.compared,
            "match_weight": _digits(self.match_weight),
            "family_weight": _digits(self.family_weight),
            "steps": [
                {
                    "field": s.field,
                    "level": s.level,
                    "words": s.words,
                    "weight": _digits(s.weight),
                    "before": _digits(s.before),
                    "after": _digits(s.after),
                }
                for s in self.steps
            ],
            "for": [s.words for s in self.speaking(against=False)],
            "against": [s.words for s in self.speaking(against=True)],
            "missing": list(self.silent),
            "reasons": [{"code": code, "words": REASONS.get(code, code)} for code in self.reasons],
            "decision": self.verdict,
        }


@dataclass(frozen=True)
class ChildExplained:
    """Why records have one child id. ``records``: source, record_id, decided_by of each, sorted. ``links``: the
    pairs that put them together. ``near``: pairs with records of others that a person should look at."""

    child_id: str
    records: tuple[tuple[str, str, str], ...]
    links: tuple[PairExplained, ...] = field(default=())
    near: tuple[PairExplained, ...] = field(default=())

    def as_object(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "schema": EXPLANATION_SCHEMA,
            "kind": "child",
            "child_id": self.child_id,
            "records": [
                {"source": source, "record_id": record, "decided_by": decided}
                for source, record, decided in self.records
            ],
            "links": [one.as_object() for one in self.links],
            "near": [one.as_object() for one in self.near],
        }


def read_folder(path: Path) -> Folder:
    """The results of ``childlink link`` in ``path``, of one run. Raises InputFault where they are not whole."""
    finish_interrupted(path)
    try:
        summary = json.loads((path / "summary.json").read_text(encoding="utf-8"))
        passes = {row["decided_by"]: row["key"] for row in summary["passes"]}
        # held in memory, so that a linkage that ends meanwhile cannot put others in their place
        pairs = pl.scan_parquet(io.BytesIO((path / "pairs.parquet").read_bytes()))
        pairs.collect_schema()
        links = _text(path / "links.csv")
        review = _text(path / "review.csv")
        model = read_model(path / "model.json") if (path / "model.json").exists() else None
        require_one_run(path, summary)  # after all were read: a summary read before tells if any has changed
    except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError):
        raise InputFault(
            f"{path} does not hold the results of a linkage",
            allowed="the folder given to childlink link as --output",
            next_step="childlink link education=education.csv health=health.csv --output OUT",
        ) from None
    weights = review.with_columns(pl.col("match_weight").cast(pl.Float64))
    verdicts = settled(read_decisions(path / DECISIONS))
    return Folder(path, links, pairs, in_order(weights), verdicts, model, passes)


def _text(path: Path) -> pl.DataFrame:
    return read_csv_text(path).frame.with_columns(restored(pl.all()))


def explain_child(folder: Folder, child_id: str, *, near: int = 5) -> ChildExplained:
    """Why the records of ``child_id`` are one child. Raises UsageFault for an id that no record has."""
    own = folder.links.filter(child_id=child_id).sort("source", "record_id")
    if own.is_empty():
        raise _no_child(folder, child_id)
    keys = own.select("source", "record_id")
    sides = {side: keys.rename({name: f"{name}_{side}" for name in keys.columns}) for side in ("l", "r")}
    among = folder.pairs.filter(pl.col("decided_by").is_not_null()).select(PAIR)
    by_hand = folder.verdicts.filter(verdict="same").select(PAIR).lazy()
    made = pl.concat([among, by_hand])
    for side, names in (("l", PAIR[:2]), ("r", PAIR[2:])):
        made = made.join(sides[side].lazy(), on=list(names), how="semi")
    inside = made.unique().sort(PAIR).collect()
    marked = folder.review.select(PAIR).unique(maintain_order=True)
    for side in ("l", "r"):
        mine = sides[side].with_columns(pl.lit(value=True).alias(f"mine_{side}"))
        marked = marked.join(mine, on=sides[side].columns, how="left", maintain_order="left")
    outside = marked.filter(pl.col("mine_l").is_null() != pl.col("mine_r").is_null()).select(PAIR).head(near)
    return ChildExplained(
        child_id,
        tuple(own.select("source", "record_id", "decided_by").iter_rows()),
        tuple(explain_pair(folder, (a, b), (c, d)) for a, b, c, d in inside.iter_rows()),
        tuple(explain_pair(folder, (a, b), (c, d)) for a, b, c, d in outside.iter_rows()),
    )


def explain_pair(folder: Folder, one: Record, other: Record) -> PairExplained:
    """Why two records are one child, or two. Raises UsageFault for a record that the linkage does not have, and
    for one that is sealed: nothing is told of it."""
    if one == other:
        raise UsageFault("one record was given twice", next_step="give two records")
    one, other = sorted((one, other))
    held = [_record(folder, record) for record in (one, other)]
    row = _pair_row(folder.pairs, one, other)
    listed = _pair_row(folder.review.lazy(), one, other)
    said = _pair_row(folder.verdicts.lazy(), one, other)
    verdict = said["verdict"] if said else None
    steps, silent = _steps(folder, row) if row else ((), ())
    decided = row["decided_by"] if row else None
    same = held[0]["child_id"] == held[1]["child_id"]
    if same and verdict == "same":
        decided = DECIDED_WORD
    reasons = tuple(listed["reasons"].split("; ")) if listed else ()
    return PairExplained(
        one=one,
        other=other,
        child_ids=(held[0]["child_id"], held[1]["child_id"]),
        decided_by=decided,
        outcome=_outcome(folder, row, decided, verdict, reasons, same=same),
        compared=row is not None,
        match_weight=row["match_weight"] if row else None,
        family_weight=row["family_weight"] if row else None,
        steps=steps,
        silent=silent,
        reasons=reasons,
        verdict=verdict,
    )


def levels_of(folder: Folder, one: Record, other: Record) -> dict[str, Any] | None:
    """The pair's row of pairs.parquet, None where it was no candidate."""
    one, other = sorted((one, other))
    return _pair_row(folder.pairs, one, other)


def parsed_record(text: str) -> Record:
    """SOURCE:RECORD as source and record id; raises UsageFault for anything else."""
    source, colon, record = text.partition(":")
    if not colon or not source or not record:
        raise UsageFault(
            f"not a record: {text}",
            allowed="SOURCE:RECORD, as in education:E0000012",
            next_step="childlink explain OUT SOURCE:RECORD SOURCE:RECORD, or childlink explain OUT CHILD_ID",
        )
    return source, record


def _outcome(
    folder: Folder,
    row: Mapping[str, Any] | None,
    decided: str | None,
    verdict: str | None,
    reasons: tuple[str, ...],
    *,
    same: bool,
) -> str:
    if same and verdict == "different":
        return "One child in this linkage. A person has decided since that they are two: link again."
    if verdict == "same" and not same:
        return (
            "Two children in this linkage. A person decided that they are one: link again, or see review.csv."
        )
    if same and decided:
        how = _WORDS_OF_DECISION.get(decided) or f"an exact pass: {folder.passes.get(decided, decided)}"
        return f"One child. Put together by {decided}: {how}."
    if same:
        return "One child. Not by this pair: other records, each linked to the next, brought both together."
    if verdict == "different":
        return "Two children: a person decided so."
    if row is None:
        return (
            "Two children, as far as anyone knows. The pair was never compared: the records agree in none of the "
            "keys by which candidates are found."
        )
    if reasons:
        return "Two children for now, and waiting for a person's decision."
    return "Two children: too little speaks for one, or too much against."


def _steps(folder: Folder, row: Mapping[str, Any]) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """The waterfall of a pair, and the fields that are silent.

    Each step is the change of the log2 odds of a match against the other two classes together, fields taken in
    the model's order; so the steps add up to the match weight. What the levels leave over is the rarity of the
    very values agreed on, and, for a free place, the two free places.
    """
    named = {one.field: one.words for one in comparisons(
        tuple(c for c in row if c.startswith("id_")), tuple(c for c in row if c.startswith("x_"))
    )}  # fmt: skip
    fields = [name for name in named if name in row]
    silent = tuple(name for name in fields if not row[name])
    model = folder.model
    if model is None or row["match_weight"] is None:
        found = [(name, row[name], named[name][row[name]]) for name in fields if row[name]]
        return tuple(Step(name, level, words, 0.0, 0.0, 0.0) for name, level, words in found), silent
    match, family, rest = _prior(model, row["source_l"], row["source_r"])
    now = match - float(np.logaddexp2(family, rest))
    steps = [Step("start", 0, "to begin with: few pairs are one child", now, 0.0, now)]
    for name, chances in model.fields.items():
        level = row.get(name) or 0
        if not level:
            continue
        match += float(np.log2(chances.match[level - 1]))
        family += float(np.log2(chances.family[level - 1]))
        rest += float(np.log2(chances.unrelated[level - 1]))
        after = match - float(np.logaddexp2(family, rest))
        steps.append(Step(name, level, chances.words[level], after - now, now, after))
        now = after
    by_model = row["match_weight"]
    if row["decided_by"] == FREE_PLACE:
        theirs = 2.0 ** (family - row["family_weight"]) - 2.0**match
        by_model = match - float(np.logaddexp2(family, np.log2(max(theirs, 1e-300))))
    for name, words, after in (
        ("rarity", "how rare the values are that they share", by_model),
        (FREE_PLACE, "neither has a partner in the other's source", row["match_weight"]),
    ):
        if abs(after - now) >= _LEAST_STEP:
            steps.append(Step(name, 0, words, after - now, now, after))
            now = after
    return tuple(steps), silent


_LEAST_STEP = 0.0005


def _prior(model: Model, one: str, other: str) -> tuple[float, float, float]:
    """log2 of the expected pairs of each class between two sources."""
    wanted = {one, other}
    strata = [s for s in model.strata if set(s.sources) == wanted and s.pairs]
    stratum = strata[0]
    rest = max(stratum.pairs - stratum.match - stratum.family, 0.0)
    return tuple(float(np.log2(max(n, 1e-9))) for n in (stratum.match, stratum.family, rest))  # type: ignore[return-value]


def _pair_row(pairs: pl.LazyFrame, one: Record, other: Record) -> dict[str, Any] | None:
    wanted = dict(zip(PAIR, (*one, *other), strict=True))
    found = pairs.filter(pl.all_horizontal(pl.col(name) == value for name, value in wanted.items())).collect()
    return found.row(0, named=True) if found.height else None


def _record(folder: Folder, record: Record) -> dict[str, Any]:
    source, record_id = record
    sources = folder.links["source"].unique().sort().to_list()
    if source not in sources:
        raise unknown_name("source", source, sources)
    found = folder.links.filter(source=source, record_id=record_id)
    if found.is_empty():
        raise UsageFault(
            f"{source} has no record {record_id} in this linkage",
            allowed=f"a record_id of {source} in {folder.path / 'links.csv'}",
            next_step="check the id, its leading zeros too: it must be as the extract has it",
        )
    if found["decided_by"][0] == SEALED:
        raise UsageFault(
            f"{source}:{record_id} is sealed: it was compared with nothing, and nothing is told of it",
            next_step="childlink register history ID tells when an identity was sealed",
        )
    return found.row(0, named=True)


def _no_child(folder: Folder, given: str) -> ChildlinkError:
    tidy = given.strip().upper().translate(str.maketrans("OIL", "011"))
    if tidy != given and (folder.links["child_id"] == tidy).any():
        return UsageFault(f"no child {given}", next_step=f"did you mean {tidy}?")
    if ":" in given:
        return UsageFault(
            f"one record was given: {given}",
            allowed="a child id, or two records",
            next_step="childlink explain OUT SOURCE:RECORD SOURCE:RECORD",
        )
    links = folder.path / "links.csv"
    if not is_valid(tidy):
        return UsageFault(
            f"{given} is not a child id: its check symbol does not fit, or it is too long or short",
            allowed=f"a child_id of {links}: eleven symbols",
            next_step="copy the id from links.csv, or give two records as SOURCE:RECORD",
        )
    return UsageFault(
        f"no record of this linkage has the child id {given}",
        allowed=f"a child_id of {links}",
        next_step=f"childlink register history {tidy} --register {folder.path / 'register.sqlite'} tells what "
        "became of it",
    )


def signed(weight: float) -> str:
    """A weight as people read it: one digit and its sign, and no minus nought."""
    return f"{round(weight, 1) + 0.0:+.1f}"


def _digits(number: float | None) -> float | None:
    return None if number is None else round(number, 3) + 0.0


def decided_in_words(folder: Folder, decided_by: str) -> str:
    """What a word of links.csv's decided_by means."""
    if decided_by == ALONE:
        return "alone: nothing was linked to it"
    return _WORDS_OF_DECISION.get(decided_by) or folder.passes.get(decided_by, decided_by)
