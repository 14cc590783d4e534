"""Laws: the CLI's JSON is the library's report; every bad input is one clear message and exit code 2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from childlink.validation import validate_files
from tests.cli.conftest import Childlink

HEADER = "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB\n"
ROW = "{child},M,01/01/2010,WBRI,UN1,,\n"
MARK = "PLANTEDVALUE"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A return of one table: a sound row, a row with two wrong cells."""
    place = tmp_path / "return"
    place.mkdir()
    (place / "header.csv").write_text(
        HEADER + ROW.format(child="1") + f"2,M,{MARK},{MARK},UN1,,\n", encoding="utf-8"
    )
    return place


def validate(childlink: Childlink, *paths: Path, options: tuple[str, ...] = ()) -> tuple[int, str, str]:
    result = childlink("validate", "ssda903", *paths, "--year", "2025-26", *options)
    return result.exit_code, result.stdout, result.stderr


def test_json_is_the_librarys_report(childlink: Childlink, folder: Path) -> None:
    code, out, _ = validate(childlink, folder, options=("--format", "json", "--select", "identity"))
    expected = validate_files("ssda903", [folder], year="2025-26", select=["identity"])
    assert code == 1
    assert json.loads(out) == json.loads(json.dumps(expected.as_dict()))


def test_json_has_one_shape_with_and_without_findings(childlink: Childlink, folder: Path) -> None:
    reports = []
    for rule in ("101", "102"):
        _, out, _ = validate(childlink, folder, options=("--format", "json", "--select", rule))
        reports.append(json.loads(out))
    assert [len(r["findings"]) for r in reports] == [0, 1]
    assert list(reports[0]) == list(reports[1])
    assert reports[1]["findings"] == [
        {
            "code": "102", "severity": "error", "table": "Header", "row": 2, "line": 3, "fields": ["DOB"],
            "child": "2", "finding": 1,
        }
    ]  # fmt: skip


def test_golden_table(childlink: Childlink, folder: Path) -> None:
    code, out, err = validate(childlink, folder, options=("--select", "102,103,INT32,112"))
    assert code == 1
    assert [line.rstrip().replace("─", "") for line in out.splitlines()] == [
        "SSDA903 2025-26: 1 table, 2 rows",
        "rule   severity   findings   where (file:line)   message",
        "",
        "102    error             1   header.csv:3        Date of birth is not a valid date.",
        "103    error             1   header.csv:3        The ethnicity code is either not valid or has not been entered.",
        "Not run: 1 rule",
        "  the AD1 table is not in the return: 112",
        "2 errors, 0 queries, 2 rules with findings, 1 passed, 1 not run, 0 crashed",
    ]
    assert "childlink rules show" in err


def test_golden_concise(childlink: Childlink, folder: Path) -> None:
    _, out, _ = validate(childlink, folder, options=("--select", "102,103", "--format", "concise"))
    assert out.splitlines() == [
        "header.csv:3: 102 error DOB Date of birth is not a valid date.",
        "header.csv:3: 103 error ETHNIC The ethnicity code is either not valid or has not been entered.",
        "2 errors, 0 queries, 2 rules with findings, 0 passed, 0 not run, 0 crashed",
    ]


@pytest.mark.parametrize("shape", ["table", "concise", "json"])
def test_no_value_of_a_record_is_shown(childlink: Childlink, folder: Path, shape: str) -> None:
    _, out, err = validate(childlink, folder, options=("--format", shape))
    assert MARK not in out + err


def test_values_are_shown_where_they_are_asked_for(childlink: Childlink, folder: Path) -> None:
    options = ("--select", "103", "--show-values")
    _, out, _ = validate(childlink, folder, options=(*options, "--format", "json"))
    (finding,) = json.loads(out)["findings"]
    assert (finding["fields"], finding["values"]) == (["ETHNIC"], [MARK])
    _, out, _ = validate(childlink, folder, options=(*options, "--format", "concise"))
    assert f"ETHNIC={MARK}" in out


def test_exit_codes(childlink: Childlink, folder: Path) -> None:
    assert validate(childlink, folder, options=("--select", "101"))[0] == 0
    assert validate(childlink, folder, options=("--select", "102"))[0] == 1
    assert validate(childlink, folder, options=("--select", "102", "--fail-on", "never"))[0] == 0


