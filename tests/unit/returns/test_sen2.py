"""The SEN2 file becomes tables with running ids; what is broken, foreign or of another year is refused plainly."""

from __future__ import annotations

from pathlib import Path

import pytest

from childlink.errors import InputFault, UsageFault
from childlink.returns.model import Return
from childlink.returns.tree import NOT_THERE, read_tree
from childlink.returns.xml_tables import NOT_KNOWN, REPEATED
from childlink.returns.years import parse_year
from childlink.schema.model import load_return_schema
from childlink.validation import validate_files
from tests.sen2_files import HEADER

SCHEMA = load_return_schema("sen2")
PERSON = """<Person>
  <Surname>Ashe</Surname><Forename>Bo</Forename><PersonBirthDate>2012-05-06</PersonBirthDate><Sex>F</Sex>
  <Ethnicity>WBRI</Ethnicity><UPN>F330000178301</UPN>
  <Requests><ReceivedDate>2025-03-01</ReceivedDate><RequestSource>1</RequestSource><RYA>0</RYA><RequestOutcome>Y</RequestOutcome>
    <Assessment><AssessmentOutcome>Y</AssessmentOutcome><AssessmentOutcomeDate>2025-06-01</AssessmentOutcomeDate>
      <NamedPlan><StartDate>2025-06-01</StartDate>
        <PlanDetail><URN>123456</URN><PlacementRank>1</PlacementRank></PlanDetail>
        <PlanDetail><SENSetting>OTH</SENSetting><PlacementRank>2</PlacementRank></PlanDetail>
        <PB>1</PB><DP>E</DP></NamedPlan></Assessment>
    <ActivePlans>
      <PlacementDetail><UKPRN>10001234</UKPRN><PlacementRank>1</PlacementRank><Res>A</Res></PlacementDetail>
      <SENneed><SENtype>DS</SENtype><SENtypeRank>1</SENtypeRank></SENneed>
      <SENneed><SENtype>HI</SENtype><SENtypeRank>2</SENtypeRank></SENneed>
      <LastReview>2025-09-01</LastReview></ActivePlans></Requests>
  <Requests><RequestOutcome>H</RequestOutcome></Requests>
</Person>"""
SECOND = """<Person><Surname>Cade</Surname><Forename>Di</Forename><PersonBirthDate>2010-01-02</PersonBirthDate>
  <Sex>M</Sex><Ethnicity>REFU</Ethnicity><UPNunknown>UN1</UPNunknown><Requests><RequestOutcome>H</RequestOutcome></Requests></Person>"""
WHOLE = f"<?xml version='1.0' encoding='UTF-8'?>\n<Message>\n{HEADER}\n<Persons>\n{PERSON}\n{SECOND}</Persons></Message>"


def read(tmp_path: Path, text: str | bytes, year: str = "2025-26") -> Return:
    path = tmp_path / "sen2.xml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_tree([path], [], SCHEMA, parse_year(year, SCHEMA.years))


def of_year(text: str, year: int) -> str:
    return text.replace("<Year>2026", f"<Year>{year}").replace("2026-01-15", f"{year}-01-15")


def test_tables_have_the_running_ids_of_what_they_stand_in(tmp_path: Path) -> None:
    made = read(tmp_path, WHOLE)
    assert {n: f.columns for n, f in made.tables.items()} == {
        n: list(t.columns) for n, t in SCHEMA.tables.items()
    }
    persons = made.tables["Persons"].select("PersonID", "Surname", "UPN", "UPNunknown")
    assert persons.rows() == [("1", "Ashe", "F330000178301", None), ("2", "Cade", None, "UN1")]
    ids = made.tables["Requests"].select("PersonID", "RequestID", "RequestOutcome")
    assert ids.rows() == [("1", "1", "Y"), ("1", "2", "H"), ("2", "1", "H")]
    settings = made.tables["PlanDetails"].select(
        "PersonID", "RequestID", "URN", "SENSetting", "PlacementRank"
    )
    assert settings.rows() == [("1", "1", "123456", None, "1"), ("1", "1", None, "OTH", "2")]
    assert made.tables["NamedPlans"].select("RequestID", "StartDate", "PB", "DP").rows() == [
        ("1", "2025-06-01", "1", "E")
    ]
    assert made.tables["PlacementDetails"].select("PersonID", "UKPRN", "Res").rows() == [
        ("1", "10001234", "A")
    ]
    assert made.tables["Needs"].rows() == [("1", "1", "DS", "1"), ("1", "1", "HI", "2")]
    assert made.tables["ActivePlans"]["LastReview"].to_list() == ["2025-09-01"]
    assert made.tables["Header"].select("Collection", "Year", "LEA", "DMO", "DSCO").rows() == [
        ("SEN2", "2026", "330", "Y", "N")
    ]
    assert (made.unknown_elements, made.lines, made.file_format) == ((), {}, "xml")


