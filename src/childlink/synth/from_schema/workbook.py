"""An Excel workbook from tables of text, the same bytes on every machine: parts are stored as they are, without a
date. Only what made-up returns need: no formulas, no widths, no colours."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from xml.sax.saxutils import escape, quoteattr

import polars as pl

from childlink.schema.dates import read_dates

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_FIRST_DAY = date(1899, 12, 30)
"""The day that a cell of 0 stands for, as Excel counts from March 1900 on."""
_EARLIEST = date(1900, 3, 1)


def workbook(
    sheets: Mapping[str, pl.DataFrame], dates: Mapping[str, Sequence[str]], forms: Sequence[str]
) -> bytes:
    """The workbook with a sheet for each of ``sheets`` (of text), in order, headings in the first row.

    ``dates`` names, by sheet, the columns whose cells become real dates where they can be read in one of ``forms``;
    all others are text.
    """
    numbers = range(1, len(sheets) + 1)
    parts = _frame_of(list(sheets)) | {
        f"xl/worksheets/sheet{number}.xml": _sheet(_with_days(frame, dates.get(name, ()), forms))
        for number, (name, frame) in zip(numbers, sheets.items(), strict=True)
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for name, text in parts.items():
            entry = zipfile.ZipInfo(name)  # of 1 January 1980, whenever it is made
            archive.writestr(entry, f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode())
    return written.getvalue()


def _frame_of(names: Sequence[str]) -> dict[str, str]:
    numbers = range(1, len(names) + 1)
    sheets = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="r{n}"/>'
        for n, name in zip(numbers, names, strict=True)
    )
    links = "".join(
        f'<Relationship Id="r{n}" Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    kinds = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_OFFICE}.worksheet+xml"/>'
        for n in numbers
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_OFFICE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_OFFICE}.styles+xml"/>{kinds}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_DOCUMENT}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{links}'
        f'<Relationship Id="s" Type="{_DOCUMENT}/styles" Target="styles.xml"/></Relationships>',
        # the second format of cells is that of a day
        "xl/styles.xml": f'<styleSheet {_MAIN}><fonts count="1"><font/></fonts>'
        '<fills count="1"><fill/></fills><borders count="1"><border/></borders>'
        '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0"/>'
        '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
    }


def _with_days(frame: pl.DataFrame, columns: Sequence[str], forms: Sequence[str]) -> pl.DataFrame:
    """Each cell as the inside of its element: a day's number behind the word "day", or text behind "text"."""
    cells = []
    for column in frame.columns:
        text = pl.lit("text") + pl.col(column)
        if column in columns:
            day = read_dates(pl.col(column), forms)
            number = (day - _FIRST_DAY).dt.total_days().cast(pl.String)
            text = pl.when(day >= _EARLIEST).then(pl.lit("day") + number).otherwise(text)
        cells.append(text.alias(column))
    return frame.select(cells)


def _sheet(frame: pl.DataFrame) -> str:
    names = [_name_of(number) for number in range(frame.width)]
    heading = "".join(_text(f"{name}1", heading) for name, heading in zip(names, frame.columns, strict=True))
    rows = [f'<row r="1">{heading}</row>']
    for number, row in enumerate(frame.iter_rows(), start=2):
        cells = "".join(
            _cell(f"{name}{number}", cell) for name, cell in zip(names, row, strict=True) if cell is not None
        )
        rows.append(f'<row r="{number}">{cells}</row>')
    return f"<worksheet {_MAIN}><sheetData>{''.join(rows)}</sheetData></worksheet>"


def _cell(place: str, cell: str) -> str:
    if cell.startswith("day"):
        return f'<c r="{place}" s="1"><v>{cell[3:]}</v></c>'
    return _text(place, cell[4:])


def _text(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def _name_of(number: int) -> str:
    """The letters of a column, from 0: A, B ... Z, AA."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
