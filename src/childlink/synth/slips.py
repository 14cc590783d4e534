"""The slips of whoever writes a record down, each over a whole column.

Every function takes the values to change and draws for them, and gives the changed values; which rows to
change is decided by the caller. Where a slip is not possible (no hyphen, no other spelling) the value comes back
as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import cache

import polars as pl

from childlink.synth.draws import Draws

_BESIDE = {  # keys that lie beside each other
    keys[0]: keys[1:]
    for keys in [
        "aqsz",
        "bvgn",
        "cxdv",
        "dsfe",
        "ewrd",
        "fdgr",
        "gfht",
        "hgjy",
        "iuok",
        "jhku",
        "kjli",
        "lkop",
        "mnjk",
        "nbmh",
        "oipl",
        "poli",
        "qwai",
        "retf",
        "sadw",
        "tryg",
        "uyij",
        "vcbf",
        "wqes",
        "xzcs",
        "ytuh",
        "zxas",
    ]
}

_SPELLINGS = (
    "Muhammad Mohammed Mohammad Muhammed Mohamed",
    "Aisha Ayesha Aysha",
    "Zainab Zaynab Zeinab",
    "Yusuf Yousuf Yousef Yusef",
    "Musa Moosa",
    "Hussain Hussein Husain",
    "Maryam Mariam Miriam",
    "Amina Aminah Aamina",
    "Sara Sarah",
    "Hannah Hanna Hana",
    "Isabelle Isabel Isobel Isabella",
    "Sophie Sophia Sofia Sofie",
    "Lily Lilly Lillie",
    "Ellie Elly Elli",
    "Evie Evi Eva",
    "Maisie Maisy Mazie",
    "Chloe Khloe",
    "Zoe Zoey",
    "Theo Teo",
    "Harry Harrie",
    "Jaxon Jackson Jaxson",
    "Jayden Jaiden Jaden",
    "Aiden Aidan Ayden",
    "Kayden Kaiden Caden",
    "Conor Connor Conner",
    "Callum Calum",
    "Sebastian Sebastien",
    "Frederick Frederic Fredrick",
    "Matthew Mathew",
    "Nathan Nathen",
    "Michael Micheal",
    "Isaac Issac",
    "Darcey Darcie Darcy",
    "Lexi Lexie",
    "Kayla Kaylah Caila",
    "Leah Lia Lea",
    "Eleanor Elenor Elinor",
)


def slip(values: pl.Series, chosen: pl.Series, change: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """``values`` with the chosen, non-null ones replaced by ``change`` of them; a new series."""
    rows = (chosen & values.is_not_null()).arg_true()
    return values.clone().scatter(rows, change(values.gather(rows))) if rows.len() else values


def typo(values: pl.Series, draws: Draws) -> pl.Series:
    """One key wrong: a letter dropped, doubled, exchanged with the next, or the key beside it pressed."""
    size = values.len()
    frame = pl.DataFrame({"t": values}).with_columns(
        kind=draws.whole("kind", size, 0, 3), u=draws.uniform("where", size), v=draws.uniform("key", size)
    )
    length = pl.col("t").str.len_chars().cast(pl.Int64)
    frame = frame.with_columns(p=(pl.col("u") * length).floor().cast(pl.Int64), length=length).with_columns(
        q=pl.col("p").clip(0, pl.max_horizontal(pl.col("length") - 2, 0))
    )
    text, p, q = pl.col("t"), pl.col("p"), pl.col("q")
    keys = text.str.slice(p, 1).str.to_lowercase().replace_strict(_BESIDE, default="eai")
    key = keys.str.slice((pl.col("v") * 3).floor().cast(pl.Int64), 1)
    return frame.select(
        t=pl.when(pl.col("length") < 2)
        .then(text + text)
        .when(pl.col("kind") == 0)
        .then(text.str.slice(0, p) + text.str.slice(p + 1))
        .when(pl.col("kind") == 1)
        .then(text.str.slice(0, p + 1) + text.str.slice(p))
        .when(pl.col("kind") == 2)
        .then(text.str.slice(0, q) + text.str.slice(q + 1, 1) + text.str.slice(q, 1) + text.str.slice(q + 2))
        .otherwise(text.str.slice(0, p) + key + text.str.slice(p + 1))
    )["t"]


def nickname(values: pl.Series, draws: Draws) -> pl.Series:
    """A short or long form of an English forename, from the nicknames package."""
    return _another(values, _short_forms(), draws)


def spelling(values: pl.Series, draws: Draws) -> pl.Series:
    """Another spelling of the same forename: a listed one, or an ending written the other way."""
    listed = _another(values, _spelling_forms(), draws)
    text = pl.col("t")
    turned = pl.DataFrame({"t": values, "listed": listed}).select(
        t=pl.when(text != pl.col("listed"))
        .then("listed")
        .when(text.str.ends_with("ie"))
        .then(text.str.head(-2) + "y")
        .when(text.str.ends_with("y"))
        .then(text.str.head(-1) + "ie")
        .when(text.str.ends_with("ah"))
        .then(text.str.head(-1))
        .when(text.str.ends_with("a"))
        .then(text + "h")
        .when(text.str.contains("ck$"))
        .then(text.str.head(-2) + "k")
        .when(text.str.contains("ph"))
        .then(text.str.replace("ph", "f"))
        .when(text.str.contains("[lnt]$"))
        .then(text + text.str.tail(1))
        .otherwise(text)
    )
    return turned["t"]


def unhyphenated(values: pl.Series, draws: Draws) -> pl.Series:
    """A name of two parts: parts spaced, joined, or the first or last one alone."""
    parts = pl.col("t").str.splitn("-", 2).struct
    frame = pl.DataFrame({"t": values.str.replace(" ", "-")}).with_columns(
        one=parts.field("field_0"), two=parts.field("field_1"), kind=draws.whole("kind", values.len(), 0, 3)
    )
    changed = frame.select(
        t=pl.when(pl.col("two").is_null())
        .then("t")
        .when(pl.col("kind") == 0)
        .then(pl.col("one") + " " + pl.col("two"))
        .when(pl.col("kind") == 1)
        .then(pl.col("one") + pl.col("two").str.to_lowercase())
        .when(pl.col("kind") == 2)
        .then("one")
        .otherwise("two")
    )
    return changed["t"]


def unaccented(values: pl.Series) -> pl.Series:
    """Letters without their accents, as a system that knows only English letters writes them."""
    plain = values.str.normalize("NFKD").str.replace_all(r"\p{M}", "")
    strokes = {
        "ł": "l",
        "Ł": "L",
        "ı": "i",
        "ø": "o",
        "Ø": "O",
        "đ": "d",
        "Đ": "D",
        "ß": "ss",
        "æ": "ae",
        "Æ": "Ae",
    }
    return plain.str.replace_many(strokes)


def day_month_swapped(values: pl.Series) -> pl.Series:
    """Day and month exchanged, where that is a date."""
    return _dates(
        values,
        pl.when(pl.col("d") <= 12).then(pl.date("y", "d", "m")).otherwise(pl.date("y", "m", "d")),
    )


def one_part_wrong(values: pl.Series, draws: Draws, latest: date) -> pl.Series:
    """Day, month or year written wrong; never a date after ``latest`` by its year."""
    size = values.len()
    day = pl.Series([1, -1, 2, -2, 7, 10, -10, 20]).gather(draws.whole("day", size, 0, 7))
    month = draws.whole("month", size, 1, 11)
    year = pl.Series([1, -1, 1, -1, 2, -2, 10, -10]).gather(draws.whole("year", size, 0, 7))
    kind = draws.whole("part", size, 0, 2)
    moved = pl.col("y") + year
    wrong_year = pl.when(moved > latest.year).then(pl.col("y") - year.abs()).otherwise(moved)
    late = pl.col("d") > 28  # not in every month of every year: only its day can be wrong
    return _dates(
        values,
        pl.when((kind == 0) | late)
        .then(pl.date("y", "m", (pl.col("d") - 1 + day) % 28 + 1))
        .when(kind == 1)
        .then(pl.date("y", (pl.col("m") - 1 + month) % 12 + 1, pl.min_horizontal("d", 28)))
        .otherwise(pl.date(wrong_year, "m", pl.min_horizontal("d", 28))),
    )


def first_january(values: pl.Series) -> pl.Series:
    """1 January of the year: how systems write a day that is not known."""
    return _dates(values, pl.date("y", 1, 1))


def fifteenth(values: pl.Series) -> pl.Series:
    """The 15th of the month: how the Department for Education's guidance has an unknown day written."""
    return _dates(values, pl.date("y", "m", 15))


