"""Text that has the form of a pattern: a small part of the language of regular expressions, written the other way."""

from __future__ import annotations

import string
from collections.abc import Callable
from functools import cache

from childlink.synth.dice import Dice

Write = Callable[[Dice], str]
_CLASSES = {"d": string.digits, "w": string.ascii_letters + string.digits + "_", "s": " "}
_ANY = string.ascii_lowercase + string.digits
_MANY = 3
"""How often, at most, what may come any number of times does."""


@cache
def writer(pattern: str) -> Write:
    """What writes a text of the form of ``pattern``: characters, classes, groups, alternatives and repeats. Anchors
    say nothing, for a pattern is meant over the whole length. Raises ValueError for any other pattern."""
    reader = _Reader(pattern)
    written = reader.alternatives()
    if reader.at < len(pattern):
        raise ValueError("a bracket too many")
    return written


class _Reader:
    """A pattern being read from left to right."""

    def __init__(self, pattern: str) -> None:
        self.pattern, self.at = pattern, 0

    def alternatives(self) -> Write:
        several = [self._sequence()]
        while self._peek() == "|":
            self.at += 1
            several.append(self._sequence())
        return several[0] if len(several) == 1 else lambda dice: dice.one(several)(dice)

    def _peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def _next(self) -> str:
        character = self._peek()
        if not character:
            raise ValueError("the pattern ends too soon")
        self.at += 1
        return character

    def _sequence(self) -> Write:
        parts: list[Write] = []
        while self._peek() not in ("", "|", ")"):
            one = self._one()
            if one is not None:
                parts.append(self._repeated(one))
        return lambda dice: "".join(part(dice) for part in parts)

    def _one(self) -> Write | None:
        character = self._next()
        if character in "^$":
            return None
        if character == "(":
            return self._group()
        if character == "[":
            return _one_of(self._class())
        if character == ".":
            return _one_of(_ANY)
        if character == "\\":
            return self._escape()
        if character in "*+?{":
            raise ValueError("a repeat of nothing")
        return lambda dice: character

    def _escape(self) -> Write | None:
        character = self._next()
        if character in "bAzZ":
            return None
        if character in _CLASSES:
            return _one_of(_CLASSES[character])
        if character.isalnum():
            raise ValueError("an escape that is not known here")
        return lambda dice: character

    def _group(self) -> Write:
        if self._peek() == "?":
            if self.pattern[self.at : self.at + 2] != "?:":
                raise ValueError("a group that is not known here")
            self.at += 2
        inside = self.alternatives()
        if self._next() != ")":
            raise ValueError("a group without an end")
        return inside

    def _class(self) -> str:
        if self._peek() == "^":
            self.at += 1
            left_out = self._members()
            return "".join(c for c in _ANY + string.ascii_uppercase if c not in left_out)
        return self._members()

    def _members(self) -> str:
        members = ""
        while (character := self._next()) != "]" or not members:
            if character == "\\":
                escaped = self._next()
                members += _CLASSES.get(escaped, escaped)
            elif self._peek() == "-" and self.pattern[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                last = self._next()
                members += "".join(chr(c) for c in range(ord(character), ord(last) + 1))
            else:
                members += character
        return members

    def _repeated(self, one: Write) -> Write:
        sign = self._peek()
        if sign not in ("?", "*", "+", "{") or not sign:
            return one
        self.at += 1
        if sign == "{":
            end = self.pattern.index("}", self.at)
            low, comma, high = self.pattern[self.at : end].partition(",")
            self.at = end + 1
            least = int(low or 0)
            most = least if not comma else int(high) if high else least + _MANY
        else:
            least, most = {"?": (0, 1), "*": (0, _MANY), "+": (1, 1 + _MANY)}[sign]
        return lambda dice: "".join(one(dice) for _ in range(dice.whole(least, most)))


def _one_of(characters: str) -> Write:
    if not characters:
        raise ValueError("a class of no characters")
    return lambda dice: dice.one(characters)
