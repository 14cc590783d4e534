"""A return turned from its XML into a folder of CSV files, and back: what is written validates the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from childlink.errors import InputFault, OutputFault, UsageFault, unknown_name
from childlink.files import written_whole
from childlink.folders import write_folder
from childlink.returns.csv_file import read_csv_text
from childlink.returns.document import ITSELF, WrittenTable, counted, write_document
from childlink.returns.given import GivenFile, given_files
from childlink.returns.recognise import recognise
from childlink.returns.text import codes_in
from childlink.schema.dates import read_dates
from childlink.schema.model import ReturnSchema, load_return_schema

FACTORS, ASSESSMENTS = "AssessmentFactorsList", "Assessments"


@dataclass(frozen=True)
class Converted:
    """What was written: ``place``, and ``rows`` by table. ``left_out``: elements of the XML that no table has, as
    path, why and how many."""

    place: Path
    rows: Mapping[str, int]
    left_out: tuple[tuple[str, str, int], ...] = ()


def convert_return(
    return_name: str, paths: Sequence[Path], output: Path, *, force: bool = False
) -> Converted:
    """Write the XML return in ``paths`` as a folder ``output`` of CSV files, or its CSV files as one XML file.

    CSV: one file for each table of the schema that the XML can hold, called by the table's ``snake_name``, columns
    in the order of the schema, rows in the order of the file. XML: children in the order of the table that has one
    row for each, what hangs on a child in the order of its table; running numbers are given anew by that order,
    and dates are written in the return's own form. Either is written whole or not at all.

    Raises UsageFault for an unknown return, InputFault where the files cannot be read, or where XML cannot say what
    the tables say (see ``write_document``); OutputFault where ``output`` is of the wrong kind or is already there.
    """
    if return_name not in _WAYS:
        raise unknown_name("return", return_name, _WAYS)
    way = _WAYS[return_name]
    schema = load_return_schema(return_name)
    files = given_files(paths, ())
    if files[0].kind == "xml":
        _require_kind(output, folder=True)
        tables, left_out = way.read_xml(files[0].path, schema)
        named = {f"{schema.tables[name].snake_name}.csv": frame for name, frame in tables.items()}
        write_folder(output, named, force=force)
    else:
        _require_kind(output, folder=False)
        if output.exists() and not force:
            raise OutputFault(f"{output} is already there", next_step="name another file, or add --force")
        tables, left_out = way.read_csv(files, schema), ()
        text = way.document(tables, schema)
        with written_whole(output) as part:
            part.write_bytes(text.encode())
    return Converted(output, {name: frame.height for name, frame in tables.items()}, left_out)


def _require_kind(output: Path, *, folder: bool) -> None:
    names_xml = output.suffix.lower() == ".xml"
    if folder and (names_xml or output.is_file()):
        raise UsageFault(
            f"{output} is no name for a folder: XML is converted to a folder of CSV files",
            next_step="give --output the name of a new folder",
        )
    if not folder and (not names_xml or output.is_dir()):
        raise UsageFault(
            f"{output} is no name for an XML file: CSV files are converted to one XML file",
            next_step="end the name after --output in .xml",
        )


# --- the census messages: CIN, SEN2 ---------------------------------------------------------------------------

_LeftOut = tuple[tuple[str, str, int], ...]


def _tree_from_xml(path: Path, schema: ReturnSchema) -> tuple[dict[str, pl.DataFrame], _LeftOut]:
    from childlink.returns.tree_layout import tree_layout  # lxml only where there is XML
    from childlink.returns.tree_xml import read_tree_text

    text = read_tree_text(path, tree_layout(schema, None))
    return text.tables, tuple((path, why, count) for (path, why), count in text.left_out.items())


def _tree_from_csv(files: Sequence[GivenFile], schema: ReturnSchema) -> dict[str, pl.DataFrame]:
    from childlink.returns.tree import read_files

    return read_files(files, schema, None).tables


def cin_document(tables: Mapping[str, pl.DataFrame], schema: ReturnSchema) -> str:
    """The XML file of a CIN census as text; see ``convert_return`` for what it holds and what it raises."""
    return tree_document({**tables, FACTORS: _factors(tables)}, schema)


def tree_document(tables: Mapping[str, pl.DataFrame], schema: ReturnSchema) -> str:
    """The XML file of a census message (CIN, SEN2) as text; see ``convert_return`` for what it holds and raises.

    Columns that a table lacks, such as those of other years, are empty.
    """
    xml = schema.xml
    rows = {described["row"]: name for name, described in reversed(xml["tables"].items())}
    _require_tables(tables, [rows[unit] for unit in xml["units"]])
    written = {
        name: _with_dates_as_written(_with_all_columns(frame, name, schema), name, schema)
        for name, frame in tables.items()
    }
    layout = {name: _tree_table(name, schema) for name in schema.tables}
    return write_document(xml["root"], written, layout, xml.get("order"))


def _with_all_columns(frame: pl.DataFrame, name: str, schema: ReturnSchema) -> pl.DataFrame:
    lacking = [c for c in schema.tables[name].columns if c not in frame.columns]
    return frame.with_columns(pl.lit(None, dtype=pl.String).alias(c) for c in lacking)


def _tree_table(name: str, schema: ReturnSchema) -> WrittenTable:
    """Where a table of a census message stands; what makes a row of the XML is said in its schema."""
    xml = schema.xml
    described = xml["tables"][name]
    row: str = described["row"]
    child = xml["units"][-1]
    within = {
        c: path
        for c, path in {**dict.fromkeys(xml.get("copied", {}), child), **xml.get("counted", {})}.items()
        if f"{row}/".startswith(f"{path}/")
    }
    keys = tuple(c for c, path in within.items() if path != row)
    begins = tuple(c for c, path in within.items() if path == row)
    paths: dict[str, str] = {}
    for column in schema.tables[name].columns:
        below = described.get("columns", {}).get(column)
        if below is None and (column in within or column in xml.get("listed", {})):
            continue
        paths[column] = row if below == ITSELF else f"{row}/{below or column}"
    alone = row in xml.get("once", ())  # what hangs on the only one below a row hangs on that row's ids
    return WrittenTable(row, paths, keys, (*keys, *begins) if begins or alone else ())


def _factors(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The factors of assessments, one a row: the table, or, where it is not given, the codes of Assessments.

    Raises InputFault where both are given and do not agree.
    """
    ids = ["LAchildID", "CINdetailsID", "AssessmentID"]
    empty = pl.DataFrame(schema=dict.fromkeys([*ids, "AssessmentFactor"], pl.String))
    assessments = tables.get(ASSESSMENTS)
    if assessments is None:
        return tables.get(FACTORS, empty)
    codes = codes_in(pl.col("AssessmentFactors")).alias("AssessmentFactor")
    if FACTORS not in tables:
        return assessments.select(*ids, codes).explode(
            "AssessmentFactor", empty_as_null=False, keep_nulls=False
        )
    gathered = tables[FACTORS].group_by(ids).agg(pl.col("AssessmentFactor").drop_nulls().alias("listed"))
    beside = assessments.select(*ids, codes).join(gathered, on=ids, how="left", nulls_equal=True)
    nothing = pl.lit([], dtype=pl.List(pl.String))
    listed_codes = codes_in(pl.col("listed").list.join(" ").fill_null(""))
    differ = beside.filter(
        pl.col("AssessmentFactor").fill_null(nothing) != listed_codes.fill_null(nothing)
    ).height
    if differ:
        raise InputFault(
            f"{counted(differ, 'row')} of {ASSESSMENTS} have other AssessmentFactors than {FACTORS} lists",
            allowed="the same codes in both, in the same order",
            next_step=f"correct the one that is wrong, or leave {FACTORS} out",
        )
    return tables[FACTORS]


