"""The XML return becomes the same tables as the CSV files; what is broken, foreign or hostile is refused plainly."""

from __future__ import annotations

from pathlib import Path

import pytest

from childlink.errors import InputFault
from childlink.returns import xml_file
from childlink.returns.model import Return
from childlink.returns.ssda903 import read_ssda903
from childlink.returns.xml_layout import XmlLayout
from childlink.returns.xml_tables import NOT_KNOWN, REPEATED, XmlText, read_xml_text
from childlink.returns.years import parse_year
from childlink.schema.model import load_return_schema
from childlink.validation import validate_files

SCHEMA = load_return_schema("ssda903")
LAYOUT = XmlLayout.from_mapping(SCHEMA.xml)
COLUMNS = {name: table.columns for name, table in SCHEMA.tables.items()}
YEAR = parse_year("2024-25")

WHOLE = """<?xml version="1.0" encoding="UTF-8"?>
<!-- made by hand -->
<EXPSSDA903>
  <CHILD>
    <HEADER>
      <CHILDID>a1</CHILDID><UPN>UN1</UPN><SEX>m</SEX><DOB>01/02/2010</DOB><ETHNIC>WBRI</ETHNIC><UASC>1</UASC>
      <DUC>01/02/2028</DUC>
      <DATE_INT>01/05/2024</DATE_INT><DATE_MATCH>02/05/2024</DATE_MATCH><FOSTER_CARE>0</FOSTER_CARE>
      <NB_ADOPTR>2</NB_ADOPTR><SEX_ADOPTR>MF</SEX_ADOPTR><LS_ADOPTR>L11</LS_ADOPTR>
      <IN_TOUCH>YES</IN_TOUCH><ACTIV>F1</ACTIV><ACCOM>B1</ACCOM>
      <AMISSING><MISSING>M</MISSING><MIS_START>01/06/2024</MIS_START><MIS_END>02/06/2024</MIS_END></AMISSING>
      <AMISSING><MISSING>A</MISSING><MIS_START>03/06/2024</MIS_START></AMISSING>
      <AREVIEW><REVIEW>01/07/2024</REVIEW><REVIEW_CODE>PN1</REVIEW_CODE></AREVIEW>
      <MOTHER>0</MOTHER><MC_DOB/>
      <PERMANENCE><PREV_PERM>P1</PREV_PERM><LA_PERM>330</LA_PERM><DATE_PERM>zz/05/2020</DATE_PERM></PERMANENCE>
      <OC2><SDQ_SCORE>1</SDQ_SCORE><SDQ_REASON>SDQ1</SDQ_REASON><CONVICTED>2</CONVICTED><HEALTH_CHECK>3</HEALTH_CHECK>
        <IMMUNISATIONS>4</IMMUNISATIONS><TEETH_CHECK>5</TEETH_CHECK><HEALTH_ASSESSMENT>6</HEALTH_ASSESSMENT>
        <SUBSTANCE_MISUSE>7</SUBSTANCE_MISUSE><INTERVENTION_RECEIVED>8</INTERVENTION_RECEIVED>
        <INTERVENTION_OFFERED>9</INTERVENTION_OFFERED></OC2>
      <AD_PLACED><DATE_PLACED>04/08/2024</DATE_PLACED><DATE_PLACED_CEASED>05/08/2024</DATE_PLACED_CEASED>
        <REASON_PLACED_CEASED>RD1</REASON_PLACED_CEASED></AD_PLACED>
    </HEADER>
    <EPISODE><DECOM>01/04/2024</DECOM><RNE>S</RNE><LS>C2</LS><CIN>N1</CIN><PL>U4</PL><PL_POST>b1 1aa</PL_POST>
      <HOME_POST>B2 2BB</HOME_POST><URN>1234567</URN><PLACE_PROVIDER>PR1</PLACE_PROVIDER><DEC>02/04/2024</DEC>
      <REC>X1</REC><REASON_PLACE_CHANGE>CARPL</REASON_PLACE_CHANGE></EPISODE>
    <EPISODE><DECOM>02/04/2024</DECOM><RNE>P</RNE><LS>C2</LS><CIN>N1</CIN><PL>U1</PL><DEC/><REC></REC></EPISODE>
  </CHILD>
  <CHILD><HEADER><CHILDID>b2</CHILDID><DOB>03/04/2012</DOB><UASC></UASC></HEADER></CHILD>
</EXPSSDA903>
"""
EXPECTED = {
    "Header": [
        ("A1", "M", "01/02/2010", "WBRI", "UN1", "0", None, "1"),
        ("B2", None, "03/04/2012", None, None, None, None, None),
    ],
    "Episodes": [
        (
            *("A1", "01/04/2024", "S", "C2", "N1", "U4", "PR1"),
            *("02/04/2024", "X1", "CARPL"),
            "B2 2BB",
            "B1 1AA",
            "1234567",
        ),
        (*("A1", "02/04/2024", "P", "C2", "N1", "U1", None), *(None, None, None), None, None, None),
    ],
    "Reviews": [("A1", "01/02/2010", "01/07/2024", "PN1")],
    "UASC": [("A1", "M", "01/02/2010", "01/02/2028")],
    "OC2": [("A1", "01/02/2010", "1", "SDQ1", "2", "3", "4", "5", "6", "7", "8", "9")],
    "OC3": [("A1", "01/02/2010", "YES", "F1", "B1")],
    "AD1": [("A1", "01/02/2010", "01/05/2024", "02/05/2024", "0", "2", "MF", "L11")],
    "PlacedAdoption": [("A1", "01/02/2010", "04/08/2024", "05/08/2024", "RD1")],
    "PrevPerm": [("A1", "01/02/2010", "P1", "330", "ZZ/05/2020")],
    "Missing": [
        ("A1", "01/02/2010", "M", "01/06/2024", "02/06/2024"),
        ("A1", "01/02/2010", "A", "03/06/2024", None),
    ],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "now").mkdir()
    path = tmp_path / "now" / "return.xml"
    path.write_text(WHOLE)
    return path


