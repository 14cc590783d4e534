"""How often everything happens in made extracts. Every rate can be set; none is hidden elsewhere.

Where a default comes from (keys as in the literature on linking English records):

- CPFT: an NHS trust's measured disagreement between records of one person: surname wholly different 5.7 %
  (female) and 1.3 % (male), forename wholly different 0.6 %, date of birth 0.49 % (93 % of those in one part
  only), sex 0.33 %, postcode wholly different 30 %.
- ALSPAC: between two waves of a children's cohort 18 % of surnames and 12 % of forenames differ in some way.
- The rest are set so that records of one child, compared across sources, disagree about as often as ALSPAC's
  do in names and rather more often than CPFT's in dates and sex: harder than an average file, as children's are.

A rate written "a record" is drawn anew for every record; "a child" once for all records of the child.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from childlink.errors import ChildlinkError, UsageFault, unknown_name


@dataclass(frozen=True)
class LinkageRates:
    """Rates between 0 and 1 (``families_per_postcode`` alone is a count). Unknown values raise at once."""

    # families
    another_birth: float = 0.42  # after each birth, up to four more in the family
    twin_births: float = (
        0.035  # births that give two or more; about 0.015 in England, raised: twins are the test
    )
    triplets: float = 0.02  # multiple births that give three
    twins_same_sex: float = 0.67  # multiple births of one sex only: identical, and half of the rest
    twin_names_alike: float = 0.15  # multiple births named alike (one initial)
    twin_numbers_consecutive: float = 0.5  # multiple births with NHS numbers and UPNs in a row
    blended_surname: float = 0.10  # births named after the other parent, unlike the siblings
    double_barrelled: float = 0.06  # families with a hyphenated surname
    second_forename: float = 0.5  # children who have one
    families_per_postcode: float = 7.0  # mean count; a unit postcode holds about 17 households of all kinds

    # coverage
    coverage_education: float = 0.963  # children of school age (4 by 1 September, under 18)
    coverage_health: float = 0.98
    coverage_social_care: float = 0.12
    siblings_in_care_together: float = 0.4  # children whose place in social care goes with their family's
    adopted: float = 0.004  # children of 1 to 11 with an identity before and one after the order
    repeats_education: float = 0.008  # records that stand a second time in the same source
    repeats_health: float = 0.014
    repeats_social_care: float = 0.044

    # addresses, a record
    former_postcode: float = 0.11  # an address the family has left
    moved_together: float = 0.7  # those where the family's other records are just as old
    placed_away: float = 0.30  # social care: a placement elsewhere; carers are shared by unrelated children
    postcode_missing_education: float = 0.015
    postcode_missing_health: float = 0.017
    postcode_missing_social_care: float = 0.038
    postcode_typo: float = 0.008
    postcode_unspaced: float = 0.012
    postcode_lower: float = 0.004

    # names, a record
    surname_changed: float = 0.018  # the child's other surname; CPFT 1.3 % to 5.7 % a pair
    forename_changed: float = 0.003  # another forename altogether; CPFT 0.6 % a pair
    surname_typo: float = 0.04
    forename_typo: float = 0.035
    nickname: float = 0.02
    spelling_variant: float = 0.012
    second_forename_used: float = 0.004  # known by the second forename
    second_forename_written: float = 0.008  # both forenames in one field
    names_swapped: float = 0.009
    hyphen_changed: float = 0.15  # of names with a hyphen or a space: spaced, joined, or one part left out
    accents_lost: float = 0.6  # of names with accents: written without
    upper_case: float = 0.148
    lower_case: float = 0.03
    stray_space: float = 0.01

    # dates and sex, a record
    date_day_month_swapped: float = 0.0035  # of all records, where the day is 12 or less
    date_one_part_wrong: float = 0.005  # CPFT: 93 % of wrong dates
    date_first_january: float = 0.006  # the day not known: 1 January of the year
    date_fifteenth: float = 0.001  # the day not known: the 15th of the month
    date_wrong: float = 0.0005  # another date altogether
    date_missing: float = 0.0
    sex_wrong: float = 0.004  # CPFT 0.33 % a pair
    sex_unknown_health: float = 0.005  # code 9
    sex_unknown_social_care: float = 0.003  # code 0

    # ethnicity, a record
    ethnicity_differs: float = 0.05
    ethnicity_not_obtained: float = 0.05

    # identifiers, a record
    nhs_missing_health: float = 0.021
    nhs_missing_social_care: float = 0.49
    upn_missing_education: float = 0.0
    upn_missing_social_care: float = 0.35  # of children who have one
    upn_temporary: float = 0.004  # education: a temporary UPN in place of the child's own
    identifier_of_twin: float = 0.015  # of records of twins: the number of the other twin
    identifier_of_other: float = 0.002  # the number of an unrelated child
    identifier_typo: float = 0.002  # a digit wrong, so that the check fails

    # the youngest
    unborn: float = 0.3  # social care: records of babies under 3 months made before birth
    unnamed: float = 0.05  # health: records of babies under 3 months as "Baby", "Twin 1", ...

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            top = 1000.0 if field.name == "families_per_postcode" else 1.0
            if not 0.0 <= value <= top or (top > 1 and value < 1):
                raise UsageFault(
                    f"rate {field.name} is out of range: {value:g}",
                    allowed="a number from 1 to 1000" if top > 1 else "a number from 0 to 1",
                    next_step=f"--rate {field.name}={field.default}",
                )


def rate_names() -> list[str]:
    """Every rate's name, in the order of the dataclass."""
    return [field.name for field in fields(LinkageRates)]


def rates_with(settings: Iterable[str], rates: LinkageRates | None = None) -> LinkageRates:
    """``rates`` (the defaults) with "name=number" texts put over them; a later one wins.

    Raises UsageFault for a text of another form, an unknown name or a number out of range.
    """
    known = rate_names()
    changed: dict[str, float] = {}
    for setting in settings:
        name, equals, number = setting.partition("=")
        if name not in known:
            raise _unknown_rate(name, known)
        try:
            changed[name] = float(number)
        except ValueError:
            fault = (
                f"rate {name} has no number after the equals sign" if equals else f"rate {name} has no value"
            )
            raise UsageFault(fault, allowed="name=number", next_step=f"--rate {name}=0.05") from None
    return replace(rates or LinkageRates(), **changed)


def _unknown_rate(name: str, known: list[str]) -> ChildlinkError:
    return unknown_name("rate", name, known, next_step="list them all: childlink synth linkage --list-rates")
