"""What the cells of a column look like: type, format, codes. No cell is kept, save short codes of many rows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import polars as pl

from childlink.schema import cells
from childlink.schema.dates import IN_WORDS, read_dates

NEARLY_ALL = 0.95
"""Share of a column's cells that must pass for a format, and that the codes of a code set must cover."""
FEWEST_CELLS = 20
"""Cells from which a format or a code set is told from them alone."""
MOST_CODES = 30
LEAST_COUNT = 5
"""Different values of a column with a code set, at most; and children, or rows, that each code needs."""
DATE_YEARS = (1900, 2100)
"""Years between which a date is believed to be one."""
_SAMPLE = 1_000

_IDENTIFIER_KINDS = ("record_id", "local_id", "upn", "former_upn", "uln", "nhs_number")
_CODED_KINDS = ("sex", "gender", "ethnicity")
_KIND_FORMATS = {
    "upn": "upn",
    "former_upn": "upn",
    "uln": "uln",
    "nhs_number": "nhs_number",
    "postcode": "postcode",
}
_CODE_LIKE = re.compile(r"[A-Z]{1,4}|(?=.*[0-9])[A-Z0-9]{1,6}|[A-Z0-9]{1,4}[./-][A-Z0-9]{1,3}")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_WORDS = frozenset(
    [
        "yes",
        "no",
        "true",
        "false",
        "male",
        "female",
        "unknown",
        "other",
        "none",
        "open",
        "closed",
        "active",
        "inactive",
        "current",
        "ended",
    ]
) | {"not known", "not stated", "not recorded"}
_PERSONAL = (
    "name", "initial", "birth", "born", "dob", "age", "death", "address", "street", "road", "house", "flat", "post",
    "district", "ward", "area", "lsoa", "phone", "tel", "mobile", "mail", "mother", "father", "parent", "carer",
    "sibling", "brother", "sister", "worker", "officer", "owner", "staff", "user", "allocated", "author", "by", "gp",
    "doctor", "contact", "note", "comment", "text", "narrative", "detail", "description", "case", "person", "child",
    "pupil", "client", "patient", "pid", "id", "ref", "reference", "number", "no", "num", "known", "alias",
)  # fmt: skip
"""Words of headings under which a value may say who somebody is, or is of one's own wording: no codes are read
there."""
_SHORT = frozenset(
    {"age", "by", "gp", "id", "no", "num", "ref", "tel", "pid", "dob", "ward", "area", "user", "text"}
)
"""Those of them that count as whole words of a heading only."""
_OF_CODES = (
    "code",
    "type",
    "status",
    "category",
    "reason",
    "flag",
    "indicator",
    "need",
    "stage",
    "outcome",
    "group",
)
"""Words of headings under which whole numbers are codes."""


@dataclass(frozen=True)
class Seen:
    """One column: what its cells looked like, and what is to be said about that.

    ``forms`` are the forms of dates in which every cell reads, in the order of preference; ``type`` is "date" where
    there are any. ``codes`` are in the order of their text. ``notes`` name counts, never a cell.
    """

    heading: str
    type: str = "string"
    kind: str | None = None
    format: str | None = None
    codes: tuple[str, ...] = ()
    required: bool = False
    unique: bool = False
    forms: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def look_at(
    frame: pl.DataFrame,
    kinds: Mapping[str, str],
    *,
    personal: frozenset[str],
    codes: bool,
    from_workbook: bool,
) -> list[Seen]:
    """What each column of ``frame`` (text, null for an empty cell) looks like, in order.

    ``kinds``: the kind of each heading that has one. ``personal``: headings of columns that are about a person and
    have no kind. ``codes``: whether to read code sets. ``from_workbook``: dates come with midnight behind them.
    """
    names = _names_in(frame, kinds, personal) if codes else frozenset()
    counted = next((h for k in ("local_id", "record_id") for h in frame.columns if kinds.get(h) == k), None)
    return [
        _look_at_one(
            frame.select(pl.col(heading).alias("cell"), pl.col(counted or heading).alias("child")),
            heading,
            kinds.get(heading),
            names=names,
            codes=codes and heading not in personal,
            by_child=counted is not None,
            from_workbook=from_workbook,
        )
        for heading in frame.columns
    ]


def _look_at_one(
    column: pl.DataFrame,
    heading: str,
    kind: str | None,
    *,
    names: frozenset[str],
    codes: bool,
    by_child: bool,
    from_workbook: bool,
) -> Seen:
    rows = column.height
    filled = column.drop_nulls("cell")
    seen = Seen(heading, kind=kind, required=rows > 0 and filled.height == rows)
    if filled.is_empty():
        return replace(seen, notes=("empty in this file",) if rows else ())
    values = filled["cell"].unique().sort()
    seen = replace(seen, unique=rows > 1 and len(values) == rows and _is_id(heading, kind))
    found = _format(filled["cell"], kind)
    if found is not None:
        name, wrong = found
        words = ("1 cell is not of this form",) if wrong == 1 else (f"{wrong:,} cells are not of this form",)
        return replace(seen, format=name, notes=words if wrong else ())
    dated = values.str.strip_suffix(" 00:00:00") if from_workbook else values
    if (kind is None or kind == "birth_date") and (forms := _forms(dated)):
        return replace(seen, type="date", forms=forms)
    if kind == "birth_date":
        return replace(seen, notes=("not every cell is a date of one known form: dates are not checked",))
    if kind in _KIND_FORMATS:
        return replace(
            seen, notes=(f"fewer than {NEARLY_ALL:.0%} of the cells are of its form: it is not checked",)
        )
    if kind in (None, *_CODED_KINDS):
        if kind is None and _is_boolean(values):
            return replace(seen, type="boolean")
        if codes and (read := _codes(filled, values, heading, kind, names, by_child=by_child)) is not None:
            kept, rare = read
            return replace(seen, codes=kept, notes=("rare values left out",) if rare else ())
    if kind is None:
        return replace(seen, type=_number(values))
    return seen