def test_a_sound_file_has_no_findings(tmp_path: Path) -> None:
    read(tmp_path, WHOLE)
    report = validate_files("sen2", [tmp_path / "sen2.xml"], year="2025-26")
    assert report.findings.rows() == []
    assert [r.code for r in report.with_status("not_run")] == ["S-COLUMN"]


@pytest.mark.parametrize(
    ("year", "left_out"),
    [
        (2023, {"DSCO", "Sex", "RequestSource", "Res"}),
        (2024, {"DSCO", "RequestSource"}),
        (2025, set()),
        (2026, set()),
    ],
)
def test_elements_of_other_years_are_left_out_and_said(tmp_path: Path, year: int, left_out: set[str]) -> None:
    made = read(tmp_path, of_year(WHOLE, year), f"{year - 1}-{year % 100}")
    assert {e.path.rpartition("/")[2] for e in made.unknown_elements} == left_out
    old = PERSON.replace("<Sex>F</Sex>", "<GenderCurrent>2</GenderCurrent>").replace("<Res>A</Res>", "")
    made = read(
        tmp_path, of_year(WHOLE, year).replace(PERSON, old).replace("<RequestSource>1</RequestSource>", "")
        .replace("<ActivePlans>", "<ActivePlans><Res>B</Res>").replace("<DSCO>N</DSCO>", "").replace("<Sex>M</Sex>", ""),
        f"{year - 1}-{year % 100}",
    )  # fmt: skip
    found = {e.path.rpartition("/")[2] for e in made.unknown_elements}
    assert found == (set() if year == 2023 else {"GenderCurrent", "Res"})


def test_codes_are_those_of_the_year(tmp_path: Path) -> None:
    path = tmp_path / "sen2.xml"
    codes = {}
    for year in (2023, 2024, 2025, 2026):
        text = of_year(WHOLE, year).replace("<SENSetting>OTH", "<SENSetting>NEET")
        path.write_text(text, encoding="utf-8")
        report = validate_files("sen2", [path], year=f"{year - 1}-{year % 100}", select=["S-CODE"])
        codes[year] = report.findings["table"].to_list()
    assert codes == {2023: ["PlanDetails", "Needs"], 2024: ["Needs"], 2025: [], 2026: []}


def test_what_may_stand_once_and_what_is_not_known_is_a_finding(tmp_path: Path) -> None:
    text = (
        WHOLE.replace("</Assessment>", "</Assessment><Assessment><NamedPlan/></Assessment>")
        .replace("<LastReview>", "<Shoe/><LastReview>")
        .replace("</Source>", "</Source><Source><LEA>331</LEA></Source>")
        .replace("<Persons>", "<Odd/><Persons>")
    )
    made = read(tmp_path, text)
    request = "Message/Persons/Person/Requests"
    assert {(e.path, e.why): e.count for e in made.unknown_elements} == {
        ("Message/Header/Source", REPEATED): 1,
        (f"{request}/Assessment", REPEATED): 1,
        (f"{request}/ActivePlans/Shoe", NOT_KNOWN): 1,
        ("Message/Odd", NOT_KNOWN): 1,
    }
    assert made.tables["NamedPlans"].height == 1
    report = validate_files("sen2", [tmp_path / "sen2.xml"], year="2025-26", select=["S-ELEMENT"])
    assert report.findings.height == 4


