"""Status badges: mark, word and colour, in Markdown."""

from __future__ import annotations

from charts import STATUS

# Of a monthly series: whether it changed against what is usual. Its words are in words.sentences.
VARIATIONS = {
    "better": ("▲", "green"),
    "worse": ("▼", "red"),
    "up": ("▲", "blue"),
    "down": ("▼", "blue"),
    "usual": ("~", "gray"),
}
BADGES = {"met": "green", "near": "yellow", "missed": "red", "missing": "gray", "partial": "gray", "context": "blue"}


def status_badge(status: str) -> str:
    """A status as a Markdown badge with mark, word and colour."""
    look = STATUS[status]
    return f":{BADGES[status]}-badge[{look.mark} {look.word}]"


def variation_badge(variation: str, word: str) -> str:
    """What changed against what is usual, as a Markdown badge."""
    mark, color = VARIATIONS[variation]
    return f":{color}-badge[{mark} {word}]"