def _is_id(heading: str, kind: str | None) -> bool:
    if kind is not None:
        return kind in _IDENTIFIER_KINDS and kind != "former_upn"
    return bool({"id", "ref", "reference", "number", "no", "identifier"} & set(_words_of(heading)))


def _format(filled: pl.Series, kind: str | None) -> tuple[str, int] | None:
    """The format that nearly all cells have, and how many have it not. Without a kind it takes FEWEST_CELLS."""
    wanted = _KIND_FORMATS.get(kind or "")
    tried: Sequence[str] = (wanted,) if wanted else tuple(cells.OF_FORMAT)
    if wanted is None and (kind not in (None, "local_id", "record_id") or len(filled) < FEWEST_CELLS):
        return None
    counts = filled.to_frame("cell").select(
        cells.OF_FORMAT[name](pl.col("cell")).fill_null(value=False).sum().alias(name) for name in tried
    )
    for name in tried:
        passed = int(counts[name].item())
        if passed >= NEARLY_ALL * len(filled):
            return name, len(filled) - passed
    return None


def _forms(values: pl.Series) -> tuple[str, ...]:
    """The forms of dates in which every one of ``values`` reads, in a year of DATE_YEARS."""
    return tuple(
        form for form in IN_WORDS if _all_read(values.head(_SAMPLE), form) and _all_read(values, form)
    )


def _all_read(values: pl.Series, form: str) -> bool:
    years = pl.select(read_dates(pl.lit(values), form).dt.year()).to_series()
    return bool(years.is_between(*DATE_YEARS).fill_null(value=False).all())


def _is_boolean(values: pl.Series) -> bool:
    """Whether the values are two that say yes and no in one way."""
    pair = set(values.str.to_lowercase())
    return any(pair == {yes, no} for yes, no in zip(cells.YES, cells.NO, strict=True))


def _number(values: pl.Series) -> str:
    """ "integer", "number", or "string" where a cell is neither or has a 0 in front, which a number would lose."""
    cell = pl.col("cell")
    told = values.to_frame("cell").select(
        whole=cells.is_integer(cell).all(),
        number=cells.is_number(cell).all(),
        coded=cell.str.contains(r"^\s*[+-]?0[0-9]").any(),
    )
    whole, number, coded = told.row(0)
    if coded:
        return "string"
    return "integer" if whole else "number" if number else "string"


def _codes(
    filled: pl.DataFrame,
    values: pl.Series,
    heading: str,
    kind: str | None,
    names: frozenset[str],
    *,
    by_child: bool,
) -> tuple[tuple[str, ...], int] | None:
    """The codes of a column that has few, each of LEAST_COUNT children or rows, and how many others were left out."""
    if filled.height < FEWEST_CELLS or not 2 <= len(values) <= MOST_CODES or _may_be_personal(heading, kind):
        return None
    of = pl.col("child").n_unique() if by_child else pl.len()
    counts = filled.group_by("cell").agg(of.alias("of"), pl.len().alias("rows")).sort("cell")
    common = counts.filter(pl.col("of") >= LEAST_COUNT)
    kept = tuple(common["cell"])
    if len(kept) < 2 or common["rows"].sum() < NEARLY_ALL * filled.height:
        return None
    if not all(_is_code_like(value, kind, names) for value in kept):
        return None
    if (
        kind is None
        and all(_NUMBER.fullmatch(value) for value in kept)
        and not set(_OF_CODES) & set(_words_of(heading))
    ):
        return None
    return kept, len(values) - len(kept)


def _is_code_like(value: str, kind: str | None, names: frozenset[str]) -> bool:
    if value.casefold() in _WORDS:
        return True
    if not _CODE_LIKE.fullmatch(value) or len(re.findall("[0-9]", value)) > 3:
        return False
    if kind in _CODED_KINDS or len(value) < 3 or not value.isalpha():
        return value not in names or kind in _CODED_KINDS
    return value not in names and value not in _known_names()


def _may_be_personal(heading: str, kind: str | None) -> bool:
    if kind is not None:
        return kind not in _CODED_KINDS
    words = _words_of(heading)
    plain = "".join(words)
    return any(w in words or (w not in _SHORT and w in plain) for w in _PERSONAL)


def _words_of(heading: str) -> list[str]:
    """The words of a heading in small letters: "ChildID_no" is child, id, no."""
    return [w.casefold() for w in re.findall("[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", heading)]


def _names_in(frame: pl.DataFrame, kinds: Mapping[str, str], personal: frozenset[str]) -> frozenset[str]:
    """Words in capitals that stand in the file's own columns of names."""
    own = [
        h for h in frame.columns if kinds.get(h) in ("forename", "middle_names", "surname") or h in personal
    ]
    words: set[str] = set()
    for heading in own:
        found = frame[heading].drop_nulls().unique().str.to_uppercase().str.extract_all(r"\p{L}{2,}")
        words.update(found.explode().drop_nulls().unique())
    return frozenset(words)


@cache
def _known_names() -> frozenset[str]:
    from childlink.linkage.similarity import nickname_pairs
    from childlink.synth.names import HERITAGES, SEXES, forenames_of, surnames_of

    pools = [forenames_of(heritage, sex)[0] for heritage in HERITAGES for sex in SEXES]
    pools += [surnames_of(heritage)[0] for heritage in HERITAGES]
    return frozenset(nickname_pairs()["a"]) | {name.upper() for pool in pools for name in pool}
