"""The JSON payload becomes tables; what it holds that is not read as it stands is told by its path, and what cannot be
read is refused plainly, depth bombs before they are parsed."""

from __future__ import annotations

import copy
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from childlink.errors import InputFault, UsageFault
from childlink.returns import json_tables
from childlink.returns.json_document import json_document
from childlink.returns.json_tables import read_json
from childlink.returns.json_text import MOST_DEPTH, is_deep
from childlink.returns.model import Return
from childlink.returns.years import NO_YEAR
from childlink.schema.model import load_return_schema
from childlink.validation import validate_files

SCHEMA = load_return_schema("csc_api")
PAYLOAD: dict[str, Any] = {
    "la_child_id": "c1",
    "mis_child_id": "m1",
    "purge": False,
    "child_details": {
        "unique_pupil_number": "F330000178301",
        "first_name": "Bo",
        "date_of_birth": "2012-05-06",
        "sex": "F",
        "ethnicity": "WBRI",
        "disabilities": ["HAND", "LD"],
        "postcode": "B1 1AA",
        "uasc_flag": True,
        "purge": False,
    },
    "health_and_wellbeing": {"sdq_assessments": [{"date": "2025-01-02", "score": 20}], "purge": False},
    "social_care_episodes": [
        {
            "child_and_family_assessments": [
                {"child_and_family_assessment_id": "a1", "start_date": "2025-02-01", "factors": ["1A", "2B"]},
                {"child_and_family_assessment_id": "a2", "factors": []},
            ],
            "social_care_episode_id": "e1",
            "referral_date": "2025-01-20",
            "referral_no_further_action_flag": False,
            "care_worker_details": [{"worker_id": "SW1", "start_date": "2025-01-20"}],
            "section_47_assessments": [{"section_47_assessment_id": "s1", "icpc_required_flag": True}],
            "child_looked_after_placements": [
                {"child_looked_after_placement_id": "p1", "placement_type": "Z11", "end_reason": "E46"}
            ],
            "adoption": {"matched_date": "2025-03-01"},
            "care_leavers": {"contact_date": "2025-04-01", "activity": "F1", "accommodation": "Z"},
        },
        {"social_care_episode_id": "e2"},
    ],
}
SECOND = {"la_child_id": "c2", "child_details": {"disabilities": ["NONE"], "sex": "M"}}


def read(tmp_path: Path, content: object, name: str = "payload.json") -> Return:
    path = tmp_path / name
    text = content if isinstance(content, str | bytes) else json.dumps(content)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_json([path], [], SCHEMA, NO_YEAR)


def with_item(path: str, value: object) -> dict[str, Any]:
    """The payload with another value at a path, such as "child_details/sex" or "social_care_episodes/0/adoption"."""
    made = copy.deepcopy(PAYLOAD)
    here: Any = made
    *above, last = path.split("/")
    for name in above:
        here = here[int(name) if name.isdigit() else name]
    here[int(last) if last.isdigit() else last] = value
    return made


def told(made: Return) -> dict[str, str]:
    return {e.path: e.why.partition(" (first in")[0] for e in made.unknown_elements}


