"""Three extracts about the same children, with the truth of which records are whose."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from childlink.errors import UsageFault
from childlink.progress import Progress, unwatched
from childlink.synth.draws import Draws
from childlink.synth.extracts import make_records, sources_of
from childlink.synth.population import make_population
from childlink.synth.rates import LinkageRates


@dataclass(frozen=True)
class SyntheticExtracts:
    """Extracts as text, empty cells null, in the columns of the files; and the truth.

    ``truth``: source, record_id, person (text); one row a record, sorted by person, source, record_id.
    """

    education: pl.DataFrame
    health: pl.DataFrame
    social_care: pl.DataFrame
    truth: pl.DataFrame

    def files(self) -> dict[str, pl.DataFrame]:
        """File names and what goes into them."""
        return {
            "education.csv": self.education,
            "health.csv": self.health,
            "social_care.csv": self.social_care,
            "truth.csv": self.truth,
        }


def make_linkage(
    children: int, seed: int, rates: LinkageRates | None = None, *, progress: Progress = unwatched
) -> SyntheticExtracts:
    """Extracts of education, health and social care about ``children`` children, who are nobody.

    The same arguments give the same frames, with the same versions of Faker and of the nicknames package,
    whose name lists are drawn from. Raises UsageFault when ``children`` is less than 1.
    """
    if children < 1:
        raise UsageFault(f"cannot make {children} children", allowed="1 or more", next_step="--children 8000")
    rates = rates or LinkageRates()
    draws = Draws(f"linkage {seed}")
    progress("families", 0, 4)
    people = make_population(children, draws.within("population"), rates)
    made: dict[str, pl.DataFrame] = {}
    for step, source in enumerate(sources_of(rates), start=1):
        progress(source.name, step, 4)
        made[source.name] = make_records(people, source, draws.within(source.name), rates)
    progress("truth", 4, 4)
    return SyntheticExtracts(
        education=_education(made["education"]),
        health=_health(made["health"]),
        social_care=_social_care(made["social_care"]),
        truth=_truth(made),
    )


def _education(records: pl.DataFrame) -> pl.DataFrame:
    return records.select(
        "record_id",
        "upn",
        "forename",
        "surname",
        "sex",
        date_of_birth=pl.col("born").dt.strftime("%Y-%m-%d"),
        ethnicity="ethnicity",
        postcode="postcode",
    )


def _health(records: pl.DataFrame) -> pl.DataFrame:
    return records.select(
        "record_id",
        nhs_number="nhs",
        given_name="forename",
        family_name="surname",
        gender_code=pl.col("sex").replace({"M": "1", "F": "2", "U": "9"}),
        birth_date=pl.col("born").dt.strftime("%Y%m%d"),
        postcode="postcode",
    )


def _social_care(records: pl.DataFrame) -> pl.DataFrame:
    return records.select(
        "record_id",
        "upn",
        nhs_number="nhs",
        forename="forename",
        surname="surname",
        sex=pl.col("sex").replace({"M": "1", "F": "2", "U": "0"}),
        dob=pl.col("born").dt.strftime("%d/%m/%Y"),
        ethnicity="ethnicity",
        placement_postcode="postcode",
    )


def _truth(made: dict[str, pl.DataFrame]) -> pl.DataFrame:
    parts = [
        frame.select(pl.lit(name).alias("source"), "record_id", "person") for name, frame in made.items()
    ]
    return pl.concat(parts).sort("person", "source", "record_id").cast({"person": pl.String})
