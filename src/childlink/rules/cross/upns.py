"""Unique pupil numbers of children in the SSDA903 and the children in need census."""

from __future__ import annotations

import polars as pl

from childlink.rules.cross.tables import ChildIdentifiers, Header, rule
from childlink.rules.cross.vocabulary import (
    CHILD,
    NUMBER,
    RETURN,
    not_of_children,
    number,
    on_several,
    unknown,
)

_LOOKED_AFTER, _IN_NEED = number(Header.UPN), number(ChildIdentifiers.UPN)
_TEMPORARY = "[A-Z]$"


def _replaced() -> pl.Expr:
    """True where a difference between the two UPNs can be right: one is temporary, or the census calls that
    of the SSDA903 a former one."""
    temporary = _LOOKED_AFTER.str.contains(_TEMPORARY) | _IN_NEED.str.contains(_TEMPORARY)
    former = number(ChildIdentifiers.FormerUPN) == _LOOKED_AFTER
    return temporary | former.fill_null(value=False)


@rule(
    "X-UPN",
    Header.UPN,
    ChildIdentifiers.UPN,
    message="The child has another unique pupil number in the children in need census than in the SSDA903.",
    key=(CHILD,),
)
def upns_differ(in_both: pl.LazyFrame, adopted: pl.LazyFrame) -> pl.LazyFrame:
    """A Header row and a ChildIdentifiers row of the same child whose UPNs both have the form of one and
    are not the same, blanks and capitals aside. Neither is temporary (its last character a letter), and
    that of the SSDA903 is not the census's FormerUPN: see X-UPN-REPLACED. Whether check letters are right
    is not looked at. Both rows are flagged. Children whose adoption either return tells are not compared.

    Why: a permanent UPN is kept through school life, and both returns are made from the authority's own
    record.
    """
    differing = in_both.filter((_LOOKED_AFTER != _IN_NEED) & ~_replaced())
    return not_of_children(differing, adopted)


@rule(
    "X-UPN-REPLACED",
    Header.UPN,
    *ChildIdentifiers.columns("UPN", "FormerUPN"),
    message="Please check: one return has a temporary or former unique pupil number of the child, the other "
    "another one.",
    severity="query",
    key=(CHILD,),
)
def upn_was_replaced(in_both: pl.LazyFrame, adopted: pl.LazyFrame) -> pl.LazyFrame:
    """A Header row and a ChildIdentifiers row of the same child whose UPNs both have the form of one and
    are not the same, where one of them is temporary (its last character a letter), or that of the SSDA903
    is the census's FormerUPN. Both rows are flagged. Children whose adoption either return tells are not
    compared.

    Why: a temporary UPN is replaced within weeks, and a former one was; the other return has the number
    that holds.
    """
    return not_of_children(in_both.filter((_LOOKED_AFTER != _IN_NEED) & _replaced()), adopted)


@rule(
    "X-UPN-KNOWN",
    Header.UPN,
    *ChildIdentifiers.columns("UPN", "UPNunknown"),
    message="Please check: one return has the child's unique pupil number, and the other has none.",
    severity="query",
    key=(CHILD,),
)
def upn_known_in_one(in_both: pl.LazyFrame, adopted: pl.LazyFrame) -> pl.LazyFrame:
    """A Header row and a ChildIdentifiers row of the same child, one with a UPN that has the form of one,
    the other with an empty UPN or a code for an unknown one (UN1 ...). Both rows are flagged. Children
    whose adoption either return tells are not compared.

    Why: the authority knows the number, so the other return could give it. A query, because it may have
    become known between the two exports.
    """
    looked_after_only = _LOOKED_AFTER.is_not_null() & unknown(ChildIdentifiers.UPN)
    in_need_only = _IN_NEED.is_not_null() & unknown(Header.UPN)
    return not_of_children(in_both.filter(looked_after_only | in_need_only), adopted)


@rule(
    "X-UPN-SHARED",
    Header.UPN,
    ChildIdentifiers.UPN,
    message="A unique pupil number is on one child in the SSDA903 and on another in the children in need census.",
    key=(NUMBER,),
)
def upn_on_two_children(
    ssda903_header: pl.LazyFrame,
    cin_child_identifiers: pl.LazyFrame,
    numbered: pl.LazyFrame,
    ids_in_common: pl.LazyFrame,
) -> pl.LazyFrame:
    """Header and ChildIdentifiers rows that share a UPN and are of several children: more than one id,
    zeros before it left out, and rows of both returns. Every row with the UPN is flagged. The UPN has the
    form of one; whether its check letter is right is not looked at. UPNs of children whose adoption either
    return tells are left out.

    Why: a UPN is one child's. Either it is on the wrong child, or one child has two ids. By such a UPN no
    person of SEN2 and no pupil is taken for a child of the other returns.
    """
    return numbered.filter(on_several() & (RETURN.n_unique().over(NUMBER.key) > 1))
