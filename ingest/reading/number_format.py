"""What a cell's number format makes of its value: percent, scaled thousands, leading zeros, months and years.

Only formats that change the meaning of a value are kept; for all others `number_format` returns None, so a workbook
without such formats needs no further work.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Context
from functools import lru_cache

# The formats that a workbook names only by their number, as far as they matter here.
BUILT_IN = {9: "0%", 10: "0.00%", 17: "mmm-yy"}
# Excel shows and stores 15 digits; further ones are noise of binary fractions.
_DIGITS = Context(prec=15)
_TOKEN = re.compile(r'"([^"]*)"?|\\(.)|_.|\*.|\[([^\]]*)\]?|(.)', re.DOTALL)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:[.,]\d+)?)")
_PLACES = "0#?"


@dataclass(frozen=True)
class Section:
    """One part of a number format: the powers of ten it shifts by, its sign, and the digits that it always shows."""

    holds: tuple[str, float] | None = None
    shift: int = 0
    percent: bool = False
    decimals: int = 0
    mask: tuple[str, ...] = ()

    def text(self, value: float) -> str | None:
        """The text of a number as shown, without rounding; None if the format does not change it."""
        if self.mask:
            return self._masked(value)
        if not (self.shift or self.percent or self.decimals):
            return None
        exact = _DIGITS.create_decimal(repr(value)).scaleb(self.shift)
        text = format(exact.normalize(), "f")
        if self.decimals:
            whole, _, fraction = text.partition(".")
            return f"{whole}.{fraction.ljust(self.decimals, '0')}"
        return unlike_thousands("0" if text == "-0" else text) + ("%" if self.percent else "")

    def _masked(self, value: float) -> str | None:
        """A code such as 00123: the digits of a whole number, put into the places of the format from the right."""
        if value < 0 or value != int(value) or value >= 10**15:
            return None
        digits, shown = str(int(value)), []
        first = next(place for place, mark in enumerate(self.mask) if mark == "")
        for place in range(len(self.mask) - 1, -1, -1):
            if self.mask[place]:
                shown.append(self.mask[place])
                continue
            shown.append(digits if place == first else digits[-1:] or "0")
            if place == first and not digits:
                shown[-1] = "0"
            digits = digits[:-1]
        return "".join(reversed(shown))


@dataclass(frozen=True)
class NumberFormat:
    """A number format that changes the meaning of a value: its sections, or "month", "quarter", "year" for a date."""

    sections: tuple[Section, ...] = ()
    period: str = ""

    def text(self, value: object) -> str | None:
        """The text of a cell's value as shown; None if the format does not change it."""
        if isinstance(value, date):
            return self._as_period(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        section = self._section(value)
        return section.text(value) if section else None

    def _as_period(self, value: date) -> str | None:
        """The month, quarter or year that a date is shown as."""
        if self.period == "quarter":
            return f"{value.year:04}-Q{(value.month + 2) // 3}"
        return {"month": f"{value.year:04}-{value.month:02}", "year": f"{value.year:04}"}.get(self.period)

    def _section(self, value: float) -> Section | None:
        """The section for a value: by its condition, otherwise by its sign."""
        if any(section.holds for section in self.sections):
            return next((section for section in self.sections if _holds(section.holds, value)), None)
        if value < 0 and len(self.sections) > 1:
            return self.sections[1]
        return self.sections[2 if value == 0 and len(self.sections) > 2 else 0]


@lru_cache(maxsize=4096)
def number_format(code: str) -> NumberFormat | None:
    """The format with this code; None if it does not change the meaning of a value.

    >>> number_format("0.0%").text(0.635), number_format("#,##0,").text(1234500), number_format("00000").text(123)
    ('63.5%', '1234.5', '00123')
    >>> number_format("mm/yyyy").text(date(2024, 3, 15)), number_format("yyyy").text(date(2024, 1, 1))
    ('2024-03', '2024')
    >>> number_format("#,##0.00"), number_format("dd/mm/yyyy"), number_format("General")
    (None, None, None)
    """
    parts = list(_sections(code))
    letters = [_letters(tokens) for tokens in parts]
    if letters and re.search(r"[ymdhs]", letters[0]):
        period = _period(letters[0])
        return NumberFormat(period=period) if period else None
    # The fourth section is for text.
    sections = tuple(_section(tokens) for tokens in parts[:3])
    if not any(section.shift or section.percent or section.decimals or section.mask for section in sections):
        return None
    return NumberFormat(sections)


def unlike_thousands(text: str) -> str:
    """A number with a fourth digit after the point, because “63.512” is 63 512 in Vietnamese."""
    return f"{text}0" if text[-4:-3] == "." else text


def _sections(code: str) -> Iterator[list[tuple[str, str]]]:
    """The sections of a code as tokens: (kind, text), kind is "literal", "bracket" or "mark"."""
    tokens: list[tuple[str, str]] = []
    for found in _TOKEN.finditer(code):
        quoted, escaped, bracket, mark = found.groups()
        if mark == ";":
            yield tokens
            tokens = []
        elif mark:
            tokens.append(("mark", mark))
        elif bracket is not None:
            tokens.append(("bracket", bracket))
        elif literal := quoted or escaped:
            tokens.append(("literal", literal))
    yield tokens


def _letters(tokens: list[tuple[str, str]]) -> str:
    """The marks of a section in lower case, without the words that are no date marks."""
    marks = "".join(text for kind, text in tokens if kind == "mark").lower()
    elapsed = any(kind == "bracket" and re.fullmatch(r"[hms]+", text.lower()) for kind, text in tokens)
    return ("h" if elapsed else "") + re.sub(r"general|standard", "", marks)


def _period(letters: str) -> str:
    """The period that a date without its day is shown as; "" if the day or the time is shown."""
    if re.search(r"[dhs]", letters):
        return ""
    return "month" if "m" in letters else "year"


def _section(tokens: list[tuple[str, str]]) -> Section:
    """What one section of a code for numbers does."""
    marks = "".join(text for kind, text in tokens if kind == "mark")
    literals = "".join(text for kind, text in tokens if kind == "literal")
    holds = next((_condition(text) for kind, text in tokens if kind == "bracket" and _CONDITION.match(text)), None)
    digits = re.sub(rf"[^{_PLACES}.,]", "", marks)
    if not re.search(rf"[{_PLACES}]", digits) and "general" not in marks.lower() or re.search(r"[eE][+-]|/", marks):
        return Section(holds)
    whole, _, fraction = digits.partition(".")
    thousands = len(whole) - len(whole.rstrip(",")) + len(fraction) - len(fraction.rstrip(","))
    shift = 2 * marks.count("%") - 3 * thousands
    percent = "%" in marks or "%" in literals
    if shift or percent:
        return Section(holds, shift, percent)
    decimals = fraction.count("0")
    # Fewer decimals do not change a value; a code such as 1.002270 loses its last zero.
    return Section(holds, decimals=decimals if decimals > 3 else 0, mask=() if "." in digits else _mask(tokens))


def _condition(text: str) -> tuple[str, float]:
    sign, number = _CONDITION.match(text).groups()
    return sign, float(number.replace(",", "."))


def _holds(condition: tuple[str, float] | None, value: float) -> bool:
    if condition is None:
        return True
    sign, limit = condition
    return {
        "<": value < limit, ">": value > limit, "=": value == limit,
        "<=": value <= limit, ">=": value >= limit, "<>": value != limit,
    }[sign]  # fmt: skip


def _mask(tokens: list[tuple[str, str]]) -> tuple[str, ...]:
    """The places of a code with leading zeros, "" for a digit; empty if the format shows no leading zeros."""
    places = ["" if kind == "mark" and text == "0" else text for kind, text in tokens if kind != "bracket"]
    if places.count("") < 2 or any(mark in ("#", "?", ",", "@") for mark in places):
        return ()
    last = max(place for place, mark in enumerate(places) if not mark)
    # A unit of measure behind the digits is not part of the value.
    tail = "".join(places[last + 1 :])
    return tuple(places[: last + 1] if re.match(r"\s", tail) else places)
