"""The CIN census file becomes the tables of the structure; what is broken, foreign or hostile is refused plainly."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from childlink.errors import InputFault, UsageFault
from childlink.returns.model import Return
from childlink.returns.tree import NOT_THERE, read_tree
from childlink.returns.xml_tables import NOT_KNOWN, REPEATED
from childlink.returns.years import parse_year
from childlink.schema.model import load_return_schema
from childlink.validation import validate_files

SCHEMA = load_return_schema("cin")
YEAR = parse_year("2025-26")
HEADER = """<Header>
  <CollectionDetails><Collection>CIN</Collection><Year>2026</Year><ReferenceDate>2026-03-31</ReferenceDate></CollectionDetails>
  <Source><SourceLevel>L</SourceLevel><LEA>330</LEA></Source>
</Header>"""
CHILD = """<Child>
  <ChildIdentifiers><LAchildID> a1 </LAchildID><UPN/><PersonBirthDate>2015-01-02</PersonBirthDate><Sex>m</Sex></ChildIdentifiers>
  <ChildCharacteristics><Ethnicity>WBRI</Ethnicity>
    <Disabilities><Disability>HAND</Disability><Disability/></Disabilities></ChildCharacteristics>
  <CINdetails><CINreferralDate>2025-05-01</CINreferralDate><ReferralSource>6</ReferralSource>
    <Assessments><AssessmentActualStartDate>2025-05-02</AssessmentActualStartDate>
      <FactorsIdentifiedAtAssessment><AssessmentFactors>2B</AssessmentFactors><AssessmentFactors>1A</AssessmentFactors>
      </FactorsIdentifiedAtAssessment></Assessments>
    <Assessments><FactorsIdentifiedAtAssessment>
    </FactorsIdentifiedAtAssessment></Assessments>
    <CINPlanDates><CINPlanStartDate>2025-06-01</CINPlanStartDate></CINPlanDates>
    <Section47><InitialCPCtarget>2025-06-02</InitialCPCtarget><DateOfInitialCPC>2025-06-03</DateOfInitialCPC></Section47>
    <ReferralNFA>false</ReferralNFA>
    <ChildProtectionPlans><CPPstartDate>2025-06-04</CPPstartDate>
      <Reviews><CPPreviewDate>2025-07-01</CPPreviewDate><CPPreviewDate>2025-08-01</CPPreviewDate></Reviews></ChildProtectionPlans>
    <ChildProtectionPlans><Reviews></Reviews><Reviews><CPPreviewDate/></Reviews></ChildProtectionPlans>
  </CINdetails>
  <CINdetails><DateOfInitialCPC>2025-09-01</DateOfInitialCPC>
    <Assessments/><ChildProtectionPlans/></CINdetails>
