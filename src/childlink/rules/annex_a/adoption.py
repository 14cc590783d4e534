"""Children to be adopted (list 10) and adopters (list 11)."""

from __future__ import annotations

import polars as pl

from childlink.rules.annex_a.tables import Adopters, Adoption, rule
from childlink.rules.expressions import joined

FAMILY, ADOPTERS_FAMILY = Adoption["Family identifier"], Adopters["Family identifier"]
MATCHED = Adoption["Date of Matching Child and Prospective Adopters"]
PLACED, ADOPTED = Adoption["Date Placed for Adoption"], Adoption["Date of Adoption Order"]
STAGES = tuple(
    (Adopters[f"Date Stage {stage} started"], Adopters[f"Date Stage {stage} ended"]) for stage in (1, 2)
)


@rule(
    "annex-adopters",
    FAMILY,
    message="The child's Family identifier is not in the list of adopters",
    severity="query",
)
def family_without_adopters(list_10: pl.LazyFrame, list_11: pl.LazyFrame) -> pl.LazyFrame:
    """A row of list 10 whose Family identifier is that of no row of list 11. The reason: it links the child to its
    adopters. Adopters whom another agency approved may not be in the list. A child without one is not flagged."""
    return joined(list_10.filter(FAMILY.present), list_11, (FAMILY, ADOPTERS_FAMILY), how="anti")


@rule(
    "annex-adoption-steps",
    MATCHED,
    PLACED,
    ADOPTED,
    message="The steps to adoption are not in their order",
    severity="query",
)
def steps_out_of_order() -> pl.Expr:
    """A row of list 10 whose date of matching is after the Date Placed for Adoption or the Date of Adoption Order, or
    whose Date Placed for Adoption is after the Date of Adoption Order. The same day passes; a step without a date is
    passed over. The reason: a child is matched, then placed, then adopted."""
    return (
        (MATCHED.date > PLACED.date).fill_null(value=False)
        | (PLACED.date > ADOPTED.date).fill_null(value=False)
        | (MATCHED.date > ADOPTED.date).fill_null(value=False)
    )


@rule(
    "annex-stages",
    *(column for stage in STAGES for column in stage),
    message="A stage of the adopter's assessment ended before it started",
)
def stage_ends_before_it_starts() -> pl.Expr:
    """A row of list 11 whose Date Stage 1 ended is before its Date Stage 1 started, or Date Stage 2 ended before Date
    Stage 2 started. The same day passes. The reason: nothing ends before it starts. The order of the two stages is
    not judged: some adopters go through them another way."""
    return pl.any_horizontal((ended.date < started.date).fill_null(value=False) for started, ended in STAGES)
