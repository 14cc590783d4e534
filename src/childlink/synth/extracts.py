"""What education, health and social care each write down about the children of a population."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from childlink.synth import slips
from childlink.synth.draws import Draws
from childlink.synth.made_numbers import temporary_upn
from childlink.synth.names import ETHNICITIES, draw_forenames
from childlink.synth.population import LAST_SCHOOL_BIRTH, REFERENCE_DAY, count_of
from childlink.synth.rates import LinkageRates

_BABY_DAYS = 90
_UNBORN = ("Unborn", "Unborn Baby", "Baby", "Unborn", "Infant")
_UNNAMED = ("Baby", "Baby Girl", "Baby Boy", "Infant", "Baby Of")
_STALE_BEFORE = {
    "education": 0.4,
    "health": 0.5,
    "social_care": 1.0,
}  # sources that still hold a birth identity


@dataclass(frozen=True)
class _Source:
    """How one source differs from the others: its name, coverage, repeats and what it holds."""

    name: str
    letter: str
    coverage: float
    repeats: float
    postcode_missing: float


def sources_of(rates: LinkageRates) -> list[_Source]:
    """The three sources in the order of the truth: education, health, social care."""
    return [
        _Source(
            "education",
            "E",
            rates.coverage_education,
            rates.repeats_education,
            rates.postcode_missing_education,
        ),
        _Source("health", "H", rates.coverage_health, rates.repeats_health, rates.postcode_missing_health),
        _Source(
            "social_care",
            "S",
            rates.coverage_social_care,
            rates.repeats_social_care,
            rates.postcode_missing_social_care,
        ),
    ]


def make_records(people: pl.DataFrame, source: _Source, draws: Draws, rates: LinkageRates) -> pl.DataFrame:
    """The records of one source, in random order.

    Columns: record_id (the source's letter and seven or more digits), person, forename, surname, sex (M, F,
    U), born (Date or null), ethnicity, postcode, nhs, upn; each may be wrong or null as the rates say.
    """
    records = _covered(people, source, draws.within("coverage"), rates)
    records = _with_addresses(records, source, draws.within("addresses"), rates)
    records = _with_identifiers(records, people, source, draws.within("identifiers"), rates)
    records = _with_names(records, draws.within("names"), rates)
    records = _with_dates_and_sex(records, source, draws.within("dates"), rates)
    records = _with_babies(records, source, draws.within("babies"), rates)
    records = _with_case(records, draws.within("case"), rates)
    order = draws.uniform("order", records.height).arg_sort()
    width = max(7, len(str(records.height)))
    return (
        records.select(pl.all().gather(order))
        .with_row_index("n")
        .select(
            (source.letter + pl.col("n").cast(pl.String).str.zfill(width)).alias("record_id"),
            "person",
            "forename",
            "surname",
            "sex",
            "born",
            "ethnicity",
            "postcode",
            "nhs",
            "upn",
        )
    )


def _covered(people: pl.DataFrame, source: _Source, draws: Draws, rates: LinkageRates) -> pl.DataFrame:
    """The people whom the source knows, those it holds twice below them."""
    size = people.height
    lucky = draws.uniform("child", size)
    if source.name == "social_care":
        families = count_of(people["family"])
        of_family = draws.uniform("family", families).gather(people["family"])
        together = draws.chance("together", size, rates.siblings_in_care_together)
        lucky = pl.select(u=pl.when(together).then(of_family).otherwise(lucky))["u"]
    coverage = (
        pl.when(pl.col("identity") == "before")
        .then(_STALE_BEFORE[source.name])
        .when(pl.col("identity") == "after")
        .then(0.0 if source.name == "social_care" else source.coverage)
        .otherwise(source.coverage)
    )
    eligible = (pl.col("born") <= LAST_SCHOOL_BIRTH) if source.name == "education" else pl.lit(True)
    known = people.filter(eligible & (lucky < coverage))
    again = known.filter(draws.chance("again", known.height, source.repeats))
    return pl.concat([known, again])


def _with_addresses(
    records: pl.DataFrame, source: _Source, draws: Draws, rates: LinkageRates
) -> pl.DataFrame:
    """Adds postcode: home, the family's former home or, in social care, a placement."""
    size = records.height
    families = count_of(records["family"])
    together = draws.chance("together", size, rates.moved_together)
    of_family = draws.uniform("family", families).gather(records["family"])
    own = draws.uniform("own", size)
    stale = pl.when(together).then(of_family).otherwise(own) < rates.former_postcode
    postcode = pl.when(stale).then("former_home").otherwise("home")
    if source.name == "social_care" and size:
        # a carer looks after about three children at a time, not often of one family
        carers = records["home"].gather(draws.whole("carers", max(1, size // 3), 0, size - 1))
        carer = carers.gather(draws.whole("carer", size, 0, carers.len() - 1))
        placed = draws.chance("placed", size, rates.placed_away)
        postcode = pl.when(placed).then(carer).otherwise(postcode)
    written = records.select(postcode=postcode)["postcode"]
    written = slips.slip(
        written,
        draws.chance("typo", size, rates.postcode_typo),
        lambda v: slips.typo(v, draws.within("typo")),
    )
    unspaced = draws.chance("unspaced", size, rates.postcode_unspaced)
    written = slips.slip(written, unspaced, lambda v: v.str.replace(" ", ""))
    written = slips.slip(
        written, draws.chance("lower", size, rates.postcode_lower), lambda v: v.str.to_lowercase()
    )
    missing = draws.chance("missing", size, source.postcode_missing)
    return records.with_columns(postcode=pl.when(~missing).then(written))


def _with_identifiers(
    records: pl.DataFrame, people: pl.DataFrame, source: _Source, draws: Draws, rates: LinkageRates
) -> pl.DataFrame:
    """Puts wrong, temporary and missing numbers in place of some."""
    size = records.height
    for kind in ("nhs", "upn"):
        stream = draws.within(kind)
        numbers = records[kind]
        twins = people[kind].gather(records["twin"])
        other = people[kind].gather(stream.whole("who", size, 0, people.height - 1))
        of_twin = stream.chance("of twin", size, rates.identifier_of_twin) & twins.is_not_null()
        of_other = stream.chance("of other", size, rates.identifier_of_other) & other.is_not_null()
        numbers = pl.select(
            n=pl.when(numbers.is_null())
            .then(None)
            .when(of_twin)
            .then(twins)
            .when(of_other)
            .then(other)
            .otherwise(numbers)
        )["n"]
        typed = stream.chance("typo", size, rates.identifier_typo)
        numbers = slips.slip(numbers, typed, lambda v, s=stream: slips.digit_wrong(v, s))  # type: ignore[misc]
        if kind == "upn" and source.name == "education":
            temporary = stream.chance("temporary", size, rates.upn_temporary)
            numbers = slips.slip(numbers, temporary, lambda v, s=stream: temporary_upn(v, s))  # type: ignore[misc]
        missing = stream.chance("missing", size, _missing(kind, source.name, rates))
        records = records.with_columns(pl.when(~missing).then(numbers).alias(kind))
    return records


def _missing(kind: str, source: str, rates: LinkageRates) -> float:
    return {
        ("nhs", "health"): rates.nhs_missing_health,
        ("nhs", "social_care"): rates.nhs_missing_social_care,
        ("upn", "education"): rates.upn_missing_education,
        ("upn", "social_care"): rates.upn_missing_social_care,
    }.get((kind, source), 1.0)


def _with_names(records: pl.DataFrame, draws: Draws, rates: LinkageRates) -> pl.DataFrame:
    """Changes forename and surname as the rates say: whole names first, then spellings, then single keys."""
    size = records.height

    def some(name: str, rate: float) -> pl.Series:
        return draws.chance(name, size, rate)

    def changed(values: pl.Series, name: str, rate: float, change: Callable[..., pl.Series]) -> pl.Series:
        return slips.slip(values, some(name, rate), lambda v: change(v, draws.within(name)))

    other = draw_forenames(records, draws.uniform("other forename", size))
    second = pl.col("second_forename")
    names = records.with_columns(
        forename=pl.when(some("forename changed", rates.forename_changed))
        .then(other)
        .when(second.is_not_null() & some("second used", rates.second_forename_used))
        .then(second)
        .when(second.is_not_null() & some("second written", rates.second_forename_written))
        .then(pl.col("forename") + " " + second)
        .otherwise("forename"),
        surname=pl.when(some("surname changed", rates.surname_changed))
        .then("other_surname")
        .otherwise("surname"),
    )
    forename, surname = names["forename"], names["surname"]
    forename = changed(forename, "nickname", rates.nickname, slips.nickname)
    forename = changed(forename, "spelling", rates.spelling_variant, slips.spelling)
    forename = changed(forename, "forename hyphen", rates.hyphen_changed, slips.unhyphenated)
    surname = changed(surname, "surname hyphen", rates.hyphen_changed, slips.unhyphenated)
    forename = changed(forename, "forename typo", rates.forename_typo, slips.typo)
    surname = changed(surname, "surname typo", rates.surname_typo, slips.typo)
    plain = some("accents", rates.accents_lost)
    forename, surname = (slips.slip(names, plain, slips.unaccented) for names in (forename, surname))
    swapped = some("swapped", rates.names_swapped)
    return records.with_columns(
        forename=pl.when(swapped).then(surname).otherwise(forename),
        surname=pl.when(swapped).then(forename).otherwise(surname),
    )


def _with_dates_and_sex(
    records: pl.DataFrame, source: _Source, draws: Draws, rates: LinkageRates
) -> pl.DataFrame:
    """Changes born and sex, and the ethnicity written down. ``true_born`` keeps the date as it is."""
    size = records.height

    def some(name: str, rate: float) -> pl.Series:
        return draws.chance(name, size, rate)

    born = records["born"]
    wrong = born.gather(draws.whole("whose", size, 0, max(0, size - 1))) if size else born
    swapped = some("swapped", rates.date_day_month_swapped) & (born.dt.day() <= 12)
    written = slips.slip(born, swapped, slips.day_month_swapped)
    written = slips.slip(
        written,
        some("part", rates.date_one_part_wrong),
        lambda v: slips.one_part_wrong(v, draws.within("part"), REFERENCE_DAY),
    )
    written = slips.slip(written, some("january", rates.date_first_january), slips.first_january)
    written = slips.slip(written, some("fifteenth", rates.date_fifteenth), slips.fifteenth)
    any_other, missing = some("wrong", rates.date_wrong), some("missing", rates.date_missing)
    unknown = {"health": rates.sex_unknown_health, "social_care": rates.sex_unknown_social_care}
    ethnicities = pl.Series(list(ETHNICITIES))
    another = ethnicities.gather(draws.weighted("other", size, [share for _, share in ETHNICITIES.values()]))
    return records.with_columns(
        true_born=born,
        born=pl.when(missing).then(None).when(any_other).then(wrong).otherwise(written),
        sex=pl.when(some("sex unknown", unknown.get(source.name, 0.0)))
        .then(pl.lit("U"))
        .when(some("sex wrong", rates.sex_wrong))
        .then(pl.col("sex").replace({"M": "F", "F": "M"}))
        .otherwise("sex"),
        ethnicity=pl.when(some("not obtained", rates.ethnicity_not_obtained))
        .then(pl.lit("NOBT"))
        .when(some("other ethnicity", rates.ethnicity_differs))
        .then(another)
        .otherwise("ethnicity"),
    )


def _with_babies(records: pl.DataFrame, source: _Source, draws: Draws, rates: LinkageRates) -> pl.DataFrame:
    """Records made before a birth, with the expected date (social care), or before the naming (health)."""
    size = records.height
    baby = pl.col("true_born") > pl.lit(REFERENCE_DAY) - pl.duration(days=_BABY_DAYS)
    if source.name == "social_care":
        unborn = baby & draws.chance("unborn", size, rates.unborn)
        placeholder = pl.Series(_UNBORN).gather(draws.whole("placeholder", size, 0, len(_UNBORN) - 1))
        days = draws.whole("early or late", size, -10, 14)
        return records.with_columns(
            forename=pl.when(unborn).then(placeholder).otherwise("forename"),
            born=pl.when(unborn).then(pl.col("true_born") + pl.duration(days=pl.lit(days))).otherwise("born"),
            sex=pl.when(unborn & draws.chance("sex not known", size, 0.6)).then(pl.lit("U")).otherwise("sex"),
            nhs=pl.when(~unborn).then("nhs"),
        )
    if source.name == "health":
        unnamed = baby & draws.chance("unnamed", size, rates.unnamed)
        placeholder = pl.Series(_UNNAMED).gather(draws.whole("placeholder", size, 0, len(_UNNAMED) - 1))
        of_twin = pl.lit("Twin ") + (pl.col("place") + 1).cast(pl.String)
        forename = pl.when(pl.col("size") > 1).then(of_twin).otherwise(placeholder)
        return records.with_columns(forename=pl.when(unnamed).then(forename).otherwise("forename"))
    return records


def _with_case(records: pl.DataFrame, draws: Draws, rates: LinkageRates) -> pl.DataFrame:
    """Whole records in capitals or small letters; a space before or after a name."""
    size = records.height
    upper = draws.chance("upper", size, rates.upper_case)
    lower = draws.chance("lower", size, rates.lower_case)
    before, after = (
        draws.chance("before", size, rates.stray_space / 2),
        draws.chance("after", size, rates.stray_space / 2),
    )
    cased = records.with_columns(
        pl.when(upper)
        .then(pl.col(name).str.to_uppercase())
        .when(lower)
        .then(pl.col(name).str.to_lowercase())
        .otherwise(name)
        .alias(name)
        for name in ("forename", "surname")
    )
    name = pl.col("forename")
    return cased.with_columns(
        forename=pl.when(before).then(" " + name).when(after).then(name + " ").otherwise(name),
    )
