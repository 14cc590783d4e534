"""Who a child is: its ids, birth, sex and death."""

from __future__ import annotations

import polars as pl

from childlink.identifiers import upn
from childlink.rules.cin.tables import ChildIdentifiers, CINdetails, rule
from childlink.rules.cin.vocabulary import any_case, of_one_child, outside
from childlink.rules.context import Period

UPN_LENGTH = 13
LONGEST_ID = 20
"""Characters that an LAchildID may have."""
LARGEST_SHARE_WITHOUT_SEX = 0.02
REASONS_AT_SCHOOL_AGE = ("UN2", "UN3", "UN4", "UN5", "UN6", "UN7")
"""Reasons for having no UPN that a child of school age may have: all but UN1, not of school age."""
OLDEST = 25
"""Years of age to which a child may be in need."""


def _has_upn_length() -> pl.Expr:
    return ChildIdentifiers.UPN.text.str.len_chars() == UPN_LENGTH


@rule("1510", ChildIdentifiers.UPN, message="UPN invalid (wrong check letter at character 1)")
def wrong_check_letter() -> pl.Expr:
    """A ChildIdentifiers row whose UPN has exactly 13 characters, of which characters 2 to 13 are digits, and whose
    character 1 is not the check letter that they need, a capital. The check letter: each digit times its position
    in the UPN, added; the remainder on division by 23 is a place in A B C D E F G H J K L M N P Q R T U V W X Y Z,
    where 0 is A. A UPN of another length, or with a letter after the first character, is not judged."""
    number = ChildIdentifiers.UPN.text
    judged = number.str.contains(r"(?s)^.[0-9]{12}\z")
    return judged & (number.str.slice(0, 1) != upn.check_letter(number))


@rule(
    "1520",
    ChildIdentifiers.UPN,
    message="More than one record with the same UPN.",
    key=ChildIdentifiers.columns("LAchildID", "UPN"),
)
def upn_on_several_rows() -> pl.Expr:
    """A ChildIdentifiers row whose UPN is also that of another ChildIdentifiers row, character for character, of
    the same child or not. All such rows are flagged, the first included. Missing UPNs are not the same."""
    return ChildIdentifiers.UPN.present & (pl.len().over(ChildIdentifiers.UPN.text) > 1)


def _authority_not_among(numbers: frozenset[str]) -> pl.Expr:
    known = ChildIdentifiers.UPN.text.str.slice(1, 3).is_in(sorted(numbers)).fill_null(value=False)
    return _has_upn_length() & ~known


@rule("1530", ChildIdentifiers.UPN, message="UPN invalid (characters 2-4 not a recognised LA code)")
def upn_of_no_authority() -> pl.Expr:
    """A ChildIdentifiers row whose UPN has exactly 13 characters, of which characters 2 to 4 are none of these:
    001 to 005, 201 to 213, 301 to 320, 330 to 336, 340 to 344, 350 to 359, 370 to 373, 380 to 384, 390 to 394, 420,
    660 to 681, 701 to 708, 800 to 803, 805 to 808, 810 to 813, 815, 816, 820 to 823, 825, 826, 830, 831,
    835 to 841, 845, 846, 850 to 852, 855 to 857, 860, 861, 865 to 896, 908, 909, 916, 919, 921, 925, 926, 928, 929,
    931, 933, 935 to 938, 940, 941. A UPN of another length is not judged."""
    return _authority_not_among(upn.LA_NUMBERS - {"942", "943"})


@rule(
    "1530",
    ChildIdentifiers.UPN,
    message="UPN invalid (characters 2-4 not a recognised LA code)",
    since="2023-24",
)
def upn_of_no_authority_from_2023() -> pl.Expr:
    """A ChildIdentifiers row whose UPN has exactly 13 characters, of which characters 2 to 4 are none of these:
    001 to 005, 201 to 213, 301 to 320, 330 to 336, 340 to 344, 350 to 359, 370 to 373, 380 to 384, 390 to 394, 420,
    660 to 681, 701 to 708, 800 to 803, 805 to 808, 810 to 813, 815, 816, 820 to 823, 825, 826, 830, 831,
    835 to 841, 845, 846, 850 to 852, 855 to 857, 860, 861, 865 to 896, 908, 909, 916, 919, 921, 925, 926, 928, 929,
    931, 933, 935 to 938, 940 to 943. A UPN of another length is not judged. (942 and 943 are new.)"""
    return _authority_not_among(upn.LA_NUMBERS)


