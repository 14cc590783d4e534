"""Pre-proceedings and family group decision making, from 2026-27."""

from __future__ import annotations

import polars as pl

from childlink.rules.cin.tables import PreProceedings, rule
from childlink.rules.cin.vocabulary import TRUE, outside
from childlink.rules.columns import Column
from childlink.rules.context import Period


def out_of_order(date: Column, earlier: Column, period: Period) -> pl.Expr:
    """True where both dates are there, and ``date`` is outside the census year or before ``earlier``."""
    out = outside(date.date, period) | (date.date < earlier.date)
    return date.date.is_not_null() & earlier.date.is_not_null() & out


@rule(
    "8995Q",
    PreProceedings.PPStartDate,
    message=(
        "Please check and provide a reason why no module 5 (pre-proceedings and FGM) data has been provided "
        "for any child."
    ),
    severity="query",
    since="2026-27",
    whole_return=True,
)
def none_of_any_child(pre_proceedings: pl.LazyFrame) -> pl.LazyFrame:
    """The return has no PreProceedings row at all."""
    return pre_proceedings.select(rows=pl.len()).filter(pl.col("rows") == 0)


@rule(
    "9000Q",
    PreProceedings.PPStartDate,
    message=(
        "Please check: If you do not yet collect this data, please leave this field blank and provide a "
        "reason."
    ),
    severity="query",
    since="2026-27",
    whole_return=True,
    differs=(
        "The reference implementation asks only where there is no PreProceedings row; here rows without "
        "PPStartDate do not answer the question."
    ),
)
def no_start_of_any_child(pre_proceedings: pl.LazyFrame) -> pl.LazyFrame:
    """No PreProceedings row of the return has a PPStartDate; nor is there one where there are no rows."""
    return pre_proceedings.select(starts=PreProceedings.PPStartDate.date.count()).filter(
        pl.col("starts") == 0
    )


@rule(
    "9005",
    PreProceedings.PPStartDate,
    message=(
        "The date of the legal planning meeting or other decision making forum where the LA made the decision "
        "to commence pre-proceedings cannot fall outside the reporting year."
    ),
    since="2026-27",
)
def started_outside_the_year(period: Period) -> pl.Expr:
    """A PreProceedings row whose PPStartDate is present and before the census year or after it."""
    return outside(PreProceedings.PPStartDate.date, period)


@rule(
    "9006",
    PreProceedings.LBPSentDate,
    message=(
        "The date the letter before proceedings was sent must be within the reporting year and after the date "
        "pre-proceedings began."
    ),
    since="2026-27",
    differs=(
        "A letter without PPStartDate passes, even outside the year; the day of the start passes as well."
    ),
)
def letter_out_of_order(period: Period) -> pl.Expr:
    """A PreProceedings row with LBPSentDate and PPStartDate whose LBPSentDate is outside the census year or
    before PPStartDate. The same day passes."""
    return out_of_order(PreProceedings.LBPSentDate, PreProceedings.PPStartDate, period)


@rule(
    "9007",
    PreProceedings.FGDMMeetingOffer,
    message=(
        "You have confirmed that a letter before proceedings was sent. Please confirm whether or not a FGDM "
        "meeting was offered in the letter."
    ),
    since="2026-27",
    differs="The reference implementation has it the wrong way round: it reports an offer without a letter.",
)
def letter_without_word_of_an_offer() -> pl.Expr:
    """A PreProceedings row with LBPSentDate whose FGDMMeetingOffer is missing."""
    return PreProceedings.LBPSentDate.date.is_not_null() & PreProceedings.FGDMMeetingOffer.missing


@rule(
    "9008",
    PreProceedings.InitialPPMeetingDate,
    message="The date of the first effective pre-proceedings meeting must be within the reporting year.",
    since="2026-27",
)
def first_meeting_outside_the_year(period: Period) -> pl.Expr:
    """A PreProceedings row whose InitialPPMeetingDate is present and before the census year or after it."""
    return outside(PreProceedings.InitialPPMeetingDate.date, period)


@rule(
    "9009",
    PreProceedings.StepDecisionDate,
    message=(
        "The date when the decision was made to step up or down must be on or after the date of the decision "
        "to begin pre-proceedings and must fall within the reporting year"
    ),
    since="2026-27",
    differs="A decision without PPStartDate passes, even outside the year.",
)
def decision_out_of_order(period: Period) -> pl.Expr:
    """A PreProceedings row with StepDecisionDate and PPStartDate whose StepDecisionDate is outside the
    census year or before PPStartDate. The same day passes."""
    return out_of_order(PreProceedings.StepDecisionDate, PreProceedings.PPStartDate, period)


@rule(
    "9010Q",
    PreProceedings.FGDMMeetingFac,
    message=(
        "Please check: You have reported that a FGDM meeting was offered in the letter before proceedings. "
        "Please confirm whether or not a FGDM meeting was facilitated in the pre-proceedings period following "
        "this offer."
    ),
    severity="query",
    since="2026-27",
    differs=(
        "The reference implementation reads only 1 as yes, and takes this for an error; here true is yes as "
        "well."
    ),
)
def offer_without_word_of_a_meeting() -> pl.Expr:
    """A PreProceedings row whose FGDMMeetingOffer is true or 1 and whose FGDMMeetingFac is missing."""
    return PreProceedings.FGDMMeetingOffer.one_of(*TRUE) & PreProceedings.FGDMMeetingFac.missing


@rule(
    "9012",
    PreProceedings.CourtAppDate,
    message=(
        "The date that the local authority submitted the court application to commence care proceedings must "
        "fall within the reporting year and be on or after the date of the decision to initiate care "
        "proceedings."
    ),
    since="2026-27",
    differs="An application without StepDecisionDate passes, even outside the year.",
)
def application_out_of_order(period: Period) -> pl.Expr:
    """A PreProceedings row with CourtAppDate and StepDecisionDate whose CourtAppDate is outside the census
    year or before StepDecisionDate. The same day passes."""
    return out_of_order(PreProceedings.CourtAppDate, PreProceedings.StepDecisionDate, period)


@rule(
    "9013",
    PreProceedings.LetterInitCPDate,
    message=(
        "The date on which the letter to initiate care proceedings was sent to parents/guardians must fall "
        "within the reporting year and be on or after the date when the local authority submitted the court "
        "application to commence care proceedings."
    ),
    since="2026-27",
    differs="A letter without CourtAppDate passes, even outside the year.",
)
def last_letter_out_of_order(period: Period) -> pl.Expr:
    """A PreProceedings row with LetterInitCPDate and CourtAppDate whose LetterInitCPDate is outside the
    census year or before CourtAppDate. The same day passes."""
    return out_of_order(PreProceedings.LetterInitCPDate, PreProceedings.CourtAppDate, period)


@rule(
    "9015Q",
    PreProceedings.ReviewMeetingsCount,
    message=(
        "Please check: if review meetings were held  following the initial pre-proceedings meeting, the total "
        "number held should be reported."
    ),
    severity="query",
    since="2026-27",
)
def meetings_not_counted() -> pl.Expr:
    """A PreProceedings row with InitialPPMeetingDate whose ReviewMeetingsCount is missing."""
    return PreProceedings.InitialPPMeetingDate.date.is_not_null() & PreProceedings.ReviewMeetingsCount.missing
