"""``childlink validate cross``: what it needs beyond ``childlink validate``, whose options it shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from childlink.errors import UsageFault

if TYPE_CHECKING:
    from childlink.validation import Report

CROSS = "cross"
"""In place of a return's name: several returns are compared."""


def require_its_options(
    return_name: str | None,
    paths: Sequence[Path],
    compared: Mapping[str, Sequence[Path] | None],
    others: Mapping[str, Any],
) -> None:
    """Raise UsageFault where ``compared`` returns are given to another return than cross, and where cross is given
    files without saying what they are, or one of the ``others``, options that no rule across returns reads."""
    named = [f"--{name.replace('_', '-')}" for name, given in compared.items() if given]
    if return_name != CROSS:
        if named:
            raise UsageFault(
                f"{named[0]} is for the comparison of returns, and {return_name or 'a schema'} is one alone",
                allowed="childlink validate cross --ssda903 PATH --cin PATH ...",
                next_step=f"leave {named[0]} out, or validate cross",
            )
        return
    if paths:
        raise UsageFault(
            f"which return it is, was not said: {paths[0]}",
            allowed=", ".join(f"--{name.replace('_', '-')} PATH" for name in compared),
            next_step="childlink validate cross --ssda903 FOLDER --cin FILE",
        )
    unread = [option for option, given in others.items() if given]
    if unread:
        raise UsageFault(f"no rule across returns reads {unread[0]}", next_step=f"leave {unread[0]} out")


def compared_returns(compared: Mapping[str, Sequence[Path] | None], **options: Any) -> Report:
    """The report of the comparison; ``options`` are those of ``validate_cross``."""
    from childlink.validation.cross import validate_cross

    return validate_cross({name: given or () for name, given in compared.items()}, **options)


def show_matched(report: Report) -> None:
    """How many children were compared, on stderr."""
    from childlink.cli.console import say

    matched = report.run.get("matched")
    if matched is None:
        return
    if matched["same_id"] is not None:
        say(
            f"matched by child id: {matched['same_id']:,} of {matched['ssda903']:,} children of the SSDA903, "
            f"{matched['cin']:,} in the children in need census"
        )
    if matched["same_upn"] is not None:
        say(f"matched by UPN, SEN2 or the school census among them: {matched['same_upn']:,}")
