"""Children and their families: what is true of each before any source writes it down."""

from __future__ import annotations

from datetime import date, timedelta
from typing import cast

import polars as pl

from childlink.synth import places
from childlink.synth.draws import Draws
from childlink.synth.made_numbers import nhs_numbers, upns
from childlink.synth.names import ETHNICITIES, draw_forenames, draw_surnames
from childlink.synth.rates import LinkageRates

REFERENCE_DAY = date(2026, 3, 31)  # the day on which the extracts are taken
FIRST_BIRTH = date(2008, 4, 1)  # all are under 18 on that day
LAST_SCHOOL_BIRTH = date(2021, 8, 31)  # of school age: four by 1 September 2025
_SPAN = (REFERENCE_DAY - FIRST_BIRTH).days
_MOST_BIRTHS = 5


def make_population(children: int, draws: Draws, rates: LinkageRates) -> pl.DataFrame:
    """One row a person, in the order of families and births.

    Columns: person (0, 1, ...), family, birth, place (0 to 2 within the birth), size (children of the birth),
    heritage, ethnicity, sex (M, F), born, forename, second_forename, surname, other_surname, nhs, upn (null
    before school age), home, former_home, twin (person number of another child of the birth), identity
    ("whole"; "before" or "after" an adoption order). There are ``children`` children and one person more for
    each child adopted.
    """
    born = _born(_births(children, draws, rates), children, draws, rates)
    named = _named(_of_family(born, draws, rates), draws.within("names"), rates)
    with_adopted = _with_adopted(named, draws.within("adoption"), rates)
    people = _numbered(with_adopted, draws.within("numbers"), rates)
    return _housed(people, draws.within("homes"), rates)


def count_of(keys: pl.Series) -> int:
    """How many keys there are where they are numbered from 0."""
    return 0 if keys.is_empty() else int(cast("int", keys.max())) + 1


def _births(children: int, draws: Draws, rates: LinkageRates) -> pl.DataFrame:
    """One row a birth: family, order (0 is the youngest), size. Enough for ``children`` children."""
    lucky = draws.uniform("births", children)
    more = [(lucky < rates.another_birth**k).cast(pl.Int64) for k in range(1, _MOST_BIRTHS)]
    families = pl.DataFrame({"births": 1 + sum(more)}).with_row_index("family")
    families = families.filter(pl.col("births").cum_sum() - pl.col("births") < children)
    births = families.select("family", order=pl.int_ranges(0, "births")).explode("order")
    size = births.height
    several = draws.chance("several", size, rates.twin_births).cast(pl.Int64)
    third = draws.chance("third", size, rates.triplets).cast(pl.Int64)
    return births.with_columns(size=1 + several + several * third).with_row_index("birth")


def _born(births: pl.DataFrame, wanted: int, draws: Draws, rates: LinkageRates) -> pl.DataFrame:
    """One row a child with born and sex; the last family may be cut short to keep the count."""
    youngest = draws.whole("youngest", births["family"].n_unique(), 0, _SPAN)
    gap = draws.whole("gap", births.height, 320, 1500)
    one_sex = draws.chance("one sex", births.height, max(0.0, 2 * rates.twins_same_sex - 1))
    shared = draws.uniform("shared sex", births.height)
    births = births.with_columns(
        gap=pl.when(pl.col("order") > 0).then(gap).otherwise(0), one_sex=one_sex, shared=shared
    ).with_columns(
        before=(youngest.gather(births["family"]) - pl.col("gap").cum_sum().over("family")) % (_SPAN + 1)
    )
    children = births.with_columns(
        born=pl.lit(FIRST_BIRTH) + pl.duration(days="before"), place=pl.int_ranges(0, "size")
    ).explode("place")
    own = draws.uniform("own sex", children.height)
    coin = pl.when("one_sex").then("shared").otherwise(own)
    sex = pl.when(coin < 0.512).then(pl.lit("M")).otherwise(pl.lit("F"))
    columns = ("family", "birth", "place", "size", "born", "sex")
    return children.with_columns(sex=sex).select(columns).head(wanted)


def _of_family(children: pl.DataFrame, draws: Draws, rates: LinkageRates) -> pl.DataFrame:
    """Adds what siblings share: ethnicity, heritage, surname (and the surname of the other parent)."""
    size = children["family"].n_unique()
    spots = draws.weighted("ethnicity", size, [share for _, share in ETHNICITIES.values()])
    families = pl.DataFrame(
        {
            "family": children["family"].unique(maintain_order=True),
            "ethnicity": pl.Series(list(ETHNICITIES)).gather(spots),
            "heritage": pl.Series([heritage for heritage, _ in ETHNICITIES.values()]).gather(spots),
        }
    )
    one = draw_surnames(families, draws.uniform("surname", size))
    two = draw_surnames(families, draws.uniform("other surname", size))
    both = draws.chance("double", size, rates.double_barrelled)
    families = families.with_columns(
        family_surname=pl.when(both).then(one + "-" + two).otherwise(one), second_surname=two
    )
    return children.join(families, on="family", how="left", maintain_order="left")