@rule("1540", ChildIdentifiers.UPN, message="UPN invalid (characters 5-12 not all numeric)")
def upn_not_of_digits() -> pl.Expr:
    """A ChildIdentifiers row whose UPN is present, and has fewer than 5 characters or one that is no digit among
    its characters 5 to 12. Its length is not judged beyond that."""
    return ChildIdentifiers.UPN.text.str.slice(4, 8).str.contains(r"^\z|[^0-9]")


@rule("1550", ChildIdentifiers.UPN, message="UPN invalid (character 13 not a recognised value)")
def upn_ends_wrongly() -> pl.Expr:
    """A ChildIdentifiers row whose UPN has exactly 13 characters, of which the last is no digit and none of the
    capitals A B C D E F G H J K L M N P Q R T U V W X Y Z. A UPN of another length is not judged."""
    return ChildIdentifiers.UPN.text.str.contains(rf"(?s)^.{{12}}[^0-9{upn.LETTERS}]\z")


@rule(
    "1560Q",
    ChildIdentifiers.FormerUPN,
    message="Please check and either amend or provide a reason: Former UPN wrongly formatted",
    severity="query",
    differs="A temporary UPN, which ends in a letter, is queried too, although a former UPN may be one.",
)
def former_upn_of_another_form() -> pl.Expr:
    """A ChildIdentifiers row whose FormerUPN is present and is not one letter, capital or small, and twelve digits
    after it. The check letter is not looked at."""
    right = ChildIdentifiers.FormerUPN.text.str.contains(r"^[A-Za-z][0-9]{12}\z")
    return ChildIdentifiers.FormerUPN.present & ~right.fill_null(value=False)


@rule(
    "1570",
    ChildIdentifiers.LAchildID,
    message="LA Child ID must not be longer than 20 characters",
    since="2024-25",
)
def id_too_long() -> pl.Expr:
    """A ChildIdentifiers row whose LAchildID has more than 20 characters, blanks included."""
    return ChildIdentifiers.LAchildID.text.str.len_chars() > LONGEST_ID


@rule(
    "1580",
    ChildIdentifiers.LAchildID,
    message="LA Child ID must not contain any non-alphanumeric characters",
    since="2024-25",
)
def id_with_other_characters() -> pl.Expr:
    """A ChildIdentifiers row whose LAchildID has a character that is no letter and no digit of any alphabet, such
    as a blank or a hyphen."""
    return ChildIdentifiers.LAchildID.text.str.contains(r"[^\p{L}\p{N}]")


def _too_many(children: pl.LazyFrame, without_sex: pl.Expr) -> pl.LazyFrame:
    """One row where more than LARGEST_SHARE_WITHOUT_SEX of the rows are born and ``without_sex``; else none."""
    born = ChildIdentifiers.ExpectedPersonBirthDate.date.is_null()
    counts = children.select(without=(without_sex & born).sum(), all=pl.len())
    return counts.filter(pl.col("all") > 0, pl.col("without") / pl.col("all") > LARGEST_SHARE_WITHOUT_SEX)


@rule(
    "2886Q",
    *ChildIdentifiers.columns("ExpectedPersonBirthDate", "GenderCurrent"),
    message="Please check and either amend or provide a reason: Percentage of children with no gender recorded is "
    "more than 2% (excluding unborns)",
    severity="query",
    whole_return=True,
    differs="Only a gender of 0 counts as not recorded, not a missing one, and the total of children includes the "
    "unborn, although the message leaves them out.",
)
def too_many_without_gender(child_identifiers: pl.LazyFrame) -> pl.LazyFrame:
    """More than 2% of all ChildIdentifiers rows have GenderCurrent 0 and no ExpectedPersonBirthDate. Exactly 2%
    passes, and so does a return without children. Nothing is flagged but the return as a whole."""
    return _too_many(child_identifiers, ChildIdentifiers.GenderCurrent.one_of("0"))


