"""Reading what a user said in a TOML file: every fault is gathered, and all are told at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from childlink.errors import ChildlinkError, UsageFault, unknown_name


class TomlReader:
    """What readers of link.toml and agreement.toml share: the faults so far, and the one UsageFault of them all."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.faults: list[ChildlinkError] = []

    def _table(self, document: Mapping[str, Any], key: str, place: str) -> Mapping[str, Any]:
        table = document.get(key, {})
        if isinstance(table, dict):
            return table
        self._wrong(f"{place} is not a table", "a table of TOML")
        return {}

    def _known(self, kind: str, given: Iterable[str], allowed: Iterable[str], place: str) -> None:
        known = list(allowed)
        for name in given:
            if name not in known:
                self._unknown(kind, name, known, place)

    def _unknown(self, kind: str, name: str, allowed: Iterable[str], place: str) -> None:
        self.faults.append(self._placed(unknown_name(kind, name, allowed), place))

    def _placed(self, fault: ChildlinkError, place: str) -> UsageFault:
        text = f"{place}: {fault.fault}" if place else fault.fault
        return UsageFault(text, allowed=fault.allowed, next_step=fault.next_step)

    def _wrong(self, fault: str, allowed: str) -> None:
        self.faults.append(UsageFault(fault, allowed=allowed))

    def _raise(self) -> None:
        if len(self.faults) == 1:
            only = self.faults[0]
            raise UsageFault(
                f"{self.path}: {only.fault}",
                allowed=only.allowed,
                next_step=only.next_step or f"correct {self.path}",
            )
        if self.faults:
            lines = [
                f"\n  {fault.fault}"
                + (f" (allowed: {fault.allowed})" if fault.allowed else "")
                + (f"; {fault.next_step}" if fault.next_step else "")
                for fault in self.faults
            ]
            raise UsageFault(
                f"{self.path} has {len(self.faults)} faults:{''.join(lines)}",
                next_step=f"correct them in {self.path}",
            )
