"""Names: folded alike, without what is no name."""

from __future__ import annotations

import polars as pl
import pytest

from childlink.linkage import names


def forename(cell: str | None) -> str | None:
    return pl.select(names.forename(pl.lit(cell, dtype=pl.String))).item()


def surname(cell: str | None) -> str | None:
    return pl.select(names.surname(pl.lit(cell, dtype=pl.String))).item()


def known_as(cell: str | None) -> str | None:
    return pl.select(names.known_as(pl.lit(cell, dtype=pl.String))).item()


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("Ann", "ANN"),
        ("  Ann  Marie ", "ANN MARIE"),
        ("Zoë", "ZOE"),
        ("Zoe\u0308", "ZOE"),
        ("José-María", "JOSE MARIA"),
        ("Łukasz", "LUKASZ"),
        ("Øyvind", "OYVIND"),
        ("Ægir", "AEGIR"),
        ("Weiß", "WEISS"),
        ("Işıl", "ISIL"),
        ("ﬁona", "FIONA"),
        ("La'rayah", "LARAYAH"),
        ("La’rayah", "LARAYAH"),
        ("D´Arcy", "DARCY"),
        ("Miss Ann", "ANN"),
        ("Mr. John", "JOHN"),
        ("Master Tom", "TOM"),
        ("Missy", "MISSY"),
        ("Drew", "DREW"),
        ("Ann1", "ANN"),
        ("Ann 2", "ANN"),
        ("Ann (Twin 1)", "ANN"),
        ("Elizabeth (Beth)", "ELIZABETH"),
        ("Elizabeth [Beth] Rose", "ELIZABETH ROSE"),
        ("Elizabeth known as Beth", "ELIZABETH"),
        ("Elizabeth aka Beth", "ELIZABETH"),
        ("Elizabeth a.k.a. Beth", "ELIZABETH"),
        ("Elizabeth (known as Beth", "ELIZABETH"),
        ("Анна", "АННА"),
        ("محمد", "محمد"),
        ("J", "J"),
        ("Testa", "TESTA"),
        ("Babylon", "BABYLON"),
        ("Boyd", "BOYD"),
        ("Nathan", "NATHAN"),
        ("Akasha", "AKASHA"),
        ("Infanta", "INFANTA"),
        ("Tbaa", "TBAA"),
    ],
)
def test_forenames_as_compared(cell: str, name: str) -> None:
    assert forename(cell) == name


@pytest.mark.parametrize(
    "cell",
    [
        None, "", "  ", "-", "?", ".", "123", "BABY", "Baby Boy", "baby girl smith", "BABY OF ANN", "Baby 1",
        "UNBORN", "unborn baby", "Unborn child of Ann", "TWIN 1", "Twin", "Twin 2", "twin of Ann", "TWIN A",
        "Twin One", "First twin", "INFANT", "Infant of Smith", "MALE INFANT", "Female", "BOY", "BOY ONE", "Girl two",
        "Boy 1", "UNKNOWN", "Unknown name", "NOT KNOWN", "N/A", "n.a.", "NK", "NULL", "None", "TEST", "Test Patient",
        "test 1", "TBC", "Not stated", "no forename", "Newborn", "Mr", "Miss", "XXX", "Child of Smith",
    ],
)  # fmt: skip
def test_placeholders_are_no_forenames(cell: str | None) -> None:
    assert forename(cell) is None


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("O'Neill", "ONEILL"),
        ("O’Neill", "ONEILL"),
        ("Smith-Jones", "SMITH JONES"),
        ("Smith\u2013Jones", "SMITH JONES"),
        ("Smith (Jones)", "SMITH"),
        ("van der Berg", "VAN DER BERG"),
        ("Boy", "BOY"),
        ("Child", "CHILD"),
        ("Male", "MALE"),
        ("Master", "MASTER"),
        ("Newborn", "NEWBORN"),
        ("St. John", "ST JOHN"),
        ("Unknown", None),
        ("N/A", None),
        ("Baby", None),
        ("TEST", None),
        ("Twin 1", None),
    ],
)
def test_surnames_as_compared(cell: str, name: str | None) -> None:
    assert surname(cell) == name


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("Elizabeth (Beth)", "BETH"),
        ("Elizabeth [Beth]", "BETH"),
        ("Elizabeth known as Beth", "BETH"),
        ("Elizabeth (known as Beth)", "BETH"),
        ("Elizabeth also known as Beth Rose", "BETH ROSE"),
        ("Elizabeth aka Beth", "BETH"),
        ("Elizabeth a.k.a. Beth", "BETH"),
        ("Elizabeth k/a Beth", "BETH"),
        ("Zoé (Zoë-Rose)", "ZOE ROSE"),
        ("Ann", None),
        (None, None),
        ("Ann ()", None),
        ("Ann (F)", None),
        ("Ann (2)", None),
        ("Ann (Twin 1)", None),
        ("Ann (deceased)", None),
        ("Ann (nee Smith)", None),
        ("Ann (unknown)", None),
        ("Akasha", None),
    ],
)
def test_known_as_names(cell: str | None, name: str | None) -> None:
    assert known_as(cell) == name