</Child>"""
WHOLE = f"<?xml version='1.0' encoding='UTF-8'?>\n<Message>\n{HEADER}\n<Children>\n{CHILD}\n<Child/></Children></Message>"


def read(tmp_path: Path, text: str | bytes, year: str = "2025-26") -> Return:
    path = tmp_path / "cin.xml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_tree([path], [], SCHEMA, parse_year(year))


def fault(tmp_path: Path, text: str | bytes, year: str = "2025-26") -> InputFault:
    with pytest.raises(InputFault) as caught:
        read(tmp_path, text, year)
    assert caught.value.next_step
    return caught.value


def rows(made: Return, table: str) -> list[tuple[str | None, ...]]:
    return made.tables[table].rows()


def test_tables_and_ids_are_those_of_the_structure(tmp_path: Path) -> None:
    made = read(tmp_path, WHOLE)
    assert {n: f.columns for n, f in made.tables.items()} == {
        n: list(t.columns) for n, t in SCHEMA.tables.items()
    }
    a1 = " a1 "
    assert rows(made, "Header") == [("CIN", "2026", "2026-03-31", "L", "330", None, None, None, None)]
    assert rows(made, "ChildIdentifiers") == [
        (a1, None, None, None, "2015-01-02", None, None, "m", None), (None,) * 9
    ]  # fmt: skip
    assert rows(made, "ChildCharacteristics") == [(a1, "WBRI"), (None, None)]
    assert rows(made, "Disabilities") == [(a1, "HAND"), (a1, None)]
    assert rows(made, "CINdetails") == [
        (a1, "1", "2025-05-01", "6", None, None, None, None, "false"),
        (a1, "2", None, None, None, None, None, "2025-09-01", None),
    ]
    assert rows(made, "Assessments") == [
        (a1, "1", "1", "2025-05-02", None, None, "2B 1A"),
        (a1, "1", "2", None, None, None, None),
        (a1, "2", "1", None, None, None, None),
    ]
    assert rows(made, "AssessmentFactorsList") == [(a1, "1", "1", "2B"), (a1, "1", "1", "1A")]
    assert rows(made, "CINplanDates") == [(a1, "1", "2025-06-01", None)]
    assert rows(made, "Section47") == [(a1, "1", None, "2025-06-02", "2025-06-03", None)]
    assert [r[:4] for r in rows(made, "ChildProtectionPlans")] == [
        (a1, "1", "1", "2025-06-04"), (a1, "1", "2", None), (a1, "2", "1", None)
    ]  # fmt: skip
    assert rows(made, "Reviews") == [
        (a1, "1", "1", "2025-07-01"), (a1, "1", "1", "2025-08-01"), (a1, "1", "2", None), (a1, "1", "2", None)
    ]  # fmt: skip
    assert made.tables["PreProceedings"].is_empty()
    assert (made.lines, made.unknown_elements, made.file_format) == ({}, (), "xml")
    assert [i.rows for i in made.inputs] == [f.height for f in made.tables.values()]


def test_the_module_of_2026_27(tmp_path: Path) -> None:
    block = "<PreProceedingsandFGDM><PPStartDate>2026-05-01</PPStartDate><PPOutcome>A</PPOutcome></PreProceedingsandFGDM>"
    text = WHOLE.replace("</CINdetails>\n</Child>", f"{block}</CINdetails>\n</Child>")
    later = read(tmp_path, text.replace("2026", "2027", 2).replace("2026-03-31", "2027-03-31"), "2026-27")
    assert rows(later, "PreProceedings") == [
        (" a1 ", "2", "2026-05-01", None, None, None, None, None, None, "A", None, None)
    ]
    (left_out,) = read(tmp_path, text).unknown_elements
    assert left_out.path == "Message/Children/Child/CINdetails/PreProceedingsandFGDM"
    assert "2026-27" in left_out.why


def test_a_column_of_other_years_is_left_out_and_said(tmp_path: Path) -> None:
    made = read(tmp_path, WHOLE.replace("2026", "2023"), "2022-23")
    assert made.tables["ChildIdentifiers"]["Sex"].to_list() == [None, None]
    assert [(e.path.split("/")[-1], e.count) for e in made.unknown_elements] == [("Sex", 1)]


def test_unknown_and_repeated_elements_are_counted_not_read(tmp_path: Path) -> None:
    text = (
        WHOLE.replace("<Sex>", "<Shoe>4<Lace/></Shoe><Shoe/><Sex>")
        .replace("</Sex>", "</Sex><Sex>F</Sex>")
        .replace("<Children>", "<Odd><Child/></Odd><Children><Adult/>")
        .replace("<SourceLevel>", "<SourceLevel><Deep/>", 1)
        .replace("</Source>", "</Source><Source><LEA>331</LEA><SerialNo>9</SerialNo></Source>")
    )
    made = read(tmp_path, text)
    child = "Message/Children/Child/ChildIdentifiers"
    assert {(e.path, e.why): e.count for e in made.unknown_elements} == {
        ("Message/Header/Source/SourceLevel/Deep", NOT_KNOWN): 1,
        ("Message/Header/Source", REPEATED): 1,
        (f"{child}/Shoe", NOT_KNOWN): 2,
        (f"{child}/Sex", REPEATED): 1,
        ("Message/Children/Adult", NOT_KNOWN): 1,
        ("Message/Odd", NOT_KNOWN): 1,
    }
    assert rows(made, "Header")[0][4:7] == ("330", None, None)
    assert made.tables["ChildIdentifiers"]["Sex"].to_list() == ["m", None]
    report = validate_files("cin", [tmp_path / "cin.xml"], year="2025-26", select=["S-ELEMENT"])
    assert report.findings["fields"].to_list() == [[e.path] for e in made.unknown_elements]
    assert report.findings.select("table", "row", "line", "child").unique().rows() == [(None,) * 4]
    assert report.exit_code("error") == 1
    assert len(report.run["unknown_elements"]) == 6


def test_namespaces_are_not_looked_at(tmp_path: Path) -> None:
    made = read(tmp_path, WHOLE.replace("<Message>", '<Message xmlns="http://example.org/cin">'))
    assert rows(made, "AssessmentFactorsList") == [(" a1 ", "1", "1", "2B"), (" a1 ", "1", "1", "1A")]
    assert made.unknown_elements == ()


def test_two_children_of_one_id_are_read_and_reported(tmp_path: Path) -> None:
    made = read(tmp_path, WHOLE.replace("<Child/>", CHILD))
    assert made.tables["CINdetails"]["CINdetailsID"].to_list() == ["1", "2", "1", "2"]
    report = validate_files("cin", [tmp_path / "cin.xml"], year="2025-26", select=["S-CHILD"])
    assert report.findings.select("table", "row", "child").rows() == [
        ("ChildIdentifiers", 1, " a1 "), ("ChildIdentifiers", 2, " a1 ")
    ]  # fmt: skip


def test_many_children_keep_their_order(tmp_path: Path) -> None:
    several = "\n".join(CHILD.replace(" a1 ", str(n)) for n in range(7000))
    made = read(tmp_path, WHOLE.replace(CHILD, several))
    assert made.tables["Reviews"].height == 4 * 7000
    assert made.tables["Assessments"]["LAchildID"].rle().struct["value"].to_list() == [
        str(n) for n in range(7000)
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", ["empty"]),
        (b"   \n", ["line"]),
        (b"LAchildID,UPN\n1,\n", ["line 1", "does not begin as XML"]),
        (WHOLE[:-40].encode(), ["line", "column", "breaks off"]),
        (WHOLE[:-30].encode(), ["line", "column"]),
        (WHOLE.replace("</Assessments>", "</Assessment>", 1).encode(), ["line 15", "column"]),
        (WHOLE.replace("UTF-8", "UTF-16").encode(), ["line", "encod"]),
        (WHOLE.replace("WBRI", "Zoë").encode("cp1252"), ["line", "UTF-8"]),
        (WHOLE.replace("UTF-8", "klingon").encode(), ["encoding"]),
        (WHOLE.replace("WBRI", "a&b").encode(), ["&amp;", "line"]),
        (WHOLE.replace("WBRI", "&xxe;").encode(), ["line"]),
        (b"<EXPSSDA903><CHILD/></EXPSSDA903>", ["EXPSSDA903", "SSDA903 return"]),
        (b"<Message><Header><Collection>SEN2</Collection></Header></Message>", ["Header", "ReferenceDate"]),
        (b"<message/>", ["capitals count"]),
        (WHOLE.replace(">CIN<", ">SEN2<").encode(), ["Collection", "looks like the SEN2 return"]),
        (
            WHOLE.replace(">CIN<", ">other<").partition("<Children>")[0].encode() + b"</Message>",
            ["Collection"],
        ),
        (WHOLE.replace(HEADER, "").encode(), ["no Header"]),
        (
            WHOLE.replace("<ReferenceDate>2026-03-31</ReferenceDate>", "").encode(),
            ["line 3", "ReferenceDate"],
        ),
        (WHOLE.replace("2026-03-31", "").encode(), ["ReferenceDate"]),
        (f"<Message>{HEADER}</Message>".encode(), ["no Children element"]),
        (f"<Message>{HEADER}<Children> </Children></Message>".encode(), ["no child"]),
    ],
)
def test_what_is_no_sound_file_is_refused_with_what_to_do(
    tmp_path: Path, text: bytes, words: list[str]
) -> None:
    said = fault(tmp_path, text)
    whole = f"{said.fault} {said.allowed} {said.next_step}"
    assert all(word in whole for word in words), whole


BOMB = """<?xml version="1.0"?>
<!DOCTYPE Message [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
"""
OUTSIDE = """<?xml version="1.0"?>
<!DOCTYPE Message [<!ENTITY x SYSTEM "file:///etc/hostname">]>
"""


@pytest.mark.parametrize("head", [BOMB, OUTSIDE, "<!DOCTYPE Message SYSTEM 'http://example.org/cin.dtd'>\n"])
def test_document_types_and_entities_are_refused(tmp_path: Path, head: str) -> None:
    text = head + WHOLE.partition("\n")[2].replace("WBRI", "&b;")
    assert "<!DOCTYPE" in fault(tmp_path, text).fault


def test_the_year_of_the_header_is_held_against_the_year_asked_for(tmp_path: Path) -> None:
    said = fault(tmp_path, WHOLE, "2024-25")
    assert "2025-26" in said.fault
    assert "2024-25" in said.fault
    assert "--year 2025-26" in str(said.next_step)
    unnamed = WHOLE.replace("<Year>2026</Year>", "<Year>x</Year>")
    assert "2025-26" in fault(tmp_path, unnamed, "2024-25").fault
    assert read(tmp_path, unnamed).year == YEAR
    assert read(tmp_path, unnamed.replace("2026-03-31", "soon")).year == YEAR


def test_a_header_without_its_source_is_a_finding(tmp_path: Path) -> None:
    made = read(tmp_path, WHOLE.replace("<Source><SourceLevel>L</SourceLevel><LEA>330</LEA></Source>", ""))
    assert [(e.path, e.why, e.count) for e in made.unknown_elements] == [
        ("Message/Header/Source", NOT_THERE, 0)
    ]


def test_last_years_return_is_not_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "cin.xml"
    path.write_text(WHOLE, encoding="utf-8")
    with pytest.raises(UsageFault, match="last year"):
        read_tree([path], [path], SCHEMA, YEAR)
    with pytest.raises(UsageFault, match="provider"):
        validate_files("cin", [path], year="2025-26", providers=[path])


def test_csv_files_are_the_same_tables(tmp_path: Path) -> None:
    made = read(tmp_path, WHOLE)
    folder = tmp_path / "csv"
    folder.mkdir()
    for name, frame in made.tables.items():
        frame.write_csv(folder / f"{name}.csv")
    again = read_tree([folder], [], SCHEMA, YEAR)
    assert again.file_format == "csv"
    assert {n: f.rows() for n, f in again.tables.items()} == {n: f.rows() for n, f in made.tables.items()}
    assert again.lines["Assessments"].to_list() == [2, 3, 4]
    report = validate_files("cin", [folder], year="2025-26", select=["S-ELEMENT"])
    assert report.rules[0].status == "not_run"


def test_csv_columns_of_other_years_may_be_left_out(tmp_path: Path) -> None:
    header = pl.DataFrame({"Year": ["2026"], "ReferenceDate": ["31/03/2026"]})
    columns = SCHEMA.tables["Header"].columns
    header.select(pl.col(c) if c in header.columns else pl.lit("").alias(c) for c in columns).write_csv(
        tmp_path / "h.csv"
    )
    now = [c for c in SCHEMA.tables["ChildIdentifiers"].columns if c != "GenderCurrent"]
    (tmp_path / "c.csv").write_text(",".join(now) + "\n1,,,,,,F,\n", encoding="utf-8")
    made = read_tree([tmp_path], [], SCHEMA, YEAR)
    assert rows(made, "ChildIdentifiers") == [("1", None, None, None, None, None, None, "F", None)]
    assert set(made.tables) == {"Header", "ChildIdentifiers"}
    (tmp_path / "c.csv").write_text(",".join(c for c in now if c != "Sex") + "\n", encoding="utf-8")
    with pytest.raises(InputFault, match="missing: Sex"):
        read_tree([tmp_path], [], SCHEMA, YEAR)
    (tmp_path / "c.csv").unlink()
    (tmp_path / "h2.csv").write_bytes((tmp_path / "h.csv").read_bytes())
    with pytest.raises(InputFault, match="both the table Header"):
        read_tree([tmp_path], [], SCHEMA, YEAR)
    (tmp_path / "h.csv").write_text(",".join(columns) + "\n", encoding="utf-8")
    (tmp_path / "h2.csv").unlink()
    with pytest.raises(InputFault, match="no Header"):
        read_tree([tmp_path], [], SCHEMA, YEAR)
