"""Validating made returns without files, against the postcodes that they are made from."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from childlink.reference.local_authorities import find_authority
from childlink.reference.postcodes import PostcodeDirectory
from childlink.returns.model import Return
from childlink.returns.years import parse_year
from childlink.rules import rule_book
from childlink.synth import SyntheticReturn
from childlink.synth.places import postcodes
from childlink.validation import Report
from childlink.validation.validate import validate_return

TABLES = {
    "header": "Header",
    "episodes": "Episodes",
    "reviews": "Reviews",
    "uasc": "UASC",
    "oc2": "OC2",
    "oc3": "OC3",
    "ad1": "AD1",
    "placed_adoption": "PlacedAdoption",
    "prev_perm": "PrevPerm",
    "missing": "Missing",
    "sw_episodes": "SWEpisodes",
    "dolo": "DoLo",
}
Validate = Callable[..., Report]


@pytest.fixture(scope="session")
def sample_directory(tmp_path_factory: pytest.TempPathFactory) -> PostcodeDirectory:
    path = tmp_path_factory.mktemp("postcodes") / "sample.csv"
    headings = {"postcode": "pcd", "easting": "oseast1m", "northing": "osnrth1m", "district": "laua"}
    postcodes().select(*headings).rename(headings).write_csv(path)
    return PostcodeDirectory.from_csv(path)


@pytest.fixture(scope="session")
def validate(sample_directory: PostcodeDirectory) -> Validate:
    """The report on a made return: ``validate(made, year, la="E08000025")``."""

    def run(made: SyntheticReturn, year: str, la: str = "E08000025") -> Report:
        book = rule_book("ssda903")
        collection = parse_year(year)
        tables = {TABLES[name]: frame for name, frame in made.this.items()}
        tables |= {f"previous.{TABLES[name]}": frame for name, frame in made.previous.items()}
        read = Return(name="ssda903", year=collection, tables=tables, lines={}, inputs=(), file_format="csv")
        return validate_return(
            read,
            book,
            list(book.in_force(collection.name).values()),
            local_authority=find_authority(la).ons_code,
            postcodes=lambda: sample_directory,
        )

    return run
