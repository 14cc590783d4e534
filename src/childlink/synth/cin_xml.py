"""The tables of a children in need census as its XML file, nested again by their ids.

What a column is called in the file and where it stands there is said by the schema; the order of elements is that of
the DfE's XML schema. Reading the file (``childlink.returns.cin``) gives the same tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

_IDS = ("LAchildID", "CINdetailsID", "AssessmentID", "CPPID")
_INDENT = "  "


def to_xml(tables: Mapping[str, pl.DataFrame]) -> bytes:
    """The file, UTF-8, LF, indented by two spaces; empty cells have no element.

    Children stand in the order of ChildIdentifiers, the rest in the order of its table. Raises ValueError where a
    row has no row above it to stand in.
    """
    _require_owners(tables)
    head = _header(tables["Header"])
    children = _children(tables)
    body = "".join(children.to_list())
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Message>\n{head}  <Children>\n{body}  </Children>\n</Message>\n'
    ).encode()


def _header(header: pl.DataFrame) -> str:
    collection = _block("CollectionDetails", 2, ("Collection", "Year", "ReferenceDate"))
    source = _block("Source", 2, ("SourceLevel", "LEA", "SoftwareCode", "Release", "SerialNo", "DateTime"))
    blocks = header.head(1).select(text=pl.concat_str(collection, source))["text"]
    return f"{_INDENT}<Header>\n{''.join(blocks.to_list())}{_INDENT}</Header>\n"


def _children(tables: Mapping[str, pl.DataFrame]) -> pl.Series:
    """The text of each child, in the order of ChildIdentifiers."""
    child = ["LAchildID"]
    characteristics = _beside(
        tables["ChildCharacteristics"], tables["Disabilities"], child, "Disabilities", _leaf("Disability", 5)
    )
    disabilities = _around("Disabilities", 4, pl.col("Disabilities"))
    inner = pl.concat_str(_leaf("Ethnicity", 4), disabilities)
    known = characteristics.select(
        *child, characteristics=_open("ChildCharacteristics", 3) + inner + _close("ChildCharacteristics", 3)
    )
    identifiers = tables["ChildIdentifiers"].join(known, on=child, how="left", maintain_order="left")
    whole = _beside(identifiers, _episodes(tables), child, "episodes", pl.col("episode"))
    columns = tables["ChildIdentifiers"].columns
    return whole.select(
        text=_open("Child", 2)
        + _block("ChildIdentifiers", 3, columns)
        + pl.col("characteristics").fill_null("")
        + pl.col("episodes")
        + _close("Child", 2)
    )["text"]


def _episodes(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """LAchildID and the text of each episode, in the order of CINdetails."""
    episode = ["LAchildID", "CINdetailsID"]
    of_assessment, of_plan = [*episode, "AssessmentID"], [*episode, "CPPID"]
    factors = tables["AssessmentFactorsList"].rename({"AssessmentFactor": "factor"})
    assessments = _beside(
        tables["Assessments"], factors, of_assessment, "listed", _leaf("AssessmentFactors", 6, "factor")
    )
    found = _around("FactorsIdentifiedAtAssessment", 5, pl.col("listed"))
    plans = _beside(
        tables["ChildProtectionPlans"], tables["Reviews"], of_plan, "reviews", _leaf("CPPreviewDate", 6, keep=True)
    )
    reviews = _around("Reviews", 5, pl.col("reviews"))
    parts = {
        "Assessments": (assessments, "Assessments", found, ("AssessmentFactors",)),
        "CINplanDates": (tables["CINplanDates"], "CINPlanDates", pl.lit(""), ()),
        "Section47": (tables["Section47"], "Section47", pl.lit(""), ()),
        "ChildProtectionPlans": (plans, "ChildProtectionPlans", reviews, ()),
        "PreProceedings": (tables["PreProceedings"], "PreProceedingsandFGDM", pl.lit(""), ()),
    }
    whole = tables["CINdetails"]
    for name, (frame, tag, last, left_out) in parts.items():
        columns = [c for c in tables[name].columns if c not in (*_IDS, *left_out)]
        text = _open(tag, 4) + pl.concat_str(_leaf(c, 5) for c in columns) + last + _close(tag, 4)
        whole = _beside(whole, frame, episode, name, text)
    before = [c for c in tables["CINdetails"].columns if c not in (*_IDS, "ReferralNFA")]
    return whole.select(
        "LAchildID",
        episode=_open("CINdetails", 3)
        + pl.concat_str(_leaf(c, 4) for c in before)
        + pl.concat_str("Assessments", "CINplanDates", "Section47")
        + _leaf("ReferralNFA", 4)
        + pl.concat_str("ChildProtectionPlans", "PreProceedings")
        + _close("CINdetails", 3),
    )


def _beside(
    above: pl.DataFrame, below: pl.DataFrame, ids: list[str], name: str, text: pl.Expr
) -> pl.DataFrame:
    """``above`` with a column ``name``: the texts of the rows of ``below`` with the same ids, "" where there are none."""
    joined = below.select(*ids, text.alias(name)).group_by(ids, maintain_order=True).agg(pl.col(name).str.join(""))
    return above.join(joined, on=ids, how="left", maintain_order="left").with_columns(pl.col(name).fill_null(""))


def _require_owners(tables: Mapping[str, pl.DataFrame]) -> None:
    owners = {
        "ChildCharacteristics": "ChildIdentifiers",
        "Disabilities": "ChildCharacteristics",
        "CINdetails": "ChildIdentifiers",
        "Assessments": "CINdetails",
        "AssessmentFactorsList": "Assessments",
        "CINplanDates": "CINdetails",
        "Section47": "CINdetails",
        "ChildProtectionPlans": "CINdetails",
        "Reviews": "ChildProtectionPlans",
        "PreProceedings": "CINdetails",
    }
    for name, owner in owners.items():
        ids = [c for c in tables[owner].columns if c in _IDS]
        if tables[name].join(tables[owner], on=ids, how="anti").height:
            raise ValueError(f"a row of {name} belongs to no row of {owner}")


def _leaf(tag: str, depth: int, column: str | None = None, *, keep: bool = False) -> pl.Expr:
    """The element of a cell, "" where it is empty (``keep``: an empty element)."""
    text = pl.col(column or tag)
    for sign, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.str.replace_all(sign, written, literal=True)
    start = _INDENT * depth
    empty = f"{start}<{tag}/>\n" if keep else ""
    return pl.concat_str(pl.lit(f"{start}<{tag}>"), text, pl.lit(f"</{tag}>\n")).fill_null(empty)


def _block(tag: str, depth: int, columns: Sequence[str]) -> pl.Expr:
    leaves = [_leaf(column, depth + 1) for column in columns]
    return _open(tag, depth) + pl.concat_str(leaves) + _close(tag, depth)


def _around(tag: str, depth: int, inner: pl.Expr) -> pl.Expr:
    """An element around text, "" around none."""
    return pl.when(inner == "").then(pl.lit("")).otherwise(_open(tag, depth) + inner + _close(tag, depth))


def _open(tag: str, depth: int) -> pl.Expr:
    return pl.lit(f"{_INDENT * depth}<{tag}>\n")


def _close(tag: str, depth: int) -> pl.Expr:
    return pl.lit(f"{_INDENT * depth}</{tag}>\n")
