"""An XML file, one child at a time: never whole in memory, no DTD, no entities, nothing from elsewhere."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from lxml import etree

from childlink.errors import InputFault
from childlink.returns.csv_file import require_size
from childlink.returns.xml_layout import XmlShape

if TYPE_CHECKING:
    from lxml.etree import _Element

_AT_A_TIME = 256 * 1024
_FIRST_LOOK = 4 * 1024
MOST_BYTES = 2 * 2**30
"""The largest file that is read. All children looked after in England take some 200 million bytes; what is kept
in memory grows with their rows, not with the file."""
MOST_BEFORE_THE_ROOT = 1024 * 1024
MOST_IN_A_CHILD = 16 * 1024 * 1024
"""Bytes of one child's element. 366 episodes and as many of every repeated block come to under one million."""

_EXPORT_AGAIN = "export the return again, or mend that line in a text editor"
_BROKEN = {
    "ERR_TAG_NAME_MISMATCH": "an element ends under another name than it began with, or is not ended",
    "ERR_TAG_NOT_FINISHED": "the file ends before all of its elements have ended",
    "ERR_DOCUMENT_END": "there is something after the end of the root element, or the file breaks off",
    "ERR_DOCUMENT_EMPTY": "it does not begin as XML",
    "ERR_INVALID_ENCODING": "a character is not in the encoding the file says it has (UTF-8 if it says none)",
    "ERR_INVALID_CHAR": "a character that XML does not allow",
    "ERR_UNSUPPORTED_ENCODING": "the encoding it says it has is not known",
    "ERR_UNDECLARED_ENTITY": "a name between & and ; that XML does not know (an & in text is written &amp;)",
    "ERR_ENTITYREF_SEMICOL_MISSING": "an & in text is written &amp;",
    "ERR_GT_REQUIRED": "a tag is not complete: the file breaks off there, or a < in text is not written &lt;",
    "ERR_NAME_REQUIRED": "an & in text is written &amp;, a < is written &lt;",
    "ERR_RESOURCE_LIMIT": "elements stand too deep in one another, or one holds too much text",
}
_FATAL = 3
_OTHER = "it is not well-formed XML"


@dataclass
class XmlFile:
    """One XML return as it is read: ``sha256`` (of its bytes, hexadecimal) and ``beside`` are whole once ``units``
    has run out. ``beside`` counts the elements that are neither a unit nor above or in one, by their path;
    ``lines`` gives the line of the first element that is above units, by its path."""

    path: Path
    layout: XmlShape
    sha256: str = ""
    beside: dict[str, int] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    def units(self) -> Iterator[tuple[str, _Element]]:
        """Each element that is one of the layout's units, with its path, in the order of the file; it is emptied
        when the next is asked for.

        Raises InputFault when the file cannot be read, is not well-formed (with line and column), declares a
        document type (entities, and so XML bombs, come no other way), has another root element than the
        layout's, or a unit of more than MOST_IN_A_CHILD bytes.
        """
        with _opened(self.path) as stream:
            _require_root(self.path, stream, self.layout)
            stream.seek(0)
            yield from self._units(stream)

    def _units(self, stream: BinaryIO) -> Iterator[tuple[str, _Element]]:
        names = [path.rpartition("/")[2] for path in self.layout.units]
        parser = _parser(("end",), [f"{{*}}{name}" for name in names])
        digest = hashlib.sha256()
        since, number = 0, 0
        while data := stream.read(_AT_A_TIME):
            digest.update(data)
            since += len(data)
            _step(self.path, parser, lambda data=data: parser.feed(data))  # type: ignore[misc]
            for _, element in parser.read_events():
                path = _path(element)
                if path not in self.layout.units:
                    continue
                since, number = 0, number + (path == self.layout.units[-1])
                yield path, element
                element.clear()
                self._let_go(element)
            if since > MOST_IN_A_CHILD:
                raise _too_large(self.path, names[-1], number + 1)
        self._count(_step(self.path, parser, parser.close), "")
        self.sha256 = digest.hexdigest()

    def _let_go(self, unit: _Element) -> None:
        """Drop what stands before a unit, there and above, and count what is neither a unit nor above one."""
        here = unit
        while (above := here.getparent()) is not None:
            if above[0] is not here:
                path = _path(above)
                while above[0] is not here:
                    self._count_one(above[0], path)
                    del above[0]
            here = above

    def _count(self, above: _Element, path: str) -> None:
        for element in above:
            self._count_one(element, path)

    def _count_one(self, element: _Element, above: str) -> None:
        path = f"{above}/{local_name(element)}".lstrip("/")
        if path in self.layout.units:
            return
        if any(unit.startswith(f"{path}/") for unit in self.layout.units):
            self.lines.setdefault(path, element.sourceline or 0)
            self._count(element, path)
        else:
            self.beside[path] = self.beside.get(path, 0) + 1


def _path(element: _Element) -> str:
    """The names of the elements from the one below the root to this one."""
    names = []
    while (above := element.getparent()) is not None:
        names.append(local_name(element))
        element = above
    return "/".join(reversed(names))


