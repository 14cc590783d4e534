"""Where looked after children (list 8) are placed."""

from __future__ import annotations

import polars as pl

from childlink.identifiers import upn
from childlink.reference.local_authorities import local_authorities, same_authority
from childlink.rules.annex_a.tables import LookedAfter, rule
from childlink.rules.annex_a.vocabulary import says
from childlink.schema.cells import folded
from childlink.schema.model import fold

AUTHORITY, LOCATION = LookedAfter["LA of Placement"], LookedAfter["Placement Location"]
PLACED = LookedAfter["Start Date of Most Recent Placement"]
STARTED, CEASED = (
    LookedAfter["Date Started to be Looked After"],
    LookedAfter["Date Ceased to be Looked After"],
)
UNKNOWN_NUMBER = "999"


@rule(
    "annex-placement-dates",
    STARTED,
    CEASED,
    PLACED,
    message="The most recent placement did not start in the time in which the child was looked after",
    severity="query",
)
def placed_out_of_care() -> pl.Expr:
    """A row of list 8 whose Start Date of Most Recent Placement is before the Date Started to be Looked After, or
    after the Date Ceased to be Looked After. The two days themselves pass. The reason: a child is placed while looked
    after."""
    return (PLACED.date < STARTED.date) | (PLACED.date > CEASED.date)


@rule(
    "annex-la",
    AUTHORITY,
    message="LA of Placement is the number or ONS code of no local authority",
)
def of_no_authority() -> pl.Expr:
    """A row of list 8 whose LA of Placement is three digits that are the number of no local authority of England or
    Wales, past or present, and not 999 (not known); or is an ONS code of an English upper-tier authority (E06, E08,
    E09 or E10 and six digits) that no such authority has or had. The reason: such a cell is meant for a number or
    code, and stands for no place. Any other text is not judged: authorities have many spellings, and places outside
    England stand here too."""
    text = AUTHORITY.text.str.strip_chars().str.to_uppercase()
    numbers = sorted({*upn.LA_NUMBERS, *(la.old_number for la in local_authorities()), UNKNOWN_NUMBER})
    codes = sorted({la.ons_code for la in local_authorities()})
    no_number = text.str.contains(r"^[0-9]{3}\z") & ~text.is_in(numbers)
    return no_number | (text.str.contains(r"^E(?:06|08|09|10)[0-9]{6}\z") & ~text.is_in(codes))


@rule(
    "annex-in-out",
    LOCATION,
    AUTHORITY,
    message="Placement Location does not agree with LA of Placement",
    severity="query",
)
def in_another_authority(local_authority: str) -> pl.Expr:
    """A row of list 8 whose Placement Location is In while LA of Placement is another local authority of England, or
    is Out while LA of Placement is the authority whose return it is. The reason: In means inside its boundary.
    Authorities are known by name, number or ONS code, capitals and signs aside; a text that is none of them is not
    judged."""
    own_codes = same_authority(local_authority)
    own, others = set[str](), set[str]()
    for authority in local_authorities():
        spellings = own if authority.ons_code in own_codes else others
        spellings |= {fold(way) for way in (authority.ons_code, authority.old_number, authority.name)}
    place = folded(AUTHORITY.text)
    elsewhere, here = place.is_in(sorted(others - own)), place.is_in(sorted(own))
    return (says(LOCATION, "in_out", "a) In") & elsewhere) | (says(LOCATION, "in_out", "b) Out") & here)
