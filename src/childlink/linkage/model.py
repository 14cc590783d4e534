"""The mixture that scores pairs: match, same family, unrelated; its parameters as data, saved as model.json.

A pair belongs to one of three classes, each with its own chance of every level of every field. Twins and
siblings agree on surname, postcode and often date of birth: without a class of their own they would pass for
matches. The classes are weighed by how many pairs of each there are among ALL pairs of records, for each pair
of sources: expected matches, expected family pairs, and the rest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from childlink.errors import InputFault, UsageFault
from childlink.file_set import finish_interrupted
from childlink.linkage.levels import Comparison

MODEL_SCHEMA = "childlink.linkage-model/1"

Chances = npt.NDArray[np.float64]


@dataclass(frozen=True)
class FieldChances:
    """One field's chance of each level from 1, given that neither side is missing, in each class."""

    words: tuple[str, ...]
    exact: bool
    match: tuple[float, ...]
    family: tuple[float, ...]
    unrelated: tuple[float, ...]


@dataclass(frozen=True)
class PairsOfSources:
    """How many pairs there are between two sources (or within one), and how many of each class."""

    sources: tuple[str, str]
    pairs: float
    match: float
    family: float


@dataclass(frozen=True)
class Model:
    """A trained mixture. ``fields`` in the order of ``levels.comparisons``, ``strata`` in that of sources."""

    fields: Mapping[str, FieldChances]
    strata: tuple[PairsOfSources, ...]
    seed: int
    rounds: int
    converged: bool
    schema: str = field(default=MODEL_SCHEMA)

    def as_json(self) -> str:
        """The text of model.json: sorted, rounded to 12 digits, ending in a line end."""
        held = asdict(self)
        held["order"] = list(self.fields)
        return json.dumps(_rounded(held), indent=2, sort_keys=True) + "\n"


