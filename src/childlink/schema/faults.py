"""Faults of a schema, gathered while it is looked through, and told at once, each with its line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from childlink.errors import InputFault, unknown_name
from childlink.schema.yaml_file import YamlFile

MOST_TOLD = 20
_MOST_NAMED = 40
"""Characters of a word of the file that a message repeats."""


class Faults:
    """The faults found so far in one file, and the small checks that every part of it shares.

    A ``place`` is the way to a value from the top: keys, and positions from 0. A value of None passes every check:
    the word is not there.
    """

    def __init__(self, read: YamlFile) -> None:
        self.read = read
        self.found: list[tuple[int, str, str | None, str | None]] = []

    def wrong(
        self, place: tuple[Any, ...], fault: str, allowed: str | None, next_step: str | None = None
    ) -> None:
        """Note a fault."""
        line = self.read.line(place)
        words = self._in_words(place)
        self.found.append((line, f"{words}: {fault}" if words else fault, allowed, next_step))

    def lacks(self, place: tuple[Any, ...], word: str, example: str) -> None:
        """Note that a part that must be there is not."""
        self.wrong(place, f"it has no {word}", example)

    def unknown(self, place: tuple[Any, ...], kind: str, given: Any, known: Iterable[str]) -> None:
        """Note a name that is none of ``known``."""
        if not isinstance(given, str):
            self.wrong(place, f"not the name of a {kind}", ", ".join(list(known)[:12]) or None)
            return
        fault = unknown_name(kind, given[:_MOST_NAMED], known)
        self.wrong(place, fault.fault, fault.allowed, fault.next_step)

    def words(self, place: tuple[Any, ...], part: Mapping[Any, Any], known: Iterable[str]) -> None:
        """Every word of a part is one of ``known``."""
        for word in part:
            if word not in known:
                self.unknown((*place, word), "word", word, known)

    def one_of(
        self,
        place: tuple[Any, ...],
        given: Any,
        known: Iterable[str],
        kind: str,
        next_step: str | None = None,
    ) -> None:
        """A value is one of ``known``."""
        known = list(known)
        if given is None or (isinstance(given, str) and given in known):
            return
        self.unknown(place, kind, given, known)
        if next_step is not None:
            line, fault, allowed, _ = self.found[-1]
            self.found[-1] = (line, fault, allowed, next_step)

    def text(self, place: tuple[Any, ...], given: Any) -> None:
        """A value is text."""
        if given is not None and not isinstance(given, str):
            self.wrong(place, "not text", "text; in quotes where it is a number, a date, yes or no")

    def texts(self, place: tuple[Any, ...], given: Any) -> None:
        """A value is text, or a list of texts."""
        if given is not None and not all(isinstance(one, str) for one in a_list(given)):
            self.wrong(
                place, "not text or a list of texts", "texts, in quotes where they are numbers, yes or no"
            )

    def yes_or_no(self, place: tuple[Any, ...], given: Any) -> None:
        """A value is true or false."""
        if given is not None and not isinstance(given, bool):
            self.wrong(place, "not true or false", "true or false")

    def raise_all(self) -> None:
        """Raise InputFault where there are faults: the one, or all of them in the order of their lines."""
        if not self.found:
            return
        path = self.read.path
        faults = sorted(dict.fromkeys(self.found), key=lambda fault: fault[0])
        if len(faults) == 1:
            line, said, allowed, next_step = faults[0]
            raise InputFault(
                f"{path}, line {line}: {said}", allowed=allowed, next_step=next_step or f"correct {path}"
            )
        lines = [
            f"\n  line {line}: {said}"
            + (f" (allowed: {allowed})" if allowed else "")
            + (f"; {next_step}" if next_step else "")
            for line, said, allowed, next_step in faults[:MOST_TOLD]
        ]
        if len(faults) > MOST_TOLD:
            lines.append(f"\n  and {len(faults) - MOST_TOLD} more")
        raise InputFault(
            f"{path} has {len(faults)} faults:{''.join(lines)}", next_step=f"correct them in {path}"
        )

    def _in_words(self, place: tuple[Any, ...]) -> str:
        """A place as people say it: "tables, people, column 3 (dob), type"."""
        told: list[str] = []
        held: Any = self.read.data
        for step in place:
            try:
                held = held[step]
            except (KeyError, IndexError, TypeError):
                held = None
            if isinstance(step, str):
                told.append(step[:_MOST_NAMED])
            elif isinstance(step, int) and not isinstance(step, bool) and told and told[-1] == "fields":
                name = held.get("name") if isinstance(held, dict) else None
                told[-1] = f"column {step + 1}" + (
                    f" ({name[:_MOST_NAMED]})" if isinstance(name, str) else ""
                )
            elif isinstance(step, int) and not isinstance(step, bool):
                told.append(str(step + 1))
        return ", ".join(told)


def a_list(given: Any) -> list[Any]:
    """One value or several, as a list; nothing as an empty one."""
    if given is None:
        return []
    return given if isinstance(given, list) else [given]
