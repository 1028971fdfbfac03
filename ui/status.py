"""Status badges: mark, word and colour, in Markdown."""

from __future__ import annotations

from charts import STATUS

BADGES = {"met": "green", "near": "yellow", "missed": "red", "missing": "gray", "partial": "gray", "context": "blue"}


def status_badge(status: str) -> str:
    """A status as a Markdown badge with mark, word and colour."""
    look = STATUS[status]
    return f":{BADGES[status]}-badge[{look.mark} {look.word}]"
