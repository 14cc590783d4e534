"""Four small returns of the same children, written by hand, whose differences are known."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

FIRST, SECOND, THIRD = "B801200005001", "Y318123424001", "X845212818005"
"""Three valid permanent UPNs."""

HEADER = f"""CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB
0001,F,01/02/2012,WBRI,{FIRST},,
ab2,M,03/03/2013,WBRI,{SECOND},,
3,M,04/04/2014,WBRI,UN1,,
"""
EPISODES = """CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN
0001,01/05/2025,S,C2,N1,U1,PR1,,,,B1 1AA,B1 1AA,
ab2,01/05/2025,S,C2,N1,U1,PR1,,,,B1 1AA,B1 1AA,
3,01/05/2025,S,C2,N1,U1,PR1,,,,B1 1AA,B1 1AA,
"""


def cin_child(child: str, upn: str, born: str, sex: str, inside: str = "") -> str:
    """A child of the census."""
    return (
        f"<Child><ChildIdentifiers><LAchildID>{child}</LAchildID><UPN>{upn}</UPN><PersonBirthDate>{born}"
        f"</PersonBirthDate><Sex>{sex}</Sex></ChildIdentifiers><ChildCharacteristics><Ethnicity>WBRI</Ethnicity>"
        f"</ChildCharacteristics>{inside}</Child>"
    )


OPEN = "<CINdetails><CINreferralDate>2025-04-20</CINreferralDate></CINdetails>"
CLOSED = (
    "<CINdetails><CINreferralDate>2025-04-20</CINreferralDate><CINclosureDate>2025-12-01</CINclosureDate>"
    "<ReasonForClosure>RC8</ReasonForClosure></CINdetails>"
)


def census(*children: str, year: int = 2026, collection: str = "CIN") -> str:
    """A CIN census, or SEN2 in its place, of these children or persons."""
    holder = "Children" if collection == "CIN" else "Persons"
    day = "03-31" if collection == "CIN" else "01-15"
    return (
        f"<Message><Header><CollectionDetails><Collection>{collection}</Collection><Year>{year}</Year>"
        f"<ReferenceDate>{year}-{day}</ReferenceDate></CollectionDetails><Source><SourceLevel>L</SourceLevel>"
        f"<LEA>330</LEA></Source></Header><{holder}>{''.join(children)}</{holder}></Message>"
    )


CIN = census(
    cin_child("0001", FIRST, "2012-02-11", "F", OPEN),
    cin_child("AB2", SECOND, "2013-03-03", "M", CLOSED),
    cin_child("4", THIRD, "2010-10-10", "F", OPEN),
)
PERSON = (
    "<Person><Surname>Sparrow</Surname><Forename>Robin</Forename><PersonBirthDate>{born}</PersonBirthDate><Sex>{sex}</Sex>"
    "<UPN>{upn}</UPN></Person>"
)
SEN2 = census(PERSON.format(born="2010-10-10", sex="M", upn=THIRD), collection="SEN2")
PUPILS = f"""upn,dob,sex
{SECOND},2013-Mar-04,M
{THIRD},2010-Oct-10,F
"""

EXPECTED = [
    # code, table, row, line, child
    ("X-BIRTH-DATE", "ssda903 Header", 1, 2, "0001"),
    ("X-BIRTH-DATE", "cin ChildIdentifiers", 1, None, "0001"),
    ("X-LOOKED-AFTER", "ssda903 Episodes", 3, 4, "3"),
    ("X-LOOKED-AFTER-CLOSED", "ssda903 Episodes", 2, 3, "AB2"),
    ("X-LOOKED-AFTER-CLOSED", "cin CINdetails", 2, None, "AB2"),
    ("X-UPN-BIRTH-DATE", "ssda903 Header", 2, 3, "AB2"),
    ("X-UPN-BIRTH-DATE", "cin ChildIdentifiers", 2, None, "AB2"),
    ("X-UPN-BIRTH-DATE", "school_census pupilonroll", 1, 2, None),
    ("X-UPN-SEX", "cin ChildIdentifiers", 3, None, "4"),
    ("X-UPN-SEX", "sen2 Persons", 1, None, None),
    ("X-UPN-SEX", "school_census pupilonroll", 2, 3, None),
]
"""The findings of all four together."""


def written(folder: Path) -> Mapping[str, Path]:
    """The four returns in ``folder``, by name; each in a folder or file of its own."""
    paths = {
        "ssda903": folder / "ssda903",
        "cin": folder / "cin.xml",
        "sen2": folder / "sen2.xml",
        "school_census": folder / "pupilonroll.csv",
    }
    paths["ssda903"].mkdir()
    (paths["ssda903"] / "header.csv").write_text(HEADER, encoding="utf-8")
    (paths["ssda903"] / "episodes.csv").write_text(EPISODES, encoding="utf-8")
    for name, text in (("cin", CIN), ("sen2", SEN2), ("school_census", PUPILS)):
        paths[name].write_text(text, encoding="utf-8")
    return paths