@rule(
    "2886Q",
    *ChildIdentifiers.columns("ExpectedPersonBirthDate", "Sex"),
    message="Please check and either amend or provide a reason: Percentage of children with no sex recorded is more "
    "than 2% (excluding unborns)",
    severity="query",
    whole_return=True,
    since="2024-25",
    differs="The total of children includes the unborn, although the message leaves them out.",
)
def too_many_without_sex(child_identifiers: pl.LazyFrame) -> pl.LazyFrame:
    """More than 2% of all ChildIdentifiers rows have a Sex that is missing or U and no ExpectedPersonBirthDate.
    Exactly 2% passes, and so does a return without children. Nothing is flagged but the return as a whole."""
    return _too_many(child_identifiers, ChildIdentifiers.Sex.missing | ChildIdentifiers.Sex.one_of("U"))


@rule(
    "8510",
    ChildIdentifiers.LAchildID,
    message="More than one child record with the same LA Child ID",
    differs="Two rows or more without an LAchildID are flagged here as well as by rule 8500.",
)
def id_on_several_rows() -> pl.Expr:
    """A ChildIdentifiers row whose LAchildID is also that of another ChildIdentifiers row, character for character.
    All such rows are flagged, the first included. Missing ids are the same as one another."""
    return pl.len().over(ChildIdentifiers.LAchildID.text) > 1


@rule(
    "8520",
    ChildIdentifiers.PersonBirthDate,
    message="Date of Birth is after data collection period (must be on or before the end of the census period)",
)
def born_after_the_period(period: Period) -> pl.Expr:
    """A ChildIdentifiers row whose PersonBirthDate is later than the ReferenceDate of the first Header row. Nothing
    is flagged without a ReferenceDate."""
    return ChildIdentifiers.PersonBirthDate.date > period.end


@rule(
    "8525Q",
    *ChildIdentifiers.columns("PersonBirthDate", "ExpectedPersonBirthDate"),
    message="Either Date of Birth or Expected Date of Birth must be provided (but not both)",
    severity="query",
    key=(ChildIdentifiers.LAchildID,),
)
def both_birth_dates_or_neither() -> pl.Expr:
    """A ChildIdentifiers row in which PersonBirthDate and ExpectedPersonBirthDate are both present or both missing.
    Each row is judged by itself, also where a child has several."""
    born, expected = ChildIdentifiers.PersonBirthDate, ChildIdentifiers.ExpectedPersonBirthDate
    return born.date.is_null() == expected.date.is_null()


@rule(
    "8530Q",
    ChildIdentifiers.ExpectedPersonBirthDate,
    message="Please check and either amend data or provide a reason: Expected Date of Birth is outside the expected "
    "range for this census (March to December of the Census Year end)",
    severity="query",
    key=ChildIdentifiers.columns("LAchildID", "ExpectedPersonBirthDate"),
    differs="1 March and 31 December are queried too, although the message takes March to December.",
)
def expected_too_early_or_late(period: Period) -> pl.Expr:
    """A ChildIdentifiers row whose ExpectedPersonBirthDate is 30 days or more before the ReferenceDate of the first
    Header row, or 9 calendar months or more after it. With 31 March: up to 1 March and from 31 December on. Nothing
    is flagged without a ReferenceDate."""
    expected, end = ChildIdentifiers.ExpectedPersonBirthDate.date, pl.lit(period.end)
    return (expected <= end.dt.offset_by("-30d")) | (expected >= end.dt.offset_by("9mo"))


@rule(
    "8535Q",
    *ChildIdentifiers.columns("PersonDeathDate", "PersonBirthDate"),
    message="Please check and either amend data or provide a reason: Child’s date of death should not be prior to "
    "the date of birth",
    severity="query",
    key=ChildIdentifiers.columns("LAchildID", "PersonDeathDate", "PersonBirthDate"),
    differs="A date of death without a date of birth is queried too, which the message does not say.",
)
def died_before_birth() -> pl.Expr:
    """A ChildIdentifiers row whose PersonDeathDate is present, and whose PersonBirthDate is later or missing. The
    same day passes."""
    born, died = ChildIdentifiers.PersonBirthDate.date, ChildIdentifiers.PersonDeathDate.date
    return died.is_not_null() & (born.is_null() | (born > died))


@rule(
    "8545Q",
    ChildIdentifiers.PersonDeathDate,
    message="Please check and either amend data or provide a reason: Child's date of death should be within the "
    "census year",
    severity="query",
)
def died_in_another_year(period: Period | None = None) -> pl.Expr:
    """A ChildIdentifiers row whose PersonDeathDate lies before or after the census year, which ends on the
    ReferenceDate of the first Header row; without one, every row with a PersonDeathDate."""
    return outside(ChildIdentifiers.PersonDeathDate.date, period)


