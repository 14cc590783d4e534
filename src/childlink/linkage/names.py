"""Names as they are compared: folded, without titles, known-as names and placeholders.

The rules work on distinct values; ``standardise`` joins the results back to the records.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

_APOSTROPHES = r"['’‘`´ʼʹ′]"
_MARKS = r"\p{M}"
_UNFOLDED: Mapping[str, str] = {
    # letters that NFKD leaves as they are
    "Ø": "O", "Ł": "L", "Đ": "D", "Ð": "D", "Ħ": "H", "Ŧ": "T", "Þ": "TH", "Æ": "AE", "Œ": "OE", "ẞ": "SS",
    "Ŋ": "N", "Ə": "E",
}  # fmt: skip
_BRACKETED = r"[(\[{]([^)\]}]*)[)\]}]?"
_KNOWN_AS_WORDS = r"\b(?:KNOWN AS|ALSO KNOWN AS|PREFERS(?: TO BE CALLED)?|GOES BY|A\.?K\.?A\.?|K/A)\b\.?:?"
_TITLE = "(?:MR|MRS|MISS|MS|MX|MSTR|MASTER|DR|REV|PROF)"

_NO_NAME = (
    r"^(?:UNKNOWN.*|NOT (?:KNOWN|STATED|GIVEN|PROVIDED|RECORDED|APPLICABLE|AVAILABLE|YET NAMED|NAMED)|"
    r"N ?K|N ?A|NONE|NULL|NIL|NAN|TB[CA]|NO (?:NAME|FORENAME|SURNAME|FIRST NAME|LAST NAME)(?: GIVEN)?|"
    r"UNNAMED|UNSPECIFIED|UNDISCLOSED|WITHHELD|ANON(?:YMOUS)?|DUMMY|"
    r"TEST(?: (?:TEST|PATIENT|CHILD|PUPIL|PERSON|RECORD|DATA|FORENAME|SURNAME|NAME|ENTRY))?|"
    r"X+|Z{2,}|DO NOT USE|DECEASED)$"
)
_UNBORN = (
    r"^(?:UNBORN.*|(?:BABY|INFANT)(?: OF\b.*)?|"
    r"(?:TWIN|TRIPLET)S?(?: OF\b.*| [A-D]| I{1,3}| ONE| TWO| THREE)?)$"
)
_NOT_YET_NAMED = (
    r"^(?:(?:BABY|INFANT|NEWBORN|NEW BORN|FOETUS|FETUS|NEONATE)\b.*|"
    r"(?:BOY|GIRL|MALE|FEMALE)(?: (?:ONE|TWO|THREE|I{1,3}|[A-D]|INFANT|BABY|TWIN|CHILD|OF\b.*))*|"
    rf"{_TITLE}|(?:FIRST|SECOND|THIRD) (?:TWIN|TRIPLET)|(?:TWIN|TRIPLET) (?:BOY|GIRL|MALE|FEMALE).*|"
    r"CHILD(?: OF\b.*)?)$"
)
"""Forenames only: as surnames, Master, Newborn, Boy, Male and Child are people's names."""


def upper_folded(value: pl.Expr) -> pl.Expr:
    """Upper case, accents folded (NFKD), letters without an accent to fold spelt out, apostrophes dropped."""
    # apostrophes first: NFKD takes some of them apart into a space and a mark
    folded = value.str.replace_all(_APOSTROPHES, "").str.normalize("NFKD").str.replace_all(_MARKS, "")
    return folded.str.to_uppercase().str.replace_many(list(_UNFOLDED), list(_UNFOLDED.values()))


def forename(value: pl.Expr) -> pl.Expr:
    """A forename (all of them) as compared, or null where the cell holds no name to match on.

    Known-as names in brackets or after "known as", titles and trailing digits are dropped; hyphens and other
    marks become spaces. Placeholders (BABY OF ..., UNBORN, TWIN 1, INFANT, BOY ONE, UNKNOWN, TEST, ...) are
    null.
    """
    name = _cleaned(_without_known_as(upper_folded(value)))
    placeholder = name.str.contains(_NO_NAME) | name.str.contains(_UNBORN) | name.str.contains(_NOT_YET_NAMED)
    return pl.when(placeholder.not_() & (name != "")).then(name)


def surname(value: pl.Expr) -> pl.Expr:
    """A surname as compared, by the rules of ``forename``; Boy, Male, Child and their like are surnames."""
    name = _cleaned(_without_known_as(upper_folded(value)))
    placeholder = name.str.contains(_NO_NAME) | name.str.contains(_UNBORN)
    return pl.when(placeholder.not_() & (name != "")).then(name)


def known_as(value: pl.Expr) -> pl.Expr:
    """The other forename that a cell for forenames gives: "Elizabeth (Beth)", "Elizabeth known as Beth".

    Null where there is none, where what stands in brackets is no name, and where it is a single letter.
    """
    folded = upper_folded(value)
    other = pl.coalesce(
        folded.str.extract(rf"{_KNOWN_AS_WORDS}\s*([^)\]}}]+)", 1), folded.str.extract(_BRACKETED, 1)
    )
    name = forename(other)
    remark = name.str.contains(r"\b(?:NEE|FORMERLY|DECEASED|FOSTER|ADOPTED|TWIN|TRIPLET|DOB|BORN)\b")
    return pl.when(remark.not_() & (name.str.len_chars() > 1)).then(name)


def _without_known_as(folded: pl.Expr) -> pl.Expr:
    return folded.str.replace(rf"{_KNOWN_AS_WORDS}.*$", " ").str.replace_all(_BRACKETED, " ")


def _cleaned(folded: pl.Expr) -> pl.Expr:
    """Letters (and digits inside) with single spaces; no title in front, no digits at the end."""
    text = folded.str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars()
    return text.str.replace(r"( ?[0-9]+)+$", "").str.replace(f"^(?:{_TITLE} )+", "").str.strip_chars()
