"""Escaping of texts from data for Markdown, spreadsheets, documents and consoles.

Charts have their own function: charts.safe.
"""

from __future__ import annotations

import re

# Addresses become links after Markdown is parsed, so escaping does not help: an invisible character splits them.
_LINKED = re.compile(r"(?i)(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)(?=\w)")
_UNBROKEN = "\u2060"
# Blanks and line breaks, but not the no-break space that keeps a number and its unit on one line.
_BLANKS = re.compile(r"[^\S\u00a0]+")


def plain(text: str) -> str:
    """Escape a text for Markdown: no mark-up, no link, no list or heading; a number stays with its unit.

    >>> plain("[a](b) 1. x"), plain(" từ  60,0\u00a0% ") == "từ 60,0\u00a0%"
    ('\\\\[a\\\\](b) 1\\\\. x', True)
    """
    text = _LINKED.sub(_UNBROKEN, _BLANKS.sub(" ", str(text)).strip(" "))
    return re.sub(r"([\\`*_{}\[\]<>#|~$:&])|(?<=\d)([.)])(?=\s)|^([-+])", r"\\\g<0>", text)


def unmarked(text: str) -> str:
    """Our own Markdown as plain text, for a spreadsheet.

    >>> unmarked(f"**{plain('a*b')}**  \\n:orange-badge[đề xuất]")
    'a*b  \\nđề xuất'
    """
    text = re.sub(r":[a-z-]+\[([^\]]*)\]", r"\1", text).replace("**", "").replace(_UNBROKEN, "")
    return re.sub(r"\\([^\w\s])", r"\1", text)


# Characters that XML cannot contain even when escaped: control characters, surrogates, two noncharacters.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """Remove the characters that XML cannot contain: with one of them, Office cannot open the file.

    >>> printable("Hàm\\x01 Đức\\ufffe")
    'Hàm Đức'
    """
    return text if text.isprintable() else _FORBIDDEN.sub("", text)


# Excel runs a cell that starts like this as a formula, also with full-width signs or after blanks.
_FORMULA = "[ \u00a0]*[-=+@\t\r\n＝＋－＠]"
# Such a text as written by cell(); without its apostrophe it is the original text.
GUARDED = f"^'({_FORMULA})"


def cell(value):
    """Escape a text that a spreadsheet would run as a formula or cannot store; other values are unchanged.

    >>> cell("=1+1"), cell("–"), cell(-1)
    ("'=1+1", '–', -1)
    """
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if re.match(_FORMULA, text) else text


def line(text: str) -> str:
    """A text safe for a console: without characters that move the cursor, colour, hide or reverse the line.

    >>> line("a\\x1b[31mb")
    'a [31mb'
    """
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+", " ", text)