def child(header: str, rest: str = "") -> str:
    return f"<EXPSSDA903><CHILD><HEADER><CHILDID>1</CHILDID>{header}</HEADER>{rest}</CHILD></EXPSSDA903>"


def text_of(path: Path, data: str | bytes) -> XmlText:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_xml_text(path, LAYOUT)


def fault_of(path: Path, data: str | bytes) -> InputFault:
    with pytest.raises(InputFault) as raised:
        text_of(path, data)
    assert raised.value.next_step
    return raised.value


def whole(paths: list[Path], previous: list[Path] | None = None) -> Return:
    return read_ssda903(paths, previous or [], COLUMNS, YEAR, SCHEMA.xml)


def test_every_element_has_its_column(file: Path) -> None:
    read = whole([file.parent])
    assert {name: frame.rows() for name, frame in read.tables.items()} == EXPECTED
    for name, frame in read.tables.items():
        assert frame.columns == [*COLUMNS[name], *(["UASC"] if name == "Header" else [])], name
    assert read.unknown_elements == ()
    assert read.file_format == "xml"
    assert read.lines == {}, "XML has no lines of rows"
    assert [(i.file, i.table, i.rows) for i in read.inputs] == [
        ("return.xml", name, len(rows)) for name, rows in EXPECTED.items()
    ]
    assert len({i.sha256 for i in read.inputs}) == 1


def test_the_layout_has_all_tables_but_those_not_established() -> None:
    assert set(COLUMNS) - set(LAYOUT.tables) == {"SWEpisodes", "DoLo"}


@pytest.mark.parametrize(
    "data", ["<EXPSSDA903/>", "<EXPSSDA903></EXPSSDA903>", "<EXPSSDA903><CHILD/></EXPSSDA903>"]
)
def test_tables_without_rows_have_their_columns(file: Path, data: str) -> None:
    tables = text_of(file, data).tables
    for name, table in LAYOUT.tables.items():
        assert tables[name].columns == list(table.columns)
        assert tables[name].height == (1 if name == "Header" and "<CHILD/>" in data else 0), (
            "one row for each child"
        )


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("<UASC>0</UASC>", {"UASC"}),
        ("<UASC> </UASC>", {"UASC"}),
        ("<UASC/><DUC>01/01/2025</DUC>", set()),
        ("<UASC>\n   </UASC>", set()),
        ("<DATE_INT>x</DATE_INT>", {"AD1"}),
        ("<DATE_INT></DATE_INT><DATE_MATCH>01/01/2025</DATE_MATCH>", set()),
        ("<IN_TOUCH>NO</IN_TOUCH>", {"OC3"}),
        ("<ACTIV>F1</ACTIV>", set()),
        ("<OC2/>", {"OC2"}),
        ("<AREVIEW/>", {"Reviews"}),
    ],
)
def test_what_makes_a_row(file: Path, header: str, rows: set[str]) -> None:
    tables = text_of(file, child(header)).tables
    assert {name for name, frame in tables.items() if frame.height} == rows | {"Header"}