def test_tables_hold_the_items_and_the_ids_of_what_they_stand_in(tmp_path: Path) -> None:
    made = read(tmp_path, [PAYLOAD, SECOND])
    assert {n: f.columns for n, f in made.tables.items()} == {
        n: list(t.columns) for n, t in SCHEMA.tables.items()
    }

    def rows(table: str, *columns: str) -> list[tuple[str | None, ...]]:
        return made.tables[table].select(columns).rows()

    assert rows("Children", "la_child_id", "mis_child_id", "purge", "sex", "disabilities", "uasc_flag") == [
        ("c1", "m1", "false", "F", "HAND LD", "true"),
        ("c2", None, None, "M", "NONE", None),
    ]
    assert rows("Children", "child_details_purge", "health_and_wellbeing_purge") == [
        ("false", "false"), (None, None)
    ]  # fmt: skip
    assert made.tables["Disabilities"].rows() == [("c1", "HAND"), ("c1", "LD"), ("c2", "NONE")]
    assert made.tables["SDQAssessments"].rows() == [("c1", "2025-01-02", "20")]
    ids = ("la_child_id", "social_care_episode_id")
    assert rows("Episodes", *ids, "referral_no_further_action_flag") == [
        ("c1", "e1", "false"), ("c1", "e2", None)
    ]  # fmt: skip
    assert rows("CareWorkers", *ids, "worker_id", "end_date") == [("c1", "e1", "SW1", None)]
    assert rows("Assessments", *ids, "child_and_family_assessment_id", "factors") == [
        ("c1", "e1", "a1", "1A 2B"), ("c1", "e1", "a2", "[]")
    ]  # fmt: skip
    assert made.tables["AssessmentFactors"].rows() == [("c1", "e1", "a1", "1A"), ("c1", "e1", "a1", "2B")]
    assert rows("Section47Assessments", *ids, "icpc_required_flag") == [("c1", "e1", "true")]
    assert rows("Placements", *ids, "placement_type", "end_reason") == [("c1", "e1", "Z11", "E46")]
    assert rows("Adoptions", *ids, "matched_date") == [("c1", "e1", "2025-03-01")]
    assert rows("CareLeavers", *ids, "activity", "accommodation") == [("c1", "e1", "F1", "Z")]
    assert (made.unknown_elements, made.lines, made.file_format) == ((), {}, "json")
    assert [(i.table, i.rows) for i in made.inputs] == [(n, f.height) for n, f in made.tables.items()]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([PAYLOAD, SECOND]),
        json.dumps([PAYLOAD, SECOND], indent=2).replace("\n", "\r\n"),
        "\ufeff" + json.dumps([PAYLOAD, SECOND]),
        json.dumps({"la_code": 330, "Children": [PAYLOAD, SECOND]}),
        json.dumps({"children": [PAYLOAD, SECOND], "la_code": "330"}),
        json.dumps([{"la_code": "330", "Children": PAYLOAD}, SECOND]),
        json.dumps(PAYLOAD) + "\n" + json.dumps(SECOND) + "\n",
        "\n".join(json.dumps([one]) for one in (PAYLOAD, SECOND)),
    ],
)
def test_a_file_may_hold_its_payloads_in_several_ways(tmp_path: Path, text: str) -> None:
    made = read(tmp_path, text)
    expected = read(tmp_path, [PAYLOAD, SECOND], "other.json")
    assert {n: f.drop("la_code", strict=False).rows() for n, f in made.tables.items()} == {
        n: f.drop("la_code", strict=False).rows() for n, f in expected.tables.items()
    }
    assert made.unknown_elements == ()
    codes = made.tables["Children"]["la_code"].to_list()
    assert codes[0] == ("330" if "la_code" in text else None)


def test_one_payload_alone_is_a_file_too(tmp_path: Path) -> None:
    assert read(tmp_path, PAYLOAD).tables["Children"].height == 1


def test_a_sound_payload_has_no_findings(tmp_path: Path) -> None:
    read(tmp_path, [PAYLOAD, SECOND])
    report = validate_files("csc_api", [tmp_path / "payload.json"], year=None)
    assert report.findings.rows() == []
    assert report.with_status("not_run") == []


