"""Laws of the rules across returns: each says its condition and its reason, and finds what a slow, obvious reading of
the same tables finds."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date

import polars as pl
import pytest

from childlink.rules import rule_book
from childlink.validation import check_findings, check_rule

BOOK = rule_book("cross")
YEAR, START, END = "2025-26", date(2025, 4, 1), date(2026, 3, 31)
UPNS = ["B801200005001", "Y318123424001", "X845212818005", "X31812342401A", "A801200005001", "UN1", None]
PERMANENT = UPNS[:3]
Row = dict[str, str | None]
Tables = dict[str, list[Row]]


def test_every_rule_is_of_childlinks_own_with_a_condition_and_a_reason() -> None:
    for code in BOOK.codes():
        (rule,) = BOOK.versions(code)
        assert code.startswith("X-")
        assert not rule.published_by(BOOK.schema)
        condition, reason = rule.condition.split("\n\n")
        assert reason.startswith("Why: ")
        assert condition.endswith(".")
        assert (rule.severity == "query") == rule.message.startswith("Please check: ")


def test_every_column_is_one_of_its_return() -> None:
    for name, table in BOOK.schema.tables.items():
        of_return, _, of_table = name.partition(" ")
        source = rule_book(of_return).schema.tables[of_table]
        known = {f.name: f for f in (*source.fields, *source.derived)}
        for column in table.fields:
            assert column.name in known, (name, column.name)
            assert (column.type == "date") == (known[column.name].type == "date"), (name, column.name)


def test_every_form_of_dates_is_one_of_a_return() -> None:
    sources = {name.split()[0] for name in BOOK.schema.tables}
    forms = {form for name in sources for form in rule_book(name).schema.dates}
    assert set(BOOK.schema.dates) == forms


# --- a slow, obvious reading ----------------------------------------------------------------------------------


def key(child: str | None) -> str | None:
    return (child or "").strip().upper() or None


def day(text: str | None) -> date | None:
    for order in ((2, 1, 0), (0, 1, 2)):
        parts = (text or "").replace("/", "-").split("-")
        try:
            return date(*(int(parts[place]) for place in order))
        except (ValueError, IndexError):
            continue
    return None


def sex(text: str | None) -> str | None:
    return {"M": "M", "1": "M", "F": "F", "2": "F"}.get((text or "").strip().upper())


def once(rows: list[Row], column: str) -> dict[str, int]:
    """The place of the row of each id that stands on one row alone."""
    times = Counter(key(row[column]) for row in rows)
    return {k: n for n, row in enumerate(rows) if (k := key(row[column])) and times[k] == 1}


def pairs(tables: Tables) -> list[tuple[int, int]]:
    left = once(tables["ssda903 Header"], "CHILD")
    right = once(tables["cin ChildIdentifiers"], "LAchildID")
    return [(left[k], right[k]) for k in left if k in right]


def differing(tables: Tables, value: Callable[[Row, Row], bool]) -> list[Mapping[str, list[int]]]:
    header, identifiers = tables["ssda903 Header"], tables["cin ChildIdentifiers"]
    return [
        {"ssda903 Header": [a], "cin ChildIdentifiers": [b]}
        for a, b in pairs(tables)
        if value(header[a], identifiers[b])
    ]


def birth_dates(tables: Tables) -> list[Mapping[str, list[int]]]:
    def differ(a: Row, b: Row) -> bool:
        one, other = day(a["DOB"]), day(b["PersonBirthDate"])
        return one is not None and other is not None and one != other

    return differing(tables, differ)


def sexes(tables: Tables) -> list[Mapping[str, list[int]]]:
    def differ(a: Row, b: Row) -> bool:
        return {sex(a["SEX"]), sex(b["Sex"])} == {"F", "M"}

    return differing(tables, differ)


def adopted(tables: Tables) -> set[str | None]:
    ordered = {key(r["CHILD"]) for r in tables["ssda903 Episodes"] if r["REC"] in ("E11", "E12")}
    closed = {key(r["LAchildID"]) for r in tables["cin CINdetails"] if r["ReasonForClosure"] == "RC1"}
    return (ordered | closed) - {None}


def upns(tables: Tables) -> list[Mapping[str, list[int]]]:
    left_out = adopted(tables)

    def differ(a: Row, b: Row) -> bool:
        one, other = a["UPN"], b["UPN"]
        known = all(number and len(number) == 13 for number in (one, other))
        lasting = all(number and number[-1].isdigit() for number in (one, other))
        former = one == b["FormerUPN"]
        return known and lasting and one != other and not former and key(a["CHILD"]) not in left_out

    return differing(tables, differ)


def is_open(row: Row) -> bool:
    begun = (day(row["DECOM"]) or date.max) <= END
    ended = row["DEC"] is not None and (day(row["DEC"]) or date.min) <= END
    return begun and not ended and row["LS"] not in ("V3", "V4") and key(row["CHILD"]) is not None


def case_may_be_open(row: Row) -> bool:
    closed = day(row["CINclosureDate"])
    return (closed is None or closed > END) and row["ReferralNFA"] not in ("true", "1", "TRUE")


def not_in_need(tables: Tables) -> list[Mapping[str, list[int]]]:
    cases = {key(r["LAchildID"]) for r in tables["cin CINdetails"]}
    found: dict[str | None, list[int]] = {}
    for n, row in enumerate(tables["ssda903 Episodes"]):
        if is_open(row) and key(row["CHILD"]) not in cases:
            found.setdefault(key(row["CHILD"]), []).append(n)
    return [{"ssda903 Episodes": rows} for rows in found.values()]


def closed(tables: Tables) -> list[Mapping[str, list[int]]]:
    episodes, details = tables["ssda903 Episodes"], tables["cin CINdetails"]
    found = []
    for child in {key(r["CHILD"]) for r in episodes if is_open(r)}:
        cases = [n for n, r in enumerate(details) if key(r["LAchildID"]) == child]
        if cases and not any(case_may_be_open(details[n]) for n in cases):
            care = [n for n, r in enumerate(episodes) if key(r["CHILD"]) == child and is_open(r)]
            found.append({"ssda903 Episodes": care, "cin CINdetails": cases})
    return found


def shared_upns(tables: Tables) -> list[Mapping[str, list[int]]]:
    rows = [
        (table, n, (key(row[column]) or "").lstrip("0"), row["UPN"])
        for table, column in (("ssda903 Header", "CHILD"), ("cin ChildIdentifiers", "LAchildID"))
        for n, row in enumerate(tables[table])
        if key(row[column]) and row["UPN"] and len(row["UPN"]) == 13
    ]
    sealed = {
        row[number]
        for table, column, numbers in (
            ("ssda903 Header", "CHILD", ("UPN",)),
            ("cin ChildIdentifiers", "LAchildID", ("UPN", "FormerUPN")),
        )
        for row in tables[table]
        for number in numbers
        if key(row[column]) in adopted(tables)
    }
    found = []
    for number in {r[3] for r in rows} - sealed:
        of_it = [r for r in rows if r[3] == number]
        if len({r[2] for r in of_it}) > 1 and len({r[0] for r in of_it}) > 1:
            by_table: dict[str, list[int]] = {}
            for table, n, _, _ in of_it:
                by_table.setdefault(table, []).append(n)
            found.append(by_table)
    return found


OBVIOUS: Mapping[str, Callable[[Tables], list[Mapping[str, list[int]]]]] = {
    "X-BIRTH-DATE": birth_dates,
    "X-SEX": sexes,
    "X-UPN": upns,
    "X-UPN-SHARED": shared_upns,
    "X-LOOKED-AFTER": not_in_need,
    "X-LOOKED-AFTER-CLOSED": closed,
}


def random_tables(seed: int) -> Tables:
    """A few children of both returns, as odd as records are."""
    dice = random.Random(seed)
    ids = ["1", "01", "a2", "A2", " 3", "4", "5", None, ""]
    british = ["01/04/2025", "31/03/2026", "30/03/2026", "1/5/2012", "30/02/2012", "2012-05-01", None, "x"]
    iso = ["2025-04-01", "2026-03-31", "2026-04-01", "2012-05-01", "2012-02-30", "01/05/2012", None, "x"]

    def rows(most: int, **columns: list[str | None]) -> list[Row]:
        return [{c: dice.choice(held) for c, held in columns.items()} for _ in range(dice.randint(1, most))]

    return {
        "ssda903 Header": rows(6, CHILD=ids, DOB=british, SEX=["M", "F", "1", "U", None], UPN=UPNS),
        "ssda903 Episodes": rows(
            8, CHILD=ids, DECOM=british, DEC=[*british, None, None], LS=["C2", "V3", None], REC=["E11", "E4A", *[None] * 4]
        ),
        "cin ChildIdentifiers": rows(
            6, LAchildID=ids, PersonBirthDate=iso, Sex=["M", "F", "2", "U", None], UPN=UPNS, FormerUPN=[*UPNS[:2], *[None] * 5]
        ),
        "cin CINdetails": rows(
            6, LAchildID=ids, CINclosureDate=iso, ReferralNFA=["true", "false", "1", None], ReasonForClosure=["RC1", "RC8", *[None] * 4]
        ),
    }  # fmt: skip


@pytest.mark.parametrize("code", OBVIOUS)
def test_a_rule_finds_what_an_obvious_reading_finds(code: str) -> None:
    flagged = 0
    for seed in range(60):
        tables = random_tables(seed)
        frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items()}
        texts = {n: f.with_columns(pl.all().cast(pl.String)) for n, f in frames.items()}
        found = check_findings("cross", code, year=YEAR, tables=texts)
        wanted = OBVIOUS[code](tables)
        assert sorted(sorted(f.items()) for f in found) == sorted(sorted(w.items()) for w in wanted), seed
        flagged += len(wanted)
    assert flagged > 3


def test_what_is_before_an_adoption_is_not_tied_to_what_is_after() -> None:
    """A child adopted in the year, whose UPN stands on another id, in SEN2 and in a school: nothing is said of it, in
    any of the four returns, whichever of them tells of the adoption."""
    upn = PERMANENT[0]
    people: dict[str, pl.DataFrame] = {
        "ssda903 Header": pl.DataFrame({"CHILD": ["1"], "DOB": ["01/02/2012"], "SEX": ["F"], "UPN": [upn]}),
        "cin ChildIdentifiers": pl.DataFrame(
            {"LAchildID": ["1", "2"], "UPN": [PERMANENT[1], upn], "PersonBirthDate": ["2012-02-01", "2012-02-02"]}
        ),
        "sen2 Persons": pl.DataFrame({"PersonID": ["1"], "UPN": [upn], "PersonBirthDate": ["2012-02-03"], "Sex": ["M"]}),
        "school_census pupilonroll": pl.DataFrame({"upn": [upn], "dob": ["2012-02-04"], "sex": ["F"]}),
    }  # fmt: skip
    told_by = {
        "ssda903 Episodes": pl.DataFrame({"CHILD": ["1"], "REC": ["E12"]}),
        "ssda903 AD1": pl.DataFrame({"CHILD": ["1"]}),
        "cin CINdetails": pl.DataFrame({"LAchildID": ["1"], "ReasonForClosure": ["RC1"]}),
    }
    codes = [code for code in BOOK.codes() if code.startswith("X-UPN") and code != "X-UPN-DEATH"]
    quiet = {"ssda903 Episodes": told_by["ssda903 Episodes"].with_columns(REC=pl.lit("E4A"))}
    assert any(check_rule("cross", code, year=YEAR, tables=people | quiet) for code in codes)
    for name, table in told_by.items():
        found = {c: check_rule("cross", c, year=YEAR, tables={**people, name: table}) for c in codes}
        assert [code for code, rows in found.items() if rows] == [], name
