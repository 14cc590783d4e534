"""GUILD's reporting items in our words, each with what a run of childlink can say.

Source: Gilbert R and others, "GUILD: GUidance for Information about Linking Data sets", Journal of Public Health
2018, doi 10.1093/pubmed/fdx037: what data providers, linkers and analysts should each disclose.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from childlink.reporting.linkage_page import percent

YOURS = "To be said by you."

_CLEANED = (
    'Names in capitals without accents, titles and placeholders such as "baby of"; dates read in one form for each '
    "source; NHS numbers, UPNs and ULNs only with a right check digit; postcodes in one form."
)


def guild_items(summary: Mapping[str, Any]) -> list[dict[str, str]]:
    """``asks`` and ``told`` of each item, in the order in which data flow."""
    told = {
        "Who is in each source, how and when the data came to be, and what is missing from it": YOURS,
        "Which fields were used to link, and how good they are": _fields(summary),
        "How values were cleaned before linking": _CLEANED,
        "How records were linked": _method(summary["model"]),
        "Which pairs were compared": f"{summary['candidate_pairs']:,} pairs that share a key of names, dates, "
        "postcodes or numbers. See Which pairs were compared.",
        "Which thresholds were used": _thresholds(summary["settings"]),
        "How many records were linked, and of whom": "See Link rates, by source, sex, ethnicity and age.",
        "How many links are wrong, and how many were missed": _quality(summary["estimate"]),
        "What people decided by hand": f"{summary['decisions']['same']:,} pairs to be one child and "
        f"{summary['decisions']['different']:,} to be two. {summary['review']['pairs']:,} pairs are open.",
        "Who linked, who analyses, and what each could see": YOURS,
        "How the analysis takes linkage error into account": YOURS,
        "What would make the same result again": f"childlink {summary['version']}, the same files (see their "
        "SHA-256 above), the same link.toml and decisions.csv, and the same register.",
    }
    return [{"asks": asks, "told": words} for asks, words in told.items()]


def _fields(summary: Mapping[str, Any]) -> str:
    used = sorted({row["field"] for row in summary["completeness"]} - {"record_id", "sealed", "sensitive"})
    return f"{', '.join(name.replace('_', ' ') for name in used)}. See How complete each field is."


def _method(model: Mapping[str, Any] | None) -> str:
    if model is None:
        return "Exact passes on identifiers and names only; no model."
    settled = "" if model["converged"] else ", not settled"
    return (
        "Exact passes on identifiers and names first; then a model of three classes (one child, one family, "
        f"strangers), learnt on these records without known truth ({model['rounds']} rounds{settled}); then free "
        "places."
    )


def _thresholds(settings: Mapping[str, Any]) -> str:
    return (
        f"A pair links at a match weight of {settings['accept_weight']:g} or more where nobody else is within "
        f"{settings['lead']:g}; from {settings['review_weight']:g} it is offered for review."
    )


def _quality(estimate: Mapping[str, Any] | None) -> str:
    if estimate is None:
        return "Not estimated: no model was trained."
    return (
        f"Estimated by the model: precision {percent(estimate['precision'])}, recall "
        f"{percent(estimate['recall'])}. Not measured here."
    )