@pytest.mark.parametrize(
    ("path", "value", "where", "why"),
    [
        ("child_details/sex", 1, "child_details/sex", "is a number where a text is wanted"),
        ("child_details/uasc_flag", "true", "child_details/uasc_flag", "is a text where true or false is wanted"),
        ("purge", 0, "purge", "is a number where true or false is wanted"),
        ("child_details/sex", True, "child_details/sex", "is true or false where a text is wanted"),
        ("child_details/sex", ["F"], "child_details/sex", "is an array where a text is wanted"),
        ("child_details/sex", {"code": "F"}, "child_details/sex", "is an object where a text is wanted"),
        ("child_details/sex", None, "child_details/sex", json_tables.IS_NULL),
        ("child_details/sex", "", "child_details/sex", json_tables.IS_EMPTY),
        ("child_details/shoe", 4, "child_details/shoe", json_tables.NOT_KNOWN),
        ("child_details/Bo Ashe", 4, f"child_details/{json_tables.UNNAMED}", json_tables.NOT_KNOWN),
        ("child_details", None, "child_details", json_tables.IS_NULL),
        ("child_details", [], "child_details", "is an array where an object is wanted"),
        ("child_details/disabilities", "HAND", "child_details/disabilities", "is a text where an array is wanted"),
        ("child_details/disabilities", [1], "child_details/disabilities[]", "is a number where a text is wanted"),
        ("child_details/disabilities", ["LD"] * 13, "child_details/disabilities", "has more than 12 items"),
        ("social_care_episodes", {}, "social_care_episodes", "is an object where an array is wanted"),
        ("social_care_episodes/1", "e2", "social_care_episodes[]", "is a text where an object is wanted"),
        ("social_care_episodes/1", None, "social_care_episodes[]", json_tables.IS_NULL),
        ("social_care_episodes/0/adoption", [], "social_care_episodes[]/adoption", "is an array where an object is wanted"),
        ("social_care_episodes/0/referral_date", 20250120, "social_care_episodes[]/referral_date", "is a number where a text is wanted"),
        ("health_and_wellbeing/sdq_assessments/0/score", "20", "health_and_wellbeing/sdq_assessments[]/score", "is a text where a number is wanted"),
        ("la_code", False, "la_code", "is true or false where a text or a number is wanted"),
    ],
)  # fmt: skip
def test_what_is_of_another_kind_is_told_by_its_path(
    tmp_path: Path, path: str, value: object, where: str, why: str
) -> None:
    made = read(tmp_path, [SECOND, with_item(path, value)])
    assert told(made) == {where: why}
    assert made.unknown_elements[0].why.endswith("(first in payload 2)")
    report = validate_files("csc_api", [tmp_path / "payload.json"], year=None)
    assert report.findings.filter(code="S-ELEMENT")["fields"].to_list() == [[where]]
    assert report.with_status("crashed") == []


def test_text_of_another_kind_is_kept_as_it_is_written(tmp_path: Path) -> None:
    made = read(
        tmp_path, json.dumps(PAYLOAD).replace('"F1"', "1.50").replace('"c1"', "12345678901234567890123")
    )
    assert made.tables["CareLeavers"]["activity"].to_list() == ["1.50"]
    assert set(made.tables["Episodes"]["la_child_id"]) == {"12345678901234567890123"}
    made = read(tmp_path, json.dumps(PAYLOAD).replace('"score": 20', '"score": 1e400'))
    assert made.tables["SDQAssessments"]["score"].to_list() == ["1e400"]
    report = validate_files("csc_api", [tmp_path / "payload.json"], year=None)
    assert report.findings["code"].to_list() == ["S-TYPE"]


def test_repeated_names_nan_and_halves_of_characters_are_findings(tmp_path: Path) -> None:
    text = json.dumps(PAYLOAD)
    made = read(tmp_path, text.replace('"sex": "F"', '"sex": "M", "sex": "F"'))
    assert told(made) == {"child_details/sex": json_tables.REPEATED}
    assert made.tables["Children"]["sex"].to_list() == ["F"]
    for number in ("NaN", "Infinity", "-Infinity"):
        made = read(tmp_path, text.replace('"score": 20', f'"score": {number}'))
        assert told(made) == {"health_and_wellbeing/sdq_assessments[]/score": json_tables.NOT_JSON}
        assert made.tables["SDQAssessments"]["score"].to_list() == [None]
    made = read(tmp_path, text.replace('"Bo"', '"\\ud83d Bo \\ud83d\\ude00"').replace('"c1"', '"\\udc00"'))
    assert set(told(made).values()) == {json_tables.HALF}
    assert made.tables["Children"]["first_name"].to_list() == ["\ufffd Bo \U0001f600"]
    assert set(made.tables["Episodes"]["la_child_id"]) == {"\ufffd"}


