"""Laws of inferred schemas: the file they come from has no wrong date and no wrong type; same file, same bytes."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from childlink.schema.infer import infer_schema
from childlink.schema.model import can_name_a_column
from childlink.schema.reading import read_schema
from childlink.validation import validate_files

FORMS = (
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%Y%m%d",
    "%Y-%m-%d %H:%M:%S",
    "%d %b %Y",
    "%y/%m/%d",
)
DAYS = st.dates(min_value=date(1901, 1, 1), max_value=date(2099, 12, 31))
CELLS = st.one_of(
    st.sampled_from(
        ["", "Y", "N", "yes", "no", "0", "1", "2", "07", "1.0", "-3", "2.5", " 4", "x", "B4 6BH", "1e5"]
    ),
    st.tuples(DAYS, st.sampled_from(FORMS)).map(lambda d: d[0].strftime(d[1])),
    st.text(alphabet="ab1/-. ", max_size=6).filter(lambda t: t == "" or t.strip() != ""),
)


@st.composite
def columns(draw: st.DrawFn) -> list[str]:
    """Cells of one kind, mostly: of one form of dates, or whatever comes."""
    rows = 8
    form = draw(st.sampled_from([None, *FORMS]))
    if form is None:
        few = draw(st.lists(CELLS, min_size=1, max_size=4))
        return draw(st.lists(st.sampled_from(few), min_size=rows, max_size=rows))
    return [draw(DAYS).strftime(form) for _ in range(rows)]


HEADINGS = st.lists(
    st.sampled_from(
        ["dob", "started", "ended", "id", "visits", "status", "upn", "sex", "seen at", "Seen_At"]
    ),
    min_size=1,
    max_size=5,
    unique=True,
)


@settings(max_examples=60)
@given(data=st.data(), headings=HEADINGS)
def test_the_file_has_no_wrong_date_and_no_wrong_type_under_its_own_schema(
    data: st.DataObject, headings: list[str]
) -> None:
    frame = pl.DataFrame({heading: data.draw(columns()) for heading in headings})
    with tempfile.TemporaryDirectory() as folder:
        path, schema = Path(folder) / "extract.csv", Path(folder) / "mine.yaml"
        frame.write_csv(path)
        text = infer_schema(path)
        assert infer_schema(path) == text
        schema.write_text(text, encoding="utf-8")
        report = validate_files(None, [path], schema=schema)
    wrong = {r.code for r in report.with_status("findings")}
    assert wrong <= {"S-IDENTIFIER", "S-FORMAT"}
    assert {r.status for r in report.rules} <= {"passed", "findings"}


@settings(max_examples=80)
@given(
    headings=st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).filter(
            lambda t: t.strip() != "" and not any(c.isdigit() for c in t) and can_name_a_column(t)
        ),
        min_size=1,
        max_size=4,
        unique=True,
    )
)
def test_any_heading_stands_in_the_schema_as_it_is(headings: list[str]) -> None:
    frame = pl.DataFrame({heading: ["first cell", "second cell"] for heading in headings})
    with tempfile.TemporaryDirectory() as folder:
        path, schema = Path(folder) / "extract.parquet", Path(folder) / "mine.yaml"
        frame.write_parquet(path)
        text = infer_schema(path)
        schema.write_text(text, encoding="utf-8")
        assert [f.name for f in read_schema(schema).tables["extract"].fields] == headings
