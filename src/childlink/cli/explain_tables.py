"""An explanation drawn for a terminal: sentences, and bars that stand where the sum of the weights stands."""

from __future__ import annotations

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from childlink.linkage.explain import ChildExplained, Folder, PairExplained, decided_in_words, signed
from childlink.linkage.review import REASONS
from childlink.review.records import Line

_WIDTH = 36


def pair_parts(pair: PairExplained, values: list[Line]) -> list[RenderableType]:
    """A pair whole: what came of it, what spoke for and against, the waterfall, and the values if any."""
    one, other = (f"{source}:{record}" for source, record in (pair.one, pair.other))
    parts: list[RenderableType] = [Text(f"{one} and {other}", "bold"), Text(pair.outcome)]
    if pair.same_child:
        parts.append(Text(f"Child id: {pair.child_ids[0]}"))
    else:
        parts.append(Text(f"Child ids: {pair.child_ids[0]} and {pair.child_ids[1]}"))
    parts += [Text(f"To review: {REASONS.get(code, code)}.") for code in pair.reasons]
    if pair.verdict:
        parts.append(Text(f"People's answer: {pair.verdict}."))
    for words, against in (("For one child", False), ("Against", True)):
        told = [f"{step.words} ({signed(step.weight)})" for step in pair.speaking(against=against)]
        if told:
            parts.append(Text(f"{words}: {'; '.join(told)}."))
    if pair.silent:
        names = ", ".join(
            name.removeprefix("id_").removeprefix("x_").replace("_", " ") for name in pair.silent
        )
        parts.append(Text(f"No value on one side, so silent: {names}."))
    if pair.match_weight is not None:
        parts.append(waterfall(pair))
    elif pair.steps:
        parts.append(Text(f"No model was trained. Found: {'; '.join(s.words for s in pair.steps)}."))
    if values:
        parts.append(side_by_side(pair, values))
    return parts


def child_parts(folder: Folder, child: ChildExplained, values: list[list[Line]]) -> list[RenderableType]:
    """A child: its records, the pairs that put them together, and pairs that wait for a decision."""
    table = Table(box=box.SIMPLE_HEAD, title=f"Child {child.child_id}", title_justify="left")
    for heading in ("source", "record", "decided by", "which means"):
        table.add_column(heading, overflow="fold")
    for source, record, decided in child.records:
        table.add_row(Text(source), Text(record), decided, decided_in_words(folder, decided))
    parts: list[RenderableType] = [table]
    shown = iter(values)
    for title, pairs in (("Linked by", child.links), ("To review, with records of others", child.near)):
        if not pairs:
            continue
        parts.append(Text(title, "bold"))
        for pair in pairs:
            parts.append(Text(""))
            parts.extend(pair_parts(pair, next(shown)))
    return parts


def waterfall(pair: PairExplained) -> Table:
    """Steps with their weight, the sum after each, and a bar from the sum before to the sum after. A bar for
    one child is of full blocks, a bar against of shaded ones."""
    ends = [0.0] + [end for step in pair.steps for end in (step.before, step.after)]
    low, high = min(ends), max(ends)
    scale = (_WIDTH - 1) / ((high - low) or 1.0)
    zero = round((0.0 - low) * scale)
    table = Table(box=box.SIMPLE_HEAD, show_footer=True)
    table.add_column("found", Text("match weight: log2 of the odds that they are one child"), overflow="fold")
    table.add_column("weight", justify="right")
    table.add_column("sum", signed(pair.match_weight or 0.0), justify="right")
    table.add_column(Text(" " * zero + "0"), Text(" " * zero + "0"), no_wrap=True)
    for step in pair.steps:
        first, last = sorted((round((step.before - low) * scale), round((step.after - low) * scale)))
        towards = round(step.weight, 1) >= 0
        bar = Text(" " * first)
        blocks = ("█" if towards else "▒") * max(last - first, 1) if round(step.weight, 1) else "·"
        bar.append(blocks, "green" if towards else "red")
        table.add_row(Text(step.words), signed(step.weight), signed(step.after), bar)
    return table


def side_by_side(pair: PairExplained, values: list[Line]) -> Table:
    """The two records, asked for with --show-values."""
    table = Table(box=box.SIMPLE_HEAD, title="The records", title_justify="left")
    table.add_column("")
    for source, record in (pair.one, pair.other):
        table.add_column(Text(f"{source}:{record}"), overflow="fold")
    table.add_column("")
    for line in values:
        table.add_row(line.field, Text(line.left), Text(line.right), line.mark)
    return table
