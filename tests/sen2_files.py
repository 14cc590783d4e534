"""SEN2 files made at random for tests, and the slow, obvious reading of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from tests.cin_files import WILD

Tables = dict[str, list[tuple[str | None, ...]]]

HEADER = (
    "<Header><CollectionDetails><Collection>SEN2</Collection><Year>2026</Year>"
    "<ReferenceDate>2026-01-15</ReferenceDate></CollectionDetails>"
    "<Source><SourceLevel>L</SourceLevel><LEA>330</LEA><DMO>Y</DMO><DCO>R</DCO><DSCO>N</DSCO></Source></Header>"
)
SETTING = ["URN", "UKPRN", "SENSetting", "SENSettingOther", "PlacementRank"]
INDICATORS = ["SENunitIndicator", "ResourcedProvisionIndicator"]
# of 2026; the tables' cells in the order of the schema
CELLS = {
    "Person": [
        "Surname", "Forename", "PersonBirthDate", "Sex", "Ethnicity", "PostCode", "UPN", "UniqueLearnerNumber", "UPNunknown",
    ],
    "Requests": [
        "ReceivedDate", "RequestSource", "RYA", "RequestOutcomeDate", "RequestOutcome", "RequestMediation",
        "RequestTribunal", "Exported",
    ],
    "Assessment": [
        "AssessmentOutcome", "AssessmentOutcomeDate", "AssessmentMediation", "AssessmentTribunal", "OtherMediation",
        "OtherTribunal", "Week20",
    ],
    "NamedPlan": ["StartDate", "PlanRes", "PlanWBP", "PB", "OA", "DP", "CeaseDate", "CeaseReason"],
    "PlanDetail": [*SETTING, *INDICATORS],
    "ActivePlans": [
        "TransferLA", "ReviewMeeting", "ReviewOutcome", "ReviewDraft", "PhaseTransferDueDate", "PhaseTransferFinalDate",
        "LastReview",
    ],
    "PlacementDetail": [*SETTING, "EntryDate", "LeavingDate", *INDICATORS, "Res", "WBP"],
    "SENneed": ["SENtype", "SENtypeRank"],
}  # fmt: skip
TABLES = {
    "Persons": "Person", "Requests": "Requests", "Assessments": "Assessment", "NamedPlans": "NamedPlan",
    "PlanDetails": "PlanDetail", "ActivePlans": "ActivePlans", "PlacementDetails": "PlacementDetail", "Needs": "SENneed",
}  # fmt: skip
"""The tables and their elements."""
SOUND = [
    "1",
    "0",
    "Y",
    "H",
    "A",
    "M",
    "F",
    "WBRI",
    "E",
    "123456",
    "12345678",
    "NEET",
    "OTH",
    "ASD",
    "330",
    "F330000178301",
]


class Maker:
    """Random SEN2 files of the census of 2026: most values sound, some wild."""

    def __init__(self, seed: int, wild: float = 0.15) -> None:
        self.dice = random.Random(seed)
        self.wild = wild

    def file(self, persons: int) -> str:
        inner = "\n".join(self._block("Person", self._some(2, self._request)) for _ in range(persons))
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<Message>{HEADER}<Persons>\n{inner}\n</Persons></Message>'

    def _block(self, name: str, inner: str = "") -> str:
        return f"<{name}>{''.join(self._cell(cell) for cell in CELLS[name])}{inner}</{name}>"

    def _cell(self, name: str) -> str:
        if self.dice.random() < 0.3:
            return ""
        text = self.dice.choice(WILD if self.dice.random() < self.wild else SOUND)
        if "Date" in name and self.dice.random() > self.wild:
            text = self.dice.choice(["2025-01-01", "2025-12-31", "2024-02-29"])
        return f"<{name}>{escape(text)}</{name}>"

    def _some(self, most: int, make: Callable[[], str]) -> str:
        return "\n".join(make() for _ in range(self.dice.randint(0, most)))

    def _request(self) -> str:
        details = self._some(3, lambda: self._block("PlanDetail"))
        plan = self._some(1, lambda: self._block("NamedPlan", details))
        placements = self._some(3, lambda: self._block("PlacementDetail"))
        needs = self._some(3, lambda: self._block("SENneed"))
        assessment = self._some(1, lambda: self._block("Assessment", plan))
        active = self._some(1, lambda: self._block("ActivePlans", placements + needs))
        return self._block("Requests", assessment + active)


def _text(element: ET.Element | None) -> str | None:
    text = element.text if element is not None else None
    return None if not text or (text.isspace() and "\n" in text) else text


def read_slowly(text: str) -> Tables:
    """The tables of a file of 2026, by the names of elements alone."""
    made: Tables = {table: [] for table in TABLES}

    def add(table: str, ids: tuple[str, ...], element: ET.Element) -> None:
        made[table].append((*ids, *(_text(element.find(cell)) for cell in CELLS[TABLES[table]])))

    for number, person in enumerate(ET.fromstring(text).iterfind("Persons/Person"), start=1):
        add("Persons", (str(number),), person)
        for of_it, request in enumerate(person.iterfind("Requests"), start=1):
            ids = (str(number), str(of_it))
            add("Requests", ids, request)
            for table, path in (
                ("Assessments", "Assessment"),
                ("NamedPlans", "Assessment/NamedPlan"),
                ("PlanDetails", "Assessment/NamedPlan/PlanDetail"),
                ("ActivePlans", "ActivePlans"),
                ("PlacementDetails", "ActivePlans/PlacementDetail"),
                ("Needs", "ActivePlans/SENneed"),
            ):
                for element in request.iterfind(path):
                    add(table, ids, element)
    return made
