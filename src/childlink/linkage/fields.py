"""The fields of a person record that childlink knows, and the headings by which each is recognised.

A heading is compared after folding its case and dropping spaces, hyphens and underscores. A column whose
heading is none of these is no field of the person and takes no part; it is listed as ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True)
class Field:
    """One kind of field: its name in link.toml and in messages, and the headings that mean it.

    ``fallback`` headings count only where no column has one of ``headings``. ``several`` fields may stand in
    more than one column, also numbered ones (postcode_1, postcode_2).
    """

    name: str
    meaning: str
    headings: tuple[str, ...]
    fallback: tuple[str, ...] = ()
    several: bool = False


FIELDS: tuple[Field, ...] = (
    Field(
        "record_id",
        "record id",
        ("record_id", "id", "record_identifier", "record_number", "row_id"),
        fallback=(
            "child_id", "la_child_id", "child_unique_id", "unique_id", "person_id", "pers_person_id",
            "pupil_id", "student_id", "patient_id", "local_patient_id", "local_patient_identifier",
            "client_id", "child",
        ),
    ),
    Field(
        "forename",
        "forename",
        (
            "forename", "forenames", "given_name", "given_names", "first_name", "first_names", "firstname",
            "legal_forename", "person_given_name", "pers_forename", "child_forename", "pupil_forename",
        ),
    ),
    Field(
        "surname",
        "surname",
        (
            "surname", "family_name", "last_name", "legal_surname", "person_family_name", "pers_surname",
            "child_surname", "pupil_surname",
        ),
    ),
    Field(
        "known_as",
        "known-as name",
        ("known_as", "preferred_forename", "preferred_first_name", "preferred_name", "chosen_name"),
    ),
    Field(
        "date_of_birth",
        "date of birth",
        (
            "date_of_birth", "dob", "d.o.b.", "d.o.b", "birth_date", "person_birth_date", "birthdate",
            "date_birth", "pers_dob", "child_dob", "pupil_dob", "child_date_of_birth",
        ),
    ),
    Field(
        "sex",
        "sex",
        (
            "sex", "gender", "gender_code", "sex_code", "gender_current", "person_gender_code",
            "person_gender_code_current", "person_stated_gender_code", "phenotypic_sex", "legal_sex",
            "pers_sex",
        ),
    ),
    Field(
        "postcode",
        "postcode",
        (
            "postcode", "post_code", "postal_code", "home_postcode", "home_post_code", "home_post",
            "placement_postcode", "pl_post", "current_postcode", "previous_postcode", "former_postcode",
            "address_postcode", "child_postcode", "pupil_postcode", "patient_postcode", "person_postcode",
            "usual_postcode", "postcode_of_usual_address", "residence_postcode", "correspondence_postcode",
        ),
        several=True,
    ),
    Field(
        "nhs_number",
        "NHS number",
        ("nhs_number", "nhs_no", "nhs_num", "nhs", "nhs_id", "patient_nhs_number", "pers_common_child_id"),
    ),
    Field("upn", "UPN", ("upn", "unique_pupil_number", "pupil_upn", "upn_number", "current_upn", "pers_upn")),
    Field("former_upn", "former UPN", ("former_upn", "previous_upn", "former_unique_pupil_number")),
    Field("uln", "ULN", ("uln", "unique_learner_number", "uln_number")),
    Field(
        "ethnicity",
        "ethnicity",
        (
            "ethnicity", "ethnic", "ethnicity_code", "ethnic_group", "ethnic_category", "ethnic_code",
            "pers_ethnicity",
        ),
    ),
    Field("sealed", "seal", ("sealed", "is_sealed", "sealed_record", "sealed_identity")),
    Field(
        "sensitive",
        "sensitive flag",
        (
            "sensitive", "is_sensitive", "sensitive_flag", "sensitive_record", "s_flag", "confidentiality_code",
            "restricted", "is_restricted",
        ),
    ),
)  # fmt: skip
"""Every field, in the order in which messages and reports list them."""

BY_NAME: Mapping[str, Field] = {field.name: field for field in FIELDS}

IGNORE = "ignore"
"""What link.toml maps a column to that takes no part."""

NEEDED = ("record_id", "forename", "surname", "date_of_birth")
"""An extract without a column for each of these cannot be linked."""


def squashed(heading: str) -> str:
    """A heading as it is compared: case folded, without spaces, hyphens and underscores."""
    return re.sub(r"[\s_\-]+", "", heading.casefold())


@dataclass(frozen=True)
class Recognised:
    """What the columns of an extract were recognised as.

    ``columns``: field name (in the order of FIELDS) to the headings of its columns, in file order.
    ``ignored``: the other headings.
    ``doubled``: fields of one column for which several were found, with their headings; they are not in
    ``columns``.
    """

    columns: Mapping[str, tuple[str, ...]]
    ignored: tuple[str, ...]
    doubled: Mapping[str, tuple[str, ...]]


def recognise(
    headings: Sequence[str], *, mapped: Mapping[str, str] | None = None, identifiers: Iterable[str] = ()
) -> Recognised:
    """Tell which field each column is.

    ``mapped`` (heading to field name, or "ignore") decides before any recognition, and a field of one column
    that it names takes no other. ``identifiers``: names of further identifiers, each recognised by its own
    name. Every heading of ``mapped`` must be in ``headings``.
    """
    mapped = mapped or {}
    identifiers = tuple(identifiers)
    found: dict[str, list[str]] = {}
    for heading in headings:
        if heading in mapped and mapped[heading] != IGNORE:
            found.setdefault(mapped[heading], []).append(heading)
    settled = {name for name in found if not (name in BY_NAME and BY_NAME[name].several)}
    free = [heading for heading in headings if heading not in mapped]
    for known, kind in [*_by_heading(), *((squashed(name), name) for name in identifiers)]:
        if kind not in settled:
            found.setdefault(kind, []).extend(h for h in free if _compared(h, kind) == known)
    for field in FIELDS:
        if field.fallback and not found.get(field.name):
            fallback = {squashed(name) for name in field.fallback}
            found[field.name] = [h for h in free if squashed(h) in fallback]
    order = {heading: position for position, heading in enumerate(headings)}
    sorted_found = {
        kind: tuple(sorted(set(found[kind]), key=order.__getitem__))
        for kind in (*BY_NAME, *sorted(identifiers))
        if found.get(kind)
    }
    doubled = {
        kind: columns
        for kind, columns in sorted_found.items()
        if len(columns) > 1 and not (kind in BY_NAME and BY_NAME[kind].several)
    }
    used = {heading for columns in sorted_found.values() for heading in columns}
    return Recognised(
        columns={kind: columns for kind, columns in sorted_found.items() if kind not in doubled},
        ignored=tuple(heading for heading in headings if heading not in used),
        doubled=doubled,
    )


def nearest_heading(field: Field, headings: Iterable[str]) -> str | None:
    """The heading most like one of the field's own, or None where none is alike."""
    best: tuple[float, str] | None = None
    known = [squashed(name) for name in (*field.headings, *field.fallback)]
    for heading in headings:
        if near := get_close_matches(squashed(heading), known, n=1, cutoff=0.6):
            likeness = _likeness(squashed(heading), near[0])
            if best is None or likeness > best[0]:
                best = (likeness, heading)
    return best[1] if best else None


def _by_heading() -> list[tuple[str, str]]:
    pairs = {(squashed(heading), field.name) for field in FIELDS for heading in field.headings}
    return sorted(pairs)


def _compared(heading: str, kind: str) -> str:
    """The squashed heading; for a field that may have several columns, without the number of the column."""
    text = squashed(heading)
    return text.rstrip("0123456789") if kind in BY_NAME and BY_NAME[kind].several else text


def _likeness(one: str, other: str) -> float:
    from difflib import SequenceMatcher

    return SequenceMatcher(None, one, other).ratio()
