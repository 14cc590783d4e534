"""Law: what a rule says of itself is what the specification says, message to the letter."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from childlink.rules import rule_book
from tests.conftest import SHARED

FILE = SHARED / "spec" / "ssda903_rules.yaml"
SPEC: list[dict[str, Any]] = (
    yaml.load(FILE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["rules"] if FILE.is_file() else []
)
BOOK = rule_book("ssda903")
BUILT = [r for r in SPEC if r["code"] in BOOK.codes()]

# Columns that the spec names and no table has (its chapter columns_named_by_rules_but_never_produced), by
# what they mean; and rule 347, whose published fields are of another table.
MEANT = {
    "UASC_STATUS": "UASC",
    "DATE_EPISODE_CEASED": "DEC",
    "PLACEMENT": "PLACE",
    "NB_ADOPTER": "NB_ADOPTR",
}
OTHER_FIELDS = {"347": {"ACCOM", "DOB"}, "3001": {"ACCOM"}, "118": {"DECOM", "LS", "DATE_PLACED_CEASED"}}

pytestmark = pytest.mark.skipif(not SPEC, reason="../shared/spec is not on this machine")


@pytest.mark.parametrize("spec", BUILT, ids=lambda r: r["code"])
def test_rule_says_of_itself_what_the_spec_says(spec: dict[str, Any]) -> None:
    versions = BOOK.versions(spec["code"])
    assert spec["message"] in [v.message for v in versions]
    assert {v.severity for v in versions} == {spec["severity"]}
    reported = {dict(v.reported_as).get(t, t) for v in versions for t in v.flags}
    assert reported == set(spec["flags"])
    expected = OTHER_FIELDS.get(spec["code"]) or {MEANT.get(f, f) for f in spec["fields"]}
    assert expected <= {c.name for v in versions for c in v.fields} | {"CHILD"}
    assert all(v.condition for v in versions)


@pytest.mark.parametrize("spec", BUILT, ids=lambda r: r["code"])
def test_rule_is_in_force_in_the_years_of_the_spec(spec: dict[str, Any]) -> None:
    first = min(v["from"] for v in spec["versions"])
    withdrawn = spec.get("withdrawn", "9999-00")
    expected = [y for y in BOOK.schema.years if first <= y < withdrawn]
    assert [y for y in BOOK.schema.years if spec["code"] in BOOK.in_force(y)] == expected