@rule(
    "8555Q",
    ChildIdentifiers.PersonDeathDate,
    CINdetails.CINreferralDate,
    message="Child cannot be referred after its recorded date of death",
    severity="query",
    flags=(CINdetails, ChildIdentifiers),
    key=(CINdetails.LAchildID, CINdetails.CINreferralDate, ChildIdentifiers.PersonDeathDate),
)
def referred_after_death(cin_details: pl.LazyFrame, child_identifiers: pl.LazyFrame) -> pl.LazyFrame:
    """A CINdetails row and a ChildIdentifiers row of the same child where CINreferralDate is later than
    PersonDeathDate. Both rows are flagged; the same day passes."""
    return of_one_child(cin_details, CINdetails, child_identifiers, ChildIdentifiers).filter(
        CINdetails.CINreferralDate.date > ChildIdentifiers.PersonDeathDate.date
    )


@rule(
    "8585Q",
    CINdetails.ReasonForClosure,
    ChildIdentifiers.PersonDeathDate,
    message="Please check and either amend or provide a reason: CIN episode shows Died as the Closure Reason, "
    "however child has no recorded Date of Death",
    severity="query",
    flags=(ChildIdentifiers, CINdetails),
    key=(ChildIdentifiers.LAchildID,),
)
def closed_by_death_without_its_date(
    cin_details: pl.LazyFrame, child_identifiers: pl.LazyFrame
) -> pl.LazyFrame:
    """A CINdetails row with ReasonForClosure RC2 and a ChildIdentifiers row of the same child whose PersonDeathDate
    is missing. Both rows are flagged."""
    died = cin_details.filter(CINdetails.ReasonForClosure.one_of("RC2"))
    without_date = child_identifiers.filter(ChildIdentifiers.PersonDeathDate.date.is_null())
    return of_one_child(without_date, ChildIdentifiers, died, CINdetails)


def _unborn() -> pl.Expr:
    born, expected = ChildIdentifiers.PersonBirthDate, ChildIdentifiers.ExpectedPersonBirthDate
    return born.date.is_null() & expected.date.is_not_null()


@rule(
    "8750",
    *ChildIdentifiers.columns("GenderCurrent", "PersonBirthDate", "ExpectedPersonBirthDate"),
    message="Gender must equal 0 for an unborn child",
    key=ChildIdentifiers.columns("LAchildID", "GenderCurrent", "ExpectedPersonBirthDate"),
)
def unborn_with_a_gender() -> pl.Expr:
    """A ChildIdentifiers row without a PersonBirthDate and with an ExpectedPersonBirthDate whose GenderCurrent is
    missing or is not exactly 0."""
    return _unborn() & ~ChildIdentifiers.GenderCurrent.one_of("0")


@rule(
    "8750",
    *ChildIdentifiers.columns("Sex", "PersonBirthDate", "ExpectedPersonBirthDate"),
    message="Sex must equal U for an unborn child",
    since="2024-25",
    key=ChildIdentifiers.columns("LAchildID", "Sex", "ExpectedPersonBirthDate"),
)
def unborn_with_a_sex() -> pl.Expr:
    """A ChildIdentifiers row without a PersonBirthDate and with an ExpectedPersonBirthDate whose Sex is missing or
    is not exactly U, a capital."""
    return _unborn() & ~ChildIdentifiers.Sex.one_of("U")


def _without_upn_or_reason(
    children: pl.LazyFrame, cin_details: pl.LazyFrame, latest_birth: pl.Expr
) -> pl.LazyFrame:
    """The children born by ``latest_birth``, with a referral that led on, without a UPN or a reason for that."""
    reason = any_case(ChildIdentifiers.UPNunknown, *REASONS_AT_SCHOOL_AGE)
    without = children.filter(
        ChildIdentifiers.PersonBirthDate.date <= latest_birth, ChildIdentifiers.UPN.missing, ~reason
    )
    led_on = cin_details.filter(any_case(CINdetails.ReferralNFA, "0", "FALSE"))
    return of_one_child(without, ChildIdentifiers, led_on, CINdetails, how="semi")


