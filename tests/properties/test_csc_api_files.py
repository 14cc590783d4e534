"""Laws of the API payload: whatever JSON holds, it is read or refused with a word, and nothing in it crashes a rule."""

from __future__ import annotations

import copy
import json
import random
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from childlink.errors import InputFault
from childlink.returns.json_document import json_document
from childlink.returns.json_tables import read_json
from childlink.returns.years import NO_YEAR
from childlink.rules import rule_book
from childlink.validation import Report, validate_files
from childlink.validation.validate import validate_return
from tests.cin_files import WILD
from tests.unit.returns.test_csc_api import PAYLOAD, SECOND

BOOK = rule_book("csc_api")
SCHEMA = BOOK.schema

NAMES = st.sampled_from(
    [
        "la_child_id",
        "child_details",
        "social_care_episodes",
        "Children",
        "la_code",
        "factors",
        "purge",
        "",
        "é",
        "0",
    ]
)
JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.sampled_from(WILD)
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=20,
)


def written(folder: str, content: object) -> Path:
    path = Path(folder) / "payload.json"
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    path.write_bytes(text)
    return path


def tried(path: Path) -> Report | InputFault:
    try:
        return validate_files("csc_api", [path], year=None)
    except InputFault as fault:
        return fault


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value, the value itself first."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, item in inner for place in places(item, (*path, name)))]


@settings(max_examples=80)
@given(JSON)
def test_any_json_is_read_or_refused_with_a_word(value: object) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = tried(written(folder, value))
    if isinstance(made, InputFault):
        assert "holds no child's payload" in made.fault
    else:
        assert made.with_status("crashed") == []


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 6), JSON)
def test_no_corruption_of_a_payload_crashes_a_rule(seed: int, times: int, value: object) -> None:
    dice = random.Random(seed)
    batch = [copy.deepcopy(PAYLOAD), copy.deepcopy(SECOND)]
    for _ in range(times):
        *above, last = dice.choice(places(batch)[1:])
        here: Any = batch
        for name in above:
            here = here[name]
        here[last] = dice.choice([copy.deepcopy(value), dice.choice(WILD), None, 1, [], {}])
        if not isinstance(batch[0], dict | list):
            break
    with tempfile.TemporaryDirectory() as folder:
        made = tried(written(folder, batch))
    if isinstance(made, InputFault):
        assert "holds no child's payload" in made.fault
    else:
        assert made.with_status("crashed") == []
        assert made.with_status("not_run") == []


@settings(max_examples=60)
@given(
    st.floats(0, 1),
    st.sampled_from([b"", b"[", b"{", b'"', b"\\", b"\x00", b"\xff", b",", b"}", b"NaN", b"\\ud800"]),
)
def test_a_broken_file_is_refused_with_its_line_or_read_with_its_findings(place: float, put: bytes) -> None:
    whole = json.dumps([PAYLOAD, SECOND], indent=1).encode()
    at = int(place * len(whole))
    broken = whole[:at] + (put + whole[at:] if put else b"")
    with tempfile.TemporaryDirectory() as folder:
        made = tried(written(folder, broken))
    if isinstance(made, InputFault):
        assert any(word in made.fault for word in ("line", "empty", "UTF-16")), made.fault
        assert made.next_step
    else:
        assert made.with_status("crashed") == []


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_tables_are_written_and_read_back_the_same(seed: int) -> None:
    dice = random.Random(seed)

    def text(path: str) -> str:
        if path.endswith("_id"):
            return f"{path}{dice.randint(0, 10**9)}"
        return dice.choice(
            [t for t in WILD if t] if path not in ("disabilities", "factors") else ["1A", "LD", "x"]
        )

    def filled(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {n: filled(v, n) for n, v in value.items() if n.endswith("_id") or dice.random() < 0.8}
        if isinstance(value, list):
            return [filled(v, name) for v in value for _ in range(dice.randint(0, 2))]
        return value if isinstance(value, bool | int) else text(name)

    with tempfile.TemporaryDirectory() as folder:
        first = read_json([written(folder, [filled(PAYLOAD) for _ in range(4)])], [], SCHEMA, NO_YEAR).tables
        again = read_json([written(folder, json_document(first, SCHEMA))], [], SCHEMA, NO_YEAR)
    assert {n: f.rows() for n, f in again.tables.items()} == {n: f.rows() for n, f in first.items()}
    assert again.unknown_elements == ()


@st.composite
def corruptions(draw: st.DrawFn) -> list[tuple[str, str, str | None]]:
    kind = st.sampled_from(["drop", "empty", "twice", "column"])
    steps = st.tuples(kind, st.sampled_from(list(SCHEMA.tables)), st.one_of(st.none(), st.sampled_from(WILD)))
    return draw(st.lists(steps, min_size=1, max_size=8))


@settings(max_examples=30)
@given(st.integers(0, 10**6), corruptions())
def test_no_corruption_of_the_tables_makes_a_rule_crash(
    seed: int, steps: list[tuple[str, str, str | None]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        read = read_json([written(folder, [PAYLOAD, SECOND])], [], SCHEMA, NO_YEAR)
    for kind, table, value in steps:
        frame = read.tables.get(table)
        if frame is None:
            continue
        column = frame.columns[seed % frame.width]
        if kind == "drop":
            del read.tables[table]
        elif kind == "empty":
            read.tables[table] = frame.clear()
        elif kind == "twice":
            read.tables[table] = pl.concat([frame, frame])
        else:
            read.tables[table] = frame.with_columns(pl.lit(value, dtype=pl.String).alias(column))
    report = validate_return(read, BOOK, list(BOOK.in_force("").values()))
    assert report.with_status("crashed") == []
    assert all(r.reason for r in report.with_status("not_run"))
