"""The documentation as tests read it: its pages, their links and anchors, and the script that makes some of them."""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from pathlib import Path
from typing import Any

from tests.conftest import PROJECT

DOCS = PROJECT / "docs"
FENCED = re.compile(r"```.*?```", flags=re.DOTALL)
LINK = re.compile(r"(?<!\\)\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")


def all_pages() -> list[Path]:
    """The README and every page of docs/, the parts of pages left out."""
    written = [p for p in sorted(DOCS.rglob("*.md")) if "_intro" not in p.parts]
    return [PROJECT / "README.md", *written]


@cache
def generator() -> Any:
    """docs/generate.py as a module."""
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def made() -> dict[str, str]:
    """Every page that docs/generate.py makes, by its path below docs/."""
    pages: dict[str, str] = generator().pages()
    return pages


@cache
def anchors(page: Path) -> list[str]:
    """What links may lead to on a page: its named anchors, and its headings as code hosts name them."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    headings = [h.replace("\\", "") for h in re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)]
    slugs = [re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings]
    return [*re.findall(r'<a id="([^"]+)"></a>', text), *slugs]
