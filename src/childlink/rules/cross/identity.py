"""Who the child is: ids, birth dates, sex and ethnicity of the SSDA903 and the children in need census."""

from __future__ import annotations

import polars as pl

from childlink.rules.columns import Column
from childlink.rules.cross.tables import ChildCharacteristics, ChildIdentifiers, Header, rule, schema
from childlink.rules.cross.vocabulary import (
    CHILD,
    FEWEST,
    not_of_children,
    of_children,
    of_same_child,
    one_row_each,
    sex,
)


@rule(
    "X-NO-CHILD-IN-COMMON",
    Header.CHILD,
    ChildIdentifiers.LAchildID,
    message="No child of the SSDA903 is in the children in need census under the same id.",
    whole_return=True,
)
def no_child_in_common(ids_of_903: pl.LazyFrame, ids_of_cin: pl.LazyFrame) -> pl.LazyFrame:
    """Both returns have ten children or more, and no CHILD of the SSDA903 (in Header or Episodes) is an
    LAchildID of the census (in ChildIdentifiers or CINdetails). Ids are compared without blanks before and
    after, in capitals.

    Why: children looked after are children in need, so the census holds them too. Where it holds none, the
    two files come from different systems or authorities, or one of them has other ids. Rules that match by
    id do not run then.
    """
    counts = [
        ids.select(pl.len().alias(name))
        for ids, name in ((ids_of_903, "looked_after"), (ids_of_cin, "in_need"))
    ]
    common = of_children(ids_of_903, ids_of_cin).select(pl.len().alias("common"))
    few = pl.min_horizontal("looked_after", "in_need") < FEWEST
    return pl.concat([*counts, common], how="horizontal").filter((pl.col("common") == 0) & ~few)


@rule(
    "X-LEADING-ZEROS",
    Header.CHILD,
    ChildIdentifiers.LAchildID,
    message="Please check: the ids of a child in the two returns differ by zeros before them only.",
    severity="query",
    key=(Column("person", "bare"),),
)
def ids_differ_by_zeros(
    ssda903_header: pl.LazyFrame,
    cin_child_identifiers: pl.LazyFrame,
    ids_of_903: pl.LazyFrame,
    ids_of_cin: pl.LazyFrame,
) -> pl.LazyFrame:
    """A Header row whose CHILD is not in the census, and a ChildIdentifiers row whose LAchildID is not in
    the SSDA903, where the two ids are the same once zeros before them are left out, and no other row of
    either table is so. Both rows are flagged.

    Why: spreadsheets drop the zeros before a number. With different ids a child is two children, and no
    rule that matches by id compares what the returns say of it. A query, because two children could have
    such ids.
    """
    bare = CHILD.text.str.strip_chars_start("0").alias("person.bare")
    left = not_of_children(one_row_each(ssda903_header, Header), ids_of_cin).with_columns(bare)
    right = not_of_children(one_row_each(cin_child_identifiers, ChildIdentifiers), ids_of_903).with_columns(
        bare
    )
    once = (pl.len().over("person.bare") == 1) & (pl.col("person.bare") != "")
    return left.filter(once).join(right.filter(once), on="person.bare", how="inner")


@rule(
    "X-BIRTH-DATE",
    Header.DOB,
    ChildIdentifiers.PersonBirthDate,
    message="The child has another date of birth in the children in need census than in the SSDA903.",
    key=(CHILD,),
)
def birth_dates_differ(in_both: pl.LazyFrame) -> pl.LazyFrame:
    """A Header row and a ChildIdentifiers row of the same child whose DOB and PersonBirthDate can both be
    read and are not the same day. Both rows are flagged. An unborn child, who has no PersonBirthDate, is
    not compared.

    Why: a child has one date of birth, and both returns are made from the authority's own record of the
    child.
    """
    return in_both.filter(Header.DOB.date != ChildIdentifiers.PersonBirthDate.date)


@rule(
    "X-SEX",
    Header.SEX,
    *ChildIdentifiers.columns("Sex", "GenderCurrent"),
    message="The child has another sex in the children in need census than in the SSDA903.",
    key=(CHILD,),
)
def sexes_differ(in_both: pl.LazyFrame) -> pl.LazyFrame:
    """A Header row and a ChildIdentifiers row of the same child of which one says male (M, or 1 up to
    2023-24) and the other female (F, or 2). Sex counts in the census, and GenderCurrent where Sex is
    missing. Both rows are flagged. Codes for unknown, unborn and indeterminate, and wrong codes, are not
    compared.

    Why: both returns are made from the authority's own record of the child, on the same day.
    """
    in_need = sex(*ChildIdentifiers.columns("Sex", "GenderCurrent"))
    return in_both.filter(sex(Header.SEX) != in_need)


_NOT_SAID = ("REFU", "NOBT")


@rule(
    "X-ETHNICITY",
    Header.ETHNIC,
    ChildCharacteristics.Ethnicity,
    message="Please check: the child has another ethnicity in the children in need census than in the SSDA903.",
    severity="query",
    key=(CHILD,),
)
def ethnicities_differ(in_both: pl.LazyFrame, cin_child_characteristics: pl.LazyFrame) -> pl.LazyFrame:
    """A Header row and a ChildCharacteristics row of the same child whose ETHNIC and Ethnicity are two
    codes of the code set that the returns share, capitals aside, and not the same. Both rows are flagged.
    REFU and NOBT, which name no ethnicity, and wrong codes are not compared.

    Why: both returns are made from the authority's own record of the child. A query, because ethnicity is
    what a child or parent says, and may have been asked again.
    """
    characteristics = one_row_each(cin_child_characteristics, ChildCharacteristics)
    looked_after, in_need = _ethnicity(Header.ETHNIC), _ethnicity(ChildCharacteristics.Ethnicity)
    return of_same_child(in_both, characteristics).filter(looked_after != in_need)


def _ethnicity(column: Column) -> pl.Expr:
    """The code that names an ethnicity; null where the cell holds no such code."""
    code = column.text.str.strip_chars().str.to_uppercase()
    named = [c for c in schema.code_sets["ethnicity"] if c not in _NOT_SAID]
    return pl.when(code.is_in(named)).then(code)
