"""Laws: the schema and checks of SEN2 are those of the specification."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from childlink.returns.tree_layout import tree_layout
from childlink.rules import rule_book
from childlink.rules.cases import load_cases

BOOK = rule_book("sen2")
SCHEMA = BOOK.schema
LAST = SCHEMA.years[-1]
GROUPS = {
    "Persons": "Person", "Requests": "Requests", "Assessments": "Assessment", "NamedPlans": "NamedPlan",
    "PlanDetails": "PlanDetail", "ActivePlans": "ActivePlans", "PlacementDetails": "PlacementDetail", "Needs": "SENneed",
}  # fmt: skip
"""Each table and the element of the specification that makes its rows."""


@pytest.fixture(scope="module")
def spec(shared: Path) -> dict[str, Any]:
    text = (shared / "spec" / "other_returns.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)["sen2"]
    return loaded


def elements(tree: dict[str, Any], name: str = "Message", path: str = "") -> dict[str, dict[str, Any]]:
    """Every element of the spec's tree by its path below the root."""
    found: dict[str, dict[str, Any]] = {}
    for described in tree[name]:
        below = f"{path}/{described['el']}".lstrip("/")
        found[below] = described
        if described["type"] == "group":
            found |= elements(tree, described["el"], below)
    return found


def test_every_element_is_read_in_the_last_year_and_no_other(spec: dict[str, Any]) -> None:
    known = elements(spec["tree"])
    assert len(known) > 70
    layout = tree_layout(SCHEMA, LAST)
    assert all(layout.node(path).why is None for path in known)

    def paths(node: Any) -> set[str]:
        return {p for below in node.below.values() if below.why is None for p in {below.path, *paths(below)}}

    assert paths(layout.tree) == set(known)


def test_fields_are_of_the_types_codes_and_presence_of_the_spec(spec: dict[str, Any]) -> None:
    for table, group in GROUPS.items():
        of_table = {f.name: f for f in SCHEMA.tables[table].fields}
        for described in spec["tree"][group]:
            if described["type"] == "group":
                continue
            field, type_ = of_table[described["el"]], described["type"]
            assert (field.type == "date") == (type_ == "date"), described
            if type_.startswith("code "):
                codes = SCHEMA.code_sets[field.codes or ""]
                assert dict(codes) == spec["code_sets"][type_.removeprefix("code ")], described
            required = any(c.required and c.holds_in(LAST) and c.rule is None for c in field.constraints)
            assert required == (described["occurs"] == "1"), described


def test_year_changes_are_those_of_the_spec() -> None:
    def columns(year: str) -> set[str]:
        return {f"{t.name}.{f.name}" for t in SCHEMA.tables.values() for f in t.fields if f.holds_in(year)}

    first, second, third, last = map(columns, SCHEMA.years)
    assert first - second == {
        "Persons.GenderCurrent", "PlacementDetails.AttendancePattern", "ActivePlans.Res", "ActivePlans.WBP"
    }  # fmt: skip
    assert second - first == {
        "Persons.Sex", "PlacementDetails.Res", "PlacementDetails.WBP", "ActivePlans.ReviewMeeting",
        "ActivePlans.ReviewOutcome",
    }  # fmt: skip
    assert third - second == {
        "Requests.RequestSource", "Header.DSCO", "ActivePlans.ReviewDraft", "ActivePlans.PhaseTransferDueDate",
        "ActivePlans.PhaseTransferFinalDate",
    }  # fmt: skip
    assert second <= third == last
    (mandatory,) = [
        c for f in SCHEMA.tables["Header"].fields if f.name == "DSCO" for c in f.constraints if c.required
    ]
    assert mandatory.since == "2025-26"


def test_every_check_of_the_spec_is_there_with_its_severity_in_every_year(spec: dict[str, Any]) -> None:
    checks = {c["id"]: c["severity"] for c in spec["checks"]["list"]}
    for year in SCHEMA.years:
        rules = {code: r for code, r in BOOK.in_force(year).items() if not code.startswith("S-")}
        assert {code: r.severity for code, r in rules.items()} == checks
    assert not any(r.published_by(SCHEMA) for r in rules.values())
    assert set(load_cases("sen2")) == set(checks)


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("sen2-a", ["Persons.UPN", "Persons.UniqueLearnerNumber", "Persons.UPNunknown"]),
        ("sen2-b", ["Persons.UPN", "Persons.UniqueLearnerNumber"]),
        ("sen2-c", ["Requests.ReceivedDate", "Requests.RYA", "Requests.RequestOutcome"]),
        ("sen2-d", ["Requests.RequestOutcome", "Assessments.AssessmentOutcome"]),
        ("sen2-e", ["Assessments.AssessmentOutcome", "Assessments.AssessmentOutcomeDate"]),
        (
            "sen2-f",
            [f"{t}.{c}" for t in ("PlanDetails", "PlacementDetails") for c in ("URN", "UKPRN", "SENSetting")],
        ),
        ("sen2-g", ["PlanDetails.PlacementRank", "PlacementDetails.PlacementRank"]),
        ("sen2-i", ["NamedPlans.DP", "NamedPlans.PB"]),
        ("sen2-j", ["NamedPlans.CeaseDate", "NamedPlans.CeaseReason"]),
    ],
)
def test_a_check_reports_the_columns_it_reads(code: str, fields: list[str]) -> None:
    assert [repr(f) for f in BOOK.in_force(LAST)[code].fields] == fields