def test_what_is_no_payload_among_payloads_is_a_finding(tmp_path: Path) -> None:
    made = read(tmp_path, [PAYLOAD, "c2", {"shoe": 1}, None, [SECOND]])
    assert made.tables["Children"].height == 1
    assert [(e.path, e.why) for e in made.unknown_elements] == [
        (".", "a text where a payload is wanted (first in payload 2)"),
        (".", f"{json_tables.NOT_A_PAYLOAD} (first in payload 3)"),
        (".", f"{json_tables.IS_NULL} (first in payload 4)"),
        (".", "an array where a payload is wanted (first in payload 5)"),
    ]
    made = read(tmp_path, {"Children": [SECOND], "sent": "today"})
    assert told(made) == {"sent (beside Children)": json_tables.NOT_KNOWN}


def test_unknown_items_without_end_are_told_together(tmp_path: Path) -> None:
    made = read(tmp_path, {**SECOND, **{f"n{n}": 1 for n in range(1000)}})
    assert len(made.unknown_elements) == json_tables.MOST_PATHS + 1
    assert sum(e.count for e in made.unknown_elements) == 1000


WHOLE = json.dumps([PAYLOAD, SECOND], indent=1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", ["empty"]),
        (b" \n ", ["empty"]),
        (b"\xef\xbb\xbf", ["empty"]),
        (b"la_child_id,sex\nc1,F\n", ["line 1, column 1"]),
        (WHOLE[:-3].encode(), [f"line {WHOLE.count(chr(10))}", "column", "breaks off"]),
        (WHOLE[: WHOLE.index("WBRI") + 2].encode(), ["line 11, column 17", "not closed"]),
        (WHOLE.replace('"F"', "'F'").encode(), ["line 10, column 11", "single quotes"]),
        (WHOLE.replace('"F",', '"F"').encode(), ["line 11, column 4", "a comma"]),
        (WHOLE.replace('"M"', '"M",').encode(), ["comma stands before"]),
        (WHOLE.replace('"sex":', '"sex"', 1).encode(), ["colon"]),
        (WHOLE.replace("WBRI", "a\nb").encode(), ["control character"]),
        (WHOLE.replace("WBRI", "a\\qb").encode(), ["backslash"]),
        ((WHOLE + "]").encode(), ["line", "value is missing"]),
        (WHOLE.encode("utf-16"), ["UTF-16", "PowerShell"]),
        (WHOLE.encode("utf-16-le"), ["UTF-16"]),
        (WHOLE.replace("Bo", "Zoë").encode("cp1252"), ["not UTF-8", "line 8"]),
        (b"<Message/>", ["XML"]),
        (b"%PDF-1.7", ["PDF"]),
        (b"[]", ["no child's payload", "Children"]),
        (b"{}", ["no child's payload"]),
        (b'"c1"', ["no child's payload"]),
        (b"[1, 2, 3]", ["no child's payload"]),
        (b'{"Children": []}', ["no child's payload"]),
        (b'{"type": "FeatureCollection"}', ["no child's payload"]),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(
    tmp_path: Path, text: bytes, words: list[str]
) -> None:
    with pytest.raises(InputFault) as caught:
        read(tmp_path, text)
    whole = f"{caught.value.fault} {caught.value.allowed} {caught.value.next_step}"
    assert caught.value.next_step
    assert all(word in whole for word in words), whole
    assert "WBRI" not in whole


@pytest.mark.parametrize(
    "bomb",
    [
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b'[{"a":"\\"[",' + b'"b":[' * 70,
    ],
)
def test_depth_bombs_are_refused_before_parsing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bomb: bytes
) -> None:
    monkeypatch.setattr(json_tables, "top_values", None)
    with pytest.raises(InputFault, match="deep"):
        read(tmp_path, bomb)


