"""The queue of a review and its answers: which pair is next, what was said, and where it is kept.

No screen here, and no value of a record. Every answer is on disk before the next pair is shown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from childlink.errors import UsageFault
from childlink.linkage.decisions import (
    ADJUDICATOR,
    ANSWERS,
    DECISIONS,
    DISAGREED,
    GROUNDS,
    PAIR,
    REVIEWER,
    read_decisions,
    settled,
    with_answer,
    write_decisions,
)
from childlink.linkage.explain import Folder, read_folder

REVIEW_SCHEMA = "childlink.review/1"

BRIDGES = ("register-bridge", "register-split", "bridge")
"""Reasons whose answer decides about more records than the two."""

Record = tuple[str, str]


@dataclass(frozen=True)
class Item:
    """A pair to be looked at. ``levels``: its row of pairs.parquet, None where it was no candidate."""

    one: Record
    other: Record
    match_weight: float | None
    reasons: tuple[str, ...]
    levels: dict[str, Any] | None

    @property
    def key(self) -> tuple[str, str, str, str]:
        """The pair as decisions.csv writes it."""
        return (*self.one, *self.other)


def queue_of(folder: Folder, decisions: pl.DataFrame, *, reviewer: str, role: str) -> list[Item]:
    """The pairs that ``reviewer`` has not answered, the one whose answer tells most first.

    A reviewer's are those of review.csv and those that other reviewers answered; an adjudicator's those on which
    reviewers disagree. Bridges come first, then what is closest to even odds; ties by record.
    """
    mine = decisions.filter((pl.col("reviewer") == reviewer) & (pl.col("role") == role))
    if role == ADJUDICATOR:
        wanted = settled(decisions).filter(verdict=DISAGREED).select(PAIR)
    else:
        others = decisions.filter(role=REVIEWER).select(PAIR)
        wanted = pl.concat([folder.review.select(PAIR), others]).unique()
    listed = folder.review.group_by(PAIR).agg(pl.col("reasons").str.join("; "))
    asked = wanted.join(mine, on=PAIR, how="anti").join(listed, on=PAIR, how="left")
    rows = asked.lazy().join(folder.pairs, on=PAIR, how="left").sort(PAIR).collect().iter_rows(named=True)
    items = [_item(row) for row in rows]
    return sorted(items, key=lambda item: (_rank(item), item.key))


def _item(row: dict[str, Any]) -> Item:
    reasons = tuple(row.pop("reasons").split("; ")) if row["reasons"] else ()
    return Item(
        (row["source_l"], row["record_id_l"]),
        (row["source_r"], row["record_id_r"]),
        row["match_weight"],
        reasons,
        row if row["same_child"] is not None else None,
    )


def _rank(item: Item) -> tuple[int, float]:
    far = float("inf") if item.match_weight is None else abs(item.match_weight)
    return (0 if set(BRIDGES) & set(item.reasons) else 1, far)


class Session:
    """One reviewer's way through a queue. ``now`` tells the time, as text, when an answer is given."""

    def __init__(
        self,
        out: Path,
        *,
        reviewer: str,
        now: Callable[[], str],
        role: str = REVIEWER,
        may_show: Callable[[Record], bool] = lambda record: True,
        limit: int | None = None,
    ) -> None:
        """``may_show``: whether a record may be put before a person; pairs with one that may not are left out.
        Raises InputFault where ``out`` holds no linkage or a decisions.csv that cannot be read."""
        if not reviewer.strip() or any(ord(symbol) < 32 for symbol in reviewer):
            raise UsageFault("the reviewer has no name", next_step="add --reviewer NAME")
        self.folder = read_folder(out)
        self.file = out / DECISIONS
        self.reviewer, self.role = reviewer.strip(), role
        self._now = now
        self._model = _fingerprint(out / "model.json")
        every = queue_of(self.folder, read_decisions(self.file), reviewer=self.reviewer, role=role)
        self.queue = [item for item in every if may_show(item.one) and may_show(item.other)]
        self.withheld = len(every) - len(self.queue)
        self.queue = self.queue[:limit]
        self.place = 0
        self.answers: dict[tuple[str, str, str, str], str] = {}
        self.grounds: dict[tuple[str, str, str, str], str] = {}
        self._blind: dict[tuple[str, str, str, str], bool] = {}

    @property
    def current(self) -> Item | None:
        """The pair that is asked about; None where none is left."""
        return self.queue[self.place] if self.place < len(self.queue) else None

    def answer(self, word: str) -> None:
        """Keep an answer to the current pair, on disk at once; the score may be shown from now on."""
        if word not in ANSWERS:
            raise ValueError(word)
        item = self._asked()
        self._blind[item.key] = item.key not in self.answers  # a second answer knows the score
        self.answers[item.key] = word
        self.grounds.pop(item.key, None)
        self._save(item)

    def ground(self, code: str) -> None:
        """Keep what the answer to the current pair rests on: a word of GROUNDS."""
        item = self._asked()
        if code not in GROUNDS or item.key not in self.answers:
            raise ValueError(code)
        self.grounds[item.key] = code
        self._save(item)

    def next(self) -> None:
        """Go to the next pair."""
        self.place = min(self.place + 1, len(self.queue))

    def back(self) -> None:
        """Go to the pair before; its answer stands until another is given."""
        self.place = max(self.place - 1, 0)

    def as_object(self) -> dict[str, Any]:
        """What this session did, for JSON."""
        said = list(self.answers.values())
        return {
            "schema": REVIEW_SCHEMA,
            "reviewer": self.reviewer,
            "role": self.role,
            "answered": len(said),
            "answers": {word: said.count(word) for word in ANSWERS},
            "left": len(self.queue) - len(said),
            "withheld": self.withheld,
            "file": str(self.file),
            "register": self.for_the_register(),
        }

    def for_the_register(self) -> list[str]:
        """Commands that carry answers into the register, which no linkage merges or splits by itself."""
        links = self.folder.links.select("source", "record_id", "child_id")
        ids = {(source, record): child for source, record, child in links.iter_rows()}
        commands = set()
        for item in self.queue:
            said = self.answers.get(item.key)
            one, other = sorted((ids.get(item.one, ""), ids.get(item.other, "")))
            if said == "same" and "register-bridge" in item.reasons and one != other:
                commands.add(f"childlink register merge {one} {other}")
            if said == "different" and "register-split" in item.reasons and one == other:
                commands.add(f"childlink register split {one}")
        return sorted(commands)

    def _asked(self) -> Item:
        if self.current is None:
            raise ValueError("no pair is asked about")
        return self.current

    def _save(self, item: Item) -> None:
        row = dict(zip(PAIR, item.key, strict=True)) | {
            "answer": self.answers[item.key],
            "reviewer": self.reviewer,
            "role": self.role,
            "ground": self.grounds.get(item.key),
            "blind": "yes" if self._blind[item.key] else "no",
            "model": self._model,
            "at": self._now(),
        }
        # read again each time: another reviewer may have written since
        write_decisions(self.file, with_answer(read_decisions(self.file), row))


