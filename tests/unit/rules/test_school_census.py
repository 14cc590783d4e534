"""The school census: what the facts list is there, and its extract is read as it comes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from childlink.rules import rule_book
from childlink.validation import Report, validate_files

NAME = "school_census"
BOOK = rule_book(NAME)
SCHEMA = BOOK.schema
DATED = ("attendancereason", "learnerfamcode", "learnerfamtype")
"""Columns whose codes changed, and are checked from the year on in which they are known."""
ON_ROLL = """pupilonrolltableid,NativeId,formerupn,upn,uniquelearnernumber,dob,surname,sex,senprovision,eligibilitycode,hoursatsetting
p1,1,,Y318123424001,9276308686,2009-Jan-18 00:00:00,Khan,M,N,,25
p2,2,,B801200005001,,2009-Jan-18 00:00:00,Jones,F,K,,25.5
p3,3,,A801200005001,,2021-Feb-30 00:00:00,Smith,X,Q,123,many
"""
GONE = """pupilnolongeronrolltableid,formerupn,upn,uniquelearnernumber,dob,leavingdate,sex
g1,,Y318123424001,,2009-Jan-18 00:00:00,2025-Nov-02 00:00:00,M
"""


@pytest.fixture(scope="module")
def facts(shared: Path) -> dict[str, Any]:
    text = (shared / "spec" / "other_returns.yaml").read_text(encoding="utf-8")
    facts: dict[str, Any] = yaml.safe_load(text)["school_census"]
    return facts


def test_every_table_and_column_of_the_facts_is_there_with_its_codes(facts: dict[str, Any]) -> None:
    for names, table in facts["tables"].items():
        ours = SCHEMA.tables[names.split(" or ")[0]]
        assert set(names.split(" or ")[1:]) <= set(ours.sheets)
        fields = {f.name: f for f in ours.fields}
        for column in table["columns"]:
            field = fields[column["name"]]
            some_terms = column.get("terms", table["terms"]) != table["terms"]
            assert field.optional or not some_terms, f"{ours.name}.{field.name}"
            codes = column.get("codes")
            enums = {c.enum for c in field.constraints if c.enum}
            if not isinstance(codes, list):
                assert not enums
                continue
            assert [list(SCHEMA.code_sets[e]) for e in enums] == [codes], f"{ours.name}.{field.name}"


def test_types_are_those_of_the_facts(facts: dict[str, Any]) -> None:
    types = {"date": "date", "whole number": "integer", "decimal": "number"}
    for names, table in facts["tables"].items():
        fields = {f.name: f for f in SCHEMA.tables[names.split(" or ")[0]].fields}
        for column in table["columns"]:
            name = column["name"]
            if name != "eligibilitycode":  # a number of eleven digits, which must keep them
                assert fields[name].type == types.get(column["type"], "string"), name
            assert (fields[name].format == "postcode") == (column["type"] == "postcode"), name


def test_the_rules_are_those_whose_content_is_established(facts: dict[str, Any]) -> None:
    listed = {c["code"]: c for c in facts["checks"]["list"]}
    known = {code: c for code, c in listed.items() if c["severity"] != "not established"}
    rules = BOOK.in_force("2025-26")
    published = {code: r for code, r in rules.items() if not code.startswith("S-")}
    assert set(published) == set(known)
    for code, rule in published.items():
        assert rule.severity == known[code]["severity"]
        assert rule.published_by(SCHEMA)
        assert "The message is childlink's" in (rule.differs or "")
    assert set(published["1520"].flags) == {"pupilonroll", "pupilnolongeronroll"}


def test_rows_of_other_tables_name_their_pupil() -> None:
    for table in SCHEMA.tables.values():
        parents = [c for c in SCHEMA.child_columns if c in table.columns]
        leavers = table.name.endswith("offroll") or table.name == "pupilnolongeronroll"
        assert parents == ["pupilnolongeronrolltableid" if leavers else "pupilonrolltableid"]
        assert f"{table.name}tableid" in table.columns


@pytest.mark.parametrize(
    ("year", "there", "gone"),
    [
        ("2022-23", {"gender", "thirtyhourcode"}, {"sex", "eligibilitycode"}),
        ("2023-24", {"sex", "thirtyhourcode", "eligibilitycode"}, {"gender"}),
        ("2025-26", {"sex", "eligibilitycode"}, {"gender", "thirtyhourcode"}),
    ],
)
def test_columns_change_with_the_years(year: str, there: set[str], gone: set[str]) -> None:
    columns = {f.name for f in SCHEMA.tables["pupilonroll"].fields if f.holds_in(year)}
    assert there <= columns
    assert not gone & columns


def written(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def report_of(*paths: Path, year: str = "2025-26", as_of: date | None = date(2026, 1, 15)) -> Report:
    return validate_files(NAME, list(paths), year=year, as_of=as_of)


def found(report: Report) -> list[tuple[str, str | None, int | None, list[str], str | None]]:
    return [
        (f["code"], f["table"], f["row"], f["fields"], f["child"])
        for f in report.findings.to_dicts()
        if f["code"] != "S-COLUMN"
    ]


def test_an_extract_is_read_as_it_comes_and_its_faults_are_found(tmp_path: Path) -> None:
    folder = written(
        tmp_path / "spring",
        pupilonroll=ON_ROLL,
        pupilnolongeronroll=GONE,
        addresses="pupilonrolltableid,postcode\np1,WV14 8DU\np1,nowhere\n",
        fsmperiod="pupilonrolltableid,fsmstartdate,fsmenddate,ukcountry\np1,2024-Sep-01 00:00:00,,ENG\np2,x,,UK\n",
    )
    report = report_of(folder)
    assert [i["table"] for i in report.run["inputs"]] == [
        "addressesonroll",
        "fsmperiodsonroll",
        "pupilnolongeronroll",
        "pupilonroll",
    ]
    assert sorted(found(report)) == [
        ("1510", "pupilonroll", 3, ["upn", "formerupn"], "p3"),
        ("1520", "pupilnolongeronroll", 1, ["upn"], "g1"),
        ("1520", "pupilonroll", 1, ["upn"], "p1"),
        ("1570", "pupilonroll", 2, ["dob", "uniquelearnernumber"], "p2"),
        ("S-CODE", "fsmperiodsonroll", 2, ["ukcountry"], "p2"),
        ("S-CODE", "pupilonroll", 3, ["senprovision"], "p3"),
        ("S-CODE", "pupilonroll", 3, ["sex"], "p3"),
        ("S-DATE", "fsmperiodsonroll", 2, ["fsmstartdate"], "p2"),
        ("S-DATE", "pupilonroll", 3, ["dob"], "p3"),
        ("S-FORMAT", "addressesonroll", 2, ["postcode"], "p1"),
        ("S-FORMAT", "pupilonroll", 3, ["eligibilitycode"], "p3"),
        ("S-TYPE", "pupilonroll", 3, ["hoursatsetting"], "p3"),
    ]
    shared_upn = [f["finding"] for f in report.findings.to_dicts() if f["code"] == "1520"]
    assert len(set(shared_upn)) == 1


def test_a_rule_whose_column_is_missing_says_so(tmp_path: Path) -> None:
    report = report_of(written(tmp_path / "a", pupilonroll="pupilonrolltableid,upn\np1,A801200005001\n"))
    told = {r.code: (r.status, r.reason) for r in report.rules}
    assert told["1575"] == ("not_run", "the pupilonroll table has no column uniquelearnernumber")
    assert told["1500"][0] == "passed"


def test_a_rule_runs_without_a_column_that_an_extract_may_lack(tmp_path: Path) -> None:
    report = report_of(written(tmp_path / "a", pupilonroll="pupilonrolltableid,upn\np1,A801200005001\n"))
    assert {r.code: r.status for r in report.rules}["1510"] == "findings"  # without formerupn, the UPN alone


def test_columns_of_some_terms_may_be_missing_and_others_not(tmp_path: Path) -> None:
    report = report_of(written(tmp_path / "a", pupilonroll=ON_ROLL))
    missing = {f["fields"][0] for f in report.findings.to_dicts() if f["code"] == "S-COLUMN"}
    assert "pupilonroll.forename" in missing
    assert not missing & {"pupilonroll.youngcarer", "pupilonroll.ftemp", "pupilonroll.expandedhours"}
    assert not missing & {"pupilonroll.pupilonrollorderseqcolumn", "pupilonroll.schoolcensustableid"}


def test_without_a_census_day_ages_are_not_reckoned(tmp_path: Path) -> None:
    report = report_of(written(tmp_path / "a", pupilonroll=ON_ROLL), as_of=None)
    (rule,) = (r for r in report.rules if r.code == "1570")
    assert rule.status == "not_run"
    assert "--as-of" in str(rule.reason)


@pytest.mark.parametrize("year", ["2023-24", "2025-26"])
def test_attendance_codes_are_checked_from_the_year_they_are_known(tmp_path: Path, year: str) -> None:
    sessions = "pupilonrolltableid,attendancereason,sessions\n" + "".join(
        f"p{n},{code},3\n" for n, code in enumerate(["/", "\\", "#", "C1", "Y7", "?"])
    )
    report = report_of(written(tmp_path / "a", termlysessiondetailsonroll=sessions), year=year)
    assert [f[2] for f in found(report) if f[0] == "S-CODE"] == ([6] if year == "2025-26" else [])


def test_yes_and_no_may_be_written_out(tmp_path: Path) -> None:
    rows = "pupilonrolltableid,upn,parttime,eyppr,yssa\n" + "".join(
        f"p{n},,{flag},{receipt},{yssa}\n"
        for n, (flag, receipt, yssa) in enumerate(
            [
                ("0", "Y", "Yes"),
                ("True", "Yes", '"Sought, no reply"'),
                ("false", "No", "UNS"),
                ("2", "R", "maybe"),
            ]
        )
    )
    report = report_of(written(tmp_path / "a", pupilonroll=rows))
    assert sorted((f[2], f[3][0]) for f in found(report) if f[0] == "S-CODE") == [
        (4, "eyppr"),
        (4, "parttime"),
        (4, "yssa"),
    ]


def test_files_named_otherwise_are_known_by_their_headings(tmp_path: Path) -> None:
    offroll = (
        "pupilnolongeronrolltableid,termlysessiondetailsoffrolltableid,attendancereason,sessions\ng1,s1,B,2\n"
    )
    report = report_of(written(tmp_path / "a", export_7=offroll))
    assert [i["table"] for i in report.run["inputs"]] == ["termlysessiondetailsoffroll"]
