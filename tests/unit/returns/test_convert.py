"""A return goes from XML to CSV and back unchanged; what XML cannot say is refused, not lost."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from childlink.errors import ChildlinkError, InputFault, OutputFault, UsageFault
from childlink.returns.convert import convert_return
from childlink.returns.csv_file import read_csv_text
from childlink.returns.tree_layout import tree_layout
from childlink.returns.tree_xml import read_tree_text
from childlink.schema.model import load_return_schema
from childlink.synth.ssda903 import make_ssda903
from childlink.validation import validate_files
from tests.cin_files import Maker

CIN = load_return_schema("cin")
SSDA903 = load_return_schema("ssda903")


@pytest.fixture
def census(tmp_path: Path) -> Path:
    """A census file of 20 children with ids of their own, and its folder of CSV files in ``tmp_path``/csv."""
    path = tmp_path / "cin.xml"
    path.write_text(Maker(3, wild=0.05).file(20, child_id=lambda n: f"c{n}"), encoding="utf-8")
    convert_return("cin", [path], tmp_path / "csv")
    return path


def tables(path: Path) -> dict[str, pl.DataFrame]:
    return read_tree_text(path, tree_layout(CIN, None)).tables


def change(path: Path, table: str, **cells: pl.Expr) -> None:
    file = path.parent / "csv" / f"{table}.csv"
    read_csv_text(file).frame.with_columns(**cells).write_csv(file)


def test_the_census_comes_back_as_it_was(census: Path) -> None:
    again = census.parent / "again.xml"
    made = convert_return("cin", [census.parent / "csv"], again)
    before, after = tables(census), tables(again)
    assert made.rows == {name: frame.height for name, frame in before.items()}
    forms = {name: CIN.tables[name].date_columns for name in before}
    for name, frame in before.items():
        text = [c for c in frame.columns if c not in forms[name]]
        assert after[name].select(text).equals(frame.select(text)), name
    twice = census.parent / "twice.xml"
    convert_return("cin", [census], census.parent / "csv2")
    convert_return("cin", [census.parent / "csv2"], twice)
    assert twice.read_bytes() == again.read_bytes()


def test_dates_of_spreadsheets_are_written_as_the_census_has_them(census: Path) -> None:
    days = pl.lit("1/9/2025")
    change(census, "cin_plan_dates", CINPlanStartDate=days, CINPlanEndDate=pl.lit("soon"))
    convert_return("cin", [census.parent / "csv"], census.parent / "again.xml")
    plans = tables(census.parent / "again.xml")["CINplanDates"]
    assert plans.select("CINPlanStartDate", "CINPlanEndDate").unique().rows() == [("2025-09-01", "soon")]


def test_ids_of_ones_own_are_numbered_anew_in_their_order(census: Path) -> None:
    before = tables(census)
    for table in ("cin_details", "assessments", "assessment_factors_list", "section47", "reviews",
                  "child_protection_plans", "cin_plan_dates", "pre_proceedings"):  # fmt: skip
        change(census, table, CINdetailsID=pl.lit("episode ") + pl.col("CINdetailsID"))
    convert_return("cin", [census.parent / "csv"], census.parent / "again.xml")
    assert tables(census.parent / "again.xml")["CINdetails"]["CINdetailsID"].equals(
        before["CINdetails"]["CINdetailsID"]
    )


def test_factors_come_from_the_assessments_where_their_list_is_not_given(census: Path) -> None:
    (census.parent / "csv" / "assessment_factors_list.csv").unlink()
    change(census, "assessments", AssessmentFactors=pl.lit("2B, 1A"))
    convert_return("cin", [census.parent / "csv"], census.parent / "again.xml")
    listed = tables(census.parent / "again.xml")
    assert listed["Assessments"]["AssessmentFactors"].unique().to_list() == ["2B 1A"]
    assert (
        listed["AssessmentFactorsList"]["AssessmentFactor"].to_list()
        == ["2B", "1A"] * listed["Assessments"].height
    )


@pytest.mark.parametrize(
    ("table", "cells", "words"),
    [
        ("section47", {"LAchildID": pl.lit("nobody")}, "Section47 belong to no row"),
        ("cin_details", {"CINdetailsID": pl.lit("1")}, "cannot be told apart"),
        ("child_identifiers", {"LAchildID": pl.lit("one")}, "ChildIdentifiers share their LAchildID"),
        ("child_characteristics", {"LAchildID": pl.col("LAchildID") + "x"}, "of no row of ChildIdentifiers"),
        ("disabilities", {"Disability": pl.lit("a\x07")}, "character"),
        ("assessments", {"AssessmentFactors": pl.lit("9A")}, "AssessmentFactorsList lists"),
    ],
)
def test_what_xml_cannot_say_is_refused(
    census: Path, table: str, cells: dict[str, pl.Expr], words: str
) -> None:
    change(census, table, **cells)
    place = census.parent / "again.xml"
    with pytest.raises(InputFault, match=words) as caught:
        convert_return("cin", [census.parent / "csv"], place)
    assert caught.value.next_step
    assert not place.exists()


def test_markup_and_line_ends_in_cells_survive(census: Path) -> None:
    text = "a&b <c> \"d\" 'e' ]]> \r\n f & g é ٣"
    change(census, "header", SoftwareCode=pl.lit(text))
    convert_return("cin", [census.parent / "csv"], census.parent / "again.xml")
    assert tables(census.parent / "again.xml")["Header"]["SoftwareCode"].to_list() == [text]
    convert_return("cin", [census.parent / "again.xml"], census.parent / "csv3")
    assert pl.read_csv(census.parent / "csv3" / "header.csv")["SoftwareCode"].to_list() == [text]


def test_the_output_must_be_of_the_right_kind_and_is_not_written_over(census: Path) -> None:
    wrong: list[tuple[Path, Path, type[ChildlinkError]]] = [
        (census, census.parent / "out.xml", UsageFault),
        (census, census.parent / "csv", OutputFault),
        (census.parent / "csv", census.parent / "folder", UsageFault),
        (census.parent / "csv", census, OutputFault),
    ]
    before = census.read_bytes()
    for source, output, fault in wrong:
        with pytest.raises(fault):
            convert_return("cin", [source], output)
    assert census.read_bytes() == before
    convert_return("cin", [census.parent / "csv"], census, force=True)
    assert census.read_bytes() != before
    with pytest.raises(UsageFault, match="annex_a"):
        convert_return("annex_a", [census], census.parent / "x")


def test_what_no_table_holds_is_said(census: Path) -> None:
    census.write_text(census.read_text(encoding="utf-8").replace("<Sex>", "<Shoe/><Sex>"), encoding="utf-8")
    made = convert_return("cin", [census], census.parent / "csv4")
    assert [(path.split("/")[-1], count > 0) for path, _, count in made.left_out] == [("Shoe", True)]


def ssda903_folder(folder: Path) -> Path:
    """Last year's made return without the tables whose XML is not established."""
    folder.mkdir()
    by_columns = {frozenset(t.columns): t for t in SSDA903.tables.values()}
    for frame in make_ssda903(40, "2025-26", seed=2).this.values():
        table = by_columns[frozenset(frame.columns)]
        if table.name in SSDA903.xml["tables"]:
            frame.write_csv(folder / f"{table.snake_name}.csv")
    return folder


