"""An explanation (``linkage.explain``, as an object) as one page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from childlink.linkage.explain import signed
from childlink.reporting.charts import step_chart
from childlink.reporting.linkage_page import rendered


def explanation_page(told: Mapping[str, Any]) -> str:
    """The page of a pair or a child; ``values`` of a pair are shown where it has them."""
    pairs = [told] if told["kind"] == "pair" else [*told["links"], *told["near"]]
    shown = [_pair(pair) for pair in pairs]
    has_values = any(pair["values"] for pair in shown)
    if told["kind"] == "pair":
        one = told["same_child"]
        heading = "One child" if one else "Two children"
        under = " and ".join(shown[0]["names"])
    else:
        heading, under = f"Child {told['child_id']}", f"{len(told['records'])} records"
    return rendered(
        "linkage_explanation.html",
        heading=heading,
        under=under,
        records=told["records"] if told["kind"] == "child" else [],
        pairs=shown,
        foot="It holds values of children's records: keep it as you keep those."
        if has_values
        else "It holds record ids and child ids, and no other value of a record.",
    )


def _pair(pair: Mapping[str, Any]) -> dict[str, Any]:
    names = [f"{record['source']}:{record['record_id']}" for record in pair["records"]]
    steps = pair["steps"] if pair["match_weight"] is not None else []
    ends = [0.0, *(step[end] for step in steps for end in ("before", "after"))]
    axis = (float(min(ends)), float(max(ends)))
    falls = [
        {
            "words": step["words"],
            "weight": signed(step["weight"]),
            "after": signed(step["after"]),
            "chart": step_chart(step["before"], step["after"], kind=_kind(step), ends=axis),
        }
        for step in steps
    ]
    return {
        **pair,
        "names": names,
        "title": " and ".join(names),
        "falls": falls,
        "missing": [
            name.removeprefix("id_").removeprefix("x_").replace("_", " ") for name in pair["missing"]
        ],
        "weight": signed(pair["match_weight"]) if steps else "",
        "values": pair.get("values", []),
    }


def _kind(step: Mapping[str, Any]) -> str:
    if step["field"] == "start":
        return "start"
    return "for" if step["weight"] >= 0 else "against"
