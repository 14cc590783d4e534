"""Reading the dates of a return, in the forms its schema names and in no other."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

_DAY_FIRST = r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}"
_FORMS = {
    "%d/%m/%Y": (_DAY_FIRST, "dd/mm/yyyy"),
    "%m/%d/%Y": (_DAY_FIRST, "mm/dd/yyyy"),
    "%Y-%m-%d": ("[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}", "yyyy-mm-dd"),
    "%d-%m-%Y": ("[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}", "dd-mm-yyyy"),
    "%d.%m.%Y": (r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}", "dd.mm.yyyy"),
    "%Y%m%d": ("[0-9]{8}", "yyyymmdd"),
    "%d %b %Y": ("[0-9]{1,2} [A-Za-z]{3} [0-9]{4}", "dd Mon yyyy"),
    "%Y-%b-%d": ("[0-9]{4}-[A-Za-z]{3}-[0-9]{1,2}", "yyyy-Mon-dd"),
}
_TIME = " %H:%M:%S"
WRITTEN_AS_A_DATE = {form: rf"^{pattern}\z" for form, (pattern, _) in _FORMS.items()} | {
    form + _TIME: rf"^{pattern} [0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}\z" for form, (pattern, _) in _FORMS.items()
}
"""What a cell must look like to be a date of each form, nothing before or after. A time that is part of the form is
left out of the date."""
IN_WORDS = {form: words for form, (_, words) in _FORMS.items()} | {
    form + _TIME: f"{words} hh:mm:ss" for form, (_, words) in _FORMS.items()
}
"""The forms a schema may name, as people write them."""
FIRST_YEAR, LAST_YEAR = 1678, 2261
"""The years the DfE's published checks can hold (a nanosecond clock in 64 bits); others are no dates."""


def read_dates(text: pl.Expr, forms: str | Sequence[str] = "%d/%m/%Y") -> pl.Expr:
    """The dates that cells of text hold; null where a cell is empty or is no real date in one of ``forms``.

    A date has a day and a month of one or two digits, a year of four, nothing before or after, and exists in
    the calendar (spec of SSDA903 rules 102, 112, 1004 ...).
    """
    read = [_read(text, form) for form in ((forms,) if isinstance(forms, str) else forms)]
    return read[0] if len(read) == 1 else pl.coalesce(read)


def _read(text: pl.Expr, form: str) -> pl.Expr:
    date = (
        text.str.to_datetime(form, strict=False, time_unit="us").dt.date()
        if form.endswith(_TIME)
        else text.str.to_date(form, strict=False)
    )
    sound = text.str.contains(WRITTEN_AS_A_DATE[form]) & date.dt.year().is_between(FIRST_YEAR, LAST_YEAR)
    return pl.when(sound).then(date)