def _named(children: pl.DataFrame, draws: Draws, rates: LinkageRates) -> pl.DataFrame:
    """Adds forename, second_forename, surname and other_surname (what the child is also known by)."""
    size = children.height
    births = count_of(children["birth"])
    alike = draws.chance("alike", births, rates.twin_names_alike).gather(children["birth"])
    of_birth = draws.uniform("birth's name", births).gather(children["birth"])
    step = draws.uniform("step", size) * 0.02 + children["place"].cast(pl.Float64) * 0.02
    own = draws.uniform("forename", size)
    spot = pl.select(u=pl.when(alike).then((of_birth + step) % 1).otherwise(own))["u"]
    forename = draw_forenames(children, spot)
    for again in range(4):  # siblings do not share a forename
        taken = (
            ~children.select("family")
            .with_columns(forename=forename)
            .select(first=pl.struct("family", "forename").is_first_distinct())["first"]
        )
        spot = pl.select(u=pl.when(taken).then((spot + 0.11 + 0.07 * again) % 1).otherwise(spot))["u"]
        forename = draw_forenames(children, spot)
    second = draw_forenames(children, draws.uniform("second forename", size))
    has_second = draws.chance("has second", size, rates.second_forename)
    blended = draws.chance("blended", births, rates.blended_surname).gather(children["birth"])
    other = draw_surnames(children, draws.uniform("new surname", size))
    return children.with_columns(
        forename=forename,
        second_forename=pl.when(has_second & (second != forename)).then(second),
        surname=pl.when(blended).then("second_surname").otherwise("family_surname"),
        other_surname=pl.when(blended).then("family_surname").otherwise(other),
    ).drop("family_surname", "second_surname")


def _with_adopted(children: pl.DataFrame, draws: Draws, rates: LinkageRates) -> pl.DataFrame:
    """Adds identity, and below the children the second person that each adopted one has become."""
    size = children.height
    old = REFERENCE_DAY - timedelta(days=365)
    young = REFERENCE_DAY - timedelta(days=365 * 11)
    # a rate among all children, so those of the right age are taken more often
    eligible = (children["born"] <= old) & (children["born"] > young)
    share = float(eligible.mean() or 1.0)  # type: ignore[arg-type]
    adopted = eligible & draws.chance("adopted", size, min(1.0, rates.adopted / share))
    children = children.with_columns(
        identity=pl.when(adopted).then(pl.lit("before")).otherwise(pl.lit("whole")),
    )
    after = children.filter(adopted)
    families = count_of(children["family"])
    births = count_of(children["birth"])
    renamed = draws.chance("renamed", after.height, 0.3)
    new_forename = draw_forenames(after, draws.uniform("forename", after.height))
    new_surname = draw_surnames(after, draws.uniform("surname", after.height))
    after = after.with_columns(
        family=families + pl.int_range(pl.len(), dtype=pl.UInt32),
        birth=births + pl.int_range(pl.len(), dtype=pl.UInt32),
        place=pl.lit(0, dtype=pl.Int64),
        size=pl.lit(1, dtype=pl.Int64),
        forename=pl.when(renamed).then(new_forename).otherwise("forename"),
        surname=new_surname,
        other_surname=new_surname,
        identity=pl.lit("after"),
    )
    return pl.concat(
        [children.cast({"family": pl.UInt32, "birth": pl.UInt32}), after], how="vertical_relaxed"
    )


def _numbered(people: pl.DataFrame, draws: Draws, rates: LinkageRates) -> pl.DataFrame:
    """Numbers the people and gives them NHS numbers and UPNs."""
    people = people.with_row_index("person").with_columns(pl.col("person").cast(pl.Int64))
    size = people.height
    births = count_of(people["birth"])
    in_a_row = draws.chance("in a row", births, rates.twin_numbers_consecutive).gather(people["birth"])
    people = people.with_columns(
        head=pl.when(in_a_row).then(pl.col("person").first().over("birth")).otherwise("person"),
        step=pl.when(in_a_row).then("place").otherwise(0),
        twin=pl.when(pl.len().over("birth") > 1).then(
            pl.col("person").first().over("birth") + (pl.col("place") + 1) % pl.len().over("birth")
        ),
    )
    runs = nhs_numbers(draws, size).select(pl.all().gather(people["head"]))
    number = pl.select(
        nhs=pl.when(people["step"] == 0)
        .then(runs["first"])
        .when(people["step"] == 1)
        .then(runs["second"])
        .otherwise(runs["third"])
    )["nhs"]
    entry = (people["born"].dt.year() + 4 + (people["born"].dt.month() >= 9).cast(pl.Int32)) % 100
    upn = upns(draws, entry.cast(pl.Int64), people["head"], people["step"])
    return people.with_columns(nhs=number, upn=pl.when(pl.col("born") <= LAST_SCHOOL_BIRTH).then(upn)).drop(
        "head", "step"
    )


def _housed(people: pl.DataFrame, draws: Draws, rates: LinkageRates) -> pl.DataFrame:
    """Adds home and former_home, shared by a family; several families live at one postcode."""
    families = count_of(people["family"])
    wanted = max(3, round(families / rates.families_per_postcode))
    known = places.home_postcodes(draws, wanted)
    home = known.gather(draws.whole("home", families, 0, known.len() - 1))
    former = known.gather(draws.whole("former", families, 0, known.len() - 1))
    return people.with_columns(
        home=home.gather(people["family"]), former_home=former.gather(people["family"])
    )
