"""Assessments and the factors found at them."""

from __future__ import annotations

import polars as pl

from childlink.rules.cin.tables import Assessments, CINdetails, rule
from childlink.rules.cin.vocabulary import of_one_episode


@rule(
    "1103",
    Assessments.AssessmentActualStartDate,
    CINdetails.CINreferralDate,
    message="The assessment start date cannot be before the referral date",
    key=(Assessments.LAchildID, Assessments.AssessmentActualStartDate, CINdetails.CINreferralDate),
)
def started_before_the_referral(assessments: pl.LazyFrame, cin_details: pl.LazyFrame) -> pl.LazyFrame:
    """An Assessments row and a CINdetails row of the same episode where AssessmentActualStartDate is earlier than
    CINreferralDate. Both rows are flagged; the same day passes."""
    return of_one_episode(assessments, Assessments, cin_details, CINdetails).filter(
        Assessments.AssessmentActualStartDate.date < CINdetails.CINreferralDate.date
    )


@rule(
    "8608",
    *Assessments.columns("AssessmentActualStartDate", "AssessmentAuthorisationDate"),
    message="Assessment Start Date cannot be later than its End Date",
    key=Assessments.columns("LAchildID", "AssessmentActualStartDate", "AssessmentAuthorisationDate"),
)
def ended_before_its_start() -> pl.Expr:
    """An Assessments row whose AssessmentActualStartDate is later than its AssessmentAuthorisationDate. The same day
    passes."""
    return Assessments.AssessmentActualStartDate.date > Assessments.AssessmentAuthorisationDate.date