# --- the SSDA903 ----------------------------------------------------------------------------------------------


def _ssda903_from_xml(path: Path, schema: ReturnSchema) -> tuple[dict[str, pl.DataFrame], _LeftOut]:
    from childlink.returns.xml_layout import XmlLayout  # lxml only where there is XML
    from childlink.returns.xml_tables import read_xml_text

    text = read_xml_text(path, XmlLayout.from_mapping(schema.xml))
    tables = {name: frame.select(schema.tables[name].columns) for name, frame in text.tables.items()}
    left_out = [(path, why, count) for (path, why), count in text.left_out.items()]
    # CSV has no flag: a child is an asylum seeker where the UASC file has a row of it
    flags = text.tables["Header"]["UASC"].drop_nulls()
    kept = (flags != "0") | tables["UASC"]["DUC"].is_not_null()
    tables["UASC"] = tables["UASC"].filter(kept)
    changed = int((flags.filter(kept) != "1").sum())
    if changed:
        left_out.append(("CHILD/HEADER/UASC", "a row in the UASC file means 1", changed))
    return tables, tuple(left_out)


def _ssda903_from_csv(files: Sequence[GivenFile], schema: ReturnSchema) -> dict[str, pl.DataFrame]:
    columns = {name: table.columns for name, table in schema.tables.items()}
    tables: dict[str, pl.DataFrame] = {}
    for file in files:
        frame = read_csv_text(file.path).frame
        name = recognise(frame.columns, columns, str(file.path))
        if name in tables:
            raise InputFault(f"two files are both the table {name}", next_step="leave one out")
        tables[name] = frame.select(columns[name])
    return tables