def test_the_ssda903_comes_back_byte_for_byte_and_validates_the_same(tmp_path: Path) -> None:
    folder = ssda903_folder(tmp_path / "csv")
    convert_return("ssda903", [folder], tmp_path / "a.xml")
    convert_return("ssda903", [tmp_path / "a.xml"], tmp_path / "again")
    for file in folder.iterdir():
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes()
    one, other = (
        validate_files("ssda903", [p], year="2025-26", local_authority="E08000025")
        for p in (folder, tmp_path / "a.xml")
    )
    assert one.findings.drop("line").equals(other.findings.drop("line"))


def test_what_the_ssda903s_xml_cannot_say_is_refused(tmp_path: Path) -> None:
    folder = ssda903_folder(tmp_path / "csv")

    def refused(name: str, words: str, **cells: pl.Expr) -> None:
        file = folder / f"{name}.csv"
        before = file.read_bytes() if file.exists() else None
        if before is not None:
            read_csv_text(file).frame.with_columns(**cells).write_csv(file)
        else:
            pl.DataFrame({c: ["1"] for c in SSDA903.tables["SWEpisodes"].columns}).write_csv(file)
        with pytest.raises(InputFault, match=words):
            convert_return("ssda903", [folder], tmp_path / "a.xml")
        file.write_bytes(before) if before is not None else file.unlink()

    refused("reviews", "another DOB than Header", DOB=pl.lit("01/01/2001"))
    refused("oc3", "no IN_TOUCH", IN_TOUCH=pl.lit(None, dtype=pl.String))
    refused("episodes", "belong to no row", CHILD=pl.lit("nobody"))
    refused("header", "share their CHILD", CHILD=pl.lit("1"))
    refused("sw_episodes", "not established")
    (folder / "header.csv").unlink()
    with pytest.raises(InputFault, match="Header table is not there"):
        convert_return("ssda903", [folder], tmp_path / "a.xml")


def test_a_flag_that_csv_cannot_hold(tmp_path: Path) -> None:
    children = "".join(
        f"<CHILD><HEADER><CHILDID>{n}</CHILDID><DOB>01/01/2010</DOB><UASC>{flag}</UASC>{duc}</HEADER></CHILD>"
        for n, (flag, duc) in enumerate(
            [("0", ""), ("1", "<DUC>01/01/2028</DUC>"), ("0", "<DUC>01/01/2028</DUC>")]
        )
    )
    (tmp_path / "a.xml").write_text(f"<EXPSSDA903>{children}</EXPSSDA903>", encoding="utf-8")
    made = convert_return("ssda903", [tmp_path / "a.xml"], tmp_path / "csv")
    assert pl.read_csv(tmp_path / "csv" / "uasc.csv")["CHILD"].to_list() == [1, 2]
    assert [(path, count) for path, _, count in made.left_out] == [("CHILD/HEADER/UASC", 1)]