def test_a_third_setting_or_need_is_read_and_reported(tmp_path: Path) -> None:
    third = "<SENneed><SENtype>VI</SENtype></SENneed><LastReview>"
    made = read(tmp_path, WHOLE.replace("<LastReview>", third))
    assert made.tables["Needs"].height == 3
    report = validate_files("sen2", [tmp_path / "sen2.xml"], year="2025-26")
    assert set(report.findings["code"]) == {"sen2-h"}
    assert report.findings["finding"].n_unique() == 1


def test_a_message_without_its_header_is_read_with_findings(tmp_path: Path) -> None:
    made = read(tmp_path, WHOLE.replace(HEADER, ""))
    assert {(e.path, e.why) for e in made.unknown_elements} == {
        ("Message/Header/CollectionDetails", NOT_THERE), ("Message/Header/Source", NOT_THERE)
    }  # fmt: skip
    assert made.tables["Persons"].height == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", ["empty"]),
        (b"PersonID,UPN\n1,\n", ["line 1", "does not begin as XML"]),
        (WHOLE[:-30].encode(), ["line", "column"]),
        (WHOLE.replace("WBRI", "Zoë").encode("cp1252"), ["line", "UTF-8"]),
        (WHOLE.replace("WBRI", "a&b").encode(), ["&amp;", "line"]),
        (WHOLE.replace("UTF-8", "UTF-16").encode(), ["encod"]),
        (b"<EXPSSDA903><CHILD/></EXPSSDA903>", ["SSDA903 return"]),
        (WHOLE.replace(">SEN2<", ">CIN<").encode(), ["Collection is not SEN2", "children in need census"]),
        (b"<Message><Header/><Children><Child/></Children></Message>", ["no Persons element"]),
        (f"<Message>{HEADER}<Persons/></Message>".encode(), ["no person"]),
        (b"<!DOCTYPE Message [<!ENTITY a 'aa'>]>\n<Message>&a;</Message>", ["DOCTYPE"]),
    ],
)
def test_what_is_no_sound_file_is_refused_with_what_to_do(
    tmp_path: Path, text: bytes, words: list[str]
) -> None:
    with pytest.raises(InputFault) as caught:
        read(tmp_path, text)
    whole = f"{caught.value.fault} {caught.value.allowed} {caught.value.next_step}"
    assert caught.value.next_step
    assert all(word in whole for word in words), whole


def test_a_file_too_large_is_refused_by_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("childlink.returns.xml_file.MOST_BYTES", 1000)
    with pytest.raises(InputFault, match="large"):
        read(tmp_path, WHOLE)


def test_a_census_of_january_is_of_the_year_that_ends_in_march(tmp_path: Path) -> None:
    with pytest.raises(InputFault, match="2025-26") as caught:
        read(tmp_path, WHOLE, "2024-25")
    assert "--year 2025-26" in str(caught.value.next_step)
    unnamed = WHOLE.replace("<Year>2026</Year>", "")
    assert read(tmp_path, unnamed).year.name == "2025-26"
    with pytest.raises(InputFault, match="ReferenceDate of 2026"):
        read(tmp_path, unnamed, "2024-25")


def test_last_years_return_is_not_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "sen2.xml"
    path.write_text(WHOLE, encoding="utf-8")
    with pytest.raises(UsageFault, match="last year"):
        read_tree([path], [path], SCHEMA, parse_year("2025-26"))


def test_csv_files_are_the_same_tables(tmp_path: Path) -> None:
    made = read(tmp_path, WHOLE)
    folder = tmp_path / "csv"
    folder.mkdir()
    now = {n: [f.name for f in t.fields if f.holds_in("2025-26")] for n, t in SCHEMA.tables.items()}
    for name, frame in made.tables.items():
        frame.select(now[name]).write_csv(folder / f"{name}.csv")
    report = validate_files("sen2", [folder], year="2025-26")
    assert report.findings.rows() == []
    assert {i["table"]: i["rows"] for i in report.run["inputs"]} == {
        n: f.height for n, f in made.tables.items()
    }
    (folder / "Persons.csv").write_text("PersonID,Surname\n1,Ashe\n", encoding="utf-8")
    report = validate_files("sen2", [folder], year="2025-26", select=["S-COLUMN", "sen2-a"])
    assert "Persons.UPN" in [f for fields in report.findings["fields"] for f in fields]
    assert [r.status for r in report.rules if r.code == "sen2-a"] == ["not_run"]
