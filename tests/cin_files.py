"""CIN census files made at random for tests, and the slow, obvious reading of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

Table = dict[str, list[tuple[str | None, ...]]]

HEADER = (
    "<Header><CollectionDetails><Collection>CIN</Collection><Year>2026</Year>"
    "<ReferenceDate>2026-03-31</ReferenceDate></CollectionDetails>"
    "<Source><SourceLevel>L</SourceLevel><LEA>330</LEA></Source></Header>"
)
DATES = ["2025-04-01", "2026-03-31", "2025-06-14", "2025-06-15", "2025-12-24", "2026-01-02", "2024-02-29"]
WILD = [
    "", " ", "0", "1", "true", "FALSE", "21", "1A", "2B", "19a", "RC2", "RC8", "N0", "NONE", "UN7", "M", "WBRI", "MUL",
    "A950000178301", "9" * 400, "-1", "1.5", "2025-02-30", "31/03/2026", "0000-00-00", "9999-12-31", "0001-01-01",
    "2025-4-1", "é", "\u202e", "a\tb", " x\n", "'\";--", "a&b<c>d", "٣", "𝟙",
]  # fmt: skip

# element: its cells, then its blocks, each with the element that holds them, in the order of the schema
CELLS = {
    "ChildIdentifiers": [
        "LAchildID", "UPN", "FormerUPN", "UPNunknown", "PersonBirthDate", "ExpectedPersonBirthDate", "Sex", "PersonDeathDate"
    ],
    "CINdetails": [
        "CINreferralDate", "ReferralSource", "PrimaryNeedCode", "CINclosureDate", "ReasonForClosure",
        "DateOfInitialCPC", "ReferralNFA",
    ],
    "Assessments": ["AssessmentActualStartDate", "AssessmentInternalReviewDate", "AssessmentAuthorisationDate"],
    "CINPlanDates": ["CINPlanStartDate", "CINPlanEndDate"],
    "Section47": ["S47ActualStartDate", "InitialCPCtarget", "DateOfInitialCPC", "ICPCnotRequired"],
    "ChildProtectionPlans": [
        "CPPstartDate", "CPPendDate", "InitialCategoryOfAbuse", "LatestCategoryOfAbuse", "NumberOfPreviousCPP"
    ],
    "PreProceedingsandFGDM": [
        "PPStartDate", "LBPSentDate", "FGDMMeetingOffer", "FGDMMeetingFac", "InitialPPMeetingDate",
        "ReviewMeetingsCount", "StepDecisionDate", "PPOutcome", "CourtAppDate", "LetterInitCPDate",
    ],
}  # fmt: skip


class Maker:
    """Random census files: most values sound, some wild; ``year`` is the one in which the period ends."""

    def __init__(self, seed: int, year: int = 2026, wild: float = 0.15) -> None:
        self.dice = random.Random(seed)
        self.year = year
        self.wild = wild

    def file(self, children: int, child_id: Callable[[int], str] | None = None) -> str:
        name = child_id or (lambda n: self.dice.choice(["a", "b", "", f"c{n}"]))
        inner = "\n".join(self._child(name(n)) for n in range(children))
        header = HEADER.replace("2026", str(self.year))
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<Message>{header}<Children>\n{inner}\n</Children></Message>'

    def _text(self, cell: str) -> str:
        if self.dice.random() < self.wild:
            return self.dice.choice(WILD)
        if "Date" in cell or cell in ("InitialCPCtarget", "CPPreviewDate"):
            return self.dice.choice(DATES).replace("2026", str(self.year)).replace("2025", str(self.year - 1))
        return self.dice.choice(
            ["1", "false", "1A", "21", "RC8", "N1", "NONE", "HAND", "F", "UN3", "NEG", "0"]
        )

    def _cell(self, name: str) -> str:
        return f"<{name}>{escape(self._text(name))}</{name}>" if self.dice.random() < 0.8 else ""

    def _cells(self, block: str) -> str:
        return "".join(self._cell(name) for name in CELLS[block])

    def _some(self, most: int, make: Callable[[], str]) -> str:
        return "\n".join(make() for _ in range(self.dice.randint(0, most)))

    def _leaves(self, name: str, most: int) -> str:
        return self._some(most, lambda: f"<{name}>{escape(self._text(name))}</{name}>")

    def _child(self, child_id: str) -> str:
        cells = "".join(self._cell(name) for name in CELLS["ChildIdentifiers"][1:])
        return (
            f"<Child><ChildIdentifiers><LAchildID>{child_id}</LAchildID>{cells}</ChildIdentifiers>"
            f"<ChildCharacteristics>{self._cell('Ethnicity')}"
            f"<Disabilities>{self._leaves('Disability', 3)}</Disabilities></ChildCharacteristics>"
            f"{self._some(3, self._episode)}</Child>"
        )

    def _episode(self) -> str:
        def assessment() -> str:
            factors = f"<FactorsIdentifiedAtAssessment>{self._leaves('AssessmentFactors', 3)}</FactorsIdentifiedAtAssessment>"
            return f"<Assessments>{self._cells('Assessments')}{factors}</Assessments>"

        def plan() -> str:
            reviews = self._some(2, lambda: f"<Reviews>{self._leaves('CPPreviewDate', 2)}</Reviews>")
            return (
                f"<ChildProtectionPlans>{self._cells('ChildProtectionPlans')}{reviews}</ChildProtectionPlans>"
            )

        def simple(block: str) -> str:
            return self._some(2, lambda: f"<{block}>{self._cells(block)}</{block}>")

        later = simple("PreProceedingsandFGDM") if self.year >= 2027 else ""
        return (
            f"<CINdetails>{self._cells('CINdetails')}{self._some(2, assessment)}{simple('CINPlanDates')}"
            f"{simple('Section47')}{self._some(2, plan)}{later}</CINdetails>"
        )


def _text_of(element: ET.Element | None) -> str | None:
    text = element.text if element is not None else None
    return None if not text or (text.isspace() and "\n" in text) else text


def _row(block: ET.Element, cells: Sequence[str]) -> tuple[str | None, ...]:
    return tuple(_text_of(block.find(cell)) for cell in cells)


def read_slowly(text: str) -> Table:
    """The tables of a file of 2026-27 or before, straight from the words of the structure's ``flattening``."""
    root = ET.fromstring(text)
    names = (
        "ChildIdentifiers", "ChildCharacteristics", "Disabilities", "CINdetails", "Assessments",
        "AssessmentFactorsList", "CINplanDates", "Section47", "ChildProtectionPlans", "Reviews", "PreProceedings",
    )  # fmt: skip
    made: Table = {name: [] for name in names}
    identifiers = [*CELLS["ChildIdentifiers"][:6], "GenderCurrent", "Sex", "PersonDeathDate"]
    for child in root.iterfind("Children/Child"):
        who = _text_of(child.find("ChildIdentifiers/LAchildID"))
        made["ChildIdentifiers"].append(_row(child.find("ChildIdentifiers"), identifiers))  # type: ignore[arg-type]
        made["ChildCharacteristics"].append((who, _text_of(child.find("ChildCharacteristics/Ethnicity"))))
        for one in child.iterfind("ChildCharacteristics/Disabilities/Disability"):
            made["Disabilities"].append((who, _text_of(one)))
        for number, details in enumerate(child.iterfind("CINdetails"), start=1):
            ids = (who, str(number))
            made["CINdetails"].append((*ids, *_row(details, CELLS["CINdetails"])))
            for of_it, assessment in enumerate(details.iterfind("Assessments"), start=1):
                found = assessment.findall("FactorsIdentifiedAtAssessment/AssessmentFactors")
                factors = [_text_of(f) for f in found]
                listed = " ".join(f.text for f in found if f.text) or None
                listed = None if listed is not None and listed.isspace() and "\n" in listed else listed
                made["Assessments"].append(
                    (*ids, str(of_it), *_row(assessment, CELLS["Assessments"]), listed)
                )
                made["AssessmentFactorsList"] += [(*ids, str(of_it), f) for f in factors]
            for block in details.iterfind("CINPlanDates"):
                made["CINplanDates"].append((*ids, *_row(block, CELLS["CINPlanDates"])))
            for block in details.iterfind("Section47"):
                made["Section47"].append((*ids, *_row(block, CELLS["Section47"])))
            for of_it, plan in enumerate(details.iterfind("ChildProtectionPlans"), start=1):
                made["ChildProtectionPlans"].append(
                    (*ids, str(of_it), *_row(plan, CELLS["ChildProtectionPlans"]))
                )
                for reviews in plan.iterfind("Reviews"):
                    dates = [_text_of(d) for d in reviews.iterfind("CPPreviewDate")] or [None]
                    made["Reviews"] += [(*ids, str(of_it), d) for d in dates]
            for block in details.iterfind("PreProceedingsandFGDM"):
                made["PreProceedings"].append((*ids, *_row(block, CELLS["PreProceedingsandFGDM"])))
    return made
