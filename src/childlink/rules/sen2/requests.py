"""Requests for an assessment, and assessments."""

from __future__ import annotations

import polars as pl

from childlink.rules.expressions import joined
from childlink.rules.sen2.tables import Assessments, Requests, rule


@rule(
    "sen2-c",
    *Requests.columns("ReceivedDate", "RYA", "RequestOutcome"),
    message="Date the request was received and whether the person is in relevant youth accommodation must be given "
    "unless the request is historical",
)
def request_without_date_or_accommodation() -> pl.Expr:
    """A Requests row whose RequestOutcome is missing or is not H, and in which ReceivedDate or RYA is missing. A
    ReceivedDate that is no date is not missing."""
    lacking = Requests.ReceivedDate.missing | Requests.RYA.missing
    return lacking & ~Requests.RequestOutcome.one_of("H")


@rule(
    "sen2-d",
    Requests.RequestOutcome,
    Assessments.AssessmentOutcome,
    message="Please check: an assessment follows a request that awaits a decision, was withdrawn or is historical",
    severity="query",
    key=((Requests.PersonID, Assessments.PersonID), (Requests.RequestID, Assessments.RequestID)),
)
def assessment_without_decision(requests: pl.LazyFrame, assessments: pl.LazyFrame) -> pl.LazyFrame:
    """A Requests row whose RequestOutcome is A, W or H, and the Assessments row of the same PersonID and RequestID
    whose AssessmentOutcome is missing or is not H. Both rows are flagged. Rows without PersonID or RequestID belong
    to no other."""
    undecided = requests.filter(
        Requests.RequestOutcome.one_of("A", "W", "H"), Requests.PersonID.present, Requests.RequestID.present
    )
    current = assessments.filter(~Assessments.AssessmentOutcome.one_of("H"))
    return joined(
        undecided,
        current,
        (Requests.PersonID, Assessments.PersonID),
        (Requests.RequestID, Assessments.RequestID),
    )


@rule(
    "sen2-e",
    *Assessments.columns("AssessmentOutcome", "AssessmentOutcomeDate"),
    message="Assessment outcome date must be given when it was decided to issue a plan or not to",
)
def decided_without_date() -> pl.Expr:
    """An Assessments row whose AssessmentOutcome is Y or N and whose AssessmentOutcomeDate is missing. One that is no
    date is not missing."""
    return Assessments.AssessmentOutcome.one_of("Y", "N") & Assessments.AssessmentOutcomeDate.missing
