"""How a column is made less telling before it leaves: the words an agreement may use, and what each does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from childlink.identifiers import postcodes
from childlink.linkage import sexes

AS_GIVEN = "as given"
SEX = "sex"
AGE = "age"
AGE_BAND = "age band"
MONTH = "month"
YEAR = "year"
DISTRICT = "district"
SECTOR = "sector"
LSOA = "lsoa"
GROUP = "group"

IN_WORDS: Mapping[str, str] = {
    AS_GIVEN: "as it stands in the extract",
    SEX: "F or M; empty where not known or neither",
    AGE: "whole years at the agreement's reference date",
    AGE_BAND: "under 1, 1 to 4, 5 to 9, 10 to 15 or 16 and over, at the agreement's reference date",
    MONTH: "year and month, no day",
    YEAR: "the year alone",
    DISTRICT: "postcode district: the part before the space",
    SECTOR: "postcode sector: the district and one figure",
    LSOA: "lower layer super output area (LSOA), about 1,500 people",
    GROUP: "one of five ethnic groups, or not known",
}
"""What each word of an agreement means, for the data sheet."""

DATE_WORDS = (AGE, AGE_BAND, MONTH, YEAR)
POSTCODE_WORDS = (DISTRICT, SECTOR, LSOA)

WORDS_FOR: Mapping[str, tuple[str, ...]] = {
    "date_of_birth": DATE_WORDS,
    "postcode": POSTCODE_WORDS,
    "ethnicity": (GROUP,),
    "sex": (SEX, AS_GIVEN),
}
"""What may become of the fields that tell who a child is. Any other column: as given, month or year."""

WORDS_FOR_OTHERS = (AS_GIVEN, MONTH, YEAR)

AGE_BANDS = ("under 1", "1 to 4", "5 to 9", "10 to 15", "16 and over")
"""Those of the Department's tables of children looked after, in order."""

NOT_KNOWN = "Not known"
_NHS_GROUPS = {
    **dict.fromkeys("ABC", "White"),
    **dict.fromkeys("DEFG", "Mixed"),
    **dict.fromkeys("HJKLR", "Asian"),  # R, Chinese, is Asian since the census of 2011
    **dict.fromkeys("MNP", "Black"),
    "S": "Other",
}
_FIRST_LETTERS = {"W": "White", "M": "Mixed", "A": "Asian", "C": "Asian", "B": "Black", "O": "Other"}
_WORDS = (
    ("MIXED|MULTIPLE|DUAL", "Mixed"),
    ("ASIAN|INDIAN|PAKISTANI|BANGLADESHI|CHINESE", "Asian"),
    ("BLACK|AFRICAN|CARIBBEAN", "Black"),
    ("WHITE|GYPSY|ROMA|TRAVELLER", "White"),
    (r"OTHER\b|ARAB", "Other"),
)
_REFUSED = ("REFU", "NOBT", "NOTKNOWN", "UNKNOWN", "NOTSTATED", "REFUSED", "NOTOBTAINED", "Z", "99", "X", "9")


def output_name(key: str, word: str) -> str:
    """The name a column has in the package: the agreement's own, with the word where it changes the values."""
    return key if word in (AS_GIVEN, SEX) else f"{key}_{word.replace(' ', '_')}"


def age(born: pl.Expr, reference: date) -> pl.Expr:
    """Whole years (Int32) from a date of birth to ``reference``; null for dates after it."""
    month, day = born.dt.month().cast(pl.Int32), born.dt.day().cast(pl.Int32)
    birthday_to_come = month * 100 + day > reference.month * 100 + reference.day
    years = reference.year - born.dt.year() - birthday_to_come.cast(pl.Int32)
    return pl.when(years >= 0).then(years)


def age_band(born: pl.Expr, reference: date) -> pl.Expr:
    """The one of AGE_BANDS (Enum) that a child is in on ``reference``; null for dates of birth after it."""
    years = age(born, reference)
    band = pl.lit(AGE_BANDS[-1])
    for least, name in ((16, AGE_BANDS[3]), (10, AGE_BANDS[2]), (5, AGE_BANDS[1]), (1, AGE_BANDS[0])):
        band = pl.when(years < least).then(pl.lit(name)).otherwise(band)
    return pl.when(years.is_not_null()).then(band).cast(pl.Enum(AGE_BANDS))


def month(day: pl.Expr) -> pl.Expr:
    """A date as "2012-04"."""
    return day.dt.strftime("%Y-%m")


def year(day: pl.Expr) -> pl.Expr:
    """The year of a date (Int32)."""
    return day.dt.year()


def district(postcode: pl.Expr) -> pl.Expr:
    """The outward code of a postcode; null where its form is wrong or it stands for no address."""
    return postcodes.normalised(postcode).str.extract(r"^(\S+) ", 1)


def sector(postcode: pl.Expr) -> pl.Expr:
    """As "WV14 8"; null as for ``district``."""
    return postcodes.normalised(postcode).str.extract(r"^(\S+ [0-9])", 1)


def sex(value: pl.Expr) -> pl.Expr:
    """F or M; null for any other code."""
    return sexes.normalised(value)


def ethnic_group(value: pl.Expr) -> pl.Expr:
    """Asian, Black, Mixed, White, Other (the five groups of the census of 2021) or Not known; null for null.

    Codes of the Department for Education (WBRI, and the longer lists by their first letter), of the NHS (A to
    S), and words.
    """
    text = value.str.to_uppercase()
    squeezed = text.str.replace_all(r"[^A-Z0-9]", "")
    four = squeezed.str.contains("^[WMABCO][A-Z]{3}$")
    group = (
        pl.when(squeezed.is_in(_REFUSED))
        .then(pl.lit(NOT_KNOWN))
        .when(four)
        .then(squeezed.str.slice(0, 1).replace_strict(_FIRST_LETTERS, default=None, return_dtype=pl.String))
        .when(squeezed.is_in(list(_NHS_GROUPS)))
        .then(squeezed.replace_strict(_NHS_GROUPS, default=None, return_dtype=pl.String))
    )
    for pattern, name in _WORDS:
        group = group.when(text.str.contains(pattern)).then(pl.lit(name))
    return pl.when(value.is_not_null()).then(group.otherwise(pl.lit(NOT_KNOWN)))
