"""Extracts with markers that must never come out, a register that knows their records, a key and an agreement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from childlink.register import open_register
from childlink.sharing.key_file import MasterKey, write_master_key
from childlink.sharing.package import ShareRun, share

AT = "2026-11-21T10:00:00+00:00"
CHILDREN = 60

MARKERS = (
    "Zebedee", "Quillfeather", "9434765919", "B801200005001", "2012-04-28", "28/04/2012", "WV14 8DU", "WV148DU",
    "EDU-MARKER-1", "SOC-MARKER-1",
)  # fmt: skip
"""Cells of the first child's records."""

AGREEMENT = """
recipient = "example-university"
purpose = "attainment"
legal_basis = "UK GDPR article 6(1)(e)"
retention = 2030-03-31
reference_date = 2026-08-31

[columns.education]
date_of_birth = { as = "age band", name = "age_band" }
sex = "sex"
attendance = "as given"

[columns.social_care]
ethnicity = "group"
started = "month"

[disclosure]
quasi_identifiers = ["age_band", "sex"]
k = 5

[reidentification]
names = ["Amina Example", "Bryn Example"]
batch = 3
"""


def education() -> pl.DataFrame:
    """CHILDREN pupils: aged 14 or 9 on the reference date, F and M in turn."""
    numbers = range(1, CHILDREN + 1)
    return pl.DataFrame(
        {
            "record_id": [f"EDU-MARKER-{n}" for n in numbers],
            "upn": ["B801200005001" if n == 1 else "" for n in numbers],
            "forename": ["Zebedee" if n == 1 else f"Forename{n}" for n in numbers],
            "surname": ["Quillfeather" if n == 1 else f"Surname{n}" for n in numbers],
            "sex": ["F" if n % 2 else "M" for n in numbers],
            "date_of_birth": ["2012-04-28" if n % 3 else f"2017-05-{n % 28 + 1:02d}" for n in numbers],
            "postcode": ["WV14 8DU" if n == 1 else "B1 1AA" for n in numbers],
            "attendance": [str(80 + n % 5) for n in numbers],
            "notes": ["seen at WV14 8DU" if n == 1 else "" for n in numbers],
        }
    )


def social_care() -> pl.DataFrame:
    """The first forty of them, with the other source's ids."""
    numbers = range(1, 41)
    return pl.DataFrame(
        {
            "record_id": [f"SOC-MARKER-{n}" for n in numbers],
            "nhs_number": ["9434765919" if n == 1 else "" for n in numbers],
            "forename": ["Zebedee" if n == 1 else f"Forename{n}" for n in numbers],
            "surname": ["Quillfeather" if n == 1 else f"Surname{n}" for n in numbers],
            "dob": ["28/04/2012" if n % 3 else f"{n % 28 + 1:02d}/05/2017" for n in numbers],
            "ethnicity": ["WBRI" if n % 2 else "AIND" for n in numbers],
            "started": [f"{n % 28 + 1:02d}/02/2025" for n in numbers],
            "plan": ["=1+1" if n % 2 else "child protection" for n in numbers],
        }
    )


@dataclass
class World:
    """A folder with two extracts, their register, its key and an agreement."""

    folder: Path
    key: MasterKey
    sources: dict[str, Path] = field(default_factory=dict)

    @property
    def key_file(self) -> Path:
        return self.folder / "master.key"

    @property
    def register(self) -> str:
        return str(self.folder / "register.sqlite")

    @property
    def log(self) -> Path:
        return self.folder / "master.key.audit.jsonl"

    def agreement(self, text: str = AGREEMENT, **changes: str) -> Path:
        """The agreement's file, with ``changes`` of its text (old to new)."""
        for old, new in changes.items():
            text = text.replace(old, new)
        path = self.folder / "agreement.toml"
        path.write_text(text, encoding="utf-8")
        return path

    def replaced(self, *changes: tuple[str, str]) -> Path:
        """The agreement's file, each first text of ``changes`` replaced by the second."""
        text = AGREEMENT
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        return self.agreement(text)

    def share(self, agreement: Path | None = None, *, to: str = "package", **more: Any) -> ShareRun:
        """A package made, or refused."""
        given: Mapping[str, Any] = {"at": AT, "key_file": self.key_file, "sources": self.sources, **more}
        return share(
            agreement=agreement or self.agreement(), register=self.register, output=self.folder / to, **given
        )

    def write(self, name: str, frame: pl.DataFrame) -> None:
        """An extract's file."""
        self.sources[name] = self.folder / f"{name}.csv"
        frame.write_csv(self.sources[name])

    def link(self, *frames: tuple[str, pl.DataFrame]) -> None:
        """Put the records of extracts into the register: the number at the end of its id is the child."""
        records = pl.concat(
            frame.select(
                source=pl.lit(name), record_id="record_id", cluster=pl.col("record_id").str.extract(r"(\d+)$")
            )
            for name, frame in frames
        )
        with open_register(self.register, self.key.secret, seed=1) as register:
            register.assign(records)


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path, MasterKey(bytes(range(32))))
    write_master_key(made.key_file, made.key)
    frames = (("education", education()), ("social_care", social_care()))
    for name, frame in frames:
        made.write(name, frame)
    made.link(*frames)
    return made
