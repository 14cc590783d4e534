"""Laws: the pages that childlink makes of itself are as it makes them now, complete, and lead where they say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from childlink.cli.main import COMMANDS, app_of
from childlink.reporting.rule_pages import escaped, rule_anchor
from childlink.rules import returns, rule_book
from tests.docs.pages import DOCS, LINK, all_pages, anchors, generator, made

NEXT = "run: python docs/generate.py"


def test_no_page_is_stale_and_none_is_left_over() -> None:
    kept = {
        p.relative_to(DOCS).as_posix() for p in DOCS.rglob("*.md") if p.parent.name in ("rules", "returns")
    }
    assert kept <= set(made()), NEXT
    stale = [
        name
        for name, text in made().items()
        if not (DOCS / name).is_file() or (DOCS / name).read_text(encoding="utf-8") != text
    ]
    assert stale == [], NEXT


def test_the_script_writes_what_it_makes(tmp_path: Path) -> None:
    generator().main(tmp_path)
    written = {p.relative_to(tmp_path).as_posix(): p.read_bytes().decode() for p in tmp_path.rglob("*.md")}
    assert written == made()


@pytest.mark.parametrize("page", all_pages(), ids=lambda p: p.name)
def test_every_link_leads_to_a_page_and_to_a_place_on_it(page: Path) -> None:
    lost = []
    for path, place in LINK.findall(page.read_text(encoding="utf-8")):
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (place and target.suffix == ".md" and place not in anchors(target)):
            lost.append(f"{path}#{place}")
    assert lost == []


@pytest.mark.parametrize("name", returns())
def test_the_catalogue_says_all_of_every_rule(name: str) -> None:
    book, text = rule_book(name), made()[f"rules/{name}.md"]
    sections = dict(re.findall(r'<a id="(rule-[^"]+)"></a>\n(.*?)(?=\n<a id=|\Z)', text, flags=re.DOTALL))
    assert set(sections) == {rule_anchor(code) for code in book.codes()}
    assert [n for n in Counter(re.findall(r'<a id="([^"]+)"', text)).values() if n > 1] == []
    for code in book.codes():
        section = sections[rule_anchor(code)]
        for rule in book.versions(code):
            if not any(book.in_force(year).get(code) is rule for year in book.schema.years):
                continue
            assert escaped(rule.message.strip()) in section
            assert rule.severity in section
            assert escaped(rule.condition.splitlines()[-1]) in section
            assert escaped(rule.differs or "") in section
            assert all(escaped(column.name) in section for column in rule.fields)


@pytest.mark.parametrize("name", returns())
def test_the_page_of_a_return_has_every_table_column_and_code(name: str) -> None:
    schema, text = rule_book(name).schema, made()[f"returns/{name}.md"]
    for table in schema.tables.values():
        section = text[text.index(f"\n### {escaped(table.name)}\n") :].split("\n<a id=")[0]
        assert all(f"| {escaped(field.name)} |" in section for field in table.fields)
    rows = set(text.splitlines())
    labels = {(code, label) for codes in schema.code_sets.values() for code, label in codes.items()}
    assert [
        code for code, label in labels if f"| {escaped(code)} | {escaped(label or '')} |" not in rows
    ] == []


def test_every_return_is_listed_with_its_page_and_its_rules() -> None:
    text = made()["returns.md"]
    assert all(f"(returns/{name}.md)" in text and f"(rules/{name}.md)" in text for name in returns())


def commands(command: Any, path: str = "childlink") -> Iterator[tuple[str, Any]]:
    """Every command of the app, with the words that are typed for it."""
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, f"{path} {name}")


APP = dict(commands(get_command(app_of(COMMANDS))))


def test_the_command_line_page_has_every_command_argument_and_option() -> None:
    text = made()["cli.md"]
    for path, command in APP.items():
        if path == "childlink":
            section = text.split("\n## ")[0]
        else:
            heading = re.search(rf"^##+ {re.escape(path)}$", text, flags=re.MULTILINE)
            assert heading, path
            section = text[heading.end() :].split("\n## ")[0].split("\n### ")[0]
        for parameter in command.params:
            names = parameter.opts if parameter.param_type_name == "option" else [parameter.metavar or ""]
            assert all(name.replace("|", "\\|").strip("[]") in section for name in names), (path, names)


def test_the_examples_of_help_texts_name_commands_and_options_there_are() -> None:
    seen = 0
    for line in re.findall(r"^    (childlink .*)$", made()["cli.md"], flags=re.MULTILINE):
        words = line.split()
        depth = next((n for n in (3, 2) if " ".join(words[:n]) in APP), 0)
        assert depth, line
        known = {o for p in APP[" ".join(words[:depth])].params for o in getattr(p, "opts", ())}
        assert {w for w in words if w.startswith("-")} <= known, line
        seen += "[options]" not in line
    assert seen >= 10