def test_a_crashed_rule_is_exit_code_3_and_not_a_passed_rule(
    childlink: Childlink, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from childlink.rules import rule_book

    def broken() -> None:
        raise RuntimeError(MARK)

    book = rule_book("ssda903")
    rule = replace(book.versions("208")[-1], finds=broken, parameters=())
    monkeypatch.setattr(book, "in_force", lambda year: {"208": rule})
    code, out, err = validate(childlink, folder)
    assert code == 3
    assert "1 crashed" in out
    assert "208" in out
    assert MARK not in out + err


def test_output_goes_to_the_file_and_not_to_the_screen(
    childlink: Childlink, folder: Path, tmp_path: Path
) -> None:
    target = tmp_path / "new" / "report.json"
    code, out, err = validate(childlink, folder, options=("--output", str(target)))
    assert (code, out) == (1, "")
    assert str(target) in err.replace("\n", "")
    assert json.loads(target.read_text(encoding="utf-8"))["return"] == "ssda903"
    assert [p.name for p in target.parent.iterdir()] == ["report.json"]


def test_last_year_is_read_from_previous(childlink: Childlink, folder: Path, tmp_path: Path) -> None:
    last = tmp_path / "last"
    last.mkdir()
    (last / "h.csv").write_text(HEADER + "1,F,01/01/2010,WBRI,UN1,,\n", encoding="utf-8")
    options = ("--select", "202", "--format", "json")
    without = json.loads(validate(childlink, folder, options=options)[1])
    code, out, _ = validate(childlink, folder, options=(*options, "--previous", str(last)))
    assert without["rules"][0]["status"] == "not_run"
    assert "--previous" in without["rules"][0]["reason"]
    assert code == 1
    assert [(f["table"], f["row"]) for f in json.loads(out)["findings"]] == [("Header", 1)]
    assert [(i["file"], i["period"]) for i in json.loads(out)["run"]["inputs"]] == [
        ("header.csv", "this"),
        ("h.csv", "previous"),
    ]


def written(folder: Path, text: str | bytes, name: str = "header.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


ROWS = HEADER + ROW.format(child="1")

BAD_FILES = {
    "one column of another name": (ROWS.replace("ETHNIC", "ETHNICITY"), ["Header", "ETHNIC", "ETHNICITY"]),
    "UTF-16": (ROWS.encode("utf-16"), ["UTF-16", "UTF-8"]),
    "Windows-1252": (ROWS.replace("WBRI", "é").encode("cp1252"), ["UTF-8"]),
    "semicolons": (ROWS.replace(",", ";"), ["semicolon", "comma"]),
    "tabs": (ROWS.replace(",", "\t"), ["tab", "comma"]),
    "a repeated heading": (ROWS.replace("ETHNIC", "SEX"), ["SEX", "header.csv"]),
    "a ragged line": (ROWS + f"2,M,{MARK}\n", ["header.csv", "3"]),
    "an empty file": ("", ["header.csv", "empty"]),
}


@pytest.mark.parametrize("fault", BAD_FILES)
def test_a_file_that_cannot_be_read_is_one_clear_message(
    childlink: Childlink, tmp_path: Path, fault: str
) -> None:
    text, words = BAD_FILES[fault]
    target = tmp_path / "report.json"
    code, out, err = validate(childlink, written(tmp_path, text), options=("-o", str(target)))
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert "next: " in err
    assert [word for word in words if word.casefold() not in err.casefold()] == []
    assert MARK not in err
    assert not target.exists()


def test_a_path_that_is_not_there_and_an_empty_folder(childlink: Childlink, tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", tmp_path):
        code, out, err = validate(childlink, path)
        assert (code, out) == (2, "")
        assert path.name in err
        assert "next: " in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ssda903", "--year", "2019-20"), ["year", "2022-23"]),
        (("ssda93", "--year", "2025-26"), ["return", "did you mean ssda903"]),
        (("ssda903", "--year", "2025-26", "--select", "SW2STG1"), ["rule", "SW02STG1"]),
        (("ssda903", "--year", "2025-26", "--ignore", "INT99"), ["rule", "INT"]),
        (("ssda903", "--year", "2025-26", "--la", "Birmingam"), ["Birmingham"]),
        (("ssda903", "--year", "2025-26", "--la", "999"), ["999"]),
        (("ssda903", "--year", "2025-26", "--format", "jsn"), ["format", "json"]),
        (("ssda903", "--year", "2025-26", "--severity", "errors"), ["severity", "error"]),
        (("ssda903", "--year", "2025-26", "--fail-on", "quer"), ["query"]),
        (("ssda903", "--year", "2025-26", "--output", "report.pdf"), ["report.pdf", "--format"]),
    ],
)
def test_an_unknown_word_is_answered_with_the_nearest(
    childlink: Childlink, folder: Path, arguments: tuple[str, ...], words: list[str]
) -> None:
    result = childlink("validate", arguments[0], folder, *arguments[1:])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: ")
    assert "next: " in result.stderr
    assert [word for word in words if word not in result.stderr] == []


def test_a_missing_year_is_a_usage_error(childlink: Childlink, folder: Path) -> None:
    result = childlink("validate", "ssda903", folder)
    assert result.exit_code == 2
    assert "--year" in result.stderr


def test_a_bad_cell_is_never_a_reason_to_stop(childlink: Childlink, tmp_path: Path) -> None:
    wild = '\ufffd,\u202e,99/99/9999,\x01,"a,b",\'";--,=1+1'
    code, out, _ = validate(childlink, written(tmp_path, HEADER + wild + "\n"), options=("--format", "json"))
    assert code == 1
    assert {r["status"] for r in json.loads(out)["rules"]} == {"findings", "passed", "not_run"}
