"""A block of HTML as one element; its links open pages of the app without a reload."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

import streamlit as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from queries import ROOT
from ui import address
from ui.asset import asset

# Every text is escaped; a name that a template lacks is a bug and is not written as nothing.
_TEMPLATES = Environment(
    loader=FileSystemLoader(ROOT / "ui"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def linked(name: str, **content: object) -> None:
    """Draw the template ui/<name>.html with its style sheet ui/<name>.css; open the page whose link was clicked."""
    block = st.components.v2.component(
        f"linked_{name}", html='<div class="linked"></div>', css=asset(f"{name}.css"), js=asset("linked.js"),
        isolate_styles=False,
    )  # fmt: skip
    drawn = _TEMPLATES.get_template(f"{name}.html").render(content)
    clicked = block(data={"html": drawn}, key=f"linked_{name}", on_opened_change=lambda: None).opened
    if clicked:
        _open(clicked)


def href(page: str, filters: dict[str, str]) -> str:
    """The address of a page by its file, with these filters.

    >>> href("pages/land.py", {"period": "2024-Q4"}), href("dashboard.py", {})
    ('/land?period=2024-Q4', '/')
    """
    name = page.removeprefix("pages/").removesuffix(".py")
    path = "/" if page == "dashboard.py" else f"/{name}"
    return f"{path}?{urlencode(filters)}" if filters else path


def _open(clicked: str) -> None:
    """Open the page of an address that `href` made; another address opens nothing, because a browser may send any."""
    parts = urlsplit(clicked)
    name = parts.path.strip("/")
    page = f"pages/{name}.py" if name else "dashboard.py"
    if not parts.netloc and name.replace("_", "").isalnum() | (not name) and (ROOT / page).is_file():
        address.go(page, dict(parse_qsl(parts.query)))
