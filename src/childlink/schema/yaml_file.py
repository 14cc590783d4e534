"""A user's YAML file as plain data, with the line of every place in it. What would harm the reader is refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from childlink.errors import InputFault

MOST_BYTES = 2**20
MOST_DEPTH = 20
LONGEST_WORD = 20_000
"""Bytes of a file, lists within lists, and characters of one text: the largest schema that ships has a tenth."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MERGE = "tag:yaml.org,2002:merge"

Place: TypeAlias = Sequence[str | int]


@dataclass(frozen=True)
class YamlFile:
    """``data`` as read. What stands in the file is not in its repr: it may be no schema, but children's data."""

    path: Path
    data: Any = field(repr=False)
    _node: yaml.Node | None = field(repr=False)

    def line(self, place: Place) -> int:
        """The line, from 1, on which the value at ``place`` (keys and positions from 0) stands, or its key does; for
        what is not there the line of what would hold it."""
        node, held, line = self._node, self.data, 1
        for step in place:
            if isinstance(node, yaml.MappingNode) and isinstance(held, dict) and step in held:
                # keys are found by their position: a key may be read as another than it is written, NO as false
                key, node = node.value[list(held).index(step)]
                line = key.start_mark.line + 1
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                line = node.start_mark.line + 1
            else:
                break
            held = held[step]
        return line


def read_yaml(path: Path) -> YamlFile:
    """Read a YAML file of one document.

    Raises InputFault, never with a word of the file, when it cannot be read, is larger than MOST_BYTES, is not UTF-8,
    is not YAML, has anchors and aliases (a few lines of them can stand for more than a machine holds), is nested
    deeper than MOST_DEPTH, or gives a key twice.
    """
    from childlink.returns.csv_file import read_bytes, require_size

    if path.is_file():
        require_size(path, path.stat().st_size, MOST_BYTES)
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputFault(
            f"{path} is not text in UTF-8", allowed="a schema in YAML", next_step="save it as UTF-8"
        ) from None
    try:
        _require_plain(path, text)
        node = yaml.compose(text, Loader=_LOADER)
        _require_single_keys(path, node)
        data = yaml.load(text, Loader=_LOADER)  # noqa: S506 - both loaders are the safe one
    except yaml.YAMLError as fault:
        raise _not_yaml(path, fault) from None
    except (ValueError, TypeError, OverflowError, AttributeError, RecursionError):
        raise InputFault(
            f"{path} holds a value that cannot be read, such as a day that does not exist",
            next_step="put quotes around what is meant as text",
        ) from None
    return YamlFile(path, data, node)


def _not_yaml(path: Path, fault: yaml.YAMLError) -> InputFault:
    """The fault of a file that is no YAML. What the parser says is told where it quotes no more than a sign."""
    mark = getattr(fault, "problem_mark", None)
    said = str(getattr(fault, "problem", None) or "")
    problem = f": {said}" if said and not re.search(r"'[^']{2,}'|\"", said) else ""
    place = f", line {mark.line + 1}" if mark is not None else ""
    return InputFault(
        f"{path}{place}: not YAML{problem}",
        allowed="a schema in YAML: words, colons, lists, and columns in line below one another",
        next_step="mend that line: a text with a colon or a sign in it needs quotes",
    )


def _require_plain(path: Path, text: str) -> None:
    """Look through the file without building anything from it."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise InputFault(
                f"{path}, line {line}: an anchor or alias (& or *)",
                allowed="a schema that says everything where it stands",
                next_step="write out what the alias stands for, or put quotes around a text that begins so",
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        too_long = isinstance(event, yaml.ScalarEvent) and len(event.value) > LONGEST_WORD
        if depth > MOST_DEPTH or too_long:
            what = f"a text of over {LONGEST_WORD:,} characters" if too_long else "lists within lists"
            raise InputFault(
                f"{path}, line {line}: {what}: refused",
                allowed=f"up to {MOST_DEPTH} lists within one another, texts of up to {LONGEST_WORD:,} characters",
                next_step="check that it is a schema",
            )


def _require_single_keys(path: Path, node: yaml.Node | None) -> None:
    waiting = [node] if node is not None else []
    while waiting:
        held = waiting.pop()
        if isinstance(held, yaml.SequenceNode):
            waiting += held.value
        if not isinstance(held, yaml.MappingNode):
            continue
        seen: dict[Any, int] = {}
        for key, value in held.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode) or key.tag == _MERGE:
                raise InputFault(
                    f"{path}, line {line}: a key that is no plain word",
                    allowed="a word, a colon and what it is",
                    next_step="put quotes around the word before the colon",
                )
            if key.value in seen:
                raise InputFault(
                    f"{path}, line {line}: the same word stands on line {seen[key.value]} already, in the same part",
                    allowed="each word, table and code once",
                    next_step="leave one of the two out, or join them",
                )
            seen[key.value] = line
            waiting.append(value)
