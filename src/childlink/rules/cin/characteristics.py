"""What children are: ethnicity and disabilities."""

from __future__ import annotations

import polars as pl

from childlink.rules.cin.tables import ChildIdentifiers, CINdetails, Disabilities, rule, schema
from childlink.rules.cin.vocabulary import FALSE, any_case, of_one_child, together

NONE = "NONE"
"""The code of a child without a disability."""
DISABILITIES = tuple(schema.code_sets["disability"])
FEWEST_USES = 8


@rule(
    "2887Q",
    Disabilities.Disability,
    message="Please check and either amend or provide a reason: Less than 8 disability codes have been used in your "
    "return",
    severity="query",
    whole_return=True,
    differs="It is the rows with the code NONE that are counted, not the different codes in use as the message says.",
)
def few_disability_codes(disabilities: pl.LazyFrame) -> pl.LazyFrame:
    """The return has 7 Disabilities rows or fewer whose Disability is exactly NONE. No other code is counted.
    Nothing is flagged but the return as a whole; a return without Disabilities rows fails."""
    uses = disabilities.select(uses=Disabilities.Disability.one_of(NONE).sum())
    return uses.filter(pl.col("uses") < FEWEST_USES)


@rule(
    "2888Q",
    Disabilities.Disability,
    message="Please check and either amend or provide a reason: Only one disability code is recorded per child and "
    "multiple disabilities should be recorded where possible.",
    severity="query",
    whole_return=True,
)
def never_several_disabilities(disabilities: pl.LazyFrame) -> pl.LazyFrame:
    """Leave out the Disabilities rows whose Disability is exactly NONE or whose LAchildID is missing. The return
    fails when there are others and no child has two or more of them with a Disability, the same code twice
    counted as two. Nothing is flagged but the return as a whole."""
    counted = disabilities.filter(Disabilities.LAchildID.present & ~Disabilities.Disability.one_of(NONE))
    each = counted.group_by(Disabilities.LAchildID.text).agg(codes=Disabilities.Disability.present.sum())
    return each.select(most=pl.col("codes").max()).filter(pl.col("most") <= 1)


@rule(
    "8540",
    Disabilities.Disability,
    ChildIdentifiers.PersonBirthDate,
    CINdetails.ReferralNFA,
    message="Child’s disability is missing or invalid (see Disability table)",
    flags=(ChildIdentifiers, Disabilities, CINdetails),
    key=ChildIdentifiers.columns("LAchildID", "PersonBirthDate"),
    differs="The reference implementation loses these findings before they reach a report.",
)
def disability_missing_or_no_code(
    child_identifiers: pl.LazyFrame, cin_details: pl.LazyFrame, disabilities: pl.LazyFrame
) -> pl.LazyFrame:
    """A child with a PersonBirthDate (any text) and a CINdetails row whose ReferralNFA is exactly false or 0, that
    has no Disabilities row, or has one whose Disability is missing or is not exactly NONE, MOB, HAND, PC, INC,
    COMM, LD, HEAR, VIS, BEH, CON, AUT or DDA. Flagged are the ChildIdentifiers row, each of the child's CINdetails
    rows with ReferralNFA false or 0, and each of its Disabilities rows without one of these codes."""
    born = child_identifiers.filter(ChildIdentifiers.PersonBirthDate.present)
    led_on = cin_details.filter(CINdetails.ReferralNFA.one_of(*FALSE))
    judged = of_one_child(born, ChildIdentifiers, led_on, CINdetails)
    wrong = disabilities.filter(~Disabilities.Disability.one_of(*DISABILITIES))
    return together(
        of_one_child(judged, ChildIdentifiers, disabilities, Disabilities, how="anti"),
        of_one_child(judged, ChildIdentifiers, wrong, Disabilities),
    )


@rule("8790", Disabilities.Disability, message="Disability information includes both None and other values")
def disability_beside_none() -> pl.Expr:
    """A Disabilities row whose Disability is missing or is not NONE, of a child that also has a Disabilities row
    with NONE; in capitals or small letters. The rows with NONE are not flagged."""
    none = any_case(Disabilities.Disability, NONE)
    return ~none & none.any().over(Disabilities.LAchildID.text)


@rule("8794", Disabilities.Disability, message="Child has two or more disabilities with the same code")
def disability_twice() -> pl.Expr:
    """A Disabilities row whose LAchildID and Disability are both present and are also those of another row,
    character for character. All such rows are flagged, the first included."""
    child, code = Disabilities.LAchildID, Disabilities.Disability
    return child.present & code.present & (pl.len().over(child.text, code.text) > 1)
