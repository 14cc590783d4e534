"""Worked examples of rules: tables drawn as text, with the rows that the rule must flag.

They ship with childlink, are run as tests, and are what ``childlink rules show`` shows. One YAML file for each
subject; in it, by code, a list of cases:

    "148":
      - title: A reason without a date is flagged
        year: "2025-26"                      # optional: else the last year in which the rule is in force
        context: {local_authority: E08000025}  # optional
        tables:
          Episodes: |
            CHILD | DEC        | REC | flagged
            1     |            | X1  | yes
            2     | 01/06/2025 | X1  |

An empty cell is a missing value. The column ``flagged`` is no column of the table: it marks expected rows, with
"yes", or with the names of the findings that the row belongs to ("a", "a b"), where those are to be shown. A case of
a rule about the return as a whole says ``fails: true`` or ``fails: false`` instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

FLAGGED = "flagged"
YES = "yes"


@dataclass(frozen=True)
class Case:
    """One worked example of the rule ``code`` in ``year`` (None: the last year in which it is in force).

    ``fails`` is None but for a rule about the return as a whole: then it says whether the return fails it.
    """

    code: str
    title: str
    year: str | None
    drawn: Mapping[str, str]
    context: Mapping[str, Any] = field(default_factory=dict)
    fails: bool | None = None

    def tables(self) -> dict[str, pl.DataFrame]:
        """The tables as ``check_rule`` takes them: text, but for PL_DISTANCE."""
        return {name: _frame(text) for name, text in self.drawn.items() if name != "providers"}

    def full_context(self) -> dict[str, Any]:
        """The context as ``check_rule`` takes it; a drawn provider list among it."""
        drawn = {"providers": _frame(self.drawn["providers"])} if "providers" in self.drawn else {}
        return {**self.context, **drawn}

    def expected(self) -> dict[str, list[int]]:
        """What ``check_rule`` gives: rows to be flagged, positions from 0 by table, tables without any left out."""
        if self.fails is not None:
            return {"": []} if self.fails else {}
        marked = {name: list(_marked(text)) for name, text in self.drawn.items()}
        return dict(sorted((name, rows) for name, rows in marked.items() if rows))

    def findings(self) -> dict[str, dict[str, list[int]]] | None:
        """The rows of each finding that the marks name, by table; None where rows are marked with "yes"."""
        found: dict[str, dict[str, list[int]]] = {}
        for table, text in self.drawn.items():
            for row, names in _marked(text).items():
                for name in names:
                    found.setdefault(name, {}).setdefault(table, []).append(row)
        return None if YES in found or not found else found


@cache
def load_cases(return_name: str) -> dict[str, list[Case]]:
    """The cases of a return's rules by code, in the order of their files."""
    found: dict[str, list[Case]] = {}
    for path in sorted((Path(__file__).parent / return_name / "cases").glob("*.yaml")):
        for case in _read(path):
            found.setdefault(case.code, []).append(case)
    return found


def _read(path: Path) -> Iterator[Case]:
    import yaml

    for code, cases in yaml.safe_load(path.read_text(encoding="utf-8")).items():
        for case in cases:
            yield Case(
                code=code,
                title=case["title"],
                year=case.get("year"),
                drawn=case["tables"],
                context=case.get("context", {}),
                fails=case.get("fails"),
            )


def _cells(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]


def _frame(text: str) -> pl.DataFrame:
    header, *rows = _cells(text)
    keep = [i for i, name in enumerate(header) if name != FLAGGED]
    data = {header[i]: [row[i] or None for row in rows] for i in keep}
    frame = pl.DataFrame(data, schema=dict.fromkeys(data, pl.String))
    return frame.with_columns(pl.col(c).cast(pl.Float64) for c in frame.columns if c == "PL_DISTANCE")


def _marked(text: str) -> dict[int, list[str]]:
    """The marks of each row that has any."""
    header, *rows = _cells(text)
    if FLAGGED not in header:
        return {}
    mark = header.index(FLAGGED)
    return {i: row[mark].split() for i, row in enumerate(rows) if row[mark]}
