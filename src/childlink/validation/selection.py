"""Which rules to run: by code, by the beginning of codes, by subject, by severity."""

from __future__ import annotations

from collections.abc import Sequence

from childlink.errors import UsageFault, unknown_name
from childlink.rules.registry import Rule, RuleBook

SEVERITIES = ("error", "query")


def select_rules(
    book: RuleBook,
    year: str,
    *,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    severity: str | None = None,
) -> list[Rule]:
    """The rules in force in ``year`` that are asked for, in the order of their codes.

    ``select`` and ``ignore`` hold words, several of which may stand in one with commas between: a code ("103"), a
    subject ("adoption") or the beginning of codes ("50", "INT"). Without ``select`` every rule is asked for.
    ``severity`` keeps rules of that severity only.

    Raises UsageFault for a word that fits no rule, for a rule not in force in ``year``, and where nothing is left.
    """
    in_force = book.in_force(year)
    wanted = {c for word in words(select) for c in _codes(word, book, in_force, year)} or set(in_force)
    unwanted = {c for word in words(ignore) for c in _codes(word, book, in_force, year)}
    if severity is not None and severity not in SEVERITIES:
        raise unknown_name("severity", severity, SEVERITIES)
    chosen = [r for c, r in in_force.items() if c in wanted - unwanted and severity in (None, r.severity)]
    if not chosen:
        raise UsageFault(
            "no rule is left to run after --select, --ignore and --severity",
            next_step="loosen one of them; see: childlink rules list",
        )
    return chosen


def words(options: Sequence[str]) -> list[str]:
    """The words of a repeatable, comma-separated option, in order."""
    return [word.strip() for option in options for word in option.split(",") if word.strip()]


def _codes(word: str, book: RuleBook, in_force: dict[str, Rule], year: str) -> list[str]:
    """The codes in force that a word means: a code if it is one, else a subject, else the beginning of codes."""
    folded = word.casefold()
    exact = [c for c in in_force if c.casefold() == folded]
    if exact:
        return exact
    elsewhere = [c for c in book.codes() if c.casefold() == folded]
    if elsewhere:
        years = [y for y in book.schema.years if elsewhere[0] in book.in_force(y)]
        raise UsageFault(
            f"rule {elsewhere[0]} is not in force in {year}",
            allowed=f"in force in {', '.join(years)}" if years else "it is in force in no year",
            next_step="leave it out, or give another --year",
        )
    of_subject = [c for c, r in in_force.items() if r.subject.casefold() == folded]
    begins = [c for c in in_force if c.casefold().startswith(folded)]
    found = of_subject or begins
    if not found:
        known = [*book.codes(), *sorted({r.subject for r in in_force.values()})]
        raise unknown_name("rule", word, known, next_step="see: childlink rules list")
    return found
