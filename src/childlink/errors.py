"""Faults that a user can mend, each with its exit code.

The core raises these and never prints or exits; ``childlink.cli.main`` turns them into a message and a
status. Bad *data* is never one of these: it is a finding in a report. Messages name files, lines, columns,
tables and options, never the value of a child's record.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class ChildlinkError(Exception):
    """A fault to be shown as: what is wrong, what is allowed, what to type next.

    ``fault`` is one sentence. ``allowed`` and ``next_step`` are each a phrase or sentence, or None.
    """

    exit_code = 2

    def __init__(self, fault: str, *, allowed: str | None = None, next_step: str | None = None) -> None:
        super().__init__(fault)
        self.fault = fault
        self.allowed = allowed
        self.next_step = next_step


class UsageFault(ChildlinkError):
    """An option, name or code that childlink does not know."""


class InputFault(ChildlinkError):
    """A file or folder that cannot be read as what it was given as."""


class OutputFault(ChildlinkError):
    """A place that cannot be written to."""


class ToolFault(ChildlinkError):
    """childlink itself, or a rule, failed. Not the user's doing."""

    exit_code = 3


def unknown_name(
    kind: str, given: str, known: Iterable[str], *, nearest: str | None = None, next_step: str | None = None
) -> UsageFault:
    """A UsageFault for ``given`` that is none of ``known``, suggesting ``nearest``, or the one spelt most like it.

    ``kind`` is the word for what was named ("return", "year", "rule", ...). At most twelve known names are
    listed; where there are more, ``next_step`` should say how to list them.
    """
    names = list(known)
    by_fold = {name.casefold(): name for name in names}
    near = get_close_matches(given.casefold(), by_fold, n=1, cutoff=0.5)
    suggested = nearest or (by_fold[near[0]] if near else None)
    if suggested is not None:
        next_step = " ".join(s for s in (f"did you mean {suggested}?", next_step) if s)
    allowed = f"one of {', '.join(names)}" if len(names) <= 12 else None
    if next_step is None and names:
        next_step = f"give one of these {kind}s" if allowed else f"check the spelling of the {kind}"
    return UsageFault(f"unknown {kind}: {given}", allowed=allowed, next_step=next_step)
