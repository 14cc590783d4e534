"""OC2: health, convictions and the strengths and difficulties questionnaire."""

from __future__ import annotations

import polars as pl

from childlink.rules.columns import any_present
from childlink.rules.ssda903.tables import OC2, Episodes, rule
from childlink.rules.ssda903.vocabulary import OC2_HEALTH, OC2_OTHER, not_of_children


@rule("190", *OC2_HEALTH, *OC2_OTHER, message="x")
def health_items_without_a_year_of_care(
    oc2: pl.LazyFrame, continuously_looked_after: pl.LazyFrame
) -> pl.LazyFrame:
    """An OC2 row whose child is not looked after continuously and in which at least one item is present."""
    filled = oc2.filter(any_present((*OC2_HEALTH, *OC2_OTHER)))
    return not_of_children(filled, OC2, continuously_looked_after, Episodes)