def test_depth_is_that_of_brackets_outside_texts() -> None:
    assert not is_deep(b"[" * MOST_DEPTH + b"]" * MOST_DEPTH, MOST_DEPTH)
    assert is_deep(b"[" * (MOST_DEPTH + 1), MOST_DEPTH)
    assert not is_deep(b'["' + b"[" * 500 + b'"]', MOST_DEPTH)
    assert not is_deep(b'["\\"' + b"[" * 500 + b'"]', MOST_DEPTH)
    assert is_deep(b'["\\\\"' + b"[" * 500 + b'"]', MOST_DEPTH)
    assert not is_deep(b"[]" * 500, 1)


def test_a_file_too_large_or_of_another_kind_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "book.json", "w") as book:
        book.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(InputFault, match="workbook"):
        read_json([tmp_path / "book.json"], [], SCHEMA, NO_YEAR)
    monkeypatch.setattr("childlink.returns.json_text.MOST_BYTES", 100)
    with pytest.raises(InputFault, match="large"):
        read(tmp_path, PAYLOAD)
    with pytest.raises(InputFault, match="not there"):
        read_json([tmp_path / "nowhere.json"], [], SCHEMA, NO_YEAR)


def test_last_years_return_is_not_asked_for(tmp_path: Path) -> None:
    read(tmp_path, PAYLOAD)
    path = tmp_path / "payload.json"
    with pytest.raises(UsageFault, match="last year"):
        read_json([path], [path], SCHEMA, NO_YEAR)


def test_rows_are_told_without_a_line_and_by_the_authoritys_own_id(tmp_path: Path) -> None:
    read(tmp_path, [SECOND, with_item("social_care_episodes/0/adoption/matched_date", "soon")])
    report = validate_files("csc_api", [tmp_path / "payload.json"], year=None)
    assert report.findings.select("code", "table", "row", "line", "fields", "child").rows() == [
        ("api-g", "Adoptions", 1, None, ["matched_date"], "c1")
    ]


def test_tables_are_written_as_json_that_is_read_back_the_same(tmp_path: Path) -> None:
    empty = {"la_child_id": "c3", "child_details": {"disabilities": [], "first_name": 'a"b\\c\n\u0001'}}
    made = read(tmp_path, [PAYLOAD, SECOND, empty])
    again = read(tmp_path, json_document(made.tables, SCHEMA))
    assert {n: f.rows() for n, f in again.tables.items()} == {n: f.rows() for n, f in made.tables.items()}
    assert again.unknown_elements == ()


def test_tables_that_json_cannot_hold_are_refused(tmp_path: Path) -> None:
    tables = read(tmp_path, [PAYLOAD, SECOND]).tables
    with pytest.raises(InputFault, match="belong to no row above"):
        json_document({**tables, "Children": tables["Children"][1:]}, SCHEMA)
    with pytest.raises(InputFault, match="Children table"):
        json_document({}, SCHEMA)
    with pytest.raises(InputFault, match="an object holds one"):
        json_document({**tables, "Adoptions": tables["Adoptions"][[0, 0]]}, SCHEMA)


def test_codes_are_written_from_their_rows_or_else_from_their_list(tmp_path: Path) -> None:
    tables = read(tmp_path, [PAYLOAD]).tables
    without = {n: f for n, f in tables.items() if n not in ("Disabilities", "AssessmentFactors")}
    again = read(tmp_path, json_document(without, SCHEMA)).tables
    assert again["Disabilities"].rows() == tables["Disabilities"].rows()
    assert again["AssessmentFactors"].rows() == tables["AssessmentFactors"].rows()
