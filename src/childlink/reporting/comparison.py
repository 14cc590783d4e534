"""Two runs compared, as a person reads it on a terminal and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from childlink.reporting.places import counted
from childlink.validation.compare import Comparison

if TYPE_CHECKING:
    from rich.console import RenderableType

CHILDREN_NAMED = 5
"""How many children of a rule are named before "and n more"."""


def comparison_as_json(comparison: Comparison) -> str:
    """The comparison as indented JSON, one shape always, with a line break at the end."""
    return json.dumps(comparison.as_dict(), ensure_ascii=False, indent=1) + "\n"


def comparison_as_renderables(comparison: Comparison) -> Iterator[RenderableType]:
    """What to print: a title, the rules that changed, what cannot be told and why, the counts."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    old, new = comparison.old, comparison.new
    one, other = (f"{r.file} ({r.year})" if r.year else r.file for r in (old, new))
    yield Text(f"{new.return_name.upper()}: {one} to {other}", style="bold")
    changed = [r for r in comparison.rules if r["fixed"] or r["new"]]
    if changed:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        table.add_column("rule", no_wrap=True, style="bold")
        table.add_column("severity", no_wrap=True)
        for name in ("fixed", "new", "still"):
            table.add_column(name, justify="right", no_wrap=True)
        table.add_column("children with something new", overflow="fold", max_width=34)
        table.add_column("message", overflow="fold", ratio=1)
        children = _children(comparison)
        for rule in changed:
            numbers = [f"{rule[name]:,}" for name in ("fixed", "new", "still")]
            message = Text(" ".join(rule["message"].split()))
            table.add_row(
                rule["code"], rule["severity"], *numbers, Text(children.get(rule["code"], "")), message
            )
        yield table
    unknown = [r for r in comparison.rules if r["unknown"]]
    if unknown:
        number = counted(comparison.count("unknown"), "finding")
        yield Text(f"Cannot be told, for the rule did not run the second time: {number}", style="bold")
        yield Text(f"  {', '.join(r['code'] for r in unknown)}")
    first = [r["code"] for r in comparison.rules if r["new"] and r["before"] not in ("passed", "findings")]
    if first:
        yield Text("New because the rule did not run the first time:", style="bold")
        yield Text(f"  {', '.join(first)}")
    yield Text(comparison_line(comparison), style="bold green" if not comparison.count("new") else "bold")


def comparison_line(comparison: Comparison) -> str:
    """Counts in one line: "3 fixed, 1 new, 12 still there, 0 not looked for"."""
    counts = {name: f"{comparison.count(name):,}" for name in ("fixed", "new", "still", "unknown")}
    return (
        f"{counts['fixed']} fixed, {counts['new']} new, {counts['still']} still there, "
        f"{counts['unknown']} not looked for"
    )


def _children(comparison: Comparison) -> dict[str, str]:
    """For each rule the first few children with new findings."""
    import polars as pl

    found = {}
    added = comparison.changes.filter((pl.col("change") == "new") & (pl.col("child") != ""))
    for (code,), rows in added.group_by("code", maintain_order=True):
        named = rows["child"].unique(maintain_order=True)
        more = named.len() - CHILDREN_NAMED
        found[str(code)] = ", ".join(named.head(CHILDREN_NAMED)) + (f" and {more:,} more" if more > 0 else "")
    return found
