"""A synthetic children in need census, sound or with faults sprinkled in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from childlink.errors import UsageFault
from childlink.progress import Progress, unwatched
from childlink.reference.local_authorities import find_authority
from childlink.returns.convert import cin_document
from childlink.schema.model import load_return_schema
from childlink.synth.cin_cohort import Child, make_children
from childlink.synth.cin_faults import with_faults
from childlink.synth.cin_needs import Need
from childlink.synth.ssda903 import DEFAULT_AUTHORITY
from childlink.synth.years import Year, year_of

Row = dict[str, str | None]
_YES_NO = {True: "1", False: "0", None: None}


@dataclass(frozen=True)
class SyntheticCin:
    """Tables of text by the names of the schema, empty cells null; and where the faults are.

    Every table of the schema is there with all its columns, those of other years empty. ``faults``: table, row (from
    1), column, fault.
    """

    tables: Mapping[str, pl.DataFrame]
    faults: pl.DataFrame

    def xml(self) -> bytes:
        """The census as its XML file, from which reading gives ``tables`` again."""
        return cin_document(self.tables, load_return_schema("cin")).encode()


def make_cin(
    children: int, year: str, seed: int, faults: float = 0.0, *, progress: Progress = unwatched
) -> SyntheticCin:
    """A children in need census about ``children`` children, who are nobody.

    ``year`` is as "2025-26"; ``faults`` the probability of a fault in each row. With no faults no rule of the year is
    broken; fewer than nine children are too few for query 2887Q, which asks for eight disability codes.

    The same arguments give the same frames. Raises UsageFault for arguments out of range.
    """
    if children < 1:
        raise UsageFault(f"cannot make {children} children", allowed="1 or more", next_step="--children 3000")
    if not 0 <= faults <= 1:
        raise UsageFault(
            f"the rate of faults is out of range: {faults:g}",
            allowed="from 0 to 1",
            next_step="--faults 0.02",
        )
    collected = year_of(year)
    authority = find_authority(DEFAULT_AUTHORITY)
    made = make_children(children, collected, seed, authority.ons_code, progress)
    progress("tables", 0, 1)
    tables = _tables(made, collected, authority.old_number)
    spoilt, listed = with_faults(tables, faults, collected, f"childlink/cin {seed}")
    return SyntheticCin(spoilt, listed)


def _tables(children: Sequence[Child], year: Year, authority: str) -> dict[str, pl.DataFrame]:
    rows: dict[str, list[Row]] = {name: [] for name in load_return_schema("cin").tables}
    for table, row in _rows(children, year, authority):
        rows[table].append(row)
    return {
        name: pl.DataFrame(rows[name], schema=dict.fromkeys(table.columns, pl.String))
        for name, table in load_return_schema("cin").tables.items()
    }


def _rows(children: Sequence[Child], year: Year, authority: str) -> Iterator[tuple[str, Row]]:
    """Every row with the name of its table, in the order of the file."""
    yield (
        "Header",
        {
            "Collection": "CIN",
            "Year": str(year.begins + 1),
            "ReferenceDate": _day(year.end),
            "SourceLevel": "L",
            "LEA": authority,
            "SoftwareCode": "childlink",
            "Release": year.name,
            "SerialNo": "001",
            "DateTime": f"{_day(year.end + 60)}T09:00:00",
        },
    )
    for child in children:
        yield from _of_child(child, year)


def _of_child(child: Child, year: Year) -> Iterator[tuple[str, Row]]:
    numbers = {"M": "1", "F": "2", "U": "0"}
    yield (
        "ChildIdentifiers",
        {
            "LAchildID": child.id,
            "UPN": child.upn,
            "FormerUPN": child.former_upn,
            "UPNunknown": child.no_upn,
            "PersonBirthDate": None if child.unborn else _day(child.born),
            "ExpectedPersonBirthDate": _day(child.born) if child.unborn else None,
            "GenderCurrent": None if year.letters_for_sex else numbers[child.sex],
            "Sex": child.sex if year.letters_for_sex else None,
            "PersonDeathDate": _day(child.died),
        },
    )
    yield "ChildCharacteristics", {"LAchildID": child.id, "Ethnicity": child.ethnicity}
    for code in child.disabilities:
        yield "Disabilities", {"LAchildID": child.id, "Disability": code}
    for number, need in enumerate(child.needs, start=1):
        ids: Row = {"LAchildID": child.id, "CINdetailsID": str(number)}
        for table, row in _of_need(need):
            yield table, ids | row


def _of_need(need: Need) -> Iterator[tuple[str, Row]]:
    yield (
        "CINdetails",
        {
            "CINreferralDate": _day(need.referred),
            "ReferralSource": need.source,
            "PrimaryNeedCode": need.need,
            "CINclosureDate": _day(need.closed),
            "ReasonForClosure": need.reason,
            "DateOfInitialCPC": _day(need.moved_in),
            "ReferralNFA": _YES_NO[need.no_further_action],
        },
    )
    for number, assessment in enumerate(need.assessments, start=1):
        row: Row = {
            "AssessmentID": str(number),
            "AssessmentActualStartDate": _day(assessment.start),
            "AssessmentAuthorisationDate": _day(assessment.end),
            "AssessmentFactors": " ".join(assessment.factors) or None,
        }
        yield "Assessments", row
        for factor in assessment.factors:
            yield "AssessmentFactorsList", {"AssessmentID": str(number), "AssessmentFactor": factor}
    for start, end in need.plans:
        yield "CINplanDates", {"CINPlanStartDate": _day(start), "CINPlanEndDate": _day(end)}
    for enquiry in need.enquiries:
        yield (
            "Section47",
            {
                "S47ActualStartDate": _day(enquiry.start),
                "InitialCPCtarget": _day(enquiry.target),
                "DateOfInitialCPC": _day(enquiry.conference),
                "ICPCnotRequired": _YES_NO[enquiry.not_required],
            },
        )
    yield from _of_protection(need)
    yield from _of_proceedings(need)


def _of_protection(need: Need) -> Iterator[tuple[str, Row]]:
    for number, plan in enumerate(need.protection, start=1):
        yield (
            "ChildProtectionPlans",
            {
                "CPPID": str(number),
                "CPPstartDate": _day(plan.start),
                "CPPendDate": _day(plan.end),
                "InitialCategoryOfAbuse": plan.first,
                "LatestCategoryOfAbuse": plan.latest,
                "NumberOfPreviousCPP": str(plan.before),
            },
        )
        for day in plan.reviews:
            yield "Reviews", {"CPPID": str(number), "CPPreviewDate": _day(day)}


def _of_proceedings(need: Need) -> Iterator[tuple[str, Row]]:
    for steps in need.proceedings:
        yield (
            "PreProceedings",
            {
                "PPStartDate": _day(steps.start),
                "LBPSentDate": _day(steps.letter),
                "FGDMMeetingOffer": _YES_NO[steps.offered],
                "FGDMMeetingFac": _YES_NO[steps.held],
                "InitialPPMeetingDate": _day(steps.meeting),
                "ReviewMeetingsCount": None if steps.reviews is None else str(steps.reviews),
                "StepDecisionDate": _day(steps.decision),
                "PPOutcome": steps.outcome,
                "CourtAppDate": _day(steps.court),
                "LetterInitCPDate": _day(steps.last_letter),
            },
        )


def _day(day: int | None) -> str | None:
    """yyyy-mm-dd."""
    return None if day is None else date.fromordinal(day).isoformat()