def test_text_without_a_row_is_reported(file: Path) -> None:
    header = "<UASC/><DUC>01/01/2025</DUC><DATE_MATCH>x</DATE_MATCH><ACCOM/>"
    assert text_of(file, child(header)).left_out == {
        ("CHILD/HEADER/DUC", "makes no row of UASC where HEADER/UASC is empty"): 1,
        ("CHILD/HEADER/DATE_MATCH", "makes no row of AD1 where HEADER/DATE_INT is empty"): 1,
    }


def test_a_field_absent_from_a_block_is_missing_whatever_other_blocks_hold(file: Path) -> None:
    start, end = "<MIS_START>01/06/2024</MIS_START>", "<MIS_END>02/06/2024</MIS_END>"
    blocks = f"<AMISSING>{start}</AMISSING><AMISSING>{end}</AMISSING><AMISSING>{start}</AMISSING>"
    assert text_of(file, child(blocks)).tables["Missing"].rows() == [
        ("1", None, None, "01/06/2024", None),
        ("1", None, None, None, "02/06/2024"),
        ("1", None, None, "01/06/2024", None),
    ]


def test_the_order_of_elements_does_not_matter(file: Path) -> None:
    data = (
        "<EXPSSDA903><CHILD><EPISODE><REC>X1</REC><DECOM>01/04/2024</DECOM></EPISODE><HEADER><AREVIEW><REVIEW_CODE>PN1"
        "</REVIEW_CODE></AREVIEW><DOB>01/01/2010</DOB><CHILDID>c</CHILDID></HEADER></CHILD></EXPSSDA903>"
    )
    tables = text_of(file, data).tables
    assert tables["Episodes"].select("CHILD", "DECOM", "REC").rows() == [("c", "01/04/2024", "X1")]
    assert tables["Reviews"].rows() == [("c", "01/01/2010", None, "PN1")]


def test_nothing_is_trimmed(file: Path) -> None:
    row = text_of(file, child("<SEX> </SEX><ETHNIC> wbri </ETHNIC><UPN>a\n  b</UPN><DOB>\n\t</DOB>")).tables[
        "Header"
    ]
    assert row.select("SEX", "ETHNIC", "UPN", "DOB").row(0) == (" ", " wbri ", "a\n  b", None)


def test_comments_cdata_references_and_namespaces(file: Path) -> None:
    data = (
        '<e:EXPSSDA903 xmlns:e="urn:x"><e:CHILD><e:HEADER><e:CHILDID>1<!-- no -->2</e:CHILDID>'
        "<e:UPN><![CDATA[A&B]]></e:UPN><e:SEX>&#77;&amp;</e:SEX><?pi x?></e:HEADER></e:CHILD></e:EXPSSDA903>"
    )
    read = text_of(file, data)
    assert read.tables["Header"].select("CHILD", "UPN", "SEX").rows() == [("12", "A&B", "M&")]
    assert not read.left_out


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_encodings(file: Path, encoding: str) -> None:
    data = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>' + child("<UPN>é</UPN>")
    assert text_of(file, data.encode(encoding)).tables["Header"]["UPN"].to_list() == ["é"]


def test_what_is_not_known_is_counted_and_does_not_stop(file: Path) -> None:
    data = """<EXPSSDA903><META><X/></META>
      <CHILD><HEADER><CHILDID>1</CHILDID><SWEPISODE><SW_ID>s</SW_ID></SWEPISODE><SWEPISODE/><DOB>01/01/2010</DOB>
        <DOB>02/02/2011</DOB><SEX>M<ODD/></SEX><AMISSING><EXTRA/><MISSING>M</MISSING></AMISSING></HEADER>
        <EPISODE><CHILD>x</CHILD><LS>C2</LS><LS>C1</LS></EPISODE></CHILD>
      <META/></EXPSSDA903>"""
    read = text_of(file, data)
    assert read.left_out == {
        ("EXPSSDA903/META", NOT_KNOWN): 2,
        ("CHILD/HEADER/SWEPISODE", NOT_KNOWN): 2,
        ("CHILD/HEADER/DOB", REPEATED): 1,
        ("CHILD/HEADER/SEX/ODD", NOT_KNOWN): 1,
        ("CHILD/HEADER/AMISSING/EXTRA", NOT_KNOWN): 1,
        ("CHILD/EPISODE/CHILD", NOT_KNOWN): 1,
        ("CHILD/EPISODE/LS", REPEATED): 1,
    }
    assert read.tables["Header"].select("SEX", "DOB").rows() == [("M", "01/01/2010")]
    assert read.tables["Missing"]["MISSING"].to_list() == ["M"]
    assert read.tables["Episodes"]["LS"].to_list() == ["C2"]
    found = whole([file]).unknown_elements
    assert {(e.file, e.period, e.path, e.count) for e in found} >= {
        ("return.xml", "this", "EXPSSDA903/META", 2)
    }


