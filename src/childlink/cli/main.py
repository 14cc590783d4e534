"""The command line: one app, one module for each group of commands, one place where faults become exit codes.

Exit codes (DESIGN.md): 0 nothing at or above --fail-on, 1 findings, 2 the job could not be done, 3 childlink
or a rule crashed.
"""

from __future__ import annotations

import gc
import sys
import traceback
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from childlink.cli.console import err, settings
from childlink.errors import ChildlinkError


class Commands(TyperGroup):
    """The group of all commands, which turns whatever a command raises into a message and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; see the module for the exit codes."""
        try:
            return super().invoke(ctx)
        except ChildlinkError as fault:
            _explain(fault)
            raise typer.Exit(fault.exit_code) from None
        except KeyboardInterrupt:
            err().print("stopped: nothing was left half-written", markup=False)
            raise typer.Exit(2) from None
        except (typer.Exit, typer.Abort, TyperException):
            raise
        except Exception as crash:  # noqa: BLE001 - the last stop before the user
            _confess(crash)
            raise typer.Exit(3) from None


COMMANDS: Mapping[str, str] = {
    "validate": "validate",
    "compare": "compare",
    "convert": "convert",
    "rules": "rules",
    "schemas": "schemas",
    "link": "link",
    "evaluate": "link",
    "review": "review",
    "explain": "explain",
    "model": "model",
    "register": "register",
    "keys": "keys",
    "share": "share",
    "reidentify": "share",
    "audit": "audit",
    "synth": "synth",
    "demo": "demo",
}
"""Each command and the module of this package that registers it, in the order of the help."""


def app_of(commands: Iterable[str]) -> typer.Typer:
    """The app with the modules of these commands: one command needs the options of no other to be made."""
    made = typer.Typer(
        name="childlink",
        cls=Commands,
        no_args_is_help=True,
        pretty_exceptions_enable=False,  # a traceback may hold values of children's records
        rich_markup_mode="rich",
        help="Check children's-services returns before they are sent, and say which records are the same child."
        "\n\nStart with: [bold]childlink demo[/bold]",
    )
    made.callback()(global_options)
    for module in dict.fromkeys(COMMANDS[command] for command in commands):
        import_module(f"childlink.cli.{module}").register(made)
    return made


def __getattr__(name: str) -> typer.Typer:
    """``app``: the app with every command, made when it is asked for."""
    if name != "app":
        raise AttributeError(name)
    globals()["app"] = app_of(COMMANDS)
    return globals()["app"]  # type: ignore[no-any-return]


def _version(wanted: bool) -> None:
    if wanted:
        from childlink import __version__

        typer.echo(f"childlink {__version__}")
        raise typer.Exit


def global_options(
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the result and nothing else.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Also print timings.")] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show tracebacks. They may hold values of records.")
    ] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colour (also: set NO_COLOR).")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options that come before any command."""
    settings.quiet, settings.verbose, settings.debug, settings.no_color = quiet, verbose, debug, no_color


def main() -> None:
    """Run the command line; end the process with the exit code of the contract."""
    # a command makes many objects, few cycles of them, and is soon over: to look for cycles as often as Python
    # does by itself takes a sixth of the time of a small return, and to look through all there is at the end,
    # which the end of the process frees in any case, a tenth
    gc.set_threshold(200_000, 50, 100)
    command = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    try:
        app_of([command] if command in COMMANDS else COMMANDS)()
    finally:
        gc.freeze()


def _explain(fault: ChildlinkError) -> None:
    console = err()
    console.print(f"[bold red]error[/bold red]: {_plain(fault.fault)}", soft_wrap=True)
    if fault.allowed:
        console.print(f"  allowed: {_plain(fault.allowed)}", soft_wrap=True)
    if fault.next_step:
        console.print(f"  next: {_plain(fault.next_step)}", soft_wrap=True)
    if settings.debug:
        console.print(traceback.format_exc(), markup=False)


def _confess(crash: Exception) -> None:
    """Say where childlink broke without the message of the crash, which may quote a record."""
    console = err()
    frames = [f for f in traceback.extract_tb(crash.__traceback__) if "childlink" in f.filename]
    place = f" in {frames[-1].name}, line {frames[-1].lineno}" if frames else ""
    console.print(
        f"[bold red]error[/bold red]: childlink itself failed ({type(crash).__name__}{place})", soft_wrap=True
    )
    console.print(
        "  next: run again with --debug before the command, and report what it shows", soft_wrap=True
    )
    if settings.debug:
        console.print(traceback.format_exc(), markup=False)


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)
