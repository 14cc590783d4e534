"""Who the person is."""

from __future__ import annotations

import polars as pl

from childlink.rules.sen2.tables import Persons, rule

_ANY_OF = Persons.columns("UPN", "UniqueLearnerNumber", "UPNunknown")


@rule(
    "sen2-a",
    *_ANY_OF,
    message="One of UPN, unique learner number and the reason why neither is known must be given",
)
def without_number_or_reason() -> pl.Expr:
    """A Persons row in which UPN, UniqueLearnerNumber and UPNunknown are all missing. Whether they are valid is not
    looked at here."""
    return pl.all_horizontal(column.missing for column in _ANY_OF)
