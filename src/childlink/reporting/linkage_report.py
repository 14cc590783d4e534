"""report.html of a linkage: summary.json for people. Counts only, small ones hidden where they are of people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from childlink.linkage.fields import FIELDS
from childlink.linkage.rates import APART, BIN_WIDTH, BY, FAMILY, LEAST_WEIGHT, LINKED, MOST_WEIGHT, PRESET
from childlink.linkage.review import REASONS
from childlink.reporting.charts import Bar, Column, bar_chart, column_chart
from childlink.reporting.linkage_guild import guild_items
from childlink.reporting.linkage_page import percent, rendered

Summary = Mapping[str, Any]

_PANELS = {
    LINKED: "Linked as one child",
    FAMILY: "Not linked: two children of a family",
    APART: "Not linked: strangers, or not decided",
}
_RATES = {
    "all": ("All records", "Records"),
    "sex": ("By sex", "Sex"),
    "ethnicity": ("By ethnicity", "Ethnic group"),
    "age": ("By age", "Age"),
}
_NOT_LINKABLE = {
    "sealed": "sealed: never compared with anything",
    "no-name": "neither forename nor surname",
    "too-little": "too little is filled in",
}


def linkage_report(summary: Summary) -> str:
    """The page; the same summary gives the same bytes."""
    sources = [given["source"] for given in summary["inputs"]]
    return rendered(
        "linkage_report.html",
        sources=sources,
        records=summary["records"],
        children=summary["children"],
        verdict=_verdict(summary),
        figures=_figures(summary),
        inputs=summary["inputs"],
        completeness=_completeness(summary["completeness"], sources),
        passes=summary["passes"],
        pairs_made=sum(step["pairs"] for step in summary["passes"]),
        most_links=max((step["pairs"] for step in summary["passes"]), default=0) or 1,
        sizes=summary["children_by_records"],
        candidate_pairs=summary["candidate_pairs"],
        pairs_lost=sum(key["pairs_lost"] for key in summary["blocking"]),
        blocking=summary["blocking"],
        blocking_chart=_blocking_chart(summary["blocking"]),
        panels=_panels(summary),
        accept=_plain(summary["settings"]["accept_weight"]),
        review_from=_plain(summary["settings"]["review_weight"]),
        weights=summary["weights"],
        preset=PRESET,
        rates=_rates(summary["link_rates"], sources),
        estimate=_estimate(summary["estimate"]),
        coverage=[{**row, "text": percent(row["share"])} for row in summary["coverage"]],
        review=summary["review"],
        reasons=[
            {"words": REASONS.get(code, code), "pairs": pairs} for code, pairs in summary["review"]["reasons"].items()
        ],
        decisions=summary["decisions"],
        not_linkable=_not_linkable(summary["not_linkable"], sources),
        guild=guild_items(summary),
    )  # fmt: skip


def _verdict(summary: Summary) -> dict[str, str]:
    pairs = summary["review"]["pairs"]
    several = sum(row["children"] for row in summary["children_by_records"] if row["cluster_size"] > 1)
    text = (
        f"{several:,} children have more than one record; {summary['children'] - several:,} have one. "
        f"{summary['candidate_pairs']:,} pairs of records were compared."
    )
    if summary["decisions"]["contradicted"] or summary["decisions"]["disagreed"]:
        return {"kind": "error", "heading": "People's answers are at odds", "text": text}
    if pairs:
        return {"kind": "query", "heading": f"{pairs:,} pairs wait for a person's decision", "text": text}
    return {"kind": "good", "heading": "Nothing waits for a person's decision", "text": text}


def _figures(summary: Summary) -> list[dict[str, str]]:
    alone = sum(
        row["records"] for row in summary["records_by_decision"] if row["decided_by"] in ("none", "sealed")
    )
    figures = [
        ("Records", f"{summary['records']:,}", ""),
        ("Children", f"{summary['children']:,}", ""),
        ("Records linked", percent(1 - alone / summary["records"]), "good"),
        ("Pairs to review", f"{summary['review']['pairs']:,}", "query" if summary["review"]["pairs"] else "good"),
    ]  # fmt: skip
    if summary["estimate"]:
        figures += [
            ("Precision, estimated", percent(summary["estimate"]["precision"]), ""),
            ("Recall, estimated", percent(summary["estimate"]["recall"]), ""),
        ]
    return [{"label": label, "text": text, "kind": kind} for label, text, kind in figures]


def _completeness(rows: Sequence[Mapping[str, Any]], sources: list[str]) -> list[dict[str, Any]]:
    held = {(row["field"], row["source"]): row for row in rows}
    named = {field.name: field.meaning for field in FIELDS if field.name != "record_id"}
    own = sorted({row["field"] for row in rows} - {field.name for field in FIELDS})
    lines = []
    for name in [*named, *own]:
        cells = []
        for source in sources:
            row = held.get((name, source))
            share = row["valid"] / row["rows"] if row and row["rows"] else None
            cells.append({"share": share, "text": "no column" if share is None else percent(share)})
        if any(cell["share"] is not None for cell in cells):
            lines.append({"field": named.get(name, name.replace("_", " ")), "cells": cells})
    return lines


def _blocking_chart(keys: Sequence[Mapping[str, Any]]) -> str:
    if not keys:
        return ""
    return bar_chart(
        [key["key"] for key in keys],
        [[Bar(key["pairs"], f"{key['pairs']:,}") for key in keys]],
        most=max(key["pairs"] for key in keys) or 1,
        label=f"Bar chart of the pairs that each of {len(keys)} blocking keys found; the table has the figures",
    )


def _panels(summary: Summary) -> list[dict[str, Any]]:
    """One chart for each class: strangers are so many that in one chart the others would not be seen."""
    panels = []
    for kind, title in _PANELS.items():
        columns = [Column(row["from"], row["from"] + BIN_WIDTH, row[kind]) for row in summary["weights"]]
        pairs = sum(column.count for column in columns)
        if not pairs:
            continue
        peak = max(columns, key=lambda column: column.count)
        panels.append(
            {
                "title": title,
                "pairs": pairs,
                "most": peak.count,
                "chart": column_chart(
                    columns,
                    kind=kind,
                    axis=range(LEAST_WEIGHT, MOST_WEIGHT + 1, 5 * BIN_WIDTH),
                    accept=summary["settings"]["accept_weight"],
                    review=summary["settings"]["review_weight"],
                    label=f"{title}: column chart of {pairs:,} pairs by match weight, most of them from "
                    f"{peak.start} to {peak.end}",
                ),
            }
        )
    return panels


def _rates(rows: Sequence[Mapping[str, Any]], sources: list[str]) -> list[dict[str, Any]]:
    parts = []
    for by in BY:
        mine = [row for row in rows if row["by"] == by]
        held = {(row["group"], row["source"]): row for row in mine}
        title, heading = _RATES[by]
        order = list(dict.fromkeys(row["group"] for row in _last_unknown(mine, by)))
        lines = [{"group": group, "cells": [_rate(held.get((group, s))) for s in sources]} for group in order]
        parts.append(
            {
                "title": title,
                "heading": heading,
                "caption": "Records whose child is in another source too",
                "lines": lines,
                "chart": _rate_chart(title, lines),
            }
        )
    return parts


def _rate_chart(title: str, lines: Sequence[Mapping[str, Any]]) -> str:
    if len(lines) < 2:  # nothing to compare: the table has its bars
        return ""
    each_source = zip(*(line["cells"] for line in lines), strict=True)
    return bar_chart(
        [line["group"] for line in lines],
        [[Bar(cell["share"] or 0, cell["text"]) for cell in cells] for cells in each_source],
        most=1,
        ticks=[(share / 4, f"{share / 4:.0%}") for share in range(5)],
        label=f"Link rates, {title[0].lower()}{title[1:]}: bar chart with a bar for each source; "
        "the table has the figures",
    )


def _last_unknown(rows: Sequence[Mapping[str, Any]], by: str) -> list[Mapping[str, Any]]:
    from childlink.sharing.generalise import AGE_BANDS

    ages = {band: f"{place}" for place, band in enumerate(AGE_BANDS)}
    return sorted(rows, key=lambda row: (row["group"] == "not known", ages.get(row["group"], row["group"])))


def _rate(row: Mapping[str, Any] | None) -> dict[str, Any]:
    if row is None:
        return {"share": None, "text": "none", "of": ""}
    if row["records"] is None:
        return {"share": None, "text": PRESET.symbol, "of": ""}
    if row["rate"] is None:
        return {"share": None, "text": "none", "of": ""}
    return {
        "share": row["rate"],
        "text": percent(row["rate"]),
        "of": f"{row['linked']:,} of {row['records']:,}",
    }


def _estimate(held: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if held is None:
        return None
    return {**held, "precision": percent(held["precision"]), "recall": percent(held["recall"])}


def _not_linkable(rows: Sequence[Mapping[str, Any]], sources: list[str]) -> list[dict[str, Any]]:
    held = {(row["reason"], row["source"]): row["records"] for row in rows}
    return [
        {"words": words, "cells": [_count(held.get((reason, source), 0)) for source in sources]}
        for reason, words in _NOT_LINKABLE.items()
        if any((reason, source) in held for source in sources)
    ]


def _count(records: int | None) -> str:
    return PRESET.symbol if records is None else f"{records:,}"


def _plain(number: float) -> str:
    return f"{number:g}"