def read_model(path: Path) -> Model:
    """The model that ``Model.as_json`` wrote. Raises InputFault for any other file."""
    finish_interrupted(path.parent)
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        if held["schema"] != MODEL_SCHEMA:
            raise InputFault(
                f"{path} holds a model of another version", allowed=MODEL_SCHEMA, next_step="train it again"
            )
        return Model(
            fields={name: FieldChances(**_tuples(held["fields"][name])) for name in held["order"]},
            strata=tuple(PairsOfSources(**_tuples(stratum)) for stratum in held["strata"]),
            seed=int(held["seed"]),
            rounds=held["rounds"],
            converged=held["converged"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        raise InputFault(
            f"{path} is no model of childlink", allowed="a model.json that childlink link wrote"
        ) from None


def require_fields(model: Model, compared: tuple[Comparison, ...]) -> None:
    """Raise UsageFault unless ``model`` is of just these fields, with just these levels."""
    has, wants = list(model.fields), [one.field for one in compared]
    if sorted(has) != sorted(wants):
        extra, missing = sorted(set(has) - set(wants)), sorted(set(wants) - set(has))
        raise UsageFault(
            "the model is of other fields than these extracts"
            + (f"; it has {', '.join(extra)}" if extra else "")
            + (f"; it lacks {', '.join(missing)}" if missing else ""),
            allowed="a model trained with the same fields and identifiers in link.toml",
            next_step="link without --model to train one",
        )
    for one in compared:
        if len(model.fields[one.field].match) != one.levels - 1:
            raise UsageFault(
                f"the model has other levels of {one.field} than this childlink",
                allowed=f"{one.levels - 1} levels",
                next_step="link without --model to train one",
            )


def show(model: Model) -> list[dict[str, Any]]:
    """A model for people: one row per field and level from 1, with field, level, words, match, family and
    unrelated (chance of the level in each class) and weight (log2 of match over unrelated)."""
    return [
        {
            "field": name,
            "level": level,
            "words": chances.words[level],
            "match": chances.match[level - 1],
            "family": chances.family[level - 1],
            "unrelated": chances.unrelated[level - 1],
            "weight": round(float(np.log2(chances.match[level - 1] / chances.unrelated[level - 1])), 3),
        }
        for name, chances in model.fields.items()
        for level in range(1, len(chances.words))
    ]


def _tuples(held: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in held.items()}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.12g}")
    if isinstance(value, Mapping):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return value


def stratum_of(source_l: pl.Expr, source_r: pl.Expr, sources: int) -> pl.Expr:
    """The position in ``Model.strata`` of a pair of source numbers, in either order."""
    low, high = pl.min_horizontal(source_l, source_r), pl.max_horizontal(source_l, source_r)
    return (low.cast(pl.Int32) * sources + high.cast(pl.Int32)).cast(pl.Int32)


def all_strata(sources: tuple[str, ...], sizes: Mapping[str, int]) -> tuple[PairsOfSources, ...]:
    """One stratum for each position ``stratum_of`` can give; those of the unused order have no pairs."""
    strata = []
    for low, one in enumerate(sources):
        for high, other in enumerate(sources):
            if low == high:
                pairs = sizes[one] * (sizes[one] - 1) / 2
            else:
                pairs = float(sizes[one] * sizes[other]) if low < high else 0.0
            strata.append(PairsOfSources((one, other), pairs, 0.0, 0.0))
    return tuple(strata)


def rarity(model_fields: Mapping[str, FieldChances]) -> pl.Expr:
    """log2 of how much likelier (below 0: less likely) two unrelated records are to agree on the very values
    they agree on than on any value: the sum over the fields that agree exactly."""
    return pl.sum_horizontal(
        (pl.col(f"{name}_share") / chances.unrelated[0]).log(2).fill_null(0.0)
        for name, chances in model_fields.items()
        if chances.exact
    )


def log_chances(model: Model, patterns: pl.DataFrame) -> tuple[Chances, Chances, Chances]:
    """log2 of the expected number of pairs of each class (match, family, unrelated) among all pairs that show
    each pattern. ``patterns``: the fields' levels, stratum, rarity; the results are in its order."""
    strata = patterns["stratum"].to_numpy()
    totals = np.array([(s.match, s.family, max(s.pairs - s.match - s.family, 0.0)) for s in model.strata])
    totals = np.log2(np.maximum(totals, 1e-9))
    match, family, unrelated = (totals[strata, k].copy() for k in range(3))
    unrelated += patterns["rarity"].to_numpy()
    for name, chances in model.fields.items():
        level = patterns[name].to_numpy()
        match += _logs(chances.match)[level]
        family += _logs(chances.family)[level]
        unrelated += _logs(chances.unrelated)[level]
    return match, family, unrelated


def _logs(chances: tuple[float, ...]) -> Chances:
    logs: Chances = np.log2(np.array([1.0, *chances]))
    return logs


def score(model: Model, patterns: pl.DataFrame) -> pl.DataFrame:
    """``patterns`` with log_match, log_family, log_unrelated (log2 of the expected pairs of each class with
    the pattern) and match_weight, family_weight (log2 of the odds that the pair is a match; that it is two
    children of a family), all Float64.

    A pure function of its two arguments, row by row: a batch may be cut anywhere.
    """
    match, family, unrelated = log_chances(model, patterns)
    return patterns.with_columns(
        log_match=pl.Series(match),
        log_family=pl.Series(family),
        log_unrelated=pl.Series(unrelated),
        match_weight=pl.Series(match - np.logaddexp2(family, unrelated)),
        family_weight=pl.Series(family - np.logaddexp2(match, unrelated)),
    )


def fields_of(
    comparisons: tuple[Comparison, ...], unrelated: Mapping[str, Chances]
) -> dict[str, FieldChances]:
    """Starting values: each comparison's own for match and family, and the measured ones for unrelated."""
    return {
        one.field: FieldChances(
            one.words, one.exact, one.match, one.family, tuple(map(float, unrelated[one.field]))
        )
        for one in comparisons
    }