def local_name(element: _Element) -> str:
    """The name of an element without its namespace."""
    tag = str(element.tag)
    return tag.rpartition("}")[2]


def _parser(events: tuple[str, ...], tag: list[str] | None = None) -> Any:
    return etree.XMLPullParser(
        events=events,
        tag=tag,
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )


def _step(path: Path, parser: Any, step: Callable[[], Any]) -> Any:
    """What ``step`` of the parser gives, or the fault in the file that it ran into."""
    wrong = None
    try:
        result = step()
    except etree.XMLSyntaxError as error:
        wrong = error
    # lxml goes on after some errors and then reports another one: the first is in its log
    for entry in parser.feed_error_log:
        if entry.level >= _FATAL:
            raise _broken(path, entry.line, entry.column, entry.type_name) from None
    if wrong is not None:
        line, column = wrong.position
        name = next((n for n in _BROKEN if getattr(etree.ErrorTypes, n, None) == wrong.code), "")
        raise _broken(path, line, column, name) from None
    return result


def _broken(path: Path, line: int, column: int, error: str) -> InputFault:
    # the words of libxml2 may hold text of the file: they are not passed on
    return InputFault(
        f"{path}, line {line}, column {column}: {_BROKEN.get(error, _OTHER)}",
        allowed="well-formed XML",
        next_step=_EXPORT_AGAIN,
    )


def _opened(path: Path) -> BinaryIO:
    try:
        size = path.stat().st_size
        require_size(path, size, MOST_BYTES)
        if size == 0:
            raise InputFault(f"{path} is empty", next_step="export the return again")
        return path.open("rb")
    except OSError as wrong:
        raise InputFault(
            f"cannot read {path}: {wrong.strerror}",
            next_step="check that you may read it and that no other program holds it",
        ) from None


def _require_root(path: Path, stream: BinaryIO, layout: XmlShape) -> None:
    """Look at the head of a file, up to its root element."""
    parser = _parser(("start",))
    head = b""
    while len(head) < MOST_BEFORE_THE_ROOT and (data := stream.read(_FIRST_LOOK)):
        head += data
        try:
            _step(path, parser, lambda data=data: parser.feed(data))  # type: ignore[misc]
        except InputFault:
            if _declares_a_type(head):
                raise _document_type(path) from None
            if _says_wide_and_is_not(head):
                raise _wrong_encoding(path) from None
            raise
        root = next((element for _, element in parser.read_events()), None)
        if root is None:
            continue
        if root.getroottree().docinfo.internalDTD is not None:
            raise _document_type(path)
        name = local_name(root)
        if name != layout.root:
            raise _other_root(path, name, stream, head, layout)
        return
    if len(head) < MOST_BEFORE_THE_ROOT:
        _step(path, parser, parser.close)
    raise InputFault(f"{path} has no root element in its first megabyte", next_step="export the return again")


def _declares_a_type(head: bytes) -> bool:
    return b"<!DOCTYPE" in head.replace(b"\0", b"")  # UTF-16 has a NUL in each of these characters


def _says_wide_and_is_not(head: bytes) -> bool:
    """Whether the first line names an encoding of two bytes or more for each character, and has one byte for each."""
    named = re.match(rb"\s*<\?xml[^>]*encoding\s*=\s*[\"'](utf-?16|utf-?32|ucs)", head, flags=re.IGNORECASE)
    return named is not None and b"\0" not in head


def _wrong_encoding(path: Path) -> InputFault:
    return InputFault(
        f"{path}, line 1: it is not in the encoding that it says it has",
        allowed="UTF-8, or the encoding that the first line names",
        next_step='write encoding="UTF-8" in the first line in a text editor, or export the return again',
    )


def _document_type(path: Path) -> InputFault:
    return InputFault(
        f"{path} declares a document type (<!DOCTYPE ...>), which may define entities that grow without bound or "
        "read other files: refused",
        allowed="the return as the case management system writes it, without a document type",
        next_step="delete the declaration in a text editor, or export the return again",
    )


def _other_root(path: Path, name: str, stream: BinaryIO, head: bytes, layout: XmlShape) -> InputFault:
    fault = f"{path} is not this return: its root element is {name}, not {layout.root}"
    if name.casefold() == layout.root.casefold():
        fault += " (capitals count)"
    elif name in layout.looks_like:
        looks = layout.looks_like[name]
        start = (head + stream.read(_AT_A_TIME)).replace(b"\0", b"")
        for key, what in layout.looks_like.items():
            root, _, collection = key.partition("/")
            if root == name and collection and f">{collection}</Collection>".encode() in start:
                looks = what
        fault += f"; it looks like {looks}"
    return InputFault(
        fault,
        allowed=f"XML whose root element is {layout.root}",
        next_step="name the return that the file holds, or give the right file",
    )


def _too_large(path: Path, child: str, number: int) -> InputFault:
    return InputFault(
        f"{path}: element {child} number {number} does not end within {MOST_IN_A_CHILD // 2**20} megabytes",
        allowed="one such element for each child",
        next_step="export the return again",
    )
