"""Vietnamese office formats for numbers, dates and names. Every number that people read is formatted here.

Spreadsheets and CSV files contain the raw numbers.
"""

import unicodedata
from datetime import date as Date
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from math import isfinite
from numbers import Integral, Real

MISSING = "–"
MINUS = "−"
NO_BREAK = "\u00a0"

# Decimals for each unit of measure; other units are counts and have none.
DECIMALS = {
    "%": 1,
    "điểm %": 1,
    "điểm": 2,
    "ngày làm việc": 1,
    "ngày": 1,
    "công sức": 1,
    "hồ sơ": 0,
    "sản phẩm": 0,
    "dịch vụ": 0,
    "cán bộ": 0,
}
_SIGNS = str.maketrans({",": ".", ".": ",", "-": MINUS})
_DIGITS = Context(prec=400)  # precision for the largest float and its decimals


def absent(value) -> bool:
    """Whether a value is missing in any way that a data frame allows.

    >>> [absent(value) for value in (None, float("nan"), float("inf"), 0, "")]
    [True, True, True, False, False]
    """
    kind = type(value)
    if kind is float:  # the most common type
        return not isfinite(value)
    if value is None or kind.__name__ in ("NAType", "NaTType"):
        return True
    if isinstance(value, Decimal):
        return not value.is_finite()
    return isinstance(value, Real) and not isinstance(value, Integral) and not isfinite(value)


def rounded(value, decimals: int) -> Decimal:
    """Round half up on the decimal digits that a reader sees, not on the binary fraction.

    >>> rounded(2.25, 1), rounded(1.005, 2), rounded(-0.04, 1)
    (Decimal('2.3'), Decimal('1.01'), Decimal('0.0'))
    """
    if type(value) is not float and isinstance(value, Integral):
        exact = Decimal(int(value))
    else:
        exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    result = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP, context=_DIGITS)
    return result.copy_abs() if result.is_zero() else result


def decimals_of(measure: str) -> int:
    """The decimals of a unit of measure; none for counts.

    >>> decimals_of("điểm"), decimals_of("lượt")
    (2, 0)
    """
    return DECIMALS.get(measure, 0)


def number(value, decimals: int = 0) -> str:
    """Format a number: dot between thousands, comma before decimals, and a minus sign as wide as the plus sign.

    >>> number(1234.5, 1), number(92345), number(2.25, 1), number(-0.04, 1), number(-1234)
    ('1.234,5', '92.345', '2,3', '0,0', '−1.234')
    >>> number(None), number(float("nan"))
    ('–', '–')
    """
    return MISSING if absent(value) else f"{rounded(value, decimals):,f}".translate(_SIGNS)


def ordinal(value) -> str:
    """Format a rank or a year: digits only.

    >>> ordinal(3.0), ordinal(2024), ordinal(None)
    ('3', '2024', '–')
    """
    return MISSING if absent(value) else f"{value:.0f}"


def percent(value, decimals: int = 1) -> str:
    """Format a percentage (91.4 gives 91,4 %); a no-break space keeps the sign on the line.

    >>> percent(91.44) == "91,4" + NO_BREAK + "%"
    True
    >>> percent(None)
    '–'
    """
    return quantity(value, "%", decimals)


def together(first: str, others: int, word: str) -> str:
    """One of several equal ones by name, and how many others, for use before their value: “Đa Mi và 3 xã khác, cùng”.

    >>> together("Đa Mi", 0, "xã"), together("Đa Mi", 3, "xã")
    ('Đa Mi', 'Đa Mi và 3 xã khác, cùng')
    """
    return f"{and_others(first, others, word)}, cùng" if others else first


def and_others(first: str, others: int, word: str) -> str:
    """One of several by name, and how many others.

    >>> and_others("Đa Mi", 0, "xã"), and_others("Đa Mi", 3, "xã")
    ('Đa Mi', 'Đa Mi và 3 xã khác')
    """
    return f"{first} và {number(others)} {word} khác" if others else first


def inside(name: str) -> str:
    """A name inside a sentence: first letter in lower case.

    >>> inside("Xã Hàm Đức")
    'xã Hàm Đức'
    """
    return name[:1].lower() + name[1:]


