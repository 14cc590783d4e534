"""The pages about a linkage: one file each, without a script, that opens anywhere and asks nothing of a network.

Charts are drawn by pygal (``charts``) as SVG that stands in the page, with the figures in tables beside them. The
small bars within the cells of a table are part of the table, as in the report of a check: rectangles of the template.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from childlink import __version__
from childlink.reporting.page_parts import template

_TEMPLATES = ("linkage_page.html", "linkage_report.html", "linkage_explanation.html")


def rendered(name: str, **context: Any) -> str:
    """The template ``name`` with ``context``; the same context gives the same bytes."""
    from jinja2 import DictLoader, Environment, StrictUndefined

    environment = Environment(
        autoescape=True,
        loader=DictLoader({one: template(one) for one in _TEMPLATES}),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    style = template("report.css") + template("charts.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return environment.get_template(name).render(
        style=style, style_hash=digest, version=__version__, **context
    )


def percent(share: float) -> str:
    """As "97.5%"; "100%" and "0%" only where it is all or nothing."""
    if share in (0, 1):
        return f"{share:.0%}"
    return f"{min(max(share, 0.001), 0.999):.1%}"
