"""The numbers that decide what is linked, what is reviewed and how much work is done. All have defaults."""

from __future__ import annotations

from dataclasses import dataclass

SEED = 20_240_101
"""Seed of the random pairs that the unrelated class is measured on: fixed, so that linking never varies."""


@dataclass(frozen=True)
class LinkSettings:
    """Settings of one linkage. Weights are log2 odds that two records are the same child (0 is even odds)."""

    accept_weight: float = 1.0
    """A pair at or above this weight may link without a person's decision ..."""
    lead: float = 5.0
    """... when no other person is within this much of it."""
    review_weight: float = -4.0
    """A pair at or above this weight that did not link is offered for review."""
    duplicate_weight: float = 4.0
    """Two records of one source are the same child only at or above this weight."""
    single_sources: frozenset[str] = frozenset()
    """Sources that hold each child once, by the word of those who sent them."""
    source_identifiers: frozenset[str] = frozenset()
    """Further identifiers (columns id_NAME) that mean the same child only within a source."""
    own_keys: tuple[tuple[str, ...], ...] = ()
    """Further blocking keys: columns of the prepared records that must agree."""
    children: bool = True
    """Whether the people are children of families. False: weights alone decide, as for any person data; the
    rules about the forename and about a new surname at a new address are off, and so are free places."""
    fuzzy: bool = True
    """False: deterministic passes only, no scored links and no free places."""
    free_place: bool = True
    """Whether the free-place step is taken."""
    free_place_coverage: float = 0.85
    """The free-place step needs one of two sources to hold at least this share of the other's children."""
    block_cap: int = 20_000
    """A block that would make more pairs than this is refined by further fields."""
    sample_pairs: int = 100_000
    """Random pairs drawn to measure how often unrelated children agree by chance."""
    em_rounds: int = 500
    """EM stops after so many rounds ..."""
    em_tolerance: float = 1e-5
    """... or when no chance of any level moves by more than this."""
    seed: int = SEED
    """Of the random pairs, and of nothing else."""
