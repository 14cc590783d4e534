"""How an XML return holds its tables: which element is which column, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

CHILD_ITSELF = "."
"""The ``row`` of a table with one row for each child."""


@dataclass(frozen=True)
class XmlTable:
    """One table. Paths are those below the element of one child, such as "HEADER/AMISSING/MIS_END".

    There is a row for each element ``row`` (CHILD_ITSELF: for each child), where the element ``when`` holds
    text, if one is named. ``columns`` gives the path of each column; one outside ``row`` is the child's own
    and is copied to every row of the child.
    """

    row: str
    columns: Mapping[str, str]
    when: str | None = None


class XmlShape(Protocol):
    """What reading an XML file needs to know of a return.

    ``root`` is the name of its root element; ``units`` are the paths, below the root, of the elements that are
    held in memory one at a time, the child's last; ``looks_like`` names other returns by their root element, or
    by root and collection ("Message/CIN").
    """

    @property
    def root(self) -> str: ...

    @property
    def units(self) -> tuple[str, ...]: ...

    @property
    def looks_like(self) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class XmlLayout:
    """The root element, the element of one child directly below it, and the tables.

    ``looks_like`` names other returns by their root element, or by root and collection ("Message/CIN").
    """

    root: str
    child: str
    tables: Mapping[str, XmlTable]
    looks_like: Mapping[str, str]

    @property
    def units(self) -> tuple[str, ...]:
        """The path of the only element held in memory: the child's."""
        return (self.child,)

    @classmethod
    def from_mapping(cls, described: Mapping[str, Any]) -> XmlLayout:
        """The layout under the key ``xml`` of a schema file."""
        return cls(
            root=described["root"],
            child=described["child"],
            tables={name: XmlTable(**table) for name, table in described["tables"].items()},
            looks_like=described.get("looks_like", {}),
        )

    @cached_property
    def tree(self) -> Element:
        """The elements below one child that the layout knows."""
        top = Element(path="")
        for table in self.tables.values():
            if table.row != CHILD_ITSELF:
                _element(top, table.row).is_row = True
            for path in (*table.columns.values(), *([table.when] if table.when else [])):
                _element(top, path).is_leaf = True
        return top


@dataclass
class Element:
    """An element that the layout knows: its path, the elements below it by name, and what it is."""

    path: str
    is_leaf: bool = False
    is_row: bool = False
    below: dict[str, Element] = field(default_factory=dict)

    @cached_property
    def leaves(self) -> dict[str, str]:
        """The paths of the elements below it that hold text alone, by name."""
        return {name: element.path for name, element in self.below.items() if element.is_leaf}


def _element(top: Element, path: str) -> Element:
    here = top
    for name in path.split("/"):
        here = here.below.setdefault(name, Element(path=f"{here.path}/{name}".lstrip("/")))
    return here
