"""Faults sprinkled over a children in need census, each with a name, and a list of where they are.

A fault changes one cell, exchanges two dates or makes them one, or adds a row after the one it repeats. No id of
a child, episode, assessment or plan is touched, because in the XML file it is its place that says whose a row is.
The list names table, row, column and fault, never a value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from childlink.synth.dice import Dice
from childlink.synth.made_numbers import upn_letter
from childlink.synth.years import Year

_Change = Callable[[str, Dice, Year], str | None]
_TRIES = 8  # draws for one row before it is left sound


@dataclass(frozen=True)
class CellFault:
    """One kind of fault: the columns of a table it may strike, and what it makes of a cell that holds a
    value."""

    name: str
    table: str
    columns: tuple[str, ...]
    change: _Change


def _wrong_code(value: str, dice: Dice, year: Year) -> str:
    return dice.one(("Q9", "99", "ZZZ", "?"))


def _lower_case(value: str, dice: Dice, year: Year) -> str:
    return value.lower()


def _missing_cell(value: str, dice: Dice, year: Year) -> None:
    return None


def _unreadable_date(value: str, dice: Dice, year: Year) -> str:
    return dice.one((f"{value[:4]}-02-30", f"{value[8:]}.{value[5:7]}.{value[:4]}", value[2:], "unknown"))


def _other_year(value: str, dice: Dice, year: Year) -> str:
    return (date.fromisoformat(value) + timedelta(days=dice.one((-731, -366, 366)))).isoformat()


def _later(value: str, dice: Dice, year: Year) -> str:
    return date.fromordinal(year.end + dice.whole(5, 300)).isoformat()


def _weekend(value: str, dice: Dice, year: Year) -> str:
    day = date.fromisoformat(value)
    return (day + timedelta(days=5 - day.weekday() + dice.whole(0, 1))).isoformat()


def _changed_upn(value: str, dice: Dice, year: Year) -> str:
    right = upn_letter(value[1:]) if value[1:].isdigit() else ""
    return dice.one([letter for letter in "ABCDEFGH" if letter != right]) + value[1:]


def _malformed_upn(value: str, dice: Dice, year: Year) -> str:
    return dice.one((value[1:], f"{value[0]}999{value[4:]}", f"{value[:6]}X{value[7:]}"))


def _withdrawn_factor(value: str, dice: Dice, year: Year) -> str:
    return dice.one(("18A", "19A", "99", "21"))


def _below_zero(value: str, dice: Dice, year: Year) -> str | None:
    return dice.one(("-1", None))


def _other_reason(value: str, dice: Dice, year: Year) -> str:
    return dice.one(("RC2", "RC8", "RC9"))


def _long_ago(value: str, dice: Dice, year: Year) -> str:
    return (date.fromisoformat(value) - timedelta(days=dice.whole(7_000, 11_000))).isoformat()


def _yes_for_no(value: str, dice: Dice, year: Year) -> str:
    return {"0": "1", "1": "0"}[value]


CELL_FAULTS: Sequence[CellFault] = (
    CellFault("wrong code", "ChildIdentifiers", ("Sex", "GenderCurrent"), _wrong_code),
    CellFault(
        "missing cell", "ChildIdentifiers", ("UPN", "UPNunknown", "PersonBirthDate", "Sex"), _missing_cell
    ),
    CellFault("UPN changed", "ChildIdentifiers", ("UPN",), _changed_upn),
    CellFault("malformed UPN", "ChildIdentifiers", ("UPN", "FormerUPN"), _malformed_upn),
    CellFault("unreadable date", "ChildIdentifiers", ("PersonBirthDate",), _unreadable_date),
    CellFault("date after the year", "ChildIdentifiers", ("PersonBirthDate", "PersonDeathDate"), _later),
    CellFault("born long ago", "ChildIdentifiers", ("PersonBirthDate",), _long_ago),
    CellFault("year wrong", "ChildIdentifiers", ("ExpectedPersonBirthDate", "PersonDeathDate"), _other_year),
    CellFault("wrong code", "ChildCharacteristics", ("Ethnicity",), _wrong_code),
    CellFault("lower-case code", "ChildCharacteristics", ("Ethnicity",), _lower_case),
    CellFault("missing cell", "ChildCharacteristics", ("Ethnicity",), _missing_cell),
    CellFault("wrong code", "Disabilities", ("Disability",), _wrong_code),
    CellFault("missing cell", "Disabilities", ("Disability",), _missing_cell),
    CellFault(
        "wrong code", "CINdetails", ("ReferralSource", "PrimaryNeedCode", "ReasonForClosure"), _wrong_code
    ),
    CellFault(
        "missing cell",
        "CINdetails",
        (
            "CINreferralDate",
            "ReferralSource",
            "PrimaryNeedCode",
            "CINclosureDate",
            "ReasonForClosure",
            "ReferralNFA",
        ),
        _missing_cell,
    ),
    CellFault("unreadable date", "CINdetails", ("CINreferralDate", "CINclosureDate"), _unreadable_date),
    CellFault("date after the year", "CINdetails", ("CINreferralDate", "CINclosureDate"), _later),
    CellFault("year wrong", "CINdetails", ("CINreferralDate", "CINclosureDate"), _other_year),
    CellFault("another reason", "CINdetails", ("ReasonForClosure",), _other_reason),
    CellFault("yes for no", "CINdetails", ("ReferralNFA",), _yes_for_no),
    CellFault(
        "missing cell",
        "Assessments",
        ("AssessmentActualStartDate", "AssessmentAuthorisationDate"),
        _missing_cell,
    ),
    CellFault(
        "year wrong", "Assessments", ("AssessmentActualStartDate", "AssessmentAuthorisationDate"), _other_year
    ),
    CellFault("unreadable date", "Assessments", ("AssessmentAuthorisationDate",), _unreadable_date),
    CellFault("wrong code", "AssessmentFactorsList", ("AssessmentFactor",), _withdrawn_factor),
    CellFault("missing cell", "CINplanDates", ("CINPlanStartDate", "CINPlanEndDate"), _missing_cell),
    CellFault("year wrong", "CINplanDates", ("CINPlanStartDate", "CINPlanEndDate"), _other_year),
    CellFault("missing cell", "Section47", ("S47ActualStartDate", "DateOfInitialCPC"), _missing_cell),
    CellFault("weekend", "Section47", ("InitialCPCtarget", "DateOfInitialCPC"), _weekend),
    CellFault("year wrong", "Section47", ("S47ActualStartDate", "DateOfInitialCPC"), _other_year),
    CellFault("yes for no", "Section47", ("ICPCnotRequired",), _yes_for_no),
    CellFault(
        "wrong code",
        "ChildProtectionPlans",
        ("InitialCategoryOfAbuse", "LatestCategoryOfAbuse"),
        _wrong_code,
    ),
    CellFault(
        "missing cell",
        "ChildProtectionPlans",
        ("CPPstartDate", "InitialCategoryOfAbuse", "LatestCategoryOfAbuse"),
        _missing_cell,
    ),
    CellFault("number missing or below zero", "ChildProtectionPlans", ("NumberOfPreviousCPP",), _below_zero),
    CellFault("year wrong", "ChildProtectionPlans", ("CPPstartDate", "CPPendDate"), _other_year),
    CellFault("unreadable date", "Reviews", ("CPPreviewDate",), _unreadable_date),
    CellFault("year wrong", "Reviews", ("CPPreviewDate",), _other_year),
    CellFault(
        "missing cell",
        "PreProceedings",
        ("FGDMMeetingOffer", "FGDMMeetingFac", "ReviewMeetingsCount"),
        _missing_cell,
    ),
    CellFault(
        "year wrong",
        "PreProceedings",
        ("PPStartDate", "LBPSentDate", "InitialPPMeetingDate", "StepDecisionDate", "CourtAppDate"),
        _other_year,
    ),
    CellFault("wrong code", "PreProceedings", ("PPOutcome",), _wrong_code),
)
"""What can go wrong in one cell, by table."""

SWAPPED = "dates swapped"
ONE_DAY = "both dates one day"
REPEATED = "repeated row"
PAIRS: Mapping[str, tuple[str, str]] = {
    "CINdetails": ("CINreferralDate", "CINclosureDate"),
    "Assessments": ("AssessmentActualStartDate", "AssessmentAuthorisationDate"),
    "CINplanDates": ("CINPlanStartDate", "CINPlanEndDate"),
    "Section47": ("S47ActualStartDate", "DateOfInitialCPC"),
    "ChildProtectionPlans": ("CPPstartDate", "CPPendDate"),
}
"""Dates that can be exchanged, or made the same."""
REPEATABLE = ("Disabilities", "AssessmentFactorsList", "CINplanDates", "Section47")
"""Tables whose rows have no running number, so that one can stand there twice."""


def fault_names(table: str) -> list[str]:
    """Every fault that may strike a table, in the order in which they are drawn."""
    names = [fault.name for fault in CELL_FAULTS if fault.table == table]
    names += [SWAPPED, ONE_DAY] if table in PAIRS else []
    return names + ([REPEATED] if table in REPEATABLE else [])


def with_faults(
    tables: Mapping[str, pl.DataFrame], rate: float, year: Year, seed: str
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """``tables`` with a fault in each row but the header's with probability ``rate``, and the list of faults.

    The list: table, row (from 1, of the table as it now stands), column, fault (text and whole number); sorted.
    At most one fault is in a row. A row that no drawn fault fits (its cells are empty) stays as it was.
    AssessmentFactors says again what AssessmentFactorsList holds.
    """
    struck: list[tuple[str, int, str, str]] = []
    changed = {}
    for name, table in tables.items():
        if rate == 0 or not fault_names(name):
            changed[name] = table
            continue
        work = _Table(name, table, year, Dice(f"{seed}/faults/{name}"))
        changed[name] = work.spoilt(rate)
        struck += [(name, row + 1, column, fault) for row, column, fault in work.struck]
    changed["Assessments"] = _factors_again(changed["Assessments"], changed["AssessmentFactorsList"])
    schema = {"table": pl.String, "row": pl.Int64, "column": pl.String, "fault": pl.String}
    return changed, pl.DataFrame(struck, schema=schema, orient="row").sort("table", "row", "column", "fault")


class _Table:
    """One table being spoilt: the rows as they come to stand, and what was done."""

    def __init__(self, name: str, table: pl.DataFrame, year: Year, dice: Dice) -> None:
        self.name, self.table, self.year, self.dice = name, table, year, dice
        self.kinds = [fault for fault in CELL_FAULTS if fault.table == name]
        self.names = fault_names(name)
        self.rows: list[dict[str, str | None]] = []
        self.struck: list[tuple[int, str, str]] = []

    def spoilt(self, rate: float) -> pl.DataFrame:
        for row in self.table.iter_rows(named=True):
            self.rows.append(row)
            if self.dice.chance(rate):
                self._strike(row)
        return pl.DataFrame(self.rows, schema=self.table.schema)

    def _strike(self, row: dict[str, str | None]) -> None:
        """One fault in the last row, drawn from all that may be in this table; none if nothing drawn fits
        it."""
        for _ in range(_TRIES):
            spot = self.dice.whole(0, len(self.names) - 1)
            fault = self.names[spot]
            if spot < len(self.kinds):
                column = self._change(row, self.kinds[spot])
            elif fault in (SWAPPED, ONE_DAY):
                column = self._exchange(row, swapped=fault == SWAPPED)
            else:
                self.rows.append(dict(row))
                column = self.table.columns[-1]
            if column is not None:
                self.struck.append((len(self.rows) - 1, column, fault))
                return

    def _change(self, row: dict[str, str | None], fault: CellFault) -> str | None:
        """The column that was changed, None where the fault does not fit the row."""
        filled = [column for column in fault.columns if row[column] is not None]
        if not filled:
            return None
        column = self.dice.one(filled)
        value = fault.change(row[column] or "", self.dice, self.year)
        if value == row[column]:
            return None
        row[column] = value
        return column

    def _exchange(self, row: dict[str, str | None], *, swapped: bool) -> str | None:
        """The first date becomes the second and, when they are ``swapped``, the second the first."""
        first, second = PAIRS[self.name]
        one, two = row[first], row[second]
        if one is None or two is None or one == two:
            return None
        row[first], row[second] = two, one if swapped else two
        return first


def _factors_again(assessments: pl.DataFrame, factors: pl.DataFrame) -> pl.DataFrame:
    ids = ["LAchildID", "CINdetailsID", "AssessmentID"]
    listed = factors.group_by(ids, maintain_order=True).agg(
        AssessmentFactors=pl.col("AssessmentFactor").str.join(" ")
    )
    joined = assessments.drop("AssessmentFactors").join(listed, on=ids, how="left", maintain_order="left")
    return joined.select(assessments.columns)