def digit_wrong(values: pl.Series, draws: Draws) -> pl.Series:
    """One digit of a number, not its first character, replaced by another digit."""
    size = values.len()
    place = draws.whole("place", size, 2, 8)
    step = draws.whole("step", size, 1, 9)
    frame = pl.DataFrame({"t": values, "p": place, "s": step})
    text, p = pl.col("t"), pl.col("p")
    other = ((text.str.slice(p, 1).cast(pl.Int64) + pl.col("s")) % 10).cast(pl.String)
    return frame.select(t=text.str.slice(0, p) + other + text.str.slice(p + 1))["t"]


def _dates(values: pl.Series, made: pl.Expr) -> pl.Series:
    parts = pl.DataFrame({"b": values}).select(
        y=pl.col("b").dt.year().cast(pl.Int64),
        m=pl.col("b").dt.month().cast(pl.Int64),
        d=pl.col("b").dt.day().cast(pl.Int64),
    )
    return parts.select(b=made)["b"]


def _another(values: pl.Series, forms: pl.DataFrame, draws: Draws) -> pl.Series:
    """One of the other forms of each name, in title case; the name itself where none is known."""
    frame = pl.DataFrame({"t": values, "u": draws.uniform("which", values.len())})
    found = frame.with_columns(name=pl.col("t").str.to_lowercase()).join(
        forms, on="name", how="left", maintain_order="left"
    )
    place = (pl.col("u") * pl.col("forms").list.len()).floor().cast(pl.Int64)
    return found.select(t=pl.coalesce(pl.col("forms").list.get(place, null_on_oob=True), "t"))["t"]


@cache
def _short_forms() -> pl.DataFrame:
    from nicknames import NickNamer

    table = NickNamer.default_lookup()
    forms: dict[str, set[str]] = {}
    for name, shorts in table.items():
        for short in shorts:
            forms.setdefault(name, set()).add(short)
            forms.setdefault(short, set()).add(name)
    return _forms(forms)


@cache
def _spelling_forms() -> pl.DataFrame:
    groups = [line.casefold().split() for line in _SPELLINGS]
    return _forms({name: set(group) - {name} for group in groups for name in group})


def _forms(forms: dict[str, set[str]]) -> pl.DataFrame:
    """Columns name and forms (list, alphabetical, in title case); sorted by name."""
    names: Iterable[str] = sorted(forms)
    rows = [{"name": name, "forms": [form.title() for form in sorted(forms[name])]} for name in names]
    return pl.DataFrame(rows, schema={"name": pl.String, "forms": pl.List(pl.String)})
