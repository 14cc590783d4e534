"""Reviews, and how the child took part."""

from __future__ import annotations

import polars as pl

from childlink.rules.ssda903.tables import Episodes, Header, Reviews, rule
from childlink.rules.ssda903.vocabulary import SHORT_BREAKS, not_of_children, pairs

UNDER_FOUR = "PN0"
"""How the child took part: too young to."""
TOOK_PART = ("PN1", "PN2", "PN3", "PN4", "PN5", "PN6", "PN7")
"""How a child of four or over took part, or did not."""


@rule("167", Reviews.REVIEW_CODE, message="Data entry for participation is invalid or blank.")
def participation_invalid() -> pl.Expr:
    """A Reviews row, unless REVIEW is present and REVIEW_CODE is one of PN0, PN1, PN2, PN3, PN4, PN5, PN6,
    PN7, or both are missing. REVIEW need only be present, whatever it holds."""
    valid = Reviews.REVIEW.present & Reviews.REVIEW_CODE.one_of(UNDER_FOUR, *TOOK_PART)
    blank = Reviews.REVIEW.missing & Reviews.REVIEW_CODE.missing
    return ~(valid | blank)


@rule(
    "399",
    Header.MOTHER,
    Episodes.LS,
    *Reviews.columns("REVIEW", "REVIEW_CODE"),
    message="Mother field, review field or participation field are completed but child is looked after "
    "under legal status V3 or V4.",
    differs="A child who also has an episode of another legal status is spared.",
)
def details_of_short_breaks(
    episodes: pl.LazyFrame, header: pl.LazyFrame, reviews: pl.LazyFrame
) -> pl.LazyFrame:
    """Only children all of whose Episodes rows have LS V3 or V4 are looked at (a missing LS is neither). Each
    Episodes row, Header row and Reviews row of such a child is taken in every combination, a table without a
    row for the child giving blanks. Where MOTHER, REVIEW or REVIEW_CODE is present in a combination, its rows
    are flagged."""
    otherwise = episodes.filter(~Episodes.LS.one_of(*SHORT_BREAKS))
    short_breaks = not_of_children(episodes.filter(Episodes.CHILD.present), Episodes, otherwise, Episodes)
    with_header = pairs(short_breaks, header, (Episodes.CHILD, Header.CHILD), "left")
    combined = pairs(with_header, reviews, (Episodes.CHILD, Reviews.CHILD), "left")
    return combined.filter(Header.MOTHER.present | Reviews.REVIEW.present | Reviews.REVIEW_CODE.present)


@rule(
    "440",
    *Reviews.columns("DOB", "REVIEW", "REVIEW_CODE"),
    message="Participation method indicates child was under 4 years old at the time of the review, but date "
    "of birth and review date indicates the child was 4 years old or over.",
    differs="A review on the 4th birthday itself passes, although the child is then four.",
)
def four_or_over_said_to_be_younger() -> pl.Expr:
    """A Reviews row whose REVIEW_CODE is PN0 and whose REVIEW is later than the 4th birthday by its own
    DOB."""
    return Reviews.REVIEW_CODE.one_of(UNDER_FOUR) & (Reviews.REVIEW.date > Reviews.DOB.birthday(4))


@rule(
    "441",
    *Reviews.columns("DOB", "REVIEW", "REVIEW_CODE"),
    message="Participation method indicates child was 4 years old or over at the time of the review, but "
    "the date of birth and review date indicates the child was under 4 years old.",
)
def under_four_said_to_be_older() -> pl.Expr:
    """A Reviews row whose REVIEW_CODE is one of PN1, PN2, PN3, PN4, PN5, PN6, PN7 and whose REVIEW is before
    the 4th birthday by its own DOB."""
    return Reviews.REVIEW_CODE.one_of(*TOOK_PART) & (Reviews.REVIEW.date < Reviews.DOB.birthday(4))
