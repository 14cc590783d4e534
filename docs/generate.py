"""Write the pages of docs/ that childlink itself can say: rules, returns and the command line.

    python docs/generate.py            write them into docs/
    python docs/generate.py FOLDER     write them there

A page of a return begins with docs/returns/_intro/RETURN.md, where there is one; all else comes from the rules, the
schemas and the app. ``pages`` gives them without writing; tests/docs/test_generated.py fails where docs/ is stale.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from childlink.cli.main import COMMANDS, app_of
from childlink.reporting.return_pages import as_return_page
from childlink.reporting.rule_pages import NOT_BY_HAND, as_catalogue, escaped
from childlink.rules import returns, rule_book

DOCS = Path(__file__).parent
INTRODUCTIONS = DOCS / "returns" / "_intro"

INTRODUCTION = """\
`childlink --help`, and `--help` after any command, say the same on the screen. Options that stand before the command,
as in `childlink --quiet validate ...`, hold for all of them:"""

EXIT_CODES = """| exit code | meaning |
|---|---|
| 0 | done; for `validate`: nothing found at or above `--fail-on` |
| 1 | `validate`: there are findings. `share`: refused, because groups are too small. `register verify`, \
`audit verify`: something is not as it was written |
| 2 | the job could not be done: an option, a file or a folder is wrong; the message says what to type |
| 3 | childlink or one of its rules failed |"""


def pages() -> dict[str, str]:
    """Every generated page: its path below docs/, and its text."""
    made = {"cli.md": command_line(), "returns.md": every_return()}
    for name in returns():
        book = rule_book(name)
        written = INTRODUCTIONS / f"{name}.md"
        introduction = written.read_text(encoding="utf-8") if written.is_file() else None
        made[f"rules/{name}.md"] = as_catalogue(book)
        made[f"returns/{name}.md"] = as_return_page(book, introduction)
    return made


def every_return() -> str:
    """The list of the returns, each with its page and its rules."""
    lines = [
        "# The returns",
        "",
        NOT_BY_HAND,
        "",
        "What `childlink validate RETURN` checks. How to check one, step by step: [validate.md](validate.md).",
        "",
        "| return | what it is | tables | rules |",
        "|---|---|---|---|",
    ]
    for name in returns():
        book = rule_book(name)
        lines.append(
            f"| [`{name}`](returns/{name}.md) | {escaped(book.schema.title)} | {len(book.schema.tables)} "
            f"| [{len(book.codes())} rules](rules/{name}.md) |"
        )
    return "\n".join(lines) + "\n"


def command_line() -> str:
    """The reference of the command line, from the app: commands in the order of its help, groups where they stand."""
    group: Any = get_command(app_of(COMMANDS))
    context = group.context_class(group, info_name="childlink")
    named = [(path, command, ctx) for path, command, ctx in _commands(group, context) if path != "childlink"]
    lines = [
        "# Commands and options",
        "",
        NOT_BY_HAND,
        "",
        INTRODUCTION,
        "",
        *_parameters(group, context),
        "",
        EXIT_CODES,
        "",
        "| command | what it does |",
        "|---|---|",
        *(
            f"| [{path.removeprefix('childlink ')}](#{_slug(path)}) | {_first(command)} |"
            for path, command, _ in named
        ),
    ]
    for path, command, ctx in named:
        lines += ["", f'<a id="{_slug(path)}"></a>', "", *_section(path, command, ctx)]
    return "\n".join(lines) + "\n"


def _commands(command: Any, context: Any) -> Iterator[tuple[str, Any, Any]]:
    """Path, command and context of ``command`` and of all below it, each group before its commands."""
    yield context.command_path, command, context
    names = command.list_commands(context) if hasattr(command, "list_commands") else []
    known = [name for name in COMMANDS if name in names]
    for name in known or names:
        below = command.get_command(context, name)
        yield from _commands(below, below.context_class(below, info_name=name, parent=context))


def _section(path: str, command: Any, context: Any) -> Iterator[str]:
    yield f"## {path}" if path.count(" ") == 1 else f"### {path}"
    yield ""
    yield f"    {' '.join((path, *_wanted(command, context)))} [options]"
    for paragraph in _plain(command.help).split("\n\n"):
        yield ""
        # an indented paragraph of a help text is an example, and stays one
        yield (
            f"    {paragraph.strip()}" if paragraph.startswith("  ") else escaped(" ".join(paragraph.split()))
        )
    yield ""
    yield from _parameters(command, context)


def _wanted(command: Any, context: Any) -> Iterator[str]:
    """What stands after a command: its own commands, or its arguments, by their names."""
    if hasattr(command, "list_commands"):
        yield "COMMAND"
    for parameter in command.get_params(context):
        if parameter.param_type_name == "argument":
            name, _ = parameter.get_help_record(context)
            bare = _OF_NO_HELP.sub("", name)
            yield bare if parameter.required or bare.startswith("[") else f"[{bare}]"


def _parameters(command: Any, context: Any) -> Iterator[str]:
    records = [
        record
        for kind in ("argument", "option")
        for parameter in command.get_params(context)
        if parameter.param_type_name == kind and "--help" not in getattr(parameter, "opts", ())
        if (record := parameter.get_help_record(context))
    ]
    if records:
        yield "| what to type | what it says |"
        yield "|---|---|"
    for name, said in records:
        typed = _OF_NO_HELP.sub("", name).replace("|", "\\|")
        yield f"| `{typed}` | {_with_extras(_plain(said))} |"


_OF_NO_HELP = re.compile(r" <(str|path|list\[\w+\])>")
"""Types of values that say nothing to a reader."""


def _with_extras(said: str) -> str:
    """A help text whose last brackets, "[default: table]" or "[required]", are sentences."""
    text, _, extras = said.rpartition("[") if said.endswith("]") else (said, "", "")
    sentences = [escaped(text.strip())] if text.strip() else []
    for extra in filter(None, extras.removesuffix("]").split("; ")):
        what, _, value = extra.partition(": ")
        sentences.append(
            {
                "required": "**Required.**",
                "default": f"Default: `{value}`.",
                "env var": f"Else the environment variable `{value}`.",
            }.get(what, f"({escaped(extra)})")
        )
    return " ".join(sentences)


def _first(command: Any) -> str:
    return escaped(" ".join(_plain(command.help).split("\n\n")[0].split()))


def _plain(text: str | None) -> str:
    """A help text without the marks that make words bold."""
    return re.sub(r"\[/?bold\]", "", inspect.cleandoc(text or ""))


def _slug(path: str) -> str:
    return path.replace(" ", "-")


def main(folder: Path) -> None:
    """Write every page below ``folder``."""
    for name, text in pages().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS)
