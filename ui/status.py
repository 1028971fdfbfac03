"""A status as mark, word and colour, wherever Markdown is drawn."""

from __future__ import annotations

from charts import STATUS

BADGES = {"met": "green", "near": "yellow", "missed": "red", "missing": "gray", "context": "blue"}


def status_badge(status: str) -> str:
    """A status as mark, word and colour, in Markdown."""
    look = STATUS[status]
    return f":{BADGES[status]}-badge[{look.mark} {look.word}]"