def _fingerprint(model: Path) -> str | None:
    return hashlib.sha256(model.read_bytes()).hexdigest()[:12] if model.exists() else None


def status(out: Path) -> dict[str, Any]:
    """How far the review of a linkage is: schema, listed (pairs of review.csv), decided (by verdict), reviewers
    (name, role, answers), open (listed pairs nobody has settled)."""
    folder = read_folder(out)
    decisions = read_decisions(out / DECISIONS)
    verdicts = settled(decisions)
    by_verdict = {word: int((verdicts["verdict"] == word).sum()) for word in (*ANSWERS, DISAGREED)}
    done = verdicts.filter(pl.col("verdict").is_in(ANSWERS[:2]))
    reviewers = decisions.group_by("reviewer", "role").len("answers").sort("reviewer", "role")
    return {
        "schema": REVIEW_SCHEMA,
        "listed": folder.review.select(PAIR).n_unique(),
        "open": folder.review.select(PAIR).unique().join(done, on=PAIR, how="anti").height,
        "decided": by_verdict,
        "reviewers": reviewers.to_dicts(),
    }


def changed_extracts(out: Path, digests: dict[str, str]) -> list[str]:
    """Sources whose file is not the one that was linked, by its SHA-256; sorted."""
    try:
        inputs = json.loads((out / "summary.json").read_text(encoding="utf-8"))["inputs"]
    except (OSError, ValueError, KeyError):
        return []
    linked = {held["source"]: held["sha256"] for held in inputs}
    return sorted(name for name, digest in digests.items() if linked.get(name) != digest)
