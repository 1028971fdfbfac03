"""Text from data stays text wherever it is shown: in Markdown, in a spreadsheet, in a document, on a console.

Charts have their own: charts.safe.
"""

from __future__ import annotations

import re

# Addresses become links after Markdown is read, so escaping does not help: an unseen sign cuts them.
_LINKED = re.compile(r"(?i)(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)(?=\w)")
_UNBROKEN = "\u2060"


def plain(text: str) -> str:
    """Text from data, made plain for Markdown: no mark-up, no link, no list or heading of its own.

    >>> plain("[a](b) 1. x")
    '\\\\[a\\\\](b) 1\\\\. x'
    """
    text = _LINKED.sub(_UNBROKEN, " ".join(str(text).split()))
    return re.sub(r"([\\`*_{}\[\]<>#|~$:&])|(?<=\d)([.)])(?=\s)|^([-+])", r"\\\g<0>", text)


def unmarked(text: str) -> str:
    """Markdown of ours as plain text, for a spreadsheet.

    >>> unmarked(f"**{plain('a*b')}**  \\n:orange-badge[đề xuất]")
    'a*b  \\nđề xuất'
    """
    text = re.sub(r":[a-z-]+\[([^\]]*)\]", r"\1", text).replace("**", "").replace(_UNBROKEN, "")
    return re.sub(r"\\([^\w\s])", r"\1", text)


# Signs that no XML may hold, escaped or not: controls, halves of signs, two that are none.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """A text without the signs that no XML may hold: one of them keeps Word, PowerPoint or Excel from opening the file.

    >>> printable("Hàm\\x01 Đức\\ufffe")
    'Hàm Đức'
    """
    return text if text.isprintable() else _FORBIDDEN.sub("", text)


# Excel runs a cell that begins so, also where the sign is a wide one or stands behind blanks.
_FORMULA = "[ \u00a0]*[-=+@\t\r\n＝＋－＠]"
# Such a text as cell() writes it: with the sign taken off, what is left is the text itself.
GUARDED = f"^'({_FORMULA})"


def cell(value):
    """Text that a spreadsheet would run as a formula, or cannot hold, made plain; anything else as it is.

    >>> cell("=1+1"), cell("–"), cell(-1)
    ("'=1+1", '–', -1)
    """
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if re.match(_FORMULA, text) else text


def line(text: str) -> str:
    """A text as a console may show it: no sign that moves the cursor, colours, hides or turns the line.

    >>> line("a\\x1b[31mb")
    'a [31mb'
    """
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+", " ", text)
