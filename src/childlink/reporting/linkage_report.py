"""report.html of a linkage (being written)."""
from collections.abc import Mapping
from typing import Any


def linkage_report(summary: Mapping[str, Any]) -> str:
    """The page of a summary.json."""
    return f"<!DOCTYPE html>{len(summary)}"
