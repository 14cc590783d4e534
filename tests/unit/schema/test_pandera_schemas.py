"""Laws: Pandera's faults come back as the right rows of the right constraint, in any environment."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandera.config import ValidationDepth, config_context
from pandera.errors import SchemaErrors

from childlink.schema.model import Constraint, FieldSchema, PlacedConstraint, ReturnSchema, TableSchema
from childlink.schema.pandera_schemas import compile_table, find_breaches, run_checks

CODE = Constraint(required=True, enum="colours", rule="1")
FORM = Constraint(pattern="[A-Z]{2}", rule="2")
DAY = Constraint(required=True, type="date", rule="3")
ALONE = Constraint(unique=("A", "B"), rule="4")
TABLE = TableSchema(
    "T",
    "rows",
    (FieldSchema("A", constraints=(CODE, FORM)), FieldSchema("B", type="date", constraints=(DAY,))),
    constraints=(ALONE,),
)
SCHEMA = ReturnSchema("r", "return", ("2025-26",), {"T": TABLE}, {"colours": {"RE": "red", "GREY": "grey"}})


def rows(a: list[str | None], b: list[str | None]) -> dict[str | None, tuple[int, ...]]:
    frame = pl.DataFrame({"A": a, "B": b}, schema={"A": pl.String, "B": pl.String})
    breaches, missing = find_breaches({"T": frame}, list(SCHEMA.constraints()), SCHEMA)
    assert missing == []
    assert all(b.crash is None for b in breaches)
    return {b.constraint.rule: b.rows for b in breaches}


def test_each_constraint_gets_its_own_rows() -> None:
    found = rows(["RE", "GREY", None, "xx", "RE"], ["1/1/2025", None, "x", "01/01/2025", "1/1/2025"])
    assert found == {"1": (2, 3), "2": (1, 3), "3": (1, 2), "4": (0, 4)}


def test_clean_and_empty_tables_have_no_breaches() -> None:
    assert rows(["RE"], ["01/01/2025"]) == {}
    assert rows([], []) == {}


def test_rows_with_a_part_of_the_key_missing_never_repeat() -> None:
    assert rows(["RE", "RE"], [None, None]) == {"3": (0, 1)}


def test_a_column_that_is_not_there_is_named_and_the_rest_is_checked() -> None:
    breaches, missing = find_breaches({"T": pl.DataFrame({"A": ["xx"]})}, list(SCHEMA.constraints()), SCHEMA)
    assert [(m.table, m.field) for m in missing] == [("T", "B")]
    assert {b.constraint.rule: b.rows for b in breaches} == {"1": (0,), "2": (0,)}


def test_tables_that_are_absent_are_left_out() -> None:
    assert find_breaches({}, list(SCHEMA.constraints()), SCHEMA) == ([], [])


def test_a_switch_in_the_environment_cannot_turn_validation_off(monkeypatch: pytest.MonkeyPatch) -> None:
    from pandera.config import CONFIG, ValidationDepth

    monkeypatch.setenv("PANDERA_VALIDATION_ENABLED", "False")
    monkeypatch.setattr(CONFIG, "validation_enabled", False)
    monkeypatch.setattr(CONFIG, "validation_depth", ValidationDepth.SCHEMA_ONLY)
    assert rows(["xx"], ["01/01/2025"]) == {"1": (0,), "2": (0,)}


def test_a_check_that_crashes_is_a_crash_and_not_bad_data() -> None:
    placed: list[PlacedConstraint] = [(TABLE, TABLE.fields[0], Constraint(pattern="[A-Z]{2}", rule="2"))]
    numbers = pl.DataFrame({"A": [1, 2]})
    (breach,), _ = find_breaches({"T": numbers}, placed, SCHEMA)
    assert breach.crash is not None
    assert breach.rows == ()


cells = st.sampled_from([None, "", "RE", "GREY", "xx", "XX", "01/01/2025", "1/1/2025", "31/02/2025"])


@given(st.lists(st.tuples(cells, cells), max_size=6))
def test_run_checks_says_what_panderas_own_validation_says(
    drawn: list[tuple[str | None, str | None]],
) -> None:
    frame = pl.DataFrame(drawn, schema={"A": pl.String, "B": pl.String}, orient="row")
    compiled = compile_table(list(SCHEMA.constraints()), SCHEMA)
    expected: dict[str, set[int]] = {}
    with config_context(validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA):
        try:
            compiled.validate(frame, lazy=True)
        except SchemaErrors as errors:
            for fault in errors.schema_errors:
                failing = (~fault.check_output["check_output"]).arg_true().to_list()
                expected.setdefault(str(fault.check.name), set()).update(failing)
    verdicts, crashes = run_checks(compiled, frame)
    found: dict[str, set[int]] = {}
    for name in verdicts.columns:
        failing = (~verdicts[name]).arg_true().to_list()
        if failing:
            found.setdefault(name.partition(".")[0], set()).update(failing)
    assert crashes == {}
    assert found == expected