def test_rows_come_in_document_order_across_batches(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("childlink.returns.xml_tables._ROWS_AT_A_TIME", 3)
    monkeypatch.setattr(xml_file, "_AT_A_TIME", 50)
    children = "".join(
        f"<CHILD><HEADER><CHILDID>{n}</CHILDID></HEADER><EPISODE/><EPISODE/></CHILD>" for n in range(10)
    )
    tables = text_of(file, f"<EXPSSDA903>{children}</EXPSSDA903>").tables
    assert tables["Header"]["CHILD"].to_list() == [str(n) for n in range(10)]
    assert tables["Episodes"]["CHILD"].to_list() == [str(n) for n in range(10) for _ in range(2)]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("<EXPSSDA903>\n <CHILD><DOB>1</SEX>", "line 2, column 21: an element ends under another name"),
        ("<EXPSSDA903>\n<CHILD>\n", "line 3, column 1: the file ends before all of its elements have ended"),
        ("<EXPSSDA903>\n<CHILD>Tom & Jo", "line 2, column 13: an & in text is written &amp;"),
        ("<EXPSSDA903>\n<CHILD>Tom &Jo;</CHILD></EXPSSDA903>", "line 2, column 16: a name between & and ;"),
        ("<EXPSSDA903>\n<CHILD>a < b</CHILD></EXPSSDA903>", "line 2, column 11: "),
        (
            b"<EXPSSDA903>\n<CHILD>\xff</CHILD></EXPSSDA903>",
            "line 2, column 8: a character is not in the encoding",
        ),
        (
            b"<EXPSSDA903>\n<CHILD>\x01</CHILD></EXPSSDA903>",
            "line 2, column 8: a character that XML does not allow",
        ),
        ("<EXPSSDA903/>\nmore", "line 2, column 1: there is something after the end"),
        ("<EXPSSDA903>" + "\n" * 70_000 + "</x>", "line 70001, column 5: an element ends under another name"),
        ("<EXPSSDA903>" + "<a>" * 300, "elements stand too deep in one another"),
        ("CHILD,DOB\n1,2\n", "line 1, column 1: it does not begin as XML"),
        ("  \n", "line 2, column 1: it does not begin as XML"),
        ("<?xml version='1.0' encoding='klingon'?><EXPSSDA903/>", "the encoding it says it has is not known"),
    ],
)
def test_broken_xml_says_where_and_shows_no_value(file: Path, data: str | bytes, says: str) -> None:
    fault = fault_of(file, data)
    assert says in fault.fault
    assert fault.fault.startswith(f"{file}, line ")
    assert "Tom" not in f"{fault.fault} {fault.allowed} {fault.next_step}"


def test_an_empty_file_and_one_that_is_not_there(file: Path) -> None:
    assert fault_of(file, "").fault == f"{file} is empty"
    with pytest.raises(InputFault, match="cannot read"):
        read_xml_text(file.parent / "none.xml", LAYOUT)


BOMB = (
    "<!DOCTYPE b [<!ENTITY a0 'zzzzzzzzzz'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
    + "]>"
)


