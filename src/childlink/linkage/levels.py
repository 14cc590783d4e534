"""The fields of an agreement pattern and their levels, each with its words and its starting values.

Level 0 of every field means that one side has no value, and says nothing. Each level has a sentence in
words, for people who ask why two records were or were not linked.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Comparison:
    """One field of the pattern: its levels in words, and what it is likely to look like in each class.

    ``match`` and ``family`` are starting values for EM, level 1 first; ``exact`` tells whether level 1 has
    the rarity of its value put in place of the chance agreement.
    """

    field: str
    words: tuple[str, ...]
    match: tuple[float, ...]
    family: tuple[float, ...]
    exact: bool = False

    @property
    def levels(self) -> int:
        """Number of levels, level 0 (no value on one side) included."""
        return len(self.words)


FORENAME = Comparison(
    "forename",
    (
        "a forename is missing",
        "the forenames are the same",
        "one forename is a short or known-as form of the other",
        "the forenames have a word in common",
        "the forenames differ by one letter or one swap",
        "the forenames are spelt alike",
        "the forenames are somewhat alike",
        "the forenames differ",
    ),
    (0.86, 0.03, 0.02, 0.04, 0.02, 0.01, 0.02),
    (0.005, 0.003, 0.01, 0.005, 0.02, 0.03, 0.927),
    exact=True,
)
SURNAME = Comparison(
    "surname",
    (
        "a surname is missing",
        "the surnames are the same",
        "the surnames have a word in common",
        "the surnames differ by one letter or one swap",
        "the surnames are spelt alike",
        "the surnames differ",
    ),
    (0.88, 0.03, 0.03, 0.01, 0.05),
    (0.88, 0.03, 0.03, 0.01, 0.05),
    exact=True,
)
NAME_ORDER = Comparison(
    "name_order",
    ("", "the names are in the same order", "forename and surname are swapped"),
    (0.98, 0.02),
    (0.98, 0.02),
)
BORN = Comparison(
    "dob",
    (
        "a date of birth is missing",
        "the dates of birth are the same",
        "day and month of birth are swapped",
        "the dates of birth differ by one digit",
        "the dates of birth agree in two parts of three",
        "the year of birth agrees and one date is a stand-in such as 1 January",
        "only the year of birth agrees",
        "the dates of birth differ",
    ),
    (0.96, 0.008, 0.01, 0.01, 0.008, 0.002, 0.002),
    (0.5, 0.002, 0.02, 0.02, 0.008, 0.05, 0.4),
    exact=True,
)
SEX = Comparison(
    "sex", ("a sex is missing", "the sexes agree", "the sexes differ"), (0.995, 0.005), (0.55, 0.45)
)
POSTCODE = Comparison(
    "postcode",
    (
        "a postcode is missing",
        "a postcode is the same",
        "postcodes differ by one character or one swap",
        "the postcode sector is the same",
        "the postcode district is the same",
        "the postcodes differ",
    ),
    (0.7, 0.03, 0.03, 0.04, 0.2),
    (0.8, 0.02, 0.03, 0.03, 0.12),
    exact=True,
)

UPN_FORMER = 2
"""Level of the UPN field at which one record's UPN is the other's former UPN."""


def _identifier(field: str, called: str) -> Comparison:
    if field == "upn":
        of_upns = (
            "a UPN is missing",
            "the UPNs are the same",
            "one's UPN is the other's former UPN",
            "the UPNs differ",
        )
        return Comparison(field, of_upns, (0.97, 0.02, 0.01), (0.01, 0.001, 0.989))
    words = (f"{called} is missing", f"{called} is the same", f"{called} differs")
    return Comparison(field, words, (0.99, 0.01), (0.01, 0.99))


def _own_field(column: str) -> Comparison:
    called = column.removeprefix("x_").replace("_", " ")
    return Comparison(
        column,
        (
            f"{called} is missing",
            f"{called} is the same",
            f"{called} differs by one character or one swap",
            f"{called} is spelt alike",
            f"{called} is somewhat alike",
            f"{called} differs",
        ),
        (0.85, 0.05, 0.03, 0.02, 0.05),
        (0.5, 0.03, 0.02, 0.05, 0.4),
        exact=True,
    )


def comparisons(further: tuple[str, ...] = (), fields: tuple[str, ...] = ()) -> tuple[Comparison, ...]:
    """The fields of a pattern in order, the user's own identifiers (columns id_NAME) and then the user's own
    fields (columns x_NAME) last."""
    own = tuple(_identifier(column, f"the identifier {column.removeprefix('id_')}") for column in further)
    return (
        FORENAME, SURNAME, NAME_ORDER, BORN, SEX, POSTCODE,
        _identifier("nhs_number", "the NHS number"), _identifier("upn", "the UPN"),
        _identifier("uln", "the ULN"),
        *own,
        *(_own_field(column) for column in fields),
    )  # fmt: skip