def quantity(value, measure: str, decimals: int | None = None) -> str:
    """Format a value with its unit of measure and the decimals of that unit.

    >>> [quantity(1234.567, measure).replace(NO_BREAK, " ") for measure in ("hồ sơ", "điểm", "%")]
    ['1.235 hồ sơ', '1.234,57 điểm', '1.234,6 %']
    >>> quantity(2.25, "ngày làm việc").replace(NO_BREAK, " "), quantity(None, "hồ sơ")
    ('2,3 ngày làm việc', '–')
    """
    if absent(value):
        return MISSING
    digits = number(value, decimals_of(measure) if decimals is None else decimals)
    return f"{digits}{NO_BREAK}{measure.replace(' ', NO_BREAK)}" if measure else digits


def limit(value, measure: str = "") -> str:
    """Format a fixed quantity (target, maximum, weight) without its unit; a whole number has no decimals.

    >>> limit(100.0), limit(7.5), limit(62.25, "điểm"), limit(None)
    ('100', '7,5', '62,25', '–')
    """
    return number(value, _decimals_of_limit(value, measure))


def target(value, measure: str) -> str:
    """Format a target with its unit; a whole number has no decimals.

    >>> [target(value, "%").replace(NO_BREAK, " ") for value in (100.0, 62.5)]
    ['100 %', '62,5 %']
    """
    return quantity(value, measure, _decimals_of_limit(value, measure))


def _decimals_of_limit(value, measure: str) -> int:
    """The decimals of a fixed quantity: 0 for a whole number, otherwise at least 1, also for counts."""
    return 0 if absent(value) or value == int(value) else max(decimals_of(measure), 1)


def change(value, measure: str, decimals: int | None = None) -> str:
    """Format a change with its sign; a change of a percentage is in percentage points.

    >>> [change(value, "%").replace(NO_BREAK, " ") for value in (2.1, -2.25, 0.04)]
    ['+2,1 điểm %', '−2,3 điểm %', '0,0 điểm %']
    >>> change(1500, "hồ sơ").replace(NO_BREAK, " "), change(None, "%")
    ('+1.500 hồ sơ', '–')
    """
    plus = "+" if sign(value, measure, decimals) > 0 else ""
    return plus + quantity(value, measure_of_change(measure), decimals)


def measure_of_change(measure: str) -> str:
    """The unit of a difference: percentage points for percentages.

    >>> measure_of_change("%"), measure_of_change("hồ sơ")
    ('điểm %', 'hồ sơ')
    """
    return "điểm %" if measure == "%" else measure


def sign(value, measure: str, decimals: int | None = None) -> int:
    """The sign of a change as displayed: 1 or -1; 0 if it rounds to zero or is unknown.

    >>> sign(2.1, "%"), sign(-2.25, "%"), sign(0.04, "%"), sign(None, "%")
    (1, -1, 0, 0)
    """
    if absent(value):
        return 0
    seen = rounded(value, decimals_of(measure) if decimals is None else decimals)
    return (seen > 0) - (seen < 0)


def date(value: Date | None) -> str:
    """Format a date, day first.

    >>> date(Date(2024, 12, 1)), date(None)
    ('01/12/2024', '–')
    """
    return MISSING if absent(value) else f"{value:%d/%m/%Y}"


def date_in_full(value: Date | None) -> str:
    """Format a date as it stands on an official document.

    >>> date_in_full(Date(2025, 1, 8))
    'ngày 08 tháng 01 năm 2025'
    """
    return MISSING if absent(value) else f"ngày {value:%d} tháng {value:%m} năm {value:%Y}"


def moment(value: datetime | None) -> str:
    """Format a moment: time, then date.

    >>> moment(datetime(2024, 12, 31, 7, 5)), moment(None)
    ('07:05 31/12/2024', '–')
    """
    return MISSING if absent(value) else f"{value:%H:%M %d/%m/%Y}"


def fold(text: str) -> str:
    """Fold a text so that different spellings of the same name are equal.

    >>> fold("  Xã  ĐÔNG Giang "), fold("Ðông" + NO_BREAK + "Tiến"), fold("Thuận Hoà") == fold("Thuận Hòa")
    ('xa dong giang', 'dong tien', True)
    """
    bare = unicodedata.normalize("NFD", text.replace("Ð", "Đ").lower())
    bare = "".join(character for character in bare if not unicodedata.combining(character))
    return " ".join(bare.replace("đ", "d").replace("ð", "d").split())