@pytest.mark.parametrize(
    "data",
    [
        BOMB + "<EXPSSDA903>&a9;</EXPSSDA903>",
        BOMB + "<EXPSSDA903 x='&a9;'/>",
        BOMB + child("<UPN>&a9;</UPN>"),
        '<!DOCTYPE e [<!ENTITY f SYSTEM "FILE">]>' + child("<UPN>&f;</UPN>"),
        '<!DOCTYPE e [<!ENTITY % f SYSTEM "FILE"> %f;]>' + child(""),
        '<!DOCTYPE EXPSSDA903 SYSTEM "FILE">' + child(""),
        "<!DOCTYPE EXPSSDA903>" + child(""),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_document_types_and_so_bombs_and_external_entities_are_refused(
    file: Path, data: str, encoding: str
) -> None:
    secret = file.parent / "secret.txt"
    secret.write_text("<!ENTITY secret 'known'>")
    fault = fault_of(file, data.replace("FILE", secret.as_uri()).encode(encoding))
    assert "declares a document type" in fault.fault
    assert fault.fault.endswith("refused")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("<Message><Header><CollectionDetails><Collection>CIN</Collection></CollectionDetails></Header></Message>",
         "it looks like the children in need census"),
        ("<Message><Header><CollectionDetails><Collection>SEN2</Collection></CollectionDetails></Header></Message>",
         "it looks like the SEN2 return"),
        ("<Message><Header/></Message>", "it looks like a return in the DfE's common layout"),
        ("<expssda903/>", "(capitals count)"),
        ("<html/>", "its root element is html, not EXPSSDA903"),
    ],
)  # fmt: skip
def test_another_root_says_what_the_file_looks_like(file: Path, data: str, says: str) -> None:
    assert says in fault_of(file, data).fault


def test_memory_is_bounded_by_refusing_what_no_child_can_be(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xml_file, "_AT_A_TIME", 1000)
    monkeypatch.setattr(xml_file, "MOST_IN_A_CHILD", 20_000)
    small = "<CHILD><HEADER><CHILDID>1</CHILDID></HEADER></CHILD>" * 1000
    assert text_of(file, f"<EXPSSDA903>{small}</EXPSSDA903>").tables["Header"].height == 1000
    large = "<CHILD>" + "<EPISODE/>" * 10_000
    assert (
        "element CHILD number 2 does not end within" in fault_of(file, f"<EXPSSDA903><CHILD/>{large}").fault
    )
    assert "does not end within" in fault_of(file, "<EXPSSDA903>" + "<JUNK/>" * 10_000).fault


def test_a_file_too_large_and_one_without_a_root(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_file, "MOST_BEFORE_THE_ROOT", 5000)
    assert "no root element" in fault_of(file, "<!-- -->" * 5000 + "<EXPSSDA903/>").fault
    monkeypatch.setattr(xml_file, "MOST_BYTES", 100)
    assert fault_of(file, WHOLE).allowed == "files of up to 100 bytes"


def test_csv_and_xml_in_one_period_are_refused(file: Path) -> None:
    other = file.parent / "uasc.csv"
    other.write_text("CHILD,SEX,DOB,DUC\n")
    with pytest.raises(InputFault, match="this year's return is given both as XML") as raised:
        whole([file.parent])
    assert str(file) in raised.value.fault
    assert str(other) in raised.value.fault
    copy = file.parent / "copy.xml"
    copy.write_text(WHOLE)
    with pytest.raises(InputFault, match="last year's return is given both as XML"):
        whole([copy], [file, other])


def test_two_xml_files_in_one_period_are_refused(file: Path) -> None:
    (file.parent / "second.XML").write_text("<EXPSSDA903/>")
    with pytest.raises(InputFault, match="are both this year's return"):
        whole([file.parent])


def test_each_year_comes_in_its_own_format(file: Path) -> None:
    last = file.parent.parent / "uasc.csv"
    last.write_text("CHILD,SEX,DOB,DUC\na1,M,01/02/2010,\n")
    read = whole([file], [last])
    assert read.file_format == "xml"
    assert read.tables["previous.UASC"].height == 1
    assert list(read.lines) == ["previous.UASC"]
    read = whole([last], [file])
    assert read.file_format == "csv"
    assert read.tables["previous.Header"]["UASC"].to_list() == ["1", None]


def test_findings_are_those_of_the_same_tables_as_csv(file: Path) -> None:
    # where UASC is empty the two differ: the CSV files derive "0"
    file.write_text(WHOLE.replace("<UASC></UASC>", "<UASC>1</UASC>"))
    folder = file.parent.parent / "csv"
    folder.mkdir()
    for name, frame in whole([file]).tables.items():
        frame.select(COLUMNS[name]).write_csv(folder / f"{name}.csv")
    xml, csv = (validate_files("ssda903", [p], year="2024-25", ignore=["1014"]) for p in (file, folder))
    assert xml.findings.drop("line").equals(csv.findings.drop("line"))
    assert xml.findings.height > 5
    assert xml.findings["line"].null_count() == xml.findings.height
    assert xml.run["unknown_elements"] == []
