"""Laws: a schema says which field a column is and how its dates are written; link.toml comes before it; without it
nothing changes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from childlink.errors import InputFault, UsageFault
from childlink.linkage.config import LinkConfig, SourceMapping, read_config
from childlink.linkage.described import FIELD_OF_KIND, schema_at
from childlink.linkage.extracts import Extract, read_extract
from childlink.linkage.fields import BY_NAME
from childlink.linkage.standardise import standardise
from childlink.schema.model import FORMAT, KINDS, load_return_schema
from childlink.sharing.sources import read_source

SCHEMA = f"""schema: {FORMAT}
name: heim
headings: fold
dates: [DATES]
missingValues: ["-"]
tables:
  kinder:
    fields:
      - {{name: Nummer, kind: local_id, aliases: [Nr]}}
      - {{name: Rufname, kind: forename}}
      - {{name: Nachname, kind: surname}}
      - {{name: geboren, type: date, kind: birth_date, heading: "geb.*"}}
      - {{name: NHS, kind: nhs_number}}
      - {{name: sealed}}
      - {{name: zweiter, kind: middle_names}}
"""
HEADINGS = "nr.,RUFNAME,Nach name,geb. am,NHS,Sealed,Zweiter"
ROW = "7,Ann,Smith,{},-,,Lee"


def schema_in(folder: Path, dates: str = '"%d/%m/%Y"', text: str = SCHEMA) -> Path:
    path = folder / "heim.yaml"
    path.write_text(text.replace("DATES", dates), encoding="utf-8")
    return path


def extract_in(folder: Path, *dates: str, headings: str = HEADINGS) -> Path:
    path = folder / "heim.csv"
    rows = [ROW.format(date).replace("7", str(n), 1) for n, date in enumerate(dates, start=1)]
    path.write_text("\n".join([headings, *rows]) + "\n", encoding="utf-8")
    return path


def read(folder: Path, *dates: str, forms: str = '"%d/%m/%Y"', **mapping: object) -> Extract:
    schema = schema_at(str(schema_in(folder, forms)))
    return read_extract("heim", extract_in(folder, *dates), SourceMapping(schema=schema, **mapping))  # type: ignore[arg-type]


def test_every_kind_but_middle_names_is_a_field() -> None:
    assert set(KINDS) - set(FIELD_OF_KIND) == {"middle_names"}
    assert set(FIELD_OF_KIND.values()) <= set(BY_NAME)


def test_columns_by_name_alias_heading_and_folded(tmp_path: Path) -> None:
    extract = read(tmp_path, "28/04/2012")
    assert extract.columns == {
        "record_id": ("nr.",),
        "forename": ("RUFNAME",),
        "surname": ("Nach name",),
        "date_of_birth": ("geb. am",),
        "nhs_number": ("NHS",),
        "sealed": ("Sealed",),
    }
    assert extract.ignored == ("Zweiter",)
    assert extract.cells["NHS"].to_list() == [None]


@pytest.mark.parametrize(
    ("forms", "cells", "day"),
    [
        ('"%d/%m/%Y"', ["03/04/2012"], dt.date(2012, 4, 3)),
        ('"%m/%d/%Y"', ["03/04/2012"], dt.date(2012, 3, 4)),
        ('"%m/%d/%Y %H:%M:%S"', ["03/04/2012 00:00:00"], dt.date(2012, 3, 4)),
        ('"%Y-%m-%d", "%d/%m/%Y"', ["03/04/2012"], dt.date(2012, 4, 3)),
        ('"%d %b %Y"', ["3 Apr 2012"], dt.date(2012, 4, 3)),
        ('"%d/%m/%Y"', ["03/04/2012", "nonsense"], dt.date(2012, 4, 3)),
    ],
)
def test_dates_are_read_as_the_schema_writes_them(
    tmp_path: Path, forms: str, cells: list[str], day: dt.date
) -> None:
    extract = read(tmp_path, *cells, forms=forms)
    assert standardise([extract])["dob"].to_list()[0] == day
    said = LinkConfig().with_schemas({"heim": schema_at(str(tmp_path / "heim.yaml"))})
    shared = read_source("heim", tmp_path / "heim.csv", said)
    assert shared.date_format == (extract.date_form.name if extract.date_form else None)
    assert shared.kinds == {h: kind for kind, headings in extract.columns.items() for h in headings}


def test_dates_in_two_of_its_forms_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputFault) as caught:
        read(tmp_path, "2012-04-03", "03/04/2012", forms='"%Y-%m-%d", "%d/%m/%Y"')
    assert "mixes forms of date" in caught.value.fault


def test_dates_in_none_of_its_forms_are_refused_and_not_shown(tmp_path: Path) -> None:
    with pytest.raises(InputFault) as caught:
        read(tmp_path, "2012-04-03")
    assert "none of its 1 cells is a date as the schema writes dates" in caught.value.fault
    assert "2012" not in caught.value.fault


def test_a_form_that_linkage_does_not_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageFault) as caught:
        read(tmp_path, "2012-Apr-03", forms='"%Y-%b-%d"')
    assert "%Y-%b-%d" in caught.value.fault


def test_no_date_at_all_is_no_fault(tmp_path: Path) -> None:
    assert read(tmp_path, "").date_form is None


def test_link_toml_comes_before_the_schema(tmp_path: Path) -> None:
    extract = read(tmp_path, "03/04/2012", columns={"Zweiter": "forename"}, date_format="MM/DD/YYYY")
    assert extract.columns["forename"] == ("Zweiter",)
    assert "RUFNAME" in extract.ignored
    assert extract.date_form is not None
    assert extract.date_form.name == "MM/DD/YYYY"


def test_link_toml_names_a_schema_beside_it(tmp_path: Path) -> None:
    schema_in(tmp_path)
    config = tmp_path / "link.toml"
    config.write_text('[sources.heim]\nschema = "heim.yaml"\n', encoding="utf-8")
    said = read_config(config, sources=["heim", "other"])
    extract = read_extract("heim", extract_in(tmp_path, "28/04/2012"), said.mapping_for("heim"))
    assert extract.columns["forename"] == ("RUFNAME",)
    assert said.mapping_for("other").schema is None


@pytest.mark.parametrize(
    ("value", "words"), [('"gone.yaml"', "gone.yaml is not there"), ("3", "schema is not the name of a file")]
)
def test_a_schema_that_link_toml_names_wrongly(tmp_path: Path, value: str, words: str) -> None:
    config = tmp_path / "link.toml"
    config.write_text(f"[sources.heim]\nschema = {value}\n", encoding="utf-8")
    with pytest.raises(UsageFault) as caught:
        read_config(config)
    assert words in caught.value.fault
    assert "[sources.heim]" in caught.value.fault


def test_a_return_that_ships_describes_an_extract(tmp_path: Path) -> None:
    assert schema_at("child_health") is load_return_schema("child_health")
    path = tmp_path / "chis.csv"
    path.write_text(
        "NHS number,Local patient identifier,Surname,Forename,Person birth date\n,A1,Smith,Ann,2012-04-28\n",
        encoding="utf-8",
    )
    extract = read_extract("health", path, SourceMapping(schema=schema_at("child_health")))
    assert extract.columns["record_id"] == ("Local patient identifier",)


def test_a_record_id_counts_before_a_local_id_and_sex_before_gender(tmp_path: Path) -> None:
    text = SCHEMA.replace("kind: middle_names", "kind: record_id").replace("kind: nhs_number", "kind: gender")
    schema = schema_at(str(schema_in(tmp_path, text=text)))
    extract = read_extract("heim", extract_in(tmp_path, "28/04/2012"), SourceMapping(schema=schema))
    assert extract.columns["record_id"] == ("Zweiter",)
    assert extract.columns["sex"] == ("NHS",)


def test_an_extract_of_another_kind_is_refused(tmp_path: Path) -> None:
    schema = schema_at(str(schema_in(tmp_path)))
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputFault) as caught:
        read_extract("heim", path, SourceMapping(schema=schema))
    assert "has no column of the table kinder" in caught.value.fault


def test_without_a_schema_nothing_changes(tmp_path: Path) -> None:
    path = tmp_path / "health.csv"
    path.write_text("record_id,forename,surname,dob,x\n1,Ann,Smith,28/04/2012,-\n", encoding="utf-8")
    plain, said = (read_extract("health", path, mapping) for mapping in (None, SourceMapping()))
    assert plain.cells.equals(said.cells)
    assert plain.columns == said.columns
    assert isinstance(plain.cells, pl.DataFrame)
    assert LinkConfig().with_schemas({}) == LinkConfig()