def _ssda903_document(tables: Mapping[str, pl.DataFrame], schema: ReturnSchema) -> str:
    _require_tables(tables, ("Header",))
    xml = schema.xml
    without = [name for name, frame in tables.items() if name not in xml["tables"] and frame.height]
    if without:
        raise InputFault(
            f"how XML holds {' and '.join(without)} is not established",
            allowed=f"the tables {', '.join(xml['tables'])}",
            next_step="leave these files out; they can be validated as CSV",
        )
    written = dict(tables)
    child = xml["child"]
    for name, described in xml["tables"].items():
        when = described.get("when")
        if when is not None and name in tables:
            written = _with_when(written, name, when, described["columns"])
    layout = {}
    for name, described in xml["tables"].items():
        row = child if described["row"] == ITSELF else f"{child}/{described['row']}"
        paths = {column: f"{child}/{path}" for column, path in described["columns"].items()}
        if row != child:
            layout[name] = WrittenTable(row, paths, keys=(schema.child,))
        else:
            layout[name] = WrittenTable(row, paths, own=(schema.child,))
    return write_document(xml["root"], written, layout)


def _with_when(
    tables: dict[str, pl.DataFrame], name: str, when: str, columns: Mapping[str, str]
) -> dict[str, pl.DataFrame]:
    """``tables`` with the cell that makes a row of the table ``name``: in Header, or one of its own columns."""
    own = next((column for column, path in columns.items() if path == when), None)
    if own is not None:
        empty = tables[name][own].null_count()
        if empty:
            raise InputFault(
                f"{counted(empty, 'row')} of {name} have no {own}, without which XML holds no row of it",
                allowed=f"a {own} in every row of {name}",
                next_step=f"fill in {own}, or take the rows out",
            )
        return tables
    flag = when.rpartition("/")[2]
    header = tables["Header"]
    children = tables[name]["CHILD"].implode()
    # every child has the element, and an empty one is at fault (SSDA903 rule 105)
    marked = pl.when(pl.col("CHILD").is_in(children)).then(pl.lit("1")).otherwise(pl.lit("0")).alias(flag)
    return {**tables, "Header": header if flag in header.columns else header.with_columns(marked)}


# --- both -----------------------------------------------------------------------------------------------------


def _require_tables(tables: Mapping[str, pl.DataFrame], names: Sequence[str]) -> None:
    for name in names:
        if name not in tables or tables[name].is_empty():
            raise InputFault(
                f"the {name} table is not there or has no rows, and XML cannot be without",
                next_step="give its file too",
            )


def _with_dates_as_written(frame: pl.DataFrame, name: str, schema: ReturnSchema) -> pl.DataFrame:
    """``frame`` with its dates in the form in which the return writes them; what is no date stays as it is."""
    usual = schema.dates[0]
    return frame.with_columns(
        pl.coalesce(read_dates(pl.col(c), schema.dates).dt.strftime(usual), pl.col(c)).alias(c)
        for c in schema.tables[name].date_columns
    )


@dataclass(frozen=True)
class _Way:
    """How one return is read and written."""

    read_xml: Callable[[Path, ReturnSchema], tuple[dict[str, pl.DataFrame], _LeftOut]]
    read_csv: Callable[[Sequence[GivenFile], ReturnSchema], dict[str, pl.DataFrame]]
    document: Callable[[Mapping[str, pl.DataFrame], ReturnSchema], str]


_WAYS = {
    "ssda903": _Way(_ssda903_from_xml, _ssda903_from_csv, _ssda903_document),
    "cin": _Way(_tree_from_xml, _tree_from_csv, cin_document),
    "sen2": _Way(_tree_from_xml, _tree_from_csv, tree_document),
}