@rule(
    "8770Q",
    *ChildIdentifiers.columns("UPN", "UPNunknown"),
    message="Please check and either amend data or provide a reason: UPN or reason UPN missing expected for a child "
    "who is more than 5 years old",
    severity="query",
    key=(ChildIdentifiers.LAchildID,),
    differs="A child is looked at from its sixth birthday on, although the message says more than 5 years old.",
)
def no_upn_from_six_years(
    child_identifiers: pl.LazyFrame, cin_details: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """A ChildIdentifiers row without a UPN, whose UPNunknown is not UN2 to UN7 in capitals or small letters, and
    whose PersonBirthDate is 6 years or more before the ReferenceDate of the first Header row, if the child has a
    CINdetails row with ReferralNFA 0 or false, in capitals or small letters. Nothing is flagged without a
    ReferenceDate."""
    return _without_upn_or_reason(child_identifiers, cin_details, pl.lit(period.end).dt.offset_by("-6y"))


@rule(
    "8770Q",
    *ChildIdentifiers.columns("UPN", "UPNunknown"),
    message="Please check and either amend data or provide a reason: UPN is missing or reason UPN is missing or is "
    "UN1 for a child who is of school age.",
    severity="query",
    since="2024-25",
    key=(ChildIdentifiers.LAchildID,),
)
def no_upn_at_school_age(
    child_identifiers: pl.LazyFrame, cin_details: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """A ChildIdentifiers row without a UPN, whose UPNunknown is not UN2 to UN7 in capitals or small letters, and
    whose PersonBirthDate is on or before the day that is 4 months and 31 days after the ReferenceDate of the first
    Header row, less 6 years (31 August, six years before), if the child has a CINdetails row with ReferralNFA 0 or
    false, in capitals or small letters. Nothing is flagged without a ReferenceDate."""
    latest_birth = pl.lit(period.end).dt.offset_by("4mo").dt.offset_by("31d").dt.offset_by("-6y")
    return _without_upn_or_reason(child_identifiers, cin_details, latest_birth)


@rule(
    "8772",
    ChildIdentifiers.UPNunknown,
    CINdetails.ReferralNFA,
    message="UPN unknown reason is UN7 (Referral with no further action) but at least one CIN details is a referral "
    "going on to further action",
    key=(ChildIdentifiers.LAchildID, CINdetails.ReferralNFA),
    differs="A child with UN7 and no CINdetails row is flagged too, which the message does not say.",
)
def referral_led_on_despite_reason(
    child_identifiers: pl.LazyFrame, cin_details: pl.LazyFrame
) -> pl.LazyFrame:
    """A ChildIdentifiers row whose UPNunknown is exactly UN7 and each CINdetails row of the child whose ReferralNFA
    is missing or is not true or 1, in capitals or small letters. Both rows are flagged. A child with UN7 and no
    CINdetails row is flagged as well."""
    no_action = child_identifiers.filter(ChildIdentifiers.UPNunknown.one_of("UN7"))
    each = of_one_child(no_action, ChildIdentifiers, cin_details, CINdetails, how="left")
    return each.filter(~any_case(CINdetails.ReferralNFA, "TRUE", "1"))


@rule(
    "8775Q",
    ChildIdentifiers.PersonBirthDate,
    CINdetails.CINclosureDate,
    message="Please check and either amend data or provide a reason: Child is over 25 years old",
    severity="query",
    key=ChildIdentifiers.columns("LAchildID", "PersonBirthDate"),
)
def in_need_after_25(
    child_identifiers: pl.LazyFrame, cin_details: pl.LazyFrame, period: Period
) -> pl.LazyFrame:
    """A ChildIdentifiers row whose PersonBirthDate is more than 25 years before the ReferenceDate of the first
    Header row, and each CINdetails row of the child whose CINclosureDate is missing or later than the 25th
    birthday. Both rows are flagged; a closure on the birthday passes. Nothing is flagged without a ReferenceDate."""
    latest_birth = pl.lit(period.end).dt.offset_by(f"-{OLDEST}y")
    grown = child_identifiers.filter(ChildIdentifiers.PersonBirthDate.date < latest_birth)
    closed = CINdetails.CINclosureDate.date
    return of_one_child(grown, ChildIdentifiers, cin_details, CINdetails).filter(
        closed.is_null() | (closed > ChildIdentifiers.PersonBirthDate.birthday(OLDEST))
    )
