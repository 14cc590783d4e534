"""The report as one line for each flagged row, in the form editors and grep know: file:line: code ..."""

from __future__ import annotations

from childlink.reporting.places import cells_of, files_of, place_of, summary_line
from childlink.validation.report import Report


def as_lines(report: Report) -> str:
    """Each flagged row as ``file:line: code severity columns message``, then a line that counts.

    Rows of a table that has no lines are given by table and number ("Header row 12"); a finding about the
    whole return has neither. What a baseline accepts says so at the end of its line. The order is the report's.
    """
    files = files_of(report)
    messages = {r.code: " ".join(r.message.split()) for r in report.rules}
    lines = [
        f"{place_of(f, files)}: {f['code']} {f['severity']} {cells_of(f)} {messages[f['code']]}"
        f"{_accepted(f.get('accepted'))}"
        for f in report.findings.iter_rows(named=True)
    ]
    return "\n".join([*lines, summary_line(report)]) + "\n"


def _accepted(reason: str | None) -> str:
    if reason is None:
        return ""
    return f" (accepted: {' '.join(reason.split())})" if reason.strip() else " (accepted)"
