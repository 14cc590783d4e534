"""Plans: the settings and needs they name, their payments and their end."""

from __future__ import annotations

import polars as pl

from childlink.rules.columns import Column, Table
from childlink.rules.context import Unavailable
from childlink.rules.expressions import together
from childlink.rules.sen2.tables import NamedPlans, Needs, PlacementDetails, PlanDetails, rule

_ONE_OF = ("URN", "UKPRN", "SENSetting")
MOST = 2
"""The most settings that a plan may name, and the most needs that one in force may have."""


def _failing_of(*tables: tuple[pl.LazyFrame | None, pl.Expr]) -> pl.LazyFrame:
    """The failing rows of those tables that are in the return. Raises Unavailable where none is."""
    failing = [frame.filter(condition) for frame, condition in tables if frame is not None]
    if not failing:
        raise Unavailable("none of its tables is in the return")
    return together(*failing)


def _not_exactly_one(table: Table) -> pl.Expr:
    return pl.sum_horizontal(column.present for column in table.columns(*_ONE_OF)) != 1


def _too_many(table: Table) -> pl.Expr:
    ids = table.columns("PersonID", "RequestID")
    in_one = pl.len().over(column.key for column in ids)
    return pl.all_horizontal(column.present for column in ids) & (in_one > MOST)


@rule(
    "sen2-f",
    *PlanDetails.columns(*_ONE_OF),
    *PlacementDetails.columns(*_ONE_OF),
    message="Exactly one of URN, UKPRN and type of setting must be given for a setting",
    key=[Column(table.name, "row") for table in (PlanDetails, PlacementDetails)],  # each row by itself
)
def setting_named_twice_or_not_at_all(
    plan_details: pl.LazyFrame | None = None, placement_details: pl.LazyFrame | None = None
) -> pl.LazyFrame:
    """A PlanDetails or PlacementDetails row in which none of URN, UKPRN and SENSetting is present, or more than one.
    SENSettingOther does not count."""
    return _failing_of(
        (plan_details, _not_exactly_one(PlanDetails)), (placement_details, _not_exactly_one(PlacementDetails))
    )


@rule(
    "sen2-h",
    *PlanDetails.columns("PersonID", "RequestID"),
    *Needs.columns("PersonID", "RequestID"),
    message="No more than two settings and two special educational needs may be given for a plan",
    key=((PlanDetails.PersonID, Needs.PersonID), (PlanDetails.RequestID, Needs.RequestID)),
)
def too_many_settings_or_needs(
    plan_details: pl.LazyFrame | None = None, needs: pl.LazyFrame | None = None
) -> pl.LazyFrame:
    """Every PlanDetails row of a PersonID and RequestID that have more than two PlanDetails rows, and every Needs row
    of a PersonID and RequestID that have more than two Needs rows. Rows without PersonID or RequestID are not
    counted."""
    return _failing_of((plan_details, _too_many(PlanDetails)), (needs, _too_many(Needs)))


@rule(
    "sen2-i",
    *NamedPlans.columns("DP", "PB"),
    message="Please check: direct payments are given for a plan without a personal budget",
    severity="query",
)
def payment_without_budget() -> pl.Expr:
    """A NamedPlans row in which DP is present and PB is missing or is not 1."""
    return NamedPlans.DP.present & ~NamedPlans.PB.one_of("1")


@rule(
    "sen2-j",
    *NamedPlans.columns("CeaseDate", "CeaseReason"),
    message="Date and reason of the end of a plan must be given together",
)
def end_without_date_or_reason() -> pl.Expr:
    """A NamedPlans row in which exactly one of CeaseDate and CeaseReason is present. A CeaseDate that is no date is
    present."""
    return NamedPlans.CeaseDate.present ^ NamedPlans.CeaseReason.present
