"""How many children are alike in what somebody might know of them, and how many things might be true of them.

k-anonymity (Sweeney 2002): every child shares its quasi-identifiers with at least k - 1 others. l-diversity
(Machanavajjhala et al. 2007, distinct): among those alike, each sensitive column has at least l values. Both are
counted over children, not rows, and over all files of a package together, because who has the package can put
them side by side by pseudonym.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

LISTED = 20
_APART = "; "


@dataclass(frozen=True)
class Anonymity:
    """What was found. ``quasi_identifiers``, ``sensitive``: "source.column". ``k``: children in the smallest
    group, 0 where there is no child; ``l``: values in the least diverse group, None without sensitive columns.

    ``small``: children in groups that have fewer than k children or l values (child_id). ``smallest``: the
    LISTED smallest such groups, smallest first: children, values (least of the sensitive columns), and the
    quasi-identifiers; generalised values of children, to be shown only when asked for. ``k_without``: the k that
    would be found were one quasi-identifier left out.
    """

    quasi_identifiers: tuple[str, ...]
    sensitive: tuple[str, ...]
    k: int
    l: int | None  # noqa: E741 - the letter it is known by
    k_wanted: int
    l_wanted: int
    children: int
    groups: int
    small_groups: int
    small: pl.Series = field(repr=False)
    smallest: pl.DataFrame = field(repr=False)
    k_without: Mapping[str, int]

    @property
    def holds(self) -> bool:
        """Whether no group is too small or too uniform."""
        return self.small_groups == 0

    def as_object(self, *, show_values: bool = False) -> dict[str, Any]:
        """For JSON. The groups' values only with ``show_values``."""
        listed = self.smallest if show_values else self.smallest.select("children", "values")
        return {
            "quasi_identifiers": list(self.quasi_identifiers),
            "sensitive": list(self.sensitive),
            "k_wanted": self.k_wanted,
            "k_found": self.k,
            "l_wanted": self.l_wanted,
            "l_found": self.l,
            "children": self.children,
            "groups": self.groups,
            "groups_too_small": self.small_groups,
            "children_in_them": len(self.small),
            "smallest_groups": listed.to_dicts(),
            "k_without": dict(self.k_without),
        }


def measured(
    files: Mapping[str, pl.DataFrame],
    *,
    quasi_identifiers: Sequence[str],
    sensitive: Sequence[str],
    k: int,
    l: int,  # noqa: E741
) -> Anonymity:
    """Measure the files of a package. ``files``: source to child_id and the columns that leave.

    ``quasi_identifiers``, ``sensitive``: "source.column" of files that are there. A child with several values of
    a column counts with all of them; a child that a file does not have is unlike those it has.
    """
    quasi = tuple(dict.fromkeys(quasi_identifiers))
    telling = tuple(dict.fromkeys(sensitive))
    known = _by_child(files, (*quasi, *telling))
    groups = _groups(known, quasi, telling)
    wanted = pl.col("children") < k
    if telling:
        wanted = wanted | (pl.col("values") < l)
    too_small = groups.filter(wanted).sort("children", "values", *quasi)
    small = (
        known.join(too_small.select(*quasi, pl.lit(value=True).alias("found")), on=quasi, nulls_equal=True)
        if (quasi)
        else (known if too_small.height else known.clear())
    )
    least = groups.select(pl.col("children", "values").min()).row(0)
    return Anonymity(
        quasi_identifiers=quasi,
        sensitive=telling,
        k=int(least[0] or 0),
        l=int(least[1] or 0) if telling else None,
        k_wanted=k,
        l_wanted=l,
        children=known.height,
        groups=groups.height,
        small_groups=too_small.height,
        small=small["child_id"].sort(),
        smallest=too_small.head(LISTED),
        k_without={name: _least(known, [other for other in quasi if other != name]) for name in quasi},
    )


def _by_child(files: Mapping[str, pl.DataFrame], columns: Sequence[str]) -> pl.DataFrame:
    """child_id and one column of text for each of ``columns``: the child's values in order, joined."""
    children = pl.concat([frame.select("child_id") for frame in files.values()]).unique().sort("child_id")
    for placed in columns:
        source, name = next((s, placed.removeprefix(f"{s}.")) for s in files if placed.startswith(f"{s}."))
        text = pl.col(name).cast(pl.String).fill_null("")
        held = files[source].group_by("child_id").agg(text.unique().sort().str.join(_APART).alias(placed))
        children = children.join(held, on="child_id", how="left", maintain_order="left")
    return children


def _groups(known: pl.DataFrame, quasi: Sequence[str], telling: Sequence[str]) -> pl.DataFrame:
    values = pl.min_horizontal(pl.col(name).n_unique() for name in telling) if telling else pl.lit(None)
    counts = (pl.len().cast(pl.UInt32).alias("children"), values.cast(pl.UInt32).alias("values"))
    if not quasi:
        return known.select(*counts).filter(pl.col("children") > 0)
    return known.group_by(quasi).agg(*counts).select("children", "values", *quasi)


def _least(known: pl.DataFrame, quasi: Sequence[str]) -> int:
    least = _groups(known, quasi, ())["children"].min()
    return int(least) if isinstance(least, int) else 0
